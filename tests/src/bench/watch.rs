//! A page that shows frames, in a Chromium of its own, and what it tells of them; with what that costs either side.

use super::results::Figures;
use super::run::figures;
use super::stamp::percentile;
use super::usage::Usage;
use crate::Browser;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

/// Frames decoded (or received) a second.
pub const DECODED: &str = "decoded/s";
/// Distinct frames at animation frames, a second.
pub const PRESENTED: &str = "presented/s";
/// Capture to presented, the median of a round.
pub const P50: &str = "p50 ms";
/// Capture to presented, of 95 frames in 100.
pub const P95: &str = "p95 ms";
/// Capture to presented, of 99 frames in 100.
pub const P99: &str = "p99 ms";
/// The server's CPU time for each frame that was decoded.
pub const SERVER_CPU: &str = "server CPU ms/frame";
/// The browser's CPU time for each frame that was decoded, of all its processes.
pub const BROWSER_CPU: &str = "browser CPU ms/frame";
/// The server's memory.
pub const SERVER_MEMORY: &str = "server MiB";
/// The browser's memory, of all its processes.
pub const BROWSER_MEMORY: &str = "browser MiB";

/// What one animation frame takes on a screen of 60 Hz, which a browser without a screen has too.
pub const REFRESH_MILLIS: f64 = 1000.0 / 60.0;

const SCRIPT: &str = include_str!("watch.js");
const MEASURE: &str = "
    const [seconds, done] = arguments;
    bench.measure(seconds).then((value) => done({ value }), (error) => done({ error: String(error) }));
";

/// What is watched.
#[derive(Clone, Debug)]
pub struct Watch<'a> {
    /// The page to open.
    pub page: &'a str,
    /// What to do there: `kind` and what `watch.js` takes for it.
    pub subject: Value,
    /// The server's process.
    pub server: u32,
    /// Milliseconds from the clock of the times of capture to the machine's.
    pub to_wall: f64,
    /// How long.
    pub seconds: f64,
    /// Whether a frame is presented where it is drawn: not where the drawing gate is off.
    pub is_paced: bool,
}

#[derive(Debug, Deserialize)]
struct Told {
    seconds: f64,
    drawn: u32,
    stamps: Vec<(f64, f64)>,
}

/// The element on a page with attributes of its own, for [`Watch::subject`].
#[must_use]
pub fn element(is_paced: bool, attributes: &Value) -> Value {
    json!({ "kind": "sink-view", "unpaced": !is_paced, "attributes": attributes })
}

/// A page that only receives, for [`Watch::subject`].
#[must_use]
pub fn receiver() -> Value {
    json!({ "kind": "receiver" })
}

/// A page in which the element's receiving worker runs alone, for [`Watch::subject`].
#[must_use]
pub fn receiver_alone() -> Value {
    json!({ "kind": "receiver alone" })
}

/// A page that draws by itself, for [`Watch::subject`].
#[must_use]
pub fn peer() -> Value {
    json!({ "kind": "peer" })
}

impl Watch<'_> {
    /// Opens the page in a fresh browser, so that none inherits another's memory, and takes its figures.
    pub async fn figures(&self) -> Result<Figures> {
        let browser = Browser::at(self.page).await?;
        let taken = self.take(&browser).await;
        // A browser asks for an icon where a page names none.
        let finished = browser.finish(&["favicon.ico"]).await;
        let taken = taken.with_context(|| format!("the end of the browser: {finished:?}"))?;
        finished?;
        Ok(taken)
    }

    async fn take(&self, browser: &Browser) -> Result<Figures> {
        let begin = format!(
            "{SCRIPT}; bench.begin({}).catch((error) => {{ bench.broken = String(error); }})",
            self.subject
        );
        browser.run(&begin).await?;
        let ready = browser.until("frames", "return bench.broken ?? bench.ready").await?;
        ensure!(ready == true, "{ready}");
        let processes = browser.processes()?;
        let before = (Usage::of(&[self.server])?, Usage::of(&processes)?);
        let mut answer = browser.run_async(MEASURE, vec![json!(self.seconds)]).await?;
        let after = (Usage::of(&[self.server])?, Usage::of(&processes)?);
        ensure!(answer["error"].is_null(), "{answer}");
        let told: Told = serde_json::from_value(answer["value"].take())?;
        ensure!(told.drawn > 0, "no frame within {} s", told.seconds);
        let frames = f64::from(told.drawn);
        let cpu_millis =
            |before: Usage, after: Usage| (after.cpu_seconds - before.cpu_seconds) * 1e3 / frames;
        let mut taken = figures([
            (DECODED, frames / told.seconds),
            (SERVER_CPU, cpu_millis(before.0, after.0)),
            (BROWSER_CPU, cpu_millis(before.1, after.1)),
            (SERVER_MEMORY, after.0.memory_mib),
            (BROWSER_MEMORY, after.1.memory_mib),
        ]);
        if self.is_paced {
            taken.extend(self.latencies(&told));
        }
        Ok(taken)
    }

    fn latencies(&self, told: &Told) -> Figures {
        let latencies: Vec<f64> =
            told.stamps.iter().map(|(captured, presented)| presented - captured - self.to_wall).collect();
        #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
        let mut figures = figures([(PRESENTED, latencies.len() as f64 / told.seconds)]);
        for (name, percent) in [(P50, 50), (P95, 95), (P99, 99)] {
            figures.extend(percentile(&latencies, percent).map(|value| (name.to_owned(), value)));
        }
        figures
    }
}
