//! How many connections one address may have that were not let in yet. Pure policy.
//!
//! Loopback is exempt: whoever comes by `ssh -L` or through a proxy on this machine has its address.

use super::attempts::of_network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the connections that wait, by address.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
    max: usize,
}

/// A connection's place among those that wait; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    waiting: Waiting,
    address: IpAddr,
}

impl Waiting {
    /// At most `max` for each address.
    pub(super) fn new(max: usize) -> Self {
        Self { counts: Arc::default(), max }
    }

    /// Takes a place, unless the address has all that it may have.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = of_network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.max && !address.is_loopback() {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { waiting: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.waiting.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let waiting = Waiting::new(2);
        let (one, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let held = [waiting.enter(one), waiting.enter(one)];
        assert!(held.iter().all(Option::is_some));
        assert!(waiting.enter(one).is_none());
        assert!(waiting.enter(other).is_some());
        drop(held);
        assert!(waiting.enter(one).is_some());
        assert!(waiting.counts.lock().unwrap().is_empty(), "who has gone is forgotten");
    }

    #[test]
    fn loopback_is_exempt() {
        let waiting = Waiting::new(1);
        let places: Vec<_> = (0..10).map(|_| waiting.enter([127, 0, 0, 1].into())).collect();
        assert!(places.iter().all(Option::is_some));
    }
}
