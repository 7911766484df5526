//! Metrics of the streams: where frames went, at the appsink and at viewers, and how long that took.

use super::{counters, gauges};
use crate::registry::Registry;
use crate::stream::{Counts, Stream, Totals};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use std::fmt;
use std::sync::{Arc, Weak};
use wire::control::Phase;

/// Looks at all streams when it is asked. The registry does not live by it.
#[derive(Debug)]
pub(super) struct Streams(Weak<Registry>);

/// A stream, looked at once for all of its metrics.
struct Seen {
    stream: Arc<Stream>,
    pipeline: String,
    counts: Counts,
    totals: Totals,
}

type Count = (&'static str, &'static str, fn(&Seen) -> u64);
type Outcome = (&'static str, fn(&Totals) -> u64);
type Time = (&'static str, &'static str, fn(&Seen) -> &Histogram);

const COUNTERS: [Count; 6] = [
    ("frames_arrived", "Frames that reached the appsink", |seen| seen.counts.arrived),
    ("frames_published", "Frames that became the newest one for viewers", |seen| seen.counts.published),
    ("frames_dropped", "Frames dropped in the appsink, or refused", |seen| seen.counts.dropped),
    ("frames_source_gap", "Frames the source seems to have missed", |seen| seen.counts.source_gap),
    ("published_bytes", "Payload bytes of the frames published", |seen| seen.counts.bytes),
    ("sent_bytes", "Payload bytes sent to viewers", |seen| seen.totals.ledger.bytes_sent),
];

/// What became of frames at viewers: the value of `outcome`.
const OUTCOMES: [Outcome; 8] = [
    ("sent", |totals| totals.ledger.sent),
    ("skipped", |totals| totals.ledger.skipped),
    ("not_requested", |totals| totals.ledger.not_requested),
    ("abandoned", |totals| totals.ledger.abandoned),
    ("drawn", |totals| totals.ledger.drawn),
    ("overtaken", |totals| totals.ledger.overtaken),
    ("late", |totals| totals.ledger.late),
    ("undrawn", |totals| totals.ledger.undrawn),
];

const GAUGES: [Count; 3] = [
    ("viewers", "Viewers that subscribe to the stream", |seen| seen.counts.viewers as u64),
    ("frames_held", "Distinct frames that viewers hold", |seen| seen.counts.held as u64),
    ("credits_spent", "Frames sent of which viewers have not said what became", |seen| seen.totals.in_flight),
];

const PHASES: [(&str, Phase); 6] = [
    ("waiting", Phase::Waiting),
    ("running", Phase::Running),
    ("stalled", Phase::Stalled),
    ("restarting", Phase::Restarting),
    ("ended", Phase::Ended),
    ("failed", Phase::Failed),
];

const TIMES: [Time; 3] = [
    ("send_seconds", "From a frame's first byte to its last one in the socket", |seen| {
        &seen.stream.timings().send
    }),
    ("frame_age_sent_seconds", "From the appsink to the frame's last byte in the socket", |seen| {
        &seen.stream.timings().age_sent
    }),
    ("frame_age_drawn_seconds", "From the appsink to the viewer's word that the frame is drawn", |seen| {
        &seen.stream.timings().age_drawn
    }),
];

impl Streams {
    pub(super) fn of(registry: &Arc<Registry>) -> Self {
        Self(Arc::downgrade(registry))
    }
}

impl Seen {
    fn of(stream: Arc<Stream>) -> Self {
        let (pipeline, counts, totals) = (stream.pipeline().to_string(), stream.counts(), stream.totals());
        Self { stream, pipeline, counts, totals }
    }

    fn labels(&self) -> [(&str, &str); 2] {
        [("stream", self.stream.name()), ("pipeline", &self.pipeline)]
    }

    fn labels_and<'a>(&'a self, name: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
        let [stream, pipeline] = self.labels();
        [stream, pipeline, (name, value)]
    }
}

impl Collector for Streams {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some(registry) = self.0.upgrade() else { return Ok(()) };
        let all: Vec<Seen> = registry.streams().into_iter().map(Seen::of).collect();
        for (name, help, value) in COUNTERS {
            counters(&mut encoder, name, help, all.iter().map(|seen| (seen.labels(), value(seen))))?;
        }
        let outcomes = all.iter().flat_map(|seen| {
            OUTCOMES.iter().map(|(word, value)| (seen.labels_and("outcome", word), value(&seen.totals)))
        });
        counters(&mut encoder, "viewer_frames", "Frames at viewers, by what became of them", outcomes)?;
        for (name, help, value) in GAUGES {
            #[expect(clippy::cast_precision_loss, reason = "counts of viewers and of held frames are small")]
            let rows = all.iter().map(|seen| (seen.labels(), value(seen) as f64));
            gauges(&mut encoder, name, help, rows)?;
        }
        let phases = all.iter().flat_map(|seen| {
            let now = seen.stream.phase();
            PHASES.iter().map(move |(word, phase)| {
                (seen.labels_and("phase", word), f64::from(u8::from(*phase == now)))
            })
        });
        gauges(&mut encoder, "stream_phase", "1 for the phase that a stream is in", phases)?;
        let memory = ConstGauge::new(registry.memory().held());
        let help = "Bytes of all frames that are held, the history's included";
        memory.encode(encoder.encode_descriptor(
            "frame_memory_bytes",
            help,
            None,
            memory.metric_type(),
        )?)?;
        for (name, help, histogram) in TIMES {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
            for seen in &all {
                histogram(seen).encode(family.encode_family(&seen.labels())?)?;
            }
        }
        Ok(())
    }
}
