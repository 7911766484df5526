//! One appsink and its stream: the probe that numbers buffers at the pad, and the thread that pulls samples.

use super::gap::Gaps;
use super::numbering::{Numbering, Search};
use super::settings;
use crate::clock;
use crate::sample::{Arrival, Convert, Reader};
use crate::stream::Stream;
use gst::prelude::*;
use gst_app::AppSink;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use wire::control::Policy;
use wire::layout::Orientation;

/// How long a pull waits before it looks whether it is to end.
const PULL_TIMEOUT: Duration = Duration::from_millis(100);

/// An appsink whose samples become the frames of a stream.
pub(super) struct Tap {
    sink: AppSink,
    spelled: Vec<String>,
    shared: Arc<Shared>,
    puller: Option<thread::JoinHandle<()>>,
}

/// What goes on from one pipeline to the next: a stream, how its frames are read, and its counts.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) stream: Arc<Stream>,
    reader: Reader,
    /// Buffers that have arrived.
    arrived: u64,
    /// Frames the source seems to have missed.
    missed: u64,
}

/// What becomes of a stream whose pipeline failed: it [fails](Stream::fail) or is [interrupted](Stream::interrupt).
pub(super) type Fate = fn(&Stream, String);

struct Shared {
    stream: Arc<Stream>,
    at_pad: Mutex<AtPad>,
    reader: Mutex<Reader>,
    control: Mutex<Control>,
    wake: Condvar,
    search: Mutex<Option<Search>>,
}

/// What the probe keeps.
#[derive(Default)]
struct AtPad {
    numbering: Numbering,
    gaps: Gaps,
    orientation: Orientation,
    /// Frames the source seems to have missed.
    missed: u64,
    /// A buffer has come.
    has_begun: bool,
    /// The very first buffer, until it is shown as preroll or pulled.
    first: Option<gst::Buffer>,
}

/// What the runner tells the puller, and hears of it.
#[derive(Default)]
struct Control {
    stop: bool,
    /// The end of the stream passed the pad.
    eos_at_pad: bool,
    /// Why the pipeline failed, and what that means to the stream once what came before is pulled.
    failure: Option<(String, Fate)>,
    /// Nothing more is to be pulled: the end was reached, or the failure.
    drained: bool,
}

impl Carried {
    /// The beginning of a stream.
    pub(super) fn new(stream: Arc<Stream>, convert: &Convert) -> Self {
        let reader = Reader::converting(stream.name(), convert.clone());
        Self { stream, reader, arrived: 0, missed: 0 }
    }
}

