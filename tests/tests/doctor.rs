//! Bytes that their caps describe wrongly are drawn, numbered and tried as something else; GStreamer is the judge.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::judge::{Judge, Planes};
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

/// What the page of these tests does more than others: the picture that there is, settled, in numbers.
const MORE: &str = "
    e2e.settled = async () => {
        const view = await e2e.view();
        await view.pause();
        const { width, height } = view.canvas;
        const codes = await view.readCodes(0, 0, Math.min(width, 128), Math.min(height, 64));
        const index = e2e.kept.length;
        await e2e.read();
        const { caps } = await view.readFrame();
        return { width, height, caps, tried: view.tried, codes: [...codes.codes], components: codes.components.length,
            measured: (await view.measure()).components.map(({ name, count }) => ({ name, count })),
            rgba: e2e.whole(index, 'rgba'), data: e2e.whole(index, 'data') };
    };
    e2e.rejected = async (change) => {
        const view = await e2e.view();
        const layout = structuredClone(view.layout);
        Object.assign(layout, change);
        return view.tryAs(layout).then(() => '', ({ name, message }) => `${name}: ${message}`);
    };
    e2e.place = (selector, text) => {
        const found = [...document.querySelectorAll(selector)].find((one) => !text || one.textContent.startsWith(text));
        if (!found) throw new Error(`no ${selector} ${text}: ${document.querySelector('#panel').innerText}`);
        found.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = found.getBoundingClientRect();
        return [Math.round(left + width / 2), Math.round(top + height / 2)];
    };
";

#[derive(Deserialize)]
struct Settled {
    width: usize,
    height: usize,
    caps: String,
    tried: Value,
    codes: Vec<u16>,
    components: usize,
    measured: Value,
    rgba: String,
    data: String,
}

impl Settled {
    fn rgba(&self) -> Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(&self.rgba)?)
    }

    fn data(&self) -> Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(&self.data)?)
    }
}

/// A live stream of one frame of noise, `len` bytes that are said to have these caps.
fn noise(folder: &Path, caps: &str, size: (usize, usize), len: usize) -> Result<String> {
    frames::noise_streams(folder, [("k", caps, len)], size)
}

/// The page with the section open, by its key, and the view drawing as GStreamer does.
async fn opened(capture: &Capture) -> Result<Browser> {
    let browser = Browser::showing(capture).await?;
    browser.run(MORE).await?;
    browser.state("live").await?;
    browser.run("document.querySelector('sink-view').color = 'gst'").await?;
    browser.press(&["d"]).await?;
    let there = "return document.querySelector('.doctor .parts li') !== null && document.querySelector('.doctor optgroup') !== null";
    browser.until("the section", there).await?;
    Ok(browser)
}

async fn click(browser: &Browser, selector: &str, text: &str) -> Result<()> {
    let [x, y]: [i64; 2] = browser.call("place", json!([selector, text])).await?;
    let steps = json!([
        { "type": "pointerMove", "duration": 0, "x": x, "y": y },
        { "type": "pointerDown", "button": 0 },
        { "type": "pointerUp", "button": 0 },
    ]);
    browser.act(json!([{ "type": "pointer", "id": "mouse", "actions": steps }])).await
}

/// Types a number in place of the one that is there.
async fn fill(browser: &Browser, label: &str, number: &str) -> Result<()> {
    click(browser, &format!("[aria-label='{label}']"), "").await?;
    browser.run("document.activeElement.select()").await?;
    let digits: Vec<_> = number.split("").filter(|digit| !digit.is_empty()).chain(["\u{E007}"]).collect();
    browser.press(&digits).await
}

/// Chooses from a list by keyboard: its name is typed.
async fn choose(browser: &Browser, field: &str, name: &str) -> Result<()> {
    browser.run(&format!("document.querySelector('#field-{field}').focus()")).await?;
    let letters: Vec<_> = name.split("").filter(|letter| !letter.is_empty()).collect();
    browser.press(&letters).await
}

async fn tried_as(browser: &Browser, format: &str) -> Result<Settled> {
    let there = format!("return document.querySelector('sink-view').tried?.format === '{format}'");
    browser.until(&format!("{format} to be tried"), &there).await?;
    browser.call("settled", json!([])).await
}

async fn told(browser: &Browser, words: &str) -> Result<Value> {
    let there = format!(
        "const told = document.querySelector('.doctor .told').textContent; return told.includes('{words}') && told"
    );
    browser.until(words, &there).await
}

async fn text(browser: &Browser, selector: &str) -> Result<String> {
    let text = browser.run(&format!("return document.querySelector('{selector}').innerText")).await?;
    Ok(text.as_str().context("no text")?.replace('\u{202f}', ""))
}

