//! Two streams beside each other: what is said of their difference is what their bytes say, frames are paired by running
//! time and never across pipelines, and a person sees both by mouse, wheel and keys.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::drawn::{blank, finish};
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;

/// Frames without padding, in every format that is read here.
const WIDTH: usize = 48;
const HEIGHT: usize = 8;
const PIXELS: usize = WIDTH * HEIGHT;

/// Puts two views into a page; compares until one more than `wanted` pairs have been told, then stops and reads all.
const COMPARE: &str = "
    e2e.text = (value) => JSON.parse(JSON.stringify(value, (_, value) => (typeof value === 'bigint' ? Number(value) : value === Infinity ? 'infinite' : value)));
    e2e.bytes64 = (bytes) => btoa(String.fromCharCode(...bytes));
    e2e.put = async (...streams) => {
        await import('/sink-view.js');
        const views = streams.map((stream) => {
            const view = document.createElement('sink-view');
            view.stream = stream;
            view.style.cssText = 'display: inline-block; width: 12rem; height: 8rem';
            return view;
        });
        document.body.replaceChildren(...views);
        await Promise.all(views.map((view) => new Promise((resolve) => view.addEventListener('frame', resolve, { once: true }))));
        return views;
    };
    e2e.compare = async (streams, options, wanted) => {
        const [one, other] = await e2e.put(...streams);
        const told = [];
        let newest = null;
        one.addEventListener('frame', ({ detail }) => { newest = detail; });
        const enough = new Promise((resolve) => one.addEventListener('compared', ({ detail }) => {
            if (detail.pairing === 'none' || told.push({ ...e2e.text(detail), newestPtsNanos: Number(newest?.ptsNanos ?? 0) }) <= wanted) return;
            resolve();
        }));
        if (!other) await one.hold();
        await one.compareWith(other ?? 'held', options);
        await enough;
        await one.pause();
        await other?.pause();
        const layer = one.shadowRoot.querySelector('.other canvas');
        const own = document.createElement('canvas');
        [own.width, own.height] = [layer.width, layer.height];
        const context = own.getContext('2d', { willReadFrequently: true });
        context.drawImage(layer, 0, 0);
        const rgba = e2e.bytes64(context.getImageData(0, 0, own.width, own.height).data);
        const data = [];
        for (const view of other ? [one, other] : [one]) data.push(e2e.bytes64((await view.readFrame()).data));
        await one.compareWith(null);
        const left = one.comparison === null && !one.shadowRoot.querySelector('.other canvas');
        return { told, rgba, data, size: [own.width, own.height], left };
    };
";

