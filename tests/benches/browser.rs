//! The browser path beside its wall, in one run: frames a second that a real Chromium decodes and presents, next to a
//! page that only receives the same bytes.
//!
//! *Decoded* frames are received, converted and put on the canvas with the drawing gate off; *presented* frames are the
//! distinct ones at animation frames, at most 60 a second. The source costs nothing: one picture, sent again and again.

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::program::Capture;

const SIZES: [(&str, u32, u32); 3] = [("640x480", 640, 480), ("1080p", 1920, 1080), ("2160p", 3840, 2160)];
const MODES: [&str; 3] = ["received", "decoded", "presented"];
const ROUNDS: usize = 5;
const SECONDS: f64 = 2.0;
const SCRIPT: &str = include_str!("browser.js");

#[tokio::main]
async fn main() -> Result<()> {
    println!("BGR frames a second in Chromium, {ROUNDS} rounds of {SECONDS} s in turn, medians\n");
    println!(
        "{:<10} {:>9} {:>9} {:>17} {:>10}",
        "size", "received", "decoded", "decoded/received", "presented"
    );
    for (name, width, height) in SIZES {
        let source = format!(
            "videotestsrc num-buffers=1 ! video/x-raw,format=BGR,width={width},height={height},framerate=1000/1 ! \
             imagefreeze ! appsink name=s sync=false"
        );
        let capture = Capture::start(["--policy", "every", &source]).await?;
        let mut rounds: Vec<[f64; MODES.len()]> = Vec::new();
        for _ in 0..ROUNDS {
            let mut figures = [0.0; MODES.len()];
            for (figure, mode) in figures.iter_mut().zip(MODES) {
                *figure = measure(&capture, mode).await.with_context(|| format!("{mode} at {name}"))?;
            }
            rounds.push(figures);
        }
        let of = |index: usize| median(rounds.iter().map(|round| round[index]));
        let ratio = median(rounds.iter().map(|round| round[1] / round[0]));
        println!("{name:<10} {:>9.1} {:>9.1} {ratio:>17.2} {:>10.1}", of(0), of(1), of(2));
    }
    Ok(())
}

/// A fresh browser for each figure, so that none inherits another's memory.
async fn measure(capture: &Capture, mode: &str) -> Result<f64> {
    // A page of ours without a view on it: scripts may load the element from it.
    let browser = Browser::at(&format!("{}healthz", capture.url())).await?;
    browser.run(&format!("{SCRIPT}; measure({mode:?}, {SECONDS})")).await?;
    let figure = browser.until("the figure", "return window.figure").await?;
    // A browser asks for an icon where a page names none.
    browser.finish(&["favicon.ico"]).await?;
    figure.as_f64().context("the figure is no number")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
