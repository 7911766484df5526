//! The converter on layouts nobody made: fast paths equal the general one, and no payload makes it panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use proptest::prelude::*;
use viewer_wasm::convert::{ColorMode, DecodeError, Decoder, Unsupported};
use wire::CheckedLayout;
use wire::layout::{ByteOrder, Color, Component, Family, Layout, Pixels, Plane, Region};

fn frame(width: u32, height: u32, pixels: Pixels, planes: Vec<Plane>) -> Layout {
    let plain = Layout::plain(width, height);
    Layout {
        id: 3,
        stream: "left".into(),
        caps: "video/x-raw, format=(string)TEST".into(),
        format: "TEST".into(),
        pixels,
        planes,
        color: Color { matrix: "bt601".into(), ..plain.color },
        framerate: (30, 1),
        ..plain
    }
}

fn component(name: char, plane: u8, offset: u32, pixel_stride: u32, depth: u8, shift: u8) -> Component {
    Component { name, plane, offset, pixel_stride, depth, shift, w_sub: 0, h_sub: 0 }
}

fn components(family: Family, components: Vec<Component>) -> Pixels {
    Pixels::Components { family, byte_order: ByteOrder::Little, components }
}

fn packed(size: (u32, u32), pixel_stride: u32, order: [u32; 3], pad: u32, offset: u32) -> Layout {
    let stride = size.0 * pixel_stride + pad;
    let names = "RGB".chars().zip(order);
    let pixels =
        components(Family::Rgb, names.map(|(name, at)| component(name, 0, at, pixel_stride, 8, 0)).collect());
    frame(
        size.0,
        size.1,
        pixels,
        vec![Plane { stride, offset: offset.into(), length: u64::from(stride) * u64::from(size.1) }],
    )
}

fn payload_of(layout: &CheckedLayout) -> Vec<u8> {
    (0..layout.min_payload_len()).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect()
}

fn decode(decoder: &Decoder, layout: &CheckedLayout, payload: &[u8]) -> Vec<u8> {
    let mut rgba = vec![7; decoder.rgba_len()];
    decoder.decode(layout, payload, &mut rgba).unwrap();
    rgba
}

fn orders(pixel_stride: u32) -> impl Strategy<Value = [u32; 3]> {
    Just((0..pixel_stride).collect::<Vec<_>>())
        .prop_shuffle()
        .prop_map(|order| [order[0], order[1], order[2]])
}

fn packings() -> impl Strategy<Value = (u32, [u32; 3])> {
    (3_u32..=4).prop_flat_map(|stride| (Just(stride), orders(stride)))
}

fn any_component(name: char) -> impl Strategy<Value = Component> {
    (0_u8..4, 0_u32..9, 1_u32..9, 1_u8..=16, 0_u8..16).prop_map(
        move |(plane, offset, stride, depth, shift)| component(name, plane, offset, stride, depth, shift),
    )
}

fn subsampled(name: char) -> impl Strategy<Value = Component> {
    (any_component(name), 0_u8..4, 0_u8..4).prop_map(|(c, w_sub, h_sub)| Component { w_sub, h_sub, ..c })
}

proptest! {
    #[test]
    fn fast_equals_general(
        size in (1_u32..70, 1_u32..9), (stride, order) in packings(), pad in 0_u32..20, offset in 0_u32..70,
    ) {
        let layout = packed(size, stride, order, pad, offset).check().unwrap();
        let payload = payload_of(&layout);
        for mode in [ColorMode::Gst, ColorMode::Itu] {
            let fast = decode(&Decoder::new(&layout, &mode.into()).unwrap(), &layout, &payload);
            let general = decode(&Decoder::general(&layout, &mode.into()).unwrap(), &layout, &payload);
            prop_assert_eq!(&fast, &general);
            // And both are what the description says.
            for (index, pixel) in fast.chunks_exact(4).enumerate() {
                let (y, x) = (index / size.0 as usize, index % size.0 as usize);
                let at = offset as usize + y * layout.planes[0].stride as usize + x * stride as usize;
                let expected = order.map(|place| payload[at + place as usize]);
                prop_assert_eq!(pixel, [expected[0], expected[1], expected[2], 255]);
            }
        }
    }

    #[test]
    fn a_short_payload_is_refused_with_numbers(
        size in (1_u32..40, 1_u32..9), (stride, order) in packings(), short in 1_usize..500,
    ) {
        let layout = packed(size, stride, order, 0, 5).check().unwrap();
        let mut payload = payload_of(&layout);
        payload.truncate(payload.len().saturating_sub(short));
        let decoder = Decoder::new(&layout, &ColorMode::Gst.into()).unwrap();
        let mut rgba = vec![0; decoder.rgba_len()];
        prop_assert!(matches!(decoder.decode(&layout, &payload, &mut rgba), Err(DecodeError::Payload(_))));
    }

    #[test]
    fn no_layout_and_no_payload_make_it_panic(
        size in (1_u32..20, 1_u32..6),
        family in prop::sample::select(vec![Family::Rgb, Family::Gray, Family::Yuv]),
        found in (any_component('R'), any_component('G'), any_component('B'), any_component('Y')),
        chroma in (subsampled('U'), subsampled('V'), any::<bool>()),
        interlace in prop::sample::select(vec!["progressive", "interleaved", "mixed"]),
        mode in prop::sample::select(vec![ColorMode::Gst, ColorMode::Itu]),
        byte_order in prop::sample::select(vec![ByteOrder::Little, ByteOrder::Big]),
        planes in prop::collection::vec((0_u32..80, 0_u64..40, 0_u64..500), 1..5),
        payload in prop::collection::vec(any::<u8>(), 0..600),
        tile in 1_usize..4,
    ) {
        let (r, g, b, y) = found;
        let (u, mut v, alike) = chroma;
        if alike {
            (v.w_sub, v.h_sub) = (u.w_sub, u.h_sub);
        }
        let components = if family == Family::Yuv { vec![y, u, v, r] } else { vec![r, g, b, y] };
        let pixels = Pixels::Components { family, byte_order, components };
        let planes = planes.into_iter().map(|(stride, offset, length)| Plane { stride, offset, length });
        let mut layout = frame(size.0, size.1, pixels, planes.collect());
        layout.interlace.mode = interlace.into();
        let Ok(layout) = layout.check() else { return Ok(()) };
        let Ok(decoder) = Decoder::new(&layout, &mode.into()) else { return Ok(()) };
        let mut rgba = vec![0; decoder.rgba_len()];
        let whole = decoder.decode(&layout, &payload, &mut rgba);
        prop_assert_eq!(whole.is_ok(), layout.check_payload(payload.len() as u64).is_ok());
        if whole.is_ok() {
            let tiled = support::decode_in_tiles(&decoder, &payload, tile);
            prop_assert_eq!(tiled, rgba.clone());
        }
        // Tiles of lying lengths are refused, not read past.
        let rows = 0..tile.min(decoder.height());
        let lies: Vec<&[u8]> = (0..decoder.planes()).map(|_| &payload[..payload.len().min(30)]).collect();
        let out_len = rows.len() * decoder.rgba_row_len();
        let _ = decoder.decode_rows(&lies, &rows, &mut rgba[..out_len]);
    }
}

