//! The viewer, built for wasm32 by a cargo of its own, and the module that loads it.

use anyhow::{Context, Result, ensure};
use std::env;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "viewer";

/// `CARGO_` variables that say where packages come from; all others describe the outer build and must not leak.
const HANDED_ON: [&str; 5] = ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_"];

/// The inner cargo has its own target directory: sharing the outer one would wait for its lock for ever.
pub(crate) fn build(root: &Path, target_dir: &Path, out: &Path) -> Result<()> {
    let rustc = env::var("RUSTC")?;
    let libdir = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output()?;
    let libdir = String::from_utf8(libdir.stdout)?;
    ensure!(
        Path::new(libdir.trim()).exists(),
        "the viewer needs Rust's {TARGET} target: run `rustup target add {TARGET}`"
    );

    let mut cargo = Command::new(env::var("CARGO")?);
    cargo.current_dir(root).args(["build", "--locked", "--package", "viewer-wasm", "--lib"]);
    cargo.args(["--target", TARGET, "--profile", PROFILE, "--target-dir"]).arg(target_dir);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let is_outer = (name.starts_with("CARGO")
            && !HANDED_ON.iter().any(|prefix| name.starts_with(prefix)))
            || (name.starts_with("RUSTC") || name == "RUSTFLAGS" || name == "RUSTDOCFLAGS");
        if is_outer {
            cargo.env_remove(name);
        }
    }
    if env::var("CARGO_NET_OFFLINE").is_ok_and(|value| value == "true") {
        cargo.arg("--offline");
    }
    let built = cargo.output().context("cargo cannot be started for the viewer")?;
    ensure!(built.status.success(), "the viewer does not build:\n{}", String::from_utf8_lossy(&built.stderr));

    let wasm = target_dir.join(TARGET).join(PROFILE).join("viewer_wasm.wasm");
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).out_name("viewer").typescript(true).web(true)?;
    bindgen.omit_default_module_path(false).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(out).context("wasm-bindgen cannot read the viewer")
}
