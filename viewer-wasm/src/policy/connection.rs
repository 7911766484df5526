//! The state that is shown to a person, from what is known of connection, stream and user.

use wire::control::Phase;

/// Without a frame for this long, a live stream is stalled.
pub const STALLED_AFTER_NANOS: u64 = 2_000_000_000;

/// What a viewer shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// No frame yet: connecting, or waiting for the first one.
    Connecting,
    /// Frames come.
    Live,
    /// The user has paused.
    Paused,
    /// No frame for some time.
    Stalled {
        /// Since the last frame.
        since_millis: u64,
        /// Why, a sentence, where the server says so.
        text: String,
    },
    /// The pipeline failed or ended, and another one takes its place; the last frame stays meanwhile.
    Restarting {
        /// Why, a sentence.
        text: String,
    },
    /// The stream has ended; its last frame stays.
    Ended,
    /// It will not work without somebody's doing.
    Failed {
        /// Why, a sentence.
        text: String,
    },
    /// No connection.
    Disconnected {
        /// Why, a sentence.
        text: String,
        /// When it is tried again; `None` when it is not.
        retry_in_millis: Option<u64>,
    },
}

/// What is known of a connection and its stream.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    link: Link,
    paused: bool,
    hidden: bool,
    phase: Phase,
    failure: Option<String>,
    /// When a frame was last received, or could be expected again.
    heard_at: Option<u64>,
}

#[derive(Clone, Debug, Default)]
enum Link {
    #[default]
    Connecting,
    Open,
    Lost {
        text: String,
        retry_in_millis: Option<u64>,
    },
    Failed {
        text: String,
    },
}

impl Connection {
    /// An attempt begins.
    pub fn connecting(&mut self) {
        self.link = Link::Connecting;
        self.heard_at = None;
        self.phase = Phase::default();
        self.failure = None;
    }

    /// The server has said hello.
    pub fn opened(&mut self) {
        self.link = Link::Open;
    }

    /// The connection is gone.
    pub fn lost(&mut self, text: String, retry_in_millis: Option<u64>) {
        self.link = Link::Lost { text, retry_in_millis };
    }

    /// It will not work, and is not tried again.
    pub fn failed(&mut self, text: String) {
        self.link = Link::Failed { text };
    }

