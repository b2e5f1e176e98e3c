//! Words that profiles, mappings and records compare: owners, territories, tools, categories, topics,
//! tags, industries, words of titles. They are read from files and records in any spelling and
//! normalised once, by [`Term::parse`], so that two spellings cannot be compared by mistake.
//!
//! Names that ids are made of (product, profile, segment, route, rule, criterion) are no terms, nor
//! are account keys ([`super::account`]): they are checked, and never rewritten.

use super::limits::TEXT_BYTES_MAX;
use crate::domain::Text;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use smallvec::SmallVec;
use std::fmt;
use std::str::FromStr;

/// A word, or several, whose spelling does not matter: `Sales Engagement`, `sales_engagement` and
/// `SALES-ENGAGEMENT` are one term, `São Paulo` and `sao paulo` another.
///
/// Held as lower-case letters and digits (with `+` and `#`: C++ is not C), what stands between words
/// as one hyphen, without accents, at most [`TEXT_BYTES_MAX`] bytes; never without a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Term(Text);

/// A text of signs alone is not a term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid word {0:?}: it has no letter or digit; use one that has, or remove it")]
pub struct TermError(String);

impl Term {
    /// Normalises a text; beyond [`TEXT_BYTES_MAX`] it is cut.
    ///
    /// # Errors
    /// Where the text has no letter and no digit.
    pub fn parse(text: &str) -> Result<Term, TermError> {
        let refused = || TermError(text.chars().take(60).collect());
        normalised(text, |normal| {
            let says = normal.chars().any(char::is_alphanumeric);
            says.then(|| Term(Text::new(normal))).ok_or_else(refused)
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this occurs in a text in any spelling: one word also within a longer one (`market` in
    /// "Head of Marketing"), several from the beginning of a word on (`R&D` not in "director, Dubai").
    pub fn is_within(&self, text: &str) -> bool {
        normalised(text, |normal| self.is_within_normal(normal))
    }

    fn is_within_normal(&self, normal: &str) -> bool {
        if !self.0.contains('-') {
            return normal.contains(self.as_str());
        }
        let begins_word = |at: usize| at == 0 || normal.as_bytes()[at - 1] == b'-';
        normal.match_indices(self.as_str()).any(|(at, _)| begins_word(at))
    }
}

/// Whether any of the terms occurs in the text (see [`Term::is_within`]).
pub fn any_within(terms: &[Term], text: &str) -> bool {
    normalised(text, |normal| terms.iter().any(|term| term.is_within_normal(normal)))
}

/// Hands on the normalised text, without an allocation where it is ASCII.
fn normalised<T>(text: &str, then: impl FnOnce(&str) -> T) -> T {
    if is_normal(text) {
        then(text)
    } else if text.is_ascii() {
        let bytes = ascii(text.as_bytes());
        then(std::str::from_utf8(&bytes).expect("ASCII in, ASCII out"))
    } else {
        then(&unicode(text))
    }
}

/// Most texts are: those of our own records always.
fn is_normal(text: &str) -> bool {
    let mut before = b'-';
    let plain = text.bytes().all(|b| {
        let fits = match b {
            b'a'..=b'z' | b'0'..=b'9' | b'+' | b'#' => true,
            b'-' => before != b'-',
            _ => false,
        };
        before = b;
        fits
    });
    plain && before != b'-' && text.len() <= TEXT_BYTES_MAX
}

fn ascii(text: &[u8]) -> SmallVec<[u8; TEXT_BYTES_MAX]> {
    let mut out = SmallVec::new();
    for b in text {
        if out.len() == TEXT_BYTES_MAX {
            break;
        }
        if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'#') {
            out.push(b.to_ascii_lowercase());
        } else if out.last().is_some_and(|last| *last != b'-') {
            out.push(b'-');
        }
    }
    if out.last() == Some(&b'-') {
        out.pop();
    }
    out
}

fn unicode(text: &str) -> String {
    let marks = CanonicalCombiningClassMapBorrowed::new();
    let is_mark = |c: char| marks.get_u8(c) != 0;
    // A sign is not a word, though it may be made of letters (™); but a full-width + is a +.
    let is_sign = |c: char| {
        let is_plain = c.is_ascii() || ('\u{ff01}'..='\u{ff5e}').contains(&c);
        !is_plain && !c.is_alphanumeric() && !is_mark(c)
    };
    // Composed again it is at most a third as long (Hangul).
    let most = text.chars().take(4 * TEXT_BYTES_MAX);
    let said: String = most.map(|c| if is_sign(c) { ' ' } else { c }).collect();
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&said);
    let mut out = String::with_capacity(apart.len());
    for c in apart.chars().filter(|c| !is_accent(*c)) {
        if c == '\u{345}' {
            // In capitals the iota below is a letter before the other marks.
            let at = out.trim_end_matches(is_mark).len();
            out.insert(at, 'ι');
        } else if c.is_alphanumeric() || matches!(c, '+' | '#') {
            push_folded(c, &mut out);
        } else if out.is_empty() || out.ends_with('-') {
            continue;
        } else {
            out.push(if is_mark(c) { c } else { '-' });
        }
    }
    // Scripts whose letters are made of several stay as they are written.
    let mut whole = ComposingNormalizerBorrowed::new_nfc().normalize(&out).into_owned();
    let end = (0..=TEXT_BYTES_MAX.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at));
    whole.truncate(end.unwrap_or(0));
    whole.truncate(whole.trim_end_matches('-').len());
    whole
}

/// Those of Latin, Greek and Cyrillic letters, which one source writes and another leaves out. The
/// iota below a Greek letter is a letter of its own in capitals.
pub(super) fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c) && c != '\u{345}'
}

