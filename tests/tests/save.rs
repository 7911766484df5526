//! Files of frames, read again by others: numpy, Pillow, and GStreamer by the command that the server gives.

use anyhow::{Context, Result, ensure};
use e2e::files::{self, HEIGHT, WIDTH, run, source};
use e2e::judge::Judge;
use e2e::{Capture, frames, http, until, within};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tokio::process::Command;

/// Formats of all families: packed, planar, gray, deep, with alpha, subsampled, in words, in tiles, a mosaic.
const FORMATS: [&str; 24] = [
    "BGR",
    "RGBA",
    "ARGB",
    "xBGR",
    "BGRx",
    "GRAY8",
    "GRAY16_LE",
    "GRAY16_BE",
    "GBR",
    "GBR_10LE",
    "Y444",
    "Y444_12BE",
    "AYUV",
    "v308",
    "ARGB64_BE",
    "rggb",
    "I420",
    "NV12",
    "P010_10LE",
    "YUY2",
    "v210",
    "RGB16",
    "NV12_4L4",
    "RGB8P",
];

/// Those whose picture is a conversion of 8 bits, which `videoconvert` makes too.
const CONVERTED: [&str; 8] = ["xBGR", "BGRx", "Y444", "AYUV", "I420", "NV12", "YUY2", "RGB16"];

/// A program with a stream of each pipeline, each of which has come to its end.
async fn start(options: &[&str], pipelines: &[(&str, String)]) -> Result<Capture> {
    let pipes = pipelines.iter().flat_map(|(_, text)| ["-p", text.as_str()]);
    let arguments = options.iter().copied().chain(pipes);
    let capture = Capture::start(arguments).await?;
    for (name, _) in pipelines {
        let ended = async || {
            let stream = capture.stream(name).await?;
            ensure!(stream["phase"] != "failed", "{stream}");
            Ok((stream["phase"] == "ended" && !stream["sequence"].is_null()).then_some(()))
        };
        until(&format!("the end of {name}"), ended).await?;
    }
    Ok(capture)
}

#[tokio::test]
async fn numpy_and_pillow_read_what_the_appsink_got() -> Result<()> {
    gst::init()?;
    let python = files::python(env!("CARGO_TARGET_TMPDIR")).await?;
    let folder = tempfile::tempdir()?;
    let mut pipelines = Vec::new();
    for (seed, format) in (1..).zip(FORMATS) {
        let (bytes, text) = source(folder.path(), seed, format, format, "")?;
        if CONVERTED.contains(&format) {
            let caps = format!("video/x-raw,format={format},width={WIDTH},height={HEIGHT},framerate=25/1");
            let rgba = Judge::new(&caps, None)?.rgba(&bytes)?;
            fs::write(folder.path().join(format!("{format}.rgba")), rgba)?;
        }
        pipelines.push((format, text));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join("saved.py");
    // A picture that the server sends to viewers behind the bytes changes no file.
    for options in [&[][..], &["--convert", "BGR,I420,v210,GRAY16_LE"]] {
        let capture = start(options, &pipelines).await?;
        let mut reader = Command::new(python);
        reader
            .arg("-B")
            .arg(&script)
            .arg(capture.url().trim_end_matches('/'))
            .arg(folder.path())
            .args(FORMATS);
        let printed = within("the reader", run(&mut reader)).await??;
        assert_eq!(printed.lines().collect::<Vec<_>>(), FORMATS);
    }
    Ok(())
}

/// Fetches raw bytes and description of a stream's frame, runs the command as it is written but for its end, and
/// compares what it shows with what `videoconvert` (or `bayer2rgb`) makes of the original.
async fn shown_again(capture: &Capture, name: &str, original: &[u8]) -> Result<()> {
    let told = http::get(capture.address(), &format!("/streams/{name}/frame.json")).await?;
    let told: Value = serde_json::from_slice(&told.body)?;
    let raw = http::get(capture.address(), &format!("/streams/{name}/frame.raw")).await?;
    frames::same_bytes(original, &raw.body)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
    let (file, command) = (text(&told["files"]["raw"])?, text(&told["command"])?);
    let disposition = raw.header("content-disposition").context("no name")?;
    ensure!(disposition.contains(&format!("filename=\"{file}\"")), "{disposition}");
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(&file), &raw.body)?;
    let shown = command
        .strip_suffix("imagefreeze ! autovideosink")
        .with_context(|| format!("another end: {command}"))?;
    let mut shell = Command::new("sh");
    let shown = format!("{shown} video/x-raw,format=RGBA ! filesink location=shown");
    within("the command", run(shell.current_dir(folder.path()).args(["-c", &shown]))).await??;
    let expected = Judge::new(&text(&told["layout"]["caps"])?, None)?.rgba(original)?;
    let actual = fs::read(folder.path().join("shown"))?;
    frames::same_pixels(&expected, &actual, WIDTH).with_context(|| format!("{name}: {command}"))
}

