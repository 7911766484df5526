//! Clients that do not keep to the protocol are told why and cut off; the others do not notice. No browser.

use anyhow::{Context, Result, bail};
use e2e::{Capture, Client, Heard, http, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use wire::control::Outcome;
use wire::{ClientMessage, MAX_CLIENT_MESSAGE, ServerMessage, close};

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// Sends messages and returns code and reason of the close that follows.
async fn refusal(capture: &Capture, messages: Vec<Message>) -> Result<(u16, String)> {
    let mut client = Client::connect(capture.address()).await?;
    for message in messages {
        // The server may have closed before the last one.
        if client.send(message).await.is_err() {
            break;
        }
    }
    client.closed().await?.context("the connection ended without a close frame")
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_is_closed_with_1008() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut neighbour = Client::subscribed(capture.address(), "k").await?;
    let mut wrong = vec![vec![Message::binary(vec![0_u8; 16])]];
    for text in [
        "",
        "nonsense",
        "{}",
        "[]",
        r#"{"type":"dance"}"#,
        r#"{"type":"subscribe","stream":"k"}"#,
        r#"{"type":"subscribe","stream":"k","credits":3}"#,
        r#"{"type":"subscribe","stream":"k","credits":0}"#,
        r#"{"type":"subscribe","stream":"k","credits":2,"extra":1}"#,
        r#"{"type":"clock","client_sent":-1}"#,
    ] {
        wrong.push(vec![Message::text(text)]);
    }
    // Credits that were never spent would buy frames: two are on the way at the most.
    let subscribe = ClientMessage::Subscribe { stream: "k".to_owned(), credits: 2 };
    let credit = ClientMessage::Credit { stream: "k".to_owned(), sequence: 0, outcome: Outcome::Drawn };
    let credits = std::iter::repeat_n(Message::text(credit.to_json()), 20);
    wrong.push(std::iter::once(Message::text(subscribe.to_json())).chain(credits).collect());
    for messages in wrong {
        let (code, reason) = refusal(&capture, messages.clone()).await?;
        assert_eq!(code, close::POLICY, "{messages:?}: {reason}");
        assert!(!reason.is_empty(), "{messages:?}");
    }
    let frame = neighbour.frame().await?;
    assert_eq!(frame.payload.len(), 64 * 48 * 3);
    Ok(())
}

#[tokio::test]
async fn a_message_too_large_is_closed_with_1009() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let (code, _) = refusal(&capture, vec![Message::text("x".repeat(MAX_CLIENT_MESSAGE + 1))]).await?;
    assert_eq!(code, close::TOO_BIG);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_messages_is_closed_with_1008() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let question = Message::text(ClientMessage::Clock { client_sent: 1 }.to_json());
    let (code, reason) = refusal(&capture, vec![question; 2_000]).await?;
    assert_eq!(code, close::POLICY, "{reason}");
    Ok(())
}

#[tokio::test]
async fn a_request_that_cannot_be_met_is_answered_and_the_connection_goes_on() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::connect(capture.address()).await?;
    let requests = [
        (ClientMessage::Subscribe { stream: "nowhere".to_owned(), credits: 1 }, "no_such_stream"),
        (ClientMessage::Pause { stream: "k".to_owned(), paused: true }, "not_subscribed"),
        (ClientMessage::Unsubscribe { stream: "k".to_owned() }, "not_subscribed"),
    ];
    for (request, expected) in requests {
        client.say(&request).await?;
        let code = loop {
            match client.hear().await? {
                Heard::Message(message) => {
                    if let ServerMessage::Error { code, .. } = *message {
                        break code;
                    }
                }
                other => bail!("{request:?}: {other:?}"),
            }
        };
        assert_eq!(code, expected, "{request:?}");
    }
    client.subscribe("k").await?;
    client.frame().await?;
    Ok(())
}

/// A connection after its handshake, to send bytes on that no library sends.
async fn bare(capture: &Capture) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(capture.address()).await?;
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         Sec-WebSocket-Protocol: {}\r\n\r\n",
        capture.address(),
        wire::SUBPROTOCOL
    );
    stream.write_all(head.as_bytes()).await?;
    let answer = within("the handshake", http::read(&mut stream)).await??;
    assert_eq!(answer.status, 101);
    Ok(stream)
}

#[tokio::test]
async fn malformed_websocket_frames_are_closed_with_1002() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let frames: [(&str, &[u8]); 5] = [
        ("not masked", &[0x81, 0x02, b'h', b'i']),
        ("reserved bits", &[0xF1, 0x80, 0, 0, 0, 0]),
        ("an unknown opcode", &[0x83, 0x80, 0, 0, 0, 0]),
        ("a control frame in fragments", &[0x09, 0x80, 0, 0, 0, 0]),
        ("a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
    ];
    for (what, bytes) in frames {
        let mut stream = bare(&capture).await?;
        stream.write_all(bytes).await?;
        let mut said = Vec::new();
        within("the close", stream.read_to_end(&mut said)).await?.ok();
        // The close frame comes last; its code is behind two bytes of header.
        let code = 1002_u16.to_be_bytes();
        let closes = said.windows(4).any(|window| window[0] == 0x88 && window[2..] == code);
        assert!(closes, "{what}: the server ended with {:?}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_vanishes_is_forgotten() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    client.frame().await?;
    assert_eq!(capture.stream("k").await?["viewers"], 1);
    drop(client);
    e2e::until("no viewer", async || Ok((capture.stream("k").await?["viewers"] == 0).then_some(()))).await
}
