//! What the benches share: subjects measured in turn, medians, ratios of the same round, tables, JSON, and the committed
//! ratios that tell a regression.
//!
//! Absolute figures are the machine's, and change with what else it does; a ratio of two subjects that were measured one
//! after the other, round for round, is the program's. It knows `capture` and its peers as their users do.
//!
//! | module | what it holds |
//! |---|---|
//! | [`run`](mod@run) | a bench: its settings, its rounds, its progress, its end |
//! | [`results`] | figures by group, subject and round; medians and ratios of them; the JSON file |
//! | [`committed`] | the ratios that were committed, and what is worse than they are |
//! | [`table`] | tables as text and as Markdown |
//! | [`usage`] | CPU time and memory of processes |
//! | [`source`] | pipelines that cost nothing, at every size |
//! | [`watch`] | a page that shows frames, and what it tells of them |
//! | [`stamp`] | when a frame was captured and when presented, on one clock |
//! | [`drain`] | a client that takes frames and throws them away |
//! | [`peers`] | what people do without Sinkview, as small scripts |
//! | [`clips`] | clips that cameras took, as pipelines |
//! | [`link`](mod@link) | a network of a given rate between a server and this machine's browsers |

pub mod clips;
pub mod committed;
pub mod drain;
pub mod link;
pub mod peers;
pub mod results;
pub mod run;
pub mod source;
pub mod stamp;
pub mod table;
pub mod usage;
pub mod watch;

pub use results::{Figures, Results};
pub use run::{Bench, run};
