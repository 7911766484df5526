//! Differences of frames equal those of codes and pixels that are read one by one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use support::{Entry, entries, formats, layout, models, read};
use viewer_wasm::convert::{Apart, DecodeError, Decoder, Difference, Incomparable, Picture, Probe, Side};
use wire::CheckedLayout;
use wire::layout::Pixels;

type Bytes<'a> = Result<Cow<'a, [u8]>, DecodeError>;

/// A frame, and the same with some of its bytes changed.
struct Case {
    layout: CheckedLayout,
    raw: Vec<u8>,
    changed: Vec<u8>,
}

fn case(entry: &Entry, pixels: Pixels) -> Case {
    let raw = read(&entry.raw);
    let mut changed = raw.clone();
    for (at, byte) in changed.iter_mut().enumerate() {
        *byte ^= match at % 7 {
            0 => 0x15,
            3 => 0x80,
            _ => 0,
        };
    }
    Case { layout: layout(entry, pixels, raw.len()), raw, changed }
}

fn side(layout: &CheckedLayout) -> Side {
    Side {
        probe: Probe::new(layout, false).unwrap(),
        decoder: Rc::new(Decoder::new(layout, &Picture::default()).unwrap()),
    }
}

fn compare(one: &Side, other: &Side, gain: u32, raw: [&[u8]; 2]) -> (Difference, Vec<u8>) {
    let mut difference = Difference::new(one, other, gain).unwrap();
    let mut rgba = vec![7; difference.rgba_len()];
    let bytes =
        |raw: &'static [u8]| move |range: Range<usize>| -> Bytes<'static> { Ok(Cow::Borrowed(&raw[range])) };
    // Leaked: a test may.
    let [a, b] = raw.map(|raw| &*Box::leak(raw.to_vec().into_boxed_slice()));
    while difference.step(bytes(a), bytes(b), &mut rgba).unwrap() {}
    (difference, rgba)
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn psnr(apart: &Apart) -> f64 {
    let peak = f64::from((1_u32 << apart.depth) - 1);
    let mean = apart.squares as f64 / apart.count as f64;
    if mean == 0.0 { f64::INFINITY } else { 20.0 * (peak / mean.sqrt()).log10() }
}

/// Every code of a frame, of every pixel one a component.
fn codes(probe: &Probe, raw: &[u8]) -> Vec<u16> {
    let (width, height) = probe.size();
    probe.codes::<DecodeError>(&(0..width), 0..height, |range| Ok(Cow::Borrowed(&raw[range]))).unwrap()
}

#[test]
fn codes_are_as_far_apart_as_one_by_one() {
    let (formats, models) = (formats(), models());
    let mut compared = BTreeSet::new();
    for entry in entries() {
        let Case { layout, raw, changed } = case(&entry, formats[&entry.format].clone());
        let side = side(&layout);
        let (width, _) = side.probe.size();
        let (found, rgba) = compare(&side, &side, 3, [&raw, &changed]);
        if side.probe.is_indexed() {
            assert!(!found.is_native(), "{}", entry.id);
            continue;
        }
        assert!(found.is_native(), "{}", entry.id);
        let (one, other) = (codes(&side.probe, &raw), codes(&side.probe, &changed));
        let step = found.apart().len();
        let mut drawn = vec![[0_u8; 3]; one.len() / step];
        for (at, apart) in found.apart().iter().enumerate() {
            let what = format!("{} {}", entry.id, apart.name);
            let pixels = || one.iter().zip(&other).skip(at).step_by(step).map(|(a, b)| a.abs_diff(*b));
            assert_eq!(Some(apart.max), pixels().max(), "{what}");
            assert!((apart.psnr() - psnr(apart)).abs() < 1e-9 || apart.max == 0, "{what}");
            let at_max = pixels().nth(apart.at.1 * width + apart.at.0);
            assert_eq!(at_max, Some(apart.max), "{what}: {:?}", apart.at);
            let sub = models.get(&entry.format).filter(|_| !entry.interlaced).and_then(|model| {
                let found = model.components.iter().find(|component| component.name == apart.name)?;
                Some((found.w_sub, found.h_sub))
            });
            if let Some((w_sub, h_sub)) = sub {
                let samples = pixels().enumerate().filter(|(at, _)| {
                    (at % width).trailing_zeros() >= w_sub.into()
                        && (at / width).trailing_zeros() >= h_sub.into()
                });
                let squares: Vec<_> = samples.map(|(_, d)| u128::from(d) * u128::from(d)).collect();
                assert_eq!(
                    (apart.count, apart.squares),
                    (squares.len() as u64, squares.iter().sum()),
                    "{what}"
                );
                compared.insert(entry.format.clone());
            }
            let peak = (1_u64 << apart.depth) - 1;
            for (pixel, difference) in drawn.iter_mut().zip(pixels()) {
                let shade = (u64::from(difference) * 3 * 255 + peak / 2) / peak;
                let shade = u8::try_from(shade).unwrap_or(255);
                let is_rgb = found.apart().iter().any(|apart| apart.name == 'R');
                match (apart.name, is_rgb) {
                    ('A', _) => {}
                    ('R', true) => pixel[0] = shade,
                    ('G', true) => pixel[1] = shade,
                    ('B', true) => pixel[2] = shade,
                    _ => *pixel = pixel.map(|other| other.max(shade)),
                }
            }
        }
        for (at, (found, expected)) in rgba.chunks_exact(4).zip(&drawn).enumerate() {
            assert_eq!((&found[..3], found[3]), (&expected[..], 255), "{} pixel {at}", entry.id);
        }
        let (same, black) = compare(&side, &side, 64, [&raw, &raw]);
        assert!(
            same.apart().iter().all(|apart| apart.max == 0 && apart.psnr() == f64::INFINITY),
            "{}",
            entry.id
        );
        assert!(black.chunks_exact(4).all(|pixel| pixel == [0, 0, 0, 255]), "{}", entry.id);
    }
    assert!(compared.len() >= 30, "{compared:?}");
}

#[test]
fn other_formats_of_one_size_are_compared_as_drawn() {
    let formats = formats();
    let entries = entries();
    let mut compared = 0;
    for two in entries.windows(2) {
        let [one, other] = [0, 1].map(|at| case(&two[at], formats[&two[at].format].clone()));
        let sides = [side(&one.layout), side(&other.layout)];
        if sides[0].probe.size() != sides[1].probe.size() {
            let error = Difference::new(&sides[0], &sides[1], 1).unwrap_err();
            let Incomparable::Sizes { size, other } = error;
            assert_eq!((size, other), (sides[0].probe.size(), sides[1].probe.size()));
            continue;
        }
        let (found, rgba) = compare(&sides[0], &sides[1], 2, [&one.raw, &other.raw]);
        if found.is_native() {
            continue;
        }
        compared += 1;
        let pictures = [&one, &other].map(|case| {
            let decoder = Decoder::new(&case.layout, &Picture::default()).unwrap();
            let mut rgba = vec![0; decoder.rgba_len()];
            decoder.decode(&case.layout, &case.raw, &mut rgba).unwrap();
            rgba
        });
        let differences: Vec<_> = pictures[0].iter().zip(&pictures[1]).map(|(a, b)| a.abs_diff(*b)).collect();
        for (place, apart) in found.apart().iter().enumerate() {
            let channel = || differences.iter().skip(place).step_by(4).copied();
            let squares: u128 = channel().map(|d| u128::from(d) * u128::from(d)).sum();
            assert_eq!((Some(apart.max), apart.squares), (channel().max().map(u16::from), squares));
            assert_eq!((apart.count, apart.depth), (channel().count() as u64, 8));
        }
        for (found, difference) in rgba.chunks_exact(4).zip(differences.chunks_exact(4)) {
            let expected: Vec<_> = difference[..3].iter().map(|d| d.saturating_mul(2)).collect();
            assert_eq!(found[..3], expected);
        }
    }
    assert!(compared >= 10, "{compared}");
}
