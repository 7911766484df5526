//! The routes `/layout` and `/formats`: what a viewer needs to try bytes as something else than their caps say. They hold
//! no state and touch no stream; layouts are made in [`sample`](crate::sample).

use super::http::{Answer, json, text};
use crate::sample::{self, Asked, NoTrial};
use hyper::{StatusCode, Uri};
use percent_encoding::percent_decode_str;
use std::str::FromStr;
use thiserror::Error;

/// Makes a layout.
pub(super) const LAYOUT: &str = "/layout";
/// Lists formats, and guesses.
pub(super) const FORMATS: &str = "/formats";

/// With it, what cannot be is answered with 200 and `refused`: a browser puts every other status on its console, and
/// somebody who tries what fits makes mistakes.
const QUIET: &str = "quiet";

/// Why there is no answer.
#[derive(Debug, Error)]
enum Refusal {
    #[error("{0:?} is no parameter here; there are {1}")]
    Unknown(String, &'static str),
    #[error("{name}={text:?} is no number")]
    NotANumber { name: &'static str, text: String },
    #[error("{0} is twice in the address")]
    Twice(String),
    #[error("a guess needs length, format, width and height")]
    Incomplete,
    #[error(transparent)]
    Trial(#[from] NoTrial),
}

/// Answers a GET of [`LAYOUT`].
pub(super) fn layout(uri: &Uri) -> Answer {
    match made(uri) {
        Err(Refusal::Trial(refusal)) if is_quiet(uri) => {
            json(&serde_json::json!({ "refused": wire::capped(&refusal.to_string(), 1024) }))
        }
        made => answer(made),
    }
}

/// Answers a GET of [`FORMATS`].
pub(super) fn formats(uri: &Uri) -> Answer {
    answer(listed(uri))
}

fn answer(made: Result<serde_json::Value, Refusal>) -> Answer {
    match made {
        Ok(value) => json(&value),
        Err(refusal) => {
            text(StatusCode::BAD_REQUEST, &format!("{}\n", wire::capped(&refusal.to_string(), 1024)))
        }
    }
}

fn is_quiet(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|pair| pair == QUIET))
}

fn made(uri: &Uri) -> Result<serde_json::Value, Refusal> {
    const NAMES: &str = "caps, format, width, height, matrix, range, strides, offsets, length and quiet";
    let mut asked = Asked::default();
    for (name, value) in pairs(uri)? {
        match name.as_str() {
            "caps" => asked.caps = value,
            "format" => asked.format = Some(value),
            "width" => asked.width = Some(number("width", &value)?),
            "height" => asked.height = Some(number("height", &value)?),
            "matrix" => asked.matrix = Some(value),
            "range" => asked.range = Some(value),
            "strides" => asked.strides = list("strides", &value)?,
            "offsets" => asked.offsets = list("offsets", &value)?,
            "length" => asked.length = Some(number("length", &value)?),
            QUIET => {}
            _ => return Err(Refusal::Unknown(wire::capped(&name, 64), NAMES)),
        }
    }
    Ok(serde_json::json!(sample::trial(&asked)?))
}

fn listed(uri: &Uri) -> Result<serde_json::Value, Refusal> {
    let (mut length, mut format, mut width, mut height) = (None, None, None, None);
    let pairs = pairs(uri)?;
    for (name, value) in &pairs {
        match name.as_str() {
            "length" => length = Some(number("length", value)?),
            "format" => format = Some(value.as_str()),
            "width" => width = Some(number("width", value)?),
            "height" => height = Some(number("height", value)?),
            _ => return Err(Refusal::Unknown(wire::capped(name, 64), "length, format, width and height")),
        }
    }
    let formats = sample::formats()?;
    let fits = match (length, format, width, height) {
        (Some(length), Some(format), Some(width), Some(height)) => {
            sample::fits(length, format, (width, height))?
        }
        _ if pairs.is_empty() => Vec::new(),
        _ => return Err(Refusal::Incomplete),
    };
    Ok(serde_json::json!({ "raw": formats.raw, "bayer": formats.bayer, "fits": fits }))
}

/// The parameters of an address; each is there once.
fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Refusal> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        // No more than there are names, so that searching them stays cheap.
        if pairs.iter().any(|(other, _)| *other == name) {
            return Err(Refusal::Twice(wire::capped(&name, 64)));
        }
        pairs.push((name, value));
        if pairs.len() > NAMES_MAX {
            break;
        }
    }
    Ok(pairs)
}

/// More than either route has names: one of them is unknown, and that is said.
const NAMES_MAX: usize = 16;

fn number<T: FromStr>(name: &'static str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::NotANumber { name, text: wire::capped(text, 64) })
}

/// Numbers by plane; an empty place is one that is not given.
fn list<T: FromStr>(name: &'static str, text: &str) -> Result<Vec<Option<T>>, Refusal> {
    let one = |text: &str| if text.is_empty() { Ok(None) } else { number(name, text).map(Some) };
    text.split(',').map(one).collect()
}
