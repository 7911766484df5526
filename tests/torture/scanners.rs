//! Scanners of others, pointed at the server: what its answers carry, and its TLS.

use crate::row::{Fault, Found};
use crate::server::{LARGER, LIVE, Lifetimes};
use crate::threat::Threat;
use crate::tools::{needs_option, output, python, run as run_tool, said, tool};
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::{Capture, program};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::sleep;

/// A token, so that there is a cookie to judge.
const TOKEN: &str = "scanned-token";
/// Headers that this scanner wants and the server does not send.
const LEFT_OUT: [&str; 2] = ["Strict-Transport-Security", "X-XSS-Protection"];
/// A handshake must be complete within 5 s; half a second is for looking at it.
const HANDSHAKE_MAX: f64 = 5.5;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::Network,
                "the page, its headers, its cookie and its methods are scanned, as a stranger and with the token",
                "wapiti: csp, http_headers, cookieflags, methods",
                "no finding but two headers that are left out on purpose: Strict-Transport-Security would bind every other port \
                 of the name, X-XSS-Protection switches on filters that are holes themselves and that browsers have dropped",
            ),
            wapiti,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Tls,
                "versions, ciphers, curves, certificate and known weaknesses are scanned",
                "sslyze --mozilla_config=intermediate, a certificate by openssl",
                "compliant",
            ),
            sslyze,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Tls,
                "100 TLS handshakes that do not come to their end, plain HTTP and noise on the port",
                "sockets that say nothing, half a hello, or HTTP",
                "each is closed within 5 s; others are answered",
            ),
            unfinished,
        )
        .await;
    Ok(())
}

async fn wapiti() -> Result<Found> {
    tool("wapiti", "wapiti")?;
    let folder = tempfile::tempdir()?;
    // Over TLS, where a cookie can be for that alone.
    let capture = over_tls(folder.path(), &["--token", TOKEN, LIVE]).await?;
    let mut found = Found::default();
    let bearer = format!("Authorization: Bearer {TOKEN}");
    for (who, url, headers) in [
        ("a stranger", capture.url().to_owned(), vec![]),
        ("with the token", capture.url().to_owned(), vec!["-H", bearer.as_str()]),
        ("with the token in the URL", format!("{}?token={TOKEN}", capture.url()), vec![]),
    ] {
        let report = folder.path().join("report.json");
        let mut command = tool("wapiti", "wapiti")?;
        // It keeps what it knows of earlier scans in the home folder.
        command.env("HOME", folder.path()).args(["-u", &url, "-m", "csp,http_headers,cookieflags,methods"]);
        command
            .args([
                "-f",
                "json",
                "--flush-session",
                "--verify-ssl",
                "0",
                "--scope",
                "domain",
                "-v",
                "0",
                "-o",
            ])
            .arg(&report);
        command.args(headers);
        let ended = output(&mut command).await?;
        let report: Value = serde_json::from_slice(&std::fs::read(&report).with_context(|| said(&ended))?)?;
        found.times += 1;
        for group in ["vulnerabilities", "anomalies"] {
            let kinds = report[group].as_object().with_context(|| format!("no {group}"))?;
            for finding in kinds.values().filter_map(Value::as_array).flatten() {
                let what = finding["info"].as_str().unwrap_or_default();
                if !LEFT_OUT.iter().any(|header| what.starts_with(header)) {
                    found.lost.push(format!("{who}: {what}"));
                }
            }
        }
    }
    Ok(found)
}

/// A certificate for `localhost` and the authority that signed it, in a folder.
async fn certificate(folder: &Path) -> Result<()> {
    const AUTHORITY: &[&str] = &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=torture"];
    const LEAF: &[&str] = &["-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost"];
    const KEY: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const SIGN: &[&str] = &["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key"];
    std::fs::write(
        folder.join("leaf.ext"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n",
    )?;
    let openssl = async |arguments: &[&[&str]]| -> Result<()> {
        run_tool(tool("openssl", "openssl")?.current_dir(folder).args(arguments.concat())).await?;
        Ok(())
    };
    let of_authority =
        ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
    openssl(&[&["req", "-x509", "-days", "90"], KEY, AUTHORITY, &of_authority]).await?;
    openssl(&[&["req"], KEY, LEAF]).await?;
    openssl(&[SIGN, &["-CAcreateserial", "-days", "90", "-out", "leaf.pem", "-extfile", "leaf.ext"]]).await
}

/// A server with a certificate of that folder.
async fn over_tls(folder: &Path, arguments: &[&str]) -> Result<Capture> {
    needs_option("--tls-cert").await?;
    certificate(folder).await?;
    let mut command = program::command()?;
    command.args(["--listen", "127.0.0.1:0", "--tls-cert"]).arg(folder.join("leaf.pem"));
    command.arg("--tls-key").arg(folder.join("leaf.key")).args(arguments);
    Capture::spawn(command).await
}

async fn sslyze() -> Result<Found> {
    let folder = tempfile::tempdir()?;
    let capture = over_tls(folder.path(), &[LIVE]).await?;
    let programs = python("sslyze", &["sslyze"]).await?;
    let mut command = Command::new(programs.join("sslyze"));
    command.arg("--mozilla_config=intermediate").arg("--certinfo_ca_file").arg(folder.path().join("ca.pem"));
    command.arg(format!("localhost:{}", capture.address().port()));
    let ended = output(&mut command).await?;
    let text = said(&ended);
    let is_compliant = ended.status.success() && text.contains("OK - Compliant");
    let verdict = text.rsplit_once("Checking results").map_or(text.as_str(), |(_, verdict)| verdict);
    let mut found = Found::default();
    found.expect(is_compliant, || verdict.trim().to_owned());
    Ok(found)
}

async fn unfinished() -> Result<Found> {
    const CONNECTIONS: usize = 100;
    let folder = tempfile::tempdir()?;
    let capture = over_tls(folder.path(), &[LARGER]).await?;
    let address = capture.address();
    let mut lifetimes = Lifetimes::of(capture.id()?)?;
    // A record that says it is longer than what comes of it.
    let half_a_hello: &[u8] = &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    let says: [&[u8]; 4] = [b"", half_a_hello, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[0xff; 300]];
    let mut connections = Vec::new();
    lifetimes
        .follow(
            async {
                for index in 0..CONNECTIONS {
                    let mut socket = TcpStream::connect(address).await?;
                    // Noise may be refused while it is still being said.
                    let _ = socket.write_all(says[index % says.len()]).await;
                    connections.push(socket);
                }
                // All of them are taken by then.
                sleep(Duration::from_secs(1)).await;
                Ok(())
            },
            Duration::from_secs(20),
        )
        .await?;
    let mut found = Found::tried(CONNECTIONS as u64);
    found.at_most("longest open, s", lifetimes.longest(), HANDSHAKE_MAX);
    let mut curl = tool("curl", "curl")?;
    curl.args(["--silent", "--show-error", "--max-time", "20", "--cacert"]).arg(folder.path().join("ca.pem"));
    let answer = run_tool(curl.arg(format!("https://localhost:{}/streams", address.port()))).await;
    found
        .expect(answer.is_ok_and(|answer| answer.contains("\"k\"")), || "others are not answered".to_owned());
    Ok(found)
}
