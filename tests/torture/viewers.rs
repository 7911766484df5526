//! Viewers that are slow, stopped, or read nothing, and what a healthy one beside gets meanwhile.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, count, not_run};
use crate::server::{HELD_MAX, HUGE, LARGER, freed, held, sockets};
use crate::threat::Threat;
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::bench::drain::Drain;
use e2e::bench::link::Link;
use e2e::bench::usage::Usage;
use e2e::{Browser, Capture, process, program};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// What the rate of the healthy viewer is measured over before.
const BEFORE: Duration = Duration::from_secs(5);
/// How long a viewer is slow.
const SLOW: Duration = Duration::from_secs(10);
/// What is older than this is not drawn while something newer is due.
const LATE_MILLIS: f64 = 500.0;
/// How soon a connection is freed that neither answers nor takes a byte.
pub(crate) const FREED_MAX: f64 = 30.0;
/// Congestion controls that a server may have.
pub(crate) const CONGESTION: [&str; 2] = ["bbr", "cubic"];

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let must = "a healthy viewer beside keeps its rate within 5 %; at most six distinct frames are held";
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::SlowViewer,
                "every process of a viewer's browser is stopped for 10 s, twice",
                "SIGSTOP, Chromium",
                "a healthy viewer beside keeps its rate within 5 %; at most six distinct frames are held; what is drawn \
                 afterwards is at most 500 ms old",
            ),
            || stopped(2),
        )
        .await;
    torture
        .fault(
            fault(
                Threat::SlowViewer,
                "a viewer behind 50 Mbit/s, of 221 Mbit/s, bbr",
                "tc tbf rate 50mbit",
                must,
            ),
            || shaped(CONGESTION[0]),
        )
        .await;
    torture
        .fault(
            fault(
                Threat::SlowViewer,
                "a viewer behind 50 Mbit/s, of 221 Mbit/s, cubic",
                "tc tbf rate 50mbit",
                must,
            ),
            || shaped(CONGESTION[1]),
        )
        .await;
    torture
        .fault(
            fault(
                Threat::SlowViewer,
                "eight clients that subscribe and never read",
                "sockets that are not read",
                "a healthy viewer beside keeps its rate within 5 %; at most six distinct frames are held; they are freed \
                 within 30 s",
            ),
            never_reading,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::HugeFrames,
                "frames of 8K, 133 MB, to a reader of 125 MB/s that pings",
                "a paced reader, CPU time of /proc",
                "sending takes under 0.05 s of CPU a frame; a pong passes between fragments of each frame",
            ),
            huge,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Hidden,
                "a tab that is hidden for 10 s and shown again",
                "Chromium, a second tab",
                "no frame is sent while it is hidden; then the newest comes, at most 500 ms old",
            ),
            hidden,
        )
        .await;
    Ok(())
}

async fn stopped(times: u64) -> Result<Found> {
    let capture = Capture::start([LARGER]).await?;
    let browser = Browser::showing(&capture).await?;
    let healthy = Healthy::start(&[], capture.address(), "k").await?;
    browser.call::<Value>("watch", json!([])).await?;
    browser.until("frames drawn", "return e2e.frames.length > 20").await?;
    let mut found = Found::default();
    let (mut most, mut oldest, mut least) = (0, 0.0_f64, f64::INFINITY);
    for _ in 0..times {
        let processes = browser.processes()?;
        process::signal("STOP", &processes)?;
        // Measured against its rate without a browser at work beside: what a busy machine cannot do is nobody's fault.
        sleep(Duration::from_secs(1)).await;
        let mark = healthy.mark();
        let end = Instant::now() + SLOW;
        while Instant::now() < end {
            most = most.max(held(&capture).await?);
            sleep(Duration::from_millis(200)).await;
        }
        least = least.min(healthy.since(mark) / 30.0);
        process::signal("CONT", &processes)?;
        let begun = browser.call::<Value>("noted", json!([])).await?["count"].as_u64().unwrap_or(0);
        browser.until("frames drawn again", &format!("return e2e.frames.length > {}", begun + 30)).await?;
        let noted = browser.call::<Value>("noted", json!([])).await?;
        let frames = noted["frames"].as_array().context("no frames")?;
        let ages: Vec<_> = frames.iter().filter_map(|frame| frame["ageMillis"].as_f64()).collect();
        found.expect(ages.len() > frames.len() / 2, || {
            format!("{} of {} have an age", ages.len(), frames.len())
        });
        oldest = ages.into_iter().fold(oldest, f64::max);
    }
    found.at_least("viewer's rate to the source's", least, UNDISTURBED);
    found.at_most("frames held", count(most), HELD_MAX);
    found.at_most("oldest drawn, ms", oldest, LATE_MILLIS);
    browser.finish(&[]).await?;
    Ok(found)
}

