//! A text as lines and sentences.

use std::ops::Range;

/// A longer text is cut: a job post has up to about 15,000 bytes.
pub(super) const BYTES_MAX: usize = 64 << 10;
/// A longer line is not a heading.
const HEADING_BYTES_MAX: usize = 80;
/// Longest link that is looked back over.
const LINK_BYTES_MAX: usize = 200;

/// The text with the signs that vary written in one way.
pub(super) fn plain(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(BYTES_MAX)]);
    let one = |c: char| match c {
        '\u{2018}' | '\u{2019}' | '\u{b4}' | '`' => '\'',
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\t' => ' ',
        '\u{2010}' | '\u{2011}' | '\u{2012}' => '-',
        '\r' | '\u{2028}' | '\u{2029}' => '\n',
        c => c,
    };
    text.chars().map(one).collect()
}

/// Bytes above 127 belong to letters of other scripts, or are signs that no name begins with.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a match is not a part of a longer word. A phrase that begins or ends with a sign asks for
/// nothing at that side (`ex-`).
pub(super) fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let letters = |at: usize| text.get(at).is_some_and(|b| is_word(*b));
    let begins = start == 0 || !letters(start) || !is_letter_before(text, start);
    begins && (!letters(end - 1) || !letters(end) || is_sign(text, end))
}

/// The byte before ends a letter or digit, not a sign such as a dash or a bullet.
fn is_letter_before(text: &[u8], at: usize) -> bool {
    let head = &text[..at];
    let from = head.iter().rposition(|b| (b & 0xc0) != 0x80).unwrap_or(0);
    std::str::from_utf8(&head[from..]).ok().and_then(|c| c.chars().next()).is_some_and(is_letter)
}

fn is_sign(text: &[u8], at: usize) -> bool {
    let tail = &text[at..text.len().min(at + 4)];
    let valid = match std::str::from_utf8(tail) {
        Ok(tail) => tail,
        Err(e) => std::str::from_utf8(&tail[..e.valid_up_to()]).unwrap_or_default(),
    };
    valid.chars().next().is_some_and(|c| !is_letter(c))
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a place lies within the address of a page or of a person.
pub(super) fn is_in_link(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(LINK_BYTES_MAX);
    let begin = text[from..at].iter().rposition(|b| b.is_ascii_whitespace() || *b == b'(');
    let head = &text[begin.map_or(from, |space| from + space + 1)..at];
    head.windows(3).any(|w| w == b"://") || head.starts_with(b"www.") || head.ends_with(b"@")
}

/// The lines of a text, by their bytes.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let range = at..at + line.len();
        at = range.end + 1;
        range
    })
}

/// The sentences of a line, by their bytes.
pub(super) fn sentences(text: &str, line: Range<usize>, short: &[String]) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut from = line.start;
    for at in line.clone() {
        let ends = matches!(bytes[at], b'.' | b'!' | b'?')
            && bytes.get(at + 1) == Some(&b' ')
            && at + 1 < line.end;
        if !ends {
            continue;
        }
        let next = text[at + 1..line.end].trim_start().chars().next();
        let begins = next.is_some_and(|c| !c.is_lowercase() && !matches!(c, ',' | ')' | ';'));
        let word = text[from..at].rsplit([' ', '(']).next().unwrap_or_default();
        if begins && !(bytes[at] == b'.' && short.iter().any(|s| s.eq_ignore_ascii_case(word))) {
            found.push(from..at + 1);
            from = at + 1;
        }
    }
    found.push(from..line.end);
    found
}

/// A line that names what follows: short, no item of a list, no sentence.
pub(super) fn is_heading(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && line.len() <= HEADING_BYTES_MAX
        && !line.starts_with(['-', '•', '●', '◦', '▪', '–', '·', '‣', '○', '→', '+'])
        && !(line.starts_with("* "))
        && !line.ends_with(['.', ';', ','])
}

/// A heading even where its words are not known.
pub(super) fn is_plain_heading(line: &str) -> bool {
    let line = line.trim_end_matches(['*', ' ']);
    let shouts = line.chars().any(char::is_alphabetic) && !line.chars().any(char::is_lowercase);
    line.ends_with(':') || shouts || line.split_whitespace().count() <= 6
}
