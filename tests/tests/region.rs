//! Regions and lines drawn as a person does it, by mouse, finger and keys: what is said of them is what an independent
//! reading of the frame's bytes gives.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::hands::keys;
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::{Value, json};

/// An odd width: rows of every format here end in bytes that are no samples, and the last chroma sample is half outside.
const WIDTH: usize = 47;
const HEIGHT: usize = 8;

/// What the view on the stage tells, and everything that can be asked of the frame it is stopped at.
const SCRIPT: &str = "
    e2e.stage = async (name) => {
        location.hash = `#${name}`;
        const view = await e2e.view(name);
        e2e.told = { measured: null, profiled: null, region: null, line: null };
        e2e.counts = { measured: 0, profiled: 0, frame: 0 };
        for (const type of ['measured', 'profiled', 'region', 'line']) view.addEventListener(type, ({ detail }) => { e2e.told[type] = detail; e2e.counts[type]++; });
        view.addEventListener('frame', () => e2e.counts.frame++);
        await new Promise((resolve) => view.addEventListener('frame', resolve, { once: true }));
        while (!(view.zoom > 0 && document.body.classList.contains('staging'))) await new Promise(requestAnimationFrame);
    };
    e2e.box = async (name) => {
        // By the second animation frame whatever has changed its size has been arranged.
        for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
        const { left, top, width, height } = (await e2e.view(name)).canvas.getBoundingClientRect();
        return [left, top, width, height];
    };
    const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? [...part] : part)));
    e2e.drawn = async (name) => {
        const view = await e2e.view(name);
        await view.pause();
        const { data, sequence } = await view.readFrame();
        const { region, line } = view;
        const isOf = (told, key, shape) => told && told.sequence === sequence && Object.keys(shape).every((side) => told[key][side] === shape[side]);
        while (region && !isOf(e2e.told.measured, 'rect', region)) await new Promise(requestAnimationFrame);
        while (line && !isOf(e2e.told.profiled, 'line', line)) await new Promise(requestAnimationFrame);
        const answer = plain({
            data: btoa(String.fromCharCode(...data)), sequence, region, line,
            measured: region && e2e.told.measured, profiled: line && e2e.told.profiled,
            asked: region && await view.measure(region), read: line && await view.profile(line),
        });
        await view.play();
        return answer;
    };
";

