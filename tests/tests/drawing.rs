//! Regions and lines drawn by finger and by keys, on moving pictures, and on pictures that are turned.

use anyhow::{Result, ensure};
use e2e::{Browser, Capture};
use serde_json::{Value, json};

/// Moving, so that what is told changes.
const PICTURE: &str = "videotestsrc pattern=snow ! video/x-raw,format=I420,width=160,height=120,framerate=30/1 \
                       ! appsink name=snow";

/// The first view, as a script has it.
const VIEW: &str = "const view = document.querySelector('sink-view');";

/// Keys as the `WebDriver` standard numbers them.
const SHIFT: &str = "\u{e008}";
const ESCAPE: &str = "\u{e00c}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

/// Presses a key with Shift.
async fn shift(browser: &Browser, key: &str) -> Result<()> {
    let stroke = |kind: &str, key: &str| json!({ "type": kind, "value": key });
    let strokes = json!([
        stroke("keyDown", SHIFT),
        stroke("keyDown", key),
        stroke("keyUp", key),
        stroke("keyUp", SHIFT)
    ]);
    browser.act(json!([{ "type": "key", "id": "keys", "actions": strokes }])).await
}

/// A finger that comes, goes through these points of the window, and leaves.
async fn touch(browser: &Browser, points: &[(i64, i64)]) -> Result<()> {
    let mut moves: Vec<_> =
        points.iter().map(|(x, y)| json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y })).collect();
    moves.insert(1, json!({ "type": "pointerDown", "button": 0 }));
    moves.push(json!({ "type": "pointerUp", "button": 0 }));
    let finger = json!({ "type": "pointer", "id": "finger", "parameters": { "pointerType": "touch" }, "actions": moves });
    browser.act(json!([finger])).await
}

async fn showing(pipeline: &str) -> Result<(Capture, Browser)> {
    let capture = Capture::start([pipeline]).await?;
    let browser = Browser::showing(&capture).await?;
    let there = format!("{VIEW} return view?.zoom > 0 && view.hasAttribute('zoomable') && view.statistics");
    browser.until("a frame", &there).await?;
    Ok((capture, browser))
}

#[tokio::test]
async fn a_finger_draws_once_a_tool_is_chosen() -> Result<()> {
    let (_capture, browser) = showing(PICTURE).await?;
    // On a phone the tools are in the panel.
    browser.run("document.querySelector('[data-command=panel]').click()").await?;
    let button = "
        const button = document.querySelector('[data-tool=region]');
        button.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = button.getBoundingClientRect();
        return width > 0 && [Math.floor(left + width / 2), Math.floor(top + height / 2)];
    ";
    let [x, y]: [i64; 2] = serde_json::from_value(browser.until("the button", button).await?)?;
    touch(&browser, &[(x, y)]).await?;
    browser.until("the tool", &format!("{VIEW} return view.tool === 'region'")).await?;
    let pressed = "return document.querySelector('[data-tool=region]').ariaPressed === 'true'";
    browser.until("the button to say so", pressed).await?;
    let before = browser.run(&format!("{VIEW} return view.middle")).await?;

    let (from, to) = ((240, 260), (480, 420));
    touch(&browser, &[from, (300, 300), to]).await?;
    // What is expected comes from where the canvas is, not from the page's own arithmetic.
    let expected = format!(
        "{VIEW}
        const {{ left, top, width, height }} = view.canvas.getBoundingClientRect();
        const at = (x, y) => [Math.floor((x + 0.5 - left) * 160 / width), Math.floor((y + 0.5 - top) * 120 / height)];
        const [[x, y], [right, bottom]] = [at({}, {}), at({}, {})];
        return view.region && JSON.stringify(view.region) === JSON.stringify({{ x, y, width: right - x + 1, height: bottom - y + 1 }});",
        from.0, from.1, to.0, to.1
    );
    browser.until("the region", &expected).await?;
    ensure!(
        browser.run(&format!("{VIEW} return view.middle")).await? == before,
        "the finger has moved the picture"
    );
    ensure!(
        browser.run(&format!("{VIEW} return view.point")).await? == Value::Null,
        "a crosshair was put down"
    );
    let words = format!(
        "{VIEW} const {{ x, y, width, height }} = view.region;
        return document.querySelector('.histogram .where').textContent === `region ${{width}}x${{height}} at ${{x}}, ${{y}}`"
    );
    browser.until("its numbers", &words).await?;

    // A second finger asks for zoom, and what the first one has begun is undone.
    let kept = browser.run(&format!("{VIEW} return view.region")).await?;
    let wait = json!({ "type": "pause", "duration": 0 });
    let go = |x: i64, y: i64| json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y });
    let (down, up) =
        (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
    let finger = |id: &str, moves: Value| json!({ "type": "pointer", "id": id, "parameters": { "pointerType": "touch" }, "actions": moves });
    browser
        .act(json!([
            finger("one", json!([go(520, 500), down, go(560, 540), wait, wait, wait, up])),
            finger("two", json!([go(640, 500), wait, wait, down, go(760, 500), go(800, 500), up])),
        ]))
        .await?;
    ensure!(browser.run(&format!("{VIEW} return view.region")).await? == kept, "the pinch has drawn");
    ensure!(browser.run(&format!("{VIEW} return view.fitted")).await? == false, "the pinch has not zoomed");
    browser.finish(&[]).await
}

