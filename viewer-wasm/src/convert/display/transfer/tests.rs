//! PQ and HLG against the formulas of the standards, in double precision and without a table.

use super::*;

const TRANSFERS: [&str; 2] = [PQ, HLG];
const PRIMARIES: [&str; 2] = ["bt2020", "bt709"];

fn maps() -> impl Iterator<Item = (&'static str, &'static str, ToneMap)> {
    let all = TRANSFERS.into_iter().flat_map(|transfer| PRIMARIES.map(|primaries| (transfer, primaries)));
    all.map(|(transfer, primaries)| (transfer, primaries, ToneMap::new(transfer, primaries).unwrap()))
}

#[test]
fn other_transfers_have_no_map() {
    for transfer in ["bt709", "bt2020-10", "bt2020-12", "srgb", "gamma22", "unknown", ""] {
        assert!(ToneMap::new(transfer, "bt2020").is_none() && !ToneMap::acts_on(transfer), "{transfer}");
    }
    assert!(TRANSFERS.into_iter().all(ToneMap::acts_on));
}

#[test]
fn curves_have_the_published_points() {
    let close = |actual: f64, expected: f64, within: f64| {
        assert!((actual - expected).abs() <= within, "{actual}, not {expected}");
    };
    // BT.2408, table 1: 203 cd/m² is 58 % in PQ and 75 % in HLG; BT.2100: 1000 cd/m² is 75 % in PQ.
    close(pq_code(203.0), 0.58, 0.002);
    close(pq_code(1000.0), 0.7518, 0.0001);
    close(pq_light(1.0), 10_000.0, 1e-6);
    close(pq_light(pq_code(48.0)), 48.0, 1e-9);
    close(hlg_scene(0.5), 1.0 / 12.0, 1e-9);
    close(hlg_scene(0.500_001), 1.0 / 12.0, 1e-5);
    close(hlg_scene(1.0), 1.0, 1e-6);
    close(1000.0 * hlg_scene(0.75).powf(1.2), 203.0, 1.0);
    close(eetf(1.0), 1.0, 1e-9);
}

#[test]
#[allow(clippy::cast_possible_truncation, reason = "codes are used in single precision")]
fn reference_white_is_229() {
    for (transfer, primaries, map) in maps() {
        let code = if transfer == PQ { pq_code(203.0) as f32 } else { 0.75 };
        assert_eq!(map.pixel([code; 3]), [229; 3], "{transfer} {primaries}");
    }
}

#[test]
#[allow(clippy::cast_possible_truncation, reason = "codes are used in single precision")]
fn ends_are_black_and_white() {
    for (transfer, primaries, map) in maps() {
        let peak = if transfer == PQ { pq_code(SOURCE_PEAK) as f32 } else { 1.0 };
        assert_eq!(map.pixel([0.0; 3]), [0; 3], "{transfer} {primaries}");
        assert_eq!(map.pixel([peak; 3]), [255; 3], "{transfer} {primaries}");
        assert_eq!(map.pixel([1.0; 3]), [255; 3], "{transfer} {primaries}");
    }
}

#[test]
fn gray_stays_gray_and_gets_brighter() {
    for (transfer, primaries, map) in maps() {
        let grays: Vec<[u8; 3]> =
            (0..=u16::MAX).map(|code| map.pixel([f32::from(code) / 65535.0; 3])).collect();
        assert!(
            grays.iter().all(|[red, green, blue]| red == green && green == blue),
            "{transfer} {primaries}"
        );
        assert!(grays.is_sorted(), "{transfer} {primaries}");
    }
}

#[test]
fn colours_outside_the_screens_keep_to_their_side() {
    for (transfer, _, map) in maps().filter(|(_, primaries, _)| *primaries == "bt2020") {
        let [red, green, blue] = map.pixel([0.7, 0.0, 0.0]);
        assert!(red > 200 && green == 0 && blue == 0, "{transfer}: {red} {green} {blue}");
    }
}

#[test]
fn no_input_panics() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, -0.0, 1e-45, 0.5, 1.0, 2.0, f32::MAX];
    for (_, _, map) in maps() {
        for red in odd {
            for (green, blue) in odd.into_iter().flat_map(|green| odd.map(|blue| (green, blue))) {
                let _ = map.pixel([red, green, blue]);
            }
        }
        assert_eq!(map.pixel([f32::INFINITY; 3]), [255; 3]);
        assert_eq!(map.pixel([f32::NEG_INFINITY; 3]), [0; 3]);
    }
}

#[test]
fn tables_are_within_one_of_the_formulas() {
    let steps = || (0..=24_u8).map(|step| f32::from(step) / 24.0);
    for (transfer, primaries, map) in maps() {
        for red in steps() {
            for (green, blue) in steps().flat_map(|green| steps().map(move |blue| (green, blue))) {
                let rgb = [red, green, blue];
                let (actual, exact) = (map.pixel(rgb), exactly(transfer, primaries, rgb.map(f64::from)));
                for (actual, exact) in actual.into_iter().zip(exact) {
                    let off = (f64::from(actual) - exact).abs();
                    assert!(off <= 1.0, "{transfer} {primaries} {rgb:?}: {actual}, not {exact}");
                }
            }
        }
    }
}

/// The chain of the file head, with codes not rounded.
fn exactly(transfer: &str, primaries: &str, rgb: [f64; 3]) -> [f64; 3] {
    let wide = primaries == "bt2020";
    let light = if transfer == PQ {
        rgb.map(|code| pq_light(code) / 1000.0)
    } else {
        let scene = rgb.map(hlg_scene);
        let weights = if wide { [0.2627, 0.6780, 0.0593] } else { [0.2126, 0.7152, 0.0722] };
        let luminance: f64 = scene.iter().zip(weights).map(|(light, weight)| light * weight).sum();
        scene.map(|light| light * luminance.powf(0.2))
    };
    let matrix = if wide {
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
    } else {
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    };
    let light = matrix.map(|row: [f64; 3]| row.iter().zip(light).map(|(factor, light)| factor * light).sum());
    let greatest = light.into_iter().fold(0.0, f64::max);
    if greatest == 0.0 {
        return [0.0; 3];
    }
    let gain = eetf(greatest.min(1.0)) / greatest;
    light.map(|light: f64| 255.0 * srgb((light * gain).clamp(0.0, 1.0)))
}
