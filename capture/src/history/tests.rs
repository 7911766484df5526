//! The history with frames whose bytes are lent, and counted.

use super::*;
use crate::frame::Payload;
use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use wire::layout::{Layout, Plane};
use wire::{CheckedLayout, FrameHeader};

const LEN: usize = 1024;

/// Bytes of a source that counts how many of its buffers it misses.
struct Lent {
    bytes: Vec<u8>,
    missed: Arc<AtomicUsize>,
}

impl Payload for Lent {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(&self.bytes)
    }

    fn is_own(&self) -> bool {
        false
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(Bytes::copy_from_slice(&self.bytes))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.missed.fetch_sub(1, Ordering::Relaxed);
    }
}

fn layout(stream: &str) -> Arc<CheckedLayout> {
    let plane = Plane { stride: 32, offset: 0, length: LEN as u64 };
    let layout = Layout { stream: stream.to_owned(), planes: vec![plane], ..Layout::plain(32, 32) };
    Arc::new(layout.check().unwrap())
}

fn frame(stream: &str, sequence: u64, missed: &Arc<AtomicUsize>) -> Arc<Frame> {
    missed.fetch_add(1, Ordering::Relaxed);
    let bytes = vec![u8::try_from(sequence % 256).unwrap(); LEN];
    let payload = Box::new(Lent { bytes, missed: Arc::clone(missed) });
    let header = FrameHeader { sequence, ..FrameHeader::default() };
    Arc::new(Frame::new(header, layout(stream), payload, Bytes::new()).unwrap())
}

fn sequences(lease: &Lease) -> Vec<u64> {
    lease.frames().iter().map(|frame| frame.sequence).collect()
}

fn wait_until(ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(20), "never");
        thread::yield_now();
    }
}

#[test]
fn buffers_go_back_and_copies_stay() {
    let missed = Arc::new(AtomicUsize::new(0));
    let history = History::new(10 * (LEN as u64 + OVERHEAD)).unwrap();
    for sequence in 0..50 {
        history.offer(&frame("k", sequence, &missed), Standing::default());
        assert!(missed.load(Ordering::Relaxed) <= WAITING_MAX + 2);
    }
    wait_until(|| missed.load(Ordering::Relaxed) == 0);
    assert_eq!(history.shown("k"), Shown { frames: 10, first: Some(40), last: Some(49) });
    assert_eq!(history.range("k"), Some(40..=49));
    assert!(history.frame("k", 39).is_none() && history.frame("other", 45).is_none());
    let held = history.frame("k", 45).unwrap();
    assert!(held.is_own());
    assert_eq!(*held.source_bytes(), [45; LEN]);
    let Total { bound, bytes, frames, counts } = history.total();
    assert_eq!((bytes, frames, counts.evicted, counts.refused), (bound, 10, 40, 0));
    assert!(counts.copied + counts.copied_at_once >= 10);
}

#[test]
fn streams_share_the_bound_by_age() {
    let missed = Arc::new(AtomicUsize::new(0));
    let history = History::new(8 * (LEN as u64 + OVERHEAD)).unwrap();
    for sequence in 0..30 {
        history.offer(&frame("fast", sequence, &missed), Standing::default());
        if sequence % 3 == 0 {
            history.offer(&frame("slow", sequence / 3, &missed), Standing::default());
        }
    }
    assert_eq!(history.shown("fast"), Shown { frames: 6, first: Some(24), last: Some(29) });
    assert_eq!(history.shown("slow"), Shown { frames: 2, first: Some(8), last: Some(9) });
}

#[test]
fn metas_count_in_the_bound() {
    const METAS: usize = LEN / 2;
    let header = FrameHeader::default();
    let noted =
        Frame::new(header, layout("k"), Box::new(Bytes::from(vec![0; LEN])), vec![b' '; METAS].into());
    let noted = Arc::new(noted.unwrap());
    let bytes = (LEN + METAS) as u64 + OVERHEAD;
    let history = History::new(bytes).unwrap();
    history.offer(&noted, Standing::default());
    assert_eq!((history.total().frames, history.total().bytes), (1, bytes));
    let history = History::new(bytes - 1).unwrap();
    history.offer(&noted, Standing::default());
    assert_eq!((history.total().frames, history.total().counts.refused), (0, 1));
}

#[test]
fn what_is_a_copy_already_is_shared() {
    let history = History::new(1 << 20).unwrap();
    let header = FrameHeader::default();
    let own = Frame::new(header, layout("k"), Box::new(Bytes::from(vec![0; LEN])), Bytes::new()).unwrap();
    let own = Arc::new(own);
    history.offer(&own, Standing::default());
    assert!(Arc::ptr_eq(&own, &history.frame("k", 0).unwrap()));
    assert_eq!(history.total().counts, Counts { shared: 1, ..Counts::default() });
}

#[test]
fn frames_larger_than_the_bound_are_counted() {
    let missed = Arc::new(AtomicUsize::new(0));
    let history = History::new(LEN as u64).unwrap();
    history.offer(&frame("k", 0, &missed), Standing::default());
    assert_eq!((history.total().counts.refused, missed.load(Ordering::Relaxed)), (1, 0));
    assert_eq!(history.shown("k"), Shown::default());
    assert!(History::new(0).is_none());
}

#[test]
fn leased_frames_stay_until_the_lease_ends() {
    let missed = Arc::new(AtomicUsize::new(0));
    let history = History::new(4 * (LEN as u64 + OVERHEAD)).unwrap();
    let offer = |stream, sequences: std::ops::Range<u64>| {
        for sequence in sequences {
            history.offer(&frame(stream, sequence, &missed), Standing::default());
        }
    };
    offer("other", 0..1);
    offer("k", 0..3);
    let lease = history.lease("k", usize::MAX);
    offer("k", 3..9);
    assert_eq!(sequences(&lease), [0, 1, 2]);
    assert_eq!(lease.frame(1).unwrap().sequence(), 1);
    assert!(lease.frame(8).is_none(), "it is held, and not leased");
    assert_eq!(history.shown("k"), Shown { frames: 4, first: Some(0), last: Some(8) });
    assert_eq!(history.shown("other").frames, 0);
    let full = history.lease("k", usize::MAX);
    offer("k", 9..10);
    assert_eq!((history.total().counts.refused, history.range("k")), (1, Some(0..=8)));
    drop((lease, full));
    offer("k", 10..14);
    assert_eq!(history.range("k"), Some(10..=13));
}

#[test]
fn a_lease_says_what_is_missing_between_its_frames() {
    let missed = Arc::new(AtomicUsize::new(0));
    let history = History::new(1 << 20).unwrap();
    // Sequence, and counts of published, dropped and missed ones up to it; frames 4 and 5 were published and not kept.
    for (sequence, published, dropped, source_gap) in
        [(0, 1, 0, 0), (1, 2, 0, 5), (3, 3, 1, 5), (6, 6, 1, 5), (9, 7, 3, 7)]
    {
        history.offer(&frame("k", sequence, &missed), Standing { published, dropped, source_gap });
    }
    let lease = history.lease("k", 4);
    let gaps: Vec<_> = lease
        .frames()
        .iter()
        .map(|frame| (frame.sequence, frame.dropped, frame.not_kept, frame.source_gap))
        .collect();
    assert_eq!(gaps, [(1, 0, 0, 0), (3, 1, 0, 0), (6, 0, 2, 0), (9, 2, 0, 2)]);
    assert!(lease.frame(0).is_none(), "four were asked for");
    assert!(history.lease("other", 4).frames().is_empty());
}
