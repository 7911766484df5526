//! Which received frame is drawn at an animation frame, and when each frame's credit goes back.
//!
//! Policy `latest` draws the newest frame only; `every` draws each, one per animation frame. A frame is *settled* once
//! its outcome has been reported; that happens exactly once, also for a frame that is settled as late and then drawn
//! after all, because nothing newer came.

use std::collections::VecDeque;
use wire::LATE_AFTER_NANOS;
use wire::control::{Outcome, Policy};

/// How long a late frame waits for a newer one before it is drawn after all.
///
/// It runs from the first late frame since a frame was drawn, so that a link on which every frame is late still shows
/// two frames a second.
const WAIT_FOR_NEWER_NANOS: u64 = 500_000_000;

/// Received frames of one stream, at most as many as there are credits.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, in any combination")]
pub struct Gate<F> {
    policy: Policy,
    paused: bool,
    hidden: bool,
    unpaced: bool,
    /// The stream has ended: nothing newer is due.
    ended: bool,
    /// No frame has been drawn yet.
    blank: bool,
    waiting: VecDeque<Waiting<F>>,
    late_since: Option<u64>,
    outcomes: Vec<(u64, Outcome)>,
}

#[derive(Debug)]
struct Waiting<F> {
    frame: F,
    sequence: u64,
    /// On the server's clock.
    arrival_nanos: u64,
    settled: Option<Outcome>,
}

/// A frame to draw now; hand it back to [`Gate::finish`].
#[derive(Debug, PartialEq, Eq)]
pub struct Chosen<F> {
    /// What was given to [`Gate::arrive`].
    pub frame: F,
    /// The frame's number.
    pub sequence: u64,
    /// What has been reported of it already.
    pub settled: Option<Outcome>,
}

impl<F> Default for Gate<F> {
    fn default() -> Self {
        Self {
            policy: Policy::Latest,
            paused: false,
            hidden: false,
            unpaced: false,
            ended: false,
            blank: true,
            waiting: VecDeque::new(),
            late_since: None,
            outcomes: Vec::new(),
        }
    }
}

impl<F> Gate<F> {
    /// A new subscription begins: frames of the former one are forgotten, what was drawn is not.
    pub fn subscribed(&mut self, policy: Policy) {
        self.policy = policy;
        self.ended = false;
        self.waiting.clear();
        self.outcomes.clear();
        self.late_since = None;
    }

    /// The connection is lost: nobody waits for outcomes, and nothing newer is due than what is here.
    pub fn disconnected(&mut self) {
        self.ended = true;
        self.outcomes.clear();
        for waiting in &mut self.waiting {
            waiting.settled.get_or_insert(Outcome::Undrawn);
        }
    }

    /// Whether the stream has ended.
    pub fn set_ended(&mut self, ended: bool) {
        self.ended = ended;
    }

    /// Whether frames are decoded as they arrive, not at animation frames: a benchmark's switch.
    pub fn set_unpaced(&mut self, unpaced: bool) {
        self.unpaced = unpaced;
    }

    /// Whether frames are decoded as they arrive.
    #[must_use]
    pub fn is_unpaced(&self) -> bool {
        self.unpaced
    }

    /// Pauses or goes on; true when this changes what is to be asked of the server.
    pub fn set_paused(&mut self, paused: bool) -> bool {
        let asked = self.asks_for_none();
        self.paused = paused;
        self.suspend();
        asked != self.asks_for_none()
    }

    /// Whether the user has paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Hides or shows; true when this changes what is to be asked of the server.
    pub fn set_hidden(&mut self, hidden: bool) -> bool {
        let asked = self.asks_for_none();
        self.hidden = hidden;
        self.suspend();
        asked != self.asks_for_none()
    }

    /// Whether the server is to send no frames for now.
    ///
    /// In policy `every` a hidden viewer goes on receiving, and reports frames as undrawn.
    #[must_use]
    pub fn asks_for_none(&self) -> bool {
        self.paused || (self.hidden && self.policy == Policy::Latest)
    }

    /// Takes a frame that has arrived; `server_now` is the server's clock as far as it is known.
    pub fn arrive(&mut self, frame: F, sequence: u64, arrival_nanos: u64, now: u64, server_now: Option<i64>) {
        match self.policy {
            Policy::Latest => self.keep_none(Outcome::Overtaken),
            Policy::Every if self.is_suspended() => self.keep_none(Outcome::Undrawn),
            Policy::Every => {}
        }
        let settled = None;
        self.waiting.push_back(Waiting { frame, sequence, arrival_nanos, settled });
        if self.is_suspended() {
            self.suspend();
        } else {
            self.settle_if_late(now, server_now);
        }
    }

