//! The token: where it is made known and where not, what it opens, and what a wrong one costs. No browser.

use anyhow::{Context, Result, ensure};
use e2e::client::Handshake;
use e2e::http::{self, Response};
use e2e::{Capture, Client, program, until, within};
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::process::Command;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";
/// Wrong tokens that are looked at before an address has to wait.
const BURST: usize = 10;

/// `capture` on all addresses, with the folders of a user that has none.
fn exposed(temporary: &Path) -> Result<Command> {
    let mut command = program::command()?;
    command.env_remove("RUNTIME_DIRECTORY").env_remove("XDG_RUNTIME_DIR").env("TMPDIR", temporary);
    command.args(["--listen", "0.0.0.0:0", LIVE]);
    Ok(command)
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::symlink_metadata(path)?.permissions().mode() & 0o777)
}

async fn get(capture: &Capture, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let host = capture.address().to_string();
    let all: Vec<_> = [("Host", host.as_str())].into_iter().chain(headers.iter().copied()).collect();
    http::request(capture.address(), &format!("GET {path}"), &all, "").await
}

/// The cookie that a token in the URL is exchanged for, as a browser sends it back.
async fn cookie(capture: &Capture, token: &str) -> Result<String> {
    let answer = get(capture, &format!("/?token={token}"), &[]).await?;
    ensure!((answer.status, answer.header("location")) == (303, Some("/")), "{answer:?}");
    let cookie = answer.header("set-cookie").context("no cookie")?;
    ensure!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    ensure!(!cookie.contains(token), "the cookie is the token");
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn without_a_terminal_the_token_is_in_a_file_of_its_owner_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let precious = folder.path().join("precious");
    fs::write(&precious, "mine")?;
    // The port is known once it was listened on; whatever waits there under the file's name is not followed.
    let port = {
        let first = Capture::start([LIVE]).await?;
        first.address().port()
    };
    let path = folder.path().join(format!("sinkview-{port}.url"));
    symlink(&precious, &path)?;
    let mut command = program::command()?;
    command.env("RUNTIME_DIRECTORY", folder.path()).env("RUST_LOG", "trace");
    command.args(["--listen", &format!("0.0.0.0:{port}"), LIVE]);
    let mut capture = Capture::spawn(command).await?;
    let line = capture.logged("access token").await?;
    ensure!(line.contains(&path.display().to_string()), "{line}");
    ensure!(mode(&path)? == 0o600 && fs::symlink_metadata(&path)?.is_file());
    ensure!(fs::read_to_string(&precious)? == "mine", "the link was followed");

    let urls = fs::read_to_string(&path)?;
    let (_, token) = urls.lines().next().and_then(|url| url.split_once("?token=")).context("no token")?;
    ensure!(token.len() == 48, "{token}");
    for path in ["/", "/streams", "/streams/k/frame.raw", "/pipelines", "/formats", "/layout", "/ws"] {
        ensure!(get(&capture, path, &[]).await?.status == 401, "{path}");
    }
    let cookie = cookie(&capture, token).await?;
    ensure!(get(&capture, "/", &[("Cookie", &cookie)]).await?.status == 200);
    let bearer = format!("Bearer {token}");
    ensure!(get(&capture, "/streams", &[("Authorization", &bearer)]).await?.status == 200);
    let offered = format!("sinkview.v1, sinkview.token.{token}");
    let claims = Handshake { subprotocols: Some(&offered), ..Handshake::default() };
    ensure!(Client::handshake(capture.address(), claims).await?.is_ok());
    get(&capture, "/streams?token=guessed", &[("Authorization", "Bearer guessed")]).await?;
    let cookie_value = cookie.split('=').nth(1).context("no value")?;
    ensure!(
        !capture.log().contains(token) && !capture.log().contains(cookie_value),
        "a secret is in the log"
    );
    ensure!(!capture.log().contains("guessed"), "a guess is in the log");

    capture.signal("TERM")?;
    capture.exited().await?;
    ensure!(!path.exists(), "the file is still there");
    Ok(())
}

