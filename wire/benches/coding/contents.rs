//! What is coded: drawn pictures, frames of real clips, and these with noise, as a mosaic and in other formats.

use super::Failure;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use wire::layout::{ByteOrder, Component, Family, Pixels, Plane};
use wire::{CheckedLayout, Layout};

/// Frames of each clip.
const FRAMES: usize = 4;
/// Of what an image sensor adds, in codes of eight bits.
const SIGMA: f64 = 2.0;

/// Frames of one layout.
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) layout: CheckedLayout,
    pub(crate) frames: Vec<Vec<u8>>,
    /// Pixels of three bytes, without padding.
    pub(crate) is_bgr: bool,
}

/// Numbers without order, the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Between 0 and 1.
    fn even(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0, normally distributed, with a standard deviation of 1: twelve even ones are near enough.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }

    fn add(&mut self, frame: &[u8]) -> Vec<u8> {
        // A cast keeps to what a byte holds.
        frame.iter().map(|&byte| (f64::from(byte) + SIGMA * self.normal()).round() as u8).collect()
    }
}

pub(crate) fn all() -> Result<Vec<Content>, Failure> {
    let mut contents = vec![content("screen BGR", "BGR", 1920, 1080, vec![screen(1920, 1080)])?];
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for clip in clips()? {
        let text = |key: &str| clip[key].as_str().ok_or("clips.py said something else");
        let side = |key: &str| clip[key].as_u64().and_then(|side| u32::try_from(side).ok()).ok_or("no size");
        let (name, format, width, height) = (text("name")?, text("format")?, side("width")?, side("height")?);
        let bytes = std::fs::read(text("path")?)?;
        let len = usize::try_from(layout(format, width, height).min_payload_len())?;
        let frames: Vec<_> = bytes.chunks_exact(len).take(FRAMES).map(<[u8]>::to_vec).collect();
        let mut add = |suffix: &str, format: &str, frames: Vec<Vec<u8>>| {
            content(&format!("{name} {suffix}"), format, width, height, frames)
                .map(|content| contents.push(content))
        };
        add(format, format, frames.clone())?;
        if format == "BGR" && name != "smpte" {
            let sensed: Vec<_> = frames.iter().map(|frame| noise.add(frame)).collect();
            let by_all = |make: fn(&[u8], u32) -> Vec<u8>, frames: &[Vec<u8>]| {
                frames.iter().map(|frame| make(frame, width)).collect::<Vec<_>>()
            };
            add("rggb", "rggb", by_all(mosaic, &frames))?;
            add("rggb +noise", "rggb", by_all(mosaic, &sensed))?;
            add("GRAY16_LE", "GRAY16_LE", by_all(twelve_bits, &sensed))?;
            add("BGR +noise", "BGR", sensed)?;
        }
    }
    contents.sort_by_key(|content| content.name.starts_with("carphone"));
    Ok(contents)
}

fn content(
    name: &str,
    format: &str,
    width: u32,
    height: u32,
    frames: Vec<Vec<u8>>,
) -> Result<Content, Failure> {
    if frames.is_empty() {
        return Err(format!("{name} has no frame").into());
    }
    Ok(Content { name: name.into(), layout: layout(format, width, height), frames, is_bgr: format == "BGR" })
}

/// What the script says of each clip.
fn clips() -> Result<Vec<Value>, Failure> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new("python3")
        .arg(top.join("tests/python/clips.py"))
        .arg(top.join("target/clips"))
        .args([&FRAMES.to_string(), "BGR", "NV12"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn layout(format: &str, width: u32, height: u32) -> CheckedLayout {
    let component = |name: char, plane: u8, offset: u32, pixel_stride: u32, sub: u8| Component {
        name,
        plane,
        offset,
        pixel_stride,
        depth: if format == "GRAY16_LE" { 16 } else { 8 },
        shift: 0,
        w_sub: sub,
        h_sub: sub,
    };
    let (family, components, strides) = match format {
        "BGR" => (
            Family::Rgb,
            vec![component('R', 0, 2, 3, 0), component('G', 0, 1, 3, 0), component('B', 0, 0, 3, 0)],
            vec![(3 * width, height)],
        ),
        "NV12" => (
            Family::Yuv,
            vec![component('Y', 0, 0, 1, 0), component('U', 1, 0, 2, 1), component('V', 1, 1, 2, 1)],
            vec![(width, height), (width, height / 2)],
        ),
        "GRAY16_LE" => (Family::Gray, vec![component('Y', 0, 0, 2, 0)], vec![(2 * width, height)]),
        _ => (Family::Gray, Vec::new(), vec![(width, height)]),
    };
    let pixels = if components.is_empty() {
        Pixels::Named { name: format.into() }
    } else {
        Pixels::Components { family, byte_order: ByteOrder::Little, components }
    };
    let mut end = 0;
    let planes = strides.into_iter().map(|(stride, rows)| {
        let (offset, length) = (end, u64::from(stride) * u64::from(rows));
        end += length;
        Plane { stride, offset, length }
    });
    let layout =
        Layout { format: format.into(), pixels, planes: planes.collect(), ..Layout::plain(width, height) };
    layout.check().expect("these formats are described as they are")
}

/// A mosaic of BGR pixels, as `rggb`.
fn mosaic(frame: &[u8], width: u32) -> Vec<u8> {
    let row = 3 * width as usize;
    let site = |x: usize, y: usize| match (y % 2, x % 2) {
        (0, 0) => 2,
        (1, 1) => 0,
        _ => 1,
    };
    frame
        .chunks_exact(row)
        .enumerate()
        .flat_map(|(y, row)| row.chunks_exact(3).enumerate().map(move |(x, pixel)| pixel[site(x, y)]))
        .collect()
}

/// Twelve bits of gray, of sums of codes, in words of two bytes.
fn twelve_bits(frame: &[u8], _: u32) -> Vec<u8> {
    let sum = |pixel: &[u8]| 4 * (u16::from(pixel[0]) + 2 * u16::from(pixel[1]) + u16::from(pixel[2]));
    frame.chunks_exact(3).flat_map(|pixel| sum(pixel).to_le_bytes()).collect()
}

/// Windows with lines of text, on a slope of colours: what a screen shows.
fn screen(width: usize, height: usize) -> Vec<u8> {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let mut picture: Vec<[u8; 3]> = (0..width * height)
        .map(|at| {
            let (x, y) = (at % width, at / width);
            [(x * 255 / width) as u8, (y * 255 / height) as u8, 96]
        })
        .collect();
    let glyphs: Vec<u64> = (0..64).map(|_| noise.next() & noise.next()).collect();
    for window in 0..6 {
        let (left, top) = (120 + window * 270, 60 + window * 130);
        let (right, bottom) = ((left + 700).min(width), (top + 420).min(height));
        for y in top..bottom {
            for x in left..right {
                let is_title = y < top + 24;
                picture[y * width + x] = if is_title { [160, 90, 30] } else { [245, 245, 245] };
            }
        }
        for y in (top + 32..bottom.saturating_sub(16)).step_by(16) {
            for x in (left + 8..right.saturating_sub(8)).step_by(8) {
                // A fifth of all places are blank, and each glyph is as high as it is wide.
                let glyph = glyphs[noise.next() as usize % glyphs.len()];
                let is_blank = noise.next().is_multiple_of(5);
                for bit in (0..64).filter(|bit| !is_blank && glyph >> bit & 1 == 1) {
                    picture[(y + bit / 8) * width + x + bit % 8] = [30, 30, 30];
                }
            }
        }
    }
    picture.concat()
}