#[tokio::test]
async fn keys_draw_move_and_read() -> Result<()> {
    let (_capture, browser) = showing(PICTURE).await?;
    let region = format!("{VIEW} return Object.values(view.region)");
    browser.press(&["b", RIGHT]).await?;
    ensure!(
        browser.run(&region).await? == json!([60, 45, 40, 30]),
        "a quarter of the picture, in its middle"
    );
    browser.press(&[RIGHT, RIGHT, DOWN]).await?;
    shift(&browser, RIGHT).await?;
    shift(&browser, DOWN).await?;
    shift(&browser, DOWN).await?;
    ensure!(browser.run(&region).await? == json!([62, 46, 41, 32]), "moved, and resized");
    let spoken = "return [...document.querySelectorAll('[role=status]')].some((said) => said.textContent === 'region 41x32 at 62, 46')";
    browser.until("it to be said", spoken).await?;
    // Escape takes it away, and does not leave the stage.
    browser.press(&[ESCAPE]).await?;
    let gone = format!(
        "{VIEW} return view.region === null && view.tool === null && document.body.classList.contains('staging')"
    );
    ensure!(browser.run(&gone).await? == true);
    browser
        .until(
            "whole frames again",
            "return document.querySelector('.histogram .where').textContent === 'whole frame 160x120'",
        )
        .await?;

    let folded = "return document.querySelector('.profile').closest('details').hidden";
    ensure!(browser.run(folded).await? == true, "a profile without a line");
    browser.press(&["l", RIGHT]).await?;
    shift(&browser, DOWN).await?;
    ensure!(
        browser.run(&format!("{VIEW} return Object.values(view.line)")).await? == json!([60, 60, 99, 61])
    );
    browser
        .until("three curves", "return document.querySelectorAll('.profile li path[d]').length === 3")
        .await?;
    ensure!(browser.run(folded).await? == false);

    // What the slider reads is what the probe says of that pixel, which is marked.
    let stopped = "
        e2e.read = async () => {
            const view = await e2e.view();
            await view.pause();
            const { sequence } = await view.readFrame();
            while (!document.querySelector('.profile .head .quiet').textContent.replace(/\\D/g, '').endsWith(sequence)) await new Promise(requestAnimationFrame);
            document.querySelector('.profile input[type=range]').focus();
        };
        e2e.said = async () => {
            const view = await e2e.view();
            const { components } = await view.probe(62, 60);
            return [view.position, [...document.querySelectorAll('.profile .code')].map(({ textContent }) => Number(textContent)), components.map(({ code }) => code)];
        };
    ";
    browser.run(stopped).await?;
    let _: Value = browser.call("read", json!([])).await?;
    browser.press(&[RIGHT, RIGHT]).await?;
    let (position, shown, probed): (u32, Vec<u32>, Vec<u32>) = browser.call("said", json!([])).await?;
    ensure!(position == 2 && shown == probed && shown.len() == 3, "{position}: {shown:?}, not {probed:?}");
    let outside = format!(
        "{VIEW} return [{{ x: 150, y: 0, width: 11, height: 1 }}, {{ x: 0, y: 0, width: 0, height: 1 }}, {{ x: 0.5, y: 0, width: 1, height: 1 }}].map((region) => {{
            try {{ view.region = region; return ''; }} catch (error) {{ return error.name; }}
        }})"
    );
    ensure!(browser.run(&outside).await? == json!(["RangeError", "RangeError", "RangeError"]));
    browser.finish(&[]).await
}

