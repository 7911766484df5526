//! What the page saves, copies, links and records is the frame: others read it again.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::files::{HEIGHT, WIDTH, python, run, source};
use e2e::hands::keys;
use e2e::{Browser, Capture, frames, http, until, within};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use tokio::process::Command;

/// Formats of all families: packed, planar, gray, deep, with alpha, subsampled, in words, in tiles, a mosaic, a palette.
const FORMATS: [&str; 18] = [
    "BGR",
    "ARGB",
    "xBGR",
    "GRAY8",
    "GRAY16_LE",
    "GRAY16_BE",
    "GBR_10LE",
    "Y444_12BE",
    "AYUV",
    "ARGB64_BE",
    "rggb",
    "I420",
    "NV12",
    "P010_10LE",
    "YUY2",
    "v210",
    "RGB16",
    "NV12_4L4",
];
const KINDS: [&str; 7] = ["png", "png16", "npy", "npz", "raw", "json", "zip"];

/// Every file there is of a stream's frame, and what the canvas shows.
const SAVE: &str = "
    const base64 = (bytes) => {
        let text = '';
        for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
        return btoa(text);
    };
    const kept = async ({ name, blob }) => ({ name, data: base64(new Uint8Array(await blob.arrayBuffer())) });
    e2e.save = async (name, kinds) => {
        location.hash = `#${name}`;
        const view = await e2e.view(name);
        const frame = () => view.readFrame().catch(() => new Promise((resolve) => setTimeout(resolve, 20)).then(frame));
        await frame();
        const files = {};
        for (const kind of kinds) files[kind] = await view.save(kind).then(kept, (error) => ({ error: `${error.name}: ${error.message}` }));
        const { canvas } = view;
        const own = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        own.drawImage(canvas, 0, 0);
        files.rgba = { data: base64(own.getImageData(0, 0, canvas.width, canvas.height).data) };
        return files;
    };
    e2e.record = async (name, frames, options) => {
        const view = await e2e.view(name);
        while (!view.statistics) await new Promise((resolve) => setTimeout(resolve, 20));
        const { gaps, frames: count, ...file } = await view.record(frames, options);
        return { ...await kept(file), gaps, frames: count };
    };
";

#[derive(serde::Deserialize)]
struct Saved {
    name: Option<String>,
    data: Option<String>,
    error: Option<String>,
}

/// A press of the mouse on the middle of what a selector finds.
async fn click(browser: &Browser, selector: &str) -> Result<()> {
    let script = format!(
        "const element = document.querySelector({selector:?}); if (!element) return null; element.scrollIntoView({{ block: 'center' }}); \
         const {{ x, y, width, height }} = element.getBoundingClientRect(); return [Math.round(x + width / 2), Math.round(y + height / 2)]"
    );
    let place: Option<(i32, i32)> = serde_json::from_value(browser.run(&script).await?)?;
    let (x, y) = place.with_context(|| format!("there is no {selector}"))?;
    let press = json!([{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [
        { "type": "pointerMove", "duration": 0, "x": x, "y": y },
        { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 },
    ] }]);
    browser.act(press).await
}

/// Runs the command that is said to show a raw file, and returns the bytes of the frames it shows, as `format`.
async fn shown(folder: &Path, command: &str, end: &str, format: &str) -> Result<Vec<u8>> {
    let shown = command.strip_suffix(end).with_context(|| format!("another end: {command}"))?;
    let shown = format!("{shown} video/x-raw,format={format} ! filesink location=shown");
    within("the command", run(Command::new("sh").current_dir(folder).args(["-c", &shown]))).await??;
    Ok(fs::read(folder.join("shown"))?)
}

