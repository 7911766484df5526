//! What the median predictor of JPEG-LS would give: the same lanes, green and blocks, but each sample is predicted from the
//! one on its left too. Portable code: its decoder has to finish a sample before it begins the next.

use super::contents::Content;
use super::{Codec, Failure};
use wire::layout::Pixels;

const BLOCK: usize = 16;

/// Planes of bytes: their stride, rows and lanes.
pub(crate) struct Median {
    planes: Vec<(usize, usize, usize)>,
    has_green: bool,
    /// Rows from the one that is alike.
    distance: usize,
}

impl Median {
    /// None for samples of two bytes.
    pub(crate) fn of(content: &Content) -> Option<Self> {
        let layout = &content.layout;
        let (lanes, distance) = match &layout.pixels {
            Pixels::Named { .. } => (vec![2], 2),
            Pixels::Components { components, .. } => {
                if components.iter().any(|component| component.depth > 8) {
                    return None;
                }
                (if content.is_bgr { vec![3] } else { vec![1, 2] }, 1)
            }
        };
        let planes = layout.planes.iter().zip(lanes).map(|(plane, lanes)| {
            let stride = plane.stride as usize;
            (stride, usize::try_from(plane.length).map_or(0, |length| length / stride), lanes)
        });
        Some(Self { planes: planes.collect(), has_green: content.is_bgr, distance })
    }

    /// What is expected of a byte.
    fn predicted(&self, plane: &[u8], stride: usize, lanes: usize, x: usize, y: usize) -> u8 {
        let at = y * stride + x;
        let up = self.distance * stride;
        let left = if x >= lanes { plane[at - lanes] } else { 0 };
        let above = if y >= self.distance { plane[at - up] } else { 0 };
        let corner = if x >= lanes && y >= self.distance { plane[at - up - lanes] } else { 0 };
        let (least, most) = (left.min(above), left.max(above));
        if corner >= most {
            least
        } else if corner <= least {
            most
        } else {
            left.wrapping_add(above).wrapping_sub(corner)
        }
    }
}

impl Codec for Median {
    fn name(&self) -> &'static str {
        "median"
    }

    fn encode(&self, frame: &[u8], coded: &mut Vec<u8>) -> Result<(), Failure> {
        coded.clear();
        let mut rest = frame;
        for &(stride, rows, lanes) in &self.planes {
            let (plane, behind) = rest.split_at(stride * rows);
            rest = behind;
            let mut residuals = vec![0_u8; stride];
            let mut bits = Vec::with_capacity(stride + 8);
            for y in 0..rows {
                for (x, residual) in residuals.iter_mut().enumerate() {
                    *residual =
                        plane[y * stride + x].wrapping_sub(self.predicted(plane, stride, lanes, x, y));
                }
                if self.has_green {
                    for pixel in residuals.chunks_exact_mut(3) {
                        pixel[0] = pixel[0].wrapping_sub(pixel[1]);
                        pixel[2] = pixel[2].wrapping_sub(pixel[1]);
                    }
                }
                let mut widths = Widths::default();
                bits.clear();
                for group in residuals.chunks(lanes * BLOCK) {
                    for lane in 0..lanes {
                        let mut block = [0; BLOCK];
                        for (folded, &residual) in
                            block.iter_mut().zip(group.iter().skip(lane).step_by(lanes))
                        {
                            *folded = (residual << 1) ^ (residual.cast_signed() >> 7).cast_unsigned();
                        }
                        let width = 8 - block.iter().fold(0, |all, folded| all | folded).leading_zeros();
                        widths.push(width, coded);
                        for half in block.as_chunks::<8>().0 {
                            let packed = half
                                .iter()
                                .rev()
                                .fold(0_u64, |all, &folded| (all << width) | u64::from(folded));
                            bits.extend_from_slice(&packed.to_le_bytes()[..width as usize]);
                        }
                    }
                }
                widths.finish(coded);
                coded.extend_from_slice(&bits);
            }
        }
        Ok(())
    }

    fn decode(&self, coded: &[u8], frame: &mut Vec<u8>) -> Result<(), Failure> {
        let (mut at, mut rest) = (0, frame.as_mut_slice());
        for &(stride, rows, lanes) in &self.planes {
            let (plane, behind) = rest.split_at_mut(stride * rows);
            rest = behind;
            let groups = stride.div_ceil(lanes * BLOCK);
            let mut residuals = vec![0_u8; groups * lanes * BLOCK];
            for y in 0..rows {
                let widths = at;
                at += (groups * lanes).div_ceil(2);
                for block in 0..groups * lanes {
                    let width = u32::from(coded[widths + block / 2] >> (block % 2 * 4) & 15);
                    let start = block / lanes * lanes * BLOCK + block % lanes;
                    for half in 0..2 {
                        let mut bytes = [0; 8];
                        bytes[..width as usize].copy_from_slice(&coded[at..at + width as usize]);
                        at += width as usize;
                        let packed = u64::from_le_bytes(bytes);
                        for sample in 0..8 {
                            let folded = (packed >> (sample * width) & ((1 << width) - 1)) as u8;
                            let x = start + (half * 8 + sample as usize) * lanes;
                            residuals[x] = (folded >> 1) ^ (folded & 1).wrapping_neg();
                        }
                    }
                }
                for x in 0..stride {
                    let green = if self.has_green && x % 3 != 1 { residuals[x / 3 * 3 + 1] } else { 0 };
                    let residual = residuals[x].wrapping_add(green);
                    plane[y * stride + x] = residual.wrapping_add(self.predicted(plane, stride, lanes, x, y));
                }
            }
        }
        Ok(())
    }
}

/// Four bits each.
#[derive(Default)]
struct Widths(Option<u8>);

impl Widths {
    fn push(&mut self, width: u32, coded: &mut Vec<u8>) {
        let width = width.to_le_bytes()[0];
        match self.0.take() {
            None => self.0 = Some(width),
            Some(low) => coded.push(low | (width << 4)),
        }
    }

    fn finish(self, coded: &mut Vec<u8>) {
        coded.extend(self.0);
    }
}
