//! How the samples of a format are found: `GstVideoFormatInfo` as [`wire::layout::Pixels`].
//!
//! `FORMATS.md` lists what becomes of the formats that came after GStreamer 1.22, held against this code by a test.

use super::raw;
use gst_video::{VideoFormat, VideoFormatInfo};
use wire::layout::{ByteOrder, Component, Family, MAX_DEPTH, Pixels};

/// Flags of formats that GStreamer 1.22 has. A later one says something of the samples that nobody here knows, as
/// that of floating point does: without it, half-precision numbers look like integers of 16 bits.
const KNOWN_FLAGS: u32 = (1 << 10) - 1;

/// Describes a format by its components where that is possible, else by its name.
pub(super) fn pixels(info: VideoFormatInfo) -> Pixels {
    let name = info.name();
    let named = || Pixels::Named { name: name.to_string() };
    if let Some(pixels) = by_name(name.as_str()) {
        return pixels;
    }
    if raw::format_flags(info.format()) & !KNOWN_FLAGS != 0 {
        return named();
    }
    // The table has VYUY's U before its V, and the bytes have them the other way round: no description at all is better
    // than a wrong one.
    let is_wrong = info.format() == VideoFormat::Vyuy;
    if is_wrong || info.is_complex() || info.is_tiled() || info.has_palette() {
        return named();
    }
    let family = if info.is_rgb() {
        Family::Rgb
    } else if info.is_gray() {
        Family::Gray
    } else {
        Family::Yuv
    };
    let letters: &[char] = match family {
        Family::Rgb => &['R', 'G', 'B', 'A'],
        Family::Yuv => &['Y', 'U', 'V', 'A'],
        Family::Gray => &['Y', 'A'],
    };
    let count = info.n_components() as usize;
    let Some(components) = (0..count).map(|at| component(info, letters, at)).collect::<Option<Vec<_>>>()
    else {
        return named();
    };
    // Two components at one place share a word (RGB16, BGR10A2_LE, Y410): a place and a depth cannot tell them apart.
    let place = |component: &Component| (component.plane, component.offset);
    let shared = |at: usize| components[..at].iter().any(|one| place(one) == place(&components[at]));
    if (0..count).any(shared) {
        return named();
    }
    Pixels::Components { family, byte_order: byte_order(info), components }
}

/// Formats of 1.26 and 1.28 whose entry in the table puts all components at one place, but whose samples do have fixed
/// places, or are the words of an older format.
pub(super) fn by_name(format: &str) -> Option<Pixels> {
    let byte_order = if format.ends_with("BE") { ByteOrder::Big } else { ByteOrder::Little };
    let packed = |places: &[(char, u32, u32, u8)]| {
        let component = |&(name, offset, pixel_stride, w_sub)| Component {
            name,
            plane: 0,
            offset,
            pixel_stride,
            depth: 16,
            shift: 0,
            w_sub,
            h_sub: 0,
        };
        let components = places.iter().map(component).collect();
        Pixels::Components { family: Family::Yuv, byte_order, components }
    };
    match format {
        "Y216_LE" | "Y216_BE" => Some(packed(&[('Y', 0, 4, 0), ('U', 2, 8, 1), ('V', 6, 8, 1)])),
        "Y416_LE" | "Y416_BE" => {
            Some(packed(&[('Y', 2, 8, 0), ('U', 0, 8, 0), ('V', 4, 8, 0), ('A', 6, 8, 0)]))
        }
        // Their two unused bits stand where the older ones have alpha, which no viewer draws.
        "BGR10x2_LE" => Some(Pixels::Named { name: "BGR10A2_LE".to_owned() }),
        "RGB10x2_LE" => Some(Pixels::Named { name: "RGB10A2_LE".to_owned() }),
        _ => None,
    }
}

fn component(info: VideoFormatInfo, letters: &[char], at: usize) -> Option<Component> {
    let depth = u8::try_from(info.depth()[at]).ok().filter(|depth| *depth <= MAX_DEPTH)?;
    Some(Component {
        name: *letters.get(at)?,
        plane: u8::try_from(info.plane()[at]).ok()?,
        offset: offset(info, at),
        pixel_stride: u32::try_from(info.pixel_stride()[at]).ok().filter(|stride| *stride > 0)?,
        depth,
        shift: u8::try_from(info.shift()[at]).ok()?,
        w_sub: u8::try_from(info.w_sub()[at]).ok()?,
        h_sub: u8::try_from(info.h_sub()[at]).ok()?,
    })
}

