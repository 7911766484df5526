//! Histogram and statistics equal those of codes that are read one by one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Range;
use support::{Entry, Model, entries, formats, layout, models, read};
use viewer_wasm::convert::{Measured, Measurement, Probe};
use wire::CheckedLayout;
use wire::layout::Pixels;

/// Component, row and column of a sample.
type Sample = (usize, usize, usize);
/// Columns and lines.
type Rectangle = (Range<usize>, Range<usize>);

/// The whole frame, and parts whose edges cut through chroma samples.
fn rectangles(width: usize, height: usize) -> Vec<Rectangle> {
    let mut rectangles = vec![
        (0..width, 0..height),
        (1..width, 1..height),
        (width / 3..width / 2 + 1, height / 2..height),
        (0..1, height - 1..height),
        (3..width.max(5) - 2, 2..height / 2 + 1),
    ];
    rectangles.retain(|(columns, lines)| !columns.is_empty() && !lines.is_empty() && columns.end <= width);
    rectangles
}

fn measure(probe: Probe, raw: &[u8], (columns, lines): Rectangle) -> Vec<Measured> {
    let mut measurement = Measurement::new(probe, columns, lines);
    while measurement.step::<Infallible>(|range| Ok(Cow::Borrowed(&raw[range]))).unwrap() {}
    measurement.measured()
}

/// Everything that is said of a component, from the list of its codes.
fn compare(what: &str, found: &Measured, codes: &[u16]) {
    let what = format!("{what} {}", found.name);
    let white = u16::MAX >> (16 - found.depth);
    let number = |holds: &dyn Fn(u16) -> bool| codes.iter().filter(|&&code| holds(code)).count() as u64;
    assert_eq!(found.count, codes.len() as u64, "{what}");
    assert_eq!(
        (found.zeros, found.saturated),
        (number(&|code| code == 0), number(&|code| code == white)),
        "{what}"
    );
    let bin_codes = (usize::from(white) + 1).div_ceil(256);
    let mut bins = vec![0; (usize::from(white) + 1) / bin_codes];
    for &code in codes {
        bins[usize::from(code) / bin_codes] += 1;
    }
    assert_eq!((found.bin_codes as usize, &found.bins), (bin_codes, &bins), "{what}");
    let any = format!("{:016b}", codes.iter().fold(0, |bits, code| bits | code));
    assert_eq!(usize::from(found.used_bits), any.trim_matches('0').len(), "{what}");
    let Some(spread) = found.spread else {
        assert!(codes.is_empty(), "{what}");
        return;
    };
    assert_eq!((Some(&spread.min), Some(&spread.max)), (codes.iter().min(), codes.iter().max()), "{what}");
    // In two passes over floats, as it is not done there.
    #[allow(clippy::cast_precision_loss, reason = "a few thousand codes")]
    let n = codes.len() as f64;
    let mean = codes.iter().map(|&code| f64::from(code)).sum::<f64>() / n;
    let variance = codes.iter().map(|&code| (f64::from(code) - mean).powi(2)).sum::<f64>() / n;
    assert!((spread.mean - mean).abs() <= 1e-9 * mean.max(1.0), "{what}: {spread:?}, not {mean}");
    let deviation = variance.sqrt();
    assert!(
        (spread.deviation - deviation).abs() <= 1e-9 * deviation.max(1.0),
        "{what}: {spread:?}, not {deviation}"
    );
}

fn case(entry: &Entry, pixels: Pixels) -> (CheckedLayout, Vec<u8>) {
    let raw = read(&entry.raw);
    (layout(entry, pixels, raw.len()), raw)
}

/// Codes of the samples whose leftmost and topmost pixel is in the rectangle, read where the table says they are.
fn by_table(entry: &Entry, model: &Model, name: char, raw: &[u8], (columns, lines): &Rectangle) -> Vec<u16> {
    let c = model.component(name);
    let plane = usize::from(c.plane);
    let is_in = |(row, column): &(usize, usize)| {
        columns.contains(&(column << c.w_sub)) && lines.contains(&(row << c.h_sub))
    };
    let rows = (entry.height as usize).div_ceil(1 << c.h_sub);
    let samples = (0..rows)
        .flat_map(|row| (0..(entry.width as usize).div_ceil(1 << c.w_sub)).map(move |column| (row, column)));
    let code = |(row, column): (usize, usize)| {
        let byte = usize::try_from(entry.offsets[plane]).unwrap()
            + row * entry.strides[plane] as usize
            + c.offset as usize
            + column * c.pixel_stride as usize;
        let word = match (c.depth + c.shift > 8, entry.format.contains("BE")) {
            (false, _) => u16::from(raw[byte]),
            (true, true) => u16::from_be_bytes([raw[byte], raw[byte + 1]]),
            (true, false) => u16::from_le_bytes([raw[byte], raw[byte + 1]]),
        };
        u16::try_from(u32::from(word >> c.shift) & ((1 << c.depth) - 1)).unwrap()
    };
    samples.filter(is_in).map(code).collect()
}

