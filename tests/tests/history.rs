//! Frozen views: frames of the past are the very ones that were sent, their gaps are those of the ledger, and capture
//! and other viewers go on meanwhile.

use anyhow::{Context, Result, ensure};
use e2e::frames::{digest, noise, same_bytes};
use e2e::hands::keys;
use e2e::{Browser, Capture, Client, http, until};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use wire::ClientMessage;
use wire::FrameHeader;
use wire::history::LeasedFrame;

/// 1080p in BGR.
const LEN: usize = 1920 * 1080 * 3;
/// Frames that follow one another again and again: a number that has no common factor with anything near.
const FILES: u64 = 11;
/// The first view, as a script has it.
const VIEW: &str = "const view = document.querySelector('sink-view');";

/// A frame that a frozen view showed.
#[derive(Debug, Deserialize)]
struct Shown {
    sequence: u64,
    data: String,
    held: bool,
}

/// An entry of the element's `history()`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    sequence: u64,
    missing: u64,
    dropped: Option<u64>,
    not_kept: Option<u64>,
}

/// A count of the history of all streams.
async fn total(capture: &Capture, name: &str) -> Result<u64> {
    let list: Value = serde_json::from_slice(&http::get(capture.address(), "/streams").await?.body)?;
    list["history"][name].as_u64().with_context(|| format!("no {name} in {}", list["history"]))
}

/// What was read at frames that are held: how many were dropped up to each.
fn known_of(dropped_up_to: &BTreeMap<u64, u64>, held: &[Held]) -> Vec<(u64, u64)> {
    let is_held = |at: &u64| held.iter().any(|entry| entry.sequence == *at);
    dropped_up_to.iter().filter(|(at, _)| is_held(at)).map(|(at, dropped)| (*at, *dropped)).collect()
}

/// What an error says; there must be one.
fn refused<T: std::fmt::Debug>(result: Result<T>) -> Result<String> {
    match result {
        Ok(value) => anyhow::bail!("no error, but {value:?}"),
        Err(error) => Ok(error.to_string()),
    }
}

