//! Any text as a request: its address, its names and cookies, the caps and numbers in its query.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Once;

fuzz_target!(|text: &str| {
    static INIT: Once = Once::new();
    INIT.call_once(|| gst::init().expect("GStreamer is installed"));
    capture::server::tried::request(text);
});