#[tokio::test]
async fn what_the_page_saves_is_the_frame() -> Result<()> {
    gst::init()?;
    let originals = tempfile::tempdir()?;
    let saved = tempfile::tempdir()?;
    let (mut arguments, mut bytes) = (vec!["--on-eos".to_owned(), "hold".to_owned()], HashMap::new());
    for (seed, format) in (1..).zip(FORMATS) {
        let (original, text) = source(originals.path(), seed, format, format, "")?;
        arguments.extend(["-p".to_owned(), text]);
        bytes.insert(format, original);
    }
    let capture = Capture::start(&arguments).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(SAVE).await?;
    for format in FORMATS {
        let files: HashMap<String, Saved> = browser.call("save", json!([format, KINDS])).await?;
        for (kind, file) in &files {
            match (&file.data, &file.error) {
                (Some(data), _) => {
                    fs::write(saved.path().join(format!("{format}.{kind}")), BASE64_STANDARD.decode(data)?)?;
                }
                (None, Some(error)) => {
                    ensure!(["npy", "png16"].contains(&kind.as_str()), "{format} has no {kind}: {error}");
                    ensure!(
                        error.starts_with("NotSupportedError") && error.contains(format),
                        "{format}: {error}"
                    );
                }
                (None, None) => anyhow::bail!("{format}: {kind} is nothing"),
            }
        }
        // Where the server has such a file, it is the very same, by the same name.
        for kind in ["npy", "npz", "raw"] {
            let answer = http::get(capture.address(), &format!("/streams/{format}/frame.{kind}")).await?;
            let here = saved.path().join(format!("{format}.{kind}"));
            ensure!((answer.status == 200) == here.exists(), "{format}: {kind} is there and is not");
            if answer.status == 200 {
                frames::same_bytes(&answer.body, &fs::read(here)?)
                    .with_context(|| format!("{format}.{kind}"))?;
                let name = files[kind].name.as_deref().context("no name")?;
                let told = answer.header("content-disposition").context("no name of the server's")?;
                ensure!(told.contains(&format!("filename=\"{name}\"")), "{told} is not {name}");
            }
        }
        // The command shows the bytes again.
        let told: Value = serde_json::from_slice(&fs::read(saved.path().join(format!("{format}.json")))?)?;
        let Some(command) = told["command"].as_str() else {
            ensure!(format == "rggb", "{format} has no command: {told}");
            continue;
        };
        let folder = tempfile::tempdir()?;
        let file = told["files"]["raw"].as_str().context("no name")?;
        fs::copy(saved.path().join(format!("{format}.raw")), folder.path().join(file))?;
        let caps = told["layout"]["caps"].as_str().context("no caps")?;
        let expected = e2e::judge::Judge::new(caps, None)?.rgba(&bytes[format])?;
        let actual = shown(folder.path(), command, "imagefreeze ! autovideosink", "RGBA").await?;
        frames::same_pixels(&expected, &actual, WIDTH).with_context(|| format!("{format}: {command}"))?;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/kept.py");
    let mut reader = Command::new(python(env!("CARGO_TARGET_TMPDIR")).await?);
    reader.arg("-B").arg(script).arg(originals.path()).arg(saved.path()).args(FORMATS);
    let printed = within("the reader", run(&mut reader)).await??;
    assert_eq!(printed.lines().collect::<Vec<_>>(), FORMATS);
    browser.finish(&[]).await
}

/// A stream of a moving picture in BGR, whose rows are padded, at a pace that a person sees.
const MOVING: &str = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=BGR,width=37,height=23,framerate=20/1 ! appsink name=ball";

#[tokio::test]
async fn keys_and_mouse_save_copy_and_record() -> Result<()> {
    let capture = Capture::start([MOVING]).await?;
    let browser = Browser::showing(&capture).await?;
    let folder = tempfile::tempdir()?;
    browser.download_to(folder.path()).await?;
    browser.run(SAVE).await?;
    browser.state("live").await?;
    // Space freezes, s opens the section; a press saves the frame that is seen.
    browser.act(keys(&[" ", "s"])).await?;
    browser
        .until("the files", "return !document.querySelector('[aria-label=\"Save .npy\"]').disabled")
        .await?;
    browser.state("paused").await?;
    click(&browser, "[aria-label=\"Save .npy\"]").await?;
    let frame = browser
        .run_async(
            "const done = arguments[0]; document.querySelector('sink-view').readFrame()\
             .then(({ sequence, ptsNanos, data }) => done([sequence, `${ptsNanos}`, btoa(String.fromCharCode(...data))]))",
            Vec::new(),
        )
        .await?;
    let (sequence, pts, data): (u64, String, String) = serde_json::from_value(frame)?;
    let file = folder.path().join(format!("ball_{sequence}_pts{pts}.npy"));
    until("the download", async || Ok(file.exists().then_some(()))).await?;
    let raw = BASE64_STANDARD.decode(data)?;
    let saved = fs::read(&file)?;
    let rows: Vec<u8> = raw.chunks_exact(112).flat_map(|row| &row[..WIDTH * 3]).copied().collect();
    frames::same_bytes(&rows, &saved[saved.len() - rows.len()..])?;
    ensure!(String::from_utf8_lossy(&saved[..80]).contains("'shape': (23, 37, 3)"));
    let said = browser.until("what was done", "return document.querySelector('.saying').textContent").await?;
    ensure!(said.as_str().is_some_and(|said| said.contains("saved ball_")), "{said}");
    // The address for scripts is that of this frame.
    let url = browser
        .until("the address", "return document.querySelector('.saving .copied .verbatim').textContent")
        .await?;
    ensure!(
        url.as_str()
            .is_some_and(|url| url.ends_with(&format!("/streams/ball/frame.npy?sequence={sequence}"))),
        "{url}"
    );

    // A crosshair, and its value in the clipboard, as it is where the browser hides the clipboard from pages.
    browser.run("Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.activeElement.blur()").await?;
    browser.act(keys(&["p"])).await?;
    browser.until("the crosshair", "return document.querySelector('.pixel .place').textContent").await?;
    browser.act(keys(&["y"])).await?;
    browser
        .until("the copy", "return document.querySelector('.saying').textContent.startsWith('copied: x ')")
        .await?;
    let paste = "const area = document.body.appendChild(document.createElement('textarea')); area.id = 'pasted'; area.focus()";
    browser.run(paste).await?;
    let control = "\u{e009}";
    browser
        .act(json!([{ "type": "key", "id": "keys", "actions": [
            { "type": "keyDown", "value": control }, { "type": "keyDown", "value": "v" },
            { "type": "keyUp", "value": "v" }, { "type": "keyUp", "value": control },
        ] }]))
        .await?;
    let pasted = browser.until("the value", "return document.getElementById('pasted').value").await?;
    let (x, y) = (WIDTH / 2, HEIGHT / 2);
    let at = y * 112 + x * 3;
    let expected = format!("x {x} y {y}  B {} G {} R {}  seq {sequence}", raw[at], raw[at + 1], raw[at + 2]);
    ensure!(pasted == expected, "{pasted}, not {expected}");
    // Where nothing may be copied at all, the text is shown, selected.
    browser.run("document.getElementById('pasted').remove(); document.execCommand = () => false").await?;
    browser.act(keys(&["u"])).await?;
    let link = browser
        .until("the link", "const area = document.querySelector('dialog.to-copy[open] textarea'); return area && getSelection() && area.value.slice(area.selectionStart, area.selectionEnd)")
        .await?;
    ensure!(
        link.as_str().is_some_and(|link| link.contains(&format!("#ball?probe={x},{y}&panel=open"))),
        "{link}"
    );
    browser.act(keys(&["\u{e00c}"])).await?;
    browser.until("its end", "return !document.querySelector('dialog.to-copy')").await?;

    // Ten frames are recorded, by hand, once they come again.
    browser.act(keys(&[" "])).await?;
    browser.state("live").await?;
    browser.run("document.querySelector('[aria-label=\"Frames to record\"]').value = 10").await?;
    click(&browser, ".recorder button").await?;
    let recording = until("the recording", async || {
        let names = fs::read_dir(folder.path())?.flatten().map(|entry| entry.path());
        Ok(names.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "zip")))
    })
    .await?;
    let read = "
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as file:
    assert file.testzip() is None
    told = json.loads(file.read(next(name for name in file.namelist() if name.endswith('.json'))))
    raw = file.read(told['file'])
