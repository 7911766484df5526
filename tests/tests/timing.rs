//! The times that the page shows are those of the frames: percentiles, plots and PTS gaps, computed here again from what
//! the views told of each frame.

use anyhow::{Context, Result, ensure};
use e2e::hands::keys;
use e2e::{Browser, Capture};
use serde::Deserialize;
use serde_json::json;

/// Notes every frame, before anything of the page hears of it, and opens the section.
const NOTE: &str = "
    localStorage.setItem('sinkview.panel', 'open');
    localStorage.setItem('sinkview.section.Timing', 'open');
    for (const name of ['Pixel', 'Histogram', 'Picture', 'Caps', 'Bus']) localStorage.setItem(`sinkview.section.${name}`, 'folded');
    globalThis.noted = [];
    document.addEventListener('frame', ({ detail }) => {
        const { sequence, ptsNanos, ageMillis, arrivalMillis, receivedMillis, drawnMillis } = detail;
        noted.push({ sequence, ptsMillis: Number(ptsNanos) / 1e6, ageMillis, arrivalMillis, receivedMillis, drawnMillis });
    }, { capture: true });
";
const TABLE: &str = "return [...document.querySelectorAll('.spread:not(.way) tbody tr')].map((row) => \
                     [...row.querySelectorAll('td')].map((cell) => cell.textContent))";

/// What each plot says of each second, from the left to the right.
const READ: &str = "
    return [...document.querySelectorAll('.plot svg')].map((plot) => {
        const press = (key) => plot.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        press('Home');
        return Array.from({ length: 60 }, () => {
            const said = plot.getAttribute('aria-valuetext');
            press('ArrowRight');
            return said;
        });
    });
";
/// The arrow key, as the `WebDriver` standard numbers it.
const LEFT: &str = "\u{e012}";

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    sequence: u64,
    pts_millis: f64,
    age_millis: Option<f64>,
    arrival_millis: f64,
    received_millis: f64,
    drawn_millis: f64,
}

/// The smallest of all values that at least so many percent of them do not exceed.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let reached =
        |limit: f64| values.iter().filter(|&&value| value <= limit).count() * 100 >= percent * values.len();
    values.iter().copied().filter(|&value| reached(value)).fold(f64::INFINITY, f64::min)
}

fn steps(frames: &[Frame], of: impl Fn(&Frame) -> f64) -> Vec<f64> {
    frames.windows(2).map(|pair| of(&pair[1]) - of(&pair[0])).collect()
}

/// How far these steps are from those of the PTS.
fn jitter(frames: &[Frame], of: impl Fn(&Frame) -> f64) -> Vec<f64> {
    let pts = steps(frames, |frame| frame.pts_millis);
    steps(frames, of).iter().zip(pts).map(|(step, pts)| (step - pts).abs()).collect()
}

async fn noted(browser: &Browser) -> Result<Vec<Frame>> {
    Ok(serde_json::from_value(browser.run("return noted").await?)?)
}

async fn opened(capture: &Capture) -> Result<Browser> {
    let browser = Browser::start().await?;
    browser.before_pages(NOTE).await?;
    browser.open(capture.url()).await?;
    Ok(browser)
}

/// What the section says under a name.
fn fact(name: &str) -> String {
    format!(
        "return [...document.querySelectorAll('.timing dt')].find((one) => one.textContent === '{name}')?.nextSibling.textContent"
    )
}