/// Steps back and reads what is on the canvas then, and lists what is held.
const STEPS: &str = "
    e2e.stepBack = async (count) => {
        const view = await e2e.view();
        const shown = [];
        let held;
        view.addEventListener('frame', ({ detail }) => (held = detail.held));
        for (let n = 0; n < count; n++) {
            const stepped = await view.step(-1);
            const { sequence, data } = await view.readFrame();
            if (sequence !== stepped) throw new Error(`stepped to ${stepped}, and ${sequence} is on the canvas`);
            const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
            shown.push({ sequence, held, data: [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('') });
        }
        return shown;
    };
    e2e.held = async () => (await e2e.view()).history().map(({ ptsNanos, ...entry }) => entry);
";

#[tokio::test]
async fn fifty_steps_back_at_1080p60_are_the_frames_that_passed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut originals = Vec::new();
    for seed in 0..FILES {
        let bytes = noise(seed + 1, LEN);
        fs::write(folder.path().join(format!("{seed:02}.raw")), &bytes)?;
        originals.push(digest(&bytes));
    }
    let pipeline = format!(
        "multifilesrc location={}/%02d.raw start-index=0 stop-index={} loop=true \
         caps=\"video/x-raw,format=BGR,width=1920,height=1080,framerate=60/1\" ! identity sleep-time=16000 \
         ! appsink name=left",
        folder.path().display(),
        FILES - 1
    );
    let capture = Capture::start(["--history", "512MiB", &pipeline]).await?;
    let mut other = Client::subscribed(capture.address(), "left").await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(STEPS).await?;
    browser.state("live").await?;

    // The account of the server as it grows: how many were dropped up to a frame.
    let mut dropped_up_to = BTreeMap::new();
    let account = async |dropped_up_to: &mut BTreeMap<u64, u64>| {
        let stream = capture.stream("left").await?;
        // Counts and newest frame are read one after the other: those of the same moment fit together.
        if let (Some(sequence), Some(dropped)) = (stream["sequence"].as_u64(), stream["dropped"].as_u64())
            && stream["arrived"] == sequence + 1
        {
            dropped_up_to.insert(sequence, dropped);
        }
        anyhow::Ok(stream["history"]["frames"].as_u64() >= Some(80))
    };
    until("a full history", async || Ok(account(&mut dropped_up_to).await?.then_some(()))).await?;
    // Frozen until it was read twice, at least, at frames that are held then.
    let (held, known) = until("an account of held frames", async || {
        for _ in 0..5 {
            account(&mut dropped_up_to).await?;
        }
        browser.act(keys(&[" "])).await?;
        browser.until("the list", &format!("{VIEW} return view.history().length > 50")).await?;
        let held: Vec<Held> = browser.call("held", json!([])).await?;
        let known = known_of(&dropped_up_to, &held);
        if known.len() > 1 {
            return Ok(Some((held, known)));
        }
        browser.act(keys(&[" "])).await?;
        browser.state("live").await?;
        Ok(None)
    })
    .await?;
    let (shown, passed) = tokio::join!(browser.call::<Vec<Shown>>("stepBack", json!([50])), async {
        let mut passed = Vec::new();
        while passed.len() < 20 {
            let frame = other.frame().await?;
            other.drawn(&frame).await?;
            passed.push(frame);
        }
        anyhow::Ok(passed)
    });
    let (mut shown, passed) = (shown?, passed?);

    // Bytes: the source's frames are numbered as they arrive, so the number tells the file.
    shown.reverse();
    ensure!(shown.len() == 50 && shown.iter().all(|frame| frame.held));
    for frame in &shown {
        let file = usize::try_from(frame.sequence % FILES)?;
        ensure!(frame.data == originals[file], "frame {} is not file {file}", frame.sequence);
    }
    let path = format!("/streams/left/frame.raw?sequence={}", shown[0].sequence);
    let raw = http::get(capture.address(), &path).await?;
    ensure!(raw.status == 200 && digest(&raw.body) == shown[0].data, "{}: {}", path, raw.status);

    // Numbers: they rise, and what is missing between two is what the list says, of which no cause is left open.
    let listed: HashMap<u64, &Held> = held.iter().map(|entry| (entry.sequence, entry)).collect();
    for pair in shown.windows(2) {
        let gap = pair[1].sequence.checked_sub(pair[0].sequence + 1).context("numbers that do not rise")?;
        let entry = listed.get(&pair[1].sequence).context("a frame that was not listed")?;
        ensure!(entry.missing == gap && entry.dropped.zip(entry.not_kept).map(|(a, b)| a + b) == Some(gap));
        ensure!(entry.not_kept == Some(0), "the history had room: {entry:?}");
    }
    // The same by the server's own account, wherever that was read at a frame that is listed.
    for pair in known.windows(2) {
        let between = held.iter().filter(|entry| entry.sequence > pair[0].0 && entry.sequence <= pair[1].0);
        let dropped: u64 = between.filter_map(|entry| entry.dropped).sum();
        ensure!(dropped == pair[1].1 - pair[0].1, "{dropped} listed, and by the account {pair:?}");
    }

    // Others went on.
    let newest = held.last().context("nothing is held")?.sequence;
    ensure!(passed.last().context("no frames")?.header.sequence > newest, "the other viewer stood still");
    for frame in passed.iter().take(3) {
        let file = usize::try_from(frame.header.sequence % FILES)?;
        ensure!(digest(&frame.payload) == originals[file]);
    }

    // And so does this one, with the newest.
    browser.act(keys(&[" "])).await?;
    browser.state("live").await?;
    let live = format!("{VIEW} return view.statistics && view.history().length === 0");
    browser.until("that nothing is held any more", &live).await?;
    let newer = format!("{VIEW} return view.readFrame().then(({{ sequence }}) => sequence > {newest})");
    browser.until("a newer frame", &newer).await?;
    browser.finish(&[]).await
}

