//! What a picture asks for is what is shown: overrides, display range, gamma, colour maps, tone mapping, observed codes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use viewer_wasm::convert::display::{ColorMap, Levels};
use viewer_wasm::convert::{BayerView, ChromaSite, ColorMode, Decoder, Matrix, Picture, Rgb};
use wire::layout::{ByteOrder, Color, Component, Family, Layout, Pixels, Plane, Range};

fn component(name: char, offset: u32, pixel_stride: u32, depth: u8) -> Component {
    Component { name, plane: 0, offset, pixel_stride, depth, shift: 0, w_sub: 0, h_sub: 0 }
}

fn layout(size: (u32, u32), family: Family, components: Vec<Component>, color: Color) -> Layout {
    let stride = components[0].pixel_stride * size.0;
    let length = u64::from(stride) * u64::from(size.1);
    Layout {
        caps: "video/x-raw, colorimetry=(string)said".into(),
        pixels: Pixels::Components { family, byte_order: ByteOrder::Little, components },
        planes: vec![Plane { stride, offset: 0, length }],
        color,
        ..Layout::plain(size.0, size.1)
    }
}

fn color(matrix: &str, range: Range) -> Color {
    Color { matrix: matrix.into(), range, ..Layout::plain(1, 1).color }
}

fn gray16(width: u32) -> Layout {
    layout((width, 1), Family::Gray, vec![component('Y', 0, 2, 16)], color("bt601", Range::Full))
}