#[tokio::test]
async fn percentiles_and_plots_are_those_of_the_frames() -> Result<()> {
    let pipeline = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";
    let capture = Capture::start([pipeline]).await?;
    let browser = opened(&capture).await?;
    browser.until("frames", "return noted.length > 100").await?;
    browser.act(keys(&[" "])).await?;
    browser.state("paused").await?;
    // The plots show whole seconds: the last frame's has passed when the newest one has none.
    browser
        .until(
            "a second without frames",
            "return document.querySelectorAll('.plot svg')[2].getAttribute('aria-valuetext').includes(' 0 drawn')",
        )
        .await?;
    let frames = noted(&browser).await?;
    let (first, last) = frames.first().zip(frames.last()).context("no frames")?;
    ensure!(
        last.drawn_millis - first.drawn_millis < 50_000.0,
        "too slow a machine: some are older than a minute"
    );

    let table: Vec<Vec<String>> = serde_json::from_value(browser.run(TABLE).await?)?;
    let columns = [
        frames.iter().filter_map(|frame| frame.age_millis).collect(),
        steps(&frames, |frame| frame.drawn_millis),
        jitter(&frames, |frame| frame.arrival_millis),
        jitter(&frames, |frame| frame.received_millis),
        jitter(&frames, |frame| frame.drawn_millis),
    ];
    ensure!(table.len() == columns.len(), "{table:?}");
    for (row, values) in table.iter().zip(&columns) {
        let shown: Vec<f64> = row.iter().map(|cell| cell.parse()).collect::<Result<_, _>>()?;
        let expected = [50, 95, 99, 100].map(|percent| percentile(values, percent));
        // They are shown with one digit behind the point.
        let close = shown.iter().zip(expected).all(|(shown, expected)| (shown - expected).abs() < 0.0501);
        ensure!(close && shown.len() == 4, "{shown:?}, not {expected:?}");
    }

    // Every second is read out by keys; all at one moment, before the next one passes.
    let read: Vec<Vec<String>> = serde_json::from_value(browser.run(READ).await?)?;
    ensure!(read.len() == 4 && read.iter().all(|plot| plot.len() == 60), "{read:?}");
    let number = |text: &str, before: &str, after: &str| -> Option<f64> {
        text.split_once(before)?.1.split_once(after)?.0.trim().parse().ok()
    };
    let greatest = |texts: &[String], before: &str| {
        texts.iter().filter_map(|text| number(text, before, " ms")).fold(0.0, f64::max)
    };
    let oldest = percentile(&columns[0], 100);
    ensure!((greatest(&read[0], "oldest ") - oldest).abs() < 0.0501, "{oldest}: {:?}", read[0]);
    let longest = percentile(&columns[1], 100);
    ensure!((greatest(&read[1], "longest ") - longest).abs() < 0.0501, "{longest}: {:?}", read[1]);
    let drawn: Vec<f64> = read[2].iter().filter_map(|text| number(text, "ago: ", " drawn")).collect();
    let sum: f64 = drawn.iter().sum();
    ensure!(
        drawn.len() == 60 && format!("{sum}") == format!("{}", frames.len()),
        "{sum} of {}",
        frames.len()
    );
    ensure!(read[3].iter().any(|text| text.contains("kB received")), "{:?}", read[3]);

    // As a person does it.
    browser.run("document.querySelector('.plot svg').focus()").await?;
    for _ in 0..2 {
        browser.act(keys(&[LEFT])).await?;
    }
    let said = browser.run("return document.querySelector('.plot-reading').textContent").await?;
    ensure!(said.as_str().is_some_and(|said| said.starts_with("3 s ago")), "{said}");
    browser.finish(&[]).await
}

