//! Which compressed form of a file a client takes: pure reading of `Accept-Encoding`; knows no file.

use hyper::header::{ACCEPT_ENCODING, HeaderMap};

/// A way in which files are compressed. Browsers take Brotli on `https` and from the machine they run on alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// As `Content-Encoding` has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The codings that a request accepts; none where it names none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Accepted {
    /// Reads `Accept-Encoding`, which may be repeated; weights say no more than whether a coding is refused.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let named: Vec<(&str, bool)> = values.flat_map(|value| value.split(',')).filter_map(coding).collect();
        let has = |wanted: &str| {
            let of = |name: &str| named.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            of(wanted).or_else(|| of("*")).is_some_and(|(_, is_accepted)| *is_accepted)
        };
        Self { brotli: has(Encoding::Brotli.name()), gzip: has(Encoding::Gzip.name()) }
    }

    /// Whether it is among them.
    pub(super) fn has(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Brotli => self.brotli,
            Encoding::Gzip => self.gzip,
        }
    }
}

/// A coding and whether it is accepted at all; `q=0` refuses it, and so does a weight that is none.
fn coding(text: &str) -> Option<(&str, bool)> {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    let is_accepted = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
    Some((name.trim(), is_accepted)).filter(|(name, _)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT_ENCODING, value.parse().unwrap());
        }
        let accepted = Accepted::of(&headers);
        (accepted.has(Encoding::Brotli), accepted.has(Encoding::Gzip))
    }

    #[test]
    fn what_is_named_and_not_refused_is_accepted() {
        let cases: [(&[&str], (bool, bool)); 11] = [
            (&[], (false, false)),
            (&[""], (false, false)),
            (&["gzip, deflate, br, zstd"], (true, true)),
            (&["gzip, deflate"], (false, true)),
            (&["gzip", "br"], (true, true)),
            (&["GZIP;q=0.5,br ; Q=1.0"], (true, true)),
            (&["br;q=0, gzip"], (false, true)),
            (&["*"], (true, true)),
            (&["*;q=0, gzip"], (false, true)),
            (&["identity"], (false, false)),
            (&["br;q=much"], (false, false)),
        ];
        for (values, expected) in cases {
            assert_eq!(accepted(values), expected, "{values:?}");
        }
    }
}
