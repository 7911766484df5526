//! Recordings from the command line: every byte is there, gaps are named, and others read them.

use anyhow::{Context, Result, ensure};
use e2e::files::{HEIGHT, WIDTH, run};
use e2e::{frames, program, within};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Command;

const FRAMES: usize = 20;

/// Runs `capture` to its end; what it says on stdout, and its exit code.
async fn recorded(arguments: &[&str]) -> Result<(String, Option<i32>)> {
    let output =
        within("capture", program::run([&["--listen", "127.0.0.1:0"], arguments].concat())).await??;
    let said = String::from_utf8(output.stdout)?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((said + &log, output.status.code()))
}

/// The only file of a folder with that extension.
fn only(folder: &Path, extension: &str) -> Result<PathBuf> {
    let all: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    let mut found = all.iter().filter(|path| path.extension().is_some_and(|own| own == extension));
    let (one, more) = (found.next(), found.next());
    ensure!(more.is_none(), "more than one: {all:?}");
    one.cloned().with_context(|| format!("no .{extension} in {all:?}"))
}

fn described(folder: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(only(folder, "json")?)?)?)
}

/// A file of frames of noise, and a pipeline that reads it to its end.
fn noise(
    folder: &Path,
    nick: &str,
    (width, height): (usize, usize),
    len: usize,
) -> Result<(Vec<u8>, String)> {
    let original = frames::noise(7, FRAMES * len);
    let file = folder.join("original");
    fs::write(&file, &original)?;
    let text = format!(
        "filesrc location=\"{}\" ! rawvideoparse format={nick} width={width} height={height} framerate=100/1 ! \
         appsink name=\"a b\"",
        file.display()
    );
    Ok((original, text))
}

#[tokio::test]
async fn every_frame_is_recorded_and_shown_again() -> Result<()> {
    let (folder, to) = (tempfile::tempdir()?, tempfile::tempdir()?);
    // Rows of 37 pixels are padded to 112 bytes.
    let (original, text) = noise(folder.path(), "bgr", (WIDTH, HEIGHT), 112 * HEIGHT)?;
    let to = to.path().join("made");
    let target = to.to_string_lossy().into_owned();
    let wanted = FRAMES.to_string();
    let line = ["--policy", "every", "--record", &wanted, "--record-to", &target, "-p", &text];
    let (said, code) = recorded(&line).await?;
    ensure!(code == Some(0), "{code:?}: {said}");
    ensure!(
        said.contains(&format!("recorded {FRAMES} frames of a b to ")) && said.contains("none missing"),
        "{said}"
    );
    let raw = only(&to, "raw")?;
    ensure!(raw.file_name().is_some_and(|name| name == "a%20b_from_0_pts0.raw"), "{}", raw.display());
    frames::same_bytes(&original, &fs::read(&raw)?)?;
    let told = described(&to)?;
    ensure!(told["recorded"] == FRAMES && told["missing"] == Value::Array(Vec::new()), "{told}");
    let places: Vec<_> =
        told["frames"].as_array().context("no frames")?.iter().map(|frame| frame["at"].as_u64()).collect();
    ensure!(places.iter().zip(0..).all(|(&at, n)| at == Some(n * 112 * 23)), "{places:?}");
    ensure!(told["frames"][3]["pts_nanos"] == 30_000_000, "{}", told["frames"][3]);
    // The command reads every frame of it; pixels without padding come out.
    let command = told["command"].as_str().context("no command")?;
    let shown = command.strip_suffix("videoconvert ! autovideosink").context("another end")?;
    // Rows of RGBA are never padded.
    let shown = format!("{shown} videoconvert ! video/x-raw,format=RGBA ! filesink location=shown");
    within("the command", run(Command::new("sh").current_dir(&to).args(["-c", &shown]))).await??;
    let expected: Vec<u8> = original
        .chunks_exact(112)
        .flat_map(|row| row[..WIDTH * 3].chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0], 255]))
        .collect();
    frames::same_bytes(&expected, &fs::read(to.join("shown"))?)?;
    // Nothing is written over.
    let (said, code) = recorded(&line).await?;
    ensure!(code == Some(1) && said.contains("exists"), "{code:?}: {said}");
    Ok(())
}

