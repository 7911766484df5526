//! Pipelines as the page shows them: graph, state and bus messages are those that the server and GStreamer have.

use anyhow::{Context, Result, ensure};
use e2e::hands::keys;
use e2e::{Browser, Capture, http};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TEE: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! tee name=t \
                   t. ! queue ! appsink name=left t. ! queue ! bin.( name=inner videoconvert ! identity name=last ) \
                   ! video/x-raw,format=I420 ! appsink name=right";

async fn json_at(capture: &Capture, path: &str) -> Result<Value> {
    let answer = http::get(capture.address(), path).await?;
    ensure!(answer.status == 200, "{path}: {}", answer.text());
    Ok(serde_json::from_slice(&answer.body)?)
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";
const NODES: &str = "[...document.querySelectorAll('dialog.graph[open] .node')]";

#[tokio::test]
async fn the_graph_opens_by_key_and_has_all_elements_and_caps() -> Result<()> {
    let capture = Capture::start([TEE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("frames of both streams", "return [...document.querySelectorAll('sink-view')].filter((view) => view.statistics).length === 2").await?;
    browser.act(keys(&["g"])).await?;
    browser.until("the graph", &format!("return {NODES}.length > 9")).await?;
    let graph = json_at(&capture, "/pipelines/0/graph.json").await?;
    let elements = graph["elements"].as_array().context("no elements")?;
    let names: BTreeSet<String> =
        elements.iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
    let shown =
        texts(&browser.run(&format!("return {NODES}.map((node) => node.ariaLabel.split(',')[0])")).await?);
    ensure!(shown == names && names.contains("last"), "{shown:?}, not {names:?}");
    let sinks = browser.run("return [...document.querySelectorAll('.graph .sink')].map((node) => node.ariaLabel.match(/stream (\\w+)/)[1])").await?;
    ensure!(texts(&sinks) == ["left", "right"].map(str::to_owned).into(), "{sinks}");
    let said = "return [...document.querySelectorAll('.graph .edge')].map((edge) => edge.ariaLabel)";
    let said = texts(&browser.run(said).await?);
    let links = graph["links"].as_array().context("no links")?;
    ensure!(said.len() == links.len(), "{said:?}");
    for link in links {
        let name = |key: &str| {
            let element = link[key].as_u64().and_then(|at| elements.get(usize::try_from(at).ok()?));
            element.and_then(|element| element["name"].as_str()).unwrap_or_default()
        };
        let caps = link["caps"].as_str().context("not negotiated")?;
        let (from, to) = (&link["from_pad"], &link["to_pad"]);
        let words = format!(
            "{}.{} to {}.{}: {caps}",
            name("from"),
            from.as_str().unwrap_or_default(),
            name("to"),
            to.as_str().unwrap_or_default()
        );
        ensure!(said.contains(&words), "{words:?} is not in {said:?}");
    }
    let short = browser
        .run("return [...document.querySelectorAll('.graph .edge text')].map((text) => text.textContent)")
        .await?;
    ensure!(texts(&short).contains("RGB 64x48 30/1") && texts(&short).contains("I420 64x48 30/1"), "{short}");
    let listed = browser.run("return [...document.querySelectorAll('.graph .listed > li')].map((item) => item.firstChild.textContent.split(',')[0])").await?;
    ensure!(texts(&listed) == names, "the list has {listed}");
    browser.finish(&[]).await
}

#[tokio::test]
async fn the_keyboard_reads_the_graph_out() -> Result<()> {
    let capture = Capture::start([TEE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("a frame", "return document.querySelector('sink-view').statistics").await?;
    browser.act(keys(&["g"])).await?;
    browser.until("the graph", &format!("return {NODES}.length > 9")).await?;
    let graph = json_at(&capture, "/pipelines/0/graph.json").await?;
    let count =
        graph["elements"].as_array().map_or(0, Vec::len) + graph["links"].as_array().map_or(0, Vec::len);
    let mut read = BTreeSet::new();
    for _ in 0..count + 12 {
        browser.act(keys(&[TAB])).await?;
        let focused = "const { activeElement: now } = document; \
                       return now.matches('.node, .edge') ? now.ariaLabel : ''";
        let focused = browser.run(focused).await?;
        let Some(focused) = focused.as_str().filter(|label| !label.is_empty()) else { continue };
        let told = browser.run("return document.querySelector('.read h3').textContent + document.querySelector('.read dl').textContent").await?;
        let name = focused.split([',', '.']).next().unwrap_or_default();
        ensure!(told.as_str().is_some_and(|told| told.contains(name)), "{told} on {focused}");
        read.insert(focused.to_owned());
    }
    ensure!(read.len() == count, "{count} things, and the keyboard reached {}: {read:?}", read.len());
    // Closed and opened again by its own key, at once: the page has its keys back before the next frame is drawn.
    browser.act(keys(&[ESCAPE, "g"])).await?;
    browser.until("the graph again", "return document.querySelector('dialog.graph[open]')").await?;
    browser.act(keys(&["g"])).await?;
    browser.until("the end of it", "return !document.querySelector('dialog.graph[open]')").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn the_open_graph_follows_the_pipeline() -> Result<()> {
    let pipeline = "videotestsrc ! video/x-raw,format=RGB,width=16,height=8,framerate=30/1 \
                    ! identity name=breaks error-after=150 ! appsink name=k";
    let capture = Capture::start(["--policy", "every", pipeline]).await?;
    let browser = Browser::start().await?;
    browser.open(capture.url()).await?;
    browser.until("a view", "return document.querySelector('sink-view')").await?;
    browser.act(keys(&["g"])).await?;
    browser.until("the graph", &format!("return {NODES}.length > 4")).await?;
    let state = "document.querySelector('.graph [role=status]').textContent";
    // It waits until its stream is viewed: nothing is asked again here, and nothing pressed.
    browser.until("frames", &format!("return {state}.startsWith('PLAYING')")).await?;
    browser.until("the end", &format!("return {state}.startsWith('NULL')")).await?;
    capture.logged("breaks").await?;
    let graph = json_at(&capture, "/pipelines/0/graph.json").await?;
    let count = graph["elements"].as_array().map_or(0, Vec::len);
    browser.until("all that is left", &format!("return {NODES}.length === {count}")).await?;
    browser.finish(&[]).await
}

/// Random graphs with bins in bins: what the layout promises, looked at in the numbers it gives.
const LAYOUTS: &str = "
    e2e.layouts = async (count) => {
        const { layOut } = await import('/page/graph/layout.js');
        let seed = 20261121;
        const random = (below) => {
            seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
            return Math.floor((seed / 2 ** 32) * below);
        };
        const wrong = [];
        let lines = 0;
        for (let n = 0; n < count; n++) {
            const boxes = [{ parent: null, isBin: true, width: 0, height: 0 }];
            for (let box = 1; box <= 4 + random(36); box++) {
                const bins = boxes.flatMap((one, at) => (one.isBin ? [at] : []));
                boxes.push({ parent: bins[random(bins.length)], isBin: random(5) === 0, width: 20 + random(150), height: 30 + random(60) });
            }
            const leaves = boxes.flatMap((one, at) => (one.isBin ? [] : [at]));
            const links = [];
            for (let k = 0; k < leaves.length * 1.3; k++) {
                const [from, to] = [leaves[random(leaves.length)], leaves[random(leaves.length)]];
                // In the order of their numbers there is no cycle among leaves; where bins make one, it is told apart below.
                if (from < to) links.push({ from, to, room: random(120) });
            }
            const { places, routes, order } = layOut(boxes, links);
            const ends = (place) => [place.x, place.y, place.x + place.width, place.y + place.height];
            const above = (box) => (boxes[box].parent === null ? [] : [boxes[box].parent, ...above(boxes[box].parent)]);
            const say = (text) => wrong.push(`graph ${n}: ${text}`);
            if (order.length !== boxes.length) say('order');
            boxes.forEach((one, a) => {
                const [left, top, right, bottom] = ends(places[a]);
                if (![left, top, right, bottom].every(Number.isFinite)) say(`${a} is nowhere`);
                if (one.parent !== null) {
                    const [l, t, r, b] = ends(places[one.parent]);
                    if (left < l || top < t || right > r || bottom > b) say(`${a} is not in ${one.parent}`);
                }
                for (let b = a + 1; b < boxes.length; b++) {
                    if (above(a).includes(b) || above(b).includes(a)) continue;
                    const [l, t, r, u] = ends(places[b]);
                    if (left < r && l < right && top < u && t < bottom) say(`${a} and ${b} overlap`);
                }
            });
            // Bins that give to each other both ways cannot both stand left.
            const lift = (from, to) => {
                const [a, b] = [[from, ...above(from)], [to, ...above(to)]];
                const common = a.find((box) => b.includes(box));
                return [a[a.indexOf(common) - 1], b[b.indexOf(common) - 1]];
            };
            const lifted = links.map(({ from, to }) => lift(from, to));
            const reaches = (from, to, seen = new Set()) => from === to || lifted.some(([a, b]) => {
                if (a !== from || seen.has(b)) return false;
                seen.add(b);
                return reaches(b, to, seen);
            });
            links.forEach((_, at) => {
                if (reaches(lifted[at][1], lifted[at][0])) return;
                lines += 1;
                if (routes[at].some((point, k) => k > 0 && point.x < routes[at][k - 1].x)) say(`line ${at} goes back`);
            });
        }
        return { wrong, lines };
    };
";

#[tokio::test]
async fn boxes_never_overlap_and_lines_go_from_left_to_right() -> Result<()> {
    let capture = Capture::with_sources([TEE]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(LAYOUTS).await?;
    let found: Value = browser.call("layouts", json!([200])).await?;
    ensure!(found["wrong"] == json!([]), "{found}");
    ensure!(found["lines"].as_u64() > Some(500), "{found}");
    browser.finish(&[]).await
}

/// Opens the BUS section, the others folded, so that it is seen.
const BUS: &str = "localStorage.setItem('sinkview.panel', 'open'); localStorage.setItem('sinkview.section.Bus', 'open'); \
                   for (const name of ['Pixel', 'Histogram', 'Picture', 'Caps', 'Timing']) \
                       localStorage.setItem(`sinkview.section.${name}`, 'folded');";

#[tokio::test]
async fn whoever_comes_late_reads_state_failure_and_debug_text() -> Result<()> {
    let failing = "videotestsrc ! video/x-raw,format=RGB,width=16,height=8,framerate=30/1 \
                   ! identity name=breaks error-after=9 ! appsink name=k";
    let ending =
        "videotestsrc num-buffers=60 ! video/x-raw,width=16,height=8,framerate=30/1 ! appsink name=l";
    let capture = Capture::start(["-p", failing, "-p", ending]).await?;
    capture.logged("breaks").await?;
    let browser = Browser::start().await?;
    browser.before_pages(BUS).await?;
    browser.open(capture.url()).await?;
    let words = |n: usize| format!("return document.querySelectorAll('.pipeline .word')[{n}]?.textContent");
    let facts = |n: usize| format!("document.querySelectorAll('.pipeline dl')[{n}]?.textContent");
    let first = browser
        .until("the failure", &format!("return {}?.includes('failed: breaks') && {}", facts(0), facts(0)))
        .await?;
    ensure!(browser.run(&words(0)).await? == "NULL", "{first}");
    browser
        .until(
            "the second one",
            &format!("return {}?.includes('running') || {}?.includes('ended')", facts(1), facts(1)),
        )
        .await?;
    browser.until("its end", &format!("return {}?.includes('lifeended')", facts(1))).await?;
    ensure!(browser.run(&words(1)).await? == "PLAYING", "it holds");

    // Debug text on demand.
    let item = "[...document.querySelectorAll('.bus [data-kind=error]')].find((item) => item.querySelector('.source').title.includes('breaks'))";
    browser.until("the error", &format!("return {item}")).await?;
    ensure!(
        browser.run(&format!("return {item}.querySelector('details').open")).await? == false,
        "open already"
    );
    browser.run(&format!("{item}.querySelector('summary').focus()")).await?;
    browser.act(keys(&["\u{e007}"])).await?;
    let debug = browser.until("debug text", &format!("const item = {item}; return item.querySelector('details').open && item.querySelector('.verbatim').textContent")).await?;
    let list = json_at(&capture, "/pipelines").await?;
    let said = list["messages"].as_array().into_iter().flatten();
    let told = said.filter(|one| {
        one["kind"] == "error" && one["source"].as_str().is_some_and(|source| source.contains("breaks"))
    });
    let told: Vec<_> = told.map(|one| one["debug"].clone()).collect();
    ensure!(
        told.contains(&debug) && debug.as_str().is_some_and(|debug| debug.contains("gstidentity.c")),
        "{debug}: {told:?}"
    );

    // By kind: errors and warnings alone.
    let kinds = "return [...document.querySelectorAll('.bus > li')].map((item) => item.dataset.kind)";
    ensure!(texts(&browser.run(kinds).await?).contains("state_changed"));
    browser.run("const filter = document.querySelector('.filter select'); filter.value = 'problems'; filter.dispatchEvent(new Event('change'))").await?;
    let left = browser.run(kinds).await?;
    ensure!(texts(&left) == ["error".to_owned()].into(), "{left}");
    browser.finish(&[]).await
}

/// When the latency messages that the server still has were posted.
async fn latencies(capture: &Capture) -> Result<BTreeSet<u64>> {
    let said = json_at(capture, "/pipelines").await?;
    let all = said["messages"].as_array().into_iter().flatten();
    Ok(all.filter(|one| one["kind"] == "latency").filter_map(|one| one["at_nanos"].as_u64()).collect())
}

/// Notes when the latency messages that the views hear were posted.
const HEARD: &str = "
    globalThis.heard = [];
    document.addEventListener('bus', ({ detail: { message } }) => {
        if (message.kind === 'latency') heard.push(message.at_nanos);
    }, { capture: true });
";

#[tokio::test]
async fn messages_that_come_again_are_one_entry_with_a_count() -> Result<()> {
    let pipeline = "videotestsrc num-buffers=60 ! video/x-raw,width=16,height=8,framerate=30/1 ! tee name=t \
                    t. ! queue ! appsink name=k t. ! queue ! fakesink";
    let capture = Capture::start(["--on-eos", "loop", pipeline]).await?;
    // Some are posted before the page is there.
    let mut all = BTreeSet::new();
    e2e::until("a second round", async || {
        all.extend(latencies(&capture).await?);
        Ok((all.len() > 2).then_some(()))
    })
    .await?;
    let browser = Browser::start().await?;
    browser.before_pages(BUS).await?;
    browser.before_pages(HEARD).await?;
    browser.open(capture.url()).await?;
    browser.until("the messages before", "return document.querySelectorAll('.bus > li').length > 3").await?;
    let told = latencies(&capture).await?;
    let mut last = String::new();
    let same = e2e::until("the same count", async || {
        let script = "return [heard, [...document.querySelectorAll('.bus [data-kind=latency]')].map((item) => \
                      [item.querySelector('.source').title, item.querySelector('.times').textContent])]";
        let page = browser.run(script).await?;
        let heard: BTreeSet<u64> = serde_json::from_value(page[0].clone())?;
        let shown: Vec<(String, String)> = serde_json::from_value(page[1].clone())?;
        let sources: BTreeSet<_> = shown.iter().map(|(source, _)| source).collect();
        ensure!(sources.len() == shown.len(), "one source twice: {shown:?}");
        // The server keeps the newest 64 messages only.
        let newest = heard.last().copied().unwrap_or_default();
        all.extend(told.iter().filter(|&&at| at <= newest));
        all.extend(heard);
        let times = |text: &str| text.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(1);
        let counted: usize = shown.iter().map(|(_, count)| times(count)).sum();
        last = format!("{counted} of {}: {shown:?}", all.len());
        Ok((counted == all.len() && counted > shown.len() + 3).then_some(()))
    })
    .await;
    same.with_context(|| last)?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn pipelines_are_shown_to_those_who_know_the_token() -> Result<()> {
    let secret = "rtsp://mallory:sesame@127.0.0.1/x?token=abrakadabra";
    let pipeline = format!("filesrc location={secret} name=f ! fakesink videotestsrc ! appsink name=k");
    let working = "videotestsrc ! appsink name=l";
    let capture =
        Capture::start(["--token", "opensesame-0123456789", "-p", &pipeline, "-p", working]).await?;
    let host = capture.address().to_string();
    let paths = [
        "/pipelines",
        "/pipelines/0/graph.json",
        "/pipelines/0/graph.dot",
        "/pipelines/9/graph.json",
        "/pipelines/0/nothing",
    ];
    for (path, expected) in paths.into_iter().zip([200, 200, 200, 404, 404]) {
        let start = format!("GET {path}");
        let refused = http::request(capture.address(), &start, &[("Host", &host)], "").await?;
        ensure!(refused.status == 401, "{path} without a token: {}", refused.status);
        let bearer = ("Authorization", "Bearer opensesame-0123456789");
        let answer = http::request(capture.address(), &start, &[("Host", &host), bearer], "").await?;
        let text = answer.text();
        ensure!(answer.status == expected, "{path}: {} {text}", answer.status);
        for word in ["mallory", "sesame@", "abrakadabra"] {
            ensure!(!text.contains(word), "{path} tells {word}: {text}");
        }
    }
    Ok(())
}
