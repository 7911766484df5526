//! Coded bytes to payloads, row by row: all of them, or as far as a plane is needed.

use super::bits::{SLACK, bits_len, codes_len};
use super::encode::Row;
use super::kernels::Kernels;
use super::lanes::Base;
use super::parts::{Part, Shape, Words};
use super::predict::{Body, Mode, smooth, write_words};
use super::{BLOCK, Coder, CodingError, LENGTH, decoded_len};
use std::ops::Range;

/// A payload that is being decoded: each plane by itself, and no farther than it is asked for.
///
/// Rows of a plane come in order. What a caller has in its hands is what it decoded last, which is still in the cache.
#[derive(Debug)]
pub struct Decoding<'a> {
    len: usize,
    cursors: Vec<Cursor<'a>>,
}

/// Where a part is at.
#[derive(Debug)]
struct Cursor<'a> {
    /// Bytes of the payload that are not decoded yet.
    range: Range<usize>,
    /// Coded bytes that are not read yet.
    coded: &'a [u8],
    plane: Option<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// The bytes as they are.
    Literal,
    Bytes(Decoder<u8>),
    Pairs(Decoder<u16>),
}

/// What is needed to decode the rows of one plane.
#[derive(Debug)]
struct Decoder<S> {
    shape: Shape,
    kernels: Kernels,
    /// The row that comes next.
    y: usize,
    /// That row, the one above, and the one above that, each in whole groups; before the first row all is 0.
    rows: [Vec<S>; 3],
    smooth: Vec<S>,
    blocks: Vec<S>,
    /// The bits of a row that ends the coded bytes, with room behind them.
    bits: Vec<u8>,
}

/// A sample that is written as the bytes of a row.
trait Written: Row {
    fn write(row: &[Self], words: Words, out: &mut [u8]);
}

impl Written for u8 {
    #[inline]
    fn write(row: &[Self], _: Words, out: &mut [u8]) {
        out.copy_from_slice(&row[..out.len()]);
    }
}

impl Written for u16 {
    #[inline]
    fn write(row: &[Self], words: Words, out: &mut [u8]) {
        write_words(row, words, out);
    }
}

impl<'a> Decoding<'a> {
    /// Checks the lengths of all parts against each other; nothing of the payload's size is allocated.
    pub fn new(Coder { shapes, kernels }: &Coder, bytes: &'a [u8]) -> Result<Self, CodingError> {
        let actual = decoded_len(bytes)?;
        let mut rest = &bytes[LENGTH..];
        // What is behind the planes is in the coded bytes, byte for byte.
        let limit = (shapes.end().saturating_add(rest.len() as u64)).min(isize::MAX as u64);
        let too_large = CodingError::TooLarge { actual, limit };
        let len = usize::try_from(actual).ok().filter(|_| actual <= limit).ok_or(too_large)?;
        let mut cursors = Vec::new();
        for Part { range, rows } in shapes.parts(len) {
            let len = if rows.is_some() {
                decoded_len(split(&mut rest, LENGTH as u64)?)?
            } else {
                range.len() as u64
            };
            let coded = split(&mut rest, len)?;
            let kind = match rows {
                Some((shape, _)) if coded.len() != range.len() => {
                    // Every row has at least the byte of its mode: a payload is no longer than that explains.
                    let rows = range.len().div_ceil(shape.stride);
                    if coded.len() < rows {
                        let (expected, actual) = (rows as u64, coded.len() as u64);
                        return Err(CodingError::TooShort { expected, actual });
                    }
                    match shape.words {
                        Words::Bytes => Kind::Bytes(Decoder::new(shape, *kernels)),
                        Words::Pairs { .. } => Kind::Pairs(Decoder::new(shape, *kernels)),
                    }
                }
                _ => Kind::Literal,
            };
            cursors.push(Cursor { range, coded, plane: rows.map(|(_, plane)| plane), kind });
        }
        if rest.is_empty() {
            Ok(Self { len, cursors })
        } else {
            Err(CodingError::TooLong { excess: rest.len() as u64 })
        }
    }

    /// Bytes of the payload.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the payload has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Decodes the rows of a plane through the byte before `end` of the payload, as far as they are not decoded yet.
    ///
    /// `payload` is the whole payload, the same at each call. Bytes in no plane come with [`all`](Self::all) only, and so
    /// do those of a plane that begins within another.
    #[inline]
    pub fn plane(&mut self, plane: usize, end: usize, payload: &mut [u8]) -> Result<(), CodingError> {
        self.check_buffer(payload)?;
        let own = self.cursors.iter_mut().filter(|cursor| cursor.plane == Some(plane));
        own.into_iter().try_for_each(|cursor| cursor.decode(end, payload))
    }

