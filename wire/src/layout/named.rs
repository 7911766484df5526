//! The formats that are read by name, because components cannot describe them.

/// What every viewer of this version reads by name; a server converts what is neither here nor described by components.
///
/// Bayer patterns are the words of `video/x-bayer`, with `10le` and the like where codes are words of two bytes; the
/// others are names of `GstVideoFormat`. A name goes in here together with the code that reads it.
#[rustfmt::skip]
pub const NAMED: &[&str] = &[
    // Bayer.
    "bggr", "gbrg", "grbg", "rggb",
    "bggr10le", "gbrg10le", "grbg10le", "rggb10le",
    "bggr10be", "gbrg10be", "grbg10be", "rggb10be",
    "bggr12le", "gbrg12le", "grbg12le", "rggb12le",
    "bggr12be", "gbrg12be", "grbg12be", "rggb12be",
    "bggr14le", "gbrg14le", "grbg14le", "rggb14le",
    "bggr14be", "gbrg14be", "grbg14be", "rggb14be",
    "bggr16le", "gbrg16le", "grbg16le", "rggb16le",
    "bggr16be", "gbrg16be", "grbg16be", "rggb16be",
    // Several components in one word.
    "RGB16", "BGR16", "RGB15", "BGR15", "r210", "BGR10A2_LE", "RGB10A2_LE", "Y410", "v210",
    "GRAY10_LE32", "NV12_10LE32", "NV16_10LE32",
    // Components across bytes, or groups of pixels.
    "NV12_10LE40", "UYVP", "IYU1",
    // Packed 4:2:2 and 4:4:4 that the format table describes wrongly or as complex.
    "Y210", "Y212_BE", "Y212_LE", "Y412_BE", "Y412_LE", "VYUY",
    // A palette.
    "RGB8P",
    // Tiles.
    "NV12_64Z32", "NV12_4L4", "NV12_32L32", "NV12_16L32S", "NV12_8L128", "NV12_10BE_8L128",
];

/// Whether every viewer of this version reads the format by that name.
#[must_use]
pub fn is_named(format: &str) -> bool {
    NAMED.contains(&format)
}
