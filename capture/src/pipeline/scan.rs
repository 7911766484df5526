//! Reads a gst-launch description as far as needed to know which elements it names and what is spelled at each.
//!
//! GStreamer itself parses the description; this tells what the parsed pipeline no longer does: which names and
//! properties are the user's. Pure; it follows the tokens of GStreamer's `parse.l`, and what it does not understand
//! it passes over.

use std::ops::Range;

/// An element of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Name of its factory.
    pub(super) factory: String,
    /// Its own name, if one is spelled.
    pub(super) name: Option<String>,
    /// The properties spelled, name included.
    pub(super) properties: Vec<Property>,
    /// Where the factory's name and the properties are in the text, in bytes.
    pub(super) span: Range<usize>,
}

/// A property of an element, as spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// Its name.
    pub(super) name: String,
    /// Where `name=value` is in the text, in bytes.
    pub(super) span: Range<usize>,
}

impl Element {
    /// Whether a property is spelled.
    pub(super) fn spells(&self, property: &str) -> bool {
        self.properties.iter().any(|one| one.name == property)
    }
}

/// Words as one text, as `gst_parse_launchv` joins them: a space inside a word is escaped unless it is quoted.
pub(super) fn join(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let mut quoted = false;
        let mut before = ' ';
        for character in word.chars() {
            if character == '"' && (!quoted || before != '\\') {
                quoted = !quoted;
            }
            if character == ' ' && !quoted {
                text.push('\\');
            }
            text.push(character);
            before = character;
        }
        text.push(' ');
    }
    text
}

/// The elements of a description, in its order.
pub(super) fn elements(text: &str) -> Vec<Element> {
    scan(text).found
}

/// Whether a description ends in caps, which lead nowhere.
pub(super) fn ends_in_caps(text: &str) -> bool {
    scan(text).ends_in_caps
}

