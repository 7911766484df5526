//! The visible rows of formats that are described by their name alone: bytes and tiles, and nothing of what they mean.

/// The rows of one plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Bytes through the last sample of a row that ends with the 1st, 2nd … column of a group; the last is the group's.
    pub(super) used: &'static [u8],
    /// The plane has `ceil(height / 2^h_sub)` rows.
    pub(super) h_sub: u8,
    /// Bytes and rows of a tile, and whether rows of tiles are in pairs; none where a row is in one piece.
    pub(super) tile: Option<(u16, u16, bool)>,
}

/// A plane that is no picture: so many bytes, in one row.
pub(super) const PALETTE: u64 = 1024;

const fn rows(used: &'static [u8]) -> Rule {
    Rule { used, h_sub: 0, tile: None }
}

const fn half(used: &'static [u8]) -> Rule {
    Rule { used, h_sub: 1, tile: None }
}

const fn tiles(used: &'static [u8], h_sub: u8, width: u16, height: u16, is_paired: bool) -> Rule {
    Rule { used, h_sub, tile: Some((width, height, is_paired)) }
}

/// Three samples of 10 bits in a word of 32.
const LE32: Rule = rows(&[2, 3, 4]);
/// Three pairs of them in two words.
const LE32_PAIRS: &[u8] = &[3, 3, 6, 6, 8, 8];
/// Four samples of 10 bits in five bytes.
const TENS: &[u8] = &[2, 3, 4, 5];
/// Two pairs of them.
const TENS_PAIRS: &[u8] = &[3, 3, 5, 5];

/// Bytes of a row of a tile in a plane of a format that has tiles.
pub(crate) fn tile_bytes(name: &str, plane: usize) -> Option<usize> {
    let (width, ..) = rules(name)?.get(plane)?.tile?;
    Some(width.into())
}

/// The rules of a format's planes that have pixels, in order.
#[rustfmt::skip]
pub(super) fn rules(name: &str) -> Option<&'static [Rule]> {
    Some(match name {
        "bggr" | "gbrg" | "grbg" | "rggb" | "RGB8P" => const { &[rows(&[1])] },
        "RGB16" | "BGR16" | "RGB15" | "BGR15" => const { &[rows(&[2])] },
        "r210" | "BGR10A2_LE" | "RGB10A2_LE" | "Y410" => const { &[rows(&[4])] },
        "Y412_BE" | "Y412_LE" => const { &[rows(&[8])] },
        "Y210" | "Y212_BE" | "Y212_LE" => const { &[rows(&[8, 8])] },
        "VYUY" => const { &[rows(&[3, 4])] },
        "v210" => const { &[rows(&[4, 6, 10, 11, 15, 16])] },
        "UYVP" => const { &[rows(&[4, 5])] },
        "IYU1" => const { &[rows(&[4, 4, 5, 6])] },
        "GRAY10_LE32" => const { &[LE32] },
        "NV12_10LE32" => const { &[LE32, half(LE32_PAIRS)] },
        "NV16_10LE32" => const { &[LE32, rows(LE32_PAIRS)] },
        "NV12_10LE40" => const { &[rows(TENS), half(TENS_PAIRS)] },
        "NV12_64Z32" => const { &[tiles(&[1], 0, 64, 32, true), tiles(&[2, 2], 1, 64, 32, true)] },
        "NV12_4L4" => const { &[tiles(&[1], 0, 4, 4, false), tiles(&[2, 2], 1, 4, 4, false)] },
        "NV12_32L32" => const { &[tiles(&[1], 0, 32, 32, false), tiles(&[2, 2], 1, 32, 32, false)] },
        "NV12_16L32S" => const { &[tiles(&[1], 0, 16, 32, false), tiles(&[2, 2], 1, 16, 16, false)] },
        "NV12_8L128" => const { &[tiles(&[1], 0, 8, 128, false), tiles(&[2, 2], 1, 8, 128, false)] },
        "NV12_10BE_8L128" => const { &[tiles(TENS, 0, 8, 128, false), tiles(TENS_PAIRS, 1, 8, 128, false)] },
        // A code of 10 to 16 bits in two bytes, for each pixel.
        _ if ["bggr", "gbrg", "grbg", "rggb"].iter().any(|pattern| name.starts_with(pattern)) => const { &[rows(&[2])] },
        _ => return None,
    })
}