#[tokio::test]
async fn pts_gaps_are_those_that_a_dropping_element_makes() -> Result<()> {
    let pipeline = "videotestsrc num-buffers=150 ! video/x-raw,format=RGB,width=16,height=8,framerate=50/1 \
                    ! identity drop-probability=0.3 ! appsink name=k sync=false";
    let capture = Capture::start(["--policy", "every", pipeline]).await?;
    let browser = opened(&capture).await?;
    browser.state("ended").await?;
    let frames = noted(&browser).await?;
    ensure!(
        frames.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1),
        "each frame is drawn: {frames:?}"
    );
    let pts = steps(&frames, |frame| frame.pts_millis / 20.0);
    let gaps = pts.iter().filter(|&&step| step > 1.5).count();
    let missing: f64 = pts.iter().map(|step| step.round() - 1.0).sum();
    ensure!(gaps > 10, "{pts:?}");
    let expected = format!("{gaps}, {missing} frames");
    browser
        .until(
            "the gaps",
            &format!("const said = (() => {{ {} }})(); return said === '{expected}'", fact("PTS gaps")),
        )
        .await
        .with_context(|| format!("expected {expected}"))?;
    let ledger = browser
        .until(
            "the ledger",
            &format!("const said = (() => {{ {} }})(); return said === '{missing}'", fact("source gap")),
        )
        .await;
    ledger.with_context(|| format!("the server's own count is not {missing}"))?;
    browser.finish(&[]).await
}

/// Minutes of random frames, faster than is kept, with all that streams do: jumps, no PTS, PTS that begin again.
const MINUTES: &str = "
    e2e.minutes = async () => {
        const { percentile, Recent } = await import('/page/streams/recent.js');
        let seed = 42;
        const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
        const wrong = [];
        for (const [fps, frames] of [[30, 4000], [200, 20000], [1000, 40000]]) {
            const recent = new Recent();
            const all = [];
            let [now, sequence, pts] = [5e6, 0, 0];
            let [gaps, missing] = [0, 0];
            for (let n = 0; n < frames; n++) {
                now += (1000 / fps) * 2 * random();
                const steps = random() < 0.05 ? 4 : 1;
                const lost = n > 0 && random() < 0.02 ? 3 : 0;
                const again = random() < 0.001;
                sequence += steps;
                pts = again ? 0 : pts + (steps + lost) * (1000 / fps);
                const known = random() > 0.01;
                const frame = { sequence, ptsNanos: known ? BigInt(Math.round(pts * 1e6)) : null, ageMillis: random() < 0.01 ? null : random() * 90,
                    arrivalMillis: now, receivedMillis: now + 1, drawnMillis: now + 2 + random() };
                const before = all.at(-1)?.frame;
                if (before && !again && known && before.ptsNanos !== null && lost) [gaps, missing] = [gaps + 1, missing + lost];
                recent.take(now, frame, [fps, 1]);
                all.push({ at: now, frame, interval: before ? frame.drawnMillis - before.drawnMillis : NaN });
            }
            const kept = all.filter(({ at }) => at >= now - 60_000 && at < now).slice(fps > 240 ? -60 * 240 + 1 : 0);
            for (const [column, of] of [['age', ({ frame }) => frame.ageMillis ?? NaN], ['interval', ({ interval }) => interval]]) {
                const expected = kept.map(of).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
                const sorted = recent.sorted(column, now);
                if (sorted.length !== expected.length || expected.some((value, n) => value !== sorted[n]))
                    wrong.push(`${fps}: ${column}: ${sorted.length} values, not ${expected.length}`);
                for (const percent of [50, 95, 99, 100]) {
                    const enough = expected.find((_, n) => (n + 1) * 100 >= percent * expected.length);
                    if (percentile(sorted, percent) !== enough) wrong.push(`${fps}: p${percent} of ${column}: ${percentile(sorted, percent)}, not ${enough}`);
                }
            }
            if (recent.gaps !== gaps || recent.missing !== missing) wrong.push(`${fps}: ${recent.gaps} gaps, ${recent.missing} missing, not ${gaps} and ${missing}`);
        }
        return wrong;
    };
";

#[tokio::test]
async fn a_minute_of_any_rate_is_kept_and_no_more() -> Result<()> {
    let capture = Capture::with_sources([
        "videotestsrc num-buffers=2 ! video/x-raw,width=16,height=8 ! appsink name=k",
    ])
    .await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(MINUTES).await?;
    let wrong: Vec<String> = browser.call("minutes", json!([])).await?;
    ensure!(wrong.is_empty(), "{wrong:#?}");
    browser.finish(&[]).await
}
