//! Metrics of the pipelines: where each is in its life, and how often it began anew.

use super::{counters, gauges};
use crate::inspect::{Course, LIVES};
use crate::registry::Registry;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;
use std::sync::{Arc, Weak};

/// Looks at all pipelines when it is asked. The registry does not live by it.
#[derive(Debug)]
pub(super) struct Pipelines(Weak<Registry>);

impl Pipelines {
    pub(super) fn of(registry: &Arc<Registry>) -> Self {
        Self(Arc::downgrade(registry))
    }
}

impl Collector for Pipelines {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some(registry) = self.0.upgrade() else { return Ok(()) };
        let courses: Vec<_> = registry.pipelines().iter().map(|pipeline| pipeline.course()).collect();
        let names: Vec<_> = courses.iter().map(|course| course.index.to_string()).collect();
        let each = || names.iter().map(String::as_str).zip(&courses);
        let lives = each().flat_map(|(name, course)| {
            let is = |life| f64::from(u8::from(course.life == life));
            LIVES.map(|life| ([("pipeline", name), ("state", life)], is(life)))
        });
        gauges(&mut encoder, "pipeline_state", "1 for the state that a pipeline is in", lives)?;
        let mut count = |name: &str, help: &str, value: fn(&Course) -> u64| {
            let rows = each().map(|(name, course)| ([("pipeline", name)], value(course)));
            counters(&mut encoder, name, help, rows)
        };
        count("pipeline_restarts", "Pipelines built anew after a failure or an end", |course| {
            course.restarts
        })?;
        count("pipeline_left_behind", "Pipelines that did not go down in time", |course| course.left_behind)
    }
}
