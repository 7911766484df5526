//! Where the server is reached. Knows neither tokens nor TLS.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The addresses under which `listening` is reached, nearest first.
pub(crate) fn reachable(listening: SocketAddr) -> Vec<SocketAddr> {
    if !listening.ip().is_unspecified() {
        return vec![listening];
    }
    let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip())
        // Link-local IPv6 addresses need a zone, which browsers do not take.
        .filter(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()))
        .filter(|ip| listening.is_ipv6() || ip.is_ipv4())
        .collect();
    addresses.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6()));
    addresses.into_iter().map(|ip| SocketAddr::new(ip, listening.port())).collect()
}

/// Where this machine itself reaches what listens there.
pub(crate) fn local(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_address_is_reached_by_those_of_the_machine() {
        let one: SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(reachable(one), [one]);
        let all = reachable("0.0.0.0:80".parse().unwrap());
        assert!(all.contains(&one) && all.iter().all(SocketAddr::is_ipv4), "{all:?}");
    }
}