/// What a stream shows when nothing is tried.
async fn untried(pipeline: &str) -> Result<(Settled, Value)> {
    let capture = Capture::start([pipeline]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(MORE).await?;
    browser.state("live").await?;
    browser.run("document.querySelector('sink-view').color = 'gst'").await?;
    let settled = browser.call("settled", json!([])).await?;
    let layout = browser.run("return document.querySelector('sink-view').layout").await?;
    browser.finish(&[]).await?;
    Ok((settled, layout))
}

#[tokio::test]
async fn caps_that_lie_are_tried_as_the_truth_and_mended() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pipeline = noise(folder.path(), "video/x-raw,format=I420", (64, 48), 64 * 48 * 3 / 2)?;
    let capture = Capture::start([&pipeline]).await?;
    let browser = opened(&capture).await?;
    let before: Settled = browser.call("settled", json!([])).await?;
    assert_eq!(before.tried, Value::Null);

    click(&browser, ".fits button", "NV12 64x48").await?;
    let tried = tried_as(&browser, "NV12").await?;
    let truth = Judge::new("video/x-raw,format=NV12,width=64,height=48,framerate=25/1", None)?;
    assert_eq!(tried.rgba()?, truth.opaque(&tried.data()?)?);
    assert_ne!(tried.rgba()?, before.rgba()?);
    // What is read and saved is the appsink's.
    assert_eq!((&tried.caps, tried.data()?), (&before.caps, before.data()?));
    assert_eq!(tried.measured[1], json!({ "name": "U", "count": 32 * 24 }));
    let codes: Vec<_> = tried.codes.chunks(tried.components).map(|pixel| pixel[1]).collect();
    let data = tried.data()?;
    assert!(codes.iter().enumerate().all(|(at, code)| {
        let (x, y) = (at % 64, at / 64);
        *code == u16::from(data[64 * 48 + y / 2 * 64 + x / 2 * 2])
    }));
    // It is said in the section, on the stage, and in the status line.
    let words = "tried as NV12 64x48, not what the caps say";
    told(&browser, words).await?;
    for place in ["#status .notes", ".hint.tried"] {
        let there = format!("return document.querySelector('{place}').innerText.includes('{words}')");
        browser.until(place, &there).await?;
    }

    // The caps that are given mend the pipeline.
    let caps = text(&browser, ".right .verbatim").await?;
    let mended = pipeline
        .replace("! appsink", &format!("! capssetter join=false replace=true caps=\"{caps}\" ! appsink"));
    let (settled, layout) = untried(&mended).await?;
    assert_eq!(layout["format"], "NV12");
    assert_eq!((settled.rgba()?, settled.data()?), (tried.rgba()?, tried.data()?));

    browser.press(&["\u{E00C}"]).await?;
    browser.until("the end of it", "return document.querySelector('sink-view').tried === null").await?;
    let after: Settled = browser.call("settled", json!([])).await?;
    assert_eq!(after.rgba()?, before.rgba()?);
    browser.finish(&[]).await
}