fn scan(text: &str) -> Scanner<'_> {
    let mut scanner = Scanner { text, at: 0, found: Vec::new(), open: false, ends_in_caps: false };
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Element>,
    /// Whether properties belong to the last element found.
    open: bool,
    ends_in_caps: bool,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let Some(first) = self.rest().chars().next() else { return };
        if first.is_whitespace() {
            self.at += first.len_utf8();
        } else if first == '!' || first == ':' {
            self.open = false;
            self.at += 1;
            self.skip_link_caps();
        } else if is_identifier_start(first) {
            self.word();
        } else if first == '.' {
            // A reference to a pad: `.src_0`.
            self.open = false;
            self.at += 1;
            let pad = self.rest();
            self.at += pad.find(|c: char| !is_identifier(c)).unwrap_or(pad.len());
        } else {
            // Brackets, presets, quotes out of place.
            self.open = false;
            self.at += first.len_utf8();
        }
    }

    /// Caps after a link reach to the next link; they may hold spaces.
    fn skip_link_caps(&mut self) {
        let rest = self.rest();
        let caps = rest.trim_start();
        let media = caps.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(caps.len());
        let is_caps = media > 0
            && caps[media..].starts_with('/')
            && caps[media + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        if is_caps {
            let link = find_unescaped(caps, |c| c == '!');
            self.ends_in_caps = link.is_none();
            self.at += rest.len() - caps.len() + link.map_or(caps.len(), |at| at + 1);
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let len = rest.find(|c: char| !is_identifier(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(len);
        let word = word.to_owned();
        let value = after.trim_start();
        if let Some(value) = value.strip_prefix('=') {
            let value = value.trim_start();
            let taken = value_len(value);
            self.at = self.text.len() - value.len() + taken;
            self.property(word, start, &self.text[self.at - taken..self.at]);
            return;
        }
        self.open = false;
        if after.starts_with(['.', '/']) || word.contains(':') {
            // A reference (`t.`, `t.src_0`), a URI, or caps without a link before them.
            self.at += find_unescaped(rest, char::is_whitespace).unwrap_or(rest.len());
            return;
        }
        self.at += len;
        self.open = true;
        self.found.push(Element {
            factory: word,
            name: None,
            properties: Vec::new(),
            span: start..start + len,
        });
    }

    fn property(&mut self, name: String, start: usize, value: &str) {
        let span = start..self.at;
        let Some(element) = self.found.last_mut().filter(|_| self.open) else { return };
        if name == "name" {
            element.name = Some(unescaped(value));
        }
        element.span.end = span.end;
        element.properties.push(Property { name, span });
    }
}

fn is_identifier_start(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_identifier(character: char) -> bool {
    is_identifier_start(character) || "-%:".contains(character)
}

/// Length of a value: the longer of a run without unescaped spaces and a quoted string, as the lexer has it.
fn value_len(value: &str) -> usize {
    let run = find_unescaped(value, char::is_whitespace).unwrap_or(value.len());
    let quoted = value
        .chars()
        .next()
        .filter(|quote| "\"'".contains(*quote))
        .and_then(|quote| find_unescaped(&value[1..], |c| c == quote))
        .map_or(0, |end| end + 2);
    run.max(quoted)
}

fn find_unescaped(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && wanted(character) {
            return Some(at);
        }
        escaped = !escaped && character == '\\';
    }
    None
}

/// A value without its quotes and backslashes.
fn unescaped(value: &str) -> String {
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Factory, name and spelled properties of every element.
    fn seen(text: &str) -> Vec<String> {
        elements(text)
            .into_iter()
            .map(|element| {
                let properties: Vec<_> = element.properties.into_iter().map(|one| one.name).collect();
                format!("{}:{}:{}", element.factory, element.name.unwrap_or_default(), properties.join(","))
            })
            .collect()
    }

    #[test]
    fn elements_names_and_properties() {
        assert_eq!(
            seen(
                "videotestsrc num-buffers=3 ! tee name=t t. ! queue ! appsink name=k sync=false t.src_1 ! appsink drop=true"
            ),
            ["videotestsrc::num-buffers", "tee:t:name", "queue::", "appsink:k:name,sync", "appsink::drop"]
        );
    }

    #[test]
    fn caps_are_no_elements() {
        assert_eq!(
            seen("videotestsrc ! video/x-raw, format=RGB, width=640 ! appsink name = \"a b\""),
            ["videotestsrc::", "appsink:a b:name"]
        );
        assert_eq!(
            seen("videotestsrc!video/x-raw,format=(string)RGB!appsink"),
            ["videotestsrc::", "appsink::"]
        );
        assert_eq!(
            seen("v ! capsfilter caps=\"video/x-raw, a=b\" ! appsink"),
            ["v::", "capsfilter::caps", "appsink::"]
        );
        assert_eq!(seen("v ! video/x-raw(memory:NVMM), format=NV12 ! appsink"), ["v::", "appsink::"]);
    }

    #[test]
    fn caps_at_the_end_are_noticed() {
        assert!(ends_in_caps("v ! video/x-raw, format=RGB "));
        assert!(!ends_in_caps("v ! video/x-raw, format=RGB ! appsink"));
        assert!(!ends_in_caps("v"));
    }

    #[test]
    fn values_keep_what_is_quoted_or_escaped() {
        assert_eq!(
            seen(r#"filesrc location="a ! appsink b" ! appsink name='it\'s' sync=true"#),
            ["filesrc::location", "appsink:it's:name,sync"]
        );
        assert_eq!(seen(r"filesrc location=a\ !\ appsink ! appsink"), ["filesrc::location", "appsink::"]);
        assert_eq!(seen("m sink_1::xpos=20 ! appsink"), ["m::sink_1::xpos", "appsink::"]);
    }

    #[test]
    fn bins_uris_and_references() {
        assert_eq!(
            seen("( videotestsrc ! appsink name=k ) bin.( name=b fakesink ) file:///a/appsink ! d.sink"),
            ["videotestsrc::", "appsink:k:name", "fakesink::"]
        );
        assert_eq!(seen("a.src_0 ! .sink appsink. name=x"), Vec::<String>::new());
    }

    #[test]
    fn spans_cover_the_element() {
        let text = "videotestsrc ! autovideosink name=k sync=false";
        let found = elements(text);
        assert_eq!(&text[found[1].span.clone()], "autovideosink name=k sync=false");
        assert_eq!(&text[found[1].properties[1].span.clone()], "sync=false");
    }

    #[test]
    fn words_are_joined_as_gstreamer_does() {
        let words = ["a", "caps=video/x-raw, width=3", "x=\"q r\""].map(str::to_owned);
        assert_eq!(join(&words), "a caps=video/x-raw,\\ width=3 x=\"q r\" ");
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", "!", "= = \"", "name=", "a\\", "é ! ü=1", "\"", "x='", "a:b:c ::: !!"] {
            elements(text);
        }
    }
}
