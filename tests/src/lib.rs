//! What the end-to-end tests share: the real binary, a real browser, a raw client, and GStreamer as the judge.
//!
//! Knows `capture` as its users do: by its command line, its log, its port and its page. Two modules use modules of
//! it: one, and of the viewer, where frames are too many to be shown; one where buffers are to be changed before an appsink.
//!
//! | module | what it holds |
//! |---|---|
//! | [`program`] | `capture` as a process: start, log, signals, exit code |
//! | [`mod@bench`] | what the benches share: rounds, ratios, tables, and the peers that they measure beside |
//! | [`browser`] | a headless Chromium with its driver, and scripts in its pages |
//! | [`cases`] | caps of all kinds for every raw format, and what upstream has no answer for |
//! | [`drawn`] | views put into a page by a test, and what they show |
//! | [`firefox`] | a headless Firefox, without a driver |
//! | [`client`] | a viewer without a browser: the protocol over a socket |
//! | [`hands`] | what hands do with keys |
//! | [`http`] | plain HTTP requests, as odd as a test wants them |
//! | [`judge`] | what `videoconvert` makes of a frame's bytes |
//! | [`native`] | a sample read as `capture` reads it and decoded as the viewer decodes it, without either |
//! | [`files`] | files of frames, and a Python that reads them |
//! | [`frames`] | frames to test with, and what is to be said of a set of them |
//! | [`random`] | random numbers with a seed that is printed |
//! | [`site`] | a page of another origin, and a proxy that counts what passes |
//! | [`foreign`] | a server that sends a layout and frames that a test gives, right or wrong |
//! | [`tls`] | certificates by OpenSSL, and its client as a tunnel for what speaks no TLS |
//! | [`hushed`] | a server that forgets its hashes |
//! | [`tools`] | TypeScript, axe-core and Lighthouse, which judge the page |
//! | [`noted`] | a server whose frames carry metas that a test attaches |
//! | [`sender`] | a program that sends pictures to a pipeline, to be stopped and killed |
//! | [`process`] | signals, and the processes below a process |
//! | [`bound`] | waiting for a condition, never longer than a bound |

pub mod bench;
pub mod bound;
pub mod browser;
pub mod cases;
pub mod client;
pub mod drawn;
pub mod files;
pub mod firefox;
pub mod foreign;
pub mod frames;
pub mod hands;
pub mod http;
pub mod hushed;
pub mod judge;
pub mod native;
pub mod noted;
pub mod process;
pub mod program;
pub mod random;
pub mod sender;
pub mod site;
pub mod tls;
pub mod tools;

pub use bound::{BOUND, until, within};
pub use browser::Browser;
pub use client::{Client, Frame, Heard};
pub use firefox::Firefox;
pub use program::Capture;
pub use sender::Sender;