/// Frames are drawn on while a region and a line of them are read.
#[tokio::test]
async fn reading_goes_on_beside_drawing() -> Result<()> {
    const LARGE: &str = "videotestsrc pattern=snow ! video/x-raw,format=I420,width=1280,height=720,framerate=30/1 \
                         ! appsink name=large";
    const WATCH: &str = "
        const view = document.querySelector('sink-view');
        e2e.seen = { frame: 0, measured: [], profiled: [], wrong: [] };
        view.addEventListener('frame', () => e2e.seen.frame++);
        view.addEventListener('measured', ({ detail: { sequence, rect, ofRegion, components } }) => {
            e2e.seen.measured.push(sequence);
            if (!ofRegion || rect.width !== 1000 || components[0].count !== 700000) e2e.seen.wrong.push(rect);
        });
        view.addEventListener('profiled', ({ detail: { sequence, points } }) => {
            e2e.seen.profiled.push(sequence);
            if (points.length !== 2 * 1280) e2e.seen.wrong.push(points.length);
        });
        view.region = { x: 10, y: 10, width: 1000, height: 700 };
        view.line = { x1: 0, y1: 0, x2: 1279, y2: 719 };
        view.measuring = true;
    ";
    let (_capture, browser) = showing(LARGE).await?;
    browser.run(WATCH).await?;
    let enough = "return e2e.seen.frame >= 20 && e2e.seen.measured.length >= 4 && e2e.seen.profiled.length >= 6 && e2e.seen";
    let seen = browser.until("frames and what is told of them", enough).await?;
    ensure!(seen["wrong"] == json!([]), "{seen}");
    for kind in ["measured", "profiled"] {
        let rises = seen[kind]
            .as_array()
            .is_some_and(|list| list.windows(2).all(|two| two[0].as_u64() < two[1].as_u64()));
        ensure!(rises, "{kind}: {seen}");
    }
    browser.finish(&[]).await
}

/// A frame that takes many slices to measure does not keep anybody waiting meanwhile.
#[tokio::test]
async fn other_calls_do_not_wait_for_a_measurement() -> Result<()> {
    const HUGE: &str = "videotestsrc ! video/x-raw,format=I420,width=4096,height=4096,framerate=2/1 \
                        ! appsink name=huge";
    const ORDER: &str = "
        e2e.order = async () => {
            const view = await e2e.view();
            await view.pause();
            const order = [];
            const done = (name) => () => order.push(name);
            await Promise.all([view.measure().then(done('measure')), view.probe(3, 5).then(done('probe'))]);
            return order;
        };
    ";
    let (_capture, browser) = showing(HUGE).await?;
    browser.run(ORDER).await?;
    let order: Vec<String> = browser.call("order", json!([])).await?;
    ensure!(order == ["probe", "measure"], "{order:?}");
    browser.finish(&[]).await
}

