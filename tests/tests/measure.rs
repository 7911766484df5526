//! What is measured of a frame is what an independent reading of its bytes gives, and the panel shows it.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::json;
use std::fs;

/// Frames without padding, in every format that is read here.
const WIDTH: usize = 48;
const HEIGHT: usize = 8;
const PIXELS: usize = WIDTH * HEIGHT;
/// Left, top, width and height of a rectangle that cuts through chroma samples.
const RECTANGLE: [usize; 4] = [5, 1, 20, 6];

/// The view is brought on the stage and stopped; then everything is asked of one and the same frame.
const MEASURE: &str = "
    e2e.measure = async (name, [x, y, width, height]) => {
        location.hash = `#${name}`;
        const view = await e2e.view(name);
        await new Promise((resolve) => view.addEventListener('frame', resolve, { once: true }));
        await view.pause();
        const { data, sequence } = await view.readFrame();
        const plain = ({ components, ...rest }) => ({ ...rest, components: components.map((c) => ({ ...c, bins: [...c.bins] })) });
        const told = new Promise((resolve) => view.addEventListener('measured', ({ detail }) => resolve(detail), { once: true }));
        view.measuring = true;
        const outside = await view.measure({ x, y, width: 100, height }).then(() => '', (error) => error.name);
        const measured = {
            data: btoa(String.fromCharCode(...data)),
            sequence,
            whole: plain(await view.measure()),
            part: plain(await view.measure({ x, y, width, height })),
            told: plain(await told),
            outside,
        };
        view.measuring = false;
        await view.play();
        return measured;
    };
";

