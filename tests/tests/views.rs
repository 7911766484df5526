//! Views that are sent a part of their frames, in steps, or encoded: what they show is samples of the frames, and whoever
//! stops or reads one has all of it.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::{Browser, Capture, drawn, http};
use serde_json::{Value, json};
use viewer_wasm::convert::{Decoder, Picture};
use wire::Layout;
use wire::layout::{Component, Pixels};

/// Streams whose frames are all the same, each detail of them another.
const STILL: [(&str, &str); 4] = [
    ("bgr", "video/x-raw,format=BGR"),
    ("nv12", "video/x-raw,format=NV12"),
    ("p010", "video/x-raw,format=P010_10LE"),
    ("rggb", "video/x-bayer,format=rggb"),
];
/// Frames of random codes, each another one.
const RANDOM: &str = "videotestsrc is-live=true pattern=snow ! \
     video/x-raw,format=GRAY8,width=960,height=640,framerate=20/1 ! appsink name=random";

async fn still() -> Result<(Capture, Browser)> {
    let pipelines = STILL.map(|(name, caps)| {
        format!(
            "videotestsrc is-live=true pattern=zone-plate kx2=20 ky2=20 kt=0 ! \
             {caps},width=1280,height=960,framerate=15/1 ! appsink name={name}"
        )
    });
    let arguments: Vec<_> = pipelines.iter().flat_map(|pipeline| ["-p", pipeline]).collect();
    let capture = Capture::start(arguments).await?;
    let browser = drawn::blank(&capture).await?;
    Ok((capture, browser))
}

/// What a view showed of a frame that was sent in part, and the whole frame.
struct Part {
    layout: Layout,
    rgba: Vec<u8>,
    whole: Layout,
    data: Vec<u8>,
    answer: Value,
}

impl Part {
    async fn of(browser: &Browser, stream: &str, attributes: Value, zoom: Value) -> Result<Self> {
        let answer: Value = browser.call("part", json!([stream, attributes, zoom])).await?;
        ensure!(answer["errors"] == json!([]), "{stream}: {}", answer["errors"]);
        let bytes = |text: &Value| {
            Ok::<_, anyhow::Error>(BASE64_STANDARD.decode(text.as_str().context("no bytes")?)?)
        };
        let part = Self {
            layout: serde_json::from_value(answer["cut"]["layout"].clone())?,
            rgba: bytes(&answer["cut"]["rgba"])?,
            whole: serde_json::from_value(answer["whole"]["layout"].clone())?,
            data: bytes(&answer["data"])?,
            answer,
        };
        let size = |of: &str| (part.answer[of]["width"].clone(), part.answer[of]["height"].clone());
        ensure!(size("cut") == (json!(part.layout.sent_width()), json!(part.layout.sent_height())));
        ensure!(size("whole") == (json!(1280), json!(960)) && part.whole.is_whole(), "it stopped at a part");
        Ok(part)
    }

    /// The picture of the whole frame's samples that the layout of the part names.
    fn expected(&self) -> Result<Vec<u8>> {
        let checked = self.layout.clone().check()?;
        let mut payload = vec![0; usize::try_from(checked.min_payload_len())?];
        for (own, of_whole) in components(&self.layout).iter().zip(components(&self.whole)) {
            let region = self.layout.region;
            for row in 0..own.rows(self.layout.sent_height()) {
                for column in 0..own.columns(self.layout.sent_width()) {
                    let to = place(&self.layout, own, column, row)?;
                    let from = place(
                        &self.whole,
                        &of_whole,
                        (region.x >> own.w_sub) + column * self.layout.step.0,
                        (region.y >> own.h_sub) + row * self.layout.step.1,
                    )?;
                    let bytes = own.sample_bytes() as usize;
                    payload[to..to + bytes].copy_from_slice(&self.data[from..from + bytes]);
                }
            }
        }
        let decoder = Decoder::new(&checked, &Picture::default())?;
        let mut rgba = vec![0; decoder.rgba_len()];
        decoder.decode(&checked, &payload, &mut rgba)?;
        Ok(rgba)
    }
}

/// The components of a format; of a mosaic, one of bytes.
fn components(layout: &Layout) -> Vec<Component> {
    match &layout.pixels {
        Pixels::Components { components, .. } => components.clone(),
        Pixels::Named { .. } => vec![Component {
            name: 'S',
            plane: 0,
            offset: 0,
            pixel_stride: 1,
            depth: 8,
            shift: 0,
            w_sub: 0,
            h_sub: 0,
        }],
    }
}

