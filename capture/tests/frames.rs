//! Files of frames over a real socket: status, headers, history, access. What arrays hold is tested end to end too.
#![allow(clippy::unwrap_used, reason = "a failure here is a failure of the test")]

mod common;

use bytes::Bytes;
use capture::frame::Payload;
use capture::history::History;
use capture::pipeline::{Description, OnEos, Runner, build};
use capture::sample::{Arrival, Reader};
use capture::save::{self, Kind};
use capture::server::{self, Options};
use capture::{Frame, Registry};
use gst_video::VideoInfo;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::control::Policy;

/// A server of its own, on a free port, for as long as the runtime lives.
async fn serve(registry: &Arc<Registry>, options: Options) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::run(listener, Arc::clone(registry), options, std::future::pending()));
    address
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn ask(address: SocketAddr, start: &str, headers: &str) -> Answer {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("{start} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await.unwrap();
        bytes
    };
    let bytes = tokio::time::timeout(common::HANGS_AFTER, exchange).await.expect("no answer");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("no head") + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Answer { status, head, body: bytes[end..].to_vec() }
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, &format!("GET {path}"), "").await
}

/// A frame of these caps whose bytes count up from `sequence`.
fn frame(stream: &str, caps: &str, sequence: u64) -> Frame {
    gst::init().unwrap();
    let caps: gst::Caps = caps.parse().unwrap();
    let len = VideoInfo::from_caps(&caps).unwrap().size() as u64;
    let bytes: Vec<_> = (0..len).map(|at| u8::try_from((at + sequence) % 256).unwrap()).collect();
    let mut buffer = gst::Buffer::from_slice(bytes);
    buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(40 * sequence));
    let arrival = Arrival { sequence, ..Arrival::default() };
    Reader::new(stream).read(buffer, Some(caps), None, arrival).unwrap()
}

const BGR: &str = "video/x-raw,format=BGR,width=5,height=4";

