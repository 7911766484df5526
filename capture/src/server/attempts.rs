//! How many wrong tokens may come from one address: pure policy, no socket and no clock of its own.
//!
//! Only failures are counted, by address, so that nobody is kept out by what somebody else tried elsewhere.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong tokens at once.
const BURST: f64 = 10.0;
/// One more after each of these.
const REFILL: Duration = Duration::from_secs(2);
/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 4096;
/// What one customer of a provider has of IPv6: the upper half.
const NETWORK: u128 = !(u64::MAX as u128);

/// What is left to each address; those that are not here have all of it.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<IpAddr, Bucket>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Attempts {
    /// How long `address` has to wait before it may try a token; none if it may now.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let left = self.0.get(&of_network(address))?.left_at(now);
        (left < 1.0).then(|| REFILL.mul_f64(1.0 - left))
    }

    /// Notes a wrong token.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) {
        let address = of_network(address);
        if self.0.len() >= ADDRESSES_MAX && !self.0.contains_key(&address) {
            self.make_room(now);
        }
        let bucket = self.0.entry(address).or_insert(Bucket { left: BURST, at: now });
        *bucket = Bucket { left: (bucket.left_at(now) - 1.0).max(0.0), at: now };
    }

    /// Forgets those that have all of it again, or else the one that has most.
    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, bucket| bucket.left_at(now) < BURST);
        if self.0.len() >= ADDRESSES_MAX {
            let most = self.0.iter().max_by(|(_, a), (_, b)| a.left_at(now).total_cmp(&b.left_at(now)));
            if let Some(address) = most.map(|(address, _)| *address) {
                self.0.remove(&address);
            }
        }
    }
}

impl Bucket {
    fn left_at(self, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at);
        (self.left + since.as_secs_f64() / REFILL.as_secs_f64()).min(BURST)
    }
}

/// What stands for all addresses of one machine: itself, or its network where it can have any number of them.
pub(super) fn of_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => Ipv6Addr::from_bits(v6.to_bits() & NETWORK).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn fail(attempts: &mut Attempts, from: IpAddr, times: usize, now: Instant) {
        (0..times).for_each(|_| attempts.failed(from, now));
    }

    #[test]
    fn ten_at_once_and_then_one_every_two_seconds() {
        let (mut attempts, start, mallory) = (Attempts::default(), Instant::now(), address("10.0.0.1"));
        fail(&mut attempts, mallory, 9, start);
        assert_eq!(attempts.wait(mallory, start), None);
        fail(&mut attempts, mallory, 1, start);
        assert_eq!(attempts.wait(mallory, start), Some(REFILL));
        assert_eq!(attempts.wait(mallory, start + REFILL), None);
        fail(&mut attempts, mallory, 1, start + REFILL);
        assert_eq!(attempts.wait(mallory, start + REFILL), Some(REFILL));
        assert_eq!(attempts.wait(mallory, start + REFILL * 100), None);
    }

    #[test]
    fn nobody_pays_for_another_address() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        fail(&mut attempts, address("10.0.0.1"), 100, now);
        assert!(attempts.wait(address("10.0.0.1"), now).is_some());
        assert!(attempts.wait(address("::ffff:10.0.0.1"), now).is_some());
        assert_eq!(attempts.wait(address("10.0.0.2"), now), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for host in 1..=10 {
            attempts.failed(address(&format!("2001:db8:1:1::{host}")), now);
        }
        assert!(attempts.wait(address("2001:db8:1:1:ffff::9"), now).is_some());
        assert_eq!(attempts.wait(address("2001:db8:1:2::1"), now), None);
        assert_eq!(of_network(Ipv6Addr::LOCALHOST.into()), IpAddr::from(Ipv6Addr::LOCALHOST));
    }

    #[test]
    fn the_table_is_bounded_and_keeps_the_worst() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        fail(&mut attempts, address("10.0.0.1"), 20, now);
        for count in 0..2 * ADDRESSES_MAX {
            let [.., a, b] = u32::try_from(count).unwrap().to_be_bytes();
            attempts.failed(IpAddr::from([172, 16, a, b]), now);
        }
        assert!(attempts.0.len() <= ADDRESSES_MAX);
        assert!(attempts.wait(address("10.0.0.1"), now).is_some());
    }
}
