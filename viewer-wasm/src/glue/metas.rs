//! The metas of a frame, as events carry them. The browser reads their JSON: nothing here looks into them.

use super::described::Held;
use super::detail;
use super::screen::js_len;
use super::session::Session;
use js_sys::JSON;
use wasm_bindgen::JsValue;
use wire::metas::MAX_LEN;

impl Session {
    /// The metas of a frame: an object as `wire::Metas` has it, or null where it has none. Unreadable ones are said.
    pub(super) fn read_metas(&mut self, frame: &Held) -> JsValue {
        let range = frame.metas();
        if range.is_empty() {
            return JsValue::NULL;
        }
        let sequence = frame.header.sequence;
        let problem = if range.len() > MAX_LEN {
            format!("frame {sequence} has {} bytes of metas", range.len())
        } else {
            let bytes = frame.message.subarray(js_len(range.start), js_len(range.end)).to_vec();
            match String::from_utf8(bytes).map(|text| JSON::parse(&text)) {
                Ok(Ok(metas)) if metas.is_object() => return metas,
                _ => format!("the metas of frame {sequence} are no JSON object"),
            }
        };
        self.say("error", detail::error("malformed_metas", &problem));
        JsValue::NULL
    }
}
