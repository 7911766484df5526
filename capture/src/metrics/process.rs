//! Metrics of the process itself, under the names that every program has for them, read from `/proc`.

use super::gauges;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// `/proc/self/status` counts memory in these.
const KIB: f64 = 1024.0;
/// Ticks of `/proc/self/stat` in a second, fixed for all that read it.
const TICKS: f64 = 100.0;

/// The process, from when it began to be looked at.
#[derive(Debug)]
pub(super) struct Process {
    started: f64,
}

impl Process {
    pub(super) fn start() -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Self { started }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let version = [([("version", env!("CARGO_PKG_VERSION"))], 1.0)];
        gauges(&mut encoder, "sinkview_build_info", "The program's version", version)?;
        for (name, help, value) in [
            ("process_start_time_seconds", "When the server began, since 1970", Some(self.started)),
            ("process_resident_memory_bytes", "Resident memory", resident_bytes()),
            ("process_open_fds", "Open descriptors", open_descriptors()),
            ("process_threads", "Threads", status("Threads:")),
        ] {
            if let Some(value) = value {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        let Some(seconds) = cpu_seconds() else { return Ok(()) };
        let counter = ConstCounter::new(seconds);
        let help = "CPU time, of user and system";
        counter.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, counter.metric_type())?)
    }
}

/// A number of `/proc/self/status`.
fn status(key: &str) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident_bytes() -> Option<f64> {
    Some(status("VmRSS:")? * KIB)
}

fn open_descriptors() -> Option<f64> {
    // The one that reads the folder is in it.
    let count = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    Some(f64::from(u32::try_from(count).ok()?))
}

fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold blanks; user and system time are the 12th and 13th field behind it.
    let (_, behind) = text.rsplit_once(')')?;
    let ticks = behind.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / TICKS)
}
