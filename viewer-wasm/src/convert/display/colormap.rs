//! Colour maps for data of one channel: 256 colours for 256 levels of brightness, from published tables.
//!
//! The tables are text, a file each under `maps/`, with source and licence at its top; they are read while compiling, so
//! that one that is not 256 colours does not build.

use serde::{Deserialize, Serialize};

/// Levels of a map.
const LEVELS: usize = 256;

/// R, G and B of every level, lowest first.
type Table = [[u8; 3]; LEVELS];

static VIRIDIS: Table = colours(include_str!("maps/viridis.hex"));
static TURBO: Table = colours(include_str!("maps/turbo.hex"));
static INFERNO: Table = colours(include_str!("maps/inferno.hex"));
static MAGMA: Table = colours(include_str!("maps/magma.hex"));
static GRAY: Table = grays();

/// Which colours stand for the levels of single-channel data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorMap {
    /// No colour: each level is itself.
    #[default]
    Gray,
    /// Dark blue over green to yellow, evenly brighter (N. Smith, S. van der Walt, E. Firing; CC0).
    Viridis,
    /// Blue over green to red, a rainbow without its false edges; not ordered by brightness (A. Mikhailov, Google;
    /// Apache-2.0).
    Turbo,
    /// Black over red to light yellow, evenly brighter (N. Smith, S. van der Walt; CC0).
    Inferno,
    /// Black over purple to light pink, evenly brighter (N. Smith, S. van der Walt; CC0).
    Magma,
}

impl ColorMap {
    /// R, G and B in sRGB codes for each of the 256 levels, lowest first.
    #[must_use]
    pub fn table(self) -> [[u8; 3]; 256] {
        match self {
            Self::Gray => GRAY,
            Self::Viridis => VIRIDIS,
            Self::Turbo => TURBO,
            Self::Inferno => INFERNO,
            Self::Magma => MAGMA,
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "there are 256 levels")]
const fn grays() -> Table {
    let mut table = [[0; 3]; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        table[level] = [level as u8; 3];
        level += 1;
    }
    table
}

/// Reads `RRGGBB` words; a line that begins with `#` is a comment. Runs in the compiler only, where a panic is an error.
const fn colours(text: &str) -> Table {
    let text = text.as_bytes();
    let mut table = [[0; 3]; LEVELS];
    let (mut at, mut digits) = (0, 0);
    while at < text.len() {
        match text[at] {
            b'#' => {
                while at < text.len() && text[at] != b'\n' {
                    at += 1;
                }
            }
            b' ' | b'\n' | b'\r' => assert!(digits % 6 == 0, "a colour has six digits"),
            digit => {
                let code = &mut table[digits / 6][digits % 6 / 2];
                *code = *code << 4 | hexadecimal(digit);
                digits += 1;
            }
        }
        at += 1;
    }
    assert!(digits == LEVELS * 6, "a map has 256 colours");
    table
}

const fn hexadecimal(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("neither a hexadecimal digit, nor space, nor a comment"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ColorMap; 5] =
        [ColorMap::Gray, ColorMap::Viridis, ColorMap::Turbo, ColorMap::Inferno, ColorMap::Magma];

    #[test]
    fn ends_and_middle_are_the_published_ones() {
        for (map, lowest, middle, highest) in [
            (ColorMap::Gray, [0; 3], [128; 3], [255; 3]),
            (ColorMap::Viridis, [68, 1, 84], [33, 145, 140], [253, 231, 37]),
            (ColorMap::Turbo, [48, 18, 59], [164, 252, 60], [122, 4, 3]),
            (ColorMap::Inferno, [0, 0, 4], [188, 55, 84], [252, 255, 164]),
            (ColorMap::Magma, [0, 0, 4], [183, 55, 121], [252, 253, 191]),
        ] {
            let table = map.table();
            assert_eq!([table[0], table[128], table[255]], [lowest, middle, highest], "{map:?}");
        }
    }

    #[test]
    fn neighbours_are_alike() {
        for map in ALL {
            for (level, pair) in map.table().windows(2).enumerate() {
                let apart = (0..3).map(|c| pair[0][c].abs_diff(pair[1][c])).max().unwrap();
                assert!(apart <= 10, "{map:?}: {apart} between {level} and the next");
            }
        }
    }

    #[test]
    fn maps_ordered_by_brightness_get_brighter() {
        for map in ALL.into_iter().filter(|&map| map != ColorMap::Turbo) {
            let table = map.table().map(luminance);
            // Tables are rounded to codes, so that neighbours can fall back by less than one.
            for (level, pair) in table.windows(2).enumerate() {
                assert!(pair[1] > pair[0] - 0.002, "{map:?} at {level}: {pair:?}");
            }
            assert!(table.windows(5).all(|five| five[4] > five[0]), "{map:?}");
        }
    }

    #[test]
    fn names_are_lower_case_words() {
        let words = ["gray", "viridis", "turbo", "inferno", "magma"];
        for (map, word) in ALL.into_iter().zip(words) {
            assert_eq!(serde_json::to_value(map).unwrap(), word);
            assert_eq!(serde_json::from_value::<ColorMap>(word.into()).unwrap(), map);
        }
        assert!(serde_json::from_value::<ColorMap>("Jet".into()).is_err());
        assert_eq!(ColorMap::default(), ColorMap::Gray);
    }

    /// Relative luminance of sRGB codes, 0 to 1 (IEC 61966-2-1).
    fn luminance(rgb: [u8; 3]) -> f64 {
        let [red, green, blue] = rgb.map(|code| {
            let code = f64::from(code) / 255.0;
            if code <= 0.04045 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}
