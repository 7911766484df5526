//! The codes of every format, bit by bit, as its definition has them: written without a look at the converter's readers.

use super::Formula;
use wire::layout::{ByteOrder, Pixels, Plane};

/// The code of a component in a column and a row of its own.
pub(super) fn code(frame: &Formula<'_>, name: char, x: u32, y: u32) -> u32 {
    let Pixels::Components { byte_order, components, .. } = &frame.layout.pixels else {
        return named(frame, name, x, y);
    };
    let c = components.iter().find(|c| c.name == name).unwrap();
    let bits = row(frame, c.plane.into(), y);
    let begin = (c.offset + x * c.pixel_stride) * 8;
    match (c.depth + c.shift > 8, byte_order) {
        (true, ByteOrder::Big) => bits.high_first(begin + 16 - u32::from(c.shift + c.depth), c.depth),
        _ => bits.low_first(begin + u32::from(c.shift), c.depth),
    }
}

fn named(frame: &Formula<'_>, name: char, x: u32, y: u32) -> u32 {
    let depth = frame.model.component(name).depth;
    // The place of a component among those that take turns, of which luma has every second place in 4:2:2.
    let in_turn = |u: u32, v: u32| match name {
        'Y' => 2 * x + u32::from(u.min(v) == 0),
        'U' => 4 * x + u,
        _ => 4 * x + v,
    };
    // The place among those of plane 1, where U and V take turns.
    let plane = usize::from(name != 'Y');
    let of_nv = if name == 'Y' { x } else { 2 * x + u32::from(name == 'V') };
    let packed = row(frame, 0, y);
    let of = |order: &str| u32::try_from(order.find(name).unwrap()).unwrap();
    match frame.layout.format.as_str() {
        "RGB16" | "BGR16" => {
            let first = frame.layout.format.chars().next().unwrap();
            let begin = match name {
                'G' => 5,
                name if name == first => 11,
                _ => 0,
            };
            packed.low_first(16 * x + begin, if name == 'G' { 6 } else { 5 })
        }
        "RGB15" => packed.low_first(16 * x + 5 * of("BGR"), 5),
        "BGR15" => packed.low_first(16 * x + 5 * of("RGB"), 5),
        "r210" => packed.high_first(32 * x + 2 + 10 * of("RGB"), 10),
        "RGB10A2_LE" => packed.low_first(32 * x + 10 * of("RGB"), 10),
        "BGR10A2_LE" => packed.low_first(32 * x + 10 * of("BGR"), 10),
        "Y410" => packed.low_first(32 * x + 10 * of("UYV"), 10),
        "Y210" | "Y212_LE" => packed.low_first(16 * in_turn(1, 3) + 16 - u32::from(depth), depth),
        "Y212_BE" => packed.high_first(16 * in_turn(1, 3), depth),
        "Y412_LE" => packed.low_first(64 * x + 16 * of("UYVA") + 4, depth),
        "Y412_BE" => packed.high_first(64 * x + 16 * of("UYVA"), depth),
        "VYUY" => packed.low_first(8 * in_turn(2, 0), 8),
        "UYVP" => packed.high_first(10 * in_turn(0, 2), 10),
        "v210" => packed.three_in_32(in_turn(0, 2)),
        "IYU1" => match name {
            'Y' => packed.low_first(48 * (x / 4) + [8, 16, 32, 40][x as usize % 4], 8),
            'U' => packed.low_first(48 * x, 8),
            _ => packed.low_first(48 * x + 24, 8),
        },
        "GRAY10_LE32" | "NV12_10LE32" | "NV16_10LE32" => row(frame, plane, y).three_in_32(of_nv),
        "NV12_10LE40" => row(frame, plane, y).low_first(10 * of_nv, 10),
        "RGB8P" => packed.low_first(8 * x, 8),
        "NV12_64Z32" => tiled(frame, plane, y, (64, 32)).low_first(8 * of_nv, 8),
        "NV12_4L4" => tiled(frame, plane, y, (4, 4)).low_first(8 * of_nv, 8),
        "NV12_32L32" => tiled(frame, plane, y, (32, 32)).low_first(8 * of_nv, 8),
        "NV12_16L32S" => tiled(frame, plane, y, (16, [32, 16][plane])).low_first(8 * of_nv, 8),
        "NV12_8L128" => tiled(frame, plane, y, (8, 128)).low_first(8 * of_nv, 8),
        "NV12_10BE_8L128" => tiled(frame, plane, y, (8, 128)).high_first(10 * of_nv, 10),
        format => match format.get(4..) {
            Some("") => packed.low_first(8 * x, 8),
            _ => panic!("no reading of {format} here"),
        },
    }
}

