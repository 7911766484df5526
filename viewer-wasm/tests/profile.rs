//! The points of a line are those of its rule, computed otherwise, and its codes what the probe reads there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::convert::Infallible;
use support::{entries, formats, layout, read};
use viewer_wasm::convert::{Line, Probe, Profile};

/// `⌊from + index (to - from) / steps + 1/2⌋`, with signs.
fn along(from: u32, to: u32, index: usize, steps: usize) -> usize {
    let (from, to) = (i64::from(from), i64::from(to));
    let (index, steps) = (i64::try_from(index).unwrap(), i64::try_from(steps).unwrap().max(1));
    usize::try_from(from + (2 * index * (to - from) + steps).div_euclid(2 * steps)).unwrap()
}

/// Of every slope, both ways, and a single point.
fn lines(width: u32, height: u32) -> Vec<Line> {
    let (right, bottom) = (width - 1, height - 1);
    let ends = [
        ((0, 0), (right, bottom)),
        ((right, 0), (0, bottom)),
        ((0, bottom / 2), (right, bottom / 2)),
        ((right / 2, 0), (right / 2, bottom)),
        ((right / 3, bottom), (right / 3 + 1, 0)),
        ((0, bottom / 3), (right, bottom / 3 + 1)),
        ((right / 2, bottom / 2), (right / 2, bottom / 2)),
    ];
    ends.into_iter().flat_map(|(a, b)| [Line { from: a, to: b }, Line { from: b, to: a }]).collect()
}

#[test]
fn points_follow_the_rule_in_either_direction() {
    for (width, height) in [(2, 2), (7, 5), (48, 9), (640, 481), (16_384, 3)] {
        for line in lines(width, height) {
            let steps = line.points() - 1;
            let (x_gone, y_gone) = (line.from.0.abs_diff(line.to.0), line.from.1.abs_diff(line.to.1));
            assert_eq!(steps, x_gone.max(y_gone) as usize, "{line:?}");
            let back = Line { from: line.to, to: line.from };
            for index in 0..=steps {
                let expected = (
                    along(line.from.0, line.to.0, index, steps),
                    along(line.from.1, line.to.1, index, steps),
                );
                assert_eq!(line.point(index), expected, "point {index} of {line:?}");
                assert_eq!(back.point(steps - index), expected, "point {index} of {line:?}, backwards");
            }
            let end = |(x, y): (u32, u32)| (x as usize, y as usize);
            assert_eq!((line.point(0), line.point(steps)), (end(line.from), end(line.to)), "{line:?}");
        }
    }
}

#[test]
fn halves_go_to_the_greater_coordinate() {
    let line = Line { from: (0, 0), to: (4, 2) };
    let points: Vec<_> = (0..line.points()).map(|index| line.point(index)).collect();
    assert_eq!(points, [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)]);
}

#[test]
fn codes_are_what_the_probe_reads_at_each_point() {
    let formats = formats();
    let mut compared = BTreeSet::new();
    for entry in entries() {
        let raw = read(&entry.raw);
        let layout = layout(&entry, formats[&entry.format].clone(), raw.len());
        let probe = Probe::new(&layout, false).unwrap();
        let payload = |range| Ok::<_, Infallible>(Cow::Borrowed(&raw[range]));
        let (width, height) = probe.size();
        for line in lines(u32::try_from(width).unwrap(), u32::try_from(height).unwrap()) {
            let mut profile = Profile::new(probe.clone(), line);
            while profile.step(payload).unwrap() {}
            let components: Vec<_> = profile.components().collect();
            let named: Vec<_> = components.iter().map(|&(name, depth, _)| (name, depth)).collect();
            assert_eq!(named, probe.components().collect::<Vec<_>>(), "{}", entry.id);
            for index in 0..line.points() {
                let readings = probe.pixel(line.point(index), payload).unwrap();
                let expected: Vec<_> = readings.iter().map(|reading| reading.code).collect();
                let found: Vec<_> = components.iter().map(|(.., codes)| codes[index]).collect();
                assert_eq!(found, expected, "{} at point {index} of {line:?}", entry.id);
            }
            assert!(components.iter().all(|(.., codes)| codes.len() == line.points()), "{}", entry.id);
        }
        compared.insert(entry.format);
    }
    assert!(compared.len() > 40, "{} formats", compared.len());
}
