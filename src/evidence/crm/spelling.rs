//! When two labels may be one, written differently.

use crate::domain::terms::term::Term;
use crate::domain::terms::vocabulary::{COUNTRIES, INDUSTRIES, Vocabulary};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A word of fewer letters is near to too many others.
const LETTERS_MIN: usize = 5;
/// The same of the many words of a list.
const LISTED_LETTERS_MIN: usize = 6;
/// From here on two letters may differ.
const LETTERS_OF_TWO: usize = 9;

/// The label in lower case without blanks and signs: labels with the same key are one label.
pub(in crate::evidence) fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether one of the two may be a misspelling of the other: one word differs, by a letter (two in a long
/// one). Numbers must be the same: "Q1" is not "Q2".
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(a) != digits(b) {
        return false;
    }
    let apart = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let (a, b) = (apart(a), apart(b));
    if a.len() != b.len() {
        return false;
    }
    let mut other = a.iter().zip(&b).filter(|(a, b)| a != b);
    let (Some((x, y)), None) = (other.next(), other.next()) else { return false };
    is_near_word(x, y)
}

fn is_near_word(x: &str, y: &str) -> bool {
    let letters = x.chars().count().min(y.chars().count());
    let allowed = match letters {
        _ if letters < LETTERS_MIN => 0,
        _ if letters < LETTERS_OF_TWO => 1,
        _ => 2,
    };
    // Longer by more letters than may differ.
    let apart = x.len().abs_diff(y.len()) > 2 * allowed;
    !apart && x != y && strsim::osa_distance(x, y) <= allowed
}

/// The first of the names that the text may be a misspelling of.
pub(super) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    names.into_iter().find(|name| is_near(text, name)).map(str::to_owned)
}

/// A list of words that knows a column's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Countries,
    Industries,
}

impl Known {
    fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Known::Countries => &COUNTRIES,
            Known::Industries => &INDUSTRIES,
        }
    }

    pub(super) fn knows(self, label: &str) -> bool {
        Term::parse(label).is_ok_and(|term| self.vocabulary().thing(&term).is_some())
    }

    /// The known word that a label may be a misspelling of.
    pub(super) fn meant(self, label: &str) -> Option<String> {
        static COUNTRY_WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| names(&COUNTRIES));
        static INDUSTRY_WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| names(&INDUSTRIES));
        let known = match self {
            Known::Countries => &COUNTRY_WORDS,
            Known::Industries => &INDUSTRY_WORDS,
        };
        let lower = Term::parse(label).ok()?.as_str().replace('-', " ");
        let is_short = lower.chars().count() < LISTED_LETTERS_MIN;
        if is_short || self.knows(label) || known.contains(&lower) {
            return None;
        }
        nearest(&lower, known.iter().map(String::as_str))
    }
}

/// Every name, and for names of several words each long word too.
fn names(vocabulary: &Vocabulary) -> BTreeSet<String> {
    let names = vocabulary.words().flat_map(|word| vocabulary.names(word));
    let names: BTreeSet<String> = names.map(|name| name.as_str().replace('-', " ")).collect();
    let words =
        names.iter().flat_map(|name| name.split(' ')).filter(|word| word.len() >= LETTERS_MIN);
    let words: Vec<String> = words.map(str::to_owned).collect();
    names.into_iter().chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_may_be_one() {
        let near = [
            ("technolgy", "technology"),
            ("Manufacturing", "Manufacturng"),
            ("Health Care", "Helth Care"),
            ("Referral partner", "Referal partner"),
            ("Logistics", "logistcis"),
        ];
        for (a, b) in near {
            assert!(is_near(a, b) && is_near(b, a), "{a} {b}");
        }
        let apart = [
            ("Seller 1", "Seller 2"),
            ("Product A", "Product B"),
            ("Q1 2017", "Q2 2017"),
            ("01.High", "02.Medium"),
            ("Won", "Win"),
            ("Retail", "Rental services"),
            ("Inbound", "Outbound"),
            ("Google", "Google"),
            ("SaaS", "saas"),
        ];
        for (a, b) in apart {
            assert!(!is_near(a, b), "{a} {b}");
        }
    }

    #[test]
    fn words_of_the_lists_are_known() {
        assert_eq!(Known::Countries.meant("Phillipines").as_deref(), Some("philippines"));
        assert_eq!(Known::Countries.meant("Swizerland").as_deref(), Some("switzerland"));
        for fine in ["Germany", "USA", "Australia", "Austria", "Korea", "Emea", "Niger"] {
            assert_eq!(Known::Countries.meant(fine), None, "{fine}");
        }
        assert_eq!(Known::Industries.meant("technolgy").as_deref(), Some("technology"));
        assert_eq!(
            Known::Industries.meant("Telecomunications").as_deref(),
            Some("telecommunications")
        );
        for fine in [
            "Retail",
            "Medical",
            "employment",
            "Marketing",
            "Pet food",
            "party",
            "Finance",
            "services",
        ] {
            assert_eq!(Known::Industries.meant(fine), None, "{fine}");
        }
    }
}
