//! Behind nginx and Caddy, by the very lines that README shows: the right user gets in through TLS, and a stranger does not.

use anyhow::{Context, Result, ensure};
use e2e::client::Handshake;
use e2e::tls::{NAME, Pair, Tunnel};
use e2e::{Capture, Client, http, until};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=640,height=480,framerate=30/1 ! appsink name=k";
/// Where the lines of README have the server.
const SHOWN: &str = "127.0.0.1:8080";

/// The only block of that language in README, with this server in it.
fn shown(language: &str, server: SocketAddr) -> Result<String> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md"))?;
    let (_, rest) = readme.split_once(&format!("```{language}\n")).context("README shows none")?;
    let (block, _) = rest.split_once("```").context("the block does not end")?;
    ensure!(block.contains(SHOWN), "{block}");
    Ok(block.replace(SHOWN, &server.to_string()))
}

/// A port that was free a moment ago: neither of the two can be told to pick one and say which.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

async fn started(command: &mut Command, port: u16) -> Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().context("`make setup-test` unpacks nginx and caddy")?;
    until("the proxy", async || {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("{command:?} ended with {status}");
        }
        Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok())
    })
    .await?;
    Ok(child)
}

/// A proxy as it is installed, or as the Makefile unpacks it.
fn program(name: &str) -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/proxies");
    let folders = [unpacked.join("usr/sbin"), unpacked.join("usr/bin"), "/usr/sbin".into()];
    let mut programs = folders.iter().map(|folder| folder.join(name));
    programs.find(|program| program.exists()).unwrap_or_else(|| name.into())
}

async fn served() -> Result<Capture> {
    Capture::start(["--token", "secret", "--allow-host", NAME, LIVE]).await
}

/// What a browser does with a link that has the token, and what a stranger is told.
async fn check(port: u16, pair: &Pair) -> Result<()> {
    let tunnel = Tunnel::start((Ipv4Addr::LOCALHOST, port).into(), &pair.cert).await?;
    let host = format!("{NAME}:{port}");
    let get = async |path: &str, headers: &[(&str, &str)]| {
        let all: Vec<_> = [("Host", host.as_str())].into_iter().chain(headers.iter().copied()).collect();
        http::request(tunnel.address(), &format!("GET {path}"), &all, "").await
    };
    for path in ["/", "/streams", "/ws", "/pipelines"] {
        let answer = get(path, &[]).await?;
        ensure!(answer.status == 401, "{path}: {answer:?}");
    }
    let answer = get("/?token=secret", &[]).await?;
    let cookie = answer.header("set-cookie").with_context(|| format!("{answer:?}"))?;
    ensure!(answer.status == 303 && cookie.contains("; Secure"), "{answer:?}");
    let cookie = cookie.split(';').next().unwrap_or_default();
    for path in ["/", "/streams"] {
        ensure!(get(path, &[("Cookie", cookie)]).await?.status == 200, "{path}");
    }
    let file = get("/streams/k/frame.raw", &[("Cookie", cookie)]).await?;
    ensure!(file.body.len() == 640 * 480 * 3, "{} bytes", file.body.len());

    let (own, other) = (format!("https://{host}"), "https://evil.test".to_owned());
    for (origin, subprotocols, refusal) in [
        (&own, "sinkview.v1, sinkview.token.secret", None),
        (&own, "sinkview.v1", Some(401)),
        (&other, "sinkview.v1, sinkview.token.secret", Some(403)),
    ] {
        let claims = Handshake { host: Some(&host), origin: Some(origin), subprotocols: Some(subprotocols) };
        let mut viewer = match Client::handshake(tunnel.address(), claims).await? {
            Err(status) => {
                ensure!(Some(status) == refusal, "{origin} with {subprotocols}: {status}");
                continue;
            }
            Ok(viewer) => viewer,
        };
        ensure!(refusal.is_none(), "{origin} with {subprotocols} got in");
        viewer.subscribe("k").await?;
        for _ in 0..30 {
            let frame = viewer.frame().await?;
            ensure!(frame.payload.len() == 640 * 480 * 3, "{} bytes", frame.payload.len());
            viewer.drawn(&frame).await?;
        }
        ensure!(viewer.ledger("k").await?.balances());
    }
    Ok(())
}

#[tokio::test]
async fn nginx_as_the_readme_has_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().display();
    let pair = Pair::make(folder.path(), "one").await?;
    let (capture, port) = (served().await?, free_port()?);
    let (cert, key) = (pair.cert.display(), pair.key.display());
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {home}/{kind};"));
    let settings = format!(
        "daemon off; pid {home}/pid; error_log {home}/errors; events {{}}\n\
         http {{ access_log off; {} server {{ listen 127.0.0.1:{port} ssl; server_name {NAME};\n\
         ssl_certificate {cert}; ssl_certificate_key {key};\n{}\n}} }}\n",
        temporary.concat(),
        shown("nginx", capture.address())?,
    );
    let path = folder.path().join("nginx.conf");
    fs::write(&path, settings)?;
    let mut nginx = Command::new(program("nginx"));
    nginx.arg("-e").arg(folder.path().join("errors")).arg("-p").arg(folder.path()).arg("-c").arg(&path);
    // One process, so that nothing is left when it is killed.
    nginx.args(["-g", "master_process off;"]);
    let _nginx = started(&mut nginx, port).await?;
    check(port, &pair).await
}

#[tokio::test]
async fn caddy_as_the_readme_has_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pair = Pair::make(folder.path(), "one").await?;
    let (capture, port) = (served().await?, free_port()?);
    let shown = shown("caddyfile", capture.address())?;
    ensure!(shown.starts_with(&format!("{NAME} {{\n")), "{shown}");
    // With certificates of its own, Caddy would ask an authority for one.
    let (cert, key) = (pair.cert.display(), pair.key.display());
    let site = format!("{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {cert} {key}\n");
    let settings = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{}",
        shown.replacen(&format!("{NAME} {{\n"), &site, 1)
    );
    let path = folder.path().join("Caddyfile");
    fs::write(&path, settings)?;
    let mut caddy = Command::new(program("caddy"));
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(&path);
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        caddy.env(variable, folder.path());
    }
    let _caddy = started(&mut caddy, port).await?;
    check(port, &pair).await
}