#[test]
fn described_formats_are_as_the_table_reads_them() {
    let (formats, models) = (formats(), models());
    let mut measured = BTreeSet::new();
    for entry in entries() {
        let Pixels::Components { .. } = formats[&entry.format] else { continue };
        if entry.interlaced {
            continue;
        }
        let (layout, raw) = case(&entry, formats[&entry.format].clone());
        let probe = Probe::new(&layout, false).unwrap();
        let (width, height) = probe.size();
        for rectangle in rectangles(width, height) {
            for found in measure(probe.clone(), &raw, rectangle.clone()) {
                let codes = by_table(&entry, &models[&entry.format], found.name, &raw, &rectangle);
                compare(&format!("{} {rectangle:?}", entry.id), &found, &codes);
            }
        }
        measured.insert(entry.format);
    }
    println!("{} formats", measured.len());
    assert!(measured.len() >= 12, "{measured:?}");
}

/// Words, tiles, palettes, mosaics and fields: as the probe reads them, pixel by pixel.
#[test]
fn other_formats_are_as_the_probe_reads_them() {
    let formats = formats();
    let mut measured = BTreeSet::new();
    for entry in entries() {
        if matches!(formats[&entry.format], Pixels::Components { .. }) && !entry.interlaced {
            continue;
        }
        let (layout, raw) = case(&entry, formats[&entry.format].clone());
        let probe = Probe::new(&layout, false).unwrap();
        let (width, height) = probe.size();
        // Of every sample, its code and the first pixel that it is of.
        let mut samples: BTreeMap<Sample, (u16, (usize, usize))> = BTreeMap::new();
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            let readings = probe.pixel::<Infallible>((x, y), |range| Ok(Cow::Borrowed(&raw[range]))).unwrap();
            for (index, reading) in readings.iter().enumerate() {
                let sample = (index, reading.row, reading.column);
                samples.entry(sample).or_insert((reading.code, (x, y)));
            }
        }
        for rectangle in rectangles(width, height) {
            let is_in = |(x, y): (usize, usize)| rectangle.0.contains(&x) && rectangle.1.contains(&y);
            for (index, found) in measure(probe.clone(), &raw, rectangle.clone()).iter().enumerate() {
                let of_it = samples.iter().filter(|((of, ..), (_, first))| *of == index && is_in(*first));
                let codes: Vec<u16> = of_it.map(|(_, (code, _))| *code).collect();
                compare(&format!("{} {rectangle:?}", entry.id), found, &codes);
            }
        }
        measured.insert(entry.format);
    }
    println!("{} formats", measured.len());
    assert!(measured.len() >= 12, "{measured:?}");
}

/// Rectangles side by side have every sample of the frame once.
#[test]
fn parts_add_up_to_the_whole() {
    let formats = formats();
    for entry in
        entries().iter().filter(|entry| ["I420", "NV12", "YUY2", "Y41B", "v210"].contains(&&*entry.format))
    {
        let (layout, raw) = case(entry, formats[&entry.format].clone());
        let probe = Probe::new(&layout, false).unwrap();
        let (width, height) = probe.size();
        let (x, y) = ((width / 2) | 1, (height / 3) | 1);
        let parts = [(0..x, 0..y), (x..width, 0..y), (0..x, y..height), (x..width, y..height)];
        let whole = measure(probe.clone(), &raw, (0..width, 0..height));
        for (index, whole) in whole.iter().enumerate() {
            let parts = parts.clone().map(|part| measure(probe.clone(), &raw, part).swap_remove(index));
            assert_eq!(parts.iter().map(|part| part.count).sum::<u64>(), whole.count, "{}", entry.id);
            for (bin, &count) in whole.bins.iter().enumerate() {
                assert_eq!(parts.iter().map(|part| part.bins[bin]).sum::<u32>(), count, "{}", entry.id);
            }
        }
    }
}