#[tokio::test]
async fn every_kind_of_file_of_the_newest_frame() {
    let registry = Registry::new(Policy::Latest);
    let stream = registry.add("left ½", 0);
    let address = serve(&registry, Options::default()).await;
    stream.publish(frame("left ½", BGR, 7));
    for (kind, media_type, begin) in [
        ("npy", "application/octet-stream", &b"\x93NUMPY"[..]),
        ("npz", "application/octet-stream", b"PK\x03\x04"),
        ("png", "image/png", b"\x89PNG\r\n"),
        ("raw", "application/octet-stream", &[7, 8, 9, 10]),
        ("json", "application/json", b"{"),
    ] {
        let path = format!("/streams/left%20%C2%BD/frame.{kind}");
        let answer = get(address, &path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)), "{kind}");
        assert!(answer.body.starts_with(begin), "{kind}: {:?}", answer.body);
        let name = format!("filename=\"left%20%C2%BD_7_pts280000000.{kind}\"");
        assert!(answer.header("content-disposition").unwrap().ends_with(&name), "{}", answer.head);
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));

        let head = ask(address, &format!("HEAD {path}"), "").await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{kind}");
        assert_eq!(head.header("content-length"), answer.header("content-length"), "{kind}");

        let etag = answer.header("etag").unwrap();
        let again = ask(address, &format!("GET {path}"), &format!("If-None-Match: \"x\", {etag}\r\n")).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(etag)), "{kind}");
        let other = ask(address, &format!("GET {path}"), "If-None-Match: \"x\"\r\n").await;
        assert_eq!(other.status, 200, "{kind}");
    }
    let old = get(address, "/streams/left%20%C2%BD/frame.raw").await;
    stream.publish(frame("left ½", BGR, 8));
    let tag = format!("If-None-Match: {}\r\n", old.header("etag").unwrap());
    let new = ask(address, "GET /streams/left%20%C2%BD/frame.raw", &tag).await;
    assert_eq!((new.status, new.body[0]), (200, 8));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_a_sentence() {
    let registry = Registry::new(Policy::Latest);
    let stream = registry.add("k", 0);
    let address = serve(&registry, Options::default()).await;
    let said = async |path: &str| {
        let answer = get(address, path).await;
        (answer.status, answer.header("retry-after").map(str::to_owned), answer.text())
    };
    let (status, later, words) = said("/streams/k/frame.npy").await;
    assert_eq!(
        (status, later.as_deref(), words.as_str()),
        (503, Some("1"), "stream \"k\" has no frame yet\n")
    );
    let (status, _, words) = said("/streams/k/frame.npy?sequence=0").await;
    assert_eq!(status, 404);
    assert!(words.contains("FrameGone") && words.contains("no frame yet"), "{words}");
    stream.end();
    let (status, _, words) = said("/streams/k/frame.npy").await;
    assert_eq!((status, words.as_str()), (404, "stream \"k\" has no frame: it has ended\n"));
    stream.publish(frame("k", "video/x-raw,format=I420,width=5,height=4", 3));
    for (path, expected, word) in [
        ("/streams/other/frame.npy", 404, "no stream \"other\""),
        ("/streams/%3Cb%3E/frame.npy", 404, "\"<b>\""),
        ("/streams/k/frame.gif", 404, "\"frame.gif\" is no file"),
        ("/streams/k/picture.png", 404, "\"picture.png\" is no file"),
        ("/streams/k/", 404, "is no file"),
        ("/streams/", 404, "is no file"),
        ("/streams/k/frame.raw?sequence=x", 400, "\"x\" is no number"),
        ("/streams/k/frame.raw?sequence=-1", 400, "\"-1\" is no number"),
        ("/streams/k/frame.raw?sequence=2", 404, "only 3 is"),
        ("/streams/k/frame.npy", 415, "frame.npz"),
    ] {
        let (status, _, words) = said(path).await;
        assert_eq!(status, expected, "{path}: {words}");
        assert!(words.contains(word), "{path}: {words}");
    }
    assert_eq!(said("/streams/k/frame.npz?x=1&sequence=3").await.0, 200);
    assert_eq!(ask(address, "POST /streams/k/frame.raw", "Content-Length: 0\r\n").await.status, 405);
}

#[tokio::test]
async fn access_is_that_of_the_list() {
    let registry = Registry::new(Policy::Latest);
    registry.add("k", 0).publish(frame("k", BGR, 0));
    let options = Options {
        token: Some("secret".to_owned()),
        allow_origins: vec!["http://lab.test".to_owned()],
        ..Options::default()
    };
    let address = serve(&registry, options).await;
    let start = "GET /streams/k/frame.npy";
    assert_eq!(ask(address, start, "").await.status, 401);
    // What is not there is not told to strangers either.
    assert_eq!(ask(address, "GET /streams/none/frame.npy", "").await.status, 401);
    let token = "Authorization: Bearer secret\r\n";
    assert_eq!(ask(address, start, token).await.status, 200);
    let answer = ask(address, start, &format!("{token}Origin: http://lab.test\r\n")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://lab.test"));
    assert_eq!(answer.header("access-control-expose-headers"), Some("Content-Disposition, ETag"));
    assert_eq!(ask(address, start, &format!("{token}Origin: http://evil.test\r\n")).await.status, 403);
}

#[tokio::test]
async fn the_history_gives_the_very_frame_or_says_what_is_held() {
    let history = History::new(3 * (60 + 1024 + 4));
    let registry = Registry::with_history(Policy::Latest, history);
    let stream = registry.add("k", 0);
    let address = serve(&registry, Options::default()).await;
    for sequence in 0..10 {
        stream.publish(frame("k", BGR, sequence));
    }
    for sequence in 7..10_u64 {
        let answer = get(address, &format!("/streams/k/frame.raw?sequence={sequence}")).await;
        assert_eq!((answer.status, u64::from(answer.body[0])), (200, sequence));
    }
    let gone = get(address, "/streams/k/frame.raw?sequence=6").await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.text(), "FrameGone: frame 6 of stream \"k\" is not held; those from 7 to 9 are\n");
    let list: serde_json::Value = serde_json::from_str(&get(address, "/streams").await.text()).unwrap();
    assert_eq!(list["streams"][0]["history"], serde_json::json!({ "frames": 3, "first": 7, "last": 9 }));
    assert_eq!((&list["history"]["frames"], &list["history"]["evicted"]), (&3.into(), &7.into()));
}