#[derive(Debug, Deserialize)]
struct Drawn {
    data: String,
    sequence: u64,
    region: Option<Region>,
    line: Option<Line>,
    measured: Option<Measurement>,
    asked: Option<Measurement>,
    profiled: Option<Profile>,
    read: Option<Profile>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct Region {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct Line {
    x1: usize,
    y1: usize,
    x2: usize,
    y2: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Measurement {
    sequence: u64,
    rect: Region,
    of_region: bool,
    components: Vec<Measured>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    name: char,
    count: usize,
    min: Option<u16>,
    max: Option<u16>,
    mean: Option<f64>,
    deviation: Option<f64>,
    used_bits: usize,
    zeros: usize,
    saturated: usize,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Profile {
    sequence: u64,
    line: Line,
    points: Vec<usize>,
    components: Vec<Curve>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Curve {
    name: char,
    depth: u32,
    codes: Vec<u16>,
}

/// A component: its name, its depth, columns and lines to a sample, and the code of one by column and row.
type Read = (char, u32, usize, usize, fn(&[u8], usize, usize) -> u16);
/// Name, caps but for the size, bytes of a frame, components.
type Format = (&'static str, &'static str, usize, &'static [Read]);

/// One of the three numbers of ten bits in each word of 32, by its place in a row.
fn packed(data: &[u8], row: usize, nth: usize) -> u16 {
    let at = row * 128 + nth / 3 * 4;
    let word = u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]);
    u16::try_from(word >> (nth % 3 * 10) & 0x3ff).unwrap_or(0)
}

const FORMATS: [Format; 4] = [
    (
        "BGR",
        "video/x-raw,format=BGR",
        144 * HEIGHT,
        &[
            ('B', 8, 1, 1, |data, x, y| data[y * 144 + x * 3].into()),
            ('G', 8, 1, 1, |data, x, y| data[y * 144 + x * 3 + 1].into()),
            ('R', 8, 1, 1, |data, x, y| data[y * 144 + x * 3 + 2].into()),
        ],
    ),
    (
        "NV12",
        "video/x-raw,format=NV12",
        48 * HEIGHT * 3 / 2,
        &[
            ('Y', 8, 1, 1, |data, x, y| data[y * 48 + x].into()),
            ('U', 8, 2, 2, |data, x, y| data[48 * HEIGHT + y * 48 + x * 2].into()),
            ('V', 8, 2, 2, |data, x, y| data[48 * HEIGHT + y * 48 + x * 2 + 1].into()),
        ],
    ),
    (
        "v210",
        "video/x-raw,format=v210",
        128 * HEIGHT,
        // U0 Y0 V0 Y1 U1 Y2 V1 Y3 and so on.
        &[
            ('Y', 10, 1, 1, |data, x, y| packed(data, y, x * 2 + 1)),
            ('U', 10, 2, 1, |data, x, y| packed(data, y, x * 4)),
            ('V', 10, 2, 1, |data, x, y| packed(data, y, x * 4 + 2)),
        ],
    ),
    (
        "GRAY16",
        "video/x-raw,format=GRAY16_LE",
        96 * HEIGHT,
        &[('Y', 16, 1, 1, |data, x, y| u16::from_le_bytes([data[y * 96 + x * 2], data[y * 96 + x * 2 + 1]]))],
    ),
];

fn close(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= 1e-9 * expected.max(1.0))
}

/// What is said of a region, against its codes taken one by one.
fn check_region(found: &Measurement, region: Region, data: &[u8], reads: &[Read]) -> Result<()> {
    ensure!(found.rect == region, "{found:?} of {region:?}");
    ensure!(found.components.len() == reads.len(), "{found:?}");
    for (found, &(name, depth, across, down, read)) in found.components.iter().zip(reads) {
        let samples =
            (0..HEIGHT.div_ceil(down)).flat_map(|row| (0..WIDTH.div_ceil(across)).map(move |x| (x, row)));
        let is_in = |(x, y): &(usize, usize)| {
            (region.x..region.x + region.width).contains(&(x * across))
                && (region.y..region.y + region.height).contains(&(y * down))
        };
        let codes: Vec<u16> = samples.filter(is_in).map(|(x, y)| read(data, x, y)).collect();
        #[allow(clippy::cast_precision_loss, reason = "a few hundred codes")]
        let count = codes.len() as f64;
        let mean = codes.iter().copied().map(f64::from).sum::<f64>() / count;
        let variance = codes.iter().map(|&code| (f64::from(code) - mean).powi(2)).sum::<f64>() / count;
        let any = format!("{:b}", codes.iter().fold(0, |bits, code| bits | code));
        let number = |code: u16| codes.iter().filter(|&&other| other == code).count();
        let whole =
            (found.name, found.count, found.min, found.max, found.used_bits, found.zeros, found.saturated);
        let (min, max) = (codes.iter().copied().min(), codes.iter().copied().max());
        let used = any.trim_matches('0').len();
        let expected = (name, codes.len(), min, max, used, number(0), number(u16::MAX >> (16 - depth)));
        ensure!(whole == expected, "{found:?}, not {expected:?}");
        ensure!(codes.len() > 3 && close(found.mean, mean), "{found:?}: mean {mean}");
        ensure!(close(found.deviation, variance.sqrt()), "{found:?}: variance {variance}");
    }
    Ok(())
}

/// What is said of a line, against the rule in its own words: the nearest sample to each of the equal steps, and the
/// greater of two that are as near.
fn check_line(found: &Profile, line: Line, data: &[u8], reads: &[Read]) -> Result<()> {
    ensure!(found.line == line, "{found:?} of {line:?}");
    let steps = line.x1.abs_diff(line.x2).max(line.y1.abs_diff(line.y2));
    let along = |from: usize, to: usize, at: usize| {
        (0..WIDTH.max(HEIGHT)).rev().min_by_key(|&place| {
            // Distances to the exact place, times the steps.
            (place * steps).abs_diff(from * (steps - at) + to * at)
        })
    };
    let points = (0..=steps).map(|at| along(line.x1, line.x2, at).zip(along(line.y1, line.y2, at)));
    let points: Vec<(usize, usize)> = points.collect::<Option<_>>().context("no points")?;
    ensure!(
        found.points == points.iter().flat_map(|&(x, y)| [x, y]).collect::<Vec<_>>(),
        "{found:?}: {points:?}"
    );
    let codes = |&(name, depth, across, down, read): &Read| Curve {
        name,
        depth,
        codes: points.iter().map(|&(x, y)| read(data, x / across, y / down)).collect(),
    };
    let expected: Vec<_> = reads.iter().map(codes).collect();
    ensure!(found.components == expected, "{found:?}, not {expected:?}");
    Ok(())
}

/// Keys as the `WebDriver` standard numbers them.
const SHIFT: &str = "\u{e008}";
const ALT: &str = "\u{e00a}";
const ESCAPE: &str = "\u{e00c}";

/// Drags from one point of the window to another.
async fn drag(browser: &Browser, kind: &str, from: (f64, f64), to: (f64, f64)) -> Result<()> {
    drag_with(browser, kind, None, from, to).await
}

/// Drags with a key held down.
async fn drag_with(
    browser: &Browser,
    kind: &str,
    key: Option<&str>,
    from: (f64, f64),
    to: (f64, f64),
) -> Result<()> {
    let go =
        |(x, y): (f64, f64)| json!({ "type": "pointerMove", "duration": 0, "x": x.floor(), "y": y.floor() });
    let wait = json!({ "type": "pause", "duration": 0 });
    let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
    let (down, up) =
        (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
    // What stands in one place of both lists happens together.
    let moves = json!([wait, go(from), down, go(middle), go(to), up, wait]);
    let mut sources = vec![
        json!({ "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": moves }),
    ];
    if let Some(key) = key {
        let press = |kind: &str| json!({ "type": kind, "value": key });
        let presses = json!([press("keyDown"), wait, wait, wait, wait, wait, press("keyUp")]);
        sources.insert(0, json!({ "type": "key", "id": "keys", "actions": presses }));
    }
    browser.act(json!(sources)).await
}

/// The middle of a sample in the window, where the picture is not turned.
async fn at(browser: &Browser, name: &str, (x, y): (usize, usize)) -> Result<(f64, f64)> {
    let [left, top, width, height]: [f64; 4] = browser.call("box", json!([name])).await?;
    #[allow(clippy::cast_precision_loss, reason = "columns and rows")]
    let part = |place: usize, count: usize| (place as f64 + 0.5) / count as f64;
    Ok((left + width * part(x, WIDTH), top + height * part(y, HEIGHT)))
}

#[tokio::test]
async fn what_is_drawn_by_mouse_is_what_the_bytes_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let streams = FORMATS.iter().map(|&(name, caps, length, _)| (name, caps, length));
    let pipeline = frames::noise_streams(folder.path(), streams, (WIDTH, HEIGHT))?;
    let capture = Capture::start([pipeline.as_str()]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(SCRIPT).await?;
    for (name, caps, length, reads) in FORMATS {
        let _: Value = browser.call("stage", json!([name])).await.with_context(|| capture.log())?;
        // With the tool, from the right below to the left above; the panel opens at the histogram.
        browser.act(keys(&["b"])).await?;
        drag(&browser, "mouse", at(&browser, name, (28, 6)).await?, at(&browser, name, (9, 1)).await?)
            .await?;
        let drawn: Drawn = browser.call("drawn", json!([name])).await.context(caps)?;
        let data = BASE64_STANDARD.decode(&drawn.data)?;
        ensure!(data.len() == length, "{caps}: {} bytes", data.len());
        let region = Region { x: 9, y: 1, width: 20, height: 6 };
        ensure!(drawn.region == Some(region), "{caps}: the region is {:?}", drawn.region);
        for found in [&drawn.measured, &drawn.asked] {
            let found = found.as_ref().context("not measured")?;
            check_region(found, region, &data, reads).context(caps)?;
            ensure!(found.sequence == drawn.sequence, "{caps}: another frame");
        }
        ensure!(
            drawn.measured.is_some_and(|measured| measured.of_region),
            "{caps}: not told to be the region's"
        );
        let says = "return document.querySelector('.histogram .where').textContent === 'region 20x6 at 9, 1'";
        browser.until("the region's numbers", says).await?;

        // It is carried along by its inside, and resized by a corner.
        drag(&browser, "mouse", at(&browser, name, (15, 3)).await?, at(&browser, name, (20, 4)).await?)
            .await?;
        let (x, y) = at(&browser, name, (33, 7)).await?;
        let [.., width, height]: [f64; 4] = browser.call("box", json!([name])).await?;
        // The corner is half a sample on.
        let corner = (x + width / 94.0, y + height / 16.0 - 1.0);
        drag(&browser, "mouse", corner, at(&browser, name, (46, 5)).await?).await?;
        let drawn: Drawn = browser.call("drawn", json!([name])).await.context(caps)?;
        let region = Region { x: 14, y: 2, width: 33, height: 4 };
        ensure!(drawn.region == Some(region), "{caps}: moved and resized, {:?}", drawn.region);
        check_region(&drawn.measured.context("not measured")?, region, &data, reads).context(caps)?;

        // Without any tool: a line with Alt.
        browser.act(keys(&[ESCAPE])).await?;
        ensure!(browser.run("return document.querySelector('sink-view').region").await? == Value::Null);
        drag_with(
            &browser,
            "mouse",
            Some(ALT),
            at(&browser, name, (44, 1)).await?,
            at(&browser, name, (3, 6)).await?,
        )
        .await?;
        let drawn: Drawn = browser.call("drawn", json!([name])).await.context(caps)?;
        let line = Line { x1: 44, y1: 1, x2: 3, y2: 6 };
        ensure!(
            drawn.line == Some(line) && drawn.region.is_none(),
            "{caps}: the line is {:?}, the region {:?}",
            drawn.line,
            drawn.region
        );
        for found in [&drawn.profiled, &drawn.read] {
            check_line(found.as_ref().context("no profile")?, line, &data, reads).context(caps)?;
        }
        browser
            .until(
                "its curves",
                &format!("return document.querySelectorAll('.profile li').length === {}", reads.len()),
            )
            .await?;
        // The steep way, and with Shift a region again.
        browser.run(&format!("document.querySelectorAll('sink-view').forEach((view) => {{ if (view.stream === '{name}') view.line = {{ x1: 21, y1: 7, x2: 23, y2: 0 }}; }})")).await?;
        drag_with(
            &browser,
            "mouse",
            Some(SHIFT),
            at(&browser, name, (2, 2)).await?,
            at(&browser, name, (8, 7)).await?,
        )
        .await?;
        let drawn: Drawn = browser.call("drawn", json!([name])).await.context(caps)?;
        let (line, region) =
            (Line { x1: 21, y1: 7, x2: 23, y2: 0 }, Region { x: 2, y: 2, width: 7, height: 6 });
        ensure!((drawn.line, drawn.region) == (Some(line), Some(region)), "{caps}: {drawn:?}");
        check_line(&drawn.profiled.context("no profile")?, line, &data, reads).context(caps)?;
        check_region(&drawn.measured.context("not measured")?, region, &data, reads).context(caps)?;
        browser.act(keys(&[ESCAPE, ESCAPE])).await?;
    }
    browser.finish(&[]).await
}
