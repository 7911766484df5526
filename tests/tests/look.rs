//! Looking closely, as a person does it: the probe's codes are the bytes', zoom goes where it is asked to, and what is
//! written in the pixels is what the probe says.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::hands::keys;
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::{Value, json};

/// Frames without padding, in every format that is read here.
const WIDTH: usize = 48;
const HEIGHT: usize = 8;

/// Columns and rows that are probed; and a rectangle whose codes are read.
const PLACES: [(usize, usize); 8] = [(0, 0), (47, 0), (0, 7), (47, 7), (13, 3), (26, 5), (31, 2), (22, 6)];
const RECTANGLE: (usize, usize, usize, usize) = (5, 1, 20, 6);

/// The view is brought on the stage and stopped; then everything is asked of one and the same frame.
const LOOK: &str = "
    e2e.look = async (name, places, rectangle) => {
        location.hash = `#${name}`;
        const view = await e2e.view(name);
        await new Promise((resolve) => view.addEventListener('frame', resolve, { once: true }));
        await view.pause();
        const { data } = await view.readFrame();
        const probes = [];
        for (const [x, y] of places) probes.push(await view.probe(x, y));
        const codes = await view.readCodes(...rectangle);
        const own = document.createElement('canvas');
        [own.width, own.height] = [view.canvas.width, view.canvas.height];
        const context = own.getContext('2d', { willReadFrequently: true });
        context.drawImage(view.canvas, 0, 0);
        const drawn = places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
        const outside = await view.probe(places[1][0] + 1, 0).then(() => '', (error) => error.name);
        return { data: btoa(String.fromCharCode(...data)), probes, codes: [...codes.codes], drawn, outside };
    };
";

#[derive(Debug, Deserialize)]
struct Looked {
    data: String,
    probes: Vec<Probe>,
    codes: Vec<u16>,
    drawn: Vec<[u8; 3]>,
    outside: String,
}

#[derive(Debug, Deserialize)]
struct Probe {
    x: usize,
    y: usize,
    components: Vec<Component>,
    site: Option<char>,
    index: Option<u16>,
    rgb: [u8; 3],
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    name: char,
    code: u16,
    depth: u8,
    byte_offset: usize,
    column: usize,
    row: usize,
}

/// Name, depth, code, byte offset, column and row of a component.
type Expected = (char, u8, u16, usize, usize, usize);
/// Reads one pixel of a frame.
type Reader = fn(&[u8], usize, usize) -> Vec<Expected>;

/// A format: its caps but for the size, its frame's bytes, and the independent reader.
type Format = (&'static str, &'static str, usize, Reader);

const PIXELS: usize = WIDTH * HEIGHT;

fn byte(data: &[u8], at: usize) -> u16 {
    data[at].into()
}

fn little(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([data[at], data[at + 1]])
}

/// Some bits of a little-endian word of so many bytes.
fn bits(data: &[u8], at: usize, bytes: usize, shift: u32, depth: u32) -> u16 {
    let word = data[at..at + bytes].iter().rev().fold(0_u32, |word, &byte| word << 8 | u32::from(byte));
    u16::try_from(word >> shift & ((1 << depth) - 1)).unwrap_or(u16::MAX)
}

