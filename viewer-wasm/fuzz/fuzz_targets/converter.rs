//! Any layout, picture and payload: the converter refuses or decodes them, and never panics or reads out of bounds.
//!
//! Layouts lie about their planes, payloads are short or long; where a frame decodes, its tiles make the same picture.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use viewer_wasm::convert::{Decoder, Picture};
use wire::CheckedLayout;
use wire::layout::{ByteOrder, Component, Family, Layout, NAMED, Pixels, Plane, Range, Region};

/// Largest side: sizes beyond several tiles and groups of pixels find nothing more, and slowly.
const SIDE_MAX: u32 = 150;

/// Bytes of a tile, of luma or chroma.
const TILES: &[u64] = &[16, 256, 512, 1024, 2048];
const MATRICES: &[&str] = &["rgb", "bt601", "bt709", "bt2020", "smpte240m", "fcc", "unknown"];
const MODES: &[&str] = &["progressive", "interleaved", "mixed", "fields", "alternate"];
const SITES: &[&str] = &["unknown", "jpeg", "mpeg2", "cosited", "v-cosited", "dv", "h-cosited+alt-line"];
const TRANSFERS: &[&str] = &["unknown", "bt709", "smpte2084", "arib-std-b67"];
const OVERRIDES: &[&str] = &[
    r#""color":"gst""#,
    r#""matrix":"bt2020""#,
    r#""range":"16-235""#,
    r#""chromaSite":"cosited""#,
    r#""levels":"auto""#,
    r#""levels":"observed""#,
    r#""levels":[3,900]"#,
    r#""levels":[900,3]"#,
    r#""levels":[7,7]"#,
    r#""gamma":2.2"#,
    r#""gamma":1e-300"#,
    r#""map":"turbo""#,
    r##""zero":"#102030""##,
    r#""toneMap":true"#,
    r#""bayer":"mosaic""#,
    r#""bayer":"gray""#,
];

#[derive(Debug)]
struct Input {
    layout: Layout,
    picture: Picture,
    payload: Vec<u8>,
    general: bool,
    fields: bool,
    tile: usize,
    /// Lengths of the plane slices that a careless caller gives.
    lies: [u16; wire::layout::MAX_PLANES],
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let layout = layout(source)?;
        let picture = picture(source)?;
        // As many bytes as a frame needs are more than the fuzzer would ever write: they are repeated.
        let needed = layout.clone().check().map_or(0, |layout| layout.min_payload_len());
        let wanted = match source.int_in_range(0..=3)? {
            0 => needed.saturating_sub(source.int_in_range(1..=300)?),
            1 => needed + source.int_in_range(1..=300)?,
            _ => needed,
        };
        let wanted = usize::try_from(wanted.min(1 << 20)).unwrap_or(0);
        let (general, fields) = (source.arbitrary()?, source.arbitrary()?);
        let (tile, lies) = (source.int_in_range(1..=40)?, source.arbitrary()?);
        let pattern = source.bytes(source.len())?;
        let pattern = if pattern.is_empty() { &[0x5a][..] } else { pattern };
        let payload = pattern.iter().copied().cycle().take(wanted).collect();
        Ok(Self { layout, picture, payload, general, fields, tile, lies })
    }
}

fn layout(source: &mut Unstructured<'_>) -> arbitrary::Result<Layout> {
    let side = |source: &mut Unstructured<'_>| source.int_in_range(1..=SIDE_MAX);
    let (width, height) = (side(source)?, side(source)?);
    let mut layout = Layout::plain(width, height);
    let pixels = pixels(source)?;
    layout.format = match &pixels {
        Pixels::Named { name } => name.clone(),
        Pixels::Components { .. } => "TEST".to_owned(),
    };
    layout.pixels = pixels;
    layout.caps =
        if source.arbitrary()? { "video/x-raw, colorimetry=(string)bt709" } else { "video/x-raw" }.to_owned();
    let style = source.int_in_range(0..=3)?;
    let mut offset = 0_u64;
    for _ in 0..source.int_in_range(1..=4)? {
        // Most layouts are of one style: anything, tiles, or rows that fit. One plane after the other, as a rule.
        let style = if source.ratio(1, 8)? { source.int_in_range(0..=3)? } else { style };
        let (stride, length) = match style {
            0 => (source.int_in_range(0..=2000)?, source.int_in_range(0..=100_000)?),
            1 => {
                let (across, down) = (source.int_in_range(1..=40)?, source.int_in_range(1..=40)?);
                (across | down << 16, u64::from(across * down) * source.choose(TILES)?)
            }
            _ => {
                let stride = (width * source.int_in_range(1..=8)?).next_multiple_of(4);
                (stride, u64::from(stride * height.next_multiple_of(4)))
            }
        };
        offset = if source.ratio(1, 8)? { source.int_in_range(0..=5000)? } else { offset };
        layout.planes.push(Plane { stride, offset, length });
        offset += length;
    }
    layout.color.matrix = (*source.choose(MATRICES)?).to_owned();
    layout.color.range = if source.arbitrary()? { Range::Full } else { Range::Limited };
    layout.color.transfer = (*source.choose(TRANSFERS)?).to_owned();
    layout.color.primaries = if source.arbitrary()? { "bt2020" } else { "bt709" }.to_owned();
    layout.color.chroma_site = (*source.choose(SITES)?).to_owned();
    layout.interlace.mode = (*source.choose(MODES)?).to_owned();
    if source.ratio(1, 8)? {
        layout.region =
            Region { x: side(source)?, y: side(source)?, width: side(source)?, height: side(source)? };
        layout.step = (source.int_in_range(0..=3)?, source.int_in_range(0..=3)?);
    }
    Ok(layout)
}

