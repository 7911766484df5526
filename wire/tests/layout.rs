//! Layouts: the golden JSON, unknown keys, and the check that nothing it lets pass reads past a plane.

use proptest::prelude::*;
use wire::layout::{
    ByteOrder, Color, Component, Converted, Encoding, Family, Interlace, NAMED, Orientation, Pixels, Plane,
    Range, Region, is_named,
};
use wire::{CheckedLayout, Layout, LayoutError, ServerMessage};

fn component(name: char, plane: u8, offset: u32, pixel_stride: u32) -> Component {
    Component { name, plane, offset, pixel_stride, depth: 8, shift: 0, w_sub: 0, h_sub: 0 }
}

fn bgr(width: u32, height: u32) -> Layout {
    let stride = (width * 3).next_multiple_of(4);
    Layout {
        id: 1,
        stream: "left".into(),
        caps: "video/x-raw, format=(string)BGR".into(),
        format: "BGR".into(),
        width,
        height,
        pixels: Pixels::Components {
            family: Family::Rgb,
            byte_order: ByteOrder::Little,
            components: vec![component('R', 0, 2, 3), component('G', 0, 1, 3), component('B', 0, 0, 3)],
        },
        planes: vec![Plane { stride, offset: 0, length: u64::from(stride) * u64::from(height) }],
        color: Color {
            range: Range::Full,
            matrix: "rgb".into(),
            transfer: "srgb".into(),
            primaries: "bt709".into(),
            chroma_site: "unknown".into(),
        },
        pixel_aspect_ratio: (1, 1),
        orientation: Orientation::Rotate0,
        framerate: (30, 1),
        interlace: Interlace { mode: "progressive".into(), field_order: "unknown".into() },
        region: Region { x: 0, y: 0, width, height },
        step: (1, 1),
        encoding: Encoding::Raw,
        converted: None,
    }
}

const GOLDEN: &str = concat!(
    r#"{"type":"layout","layout":{"id":1,"stream":"left","caps":"video/x-raw, format=(string)BGR","format":"BGR","#,
    r#""width":3,"height":2,"pixels":{"model":"components","family":"rgb","byte_order":"little","components":["#,
    r#"{"name":"R","plane":0,"offset":2,"pixel_stride":3,"depth":8,"shift":0,"w_sub":0,"h_sub":0},"#,
    r#"{"name":"G","plane":0,"offset":1,"pixel_stride":3,"depth":8,"shift":0,"w_sub":0,"h_sub":0},"#,
    r#"{"name":"B","plane":0,"offset":0,"pixel_stride":3,"depth":8,"shift":0,"w_sub":0,"h_sub":0}]},"#,
    r#""planes":[{"stride":12,"offset":0,"length":24}],"#,
    r#""color":{"range":"0-255","matrix":"rgb","transfer":"srgb","primaries":"bt709","chroma_site":"unknown"},"#,
    r#""pixel_aspect_ratio":[1,1],"orientation":"rotate-0","framerate":[30,1],"#,
    r#""interlace":{"mode":"progressive","field_order":"unknown"},"#,
    r#""region":{"x":0,"y":0,"width":3,"height":2},"step":[1,1],"encoding":"raw","converted":null}}"#,
);

#[test]
fn the_json_is_this() {
    let message = ServerMessage::Layout { layout: Box::new(bgr(3, 2)) };
    assert_eq!(message.to_json(), GOLDEN);
    assert_eq!(ServerMessage::from_json(GOLDEN).unwrap(), message);
}

