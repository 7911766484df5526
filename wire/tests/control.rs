//! Control messages: the golden JSON of every type, both ways.

use wire::control::{
    BusKind, BusMessage, Outcome, Phase, Policy, Sending, StreamState, StreamStatistics, View, ViewMode,
};
use wire::history::LeasedFrame;
use wire::layout::{Encoding, Region};
use wire::{ClientMessage, Hash, Ledger, ServerMessage};

#[test]
fn client_messages_are_these() {
    let golden = [
        (
            ClientMessage::Subscribe { stream: "left".into(), credits: 2 },
            r#"{"type":"subscribe","stream":"left","credits":2}"#,
        ),
        (ClientMessage::Unsubscribe { stream: "left".into() }, r#"{"type":"unsubscribe","stream":"left"}"#),
        (
            ClientMessage::Credit { stream: "left".into(), sequence: 41, outcome: Outcome::Overtaken },
            r#"{"type":"credit","stream":"left","sequence":41,"outcome":"overtaken"}"#,
        ),
        (
            ClientMessage::Pause { stream: "left".into(), paused: true },
            r#"{"type":"pause","stream":"left","paused":true}"#,
        ),
        (
            ClientMessage::View {
                stream: "left".into(),
                view: View {
                    mode: ViewMode::Auto,
                    visible: Some(Region { x: 8, y: 0, width: 640, height: 360 }),
                    pixels: Some((1280, 720)),
                    rate: Some(60),
                    encodings: vec![Encoding::Raw, Encoding::Lz4, Encoding::Residual],
                },
            },
            concat!(
                r#"{"type":"view","stream":"left","view":{"mode":"auto","#,
                r#""visible":{"x":8,"y":0,"width":640,"height":360},"pixels":[1280,720],"rate":60,"#,
                r#""encodings":["raw","lz4","residual"]}}"#
            ),
        ),
        (ClientMessage::Clock { client_sent: 9 }, r#"{"type":"clock","client_sent":9}"#),
        (ClientMessage::Body { key: "0f".into() }, r#"{"type":"body","key":"0f"}"#),
        (
            ClientMessage::Verify { stream: "left".into(), on: true },
            r#"{"type":"verify","stream":"left","on":true}"#,
        ),
    ];
    for (message, json) in golden {
        assert_eq!(message.to_json(), json);
        assert_eq!(ClientMessage::from_json(json).unwrap(), message);
    }
}

#[test]
fn server_messages_are_these() {
    let state = StreamState {
        name: "left".into(),
        pipeline: 0,
        phase: Phase::Failed,
        failure: Some("no such file".into()),
        caps: None,
        converted: None,
    };
    let state_json = r#"{"name":"left","pipeline":0,"phase":"failed","failure":"no such file","caps":null,"converted":null}"#;
    let golden = [
        (
            ServerMessage::Hello { server: "sinkview 0".into(), policy: Policy::Latest, streams: vec![state.clone()] },
            format!(r#"{{"type":"hello","server":"sinkview 0","policy":"latest","streams":[{state_json}]}}"#),
        ),
        (
            ServerMessage::Streams { streams: vec![state] },
            format!(r#"{{"type":"streams","streams":[{state_json}]}}"#),
        ),
        (
            ServerMessage::Bus {
                message: BusMessage {
                    pipeline: 1,
                    at_nanos: 5,
                    kind: BusKind::StateChanged,
                    source: "/GstPipeline:pipeline0".into(),
                    text: "ready to paused".into(),
                    debug: None,
                },
            },
            concat!(
                r#"{"type":"bus","message":{"pipeline":1,"at_nanos":5,"kind":"state_changed","#,
                r#""source":"/GstPipeline:pipeline0","text":"ready to paused","debug":null}}"#
            )
            .into(),
        ),
        (
            ServerMessage::EndOfStream { stream: "left".into() },
            r#"{"type":"end_of_stream","stream":"left"}"#.into(),
        ),
        (
            ServerMessage::Statistics {
                streams: vec![StreamStatistics {
                    stream: "left".into(),
                    ledger: Ledger::default(),
                    sending: Sending { frames: 1, work_nanos: 2, send_nanos: 3, bytes_per_second: None },
                }],
            },
            concat!(
                r#"{"type":"statistics","streams":[{"stream":"left","ledger":{"source_gap":0,"arrived":0,"dropped":0,"#,
                r#""skipped":0,"not_requested":0,"abandoned":0,"sent":0,"pending":0,"drawn":0,"overtaken":0,"#,
                r#""late":0,"undrawn":0,"bytes_sent":0},"#,
                r#""sending":{"frames":1,"work_nanos":2,"send_nanos":3,"bytes_per_second":null}}]}"#
            )
            .into(),
        ),
        (
            ServerMessage::Clock { client_sent: 1, server_received: 2, server_sent: 3 },
            r#"{"type":"clock","client_sent":1,"server_received":2,"server_sent":3}"#.into(),
        ),
        (
            ServerMessage::Hashes {
                stream: "left".into(),
                sequence: 41,
                buffer: Hash::of(b""),
                rows: Some(Hash::of(b"abc")),
            },
            concat!(
                r#"{"type":"hashes","stream":"left","sequence":41,"#,
                r#""buffer":"2d06800538d394c2","rows":"78af5f94892f3950"}"#
            )
            .into(),
        ),
        (
            ServerMessage::Hashes { stream: "left".into(), sequence: 41, buffer: Hash::of(b""), rows: None },
            r#"{"type":"hashes","stream":"left","sequence":41,"buffer":"2d06800538d394c2","rows":null}"#.into(),
        ),
        (ServerMessage::Body {}, r#"{"type":"body"}"#.into()),
        (
            ServerMessage::Error { code: "no_such_stream".into(), text: "no stream".into() },
            r#"{"type":"error","code":"no_such_stream","text":"no stream"}"#.into(),
        ),
    ];
    for (message, json) in golden {
        assert_eq!(message.to_json(), json);
        assert_eq!(ServerMessage::from_json(&json).unwrap(), message);
    }
}

#[test]
fn phases_and_kinds_of_bus_messages_are_these_words() {
    let phases = [
        (Phase::Waiting, "waiting"),
        (Phase::Running, "running"),
        (Phase::Ended, "ended"),
        (Phase::Failed, "failed"),
        (Phase::Stalled, "stalled"),
        (Phase::Restarting, "restarting"),
    ];
    for (phase, word) in phases {
        assert_eq!(serde_json::to_value(phase).unwrap(), word);
    }
    let kinds = [
        (BusKind::Error, "error"),
        (BusKind::Warning, "warning"),
        (BusKind::Info, "info"),
        (BusKind::EndOfStream, "end_of_stream"),
        (BusKind::StateChanged, "state_changed"),
        (BusKind::Latency, "latency"),
        (BusKind::MissingPlugin, "missing_plugin"),
        (BusKind::Qos, "qos"),
        (BusKind::Buffering, "buffering"),
        (BusKind::Stalled, "stalled"),
        (BusKind::Restarting, "restarting"),
    ];
    for (kind, word) in kinds {
        assert_eq!(serde_json::to_value(kind).unwrap(), word);
    }
}

#[test]
fn messages_about_the_past_are_these() {
    let asked = [
        (ClientMessage::Lease { stream: "left".into() }, r#"{"type":"lease","stream":"left"}"#),
        (ClientMessage::Release { stream: "left".into() }, r#"{"type":"release","stream":"left"}"#),
        (
            ClientMessage::Fetch { stream: "left".into(), sequence: 40 },
            r#"{"type":"fetch","stream":"left","sequence":40}"#,
        ),
    ];
    for (message, json) in asked {
        assert_eq!(message.to_json(), json);
        assert_eq!(ClientMessage::from_json(json).unwrap(), message);
    }
    let told: [(_, String); 2] = [
        (
            ServerMessage::Leased {
                stream: "left".into(),
                seconds: 600,
                frames: vec![LeasedFrame {
                    sequence: 7,
                    arrival_nanos: 9,
                    pts_nanos: None,
                    dropped: 1,
                    not_kept: 2,
                    source_gap: 3,
                }],
            },
            concat!(
                r#"{"type":"leased","stream":"left","seconds":600,"frames":[{"sequence":7,"arrival_nanos":9,"#,
                r#""pts_nanos":null,"dropped":1,"not_kept":2,"source_gap":3}]}"#
            )
            .into(),
        ),
        (
            ServerMessage::Fetched { stream: "left".into(), sequence: 7 },
            r#"{"type":"fetched","stream":"left","sequence":7}"#.into(),
        ),
    ];
    for (message, json) in told {
        assert_eq!(message.to_json(), json);
        assert_eq!(ServerMessage::from_json(&json).unwrap(), message);
    }
}

#[test]
fn an_unknown_type_or_key_is_refused_by_name() {
    for hash in ["2D06800538D394C2", "2d06800538d394c", "2d06800538d394c2 ", "0x06800538d394c2", ""] {
        let text = format!(r#"{{"type":"hashes","stream":"k","sequence":1,"buffer":"{hash}","rows":null}}"#);
        assert!(ServerMessage::from_json(&text).is_err(), "{text}");
    }
    for (text, name) in [
        (r#"{"type":"dance"}"#, "dance"),
        (r#"{"type":"clock","client_sent":1,"mood":2}"#, "mood"),
        (r#"{"type":"pause","stream":"left"}"#, "paused"),
    ] {
        let error = ClientMessage::from_json(text).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}