    /// Whether it has failed for good.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.link, Link::Failed { .. })
    }

    /// The stream's phase, and why it failed, is stalled or is being restarted, if so.
    pub fn set_phase(&mut self, phase: Phase, failure: Option<String>, now: u64) {
        if phase == Phase::Running && self.phase != phase {
            // Said before the first frame of many.
            self.expect_again(now);
        }
        self.phase = phase;
        self.failure = failure;
    }

    /// Whether the stream has ended or failed or is being restarted, so that nothing newer is due.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Failed | Phase::Restarting)
    }

    /// The user pauses or goes on.
    pub fn set_paused(&mut self, paused: bool, now: u64) {
        self.paused = paused;
        self.expect_again(now);
    }

    /// The viewer is out of sight, where it asks for no frames, or comes back.
    pub fn set_hidden(&mut self, hidden: bool, now: u64) {
        self.hidden = hidden;
        self.expect_again(now);
    }

    /// A frame has been received.
    pub fn heard(&mut self, now: u64) {
        self.heard_at = Some(now);
    }

    /// The state now.
    #[must_use]
    pub fn state(&self, now: u64) -> State {
        match &self.link {
            Link::Connecting => return State::Connecting,
            Link::Lost { text, retry_in_millis } => {
                return State::Disconnected { text: text.clone(), retry_in_millis: *retry_in_millis };
            }
            Link::Failed { text } => return State::Failed { text: text.clone() },
            Link::Open => {}
        }
        if self.phase == Phase::Failed {
            let text = self.failure.clone().unwrap_or_else(|| "the pipeline failed".to_owned());
            return State::Failed { text };
        }
        if self.paused {
            return State::Paused;
        }
        let text = self.failure.clone().unwrap_or_default();
        match self.phase {
            Phase::Ended => return State::Ended,
            Phase::Restarting => return State::Restarting { text },
            _ => {}
        }
        let Some(heard_at) = self.heard_at else {
            return match self.phase {
                Phase::Stalled => State::Stalled { since_millis: 0, text },
                _ => State::Connecting,
            };
        };
        let silence = now.saturating_sub(heard_at);
        if self.phase == Phase::Stalled || (silence >= STALLED_AFTER_NANOS && !self.hidden) {
            return State::Stalled { since_millis: silence / 1_000_000, text };
        }
        State::Live
    }

    /// While no frames were asked for, their absence meant nothing.
    fn expect_again(&mut self, now: u64) {
        if let Some(heard_at) = &mut self.heard_at {
            *heard_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn live() -> Connection {
        let mut connection = Connection::default();
        connection.connecting();
        connection.opened();
        connection.set_phase(Phase::Running, None, 0);
        connection.heard(SECOND);
        connection
    }

    #[test]
    fn it_is_live_from_the_first_frame_on() {
        let mut connection = Connection::default();
        assert_eq!(connection.state(0), State::Connecting);
        connection.opened();
        assert_eq!(connection.state(9 * SECOND), State::Connecting, "no frame yet is not a stall");
        connection.heard(10 * SECOND);
        assert_eq!(connection.state(10 * SECOND), State::Live);
    }

    #[test]
    fn two_seconds_of_silence_are_a_stall_until_the_next_frame() {
        let mut connection = live();
        assert_eq!(connection.state(3 * SECOND - 1), State::Live);
        assert_eq!(connection.state(3 * SECOND), State::Stalled { since_millis: 2_000, text: String::new() });
        connection.heard(4 * SECOND);
        assert_eq!(connection.state(4 * SECOND), State::Live);
    }

    #[test]
    fn silence_that_was_asked_for_is_no_stall() {
        let mut connection = live();
        connection.set_hidden(true, 2 * SECOND);
        assert_eq!(connection.state(90 * SECOND), State::Live);
        connection.set_hidden(false, 91 * SECOND);
        assert_eq!(connection.state(92 * SECOND), State::Live);
        connection.set_paused(true, 92 * SECOND);
        assert_eq!(connection.state(99 * SECOND), State::Paused);
        connection.set_paused(false, 100 * SECOND);
        assert_eq!(connection.state(101 * SECOND), State::Live);
        assert_eq!(
            connection.state(102 * SECOND),
            State::Stalled { since_millis: 2_000, text: String::new() }
        );
    }

    #[test]
    fn an_end_is_not_a_stall_and_a_restart_undoes_it() {
        let mut connection = live();
        connection.set_phase(Phase::Ended, None, SECOND);
        assert_eq!(connection.state(60 * SECOND), State::Ended);
        connection.set_phase(Phase::Failed, Some("could not open device /dev/video0".into()), SECOND);
        let text = "could not open device /dev/video0".to_owned();
        assert_eq!(connection.state(60 * SECOND), State::Failed { text });
        connection.set_phase(Phase::Running, None, 61 * SECOND);
        assert_eq!(connection.state(61 * SECOND), State::Live, "the frame that is announced is on its way");
        connection.heard(61 * SECOND);
        assert_eq!(connection.state(61 * SECOND), State::Live);
    }

    #[test]
    fn a_restart_and_a_stall_that_the_server_knows_of_say_why() {
        let mut connection = live();
        let text = || "no frame from the camera".to_owned();
        connection.set_phase(Phase::Stalled, Some(text()), SECOND);
        assert_eq!(connection.state(2 * SECOND), State::Stalled { since_millis: 1_000, text: text() });
        connection.set_phase(Phase::Restarting, Some(text()), SECOND);
        assert_eq!(connection.state(9 * SECOND), State::Restarting { text: text() });
        assert!(connection.is_over());
        connection.set_phase(Phase::Running, None, 10 * SECOND);
        assert_eq!(connection.state(10 * SECOND), State::Live);
        let mut late = Connection::default();
        late.opened();
        late.set_phase(Phase::Stalled, Some(text()), SECOND);
        assert_eq!(late.state(SECOND), State::Stalled { since_millis: 0, text: text() });
    }

    #[test]
    fn without_a_connection_nothing_else_matters() {
        let mut connection = live();
        connection.set_paused(true, SECOND);
        connection.lost("the connection was lost".into(), Some(700));
        let text = "the connection was lost".to_owned();
        let lost = State::Disconnected { text, retry_in_millis: Some(700) };
        assert_eq!(connection.state(60 * SECOND), lost);
        connection.failed("no".into());
        assert!(connection.has_failed());
        connection.connecting();
        assert_eq!(connection.state(60 * SECOND), State::Connecting);
    }
}