#[tokio::test]
async fn a_user_without_a_runtime_folder_gets_one_that_is_no_others() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let mut capture = Capture::spawn(exposed(temporary.path())?).await?;
    capture.logged("access token").await?;
    let entries: Vec<_> = fs::read_dir(temporary.path())?.collect::<Result<_, _>>()?;
    let [folder] = &entries[..] else { anyhow::bail!("{entries:?}") };
    ensure!(mode(&folder.path())? == 0o700);
    capture.signal("TERM")?;
    capture.exited().await?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    let refused = within("the refusal", exposed(temporary.path())?.output()).await??;
    let said = String::from_utf8_lossy(&refused.stderr);
    ensure!(!refused.status.success() && said.contains("not this user's alone"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_token_comes_from_a_file_that_nobody_else_reads() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("token");
    fs::write(&path, "from-a-file\n")?;
    let option = path.display().to_string();
    fs::set_permissions(&path, Permissions::from_mode(0o644))?;
    let refused = program::run(["--listen", "127.0.0.1:0", "--token-file", &option, LIVE]).await?;
    let said = String::from_utf8_lossy(&refused.stderr);
    ensure!(refused.status.code() == Some(2) && said.contains("chmod 600"), "{said}");
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let capture = Capture::start(["--token-file", &option, LIVE]).await?;
    ensure!(get(&capture, "/streams", &[]).await?.status == 401);
    let answer = get(&capture, "/streams", &[("Authorization", "Bearer from-a-file")]).await?;
    ensure!(answer.status == 200);
    // The same cookie after a start with the same token: open pages go on.
    let cookie = cookie(&capture, "from-a-file").await?;
    let port = capture.address().port();
    drop(capture);
    let again =
        until("the port", async || Ok(Capture::start_at(port, ["--token-file", &option, LIVE]).await.ok()));
    ensure!(get(&again.await?, "/", &[("Cookie", &cookie)]).await?.status == 200);
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_is_mixed_up_opens_nothing() -> Result<()> {
    let capture = Capture::start(["--token", "one", LIVE]).await?;
    let other = Capture::start(["--token", "two", LIVE]).await?;
    let (own, others) = (cookie(&capture, "one").await?, cookie(&other, "two").await?);
    let name = own.split('=').next().context("no name")?;
    let renamed = format!("{name}={}", others.split('=').nth(1).context("no value")?);
    for cookies in [&others, &renamed, &format!("{name}=one"), &format!("{own}; {renamed}")] {
        for path in ["/", "/streams", "/ws", "/streams/k/frame.raw", "/pipelines"] {
            let status = get(&capture, path, &[("Cookie", cookies)]).await?.status;
            ensure!(status == 401, "{path} with {cookies}: {status}");
        }
    }
    ensure!(get(&capture, "/", &[("Cookie", &format!("{others}; {own}"))]).await?.status == 200);
    Ok(())
}

/// All that shows something of the streams.
const ROUTES: [&str; 15] = [
    "/",
    "/index.html",
    "/ws",
    "/streams",
    "/streams/k/frame.raw",
    "/streams/k/frame.npy",
    "/streams/k/frame.npz",
    "/streams/k/frame.png",
    "/streams/k/frame.json",
    "/streams/nowhere/frame.raw",
    "/pipelines",
    "/pipelines/0/graph.json",
    "/pipelines/0/graph.dot",
    "/layout?caps=video/x-raw",
    "/formats",
];

#[tokio::test]
async fn each_route_refuses_strangers_other_sites_and_other_hosts_alike() -> Result<()> {
    let capture = Capture::start(["--token", "secret", LIVE]).await?;
    let host = capture.address().to_string();
    let own = format!("http://{host}");
    let right = ("Authorization", "Bearer secret");
    for path in ROUTES {
        for (headers, status) in [
            (&[("Host", host.as_str())][..], 401),
            (&[("Host", &host), ("Origin", &own)], 401),
            (&[("Host", &host), ("Authorization", "Bearer")], 401),
            (&[("Host", &host), ("Cookie", "sinkview-8080=secret")], 401),
            (&[("Host", &host), ("Origin", "null"), right], 403),
            (&[("Host", &host), ("Origin", "http://evil.test"), right], 403),
            (&[("Host", "evil.test"), right], 403),
            (&[("Host", "evil.test"), ("Origin", "http://evil.test"), right], 403),
            (&[("Host", "evil.test"), ("Host", &host), right], 400),
            (&[right], 403),
        ] {
            let answer = http::request(capture.address(), &format!("GET {path}"), headers, "").await?;
            // Two hosts are refused before they are looked at, or after.
            let is_refused = answer.status == status || status == 400 && answer.status == 403;
            ensure!(is_refused, "{path} with {headers:?}: {}", answer.status);
            ensure!(answer.body.len() < 1024, "{path} with {headers:?} says too much");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let start = format!("{method} {path}");
            let answer = http::request(capture.address(), &start, &[("Host", &host), right], "x").await?;
            ensure!(answer.status == 405, "{start}: {}", answer.status);
        }
    }
    Ok(())
}

/// The status of `GET /streams` with a token, asked from an address of this machine.
async fn status_from(source: [u8; 4], capture: &Capture, token: &str) -> Result<u16> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((source, 0)))?;
    let mut stream = socket.connect(capture.address()).await?;
    let address = capture.address();
    let request = format!(
        "GET /streams HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(within("the answer", http::read(&mut stream)).await??.status)
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down_where_they_come_from_and_nowhere_else() -> Result<()> {
    let capture = Capture::start(["--token", "secret", LIVE]).await?;
    let cookie = cookie(&capture, "secret").await?;
    let guess = [("Authorization", "Bearer guess")];
    for _ in 0..BURST {
        ensure!(get(&capture, "/streams", &guess).await?.status == 401);
    }
    // On a loaded machine the next one may be allowed again by now; the one after it is not.
    let refused = until("a refusal", async || {
        let answer = get(&capture, "/streams", &guess).await?;
        Ok((answer.status == 429).then_some(answer))
    })
    .await?;
    let seconds: u64 = refused.header("retry-after").context("no Retry-After")?.parse()?;
    ensure!((1..=3).contains(&seconds), "{seconds}");
    ensure!(get(&capture, "/", &[("Cookie", &cookie)]).await?.status == 200, "the cookie is locked out");
    ensure!(status_from([127, 0, 0, 2], &capture, "secret").await? == 200, "another address is locked out");
    until("a refusal in the URL", async || {
        Ok((get(&capture, "/?token=guess", &[]).await?.status == 429).then_some(()))
    })
    .await?;
    let offered =
        Handshake { subprotocols: Some("sinkview.v1, sinkview.token.guess"), ..Handshake::default() };
    until("a refusal of a WebSocket", async || {
        Ok((Client::handshake(capture.address(), offered).await?.err() == Some(429)).then_some(()))
    })
    .await?;
    // Who waits as long as is said gets in with the right one.
    until("the right token", async || {
        Ok((status_from([127, 0, 0, 1], &capture, "secret").await? == 200).then_some(()))
    })
    .await
}

#[tokio::test]
async fn on_a_terminal_the_address_is_shown_to_people_and_to_phones() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let own = exposed(temporary.path())?;
    let own = own.as_std();
    let words = std::iter::once(own.get_program()).chain(own.get_args());
    let quoted: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut command = Command::new("script");
    command.args(["--quiet", "--flush", "--return", "--command", &quoted.join(" "), "/dev/null"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).kill_on_drop(true);
    command.env("TMPDIR", temporary.path()).env_remove("RUNTIME_DIRECTORY").env_remove("XDG_RUNTIME_DIR");
    let mut terminal = command.spawn().context("no `script`; apt install bsdutils")?;
    let mut stdout = terminal.stdout.take().context("stdout is not piped")?;
    let mut said = Vec::new();
    // The status line comes after all of it.
    let shown = async {
        while !String::from_utf8_lossy(&said).contains(" fps") {
            ensure!(stdout.read_buf(&mut said).await? > 0, "{}", String::from_utf8_lossy(&said));
        }
        Ok(())
    };
    within("the status line", shown).await??;
    let said = String::from_utf8_lossy(&said).into_owned();
    let urls: Vec<_> = said.lines().filter_map(|line| line.trim().strip_prefix("open ")).collect();
    ensure!(urls.iter().all(|url| url.contains("/?token=")) && !urls.is_empty(), "{said}");
    let Some(reachable) = urls.iter().find(|url| !url.contains("//127.")) else {
        // A machine without a network has no address that a phone could reach.
        ensure!(code(&said).is_none(), "{said}");
        return Ok(());
    };
    ensure!(code(&said).as_deref() == Some(reachable), "{said}");
    ensure!(fs::read_dir(temporary.path())?.next().is_none(), "the token is in a file too");
    Ok(())
}

/// What a phone reads from the half blocks on a terminal.
fn code(terminal: &str) -> Option<String> {
    /// Pixels of a module, for the reader to find its edges.
    const SIZE: usize = 4;
    let rows = terminal.lines().filter_map(|line| line.trim_end().strip_prefix("\x1b[97;40m"));
    let rows = rows.map(|row| row.split('\x1b').next().unwrap_or_default());
    let halves = rows.flat_map(|row| {
        let upper: Vec<_> = row.chars().map(|c| "█▀".contains(c)).collect();
        let lower: Vec<_> = row.chars().map(|c| "█▄".contains(c)).collect();
        [upper, lower]
    });
    let light: Vec<Vec<bool>> = halves.collect();
    let width = light.first()?.len();
    let pixel = |x: usize, y: usize| if light[y / SIZE].get(x / SIZE) == Some(&true) { 255 } else { 0 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * SIZE, light.len() * SIZE, pixel);
    Some(image.detect_grids().first()?.decode().ok()?.1)
}