/// However a picture is turned and its pixels are shaped, what is drawn covers the samples that are seen there, and keys
/// move it as it is seen.
#[tokio::test]
async fn what_is_drawn_is_where_the_hand_was() -> Result<()> {
    const CHECK: &str = "
        e2e.drawing = async () => {
            const { Tools } = await import('./view/tools.js');
            const { place, placeAt } = await import('./view/shape.js');
            const { cellOf } = await import('./view/zoom.js');
            const same = (a, b) => Math.abs(a - b) < 1e-6;
            let count = 0;
            const turns = ['rotate-0', 'rotate-90', 'rotate-180', 'rotate-270'].flatMap((turn) => [turn, `flip-${turn}`]);
            for (const orientation of turns) for (const pixel_aspect_ratio of [[1, 1], [16, 11], [1, 2]]) for (const factor of [0, 1, 20]) {
                const layout = { width: 40, height: 30, orientation, pixel_aspect_ratio, interlace: { mode: 'progressive' } };
                const room = { width: 640, height: 480 };
                const fitting = { layout, room, place: factor ? placeAt(layout, factor, -7, 3) : place(layout, room, 'fit') };
                const tools = new Tools(document.createElement('div'), fitting, async () => {}, () => {}, () => {});
                const event = { button: 0, pointerType: 'mouse', altKey: false, shiftKey: false };
                const seen = () => {
                    const { x, y, width, height } = tools.region;
                    return cellOf(layout, fitting.place, { x, y }, { x: x + width - 1, y: y + height - 1 });
                };
                const complain = (what) => { throw new Error(`${what}: ${orientation} ${pixel_aspect_ratio} ${factor}: ${JSON.stringify([tools.region, seen()])}`); };
                const cell = cellOf(layout, fitting.place, { x: 0, y: 0 });
                const all = cellOf(layout, fitting.place, { x: 0, y: 0 }, { x: 39, y: 29 });
                tools.tool = 'region';
                const [from, to] = [{ x: all.left + cell.width * 4.5, y: all.top + cell.height * 3.5 }, { x: all.left + cell.width * 12.5, y: all.top + cell.height * 9.5 }];
                tools.press(from, event);
                tools.move(to);
                tools.end(true);
                const drawn = seen();
                if (!same(drawn.left, all.left + cell.width * 4) || !same(drawn.width, cell.width * 9)
                    || !same(drawn.top, all.top + cell.height * 3) || !same(drawn.height, cell.height * 7)) complain('drawn');
                tools.step(1, 0, false);
                tools.step(0, 2, false);
                if (!same(seen().left, drawn.left + cell.width) || !same(seen().top, drawn.top + cell.height * 2) || !same(seen().width, drawn.width)) complain('moved');
                tools.step(3, 0, true);
                tools.step(0, -1, true);
                if (!same(seen().left, drawn.left + cell.width) || !same(seen().width, drawn.width + cell.width * 3)
                    || !same(seen().top, drawn.top + cell.height * 2) || !same(seen().height, drawn.height - cell.height)) complain('resized');
                tools.step(0, -100, true);
                if (!same(seen().height, cell.height) || !same(seen().top, drawn.top + cell.height * 2)) complain('as small as a sample');
                tools.step(100, 100, false);
                if (!same(seen().left + seen().width, all.left + all.width) || !same(seen().top + seen().height, all.top + all.height)) complain('to the end');
                fitting.layout = { ...layout, width: 4, height: 4 };
                tools.arranged();
                if (tools.region) throw new Error('a region outside of a smaller frame');
                count++;
            }
            return count;
        };
    ";
    let capture = Capture::with_sources([PICTURE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(CHECK).await?;
    let count: u64 = browser.call("drawing", json!([])).await?;
    ensure!(count == 8 * 3 * 3, "{count}");
    browser.finish(&[]).await
}
