//! The encoding `residual`: every byte comes back, whatever the layout, and no bytes at all make the decoder panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use wire::coding::{Coder, CodingError, Decoding, decoded_len};
use wire::layout::{ByteOrder, Component, Family, MAX_PLANES, NAMED, Pixels, Plane};
use wire::{CheckedLayout, Layout};

fn component(name: char, plane: u8, offset: u32, pixel_stride: u32) -> Component {
    Component { name, plane, offset, pixel_stride, depth: 8, shift: 0, w_sub: 0, h_sub: 0 }
}

fn bgr(width: u32, height: u32) -> Layout {
    let stride = (width * 3).next_multiple_of(4);
    Layout {
        pixels: Pixels::Components {
            family: Family::Rgb,
            byte_order: ByteOrder::Little,
            components: vec![component('R', 0, 2, 3), component('G', 0, 1, 3), component('B', 0, 0, 3)],
        },
        planes: vec![Plane { stride, offset: 0, length: u64::from(stride) * u64::from(height) }],
        ..Layout::plain(width, height)
    }
}

/// Layouts that no camera has: any components in any planes, with gaps between them or one within another.
fn layouts() -> impl Strategy<Value = CheckedLayout> {
    let plane = (0_u32..70, 0_u64..9, 1_u64..1500);
    let planes = vec(plane, 1..=MAX_PLANES);
    let sub = || prop_oneof![3 => Just(0_u8), 1 => 0_u8..=2];
    let one =
        ("[RGBYUVA]", 0_u8..4, 0_u32..5, prop_oneof![3 => 1_u32..=4, 1 => 1_u32..=9], 1_u8..=16, 0_u8..8)
            .prop_flat_map(move |rest| (Just(rest), sub(), sub()));
    let family = prop_oneof![Just(Family::Rgb), Just(Family::Yuv), Just(Family::Gray)];
    let order = prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)];
    let described = (family, order, vec(one, 1..=4)).prop_map(|(family, byte_order, components)| {
        let components =
            components.into_iter().map(|((name, plane, offset, stride, depth, shift), w_sub, h_sub)| {
                let name = name.chars().next().unwrap();
                Component { name, plane, offset, pixel_stride: stride, depth, shift, w_sub, h_sub }
            });
        (String::new(), Pixels::Components { family, byte_order, components: components.collect() })
    });
    let named = proptest::sample::select(NAMED)
        .prop_map(|name| (name.to_owned(), Pixels::Named { name: name.to_owned() }));
    let pixels = prop_oneof![3 => described, 1 => named];
    let mode = prop_oneof![Just("progressive"), Just("interleaved"), Just("mixed")];
    (planes, pixels, 1_u32..20, 1_u32..30, mode, any::<bool>()).prop_filter_map(
        "a layout that nobody can read by",
        |(planes, (format, mut pixels), width, height, mode, overlaps)| {
            let mut end = 0;
            let count = u8::try_from(planes.len()).unwrap();
            let planes = planes.into_iter().map(|(stride, gap, length)| {
                let offset = if overlaps { gap * 7 } else { end + gap };
                end = offset + length;
                Plane { stride, offset, length }
            });
            let mut layout = Layout { format, planes: planes.collect(), ..Layout::plain(width, height) };
            mode.clone_into(&mut layout.interlace.mode);
            if let Pixels::Components { components, .. } = &mut pixels {
                for component in components {
                    component.plane %= count;
                    component.shift %= 17 - component.depth;
                }
            }
            layout.pixels = pixels;
            layout.check().ok()
        },
    )
}

/// Contents that are predicted well, badly, or both; and how long a payload is beyond its planes.
fn payload(layout: &CheckedLayout, seed: &[u8], noise: u8, more: i64) -> Vec<u8> {
    let len = i64::try_from(layout.min_payload_len()).unwrap().saturating_add(more).max(0);
    let mut state = 0x2545_f491_u32;
    let byte = |at: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [byte, ..] = (state % (u32::from(noise) + 1)).to_le_bytes();
        seed[at / 7 % seed.len()].wrapping_add(byte)
    };
    (0..usize::try_from(len).unwrap()).map(byte).collect()
}

fn encode(coder: &Coder, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1; 5];
    coder.encode(&[payload], &mut bytes);
    bytes
}

fn decode(coder: &Coder, bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
    let mut payload = vec![3; 9];
    coder.decode(bytes, &mut payload).map(|()| payload)
}

