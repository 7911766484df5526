//! Views put into a page by a test, each stopped at a frame it has drawn, and that frame.

use crate::{BOUND, Browser, Capture};
use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

/// What one view shows.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Number of the frame.
    pub sequence: u64,
    /// Caps of the frame, as `readFrame()` has them.
    pub caps: String,
    /// Columns and rows of the canvas.
    pub size: (usize, usize),
    /// The canvas, four bytes a pixel.
    pub rgba: Vec<u8>,
    /// The frame's bytes, as `readFrame()` has them.
    pub data: Vec<u8>,
    /// The newest `picture` event.
    pub picture: Value,
    /// The layout, as it travels.
    pub layout: Value,
    /// The words over the picture; empty for none.
    pub notice: String,
}

/// What the page answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    problem: Option<String>,
    sequence: u64,
    caps: String,
    width: usize,
    height: usize,
    rgba: String,
    data: String,
    picture: Value,
    layout: Value,
    notice: String,
}

/// A page of the program's origin without a view on it; tests put their own there.
pub async fn blank(capture: &Capture) -> Result<Browser> {
    Browser::at(&format!("{}sink-view.js", capture.url())).await
}

/// Ends such a browser: it asks for an icon, since the page names none.
pub async fn finish(browser: Browser) -> Result<()> {
    browser.finish(&["favicon.ico"]).await
}

/// Shows streams with attributes on their views, all at once; the inner error says why nothing was drawn.
pub async fn draw(browser: &Browser, wanted: &[(&str, Value)]) -> Result<Vec<Result<Drawn>>> {
    let views: Vec<_> = wanted
        .iter()
        .map(|(stream, attributes)| json!({ "stream": stream, "attributes": attributes }))
        .collect();
    // Sooner than the driver gives up, so that the page can say which one it was.
    let wait = BOUND.as_millis() / 2;
    let answers: Vec<Answer> = browser.call("draw", json!([views, wait])).await?;
    ensure!(answers.len() == wanted.len(), "{} answers for {} views", answers.len(), wanted.len());
    Ok(answers.into_iter().map(Drawn::of).collect())
}

/// Shows one stream with attributes on its view.
pub async fn draw_one(browser: &Browser, stream: &str, attributes: Value) -> Result<Drawn> {
    let drawn = draw(browser, &[(stream, attributes)]).await?;
    drawn.into_iter().next().context("no answer")?
}

/// Sets attributes of the first view, or takes them away where they are null, and reads it again once the `picture`
/// event has come that answers them.
pub async fn change(browser: &Browser, attributes: Value) -> Result<Drawn> {
    Drawn::of(browser.call("change", json!([attributes])).await?)
}

impl Drawn {
    fn of(answer: Answer) -> Result<Self> {
        if let Some(problem) = answer.problem {
            anyhow::bail!("{problem}; on the page: {:?}; layout {}", answer.notice, answer.layout);
        }
        Ok(Self {
            sequence: answer.sequence,
            caps: answer.caps,
            size: (answer.width, answer.height),
            rgba: BASE64_STANDARD.decode(answer.rgba)?,
            data: BASE64_STANDARD.decode(answer.data)?,
            picture: answer.picture,
            layout: answer.layout,
            notice: answer.notice,
        })
    }
}
