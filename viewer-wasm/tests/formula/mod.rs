//! The picture of a frame by the formulas of the standards, pixel by pixel in double precision.

mod reading;

use crate::support::Model;
use reading::code;
use wire::Layout;
use wire::layout::{Family, Range};

/// A frame, to be read by the definitions of its format and of its colour.
pub(crate) struct Formula<'a> {
    layout: &'a Layout,
    model: &'a Model,
    raw: &'a [u8],
}

impl<'a> Formula<'a> {
    pub(crate) fn new(layout: &'a Layout, model: &'a Model, raw: &'a [u8]) -> Self {
        Self { layout, model, raw }
    }

    /// The frame in opaque RGBA.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let mut rgba = Vec::new();
        for y in 0..self.layout.height {
            for x in 0..self.layout.width {
                rgba.extend(self.pixel(x, y).map(nearest));
                rgba.push(255);
            }
        }
        rgba
    }

    fn pixel(&self, x: u32, y: u32) -> [f64; 3] {
        if self.layout.format == "RGB8P" {
            let entry = self.layout.planes[1].offset + 4 * u64::from(code(self, 'I', x, y));
            let entry = usize::try_from(entry).unwrap();
            // Blue first.
            return [2, 1, 0].map(|at| f64::from(self.raw[entry + at]));
        }
        match self.model.family {
            Family::Rgb => ['R', 'G', 'B'].map(|name| self.full(name, x, y)),
            Family::Gray => [self.full('Y', x, y); 3],
            Family::Yuv => self.color(x, y),
        }
    }

    /// The component at a pixel, 0 to 255.
    fn full(&self, name: char, x: u32, y: u32) -> f64 {
        let codes = f64::from(1_u32 << self.model.component(name).depth);
        let unit = codes / 256.0;
        let (black, white) = match self.layout.color.range {
            Range::Full => (0.0, codes - 1.0),
            Range::Limited => (16.0 * unit, 235.0 * unit),
        };
        (f64::from(code(self, name, x, y)) - black) * 255.0 / (white - black)
    }

    /// Chroma at a pixel, -255/2 to 255/2.
    fn chroma(&self, name: char, x: u32, y: u32) -> f64 {
        let c = self.model.component(name);
        // GStreamer's defaults, of the site too, hold for caps without colorimetry.
        let site = Some(self.layout.color.chroma_site.as_str());
        let (left, top) =
            sites(site.filter(|_| self.layout.caps.contains("colorimetry")), self.layout.height);
        let (step_x, step_y) = (f64::from(1_u32 << c.w_sub), f64::from(1_u32 << c.h_sub));
        let columns = self.layout.width.div_ceil(1 << c.w_sub);
        let (x, y) = (f64::from(x), f64::from(y));
        let x = if left { x / step_x } else { (x + 0.5) / step_x - 0.5 };
        let row = |row: u32| interpolate(x, columns, |x| f64::from(code(self, name, x, row)));
        let interlaced = self.layout.interlace.mode != "progressive" && c.h_sub > 0;
        let value = if interlaced {
            assert!(!top, "no such entry, and no formula here");
            // The rows of one field are every second row, each where it would be in a progressive frame.
            let field = y % 2.0;
            let at = (((y + 0.5) / step_y - 0.5) - field) / 2.0;
            let first = u32::from(field > 0.0);
            let lines = (self.layout.height - first).div_ceil(2);
            interpolate(at, lines.div_ceil(1 << c.h_sub), |k| row(2 * k + first))
        } else {
            let at = if top { y / step_y } else { (y + 0.5) / step_y - 0.5 };
            interpolate(at, self.layout.height.div_ceil(1 << c.h_sub), row)
        };
        let codes = f64::from(1_u32 << c.depth);
        let span = match self.layout.color.range {
            Range::Full => codes - 1.0,
            Range::Limited => codes * 224.0 / 256.0,
        };
        (value - codes / 2.0) * 255.0 / span
    }

    /// R, G and B from the definitions of luma and of the colour differences.
    fn color(&self, x: u32, y: u32) -> [f64; 3] {
        let (red, blue) = match self.layout.color.matrix.as_str() {
            "bt601" => (0.299, 0.114),
            "bt709" => (0.2126, 0.0722),
            "bt2020" => (0.2627, 0.0593),
            "smpte240m" => (0.212, 0.087),
            "fcc" => (0.30, 0.11),
            name => panic!("no matrix {name} here"),
        };
        let luma = self.full('Y', x, y);
        let in_blue = luma + self.chroma('U', x, y) * (2.0 - 2.0 * blue);
        let in_red = luma + self.chroma('V', x, y) * (2.0 - 2.0 * red);
        let in_green = (luma - red * in_red - blue * in_blue) / (1.0 - red - blue);
        [in_red, in_green, in_blue]
    }
}

/// Whether chroma stands on the left pixel and on the top line, by the site that caps with colorimetry have.
pub(crate) fn sites(site: Option<&str>, height: u32) -> (bool, bool) {
    match site {
        None => (height > 576, false),
        Some("mpeg2") => (true, false),
        Some("cosited" | "dv") => (true, true),
        Some("v-cosited") => (false, true),
        Some(_) => (false, false),
    }
}

/// Between the neighbours of a position, of which the outermost go on for ever.
fn interpolate(at: f64, len: u32, sample: impl Fn(u32) -> f64) -> f64 {
    let at = at.clamp(0.0, f64::from(len - 1));
    let below = (0..len).rev().find(|&index| f64::from(index) <= at).unwrap();
    let above = (below + 1).min(len - 1);
    let rest = at - f64::from(below);
    sample(below) * (1.0 - rest) + sample(above) * rest
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 0 to 255")]
fn nearest(code: f64) -> u8 {
    code.round().clamp(0.0, 255.0) as u8
}
