//! Frames to test with, and what is to be said of a set of them.

use anyhow::{Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Bytes that look like noise and are the same at every run (xorshift64).
#[must_use]
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The high bytes are the better ones.
        (state >> 32).to_le_bytes()
    });
    words.flat_map(|word| [word[0], word[1], word[2], word[3]]).take(len).collect()
}

/// A pipeline with a live stream of one frame of noise for each name, of these caps and so many bytes, in files in
/// `folder`.
pub fn noise_streams<'a>(
    folder: &Path,
    streams: impl IntoIterator<Item = (&'a str, &'a str, usize)>,
    (width, height): (usize, usize),
) -> Result<String> {
    let mut pipeline = String::new();
    for (seed, (name, caps, len)) in (1..).zip(streams) {
        let file = folder.join(name);
        fs::write(&file, noise(seed, len))?;
        write!(
            pipeline,
            "multifilesrc location={} loop=true caps=\"{caps},width={width},height={height},framerate=25/1\" \
             ! identity sleep-time=40000 ! appsink name={name} ",
            file.display()
        )?;
    }
    Ok(pipeline)
}

/// The SHA-256 of some bytes, in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// How many of the frames differ from all others.
#[must_use]
pub fn distinct<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> usize {
    frames.into_iter().collect::<HashSet<_>>().len()
}

/// Whether all pixels of an RGBA frame are the same.
#[must_use]
pub fn is_constant(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|pixel| pixel == &rgba[..4])
}

/// An error that names the first pixel in which two RGBA frames differ, and how many do.
pub fn same_pixels(expected: &[u8], actual: &[u8], width: usize) -> Result<()> {
    ensure!(expected.len() == actual.len(), "{} bytes, {} expected", actual.len(), expected.len());
    let pixels = expected.chunks_exact(4).zip(actual.chunks_exact(4));
    let different: Vec<_> = pixels.enumerate().filter(|(_, (expected, actual))| expected != actual).collect();
    let Some((at, (expected, actual))) = different.first() else { return Ok(()) };
    bail!(
        "{} of the pixels differ; the first at x {} y {}: {actual:?}, {expected:?} expected",
        different.len(),
        at % width,
        at / width
    );
}

/// The largest difference of R, G and B; all there can be where lengths differ.
#[must_use]
pub fn difference(one: &[u8], other: &[u8]) -> u8 {
    if one.len() != other.len() {
        return u8::MAX;
    }
    let pixels = one.chunks_exact(4).zip(other.chunks_exact(4));
    let differences = pixels.flat_map(|(one, other)| (0..3).map(|at| one[at].abs_diff(other[at])));
    differences.max().unwrap_or_default()
}

/// An error that names the first byte in which two buffers differ.
pub fn same_bytes(expected: &[u8], actual: &[u8]) -> Result<()> {
    ensure!(expected.len() == actual.len(), "{} bytes, {} expected", actual.len(), expected.len());
    if let Some(at) = expected.iter().zip(actual).position(|(expected, actual)| expected != actual) {
        bail!("byte {at} is {}, {} expected", actual[at], expected[at]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_again_and_uses_every_byte() {
        assert_eq!(noise(7, 1000), noise(7, 1000));
        assert_ne!(noise(7, 1000), noise(8, 1000));
        assert_eq!(noise(1, 100_000).into_iter().collect::<HashSet<_>>().len(), 256);
    }

    #[test]
    fn a_difference_is_named() {
        let error = same_pixels(
            &[0; 24],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            2,
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains("x 0 y 1: [0, 9, 0, 0]"), "{error}");
        assert_eq!(difference(&[1, 2, 3, 4], &[1, 5, 1, 9]), 3);
        assert!(same_bytes(&[1, 2], &[1, 3]).unwrap_err().to_string().contains("byte 1 is 3"));
    }
}