    /// Whether an animation frame is wanted.
    #[must_use]
    pub fn wants_to_draw(&self) -> bool {
        !self.is_suspended() && !self.waiting.is_empty()
    }

    /// The frame to draw now.
    pub fn choose(&mut self, now: u64, server_now: Option<i64>) -> Option<Chosen<F>> {
        if self.is_suspended() {
            return None;
        }
        self.settle_if_late(now, server_now);
        if self.waits_for_newer(now) {
            return None;
        }
        let Waiting { frame, sequence, settled, .. } = self.waiting.pop_front()?;
        self.late_since = None;
        Some(Chosen { frame, sequence, settled })
    }

    /// Reports a chosen frame, unless that has been done; `drawn` tells whether it is on the canvas.
    pub fn finish(&mut self, sequence: u64, settled: Option<Outcome>, drawn: bool) {
        if settled.is_none() {
            self.outcomes.push((sequence, if drawn { Outcome::Drawn } else { Outcome::Undrawn }));
        }
        self.blank &= !drawn;
    }

    /// Reports a frame that cannot be drawn, without keeping it.
    pub fn reject(&mut self, sequence: u64) {
        self.outcomes.push((sequence, Outcome::Undrawn));
    }

    /// Sequences and outcomes to report, in order; they are handed out once.
    pub fn take_outcomes(&mut self) -> impl Iterator<Item = (u64, Outcome)> {
        self.outcomes.drain(..)
    }

    fn is_suspended(&self) -> bool {
        self.paused || self.hidden
    }

    /// In policy `latest` the newest frame stays, unsettled: it may be the stream's last, and is drawn later if nothing
    /// newer comes. In `every` the pipeline waits for outcomes, so they are reported at once.
    fn suspend(&mut self) {
        if !self.is_suspended() || self.policy == Policy::Latest {
            return;
        }
        let outcomes = &mut self.outcomes;
        for waiting in &mut self.waiting {
            waiting.settled.get_or_insert_with(|| {
                outcomes.push((waiting.sequence, Outcome::Undrawn));
                Outcome::Undrawn
            });
        }
        let older = self.waiting.len().saturating_sub(1);
        self.waiting.drain(..older);
    }

    fn keep_none(&mut self, outcome: Outcome) {
        let unsettled = self.waiting.drain(..).filter(|waiting| waiting.settled.is_none());
        self.outcomes.extend(unsettled.map(|waiting| (waiting.sequence, outcome)));
    }

    /// Returns a late frame's credit, so that the newer one that is due can come.
    fn settle_if_late(&mut self, now: u64, server_now: Option<i64>) {
        if self.draws_late_frames() {
            return;
        }
        let (Some(frame), Some(server_now)) = (self.waiting.back_mut(), server_now) else { return };
        let age = i128::from(server_now) - i128::from(frame.arrival_nanos);
        if frame.settled.is_none() && age > i128::from(LATE_AFTER_NANOS) {
            frame.settled = Some(Outcome::Late);
            self.outcomes.push((frame.sequence, Outcome::Late));
            self.late_since.get_or_insert(now);
        }
    }

    fn waits_for_newer(&self, now: u64) -> bool {
        let late = self.waiting.front().is_some_and(|waiting| waiting.settled == Some(Outcome::Late));
        let since = self.late_since.unwrap_or(now);
        late && !self.draws_late_frames() && now.saturating_sub(since) < WAIT_FOR_NEWER_NANOS
    }

    fn draws_late_frames(&self) -> bool {
        self.ended || self.blank || self.unpaced || self.policy == Policy::Every
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Drawn, Late, Overtaken, Undrawn};
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    fn gate(policy: Policy) -> Gate<()> {
        let mut gate = Gate::default();
        gate.subscribed(policy);
        gate
    }

    /// A gate that has drawn frame 0 at time 0.
    fn drawn_once() -> Gate<()> {
        let mut gate = gate(Policy::Latest);
        gate.arrive((), 0, 0, 0, Some(0));
        assert_eq!(draw(&mut gate, 0), Some(0));
        gate
    }

