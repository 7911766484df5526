//! The routes `/layout` and `/formats` over a real socket: held against layouts of real samples.
#![allow(clippy::unwrap_used, reason = "a failure here is a failure of the test")]

mod common;

use capture::Registry;
use capture::sample::{Arrival, Reader};
use capture::server::{self, Options};
use gst_video::{VideoFormat, VideoInfo};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::Layout;
use wire::control::Policy;

async fn serve(options: Options) -> SocketAddr {
    let registry: Arc<Registry> = Registry::new(Policy::Latest);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::run(listener, registry, options, std::future::pending()));
    address
}

/// Status and body.
async fn ask(address: SocketAddr, path: &str, headers: &str) -> (u16, String) {
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    let exchange = async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let answer = tokio::time::timeout(common::HANGS_AFTER, exchange).await.expect("no answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("no head");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

async fn made(address: SocketAddr, query: &str) -> Value {
    let (status, body) = ask(address, &format!("/layout?{query}"), "").await;
    assert_eq!(status, 200, "{query}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The layout of a sample with these caps and that many bytes, without what only samples have.
fn of_sample(caps: &str, len: usize) -> Layout {
    let buffer = gst::Buffer::from_slice(vec![0; len]);
    let frame = Reader::new("").read(buffer, Some(caps.parse().unwrap()), None, Arrival::default()).unwrap();
    Layout { id: 0, ..(***frame.source()).clone() }
}

#[tokio::test]
async fn every_format_has_the_layout_of_a_sample() {
    gst::init().unwrap();
    let address = serve(Options::default()).await;
    let (_, list) = ask(address, "/formats", "").await;
    let list: Value = serde_json::from_str(&list).unwrap();
    let listed = |key: &str| {
        list[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let raw = listed("raw");
    assert!(VideoFormat::iter_raw().all(|format| raw.contains(&format.to_str().to_string())));
    assert_eq!(listed("bayer").len(), 4 * 9);
    for (media, format) in raw
        .iter()
        .map(|name| ("video/x-raw", name))
        .chain(listed("bayer").iter().map(|name| ("video/x-bayer", name)))
    {
        for (width, height) in [(64, 48), (33, 17)] {
            let caps = format!("{media},format={format},width={width},height={height},framerate=30/1");
            let answer = made(address, &format!("caps={}", encoded(&caps))).await;
            let size = answer["size"].as_u64().unwrap();
            if media == "video/x-raw" {
                let info = VideoInfo::from_caps(&caps.parse::<gst::Caps>().unwrap()).unwrap();
                assert_eq!(size, info.size() as u64, "{caps}");
            }
            let layout: Layout = serde_json::from_value(answer["layout"].clone()).unwrap();
            assert_eq!(layout, of_sample(&caps, usize::try_from(size).unwrap()), "{caps}");
            assert_eq!(answer["is_plain"], true, "{caps}");
            // Said in words of the query, it is the same.
            let words = format!("format={format}&width={width}&height={height}");
            let named: Layout =
                serde_json::from_value(made(address, &words).await["layout"].clone()).unwrap();
            assert_eq!(named.planes, layout.planes, "{caps}");
            assert_eq!((named.pixels, named.format), (layout.pixels, layout.format), "{caps}");
        }
    }
}

#[tokio::test]
async fn changes_go_into_the_caps_and_strides_into_the_planes() {
    let address = serve(Options::default()).await;
    let caps = "video/x-raw,format=I420,width=638,height=480,framerate=30/1,pixel-aspect-ratio=1/1,colorimetry=bt601";
    let caps = format!("caps={}", encoded(caps));
    let answer = made(address, &format!("{caps}&format=NV12&matrix=bt709&range=0-255")).await;
    let layout = &answer["layout"];
    assert_eq!(layout["color"]["matrix"], "bt709");
    assert_eq!(layout["color"]["range"], "0-255");
    let said: gst::Caps = layout["caps"].as_str().unwrap().parse().unwrap();
    let info = VideoInfo::from_caps(&said).unwrap();
    assert_eq!(
        (info.format(), info.width(), info.fps()),
        (VideoFormat::Nv12, 638, gst::Fraction::new(30, 1))
    );
    assert_eq!(info.colorimetry().matrix(), gst_video::VideoColorMatrix::Bt709);
    assert_eq!(answer["rows"], json!([{ "rows": 480, "bytes": 638 }, { "rows": 240, "bytes": 638 }]));
    // Of RGB nothing is said that luma and chroma have.
    let rgb = made(address, &format!("{caps}&format=BGR")).await;
    assert!(!rgb["layout"]["caps"].as_str().unwrap().contains("colorimetry"), "{rgb}");
    // A longer row moves the planes behind it, unless they are somewhere else.
    let wider = made(address, &format!("{caps}&strides=704,352,352&length=600000")).await;
    let planes = |answer: &Value| {
        let planes = answer["layout"]["planes"].as_array().unwrap().clone();
        planes
            .iter()
            .map(|plane| (plane["stride"].as_u64().unwrap(), plane["offset"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(planes(&wider), [(704, 0), (352, 704 * 480), (352, 704 * 480 + 352 * 240)]);
    assert_eq!(wider["is_plain"], false);
    let moved = made(address, &format!("{caps}&offsets=64,,500000&length=600000")).await;
    assert_eq!(planes(&moved), [(640, 64), (320, 64 + 640 * 480), (320, 500_000)]);
    let mosaic = made(address, &format!("{caps}&format=rggb&width=641")).await;
    assert!(mosaic["layout"]["caps"].as_str().unwrap().starts_with("video/x-bayer"), "{mosaic}");
    assert_eq!(mosaic["rows"], json!([{ "rows": 480, "bytes": 641 }]));
    assert_eq!(mosaic["layout"]["planes"][0]["stride"], 644);
}

#[tokio::test]
async fn what_cannot_be_is_said_in_a_sentence() {
    let address = serve(Options::default()).await;
    let deep = encoded(&format!("video/x-raw,a={}1{}", "<".repeat(1000), ">".repeat(1000)));
    let long = format!("caps={}", "x".repeat(5000));
    for (query, words) in [
        ("", "size 0x0 is not between"),
        ("caps=nonsense%20%3D", "no caps of one frame"),
        ("caps=ANY", "no caps of one frame"),
        ("caps=video%2Fx-raw%2Cwidth%3D%5B1%2C2%5D", "no caps of one frame"),
        (&format!("caps={deep}"), "no caps of one frame"),
        (&long, "at most 4096 are read"),
        ("caps=audio%2Fx-raw%2Cwidth%3D4%2Cheight%3D4", "is sound"),
        ("caps=image%2Fjpeg%2Cwidth%3D4%2Cheight%3D4", "is encoded"),
        ("format=NV13&width=4&height=4", "\"NV13\" is no format"),
        ("format=ENCODED&width=4&height=4", "\"ENCODED\" is no format"),
        ("format=NV12&width=0&height=4", "size 0x4 is not between"),
        ("format=NV12&width=4294967295&height=4", "is not between"),
        ("format=NV12&width=1048577&height=4", "is not between"),
        ("format=RGBA64_LE&width=1048576&height=1048576", "these caps describe no frame"),
        ("format=NV12&width=-4&height=4", "width=\"-4\" is no number"),
        (
            "format=NV12&width=640&height=480&length=307200",
            "NV12 640x480 needs 460800 bytes, the buffer has 307200",
        ),
        (
            "format=NV12&width=640&height=480&strides=640,640,640",
            "3 strides or offsets for NV12, which has 2 planes",
        ),
        (
            "format=NV12&width=640&height=480&strides=600",
            "a row needs 640 bytes, plane 0 has a stride of 600",
        ),
        ("format=NV12&width=640&height=480&offsets=,460000&length=460800", "plane 1 at offset 460000"),
        ("format=NV12&width=640&height=480&offsets=18446744073709551615", "plane 0"),
        ("format=NV12_4L4&width=640&height=480&strides=1", "NV12_4L4 is in tiles"),
        ("format=NV12&width=64&height=48&matrix=bt1", "matrix \"bt1\" is none"),
        ("format=NV12&width=64&height=48&range=1", "range \"1\" is none"),
        ("colour=red", "\"colour\" is no parameter here"),
        ("width=4&width=5", "width is twice"),
    ] {
        let (status, body) = ask(address, &format!("/layout?{query}"), "").await;
        assert_eq!(status, 400, "{query}: {body}");
        assert!(body.contains(words), "{query}: {body}");
        assert!(body.len() < 1100, "{query}: {} bytes", body.len());
        // For whoever asks so, what cannot be is an answer; what is no question is not.
        let is_question =
            !words.contains("is no number") && !words.contains("no parameter") && !words.contains("twice");
        let (status, quiet) = ask(address, &format!("/layout?{query}&quiet"), "").await;
        assert_eq!(status, if is_question { 200 } else { 400 }, "{query}: {quiet}");
        if is_question {
            assert_eq!(serde_json::from_str::<Value>(&quiet).unwrap()["refused"], body.trim_end(), "{query}");
        }
    }
    for (query, words) in [
        ("length=4", "a guess needs"),
        ("length=x", "is no number"),
        ("caps=x", "\"caps\" is no parameter here"),
    ] {
        let (status, body) = ask(address, &format!("/formats?{query}"), "").await;
        assert_eq!(status, 400, "{query}: {body}");
        assert!(body.contains(words), "{query}: {body}");
    }
}

#[tokio::test]
async fn guesses_have_the_length_exactly() {
    gst::init().unwrap();
    let address = serve(Options::default()).await;
    let guesses = async |length: usize, format: &str, width: u32, height: u32| {
        let query = format!("/formats?length={length}&format={format}&width={width}&height={height}");
        let (status, body) = ask(address, &query, "").await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["fits"].as_array().unwrap().clone()
    };
    let fits = guesses(307_200, "I420", 320, 240).await;
    assert!((1..=12).contains(&fits.len()), "{fits:?}");
    for fit in &fits {
        let (format, width, height) = (fit["format"].as_str().unwrap(), &fit["width"], &fit["height"]);
        let answer =
            made(address, &format!("format={format}&width={width}&height={height}&length=307200")).await;
        assert_eq!(answer["size"], 307_200, "{fit}");
    }
    assert!(fits.iter().any(|fit| fit["format"] == "GRAY8" && fit["width"] == 640), "{fits:?}");
    // Rows rounded up to 64 bytes and lines to 16, as decoders have them.
    let fits = guesses(1984 * 1088 * 3 / 2, "NV12", 1930, 1080).await;
    let padded = fits.iter().find(|fit| fit["padded"] == json!([1984, 1088])).expect("no padded guess");
    assert_eq!((&padded["width"], &padded["height"]), (&json!(1930), &json!(1080)));
    assert_eq!((&padded["strides"], &padded["offsets"]), (&json!([1984, 1984]), &json!([0, 1984 * 1088])));
    // Nothing is made up.
    assert_eq!(guesses(1_000_003, "I420", 320, 240).await, Vec::<Value>::new());
    assert_eq!(guesses(usize::MAX, "I420", u32::MAX, u32::MAX).await, Vec::<Value>::new());
}

#[tokio::test]
async fn access_is_that_of_the_list() {
    let options = Options { token: Some("secret".to_owned()), ..Options::default() };
    let address = serve(options).await;
    let token = "Authorization: Bearer secret\r\n";
    for path in ["/layout?format=NV12&width=4&height=4", "/formats"] {
        assert_eq!(ask(address, path, "").await.0, 401, "{path}");
        assert_eq!(ask(address, path, token).await.0, 200, "{path}");
        assert_eq!(
            ask(address, path, &format!("{token}Origin: http://evil.test\r\n")).await.0,
            403,
            "{path}"
        );
        assert_eq!(ask(address, path, &format!("{token}Host: evil.test\r\n")).await.0, 403, "{path}");
    }
}
