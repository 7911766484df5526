//! How `capture` ends: exit codes, sentences, and what clients are told. No browser.

use anyhow::{Result, bail};
use e2e::{Capture, Client, program};
use std::process::Output;
use tokio::net::TcpListener;
use wire::close;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

#[tokio::test]
async fn a_signal_closes_every_client_with_1001_and_ends_with_zero() -> Result<()> {
    for signal in ["TERM", "INT"] {
        let mut capture = Capture::start([LIVE]).await?;
        let mut clients = Vec::new();
        for _ in 0..3 {
            let mut client = Client::subscribed(capture.address(), "k").await?;
            client.frame().await?;
            clients.push(client);
        }
        clients.push(Client::connect(capture.address()).await?);
        capture.signal(signal)?;
        for client in &mut clients {
            let Some((code, reason)) = client.closed().await? else {
                bail!("no close frame: {}", capture.log())
            };
            assert_eq!(code, close::GOING_AWAY, "{reason}");
        }
        assert_eq!(capture.exited().await?.code(), Some(0), "{signal}: {}", capture.log());
    }
    Ok(())
}

#[tokio::test]
async fn a_signal_ends_a_pipeline_that_waits_for_viewers() -> Result<()> {
    let pipeline = "videotestsrc ! video/x-raw,format=RGB,width=64,height=48 ! appsink name=k";
    let mut capture = Capture::start(["--policy", "every", pipeline]).await?;
    capture.signal("TERM")?;
    assert_eq!(capture.exited().await?.code(), Some(0), "{}", capture.log());

    let mut capture = Capture::start(["--policy", "every", pipeline]).await?;
    let mut stuck = Client::subscribed(capture.address(), "k").await?;
    stuck.frame().await?;
    stuck.frame().await?;
    capture.signal("TERM")?;
    assert_eq!(stuck.closed().await?.map(|(code, _)| code), Some(close::GOING_AWAY));
    assert_eq!(capture.exited().await?.code(), Some(0), "{}", capture.log());
    Ok(())
}

/// Runs it with arguments that cannot work, and expects this exit code and these words.
async fn fails(arguments: &[&str], code: i32, words: &[&str]) -> Result<()> {
    let Output { status, stdout, stderr } = program::run(arguments).await?;
    let said = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(code), "{arguments:?}: {said}");
    assert!(stdout.is_empty() || code != 2, "{arguments:?}: {}", String::from_utf8_lossy(&stdout));
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: no {word:?} in {said}");
    }
    Ok(())
}

#[tokio::test]
async fn wrong_usage_ends_with_2_and_a_sentence() -> Result<()> {
    let listen = ["--listen", "127.0.0.1:0"];
    let cases: [(&str, &[&str]); 7] = [
        ("videotestsrc ! nosuchelement ! appsink name=k", &["nosuchelement"]),
        ("videotestsrc ! x264enc2 ! appsink name=k", &["x264enc2"]),
        ("videotestsrc nosuchprop=1 ! appsink name=k", &["nosuchprop", "videotestsrc"]),
        ("videotestsrc pattern=nosuchpattern ! appsink name=k", &["pattern"]),
        ("videotestsrc ! audioconvert ! appsink name=k", &["audioconvert"]),
        ("videotestsrc ! ! appsink name=k", &[]),
        ("videotestsrc ! video/x-raw,format=NOPE ! appsink name=k", &[]),
    ];
    for (pipeline, words) in cases {
        fails(&[&listen[..], &[pipeline]].concat(), 2, words).await?;
    }
    fails(&["--no-such-option"], 2, &["--no-such-option"]).await?;
    fails(&["--policy", "sometimes"], 2, &["latest", "every"]).await?;
    fails(&["--listen", "nowhere"], 2, &["nowhere"]).await
}

#[tokio::test]
async fn a_missing_file_is_named() -> Result<()> {
    fails(&["--listen", "127.0.0.1:0", "/no/such/clip.mp4"], 2, &["/no/such/clip.mp4"]).await
}

#[tokio::test]
async fn a_busy_port_is_named_with_what_to_do() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let address = taken.local_addr()?.to_string();
    fails(&["--listen", &address, LIVE], 2, &[&address, "--listen"]).await
}

#[tokio::test]
async fn a_pipeline_that_fails_ends_with_1_when_its_end_is_to_end_it() -> Result<()> {
    let pipeline = "videotestsrc ! video/x-raw,format=RGB,width=8,height=8 ! identity error-after=3 ! appsink name=k sync=false";
    fails(&["--listen", "127.0.0.1:0", "--on-eos", "exit", pipeline], 1, &["identity0"]).await
}

#[tokio::test]
async fn a_pipeline_that_fails_stays_served_and_says_why() -> Result<()> {
    let pipeline = "videotestsrc ! video/x-raw,format=RGB,width=8,height=8 ! identity error-after=3 ! appsink name=k sync=false";
    let capture = Capture::start([pipeline]).await?;
    capture.logged("identity0").await?;
    let stream = e2e::until("the failure", async || {
        let stream = capture.stream("k").await?;
        Ok((stream["phase"] == "failed").then_some(stream))
    })
    .await?;
    assert!(stream["failure"].as_str().is_some_and(|why| why.contains("identity0")), "{stream}");
    let mut client = Client::subscribed(capture.address(), "k").await?;
    assert_eq!(client.frame().await?.payload.len(), 8 * 8 * 3);
    Ok(())
}
