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
        let of_seed = seed[at / 7 % seed.len()];
        of_seed.wrapping_add((state % (u32::from(noise) + 1)) as u8)
    };
    (0..usize::try_from(len).unwrap()).map(byte).collect()
}

fn coded(coder: &Coder, payload: &[u8]) -> Vec<u8> {
    let mut coded = vec![1; 5];
    coder.encode(&[payload], &mut coded);
    coded
}

fn decoded(coder: &Coder, coded: &[u8]) -> Result<Vec<u8>, CodingError> {
    let mut payload = vec![3; 9];
    coder.decode(coded, &mut payload).map(|()| payload)
}

/// Any bytes are an error or some payload, which is no longer than layout and bytes explain.
fn bear(layout: &CheckedLayout, coder: &Coder, coded: &[u8]) {
    let mut payload = Vec::new();
    if coder.decode(coded, &mut payload).is_ok() {
        assert_eq!(payload.len() as u64, decoded_len(coded).unwrap());
    }
    assert!(payload.len() as u64 <= layout.min_payload_len() + coded.len() as u64);
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
        let whole = coded(&coder, &payload);
        prop_assert_eq!(decoded_len(&whole), Ok(payload.len() as u64));
        prop_assert_eq!(decoded(&coder, &whole).unwrap(), payload.as_slice());
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
        let mut coded = coded(&coder, &payload);
        for end in 0..coded.len() {
            prop_assert!(decoded(&coder, &coded[..end]).is_err(), "{} of {} bytes", end, coded.len());
        }
        coded.push(0);
        prop_assert!(decoded(&coder, &coded).is_err());
        coded.pop();
        for (place, byte) in places {
            let place = place.index(coded.len());
            coded[place] ^= byte;
            bear(&layout, &coder, &coded);
        }
    }

    #[test]
    fn any_bytes_are_borne(layout in layouts(), bytes in vec(any::<u8>(), 0..300), len in 0_u64..3000) {
        let coder = Coder::new(&layout);
        bear(&layout, &coder, &bytes);
        bear(&layout, &coder, &[&len.to_le_bytes()[..], &bytes].concat());
    }
}

#[test]
fn noise_costs_no_more_than_a_hundredth() {
    let layout = bgr(640, 48).check().unwrap();
    let payload = payload(&layout, &[0], 255, 0);
    let len = coded(&Coder::new(&layout), &payload).len();
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
    let (mut coded, mut payload) = (Vec::new(), Vec::new());
    coder.encode(&[&noise], &mut coded);
    coder.decode(&coded, &mut payload).unwrap();
    let before = (coded.as_ptr(), payload.as_ptr());
    coder.encode(&[&flat], &mut coded);
    coder.decode(&coded, &mut payload).unwrap();
    assert_eq!((coded.as_ptr(), payload.as_ptr()), before);
    assert_eq!(payload, flat);
}