/// Bytes from the start of a row to a component's first sample.
///
/// The table counts samples, not bytes, for V of P010, P012 and P016: their samples of two bytes cannot begin at byte 1.
pub(super) fn offset(info: VideoFormatInfo, at: usize) -> u32 {
    let (offset, bytes) = (info.poffset()[at], (info.depth()[at] + info.shift()[at]).div_ceil(8));
    if bytes == 2 && offset % 2 == 1 { offset * bytes } else { offset }
}

/// Formats without a byte order in their name (ARGB64) have the host's.
fn byte_order(info: VideoFormatInfo) -> ByteOrder {
    let deep = info.depth().iter().zip(info.shift()).any(|(depth, shift)| depth + shift > 8);
    if !deep || info.is_le() {
        ByteOrder::Little
    } else if info.name().ends_with("BE") || cfg!(target_endian = "big") {
        ByteOrder::Big
    } else {
        ByteOrder::Little
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(format: VideoFormat) -> Pixels {
        pixels(VideoFormatInfo::from_format(format))
    }

    #[test]
    fn bgr_is_read_backwards() {
        gst::init().unwrap();
        let Pixels::Components { family, components, .. } = of(VideoFormat::Bgr) else { panic!("named") };
        assert_eq!(family, Family::Rgb);
        let places: Vec<_> = components.iter().map(|c| (c.name, c.offset, c.pixel_stride)).collect();
        assert_eq!(places, [('R', 2, 3), ('G', 1, 3), ('B', 0, 3)]);
    }

    #[test]
    fn deep_chroma_pairs_are_two_bytes_apart() {
        gst::init().unwrap();
        for format in [VideoFormat::P01010le, VideoFormat::P012Be, VideoFormat::P016Le] {
            let Pixels::Components { components, .. } = of(format) else { panic!("named") };
            let places: Vec<_> = components.iter().map(|c| (c.name, c.offset, c.pixel_stride)).collect();
            assert_eq!(places, [('Y', 0, 2), ('U', 0, 4), ('V', 2, 4)], "{format:?}");
        }
    }

    #[test]
    fn packed_words_tiles_and_palettes_go_by_name() {
        gst::init().unwrap();
        for format in [
            VideoFormat::Rgb16,
            VideoFormat::R210,
            VideoFormat::Y410,
            VideoFormat::Y210,
            VideoFormat::Bgr10a2Le,
            VideoFormat::V210,
            VideoFormat::Iyu1,
            VideoFormat::Rgb8p,
            VideoFormat::Nv1264z32,
            VideoFormat::Nv1210le32,
            VideoFormat::Vyuy,
        ] {
            let name = VideoFormatInfo::from_format(format).name().to_string();
            assert_eq!(of(format), Pixels::Named { name });
        }
    }

    #[test]
    fn byte_order_of_deep_formats() {
        gst::init().unwrap();
        for (format, expected) in [
            (VideoFormat::Gray16Le, ByteOrder::Little),
            (VideoFormat::Gray16Be, ByteOrder::Big),
            (VideoFormat::P01010be, ByteOrder::Big),
            (VideoFormat::Y44416be, ByteOrder::Big),
            (VideoFormat::Abgr64Le, ByteOrder::Little),
            (VideoFormat::Argb64Be, ByteOrder::Big),
            #[cfg(target_endian = "little")]
            (VideoFormat::Argb64, ByteOrder::Little),
        ] {
            let Pixels::Components { byte_order, .. } = of(format) else { panic!("{format} is named") };
            assert_eq!(byte_order, expected, "{format}");
        }
    }

    #[test]
    fn every_described_format_has_possible_components() {
        gst::init().unwrap();
        let mut described = 0;
        for format in VideoFormat::iter_raw() {
            if let Pixels::Components { components, .. } = of(format) {
                described += 1;
                assert!(
                    components.iter().all(|c| c.depth > 0 && c.pixel_stride >= c.sample_bytes()),
                    "{format}"
                );
            }
        }
        assert!(described > 80, "{described}");
    }
}
