//! What looking closely costs: frames drawn a second at 1080p with everything open in the panel and the pointer moving over
//! the picture, next to the same page with the panel closed, in turn in one run; and the longest task of the main thread.

use anyhow::{Context, Result};
use e2e::{Browser, Capture};
use serde_json::{Value, json};

const ROUNDS: usize = 5;
const SECONDS: f64 = 3.0;
/// A picture that costs nothing to make, at the pace of a screen.
const SOURCE: &str = "videotestsrc num-buffers=1 ! video/x-raw,format=BGR,width=1920,height=1080,framerate=60/1 ! \
                      imagefreeze ! video/x-raw,framerate=60/1 ! appsink name=s sync=true";

/// Counts frames drawn and notes long tasks (those of 50 ms and more) for a while.
const COUNT: &str = "
    const [seconds, done] = arguments;
    const view = document.querySelector('sink-view');
    const tasks = new PerformanceObserver(() => {});
    tasks.observe({ type: 'longtask' });
    let drawn = 0;
    let measured = 0;
    const count = () => { drawn += 1; };
    const countMeasured = () => { measured += 1; };
    view.addEventListener('frame', count);
    view.addEventListener('measured', countMeasured);
    const began = performance.now();
    setTimeout(() => {
        view.removeEventListener('frame', count);
        view.removeEventListener('measured', countMeasured);
        const passed = performance.now() - began;
        const longest = Math.max(0, ...tasks.takeRecords().map(({ duration }) => duration));
        done({ drawn: (drawn * 1000) / passed, measured, longest, probed: view.point !== null });
    }, seconds * 1000);
";

#[derive(Debug)]
struct Round {
    closed: f64,
    open: f64,
    longest_closed: f64,
    longest_open: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let capture = Capture::start([SOURCE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.picture(1280, 800).await?;
    browser.until("a picture", "return document.querySelector('sink-view')?.picture != null").await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        set_open(&browser, false).await?;
        let closed = count(&browser).await?;
        set_open(&browser, true).await?;
        let open = count(&browser).await?;
        // Else it would not be the panel that is measured.
        anyhow::ensure!(
            open["probed"] == true && open["measured"].as_u64() > Some(0),
            "nothing was inspected: {open}"
        );
        let number = |value: &Value, key: &str| value[key].as_f64().context("no number");
        rounds.push(Round {
            closed: number(&closed, "drawn")?,
            open: number(&open, "drawn")?,
            longest_closed: number(&closed, "longest")?,
            longest_open: number(&open, "longest")?,
        });
    }
    browser.finish(&[]).await?;
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
    let worst = |figure: fn(&Round) -> f64| rounds.iter().map(figure).fold(0.0, f64::max);
    println!(
        "1080p BGR at 60 frames a second in Chromium, {ROUNDS} rounds of {SECONDS} s in turn, medians\n"
    );
    println!("{:<28} {:>16} {:>24}", "panel", "drawn a second", "longest task, ms, of all");
    println!(
        "{:<28} {:>16.1} {:>24.0}",
        "closed",
        of(|round| round.closed),
        worst(|round| round.longest_closed)
    );
    println!(
        "{:<28} {:>16.1} {:>24.0}",
        "everything open, probing",
        of(|round| round.open),
        worst(|round| round.longest_open)
    );
    println!(
        "\nopen against closed: {:.2}; a task of 0 ms stands for all below 50 ms",
        of(|round| round.open / round.closed)
    );
    Ok(())
}

/// Opens the panel with every section unfolded and points at the picture, or closes it.
async fn set_open(browser: &Browser, open: bool) -> Result<()> {
    let is_open = browser.run("return !document.querySelector('#panel').hidden").await? == true;
    if is_open != open {
        browser.press(&["i"]).await?;
    }
    if open {
        browser
            .run("document.querySelectorAll('#panel details').forEach((section) => { section.open = true; })")
            .await?;
        // It ends on the picture, and frames pass under it.
        let moves: Vec<_> =
            (0..10).map(|step| json!({ "type": "pointerMove", "x": 200 + step * 20, "y": 300 + step * 5, "duration": 20 })).collect();
        browser.act(json!([{ "type": "pointer", "id": "mouse", "actions": moves }])).await?;
        browser.until("a probe", "return document.querySelector('.pixel td')?.textContent").await?;
    }
    Ok(())
}

async fn count(browser: &Browser) -> Result<Value> {
    browser.run_async(COUNT, vec![json!(SECONDS)]).await
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
