//! Whether everybody can use the page: axe-core in both themes and at two widths, and Lighthouse.

use anyhow::{Context, Result, ensure};
use e2e::noted::Noted;
use e2e::tools::Tools;
use e2e::{BOUND, Browser, Capture};
use gst_video::{VideoCropMeta, VideoRegionOfInterestMeta};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use tokio::time::timeout;

/// Streams of different kinds: colour, gray with more than 8 bits, and one that has ended.
const PIPELINES: [&str; 3] = [
    "videotestsrc is-live=true ! video/x-raw,format=BGR,width=320,height=240 ! appsink name=left",
    "videotestsrc is-live=true ! video/x-raw,format=GRAY16_LE,width=320,height=240 ! appsink name=depth",
    "videotestsrc num-buffers=3 ! video/x-raw,format=NV12,width=320,height=240 ! appsink name=over",
];

/// Width and height of a desk and of a phone.
const SIZES: [(u32, u32); 2] = [(1280, 800), (390, 844)];

/// Lighthouse's audits that a server on plain HTTP can pass, all of which count.
const CATEGORIES: [&str; 2] = ["accessibility", "best-practices"];

/// What axe-core has against what is to be seen now, one line for each element.
const VIOLATIONS: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => done({
        checked: passes.length,
        lines: violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, target, any, all, none }) =>
            `${id}: ${help}: ${target.flat().join(' ')}: ${html.slice(0, 160)}: ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}`)),
    }), (error) => done({ checked: 0, lines: [String(error)] }));
";

/// Everything there is in the panel, unfolded.
const UNFOLD: &str =
    "document.querySelectorAll('#panel details').forEach((section) => { section.open = true; });";

/// Opens the address and waits until its view has told the picture it draws.
async fn open(browser: &Browser, capture: &Capture, fragment: &str) -> Result<()> {
    browser.open(&format!("{}{fragment}", capture.url())).await?;
    browser
        .until("a picture", "return document.querySelector('sink-view:not([hidden])')?.picture != null")
        .await?;
    Ok(())
}

async fn check(browser: &Browser, what: &str) -> Result<()> {
    let found = browser.run_async(VIOLATIONS, Vec::new()).await?;
    let lines = found["lines"].as_array().context("no list of violations")?;
    ensure!(lines.is_empty(), "{what}: {lines:#?}");
    ensure!(found["checked"].as_u64() > Some(10), "{what}: axe-core looked at nothing: {found}");
    Ok(())
}

#[tokio::test]
async fn axe_core_finds_nothing_in_either_theme() -> Result<()> {
    let axe =
        fs::read_to_string(Tools::ready(env!("CARGO_TARGET_TMPDIR")).await?.file("axe-core/axe.min.js"))?;
    let capture = Capture::start(PIPELINES.iter().flat_map(|one| ["-p", one])).await?;
    let browser = Browser::showing(&capture).await?;
    for theme in ["dark", "light"] {
        for (width, height) in SIZES {
            let place = format!("{theme}, {width}x{height}");
            browser.run(&format!("localStorage.setItem('sinkview.theme', '{theme}')")).await?;
            browser.run("localStorage.removeItem('sinkview.panel')").await?;
            browser.picture(width, height).await?;

            open(&browser, &capture, "").await?;
            let applied = browser.run("return document.documentElement.dataset.theme").await?;
            ensure!(applied == theme, "{applied} is shown, {theme} was asked for");
            browser.run(&axe).await?;
            check(&browser, &format!("the grid, {place}")).await?;
            browser.press(&["?"]).await?;
            check(&browser, &format!("the list of keys, {place}")).await?;
            browser.press(&["\u{e00c}"]).await?;
            browser.press(&["g"]).await?;
            browser.until("the graph", "return document.querySelector('dialog.graph[open] .node')").await?;
            check(&browser, &format!("the graph, {place}")).await?;
            browser.press(&["\u{e00c}"]).await?;

            for stream in ["left", "depth", "over"] {
                open(&browser, &capture, &format!("#{stream}")).await?;
                browser.until("the stage", "return document.body.classList.contains('staging')").await?;
                check(&browser, &format!("the stage of {stream}, {place}")).await?;
                if stream == "left" {
                    // Once for each way to see both.
                    for _ in 0..4 {
                        browser.press(&["c"]).await?;
                        browser.until("numbers", "return document.querySelector('.figures li')").await?;
                        check(&browser, &format!("comparing, {place}")).await?;
                    }
                    browser.press(&["\u{e00c}"]).await?;
                }
                // The crosshair brings a pixel with it.
                browser.press(&["p"]).await?;
                browser.press(&["p"]).await?;
                browser.run(UNFOLD).await?;
                browser.until("a pinned pixel", "return document.querySelector('.pins tbody tr')").await?;
                // An arrow key puts a region, or a line, in the middle.
                for key in ["b", "\u{e014}", "l", "\u{e014}"] {
                    browser.press(&[key]).await?;
                }
                browser.until("a profile", "return document.querySelector('.profile li path[d]')").await?;
                check(&browser, &format!("the panel of {stream}, {place}")).await?;
                browser.press(&["i"]).await?;
            }
        }
    }
    browser.finish(&[]).await
}

