//! The main path in Firefox: frames are drawn bit for bit, the page is driven by mouse, wheel and keys, and what the panel
//! says of a pixel is what the frame's bytes say.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::hands::keys;
use e2e::judge::Judge;
use e2e::{BOUND, Capture, Firefox, frames};
use serde_json::{Value, json};
use std::fs;

const WIDTH: usize = 48;
const HEIGHT: usize = 8;
const PIXELS: usize = WIDTH * HEIGHT;

/// Name, caps, bytes of a frame: a family each.
const STREAMS: [(&str, &str, usize); 6] = [
    ("BGR", "video/x-raw,format=BGR", PIXELS * 3),
    ("NV12", "video/x-raw,format=NV12", PIXELS * 3 / 2),
    ("P010", "video/x-raw,format=P010_10LE", PIXELS * 3),
    ("GRAY16", "video/x-raw,format=GRAY16_LE", PIXELS * 2),
    ("v210", "video/x-raw,format=v210", 128 * HEIGHT),
    ("Bayer", "video/x-bayer,format=grbg", PIXELS),
];

#[tokio::test]
async fn pixels_are_exact() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = Capture::start([frames::noise_streams(folder.path(), STREAMS, (WIDTH, HEIGHT))?]).await?;
    let firefox = Firefox::start().await?;
    // A page of the program's origin without views of its own.
    firefox.open(&format!("{}sink-view.js", capture.url())).await?;
    let views: Vec<_> = STREAMS
        .iter()
        .map(|(name, ..)| json!({ "stream": name, "attributes": { "color": "gst" } }))
        .collect();
    let drawn: Value = firefox.call("draw", &json!([views, BOUND.as_millis() / 2])).await?;
    for ((name, caps, _), drawn) in STREAMS.iter().zip(drawn.as_array().context("no list")?) {
        let part = |key: &str| {
            let text = drawn[key].as_str().with_context(|| format!("{name} is not drawn: {drawn}"))?;
            anyhow::Ok(BASE64_STANDARD.decode(text)?)
        };
        let bytes = fs::read(folder.path().join(name))?;
        frames::same_bytes(&bytes, &part("data")?).with_context(|| format!("{name}: readFrame()"))?;
        let caps = format!("{caps},width={WIDTH},height={HEIGHT},framerate=25/1");
        let expected = Judge::new(&caps, None)?.opaque(&bytes)?;
        frames::same_pixels(&expected, &part("rgba")?, WIDTH).context(*name)?;
    }
    firefox.finish().await
}

fn point(x: u32, y: u32) -> Value {
    let actions = json!([{ "type": "pointerMove", "x": x, "y": y, "duration": 0 }]);
    json!([{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions }])
}

