//! The port speaks TLS: OpenSSL, curl, Python and a browser judge; no library of the server's own.

use anyhow::{Context, Result, ensure};
use e2e::files::run;
use e2e::tls::{Pair, Tunnel, fingerprint, handshake};
use e2e::{Browser, Capture, Client, http, program, until, within};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// Bytes of a frame of it.
const LIVE_LEN: usize = 64 * 48 * 3;

async fn start(pair: &Pair, more: &[&str]) -> Result<Capture> {
    Capture::start(pair.options().into_iter().chain(more.iter().copied())).await
}

#[tokio::test]
async fn curl_trusts_the_certificate_and_gets_the_page_and_a_frame() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pair = Pair::make(folder.path(), "one").await?;
    let capture = start(&pair, &[LIVE]).await?;
    ensure!(capture.url().starts_with("https://127.0.0.1:"), "{}", capture.url());
    let get = async |path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["-sSi", "--cacert"]).arg(&pair.cert).arg(format!("{}{path}", capture.url()));
        run(&mut curl).await
    };
    let icon = get("icon.svg").await?;
    ensure!(icon.starts_with("HTTP/1.1 200") && icon.contains("<svg"), "{icon}");
    ensure!(!icon.to_lowercase().contains("strict-transport-security"), "{icon}");
    let tunnel = Tunnel::start(capture.address(), &pair.cert).await?;
    let mut viewer = Client::subscribed(tunnel.address(), "k").await?;
    for _ in 0..30 {
        let frame = viewer.frame().await?;
        ensure!(frame.payload.len() == LIVE_LEN, "{} bytes", frame.payload.len());
        viewer.drawn(&frame).await?;
    }
    let ledger = viewer.ledger("k").await?;
    ensure!(ledger.balances(), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn versions_and_suites_are_those_that_mozilla_calls_intermediate() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = start(&Pair::make(folder.path(), "one").await?, &[LIVE]).await?;
    for (options, agreed) in [
        (&["-tls1_3", "-alpn", "h2,http/1.1"][..], true),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], true),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], true),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256@SECLEVEL=0"], false),
        (&["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], false),
        (&["-tls1", "-cipher", "ALL@SECLEVEL=0"], false),
    ] {
        let said = handshake(capture.address(), options).await?;
        ensure!(said.contains("Cipher is (NONE)") != agreed, "{options:?}: {said}");
        if options.contains(&"-alpn") {
            ensure!(said.contains("ALPN protocol: http/1.1"), "{said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn files_that_do_not_do_end_the_program_with_what_is_wrong() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (one, other) = (Pair::make(folder.path(), "one").await?, Pair::make(folder.path(), "other").await?);
    let expired = Pair::expired(folder.path()).await?;
    let missing = folder.path().join("missing");
    let nonsense = folder.path().join("nonsense");
    fs::write(&nonsense, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")?;
    let locked = folder.path().join("locked");
    let mut lock = Command::new("openssl");
    lock.args(["pkey", "-aes256", "-passout", "pass:x", "-in"]).arg(&one.key).arg("-out").arg(&locked);
    run(&mut lock).await?;
    for (cert, key, words) in [
        (&missing, &one.key, "cannot be read: No such file"),
        (&one.key, &one.key, "has no certificate in PEM"),
        (&nonsense, &one.key, "cannot be understood"),
        (&one.cert, &one.cert, "has no private key in PEM"),
        (&one.cert, &locked, "openssl pkey"),
        (&one.cert, &other.key, "is not that of the certificate"),
        (&expired.cert, &expired.key, "days ago; renew it"),
    ] {
        let pair = Pair { cert: cert.clone(), key: key.clone() };
        let ended = program::run(pair.options().into_iter().chain(["--listen", "127.0.0.1:0", LIVE])).await?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.code() == Some(2) && said.contains(words), "{words:?}: {} {said}", ended.status);
    }
    Ok(())
}

/// The fingerprint of the certificate that new connections are shown.
async fn shown(capture: &Capture, folder: &Path) -> Result<String> {
    let pem = folder.join("shown.pem");
    fs::write(&pem, handshake(capture.address(), &[]).await?)?;
    fingerprint(&pem).await
}

#[tokio::test]
async fn a_new_certificate_is_shown_and_a_bad_one_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (pair, next) = (Pair::make(folder.path(), "one").await?, Pair::make(folder.path(), "next").await?);
    let capture = start(&pair, &[LIVE]).await?;
    let first = fingerprint(&pair.cert).await?;
    ensure!(shown(&capture, folder.path()).await? == first);
    let tunnel = Tunnel::start(capture.address(), &pair.cert).await?;
    let mut viewer = Client::subscribed(tunnel.address(), "k").await?;
    fs::write(&pair.cert, "half of a cert")?;
    capture.logged("the one before stays").await?;
    ensure!(shown(&capture, folder.path()).await? == first);
    fs::copy(&next.key, &pair.key)?;
    fs::copy(&next.cert, &pair.cert)?;
    capture.logged("the certificate has changed").await?;
    ensure!(shown(&capture, folder.path()).await? == fingerprint(&next.cert).await?);
    let frame = viewer.frame().await?;
    viewer.drawn(&frame).await?;
    Ok(())
}

#[tokio::test]
async fn a_self_signed_certificate_has_the_printed_fingerprint_and_verifies_itself() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = Capture::start(["--tls-self-signed", LIVE]).await?;
    let line = capture.logged("fingerprint").await?;
    let printed = shown(&capture, folder.path()).await?;
    ensure!(line.contains(&printed), "{printed} is not in {line:?}");
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-noout", "-text", "-in"]).arg(folder.path().join("shown.pem"));
    let text = run(&mut openssl).await?;
    for part in ["DNS:localhost", "IP Address:127.0.0.1", "prime256v1", "TLS Web Server Authentication"] {
        ensure!(text.contains(part), "{part} is not in {text}");
    }
    let verified = program::run(["--tls-self-signed", "--verify", "20", LIVE]).await?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    Ok(())
}

#[tokio::test]
async fn who_speaks_plain_http_is_told_so_and_who_says_nothing_is_cut_off() -> Result<()> {
    let capture = Capture::start(["--tls-self-signed", "--handshake-timeout", "1s", LIVE]).await?;
    let answer = http::get(capture.address(), "/").await?;
    ensure!(answer.status == 400 && answer.text().contains("https"), "{answer:?}");
    let mut silent = TcpStream::connect(capture.address()).await?;
    let mut begun = TcpStream::connect(capture.address()).await?;
    // A record that announces more than ever comes.
    begun.write_all(&[22, 3, 1, 2, 0, 1]).await?;
    for stream in [&mut silent, &mut begun] {
        let mut said = Vec::new();
        within("the end of a connection without a handshake", stream.read_to_end(&mut said)).await?.ok();
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_frame_through_tls_too() -> Result<()> {
    const LARGE: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=1920,height=1080,framerate=30/1 ! \
                         appsink name=k";
    let folder = tempfile::tempdir()?;
    let pair = Pair::make(folder.path(), "one").await?;
    let capture = start(&pair, &[LARGE]).await?;
    let tunnel = Tunnel::start(capture.address(), &pair.cert).await?;
    let mut slow = Client::subscribed(tunnel.address(), "k").await?;
    let mut fast = Client::subscribed(tunnel.address(), "k").await?;
    slow.frame().await?;
    // As long as the source needs for many frames; the first reads none of them.
    let mut newest = 0;
    for _ in 0..60 {
        let frame = fast.frame().await?;
        newest = frame.header.sequence;
        fast.drawn(&frame).await?;
    }
    // With the credit it has left, one frame may be on its way; what comes after the credits is the newest.
    let mut frames = vec![slow.frame().await?];
    for _ in 0..2 {
        let frame = frames.pop().context("no frame")?;
        slow.drawn(&frame).await?;
        frames.push(slow.frame().await?);
    }
    let last = frames.pop().context("no frame")?.header.sequence;
    ensure!(last >= newest, "frame {last} after {newest} was there");
    Ok(())
}

#[tokio::test]
async fn a_browser_shows_streams_over_https() -> Result<()> {
    let capture = Capture::start(["--tls-self-signed", LIVE]).await?;
    let browser = Browser::trusting_all().await?;
    browser.open(capture.url()).await?;
    browser.state("live").await?;
    let read: Value = browser.call("read", json!([])).await?;
    assert_eq!((&read["width"], &read["height"]), (&json!(64), &json!(48)));
    let secure = browser.run("return isSecureContext && location.protocol === 'https:'").await?;
    assert_eq!(secure, json!(true));
    browser.finish(&[]).await
}

#[tokio::test]
async fn the_server_stops_in_time_with_viewers_over_tls() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pair = Pair::make(folder.path(), "one").await?;
    let mut capture = start(&pair, &[LIVE]).await?;
    let tunnel = Tunnel::start(capture.address(), &pair.cert).await?;
    let mut viewer = Client::subscribed(tunnel.address(), "k").await?;
    viewer.frame().await?;
    capture.signal("TERM")?;
    let closed = viewer.closed().await?;
    ensure!(closed.as_ref().is_some_and(|(code, _)| *code == 1001), "{closed:?}");
    let ended = tokio::time::timeout(Duration::from_secs(10), capture.exited()).await??;
    ensure!(ended.success(), "{ended}");
    until("the port to be free", async || {
        Ok(TcpStream::connect(capture.address()).await.is_err().then_some(()))
    })
    .await
}
