//! Recording: the next frames of a stream into a file, as raw bytes with a description, or as y4m.
//!
//! ```text
//! stream ─ subscription ─▶ copy ─ queue, bounded in bytes ─▶ a thread that writes
//! ```
//!
//! A recording is one more viewer: it takes the newest frame, never delays others in policy `latest`, and in policy
//! `every` the pipeline waits for it. While the queue is full it takes none; what it then misses is named in the
//! description. Knows neither GStreamer nor sockets, and prints nothing.

mod file;
mod index;

pub use index::Gap;

use crate::{Frame, Stream};
use file::Writing;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::spawn_blocking;
use wire::Ledger;
use wire::control::Phase;
use wire::layout::y4m::NotY4m;

/// Copies of frames that wait to be written, in KiB: 256 MiB, a second of 1080p60 in BGR and a half.
const ROOM_KIB: u32 = 256 * 1024;
/// Frames that wait to be written: small ones are bounded by their number.
const MOST_WAITING: usize = 4096;

/// What to record of a stream.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many frames, at least one.
    pub frames: u64,
    /// The folder of the files.
    pub folder: PathBuf,
    /// What kind of file.
    pub kind: Kind,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The appsink's bytes, frame after frame.
    Raw,
    /// `YUV4MPEG2`.
    Y4m,
}

impl Kind {
    /// Its file name extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Y4m => "y4m",
        }
    }
}

/// What has been recorded.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file of the frames; its description has the same name with `.json`.
    pub path: PathBuf,
    /// Frames in it.
    pub frames: u64,
    /// Frames between them that are not in it.
    pub missing: Vec<Gap>,
    /// Why there are no more.
    pub end: End,
}

/// Why a recording has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All frames that were wanted are there.
    Complete,
    /// The stream came to its end.
    Stream,
    /// The stream failed.
    Failed,
    /// The program was told to stop.
    Stopped,
}

impl End {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Complete => "all frames that were wanted",
            Self::Stream => "the stream ended",
            Self::Failed => "the stream failed",
            Self::Stopped => "stopped",
        }
    }
}

/// Why there is no recording, or not a whole one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// No frame came.
    #[error("no frame came: {}", .0.words())]
    NoFrame(End),
    /// A file could not be written; a file that is there is never written over.
    #[error("{path}: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The format has no place in y4m.
    #[error("{0}; --record-as raw takes any format")]
    NotY4m(#[from] NotY4m),
    /// y4m has one description for all frames.
    #[error(
        "the caps changed at frame {sequence}, and y4m has one header for all frames; --record-as raw follows changes"
    )]
    Changed {
        /// The first frame of the new caps.
        sequence: u64,
    },
    /// The thread that writes has ended by itself.
    #[error("the recording was not written")]
    Lost,
}

/// A frame on its way to the file, with its share of the room.
type Queued = (Frame, OwnedSemaphorePermit);

/// Records a stream until there are enough frames, or it ends, or `stop` becomes true; returns when all is written.
pub async fn record(
    stream: Arc<Stream>,
    options: Options,
    mut stop: watch::Receiver<bool>,
) -> Result<Report, RecordError> {
    let wanted = options.frames.max(1);
    let (sender, mut queue) = mpsc::channel::<Queued>(MOST_WAITING);
    let writer = spawn_blocking(move || -> Result<Option<Writing>, RecordError> {
        let mut writing = None;
        while let Some((frame, _room)) = queue.blocking_recv() {
            if writing.is_none() {
                writing = Some(Writing::begin(&frame, options.kind, &options.folder)?);
            }
            if let Some(writing) = &mut writing {
                writing.add(&frame)?;
            }
        }
        Ok(writing)
    });
    let (end, ledger) = tokio::select! {
        taken = take(&stream, wanted, &sender) => taken,
        () = stopped(&mut stop) => (End::Stopped, None),
    };
    drop(sender);
    let written = writer.await.map_err(|_| RecordError::Lost)??;
    let writing = written.ok_or(RecordError::NoFrame(end))?;
    spawn_blocking(move || writing.finish(wanted, end, ledger.as_ref()))
        .await
        .map_err(|_| RecordError::Lost)?
}

/// Takes frames until there are enough or no more come.
async fn take(stream: &Arc<Stream>, wanted: u64, sender: &mpsc::Sender<Queued>) -> (End, Option<Ledger>) {
    let wake = Arc::new(Notify::new());
    let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
    let mut subscription = stream.subscribe(Arc::clone(&wake));
    let mut taken = 0;
    let end = loop {
        if taken == wanted {
            break End::Complete;
        }
        let Some(next) = subscription.next() else {
            match stream.phase() {
                Phase::Ended if subscription.is_drained() => break End::Stream,
                Phase::Failed if subscription.is_drained() => break End::Failed,
                _ => wake.notified().await,
            }
            continue;
        };
        let kib = u32::try_from(next.frame.source_len() / 1024 + 1).unwrap_or(u32::MAX).min(ROOM_KIB);
        drop(next);
        // Never closed.
        let Ok(room) = Arc::clone(&room).acquire_many_owned(kib).await else { break End::Stopped };
        // Waiting takes its time: the newest is another by now. It never goes away.
        let Some(next) = subscription.next() else { continue };
        subscription.take(&next);
        let frame = next.frame;
        // A source with few buffers gets them back before a disk has written them.
        let Ok(own) = spawn_blocking(move || frame.to_own()).await else { break End::Stopped };
        subscription.sent(&own);
        taken += 1;
        if sender.send((own, room)).await.is_err() {
            // Why, the one who writes says.
            break End::Stopped;
        }
    };
    (end, Some(subscription.ledger()))
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
