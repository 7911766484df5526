//! What takes long to read of a frame, read in slices between drawing: a queue of jobs, each on a frame of its own.
//! Knows not what is read.

use super::held::Plain;
use super::host;
use super::probe::{ProbeError, Read};
use super::screen::ScreenError;
use super::session::{Handle, Session};
use js_sys::{Function, Promise};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use wasm_bindgen::prelude::*;

/// What is done for an event takes no more than one part in so many of the time.
const SHARE: u64 = 20;
/// Nanoseconds of a slice, about; then whatever came meanwhile has its turn, and a frame is drawn.
const SLICE_NANOS: u64 = 2_000_000;

/// Gives the bytes of a range of a frame's payload.
pub(super) type Payload<'a> = &'a dyn Fn(Range<usize>) -> Result<Cow<'static, [u8]>, ScreenError>;

/// What is read of a frame.
pub(super) trait Work {
    /// Reads a fraction of a millisecond on; false when all has been read.
    fn step(&mut self, payload: Payload<'_>) -> Result<bool, ScreenError>;
    /// What has been read of the frame of this number.
    fn said(&self, sequence: u64) -> JsValue;
}

/// Jobs, each of which has a slice in turn.
#[derive(Default)]
pub(super) struct Slices(VecDeque<Job>);

/// A frame that is read: it stays the same while others are drawn.
pub(super) struct Job {
    sequence: u64,
    bytes: Plain,
    work: Box<dyn Work>,
    purpose: Purpose,
    /// Nanoseconds of work so far.
    took: u64,
}

/// Whom a job is for.
enum Purpose {
    /// Listeners, for as long as there are others after it.
    Event(Kind),
    /// Who asked: what resolves and what rejects the promise.
    Answer { resolve: Function, reject: Function },
}

/// The events that jobs are done for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Measured,
    Profiled,
}

/// When the next job for an event is due; `P` is the part of a frame that it reads.
pub(super) struct Rhythm<P> {
    under_way: bool,
    /// The frame last read, and what of it.
    last: Option<(u64, P)>,
    /// When that began, and the nanoseconds from then on until another may begin, at least.
    began: u64,
    rest: u64,
}

impl<P> Default for Rhythm<P> {
    fn default() -> Self {
        Self { under_way: false, last: None, began: 0, rest: 0 }
    }
}

impl<P: PartialEq> Rhythm<P> {
    /// Whether another job may begin: for another frame after `pause` nanoseconds, for another part of it after
    /// `pause_of_part`.
    pub(super) fn is_due(&self, sequence: u64, part: &P, pause: u64, pause_of_part: u64) -> bool {
        let Some((last, of)) = &self.last else { return !self.under_way };
        let pause = match (of == part, *last == sequence) {
            (true, true) => return false,
            (true, false) => pause,
            (false, _) => pause_of_part,
        };
        !self.under_way && host::now_nanos() >= self.began + self.rest.max(pause)
    }

    /// A job has begun.
    pub(super) fn begin(&mut self, sequence: u64, part: P) {
        *self = Self { under_way: true, last: Some((sequence, part)), began: host::now_nanos(), rest: 0 };
    }

    /// The job is over, after so many nanoseconds of work.
    fn end(&mut self, took: u64) {
        self.under_way = false;
        self.rest = took.saturating_mul(SHARE);
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Profiled => "profiled",
        }
    }
}

impl Job {
    /// A job on the frame that `read` is of, for an event.
    pub(super) fn new(read: &Read<'_>, kind: Kind, work: Box<dyn Work>) -> Self {
        Self {
            sequence: read.frame.header.sequence,
            bytes: read.plain.clone(),
            work,
            purpose: Purpose::Event(kind),
            took: 0,
        }
    }

    /// Works for about a slice; false when all is done.
    fn slice(&mut self) -> Result<bool, ScreenError> {
        let from = host::now_nanos();
        let payload = |range| self.bytes.bytes(range);
        let mut goes_on = Ok(true);
        while let Ok(true) = goes_on
            && host::now_nanos().saturating_sub(from) < SLICE_NANOS
        {
            goes_on = self.work.step(&payload);
        }
        self.took += host::now_nanos().saturating_sub(from);
        goes_on
    }
}

impl Handle {
    /// Does a job for whoever asks, however long it takes; the promise rejects as `probe` throws.
    pub(super) fn answer(&self, job: impl FnOnce(&Session) -> Result<Job, ProbeError>) -> Promise {
        let mut promise = Err(ProbeError::NoFrame);
        self.enter(|session| promise = job(session).map(|job| session.promise(job)));
        promise.unwrap_or_else(|error| Promise::reject(&error.thrown()))
    }
}

impl Session {
    /// Begins a job for an event.
    pub(super) fn begin(&mut self, job: Job) {
        self.slices.0.push_back(job);
        self.ask_for_slice();
    }

    /// Listeners of this event are told nothing more of the frames before.
    pub(super) fn drop_jobs(&mut self, kind: Kind) {
        self.slices.0.retain(|job| !matches!(job.purpose, Purpose::Event(other) if other == kind));
    }

    /// Gives the job whose turn it is a slice.
    pub(super) fn work_slice(&mut self) {
        let Some(mut job) = self.slices.0.pop_front() else { return };
        match job.slice() {
            Ok(true) => self.slices.0.push_back(job),
            done => self.finish(&job, done.err()),
        }
        if !self.slices.0.is_empty() {
            self.ask_for_slice();
        }
    }

    fn promise(&mut self, mut job: Job) -> Promise {
        let mut functions = None;
        let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
        if let Some((resolve, reject)) = functions {
            job.purpose = Purpose::Answer { resolve, reject };
            self.begin(job);
        }
        promise
    }

    fn finish(&mut self, job: &Job, failure: Option<ScreenError>) {
        let said = || job.work.said(job.sequence);
        match &job.purpose {
            Purpose::Answer { resolve, reject } => {
                let (settle, value) = match failure {
                    None => (resolve, said()),
                    Some(error) => (reject, ProbeError::from(error).thrown()),
                };
                // Functions of a promise do not throw, and what waits for it runs later.
                let _ = settle.call1(&JsValue::NULL, &value);
            }
            &Purpose::Event(kind) => {
                // A frame whose bytes are gone tells nothing; the next one does.
                if failure.is_none() {
                    self.say(kind.name(), said());
                }
                match kind {
                    Kind::Measured => self.measuring.rhythm.end(job.took),
                    Kind::Profiled => self.profiling.rhythm.end(job.took),
                }
                self.read_when_due();
            }
        }
    }

    /// Begins whatever is wanted of the frame on the canvas and due.
    pub(super) fn read_when_due(&mut self) {
        self.measure_when_due();
        self.profile_when_due();
    }
}
