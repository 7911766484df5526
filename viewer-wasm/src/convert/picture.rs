//! How a viewer wants frames shown: colour mode, overrides of what the caps say, display range and colour map.

use super::display::{ColorMap, Levels, ToneMap};
use super::siting::{ChromaSite, Siting};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use wire::Layout;
use wire::layout::Range;

/// How codes become colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorMode {
    /// What ITU-R BT.601, 709 and 2020, SMPTE 240M and FCC say, rounded to the nearest code.
    #[default]
    Itu,
    /// Bit for bit what GStreamer's `videoconvert` makes of the frame with its default options.
    Gst,
}

/// How the mosaic of a Bayer frame is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BayerView {
    /// Each pixel's missing components are means of its neighbours', as `bayer2rgb` computes them.
    #[default]
    Bilinear,
    /// Each site in its own colour.
    Mosaic,
    /// Each site's code as gray.
    Gray,
}

/// How a viewer wants frames shown. As JSON every key may be absent; an unknown one is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Picture {
    /// How codes become colour.
    pub color: ColorMode,
    /// The matrix to use whatever the caps say, of YUV and gray.
    pub matrix: Option<Matrix>,
    /// The range to use whatever the caps say.
    pub range: Option<Range>,
    /// Where chroma samples stand, whatever the caps say.
    pub chroma_site: Option<ChromaSite>,
    /// The codes that are black and white.
    pub levels: Levels,
    /// Exponent of the display: a unit value `t` is shown as `t^(1/gamma)`; more than zero.
    pub gamma: f64,
    /// Colours of single-channel data.
    pub map: ColorMap,
    /// Colour of code zero of single-channel data, where it means that there is no value.
    pub zero: Option<Rgb>,
    /// Whether PQ and HLG are mapped to a display of standard dynamic range.
    pub tone_map: bool,
    /// How a mosaic is shown.
    pub bayer: BayerView,
}

/// A matrix by GStreamer's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matrix {
    /// ITU-R BT.601.
    Bt601,
    /// ITU-R BT.709.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
    /// SMPTE 240M.
    Smpte240m,
    /// FCC 73.682.
    Fcc,
}

/// A colour, `#rrggbb` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgb(pub [u8; 3]);

/// What a layout's frames are drawn by: its own colour, under the overrides of a picture.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    /// The mode in effect: adjusted pictures are by the formula.
    pub(super) mode: ColorMode,
    pub(super) matrix: String,
    pub(super) range: Range,
    pub(super) siting: Siting,
    /// Black and white in codes, where they are not those of the range.
    pub(super) levels: Option<(u16, u16)>,
    /// Bits of the component in whose codes the levels are.
    pub(super) deepest: u8,
    pub(super) gamma: f64,
    pub(super) map: ColorMap,
    pub(super) zero: Option<Rgb>,
    pub(super) tone: Option<ToneMap>,
    pub(super) bayer: BayerView,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            color: ColorMode::default(),
            matrix: None,
            range: None,
            chroma_site: None,
            levels: Levels::default(),
            gamma: 1.0,
            map: ColorMap::default(),
            zero: None,
            tone_map: false,
            bayer: BayerView::default(),
        }
    }
}

/// Why a text is no picture.
#[derive(Debug, Error)]
pub enum PictureError {
    /// A key or value is unknown.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The exponent cannot be used.
    #[error("gamma is more than 0 and at most {MAX_GAMMA}, not {0}")]
    Gamma(f64),
}

/// A greater exponent leaves one code of black and one of white.
const MAX_GAMMA: f64 = 100.0;

impl From<ColorMode> for Picture {
    fn from(color: ColorMode) -> Self {
        Self { color, ..Self::default() }
    }
}

impl Picture {
    /// Reads a picture of the keys and values that JSON has.
    pub fn from_json(text: &str) -> Result<Self, PictureError> {
        let picture: Self = serde_json::from_str(text)?;
        if picture.gamma > 0.0 && picture.gamma <= MAX_GAMMA {
            Ok(picture)
        } else {
            Err(PictureError::Gamma(picture.gamma))
        }
    }

