//! The text of a title in the form in which it is compared: small letters without accents, each word
//! between spaces of its own, `|` between the parts of a title, brackets as parts at the end.

use crate::domain::terms::term::{is_accent, push_folded};
use icu_normalizer::DecomposingNormalizerBorrowed;

/// Longer titles are cut.
const CHARS_MAX: usize = 240;

/// Letters that stand for genders: `(m/w/d)`, `H/F`.
const GENDERS: &[&str] =
    &["m", "w", "f", "d", "x", "h", "v", "i", "n", "u", "gn", "mwd", "mfd", "fmd", "div", "divers"];

/// Endings of the other gender: `Leiter/in`, `Vendedor(a)`.
const ENDINGS: &[&str] =
    &["innen", "in", "trice", "rice", "euse", "ère", "ne", "ra", "a", "o", "e", "r", "s"];

const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("ndash", '–'),
    ("mdash", '—'),
    ("bull", '•'),
    ("middot", '·'),
    ("hellip", ' '),
    ("shy", '\u{ad}'),
    ("apos", '\''),
    ("lsquo", '\''),
    ("rsquo", '\''),
    ("quot", '"'),
    ("lt", '<'),
    ("gt", '>'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("agrave", 'à'),
    ("ccedil", 'ç'),
    ("ntilde", 'ñ'),
];

/// The words of a title and what separates them. `of("VP, R&D (Remote)")` is
/// `" vp  |  r&d  |  remote "`: every word and every separator has a space on each side.
pub(super) fn of(title: &str) -> String {
    let chars = chars(title);
    let mut text = Text { main: Vec::new(), brackets: Vec::new(), depth: 0 };
    let mut at = 0;
    while at < chars.len() {
        at += text.take(&chars, at);
    }
    text.joined()
}

/// What the reader of a title sees: entities and escapes resolved, no accents, no invisible letters.
fn chars(title: &str) -> Vec<char> {
    let plain = title.is_ascii() && !title.contains(['&', '\\']);
    if plain {
        return title.chars().take(CHARS_MAX).map(|c| c.to_ascii_lowercase()).collect();
    }
    let shown = resolved(title);
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&shown);
    let mut folded = String::with_capacity(apart.len());
    for c in apart.chars().filter(|c| !is_accent(*c)) {
        match c {
            // A zero-width space may part words; the others part nothing.
            '\u{200b}' => folded.push(' '),
            '\u{200c}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            c => push_folded(c, &mut folded),
        }
    }
    folded.chars().take(CHARS_MAX).collect()
}

/// `&amp;`, `&#38;`, `&#x26;` and `\u0026` as the letters they stand for.
fn resolved(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    let mut rest = title;
    while let Some(at) = rest.find(['&', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = entity(rest)
            .or_else(|| escape(rest))
            .unwrap_or_else(|| (if rest.starts_with('&') { '&' } else { ' ' }, 1));
        out.push(letter);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let name = rest.get(1..end)?;
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let letter = match name.strip_prefix('#') {
        Some(hex) if hex.starts_with(['x', 'X']) => number(&hex[1..], 16)?,
        Some(decimal) => number(decimal, 10)?,
        None => ENTITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1,
    };
    Some((letter, end + 1))
}

fn escape(rest: &str) -> Option<(char, usize)> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(|letter| (letter, 6))
}

struct Text {
    main: Vec<String>,
    brackets: Vec<String>,
    depth: u32,
}

impl Text {
    /// Takes what stands at `at` and says how many letters that was.
    fn take(&mut self, chars: &[char], at: usize) -> usize {
        if let Some(length) = genders(chars, at) {
            return length;
        }
        let (before, after) = (before(chars, at), chars.get(at + 1).copied().unwrap_or(' '));
        match chars[at] {
            c if is_letter(c) => return self.word(chars, at),
            '(' | '[' | '{' => {
                self.depth += 1;
                self.brackets.push("|".to_owned());
            }
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            '-' | '\u{2010}' if before == ' ' || after == ' ' || after == '-' => self.sign("|"),
            '/' if after == '/' || before == '/' => self.sign("|"),
            '&' | '/' | '+' => self.sign("&"),
            ',' | ';' | ':' | '|' | '•' | '·' | '–' | '—' | '―' | '!' | '?' | '>' | '<' | '→'
            | '»' | '«' | '~' => self.sign("|"),
            '@' => self.sign("at"),
            _ => {}
        }
        1
    }

    /// A word, with the signs within it that do not end it.
    fn word(&mut self, chars: &[char], at: usize) -> usize {
        let mut word = String::new();
        let mut end = at;
        while let Some(c) = chars.get(end).copied() {
            let next = chars.get(end + 1).copied().unwrap_or(' ');
            let length = end - at;
            if is_letter(c) {
                word.push(c);
            } else if let Some(ending) = ending(chars, end).filter(|_| length >= 3) {
                end += ending;
                break;
            } else if !within(c, next, &word, chars, end) {
                break;
            } else if c == '&' {
                word.push(c);
            }
            end += 1;
        }
        // "Direct-to-consumer" names no recipient.
        let hyphens = before(chars, at) == '-' && chars.get(end) == Some(&'-');
        if !(hyphens && word == "to") {
            self.push(&word);
        }
        end - at
    }

    fn push(&mut self, word: &str) {
        if matches!(word, "and" | "und") {
            return self.sign("&");
        }
        let into = if self.depth > 0 { &mut self.brackets } else { &mut self.main };
        into.push(stem(word).to_owned());
    }

    /// The same separator twice is one.
    fn sign(&mut self, sign: &str) {
        let into = if self.depth > 0 { &mut self.brackets } else { &mut self.main };
        if into.last().is_none_or(|last| last != sign) {
            into.push(sign.to_owned());
        }
    }

    fn joined(self) -> String {
        let mut out = String::new();
        for word in self.main.iter().chain(&self.brackets) {
            out.push(' ');
            out.push_str(word);
            out.push(' ');
        }
        out
    }
}

/// A plural counts as its singular: both in titles and in the table.
fn stem(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(one) if word.len() >= 4 && !one.ends_with('s') => one,
        _ => word,
    }
}