const FORMATS: [Format; 14] = [
    ("BGR", "video/x-raw,format=BGR", PIXELS * 3, |data, x, y| {
        let at = (y * WIDTH + x) * 3;
        let part = |(name, plus)| (name, 8, byte(data, at + plus), at + plus, x, y);
        [('B', 0), ('G', 1), ('R', 2)].map(part).to_vec()
    }),
    ("GRAY16LE", "video/x-raw,format=GRAY16_LE", PIXELS * 2, |data, x, y| {
        let at = (y * WIDTH + x) * 2;
        vec![('Y', 16, little(data, at), at, x, y)]
    }),
    ("GRAY16BE", "video/x-raw,format=GRAY16_BE", PIXELS * 2, |data, x, y| {
        let at = (y * WIDTH + x) * 2;
        vec![('Y', 16, little(data, at).swap_bytes(), at, x, y)]
    }),
    ("I420", "video/x-raw,format=I420", PIXELS * 3 / 2, |data, x, y| {
        let (at, chroma) = (y * WIDTH + x, PIXELS + y / 2 * (WIDTH / 2) + x / 2);
        let (u, v) = (chroma, chroma + PIXELS / 4);
        let part = |name, at: usize| (name, 8, byte(data, at), at, x / 2, y / 2);
        vec![('Y', 8, byte(data, at), at, x, y), part('U', u), part('V', v)]
    }),
    ("NV12", "video/x-raw,format=NV12", PIXELS * 3 / 2, |data, x, y| {
        let (at, chroma) = (y * WIDTH + x, PIXELS + y / 2 * WIDTH + x / 2 * 2);
        let part = |name, at: usize| (name, 8, byte(data, at), at, x / 2, y / 2);
        vec![('Y', 8, byte(data, at), at, x, y), part('U', chroma), part('V', chroma + 1)]
    }),
    ("YUY2", "video/x-raw,format=YUY2", PIXELS * 2, |data, x, y| {
        let pair = y * WIDTH * 2 + x / 2 * 4;
        let luma = pair + x % 2 * 2;
        let part = |name, at: usize| (name, 8, byte(data, at), at, x / 2, y);
        vec![('Y', 8, byte(data, luma), luma, x, y), part('U', pair + 1), part('V', pair + 3)]
    }),
    ("P010", "video/x-raw,format=P010_10LE", PIXELS * 3, |data, x, y| {
        let (at, chroma) = ((y * WIDTH + x) * 2, PIXELS * 2 + y / 2 * WIDTH * 2 + x / 2 * 4);
        let part = |name, at: usize, column, row| (name, 10, little(data, at) >> 6, at, column, row);
        vec![part('Y', at, x, y), part('U', chroma, x / 2, y / 2), part('V', chroma + 2, x / 2, y / 2)]
    }),
    ("AYUV64", "video/x-raw,format=AYUV64", PIXELS * 8, |data, x, y| {
        let at = (y * WIDTH + x) * 8;
        let part = |(name, plus)| (name, 16, little(data, at + plus), at + plus, x, y);
        [('Y', 2), ('U', 4), ('V', 6), ('A', 0)].map(part).to_vec()
    }),
    ("RGB16", "video/x-raw,format=RGB16", PIXELS * 2, |data, x, y| {
        let at = (y * WIDTH + x) * 2;
        let part = |(name, shift, depth): (char, u32, u8)| {
            (name, depth, bits(data, at, 2, shift, depth.into()), at, x, y)
        };
        [('R', 11, 5), ('G', 5, 6), ('B', 0, 5)].map(part).to_vec()
    }),
    ("RGB10", "video/x-raw,format=RGB10A2_LE", PIXELS * 4, |data, x, y| {
        let at = (y * WIDTH + x) * 4;
        let part = |(name, shift)| (name, 10, bits(data, at, 4, shift, 10), at, x, y);
        [('R', 0), ('G', 10), ('B', 20)].map(part).to_vec()
    }),
    ("v210", "video/x-raw,format=v210", 128 * HEIGHT, |data, x, y| {
        // U0 Y0 V0 Y1 U1 Y2 V1 Y3 U2 Y4 V2 Y5, three of ten bits in each word of 32.
        let group = y * 128 + x / 6 * 16;
        let part = |name, nth: usize, column| {
            let (word, third) = (group + nth / 3 * 4, nth % 3);
            let shift = u32::try_from(third * 10).unwrap_or(0);
            (name, 10, bits(data, word, 4, shift, 10), word + third * 10 / 8, column, y)
        };
        let pair = x % 6 / 2 * 4;
        vec![part('Y', x % 6 * 2 + 1, x), part('U', pair, x / 2), part('V', pair + 2, x / 2)]
    }),
    ("tiles", "video/x-raw,format=NV12_4L4", PIXELS * 3 / 2, |data, x, y| {
        let tiled =
            |column: usize, row: usize| (row / 4 * (WIDTH / 4) + column / 4) * 16 + row % 4 * 4 + column % 4;
        let (at, u) = (tiled(x, y), PIXELS + tiled(x / 2 * 2, y / 2));
        let part = |name, at: usize| (name, 8, byte(data, at), at, x / 2, y / 2);
        vec![('Y', 8, byte(data, at), at, x, y), part('U', u), part('V', u + 1)]
    }),
    ("palette", "video/x-raw,format=RGB8P", PIXELS + 1024, |data, x, y| {
        let at = y * WIDTH + x;
        vec![('I', 8, byte(data, at), at, x, y)]
    }),
    ("bayer", "video/x-bayer,format=grbg", PIXELS, |data, x, y| {
        let at = y * WIDTH + x;
        vec![('S', 8, byte(data, at), at, x, y)]
    }),
];

