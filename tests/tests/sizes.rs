//! What the page costs a network: every file that it loads is sent compressed to whoever takes that, and says the same.

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Capture, http};
use std::collections::BTreeSet;
use std::io::Read as _;

const SOURCE: &str = "videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! appsink name=k";
/// What a browser loads before it shows a frame, and there is no more of the page.
const LOADED: [&str; 12] = [
    "/",
    "/style/page.css",
    "/icon.svg",
    "/view/start.js",
    "/view/host.js",
    "/page/ahead.js",
    "/sink-view.js",
    "/page.js",
    "/worker.js",
    "/receiver.js",
    "/viewer.js",
    "/viewer_bg.wasm",
];

async fn fetch(
    capture: &Capture,
    method: &str,
    path: &str,
    further: &[(&str, &str)],
) -> Result<http::Response> {
    let host = capture.address().to_string();
    let headers: Vec<_> = [("Host", host.as_str())].into_iter().chain(further.iter().copied()).collect();
    http::request(capture.address(), &format!("{method} {path}"), &headers, "").await
}

fn decoded(answer: &http::Response) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        None => plain.clone_from(&answer.body),
        Some("br") => {
            brotli::Decompressor::new(answer.body.as_slice(), 4096).read_to_end(&mut plain)?;
        }
        Some("gzip") => {
            flate2::read::GzDecoder::new(answer.body.as_slice()).read_to_end(&mut plain)?;
        }
        Some(other) => anyhow::bail!("{other} was never offered"),
    }
    Ok(plain)
}

#[tokio::test]
async fn every_file_is_sent_compressed_and_says_the_same() -> Result<()> {
    let capture = Capture::start([SOURCE]).await?;
    let mut sums = [0; 3];
    println!("{:<20} {:>9} {:>9} {:>9}", "bytes of", "plain", "gzip", "br");
    for path in LOADED {
        let mut sizes = Vec::new();
        let mut tags = BTreeSet::new();
        let plain = fetch(&capture, "GET", path, &[]).await?;
        ensure!(plain.status == 200 && plain.header("content-encoding").is_none(), "{path}");
        for accepted in ["", "gzip, deflate", "gzip, deflate, br, zstd"] {
            let offer = [("Accept-Encoding", accepted)];
            let answer = fetch(&capture, "GET", path, &offer).await?;
            let header = |name| answer.header(name).with_context(|| format!("{path} has no {name}"));
            ensure!(decoded(&answer)? == plain.body, "{path} as {accepted:?} differs");
            ensure!(header("content-length")? == answer.body.len().to_string(), "{path}");
            ensure!(header("content-type")? == plain.header("content-type").unwrap_or_default(), "{path}");
            let vary = header("vary")?.to_ascii_lowercase();
            ensure!(vary.contains("accept-encoding") && vary.contains("origin"), "{path}: {vary}");
            tags.insert(header("etag")?.to_owned());
            sizes.push(answer.body.len());

            let head = fetch(&capture, "HEAD", path, &offer).await?;
            for name in ["content-length", "content-encoding", "etag", "vary"] {
                ensure!(head.header(name) == answer.header(name), "HEAD {path}: another {name}");
            }
            ensure!(head.body.is_empty(), "HEAD {path} has a body");
            let known = [offer[0], ("If-None-Match", header("etag")?)];
            let unchanged = fetch(&capture, "GET", path, &known).await?;
            ensure!(unchanged.status == 304 && unchanged.body.is_empty(), "{path}: {}", unchanged.status);
        }
        let forms: BTreeSet<_> = sizes.iter().collect();
        ensure!(tags.len() == forms.len(), "{path}: {tags:?} for {sizes:?}");
        ensure!(sizes[1] <= sizes[0] && sizes[2] <= sizes[1], "{path} grows: {sizes:?}");
        println!("{path:<20} {:>9} {:>9} {:>9}", sizes[0], sizes[1], sizes[2]);
        for (sum, size) in sums.iter_mut().zip(&sizes) {
            *sum += size;
        }
    }
    println!("{:<20} {:>9} {:>9} {:>9}", "all", sums[0], sums[1], sums[2]);
    ensure!(sums[1] * 2 < sums[0], "hardly compressed: {sums:?}");
    Ok(())
}

/// The list above is true: the page asks for nothing else.
#[tokio::test]
async fn the_page_loads_what_is_listed() -> Result<()> {
    let capture = Capture::start([SOURCE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    let loaded = browser
        .run("return performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
        .await?;
    let loaded: Vec<String> = serde_json::from_value(loaded)?;
    let files: Vec<_> = loaded.iter().map(String::as_str).filter(|path| path.contains('.')).collect();
    for path in &files {
        ensure!(LOADED.contains(path), "{path} is loaded too");
    }
    ensure!(files.contains(&"/page.js") && files.contains(&"/sink-view.js"), "{files:?}");
    browser.finish(&[]).await
}
