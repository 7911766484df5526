//! Requests and readers that take their time, and what a viewer beside notices of them.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found};
use crate::server::{HUGE, LARGER, Lifetimes, answers};
use crate::threat::Threat;
use crate::tools::{output, said, tool};
use crate::torture::Torture;
use anyhow::Result;
use e2e::{Capture, program};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// What the rate of the viewer is measured over before.
const BEFORE: Duration = Duration::from_secs(5);
/// A request must be complete within 5 s; half a second is for looking at it.
const REQUEST_MAX: f64 = 5.5;
/// A reader must make progress within 25 s, which is looked at every 5 s.
const STOPPED_MAX: f64 = 32.0;
/// Slow connections at a time.
const CONNECTIONS: u64 = 100;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let must = "each is closed within 5 s; a viewer beside keeps its rate within 5 %; others are answered";
    let fault = |name, with, must| Fault { threat: Threat::SlowHandshake, name, with, must };
    let name = "100 requests whose headers come a byte at a time";
    torture.fault(fault(name, "slowhttptest -H", must), || tried("-H", "", Some(REQUEST_MAX))).await;
    let name = "100 handshakes whose headers come a byte at a time";
    torture.fault(fault(name, "slowhttptest -H", must), || tried("-H", "ws", Some(REQUEST_MAX))).await;
    let name = "100 bodies that come a byte at a time";
    torture.fault(fault(name, "slowhttptest -B", must), || tried("-B", "", Some(REQUEST_MAX))).await;
    let name = "100 requests for a thousand ranges";
    torture.fault(fault(name, "slowhttptest -R", must), || tried("-R", "", Some(REQUEST_MAX))).await;
    let must =
        "who makes progress may read on; a viewer beside keeps its rate within 5 %; others are answered";
    let name = "100 readers of 5 bytes a second";
    torture.fault(fault(name, "slowhttptest -X", must), || tried("-X", "viewer_bg.wasm", None)).await;
    let must = "each is dropped after 25 s without progress; a viewer beside keeps its rate within 5 %";
    let name = "20 readers that stop in the middle of a frame's file";
    torture.fault(fault(name, "sockets that are not read", must), stopped_readers).await;
    Ok(())
}

/// Has the tool do one kind of slowness to a path; with a bound for how long a connection may last.
async fn tried(kind: &str, path: &str, longest: Option<f64>) -> Result<Found> {
    let mut command = tool("slowhttptest", "slowhttptest")?;
    let mut server = program::command()?;
    server.env("RUST_LOG", "info,capture::server=trace").args(["--listen", "127.0.0.1:0", LARGER]);
    let capture = Capture::spawn(server).await?;
    let url = format!("{}{path}", capture.url());
    let connections = CONNECTIONS.to_string();
    command.args([kind, "-c", &connections, "-r", "100", "-i", "1", "-l", "15", "-p", "3", "-u", &url]);
    let attack = async {
        let ended = output(&mut command).await?;
        let text = said(&ended);
        anyhow::ensure!(text.contains("service available"), "slowhttptest says {text}");
        let is_available = !text.contains("NO");
        Ok((!is_available).then(|| "slowhttptest was not answered beside".to_owned()))
    };
    let mut found = beside(&capture, CONNECTIONS, longest, attack).await?;
    let made = capture.log().matches(" connection peer").count();
    found.expect(made as u64 >= CONNECTIONS, || format!("only {made} connections were made"));
    Ok(found)
}

/// Sets something going beside a viewer, and tells what it notices, and how long sockets lasted.
async fn beside(
    capture: &Capture,
    times: u64,
    longest: Option<f64>,
    attack: impl Future<Output = Result<Option<String>>>,
) -> Result<Found> {
    let healthy = Healthy::start(&[], capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let mut lifetimes = Lifetimes::of(capture.id()?)?;
    let mark = healthy.mark();
    let (mut found, mut is_answered) = (Found::tried(times), true);
    let attack = async {
        tokio::pin!(attack);
        loop {
            tokio::select! {
                ended = &mut attack => {
                    found.lost.extend(ended?);
                    return Ok(());
                }
                () = sleep(Duration::from_secs(1)) => is_answered &= answers(capture).await,
            }
        }
    };
    lifetimes.follow(attack, Duration::from_secs(40)).await?;
    let ratio = healthy.since(mark) / before;
    found.at_least("viewer's rate to before", ratio, UNDISTURBED);
    match longest {
        Some(most) => found.at_most("longest open, s", lifetimes.longest(), most),
        None => found.tell("longest open, s", lifetimes.longest()),
    }
    if !is_answered {
        found.lost.push("others were not answered".to_owned());
    }
    Ok(found)
}

/// Sockets that ask for a file of 133 MB and read nothing of it.
async fn stopped_readers() -> Result<Found> {
    const READERS: u64 = 20;
    let capture = Capture::start(["-p", LARGER, "-p", HUGE]).await?;
    let request = format!("GET /streams/huge/frame.raw HTTP/1.1\r\nHost: {}\r\n\r\n", capture.address());
    beside(&capture, READERS, Some(STOPPED_MAX), async {
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let mut socket = TcpStream::connect(capture.address()).await?;
            socket.write_all(request.as_bytes()).await?;
            readers.push(socket);
        }
        sleep(Duration::from_secs(35)).await;
        Ok(None)
    })
    .await
}
