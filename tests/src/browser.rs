//! A headless Chromium with its driver; any complaint on the console fails the test at its end.
//!
//! `WebDriver`, and without network events: a driver that listens to these gets a copy of every payload.

use crate::bound::{BOUND, until, within};
use crate::{Capture, hands, http, process};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the driver says when it listens, before its port.
const DRIVER_READY: &str = "was started successfully on port ";
/// How Chromium is started wherever it is: alone, without a screen, quiet on the network.
pub const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // Containers often have a /dev/shm that is too small for it.
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];
/// What is put into every page.
const PAGE: &str = include_str!("page.js");
/// Calls one function of it, and hands back its answer or its failure.
const CALL: &str = "
    const [name, parameters, done] = arguments;
    (async () => e2e[name](...parameters))()
        .then((value) => done({ value: value ?? null }), (error) => done({ error: `${error.name}: ${error.message}` }));
";

/// A browser with one page; dropping it ends all its processes.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    address: SocketAddr,
    client: Client,
    /// The browser's own folder, removed at the end.
    _profile: TempDir,
}

impl Browser {
    /// Starts one with a profile of its own.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// Starts one that takes every certificate, as a person does who has compared the fingerprint.
    pub async fn trusting_all() -> Result<Self> {
        Self::start_with(&["--ignore-certificate-errors"]).await
    }