/// Any bytes are an error or some payload, which is no longer than layout and bytes explain.
fn bear(layout: &CheckedLayout, coder: &Coder, bytes: &[u8]) {
    let mut payload = Vec::new();
    if coder.decode(bytes, &mut payload).is_ok() {
        assert_eq!(payload.len() as u64, decoded_len(bytes).unwrap());
    }
    assert!(payload.len() as u64 <= layout.min_payload_len() + bytes.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_byte_comes_back(
        layout in layouts(),
        seed in vec(any::<u8>(), 1..50),
        noise in prop_oneof![Just(0), Just(3), Just(255)],
        more in -40_i64..40,
        cut in any::<prop::sample::Index>(),
    ) {
        let payload = payload(&layout, &seed, noise, more);
        let coder = Coder::new(&layout);
        let whole = encode(&coder, &payload);
        prop_assert_eq!(decoded_len(&whole), Ok(payload.len() as u64));
        prop_assert_eq!(decode(&coder, &whole).unwrap(), payload.as_slice());
        // However the payload is cut, and however far planes are decoded at a time.
        let cut = cut.index(payload.len() + 1);
        let mut pieces = Vec::new();
        coder.encode(&[&payload[..cut], &[], &payload[cut..]], &mut pieces);
        prop_assert_eq!(&pieces, &whole);
        let mut decoding = Decoding::new(&coder, &whole).unwrap();
        let mut again = vec![0; decoding.len()];
        for end in (0..2 * payload.len()).step_by(29) {
            for (plane, of_layout) in layout.planes.iter().enumerate() {
                decoding.plane(plane, end, &mut again).unwrap();
                let start = usize::try_from(of_layout.offset).unwrap();
                let overlap = layout.planes.windows(2).any(|two| two[1].offset < two[0].offset + two[0].length);
                if !overlap && start < end.min(payload.len()) {
                    let end = end.min(start + usize::try_from(of_layout.length).unwrap()).min(payload.len());
                    prop_assert_eq!(&again[start..end], &payload[start..end]);
                }
            }
        }
        decoding.all(&mut again).unwrap();
        prop_assert_eq!(again, payload);
    }

    #[test]
    fn cut_bytes_are_an_error_and_changed_ones_are_borne(
        layout in layouts(),
        seed in vec(any::<u8>(), 1..50),
        noise in prop_oneof![Just(0), Just(3), Just(255)],
        places in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let payload = payload(&layout, &seed, noise, 10);
        let coder = Coder::new(&layout);
        let mut bytes = encode(&coder, &payload);
        for end in 0..bytes.len() {
            prop_assert!(decode(&coder, &bytes[..end]).is_err(), "{} of {} bytes", end, bytes.len());
        }
        bytes.push(0);
        prop_assert!(decode(&coder, &bytes).is_err());
        bytes.pop();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] ^= byte;
            bear(&layout, &coder, &bytes);
        }
    }

    #[test]
    fn any_bytes_are_borne(layout in layouts(), bytes in vec(any::<u8>(), 0..300), len in 0_u64..3000) {
        let coder = Coder::new(&layout);
        bear(&layout, &coder, &bytes);
        bear(&layout, &coder, &[&len.to_le_bytes()[..], &bytes].concat());
    }
}

/// Rows of pixels, of which one differs in its green from those around it.
#[test]
fn pixels_are_these_bytes() {
    let layout = bgr(16, 4).check().unwrap();
    let row = |all: u8, fourth: u8| {
        let pixel = move |x: u8| [all, all, if x == 3 { fourth } else { all }];
        (0..16).flat_map(pixel).collect::<Vec<u8>>()
    };
    let payload = [row(10, 10), row(10, 10), row(11, 12), row(10, 10)].concat();
    #[rustfmt::skip]
    let golden = [
        &[192, 0, 0, 0, 0, 0, 0, 0][..],      // decoded length
        &[32, 0, 0, 0, 0, 0, 0, 0],           // the plane's body has 32 bytes
        &[0x11],                              // residuals follow, those of green taken from those of B and R
        &[0x50, 0x00],                        // widths of B, G, R: 0, 5, 0
        // 10, folded 20, sixteen times: bits 10100 from the lowest on
        &[0x94, 0x52, 0x4a, 0x29, 0xa5, 0x94, 0x52, 0x4a, 0x29, 0xa5],
        &[0x10],                              // as predicted
        &[0x11, 0x20, 0x02],                  // widths 0, 2, 2
        &[0xaa, 0xaa, 0xaa, 0xaa],            // 1, folded 2
        &[0x80, 0x00, 0x00, 0x00],            // the fourth R is 2 more where G is 1 more
        &[0x11, 0x10, 0x01],                  // widths 0, 1, 1
        &[0xff, 0xff],                        // -1, folded 1
        &[0x08, 0x00],                        // 2 less
    ]
    .concat();
    let coder = Coder::new(&layout);
    assert_eq!(encode(&coder, &payload), golden);
    assert_eq!(decode(&coder, &golden).unwrap(), payload);
}