    /// Decodes all that is left.
    #[inline]
    pub fn all(&mut self, payload: &mut [u8]) -> Result<(), CodingError> {
        self.check_buffer(payload)?;
        self.cursors.iter_mut().try_for_each(|cursor| {
            cursor.decode(usize::MAX, payload)?;
            match cursor.coded.len() as u64 {
                0 => Ok(()),
                excess => Err(CodingError::TooLong { excess }),
            }
        })
    }

    #[inline]
    fn check_buffer(&self, payload: &[u8]) -> Result<(), CodingError> {
        let (expected, actual) = (self.len as u64, payload.len() as u64);
        if expected == actual { Ok(()) } else { Err(CodingError::Buffer { expected, actual }) }
    }
}

impl Cursor<'_> {
    #[inline]
    fn decode(&mut self, end: usize, payload: &mut [u8]) -> Result<(), CodingError> {
        match &mut self.kind {
            Kind::Literal => {
                let end = end.clamp(self.range.start, self.range.end);
                let bytes = split(&mut self.coded, (end - self.range.start) as u64)?;
                payload[self.range.start..end].copy_from_slice(bytes);
                self.range.start = end;
                Ok(())
            }
            Kind::Bytes(decoder) => decoder.decode(end, &mut self.range, &mut self.coded, payload),
            Kind::Pairs(decoder) => decoder.decode(end, &mut self.range, &mut self.coded, payload),
        }
    }
}

impl<S: Written> Decoder<S> {
    fn new(shape: Shape, kernels: Kernels) -> Self {
        let samples = shape.padded(shape.stride);
        let row = || vec![S::default(); samples];
        Self {
            shape,
            kernels,
            y: 0,
            rows: [row(), row(), row()],
            smooth: row(),
            blocks: row(),
            bits: vec![0; samples * size_of::<S>() + SLACK],
        }
    }

    fn decode(
        &mut self,
        end: usize,
        range: &mut Range<usize>,
        coded: &mut &[u8],
        payload: &mut [u8],
    ) -> Result<(), CodingError> {
        while range.start < end.min(range.end) {
            let row = range.start..range.end.min(range.start + self.shape.stride);
            range.start = row.end;
            self.row(coded, &mut payload[row])?;
            self.y += 1;
        }
        Ok(())
    }

    fn row(&mut self, coded: &mut &[u8], out: &mut [u8]) -> Result<(), CodingError> {
        let row = self.y as u64;
        let byte = split(coded, 1)?[0];
        let mode = Mode::of(byte, &self.shape).ok_or(CodingError::Mode { row, mode: byte })?;
        self.rows.rotate_right(1);
        let Self { shape, kernels, y, rows: [current, above @ ..], smooth: smoothed, blocks, bits } = self;
        let samples = shape.samples(shape.stride);
        if mode.body == Body::Raw {
            let bytes = split(coded, out.len() as u64)?;
            S::read(bytes, shape.words, current);
            current[shape.samples(bytes.len())..].fill(S::default());
            out.copy_from_slice(bytes);
            return Ok(());
        }
        let above = &above[mode.distance - 1];
        let predicted = if mode.is_smooth {
            smooth(&above[..samples], shape.lanes, smoothed);
            smoothed
        } else {
            above
        };
        if mode.body == Body::Same {
            current.copy_from_slice(predicted);
        } else {
            let widths = split(coded, codes_len(blocks.len() / BLOCK) as u64)?;
            let len = bits_len::<S>(widths).ok_or(CodingError::Width { row })?;
            let with_slack = coded.get(..len + SLACK);
            let own = split(coded, len as u64)?;
            let own = with_slack.unwrap_or_else(|| {
                bits[..len].copy_from_slice(own);
                &bits[..len + SLACK]
            });
            kernels.unpack(widths, own, blocks);
            kernels.merge(shape.lanes, Base::of(shape, mode, *y), blocks, predicted, current);
        }
        S::write(current, shape.words, out);
        Ok(())
    }
}

/// Takes so many bytes off the front.
#[inline]
fn split<'a>(bytes: &mut &'a [u8], len: u64) -> Result<&'a [u8], CodingError> {
    let too_short = CodingError::TooShort { expected: len, actual: bytes.len() as u64 };
    let (front, rest) =
        usize::try_from(len).ok().and_then(|len| bytes.split_at_checked(len)).ok_or(too_short)?;
    *bytes = rest;
    Ok(front)
}
