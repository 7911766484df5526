//! What it costs the server to send less than a frame: samples cut out of it and frames encoded, once for all viewers,
//! beside a plain copy of the bytes that are sent.

use anyhow::{Context, Result};
use bytes::Bytes;
use capture::Frame;
use capture::view::{Cut, Grid, Recipes};
use e2e::bench::run::figures;
use e2e::bench::{Figures, run};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::control::View;
use wire::layout::{ByteOrder, Component, Encoding, Family, Pixels, Plane, Region};
use wire::{CheckedLayout, FrameHeader, Layout};

const TITLE: &str = "Cutting samples out of frames of 3840x2160, natively";
const MILLIS: &str = "ms a frame";
const RATE: &str = "MB/s sent";
const SUBJECTS: [&str; 2] = ["copy", "cut"];
/// A view of 1280x720 device pixels.
const PIXELS: (u32, u32) = (1280, 720);
const SIZE: (u32, u32) = (3840, 2160);

fn main() -> Result<ExitCode> {
    run("cut", TITLE, 0.3, async |bench| {
        let whole = View { pixels: Some(PIXELS), ..View::default() };
        let part = Region { x: 1000, y: 500, width: PIXELS.0, height: PIXELS.1 };
        let zoomed = View { visible: Some(part), ..whole.clone() };
        let scenes = [
            ("BGR, every third", bgr(), &whole),
            ("NV12, every third", nv12(), &whole),
            ("BGR, a region", bgr(), &zoomed),
            ("NV12, a region", nv12(), &zoomed),
        ];
        bench.expect(scenes.len() * SUBJECTS.len());
        let span = Duration::from_secs_f64(bench.seconds());
        for (name, layout, view) in scenes {
            let layout = Arc::new(layout.check()?);
            let cut = Cut::seen(Grid::of(&layout).context("it can be cut")?, &layout, view);
            let measure = async |subject: usize| measure(&layout, cut, SUBJECTS[subject], span);
            bench.turns(name, &[(MILLIS, 2), (RATE, 0)], &SUBJECTS, measure).await?;
            bench.at_most(None, "cut to copy of what is sent", name, |round| {
                Some(round.get("cut", MILLIS)? / round.get("copy", MILLIS)?)
            });
        }
        Ok(())
    })
}

fn measure(layout: &Arc<CheckedLayout>, cut: Cut, subject: &str, span: Duration) -> Result<Figures> {
    let recipes = Recipes::default();
    let recipe = recipes.of(layout, cut, Encoding::Raw)?.context("it is less than a frame")?;
    let len = usize::try_from(layout.min_payload_len())?;
    // Each frame has bytes of its own, which no cache holds.
    let frame = |sequence| {
        let header = FrameHeader { sequence, ..FrameHeader::default() };
        Frame::new(header, Arc::clone(layout), Box::new(Bytes::from(vec![0x5a; len])), Bytes::new())
    };
    let sent = usize::try_from(cut.byte_count(layout))?;
    let mut copy = vec![0; sent];
    let (mut frames, mut elapsed, mut sequence) = (0, Duration::ZERO, 0);
    while elapsed < span {
        let frame = frame(sequence)?;
        sequence += 1;
        let began = Instant::now();
        if subject == "copy" {
            copy.copy_from_slice(&frame.source_bytes()[len - sent..]);
        } else {
            std::hint::black_box(recipe.make(&frame));
        }
        elapsed += began.elapsed();
        std::hint::black_box(&mut copy);
        frames += 1;
    }
    let seconds = elapsed.as_secs_f64() / f64::from(frames);
    #[allow(clippy::cast_precision_loss, reason = "a few megabytes")]
    let rate = sent as f64 / seconds / 1e6;
    Ok(figures([(MILLIS, seconds * 1e3), (RATE, rate)]))
}

fn bgr() -> Layout {
    let components = vec![component('R', 0, 2, 3, 0), component('G', 0, 1, 3, 0), component('B', 0, 0, 3, 0)];
    layout(Family::Rgb, components, &[(SIZE.0 * 3, SIZE.1)])
}

fn nv12() -> Layout {
    let components = vec![component('Y', 0, 0, 1, 0), component('U', 1, 0, 2, 1), component('V', 1, 1, 2, 1)];
    layout(Family::Yuv, components, &[(SIZE.0, SIZE.1), (SIZE.0, SIZE.1 / 2)])
}

fn layout(family: Family, components: Vec<Component>, planes: &[(u32, u32)]) -> Layout {
    let mut offset = 0;
    let place = |&(stride, rows): &(u32, u32)| {
        let length = u64::from(stride) * u64::from(rows);
        let plane = Plane { stride, offset, length };
        offset += length;
        plane
    };
    Layout {
        pixels: Pixels::Components { family, byte_order: ByteOrder::Little, components },
        planes: planes.iter().map(place).collect(),
        ..Layout::plain(SIZE.0, SIZE.1)
    }
}

fn component(name: char, plane: u8, offset: u32, pixel_stride: u32, sub: u8) -> Component {
    Component { name, plane, offset, pixel_stride, depth: 8, shift: 0, w_sub: sub, h_sub: sub }
}
