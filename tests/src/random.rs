//! Random numbers with a seed that is printed: the same seed gives the same frames again.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// Set to the number that a failed test printed, it gives that test's frames again.
pub const SEED: &str = "SINKVIEW_SEED";

/// A generator (xorshift64*, Vigna 2016).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// One with that seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds give unlike numbers, and the state is never zero.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A generator for a part of the work, whatever other parts there are.
    #[must_use]
    pub fn of(seed: u64, part: &str) -> Self {
        Self::new(part.bytes().fold(seed, |seed, byte| seed.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte)))
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 1 to `last`.
    pub fn to(&mut self, last: u32) -> u32 {
        let high = u32::try_from(self.any() >> 32).unwrap_or_default();
        high % last.max(1) + 1
    }

    /// One of some things.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let last = u32::try_from(things.len()).unwrap_or(u32::MAX);
        &things[self.to(last) as usize - 1]
    }

    /// So many bytes, of any value.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.any().to_le_bytes()).flatten().take(len).collect()
    }
}

/// The seed to use, which is said on the output: that of the environment, or the time.
#[must_use]
pub fn seed() -> u64 {
    let given = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
    });
    println!("{SEED}={seed}");
    seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_again() {
        assert_eq!(Random::new(7).bytes(100), Random::new(7).bytes(100));
        assert_ne!(Random::new(7).bytes(100), Random::new(8).bytes(100));
        assert_ne!(Random::of(7, "NV12").bytes(100), Random::of(7, "NV21").bytes(100));
        let mut random = Random::new(1);
        let seen: Vec<_> = (0..200).map(|_| random.to(5)).collect();
        assert!((1..=5).all(|number| seen.contains(&number)) && seen.iter().all(|&number| number <= 5));
    }
}