fn place(layout: &Layout, component: &Component, column: u32, row: u32) -> Result<usize> {
    let plane = layout.planes[usize::from(component.plane)];
    let within = u64::from(row) * u64::from(plane.stride)
        + u64::from(component.offset)
        + u64::from(column) * u64::from(component.pixel_stride);
    Ok(usize::try_from(plane.offset + within)?)
}

#[tokio::test]
async fn steps_are_samples_of_the_whole_frame_in_any_encoding() -> Result<()> {
    let (_capture, browser) = still().await?;
    for (stream, _) in STILL {
        for encoding in ["raw", "lz4", "residual"] {
            let attributes = json!({ "view": "fit", "encoding": encoding });
            let part = Part::of(&browser, stream, attributes, Value::Null).await?;
            // 267 pixels for 1280 samples; of a mosaic every other step would show one colour.
            let step = if stream == "rggb" { 3 } else { 4 };
            ensure!(part.layout.step == (step, step), "{stream}: {:?}", part.layout.step);
            ensure!(part.layout.region == part.layout.whole());
            ensure!(part.rgba == part.expected()?, "{stream} in {encoding} is not what was sampled");
            // What stands for a place is what is there.
            let (asked, probe, exact) = (&part.answer["asked"], &part.answer["probe"], &part.answer["exact"]);
            ensure!(
                *asked == json!([2 * step + 1, step]) && probe["x"] == 2 * step && probe["y"] == step,
                "{probe}"
            );
            ensure!(probe["whole"] == false && exact["whole"] == true);
            let first = |probe: &Value| probe["components"][0].clone();
            ensure!(first(probe)["code"] == first(exact)["code"], "{stream}: {probe} and {exact}");
            ensure!(first(probe)["column"] == first(exact)["column"] && first(probe)["byteOffset"].is_null());
        }
    }
    drawn::finish(browser).await
}

#[tokio::test]
async fn a_region_is_the_part_that_is_seen() -> Result<()> {
    let (_capture, browser) = still().await?;
    for (stream, _) in STILL {
        let attributes = json!({ "view": "region", "encoding": "residual" });
        let part = Part::of(&browser, stream, attributes, json!([2, 641, 479])).await?;
        let region = part.layout.region;
        ensure!(part.layout.step == (1, 1), "{stream}: {:?}", part.layout.step);
        // 300 by 200 pixels, two a sample, and what keeps chroma and mosaics in their places.
        ensure!((150..=156).contains(&region.width) && (100..=106).contains(&region.height), "{region:?}");
        ensure!(region.x < 641 && 641 < region.x + region.width && region.y < 479, "{region:?}");
        ensure!(part.rgba == part.expected()?, "{stream} is not what was sampled");
        let cut = &part.answer["cut"]["box"];
        let across = cut["width"].as_f64().context("no width")?;
        ensure!((across - f64::from(region.width) * 2.0).abs() < 0.01, "two pixels a sample: {cut}");
        ensure!(
            cut["x"].as_f64().is_some_and(|x| x <= 8.01 && x > 8.0 - 12.0),
            "it begins where the view does: {cut}"
        );
    }
    drawn::finish(browser).await
}

