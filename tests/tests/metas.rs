//! What elements note about a frame is drawn where it is, on the frame that it was noted about, and listed.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::noted::Noted;
use e2e::{Browser, Capture, Client, http};
use gst_video::{VideoCropMeta, VideoRegionOfInterestMeta};
use serde::Deserialize;
use serde_json::{Value, json};

const WIDTH: usize = 64;
const HEIGHT: usize = 48;
const FPS: u64 = 30;
/// Top, width and height of the box that moves; it is painted red.
const TOP: usize = 30;
const BOX: (usize, usize) = (10, 8);
/// The box that stays, and the crop.
const PLATE: (u32, u32, u32, u32) = (20, 4, 12, 9);
const CROP: (u32, u32, u32, u32) = (2, 3, 58, 42);

/// Where the box is in a frame of that time: nothing but the time stamp decides it.
fn left(pts_nanos: u64) -> usize {
    let number = (pts_nanos * FPS + 500_000_000) / 1_000_000_000;
    usize::try_from(number * 3 % 50).unwrap_or(0)
}

fn note(buffer: &mut gst::BufferRef) {
    let x = left(buffer.pts().map_or(0, gst::ClockTime::nseconds));
    if let Ok(mut map) = buffer.map_writable() {
        for row in TOP..TOP + BOX.1 {
            for pixel in map[(row * WIDTH + x) * 3..(row * WIDTH + x + BOX.0) * 3].chunks_exact_mut(3) {
                pixel.copy_from_slice(&[255, 0, 0]);
            }
        }
    }
    let moving = [x, TOP, BOX.0, BOX.1].map(|value| u32::try_from(value).unwrap_or(0));
    VideoRegionOfInterestMeta::add(buffer, "car", (moving[0], moving[1], moving[2], moving[3])).set_id(3);
    let mut plate = VideoRegionOfInterestMeta::add(buffer, "plate", PLATE);
    plate.set_id(7);
    plate.set_parent_id(3);
    plate.add_param(
        gst::Structure::builder("detection").field("confidence", 0.5).field("text", "AB ü").build(),
    );
    VideoCropMeta::add(buffer, CROP);
}

fn pipeline(name: &str, ratio: &str, more: &str) -> String {
    format!(
        "videotestsrc is-live=true pattern=black ! video/x-raw,format=RGB,width={WIDTH},height={HEIGHT},\
         framerate={FPS}/1,pixel-aspect-ratio={ratio} ! {more} identity name=noted ! appsink name={name}"
    )
}

/// Stops the view at a frame and tells all there is about it.
const STOPPED: &str = "
    const view = await e2e.view(arguments[0]);
    await view.play();
    let last;
    const drawn = new Promise((resolve) => view.addEventListener('frame', ({ detail }) => { last = detail; resolve(); }));
    await drawn;
    await view.pause();
    const { data, sequence } = await view.readFrame();
    const { left, top } = view.getBoundingClientRect();
    return {
        pts: Number(last.ptsNanos), sequence: [last.sequence, sequence], said: last.metas, metas: view.frameMetas,
        boxes: view.metaBoxes.map((box) => ({ ...box, left: box.left + left, top: box.top + top })),
        data: btoa(String.fromCharCode(...data)),
    };
";

/// Steps back as often, as soon as as many frames have passed, and tells of each frame where its box is.
const STEPPED: &str = "
    const view = await e2e.view();
    let last = null;
    let passed = 0;
    await new Promise((resolve) => view.addEventListener('frame', ({ detail }) => { last = detail; if (++passed > 30) resolve(); }));
    const seen = [];
    for (let n = 0; n < arguments[0]; n++) {
        const sequence = await view.step(-1);
        seen.push([sequence, Number(last.ptsNanos), view.frameMetas.regions[0].box.x, last.held && last.sequence === sequence]);
    }
    return seen;
";

#[derive(Debug, Deserialize)]
struct Stopped {
    pts: u64,
    sequence: [u64; 2],
    said: Value,
    metas: Value,
    boxes: Vec<Drawn>,
    data: String,
}

