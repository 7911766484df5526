//! The routes `/pipelines`, `/pipelines/N/graph.json` and `/pipelines/N/graph.dot`: what pipelines look like by now.
//!
//! Looking may wait for an element that holds its lock, as one does that hangs: it is done on threads that may block, few
//! at a time, and who asks waits a bounded time only.

use super::http::{Answer, json, text};
use super::sending::Body;
use crate::inspect::Inspect;
use crate::{Registry, clock};
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The list; all other paths here go on with a slash.
const LIST: &str = "/pipelines";
/// Looks at a time; one that hangs keeps its place.
const WORKERS: usize = 4;
/// How long one may take before the answer is that it hangs.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// What limits the work.
#[derive(Debug)]
pub(super) struct Limits(Arc<Semaphore>);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no pipeline {0:?}; /pipelines lists them")]
    NoPipeline(String),
    #[error("{0:?} is nothing of a pipeline; there are graph.json and graph.dot")]
    NoFile(String),
    #[error("pipeline {0} is gone, or GStreamer draws no graphs here")]
    Gone(usize),
    #[error("{WORKERS} pipelines are being looked at; try again")]
    Busy,
    #[error("an element does not answer within {} s: it holds its lock, as one does that hangs", LOOK_MAX.as_secs())]
    Hangs,
}

/// What is asked for.
enum Asked {
    List,
    Json(usize, Arc<dyn Inspect>),
    Dot(usize, Arc<dyn Inspect>),
}

impl Limits {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(WORKERS)))
    }
}

/// Whether a path is answered here.
pub(super) fn is_path(path: &str) -> bool {
    path.strip_prefix(LIST).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a GET or HEAD of such a path.
pub(super) async fn respond(path: &str, registry: &Arc<Registry>, limits: &Limits) -> Answer {
    match look(path, registry, limits).await {
        Ok(answer) => answer,
        Err(refusal) => refuse(&refusal),
    }
}

async fn look(path: &str, registry: &Arc<Registry>, limits: &Limits) -> Result<Answer, Refusal> {
    let asked = asked(path, registry)?;
    let worker = Arc::clone(&limits.0).try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let registry = Arc::clone(registry);
    let looking = spawn_blocking(move || {
        let answer = match asked {
            Asked::List => Ok(json(&list(&registry))),
            Asked::Json(index, pipeline) => {
                let graph = pipeline.graph().ok_or(Refusal::Gone(index));
                graph.map(|graph| json(&serde_json::json!(graph)))
            }
            Asked::Dot(index, pipeline) => {
                pipeline.dot().ok_or(Refusal::Gone(index)).map(|text| dot(index, text))
            }
        };
        drop(worker);
        answer
    });
    match timeout(LOOK_MAX, looking).await {
        Ok(Ok(answer)) => answer,
        // A thread that panicked in somebody's getter has told nothing either.
        Ok(Err(_)) | Err(_) => Err(Refusal::Hangs),
    }
}

fn asked(path: &str, registry: &Registry) -> Result<Asked, Refusal> {
    let rest = path.strip_prefix(LIST).unwrap_or_default();
    let Some(rest) = rest.strip_prefix('/') else { return Ok(Asked::List) };
    let (number, file) = rest.split_once('/').unwrap_or((rest, ""));
    let pipelines = registry.pipelines();
    let found = number.parse().ok().and_then(|index: usize| Some((index, Arc::clone(pipelines.get(index)?))));
    let (index, pipeline) = found.ok_or_else(|| Refusal::NoPipeline(number.to_owned()))?;
    match file {
        "graph.json" => Ok(Asked::Json(index, pipeline)),
        "graph.dot" => Ok(Asked::Dot(index, pipeline)),
        _ => Err(Refusal::NoFile(file.to_owned())),
    }
}

fn list(registry: &Registry) -> serde_json::Value {
    serde_json::json!({
        "server": crate::NAME_AND_VERSION,
        "now_nanos": clock::now_nanos(),
        "pipelines": registry.pipelines().iter().map(|pipeline| pipeline.facts()).collect::<Vec<_>>(),
        "messages": registry.said().iter().map(|message| (**message).clone()).collect::<Vec<_>>(),
    })
}

fn dot(index: usize, text: String) -> Answer {
    let mut answer = Response::new(Body::from(Bytes::from(text)));
    let own = answer.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/vnd.graphviz; charset=utf-8"));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("inline; filename=\"pipeline{index}.dot\"")) {
        own.insert(header::CONTENT_DISPOSITION, name);
    }
    answer
}

fn refuse(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::NoPipeline(_) | Refusal::NoFile(_) => StatusCode::NOT_FOUND,
        Refusal::Gone(_) => StatusCode::GONE,
        Refusal::Busy | Refusal::Hangs => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut answer = text(status, &format!("{}\n", wire::capped(&refusal.to_string(), 512)));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::{Course, Facts, Graph};
    use std::sync::{Mutex, PoisonError};
    use wire::control::Policy;

    /// Answers only when the test lets it, as an element does that hangs.
    #[derive(Debug)]
    struct Hanging(Arc<Mutex<()>>);

    impl Inspect for Hanging {
        fn course(&self) -> Course {
            unreachable!("not asked for")
        }

        fn facts(&self) -> Facts {
            unreachable!("not asked for")
        }

        fn graph(&self) -> Option<Graph> {
            drop(self.0.lock().unwrap_or_else(PoisonError::into_inner));
            Some(Graph::default())
        }

        fn dot(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn a_pipeline_that_hangs_costs_a_bounded_wait_and_few_threads() {
        let registry = Registry::new(Policy::Latest);
        let element = Arc::new(Mutex::new(()));
        registry.add_pipeline(Arc::new(Hanging(Arc::clone(&element))));
        let limits = Limits::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
        let ask = async |path| {
            let answer = respond(path, &registry, &limits).await;
            (answer.status(), answer.headers().contains_key(header::RETRY_AFTER))
        };
        let held = element.lock().unwrap();
        runtime.block_on(async {
            let path = "/pipelines/0/graph.json";
            let all = tokio::join!(ask(path), ask(path), ask(path), ask(path), ask(path));
            for answer in [all.0, all.1, all.2, all.3, all.4] {
                assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, true));
            }
            // Those that hang keep their places.
            assert_eq!(limits.0.available_permits(), 0);
            assert_eq!(ask("/pipelines/0/graph.dot").await.0, StatusCode::SERVICE_UNAVAILABLE);
        });
        drop(held);
        let free = async {
            while limits.0.available_permits() < WORKERS {
                tokio::task::yield_now().await;
            }
            assert_eq!(ask("/pipelines/0/graph.json").await.0, StatusCode::OK);
            assert_eq!(ask("/pipelines/0/graph.dot").await.0, StatusCode::GONE);
        };
        runtime.block_on(async { timeout(Duration::from_mins(1), free).await }).unwrap();
    }

    #[test]
    fn only_paths_of_pipelines_are_answered_here() {
        for (path, expected) in [
            ("/pipelines", true),
            ("/pipelines/", true),
            ("/pipelines/0/graph.dot", true),
            ("/pipelinesx", false),
            ("/streams", false),
        ] {
            assert_eq!(is_path(path), expected, "{path}");
        }
    }
}
