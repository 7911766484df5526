//! Builds the viewer for wasm32, joins and compresses what the page is made of, and embeds all of it, so that
//! `cargo build -p capture` gives the whole program.
//!
//! The viewer is left out (and the page embedded without it) where no binary comes of it: under clippy, and when
//! `SINKVIEW_VIEWER=skip` is set, as `make check` does for `cargo doc`.

mod bundle;
mod minify;
mod viewer;

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Of Brotli, from 0 to 11: the best, 9 s for the viewer, for whom it pays; for builds that come again and again one
/// that takes no time.
const QUALITIES: [(&str, u32); 2] = [("release", 11), ("debug", 5)];
/// The logarithm of the bytes that Brotli looks back on; more than any file has.
const WINDOW: u32 = 22;
/// Of what `brotli` writes at a time.
const PIECE: usize = 64 * 1024;
/// What a compressed form must save to be worth an extra header.
const SAVING_MIN: usize = 64;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for path in
        ["www", "wire/src", "wire/SPEC.md", "wire/Cargo.toml", "viewer-wasm/src", "viewer-wasm/Cargo.toml"]
    {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    for path in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "capture/build"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    for variable in ["SINKVIEW_VIEWER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_NET_OFFLINE"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }

    let www = root.join("www");
    let mut files = BTreeMap::new();
    collect(&www, &www, &mut files)?;
    let mut served = bundle::bundle(&files)?;
    if !is_skipped() {
        let folder = out.join("viewer");
        viewer::build(&root, &out.join("viewer-target"), &folder)?;
        for name in ["viewer.js", "viewer.d.ts", "viewer_bg.wasm"] {
            served.insert(name.to_owned(), fs::read(folder.join(name))?);
        }
        if let Some(module) = served.get_mut("viewer.js") {
            *module = minify::js(std::str::from_utf8(module)?).into_bytes();
        }
    }
    embed(&served, &out)
}

fn is_skipped() -> bool {
    let under_clippy = env::var_os("RUSTC_WORKSPACE_WRAPPER")
        .is_some_and(|wrapper| Path::new(&wrapper).file_stem().is_some_and(|stem| stem == "clippy-driver"));
    under_clippy || env::var("SINKVIEW_VIEWER").is_ok_and(|value| value == "skip")
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read(path)?);
        }
    }
    Ok(())
}

/// Writes the files, each also compressed where that is smaller, and the table that names them.
fn embed(files: &BTreeMap<String, Vec<u8>>, out: &Path) -> Result<()> {
    let folder = out.join("served");
    // What was served before may be there no more.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let profile = env::var("PROFILE")?;
    let quality =
        QUALITIES.iter().find(|(name, _)| *name == profile).map_or(QUALITIES[0].1, |(_, quality)| *quality);
    let mut table = String::from("pub(super) static EMBEDDED: &[File] = &[\n");
    let text = |path: &Path| path.to_str().map(str::to_owned).context("the path of the checkout is no UTF-8");
    for (name, plain) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("a file has no folder")?)?;
        fs::write(&path, plain)?;
        let form = |suffix: &str, bytes: Vec<u8>| -> Result<String> {
            if bytes.len() + SAVING_MIN > plain.len() {
                return Ok("None".to_owned());
            }
            let path = folder.join(format!("{name}.{suffix}"));
            fs::write(&path, bytes)?;
            Ok(format!("Some(include_bytes!({:?}))", text(&path)?))
        };
        let (brotli, gzip) = (form("br", brotli(plain, quality)?)?, form("gz", gzip(plain)?)?);
        let path = text(&path)?;
        writeln!(
            table,
            "    File {{ name: {name:?}, plain: include_bytes!({path:?}), brotli: {brotli}, gzip: {gzip} }},"
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table).context("the table of embedded files cannot be written")
}

fn brotli(bytes: &[u8], quality: u32) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), PIECE, quality, WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