#[derive(Deserialize)]
struct Answer {
    data: String,
    sequence: u64,
    whole: Measurement,
    part: Measurement,
    told: Measurement,
    outside: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Measurement {
    sequence: u64,
    rect: Rectangle,
    components: Vec<Component>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Rectangle {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Component {
    name: char,
    depth: u32,
    count: usize,
    min: u16,
    max: u16,
    mean: f64,
    deviation: f64,
    used_bits: usize,
    zeros: usize,
    saturated: usize,
    bins: Vec<usize>,
    bin_codes: usize,
}

/// A component: its name, its depth, columns and lines to a sample, and the code of one by column and row.
type Read = (char, u32, usize, usize, fn(&[u8], usize, usize) -> u16);
/// Caps but for the size, bytes of a frame, components.
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
        "I420",
        "video/x-raw,format=I420",
        PIXELS * 3 / 2,
        &[
            ('Y', 8, 1, 1, |data, x, y| data[y * WIDTH + x].into()),
            ('U', 8, 2, 2, |data, x, y| data[PIXELS + y * (WIDTH / 2) + x].into()),
            ('V', 8, 2, 2, |data, x, y| data[PIXELS * 5 / 4 + y * (WIDTH / 2) + x].into()),
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

/// Everything that is said of a component, computed from its codes one by one.
fn expected(
    &(name, depth, across, down, read): &Read,
    data: &[u8],
    [x, y, width, height]: [usize; 4],
) -> Component {
    let samples = (0..HEIGHT / down).flat_map(|row| (0..WIDTH / across).map(move |column| (column, row)));
    let codes: Vec<u16> = samples
        .filter(|(column, row)| {
            (x..x + width).contains(&(column * across)) && (y..y + height).contains(&(row * down))
        })
        .map(|(column, row)| read(data, column, row))
        .collect();
    let white = u16::MAX >> (16 - depth);
    let bin_codes = (usize::from(white) + 1).div_ceil(256);
    let mut bins = vec![0; (usize::from(white) + 1) / bin_codes];
    for &code in &codes {
        bins[usize::from(code) / bin_codes] += 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "a few hundred codes")]
    let count = codes.len() as f64;
    let mean = codes.iter().copied().map(f64::from).sum::<f64>() / count;
    let variance = codes.iter().map(|&code| (f64::from(code) - mean).powi(2)).sum::<f64>() / count;
    let any = format!("{:b}", codes.iter().fold(0, |bits, code| bits | code));
    Component {
        name,
        depth,
        count: codes.len(),
        min: codes.iter().copied().min().unwrap_or(0),
        max: codes.iter().copied().max().unwrap_or(0),
        mean,
        deviation: variance.sqrt(),
        used_bits: any.trim_matches('0').len(),
        zeros: codes.iter().filter(|&&code| code == 0).count(),
        saturated: codes.iter().filter(|&&code| code == white).count(),
        bins,
        bin_codes,
    }
}

fn compare(
    what: &str,
    found: &Measurement,
    data: &[u8],
    reads: &[Read],
    rectangle: [usize; 4],
) -> Result<()> {
    let [x, y, width, height] = rectangle;
    ensure!(found.rect == Rectangle { x, y, width, height }, "{what}: {:?}", found.rect);
    ensure!(found.components.len() == reads.len(), "{what}: {} components", found.components.len());
    for (found, read) in found.components.iter().zip(reads) {
        let expected = expected(read, data, rectangle);
        ensure!((found.mean - expected.mean).abs() < 1e-9 * expected.mean.max(1.0), "{what}: {found:?}");
        let apart = (found.deviation - expected.deviation).abs();
        ensure!(apart < 1e-9 * expected.deviation.max(1.0), "{what}: {found:?}, not {expected:?}");
        // All else is whole numbers.
        let expected = Component { mean: found.mean, deviation: found.deviation, ..expected };
        ensure!(*found == expected, "{what}: {found:?}, not {expected:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_measured_is_what_the_bytes_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let streams = FORMATS.iter().map(|&(name, caps, length, _)| (name, caps, length));
    let pipeline = frames::noise_streams(folder.path(), streams, (WIDTH, HEIGHT))?;
    let capture = Capture::start([pipeline.as_str()]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(MEASURE).await?;
    for (name, caps, length, reads) in FORMATS {
        let answer: Answer = browser
            .call("measure", json!([name, RECTANGLE]))
            .await
            .with_context(|| format!("{caps}\n{}", capture.log()))?;
        let data = BASE64_STANDARD.decode(&answer.data)?;
        ensure!(data.len() == length, "{caps}: {} bytes", data.len());
        compare(caps, &answer.whole, &data, reads, [0, 0, WIDTH, HEIGHT])?;
        compare(caps, &answer.part, &data, reads, RECTANGLE)?;
        ensure!(answer.whole.sequence == answer.sequence && answer.told == answer.whole, "{caps}: the event");
        ensure!(answer.outside == "RangeError", "{caps}: outside of the frame: {:?}", answer.outside);
    }
    browser.finish(&[]).await
}

/// Black but for a white half: exact numbers, known beforehand.
#[tokio::test]
async fn the_panel_shows_the_numbers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("half");
    fs::write(&file, [[0; 64], [255; 64]].concat().repeat(48))?;
    let pipeline = format!(
        "multifilesrc location={} loop=true caps=\"video/x-raw,format=GRAY8,width=128,height=48,framerate=25/1\" \
         ! identity sleep-time=40000 ! appsink name=half",
        file.display()
    );
    let capture = Capture::start([pipeline.as_str()]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("a frame", "return document.querySelector('sink-view').statistics").await?;
    let press = json!([{ "type": "key", "id": "keys", "actions": [
        { "type": "keyDown", "value": "h" }, { "type": "keyUp", "value": "h" },
    ] }]);
    browser.act(press.clone()).await?;
    let texts = "
        const values = [...document.querySelectorAll('.histogram li dd')].map((value) => value.textContent.replace(/\\s/g, ' '));
        return values.length > 0 && values;
    ";
    let values = browser.until("the numbers", texts).await?;
    let half = "3 072 50 %";
    ensure!(values == json!(["0", "255", "127.50", "127.50", half, half]), "{values}");
    ensure!(
        browser
            .run("return document.activeElement.closest('details').textContent")
            .await?
            .to_string()
            .contains("Histogram")
    );
    let drawn = "const path = document.querySelector('.histogram path').getAttribute('d'); return path.split('M').length - 1";
    ensure!(browser.run(drawn).await? == 2, "two bars");
    ensure!(
        browser.run("return document.querySelector('.histogram svg').getAttribute('aria-label')").await?
            == "histogram of Y, codes 0 to 255"
    );

    // It follows the stream, about twice a second.
    let counting =
        "e2e.told = 0; document.querySelector('sink-view').addEventListener('measured', () => e2e.told++);";
    browser.run(counting).await?;
    browser.until("more of them", "return e2e.told >= 4").await?;

    // On a narrow screen nothing is wider than the screen; in either theme.
    for theme in ["dark", "light"] {
        browser.run(&format!("document.documentElement.dataset.theme = '{theme}'; document.getElementById('panel').style.inlineSize = '320px'")).await?;
        let within =
            "const list = document.querySelector('.histogram'); return list.scrollWidth <= list.clientWidth";
        ensure!(browser.run(within).await? == true, "{theme}: wider than the panel");
    }

    // Pressed again, the panel closes, and nobody measures.
    browser.act(press).await?;
    browser.until("the end", "return !document.querySelector('sink-view').measuring").await?;
    browser.finish(&[]).await
}
