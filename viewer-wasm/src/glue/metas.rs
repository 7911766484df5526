//! The metas of a frame, as events carry them. The browser reads their JSON: nothing here looks into them.

use super::held::Held;
use super::screen::js_len;
use js_sys::JSON;
use wasm_bindgen::JsValue;
use wire::metas::MAX_LEN;

/// The metas of a frame: an object as `wire::Metas` has it, or null where it has none; or why they cannot be read.
pub(super) fn read(frame: &Held) -> Result<JsValue, String> {
    let range = frame.metas();
    if range.is_empty() {
        return Ok(JsValue::NULL);
    }
    let sequence = frame.header.sequence;
    if range.len() > MAX_LEN {
        return Err(format!("frame {sequence} has {} bytes of metas", range.len()));
    }
    let bytes = frame.message.subarray(js_len(range.start), js_len(range.end)).to_vec();
    match String::from_utf8(bytes).map(|text| JSON::parse(&text)) {
        Ok(Ok(metas)) if metas.is_object() => Ok(metas),
        _ => Err(format!("the metas of frame {sequence} are no JSON object")),
    }
}