sequences = [frame['sequence'] for frame in told['frames']]
gaps = [(a, b) for a, b in zip(sequences, sequences[1:]) if b != a + 1]
assert [(gap['after'], gap['before']) for gap in told['missing']] == gaps, (gaps, told['missing'])
assert len(sequences) == 10 and len(raw) == 10 * 112 * 23, (sequences, len(raw))
assert len({raw[at:at + 112 * 23] for at in range(0, len(raw), 112 * 23)}) > 1
print(told['stream'])
";
    let mut reader = Command::new("python3");
    let printed = within("the reader", run(reader.args(["-c", read]).arg(recording))).await??;
    assert_eq!(printed.trim(), "ball");
    browser.finish(&[]).await
}

#[tokio::test]
async fn a_view_records_y4m_and_says_where_it_cannot() -> Result<()> {
    let capture = Capture::start([
        "--history",
        "64MiB",
        "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=40,height=24,framerate=20/1 ! appsink name=ball \
         videotestsrc is-live=true ! video/x-raw,format=v210,width=48,height=8 ! appsink name=words",
    ])
    .await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(SAVE).await?;
    browser.state("live").await?;
    let recorded: Value = browser.call("record", json!(["ball", 8, { "as": "y4m" }])).await?;
    let folder = tempfile::tempdir()?;
    fs::write(
        folder.path().join("ball.y4m"),
        BASE64_STANDARD.decode(recorded["data"].as_str().context("no data")?)?,
    )?;
    // The name says which frame is the first, and the gaps which follow.
    let name = recorded["name"].as_str().context("no name")?;
    let first =
        name.strip_prefix("ball_from_").and_then(|rest| rest.split('_').next()).context("no number")?;
    let (mut sequence, mut left): (u64, _) = (first.parse()?, 8);
    let mut expected = Vec::new();
    while left > 0 {
        let missing = recorded["gaps"].as_array().context("no gaps")?.iter().any(|gap| {
            let end = |name: &str| gap[name].as_u64().unwrap_or_default();
            (end("after") + 1..end("before")).contains(&sequence)
        });
        if !missing {
            let path = format!("/streams/ball/frame.raw?sequence={sequence}");
            expected.extend(http::get(capture.address(), &path).await?.body);
            left -= 1;
        }
        sequence += 1;
    }
    let line = "gst-launch-1.0 -q filesrc location=ball.y4m ! y4mdec ! video/x-raw,format=I420 ! filesink location=decoded";
    within("y4mdec", run(Command::new("sh").current_dir(folder.path()).args(["-c", line]))).await??;
    frames::same_bytes(&expected, &fs::read(folder.path().join("decoded"))?)?;

    let refused: Result<Value> = browser.call("record", json!(["words", 2, { "as": "y4m" }])).await;
    let said = refused.err().context("v210 as y4m")?.to_string();
    ensure!(said.contains("NotSupportedError: v210 has no place in y4m"), "{said}");
    // What does not fit is not kept, and one recording goes on at a time.
    let bounded: Value = browser.call("record", json!(["words", 9, { "bytes": 3000 }])).await?;
    ensure!(bounded["frames"] == 2, "48x8 of v210 are 1024 bytes, with their header: {bounded}");
    browser.finish(&[]).await
}

