//! How many connections of one kind an address may have: such as were not let in yet, or such as are a viewer's body.
//! Pure policy.

use super::attempts::of_network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by address.
#[derive(Clone, Debug)]
pub(super) struct Places {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
    max: usize,
    /// Whoever comes by `ssh -L` or through a proxy on this machine has its address.
    is_loopback_exempt: bool,
}

/// A connection's place; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    /// At most `max` for each address.
    pub(super) fn new(max: usize, is_loopback_exempt: bool) -> Self {
        Self { counts: Arc::default(), max, is_loopback_exempt }
    }

    /// Takes a place, unless the address has all that it may have.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = of_network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.max && !(self.is_loopback_exempt && address.is_loopback()) {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { places: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.counts.lock().unwrap_or_else(PoisonError::into_inner);
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
        let places = Places::new(2, true);
        let (one, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let held = [places.enter(one), places.enter(one)];
        assert!(held.iter().all(Option::is_some));
        assert!(places.enter(one).is_none());
        assert!(places.enter(other).is_some());
        drop(held);
        assert!(places.enter(one).is_some());
        assert!(places.counts.lock().unwrap().is_empty(), "who has gone is forgotten");
    }

    #[test]
    fn loopback_may_be_exempt() {
        for is_exempt in [true, false] {
            let places = Places::new(1, is_exempt);
            let held: Vec<_> = (0..10).filter_map(|_| places.enter([127, 0, 0, 1].into())).collect();
            assert_eq!(held.len(), if is_exempt { 10 } else { 1 });
        }
    }
}