#[tokio::test]
async fn the_probe_says_what_the_bytes_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let streams = FORMATS.iter().map(|&(name, caps, length, _)| (name, caps, length));
    let pipeline = frames::noise_streams(folder.path(), streams, (WIDTH, HEIGHT))?;
    let capture = Capture::start([pipeline.as_str()]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(LOOK).await?;
    for (name, caps, length, reader) in FORMATS {
        let looked: Looked = browser
            .call("look", json!([name, PLACES, RECTANGLE]))
            .await
            .with_context(|| format!("{caps}\n{}", capture.log()))?;
        let data = BASE64_STANDARD.decode(&looked.data)?;
        ensure!(data.len() == length, "{caps}: {} bytes", data.len());
        ensure!(looked.outside == "RangeError", "{caps}: outside of the frame: {:?}", looked.outside);
        ensure!(looked.probes.len() == PLACES.len());
        for (probe, drawn) in looked.probes.iter().zip(&looked.drawn) {
            let found: Vec<Expected> = probe
                .components
                .iter()
                .map(|c| (c.name, c.depth, c.code, c.byte_offset, c.column, c.row))
                .collect();
            let expected = reader(&data, probe.x, probe.y);
            ensure!(found == expected, "{caps} at {}, {}: {found:?}, not {expected:?}", probe.x, probe.y);
            ensure!(probe.rgb == *drawn, "{caps}: the canvas has {drawn:?}: {probe:?}");
            let index = (name == "palette").then(|| expected[0].2);
            ensure!(probe.index == index, "{caps}: {probe:?}");
            let site = ["GR", "BG"][probe.y % 2].chars().nth(probe.x % 2).filter(|_| name == "bayer");
            ensure!(probe.site == site, "{caps}: {probe:?}");
            if let Some(index) = index {
                // Colours are B, G, R and one byte more, in the second plane.
                let color = &data[PIXELS + usize::from(index) * 4..][..3];
                ensure!(probe.rgb == [color[2], color[1], color[0]], "{probe:?} and {color:?}");
            }
        }
        let (left, top, width, height) = RECTANGLE;
        let expected: Vec<u16> = (top..top + height)
            .flat_map(|y| (left..left + width).map(move |x| (x, y)))
            .flat_map(|(x, y)| reader(&data, x, y).into_iter().map(|component| component.2))
            .collect();
        ensure!(looked.codes == expected, "{caps}: the codes of a rectangle");
    }
    browser.finish(&[]).await
}

/// Turned by nothing, so that what is at a point is easily said; moving, so that values change.
const PICTURE: &str = "videotestsrc pattern=snow ! video/x-raw,format=I420,width=160,height=120,framerate=30/1 \
                       ! appsink name=snow";

/// The first view, as a script has it.
const VIEW: &str = "const view = document.querySelector('sink-view');";

fn pointer(kind: &str, actions: &Value) -> Value {
    json!([{ "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": actions }])
}

fn to(x: i32, y: i32) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y })
}

async fn turn_wheel(browser: &Browser, at: (i32, i32), by: i32) -> Result<()> {
    let turn = json!({ "type": "scroll", "x": at.0, "y": at.1, "deltaX": 0, "deltaY": by, "duration": 0 });
    browser.act(json!([{ "type": "wheel", "id": "wheel", "actions": [turn] }])).await
}

/// Arrow keys, as the `WebDriver` standard numbers them.
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