#[derive(Deserialize)]
struct Answer {
    told: Vec<Compared>,
    rgba: String,
    data: Vec<String>,
    size: [usize; 2],
    left: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compared {
    sequence: u64,
    other_sequence: u64,
    pts_nanos: Option<i64>,
    other_pts_nanos: Option<i64>,
    newest_pts_nanos: i64,
    pairing: String,
    running_time_difference_nanos: Option<i64>,
    kind: Option<String>,
    identical: bool,
    components: Vec<Component>,
    text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Component {
    name: char,
    depth: u32,
    count: usize,
    max: u16,
    at: Option<Place>,
    psnr: Value,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Place {
    x: usize,
    y: usize,
}

/// A component: its name, its depth, columns and lines to a sample, and the code of one by column and row.
type Read = (char, u32, usize, usize, fn(&[u8], usize, usize) -> u16);
/// Name, caps but for the size, bytes of a frame, components.
type Format = (&'static str, &'static str, usize, &'static [Read]);

fn little(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([data[at], data[at + 1]])
}

const FORMATS: [Format; 4] = [
    (
        "BGR",
        "video/x-raw,format=BGR",
        PIXELS * 3,
        &[
            ('B', 8, 1, 1, |data, x, y| data[(y * WIDTH + x) * 3].into()),
            ('G', 8, 1, 1, |data, x, y| data[(y * WIDTH + x) * 3 + 1].into()),
            ('R', 8, 1, 1, |data, x, y| data[(y * WIDTH + x) * 3 + 2].into()),
        ],
    ),
    (
        "NV12",
        "video/x-raw,format=NV12",
        PIXELS * 3 / 2,
        &[
            ('Y', 8, 1, 1, |data, x, y| data[y * WIDTH + x].into()),
            ('U', 8, 2, 2, |data, x, y| data[PIXELS + y * WIDTH + x * 2].into()),
            ('V', 8, 2, 2, |data, x, y| data[PIXELS + y * WIDTH + x * 2 + 1].into()),
        ],
    ),
    (
        "P010",
        "video/x-raw,format=P010_10LE",
        PIXELS * 3,
        &[
            ('Y', 10, 1, 1, |data, x, y| little(data, (y * WIDTH + x) * 2) >> 6),
            ('U', 10, 2, 2, |data, x, y| little(data, PIXELS * 2 + y * WIDTH * 2 + x * 4) >> 6),
            ('V', 10, 2, 2, |data, x, y| little(data, PIXELS * 2 + y * WIDTH * 2 + x * 4 + 2) >> 6),
        ],
    ),
    (
        "GRAY16",
        "video/x-raw,format=GRAY16_LE",
        PIXELS * 2,
        &[('Y', 16, 1, 1, |data, x, y| little(data, (y * WIDTH + x) * 2))],
    ),
];

/// Two streams of still frames for each format, in one pipeline: noise, and the same with a few bytes changed.
fn streams(folder: &std::path::Path) -> Result<String> {
    let mut pipeline = String::new();
    for (seed, (name, caps, len, _)) in (1..).zip(FORMATS) {
        let noise = frames::noise(seed, len);
        let changed: Vec<_> = noise
            .iter()
            .enumerate()
            .map(|(at, &byte)| if at % 11 == 3 { byte.wrapping_add(9) } else { byte ^ u8::from(at % 5 == 0) })
            .collect();
        for (side, bytes) in [("a", &noise), ("b", &changed)] {
            let file = folder.join(format!("{name}-{side}"));
            fs::write(&file, bytes)?;
            write!(
                pipeline,
                "multifilesrc location={} loop=true caps=\"{caps},width={WIDTH},height={HEIGHT},framerate=25/1\" \
                 ! identity sleep-time=40000 ! appsink name={name}-{side} ",
                file.display()
            )?;
        }
    }
    Ok(pipeline)
}

/// Compares what was said of a component with its codes, and paints what is to be seen of it.
fn check(
    found: &Component,
    &(name, depth, across, down, read): &Read,
    [a, b]: [&[u8]; 2],
    gain: u64,
    drawn: &mut [[u8; 3]],
) -> Result<()> {
    let peak = (1_u64 << depth) - 1;
    let apart = |column: usize, row: usize| read(a, column, row).abs_diff(read(b, column, row));
    let all: Vec<_> = (0..HEIGHT / down)
        .flat_map(|row| (0..WIDTH / across).map(move |column| (column, row)))
        .map(|(column, row)| apart(column, row))
        .collect();
    let max = all.iter().copied().max().unwrap_or(0);
    ensure!(max > 0, "{name}: the frames do not differ");
    ensure!(
        (found.name, found.depth, found.count, found.max) == (name, depth, all.len(), max),
        "{name}: {found:?}"
    );
    let at = found.at.context("no place")?;
    ensure!(apart(at.x / across, at.y / down) == max, "{name}: {found:?}");
    #[allow(clippy::cast_precision_loss, reason = "a few hundred codes")]
    let mean = all.iter().map(|&d| f64::from(d).powi(2)).sum::<f64>() / all.len() as f64;
    #[allow(clippy::cast_precision_loss, reason = "at most 65535")]
    let psnr = 20.0 * (peak as f64 / mean.sqrt()).log10();
    let said = found.psnr.as_f64().with_context(|| format!("{name}: {found:?}"))?;
    ensure!((said - psnr).abs() < 1e-9, "{name}: {said}, not {psnr}");
    for (at, pixel) in drawn.iter_mut().enumerate() {
        let d = u64::from(apart(at % WIDTH / across, at / WIDTH / down));
        let shade = u8::try_from((d * gain * 255 + peak / 2) / peak).unwrap_or(255);
        match "RGB".find(name) {
            Some(place) => pixel[place] = shade,
            None => *pixel = pixel.map(|other| other.max(shade)),
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_difference_is_what_the_bytes_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = Capture::start([streams(folder.path())?.as_str()]).await?;
    let browser = blank(&capture).await?;
    browser.run(COMPARE).await?;
    for (name, _, length, reads) in FORMATS {
        let gain = 4;
        let sides = [format!("{name}-a"), format!("{name}-b")];
        let answer: Answer = browser
            .call("compare", json!([sides, { "mode": "difference", "gain": gain }, 2]))
            .await
            .with_context(|| format!("{name}\n{}", capture.log()))?;
        let data =
            answer.data.iter().map(|data| BASE64_STANDARD.decode(data)).collect::<Result<Vec<_>, _>>()?;
        ensure!(data.iter().all(|data| data.len() == length), "{name}: {} bytes", data[0].len());
        let mut drawn = vec![[0; 3]; PIXELS];
        for compared in &answer.told {
            ensure!(compared.kind.as_deref() == Some("codes") && !compared.identical, "{name}: {compared:?}");
            ensure!(compared.components.len() == reads.len(), "{name}: {compared:?}");
            for (found, read) in compared.components.iter().zip(reads) {
                check(found, read, [&data[0], &data[1]], gain, &mut drawn).context(name)?;
            }
        }
        ensure!(answer.size == [WIDTH, HEIGHT] && answer.left, "{name}: {:?}", answer.size);
        let rgba = BASE64_STANDARD.decode(&answer.rgba)?;
        for (at, (found, expected)) in rgba.chunks_exact(4).zip(&drawn).enumerate() {
            ensure!(found[..3] == *expected, "{name}: pixel {at} is {found:?}, not {expected:?}");
        }
    }
    // Formats that have no components in common are compared as they are drawn, which is said.
    let answer: Answer =
        browser.call("compare", json!([["BGR-a", "NV12-a"], { "mode": "difference" }, 1])).await?;
    let last = answer.told.last().context("nothing told")?;
    ensure!(last.kind.as_deref() == Some("rgb") && last.text.contains("BGR and NV12"), "{last:?}");
    ensure!(last.components.iter().all(|component| component.depth == 8), "{last:?}");
    finish(browser).await
}

/// One branch is 200 ms late, one has other times, one has another size.
#[tokio::test]
async fn frames_are_paired_by_running_time() -> Result<()> {
    const SOURCE: &str =
        "videotestsrc is-live=true pattern=ball ! video/x-raw,format=GRAY8,width=64,height=48,framerate=25/1";
    let capture = Capture::start([
        "-p",
        &format!(
            "{SOURCE} ! tee name=t t. ! queue ! appsink name=now \
             t. ! queue min-threshold-time=200000000 max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! appsink name=late \
             t. ! queue ! videorate ! video/x-raw,framerate=10/1 ! appsink name=slow \
             t. ! queue ! videoscale ! video/x-raw,width=32,height=24 ! appsink name=small"
        ),
        "-p",
        &format!("{SOURCE} ! appsink name=elsewhere"),
    ])
    .await?;
    let browser = blank(&capture).await?;
    browser.run(COMPARE).await?;
    let compare = async |streams: Value| -> Result<Vec<Compared>> {
        let answer: Answer = browser
            .call("compare", json!([streams, { "mode": "wipe" }, 5]))
            .await
            .with_context(|| format!("{streams}\n{}", capture.log()))?;
        Ok(answer.told)
    };

    // The ball moves with each frame: only the very same one is identical.
    let late = compare(json!(["now", "late"])).await?;
    for compared in &late {
        ensure!(compared.pairing == "running-time" && compared.identical, "{compared:?}");
        ensure!(compared.pts_nanos == compared.other_pts_nanos, "{compared:?}");
        ensure!(
            compared.running_time_difference_nanos == Some(0) && compared.text.is_empty(),
            "{compared:?}"
        );
        ensure!(
            compared.components[0].psnr == "infinite" && compared.components[0].at.is_none(),
            "{compared:?}"
        );
    }
    let waited = late.iter().filter(|compared| {
        compared.pts_nanos.is_some_and(|pts| compared.newest_pts_nanos > pts + 100_000_000)
    });
    ensure!(waited.count() > 0, "nothing was late: {late:?}");
    let early = compare(json!(["late", "now"])).await?;
    ensure!(
        early.iter().all(|compared| compared.identical && compared.pairing == "running-time"),
        "{early:?}"
    );

    // Of ten a second, each has one of the 25 within half of its 40 ms.
    let slow = compare(json!(["now", "slow"])).await?;
    for compared in &slow {
        let apart = compared.pts_nanos.zip(compared.other_pts_nanos).map(|(one, other)| one - other);
        ensure!(compared.pairing == "running-time", "{compared:?}");
        ensure!(compared.running_time_difference_nanos == apart, "{compared:?}");
        ensure!(apart.is_some_and(|apart| apart.abs() <= 20_000_000), "{compared:?}");
    }
    ensure!(slow.iter().any(|compared| compared.running_time_difference_nanos != Some(0)), "{slow:?}");

    // Another pipeline's time is another time, even where it looks alike.
    let elsewhere = compare(json!(["now", "elsewhere"])).await?;
    for compared in &elsewhere {
        ensure!(compared.pairing == "newest", "{compared:?}");
        ensure!(compared.running_time_difference_nanos.is_none(), "{compared:?}");
        ensure!(compared.text == "not paired: different pipelines", "{compared:?}");
    }

    let small = compare(json!(["now", "small"])).await?;
    for compared in &small {
        ensure!(
            compared.kind.is_none() && compared.components.is_empty() && !compared.identical,
            "{compared:?}"
        );
        ensure!(compared.text == "sizes differ: 64x48 and 32x24", "{compared:?}");
        ensure!(compared.sequence > 0 && compared.other_sequence > 0, "{compared:?}");
    }
    // A frame of its own, which the moving ball leaves.
    let held = compare(json!(["now"])).await?;
    let held = held.last().context("nothing told")?;
    ensure!(held.pairing == "held" && !held.identical && held.sequence > held.other_sequence, "{held:?}");
    finish(browser).await
}

/// A still picture, and the same with less contrast, in one pipeline.
async fn two_streams() -> Result<Capture> {
    Capture::start([
        "-p",
        "videotestsrc is-live=true pattern=smpte100 ! video/x-raw,format=BGR,width=320,height=240,framerate=25/1 ! tee name=t \
         t. ! queue ! appsink name=left  t. ! queue ! videobalance contrast=0.5 ! appsink name=right",
    ])
    .await
}

/// Everything as a person does it.
#[tokio::test]
async fn a_person_compares() -> Result<()> {
    let capture = two_streams().await?;
    let browser = Browser::showing(&capture).await?;
    browser.run("location.hash = '#left'").await?;
    browser.until("a frame", "return document.querySelector('sink-view').layout").await?;
    browser.run("e2e.one = document.querySelector('sink-view'); e2e.part = (name) => e2e.one.shadowRoot.querySelector(name); e2e.figures = () => document.querySelector('.figures').textContent;").await?;

    // Side by side, linked: a wheel over the other picture zooms both, at the same place.
    browser.press(&["c"]).await?;
    browser.until("numbers", "return /PSNR[ \\d.]+ dB/.test(e2e.figures()) && /paired by running time · 0.0 ms/.test(e2e.figures())").await?;
    ensure!(browser.run("return e2e.one.comparison.mode").await? == "side");
    let wheel = json!([{ "type": "wheel", "id": "wheel", "actions": [
        { "type": "scroll", "x": 960, "y": 400, "deltaX": 0, "deltaY": -240, "duration": 0 },
    ] }]);
    let before = browser.run("return e2e.one.zoom").await?.as_f64().context("no zoom")?;
    browser.act(wheel).await?;
    let zoomed = format!("return e2e.one.zoom > {}", before * 1.5);
    browser.until("a zoom", &zoomed).await?;
    let alike = "
        const [a, b] = [...e2e.one.shadowRoot.querySelectorAll('.box canvas:not(:first-child), .other canvas')].map(({ style }) => style);
        return ['width', 'height', 'left', 'top', 'transform'].every((name) => a[name] === b[name]) && a.width !== '';
    ";
    ensure!(browser.run(alike).await? == true, "the two are not at one place");
    browser.press(&["0"]).await?;

    // The wipe's divider by mouse and keys.
    browser.press(&["c"]).await?;
    browser.until("a divider", "return !e2e.part('.divider').hidden").await?;
    let middle = browser.run("const { left, width, top, height } = e2e.part('.divider').getBoundingClientRect(); return [left + width / 2, top + height / 2]").await?;
    let [x, y]: [f64; 2] = serde_json::from_value(middle)?;
    #[allow(clippy::cast_possible_truncation, reason = "a place on the screen")]
    let (x, y) = (x as i32, y as i32);
    browser
        .act(
            json!([{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [
            { "type": "pointerMove", "x": x, "y": y, "duration": 0 },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerMove", "x": x / 2, "y": y, "duration": 0 },
            { "type": "pointerUp", "button": 0 },
        ] }]),
        )
        .await?;
    let divider = async || -> Result<f64> {
        browser.run("return e2e.one.comparison.divider").await?.as_f64().context("no divider")
    };
    ensure!((divider().await? - 0.25).abs() < 0.01, "dragged to {}", divider().await?);
    ensure!(
        browser.run("return e2e.part('.other').style.clipPath").await?.to_string().contains("25"),
        "not clipped"
    );
    browser.press(&["]"]).await?;
    ensure!((divider().await? - 0.27).abs() < 0.01, "moved to {}", divider().await?);
    browser.run("e2e.part('.divider').focus()").await?;
    browser.press(&["\u{E011}"]).await?; // Home
    ensure!(divider().await? == 0.0 && browser.run("return e2e.part('.divider').ariaValueNow").await? == "0");
    browser.run("e2e.part('.divider').blur()").await?;

    // Blinking by key: from then on only so.
    browser.press(&["c"]).await?;
    browser.until("blinking", "return e2e.one.comparison.mode === 'blink'").await?;
    let seen = "return e2e.part('.other').style.visibility !== 'hidden'";
    browser.press(&["x"]).await?;
    let first = browser.run(seen).await?;
    browser.press(&["x"]).await?;
    ensure!(browser.run(seen).await? != first, "x shows the other side");
    ensure!(browser.run("return e2e.one.comparison.blinkMillis").await? == 0);

    // The difference with its gain.
    browser.press(&["c"]).await?;
    browser.until("the difference", "return e2e.one.comparison.mode === 'difference'").await?;
    browser.press(&["]"]).await?;
    ensure!(browser.run("return e2e.one.comparison.gain").await? == 2);

    // A held frame of a still source is the same.
    browser
        .run("const [, b] = document.querySelectorAll('.compare .side select'); b.value = 'held frame'; b.dispatchEvent(new Event('change'))")
        .await?;
    browser
        .until(
            "no difference",
            "return e2e.figures().includes('identical') && e2e.figures().includes('∞ dB')",
        )
        .await?;

    // Nothing is wider than a phone, in either theme; both sides are said in words.
    for theme in ["dark", "light"] {
        browser.run(&format!("document.documentElement.dataset.theme = '{theme}'")).await?;
        browser.picture(500, 844).await?;
        let within = "return document.documentElement.scrollWidth <= innerWidth && document.querySelector('.compare .side .state').textContent === 'live'";
        ensure!(browser.run(within).await? == true, "{theme}: too wide");
    }
    browser.press(&["\u{E00C}"]).await?; // Escape
    browser
        .until("the end", "return e2e.one.comparison === null && document.getElementById('compare').hidden")
        .await?;
    ensure!(browser.run("return location.hash").await? == "#left", "Escape left the stage too");
    browser.finish(&[]).await
}

/// Linked, the pictures of the grid zoom as one, and the stage keeps the place from stream to stream.
#[tokio::test]
async fn linked_views_show_one_place() -> Result<()> {
    let capture = two_streams().await?;
    let browser = Browser::showing(&capture).await?;
    browser.picture(1280, 800).await?;
    browser.press(&["k"]).await?;
    browser
        .until(
            "both fit",
            "return document.querySelectorAll('sink-view[zoomable]').length === 2 && [...document.querySelectorAll('sink-view')].every((view) => view.fitted && view.zoom)",
        )
        .await?;
    let wheel = json!([{ "type": "wheel", "id": "wheel", "actions": [
        { "type": "scroll", "x": 300, "y": 300, "deltaX": 0, "deltaY": -480, "duration": 0 },
    ] }]);
    browser.act(wheel).await?;
    let linked = "
        const [a, b] = [...document.querySelectorAll('sink-view')].map((view) => view.viewport);
        return a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b);
    ";
    browser.until("one place", linked).await?;
    browser.run("location.hash = '#left'").await?;
    browser.until("the stage", "return document.body.classList.contains('staging')").await?;
    let place = "const { x, y, width } = document.querySelector('.staged sink-view').viewport ?? {}; return [x, y, width].map((n) => n?.toFixed(6)).join()";
    browser.run("document.querySelector('.staged sink-view').zoomTo(8, 40, 30)").await?;
    let before = browser.run(place).await?;
    browser.run("location.hash = '#right'").await?;
    let same = format!("return (() => {{ {place} }})() === {before} && location.hash === '#right'");
    browser.until("the same place of the other stream", &same).await?;
    browser.finish(&[]).await
}