/// Bytes that can be read once the gate is open; counts those who wait.
struct Gated {
    bytes: Bytes,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Default)]
struct Gate {
    open: bool,
    waiting: usize,
}

impl Payload for Gated {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        let (gate, opened) = &*self.gate;
        let mut gate = gate.lock().unwrap();
        gate.waiting += 1;
        drop(opened.wait_while(gate, |gate| !gate.open));
        self.bytes.piece(index)
    }

    fn byte_count(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn is_own(&self) -> bool {
        true
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(self.bytes.clone())
    }
}

#[tokio::test]
async fn few_files_are_made_at_a_time_and_the_server_goes_on() {
    const AT_A_TIME: usize = 4;
    let registry = Registry::new(Policy::Latest);
    let stream = registry.add("k", 0);
    let address = serve(&registry, Options::default()).await;
    let plain = frame("k", BGR, 0);
    let gate = Arc::<(Mutex<Gate>, Condvar)>::default();
    let bytes = Bytes::from(plain.source_bytes().into_owned());
    let gated = Box::new(Gated { bytes, gate: Arc::clone(&gate) });
    stream.publish(Frame::new(*plain.header(), Arc::clone(plain.layout()), gated, Bytes::new()).unwrap());
    let asked: Vec<_> = (0..AT_A_TIME).map(|_| tokio::spawn(get(address, "/streams/k/frame.npy"))).collect();
    let all_wait = async {
        while gate.0.lock().unwrap().waiting < AT_A_TIME {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(common::HANGS_AFTER, all_wait).await.expect("the files are never made");
    let busy = get(address, "/streams/k/frame.npy").await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert_eq!(get(address, "/healthz").await.status, 200);
    gate.0.lock().unwrap().open = true;
    gate.1.notify_all();
    for answer in asked {
        assert_eq!(answer.await.unwrap().status, 200);
    }
    assert_eq!(get(address, "/streams/k/frame.npy").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_hold_room_and_give_it_back() {
    let registry = Registry::new(Policy::Latest);
    let stream = registry.add("k", 0);
    let address = serve(&registry, Options::default()).await;
    // 200 MiB: a third answer does not fit beside two.
    stream.publish(frame("k", "video/x-raw,format=GRAY8,width=20480,height=10240", 0));
    let mut readers = Vec::new();
    for _ in 0..2 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /streams/k/frame.raw HTTP/1.1\r\nHost: {address}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 64];
        socket.read_exact(&mut head).await.unwrap();
        readers.push(socket);
    }
    assert_eq!(get(address, "/streams/k/frame.raw").await.status, 503);
    assert_eq!(get(address, "/streams/k/frame.json").await.status, 200, "a small one fits");
    drop(readers);
    let freed = async {
        while get(address, "/streams/k/frame.raw").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(common::HANGS_AFTER, freed).await.expect("the room never comes back");
}

#[test]
fn a_pipeline_fills_the_history_and_its_gaps_are_those_of_the_appsink() {
    gst::init().unwrap();
    let history = History::new(64 << 20).unwrap();
    let registry = Registry::with_history(Policy::Latest, Some(Arc::clone(&history)));
    let text = "videotestsrc num-buffers=60 is-live=true ! \
                video/x-raw,format=GRAY8,width=320,height=240,framerate=120/1 ! appsink name=k";
    let mut runner = Runner::start(vec![build(&Description::one(text)).unwrap()], &registry, OnEos::Hold);
    let stream = registry.stream("k").unwrap();
    let mut lives = runner.lives();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let over = lives.wait_for(|lives| lives[0].is_over());
    runtime.block_on(async {
        tokio::time::timeout(common::HANGS_AFTER, over).await.unwrap().unwrap();
    });
    let counts = stream.counts();
    let held: Vec<_> = (0..counts.arrived).filter(|sequence| stream.frame(*sequence).is_some()).collect();
    assert_eq!(held.len() as u64, counts.published);
    assert_eq!(counts.arrived - held.len() as u64, counts.dropped);
    let total = history.total();
    assert_eq!((total.frames as u64, total.counts.evicted), (counts.published, 0));
    for sequence in held {
        let frame = stream.frame(sequence).unwrap();
        assert_eq!((frame.sequence(), frame.source_len()), (sequence, 320 * 240));
    }
    assert!(runner.stop());
}

#[test]
fn every_raw_format_is_named_as_rawvideoparse_does_and_has_all_files() {
    gst::init().unwrap();
    for format in gst_video::VideoFormat::iter_raw() {
        let frame = frame("k", &format!("video/x-raw,format={format},width=37,height=23"), 0);
        let made = |kind| save::file(&frame, kind);
        assert!(made(Kind::Npz).unwrap().starts_with(b"PK"), "{format}");
        let png = made(Kind::Png).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert!(png.starts_with(b"\x89PNG"), "{format}");
        assert_eq!(made(Kind::Raw).unwrap().len() as u64, frame.source_len());
        let told: serde_json::Value = serde_json::from_slice(&made(Kind::Json).unwrap()).unwrap();
        let command = told["command"].as_str().unwrap();
        let pipeline = command.strip_prefix("gst-launch-1.0 ").unwrap();
        let pipeline = gst::parse::launch(pipeline).unwrap_or_else(|error| panic!("{command}: {error}"));
        drop(pipeline);
        assert_eq!(made(Kind::Npy).is_ok(), !told["npy"].is_null(), "{format}");
    }
}

#[test]
fn strides_and_offsets_of_the_buffer_change_no_array_and_no_picture() {
    gst::init().unwrap();
    let (width, height) = (5_usize, 4);
    let plain: Vec<u8> = (0..u8::try_from(16 * height).unwrap()).collect();
    let (offset, stride) = (3, 29);
    let mut padded = vec![255; offset + stride * height];
    for (y, row) in plain.chunks(16).enumerate() {
        padded[offset + y * stride..][..width * 3].copy_from_slice(&row[..width * 3]);
    }
    let caps: gst::Caps = BGR.parse().unwrap();
    let read = |bytes: Vec<u8>, strides: Option<(usize, i32)>| {
        let mut buffer = gst::Buffer::from_slice(bytes);
        if let Some((offset, stride)) = strides {
            let (none, format) = (gst_video::VideoFrameFlags::empty(), gst_video::VideoFormat::Bgr);
            let meta = buffer.get_mut().unwrap();
            gst_video::VideoMeta::add_full(meta, none, format, 5, 4, &[offset], &[stride]).unwrap();
        }
        Reader::new("k").read(buffer, Some(caps.clone()), None, Arrival::default()).unwrap()
    };
    let (plain, padded) = (read(plain, None), read(padded, Some((offset, 29))));
    assert_ne!(plain.source_len(), padded.source_len());
    for kind in [Kind::Npy, Kind::Npz, Kind::Png] {
        assert_eq!(save::file(&plain, kind).unwrap(), save::file(&padded, kind).unwrap(), "{kind:?}");
    }
    let own = padded.to_own();
    assert!(own.is_own() && !padded.is_own());
    assert_eq!(save::file(&own, Kind::Raw).unwrap(), save::file(&padded, Kind::Raw).unwrap());
}
