//! A headless Firefox, spoken to by `WebDriver BiDi` over its own socket: no driver is needed. Any complaint on the
//! console fails the test at its end.

use crate::bound::{until, within};
use crate::process;
use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What the browser says on stderr when it listens, before its address.
const READY: &str = "WebDriver BiDi listening on ";
/// What is put into every page.
const PAGE: &str = include_str!("page.js");

/// A browser with one page; dropping it ends all its processes.
#[derive(Debug)]
pub struct Firefox {
    browser: Child,
    /// Id of the page.
    context: String,
    connection: Mutex<Connection>,
    /// The browser's own folder, removed at the end.
    _profile: TempDir,
}

/// One question at a time.
#[derive(Debug)]
struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    complaints: Vec<String>,
}

impl Firefox {
    /// Starts one with a profile of its own.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut browser = Command::new("firefox-esr")
            .args(["--headless", "--no-remote", "--remote-debugging-port=0", "--profile"])
            .arg(profile.path())
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("Firefox cannot be started; `make test` installs firefox-esr")?;
        let mut lines = BufReader::new(browser.stderr.take().context("stderr is not piped")?).lines();
        let address = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix(READY) {
                    return Ok(format!("{}/session", address.trim()));
                }
            }
            bail!("Firefox ended without an address")
        };
        let address = within("Firefox", address).await??;
        // Whatever else it says is read, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = within("Firefox's socket", connect_async(&address)).await??;
        let mut connection = Connection { socket, asked: 0, complaints: Vec::new() };
        connection.ask("session.new", json!({ "capabilities": {} })).await?;
        connection.ask("session.subscribe", json!({ "events": ["log.entryAdded"] })).await?;
        let tree = connection.ask("browsingContext.getTree", json!({})).await?;
        let context = tree["contexts"][0]["context"].as_str().context("Firefox has no page")?.to_owned();
        Ok(Self { browser, context, connection: Mutex::new(connection), _profile: profile })
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.ask(
            "browsingContext.navigate",
            json!({ "context": self.context, "url": url, "wait": "complete" }),
        )
        .await?;
        self.run(&format!("{PAGE}; return true")).await?;
        Ok(())
    }

    /// Runs the body of an async function in the page and waits for what it returns.
    pub async fn run(&self, body: &str) -> Result<Value> {
        // As JSON: the protocol's own values have a shape of their own, and no end.
        let expression =
            format!("(async () => {{ {body} }})().then((value) => JSON.stringify(value ?? null))");
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "target": { "context": self.context } });
        let answer = self.ask("script.evaluate", parameters).await?;
        ensure!(answer["type"] == "success", "in the page: {}", answer["exceptionDetails"]["text"]);
        let text = answer["result"]["value"].as_str().with_context(|| format!("no text: {answer}"))?;
        Ok(serde_json::from_str(text)?)
    }

    /// Calls a function of `page.js` and waits for what it resolves to.
    pub async fn call<T: DeserializeOwned>(&self, name: &str, parameters: &Value) -> Result<T> {
        Ok(serde_json::from_value(self.run(&format!("return e2e.{name}(...{parameters})")).await?)?)
    }

    /// Waits until `body` returns something that is not null, false, 0 or empty.
    pub async fn until(&self, what: &str, body: &str) -> Result<Value> {
        until(what, async || {
            let value = self.run(body).await?;
            let is_nothing = matches!(&value, Value::Null | Value::Bool(false)) || value == 0 || value == "";
            Ok((!is_nothing).then_some(value))
        })
        .await
    }

    /// Moves mouse, wheel, fingers and keys as a person does: a list of input sources, each with what it does.
    pub async fn act(&self, sources: Value) -> Result<()> {
        self.ask("input.performActions", json!({ "context": self.context, "actions": sources })).await?;
        Ok(())
    }

    /// Ends the browser; an error if the console has complaints.
    pub async fn finish(self) -> Result<()> {
        // What was said before the answer comes before it.
        self.run("return true").await?;
        let complaints = std::mem::take(&mut self.connection.lock().await.complaints);
        ensure!(complaints.is_empty(), "on the console: {complaints:#?}");
        self.ask("browser.close", json!({})).await?;
        Ok(())
    }

    async fn ask(&self, method: &str, parameters: Value) -> Result<Value> {
        let mut connection = self.connection.lock().await;
        within(method, connection.ask(method, parameters)).await?
    }
}

impl Connection {
    /// Asks and waits for the answer; what the console says meanwhile is noted.
    async fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.asked += 1;
        let question = json!({ "id": self.asked, "method": method, "params": parameters });
        self.socket.send(Message::text(question.to_string())).await?;
        loop {
            let message = self
                .socket
                .next()
                .await
                .with_context(|| format!("Firefox went before it answered {method}"))??;
            let Ok(text) = message.to_text() else { continue };
            if text.is_empty() {
                continue;
            }
            let mut said: Value = serde_json::from_str(text)?;
            if said["method"] == "log.entryAdded" {
                let entry = &said["params"];
                if entry["level"] == "error" || entry["level"] == "warn" {
                    self.complaints.push(format!("{} {}", entry["level"], entry["text"]));
                }
            } else if said["id"] == self.asked {
                ensure!(said["type"] == "success", "{method}: {}: {}", said["error"], said["message"]);
                return Ok(said["result"].take());
            }
        }
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        // The first process is killed with its handle, and would leave the others behind.
        if let Some(id) = self.browser.id()
            && let Ok(processes) = process::below(id)
            && !processes.is_empty()
        {
            // Some may have ended by themselves meanwhile.
            let _ = process::signal("KILL", &processes);
        }
    }
}
