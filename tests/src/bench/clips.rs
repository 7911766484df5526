//! Frames that cameras and renderers made, as `tests/python/clips.py` fetches and decodes them: what test patterns say
//! nothing of. They are BGR, in files below `target/`, and can have the noise of a sensor added.

use super::results::target;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// Bikes in a street (640x272) and an animated film (1280x720).
pub const CLIPS: [&str; 2] = ["bikes", "bigbuckbunny"];
/// Frames of each, shown again and again.
const FRAMES: usize = 30;
/// What noise is added with: standard deviation 2.
const SIGMA: f64 = 2.0;
/// Bytes of a BGR pixel.
const PIXEL: usize = 3;

/// Frames of one size in a file.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Columns of a frame.
    pub width: usize,
    /// Rows of a frame.
    pub height: usize,
    path: PathBuf,
}

impl Clip {
    /// The clip of that name; it is fetched and decoded where it is not there yet.
    pub fn of(name: &str) -> Result<Self> {
        let output = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/clips.py"))
            .arg(target()?.join("clips"))
            .args([&FRAMES.to_string(), "BGR"])
            .output()
            .context("python3")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout)?;
        let clips = said.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
        let clip = clips.iter().find(|clip| clip["name"] == name).context("no such clip")?;
        let side = |key: &str| clip[key].as_u64().and_then(|side| side.try_into().ok()).context("no size");
        let path = clip["path"].as_str().context("no path")?.into();
        Ok(Self { width: side("width")?, height: side("height")?, path })
    }

    /// The same frames with the noise of a sensor: of a normal distribution, each byte by itself.
    pub fn noisy(&self) -> Result<Self> {
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
        self.made("noisy", self.width, self.height, |_, _, frame| {
            frame.iter().map(|&code| noise.add(code)).collect()
        })
    }

    /// The same frames, side by side and one below the other, in a frame of that size.
    pub fn tiled(&self, width: usize, height: usize) -> Result<Self> {
        self.made(&format!("{width}x{height}"), width, height, |own_width, own_height, frame| {
            let byte = |at: usize| {
                let (x, y) = (at / PIXEL % width % own_width, at / PIXEL / width % own_height);
                frame[PIXEL * (y * own_width + x) + at % PIXEL]
            };
            (0..PIXEL * width * height).map(byte).collect()
        })
    }

    /// A pipeline that shows the frames at that rate, again and again; as quickly as they are taken where it is 0.
    #[must_use]
    pub fn pipeline(&self, fps: u32) -> String {
        let Self { width, height, path } = self;
        let (rate, pace) = if fps == 0 { (1000, "") } else { (fps, "! identity sync=true") };
        format!(
            "multifilesrc location=\"{}\" loop=true ! rawvideoparse format=bgr width={width} height={height} \
             framerate={rate}/1 {pace} ! appsink name=s sync=false",
            path.display()
        )
    }

    /// The frames of the file, one after the other.
    pub fn frames(&self) -> Result<Vec<Vec<u8>>> {
        let bytes = fs::read(&self.path)?;
        let len = PIXEL * self.width * self.height;
        Ok(bytes.chunks_exact(len).take(FRAMES).map(<[u8]>::to_vec).collect())
    }

    fn made(
        &self,
        suffix: &str,
        width: usize,
        height: usize,
        mut make: impl FnMut(usize, usize, &[u8]) -> Vec<u8>,
    ) -> Result<Self> {
        let mut name = self.path.file_stem().context("a file has a name")?.to_owned();
        name.push(format!("-{suffix}.BGR"));
        let path = self.path.with_file_name(name);
        if !path.exists() {
            let part = path.with_extension("part");
            let mut file = io::BufWriter::new(fs::File::create(&part)?);
            for frame in self.frames()? {
                io::Write::write_all(&mut file, &make(self.width, self.height, &frame))?;
            }
            io::Write::flush(&mut file)?;
            fs::rename(part, &path)?;
        }
        Ok(Self { width, height, path })
    }
}

/// Numbers that are the same in every run (xorshift, Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn add(&mut self, code: u8) -> u8 {
        /// The sum of twelve numbers between 0 and 1 has a variance of 1.
        const NUMBERS: u8 = 12;
        let sum: f64 = (0..NUMBERS).map(|_| self.unit()).sum();
        let change = (sum - f64::from(NUMBERS) / 2.0) * SIGMA;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
        let changed = (f64::from(code) + change).round().clamp(0.0, 255.0) as u8;
        changed
    }

    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[allow(clippy::cast_possible_truncation, reason = "the upper half")]
        let high = (self.0 >> 32) as u32;
        f64::from(high) / f64::from(u32::MAX)
    }
}
