//! Values as people write them: bytes and times.

use std::time::Duration;

/// The longest time that a bound makes sense with.
const DAY: Duration = Duration::from_hours(24);

/// Multiples of a byte, as people write them; a number alone is bytes.
const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), *unit)))
        .unwrap_or((text, 1));
    let count = number.parse::<u64>().ok().filter(|_| number.bytes().all(|digit| digit.is_ascii_digit()));
    count
        .and_then(|count| count.checked_mul(unit))
        .ok_or_else(|| "a number of bytes is written like 512MiB, 1GiB, 300MB or 1048576".to_owned())
}

/// A time; 0 needs no unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; a time is written like 500ms, 5s or 1h 30min"))
}

/// A time that something may take: more than none, and at most a day.
pub(super) fn bound(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() || time > DAY {
        return Err("it is more than 0 and at most a day: 500ms, 5s or 2min".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, millis) in [("500ms", 500), ("5s", 5_000), ("2min", 120_000), ("1min 5s", 65_000)] {
            assert_eq!(bound(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for text in ["", "5", "s", "0", "0s", "-1s", "25h", "99999999999999999999s"] {
            assert!(bound(text).is_err(), "{text}");
        }
    }
}
