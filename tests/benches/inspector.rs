//! What looking closely costs: frames drawn a second at 1080p with everything open in the panel and the pointer moving over
//! the picture, next to the same page with the panel closed, in turn in one run; and the longest task of the main thread.

use anyhow::{Context, Result, ensure};
use e2e::bench::run;
use e2e::bench::run::figures;
use e2e::{Browser, Capture};
use serde_json::json;
use std::process::ExitCode;

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

const TITLE: &str = "1080p BGR at 60 frames a second in the page; a task of 0 ms stands for all below 50 ms";
const GROUP: &str = "the panel";
const PANELS: [&str; 2] = ["closed", "everything open, probing"];
const DRAWN: &str = "drawn/s";
const LONGEST: &str = "longest task ms";

fn main() -> Result<ExitCode> {
    run("inspector", TITLE, 3.0, async |bench| {
        bench.expect(PANELS.len());
        let seconds = bench.seconds();
        let capture = Capture::start([SOURCE]).await?;
        let browser = Browser::showing(&capture).await?;
        browser.picture(1280, 800).await?;
        browser.until("a picture", "return document.querySelector('sink-view')?.picture != null").await?;
        let measure = async |index: usize| {
            let is_open = index == 1;
            set_open(&browser, is_open).await?;
            let told = browser.run_async(COUNT, vec![json!(seconds)]).await?;
            // Else it would not be the panel that is measured.
            ensure!(
                !is_open || told["probed"] == true && told["measured"].as_u64() > Some(0),
                "nothing was inspected: {told}"
            );
            let number = |key: &str| told[key].as_f64().context("no number");
            Ok(figures([(DRAWN, number("drawn")?), (LONGEST, number("longest")?)]))
        };
        bench.turns(GROUP, &[(DRAWN, 1), (LONGEST, 0)], &PANELS, measure).await?;
        browser.finish(&[]).await?;
        bench.at_least(None, "drawn, open to closed", GROUP, |round| {
            Some(round.get(PANELS[1], DRAWN)? / round.get(PANELS[0], DRAWN)?)
        });
        bench.at_most(Some(1.0), "longest task with everything open, to 50 ms", GROUP, |round| {
            Some(round.get(PANELS[1], LONGEST)? / 50.0)
        });
        Ok(())
    })
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