#[tokio::test]
async fn the_command_shows_the_raw_bytes_again() -> Result<()> {
    gst::init()?;
    let folder = tempfile::tempdir()?;
    let (mut pipelines, mut originals) = (Vec::new(), Vec::new());
    // `bayer2rgb` of GStreamer 1.22 crashes at this width.
    let plain = FORMATS.into_iter().filter(|format| *format != "rggb").map(|format| (format, format, ""));
    let spelled = [
        ("hd", "NV12", "capssetter caps=\"video/x-raw,colorimetry=bt709,chroma-site=(string)jpeg\" !"),
        ("full", "I420", "capssetter caps=\"video/x-raw,colorimetry=(string)1:4:0:0\" !"),
    ];
    for (seed, (name, format, more)) in (1..).zip(plain.chain(spelled)) {
        let (bytes, text) = source(folder.path(), seed, name, format, more)?;
        pipelines.push((name, text));
        originals.push(bytes);
    }
    let mosaic = frames::noise(99, 40 * HEIGHT);
    let file = folder.path().join("mosaic");
    fs::write(&file, &mosaic)?;
    let (location, len) = (file.display(), mosaic.len());
    let caps = format!("video/x-bayer,format=rggb,width=38,height={HEIGHT},framerate=25/1");
    let text = format!("filesrc location=\"{location}\" blocksize={len} ! {caps} ! appsink name=mosaic");
    pipelines.push(("mosaic", text));
    originals.push(mosaic);
    let capture = start(&[], &pipelines).await?;
    for ((name, _), original) in pipelines.iter().zip(&originals) {
        shown_again(&capture, name, original).await?;
    }
    Ok(())
}

#[tokio::test]
async fn older_frames_are_there_while_the_history_holds_them() -> Result<()> {
    let capture = Capture::start([
        "--history",
        "32MiB",
        "videotestsrc num-buffers=40 is-live=true pattern=ball ! \
         video/x-raw,format=GRAY8,width=320,height=240,framerate=60/1 ! appsink name=k",
    ])
    .await?;
    let stream = until("the end", async || {
        let stream = capture.stream("k").await?;
        Ok((stream["phase"] == "ended").then_some(stream))
    })
    .await?;
    let sequences = async || -> Result<Vec<u64>> {
        let mut found = Vec::new();
        for sequence in 0..40 {
            let path = format!("/streams/k/frame.raw?sequence={sequence}");
            let answer = http::get(capture.address(), &path).await?;
            ensure!([200, 404].contains(&answer.status), "{}", answer.status);
            if answer.status == 200 {
                ensure!(answer.body.len() == 320 * 240);
                found.push(sequence);
            }
        }
        Ok(found)
    };
    let found = sequences().await?;
    let count = |name: &str| stream[name].as_u64().with_context(|| format!("{stream} has no {name}"));
    assert_eq!(found.len() as u64, count("published")?, "{stream}");
    assert_eq!(count("arrived")? - found.len() as u64, count("dropped")?, "{stream}");
    assert_eq!(stream["history"]["frames"].as_u64(), Some(found.len() as u64));
    assert_eq!(stream["history"]["last"].as_u64(), found.last().copied());
    let gone = http::get(capture.address(), "/streams/k/frame.raw?sequence=99").await?;
    assert!(gone.text().starts_with("FrameGone: frame 99"), "{}", gone.text());
    Ok(())
}

#[tokio::test]
async fn the_lines_of_the_readme_give_the_frame() -> Result<()> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md"))?;
    let lines = readme.split("```python\n").find(|block| block.starts_with("import io, numpy"));
    let lines = lines.and_then(|block| block.split("```").next()).context("README.md has no such lines")?;
    let capture = Capture::start([
        "videotestsrc num-buffers=1 pattern=blue ! video/x-raw,format=BGR,width=37,height=23 ! appsink name=sink",
    ])
    .await?;
    until("a frame", async || Ok((!capture.stream("sink").await?["sequence"].is_null()).then_some(())))
        .await?;
    let lines = lines.replace("127.0.0.1:8080", &capture.address().to_string());
    let printed = format!("{lines}\nprint(frame.shape, frame.dtype, frame[0, 0])");
    let printed = within(
        "Python",
        run(Command::new(files::python(env!("CARGO_TARGET_TMPDIR")).await?).args(["-c", &printed])),
    )
    .await??;
    assert_eq!(printed.trim(), "(23, 37, 3) uint8 [255   0   0]");
    Ok(())
}
