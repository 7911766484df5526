//! Modules and styles without comments and needless white space. Nothing is renamed or moved: a module keeps its tokens,
//! and each line break at which a statement may end.
//!
//! A parser for JavaScript that could shorten names too saves 9 KB of 65, and takes longer to build than all else here.

/// Beside these, white space separates nothing. `+`, `-`, `/` and `.` may make another token of what they touch.
const APART: &str = "{}()[];,:?=<>&|!*%~^'\"`";
/// After these no statement ends, so that a line break says nothing.
const OPEN: &str = "{([;,?:=&|";
/// Before these one ends anyway, or does not yet.
const CLOSING: &str = "}])";
/// Words after which a slash begins a regular expression.
const BEFORE_REGEX: [&str; 10] =
    ["return", "typeof", "case", "in", "of", "else", "do", "void", "await", "yield"];

/// What a module is made of, as far as that tells comments from all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Space,
    Comment,
    /// Names and numbers.
    Word,
    /// A string, a template, a regular expression: kept to the letter.
    Text,
    /// One character.
    Mark,
}

/// A module in fewer characters, with the same meaning.
pub(crate) fn js(text: &str) -> String {
    let mut small = String::with_capacity(text.len());
    let mut gap = Gap::None;
    each(text, |kind, token| {
        if matches!(kind, Kind::Space | Kind::Comment) {
            gap = gap.max(if token.contains('\n') { Gap::Line } else { Gap::Space });
            return;
        }
        let before = small.chars().next_back();
        let after = token.chars().next().unwrap_or(' ');
        let separator = match (std::mem::replace(&mut gap, Gap::None), before) {
            (Gap::Line, Some(before)) if !OPEN.contains(before) && !CLOSING.contains(after) => "\n",
            (Gap::Space, Some(before)) if !APART.contains(before) && !APART.contains(after) => " ",
            _ => "",
        };
        small += separator;
        small += token;
    });
    small.push('\n');
    small
}

/// A module without its comments; its lines stay.
pub(crate) fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    each(text, |kind, token| match kind {
        Kind::Comment => plain.push_str(if token.contains('\n') { "\n" } else { " " }),
        _ => plain += token,
    });
    plain
}

/// White space that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

/// Hands out the module piece by piece.
fn each<'a>(text: &'a str, mut take: impl FnMut(Kind, &'a str)) {
    let mut rest = text;
    // Whether a slash would begin a regular expression: where an operand is due.
    let mut is_operand_due = true;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first.is_whitespace() {
            (Kind::Space, rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()))
        } else if rest.starts_with("//") {
            (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Kind::Comment, rest.find("*/").map_or(rest.len(), |end| end + "*/".len()))
        } else if first == '\'' || first == '"' {
            (Kind::Text, quoted(rest, first))
        } else if first == '`' {
            (Kind::Text, template(rest))
        } else if let Some(length) = regex(rest).filter(|_| is_operand_due) {
            (Kind::Text, length)
        } else if is_of_word(first) {
            (Kind::Word, rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()))
        } else {
            (Kind::Mark, first.len_utf8())
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        match kind {
            Kind::Space | Kind::Comment => {}
            Kind::Text => is_operand_due = false,
            Kind::Word => is_operand_due = BEFORE_REGEX.contains(&token),
            Kind::Mark => is_operand_due = !matches!(first, ')' | ']' | '}'),
        }
        take(kind, token);
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#')
}

/// Bytes of the string that the text begins with; the line's end is past any.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            '\n' => return at,
            _ => {}
        }
    }
    text.len()
}

/// Bytes of the regular expression that the text may begin with, without its flags; it ends in its line.
fn regex(text: &str) -> Option<usize> {
    let (mut is_escaped, mut in_class) = (false, false);
    for (at, c) in text.strip_prefix('/')?.char_indices() {
        match c {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some("/".len() + at + "/".len()),
            _ => {}
        }
    }
    None
}

/// Bytes of the template that the text begins with, and of the templates in it.
fn template(text: &str) -> usize {
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '`' => return at + 1,
            '\\' => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            '$' if text[at..].starts_with("${") => at += "${".len() + substitution(&text[at + 2..]),
            c => at += c.len_utf8(),
        }
    }
    text.len()
}

/// Bytes up to and with the brace that ends a substitution.
fn substitution(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '`' => at += template(&text[at..]),
            '\'' | '"' => at += quoted(&text[at..], c),
            '}' if depth == 0 => return at + 1,
            c => {
                depth += usize::from(c == '{');
                depth -= usize::from(c == '}');
                at += c.len_utf8();
            }
        }
    }
    text.len()
}

/// A style sheet without comments, and without white space where that says nothing: a space may stand for a descendant
/// or be wanted by an operator, so that only what stands beside braces, semicolons and commas goes, and the space
/// after a colon.
pub(crate) fn css(text: &str) -> String {
    let mut small = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_comment = rest.starts_with("/*");
        let length = if is_comment {
            rest.find("*/").map_or(rest.len(), |end| end + "*/".len())
        } else if first.is_ascii_whitespace() {
            rest.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len())
        } else if first == '"' || first == '\'' {
            quoted(rest, first)
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_ascii_whitespace() || is_comment {
            if !small.is_empty() && !small.ends_with([' ', '{', '}', ';', ',', ':']) {
                small.push(' ');
            }
            continue;
        }
        if matches!(first, '{' | '}' | ';' | ',') && small.ends_with(' ') {
            small.pop();
        }
        if first == '}' && small.ends_with(';') {
            small.pop();
        }
        small += token;
    }
    small
}