#[tokio::test]
async fn the_page_is_driven_by_hand() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = Capture::start([frames::noise_streams(folder.path(), STREAMS, (WIDTH, HEIGHT))?]).await?;
    let firefox = Firefox::start().await?;
    firefox.open(capture.url()).await?;
    let live = "return [...document.querySelectorAll('sink-view')].filter((view) => view.state.state === 'live').length === 6";
    firefox.until("all streams live", live).await?;

    // Alt and 1: the first stream on the stage; the panel says the pixel under the pointer.
    let actions = json!([
        { "type": "keyDown", "value": "\u{e00a}" }, { "type": "keyDown", "value": "1" },
        { "type": "keyUp", "value": "1" }, { "type": "keyUp", "value": "\u{e00a}" },
    ]);
    firefox.act(json!([{ "type": "key", "id": "keys", "actions": actions }])).await?;
    firefox.until("the stage", "return document.body.classList.contains('staging')").await?;
    firefox.act(keys(&["i"])).await?;
    firefox.until("the panel", "return !document.querySelector('#panel').hidden").await?;
    let middle = firefox
        .run(
            "const { x, y, width, height } = document.querySelector('sink-view').getBoundingClientRect(); \
        return [Math.round(x + width / 2), Math.round(y + height / 2)]",
        )
        .await?;
    let [x, y]: [u32; 2] = serde_json::from_value(middle)?;
    firefox.act(point(x, y)).await?;
    firefox.until("a pixel", "return document.querySelector('sink-view').point && document.querySelector('.pixel td')?.textContent").await?;

    // Space: it stands still, and what is said is what the bytes say.
    firefox.act(keys(&[" "])).await?;
    firefox.until("a stop", "return document.querySelector('sink-view').state.state === 'paused'").await?;
    let said = firefox.until("the pixel's codes", "
        const view = document.querySelector('sink-view');
        const { data } = await view.readFrame();
        const { x, y } = view.point;
        const rows = [...document.querySelectorAll('.pixel tbody tr')].map((row) => [...row.children].map(({ textContent }) => textContent));
        return { x, y, rows, pixel: [...data.slice((y * view.layout.width + x) * 3).slice(0, 3)] };
    ").await?;
    let rows = said["rows"].as_array().context("no rows")?;
    ensure!(rows.len() >= 3, "{said}");
    for (row, (code, name)) in
        rows.iter().zip(said["pixel"].as_array().context("no pixel")?.iter().zip(["B", "G", "R"]))
    {
        ensure!(row[0] == name && row[1].as_str() == Some(code.to_string().as_str()), "{said}");
    }

    // The wheel zooms in until values are written in the pixels; what is written of the pixel looked at is what was said.
    let actions: Vec<_> = (0..12)
        .map(|_| json!({ "type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": -240, "duration": 0 }))
        .collect();
    firefox.act(json!([{ "type": "wheel", "id": "wheel", "actions": actions }])).await?;
    firefox
        .until("values in the pixels", "return document.querySelector('sink-view').written.size > 0")
        .await?;
    let written = firefox.run("const view = document.querySelector('sink-view'); return view.written.get(`${view.point.x},${view.point.y}`) ?? null").await?;
    let codes: Vec<_> = said["pixel"].as_array().context("no pixel")?.iter().map(Value::to_string).collect();
    let written: Vec<String> = serde_json::from_value(written)?;
    ensure!(
        codes.iter().all(|code| written.iter().any(|line| line.contains(code.as_str()))),
        "{written:?}, not {codes:?}"
    );

    // And back: fitted, live, and to the grid.
    firefox.act(keys(&["0"])).await?;
    firefox.until("the whole picture", "return document.querySelector('sink-view').fitted").await?;
    firefox.act(keys(&[" "])).await?;
    firefox.until("live again", "return document.querySelector('sink-view').state.state === 'live'").await?;
    firefox.act(keys(&["\u{e00c}"])).await?;
    firefox.until("the grid", "return !document.body.classList.contains('staging')").await?;
    firefox.finish().await
}

#[tokio::test]
async fn large_frames_come_in_a_body_and_are_verified() -> Result<()> {
    let capture = Capture::start([
        "videotestsrc is-live=true pattern=ball ! video/x-raw,format=BGR,width=1280,height=720,framerate=30/1 ! appsink name=k",
    ])
    .await?;
    let firefox = Firefox::start().await?;
    firefox.open(&format!("{}sink-view.js", capture.url())).await?;
    firefox
        .run(
            "await import('/sink-view.js');
            const view = document.createElement('sink-view');
            view.style = 'display: block; width: 300px; height: 200px';
            view.setAttribute('verifying', '');
            document.body.replaceChildren(view);",
        )
        .await?;
    let carrier = "return document.querySelector('sink-view').statistics?.carrier === 'HTTP'";
    firefox.until("frames by HTTP", carrier).await?;
    let verified = "const { state, count } = document.querySelector('sink-view').verification;
        return state === 'verified' && count > 60";
    firefox.until("verified frames", verified).await?;
    firefox.finish().await
}
