//! Any bytes as a coded payload of one of several layouts, which the first byte picks: vectors and portable code decode
//! the same or refuse it, whole or in pieces, and what was decoded survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::coding::{Coder, Decoding, decoded_len};
use wire::layout::{ByteOrder, Component, Family, Pixels, Plane};
use wire::{CheckedLayout, Layout};

/// Name, plane, offset, pixel stride, depth, shift.
type Place = (char, u8, u32, u32, u8, u8);

fn described(order: ByteOrder, sides: (u32, u32), places: &[Place], strides: &[u32]) -> Layout {
    let component = |&(name, plane, offset, pixel_stride, depth, shift): &Place| Component {
        name,
        plane,
        offset,
        pixel_stride,
        depth,
        shift,
        w_sub: 0,
        h_sub: 0,
    };
    let components = places.iter().map(component).collect();
    let pixels = Pixels::Components { family: Family::Rgb, byte_order: order, components };
    // A gap before each plane.
    let mut end = 0;
    let planes = strides.iter().map(|&stride| {
        let (offset, length) = (end + 3, u64::from(stride) * u64::from(sides.1));
        end = offset + length;
        Plane { stride, offset, length }
    });
    Layout { pixels, planes: planes.collect(), ..Layout::plain(sides.0, sides.1) }
}

fn named(name: &str, stride: u32, length: u64) -> Layout {
    let planes = vec![Plane { stride, offset: 0, length }];
    let pixels = Pixels::Named { name: name.into() };
    Layout { format: name.into(), pixels, planes, ..Layout::plain(20, 8) }
}

fn layout(pick: u8) -> CheckedLayout {
    use ByteOrder::{Big, Little};
    let mut interlaced = described(
        Little,
        (90, 6),
        &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 2, 8, 0), ('V', 1, 1, 2, 8, 0)],
        &[96, 180],
    );
    interlaced.interlace.mode = "interleaved".into();
    let layout = match pick % 8 {
        0 => described(
            Little,
            (20, 7),
            &[('R', 0, 2, 3, 8, 0), ('G', 0, 1, 3, 8, 0), ('B', 0, 0, 3, 8, 0)],
            &[64],
        ),
        1 => described(
            Little,
            (60, 5),
            &[('R', 0, 1, 4, 8, 0), ('G', 0, 2, 4, 8, 0), ('B', 0, 3, 4, 8, 0)],
            &[240],
        ),
        2 => described(Big, (33, 4), &[('Y', 0, 0, 2, 10, 6)], &[70]),
        3 => described(
            Little,
            (17, 4),
            &[('R', 0, 0, 8, 16, 0), ('G', 0, 2, 8, 16, 0), ('B', 0, 4, 8, 16, 0)],
            &[136],
        ),
        4 => interlaced,
        5 => named("rggb", 20, 160),
        6 => named("bggr12be", 40, 320),
        _ => named("NV12_8L128", 1 << 16 | 3, 3 * 1024),
    };
    layout.check().expect("the layouts here are readable")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&pick, bytes)) = bytes.split_first() else { return };
    let layout = layout(pick);
    let coders = [Coder::new(&layout), Coder::portable(&layout)];
    let decoded = coders.each_ref().map(|coder| {
        let mut payload = Vec::new();
        let result = coder.decode(bytes, &mut payload);
        assert!(payload.len() as u64 <= layout.min_payload_len() + bytes.len() as u64);
        result.map(|()| payload)
    });
    assert_eq!(decoded[0], decoded[1]);
    let Ok(payload) = &decoded[0] else { return };
    assert_eq!(decoded_len(bytes), Ok(payload.len() as u64));
    for coder in &coders {
        let mut decoding = Decoding::new(coder, bytes).expect("it was decoded before");
        let mut again = vec![0; decoding.len()];
        for end in (0..payload.len()).step_by(1 + usize::from(pick)) {
            for plane in 0..layout.planes.len() {
                decoding.plane(plane, end, &mut again).expect("it was decoded before");
            }
        }
        decoding.all(&mut again).expect("it was decoded before");
        assert_eq!(&again, payload);
    }
    let mut coded = Vec::new();
    coders[0].encode(&[payload], &mut coded);
    assert!(coded.len() <= payload.len() + 8 * (1 + layout.planes.len()));
    let mut again = Vec::new();
    coders[1].decode(&coded, &mut again).expect("what was encoded is decoded");
    assert_eq!(&again, payload);
});