fn pixels(source: &mut Unstructured<'_>) -> arbitrary::Result<Pixels> {
    if source.arbitrary()? {
        return Ok(Pixels::Named { name: (*source.choose(NAMED)?).to_owned() });
    }
    let (family, names) = match source.int_in_range(0..=2)? {
        0 => (Family::Rgb, "RGBA"),
        1 => (Family::Yuv, "YUVA"),
        _ => (Family::Gray, "YA"),
    };
    let byte_order = if source.arbitrary()? { ByteOrder::Little } else { ByteOrder::Big };
    let (w_sub, h_sub) = (source.int_in_range(0..=2)?, source.int_in_range(0..=2)?);
    let deep: bool = source.arbitrary()?;
    let component = |name: char, source: &mut Unstructured<'_>| {
        let chroma = matches!(name, 'U' | 'V');
        Ok(Component {
            name,
            plane: source.int_in_range(0..=4)?,
            offset: source.int_in_range(0..=8)?,
            pixel_stride: source.int_in_range(0..=8)?,
            depth: if deep { source.int_in_range(0..=17)? } else { 8 },
            shift: if deep { source.int_in_range(0..=16)? } else { 0 },
            w_sub: if chroma { w_sub } else { source.int_in_range(0..=9)? / 9 },
            h_sub: if chroma { h_sub } else { source.int_in_range(0..=9)? / 9 },
        })
    };
    let components =
        names.chars().map(|name| component(name, source)).collect::<arbitrary::Result<Vec<_>>>()?;
    Ok(Pixels::Components { family, byte_order, components })
}

fn picture(source: &mut Unstructured<'_>) -> arbitrary::Result<Picture> {
    let chosen = (0..source.int_in_range(0..=3)?).map(|_| source.choose(OVERRIDES));
    let chosen = chosen.collect::<arbitrary::Result<Vec<_>>>()?;
    let keys: Vec<_> = chosen.iter().map(|text| text.split(':').next()).collect();
    let twice = keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key));
    let text = chosen.into_iter().copied().collect::<Vec<_>>().join(",");
    let text = if twice { String::new() } else { text };
    // One that is refused is not the converter's to see.
    Ok(serde_json::from_str(&format!("{{{text}}}")).unwrap_or_default())
}

fuzz_target!(|input: Input| {
    let Input { layout, picture, payload, general, fields, tile, lies } = input;
    let Ok(layout) = layout.check() else { return };
    let decoder = match (general, fields) {
        (true, _) => Decoder::general(&layout, &picture),
        (false, true) => Decoder::of_fields(&layout, &picture),
        (false, false) => Decoder::new(&layout, &picture),
    };
    let Ok(decoder) = decoder else { return };
    let mut rgba = vec![0; decoder.rgba_len()];
    let whole = decoder.decode(&layout, &payload, &mut rgba);
    assert_eq!(whole.is_ok(), layout.check_payload(payload.len() as u64).is_ok(), "{whole:?}");
    if whole.is_ok() {
        assert!(rgba.iter().skip(3).step_by(4).all(|&alpha| alpha == 255), "not opaque");
        tiles(&decoder, &payload, tile, &rgba);
    }
    careless(&decoder, &layout, &payload, tile, lies);
});

/// The picture in tiles is the picture at once.
fn tiles(decoder: &Decoder, payload: &[u8], tile: usize, rgba: &[u8]) {
    let mut tiled = vec![0; decoder.rgba_len()];
    for (index, out) in tiled.chunks_mut(tile * decoder.rgba_row_len()).enumerate() {
        let rows = index * tile..decoder.height().min((index + 1) * tile);
        let planes: Vec<_> =
            (0..decoder.planes()).map(|plane| &payload[decoder.plane_rows(plane, &rows)]).collect();
        decoder.decode_rows(&planes, &rows, out).expect("these are the bytes it asked for");
    }
    assert!(tiled == rgba, "tiles of {tile} rows make another picture");
}

/// Slices of wrong lengths are refused, and none is read past.
fn careless(
    decoder: &Decoder,
    layout: &CheckedLayout,
    payload: &[u8],
    tile: usize,
    lies: [u16; wire::layout::MAX_PLANES],
) {
    let rows = 0..tile.min(decoder.height());
    let planes: Vec<&[u8]> =
        lies.iter().take(layout.planes.len()).map(|&len| &payload[..payload.len().min(len.into())]).collect();
    let mut rgba = vec![0; rows.len() * decoder.rgba_row_len()];
    let _ = decoder.decode_rows(&planes, &rows, &mut rgba);
    let _ = decoder.decode_rows(&[], &(0..usize::MAX), &mut rgba);
}