    /// The server's clock is the viewer's here.
    fn arrive(gate: &mut Gate<()>, sequence: u64, arrived_ms: u64, now_ms: u64) {
        gate.arrive((), sequence, arrived_ms * MS, now_ms * MS, i64::try_from(now_ms * MS).ok());
    }

    fn draw(gate: &mut Gate<()>, now_ms: u64) -> Option<u64> {
        let chosen = gate.choose(now_ms * MS, i64::try_from(now_ms * MS).ok())?;
        gate.finish(chosen.sequence, chosen.settled, true);
        Some(chosen.sequence)
    }

    fn outcomes(gate: &mut Gate<()>) -> Vec<(u64, Outcome)> {
        gate.take_outcomes().collect()
    }

    #[test]
    fn the_newest_is_drawn_and_the_overtaken_is_reported_at_once() {
        let mut gate = gate(Policy::Latest);
        arrive(&mut gate, 1, 0, 1);
        arrive(&mut gate, 2, 10, 11);
        assert_eq!(outcomes(&mut gate), [(1, Overtaken)]);
        assert_eq!(draw(&mut gate, 16), Some(2));
        assert_eq!(outcomes(&mut gate), [(2, Drawn)]);
        assert!(!gate.wants_to_draw());
        assert_eq!(draw(&mut gate, 32), None);
    }

    #[test]
    fn a_frame_late_on_arrival_gives_way_to_a_newer_one() {
        let mut gate = drawn_once();
        arrive(&mut gate, 1, 0, 10_000);
        assert_eq!(outcomes(&mut gate), [(0, Drawn), (1, Late)]);
        assert_eq!(draw(&mut gate, 10_016), None);
        arrive(&mut gate, 2, 10_020, 10_030);
        assert_eq!(draw(&mut gate, 10_032), Some(2));
        assert_eq!(outcomes(&mut gate), [(2, Drawn)]);
    }

    #[test]
    fn a_late_frame_is_drawn_when_nothing_newer_comes() {
        let mut gate = drawn_once();
        arrive(&mut gate, 1, 0, 1_000);
        assert_eq!(draw(&mut gate, 1_499), None);
        assert!(gate.wants_to_draw());
        assert_eq!(draw(&mut gate, 1_500), Some(1));
        assert_eq!(outcomes(&mut gate), [(0, Drawn), (1, Late)], "settled once");
    }

    #[test]
    fn where_every_frame_is_late_some_are_drawn() {
        let mut gate = drawn_once();
        let mut drawn = 0;
        for step in 1..=20 {
            let now = 1_000 + step * 300;
            arrive(&mut gate, step, now - 900, now);
            drawn += u32::from(draw(&mut gate, now + 10).is_some());
        }
        assert_eq!(drawn, 20 / 3, "after 600 ms, the third look");
    }

    #[test]
    fn a_frame_that_became_late_while_it_waited_is_not_drawn_either() {
        let mut gate = drawn_once();
        arrive(&mut gate, 1, 990, 1_000);
        assert_eq!(draw(&mut gate, 9_000), None);
        assert_eq!(outcomes(&mut gate), [(0, Drawn), (1, Late)]);
    }

    #[test]
    fn a_late_frame_is_drawn_at_once_as_the_first_the_last_or_without_a_clock() {
        let mut gate = gate(Policy::Latest);
        arrive(&mut gate, 1, 0, 9_000);
        assert_eq!(draw(&mut gate, 9_000), Some(1));

        gate.set_ended(true);
        arrive(&mut gate, 2, 0, 9_100);
        assert_eq!(draw(&mut gate, 9_100), Some(2));
        assert_eq!(outcomes(&mut gate), [(1, Drawn), (2, Drawn)]);

        let mut gate = drawn_once();
        gate.arrive((), 3, 0, 9_000 * MS, None);
        assert!(gate.choose(9_000 * MS, None).is_some());
    }

    #[test]
    fn a_late_frame_is_drawn_once_the_stream_has_ended() {
        let mut gate = drawn_once();
        arrive(&mut gate, 1, 0, 1_000);
        assert_eq!(draw(&mut gate, 1_016), None);
        gate.set_ended(true);
        assert_eq!(draw(&mut gate, 1_032), Some(1));
    }