/// Every frame that was published is held, of which some were dropped and others never came.
#[tokio::test]
async fn the_gaps_are_those_of_the_ledger() -> Result<()> {
    let capture = Capture::start([
        "--policy",
        "every",
        "--history",
        "64MiB",
        "videotestsrc num-buffers=400 pattern=snow ! identity drop-probability=0.2 ! \
         video/x-raw,format=GRAY8,width=64,height=48,framerate=60/1 ! \
         appsink name=left sync=false max-buffers=2 drop=true",
    ])
    .await?;
    let mut client = Client::subscribed(capture.address(), "left").await?;
    let mut live = Vec::new();
    while let Some(frame) = client.frame_or_end().await? {
        client.drawn(&frame).await?;
        live.push(frame);
    }
    let ended = client.ledger_when("left", |ledger| ledger.drawn == live.len() as u64).await?;
    let leased = client.lease("left").await?;
    let sum = |count: fn(&LeasedFrame) -> u64| leased.iter().map(count).sum::<u64>();
    ensure!(ended.balances() && ended.arrived > ended.sent, "a test without drops: {ended:?}");
    ensure!(ended.source_gap > 0, "a test without gaps: {ended:?}");
    ensure!(leased.len() as u64 == ended.sent, "{} held, {ended:?}", leased.len());
    ensure!(sum(|frame| frame.dropped) == ended.dropped, "{leased:?} {ended:?}");
    ensure!(sum(|frame| frame.source_gap) == ended.source_gap, "{leased:?} {ended:?}");
    ensure!(sum(|frame| frame.not_kept) == 0, "{leased:?}");
    // One by one: the source counts its frames, and each says which one it is.
    for ((before, frame), entry) in live.iter().zip(&live[1..]).zip(&leased[1..]) {
        ensure!(entry.sequence == frame.header.sequence);
        ensure!(entry.sequence == before.header.sequence + 1 + entry.dropped, "{entry:?}");
        let offsets = frame.header.offset.zip(before.header.offset).context("videotestsrc counts")?;
        ensure!(offsets.0 - offsets.1 == 1 + entry.dropped + entry.source_gap, "{offsets:?} {entry:?}");
    }
    let before = total(&capture, "bytes").await?;
    for frame in &live {
        let fetched = client.fetch("left", frame.header.sequence).await?;
        ensure!(unsent(fetched.header) == unsent(frame.header));
        same_bytes(&frame.payload, &fetched.payload)?;
    }
    ensure!(client.ledger("left").await? == ended, "what was fetched counts nowhere");
    ensure!(total(&capture, "bytes").await? == before);
    Ok(())
}

/// A header without what is of the sending: it is sent anew.
fn unsent(header: FrameHeader) -> FrameHeader {
    FrameHeader { sent_nanos: None, work_nanos: None, ..header }
}

