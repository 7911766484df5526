//! The JSON text messages of both directions, so that browser tools and a short script can read them.
//!
//! Every message is an object with a `type` (`tagged`); an unknown type or key is an error that names it.

use crate::history::LeasedFrame;
use crate::layout::{Encoding, Layout, Region};
use crate::{Hash, Ledger, tagged};
use serde::{Deserialize, Serialize};

/// What a client may say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Send me this stream, at most `credits` frames ahead of what I return.
    Subscribe {
        /// Name of the stream.
        stream: String,
        /// 1 to [`MAX_CREDITS`](crate::MAX_CREDITS).
        credits: u8,
    },
    /// Send me no more of this stream; ends a frame that is on the way.
    Unsubscribe {
        /// Name of the stream.
        stream: String,
    },
    /// A frame is done with: its credit comes back.
    Credit {
        /// Name of the stream.
        stream: String,
        /// The frame's sequence.
        sequence: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// Ask for no frames for a while, or ask again. Credits stay as they are.
    Pause {
        /// Name of the stream.
        stream: String,
        /// Whether to pause or to go on.
        paused: bool,
    },
    /// How a stream's frames are looked at: what of them is worth sending. Without it, they are sent whole and raw.
    View {
        /// Name of the stream, which is subscribed.
        stream: String,
        /// What is looked at.
        view: View,
    },
    /// Keep the frames that the history holds of a stream now; answered with [`ServerMessage::Leased`].
    Lease {
        /// Name of the stream, which is subscribed.
        stream: String,
    },
    /// End a lease.
    Release {
        /// Name of the stream.
        stream: String,
    },
    /// Send a leased frame, or, whole, the one drawn last; answered with [`ServerMessage::Fetched`] and the frame.
    Fetch {
        /// Name of the stream.
        stream: String,
        /// The frame's sequence.
        sequence: u64,
    },
    /// Begin a clock exchange; the server answers with [`ServerMessage::Clock`].
    Clock {
        /// The client's clock, echoed in the answer.
        client_sent: u64,
    },
    /// Say the hashes of each frame of a stream before it, or no more; also before it is subscribed to.
    Verify {
        /// Name of the stream.
        stream: String,
        /// Whether to begin or to end.
        on: bool,
    },
    /// Go on in the body of the answer to `GET /body`; answered with [`ServerMessage::Body`].
    Body {
        /// The key of that request.
        key: String,
    },
}

/// How a viewer looks at frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// What of each frame is to be sent.
    pub mode: ViewMode,
    /// The part that can be seen, in samples of the frame; absent: all of it.
    pub visible: Option<Region>,
    /// Device pixels that this part fills, columns and rows; absent: one for each sample.
    pub pixels: Option<(u32, u32)>,
    /// Frames a second that are wanted; absent: as many as there are.
    pub rate: Option<u32>,
    /// How frames may be encoded. Raw where it is empty; with `raw` among them, another one only while it raises the
    /// rate; without, always the first one.
    pub encodings: Vec<Encoding>,
}

/// What of each frame is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewMode {
    /// Whole frames while the link keeps up; else what the view shows, and coarser where that is still too much.
    Auto,
    /// Whole frames.
    #[default]
    Full,
    /// Every n-th sample of every n-th row, so that there is still one for each device pixel.
    Fit,
    /// The visible part, each sample of it.
    Region,
}

