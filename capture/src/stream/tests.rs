//! Streams and subscriptions: which frame is given, and that every frame is accounted for.

use super::*;
use crate::frame::{Frame, Payload};
use bytes::Bytes;
use wire::control::Outcome;
use wire::layout::Plane;
use wire::{FrameHeader, Layout, Ledger};

fn frame(sequence: u64) -> Frame {
    let layout = Layout { planes: vec![Plane { stride: 4, offset: 0, length: 8 }], ..Layout::plain(2, 2) };
    let header = FrameHeader { sequence, ..FrameHeader::default() };
    let payload = Box::new(Bytes::from_static(&[0; 8]));
    Frame::new(header, Arc::new(layout.check().unwrap()), payload, Bytes::new()).unwrap()
}

fn stream(policy: Policy) -> Arc<Stream> {
    Stream::new("s".into(), 0, policy, watch::Sender::new(0), None, Arc::default())
}

fn send(subscription: &mut Subscription) -> Option<u64> {
    let next = subscription.next()?;
    subscription.take(&next);
    subscription.sent(&next.frame);
    Some(next.frame.sequence())
}

fn balanced(subscription: &mut Subscription) -> Ledger {
    let ledger = subscription.ledger();
    assert!(ledger.balances(), "{ledger:?}");
    ledger
}

#[test]
fn the_newest_is_given_and_the_others_are_counted() {
    let stream = stream(Policy::Latest);
    let mut subscription = stream.subscribe(Arc::default());
    for sequence in [0, 1, 2, 5] {
        stream.publish(frame(sequence));
    }
    let ledger = balanced(&mut subscription);
    assert_eq!((ledger.arrived, ledger.skipped, ledger.dropped, ledger.pending), (6, 3, 2, 1));
    assert_eq!(send(&mut subscription), Some(5));
    assert_eq!(send(&mut subscription), None);
    subscription.returned(Outcome::Drawn);
    let ledger = balanced(&mut subscription);
    assert_eq!((ledger.sent, ledger.skipped, ledger.pending, ledger.drawn), (1, 3, 0, 1));
}

#[test]
fn a_frame_that_is_not_newer_changes_nothing() {
    let stream = stream(Policy::Latest);
    stream.publish_preroll(frame(0));
    stream.publish(frame(0));
    let mut subscription = stream.subscribe(Arc::default());
    assert_eq!(send(&mut subscription), Some(0));
    assert_eq!(send(&mut subscription), None);
    assert_eq!(stream.counts().published, 1);
}

#[test]
fn a_late_viewer_gets_the_newest_and_owes_nothing_for_the_past() {
    let stream = stream(Policy::Latest);
    for sequence in 0..10 {
        stream.publish(frame(sequence));
    }
    stream.end();
    let mut subscription = stream.subscribe(Arc::default());
    assert_eq!(balanced(&mut subscription).arrived, 1);
    assert_eq!(send(&mut subscription), Some(9));
    assert_eq!(
        balanced(&mut subscription),
        Ledger { arrived: 1, sent: 1, bytes_sent: 8, ..Ledger::default() }
    );
    assert!(subscription.is_drained());
}

#[test]
fn what_passes_in_a_pause_was_not_requested() {
    let stream = stream(Policy::Latest);
    let mut subscription = stream.subscribe(Arc::default());
    for sequence in 0..3 {
        stream.publish(frame(sequence));
    }
    subscription.set_paused(true);
    for sequence in 3..8 {
        stream.publish(frame(sequence));
    }
    assert_eq!(send(&mut subscription), None);
    let ledger = balanced(&mut subscription);
    assert_eq!((ledger.skipped, ledger.not_requested, ledger.pending), (2, 5, 1));
    subscription.set_paused(false);
    assert_eq!(send(&mut subscription), Some(7));
    assert_eq!(balanced(&mut subscription).sent, 1);
}

#[test]
fn an_abandoned_frame_is_counted_as_such() {
    let stream = stream(Policy::Latest);
    let mut subscription = stream.subscribe(Arc::default());
    stream.publish(frame(0));
    let next = subscription.next().unwrap();
    subscription.take(&next);
    stream.publish(frame(1));
    assert_eq!(balanced(&mut subscription).pending, 2);
    subscription.abandoned();
    assert_eq!(send(&mut subscription), Some(1));
    let ledger = balanced(&mut subscription);
    assert_eq!((ledger.abandoned, ledger.sent, ledger.skipped), (1, 1, 0));
}

#[test]
fn few_distinct_frames_are_held_for_all_viewers_together() {
    let stream = stream(Policy::Latest);
    let mut viewers: Vec<_> = (0..10).map(|_| stream.subscribe(Arc::default())).collect();
    let mut writing = Vec::new();
    for (sequence, viewer) in (0..).zip(&mut viewers) {
        stream.publish(frame(sequence));
        let next = viewer.next().unwrap();
        viewer.take(&next);
        writing.push(next.frame);
    }
    let given: Vec<_> = writing.iter().map(|frame| frame.sequence()).collect();
    assert_eq!(given, [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]);
    assert_eq!(stream.counts().held, HELD_FRAMES_MAX);
    for viewer in &mut viewers {
        balanced(viewer);
    }
    writing.remove(0);
    viewers[0].sent(&frame(0));
    assert_eq!(send(&mut viewers[0]), Some(9), "a frame that was given back makes room for the newest");
    balanced(&mut viewers[0]);
}