#[tokio::test]
async fn a_lease_is_within_the_bound_and_ends() -> Result<()> {
    const FRAME: u64 = 64 * 48 + 1024;
    let bound = format!("{}", 20 * FRAME);
    let capture = Capture::start([
        "--history",
        &bound,
        "videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=64,height=48,framerate=60/1 ! appsink name=left",
    ])
    .await?;
    let full = async || Ok((total(&capture, "frames").await? == 20).then_some(()));
    until("a full history", full).await?;
    let mut one = Client::subscribed(capture.address(), "left").await?;
    let mut two = Client::subscribed(capture.address(), "left").await?;
    ensure!(refused(one.fetch("left", 1).await)?.starts_with("frame_gone"), "nothing is leased yet");
    ensure!(refused(one.lease("right").await)?.starts_with("not_subscribed"));

    let held = one.lease("left").await?;
    ensure!(held.len() == 20, "{held:?}");
    let also = two.lease("left").await?;
    ensure!(also == held, "there was no room for newer ones: {also:?}");
    // Leases hold all there is: what comes is refused, and passes nevertheless.
    let refused_before = total(&capture, "refused").await?;
    until("frames that are refused", async || {
        let frame = two.frame().await?;
        two.drawn(&frame).await?;
        Ok((total(&capture, "refused").await? > refused_before + 10).then_some(()))
    })
    .await?;
    ensure!(total(&capture, "bytes").await? <= 20 * FRAME);
    let newest = held[held.len() - 1].sequence;
    ensure!(one.fetch("left", held[0].sequence).await?.header.sequence == held[0].sequence);
    ensure!(refused(one.fetch("left", newest + 1).await)?.starts_with("frame_gone"));
    let live = one.frame().await?;
    ensure!(!live.fetched && live.header.sequence > newest, "live frames go on");

    one.say(&ClientMessage::Release { stream: "left".into() }).await?;
    ensure!(refused(one.fetch("left", newest).await)?.starts_with("frame_gone"));
    ensure!(two.fetch("left", newest).await?.header.sequence == newest, "the other lease goes on");
    ensure!(total(&capture, "frames").await? == 20);
    drop(two);
    until("the end of the lease of a socket that is gone", async || {
        let stream = capture.stream("left").await?;
        Ok((stream["history"]["first"].as_u64() > Some(newest)).then_some(()))
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn without_a_history_there_is_nothing_to_lease() -> Result<()> {
    let capture = Capture::start([
        "videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=64,height=48,framerate=60/1 ! appsink name=left",
    ])
    .await?;
    let mut client = Client::subscribed(capture.address(), "left").await?;
    let said = refused(client.lease("left").await)?;
    ensure!(said.starts_with("no_history") && said.contains("--history"), "{said}");
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    browser.act(keys(&[","])).await?;
    browser.state("paused").await?;
    let words = "const line = document.querySelector('.timeline'); return !line.hidden && line.querySelector('.words').textContent";
    let said = browser.until("words", words).await?;
    ensure!(said.as_str().is_some_and(|said| said.contains("--history")), "{said}");
    let held = browser.run(&format!("{VIEW} return view.history().length")).await?;
    ensure!(held == 1, "the frame it is frozen at: {held}");
    browser.act(keys(&[" "])).await?;
    browser.until("no time line", "return document.querySelector('.timeline').hidden").await?;
    browser.state("live").await?;
    browser.finish(&[]).await
}

/// Frames come back with the layout of their time, and with the picture that the server makes of them.
#[tokio::test]
async fn layouts_and_pictures_are_those_of_their_time() -> Result<()> {
    let capture = Capture::start([
        "--policy",
        "every",
        "--history",
        "1MiB",
        "--convert",
        "I420",
        "concat name=all ! appsink name=left \
         videotestsrc num-buffers=20 pattern=ball ! video/x-raw,format=I420,width=64,height=48,framerate=60/1 ! all. \
         videotestsrc num-buffers=20 pattern=ball ! video/x-raw,format=RGB,width=36,height=24,framerate=60/1 ! all.",
    ])
    .await?;
    let mut client = Client::subscribed(capture.address(), "left").await?;
    let mut live = Vec::new();
    while let Some(frame) = client.frame_or_end().await? {
        client.drawn(&frame).await?;
        live.push(frame);
    }
    let leased = client.lease("left").await?;
    ensure!(leased.len() == live.len() && live.len() == 40, "{} and {}", leased.len(), live.len());
    let before = total(&capture, "bytes").await?;
    // Back and forth, so that the layout changes with each.
    for frame in (0..20).flat_map(|n| [&live[n], &live[39 - n]]) {
        let fetched = client.fetch("left", frame.header.sequence).await?;
        ensure!(unsent(fetched.header) == unsent(frame.header));
        same_bytes(&frame.payload, &fetched.payload)?;
        let converted = client.layouts[&fetched.header.layout_id].converted.as_ref();
        ensure!(converted.is_some() == (frame.header.sequence < 20));
    }
    ensure!(total(&capture, "bytes").await? == before, "pictures stay with nobody");
    drop(client);

    let browser = Browser::showing(&capture).await?;
    browser
        .until("the newest frame", &format!("{VIEW} return view.layout?.format === 'RGB' && view.zoom > 0"))
        .await?;
    browser.act(keys(&[" "])).await?;
    browser.until("the list", &format!("{VIEW} return view.history().length === 40")).await?;
    let track = "const track = document.querySelector('.timeline .track');";
    browser.run(&format!("{track} track.focus()")).await?;
    // Home, and a page up: the tenth frame, by keyboard alone.
    browser.act(keys(&["\u{e011}", "\u{e00e}"])).await?;
    let there = format!("{track} return track.ariaValueNow === '10' && track.ariaValueText");
    let said = browser.until("the tenth frame", &there).await?;
    ensure!(
        said.as_str().is_some_and(|said| said.contains("frame 10") && said.contains("29 back")),
        "{said}"
    );
    let look = format!("{VIEW} return view.layout.format + view.layout.width + ' ' + view.canvas.width");
    ensure!(browser.run(&look).await? == "I42064 64");
    let words = browser.run("return document.querySelector('.status .state').textContent").await?;
    ensure!(words == "paused, frame 10, 29 back", "{words}");

    // It can be read, probed, measured and shown otherwise.
    browser
        .run(
            "e2e.inspect = async () => {
                const view = await e2e.view();
                const told = new Promise((resolve) => view.addEventListener('picture', resolve, { once: true }));
                view.gamma = 2;
                await told;
                const { sequence, caps } = await view.readFrame();
                const { components } = await view.probe(3, 4);
                const { sequence: measured } = await view.measure();
                return { sequence, caps, measured, names: components.map(({ name }) => name).join('') };
            };",
        )
        .await?;
    let inspected: Value = browser.call("inspect", json!([])).await?;
    ensure!(inspected["sequence"] == 10 && inspected["measured"] == 10, "{inspected}");
    ensure!(inspected["caps"].as_str().is_some_and(|caps| caps.contains("I420")), "{inspected}");

    // By pointer: the right end is the newest; a drag to the left end the oldest.
    let ends = async || -> Result<[i32; 3]> {
        let ends = "const { left, right, top, height } = track.getBoundingClientRect(); \
                    return [left + 1, right - 1, top + height / 2].map(Math.round)";
        Ok(serde_json::from_value(browser.run(&format!("{track} {ends}")).await?)?)
    };
    let to = |x: i32, y: i32| json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y });
    let down = json!({ "type": "pointerDown", "button": 0 });
    let up = json!({ "type": "pointerUp", "button": 0 });
    let mouse = |actions: &[&Value]| json!([{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions }]);
    let [_, right, y] = ends().await?;
    browser.act(mouse(&[&to(right, y), &down, &up])).await?;
    browser.until("the newest", &format!("{track} return track.ariaValueNow === '39'")).await?;
    // The status line has another format to say, which is shorter: the line begins elsewhere.
    let [left, right, y] = ends().await?;
    browser
        .act(mouse(&[&to(right, y), &down, &to(i32::midpoint(left, right), y), &to(left, y), &up]))
        .await?;
    browser.until("the oldest", &format!("{track} return track.ariaValueNow === '0'")).await?;

    // Nothing newer comes: going on shows the newest there is.
    browser.act(keys(&[" "])).await?;
    browser
        .until(
            "the newest",
            &format!("{VIEW} return view.layout.format === 'RGB' && view.held.frames.length === 0"),
        )
        .await?;
    browser.finish(&[]).await
}