    /// What the picture overrides of the layout, in words: `matrix bt709 (caps: bt601)`.
    #[must_use]
    pub fn overrides(&self, layout: &Layout) -> Vec<String> {
        let color = &layout.color;
        let word = |what: &str, own: &str, caps: &str| format!("{what} {own} (caps: {caps})");
        let range = |range| match range {
            Range::Full => "0-255",
            Range::Limited => "16-235",
        };
        let matrix = self.matrix.map(|matrix| word("matrix", matrix.name(), &color.matrix));
        let own_range = self.range.map(|own| word("range", range(own), range(color.range)));
        let site = self.chroma_site.map(|site| word("chroma site", site.name(), &color.chroma_site));
        [matrix, own_range, site].into_iter().flatten().collect()
    }

    /// Whether what is shown of this layout's frames is not the colour that its codes stand for.
    #[must_use]
    pub fn is_adjusted(&self, layout: &Layout) -> bool {
        self.is_adjusted_for_all() || self.tone_map && ToneMap::acts_on(&layout.color.transfer)
    }

    /// What a layout's frames are drawn by; its deepest component has so many bits.
    pub(super) fn drawing(&self, layout: &Layout, deepest: u8) -> Drawing {
        let color = &layout.color;
        let tone = self.tone_of(layout);
        Drawing {
            mode: if self.is_adjusted_for_all() || tone.is_some() { ColorMode::Itu } else { self.color },
            matrix: self.matrix.map_or_else(|| color.matrix.clone(), |matrix| matrix.name().to_owned()),
            range: self.range.unwrap_or(color.range),
            siting: self.chroma_site.map_or_else(|| Siting::of(layout), ChromaSite::siting),
            levels: if let Levels::Manual(min, max) = self.levels { Some((min, max)) } else { None },
            deepest,
            gamma: self.gamma,
            map: self.map,
            zero: self.zero,
            tone,
            bayer: self.bayer,
        }
    }

    fn is_adjusted_for_all(&self) -> bool {
        self.levels != Levels::Full
            || (self.gamma - 1.0).abs() > f64::EPSILON
            || self.map != ColorMap::Gray
            || self.zero.is_some()
    }

    fn tone_of(&self, layout: &Layout) -> Option<ToneMap> {
        let color = &layout.color;
        if self.tone_map { ToneMap::new(&color.transfer, &color.primaries) } else { None }
    }
}

impl Matrix {
    /// GStreamer's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bt601 => "bt601",
            Self::Bt709 => "bt709",
            Self::Bt2020 => "bt2020",
            Self::Smpte240m => "smpte240m",
            Self::Fcc => "fcc",
        }
    }
}

impl TryFrom<String> for Rgb {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let code = |at| text.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (text.len(), text.starts_with('#'), code(1), code(3), code(5)) {
            (7, true, Some(red), Some(green), Some(blue)) => Ok(Self([red, green, blue])),
            _ => Err(format!("a colour is #rrggbb, not {text}")),
        }
    }
}

impl From<Rgb> for String {
    fn from(Rgb([red, green, blue]): Rgb) -> Self {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_default() {
        let picture: Picture = serde_json::from_str("{}").unwrap();
        assert_eq!(picture, Picture::default());
        assert_eq!(picture.color, ColorMode::Itu);
        assert!(!picture.is_adjusted(&Layout::plain(1, 1)));
    }

    #[test]
    fn every_key_is_read_and_an_unknown_one_is_refused() {
        let text = r##"{"color":"gst","matrix":"bt709","range":"0-255","chromaSite":"v-cosited","levels":[3,900],
            "gamma":2.2,"map":"turbo","zero":"#102030","toneMap":true,"bayer":"mosaic"}"##;
        let picture: Picture = serde_json::from_str(text).unwrap();
        assert_eq!(picture.matrix, Some(Matrix::Bt709));
        assert_eq!(picture.zero, Some(Rgb([16, 32, 48])));
        assert_eq!(picture.chroma_site.map(ChromaSite::name), Some("v-cosited"));
        let again = serde_json::to_string(&picture).unwrap();
        assert_eq!(serde_json::from_str::<Picture>(&again).unwrap(), picture);
        let drawing = picture.drawing(&Layout::plain(4, 4), 8);
        assert_eq!(
            (drawing.mode, drawing.matrix.as_str(), drawing.levels),
            (ColorMode::Itu, "bt709", Some((3, 900)))
        );
        for wrong in
            [r#"{"colour":"gst"}"#, r##"{"zero":"#12345g"}"##, r##"{"zero":"#äää"}"##, r#"{"color":"best"}"#]
        {
            assert!(serde_json::from_str::<Picture>(wrong).is_err(), "{wrong}");
        }
    }
}
