//! Text from pipelines made safe to show: no control characters, no credentials. Pure.

/// What stands for what is hidden.
const HIDDEN: &str = "***";
/// Words of names whose values are secrets, as properties and parameters of URIs have them.
const SECRETS: [&str; 14] = [
    "pw",
    "pwd",
    "passwd",
    "password",
    "passphrase",
    "secret",
    "token",
    "auth",
    "authorization",
    "credential",
    "credentials",
    "cookie",
    "cookies",
    "signature",
];
/// Names that are secrets only as a whole.
const NAMES: [&str; 4] = ["user", "user-id", "username", "apikey"];

/// Escapes control characters, hides credentials, and cuts the text to what travels.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in hidden(text).chars() {
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

/// The text without `user:password@` of URIs, and without the value of each `name=value` whose name [is a
/// secret's](is_secret).
pub(super) fn hidden(text: &str) -> String {
    without_values(&without_credentials(text))
}

/// Whether what has this name is a secret: `user-pw`, `X-Amz-Signature`, `srtp-key`.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    // A key at the end is one to open something with; those of `key-int-max` are frames.
    NAMES.contains(&name.replace('_', "-").as_str())
        || words.clone().next_back() == Some("key")
        || words.any(|word| SECRETS.contains(&word))
}

fn without_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let name = before.trim_end_matches(' ').rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
        out.push_str(&rest[..=at]);
        rest = after;
        if is_secret(name) {
            let (kept, end) = value(after);
            out.push_str(&after[..kept]);
            out.push_str(HIDDEN);
            rest = &after[end..];
        }
    }
    out + rest
}

/// Where the value at the beginning of a text begins, behind its type, and where it ends. It may be in quotes, also in
/// quotes of a text that is quoted itself.
fn value(text: &str) -> (usize, usize) {
    let mut start = text.len() - text.trim_start_matches(' ').len();
    if text[start..].starts_with('(')
        && let Some(end) = text.find(')')
    {
        start = end + 1;
    }
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| text[start..].starts_with(quote));
    let begin = start + quote.map_or(0, str::len);
    let mut characters = text[begin..].char_indices();
    while let Some((at, character)) = characters.next() {
        let rest = &text[begin + at..];
        match quote {
            Some(quote) if rest.starts_with(quote) => return (start, begin + at + quote.len()),
            None if character.is_whitespace() || "\"'<>".contains(character) => return (start, begin + at),
            _ if character == '\\' => {
                // What follows is escaped, and a backslash that is escaped escapes in its turn.
                if let Some((_, '\\')) = characters.next()
                    && quote == Some("\\\"")
                    && let Some((_, '\\')) = characters.next()
                {
                    characters.next();
                }
            }
            _ => {}
        }
    }
    (start, text.len())
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
            out.push_str(HIDDEN);
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
    fn values_of_secrets_are_hidden() {
        for (text, expected) in [
            ("rtspsrc user-pw=top! ! sink", "rtspsrc user-pw=*** ! sink"),
            ("a user-pw = \"two \\\"words\" b=c", "a user-pw = *** b=c"),
            ("x srt://h:1?passphrase=abc&mode=listener y", "x srt://h:1?passphrase=*** y"),
            ("h, Authorization=(string)\"Bearer\\ x\", a=(int)1", "h, Authorization=(string)***, a=(int)1"),
            ("srtp-key=(buffer)00ff ssrc=1", "srtp-key=(buffer)*** ssrc=1"),
            (r#"\nuser-pw=\"a\\\"b\"\lc=d"#, r"\nuser-pw=***\lc=d"),
            ("x264enc key-int-max=30 pass=cbr", "x264enc key-int-max=30 pass=cbr"),
            ("width=(int)8, format=(string)RGB", "width=(int)8, format=(string)RGB"),
            ("password=", "password=***"),
            ("token='", "token=***"),
            ("token=\\", "token=***"),
        ] {
            assert_eq!(hidden(text), expected, "{text}");
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
