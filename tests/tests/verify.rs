//! Exactness that can be asked for: hashes of the appsink's buffers against those of what arrives, on the page and from
//! the command line; and one flipped bit, which both tell.

use anyhow::{Context, Result, ensure};
use capture::verify::{self, Fault};
use e2e::hushed::Hushed;
use e2e::noted::Noted;
use e2e::program::{command, run};
use e2e::site::Site;
use e2e::{Browser, Capture, Client, Heard, frames};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wire::{CheckedLayout, ClientMessage, Hash, Hashes, ServerMessage};

/// Flips a bit of a frame on its way out, in builds for tests.
const FLIP: &str = "SINKVIEW_FLIP_BIT";

/// Small frames as they come.
const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=37,height=23,framerate=30/1 ! appsink name=k";
/// Frames one after the other, and an end.
const FILE: &str =
    "videotestsrc num-buffers=30 pattern=snow ! video/x-raw,format=BGR,width=37,height=23 ! appsink name=k";

async fn with_flip<S: AsRef<std::ffi::OsStr>>(
    flip: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Capture> {
    let mut command = command()?;
    command.env(FLIP, flip).args(["--listen", "127.0.0.1:0"]).args(arguments);
    Capture::spawn(command).await
}

/// Frames of noise with padded rows and a gap before the first.
fn padded(folder: &Path) -> Result<String> {
    const SIZE: usize = 23 * 128 + 64;
    let file = folder.join("padded.raw");
    fs::write(&file, frames::noise(5, SIZE * 40))?;
    Ok(format!(
        "filesrc location={} ! rawvideoparse format=rgb width=37 height=23 plane-strides=<128> plane-offsets=<64> \
         frame-size={SIZE} framerate=30/1 ! identity name=noted sync=true ! appsink name=padded",
        file.display()
    ))
}

/// Makes two memories of a buffer's one; the second begins in the middle of a row.
fn halve(buffer: &mut gst::BufferRef) {
    let bytes = buffer.map_readable().map(|map| map.to_vec()).unwrap_or_default();
    let (first, second) = bytes.split_at(64 + 777);
    buffer.remove_all_memory();
    for part in [first, second] {
        buffer.append_memory(gst::Memory::from_slice(part.to_vec()));
    }
    HALVED.fetch_add(usize::from(buffer.n_memory() == 2), Ordering::Relaxed);
}

/// Buffers of two memories that [`halve`] has made.
static HALVED: AtomicUsize = AtomicUsize::new(0);

#[tokio::test]
async fn buffers_of_two_memories_are_hashed_across_the_seam() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let noted = Noted::start(&[&padded(folder.path())?], halve).await?;
    let mut client = Client::connect(noted.address()).await?;
    client.say(&ClientMessage::Verify { stream: "padded".to_owned(), on: true }).await?;
    client.subscribe("padded").await?;
    let noise = frames::noise(5, (23 * 128 + 64) * 40);
    for (sequence, hashes, _, payload) in hashed(&mut client, 3).await? {
        let at = usize::try_from(sequence)? * (23 * 128 + 64);
        assert!(payload == noise[at..at + payload.len()], "frame {sequence} has other bytes");
        let rows: Vec<u8> = payload[64..].chunks(128).flat_map(|row| &row[..111]).copied().collect();
        assert_eq!(hashes, Hashes { buffer: Hash::of(&payload), rows: Some(Hash::of(&rows)) });
    }
    ensure!(HALVED.load(Ordering::Relaxed) >= 3, "buffers of one memory");
    drop(client);
    noted.finish().await
}

/// The hashes of frames over the socket are those that the test takes of them: `frames` one after the other.
async fn hashed(client: &mut Client, wanted: usize) -> Result<Vec<(u64, Hashes, CheckedLayout, Vec<u8>)>> {
    let (mut said, mut all) = (None, Vec::new());
    while all.len() < wanted {
        match client.hear().await? {
            Heard::Message(message) => {
                if let ServerMessage::Hashes { sequence, buffer, rows, .. } = *message {
                    said = Some((sequence, Hashes { buffer, rows }));
                } else {
                    ensure!(said.is_none(), "{message:?} between hashes and their frame");
                }
            }
            Heard::Frame(frame) => {
                let (sequence, hashes) = said.take().context("a frame without hashes")?;
                ensure!(sequence == frame.header.sequence, "hashes of {sequence} before {:?}", frame.header);
                let layout = client.layouts[&frame.header.layout_id].clone().check()?;
                client.drawn(&frame).await?;
                all.push((sequence, hashes, layout, frame.payload));
            }
            Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
        }
    }
    Ok(all)
}