    #[test]
    fn nothing_is_drawn_while_paused_and_the_newest_is_not_lost() {
        let mut gate = drawn_once();
        assert!(gate.set_paused(true));
        arrive(&mut gate, 1, 10, 11);
        arrive(&mut gate, 2, 20, 21);
        assert!(!gate.wants_to_draw());
        assert_eq!(draw(&mut gate, 30), None);
        assert_eq!(outcomes(&mut gate), [(0, Drawn), (1, Overtaken)]);
        assert!(gate.set_paused(false));
        assert_eq!(draw(&mut gate, 40), Some(2));
    }

    #[test]
    fn after_a_long_pause_what_is_old_gives_way() {
        let mut gate = drawn_once();
        gate.set_hidden(true);
        arrive(&mut gate, 1, 10, 11);
        gate.set_hidden(false);
        assert_eq!(draw(&mut gate, 60_000), None);
        assert_eq!(outcomes(&mut gate), [(0, Drawn), (1, Late)]);
        arrive(&mut gate, 2, 60_020, 60_030);
        assert_eq!(draw(&mut gate, 60_032), Some(2));
    }

    #[test]
    fn hidden_and_paused_ask_once() {
        let mut gate = gate(Policy::Latest);
        assert!(gate.set_hidden(true));
        assert!(!gate.set_paused(true));
        assert!(!gate.set_hidden(false));
        assert!(gate.asks_for_none());
        assert!(gate.set_paused(false));
        assert!(!gate.set_paused(false));
    }

    #[test]
    fn every_frame_is_drawn_in_order_however_old() {
        let mut gate = gate(Policy::Every);
        arrive(&mut gate, 1, 0, 9_000);
        arrive(&mut gate, 2, 0, 9_000);
        assert_eq!(draw(&mut gate, 9_016), Some(1));
        assert_eq!(draw(&mut gate, 9_032), Some(2));
        assert_eq!(outcomes(&mut gate), [(1, Drawn), (2, Drawn)]);
    }

    #[test]
    fn every_reports_undrawn_at_once_while_hidden_and_goes_on_asking() {
        let mut gate = gate(Policy::Every);
        arrive(&mut gate, 1, 0, 1);
        assert!(!gate.set_hidden(true));
        arrive(&mut gate, 2, 10, 11);
        arrive(&mut gate, 3, 20, 21);
        assert_eq!(outcomes(&mut gate), [(1, Undrawn), (2, Undrawn), (3, Undrawn)]);
        gate.set_hidden(false);
        // The last one is still there for whoever looks again after the end.
        assert_eq!(draw(&mut gate, 40), Some(3));
        assert_eq!(outcomes(&mut gate), []);
    }

    #[test]
    fn what_was_received_is_drawn_after_the_connection_is_lost() {
        let mut gate = drawn_once();
        arrive(&mut gate, 1, 0, 1);
        gate.disconnected();
        assert_eq!(draw(&mut gate, 16), Some(1));
        assert_eq!(outcomes(&mut gate), []);
    }

    #[test]
    fn unpaced_draws_what_is_late() {
        let mut gate = drawn_once();
        gate.set_unpaced(true);
        arrive(&mut gate, 1, 0, 9_000);
        assert_eq!(draw(&mut gate, 9_000), Some(1));
    }

    proptest! {
        /// Whatever happens, each frame is reported once, and no more are held than came.
        #[test]
        fn every_frame_is_settled_once(
            every in any::<bool>(), steps in prop::collection::vec((0_u8..6, 0_u64..900, 0_u64..900), 1..80),
        ) {
            let mut gate = gate(if every { Policy::Every } else { Policy::Latest });
            let (mut now, mut sent, mut settled) = (1_000, 0, Vec::new());
            for (what, wait, age) in steps {
                now += wait;
                match what {
                    0 | 1 => { arrive(&mut gate, sent, now - age, now); sent += 1; }
                    2 | 3 => { draw(&mut gate, now); }
                    4 => { gate.set_paused(age % 2 == 0); }
                    _ => { gate.set_hidden(age % 2 == 0); }
                }
                settled.extend(gate.take_outcomes().map(|(sequence, _)| sequence));
            }
            gate.set_paused(false);
            gate.set_hidden(false);
            gate.set_ended(true);
            while draw(&mut gate, now).is_some() {}
            settled.extend(gate.take_outcomes().map(|(sequence, _)| sequence));
            settled.sort_unstable();
            prop_assert_eq!(settled, (0..sent).collect::<Vec<_>>());
        }
    }
}
