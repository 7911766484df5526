//! Where the page is, who is let in, and how a person at the terminal learns of it.

use anyhow::{Context, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Bytes of a token: 192 bits.
const TOKEN_LEN: usize = 24;

/// A new token of random hexadecimal digits.
pub(crate) fn new_token() -> Result<String> {
    let mut bytes = [0; TOKEN_LEN];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no random token can be made (/dev/urandom); give one with --token")?;
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect())
}

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

/// Tells the addresses, each ready to be opened; the token goes to the terminal, or else to a file of mode 0600.
pub(crate) fn tell(listening: SocketAddr, token: Option<&str>) -> Result<()> {
    let addresses = reachable(listening);
    let mut stderr = std::io::stderr();
    match token {
        Some(token) if stderr.is_terminal() => {
            for address in &addresses {
                // Not a log line: the token must never be in a log.
                writeln!(stderr, "open {}", url(*address, Some(token)))?;
            }
        }
        Some(token) => {
            let path = token_file(listening.port(), &addresses, token)?;
            tell_reachable(listening, &addresses);
            tracing::info!("an access token is needed; the addresses with it are in {}", path.display());
        }
        None => tell_reachable(listening, &addresses),
    }
    Ok(())
}

fn tell_reachable(listening: SocketAddr, addresses: &[SocketAddr]) {
    // One that was asked for by name is on the first line already.
    if listening.ip().is_unspecified() {
        for address in addresses {
            tracing::info!("reachable at {}", url(*address, None));
        }
    }
}

/// The page's URL.
pub(crate) fn url(address: SocketAddr, token: Option<&str>) -> String {
    match token {
        Some(token) => format!("http://{address}/?token={token}"),
        None => format!("http://{address}/"),
    }
}

fn token_file(port: u16, addresses: &[SocketAddr], token: &str) -> Result<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("sinkview-{port}.url"));
    // One of an earlier run; `create_new` refuses whatever else is put there meanwhile, links included.
    let _ = fs::remove_file(&path);
    let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = open.with_context(|| {
        format!("the access token cannot be written to {}; give one with --token", path.display())
    })?;
    for address in addresses {
        writeln!(file, "{}", url(*address, Some(token)))?;
    }
    Ok(path)
}

/// Opens the page in the desktop's browser; a failure is only told.
pub(crate) fn open(address: SocketAddr, token: Option<&str>) {
    let Some(address) = reachable(address).last().copied() else { return };
    let started = std::process::Command::new("xdg-open")
        .arg(url(address, token))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if let Err(error) = started {
        tracing::warn!("no browser can be opened ({error}); open the address by hand");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_192_bits_and_differ() {
        let tokens = [new_token().unwrap(), new_token().unwrap()];
        assert_eq!(tokens[0].len(), 48);
        assert_ne!(tokens[0], tokens[1]);
    }

    #[test]
    fn an_open_address_is_reached_by_those_of_the_machine() {
        let one: SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(reachable(one), [one]);
        let all = reachable("0.0.0.0:80".parse().unwrap());
        assert!(all.contains(&one) && all.iter().all(SocketAddr::is_ipv4), "{all:?}");
    }
}
