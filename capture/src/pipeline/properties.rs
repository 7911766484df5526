//! Properties of an element that differ from their default, in words, without secrets. Knows no sockets.

use super::redact::{clean, hidden, is_secret};
use crate::inspect::Property;
use gst::glib;
use gst::prelude::*;

/// What stands for a secret.
const HIDDEN: &str = "***";
/// Said elsewhere, of every element.
const COMMON: [&str; 2] = ["name", "parent"];

/// The properties of an element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Those that can be set and differ from their default.
    pub(super) changed: Vec<Property>,
    /// Whether any property, also of those that can only be read, seems to hold a secret.
    pub(super) has_secret: bool,
}

/// Reads an element's properties. Getters may wait for the element's own locks.
pub(super) fn of(element: &gst::Element) -> Properties {
    let mut all = Properties::default();
    for spec in element.list_properties() {
        let flags = spec.flags();
        if COMMON.contains(&spec.name()) || !flags.contains(glib::ParamFlags::READABLE) || is_plumbing(&spec)
        {
            continue;
        }
        let value = element.property_value(spec.name());
        let words = words(&value);
        if words == self::words(spec.default_value()) {
            continue;
        }
        let secret = !is_number(&value) && is_secret(spec.name());
        all.has_secret |= secret || hidden(&words) != words;
        if flags.contains(glib::ParamFlags::WRITABLE) {
            let value = if secret { HIDDEN.to_owned() } else { clean(&words) };
            all.changed.push(Property { name: spec.name().to_owned(), value });
        }
    }
    // GStreamer lists them in no particular order.
    all.changed.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Objects, samples and buffers: nothing to read for a person.
fn is_plumbing(spec: &glib::ParamSpec) -> bool {
    let kind = spec.value_type();
    kind.is_a(glib::Type::OBJECT)
        || kind.is_a(glib::Type::INTERFACE)
        || kind.is_a(glib::Type::POINTER)
        || [gst::Sample::static_type(), gst::Buffer::static_type()].contains(&kind)
}

fn is_number(value: &glib::Value) -> bool {
    let kind = value.type_();
    [
        glib::Type::BOOL,
        glib::Type::I8,
        glib::Type::U8,
        glib::Type::I32,
        glib::Type::U32,
        glib::Type::I64,
        glib::Type::U64,
        glib::Type::F32,
        glib::Type::F64,
    ]
    .contains(&kind)
        || kind.is_a(glib::Type::ENUM)
        || kind.is_a(glib::Type::FLAGS)
}

/// Empty for nothing, and for what is no text.
fn words(value: &glib::Value) -> String {
    let kind = value.type_();
    if let Ok(text) = value.get::<Option<String>>() {
        text.unwrap_or_default()
    } else if let Ok(texts) = value.get::<Vec<String>>() {
        texts.join(" ")
    } else if let Ok(structure) = value.get::<Option<gst::Structure>>() {
        structure.map(|structure| structure.to_string()).unwrap_or_default()
    } else if let Ok(caps) = value.get::<Option<gst::Caps>>() {
        caps.map(|caps| caps.to_string()).unwrap_or_default()
    } else if kind.is_a(glib::Type::BOXED) {
        // GStreamer complains of those that are not set.
        String::new()
    } else {
        value.serialize().map(Into::into).unwrap_or_default()
    }
}