#[tokio::test]
async fn rows_that_are_longer_than_the_caps_imply_are_found() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let len = 96 * 20;
    let pipeline = noise(folder.path(), "video/x-raw,format=BGR", (30, 20), len)?;
    let capture = Capture::start([&pipeline]).await?;
    let browser = opened(&capture).await?;
    assert!(text(&browser, ".doctor").await?.contains("the buffer 1920: 80 more"));
    let before: Settled = browser.call("settled", json!([])).await?;

    // Too much for the buffer: said in numbers, and nothing changes.
    fill(&browser, "width, in samples", "40").await?;
    told(&browser, "BGR 40x20 needs 2400 bytes, the buffer has 1920").await?;
    let same: Settled = browser.call("settled", json!([])).await?;
    assert_eq!((same.tried.clone(), same.rgba()?), (Value::Null, before.rgba()?));
    let words: String = browser
        .call("rejected", json!([{ "planes": [{ "stride": 200, "offset": 0, "length": 4000 }] }]))
        .await?;
    assert_eq!(words, "RangeError: BGR 30x20 needs 4000 bytes, the buffer has 1920");
    let words: String = browser.call("rejected", json!([{ "colour": "red" }])).await?;
    ensure!(words.starts_with("RangeError: no layout: unknown field `colour`"), "{words}");

    fill(&browser, "width, in samples", "30").await?;
    fill(&browser, "stride of plane 0, in bytes", "96").await?;
    let tried = tried_as(&browser, "BGR").await?;
    let planes = Planes { strides: &[96], offsets: &[0] };
    let truth = Judge::new("video/x-raw,format=BGR,width=30,height=20,framerate=25/1", Some(planes))?;
    assert_eq!(tried.rgba()?, truth.opaque(&tried.data()?)?);
    // Caps cannot say it: the element that can is given, and mends the pipeline.
    let element = text(&browser, ".right ~ .right .verbatim").await?;
    let file = folder.path().join("k");
    let mended = format!(
        "multifilesrc location={} loop=true ! {element} ! identity sleep-time=40000 ! appsink name=k",
        file.display()
    );
    let (settled, layout) = untried(&mended).await?;
    assert_eq!(layout["planes"][0]["stride"], 96);
    assert_eq!((settled.rgba()?, settled.data()?), (tried.rgba()?, tried.data()?));

    // Left empty, it is as it was.
    fill(&browser, "stride of plane 0, in bytes", "\u{E003}").await?;
    browser.until("its own stride", "return document.querySelector('sink-view').tried === null").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn padding_is_drawn_to_scale_and_shown() -> Result<()> {
    let folder = tempfile::tempdir()?;
    // 33x5 in I420: strides 36, 20, 20; chroma begins behind six rows.
    let pipeline = noise(folder.path(), "video/x-raw,format=I420", (33, 5), 336)?;
    let capture = Capture::start([&pipeline]).await?;
    let browser = opened(&capture).await?;
    let parts = text(&browser, ".parts").await?;
    let parts: Vec<_> = parts.split_whitespace().collect();
    let expected = "plane 0 Y 180 bytes from 0 5 rows, stride 36 = 33 + 3 padding \
        between 36 bytes from 180 \
        plane 1 U 60 bytes from 216 3 rows, stride 20 = 17 + 3 padding \
        plane 2 V 60 bytes from 276 3 rows, stride 20 = 17 + 3 padding buffer 336 bytes";
    assert_eq!(parts.join(" "), expected.split_whitespace().collect::<Vec<_>>().join(" "));
    let drawn = browser
        .run("return [...document.querySelectorAll('.plan rect')].map(({ attributes: { class: { value }, width, height } }) => [value, Number(width.value), Number(height.value)])")
        .await?;
    let drawn: Vec<(String, f64, f64)> = serde_json::from_value(drawn)?;
    let scale = drawn[0].1 / 33.0;
    let near = |a: f64, b: f64| (a - b * scale).abs() < 1e-6;
    for (at, (kind, width, height)) in [
        ("samples", 33.0, 5.0),
        ("padding", 3.0, 5.0),
        ("samples", 17.0, 3.0),
        ("padding", 3.0, 3.0),
        ("samples", 17.0, 3.0),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(drawn[at].0, kind, "{drawn:?}");
        assert!(near(drawn[at].1, width) && near(drawn[at].2, height), "{at}: {drawn:?}");
    }

    for (which, stride, offset, rows) in [("0", 36, 0, 5), ("1", 20, 216, 3), ("2", 20, 276, 3)] {
        browser.run("document.querySelector('#field-show-bytes').focus()").await?;
        browser.press(&["\u{E015}"]).await?;
        let there =
            format!("return document.querySelector('sink-view').tried?.planes[0].offset === {offset}");
        browser.until(&format!("plane {which}"), &there).await?;
        let shown: Settled = tried_as(&browser, "GRAY8").await?;
        assert_eq!((shown.width, shown.height), (stride, rows));
        let bytes: Vec<_> =
            shown.data()?[offset..offset + stride * rows].iter().map(|&byte| u16::from(byte)).collect();
        assert_eq!(shown.codes, bytes, "plane {which}");
        let rows_of = if which == "0" { json!([[33, 0, 3, 5]]) } else { json!([[17, 0, 3, 3]]) };
        let outlined = format!(
            "const {{ outlines }} = document.querySelector('sink-view');
             return JSON.stringify(outlines.map(({{ x, y, width, height }}) => [x, y, width, height])) === '{rows_of}'"
        );
        browser.until("the outline of the padding", &outlined).await?;
    }
    browser.press(&["\u{E015}"]).await?;
    browser
        .until(
            "the whole buffer",
            "return document.querySelector('sink-view').tried?.planes[0].length === 324",
        )
        .await?;
    let whole: Settled = tried_as(&browser, "GRAY8").await?;
    assert_eq!((whole.width, whole.height), (36, 9));
    browser.finish(&[]).await
}

#[tokio::test]
async fn a_new_layout_ends_a_trial_with_words() -> Result<()> {
    const ONE: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=32,height=24,framerate=30/1 ! appsink name=k";
    let mut capture = Capture::start([ONE]).await?;
    let browser = opened(&capture).await?;
    choose(&browser, "format", "BGR").await?;
    told(&browser, "tried as BGR 32x24").await?;
    capture.signal("KILL")?;
    capture.exited().await?;
    let port = capture.address().port();
    let capture = Capture::start_at(port, [ONE.replace("RGB", "GRAY8").as_str()]).await?;
    browser.state("live").await?;
    browser
        .until("the new layout", "return document.querySelector('sink-view').layout.format === 'GRAY8'")
        .await?;
    let ended = told(&browser, "tried as BGR 32x24 ended").await?;
    assert_eq!(
        browser.run("return document.querySelector('sink-view').tried").await?,
        Value::Null,
        "{ended}"
    );
    drop(capture);
    browser.finish(&["WebSocket connection to", "Failed to load resource"]).await
}