/// Samples of ten bits at the top of big-endian words, bytes around the plane, and a last row that is short.
#[test]
fn words_are_these_bytes() {
    let mut layout = bgr(17, 3);
    let gray = Component { depth: 10, shift: 6, ..component('Y', 0, 0, 2) };
    layout.pixels =
        Pixels::Components { family: Family::Gray, byte_order: ByteOrder::Big, components: vec![gray] };
    layout.planes = vec![Plane { stride: 36, offset: 2, length: 2 * 36 + 34 }];
    let layout = layout.check().unwrap();
    let row = |step: u16, more: &[u8]| {
        let bytes = (0..17).flat_map(|x| ((900 + x * step) << 6).to_be_bytes());
        bytes.chain(more.iter().copied()).collect::<Vec<u8>>()
    };
    let payload = [&[0xaa, 0xbb], &row(0, &[0, 0])[..], &row(1, &[0, 1]), &row(1, &[]), &[0xcc]].concat();
    let raw = row(0, &[0, 0]);
    #[rustfmt::skip]
    let golden = [
        &[109, 0, 0, 0, 0, 0, 0, 0][..],      // decoded length
        &[0xaa, 0xbb],                        // what is before the plane
        &[97, 0, 0, 0, 0, 0, 0, 0],           // the plane's body
        &[0x02], &raw,                        // a row as it is, since it is no shorter coded
        &[0x01, 0xc5],                        // widths 5 and 12
        // 0 to 15, folded 0, 2 … 30
        &[0x40, 0x10, 0x83, 0x14, 0x73, 0x50, 0x52, 0x8b, 0x35, 0xf7],
        // 16, folded 32; padding, a 1 below the sample and so bit 10 of the turned word: 1024, folded 2048; nothing more
        &[0x20, 0x00, 0x80], &[0; 21],
        &[0x01, 0xb0],                        // widths 0 and 11
        // The word that the last row lacks is 0: -1024, folded 2047.
        &[0x00, 0xf8, 0x3f], &[0; 19],
        &[0xcc],                              // what is behind it
    ]
    .concat();
    let coder = Coder::new(&layout);
    assert_eq!(encode(&coder, &payload), golden);
    assert_eq!(decode(&coder, &golden).unwrap(), payload);
}

#[test]
fn noise_costs_no_more_than_a_hundredth() {
    let layout = bgr(640, 48).check().unwrap();
    let payload = payload(&layout, &[0], 255, 0);
    let len = encode(&Coder::new(&layout), &payload).len();
    assert!(len <= payload.len() + payload.len() / 100, "{len} bytes of {}", payload.len());
}

#[test]
fn a_short_message_cannot_ask_for_much() {
    let layout = bgr(1920, 1080).check().unwrap();
    let coder = Coder::new(&layout);
    let mut payload = Vec::new();
    let asks = |len: u64| [&len.to_le_bytes()[..], &[0; 100]].concat();
    let most = layout.min_payload_len() + 100;
    for len in [most + 1, u64::MAX, 1 << 63, 1 << 32] {
        let error = coder.decode(&asks(len), &mut payload).unwrap_err();
        assert_eq!(error, CodingError::TooLarge { actual: len, limit: most });
    }
    // A whole frame has more rows than that has bytes.
    assert!(matches!(coder.decode(&asks(most), &mut payload), Err(CodingError::TooShort { .. })));
    assert_eq!(payload.capacity(), 0);
}

#[test]
fn memory_is_used_again() {
    let layout = bgr(64, 64).check().unwrap();
    let (coder, noise) = (Coder::new(&layout), payload(&layout, &[1, 2], 255, 0));
    let flat = vec![0; noise.len()];
    let (mut bytes, mut payload) = (Vec::new(), Vec::new());
    coder.encode(&[&noise], &mut bytes);
    coder.decode(&bytes, &mut payload).unwrap();
    let before = (bytes.as_ptr(), payload.as_ptr());
    coder.encode(&[&flat], &mut bytes);
    coder.decode(&bytes, &mut payload).unwrap();
    assert_eq!((bytes.as_ptr(), payload.as_ptr()), before);
    assert_eq!(payload, flat);
}
