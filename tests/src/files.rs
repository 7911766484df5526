//! Files of frames: sources of noise whose bytes are known, and a Python that reads what was saved of them.

use crate::frames;
use anyhow::{Context, Result, ensure};
use gst_video::VideoInfo;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Columns of the frames of [`source`]: no multiple of four, so that rows are padded.
pub const WIDTH: usize = 37;
/// Rows of them.
pub const HEIGHT: usize = 23;

/// A Python with numpy and Pillow, made once below `folder`, a test's `CARGO_TARGET_TMPDIR`.
pub async fn python(folder: &str) -> Result<&'static PathBuf> {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    let make = async || -> Result<PathBuf> {
        let home = Path::new(folder).join("python-save");
        let python = home.join("bin").join("python3");
        let mut has_all = Command::new(&python);
        has_all.args(["-c", "import numpy, PIL"]).stderr(Stdio::null());
        if !(python.exists() && has_all.status().await?.success()) {
            run(Command::new("python3").args(["-m", "venv"]).arg(&home))
                .await
                .context("apt install python3-venv")?;
            run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "numpy", "Pillow"])).await?;
        }
        Ok(python)
    };
    PYTHON.get_or_try_init(make).await
}

/// Runs a command to its end, and returns what it prints; an error where it fails.
pub async fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Bytes of a frame of noise, written to `NAME.raw`, and the pipeline that makes a stream of that name of it.
pub fn source(folder: &Path, seed: u64, name: &str, format: &str, more: &str) -> Result<(Vec<u8>, String)> {
    let file = folder.join(format!("{name}.raw"));
    let noise = |len| -> Result<Vec<u8>> {
        let bytes = frames::noise(seed, len);
        fs::write(&file, &bytes)?;
        Ok(bytes)
    };
    let location = file.display();
    let size = (u32::try_from(WIDTH)?, u32::try_from(HEIGHT)?);
    // The first is none of the parser's formats, of the second it cuts off the palette.
    if ["rggb", "RGB8P"].contains(&format) {
        let (media, more) = if format == "rggb" { ("x-bayer", 0) } else { ("x-raw", 4 * 256) };
        let len = WIDTH.next_multiple_of(4) * HEIGHT + more;
        let caps = format!("video/{media},format={format},width={WIDTH},height={HEIGHT},framerate=25/1");
        let text =
            format!("filesrc location=\"{location}\" blocksize={len} ! {caps} ! appsink name=\"{name}\"");
        return Ok((noise(len)?, text));
    }
    let len = VideoInfo::builder(format.parse()?, size.0, size.1).build()?.size();
    let nick = format.to_ascii_lowercase().replace('_', "-");
    let text = format!(
        "filesrc location=\"{location}\" ! rawvideoparse format={nick} width={WIDTH} height={HEIGHT} ! \
         {more} appsink name=\"{name}\""
    );
    Ok((noise(len)?, text))
}