#[tokio::test]
async fn whoever_stops_at_a_frame_has_all_of_it() -> Result<()> {
    let capture = Capture::start(["--history", "256MiB", RANDOM]).await?;
    let browser = drawn::blank(&capture).await?;
    for view in ["fit", "region", "full"] {
        let script = "
            const [mode, done] = arguments;
            (async () => {
                await import('/sink-view.js');
                const view = document.createElement('sink-view');
                for (const [name, value] of Object.entries({ view: mode, encoding: 'lz4', zoomable: '' })) view.setAttribute(name, value);
                view.style.cssText = 'display: block; width: 300px; height: 200px';
                document.body.replaceChildren(view);
                const drawn = () => new Promise((resolve) => view.addEventListener('frame', ({ detail }) => resolve(detail), { once: true }));
                await drawn();
                if (mode === 'region') view.zoomTo(4, 500, 300);
                for (let n = 0; n < 10; n++) await drawn();
                const before = view.layout;
                // While it goes on, the frame that is read is one that was drawn.
                const live = await view.readFrame();
                const codes = await view.readCodes(1, 1, 4, 1);
                const pause = view.pause();
                const first = await view.readFrame();
                await pause;
                const { width, height } = view.canvas;
                const second = await view.readFrame();
                const measured = await view.measure({ x: 0, y: 0, width: 960, height: 640 });
                const own = document.createElement('canvas');
                own.width = width;
                own.height = height;
                const context = own.getContext('2d');
                context.drawImage(view.canvas, 0, 0);
                const { data } = context.getImageData(0, 0, width, height);
                // Gray by its code: the canvas is the frame.
                const same = second.data.length === 960 * 640 && second.data.every((code, n) => data[4 * n] === code);
                return { before, live: live.sequence, liveLength: live.data.length, codes: [...codes.codes], sequences: [first.sequence, second.sequence],
                    measured: measured.sequence, width, height, same, data: btoa(String.fromCharCode(...second.data.subarray(0, 9600))) };
            })().then(done, (error) => done({ error: `${error.name}: ${error.message}` }));";
        let read = browser.run_async(script, vec![json!(view)]).await?;
        ensure!(read["error"].is_null(), "{view}: {}", read["error"]);
        let before: Layout = serde_json::from_value(read["before"].clone())?;
        ensure!(before.is_whole() == (view == "full"), "{view}: {:?} {:?}", before.region, before.step);
        let sequence = read["sequences"][1].as_u64().context("no sequence")?;
        ensure!(read["sequences"][0] == sequence && read["measured"] == sequence, "{view}: {read}");
        ensure!(
            read["live"].as_u64().is_some_and(|live| live <= sequence) && read["liveLength"] == 960 * 640
        );
        ensure!(
            read["width"] == 960 && read["height"] == 640 && read["same"] == true,
            "{view}: the canvas is another"
        );
        let file =
            http::get(capture.address(), &format!("/streams/random/frame.raw?sequence={sequence}")).await?;
        ensure!(file.status == 200, "{}", String::from_utf8_lossy(&file.body));
        let data = BASE64_STANDARD.decode(read["data"].as_str().context("no bytes")?)?;
        ensure!(file.body[..data.len()] == data[..], "{view}: not the appsink's bytes");
    }
    drawn::finish(browser).await
}

#[tokio::test]
async fn the_page_says_what_is_sent_and_keeps_what_is_chosen() -> Result<()> {
    let capture = Capture::start([RANDOM.replace("snow", "smpte75")]).await?;
    let browser = Browser::showing(&capture).await?;
    let notes =
        "[...document.querySelectorAll('#status .notes span')].map((note) => note.textContent).join(', ')";
    let choose = |field: &str, value: &str| {
        format!(
            "const control = [...document.querySelectorAll('.picture .field')].find((field) => \
             field.querySelector('label').textContent === {field:?}).querySelector('select'); \
             control.value = {value:?}; control.dispatchEvent(new Event('change')); return true"
        )
    };
    browser.until("a frame", "return document.querySelector('sink-view').layout !== null").await?;
    ensure!(browser.run(&format!("return {notes}")).await? == "", "whole frames as they are need no words");
    browser.press(&["o"]).await?;
    browser
        .until("the controls", "return document.querySelector('.picture .fields')?.hidden === false")
        .await?;
    browser.run("document.querySelector('sink-view').style.cssText = 'width: 240px; height: 160px'").await?;
    browser.run(&choose("sent", "fit")).await?;
    // The panel's histogram reads every sample.
    let why = "return document.querySelector('#panel').textContent.includes('whole frames while they are measured')";
    browser.until("why frames are whole", why).await?;
    browser.run("for (const section of document.querySelectorAll('#panel details')) section.open = section.textContent.startsWith('Picture')").await?;
    browser.until("steps", &format!("return {notes} === '1:4 samples'")).await?;
    browser.run(&choose("encoding", "residual")).await?;
    let encoded = format!("return /^1:4 samples, residual [0-9.]+x$/.test({notes})");
    browser.until("encoded", &encoded).await?;
    browser
        .until(
            "the address",
            "return location.hash.includes('view=fit') && location.hash.includes('encoding=residual')",
        )
        .await?;
    browser.run(&choose("encoding", "raw")).await?;
    browser.run(&choose("sent", "region")).await?;
    browser.run("document.querySelector('sink-view').zoomTo(4, 480, 320)").await?;
    browser.until("a region", &format!("return /^region [0-9]+x[0-9]+ of 960x640$/.test({notes})")).await?;
    browser.run(&choose("sent", "auto")).await?;
    browser.until("whole frames again", &format!("return {notes} === ''")).await?;
    browser.finish(&[]).await
}