#[tokio::test]
async fn hashes_come_directly_before_their_frames_and_are_the_appsinks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let unread = "videotestsrc is-live=true ! video/x-raw,format=NV12,width=38,height=22,framerate=30/1 ! appsink name=n";
    let capture =
        Capture::start(["--convert", "NV12", "-p", LIVE, "-p", &padded(folder.path())?, "-p", unread])
            .await?;
    for name in ["k", "padded", "n"] {
        let mut client = Client::connect(capture.address()).await?;
        client.say(&ClientMessage::Verify { stream: name.to_owned(), on: true }).await?;
        client.subscribe(name).await?;
        for (_, hashes, layout, payload) in hashed(&mut client, 5).await? {
            let source = usize::try_from(layout.source_len(payload.len() as u64))?;
            assert_eq!(hashes.buffer, Hash::of(&payload[..source]), "{name}");
            match name {
                // By arithmetic of the test's own.
                "padded" => {
                    let rows: Vec<u8> =
                        payload[64..].chunks(128).flat_map(|row| &row[..111]).copied().collect();
                    assert_eq!(hashes.rows, Some(Hash::of(&rows)));
                    assert_ne!(hashes.rows, Some(hashes.buffer));
                }
                "n" => {
                    ensure!(
                        source == 40 * 22 + 40 * 11 && payload.len() > source,
                        "not converted: {layout:?}"
                    );
                    assert_eq!(hashes.rows, Some(Hash::of(&payload[source..])));
                }
                _ => {
                    let rows: Vec<u8> = payload.chunks(112).flat_map(|row| &row[..111]).copied().collect();
                    assert_eq!(hashes.rows, Some(Hash::of(&rows)));
                }
            }
        }
        // Nobody asks any more: frames come alone again.
        client.say(&ClientMessage::Verify { stream: name.to_owned(), on: false }).await?;
        let mut alone = 0;
        let mut announced = false;
        while alone < 3 {
            match client.hear().await? {
                Heard::Message(message) => announced |= matches!(*message, ServerMessage::Hashes { .. }),
                Heard::Frame(frame) => {
                    alone = if std::mem::take(&mut announced) { 0 } else { alone + 1 };
                    client.drawn(&frame).await?;
                }
                Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_frame_that_was_sent_before_is_hashed_when_it_is_asked_for() -> Result<()> {
    let one = "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=36,height=22 ! appsink name=k";
    let capture = Capture::start([one]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let frame = client.frame().await?;
    client.say(&ClientMessage::Verify { stream: "k".to_owned(), on: true }).await?;
    loop {
        if let Heard::Message(message) = client.hear().await?
            && let ServerMessage::Hashes { sequence, buffer, rows, .. } = *message
        {
            assert_eq!((sequence, buffer), (frame.header.sequence, Hash::of(&frame.payload)));
            assert_eq!(rows, Some(buffer), "rows without padding");
            break;
        }
    }
    client.say(&ClientMessage::Verify { stream: "none".to_owned(), on: true }).await?;
    loop {
        if let Heard::Message(message) = client.hear().await?
            && let ServerMessage::Error { code, .. } = *message
        {
            assert_eq!(code, "no_such_stream");
            return Ok(());
        }
    }
}

/// The badge: its state, its words, and the line that says what is wrong.
const BADGE: &str = "
    const badge = document.querySelector('[data-command=verify]');
    const line = document.querySelector('.mismatch');
    return { state: badge.dataset.state, text: badge.textContent, line: line.hidden ? '' : line.textContent };
";

#[tokio::test]
async fn the_badge_counts_frames_of_every_kind() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut pipelines = vec![padded(folder.path())?];
    for (name, format) in [
        ("bgr", "BGR"),
        ("nv12", "NV12"),
        ("deep", "GRAY16_LE"),
        ("v210", "v210"),
        ("made", "I420"),
        ("tiled", "NV12_4L4"),
    ] {
        pipelines.push(format!(
            "videotestsrc is-live=true pattern=ball ! videoconvert ! video/x-raw,format={format},width=97,height=45,framerate=15/1 ! \
             appsink name={name}"
        ));
    }
    let arguments = ["--convert", "I420", "--on-eos", "loop"].into_iter().map(str::to_owned);
    let pipelines = pipelines.into_iter().flat_map(|text| ["-p".to_owned(), text]);
    let capture = Capture::start(arguments.chain(pipelines)).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("all streams", "return document.querySelectorAll('sink-view').length === 7").await?;
    let off = browser.run(BADGE).await?;
    assert_eq!((&off["state"], &off["line"]), (&json!("off"), &json!("")));
    browser.press(&["v"]).await?;
    let verified = "return [...document.querySelectorAll('sink-view')]
        .every(({ verification: { state, count } }) => state === 'verified' && count >= 5)";
    browser.until("five verified frames of each stream", verified).await?;
    let badge = browser
        .until("the badge", "const { state } = document.querySelector('[data-command=verify]').dataset; return state === 'verified'")
        .await;
    badge.with_context(|| "the badge is not verified")?;
    let text = browser.run(BADGE).await?;
    ensure!(text["text"].as_str().is_some_and(|text| text.starts_with("verified ✓")), "{text}");
    browser.press(&["v"]).await?;
    assert_eq!(browser.run(BADGE).await?["state"], "off");
    let counts =
        "return [...document.querySelectorAll('sink-view')].map(({ verification }) => verification.state)";
    browser.until("all views to stop", &format!("{counts}.every((state) => state === 'off')")).await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn a_frame_that_stands_still_is_verified_too() -> Result<()> {
    let one = "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=37,height=23 ! appsink name=k";
    let capture = Capture::start([one]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("ended").await?;
    browser.press(&["v"]).await?;
    let found = "const { state, count } = document.querySelector('sink-view').verification; return state === 'verified' && count";
    assert_eq!(browser.until("the one frame to be verified", found).await?, json!(1));
    browser.finish(&[]).await
}

#[tokio::test]
async fn frames_without_hashes_are_counted_as_not_verified() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let hushed = Hushed::start(capture.address()).await?;
    let browser = Browser::start().await?;
    // The page's own views, all of whose messages pass through the server that forgets.
    browser
        .before_pages(&format!(
            "const element = customElements.define.bind(customElements);
             customElements.define = (name, type) => {{
               Object.defineProperty(type.prototype, 'src', {{ get: () => '{}' }});
               element(name, type);
             }};",
            hushed.url()
        ))
        .await?;
    let site = Site::start(capture.address(), HashMap::new()).await?;
    browser.open(&format!("{}/", site.origin())).await?;
    browser.state("live").await?;
    browser.press(&["v"]).await?;
    let state = "return document.querySelector('[data-command=verify]').dataset.state === 'unverified'";
    browser.until("the badge to tell it", state).await?;
    let badge = browser.run(BADGE).await?;
    let line = badge["line"].as_str().unwrap_or_default();
    ensure!(line.starts_with("k: ") && line.contains("not verified: no hash came."), "{badge}");
    let found = browser.run("return document.querySelector('sink-view').verification").await?;
    assert_eq!((&found["count"], &found["mismatches"], &found["unread"]), (&json!(0), &json!(0), &json!(0)));
    ensure!(found["unannounced"].as_u64() >= Some(1), "{found}");
    browser.finish(&[]).await
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn one_flipped_bit_turns_the_badge_red() -> Result<()> {
    let capture = with_flip("7:1234", ["--policy", "every", "--on-eos", "hold", FILE]).await?;
    let browser = Browser::start().await?;
    let alone = format!("{}streams", capture.url());
    browser.open(&alone).await?;
    // The view asks before it subscribes: the flipped frame is among the first.
    browser
        .run(
            "
            globalThis.found = [];
            import('/sink-view.js').then(() => {
                const view = document.createElement('sink-view');
                view.setAttribute('verifying', '');
                view.addEventListener('verified', ({ detail }) => found.push(detail));
                document.body.replaceChildren(view);
            });
        ",
        )
        .await?;
    browser.until("the last frame", "return found.some(({ sequence }) => sequence === 29)").await?;
    let found = browser.run("return found").await?;
    let found = found.as_array().context("no list")?;
    let last = found.last().context("nothing found")?;
    assert_eq!(
        (&last["state"], &last["count"], &last["mismatches"]),
        (&json!("mismatch"), &json!(29), &json!(1))
    );
    let states: Vec<_> =
        found.iter().filter(|one| one["sequence"].is_u64()).map(|one| &one["state"]).collect();
    assert!(states[..7].iter().all(|state| *state == "verified"), "{states:?}");
    assert!(states[7..].iter().all(|state| *state == "mismatch"), "{states:?}");
    let wrong = &last["mismatch"];
    assert_eq!((&wrong["sequence"], &wrong["hash"]), (&json!(7), &json!("buffer")));
    let value = |key: &str| wrong[key].as_str().unwrap_or_default().to_owned();
    assert_ne!(value("server"), value("viewer"));
    assert!(value("server").parse::<Hash>().is_ok() && value("viewer").parse::<Hash>().is_ok(), "{wrong}");
    // The page under it is none of ours, and names no icon.
    browser.finish(&["favicon.ico"]).await
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn the_page_says_which_frame_with_both_values_until_it_is_put_away() -> Result<()> {
    // The one frame there is: it was flipped before anybody asked.
    let one = "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=37,height=23 ! appsink name=k";
    let capture = with_flip("0:100", [one]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("ended").await?;
    browser.press(&["v"]).await?;
    let red = "return document.querySelector('[data-command=verify]').dataset.state === 'mismatch'";
    browser.until("the badge to turn red", red).await?;
    let badge = browser.run(BADGE).await?;
    let detail = browser.run("return document.querySelector('sink-view').verification.mismatch").await?;
    let line = badge["line"].as_str().context("no line")?;
    for part in [
        "k: frame 0",
        detail["server"].as_str().context("no hash")?,
        detail["viewer"].as_str().context("no hash")?,
    ] {
        ensure!(line.contains(part), "{part} is not in {line}");
    }
    ensure!(badge["text"].as_str().is_some_and(|text| text.contains("mismatch ✗")), "{badge}");
    let spoken = browser.run("return document.querySelector('.bar [role=status]').textContent").await?;
    assert_eq!(spoken, "Frames: mismatch");
    // In full screen, too, where the rest of the bar is hidden.
    browser.press(&["f"]).await?;
    let full = "return Boolean(document.fullscreenElement)";
    browser.until("full screen", full).await?;
    let seen = "return ['.mismatch', '.mismatch button', '.tools', '#streams'].map((part) => document.querySelector(part).checkVisibility())";
    assert_eq!(browser.run(seen).await?, json!([true, true, false, false]));
    let apart = "
        const [line, view] = ['.bar', 'sink-view'].map((part) => document.querySelector(part).getBoundingClientRect());
        return line.height > 0 && view.height > 100 && line.bottom <= view.top;
    ";
    assert_eq!(browser.run(apart).await?, true, "the line covers the picture");
    browser.press(&["f"]).await?;
    browser.until("no full screen", "return !document.fullscreenElement").await?;
    // What the bytes are by another way is what the viewer found.
    let bytes: Value = browser.call("bytes", json!([])).await?;
    ensure!(bytes["sequence"] == 0, "{bytes}");
    browser.run("document.querySelector('.mismatch button:last-child').click()").await?;
    let badge = browser.run(BADGE).await?;
    assert_eq!((&badge["state"], &badge["line"]), (&json!("off"), &json!("")));
    browser.finish(&[]).await
}

fn text(output: &Output) -> (Option<i32>, String) {
    let all = [&output.stdout[..], b"\n--\n", &output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&all).into_owned())
}

/// Runs `capture --verify`; its code and what it printed.
async fn verifying(arguments: &[&str], flip: Option<&str>) -> Result<(Option<i32>, String)> {
    let mut command = command()?;
    command.args(arguments);
    if let Some(flip) = flip {
        command.env(FLIP, flip);
    }
    let output = e2e::within("capture's exit", command.output()).await??;
    Ok(text(&output))
}

#[tokio::test]
async fn the_command_line_verifies_all_streams() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let padded = padded(folder.path())?;
    let converted = "videotestsrc is-live=true ! video/x-raw,format=NV12,width=38,height=22 ! appsink name=n";
    let arguments = ["--verify", "12", "--convert", "NV12", "-p", LIVE, "-p", &padded, "-p", converted];
    let (code, said) = verifying(&arguments, None).await?;
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "k: verified 12 of 12 frames, ",
        "padded: verified 12 of 12 frames, 36096 bytes; ",
        "n: verified 12 of 12 frames, ",
    ] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn policy_every_verifies_each_frame_of_a_file_and_an_early_end_is_told() -> Result<()> {
    let (code, said) = verifying(&["--verify", "30", "--policy", "every", FILE], None).await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("k: verified 30 of 30 frames, 77280 bytes; 30 arrived, 0 dropped, 0 skipped\n"),
        "{said}"
    );
    for end in ["hold", "exit"] {
        let (code, said) =
            verifying(&["--verify", "31", "--policy", "every", "--on-eos", end, FILE], None).await?;
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("k: verified 30 of 31 frames") && said.contains("NOT VERIFIED: the stream ended"),
            "{said}"
        );
    }
    let (code, said) =
        verifying(&["--verify", "70", "--policy", "every", "--on-eos", "loop", FILE], None).await?;
    assert_eq!(code, Some(0), "{said}");
    Ok(())
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_flipped_bit_makes_the_command_line_fail() -> Result<()> {
    let arguments = ["--verify", "30", "--policy", "every", FILE];
    let (code, said) = verifying(&arguments, Some("21:0")).await?;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("k: verified 21 of 30 frames")
            && said.contains("frame 21 differs: hash of the buffer "),
        "{said}"
    );
    let (code, said) = verifying(&arguments, Some("30:0")).await?;
    assert_eq!(code, Some(0), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_pipeline_that_fails_is_not_verified_and_the_command_line_is_checked() -> Result<()> {
    let (code, said) = verifying(&["--verify", "3", "filesrc location=none ! appsink name=k"], None).await?;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("k: verified 0 of 3 frames") && said.contains("NOT VERIFIED"), "{said}");
    let (code, said) = text(&run(["--verify", "0", LIVE]).await?);
    assert_eq!(code, Some(2), "{said}");
    Ok(())
}

/// A stream that has begun, has not ended, and gives nothing.
const SILENT: &str =
    "videotestsrc is-live=true ! video/x-raw,width=37,height=23 ! valve drop=true ! appsink name=k";

#[tokio::test]
async fn a_stream_that_gives_nothing_is_waited_for_no_longer_than_said() -> Result<()> {
    let capture = Capture::start([SILENT]).await?;
    let options = verify::Options {
        address: capture.address(),
        token: None,
        tls: None,
        frames: 3,
        is_loop: false,
        patience: Duration::from_millis(1_500),
    };
    let (streams, counted) = (["k".to_owned()], Arc::default());
    let reports = e2e::within("the reports", verify::run(&options, &streams, &counted)).await?;
    let [report] = &reports[..] else { anyhow::bail!("{reports:?}") };
    // The account, which comes each second, is no frame.
    ensure!(matches!(report.fault, Some(Fault::Stalled { last: None, .. })), "{report}");
    ensure!(!report.is_verified(), "{report}");
    Ok(())
}

#[tokio::test]
async fn the_command_line_ends_when_no_frame_comes() -> Result<()> {
    let (code, said) = text(&run(["--verify", "3", SILENT]).await?);
    assert_eq!(code, Some(1), "{said}");
    let words = "k: verified 0 of 3 frames, 0 bytes; 0 arrived, 0 dropped, 0 skipped; NOT VERIFIED: \
                 no frame came for 20 s from the beginning, and the stream has not ended";
    assert!(said.contains(words), "{said}");
    Ok(())
}
