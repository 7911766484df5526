//! The server's fallback from outside: `--convert` on the command line, the payload on the socket, the words in
//! `/streams` and in the log.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use futures_util::{SinkExt, StreamExt};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use wire::layout::Pixels;
use wire::{CheckedLayout, ClientMessage, FrameMessage, ServerMessage};

const HANGS_AFTER: Duration = Duration::from_secs(30);

/// The program, ended when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_capture"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().trim_start_matches("listening on http://").trim_end_matches('/');
        Self { child, address: address.to_owned() }
    }

    /// What `/streams` says of the first stream.
    fn stream(&self) -> serde_json::Value {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        write!(socket, "GET /streams HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)
            .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let body = &answer[answer.find("\r\n\r\n").unwrap()..];
        serde_json::from_str::<serde_json::Value>(body).unwrap()["streams"][0].clone()
    }

    /// The next frame of a stream, with its layout.
    async fn frame(&self, stream: &str) -> (CheckedLayout, Bytes) {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().unwrap();
        let offered = wire::SUBPROTOCOL.parse().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", offered);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let subscribe = ClientMessage::Subscribe { stream: stream.to_owned(), credits: 1 };
        socket.send(Message::text(subscribe.to_json())).await.unwrap();
        let mut layout = None;
        loop {
            match socket.next().await.unwrap().unwrap() {
                Message::Text(text) => {
                    if let Ok(ServerMessage::Layout { layout: new }) = ServerMessage::from_json(&text) {
                        layout = Some(new.check().unwrap());
                    }
                }
                Message::Binary(bytes) => return (layout.unwrap(), bytes),
                _ => {}
            }
        }
    }

    fn log(mut self) -> String {
        let _ = self.child.kill();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_converted_frame_has_its_own_bytes_first() {
    // That the picture is videoconvert's is another test's matter; here it is gray, opaque, and as bright as the source.
    for (format, to, source, stride) in
        [("GRAY8", "RGBA", 12 * 5, 9 * 4), ("GRAY16_LE", "RGBA64_LE", 20 * 5, 9 * 8)]
    {
        let pipeline = format!(
            "videotestsrc pattern=white is-live=true ! video/x-raw,format={format},width=9,height=5 ! appsink name=left"
        );
        let server = Server::start(&["--convert", "NV12,GRAY16_LE", "--convert=GRAY8", &pipeline]);
        let frame = tokio::time::timeout(HANGS_AFTER, server.frame("left"));
        let (layout, message) = frame.await.expect("no frame");
        let converted = layout.converted.clone().unwrap();
        assert_eq!((converted.format.as_str(), converted.source_length), (to, source), "{format}");
        assert!(layout.format == format && layout.caps.contains(format), "{}", layout.caps);
        assert!(matches!(layout.pixels, Pixels::Components { .. }));
        assert_eq!((layout.planes[0].offset, layout.planes[0].stride), (source, stride));
        let frame = FrameMessage::decode(&message).unwrap();
        assert_eq!(frame.payload.len() as u64, source + u64::from(stride) * 5, "{format}");
        let picture = &frame.payload[usize::try_from(source).unwrap()..];
        // The top byte of a little-endian sample is its last one; 16 bits go through the converter's coarser matrix.
        let last = usize::from(format != "GRAY8");
        let (code, tolerance) = (frame.payload[last], u8::from(last == 1));
        for pixel in picture.chunks(4 * (last + 1)) {
            let tops = [last, 2 * last + 1, 3 * last + 2].map(|at| pixel[at]);
            assert!(tops.iter().all(|top| top.abs_diff(code) <= tolerance), "{format}: {tops:?} of {code}");
            assert_eq!(pixel[4 * last + 3], 255, "{format}");
        }

        let listed = server.stream();
        assert_eq!(listed["converted"], to);
        assert!(listed["caps"].as_str().unwrap().contains(format), "{listed}");
        assert_eq!(listed["layout"]["converted"]["source_length"], source);
        let said = server.log();
        let told = said.matches(&format!("the server converts {format} to {to}, as asked")).count();
        assert_eq!(told, 1, "{said}");
    }
}

#[tokio::test]
async fn other_formats_stay_as_they_are() {
    let pipeline =
        "videotestsrc is-live=true ! video/x-raw,format=RGB16,width=9,height=5 ! appsink name=left";
    let server = Server::start(&["--convert", "GRAY8", pipeline]);
    let (layout, _) = tokio::time::timeout(HANGS_AFTER, server.frame("left")).await.expect("no frame");
    assert_eq!((layout.converted.as_ref(), layout.format.as_str()), (None, "RGB16"));
    assert!(server.stream()["converted"].is_null());
}

#[test]
fn a_format_that_gstreamer_does_not_know_is_wrong_usage() {
    let ended = Command::new(env!("CARGO_BIN_EXE_capture"))
        .args(["--listen", "127.0.0.1:0", "--convert", "I420,NOPE"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("--convert: `NOPE` is no raw video format") && ended.stdout.is_empty(), "{said}");
}
