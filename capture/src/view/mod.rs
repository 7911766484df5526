//! What of a frame one view is sent: a part of it, every n-th sample, an encoding; and which of these is worth it.
//!
//! | module | what it holds |
//! |---|---|
//! | `cut` | which cuts a layout allows, and the layout of what is cut |
//! | `gather` | the samples of a cut, copied |
//! | `recipe` | frames made of frames: cut and encoded once for all clients that want the same |
//! | `auto` | whether whole frames are possible, and what is sent if they are not |
//! | `kept` | the sources of the frames that a client may ask for whole |
//!
//! Knows neither GStreamer nor sockets, and has no clock of its own.

mod auto;
mod cut;
mod gather;
mod kept;
mod recipe;

pub(crate) use auto::{Auto, Choice};
pub use cut::{Cut, Grid};
pub(crate) use kept::{Copies, Kept};
pub use recipe::{Made, Recipe, Recipes};