/// A link and a server in its namespace; not run where namespaces cannot be made.
pub(crate) async fn linked(rate: &str, congestion: &str, pipeline: &str) -> Result<(Link, Capture)> {
    let link = Link::shaped(rate, congestion).map_err(|error| {
        not_run(format!("no link of a given rate, which needs root, iproute2 and {congestion}: {error:#}"))
    })?;
    let mut command = program::command_within(&link.inside())?;
    // Nobody else reaches the address.
    command.args(["--listen", &format!("{}:0", link.server()), "--no-auth", pipeline]);
    let capture = Capture::spawn(command).await?;
    Ok((link, capture))
}

/// Takes frames on a thread of its own until the connection ends.
fn drain(
    address: SocketAddr,
    bytes_per_second: Option<f64>,
) -> Result<(std::net::TcpStream, JoinHandle<u64>)> {
    let mut drain = Drain::connect(address, bytes_per_second)?;
    drain.subscribe("k", false)?;
    let socket = drain.socket()?;
    let thread = spawn(move || {
        let mut frames = 0;
        while drain.frames("k", 1).is_ok() {
            frames += 1;
        }
        frames
    });
    Ok((socket, thread))
}

async fn shaped(congestion: &str) -> Result<Found> {
    let (link, capture) = linked("50mbit", congestion, LARGER).await?;
    let healthy = Healthy::start(&link.inside(), capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let (socket, thread) = drain(capture.address(), None)?;
    let (mark, started) = (healthy.mark(), Instant::now());
    let mut most = 0;
    while started.elapsed() < SLOW {
        most = most.max(held(&capture).await?);
        sleep(Duration::from_millis(200)).await;
    }
    let ratio = healthy.since(mark) / before;
    socket.shutdown(std::net::Shutdown::Both)?;
    let frames = thread.join().map_err(|_| anyhow::anyhow!("the slow viewer panicked"))?;
    let mut found = Found::tried(1);
    found.at_least("viewer's rate to before", ratio, UNDISTURBED);
    found.at_most("frames held", count(most), HELD_MAX);
    found.tell("slow viewer's frames a second", count(frames) / SLOW.as_secs_f64());
    found.expect(frames > 10, || format!("the slow viewer got {frames} frames"));
    Ok(found)
}

async fn never_reading() -> Result<Found> {
    const CLIENTS: u64 = 8;
    let capture = Capture::start([LARGER]).await?;
    let healthy = Healthy::start(&[], capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let known = sockets(capture.id()?)?;
    let mark = healthy.mark();
    let mut silent = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = Drain::connect(capture.address(), None)?;
        client.subscribe("k", false)?;
        silent.push(client);
    }
    let (mut most, started) = (0, Instant::now());
    while !sockets(capture.id()?)?.is_subset(&known) && started.elapsed() < Duration::from_secs(40) {
        most = most.max(held(&capture).await?);
        sleep(Duration::from_millis(200)).await;
    }
    let after = freed(capture.id()?, &known, Duration::from_secs(5)).await?;
    let mut found = Found::tried(CLIENTS);
    found.at_most("freed after, s", (started.elapsed() + after).as_secs_f64(), FREED_MAX);
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    found.at_most("frames held", count(most), HELD_MAX);
    drop(silent);
    Ok(found)
}

async fn huge() -> Result<Found> {
    const FRAMES: u64 = 5;
    const BYTES_PER_SECOND: f64 = 125e6;
    const CPU_MAX: f64 = 0.05;
    let capture = Capture::start([HUGE]).await?;
    let (address, server) = (capture.address(), capture.id()?);
    let reading = tokio::task::spawn_blocking(move || -> Result<(f64, f64, u64)> {
        let mut drain = Drain::connect(address, Some(BYTES_PER_SECOND))?;
        drain.subscribe("huge", false)?;
        drain.frames("huge", 1)?;
        let (before, sending) = (Usage::of(&[server])?, cpu_of_workers(server)?);
        let mut between = 0;
        for _ in 0..FRAMES {
            let passed = drain.passed();
            // It is answered in the middle of the frame that is on its way.
            drain.ping()?;
            drain.frames("huge", 1)?;
            between += u64::from(drain.passed() > passed);
        }
        let sending = cpu_of_workers(server)? - sending;
        Ok((sending, Usage::of(&[server])?.cpu_seconds - before.cpu_seconds, between))
    });
    let (sending, all, between) = reading.await??;
    let mut found = Found::tried(FRAMES);
    found.at_most("CPU of sending a frame, s", sending / count(FRAMES), CPU_MAX);
    // Five frames arrive while one is sent; past those that may be held they are copied when they arrive.
    found.tell("CPU of the whole process meanwhile, s", all / count(FRAMES));
    found.at_least("frames with a pong between fragments", count(between), count(FRAMES));
    Ok(found)
}

/// CPU seconds of the threads that send.
fn cpu_of_workers(process: u32) -> Result<f64> {
    let mut nanos = 0.0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))?.flatten() {
        // A thread may end while the list is read.
        let text = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if text("comm").starts_with("tokio-rt-worker") {
            nanos += text("schedstat").split(' ').next().context("schedstat is empty")?.parse::<f64>()?;
        }
    }
    Ok(nanos / 1e9)
}