#[test]
fn a_converted_picture_is_this() {
    let mut layout = bgr(3, 2);
    layout.planes[0].offset = 16;
    layout.converted = Some(picture(16));
    let message = ServerMessage::Layout { layout: Box::new(layout.clone()) };
    let converted = r#""converted":{"format":"RGBA","source_length":16}"#;
    let golden = GOLDEN.replace(r#""converted":null"#, converted);
    let golden = golden.replace(r#""stride":12,"offset":0"#, r#""stride":12,"offset":16"#);
    assert_eq!(message.to_json(), golden);
    assert_eq!(ServerMessage::from_json(&golden).unwrap(), message);
    assert_eq!((layout.source_len(40), bgr(3, 2).source_len(40)), (16, 40));
    assert_eq!(layout.check().unwrap().min_payload_len(), 16 + 24);
}

#[test]
fn names_are_listed_once() {
    for (at, name) in NAMED.iter().enumerate() {
        assert!(is_named(name) && !NAMED[..at].contains(name), "{name}");
    }
    assert!(!is_named("BGR") && !is_named("bggr11le"));
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    for (at, key) in
        [(r#""id":1"#, "hue"), (r#""plane":0"#, "tint"), (r#""stride":12"#, "pitch"), (r#""x":0"#, "z")]
    {
        let text = GOLDEN.replacen(at, &format!("{at},\"{key}\":1"), 1);
        let error = ServerMessage::from_json(&text).unwrap_err().to_string();
        assert!(error.contains(&format!("`{key}`")), "{error}");
    }
}

#[test]
fn an_unknown_word_is_refused_by_name() {
    for (known, unknown) in
        [("\"raw\"", "\"zip\""), ("\"0-255\"", "\"1-254\""), ("\"rgb\",\"byte", "\"lab\",\"byte")]
    {
        let error = ServerMessage::from_json(&GOLDEN.replacen(known, unknown, 1)).unwrap_err().to_string();
        assert!(error.contains("unknown variant"), "{error}");
    }
}

#[test]
fn a_sound_layout_says_what_it_needs() {
    let layout = bgr(3, 2).check().unwrap();
    assert_eq!(layout.min_payload_len(), 24);
    assert!(layout.is_whole());
    assert_eq!(layout.check_payload(24), Ok(()));
    let short = LayoutError::PayloadTooShort { id: 1, expected: 24, actual: 23 };
    assert_eq!(layout.check_payload(23), Err(short));
}

#[test]
fn a_last_row_may_be_short() {
    let mut layout = bgr(3, 2);
    layout.planes[0].length = 12 + 9;
    assert!(layout.clone().check().is_ok());
    layout.planes[0].length -= 1;
    let error = LayoutError::PastPlane { component: 'R', plane: 0, expected: 21, actual: 20 };
    assert_eq!(layout.check(), Err(error));
}

#[test]
fn each_lie_is_named() {
    type Lie = fn(&mut Layout);
    let lies: [(Lie, &str); 13] = [
        (|l| l.width = 0, "size 0x2"),
        (|l| l.height = 1 << 21, "size 3x2097152"),
        (|l| l.planes.clear(), "0 planes"),
        (|l| l.planes[0].stride = 8, "a row needs 9 bytes, plane 0 has a stride of 8"),
        (|l| l.planes[0].offset = u64::MAX, "is no size"),
        (|l| l.pixel_aspect_ratio = (0, 1), "pixel aspect ratio 0/1"),
        (|l| l.framerate = (30, 0), "framerate 30/0"),
        (|l| l.region.x = 1, "does not fit"),
        (|l| l.step = (0, 1), "does not fit"),
        (|l| first(l).plane = 1, "component R is in plane 1 of 1"),
        (|l| first(l).depth = 17, "depth 17"),
        (|l| l.converted = Some(picture(1)), "plane 0 begins at 0, within the 1 bytes"),
        (
            |l| {
                l.pixels = Pixels::Named { name: "rggb".into() };
                l.converted = Some(picture(0));
            },
            "converted to RGBA, and its pixels are named",
        ),
    ];
    for (lie, words) in lies {
        let mut layout = bgr(3, 2);
        lie(&mut layout);
        let error = layout.check().unwrap_err().to_string();
        assert!(error.contains(words), "{error:?} does not say {words:?}");
    }
}

fn picture(source_length: u64) -> Converted {
    Converted { format: "RGBA".into(), source_length }
}

fn first(layout: &mut Layout) -> &mut Component {
    let Pixels::Components { components, .. } = &mut layout.pixels else { panic!("bgr() has components") };
    &mut components[0]
}

/// Reads every sample a checked layout describes, as a decoder would.
fn read_all(layout: &CheckedLayout, payload: &[u8]) {
    let Pixels::Components { components, .. } = &layout.pixels else { return };
    for c in components {
        let plane = &layout.planes[usize::from(c.plane)];
        for y in 0..u64::from(c.rows(layout.sent_height())) {
            for x in 0..u64::from(c.columns(layout.sent_width())) {
                let in_plane =
                    y * u64::from(plane.stride) + u64::from(c.offset) + x * u64::from(c.pixel_stride);
                let end = in_plane + u64::from(c.sample_bytes());
                assert!(end <= plane.length, "{c:?} leaves its plane at {x}, {y}");
                let at = usize::try_from(plane.offset + end).expect("small") - 1;
                assert!(payload.get(at).is_some());
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_passes_reads_past_the_end(
        (width, height) in (1u32..40, 1u32..20),
        stride in 0u32..200, offset in 0u64..50, length in 0u64..3000,
        parts in proptest::collection::vec((0u8..2, 0u32..80, 0u32..9, 0u8..20, 0u8..18, 0u8..5, 0u8..5), 1..5),
    ) {
        let mut layout = bgr(width, height);
        layout.planes = vec![Plane { stride, offset, length }];
        let components = parts.into_iter().map(|(plane, offset, pixel_stride, depth, shift, w_sub, h_sub)| Component {
            name: 'R', plane, offset, pixel_stride, depth, shift, w_sub, h_sub,
        }).collect();
        layout.pixels = Pixels::Components { family: Family::Rgb, byte_order: ByteOrder::Big, components };
        if let Ok(layout) = layout.check() {
            read_all(&layout, &vec![0; usize::try_from(layout.min_payload_len()).unwrap()]);
        }
    }

    #[test]
    fn any_text_never_panics(text: String) {
        let _ = ServerMessage::from_json(&text);
        let _ = wire::ClientMessage::from_json(&text);
    }
}