#[tokio::test]
async fn y4m_is_read_by_gstreamer_and_by_hand() -> Result<()> {
    let gst = "gst-launch-1.0 -q filesrc location=in.y4m ! y4mdec ! filesink location=out";
    // Sizes whose rows have no padding, so that whole files can be compared.
    for (nick, (width, height), len) in [
        ("i420", (40, 24), 40 * 24 * 3 / 2),
        ("y42b", (40, 24), 40 * 24 * 2),
        ("y444", (40, 24), 40 * 24 * 3),
    ] {
        let (folder, to) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let (original, text) = noise(folder.path(), nick, (width, height), len)?;
        let target = to.path().to_string_lossy().into_owned();
        // More than there are: the end of the stream ends it.
        let line =
            ["--policy", "every", "--record", "500", "--record-as", "y4m", "--record-to", &target, &text];
        let (said, code) = recorded(&line).await?;
        ensure!(code == Some(0) && said.contains("(the stream ended), none missing"), "{code:?}: {said}");
        fs::copy(only(to.path(), "y4m")?, to.path().join("in.y4m"))?;
        within("y4mdec", run(Command::new("sh").current_dir(to.path()).args(["-c", gst]))).await??;
        frames::same_bytes(&original, &fs::read(to.path().join("out"))?).with_context(|| nick.to_owned())?;
    }
    // NV12 has the same codes in other places, and odd sizes round up.
    let (folder, to) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (original, text) = noise(folder.path(), "nv12", (WIDTH, HEIGHT), 40 * 24 + 40 * 12)?;
    let target = to.path().to_string_lossy().into_owned();
    let line = ["--policy", "every", "--record", "20", "--record-as", "y4m", "--record-to", &target, &text];
    let (said, code) = recorded(&line).await?;
    ensure!(code == Some(0), "{code:?}: {said}");
    let y4m = fs::read(only(to.path(), "y4m")?)?;
    let begin = y4m.iter().position(|&byte| byte == b'\n').context("no line")? + 1;
    let line = String::from_utf8_lossy(&y4m[..begin]).into_owned();
    ensure!(line.starts_with("YUV4MPEG2 W37 H23 F100:1 Ip A1:1 C420"), "{line}");
    let frame = 6 + WIDTH * HEIGHT + 2 * 19 * 12;
    ensure!(y4m.len() == begin + FRAMES * frame, "{} bytes", y4m.len());
    for (own, frame) in original.chunks_exact(40 * 36).zip(y4m[begin..].chunks_exact(frame)) {
        ensure!(frame.starts_with(b"FRAME\n"));
        let luma: Vec<u8> =
            own.chunks_exact(40).take(HEIGHT).flat_map(|row| &row[..WIDTH]).copied().collect();
        let of = |first: usize| {
            own[40 * 24..].chunks_exact(40).flat_map(move |row| row[first..].iter().step_by(2).take(19))
        };
        let expected: Vec<u8> = luma.into_iter().chain(of(0).copied()).chain(of(1).copied()).collect();
        frames::same_bytes(&expected, &frame[6..])?;
    }
    Ok(())
}

#[tokio::test]
async fn gaps_are_named() -> Result<()> {
    let to = tempfile::tempdir()?;
    let target = to.path().to_string_lossy().into_owned();
    // As fast as it can: the newest frame is another long before one has been copied.
    let text = "videotestsrc ! video/x-raw,format=GRAY8,width=16,height=16 ! appsink name=fast sync=false";
    let (said, code) = recorded(&["--record", "50", "--record-to", &target, text]).await?;
    ensure!(code == Some(0), "{code:?}: {said}");
    let told = described(to.path())?;
    let sequences: Vec<u64> = told["frames"]
        .as_array()
        .context("no frames")?
        .iter()
        .filter_map(|frame| frame["sequence"].as_u64())
        .collect();
    ensure!(sequences.len() == 50 && sequences.is_sorted(), "{sequences:?}");
    let gaps: Vec<(u64, u64)> =
        sequences.windows(2).map(|pair| (pair[0], pair[1])).filter(|(a, b)| b - a > 1).collect();
    ensure!(!gaps.is_empty(), "nothing was skipped, so that nothing is tested");
    let named: Vec<(u64, u64)> = told["missing"]
        .as_array()
        .context("no gaps")?
        .iter()
        .filter_map(|gap| Some((gap["after"].as_u64()?, gap["before"].as_u64()?)))
        .collect();
    ensure!(named == gaps, "{named:?}, not {gaps:?}");
    let total: u64 = gaps.iter().map(|(a, b)| b - a - 1).sum();
    let (first, last) = (gaps[0].0 + 1, gaps[0].1 - 1);
    let name = if first == last { format!("{first}") } else { format!("{first}-{last}") };
    ensure!(said.contains(&format!("{total} missing: {name}")), "{said}");
    // What each frame shows is itself: its length says so, and the ledger accounts for the rest.
    ensure!(fs::metadata(only(to.path(), "raw")?)?.len() == 50 * 256);
    ensure!(told["ledger"]["sent"] == 50, "{}", told["ledger"]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_recorded_is_said() -> Result<()> {
    let to = tempfile::tempdir()?;
    let target = to.path().to_string_lossy().into_owned();
    let bgr = "videotestsrc ! video/x-raw,format=BGR ! appsink name=colour";
    let (said, code) =
        recorded(&["--record", "5", "--record-as", "y4m", "--record-to", &target, bgr]).await?;
    ensure!(code == Some(1) && said.contains("BGR has no place in y4m"), "{code:?}: {said}");
    let broken = "filesrc location=/nowhere/at/all ! rawvideoparse ! appsink name=none";
    let (said, code) = recorded(&["--record", "5", "--record-to", &target, broken]).await?;
    ensure!(code == Some(1), "{code:?}: {said}");
    ensure!(fs::read_dir(to.path())?.next().is_none(), "files are left");
    let (said, code) = recorded(&["--record", "5", "--record-to", "/proc/nowhere", bgr]).await?;
    ensure!(code == Some(2) && said.contains("--record-to /proc/nowhere"), "{code:?}: {said}");
    let (_, code) = recorded(&["--record-as", "y4m", bgr]).await?;
    ensure!(code == Some(2), "{code:?}");
    Ok(())
}
