//! Frames of hostile clients: the Autobahn suite against an echo with the server's reader and writer, and what the server
//! says to clients that break its rules.

use crate::baseline::folder;
use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, count, not_run};
use crate::server::{LARGER, has_panicked};
use crate::threat::Threat;
use crate::tools::{is_there, output, output_within, python, run as run_tool, said, script};
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::Capture;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Cases that may be judged `NON-STRICT`: invalid UTF-8 that is refused at the message's end and not at the first wrong byte.
const NON_STRICT: [&str; 2] = ["6.4.3", "6.4.4"];
/// The whole suite takes a few minutes.
const SUITE_MAX: Duration = Duration::from_secs(580);

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |name, with, must| Fault { threat: Threat::HostileFrames, name, with, must };
    let must = "no case fails, none is closed in a wrong way; 6.4.3 and 6.4.4 may be non-strict";
    torture
        .fault(fault("the cases of the protocol and its limits, 1 to 10", "Autobahn", must), autobahn)
        .await;
    let must = "close codes 1009, 1008, 1003 or 1002 and a reason; a viewer beside keeps its rate within 5 %";
    let name = "messages that are too long, too many, binary, no JSON, of unknown type, unmasked";
    torture.fault(fault(name, "Python websockets and raw sockets", must), rules).await;
    Ok(())
}

/// A Python 2.7, which the suite is written for: where `PYTHON27` says, on the path, or of pyenv.
fn python27() -> Option<PathBuf> {
    let named = std::env::var_os("PYTHON27").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let versions = std::fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    let of_pyenv = versions.filter(|version| version.file_name().to_string_lossy().starts_with("2.7"));
    let of_pyenv = of_pyenv.map(|version| version.path().join("bin/python2.7"));
    let on_path = is_there("python2.7").then(|| PathBuf::from("python2.7"));
    named.into_iter().chain(of_pyenv).chain(on_path).next()
}

/// The suite's program, in an environment of its own.
async fn suite() -> Result<PathBuf> {
    let interpreter = python27().ok_or_else(|| {
        not_run("the suite needs CPython 2.7, which Debian has no more: build one (pyenv install 2.7.18) or say PYTHON27=")
    })?;
    let home = folder()?.join("autobahn");
    let program = home.join("bin/wstest");
    if !program.exists() {
        // The last one that makes environments of 2.7.
        let tools = python("virtualenv", &["virtualenv<20.22"]).await?;
        let make = async {
            run_tool(Command::new(tools.join("virtualenv")).arg("-q").arg("-p").arg(&interpreter).arg(&home))
                .await?;
            run_tool(Command::new(home.join("bin/pip")).args(["install", "-q", "autobahntestsuite"])).await
        };
        make.await.map_err(|error| not_run(format!("autobahntestsuite cannot be installed: {error:#}")))?;
    }
    Ok(program)
}

async fn autobahn() -> Result<Found> {
    let program = suite().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("ws://{}", listener.local_addr()?);
    let echo = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(socket) = tokio_tungstenite::accept_async(stream).await {
                    // A client that breaks the protocol breaks the connection, too.
                    let _ = capture::echo::serve(socket.into_inner()).await;
                }
            });
        }
    });
    let reports = tempfile::tempdir()?;
    let spec = reports.path().join("spec.json");
    // 12 and 13 are about compression, which is not offered.
    let wanted = json!({
        "outdir": reports.path(),
        "servers": [{ "agent": "sinkview", "url": url }],
        "cases": ["*"],
        "exclude-cases": ["12.*", "13.*"],
        "exclude-agent-cases": {},
    });
    std::fs::write(&spec, wanted.to_string())?;
    let mut command = Command::new(program);
    command.args(["-m", "fuzzingclient", "-s"]).arg(&spec).current_dir(reports.path());
    let ended = output_within(SUITE_MAX, &mut command).await;
    echo.abort();
    let ended = ended?;
    let index = std::fs::read(reports.path().join("index.json")).with_context(|| said(&ended))?;
    judged(&serde_json::from_slice(&index)?)
}

fn judged(index: &Value) -> Result<Found> {
    let cases = index["sinkview"].as_object().context("the report has no agent of ours")?;
    let (mut found, mut non_strict) = (Found::default(), 0.0);
    for (case, report) in cases {
        for what in ["behavior", "behaviorClose"] {
            let behavior = report[what].as_str().unwrap_or_default();
            let may_be = behavior == "NON-STRICT" && NON_STRICT.contains(&case.as_str());
            non_strict += f64::from(u8::from(behavior == "NON-STRICT"));
            let is_good = matches!(behavior, "OK" | "INFORMATIONAL") || may_be;
            if !is_good {
                found.lost.push(format!("{case}: {what} {behavior}"));
            }
        }
        found.times += 1;
    }
    found.at_least("cases", count(found.times), 290.0);
    found.tell("non-strict", non_strict);
    Ok(found)
}

async fn rules() -> Result<Found> {
    let capture = Capture::start([LARGER]).await?;
    let healthy = Healthy::start(&[], capture.address(), "k").await?;
    let before = healthy.rate(Duration::from_secs(5)).await;
    let mark = healthy.mark();
    let mut command = script("rules.py").await?;
    command.arg(capture.address().port().to_string());
    let ended = output(&mut command).await?;
    let closes: Vec<(String, Vec<u16>, Option<u16>, String)> =
        serde_json::from_slice(&ended.stdout).with_context(|| said(&ended))?;
    let mut found = Found::default();
    for (case, due, code, reason) in closes {
        let is_told = code.is_some_and(|code| due.contains(&code));
        found.expect(is_told, || format!("{case}: {code:?} {reason:?}, due {due:?}"));
    }
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    found.expect(!has_panicked(&capture), || "a panic is in the log".to_owned());
    Ok(found)
}