#[derive(Debug, Deserialize, Clone, PartialEq)]
struct Drawn {
    label: String,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

/// The bounds of red, and the luma beside a box.
const RED: &str = "
    const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        const at = (y * width + x) * 4;
        if (data[at] < 150 || data[at + 1] > 60 || data[at + 2] > 60) continue;
        [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
    const box = arguments[1];
    const luma = (x, y) => data[(Math.floor(y) * width + Math.floor(x)) * 4 + 1];
    // The page may round a side that falls between two pixels the other way.
    const brightest = (x, y, across, down) =>
        Math.max(...[-1, 0, 1].map((by) => luma(x + by * across, y + by * down)));
    const [x, y] = [box.left + box.width * 0.9, box.top + box.height * 0.9];
    const lines = [brightest(Math.round(box.left) - 0.5, y, 1, 0), brightest(Math.round(box.left + box.width) + 0.5, y, 1, 0),
        brightest(x, Math.round(box.top) - 0.5, 0, 1), brightest(x, Math.round(box.top + box.height) + 0.5, 0, 1)];
    return [{ label: '', left, top, width: right - left, height: bottom - top }, lines];
";

/// Boxes on the page.
const BOXES: &str = "
    const view = await e2e.view(arguments[0]);
    const { left, top } = view.getBoundingClientRect();
    return view.metaBoxes.map((box) => ({ ...box, left: box.left + left, top: box.top + top }));
";

/// Sixty frames: time, told column, drawn column.
const FRAMES: &str = "
    const view = await e2e.view('k');
    const seen = [];
    await new Promise((resolve) => view.addEventListener('frame', ({ detail }) => {
        const [box] = view.metaBoxes.filter(({ label }) => label === 'car #3');
        const origin = view.metaBoxes.find(({ label }) => label === 'crop');
        // Positions on the screen become columns again by the crop, which stays where it is.
        const column = (box.left - origin.left) * 58 / origin.width + 2;
        if (seen.push([Number(detail.ptsNanos), view.frameMetas.regions[0].box.x, column]) === 60) resolve();
    }));
    return seen;
";

/// Whether the one box is in sight, and large.
const FILLED: &str = "
    const view = document.querySelector('sink-view');
    const [{ left, top, width, height }] = view.metaBoxes;
    const { width: w, height: h } = view.getBoundingClientRect();
    const isInside = left >= 0 && top >= 0 && left + width <= w && top + height <= h;
    return isInside && !view.fitted && Math.max(width / w, height / h) > 0.6;
";

/// The first number of the test: the second minute begins without two numbers, 60 frames on.
const FIRST: u64 = 1_740;

/// A hundred frames: time and time code.
const TIME_CODES: &str = "
    const view = await e2e.view('k');
    const seen = [];
    await new Promise((resolve) => view.addEventListener('frame', ({ detail }) => {
        if (seen.push([Number(detail.ptsNanos), detail.metas.timecode.text]) === 100) resolve();
    }));
    return seen;
";

/// Runs the body of an async function in the page.
async fn run(browser: &Browser, script: &str, arguments: Value) -> Result<Value> {
    let script = format!("e2e.once = async function () {{ {script} }};");
    browser.run(&script).await?;
    browser.call("once", arguments).await
}

/// The smallest rectangle with all red pixels of a picture of the page, and the luma beside the middle of a box's sides.
async fn seen(browser: &Browser, beside: &Drawn) -> Result<(Drawn, Vec<f64>)> {
    let png = BASE64_STANDARD.encode(browser.picture(1280, 800).await?);
    let beside =
        json!({ "left": beside.left, "top": beside.top, "width": beside.width, "height": beside.height });
    Ok(serde_json::from_value(run(browser, RED, json!([png, beside])).await?)?)
}

fn near(a: &Drawn, b: &Drawn, by: f64) -> bool {
    let pairs = [(a.left, b.left), (a.top, b.top), (a.width, b.width), (a.height, b.height)];
    pairs.iter().all(|(a, b)| (a - b).abs() <= by)
}

/// Columns of the frame's first red pixel.
fn painted(data: &str) -> Result<usize> {
    let data = BASE64_STANDARD.decode(data)?;
    let row = &data[TOP * WIDTH * 3..(TOP + 1) * WIDTH * 3];
    row.chunks_exact(3).position(|pixel| pixel == [255, 0, 0]).context("no red pixel")
}

async fn stopped(browser: &Browser, name: &str) -> Result<Stopped> {
    let stopped: Stopped = serde_json::from_value(run(browser, STOPPED, json!([name])).await?)?;
    let x = left(stopped.pts);
    ensure!(stopped.sequence[0] == stopped.sequence[1], "{stopped:?}");
    ensure!(stopped.said == stopped.metas, "{:?}", stopped.said);
    ensure!(
        stopped.metas["regions"][0]["box"] == json!({ "x": x, "y": TOP, "width": BOX.0, "height": BOX.1 })
    );
    ensure!(painted(&stopped.data)? == x, "the box is at {x}, the picture's at {}", painted(&stopped.data)?);
    Ok(stopped)
}

#[tokio::test]
async fn boxes_are_drawn_where_they_are_however_the_picture_is_turned_and_zoomed() -> Result<()> {
    let [plain, wide, turned] = [
        pipeline("plain", "1/1", ""),
        pipeline("wide", "2/1", ""),
        pipeline("turned", "1/1", "taginject tags=image-orientation=rotate-90 !"),
    ];
    let noted = Noted::start(&[&plain, &wide, &turned], note).await?;
    let browser = Browser::at(&noted.url()).await?;
    // Sets the window's size for all pictures.
    browser.picture(1280, 800).await?;
    for name in ["plain", "wide", "turned"] {
        browser.run(&format!("location.hash = '#{name}'")).await?;
        browser.until("the stage", "return document.querySelector('.staged sink-view')?.zoom > 1").await?;
        for zoom in ["view.fit()", "view.zoomTo(view.zoom * 1.5, view.frameMetas.regions[0].box.x + 5, 34)"] {
            let before = stopped(&browser, name).await?;
            // The box stays in sight, wherever it is in this frame.
            let script = format!("const view = await e2e.view(arguments[0]); {zoom};");
            run(&browser, &script, json!([name])).await?;
            ensure!(before.boxes.is_empty(), "{:?}", before.boxes);
            let (red, _) =
                seen(&browser, &Drawn { label: String::new(), left: 9.0, top: 9.0, width: 9.0, height: 9.0 })
                    .await?;
            browser.press(&["m"]).await?;
            let shown = "const view = document.querySelector('.staged sink-view'); return view.metas && view.metaBoxes.length === 3";
            browser.until("the boxes", shown).await?;
            let boxes: Vec<Drawn> = serde_json::from_value(run(&browser, BOXES, json!([name])).await?)?;
            ensure!(
                boxes.iter().map(|drawn| drawn.label.as_str()).eq(["crop", "car #3", "plate #7"]),
                "{boxes:?}"
            );
            let (inside, lines) = seen(&browser, &boxes[1]).await?;
            ensure!(near(&boxes[1], &red, 1.0), "{name}, {zoom}: {:?} drawn, {red:?} is red", boxes[1]);
            // The dark line inside of the white one.
            ensure!(
                near(&inside, &red, 4.0) && inside.width < red.width,
                "{name}, {zoom}: {inside:?} of {red:?}"
            );
            ensure!(lines.iter().all(|&luma| luma > 200.0), "{name}, {zoom}: beside the box {lines:?}");
            browser.press(&["m"]).await?;
            browser
                .until(
                    "no boxes",
                    "return document.querySelector('.staged sink-view').metaBoxes.length === 0",
                )
                .await?;
            run(&browser, "await (await e2e.view(arguments[0])).play();", json!([name])).await?;
        }
    }
    browser.finish(&[]).await?;
    noted.finish().await
}

#[tokio::test]
async fn metas_belong_to_the_frame_that_is_drawn() -> Result<()> {
    let noted = Noted::start(&[&pipeline("k", "1/1", "")], note).await?;
    let browser = Browser::at(&noted.url()).await?;
    browser.press(&["m"]).await?;
    browser.until("the boxes", "return document.querySelector('sink-view').metaBoxes.length === 3").await?;
    let seen: Vec<(u64, usize, f64)> = serde_json::from_value(run(&browser, FRAMES, json!([])).await?)?;
    let mut places: Vec<_> = seen.iter().map(|&(_, x, _)| x).collect();
    for &(pts, x, column) in &seen {
        #[expect(clippy::cast_precision_loss, reason = "at most 50")]
        let drawn = (column - x as f64).abs();
        ensure!(
            x == left(pts) && drawn < 0.01,
            "at {pts} the box is at {}: told {x}, drawn {column}",
            left(pts)
        );
    }
    places.dedup();
    ensure!(places.len() > 20, "the box stands still: {places:?}");
    for _ in 0..5 {
        stopped(&browser, "k").await?;
    }
    browser.finish(&[]).await?;
    noted.finish().await
}

#[tokio::test]
async fn the_panel_lists_them_points_at_them_and_zooms_to_them() -> Result<()> {
    let noted = Noted::start(&[&pipeline("k", "1/1", "")], note).await?;
    let browser = Browser::at(&noted.url()).await?;
    let at = stopped(&browser, "k").await?;
    browser.press(&["i"]).await?;
    let text = browser
        .until("the list", "return [...document.querySelectorAll('.metas ol > li')].map((li) => li.innerText.replace(/\\s+/g, ' ')).join('|')")
        .await?;
    let x = left(at.pts);
    let expected = format!(
        "crop x 2 y 3 58x42|car #3 x {x} y {TOP} {}x{}|plate #7 of #3 x 20 y 4 12x9 detection · confidence 0.5 · text AB ü",
        BOX.0, BOX.1
    );
    ensure!(text == expected, "{text}");
    // What has the focus is drawn, although the others are not.
    browser.run("document.querySelectorAll('.metas ol button')[2].focus()").await?;
    let only = "return document.querySelector('sink-view').metaBoxes.map(({ label }) => label).join()";
    ensure!(browser.until("the highlight", only).await? == "plate #7");
    browser.press(&["\u{e007}"]).await?;
    browser.until("the region in sight, and large", FILLED).await?;
    browser.run("document.activeElement.blur()").await?;
    browser
        .until("no highlight", "return document.querySelector('sink-view').metaBoxes.length === 0")
        .await?;
    let json = http::get(noted.address(), "/streams/k/frame.json").await?;
    let json: Value = serde_json::from_slice(&json.body)?;
    let pts = json["pts_nanos"].as_u64().context("no PTS")?;
    ensure!(json["metas"]["regions"][0]["box"]["x"] == left(pts), "{json}");
    ensure!(json["metas"]["crop"] == json!({ "x": 2, "y": 3, "width": 58, "height": 42 }), "{json}");
    browser.finish(&[]).await?;
    noted.finish().await
}

/// A drop-frame time code by the definition: numbers 0 and 1 are left out each minute but the tenth.
fn drop_frame(number: u64) -> String {
    let (tens, rest) = (number / 17_982, number % 17_982);
    let minutes = if rest < 1_800 { 0 } else { 1 + (rest - 1_800) / 1_798 };
    let label = number + 18 * tens + 2 * minutes;
    let (frames, seconds) = (label % 30, label / 30);
    format!("{:02}:{:02}:{:02};{frames:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[tokio::test]
async fn time_codes_are_those_of_the_frames() -> Result<()> {
    let source = "videotestsrc ! video/x-raw,format=GRAY8,width=64,height=48,framerate=30000/1001";
    let pipeline =
        format!("{source} ! timecodestamper drop-frame=true timecode-offset={FIRST} ! appsink name=k");
    // With it, the pipeline waits for its first viewer, and each frame is seen.
    let capture = Capture::start(["--policy", "every", &pipeline]).await?;
    let browser = Browser::showing(&capture).await?;
    let seen: Vec<(u64, String)> = serde_json::from_value(run(&browser, TIME_CODES, json!([])).await?)?;
    for (pts, text) in &seen {
        let number = FIRST + (pts * 30_000 / 1_001 + 500_000_000) / 1_000_000_000;
        ensure!(*text == drop_frame(number), "frame {number}: {text}, not {}", drop_frame(number));
    }
    ensure!(*seen[0].1 < *"00:01:00;02" && *seen[99].1 > *"00:01:00;02", "{seen:?}");
    run(&browser, "await (await e2e.view('k')).pause();", json!([])).await?;
    browser.press(&["i"]).await?;
    let listed = browser
        .until("the time code", "return document.querySelector('.metas .facts dd')?.textContent")
        .await?;
    let told = browser.run("return document.querySelector('sink-view').frameMetas.timecode").await?;
    ensure!(told["text"] == listed && told["framerate"] == json!([30_000, 1_001]), "{listed}: {told}");
    browser.finish(&[]).await
}

#[tokio::test]
async fn frames_of_the_past_have_their_own_metas() -> Result<()> {
    let noted = Noted::with_history(&[&pipeline("k", "1/1", "")], note, 4 << 20).await?;
    let browser = Browser::at(&noted.url()).await?;
    browser.until("a picture", "return document.querySelector('sink-view')?.frameMetas != null").await?;
    let seen: Vec<(u64, u64, usize, bool)> =
        serde_json::from_value(run(&browser, STEPPED, json!([10])).await?)?;
    for (step, &(sequence, pts, x, is_held)) in seen.iter().enumerate() {
        ensure!(is_held && x == left(pts), "frame {sequence}, {step} steps back: {x}, not {}", left(pts));
        ensure!(step == 0 || sequence < seen[step - 1].0, "{seen:?}");
    }
    ensure!(seen.len() == 10, "{seen:?}");
    browser.finish(&[]).await?;
    noted.finish().await
}

#[tokio::test]
async fn streams_without_metas_have_no_section_and_no_bytes() -> Result<()> {
    let source = "videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=64,height=48,framerate=30/1";
    let capture = Capture::start([format!("{source} ! appsink name=k")]).await?;
    let frame = Client::subscribed(capture.address(), "k").await?.frame().await?;
    ensure!(frame.header.metas_len == 0, "{:?}", frame.header);
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    browser.press(&["i"]).await?;
    let hidden = "return document.querySelector('.metas').closest('details').hidden";
    browser.until("the panel", "return !document.querySelector('#panel').hidden").await?;
    ensure!(browser.run(hidden).await? == true);
    // Asked for, it says why there is nothing.
    browser.press(&["m"]).await?;
    browser
        .until("the section", "return !document.querySelector('.metas').closest('details').hidden")
        .await?;
    let said = browser.run("return document.querySelector('.metas').innerText").await?;
    ensure!(said.as_str().is_some_and(|said| said.contains("no regions of interest")), "{said}");
    browser.finish(&[]).await
}
