//! Fields that hold a list of terms, as a list or as one text. A text is taken apart at commas,
//! semicolons, bars and line ends, except within a name that the catalogue knows (`Technology,
//! Information and Internet`); a name of a list stays whole, so that a name with a comma that no
//! catalogue knows is said as a list of one.

use super::RowError;
use super::fields::Fields;
use crate::domain::Text;
use crate::domain::evidence::signal::bounded;
use serde_json::Value;

/// The most parts that one name of a catalogue is looked for in.
const PARTS_MAX: usize = 6;

fn separates(c: char) -> bool {
    matches!(c, ',' | ';' | '|' | '\n' | '\r' | '，' | '；' | '、')
}

impl Fields {
    /// `known`: what the catalogue has a name for.
    pub(super) fn terms(
        &mut self,
        name: &str,
        known: impl Fn(&str) -> bool,
    ) -> Result<Vec<Text>, RowError> {
        match self.map.get(name) {
            Some(Value::String(text)) => {
                let terms = split(text, known).into_iter().filter_map(bounded).collect();
                self.map.remove(name);
                Ok(terms)
            }
            _ => self.texts(name),
        }
    }
}

/// Each part, or as many as one known name covers.
pub(super) fn split(text: &str, known: impl Fn(&str) -> bool) -> Vec<&str> {
    let starts = text.char_indices().filter(|(_, c)| separates(*c));
    let mut parts: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    for (at, c) in starts {
        parts.push((from, at));
        from = at + c.len_utf8();
    }
    parts.push((from, text.len()));
    let mut terms = Vec::new();
    let mut rest = &parts[..];
    while let [(from, end), ..] = rest {
        let most = rest.len().min(PARTS_MAX);
        let whole = |n: &usize| known(text[*from..rest[*n - 1].1].trim());
        let (taken, end) = match (2..=most).rev().find(whole) {
            Some(n) => (n, rest[n - 1].1),
            None => (1, *end),
        };
        terms.push(text[*from..end].trim());
        rest = &rest[taken..];
    }
    terms.retain(|term| !term.is_empty());
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_but_not_within_a_known_name() {
        let known = |name: &str| name == "Technology, Information and Internet";
        for (text, terms) in [
            ("SaaS", &["SaaS"] as &[&str]),
            ("SaaS, Fintech", &["SaaS", "Fintech"]),
            (" SaaS;Fintech | Data\nAI,", &["SaaS", "Fintech", "Data", "AI"]),
            (
                "SaaS, Technology, Information and Internet, AI",
                &["SaaS", "Technology, Information and Internet", "AI"],
            ),
            (" , ;", &[]),
            ("", &[]),
        ] {
            assert_eq!(split(text, known), terms, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_what_separates_is_lost(text in "[a-c,;|é、 \n]{0,40}", all in proptest::bool::ANY) {
            let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            let joined = split(&text, |_| all).concat();
            proptest::prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}
