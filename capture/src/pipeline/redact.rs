//! Text from pipelines made safe to show: no control characters, no credentials. Pure.

/// Escapes control characters, hides `user:password@` of URIs, and cuts the text to what travels.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in without_credentials(text).chars() {
        match character {
            '\n' | '\t' => out.push(' '),
            // Bidirectional overrides reorder what a person reads; they are escaped like control characters.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.extend(character.escape_unicode());
            }
            _ if character.is_control() => out.extend(character.escape_default()),
            _ => out.push(character),
        }
    }
    wire::capped(out.trim_end(), wire::MAX_TEXT)
}

fn without_credentials(text: &str) -> String {
    const SCHEME_END: &str = "://";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SCHEME_END) {
        let (before, after) = rest.split_at(at + SCHEME_END.len());
        out.push_str(before);
        let authority =
            after.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(after.len());
        // The last `@`: a password may hold one.
        if let Some(end) = after[..authority].rfind('@') {
            out.push_str("***");
            rest = &after[end..];
        } else {
            rest = after;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_hidden() {
        for (text, expected) in [
            ("open rtsp://me:se@cret@cam:554/a failed", "open rtsp://***@cam:554/a failed"),
            ("http://user@host", "http://***@host"),
            ("two: a://b:c@d e://f:g@h.", "two: a://***@d e://***@h."),
            ("mail me@home", "mail me@home"),
            ("file:///tmp/a@b", "file:///tmp/a@b"),
            ("rtsp://cam/path?x=a@b", "rtsp://cam/path?x=a@b"),
        ] {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(clean("a\u{1b}[31mb\nc\r\u{7f}\n"), "a\\u{1b}[31mb c\\r\\u{7f}");
        assert_eq!(clean("x\u{202e}y"), "x\\u{202e}y");
    }

    #[test]
    fn long_text_is_cut() {
        assert!(clean(&"y".repeat(100_000)).len() <= wire::MAX_TEXT);
    }
}