#[tokio::test]
async fn values_are_written_in_zoomed_pixels() -> Result<()> {
    let capture = Capture::start([PICTURE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    browser.until("a frame", &format!("{VIEW} return view.zoom > 0 && view.statistics")).await?;
    browser.act(keys(&["i"])).await?;
    browser.act(pointer("mouse", &json!([to(300, 300)]))).await?;
    let pointed = browser.until("the pixel", &format!("{VIEW} return view.point")).await?;
    browser.until("the panel", "return document.querySelector('.pixel tbody tr')").await?;

    while browser.run(&format!("{VIEW} return view.zoom")).await? != 64 {
        turn_wheel(&browser, (300, 300), -120).await?;
    }
    let still = browser.run(&format!("{VIEW} return view.point")).await?;
    ensure!(still == pointed, "zoomed at {pointed}, the pointer is at {still} now");

    browser.act(keys(&[" "])).await?;
    browser
        .until(
            "the frame that it stopped at",
            "return document.querySelector('[data-command=freeze]').ariaPressed === 'true'",
        )
        .await?;
    let compare = "
        e2e.compare = async () => {
            const view = await e2e.view();
            await view.pause();
            for (let n = 0; n < 200; n++) {
                const { sequence } = await view.readFrame();
                const written = [...view.written];
                const wrong = [];
                for (const [place, lines] of written) {
                    const [x, y] = place.split(',').map(Number);
                    const { components } = await view.probe(x, y);
                    if (components.map(({ code }) => String(code)).join() !== lines.join()) wrong.push([place, lines, components]);
                }
                // The frame it stopped at may be written a moment later.
                if (wrong.length === 0 && written.length > 0) return { count: written.length, sequence, first: written[0] };
                await new Promise((resolve) => setTimeout(resolve, 20));
                if (n === 199) throw new Error(`${wrong.length} of ${written.length}: ${JSON.stringify(wrong[0])}`);
            }
        };
    ";
    browser.run(compare).await?;
    let compared: Value = browser.call("compare", json!([])).await?;
    ensure!(compared["count"].as_u64() > Some(100), "{compared}");
    ensure!(compared["first"][1].as_array().map(Vec::len) == Some(3), "Y, U and V: {compared}");

    // The mouse takes hold of a sample and carries it along.
    let middle = browser.run(&format!("{VIEW} return view.middle")).await?;
    let drag = json!([to(300, 300), { "type": "pointerDown", "button": 0 }, to(236, 428), { "type": "pointerUp", "button": 0 }]);
    browser.act(pointer("mouse", &drag)).await?;
    let now = browser.run(&format!("{VIEW} return view.middle")).await?;
    let moved = |axis: &str| now[axis].as_i64().zip(middle[axis].as_i64()).map(|(now, before)| now - before);
    ensure!((moved("x"), moved("y")) == (Some(1), Some(-2)), "dragged from {middle} to {now}");
    let compared: Value = browser.call("compare", json!([])).await?;
    ensure!(compared["count"].as_u64() > Some(100), "{compared}");

    // With a pixel shown, arrows go to the next ones; it is pinned where it is.
    browser.act(keys(&[RIGHT, RIGHT, DOWN, "p"])).await?;
    let point = browser.run(&format!("{VIEW} return view.point")).await?;
    let marks = browser.run(&format!("{VIEW} return view.marks")).await?;
    ensure!(marks[0]["x"] == point["x"] && marks[0]["y"] == point["y"], "{marks} at {point}");
    browser
        .until("the pin's codes", "return document.querySelectorAll('.pins tbody tr').length === 3")
        .await?;
    browser.run("document.querySelector('.pins button').click()").await?;
    ensure!(browser.run(&format!("{VIEW} return view.marks")).await? == json!([]));

    for (key, zoom, written) in [("-", 32, true), ("-", 16, false), ("+", 32, true), ("1", 1, false)] {
        browser.act(keys(&[key])).await?;
        let there = format!("{VIEW} return view.zoom === {zoom} && view.written.size > 0 === {written}");
        browser.until(&format!("zoom {zoom}"), &there).await?;
    }
    browser.act(keys(&["0"])).await?;
    ensure!(browser.run(&format!("{VIEW} return view.fitted && view.zoom > 1")).await? == true);
    browser.finish(&[]).await
}

#[tokio::test]
async fn a_finger_that_stays_puts_down_a_crosshair() -> Result<()> {
    let capture = Capture::start([PICTURE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("a frame", &format!("{VIEW} return view.zoom > 0 && view.statistics")).await?;
    let hold = json!([
        to(400, 300), { "type": "pointerDown", "button": 0 }, { "type": "pause", "duration": 700 },
        { "type": "pointerUp", "button": 0 },
    ]);
    browser.act(pointer("touch", &hold)).await?;
    let put = browser.until("the crosshair", &format!("{VIEW} return view.point")).await?;
    browser.until("the panel", "return !document.getElementById('panel').hidden").await?;
    // The panel has taken room: where the crosshair is now is asked for anew.
    browser
        .run(&format!("{VIEW} view.zoomTo(16, view.point.x, view.point.y); view.point = view.point;"))
        .await?;
    let (x, y) = (464, 350);
    let drag = json!([
        to(x, y), { "type": "pointerDown", "button": 0 }, to(x + 32, y), to(x + 48, y + 32),
        { "type": "pointerUp", "button": 0 },
    ]);
    browser.act(pointer("touch", &drag)).await?;
    let now = browser.run(&format!("{VIEW} return view.point")).await?;
    let moved = |axis: &str| now[axis].as_i64().zip(put[axis].as_i64()).map(|(now, before)| now - before);
    ensure!((moved("x"), moved("y")) == (Some(3), Some(2)), "dragged from {put} to {now}");
    browser.act(pointer("touch", &json!([to(80, 100), { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 }]))).await?;
    browser.until("no crosshair after a tap", &format!("{VIEW} return view.point === null")).await?;
    browser.finish(&[]).await
}

/// Where a sample is seen, that sample is found, however the picture is turned and its pixels are shaped; and zooming
/// keeps what is under the pointer.
#[tokio::test]
async fn points_are_the_samples_that_are_seen_there() -> Result<()> {
    const CHECK: &str = "
        e2e.geometry = async () => {
            const zoom = await import('./view/zoom.js');
            const { place } = await import('./view/shape.js');
            let count = 0;
            const turns = ['rotate-0', 'rotate-90', 'rotate-180', 'rotate-270'].flatMap((turn) => [turn, `flip-${turn}`]);
            for (const orientation of turns) for (const pixel_aspect_ratio of [[1, 1], [16, 11], [1, 2]]) for (const mode of ['progressive', 'alternate']) {
                const layout = { width: 40, height: 30, orientation, pixel_aspect_ratio, interlace: { mode } };
                const room = { width: 640, height: 480 };
                let at = place(layout, room, 'fit');
                for (const factor of [at.factor, 1, 5, 32, 64]) {
                    const point = { x: 333, y: 222 };
                    const before = zoom.sampleAt(layout, at, point);
                    at = zoom.placeZoomed(layout, room, zoom.zoomedAt(at, room, factor, point));
                    const after = zoom.sampleAt(layout, at, point);
                    const covers = at.seen.width >= room.width && at.seen.height >= room.height;
                    // At the edge the picture goes on to cover the room: then another sample is there.
                    if (covers && factor >= 32 && (before.x !== after.x || before.y !== after.y)) throw new Error(`${orientation} ${factor}: ${JSON.stringify([before, after])}`);
                    for (let n = 0; n < 50; n++) {
                        const sample = { x: n * 7 % 40, y: n * 11 % 30 };
                        const { left, top, width, height } = zoom.cellOf(layout, at, sample);
                        const found = zoom.sampleAt(layout, at, { x: left + width / 2, y: top + height / 2 });
                        if (found.x !== sample.x || found.y !== sample.y) throw new Error(`${orientation} at ${factor}: ${JSON.stringify([sample, found])}`);
                        count++;
                    }
                    const seen = zoom.seenSamples(layout, at, room);
                    if (!seen || seen.x < 0 || seen.x + seen.width > 40 || seen.y + seen.height > 30) throw new Error(JSON.stringify(seen));
                }
            }
            return count;
        };
    ";
    let capture = Capture::with_sources([PICTURE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(CHECK).await?;
    let count: u64 = browser.call("geometry", json!([])).await?;
    ensure!(count == 8 * 3 * 2 * 5 * 50, "{count}");
    browser.finish(&[]).await
}
