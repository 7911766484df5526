//! TLS by OpenSSL: certificates as people make them, and its client as a tunnel for tests that speak no TLS themselves.

use crate::files::run;
use anyhow::{Context, Result};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;

/// The name that servers are asked for.
pub const NAME: &str = "cam.example.org";

/// A certificate for `localhost`, `127.0.0.1` and [`NAME`], and its key, as PEM files.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Passes connections on to a server through TLS; whoever connects here speaks as if there were none.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Pair {
    /// Makes `NAME.pem` and `NAME.key` in a folder, valid from now on.
    pub async fn make(folder: &Path, name: &str) -> Result<Self> {
        let pair = Self { cert: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) };
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        let names = format!("subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:{NAME}");
        command.args(["-subj", "/CN=localhost", "-addext", &names]);
        command.args(["-days", "30", "-keyout"]).arg(&pair.key).arg("-out").arg(&pair.cert);
        run(&mut command).await?;
        Ok(pair)
    }

    /// Makes them with a certificate that was valid in January 2020.
    pub async fn expired(folder: &Path) -> Result<Self> {
        let pair = Self::make(folder, "expired").await?;
        let [request, settings] = ["request", "settings"].map(|name| folder.join(name));
        let home = folder.display();
        fs::write(folder.join("database"), "")?;
        fs::write(
            &settings,
            format!(
                "[ca]\ndefault_ca = own\n[own]\ndatabase = {home}/database\nnew_certs_dir = {home}\nrand_serial = yes\n\
                 default_md = sha256\npolicy = any\nx509_extensions = more\n[more]\nsubjectAltName = DNS:localhost\n[any]\ncommonName = supplied\n"
            ),
        )?;
        let mut ask = Command::new("openssl");
        ask.args(["req", "-new", "-subj", "/CN=localhost", "-key"]).arg(&pair.key).arg("-out").arg(&request);
        run(&mut ask).await?;
        let mut sign = Command::new("openssl");
        sign.args(["ca", "-batch", "-selfsign", "-notext", "-config"]).arg(&settings);
        sign.args(["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]);
        sign.arg("-keyfile").arg(&pair.key).arg("-in").arg(&request).arg("-out").arg(&pair.cert);
        run(&mut sign).await?;
        Ok(pair)
    }

    /// The options that have it served.
    #[must_use]
    pub fn options(&self) -> [&str; 4] {
        let [cert, key] = [&self.cert, &self.key].map(|path| path.to_str().unwrap_or_default());
        ["--tls-cert", cert, "--tls-key", key]
    }
}

/// The SHA-256 fingerprint of a certificate in PEM, `AB:CD:…`.
pub async fn fingerprint(pem: &Path) -> Result<String> {
    let mut command = Command::new("openssl");
    command.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(pem);
    let said = run(&mut command).await?;
    let (_, hex) = said.trim().split_once('=').with_context(|| said.clone())?;
    Ok(hex.to_owned())
}

/// What OpenSSL says of a handshake with these options, whether it succeeds or not.
pub async fn handshake(address: SocketAddr, options: &[&str]) -> Result<String> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address.to_string()]).args(options);
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = crate::within("the handshake", output).await??;
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

impl Tunnel {
    /// Passes on to `target`, whose certificate it checks against the one in `trusted`.
    pub async fn start(target: SocketAddr, trusted: &Path) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let trusted = trusted.to_owned();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let trusted = trusted.clone();
                // Whoever goes away in the middle is no failure.
                tokio::spawn(async move { pass(stream, target, &trusted).await.ok() });
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(stream: TcpStream, target: SocketAddr, trusted: &Path) -> Result<()> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-nocommands", "-verify_return_error", "-verify_quiet"]);
    command.args(["-connect", &target.to_string(), "-servername", NAME, "-CAfile"]).arg(trusted);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut openssl = command.spawn()?;
    let mut to = openssl.stdin.take().context("stdin is not piped")?;
    let mut from = openssl.stdout.take().context("stdout is not piped")?;
    let (mut hears, mut says) = split(stream);
    tokio::select! {
        ended = copy(&mut hears, &mut to) => drop(ended?),
        ended = copy(&mut from, &mut says) => drop(ended?),
    }
    Ok(())
}