/// The bits of a row: its byte at any place.
struct Bits<'a>(Box<dyn Fn(usize) -> u8 + 'a>);

impl Bits<'_> {
    /// So many bits from this one on, of bytes whose lowest bit is the first.
    fn low_first(&self, begin: u32, depth: u8) -> u32 {
        (0..depth.into()).map(|k| (self.byte(begin + k) >> ((begin + k) % 8) & 1) << k).sum()
    }

    /// So many bits from this one on, of bytes whose highest bit is the first.
    fn high_first(&self, begin: u32, depth: u8) -> u32 {
        let bit = |k| self.byte(begin + k) >> (7 - (begin + k) % 8) & 1;
        (0..depth.into()).fold(0, |code, k| 2 * code + bit(k))
    }

    /// A code of ten bits, of which three are in 32.
    fn three_in_32(&self, place: u32) -> u32 {
        self.low_first(place / 3 * 32 + place % 3 * 10, 10)
    }

    fn byte(&self, bit: u32) -> u32 {
        (self.0)(bit as usize / 8).into()
    }
}

fn row<'a>(frame: &'a Formula<'_>, plane: usize, y: u32) -> Bits<'a> {
    let Plane { stride, offset, .. } = frame.layout.planes[plane];
    let begin = usize::try_from(offset).unwrap() + y as usize * stride as usize;
    Bits(Box::new(move |byte| frame.raw[begin + byte]))
}

/// A row that goes through tiles of so many bytes and rows.
fn tiled<'a>(frame: &'a Formula<'_>, plane: usize, y: u32, (width, height): (u32, u32)) -> Bits<'a> {
    let Plane { stride, offset, .. } = frame.layout.planes[plane];
    let (across, down) = (stride % 65536, stride / 65536);
    let order =
        if frame.layout.format == "NV12_64Z32" { zigzag(across, down) } else { by_rows(across, down) };
    let (begin, tile_len) = (usize::try_from(offset).unwrap(), (width * height) as usize);
    Bits(Box::new(move |byte| {
        let (x, column) = (byte / width as usize, byte % width as usize);
        let tile =
            order.iter().position(|&(tile_x, tile_y)| (tile_x as usize, tile_y) == (x, y / height)).unwrap();
        frame.raw[begin + tile * tile_len + (y % height * width) as usize + column]
    }))
}

fn by_rows(across: u32, down: u32) -> Vec<(u32, u32)> {
    (0..down).flat_map(|y| (0..across).map(move |x| (x, y))).collect()
}

/// Two rows at a time: two of the upper one, two of the lower one, the next two of the lower one, two of the upper one.
/// What has no row below is by rows.
fn zigzag(across: u32, down: u32) -> Vec<(u32, u32)> {
    let mut order = Vec::new();
    for upper in (0..down).step_by(2) {
        if upper + 1 == down {
            order.extend((0..across).map(|x| (x, upper)));
            continue;
        }
        for (block, x) in (0..across).step_by(2).enumerate() {
            let rows = if block % 2 == 0 { [upper, upper + 1] } else { [upper + 1, upper] };
            order.extend(rows.iter().flat_map(|&y| [(x, y), (x + 1, y)]));
        }
    }
    order
}
