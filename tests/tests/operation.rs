//! What programs that run and watch `capture` meet: metrics, health, systemd, its log, its options from a file.

#![allow(clippy::float_cmp, reason = "metrics are numbers of the format; those compared are counts")]

use anyhow::{Context, Result, ensure};
use e2e::program::{command, run};
use e2e::{Capture, Client, http, until, within};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// Reads `OpenMetrics` as its makers do, and prints each sample on a line.
const PARSE: &str = "
import sys, json
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
for family in families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps([sample.name, sample.labels, sample.value]))
";

/// The metrics, as an independent reader understands them: name and labels, value.
async fn metrics(capture: &Capture) -> Result<HashMap<(String, String), f64>> {
    let answer = http::get(capture.address(), "/metrics").await?;
    ensure!(answer.status == 200, "{}", answer.text());
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", PARSE]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = python.spawn()?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    stdin.write_all(&answer.body).await?;
    drop(stdin);
    let output = within("the reader of metrics", child.wait_with_output()).await??;
    ensure!(output.status.success(), "no OpenMetrics: {}", answer.text());
    let lines = String::from_utf8(output.stdout)?;
    lines
        .lines()
        .map(|line| {
            let (name, labels, value): (String, Value, f64) = serde_json::from_str(line)?;
            Ok(((name, labels.to_string()), value))
        })
        .collect()
}

fn labels(more: &[(&str, &str)]) -> String {
    let mut labels = json!({ "stream": "k", "pipeline": "0" });
    for (name, value) in more {
        labels[name] = json!(value);
    }
    labels.to_string()
}

#[tokio::test]
async fn metrics_tell_what_a_viewer_was_sent() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    for _ in 0..10 {
        let frame = client.frame().await?;
        client.drawn(&frame).await?;
    }
    let drawn = |metrics: &HashMap<_, f64>| {
        metrics.get(&("sinkview_viewer_frames_total".to_owned(), labels(&[("outcome", "drawn")]))).copied()
    };
    // The last credit may still be on its way.
    let seen = until("ten frames drawn", async || {
        let seen = metrics(&capture).await?;
        Ok((drawn(&seen) == Some(10.0)).then_some(seen))
    })
    .await?;
    let value = |name: &str, more: &[(&str, &str)]| {
        seen.get(&(name.to_owned(), labels(more)))
            .copied()
            .with_context(|| format!("{name} {more:?} in {seen:?}"))
    };
    let sent = value("sinkview_viewer_frames_total", &[("outcome", "sent")])?;
    ensure!((10.0..=12.0).contains(&sent), "{sent}");
    assert_eq!(value("sinkview_sent_bytes_total", &[])?, sent * 64.0 * 48.0 * 3.0);
    assert_eq!(value("sinkview_viewers", &[])?, 1.0);
    assert_eq!(value("sinkview_stream_phase", &[("phase", "running")])?, 1.0);
    assert_eq!(value("sinkview_stream_phase", &[("phase", "failed")])?, 0.0);
    assert_eq!(value("sinkview_send_seconds_count", &[])?, sent);
    assert_eq!(value("sinkview_frame_age_drawn_seconds_count", &[])?, 10.0);
    ensure!(value("sinkview_frame_age_drawn_seconds_sum", &[])? > 0.0);
    // Counts go on when a viewer is gone, and never fall.
    drop(client);
    let later = until("no viewer", async || {
        let later = metrics(&capture).await?;
        Ok((later.get(&("sinkview_viewers".to_owned(), labels(&[]))) == Some(&0.0)).then_some(later))
    })
    .await?;
    ensure!(drawn(&later) == Some(10.0), "{later:?}");
    for (key, before) in seen.iter().filter(|((name, _), _)| name.ends_with("_total")) {
        ensure!(later.get(key) >= Some(before), "{key:?} fell from {before}");
    }
    Ok(())
}

