//! Messages of a pipeline's bus in words, for the log and for viewers.

use super::redact::clean;
use super::remedy;
use crate::clock;
use gst::MessageView;
use gst::prelude::*;
use wire::control::{BusKind, BusMessage};

/// A message in words, if it is of a kind that people want to know of; of state changes, those of `pipeline` only.
pub(super) fn in_words(message: &gst::Message, pipeline: &gst::Pipeline, index: u32) -> Option<BusMessage> {
    let (kind, text, debug) = match message.view() {
        MessageView::Error(error) => {
            let debug = error.debug();
            let text = with_remedy(&error.error(), debug.as_deref());
            (BusKind::Error, text, debug)
        }
        MessageView::Warning(warning) => {
            let debug = warning.debug();
            (BusKind::Warning, with_remedy(&warning.error(), debug.as_deref()), debug)
        }
        MessageView::Info(info) => (BusKind::Info, info.error().message().to_owned(), info.debug()),
        MessageView::Eos(_) => (BusKind::EndOfStream, "end of stream".to_owned(), None),
        MessageView::StateChanged(state) if message.src() == Some(pipeline.upcast_ref()) => {
            let (old, new, pending) = (state.old(), state.current(), state.pending());
            (BusKind::StateChanged, format!("state {old:?} → {new:?}, pending {pending:?}"), None)
        }
        MessageView::Latency(_) => (BusKind::Latency, "latency is computed again".to_owned(), None),
        MessageView::Qos(qos) => (BusKind::Qos, qos_text(qos), None),
        MessageView::Buffering(buffering) => {
            (BusKind::Buffering, format!("buffering: {} %", buffering.percent()), None)
        }
        MessageView::Element(element) => {
            let structure = element.structure().filter(|one| one.name() == "missing-plugin")?;
            (BusKind::MissingPlugin, missing_plugin(structure), None)
        }
        _ => return None,
    };
    Some(BusMessage {
        pipeline: index,
        at_nanos: clock::now_nanos(),
        kind,
        source: clean(message.src().map(GstObjectExt::path_string).unwrap_or_default().as_str()),
        text: clean(&text),
        debug: debug.map(|debug| clean(&debug)),
    })
}

/// Logs a message; the level follows its kind.
///
/// Debug texts can hold codec data: a log line has their beginning, the page has the whole.
pub(super) fn log(message: &BusMessage) {
    const DEBUG_MAX: usize = 240;
    let BusMessage { pipeline, kind, source, text, debug, .. } = message;
    let debug = debug.as_deref().map(|debug| wire::capped(debug, DEBUG_MAX));
    let more = debug.map(|debug| format!(" | {debug}")).unwrap_or_default();
    match kind {
        BusKind::Error => tracing::error!(pipeline, "{source}: {text}{more}"),
        BusKind::Warning => tracing::warn!(pipeline, "{source}: {text}{more}"),
        BusKind::MissingPlugin | BusKind::Stalled | BusKind::Restarting => {
            tracing::warn!(pipeline, "{source}: {text}");
        }
        BusKind::Info | BusKind::EndOfStream => tracing::info!(pipeline, "{source}: {text}"),
        BusKind::StateChanged | BusKind::Latency | BusKind::Qos | BusKind::Buffering => {
            tracing::debug!(pipeline, "{source}: {text}");
        }
    }
}

fn with_remedy(error: &gst::glib::Error, debug: Option<&str>) -> String {
    let debug = debug.unwrap_or_default();
    let message = error.message().trim_end();
    let more = detail(debug).filter(|detail| !message.contains(detail));
    let message = match more {
        Some(detail) => format!("{}: {detail}", message.trim_end_matches('.')),
        None => message.to_owned(),
    };
    match remedy::of_error(error, debug) {
        Some(remedy) => format!("{} — {remedy}", message.trim_end_matches('.')),
        None => message,
    }
}

/// What an element says beyond a general message: in its debug text, behind the line of its source and of its path.
///
/// That is where the name of the file is, the address, and what the system said.
fn detail(debug: &str) -> Option<&str> {
    const DETAIL_MAX: usize = 160;
    let (_, detail) = debug.split_once('\n')?;
    let detail = detail.lines().next()?.trim().trim_end_matches('.');
    (!detail.is_empty() && detail.len() <= DETAIL_MAX).then_some(detail)
}

fn missing_plugin(structure: &gst::StructureRef) -> String {
    let name = structure.get::<&str>("name").unwrap_or("a plugin");
    let package = match structure.get::<gst::Caps>("detail") {
        Ok(caps) => caps.structure(0).and_then(|caps| remedy::package_of_media(caps.name())),
        Err(_) => structure.get::<&str>("detail").ok().and_then(remedy::package_of_element),
    };
    match package {
        Some(package) => format!("{name} is not installed — `sudo apt install {package}`"),
        None => format!("{name} is not installed — `apt-cache search gstreamer1.0` lists plugin packages"),
    }
}

fn qos_text(qos: &gst::message::Qos) -> String {
    let (processed, dropped) = qos.stats();
    let (jitter, _, _) = qos.values();
    let late = std::time::Duration::from_nanos(jitter.unsigned_abs());
    let when = if jitter < 0 { "early" } else { "late" };
    format!("{late:?} {when}; processed {processed:?}, dropped {dropped:?}")
}
