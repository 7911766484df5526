//! What happens, as Prometheus reads it: gathered when it is asked for, from those who count anyway.
//!
//! Knows neither GStreamer nor sockets.

mod pipelines;
mod process;
mod streams;
mod timings;

pub use timings::Timings;

use crate::registry::Registry;
use pipelines::Pipelines;
use process::Process;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;
use streams::Streams;

/// What the text is, for `Content-Type`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// All names begin with it, but those of the process, which every program has.
const PREFIX: &str = "sinkview";

/// All metrics of the program.
#[derive(Debug)]
pub struct Metrics(prometheus_client::registry::Registry);

/// Counts by cause, such as those of refusals.
pub type Causes = Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>;

impl Metrics {
    /// Metrics of all streams there are whenever they are asked for, and of what was refused.
    #[must_use]
    pub fn new(registry: &Arc<Registry>, refused: Causes) -> Self {
        let mut all = prometheus_client::registry::Registry::default();
        all.register_collector(Box::new(Process::start()));
        let ours = all.sub_registry_with_prefix(PREFIX);
        ours.register_collector(Box::new(Streams::of(registry)));
        ours.register_collector(Box::new(Pipelines::of(registry)));
        ours.register_collector(Box::new(Refused(refused)));
        Self(all)
    }

    /// The text, as it is now.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// What clients were refused.
struct Refused(Causes);

impl fmt::Debug for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Refused")
    }
}

impl Collector for Refused {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let causes = (self.0)();
        let rows = causes.into_iter().map(|(cause, count)| ([("cause", cause)], count));
        counters(&mut encoder, "refused", "Requests, connections and messages refused, by cause", rows)
    }
}

/// A counter for each set of labels; `_total` is put behind its name.
fn counters<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    rows: impl IntoIterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in rows {
        ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// A gauge for each set of labels.
fn gauges<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    rows: impl IntoIterator<Item = (L, f64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in rows {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::control::Policy;

    #[test]
    fn a_stream_without_frames_is_there_with_zeros() {
        let registry = Registry::new(Policy::Latest);
        registry.add("left \"eye\"", 1);
        let text = Metrics::new(&registry, Arc::new(|| vec![("token", 3)])).text().unwrap();
        for line in [
            "sinkview_frames_arrived_total{stream=\"left \\\"eye\\\"\",pipeline=\"1\"} 0",
            "sinkview_viewers{stream=\"left \\\"eye\\\"\",pipeline=\"1\"} 0.0",
            "sinkview_stream_phase{stream=\"left \\\"eye\\\"\",pipeline=\"1\",phase=\"waiting\"} 1.0",
            "sinkview_frame_memory_bytes 0",
            "sinkview_refused_total{cause=\"token\"} 3",
            "# EOF",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}: {text}");
        }
        let resident = text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
        assert!(resident.unwrap().parse::<f64>().unwrap() > 1e6, "{resident:?}");
    }
}
