//! Which frame a client is given, so that few distinct frames are held for all clients together.

/// Distinct frames that clients of one stream may hold at a time.
pub const HELD_FRAMES_MAX: usize = 6;

/// The same while frames take all the memory that they may: a slow client and a quick one still go on beside each other.
pub(super) const HELD_FRAMES_LEAST: usize = 2;

/// Chooses among `newest` and the frames other clients already hold, by sequence; `after` is the last one this
/// client was given.
///
/// The newest is given while fewer than `room` are held, or if it is one of them. When the bound is spent, the newest of
/// those held is given. Nothing is given twice and nothing older than what was given before.
pub(super) fn choose(newest: u64, held: &[u64], after: Option<u64>, room: usize) -> Option<u64> {
    let is_new = |sequence: u64| after.is_none_or(|after| sequence > after);
    if held.len() < room || held.contains(&newest) {
        return Some(newest).filter(|&sequence| is_new(sequence));
    }
    held.iter().copied().max().filter(|&sequence| is_new(sequence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_while_there_is_room() {
        assert_eq!(choose(9, &[], None, HELD_FRAMES_MAX), Some(9));
        assert_eq!(choose(9, &[1, 2, 3, 4, 5], Some(8), HELD_FRAMES_MAX), Some(9));
        assert_eq!(choose(9, &[4, 5, 6, 7, 8, 9], Some(8), HELD_FRAMES_MAX), Some(9));
    }

    #[test]
    fn the_newest_held_when_the_bound_is_spent() {
        assert_eq!(choose(20, &[3, 9, 4, 5, 6, 7], None, HELD_FRAMES_MAX), Some(9));
        assert_eq!(choose(20, &[3, 9, 4, 5, 6, 7], Some(8), HELD_FRAMES_MAX), Some(9));
        assert_eq!(choose(20, &[3, 9, 4, 5, 6, 7], Some(9), HELD_FRAMES_MAX), None);
    }

    #[test]
    fn a_quick_client_goes_on_however_little_room_there_is() {
        assert_eq!(choose(9, &[3], Some(8), HELD_FRAMES_LEAST), Some(9));
        assert_eq!(choose(20, &[3, 9], None, HELD_FRAMES_LEAST), Some(9));
        assert_eq!(choose(20, &[3, 9], Some(9), HELD_FRAMES_LEAST), None);
    }

    #[test]
    fn nothing_twice() {
        assert_eq!(choose(9, &[], Some(9), HELD_FRAMES_MAX), None);
        assert_eq!(choose(9, &[9], Some(9), HELD_FRAMES_MAX), None);
    }
}
