//! A layout made ready to decode by: every position checked and held in the form the inner loops want.

use super::bayer::Bayer;
use super::color::{self, OPAQUE, RGBA};
use super::error::{DecodeError, Unsupported};
use super::fast::{self, Packed};
use super::general::{Channel, GrayChannel, Toned};
use super::observation::Observation;
use super::picture::{BayerView, ColorMode, Drawing, Picture};
use super::siting::ChromaSite;
use super::unpack::{Kind, Needed, PALETTE_LEN, PlaneRows, Source, Sources, Tile};
use super::yuv::Yuv;
use std::ops;
use wire::layout::Range;
use wire::{CheckedLayout, Layout};

/// Most pixels or lines of a chroma sample, as a power of two: those of 4:1:1 and 4:1:0.
const MAX_SUB: u8 = 2;

/// Decodes frames of one layout, as one picture wants them, into opaque, tightly packed RGBA of the size that is sent.
///
/// It reads payloads as the layout's planes describe them: one that is encoded for the way is decoded by its caller.
#[derive(Clone, Debug)]
pub struct Decoder {
    width: usize,
    height: usize,
    planes: Vec<PlaneRows>,
    path: Path,
    luma: Vec<Source>,
    chroma: Vec<Source>,
    skips_zero: bool,
    facts: Facts,
}

/// What a decoder draws by: the caps' words, or those that override them.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The mode in effect: an adjusted picture is by the formula.
    pub mode: ColorMode,
    /// The matrix's name; empty where none is used.
    pub matrix: String,
    /// The codes that are black and white.
    pub range: Range,
    /// Where chroma samples stand; `None` where every pixel has its own.
    pub chroma_site: Option<ChromaSite>,
    /// The sites of a Bayer mosaic, by the letters of the first two columns and rows: `rggb`.
    pub phase: Option<String>,
    /// One value a pixel: colour maps apply.
    pub is_single_channel: bool,
    /// Black and white in codes of the deepest component.
    pub levels: (f64, f64),
    /// PQ or HLG is mapped to standard dynamic range.
    pub is_tone_mapped: bool,
}

#[derive(Clone, Debug)]
enum Path {
    Packed(Packed),
    Deep(fast::Deep),
    Fields(Box<fast::Fields>),
    FastGray(fast::Gray),
    Rgb(Box<[Channel; 3]>),
    Toned(Box<Toned>),
    Gray(GrayChannel),
    /// An index, and the plane of its palette.
    Palette(Source, usize),
    Yuv(Box<Yuv>),
    Bayer(Box<Bayer>),
}

impl Decoder {
    /// A decoder of `layout`, by the fastest path that reads it; of the progressive frames where its fields are mixed.
    pub fn new(layout: &CheckedLayout, picture: &Picture) -> Result<Self, Unsupported> {
        Ok(Self::general(layout, picture)?.by_the_fastest_path())
    }

    /// A decoder of `layout` by the general path alone: what fast paths are tested and measured against.
    pub fn general(layout: &CheckedLayout, picture: &Picture) -> Result<Self, Unsupported> {
        Self::of(layout, picture, Yuv::always_interlaced(layout))
    }

    /// A decoder of the interlaced frames of `layout`, where its mode is `mixed`: each buffer's flags say which they are.
    pub fn of_fields(layout: &CheckedLayout, picture: &Picture) -> Result<Self, Unsupported> {
        Ok(Self::of(layout, picture, true)?.by_the_fastest_path())
    }

    fn by_the_fastest_path(mut self) -> Self {
        match &mut self.path {
            Path::Rgb(channels) => {
                if let Some(packed) = Packed::from_channels(channels) {
                    self.path = Path::Packed(packed);
                } else if let Some(deep) = fast::Deep::from_channels(channels) {
                    self.path = Path::Deep(deep);
                } else if let Some(fields) = fast::Fields::from_channels(channels) {
                    self.path = Path::Fields(Box::new(fields));
                }
            }
            Path::Gray(channel) => {
                if let Some(gray) = fast::Gray::from_channel(channel) {
                    self.path = Path::FastGray(gray);
                }
            }
            Path::Bayer(bayer) => bayer.speed_up(),
            Path::Yuv(yuv) => yuv.speed_up(),
            _ => {}
        }
        self
    }

