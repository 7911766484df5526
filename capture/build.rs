//! Builds the viewer for wasm32 and embeds it with the page, so that `cargo build -p capture` gives the whole program.
//!
//! The viewer is left out (and the page embedded without it) where no binary comes of it: under clippy, and when
//! `SINKVIEW_VIEWER=skip` is set, as `make check` does for `cargo doc`.

use anyhow::{Context, Result, ensure};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "viewer";

/// `CARGO_` variables that say where packages come from; all others describe the outer build and must not leak.
const HANDED_ON: [&str; 5] = ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_"];

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for path in
        ["www", "wire/src", "wire/SPEC.md", "wire/Cargo.toml", "viewer-wasm/src", "viewer-wasm/Cargo.toml"]
    {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    for path in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "capture/build.rs"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    for variable in ["SINKVIEW_VIEWER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_NET_OFFLINE"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }

    let www = root.join("www");
    let mut files = Vec::new();
    collect(&www, &www, &mut files)?;
    if !is_skipped() {
        let viewer = out.join("viewer");
        build_viewer(&root, &out.join("viewer-target"), &viewer)?;
        for name in ["viewer.js", "viewer.d.ts", "viewer_bg.wasm"] {
            files.push((name.to_owned(), viewer.join(name)));
        }
    }
    files.sort();
    write_table(&files, &out.join("assets.rs"))
}

fn is_skipped() -> bool {
    let under_clippy = env::var_os("RUSTC_WORKSPACE_WRAPPER")
        .is_some_and(|wrapper| Path::new(&wrapper).file_stem().is_some_and(|stem| stem == "clippy-driver"));
    under_clippy || env::var("SINKVIEW_VIEWER").is_ok_and(|value| value == "skip")
}

/// The inner cargo has its own target directory: sharing the outer one would wait for its lock for ever.
fn build_viewer(root: &Path, target_dir: &Path, out: &Path) -> Result<()> {
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

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.push((name, path));
        }
    }
    Ok(())
}

fn write_table(files: &[(String, PathBuf)], out: &Path) -> Result<()> {
    let mut table = String::from("pub(super) static EMBEDDED: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        let path = path.to_str().context("the path of the checkout is no UTF-8")?;
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),")?;
    }
    table.push_str("];\n");
    fs::write(out, table).context("the table of embedded files cannot be written")
}
