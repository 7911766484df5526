//! What of each frame the server is asked for: by the element's wish, and by what reads frames here.

use super::session::Session;
use crate::policy::Needs;
use wire::ClientMessage;
use wire::control::View;

impl Session {
    /// The element wants to see frames so from now on.
    pub(super) fn set_view(&mut self, view: View) {
        self.viewing.want(view);
    }

    /// Tells the server what has changed, if anything.
    pub(super) fn say_view(&mut self) {
        let Some(stream) = self.stream.clone() else { return };
        let needs = Needs { native: self.reads_native(), unpaced: self.gate.is_unpaced() };
        if let Some(view) = self.viewing.news(needs) {
            self.send(&ClientMessage::View { stream, view });
        }
    }

    /// Whether frames are read as something else than the caps say: a part of one cannot be.
    pub(super) fn is_trying(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.layout.tried().is_some())
    }

    fn reads_native(&self) -> bool {
        self.is_measuring()
            || self.is_profiling()
            || self.compare.is_on()
            || self.verifying.found.is_wanted()
            || self.is_trying()
            || self.recording.is_on()
    }
}
