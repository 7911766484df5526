//! The encoding `residual` beside lz4, zstd, QOI and a median predictor: how small, and how quick on one core.
//!
//! Real clips are fetched by `tests/python/clips.py`. `--json FILE` also writes the figures. All codecs take turns in each
//! round, and a figure is the median of `ROUNDS` rounds.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are printed with a few digits, and pictures are of bytes"
)]

mod contents;
mod median;

use contents::Content;
use serde_json::{Value, json};
use std::time::Instant;
use wire::coding::Coder;

/// Rounds unless the environment's `ROUNDS` says how many.
const ROUNDS: usize = 7;

type Failure = Box<dyn std::error::Error>;

/// Something that codes and decodes a frame, into memory that is used again.
trait Codec {
    fn name(&self) -> &'static str;
    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure>;
    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure>;
}

struct Residual(Coder);

struct Lz4;

struct Zstd;

struct Qoi {
    width: u32,
    height: u32,
}

impl Codec for Residual {
    fn name(&self) -> &'static str {
        "residual"
    }

    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure> {
        self.0.encode(&[frame], coded);
        Ok(())
    }

    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(self.0.decode(coded, frame)?)
    }
}

impl Codec for Lz4 {
    fn name(&self) -> &'static str {
        "lz4"
    }

    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure> {
        coded.resize(lz4_flex::block::get_maximum_output_size(frame.len()), 0);
        let len = lz4_flex::block::compress_into(frame, coded)?;
        coded.truncate(len);
        Ok(())
    }

    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure> {
        lz4_flex::block::decompress_into(coded, frame)?;
        Ok(())
    }
}

impl Codec for Zstd {
    fn name(&self) -> &'static str {
        "zstd -1"
    }

    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure> {
        coded.resize(zstd::zstd_safe::compress_bound(frame.len()), 0);
        let len = zstd::bulk::compress_to_buffer(frame, coded, 1)?;
        coded.truncate(len);
        Ok(())
    }

    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure> {
        zstd::bulk::decompress_to_buffer(coded, frame)?;
        Ok(())
    }
}

impl Codec for Qoi {
    fn name(&self) -> &'static str {
        "QOI"
    }

    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure> {
        coded.resize(qoi::encode_max_len(self.width, self.height, 3), 0);
        let len = qoi::encode_to_buf(coded.as_mut_slice(), frame, self.width, self.height)?;
        coded.truncate(len);
        Ok(())
    }

    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure> {
        qoi::decode_to_buf(frame.as_mut_slice(), coded)?;
        Ok(())
    }
}

/// What one codec does with one content.
struct Figure {
    codec: &'static str,
    ratio: f64,
    /// Raw bytes a second, in millions.
    encode: f64,
    decode: f64,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--json").skip(1);
    let file = arguments.next();
    let rounds = std::env::var("ROUNDS").map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    println!("ratio, and MB/s of raw bytes to encode and to decode; medians of {rounds} rounds\n");
    let mut rows = Vec::new();
    let contents = contents::all()?;
    for content in &contents {
        let figures = measure(content, rounds)?;
        if rows.is_empty() {
            let names = figures.iter().map(|figure| format!("{:^19}", figure.codec));
            println!("{:<24}{}", "", names.collect::<String>());
        }
        let cells = figures.iter().map(|f| format!("{:>7.2} {:>5.0} {:>5.0}", f.ratio, f.encode, f.decode));
        println!("{:<24}{}", content.name, cells.collect::<String>());
        let of_codec = |f: &Figure| json!({ "codec": f.codec, "ratio": f.ratio, "encode": f.encode, "decode": f.decode });
        rows.push(json!({
            "content": content.name,
            "bytes": content.frames.iter().map(Vec::len).sum::<usize>(),
            "codecs": figures.iter().map(of_codec).collect::<Value>(),
        }));
    }
    if let Some(file) = file {
        std::fs::write(file, serde_json::to_string_pretty(&json!({ "rounds": rounds, "contents": rows }))?)?;
    }
    Ok(())
}

fn measure(content: &Content, rounds: usize) -> Result<Vec<Figure>, Failure> {
    let mut codecs: Vec<Box<dyn Codec>> =
        vec![Box::new(Residual(Coder::new(&content.layout))), Box::new(Lz4), Box::new(Zstd)];
    if let Some(median) = median::Median::of(content) {
        codecs.push(Box::new(median));
    }
    if content.is_bgr {
        codecs.push(Box::new(Qoi { width: content.layout.width, height: content.layout.height }));
    }
    let raw: usize = content.frames.iter().map(Vec::len).sum();
    let mut seconds = vec![(Vec::new(), Vec::new()); codecs.len()];
    let mut lens = vec![0; codecs.len()];
    // One round more, to warm up.
    for round in 0..=rounds {
        for (codec, (seconds, len)) in codecs.iter().zip(seconds.iter_mut().zip(&mut lens)) {
            let mut coded = vec![Vec::new(); content.frames.len()];
            let mut decoded: Vec<_> = content.frames.iter().map(|frame| vec![0; frame.len()]).collect();
            // Memory is there before the clock runs, as it is for all frames but the first.
            for (coded, frame) in coded.iter_mut().zip(&content.frames) {
                codec.encode(frame, coded)?;
            }
            let began = Instant::now();
            for (coded, frame) in coded.iter_mut().zip(&content.frames) {
                codec.encode(frame, coded)?;
            }
            let encoded = began.elapsed().as_secs_f64();
            let began = Instant::now();
            for (coded, frame) in coded.iter().zip(&mut decoded) {
                codec.decode(coded, frame)?;
            }
            let took = began.elapsed().as_secs_f64();
            if decoded != content.frames {
                return Err(format!("{} by {} is not what it was", content.name, codec.name()).into());
            }
            *len = coded.iter().map(Vec::len).sum();
            if round > 0 {
                seconds.0.push(encoded);
                seconds.1.push(took);
            }
        }
    }
    let millions = |seconds: Vec<f64>| raw as f64 / 1e6 / middle(seconds);
    Ok(codecs
        .iter()
        .zip(seconds.into_iter().zip(lens))
        .map(|(codec, ((encode, decode), len))| Figure {
            codec: codec.name(),
            ratio: raw as f64 / len as f64,
            encode: millions(encode),
            decode: millions(decode),
        })
        .collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
