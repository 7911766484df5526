//! Bayer patterns, `video/x-bayer`: one code for every pixel, in bytes, or in words whose low bits it is.

use super::word::{Size, Word};
use super::{Kind, Sources, every_pixel};
use crate::convert::unpack::{Pattern, Site};

/// The colours of two columns, in the even rows and in the odd ones.
pub(super) const PATTERNS: [(&str, [[Site; 2]; 2]); 4] = [
    ("bggr", [[Site::Blue, Site::Green], [Site::Green, Site::Red]]),
    ("gbrg", [[Site::Green, Site::Blue], [Site::Red, Site::Green]]),
    ("grbg", [[Site::Green, Site::Red], [Site::Blue, Site::Green]]),
    ("rggb", [[Site::Red, Site::Green], [Site::Green, Site::Blue]]),
];

/// The words that follow the pattern's name, and bits of a code.
pub(super) const WORDS: [(&str, Size, u8); 9] = [
    ("", Size::One, 8),
    ("10le", Size::Little2, 10),
    ("10be", Size::Big2, 10),
    ("12le", Size::Little2, 12),
    ("12be", Size::Big2, 12),
    ("14le", Size::Little2, 14),
    ("14be", Size::Big2, 14),
    ("16le", Size::Little2, 16),
    ("16be", Size::Big2, 16),
];

/// The one component of the Bayer format of this name.
pub(super) fn sources(name: &str, width: usize) -> Option<Sources> {
    let (pattern, words) = name.split_at_checked(4)?;
    let (_, sites) = PATTERNS.iter().find(|(name, _)| *name == pattern)?;
    let &(_, size, depth) = WORDS.iter().find(|(suffix, ..)| *suffix == words)?;
    let sites_codes = every_pixel('S', depth, width, Word::low_bits(size, depth, width));
    Some(Sources { kind: Kind::Bayer(Pattern(*sites)), list: vec![sites_codes] })
}