/// In lower case by way of upper case, where ß is SS and the two small sigmas are one letter.
pub(super) fn push_folded(c: char, out: &mut String) {
    for upper in c.to_lowercase().flat_map(char::to_uppercase) {
        match upper {
            'Æ' => out.push_str("ae"),
            'Œ' => out.push_str("oe"),
            'Ø' => out.push('o'),
            'Ł' => out.push('l'),
            'Đ' => out.push('d'),
            other => out.extend(other.to_lowercase()),
        }
    }
}

impl FromStr for Term {
    type Err = TermError;
    fn from_str(text: &str) -> Result<Term, TermError> {
        Term::parse(text)
    }
}

impl AsRef<str> for Term {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Term, D::Error> {
        Term::parse(&Text::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Term {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str) -> String {
        Term::parse(text).map_or_else(|e| e.to_string(), |term| term.to_string())
    }

    #[test]
    fn spellings_of_one_word_are_one_term() {
        for (normal, spellings) in [
            ("kim-smith", &["Kim Smith", "kim_smith", " KIM--SMITH ", "Kim\u{a0}Smith"] as &[_]),
            ("sales-engagement", &["Sales Engagement", "sales/engagement", "SALES ENGAGEMENT"]),
            ("icp-gold", &["icp:gold", "ICP gold", "icp.gold"]),
            // A letter with an iota below, then a mark of another script.
            ("ωι\u{1e008}", &["ῲ\u{1e008}", "ῺΙ\u{1e008}"]),
            ("hubspot", &["HubSpot", "HubSpot™", "ＨｕｂＳｐｏｔ", "\u{feff}HubSpot®"]),
            ("sao-paulo", &["São Paulo", "Sa\u{303}o Paulo", "SÃO PAULO"]),
            ("strasse", &["Straße", "STRASSE", "STRAẞE"]),
            ("lodz", &["Łódź", "ŁÓDŹ"]),
            ("οδοσ", &["οδός", "ΟΔΟΣ"]),
            ("c++", &["C++", "Ｃ＋＋"]),
            ("c#", &["C#"]),
            ("cafe-c++", &["Café C++", "cafe c++"]),
            ("net", &[".NET"]),
            ("node-js", &["Node.js", "node js"]),
            ("r-d", &["R&D", "r & d"]),
            ("がたろう株式会社", &["がたろう株式会社", "か\u{3099}たろう株式会社"]),
            ("한국", &["한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"]),
            ("हिन्दी", &["हिन्दी"]),
        ] {
            for spelling in spellings {
                assert_eq!(term(spelling), normal, "{spelling:?}");
            }
        }
        for none in ["", "--", " ", "™", "+", "\u{301}"] {
            assert!(Term::parse(none).is_err(), "{none:?}");
        }
        assert_ne!(term("C++"), term("C"));
    }

    #[test]
    fn a_term_is_found_within_a_title() {
        for (part, title, is) in [
            ("market", "Head of Marketing", true),
            ("VP, Sales", "vp sales EMEA", true),
            ("développement", "Responsable Developpement", true),
            ("ops", "RevOps Lead", true),
            ("R&D", "Director, Dubai", false),
            ("R&D", "Head of R & D", true),
            ("sales lead", "Presales Lead", false),
            ("sales lead", "Sales Leader", true),
        ] {
            let part = Term::parse(part).unwrap();
            assert_eq!(part.is_within(title), is, "{part} in {title}");
            assert_eq!(any_within(&[part], title), is);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(term(&"a".repeat(500)).len(), TEXT_BYTES_MAX);
        assert_eq!(term(&"が".repeat(500)), "が".repeat(TEXT_BYTES_MAX / 3));
        let cut = format!("{} b", "a".repeat(TEXT_BYTES_MAX - 1));
        assert_eq!(term(&cut).len(), TEXT_BYTES_MAX - 1);
    }

    proptest::proptest! {
        #[test]
        fn only_letters_and_digits_count(text in "\\PC{0,40}", apart in "[-_ /,.]{1,3}") {
            let of = |text: &str| Term::parse(text).ok();
            let once = of(&text);
            for again in
                [text.to_uppercase(), text.to_lowercase(), format!("{apart}{text}{apart}")]
            {
                proptest::prop_assert_eq!(of(&again), once.clone(), "{:?}", again);
            }
            if let Some(once) = once {
                proptest::prop_assert_eq!(of(once.as_str()), Some(once.clone()));
                let apart = once.as_str().replace('-', &apart);
                proptest::prop_assert_eq!(of(&apart), Some(once));
            }
        }
    }
}