/// What became of a received frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was put on the canvas.
    Drawn,
    /// A newer frame was there before it could be drawn.
    Overtaken,
    /// It was older than [`LATE_AFTER_NANOS`](crate::LATE_AFTER_NANOS) and a newer one was due.
    Late,
    /// It could not be drawn, or, in policy `every`, was not drawn because the viewer is hidden.
    Undrawn,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ServerMessage {
    /// The first message on every connection.
    Hello {
        /// Name and version of the server program.
        server: String,
        /// Which frames are sent.
        policy: Policy,
        /// All streams.
        streams: Vec<StreamState>,
    },
    /// The streams changed: a new state, new caps.
    Streams {
        /// All streams.
        streams: Vec<StreamState>,
    },
    /// The layout of frames to come.
    Layout {
        /// The description, with its id.
        layout: Box<Layout>,
    },
    /// A message of a pipeline's bus.
    Bus {
        /// The message.
        message: BusMessage,
    },
    /// The stream has ended; its last frame was sent to whoever asked for frames.
    EndOfStream {
        /// Name of the stream.
        stream: String,
    },
    /// The counts of the subscribed streams, once a second.
    Statistics {
        /// One entry a subscribed stream.
        streams: Vec<StreamStatistics>,
    },
    /// The frames that a lease keeps.
    Leased {
        /// Name of the stream.
        stream: String,
        /// How long they are kept, if nothing ends the lease before.
        seconds: u64,
        /// Oldest first.
        frames: Vec<LeasedFrame>,
    },
    /// The next binary message is this frame, because it was asked for; it spends no credit.
    Fetched {
        /// Name of the stream.
        stream: String,
        /// The frame's sequence.
        sequence: u64,
    },
    /// The answer of a clock exchange.
    Clock {
        /// As the client sent it.
        client_sent: u64,
        /// The server's clock when the question was read.
        server_received: u64,
        /// The server's clock when this answer was written.
        server_sent: u64,
    },
    /// The hashes of the frame that follows; where verifying begins after it was sent, of the newest one that was.
    Hashes {
        /// Name of the stream.
        stream: String,
        /// The frame's sequence.
        sequence: u64,
        /// Of the appsink's buffer.
        buffer: Hash,
        /// Of the visible rows; null where there is no rule for them.
        rows: Option<Hash>,
    },
    /// The last message on the WebSocket: those that follow are in the body that the client asked for.
    Body {},
    /// A request that cannot be met; the connection goes on.
    Error {
        /// A word to tell errors apart: `no_such_stream`, `not_subscribed`, `lost_messages`, and those of
        /// [`history`](crate::history).
        code: String,
        /// A sentence.
        text: String,
    },
}

/// Which frames a viewer gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The newest; older ones are skipped.
    #[default]
    Latest,
    /// Each; the pipeline waits.
    Every,
}

/// One stream, as `/streams`, `hello` and `streams` list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamState {
    /// Its name.
    pub name: String,
    /// Index of its pipeline on the command line, from 0.
    pub pipeline: u32,
    /// Where it is in its life.
    pub phase: Phase,
    /// Why it failed, is stalled or is being restarted, when it is.
    pub failure: Option<String>,
    /// The caps of its newest frame, or those that were refused.
    pub caps: Option<String>,
    /// The format the server converts its frames to, where viewers cannot read them: `RGBA` or `RGBA64_LE`.
    pub converted: Option<String>,
}

/// Where a stream is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No frame yet.
    #[default]
    Waiting,
    /// Frames arrive, or may.
    Running,
    /// The end of the stream was reached.
    Ended,
    /// The pipeline failed, or the caps cannot be shown.
    Failed,
    /// The pipeline plays, and no frame came for longer than the server was told to wait. The next one ends that.
    Stalled,
    /// The pipeline failed or ended, and another one takes its place; its first frame ends that.
    Restarting,
}

/// A message of a pipeline's bus, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusMessage {
    /// Index of the pipeline on the command line, from 0.
    pub pipeline: u32,
    /// When it was read, on the server's monotonic clock.
    pub at_nanos: u64,
    /// What kind of message.
    pub kind: BusKind,
    /// Path of the element that posted it.
    pub source: String,
    /// A sentence.
    pub text: String,
    /// The element's debug text, where there is one.
    pub debug: Option<String>,
}

/// Kinds of bus messages that reach viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusKind {
    /// The pipeline cannot go on.
    Error,
    /// Something is wrong; the pipeline goes on.
    Warning,
    /// For information.
    Info,
    /// All sinks reached the end.
    EndOfStream,
    /// The pipeline changed state: old, new, pending.
    StateChanged,
    /// The latency was computed again.
    Latency,
    /// An element that is needed is not installed.
    MissingPlugin,
    /// A sink or decoder is too slow and drops.
    Qos,
    /// A network source fills its buffer.
    Buffering,
    /// No frame came for longer than the server was told to wait.
    Stalled,
    /// The pipeline is taken down, and another one takes its place.
    Restarting,
}

/// The counts of one stream at one viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamStatistics {
    /// Name of the stream.
    pub stream: String,
    /// Where its frames went.
    pub ledger: Ledger,
    /// What sending them took.
    pub sending: Sending,
}

/// What sending frames to one viewer took, since it subscribed; divide by `frames`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    /// Frames sent whole.
    pub frames: u64,
    /// Time for cutting and encoding them, whichever viewer's turn it was.
    pub work_nanos: u64,
    /// Time from a frame's first byte to its last one in the socket.
    pub send_nanos: u64,
    /// What the link takes, as far as it has been the bound; absent where it never was.
    pub bytes_per_second: Option<u64>,
}

impl ClientMessage {
    /// The message as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        tagged::write(self)
    }

    /// Reads a message; an unknown type or key is an error that names it.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        tagged::read(text)
    }
}

impl ServerMessage {
    /// The message as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        tagged::write(self)
    }

    /// Reads a message; an unknown type or key is an error that names it.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        tagged::read(text)
    }
}
