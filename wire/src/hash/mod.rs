//! The two hashes of a frame: of the appsink's buffer, and of the visible rows, whatever the strides.
//!
//! Both are XXH3 of 64 bits: they tell of accidents, not of forgers. Knows bytes and layouts, not where they come from.

mod named;
mod rows;

pub(crate) use named::tile_bytes;
pub use rows::{Band, Rows};

use crate::CheckedLayout;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use thiserror::Error;
use xxhash_rust::xxh3::Xxh3;

/// XXH3 of 64 bits, seed 0. As text, and in JSON, 16 hexadecimal digits, the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash(u64);

/// Both hashes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the appsink's buffer, all its bytes in order.
    pub buffer: Hash,
    /// Of the [visible rows](Rows) that the layout describes; none where there is no rule for them.
    pub rows: Option<Hash>,
}

/// Hashes bytes that come piece by piece; how they are cut makes no difference.
#[derive(Clone, Default)]
pub struct Hasher(Xxh3);

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a hash has {DIGITS} hexadecimal digits in lower case, this is none; it has {actual} characters")]
pub struct NoHash {
    /// Characters there are.
    pub actual: usize,
}

/// Hexadecimal digits of a hash.
const DIGITS: usize = 16;

impl Hasher {
    /// A hasher that has seen no byte yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes behind those before.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes up to now.
    #[must_use]
    pub fn finish(&self) -> Hash {
        Hash(self.0.digest())
    }
}

impl Hash {
    /// The hash of bytes in one piece.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_64(bytes))
    }
}

impl Hashes {
    /// Hashes a payload of this layout, piece by piece, copying nothing.
    ///
    /// A payload that is shorter than the layout needs has no hash of its rows.
    #[must_use]
    pub fn of(layout: &CheckedLayout, pieces: &[&[u8]]) -> Self {
        let len = pieces.iter().map(|piece| piece.len() as u64).sum();
        let source = layout.source_len(len);
        let mut hasher = Hasher::new();
        let _ = visit(pieces, &(0..source), |bytes| hasher.update(bytes));
        let buffer = hasher.finish();
        let rows = Rows::of(layout).filter(|_| layout.min_payload_len() <= len).and_then(|rows| {
            if rows.are_all_of(source) {
                return Some(buffer);
            }
            let mut hasher = Hasher::new();
            let whole = rows
                .bands()
                .flat_map(|band| band.spans().collect::<Vec<_>>())
                .all(|span| visit(pieces, &span, |bytes| hasher.update(bytes)));
            whole.then(|| hasher.finish())
        });
        Self { buffer, rows }
    }
}

/// Gives the parts of `range` in order; `false` if the pieces end before it does.
fn visit(pieces: &[&[u8]], range: &Range<u64>, mut each: impl FnMut(&[u8])) -> bool {
    let (mut begin, mut at) = (0, range.start);
    for piece in pieces {
        let end = begin + piece.len() as u64;
        if at < end && at < range.end {
            let until = range.end.min(end);
            // Both lie within the piece, whose length is a usize.
            let part = |place: u64| usize::try_from(place - begin).unwrap_or(piece.len());
            each(&piece[part(at)..part(until)]);
            at = until;
        }
        begin = end;
    }
    at >= range.end
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let error = NoHash { actual: text.chars().count() };
        let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != DIGITS || !text.bytes().all(is_digit) {
            return Err(error);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| error)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hasher").field(&self.finish()).finish()
    }
}