fn note(buffer: &mut gst::BufferRef) {
    VideoRegionOfInterestMeta::add(buffer, "car", (40, 60, 100, 80)).set_id(3);
    VideoRegionOfInterestMeta::add(buffer, "plate", (60, 100, 40, 20)).set_parent_id(3);
    VideoCropMeta::add(buffer, (10, 8, 300, 220));
}

#[tokio::test]
async fn axe_core_finds_nothing_about_metas_and_the_time_line() -> Result<()> {
    let axe =
        fs::read_to_string(Tools::ready(env!("CARGO_TARGET_TMPDIR")).await?.file("axe-core/axe.min.js"))?;
    let pipeline = "videotestsrc is-live=true ! video/x-raw,format=BGR,width=320,height=240,framerate=30/1 ! \
                    timecodestamper ! identity name=noted ! appsink name=left";
    let noted = Noted::with_history(&[pipeline], note, 8 << 20).await?;
    let browser = Browser::at(&noted.url()).await?;
    for theme in ["dark", "light"] {
        for (width, height) in SIZES {
            let place = format!("{theme}, {width}x{height}");
            browser.run(&format!("localStorage.setItem('sinkview.theme', '{theme}')")).await?;
            browser.picture(width, height).await?;
            browser.open(&noted.url()).await?;
            let noted = "return document.querySelector('sink-view')?.frameMetas?.regions.length === 2";
            browser.until("metas", noted).await?;
            browser.run(&axe).await?;
            browser.press(&["m"]).await?;
            browser.press(&[" "]).await?;
            browser
                .until("the time line", "return document.querySelector('.timeline')?.checkVisibility()")
                .await?;
            browser.press(&[","]).await?;
            check(&browser, &format!("the time line, {place}")).await?;
            browser.run(UNFOLD).await?;
            if browser.run("return document.querySelector('#panel').hidden").await? == true {
                browser.press(&["i"]).await?;
            }
            browser
                .until(
                    "the list of metas",
                    "return document.querySelector('.metas .facts')?.checkVisibility()",
                )
                .await?;
            check(&browser, &format!("metas, {place}")).await?;
        }
    }
    browser.finish(&[]).await?;
    noted.finish().await
}

#[tokio::test]
async fn the_example_page_shows_two_views() -> Result<()> {
    let axe =
        fs::read_to_string(Tools::ready(env!("CARGO_TARGET_TMPDIR")).await?.file("axe-core/axe.min.js"))?;
    let source = "videotestsrc is-live=true ! video/x-raw,format=BGR,width=320,height=240 ! appsink name";
    let capture = Capture::start(["-p", &format!("{source}=left"), "-p", &format!("{source}=right")]).await?;
    let browser = Browser::at(&format!("{}example.html", capture.url())).await?;
    let shown = "return ['left', 'right'].every((name) => document.querySelector(`sink-view[stream=${name}]`)?.picture)";
    browser.until("two pictures", shown).await?;
    browser.run(&axe).await?;
    check(&browser, "the example page").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn lighthouse_gives_full_marks() -> Result<()> {
    let tools = Tools::ready(env!("CARGO_TARGET_TMPDIR")).await?;
    let capture = Capture::start(PIPELINES.iter().flat_map(|one| ["-p", one])).await?;
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report.json");
    let mut lighthouse = tools.script("lighthouse/cli/index.js");
    lighthouse.arg(capture.url()).args(["--quiet", "--output=json", "--no-enable-error-reporting"]);
    lighthouse.arg(format!("--output-path={}", report.display()));
    lighthouse.arg(format!("--only-categories={}", CATEGORIES.join(",")));
    let flags = e2e::browser::FLAGS.join(" ");
    lighthouse
        .arg(format!("--chrome-flags={flags} --user-data-dir={}", folder.path().join("profile").display()));
    lighthouse.env("CHROME_PATH", "chromium").stdout(Stdio::piped()).stderr(Stdio::piped());
    // It starts a browser of its own and loads the page several times.
    let output = timeout(BOUND * 3, lighthouse.output()).await.context("Lighthouse hangs")??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "Lighthouse ended with {}: {said}", output.status);
    let report: Value = serde_json::from_slice(&fs::read(&report)?)?;
    for category in CATEGORIES {
        let score = &report["categories"][category]["score"];
        let audits = report["audits"].as_object().context("no audits")?.values();
        let failed: Vec<_> =
            audits.filter(|audit| audit["score"].as_f64().is_some_and(|score| score < 1.0)).collect();
        ensure!(score.as_f64() == Some(1.0), "{category}: {score}: {failed:#?}");
    }
    Ok(())
}