#[tokio::test]
async fn metrics_tell_of_pipelines_that_are_built_anew() -> Result<()> {
    let failing = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 \
                   ! identity error-after=5 ! appsink name=k";
    let capture =
        Capture::start(["--restart=on-failure", "--restart-delay=50ms..100ms", failing, "-p", LIVE]).await?;
    let pipeline = |index: &str, more: (&str, &str)| {
        let mut labels = json!({ "pipeline": index });
        if !more.0.is_empty() {
            labels[more.0] = json!(more.1);
        }
        labels.to_string()
    };
    let restarts = ("sinkview_pipeline_restarts_total".to_owned(), pipeline("0", ("", "")));
    let seen = until("five restarts", async || {
        let seen = metrics(&capture).await?;
        Ok((seen.get(&restarts) >= Some(&5.0)).then_some(seen))
    })
    .await?;
    let value = |name: &str, labels: String| {
        seen.get(&(name.to_owned(), labels)).copied().with_context(|| format!("{name} in {seen:?}"))
    };
    assert_eq!(value("sinkview_pipeline_restarts_total", pipeline("1", ("", "")))?, 0.0);
    assert_eq!(value("sinkview_pipeline_state", pipeline("1", ("state", "running")))?, 1.0);
    let states = ["starting", "running", "stalled", "restarting", "ended", "failed"];
    let states = states.iter().map(|state| value("sinkview_pipeline_state", pipeline("0", ("state", state))));
    assert_eq!(states.sum::<Result<f64>>()?, 1.0, "in one state at a time");
    // Numbers go on over all restarts: at least those of the runs that are over.
    ensure!(value("sinkview_frames_arrived_total", labels(&[]))? >= 20.0, "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn metrics_need_the_token_and_health_does_not() -> Result<()> {
    let capture = Capture::start(["--token", "geheim", LIVE]).await?;
    assert_eq!(http::get(capture.address(), "/metrics").await?.status, 401);
    let ready = async || {
        let health = http::get(capture.address(), "/healthz").await?;
        Ok((health.status == 200).then(|| health.text()))
    };
    assert_eq!(until("a frame", ready).await?, "ready\n");
    let host = capture.address().to_string();
    let headers = [("Host", host.as_str()), ("Authorization", "Bearer geheim")];
    let health = http::request(capture.address(), "GET /healthz", &headers, "").await?;
    assert_eq!(health.text(), "ready\nk: ready\n");
    Ok(())
}

#[tokio::test]
async fn health_tells_no_frame_yet_from_failed_and_from_ended() -> Result<()> {
    for (pipeline, status, word) in [
        // Nobody ever connects to it.
        (
            "tcpserversrc port=0 host=127.0.0.1 ! rawvideoparse width=8 height=8 ! appsink name=k",
            503,
            "starting",
        ),
        ("videotestsrc ! identity error-after=3 ! appsink name=k", 503, "failed"),
        ("videotestsrc num-buffers=3 ! appsink name=k", 200, "ended"),
    ] {
        let capture = Capture::start([pipeline]).await?;
        let said = until(&format!("{word} of {pipeline}"), async || {
            let health = http::get(capture.address(), "/healthz").await?;
            Ok(health.text().starts_with(word).then_some(health))
        })
        .await?;
        assert_eq!(said.status, status, "{pipeline}");
        if word == "failed" {
            ensure!(said.text().contains("k: failed: "), "{}", said.text());
        }
    }
    Ok(())
}

#[tokio::test]
async fn systemd_is_told_of_readiness_of_life_and_of_the_end() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_nonblocking(true)?;
    let mut command = command()?;
    command.args(["--listen", "127.0.0.1:0", LIVE]);
    // Half a second: a quarter of one between two signs of life.
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "500000");
    let mut capture = Capture::spawn(command).await?;
    let mut heard = Vec::new();
    let mut hear = async |words: &str, times: usize| {
        until(words, async || {
            let mut buffer = [0; 1024];
            while let Ok(length) = socket.recv(&mut buffer) {
                heard.extend(String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned));
            }
            Ok((heard.iter().filter(|line| line.contains(words)).count() >= times).then_some(()))
        })
        .await
        .with_context(|| format!("{heard:?}"))
    };
    hear("READY=1", 1).await?;
    hear("STATUS=ready; 1 streams, 0 viewers", 1).await?;
    hear("WATCHDOG=1", 5).await?;
    capture.signal("TERM")?;
    hear("STOPPING=1", 1).await?;
    ensure!(capture.exited().await?.success());
    Ok(())
}