/// The page's address, once it has stayed the same for a moment and has something to say.
const ADDRESS: &str = "
    const now = location.hash;
    const [before, since] = e2e.address ?? [];
    if (now !== before) e2e.address = [now, performance.now()];
    return now.includes('?') && now === before && performance.now() - since > 1000 && location.href;
";
/// All that a link restores.
const RESTORED: &str = "
    const view = document.querySelector('sink-view[stream=\"two\"]');
    return { zoom: view.zoom, fitted: view.fitted, middle: view.middle, point: view.point, marks: view.marks.map(({ x, y }) => ({ x, y })),
      map: view.map, levels: view.levels, gamma: view.gamma, zero: view.zero, panel: !document.getElementById('panel').hidden,
      staged: document.querySelector('.tile.staged').getAttribute('aria-label') };
";

#[tokio::test]
async fn a_link_restores_what_is_seen() -> Result<()> {
    let capture = Capture::start([
        "videotestsrc is-live=true ! video/x-raw,format=BGR,width=64,height=48 ! appsink name=one \
         videotestsrc is-live=true ! video/x-raw,format=GRAY16_LE,width=320,height=240 ! appsink name=two",
    ])
    .await?;
    let browser = Browser::showing(&capture).await?;
    browser.run("location.hash = '#two'").await?;
    browser
        .until(
            "the stage",
            "const view = document.querySelector('.staged sink-view'); return view && view.zoom",
        )
        .await?;
    ensure!(browser.run("return location.hash").await? == "#two", "nothing to say of it yet");
    // By hand: zoom, a pin, a crosshair some pixels on, a display range; the map by script.
    let right = "\u{e014}";
    browser.act(keys(&["1", "+", "+", "p"])).await?;
    browser.until("the crosshair", "return document.querySelector('.staged sink-view').point").await?;
    browser.until("its value", "return document.querySelector('.pixel .place').textContent").await?;
    browser.act(keys(&["p", right, right, "r"])).await?;
    browser.run("const view = document.querySelector('.staged sink-view'); view.map = 'turbo'; view.gamma = 1.5; view.zero = '#102030'").await?;
    let history = browser.run("return history.length").await?;
    let address = browser.until("an address", ADDRESS).await?;
    ensure!(browser.run("return history.length").await? == history, "the history grows");
    let expected = browser.run(RESTORED).await?;
    ensure!(expected["point"]["x"] != expected["middle"]["x"] && expected["fitted"] == false, "{expected}");

    let other = Browser::at(address.as_str().context("no address")?).await?;
    let point = expected["point"].to_string();
    other
        .until("the same", &format!("const view = document.querySelector('.staged sink-view'); return view && JSON.stringify(view.point) === {point:?}"))
        .await?;
    let restored = other.run(RESTORED).await?;
    ensure!(restored == expected, "{restored}, not {expected} of {address}");
    // The same page follows another link; what makes no sense in it is said, and left.
    other.run("location.hash = '#two?zoom=x&probe=9,9&pins=1,1;a&map=plaid&colour=1&levels=64-940'").await?;
    other.until("the other", "return document.querySelector('.staged sink-view').levels[1] === 940").await?;
    let said = other.run("return document.querySelector('.saying').textContent").await?;
    let said = said.as_str().context("no words")?;
    for words in [
        "zoom=x is not followed",
        "pins=1,1;a is not followed",
        "map=\"plaid\" is not followed",
        "colour is nothing",
    ] {
        ensure!(said.contains(words), "{words}: {said}");
    }
    let now = other.run(RESTORED).await?;
    ensure!(
        now["fitted"] == true && now["map"] == "gray" && now["point"] == json!({ "x": 9, "y": 9 }),
        "{now}"
    );
    ensure!(now["marks"] == json!([{ "x": 1, "y": 1 }]), "{now}");
    // A name alone stays an address.
    other.run("location.hash = '#one'").await?;
    other
        .until("the other stream", "return document.querySelector('.staged sink-view').stream === 'one'")
        .await?;
    other.finish(&[]).await?;
    browser.finish(&[]).await
}