async fn hidden() -> Result<Found> {
    const HIDDEN: Duration = Duration::from_secs(10);
    let capture = Capture::start([LARGER]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.call::<Value>("watch", json!([])).await?;
    let mut found = Found::default();
    let mut oldest = 0.0_f64;
    for _ in 0..2 {
        let noted = browser.call::<Value>("noted", json!([])).await?["count"].as_u64().unwrap_or(0);
        browser.until("frames drawn", &format!("return e2e.frames.length > {}", noted + 20)).await?;
        browser.hide().await?;
        browser.until("a hidden page", "return document.hidden").await?;
        // Frames that are on their way are taken still.
        sleep(Duration::from_secs(1)).await;
        let before = browser.run("return e2e.frames.length").await?.as_u64().context("no count")?;
        let received = sent(&browser).await?;
        sleep(HIDDEN).await;
        let while_hidden =
            browser.run("return e2e.frames.length").await?.as_u64().context("no count")? - before;
        let sent = sent(&browser).await? - received;
        browser.show().await?;
        browser.until("frames drawn again", &format!("return e2e.frames.length > {}", before + 20)).await?;
        let noted = browser.call::<Value>("noted", json!([before])).await?;
        let frames = noted["frames"].as_array().context("no frames")?;
        oldest = frames.iter().filter_map(|frame| frame["ageMillis"].as_f64()).fold(oldest, f64::max);
        found.expect(while_hidden == 0, || format!("{while_hidden} frames were drawn while it was hidden"));
        found.expect(sent == 0, || format!("{sent} frames were sent while it was hidden"));
    }
    found.at_most("oldest drawn, ms", oldest, LATE_MILLIS);
    browser.finish(&[]).await?;
    Ok(found)
}

/// Frames that the server says it has sent this page, as the page was told last.
async fn sent(browser: &Browser) -> Result<u64> {
    let told = browser.run("return JSON.stringify(document.querySelector('sink-view').statistics)").await?;
    let statistics: Value = serde_json::from_str(told.as_str().context("no statistics")?)?;
    statistics["ledger"]["sent"].as_u64().with_context(|| format!("no count of sent frames: {statistics}"))
}