impl Tap {
    /// Readies an appsink; `spelled` are the properties that its user wrote.
    pub(super) fn new(sink: AppSink, spelled: Vec<String>, policy: Policy, carried: Carried) -> Self {
        settings::apply(&sink, &spelled, policy);
        let Carried { stream, reader, arrived, missed } = carried;
        let numbering = Numbering::following(arrived, missed);
        let shared = Arc::new(Shared {
            reader: Mutex::new(reader),
            stream,
            at_pad: Mutex::new(AtPad { numbering, missed, ..AtPad::default() }),
            control: Mutex::default(),
            wake: Condvar::new(),
            search: Mutex::default(),
        });
        watch_pad(&sink, &shared);
        let preroll = Arc::clone(&shared);
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_preroll(move |sink| {
                    preroll.take_preroll(sink);
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
        Self { sink, spelled, shared, puller: None }
    }

    /// The stream.
    pub(super) fn stream(&self) -> &Arc<Stream> {
        &self.shared.stream
    }

    /// Its appsink.
    pub(super) fn element(&self) -> &gst::Element {
        self.sink.upcast_ref()
    }

    /// The pipeline turned out to be live: nothing waits for the clock.
    pub(super) fn set_live(&self) {
        settings::apply_live(&self.sink, &self.spelled);
    }

    /// Starts pulling, once the appsink is at least paused.
    pub(super) fn pull(&mut self) {
        if self.puller.is_some() {
            return;
        }
        let search = if self.sink.is_drop() { Search::Newest } else { Search::Oldest };
        *lock(&self.shared.search) = Some(search);
        let (shared, sink) = (Arc::clone(&self.shared), self.sink.clone());
        let puller = thread::Builder::new()
            .name(format!("pull {}", shared.stream.name()))
            .spawn(move || shared.run(&sink));
        match puller {
            Ok(puller) => self.puller = Some(puller),
            Err(error) => self.shared.stream.fail(format!("no thread to pull samples with: {error}")),
        }
    }

    /// The pipeline failed; that is the stream's `fate` once what came before is pulled.
    pub(super) fn fail(&self, why: &str, fate: Fate) {
        if self.puller.is_none() {
            fate(&self.shared.stream, why.to_owned());
        }
        let mut control = self.shared.control();
        control.failure = Some((why.to_owned(), fate));
        control.drained = false;
        drop(control);
        self.shared.wake.notify_all();
    }

    /// The pipeline begins again.
    pub(super) fn begin_again(&self) {
        let mut control = self.shared.control();
        control.eos_at_pad = false;
        control.drained = false;
    }

    /// Whether all there was is pulled. Becoming so is posted on the bus, behind the error that caused it, if any.
    pub(super) fn is_drained(&self) -> bool {
        self.puller.is_none() || self.shared.control().drained
    }

    /// Buffers that reached the pad.
    pub(super) fn arrived(&self) -> u64 {
        lock(&self.shared.at_pad).numbering.arrived()
    }

    /// Gives the stream back for the next pipeline. No frame of this one is shown any more, however late it comes.
    pub(super) fn hand_on(&self, convert: &Convert) -> Carried {
        self.shared.control().stop = true;
        self.shared.wake.notify_all();
        let stream = Arc::clone(&self.shared.stream);
        let mut reader = Reader::converting(stream.name(), convert.clone());
        // Where a frame hangs that is being read, the reader stays with it.
        if let Ok(mut own) = self.shared.reader.try_lock() {
            std::mem::swap(&mut *own, &mut reader);
        }
        let at_pad = lock(&self.shared.at_pad);
        Carried { stream, reader, arrived: at_pad.numbering.arrived(), missed: at_pad.missed }
    }

    /// Ends the puller; the appsink must be on its way down, or the stream closed.
    pub(super) fn stop(&mut self) {
        self.shared.control().stop = true;
        self.shared.wake.notify_all();
        if let Some(puller) = self.puller.take()
            && puller.join().is_err()
        {
            tracing::error!(stream = self.stream().name(), "the thread that pulls samples panicked");
        }
        let copied = lock(&self.shared.reader).copied();
        tracing::debug!(
            stream = self.stream().name(),
            copied,
            "frames copied, to leave the source its buffers"
        );
    }
}

impl Shared {
    fn control(&self) -> MutexGuard<'_, Control> {
        lock(&self.control)
    }

    fn run(&self, sink: &AppSink) {
        let timeout = gst::ClockTime::try_from(PULL_TIMEOUT).unwrap_or(gst::ClockTime::ZERO);
        loop {
            if self.control().stop {
                return;
            }
            if let Some(sample) = sink.try_pull_sample(timeout) {
                self.take(sample);
                continue;
            }
            let at_end = sink.is_eos();
            let (drained, failed) = self.drain(at_end);
            if drained {
                // An application message says nothing but "look": the bus keeps it behind an error that came first.
                let _ =
                    sink.post_message(gst::message::Application::new(gst::Structure::new_empty("drained")));
            }
            if failed {
                return;
            }
            if at_end {
                // At the end, and before and after the pipeline runs, a pull returns at once.
                let control = self.control();
                if !control.stop {
                    drop(self.wake.wait_timeout(control, PULL_TIMEOUT));
                }
            }
        }
    }

    /// Nothing was there to pull; tells whether that means that all there was is pulled now, and whether the stream
    /// failed.
    fn drain(&self, at_end: bool) -> (bool, bool) {
        let mut control = self.control();
        let was_drained = control.drained;
        if let Some((why, fate)) = control.failure.clone() {
            drop(control);
            fate(&self.stream, why);
            self.control().drained = true;
            return (true, true);
        }
        control.drained |= at_end && control.eos_at_pad;
        (control.drained && !was_drained, false)
    }

    fn take(&self, sample: gst::Sample) {
        let search = lock(&self.search).unwrap_or(Search::Newest);
        let buffers: Vec<gst::Buffer> = match (sample.buffer_owned(), sample.buffer_list()) {
            (Some(buffer), _) => vec![buffer],
            (None, Some(list)) => list.iter_owned().collect(),
            (None, None) => return,
        };
        let (caps, segment) = (sample.caps_owned(), sample.segment().cloned());
        drop(sample);
        for buffer in buffers {
            let mut at_pad = lock(&self.at_pad);
            at_pad.first = None;
            let arrival = at_pad.numbering.pull(address(&buffer), search, clock::now_nanos());
            drop(at_pad);
            self.show(buffer, caps.clone(), segment.as_ref(), arrival, false);
        }
    }

    /// Shows the first frame of all before the pipeline plays.
    ///
    /// It is the buffer that the probe saw: a thread that waits for samples takes the preroll away from the appsink.
    fn take_preroll(&self, sink: &AppSink) {
        let Some(pad) = sink.static_pad("sink") else { return };
        let (first, arrival) = {
            let mut at_pad = lock(&self.at_pad);
            let Some(first) = at_pad.first.take() else { return };
            let arrival = at_pad.numbering.preroll(address(&first));
            (first, arrival)
        };
        if let Some(arrival) = arrival {
            let segment = pad.sticky_event::<gst::event::Segment>(0);
            self.show(
                first,
                pad.current_caps(),
                segment.as_ref().map(|event| event.segment()),
                arrival,
                true,
            );
        }
    }

    fn show(
        &self,
        buffer: gst::Buffer,
        caps: Option<gst::Caps>,
        segment: Option<&gst::Segment>,
        arrival: Arrival,
        preroll: bool,
    ) {
        if buffer.size() == 0 && buffer.flags().contains(gst::BufferFlags::GAP) {
            tracing::trace!(stream = self.stream.name(), sequence = arrival.sequence, "empty gap buffer");
            return;
        }
        let frame = lock(&self.reader).read(buffer, caps.clone(), segment, arrival);
        if self.control().stop {
            return;
        }
        match frame {
            Ok(frame) if preroll => self.stream.publish_preroll(frame),
            Ok(frame) => self.stream.publish(frame),
            Err(refusal) => {
                let why = refusal.to_string();
                if self.stream.state().failure.as_ref() != Some(&why) {
                    tracing::warn!(stream = self.stream.name(), "cannot show this: {why}");
                }
                let caps = caps.map(|caps| caps.to_string()).unwrap_or_default();
                self.stream.refuse(arrival.sequence, &wire::capped(&caps, wire::MAX_TEXT), why);
            }
        }
    }

    fn buffer_at_pad(&self, buffer: &gst::Buffer) {
        let mut at_pad = lock(&self.at_pad);
        let offset = Some(buffer.offset()).filter(|&offset| offset != wire::header::NONE);
        let missing = at_pad.gaps.before(offset, buffer.pts().map(gst::ClockTime::nseconds));
        at_pad.missed += missing;
        let (orientation, missed) = (at_pad.orientation, at_pad.missed);
        at_pad.numbering.arrive(address(buffer), clock::now_nanos(), orientation, missed);
        if !std::mem::replace(&mut at_pad.has_begun, true) {
            at_pad.first = Some(buffer.clone());
        }
        drop(at_pad);
        if missing > 0 && !self.control().stop {
            self.stream.add_source_gap(missing);
        }
    }

    fn event_at_pad(&self, event: &gst::EventRef) {
        match event.view() {
            gst::EventView::Caps(caps) => {
                let rate =
                    caps.caps().structure(0).and_then(|caps| caps.get::<gst::Fraction>("framerate").ok());
                let rate = rate.unwrap_or(gst::Fraction::new(0, 1));
                lock(&self.at_pad).gaps.set_framerate(rate.numer(), rate.denom());
            }
            gst::EventView::Tag(tags) => {
                if let Some(word) = tags.tag().get::<gst::tags::ImageOrientation>() {
                    lock(&self.at_pad).orientation = orientation(word.get());
                }
            }
            gst::EventView::StreamStart(_) => {
                self.control().eos_at_pad = false;
                let mut at_pad = lock(&self.at_pad);
                at_pad.orientation = Orientation::default();
                at_pad.gaps.restart();
            }
            gst::EventView::Segment(_) => lock(&self.at_pad).gaps.restart(),
            gst::EventView::FlushStop(_) => {
                self.control().eos_at_pad = false;
                self.wake.notify_all();
            }
            gst::EventView::Eos(_) => self.control().eos_at_pad = true,
            _ => {}
        }
    }
}

fn watch_pad(sink: &AppSink, shared: &Arc<Shared>) {
    let Some(pad) = sink.static_pad("sink") else { return };
    let shared = Arc::clone(shared);
    let all = gst::PadProbeType::BUFFER
        | gst::PadProbeType::BUFFER_LIST
        | gst::PadProbeType::EVENT_DOWNSTREAM
        | gst::PadProbeType::EVENT_FLUSH;
    pad.add_probe(all, move |_, info| {
        match &info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => shared.buffer_at_pad(buffer),
            Some(gst::PadProbeData::BufferList(list)) => {
                list.iter_owned().for_each(|buffer| shared.buffer_at_pad(&buffer));
            }
            Some(gst::PadProbeData::Event(event)) => shared.event_at_pad(event),
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
}

/// The words of the tag `image-orientation`, which are those of the wire; others leave the picture as it is.
fn orientation(word: &str) -> Orientation {
    match word {
        "rotate-90" => Orientation::Rotate90,
        "rotate-180" => Orientation::Rotate180,
        "rotate-270" => Orientation::Rotate270,
        "flip-rotate-0" => Orientation::FlipRotate0,
        "flip-rotate-90" => Orientation::FlipRotate90,
        "flip-rotate-180" => Orientation::FlipRotate180,
        "flip-rotate-270" => Orientation::FlipRotate270,
        _ => Orientation::Rotate0,
    }
}

fn address(buffer: &gst::BufferRef) -> usize {
    std::ptr::from_ref(buffer).addr()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these locks panics; if it did, going on with what is there is the better failure.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