fn show(layout: &Layout, picture: &Picture, payload: &[u8]) -> Vec<[u8; 3]> {
    let layout = layout.clone().check().unwrap();
    let decoder = Decoder::new(&layout, picture).unwrap();
    let mut rgba = vec![0; decoder.rgba_len()];
    decoder.decode(&layout, payload, &mut rgba).unwrap();
    rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

fn bytes(codes: &[u16]) -> Vec<u8> {
    codes.iter().flat_map(|code| code.to_le_bytes()).collect()
}

#[test]
fn twelve_bits_in_sixteen_are_black_until_the_levels_say_otherwise() {
    let codes = [0, 1024, 2048, 4095, 65535];
    let gray = |levels| -> Vec<u8> {
        let picture = Picture { levels, ..Picture::default() };
        show(&gray16(5), &picture, &bytes(&codes)).iter().map(|pixel| pixel[0]).collect()
    };
    assert_eq!(gray(Levels::Full), [0, 4, 8, 16, 255]);
    assert_eq!(gray(Levels::Manual(0, 4095)), [0, 64, 128, 255, 255]);
    assert_eq!(gray(Levels::Manual(1024, 2048)), [0, 0, 255, 255, 255]);
    // One code for both is a step, and the other way round is the negative.
    assert_eq!(gray(Levels::Manual(2048, 2048)), [0, 0, 0, 255, 255]);
    assert_eq!(gray(Levels::Manual(4095, 0)), [255, 191, 127, 0, 0]);
}

#[test]
fn levels_are_in_codes_of_the_deepest_component() {
    // 5, 6 and 5 bits: black and white of 0 to 31 of 63 are 0 to 15.25 of 31.
    let mut layout = layout((2, 1), Family::Rgb, vec![component('R', 0, 2, 5)], color("rgb", Range::Full));
    layout.pixels = Pixels::Named { name: "RGB16".into() };
    layout.format = "RGB16".into();
    let picture = Picture { levels: Levels::Manual(0, 31), ..Picture::default() };
    let payload = bytes(&[(15 << 11) | (31 << 5) | 15, (8 << 11) | (16 << 5) | 8]);
    assert_eq!(show(&layout, &picture, &payload), [[251, 255, 251], [134, 132, 134]]);
}

#[test]
fn luma_levels_and_gamma_act_on_yuv_too() {
    let components = vec![component('Y', 0, 6, 10), component('U', 2, 6, 10), component('V', 4, 6, 10)];
    let components = components.into_iter().map(|c| Component { pixel_stride: 6, ..c }).collect();
    let layout = layout((3, 1), Family::Yuv, components, color("bt709", Range::Limited));
    let payload = bytes(&[64, 512, 512, 300, 512, 512, 940, 512, 512]);
    let gray = |picture: Picture| -> Vec<u8> {
        let pixels = show(&layout, &picture, &payload);
        assert!(pixels.iter().all(|[r, g, b]| r == g && g == b), "not neutral: {pixels:?}");
        pixels.iter().map(|pixel| pixel[0]).collect()
    };
    assert_eq!(gray(Picture::default()), [0, 69, 255]);
    assert_eq!(gray(Picture { levels: Levels::Manual(64, 300), ..Picture::default() }), [0, 255, 255]);
    // (236 / 876) ^ (1 / 2)
    assert_eq!(gray(Picture { gamma: 2.0, ..Picture::default() }), [0, 132, 255]);
}

#[test]
fn single_channels_take_maps_and_a_colour_for_no_value() {
    let picture = Picture {
        map: ColorMap::Viridis,
        zero: Some(Rgb([255, 0, 255])),
        levels: Levels::Manual(1, 256),
        ..Picture::default()
    };
    let shown = show(&gray16(3), &picture, &bytes(&[0, 1, 300]));
    assert_eq!(shown, [[255, 0, 255], [68, 1, 84], [253, 231, 37]]);
    // Three channels take none.
    let rgb =
        ["R", "G", "B"].iter().zip(0..).map(|(name, at)| component(name.chars().next().unwrap(), at, 3, 8));
    let layout = layout((1, 1), Family::Rgb, rgb.collect(), color("rgb", Range::Full));
    assert_eq!(
        show(&layout, &Picture { map: ColorMap::Turbo, ..Picture::default() }, &[1, 2, 3]),
        [[1, 2, 3]]
    );
}

#[test]
fn overrides_are_what_the_caps_would_have_said() {
    let yuv = |matrix, range, site: &str| {
        let y = component('Y', 0, 2, 8);
        let chroma = |name, offset| Component { w_sub: 1, ..component(name, offset, 4, 8) };
        let components = vec![y, chroma('U', 1), chroma('V', 3)];
        let mut layout = layout((6, 1), Family::Yuv, components, color(matrix, range));
        layout.color.chroma_site = site.into();
        layout
    };
    let payload = [100, 90, 120, 200, 30, 130, 220, 10, 77, 255, 12, 66];
    let said = yuv("bt601", Range::Limited, "mpeg2");
    for color in [ColorMode::Itu, ColorMode::Gst] {
        for (picture, meant) in [
            (Picture { matrix: Some(Matrix::Bt709), ..color.into() }, yuv("bt709", Range::Limited, "mpeg2")),
            (Picture { range: Some(Range::Full), ..color.into() }, yuv("bt601", Range::Full, "mpeg2")),
            (
                Picture { chroma_site: Some(ChromaSite::Jpeg), ..color.into() },
                yuv("bt601", Range::Limited, "jpeg"),
            ),
        ] {
            let overridden = show(&said, &picture, &payload);
            assert_eq!(overridden, show(&meant, &color.into(), &payload));
            assert_ne!(overridden, show(&said, &color.into(), &payload));
            assert_eq!(picture.overrides(&said).len(), 1);
            assert!(!picture.is_adjusted(&said));
        }
    }
    let twice = Picture { matrix: Some(Matrix::Fcc), range: Some(Range::Full), ..Picture::default() };
    assert_eq!(twice.overrides(&said), ["matrix fcc (caps: bt601)", "range 0-255 (caps: 16-235)"]);
}

#[test]
fn tone_mapping_acts_on_pq_and_hlg_alone() {
    let rgb = [('R', 0), ('G', 2), ('B', 4)].map(|(name, at)| component(name, at, 6, 16)).to_vec();
    let mut layout = layout((2, 1), Family::Rgb, rgb, color("rgb", Range::Full));
    let payload = bytes(&[38_000, 38_000, 38_000, 0, 0, 0]);
    let picture = Picture { tone_map: true, color: ColorMode::Gst, ..Picture::default() };
    let plain = show(&layout, &picture, &payload);
    assert_eq!(plain, [[148; 3], [0; 3]]);
    assert!(!picture.is_adjusted(&layout));
    layout.color.transfer = "smpte2084".into();
    layout.color.primaries = "bt2020".into();
    let mapped = show(&layout, &picture, &payload);
    // 58 % of PQ is reference white.
    assert_eq!((mapped[0][0] == mapped[0][1], mapped[1]), (true, [0; 3]));
    assert!(mapped[0][0] > 220, "{mapped:?}");
    assert!(picture.is_adjusted(&layout));
}

#[test]
fn a_mosaic_is_shown_in_three_ways() {
    let mut layout = layout((4, 4), Family::Gray, vec![component('Y', 0, 1, 8)], color("rgb", Range::Full));
    layout.pixels = Pixels::Named { name: "rggb".into() };
    layout.format = "rggb".into();
    let payload: Vec<u8> = (0..16).map(|site| site * 10).collect();
    let shown = |bayer| show(&layout, &Picture { bayer, ..Picture::default() }, &payload);
    let mosaic = shown(BayerView::Mosaic);
    assert_eq!((mosaic[0], mosaic[1], mosaic[4], mosaic[5]), ([0, 0, 0], [0, 10, 0], [0, 40, 0], [0, 0, 50]));
    assert_eq!(shown(BayerView::Gray)[6], [60, 60, 60]);
    // Row 1, column 1 is blue; red is the mean of four, green that of its row and of the rows above and below.
    assert_eq!(shown(BayerView::Bilinear)[5], [50, 50, 50]);
}

#[test]
fn what_was_observed_are_native_codes() {
    let layout = gray16(6).check().unwrap();
    let payload = bytes(&[0, 0x0100, 0x0ff0, 0x0300, 0x0200, 0x0100]);
    let levels = |zero, levels| {
        let picture = Picture { zero, levels, ..Picture::default() };
        let decoder = Decoder::new(&layout, &picture).unwrap();
        let mut observation = decoder.observation();
        decoder.observe_rows(&[&payload], &(0..1), &mut observation).unwrap();
        observation.levels(levels, None)
    };
    assert_eq!(levels(None, Levels::Observed), Some((0, 0x0ff0)));
    assert_eq!(levels(Some(Rgb([9, 9, 9])), Levels::Observed), Some((0x0100, 0x0ff0)));
    assert_eq!(levels(None, Levels::Full), None);
}
