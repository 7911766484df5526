//! What is asked of the server of each frame: what the element wants, but whole frames while something looks at all of
//! their samples.
//!
//! Knows neither what looks at them nor how the server chooses.

use wire::control::{View, ViewMode};
use wire::layout::Encoding;

/// What looks at frames beside the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Something reads every native sample of frames: measurements, profiles, comparisons, hashes, trials, recordings.
    pub native: bool,
    /// Frames are drawn as they come, for measuring: no screen says what of them can be seen.
    pub unpaced: bool,
}

/// What is wanted, and what was said of it to the server.
#[derive(Clone, Debug, Default)]
pub struct Viewing {
    wanted: View,
    told: View,
}

impl Viewing {
    /// The element wants to see frames so from now on.
    pub fn want(&mut self, view: View) {
        self.wanted = view;
    }

    /// A new subscription begins: its server knows of nothing.
    pub fn subscribed(&mut self) {
        self.told = View::default();
    }

    /// What the server is to be told now, if anything; it is handed out once.
    pub fn news(&mut self, needs: Needs) -> Option<View> {
        let view = asked(&self.wanted, needs);
        if view == self.told {
            return None;
        }
        self.told.clone_from(&view);
        Some(view)
    }
}

/// What is to be sent of frames that are wanted so.
fn asked(wanted: &View, needs: Needs) -> View {
    let mut view = wanted.clone();
    if needs.native || (needs.unpaced && view.mode == ViewMode::Auto) {
        view.mode = ViewMode::Full;
    }
    if view.mode == ViewMode::Full {
        view.visible = None;
        view.pixels = None;
    }
    // The protocol's way to say that nothing else is wanted.
    if view.encodings == [Encoding::Raw] {
        view.encodings.clear();
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::layout::Region;

    const NOTHING: Needs = Needs { native: false, unpaced: false };
    const NATIVE: Needs = Needs { native: true, unpaced: false };
    const UNPACED: Needs = Needs { native: false, unpaced: true };

    fn wanted(mode: ViewMode) -> View {
        View {
            mode,
            visible: Some(Region { x: 0, y: 0, width: 64, height: 48 }),
            pixels: Some((640, 480)),
            rate: Some(30),
            encodings: vec![Encoding::Raw, Encoding::Lz4],
        }
    }

    fn viewing(view: View) -> Viewing {
        let mut viewing = Viewing::default();
        viewing.want(view);
        viewing
    }

    #[test]
    fn what_is_wanted_is_told_once_and_to_each_server() {
        let mut viewing = viewing(wanted(ViewMode::Auto));
        assert_eq!(viewing.news(NOTHING), Some(wanted(ViewMode::Auto)));
        assert_eq!(viewing.news(NOTHING), None);
        viewing.subscribed();
        assert_eq!(viewing.news(NOTHING), Some(wanted(ViewMode::Auto)));
    }

    #[test]
    fn whole_frames_as_they_are_need_not_be_asked_for() {
        let raw = View { encodings: vec![Encoding::Raw], ..View::default() };
        assert_eq!(viewing(raw.clone()).news(NOTHING), None);
        let fit = View { mode: ViewMode::Fit, ..raw };
        assert!(viewing(fit).news(NOTHING).is_some_and(|view| view.encodings.is_empty()));
    }

    #[test]
    fn what_reads_every_sample_gets_whole_frames_for_as_long() {
        for mode in [ViewMode::Auto, ViewMode::Fit, ViewMode::Region] {
            let mut viewing = viewing(wanted(mode));
            viewing.news(NOTHING);
            let view = viewing.news(NATIVE).unwrap();
            assert_eq!((view.mode, view.visible, view.pixels), (ViewMode::Full, None, None));
            assert_eq!((view.rate, view.encodings.len()), (Some(30), 2), "these stay as they are wanted");
            // Where somebody moves the picture meanwhile, nothing is to be said.
            viewing.want(View { visible: None, ..wanted(mode) });
            assert_eq!(viewing.news(NATIVE), None);
            assert_eq!(viewing.news(NOTHING).unwrap().mode, mode);
        }
    }

    #[test]
    fn unpaced_frames_are_whole_unless_somebody_chose() {
        assert_eq!(viewing(wanted(ViewMode::Auto)).news(UNPACED).unwrap().mode, ViewMode::Full);
        assert_eq!(viewing(wanted(ViewMode::Fit)).news(UNPACED).unwrap().mode, ViewMode::Fit);
    }
}