    /// Starts one with further flags.
    pub async fn start_with(flags: &[&str]) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver cannot be started; `make test` installs chromium-driver")?;
        let mut lines = BufReader::new(driver.stdout.take().context("stdout is not piped")?).lines();
        let port = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, port)) = line.split_once(DRIVER_READY) {
                    return Ok(port.trim_end_matches('.').parse::<u16>()?);
                }
            }
            bail!("chromedriver ended without a port")
        };
        let port = within("chromedriver", port).await??;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let Value::Object(capabilities) = capabilities(&profile, flags) else {
            unreachable!("written as an object")
        };
        builder.capabilities(capabilities);
        let client = within("Chromium", builder.connect(&format!("http://{address}"))).await;
        let client = client?.context("Chromium cannot be started; `make test` installs chromium")?;
        let browser = Self { driver, address, client, _profile: profile };
        browser.client.update_timeouts(TimeoutConfiguration::new(Some(BOUND), Some(BOUND), None)).await?;
        Ok(browser)
    }

    /// Has a script run in every page that is opened from now on, before the page's own.
    pub async fn before_pages(&self, script: &str) -> Result<()> {
        self.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await
    }

    /// Puts another tab before the page, so that it is hidden.
    pub async fn hide(&self) -> Result<()> {
        let other = self.client.new_window(true).await?.handle;
        self.command("Target.activateTarget", json!({ "targetId": String::from(other) })).await
    }

    /// Puts the page before all other tabs.
    pub async fn show(&self) -> Result<()> {
        let own = self.client.window().await?;
        self.command("Target.activateTarget", json!({ "targetId": String::from(own) })).await
    }

    /// Has the browser do something that is no part of the `WebDriver` standard.
    async fn command(&self, command: &str, parameters: Value) -> Result<()> {
        let session = self.client.session_id().await?.context("no session")?;
        let start = format!("POST /session/{session}/goog/cdp/execute");
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        let answer = http::request(self.address, &start, &headers, &body).await?;
        ensure!(answer.status == 200, "no {command}: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    /// Starts one and opens the page of `capture` in it.
    pub async fn showing(capture: &Capture) -> Result<Self> {
        let viewer = http::get(capture.address(), "/viewer.js").await?;
        ensure!(
            viewer.status == 200,
            "this `capture` was built without its viewer: run `cargo build -p capture` without SINKVIEW_VIEWER"
        );
        Self::at(capture.url()).await
    }

    /// Starts one and opens a page in it.
    pub async fn at(url: &str) -> Result<Self> {
        let browser = Self::start().await?;
        browser.open(url).await?;
        Ok(browser)
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) -> Result<()> {
        within(url, self.client.goto(url)).await??;
        self.client.execute(PAGE, Vec::new()).await?;
        Ok(())
    }

    /// Goes into the page's first frame; what is run from now on is run there.
    pub async fn enter_frame(&self) -> Result<()> {
        self.client.clone().enter_frame(0).await?;
        self.client.execute(PAGE, Vec::new()).await?;
        Ok(())
    }

    /// Calls a function of `page.js` and waits for what it resolves to.
    pub async fn call<T: DeserializeOwned>(&self, name: &str, parameters: Value) -> Result<T> {
        let mut answer = self.client.execute_async(CALL, vec![json!(name), parameters]).await?;
        if let Some(error) = answer["error"].as_str() {
            bail!("{name} in the page: {error}");
        }
        Ok(serde_json::from_value(answer["value"].take())?)
    }

    /// Runs a script in the page; its `return` is the answer.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Runs a script in the page that calls its last argument back with its answer.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute_async(script, arguments).await?)
    }

    /// Presses keys, one after the other.
    pub async fn press(&self, keys: &[&str]) -> Result<()> {
        self.act(hands::keys(keys)).await
    }

    /// Moves mouse, wheel, fingers and keys as a person does: a list of input sources, as the `WebDriver` standard has
    /// them, each with what it does.
    pub async fn act(&self, sources: Value) -> Result<()> {
        let session = self.client.session_id().await?.context("no session")?;
        let start = format!("POST /session/{session}/actions");
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let body = json!({ "actions": sources }).to_string();
        let answer = http::request(self.address, &start, &headers, &body).await?;
        ensure!(answer.status == 200, "no actions: {}", String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    /// Keeps what the page downloads in a folder.
    pub async fn download_to(&self, folder: &Path) -> Result<()> {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder });
        self.command("Browser.setDownloadBehavior", parameters).await
    }

    /// Waits until `script` returns something that is not null, false, 0 or empty.
    pub async fn until(&self, what: &str, script: &str) -> Result<Value> {
        until(what, async || {
            let value = self.run(script).await?;
            let is_nothing = matches!(&value, Value::Null | Value::Bool(false)) || value == 0 || value == "";
            Ok((!is_nothing).then_some(value))
        })
        .await
    }

    /// Gives the window's inside this size and returns what it shows, as PNG.
    pub async fn picture(&self, width: u32, height: u32) -> Result<Vec<u8>> {
        // What is around the page may change with its size.
        until("the window's size", async || {
            let sizes = self.run("return [innerWidth, innerHeight, outerWidth, outerHeight]").await?;
            let [inner_width, inner_height, outer_width, outer_height]: [u32; 4] =
                serde_json::from_value(sizes)?;
            if (inner_width, inner_height) == (width, height) {
                return Ok(Some(()));
            }
            let (around, above) =
                (outer_width.saturating_sub(inner_width), outer_height.saturating_sub(inner_height));
            self.client.set_window_size(width + around, height + above).await?;
            Ok(None)
        })
        .await?;
        Ok(within("a picture of the page", self.client.screenshot()).await??)
    }

    /// Waits until the first view of the page is in this state, and returns what it says of it.
    pub async fn state(&self, state: &str) -> Result<String> {
        let mut last = Value::Null;
        let answer = until(&format!("the state {state}"), async || {
            last = self.call("now", json!([])).await?;
            let is_there = last["state"]["state"] == state;
            Ok(is_there.then(|| last["state"]["text"].as_str().unwrap_or_default().to_owned()))
        })
        .await;
        answer.with_context(|| format!("the view says {last}"))
    }

    /// Ids of all processes of the browser, the driver not included.
    pub fn processes(&self) -> Result<Vec<u32>> {
        process::below(self.driver.id().context("the driver has ended")?)
    }

    /// What the console says since it was asked last: warnings, errors, uncaught exceptions.
    pub async fn console(&self) -> Result<Vec<String>> {
        let session = self.client.session_id().await?.context("no session")?;
        let start = format!("POST /session/{session}/se/log");
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let answer = http::request(self.address, &start, &headers, r#"{"type":"browser"}"#).await?;
        let log: Value = serde_json::from_slice(&answer.body)?;
        let entries = log["value"].as_array().with_context(|| format!("no log: {log}"))?;
        let complaints = entries.iter().filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG");
        Ok(complaints.map(|entry| format!("{} {}", entry["level"], entry["message"])).collect())
    }

    /// Ends the browser; an error if the console has complaints that contain none of the `expected` words.
    pub async fn finish(self, expected: &[&str]) -> Result<()> {
        let complaints = self.console().await?;
        let unexpected: Vec<_> =
            complaints.iter().filter(|entry| !expected.iter().any(|words| entry.contains(words))).collect();
        ensure!(unexpected.is_empty(), "on the console: {unexpected:#?}");
        within("Chromium's end", self.client.clone().close()).await??;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver is killed with its handle, and would leave the browser behind.
        if let Ok(processes) = self.processes()
            && !processes.is_empty()
        {
            // Some may have ended by themselves meanwhile.
            let _ = process::signal("KILL", &processes);
        }
    }
}

fn capabilities(profile: &TempDir, flags: &[&str]) -> Value {
    let mut arguments: Vec<_> = FLAGS.iter().chain(flags).map(|&flag| flag.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": arguments },
    })
}