    fn of(layout: &CheckedLayout, picture: &Picture, interlaced: bool) -> Result<Self, Unsupported> {
        check_memory(layout)?;
        let sources = Sources::of(layout)?;
        let drawing = picture.drawing(layout, sources.deepest());
        let find = |name| sources.find(layout, name);
        let (luma, chroma, path) = match sources.kind {
            Kind::Rgb => {
                let read = [find('R')?, find('G')?, find('B')?];
                (read.to_vec(), vec![], rgb(layout, read, &drawing)?)
            }
            Kind::Gray => {
                let read = every_pixel(layout, find('Y')?)?;
                let table = color::gray_table(read.depth, &drawing)?;
                (
                    vec![read],
                    vec![],
                    Path::Gray(GrayChannel::new(read.clone(), table).with_ends(drawing.ends(read.depth))),
                )
            }
            Kind::Palette(palette) => {
                let read = every_pixel(layout, find('I')?)?;
                (vec![read], vec![], Path::Palette(read.clone(), palette))
            }
            Kind::Bayer(pattern) => {
                let read = every_pixel(layout, find('S')?)?;
                let bayer = Bayer::new(read, pattern, layout.sent_height() as usize, &drawing)?;
                (vec![read], vec![], Path::Bayer(Box::new(bayer)))
            }
            Kind::Yuv => {
                let [y, u, v] = [every_pixel(layout, find('Y')?)?, find('U')?, find('V')?];
                if (u.w_sub, u.h_sub) != (v.w_sub, v.h_sub) || u.w_sub.max(u.h_sub) > MAX_SUB {
                    return Err(subsampled(layout, v));
                }
                let yuv = Yuv::new(layout, [y, u, v], &drawing, interlaced)?;
                (vec![y], vec![u, v], Path::Yuv(Box::new(yuv)))
            }
        };
        let planes = (0..layout.planes.len()).map(|index| match sources.kind {
            Kind::Palette(palette) if palette == index => PlaneRows::fixed(layout, index, PALETTE_LEN),
            _ => PlaneRows::new(layout, &luma, &chroma, index),
        });
        Ok(Self {
            width: layout.sent_width() as usize,
            height: layout.sent_height() as usize,
            planes: planes.collect(),
            path,
            facts: facts(&sources, &drawing),
            skips_zero: drawing.zero.is_some(),
            luma: luma.into_iter().cloned().collect(),
            chroma: chroma.into_iter().cloned().collect(),
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// What it draws by.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Planes that [`decode_rows`](Self::decode_rows) wants bytes of.
    #[must_use]
    pub fn planes(&self) -> usize {
        self.planes.len()
    }

    /// Bytes of the whole picture as RGBA.
    #[must_use]
    pub fn rgba_len(&self) -> usize {
        self.width * self.height * RGBA
    }

    /// Bytes of an output row.
    #[must_use]
    pub fn rgba_row_len(&self) -> usize {
        self.width * RGBA
    }

    /// The bytes of the payload that are needed for `rows`, of `plane`; empty where nothing of the plane is read.
    ///
    /// Chroma has rows of its own, and filters want neighbours: the ranges of two tiles can overlap.
    #[must_use]
    pub fn plane_rows(&self, plane: usize, rows: &ops::Range<usize>) -> ops::Range<usize> {
        self.needed(rows).map_or(0..0, |needed| self.plane_bytes(plane, &needed))
    }

    /// Bytes of all planes that one more row adds to a tile.
    fn bytes_a_row(&self) -> usize {
        self.planes.iter().map(PlaneRows::bytes_a_row).sum()
    }

    /// Decodes `rows`; `planes` holds the bytes of [`plane_rows`](Self::plane_rows) of each plane, and `rgba` takes
    /// the rows' pixels and nothing else.
    pub fn decode_rows(
        &self,
        planes: &[&[u8]],
        rows: &ops::Range<usize>,
        rgba: &mut [u8],
    ) -> Result<(), DecodeError> {
        let Some(needed) = self.needed(rows) else {
            return Err(DecodeError::Rows { start: rows.start, end: rows.end, height: self.height });
        };
        self.check_planes(planes, &needed)?;
        let (expected, actual) = (rows.len() * self.rgba_row_len(), rgba.len());
        if actual != expected {
            return Err(DecodeError::Output { expected, actual });
        }
        let tile = Tile::new(&self.planes, planes, &needed);
        let mut scratch = Vec::new();
        let lines = rows.clone().zip(rgba.chunks_exact_mut(self.rgba_row_len()));
        match &self.path {
            Path::Yuv(yuv) => yuv.lines(&tile, rows, rgba),
            Path::Bayer(bayer) => bayer.rows(&tile, rows, rgba),
            Path::Packed(packed) => {
                lines.for_each(|(row, out)| packed.row(tile.row(packed.plane(), row), out));
            }
            Path::Deep(deep) => lines.for_each(|(row, out)| deep.row(tile.row(deep.plane(), row), out)),
            Path::Fields(fields) => {
                lines.for_each(|(row, out)| fields.row(tile.row(fields.plane(), row), out));
            }
            Path::FastGray(gray) => gray.rows(&tile, rows, rgba),
            Path::Gray(channel) => lines.for_each(|(row, out)| channel.row(&tile, row, out, &mut scratch)),
            Path::Toned(toned) => lines.for_each(|(row, out)| toned.row(&tile, row, out, &mut scratch)),
            Path::Rgb(channels) => lines.for_each(|(row, out)| {
                for (place, channel) in channels.iter().enumerate() {
                    channel.row(&tile, row, place, out, &mut scratch);
                }
            }),
            Path::Palette(index, palette) => {
                // The colours come with each frame; what is short of them was refused with the layout.
                let colors = tile.row(*palette, 0).as_chunks::<RGBA>().0;
                let table = colors.iter().map(|&[blue, green, red, _]| [red, green, blue, OPAQUE]).collect();
                let channel = GrayChannel::new(index.clone(), table);
                lines.for_each(|(row, out)| channel.row(&tile, row, out, &mut scratch));
            }
        }
        Ok(())
    }

    /// An observation of a frame, which has seen nothing yet.
    #[must_use]
    pub fn observation(&self) -> Observation {
        Observation::new(&self.luma, &self.chroma, self.height, self.skips_zero)
    }

    /// Looks at the codes of `rows`; `planes` are as for [`decode_rows`](Self::decode_rows), and tiles come in order.
    pub fn observe_rows(
        &self,
        planes: &[&[u8]],
        rows: &ops::Range<usize>,
        observation: &mut Observation,
    ) -> Result<(), DecodeError> {
        let Some(needed) = self.needed(rows) else {
            return Err(DecodeError::Rows { start: rows.start, end: rows.end, height: self.height });
        };
        self.check_planes(planes, &needed)?;
        observation.rows(&Tile::new(&self.planes, planes, &needed), rows, &needed);
        Ok(())
    }

    /// Rows to a tile whose bytes are about so many, at least one.
    #[must_use]
    pub fn rows_of_tile(&self, bytes: usize) -> usize {
        (bytes / self.bytes_a_row().max(1)).max(1)
    }

    /// Decodes a whole payload at once.
    pub fn decode(&self, layout: &CheckedLayout, payload: &[u8], rgba: &mut [u8]) -> Result<(), DecodeError> {
        layout.check_payload(payload.len() as u64)?;
        let rows = 0..self.height;
        let mut planes = [&payload[..0]; wire::layout::MAX_PLANES];
        for (index, plane) in planes.iter_mut().enumerate() {
            let bytes = self.plane_rows(index, &rows);
            let available = payload.len();
            *plane = payload.get(bytes.clone()).ok_or(DecodeError::PlaneBytes {
                plane: index,
                expected: bytes.end,
                actual: available,
            })?;
        }
        self.decode_rows(&planes[..self.planes.len()], &rows, rgba)
    }

    /// The rows of luma and chroma that these rows are made of; `None` if they are not in the frame.
    fn needed(&self, rows: &ops::Range<usize>) -> Option<Needed> {
        if rows.start > rows.end || rows.end > self.height {
            return None;
        }
        let (luma, chroma) = match &self.path {
            Path::Yuv(yuv) => (rows.clone(), yuv.chroma_rows(rows)),
            Path::Bayer(bayer) => (bayer.rows_of(rows), 0..0),
            _ => (rows.clone(), 0..0),
        };
        Some(Needed { luma, chroma })
    }

    fn plane_bytes(&self, plane: usize, needed: &Needed) -> ops::Range<usize> {
        self.planes.get(plane).map_or(0..0, |plane| plane.bytes(needed))
    }

    fn check_planes(&self, planes: &[&[u8]], needed: &Needed) -> Result<(), DecodeError> {
        for plane in 0..self.planes.len() {
            let expected = self.plane_bytes(plane, needed).len();
            let actual = planes.get(plane).map_or(0, |bytes| bytes.len());
            if actual != expected {
                return Err(DecodeError::PlaneBytes { plane, expected, actual });
            }
        }
        Ok(())
    }
}

fn facts(sources: &Sources, drawing: &Drawing) -> Facts {
    let yuv = sources.kind == Kind::Yuv;
    let subsampled = sources.list.iter().any(|source| (source.w_sub, source.h_sub) != (0, 0));
    let bayer = if let Kind::Bayer(pattern) = sources.kind { Some(pattern) } else { None };
    Facts {
        mode: drawing.mode,
        matrix: if yuv { drawing.matrix.clone() } else { String::new() },
        range: drawing.range,
        chroma_site: (yuv && subsampled).then(|| drawing.siting.into()),
        phase: bayer.map(|pattern| pattern.to_string()),
        is_single_channel: sources.kind == Kind::Gray || bayer.is_some() && drawing.bayer == BayerView::Gray,
        levels: drawing.black_and_white(sources.deepest()),
        is_tone_mapped: drawing.tone.is_some(),
    }
}

/// Refuses what cannot be addressed, so that no size below overflows.
fn check_memory(layout: &CheckedLayout) -> Result<(), Unsupported> {
    let (width, height) = (layout.sent_width(), layout.sent_height());
    let picture = u64::from(width) * u64::from(height) * RGBA as u64;
    let bytes = picture.max(layout.min_payload_len());
    if isize::try_from(bytes).is_err() {
        return Err(Unsupported::TooLarge { width, height, bytes });
    }
    Ok(())
}

/// R, G and B by a table each, or together where they are mapped from high dynamic range.
fn rgb(layout: &Layout, read: [&Source; 3], drawing: &Drawing) -> Result<Path, Unsupported> {
    for source in read {
        every_pixel(layout, source)?;
    }
    Ok(match &drawing.tone {
        None => {
            let channel =
                |source: &Source| Channel::new(source.clone(), color::rgb_table(source.depth, drawing));
            Path::Rgb(Box::new(read.map(channel)))
        }
        Some(tone) => {
            let channel = |source: &Source| (source.clone(), color::unit_table(source.depth, drawing));
            Path::Toned(Box::new(Toned { channels: read.map(channel), tone: tone.clone() }))
        }
    })
}

/// The source, which has a sample for every pixel.
fn every_pixel<'a>(layout: &Layout, source: &'a Source) -> Result<&'a Source, Unsupported> {
    if (source.w_sub, source.h_sub) == (0, 0) { Ok(source) } else { Err(subsampled(layout, source)) }
}

fn subsampled(layout: &Layout, source: &Source) -> Unsupported {
    let Source { name, w_sub, h_sub, .. } = *source;
    Unsupported::Subsampled { format: layout.format.clone(), component: name, w_sub, h_sub }
}
