//! Which numpy arrays a frame of a layout makes: their names, shapes, dtypes and channels. The same for files that the
//! server makes and for those of a viewer; how codes are read is theirs.

use super::{ByteOrder, Component, Layout, Pixels};

/// Letters of a Bayer pattern's name; what follows is the depth and byte order of its codes.
const PATTERN_LEN: usize = 4;

/// What an array will be, without its codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Name within an archive: of the component, `plane0` and so on, or `frame` of the one array.
    pub name: String,
    /// Length of each dimension: rows, columns, and channels where there are several.
    pub shape: Vec<usize>,
    /// numpy's word for what a code is: `|u1` or `<u2`.
    pub dtype: &'static str,
    /// Names of its channels, in order; none where it holds a Bayer mosaic, or the bytes of a plane.
    pub channels: Vec<char>,
}

impl Outline {
    /// Bytes of a code.
    #[must_use]
    pub fn sample_bytes(&self) -> usize {
        if self.dtype == "|u1" { 1 } else { 2 }
    }
}

/// The one array that a frame is: rows, columns, and channels in the order in which the format's name has them.
///
/// `None` for formats whose components differ in size, and for those that components do not describe; Bayer is one array
/// of rows and columns.
#[must_use]
pub fn one(layout: &Layout) -> Option<Outline> {
    let mut shape = vec![layout.height as usize, layout.width as usize];
    let name = "frame".to_owned();
    match &layout.pixels {
        Pixels::Named { .. } => {
            let (bytes, _) = mosaic_words(layout)?;
            let dtype = if bytes == 1 { "|u1" } else { "<u2" };
            Some(Outline { name, shape, dtype, channels: Vec::new() })
        }
        Pixels::Components { components, .. } => {
            if components.iter().any(|component| component.w_sub > 0 || component.h_sub > 0) {
                return None;
            }
            if components.len() > 1 {
                shape.push(components.len());
            }
            let channels = in_order(components).iter().map(|component| component.name).collect();
            Some(Outline { name, shape, dtype: dtype(components), channels })
        }
    }
}

/// An array for each component where components describe the format, else one of the bytes of each plane.
#[must_use]
pub fn each(layout: &Layout) -> Vec<Outline> {
    match &layout.pixels {
        Pixels::Named { .. } => layout
            .planes
            .iter()
            .enumerate()
            .map(|(at, plane)| {
                let (length, stride) =
                    (usize::try_from(plane.length).unwrap_or(usize::MAX), plane.stride as usize);
                // Strides of tiles count tiles, and a last row may be short: both are no rows of `stride` bytes.
                let is_rows = stride > 0 && length.is_multiple_of(stride);
                let shape = if is_rows { vec![length / stride, stride] } else { vec![length] };
                Outline { name: format!("plane{at}"), shape, dtype: "|u1", channels: Vec::new() }
            })
            .collect(),
        Pixels::Components { components, .. } => components
            .iter()
            .map(|component| Outline {
                name: component.name.to_string(),
                shape: vec![rows(layout, component), component.columns(layout.width) as usize],
                dtype: dtype(std::slice::from_ref(component)),
                channels: vec![component.name],
            })
            .collect(),
    }
}

/// Bytes and byte order of the codes of a Bayer pattern; none for any other format.
#[must_use]
pub fn mosaic_words(layout: &Layout) -> Option<(usize, ByteOrder)> {
    let (pattern, words) = layout.format.split_at_checked(PATTERN_LEN)?;
    if !matches!(pattern, "bggr" | "gbrg" | "grbg" | "rggb") {
        return None;
    }
    match words {
        "" => Some((1, ByteOrder::Little)),
        words if words.ends_with("le") => Some((2, ByteOrder::Little)),
        words if words.ends_with("be") => Some((2, ByteOrder::Big)),
        _ => None,
    }
}

/// Components by their place in memory, which is the order of the letters in the format's name.
#[must_use]
pub fn in_order(components: &[Component]) -> Vec<&Component> {
    let mut all = Vec::with_capacity(components.len());
    for component in components {
        insert(&mut all, component, |component| (component.plane, component.offset));
    }
    all
}

/// Puts an item into a short list that is sorted by a key, behind those of the same key. The standard library's sort is
/// 6 KB of wasm for each type.
pub fn insert<T, K: Ord>(list: &mut Vec<T>, item: T, key: impl Fn(&T) -> K) {
    let at = list.iter().position(|other| key(other) > key(&item)).unwrap_or(list.len());
    list.insert(at, item);
}

fn dtype(components: &[Component]) -> &'static str {
    if components.iter().all(|component| component.depth <= 8) { "|u1" } else { "<u2" }
}

/// Rows of a component. Subsampled rows of interlaced frames belong to one field each, and each field has its rows
/// rounded up.
fn rows(layout: &Layout, component: &Component) -> usize {
    let own = component.rows(layout.height);
    let is_interlaced = !matches!(layout.interlace.mode.as_str(), "progressive" | "alternate");
    if !is_interlaced || component.h_sub == 0 {
        return own as usize;
    }
    let both = 2 * component.rows(layout.height.div_ceil(2));
    let plane = &layout.planes[usize::from(component.plane)];
    let needed = u64::from(both - 1) * u64::from(plane.stride) + component.row_bytes(layout.width);
    if needed <= plane.length { both.max(own) as usize } else { own as usize }
}