#[test]
fn a_component_may_stand_anywhere_in_a_word() {
    // Four bits of red and of blue in one byte, six of green in a word of another plane.
    let pixels = components(
        Family::Rgb,
        vec![component('R', 0, 0, 1, 4, 4), component('G', 1, 2, 4, 6, 5), component('B', 0, 0, 1, 4, 0)],
    );
    let planes = vec![Plane { stride: 2, offset: 0, length: 2 }, Plane { stride: 8, offset: 2, length: 8 }];
    let layout = frame(2, 1, pixels, planes).check().unwrap();
    let green = |sample: u16| (sample << 5 | 0b1_1111 | 0b1 << 15).to_le_bytes();
    let ([g0, g1], [h0, h1]) = (green(0b10_0001), green(0));
    let payload = [0xa5, 0x0f, 9, 9, g0, g1, 9, 9, h0, h1];
    let decoder = Decoder::new(&layout, &ColorMode::Gst.into()).unwrap();
    assert_eq!(decode(&decoder, &layout, &payload), [0xaa, 0x86, 0x55, 255, 0, 0, 0xff, 255]);
}

#[test]
fn a_region_of_every_other_pixel_decodes_to_the_size_that_is_sent() {
    let mut layout = packed((3, 2), 3, [2, 1, 0], 0, 0);
    layout.width = 20;
    layout.height = 20;
    layout.region = Region { x: 4, y: 4, width: 5, height: 3 };
    layout.step = (2, 2);
    let layout = layout.check().unwrap();
    let decoder = Decoder::new(&layout, &ColorMode::Gst.into()).unwrap();
    assert_eq!((decoder.width(), decoder.height(), decoder.rgba_len()), (3, 2, 24));
}

#[test]
fn what_cannot_be_decoded_is_named() {
    let unsupported =
        |layout: Layout| Decoder::new(&layout.check().unwrap(), &ColorMode::Gst.into()).unwrap_err();
    let plane = || vec![Plane { stride: 64, offset: 0, length: 64 }];
    let mut nv12 = frame(8, 1, Pixels::Named { name: "NV12".into() }, plane());
    nv12.format = "NV12".into();
    assert_eq!(unsupported(nv12).to_string(), "cannot decode NV12 yet");

    let y = || component('Y', 0, 0, 1, 8, 0);
    let no_chroma = unsupported(frame(8, 1, components(Family::Yuv, vec![y()]), plane()));
    assert!(matches!(no_chroma, Unsupported::MissingComponent { component: 'U', .. }));

    let yuv =
        |u, v| components(Family::Yuv, vec![y(), Component { name: 'U', ..u }, Component { name: 'V', ..v }]);
    let mut unknown = frame(8, 1, yuv(y(), y()), plane());
    unknown.color.matrix = "unknown".into();
    assert_eq!(unsupported(unknown), Unsupported::Matrix { name: "unknown".into() });

    let uneven = yuv(Component { w_sub: 1, ..y() }, y());
    assert!(matches!(
        unsupported(frame(8, 1, uneven, plane())),
        Unsupported::Subsampled { component: 'V', .. }
    ));
    let eighths = yuv(Component { w_sub: 3, ..y() }, Component { w_sub: 3, ..y() });
    assert!(matches!(unsupported(frame(8, 1, eighths, plane())), Unsupported::Subsampled { w_sub: 3, .. }));

    let no_green = components(Family::Rgb, vec![component('R', 0, 0, 1, 8, 0)]);
    let missing = unsupported(frame(8, 1, no_green, plane()));
    assert!(matches!(missing, Unsupported::MissingComponent { component: 'G', .. }));

    let halved = components(Family::Gray, vec![Component { w_sub: 1, ..y() }]);
    assert!(matches!(unsupported(frame(8, 1, halved, plane())), Unsupported::Subsampled { w_sub: 1, .. }));
}
