//! What hands do, as the `WebDriver` standard has it: input sources, each with its actions.

use serde_json::{Value, json};

/// Keys, pressed and let go one after the other; special ones by their code points in the standard.
#[must_use]
pub fn keys(keys: &[&str]) -> Value {
    let strokes: Vec<_> = keys
        .iter()
        .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
        .collect();
    json!([{ "type": "key", "id": "keys", "actions": strokes }])
}
