//! What lets people in: the address with its token, TLS, and how a person learns of them.

use crate::address;
use crate::args::Access;
use crate::status::Status;
use crate::token::{self, TokenFile};
use anyhow::{Context, Result};
use capture::server::{self, Tls};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;

/// White on black, whatever the terminal's colours are: phones read it only that way round.
const COLOURS: [&str; 2] = ["\x1b[97;40m", "\x1b[0m"];

/// Where the server listens, and what it asks for.
#[derive(Debug)]
pub(crate) struct Entrance {
    listening: SocketAddr,
    /// What viewers need, if they need anything.
    pub(crate) token: Option<String>,
    /// Whether the token is a new one, which nobody can know yet.
    is_new: bool,
    /// What https is spoken with, if it is.
    pub(crate) tls: Option<Tls>,
    is_self_signed: bool,
    file: Option<TokenFile>,
}

impl Entrance {
    /// As the options ask for it, with a new token where others can reach the address.
    pub(crate) fn new(access: &Access, listening: SocketAddr) -> Result<Self> {
        let tls = match (&access.tls_cert, &access.tls_key) {
            (Some(cert), Some(key)) => Some(Tls::from_files(cert, key)?),
            _ if access.tls_self_signed => Some(Tls::self_signed(names(listening))?),
            _ => None,
        };
        let given = match &access.token_file {
            Some(path) => Some(token::read(path)?),
            None => access.token.clone(),
        };
        let is_new = given.is_none() && !access.no_auth && !listening.ip().is_loopback();
        if access.no_auth && !listening.ip().is_loopback() {
            tracing::warn!("--no-auth: everybody who reaches {listening} sees the streams");
        }
        let token = if is_new { Some(token::new()?) } else { given };
        Ok(Self { listening, token, is_new, tls, is_self_signed: access.tls_self_signed, file: None })
    }

    /// The page's URL, without the token.
    pub(crate) fn url(&self) -> String {
        self.url_of(self.listening, None)
    }

    /// Tells the addresses, each ready to be opened; the token goes to the terminal, or else to a file of mode 0600.
    pub(crate) fn tell(&mut self, status: &Status) -> Result<()> {
        if let Some(tls) = self.tls.as_ref().filter(|_| self.is_self_signed) {
            tracing::info!("self-signed certificate, SHA-256 fingerprint {}", tls.fingerprint());
        }
        let addresses = address::reachable(self.listening);
        match self.token.clone() {
            // Not by log lines: the token must never be in a log.
            Some(token) if io::stderr().is_terminal() => status.print(&self.links(&addresses, &token)?)?,
            Some(token) if self.is_new => {
                let urls: Vec<_> = addresses.iter().map(|at| self.url_of(*at, Some(&token)) + "\n").collect();
                let name = format!("sinkview-{}.url", self.listening.port());
                let file = TokenFile::write(&name, &urls.concat())?;
                self.tell_reachable(&addresses);
                tracing::info!(
                    "an access token is needed; the addresses with it are in {}",
                    file.path().display()
                );
                self.file = Some(file);
            }
            _ => self.tell_reachable(&addresses),
        }
        Ok(())
    }

    /// Removes what was written for people to read.
    pub(crate) fn close(&mut self) {
        self.file = None;
    }

    /// Opens the page in the desktop's browser; a failure is only told.
    pub(crate) fn open(&self) {
        let Some(address) = address::reachable(self.listening).last().copied() else { return };
        let started = std::process::Command::new("xdg-open")
            .arg(self.url_of(address, self.token.as_deref()))
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn();
        if let Err(error) = started {
            tracing::warn!("no browser can be opened ({error}); open the address by hand");
        }
    }

    /// Links with the token, a line each, and one of them for phones.
    fn links(&self, addresses: &[SocketAddr], token: &str) -> Result<String> {
        let link = |address: &SocketAddr| self.url_of(*address, Some(token));
        let mut all = String::new();
        for address in addresses {
            writeln!(all, "open {}", link(address))?;
        }
        // A phone reaches none but those of a network.
        if let Some(address) = addresses.iter().find(|address| !address.ip().is_loopback()) {
            all += &picture(&link(address))?;
        }
        Ok(all)
    }

    fn tell_reachable(&self, addresses: &[SocketAddr]) {
        // One that was asked for by name is on the first line already.
        if self.listening.ip().is_unspecified() {
            for address in addresses {
                tracing::info!("reachable at {}", self.url_of(*address, None));
            }
        }
    }

    fn url_of(&self, address: SocketAddr, token: Option<&str>) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
        format!("{scheme}://{address}/{query}")
    }
}

/// What browsers may call this machine.
fn names(listening: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    if let Some(machine) = server::machine_name() {
        names.extend([format!("{machine}.local"), machine]);
    }
    let any = SocketAddr::new([0_u16; 8].into(), listening.port());
    let addresses = address::reachable(any).into_iter().chain(address::reachable(listening));
    names.extend(addresses.map(|address| address.ip().to_string()));
    // What a certificate cannot have, browsers do not ask for.
    names.retain(|name| name.is_ascii());
    names.sort();
    names.dedup();
    names
}

/// A QR code in half blocks.
fn picture(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).context("no QR code of the address")?;
    let drawn = code.render().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    let [on, off] = COLOURS;
    Ok(drawn.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{on}{line}{off}");
        all
    }))
}
