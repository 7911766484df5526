//! The colour mode of the standards is their formula, computed here a second time, pixel by pixel in double precision.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{decode, difference, entries, formats, layout, read};
use viewer_wasm::convert::{ColorMode, Decoder};
use wire::Layout;
use wire::layout::{ByteOrder, Component, Family, Pixels, Range};

#[test]
fn itu_mode_is_the_formula() {
    let formats = formats();
    for entry in &entries() {
        let raw = read(&entry.raw);
        let pixels = formats[&entry.format].clone();
        let layout = layout(entry, pixels.clone(), raw.len());
        let rgba = decode(&Decoder::new(&layout, &ColorMode::Itu.into()).unwrap(), &layout, &raw);
        let Pixels::Components { family, byte_order, components } = pixels else { unreachable!() };
        let picture = Picture { layout: &layout, byte_order, components: &components, raw: &raw };
        let mut expected = Vec::new();
        for y in 0..entry.height {
            for x in 0..entry.width {
                let codes = match family {
                    Family::Rgb => ['R', 'G', 'B'].map(|name| picture.full(name, x, y)),
                    Family::Gray => [picture.full('Y', x, y); 3],
                    Family::Yuv => picture.color(x, y),
                };
                expected.extend(codes.map(nearest));
                expected.push(255);
            }
        }
        let worst = difference(&rgba, &expected);
        assert!(worst <= 1, "{}: differs by {worst}", entry.id);
    }
}

struct Picture<'a> {
    layout: &'a Layout,
    byte_order: ByteOrder,
    components: &'a [Component],
    raw: &'a [u8],
}

impl Picture<'_> {
    fn component(&self, name: char) -> &Component {
        self.components.iter().find(|c| c.name == name).unwrap()
    }

    /// A sample of the component's own grid.
    fn sample(&self, c: &Component, x: u32, y: u32) -> f64 {
        let plane = &self.layout.planes[usize::from(c.plane)];
        let at = plane.offset + u64::from(y * plane.stride + c.offset + x * c.pixel_stride);
        let at = usize::try_from(at).unwrap();
        let word = match (c.depth + c.shift > 8, self.byte_order) {
            (false, _) => u16::from(self.raw[at]),
            (true, ByteOrder::Little) => u16::from_le_bytes([self.raw[at], self.raw[at + 1]]),
            (true, ByteOrder::Big) => u16::from_be_bytes([self.raw[at], self.raw[at + 1]]),
        };
        f64::from(word >> c.shift & (u16::MAX >> (16 - c.depth)))
    }

    /// The component at a pixel, 0 to 255.
    fn full(&self, name: char, x: u32, y: u32) -> f64 {
        let c = self.component(name);
        let unit = f64::from(1_u32 << (c.depth - 8));
        let (black, white) = match self.layout.color.range {
            Range::Full => (0.0, 256.0 * unit - 1.0),
            Range::Limited => (16.0 * unit, 235.0 * unit),
        };
        (self.sample(c, x, y) - black) * 255.0 / (white - black)
    }

    /// Chroma at a pixel, -255/2 to 255/2.
    fn chroma(&self, name: char, x: u32, y: u32) -> f64 {
        let c = self.component(name);
        // GStreamer's defaults, of the site too, hold for caps without colorimetry.
        let (left, top) = match self.layout.color.chroma_site.as_str() {
            _ if !self.layout.caps.contains("colorimetry") => (self.layout.height > 576, false),
            "mpeg2" => (true, false),
            "cosited" | "dv" => (true, true),
            "v-cosited" => (false, true),
            _ => (false, false),
        };
        let (step_x, step_y) = (f64::from(1_u32 << c.w_sub), f64::from(1_u32 << c.h_sub));
        let columns = self.layout.width.div_ceil(1 << c.w_sub);
        let (x, y) = (f64::from(x), f64::from(y));
        let x = if left { x / step_x } else { (x + 0.5) / step_x - 0.5 };
        let row = |row: u32| interpolate(x, columns, |x| self.sample(c, x, row));
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

/// Between the neighbours of a position, of which the outermost go on for ever.
fn interpolate(at: f64, len: u32, sample: impl Fn(u32) -> f64) -> f64 {
    let at = at.clamp(0.0, f64::from(len - 1));
    let below = (0..len).rev().find(|&index| f64::from(index) <= at).unwrap();
    let above = (below + 1).min(len - 1);
    let rest = at - f64::from(below);
    sample(below) * (1.0 - rest) + sample(above) * rest
}

fn nearest(code: f64) -> u8 {
    let code = code.round().clamp(0.0, 255.0);
    (0..=255).find(|&byte| f64::from(byte) >= code).unwrap()
}