/// Whether a sign belongs to the word around it: `V.P.`, `founder's`, `R&D`.
fn within(sign: char, next: char, word: &str, chars: &[char], at: usize) -> bool {
    let letters = word.chars().count();
    let ends = |from: usize| chars.get(from).is_none_or(|c| !is_letter(*c));
    match sign {
        '.' => {
            let dotted = at < 2 || !is_letter(chars[at - 2]);
            next.is_alphabetic() && dotted && ends(at + 2)
        }
        '\'' | '’' | '‘' | '`' => letters > 1 && is_letter(next),
        '&' => letters <= 2 && is_letter(next) && (ends(at + 2) || ends(at + 3)),
        _ => false,
    }
}

/// The length of `(m/w/d)` or `H/F` at `at`.
fn genders(chars: &[char], at: usize) -> Option<usize> {
    let open = matches!(chars[at], '(' | '[');
    if !open && (!is_letter(chars[at]) || is_letter(before(chars, at))) {
        return None;
    }
    let from = at + usize::from(open);
    let marks = |c: char| c.is_alphabetic() || matches!(c, '/' | '|' | '*' | ' ' | ',' | '-' | '.');
    let inside: String = match open {
        true => chars[from..].iter().take_while(|c| !matches!(c, ')' | ']')).collect(),
        false => chars[from..]
            .iter()
            .take_while(|c| is_letter(**c) || matches!(c, '/' | '|' | '*'))
            .collect(),
    };
    let length = inside.chars().count();
    let words = inside.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let (mut count, mut all) = (0, true);
    for word in words {
        count += 1;
        all &= GENDERS.contains(&word);
    }
    let several = count >= 2 || (open && count == 1 && length == 3);
    (all && several && inside.chars().all(marks)).then_some(length + 2 * usize::from(open))
}

/// The length of `/in`, `:in`, `(a)` at `at`.
fn ending(chars: &[char], at: usize) -> Option<usize> {
    let sign = chars[at];
    if !matches!(sign, '/' | ':' | '*' | '_' | '(' | '·') {
        return None;
    }
    let hyphen = usize::from(chars.get(at + 1) == Some(&'-'));
    let from = at + 1 + hyphen;
    let word: String = chars[from..].iter().take(6).take_while(|c| is_letter(**c)).collect();
    let length = word.chars().count();
    let closed = chars.get(from + length) == Some(&')');
    let fits = ENDINGS.contains(&word.as_str()) && (sign == '(') == closed;
    fits.then_some(1 + hyphen + length + usize::from(closed))
}

fn before(chars: &[char], at: usize) -> char {
    at.checked_sub(1).and_then(|at| chars.get(at)).copied().unwrap_or(' ')
}

/// Voiced marks of kana are no letters by themselves.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_written_as_its_words() {
        for (title, words) in [
            ("V.P. of Sales", "vp of sale"),
            ("E.V.P. & C.R.O.", "evp & cro"),
            ("S.D.R. (Remote)", "sdr | remote"),
            ("Sr. Node.js Developer", "sr node js developer"),
            ("VP, Sales &amp; Marketing", "vp | sale & marketing"),
            ("Sales&nbsp;Rep &#8211; R&#38;D", "sale rep | r&d"),
            ("Sales\u{200b}Rep", "sale rep"),
            ("Sales\\u200bRep", "sale rep"),
            ("Ｈｅａｄ ｏｆ Ｓａｌｅｓ", "head of sale"),
            ("Head‑of‑Sales", "head of sale"),
            ("Co-Founder - FP&A", "co founder | fp&a"),
            ("Vertriebsleiter:in (m/w/d)", "vertriebsleiter"),
            ("Verkäufer/-in im Außendienst m/w/d", "verkaufer im aussendienst"),
            ("Directeur(trice) Commercial(e) H/F", "directeur commercial"),
            ("Vendedor/a", "vendedor"),
            ("Founders' Office", "founder office"),
            ("Founder's Associate (Sales)", "founder associate | sale"),
            ("Chef d'équipe", "chef d equipe"),
            ("Assistant (to CEO) & Office Manager", "assistant & office manager | to ceo"),
            ("Go-to-Market Lead", "go market lead"),
            ("UI/UX // Web @ Acme", "ui & ux | web at acme"),
            ("Sales and Marketing", "sale & marketing"),
            ("C++ Developer", "c & developer"),
            ("(", ""),
        ] {
            let found = of(title);
            let found: Vec<&str> = found.split_whitespace().filter(|w| !w.is_empty()).collect();
            let found = found.join(" ");
            assert_eq!(found.trim_end_matches(" |").trim_end_matches('|'), words, "{title}");
        }
    }
}