#[test]
fn a_frame_passed_over_and_given_after_all_is_counted_once() {
    let stream = stream(Policy::Latest);
    let mut late = stream.subscribe(Arc::default());
    let mut holders: Vec<_> = (0..HELD_FRAMES_MAX).map(|_| stream.subscribe(Arc::default())).collect();
    let mut writing = Vec::new();
    for (sequence, holder) in (0..).zip(&mut holders) {
        stream.publish(frame(sequence));
        let next = holder.next().unwrap();
        holder.take(&next);
        writing.push(next.frame);
    }
    stream.publish(frame(6));
    assert_eq!(balanced(&mut late).skipped, 6);
    assert_eq!(send(&mut late), Some(5));
    let ledger = balanced(&mut late);
    assert_eq!((ledger.skipped, ledger.sent, ledger.pending), (5, 1, 1));
}

#[test]
fn every_frame_waits_for_every_viewer() {
    let stream = stream(Policy::Every);
    let mut viewers = [stream.subscribe(Arc::default()), stream.subscribe(Arc::default())];
    let publisher = std::thread::spawn({
        let stream = Arc::clone(&stream);
        move || (0..50).for_each(|sequence| stream.publish(frame(sequence)))
    });
    let mut got = [Vec::new(), Vec::new()];
    while got.iter().any(|got| got.len() < 50) {
        for (viewer, got) in viewers.iter_mut().zip(&mut got) {
            got.extend(send(viewer));
        }
    }
    publisher.join().unwrap();
    for (viewer, got) in viewers.iter_mut().zip(got) {
        assert_eq!(got, (0..50).collect::<Vec<_>>());
        assert_eq!(balanced(viewer).sent, 50);
    }
}

#[test]
fn closing_frees_a_publisher_that_waits() {
    let stream = stream(Policy::Every);
    stream.publish(frame(0));
    let publisher = std::thread::spawn({
        let stream = Arc::clone(&stream);
        move || stream.publish(frame(1))
    });
    stream.close();
    publisher.join().unwrap();
    assert_eq!(stream.counts().published, 1);
}

#[test]
fn a_failed_stream_does_not_end() {
    let stream = stream(Policy::Latest);
    stream.refuse(0, "audio/x-raw", "this is sound".into());
    stream.end();
    assert_eq!(stream.phase(), Phase::Failed);
    assert_eq!(stream.state().failure.as_deref(), Some("this is sound"));
    assert_eq!(stream.counts().dropped, 1);
    stream.publish(frame(1));
    assert_eq!(stream.phase(), Phase::Running);
}

#[test]
fn a_silent_stream_and_one_that_waits_for_another_pipeline_say_why_until_the_next_frame() {
    let stream = stream(Policy::Latest);
    let said = || (stream.phase(), stream.state().failure);
    stream.publish(frame(0));
    stream.stall("no frame".into());
    assert_eq!(said(), (Phase::Stalled, Some("no frame".into())));
    stream.publish(frame(1));
    assert_eq!(said(), (Phase::Running, None));
    for why in ["unplugged", "still unplugged"] {
        stream.interrupt(why.into());
        assert_eq!(said(), (Phase::Restarting, Some(why.into())));
    }
    stream.close();
    stream.publish(frame(2));
    stream.reopen();
    let mut subscription = stream.subscribe(Arc::default());
    assert_eq!(
        send(&mut subscription),
        Some(1),
        "the last frame stays served, none comes of what is taken down"
    );
    stream.publish(frame(5));
    assert_eq!(said(), (Phase::Running, None));
    assert_eq!(send(&mut subscription), Some(5));
    assert_eq!(balanced(&mut subscription).dropped, 3, "frames of the old pipeline that were never shown");
    stream.end();
    stream.stall("no frame".into());
    assert_eq!(said(), (Phase::Ended, None), "an end is no stall");
}

/// Bytes of a source's buffer, which is counted while it is held.
struct Lent {
    _buffer: Arc<()>,
}

impl Payload for Lent {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(&[7; 8])
    }

    fn is_own(&self) -> bool {
        false
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(Bytes::from_static(&[7; 8]))
    }
}

#[test]
fn an_interrupted_stream_gives_its_buffer_back_and_serves_a_copy() {
    let (stream, buffer) = (stream(Policy::Latest), Arc::new(()));
    let plain = frame(3);
    let lent = Box::new(Lent { _buffer: Arc::clone(&buffer) });
    stream.publish(Frame::new(*plain.header(), Arc::clone(plain.layout()), lent, Bytes::new()).unwrap());
    assert_eq!(Arc::strong_count(&buffer), 2);
    stream.interrupt("unplugged".into());
    assert_eq!(Arc::strong_count(&buffer), 1);
    let newest = stream.newest().unwrap();
    assert_eq!((newest.sequence(), &*newest.source_bytes()), (3, &[7; 8][..]));
}

#[test]
fn a_frame_wakes_those_who_ask_for_frames_and_the_end_wakes_all() {
    use futures_util::FutureExt;
    let stream = stream(Policy::Latest);
    let wakes: [Arc<Notify>; 2] = Default::default();
    let [mut paused, _asking] = wakes.clone().map(|wake| stream.subscribe(wake));
    let woken = || wakes.each_ref().map(|wake| wake.notified().now_or_never().is_some());
    paused.set_paused(true);
    stream.publish(frame(0));
    assert_eq!(woken(), [false, true]);
    stream.end();
    assert_eq!(woken(), [true, true]);
    paused.set_paused(false);
    stream.publish(frame(1));
    assert_eq!(woken(), [true, true]);
}