#[tokio::test]
async fn the_unit_is_what_systemd_takes_and_is_hardened() -> Result<()> {
    let unit = folder("systemd").join("sinkview.service");
    let text = fs::read_to_string(&unit)?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("sinkview.service");
    // The program is installed nowhere here.
    fs::write(&copy, text.replace("/usr/local/bin/capture", "/bin/true"))?;
    let mut verify = Command::new("systemd-analyze");
    let verified = within("systemd-analyze", verify.arg("verify").arg(&copy).output()).await??;
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    ensure!(verified.status.success() && !said.contains("sinkview.service"), "{said}");
    let mut security = Command::new("systemd-analyze");
    // Of ten, which is no protection at all; without cameras and network it would be less.
    security.args(["security", "--offline=yes", "--threshold=20"]).arg(&copy);
    let output = within("systemd-analyze", security.output()).await??;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

#[tokio::test]
async fn options_come_from_a_file_and_are_printed_as_one() -> Result<()> {
    let shipped = folder("systemd").join("config.toml");
    let shipped = shipped.to_str().context("a path is text")?;
    let printed = run(["--config", shipped, "--print-config", "--listen", "127.0.0.1:0"]).await?;
    ensure!(printed.status.success());
    let printed = String::from_utf8(printed.stdout)?;
    ensure!(printed.contains("\nlisten = \"127.0.0.1:0\"\n"), "{printed}");
    ensure!(printed.contains("appsink name=camera\"]"), "{printed}");
    ensure!(printed.contains("\nhistory = \"256MiB\"\n"), "{printed}");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("config.toml");
    fs::write(&path, format!("pipeline = {LIVE:?}\n"))?;
    let capture = Capture::start(["--config", path.to_str().context("a path is text")?]).await?;
    assert_eq!(capture.stream("k").await?["name"], "k");
    fs::write(&path, "listen = \"nowhere\"\n")?;
    let refused = run(["--config", path.to_str().context("a path is text")?]).await?;
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(said.contains("config.toml") && said.contains("nowhere"), "{said}");
    Ok(())
}

#[tokio::test]
async fn log_lines_are_objects_of_json_where_that_is_asked_for() -> Result<()> {
    let failing = "videotestsrc ! identity error-after=3 ! appsink name=k";
    let output = run(["--listen=127.0.0.1:0", "--log-format=json", "--on-eos=exit", failing]).await?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    let mut errors = 0;
    for line in said.lines() {
        let line: Value = serde_json::from_str(line).with_context(|| format!("{line:?}"))?;
        ensure!(line["timestamp"].is_string() && line["message"].is_string(), "{line}");
        errors += usize::from(line["level"] == "ERROR");
    }
    ensure!(errors > 0, "{said}");
    Ok(())
}

#[tokio::test]
async fn shells_take_the_completions_and_man_the_page() -> Result<()> {
    let output = run(["--completions", "bash"]).await?;
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("capture.bash");
    fs::write(&script, output.stdout)?;
    let complete = "source \"$0\"; COMP_WORDS=(capture --on); COMP_CWORD=1; _capture capture --on capture; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let completed = within("bash", bash.args(["-c", complete]).arg(&script).output()).await??;
    assert_eq!(String::from_utf8(completed.stdout)?.trim(), "--on-eos");
    let page = String::from_utf8(run(["--man"]).await?.stdout)?;
    let help = String::from_utf8(run(["--help"]).await?.stdout)?;
    let options =
        help.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split([' ', '=']).next());
    for option in options {
        ensure!(
            page.contains(&format!("\\-\\-{}", option.replace('-', "\\-"))),
            "--{option} is not in the man page"
        );
    }
    Ok(())
}

/// How long it takes a quiet source to count as stalled is `health`'s own; here it is only asked over the wire.
#[tokio::test]
async fn a_stream_that_stands_still_is_called_stalled() -> Result<()> {
    let still =
        "videotestsrc is-live=true ! video/x-raw,format=RGB,width=8,height=8,framerate=1/60 ! appsink name=k";
    let capture = Capture::start([still]).await?;
    // Ten seconds and a little.
    let stalled = async || {
        let health = http::get(capture.address(), "/healthz").await?;
        Ok((health.status == 503 && health.text().starts_with("stalled")).then_some(()))
    };
    until("stalled", stalled).await
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
