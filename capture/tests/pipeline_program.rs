//! The program from outside: what it prints first, how it ends, and that each wrong usage says what to do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

fn capture() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capture"));
    command.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    capture().args(["--listen", "127.0.0.1:0"]).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_to_do() {
    for (arguments, words) in [
        (&["videotestsrc ! nosuchelement ! appsink"][..], &["nosuchelement"][..]),
        (&["videotestsrc ! x264nc ! appsink"], &["x264enc"]),
        (&["videotestsrc ! ! appsink"], &["syntax", "ELEMENT property=value"]),
        (&["bikes.mp4"], &["no such file: bikes.mp4"]),
        (&["/"], &["is a directory"]),
        (&["/dev/video4711"], &["no such device", "v4l2-ctl"]),
        (&["--listen", "nowhere"], &["--listen"]),
        (&["--restart"], &["--restart"]),
        (&["--on-eos", "jump"], &["hold", "exit", "loop"]),
    ] {
        let ended = capture().args(arguments).output().unwrap();
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
        assert!(ended.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_busy_port_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = capture().args(["--listen", &address]).output().unwrap();
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains(&address) && said.contains("in use") && said.contains("127.0.0.1:0"), "{said}");
}

#[test]
fn a_pipeline_that_ends_or_fails_decides_the_exit_code() {
    for (pipeline, code) in [
        ("videotestsrc num-buffers=3 ! appsink sync=false", 0),
        ("videotestsrc num-buffers=9 ! identity error-after=3 ! appsink sync=false", 1),
        ("audiotestsrc num-buffers=3 ! appsink sync=false", 1),
    ] {
        let ended = run(&[pipeline, "--on-eos", "exit"]);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{pipeline}: {said}");
        assert!(text(&ended.stdout).starts_with("listening on http://127.0.0.1:"), "{pipeline}");
    }
}

#[test]
fn what_cannot_start_ends_without_being_told_to() {
    let ended = run(&["filesrc location=/nonexistent ! decodebin ! appsink"]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("filesrc0") && said.contains("no pipeline could be started"), "{said}");
}

#[test]
fn bare_words_keep_their_quoting_with_options_around_them() {
    let ended = capture()
        .args(["--on-eos", "exit", "videotestsrc", "num-buffers=2", "!"])
        .args(["video/x-raw, format=RGB, width=8, height=8", "!", "appsink", "sync=false"])
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    let first = text(&ended.stdout);
    let port = first.strip_prefix("listening on http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/\n"));
    assert!(port.is_some_and(|port| port.parse::<u16>().is_ok()), "{first}");
}

#[test]
fn a_signal_ends_it_cleanly() {
    for (signal, pipeline) in
        [("INT", "videotestsrc is-live=true ! appsink"), ("TERM", "videotestsrc ! appsink")]
    {
        let mut child = capture().args(["--listen", "127.0.0.1:0", pipeline]).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("listening on "), "{first}");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(status.code(), Some(0), "{signal}: {said}");
    }
}

#[test]
fn an_open_address_needs_a_token_that_no_log_has() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = "videotestsrc num-buffers=1 ! appsink";
    let ended = capture()
        .args(["--listen", "0.0.0.0:0", "--on-eos", "exit", pipeline])
        .env_remove("RUNTIME_DIRECTORY")
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .unwrap();
    let said = text(&ended.stderr) + &text(&ended.stdout);
    assert!(!said.contains("token=") && said.contains(folder.path().to_str().unwrap()), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the token's file outlives the program");

    let ended = capture()
        .args(["--listen", "0.0.0.0:0", "--no-auth", "--on-eos", "exit", pipeline])
        .output()
        .unwrap();
    let said = text(&ended.stderr);
    assert!(said.contains("everybody") && said.contains("reachable at http://127.0.0.1:"), "{said}");
}

#[test]
fn credentials_are_in_no_log() {
    let ended = run(&["rtsp://user:secret@127.0.0.1:1/none", "--on-eos", "exit"]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
