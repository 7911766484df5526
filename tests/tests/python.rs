//! The Python client of the README: its arrays are the frames, and what it prints is what it says it prints.

use anyhow::{Context, Result, ensure};
use e2e::judge::Judge;
use e2e::{Capture, Client, frames, until, within};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use tokio::sync::Mutex;

/// Prints sequence, shape and digest of each frame: what the tests compare.
const DIGESTS: &str = "
import asyncio, hashlib, sys
from viewer import frames
async def main():
    async for sequence, pts, frame in frames(*sys.argv[1:]):
        print(sequence, *frame.shape, frame.dtype, hashlib.sha256(frame.astype(frame.dtype.newbyteorder('<')).tobytes()).hexdigest())
asyncio.run(main())
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// A Python with what the client needs, made once below `target/`.
async fn python() -> Result<PathBuf> {
    // Tests that begin together would make it together.
    static MAKING: Mutex<()> = Mutex::const_new(());
    let _making = MAKING.lock().await;
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = home.join("bin").join("python3");
    let has_all = async || -> Result<bool> {
        if !python.exists() {
            return Ok(false);
        }
        let mut command = Command::new(&python);
        command.args(["-c", "import numpy, websockets.asyncio.client"]).stderr(Stdio::null());
        Ok(command.status().await?.success())
    };
    if !has_all().await? {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))
            .await
            .context("apt install python3-venv")?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "websockets", "numpy"])).await?;
    }
    Ok(python)
}

async fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Lets the client read `count` frames of noise, and compares each array with what `expected` makes of the bytes.
async fn arrays(
    format: &str,
    (width, height, components): (usize, usize, usize),
    bytes_per_pixel: usize,
    expected: impl Fn(&[u8], usize) -> Result<Vec<u8>>,
) -> Result<()> {
    const COUNT: usize = 6;
    let python = python().await?;
    let files = tempfile::tempdir()?;
    let stride = (width * bytes_per_pixel).next_multiple_of(4);
    let noise = frames::noise(5, stride * height * COUNT);
    let file = files.path().join("noise.raw");
    fs::write(&file, &noise)?;
    let source = format!(
        "filesrc location={} ! rawvideoparse format={} width={width} height={height} ! appsink name=k sync=false",
        file.display(),
        format.to_ascii_lowercase().replace('_', "-"),
    );
    let capture = Capture::start(["--policy", "every", &source]).await?;
    let url = format!("ws://{}/ws", capture.address());
    let mut client = Command::new(python);
    client.current_dir(folder()).args(["-B", "-c", DIGESTS, &url, "k"]);
    let printed = within("the client", run(&mut client)).await??;
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), COUNT, "{printed}");
    for (sequence, (line, bytes)) in lines.iter().zip(noise.chunks(stride * height)).enumerate() {
        let kind = if bytes_per_pixel == 2 * components { "uint16" } else { "uint8" };
        let digest = frames::digest(&expected(bytes, stride)?);
        assert_eq!(*line, format!("{sequence} {height} {width} {components} {kind} {digest}"));
    }
    Ok(())
}

#[tokio::test]
async fn bgr_becomes_rgb_without_its_padding() -> Result<()> {
    let judge = Judge::new("video/x-raw,format=BGR,width=37,height=23,framerate=25/1", None)?;
    let expected = |bytes: &[u8], _| {
        let rgba = judge.rgba(bytes)?;
        Ok(rgba.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect())
    };
    arrays("BGR", (37, 23, 3), 3, expected).await
}

#[tokio::test]
async fn rgba_keeps_its_alpha() -> Result<()> {
    let judge = Judge::new("video/x-raw,format=BGRA,width=37,height=23,framerate=25/1", None)?;
    arrays("BGRA", (37, 23, 4), 4, |bytes, _| judge.rgba(bytes)).await
}

#[tokio::test]
async fn gray_of_8_and_16_bits_is_as_deep_as_it_was() -> Result<()> {
    let rows = |bytes: &[u8], stride: usize, row: usize| -> Result<Vec<u8>> {
        Ok(bytes.chunks(stride).flat_map(|line| &line[..row]).copied().collect())
    };
    arrays("GRAY8", (37, 23, 1), 1, |bytes, stride| rows(bytes, stride, 37)).await?;
    arrays("GRAY16_LE", (37, 23, 1), 2, |bytes, stride| rows(bytes, stride, 74)).await
}

#[tokio::test]
async fn as_a_program_it_prints_a_line_a_frame() -> Result<()> {
    let python = python().await?;
    let capture = Capture::start([
        "--policy",
        "every",
        "videotestsrc num-buffers=4 pattern=white ! video/x-raw,format=RGB,width=8,height=6,framerate=25/1 ! appsink name=k sync=false",
    ])
    .await?;
    let url = format!("ws://{}/ws", capture.address());
    let mut client = Command::new(&python);
    client.current_dir(folder()).args(["-B", "viewer.py", &url, "k"]);
    let printed = within("the client", run(&mut client)).await??;
    assert_eq!(printed.lines().count(), 4, "{printed}");
    assert_eq!(printed.lines().next(), Some("frame 0 at 0.000 s: (6, 8, 3) uint8, mean 255.0"));

    let source =
        "videotestsrc num-buffers=4 pattern=white ! video/x-raw,format=RGB,width=8,height=6,framerate=25/1";
    let noted = format!("{source} ! timecodestamper ! appsink name=k sync=false");
    // A client of its own: in this policy a stream waits for its first viewer, and each frame is sent once.
    let with_metas = Capture::start(["--policy", "every", &noted]).await?;
    let mut second = Client::subscribed(with_metas.address(), "k").await?;
    ensure!(second.frame().await?.header.metas_len > 0, "no metas behind the bytes");
    let with_metas = Capture::start(["--policy", "every", &noted]).await?;
    let mut client = Command::new(&python);
    client.current_dir(folder()).args(["-B", "viewer.py", &format!("ws://{}/ws", with_metas.address()), "k"]);
    assert_eq!(within("the client", run(&mut client)).await??, printed, "metas are in the way");

    let mut wrong = Command::new(self::python().await?);
    wrong.current_dir(folder()).args(["-B", "viewer.py", &url, "nowhere"]).stdin(Stdio::null());
    let output = until("an answer", async || Ok(Some(wrong.output().await?))).await?;
    assert!(String::from_utf8_lossy(&output.stderr).contains("no stream \"nowhere\""), "{output:?}");
    assert!(!output.status.success());
    Ok(())
}
