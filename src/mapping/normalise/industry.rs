//! Industries onto one catalogue: a file of our slugs, each with what vendors call it. What it does
//! not know stays a slug of itself, so that a profile can still name it.

use crate::domain::Text;
use crate::domain::evidence::signal::slug;
use std::collections::BTreeMap;

/// From a vendor's slug to ours.
#[derive(Debug, Default)]
pub struct Industries(BTreeMap<Text, Text>);

impl Industries {
    /// By our name; each synonym belongs to one of them.
    pub fn new(catalogue: BTreeMap<String, Vec<String>>) -> Result<Industries, String> {
        let mut ours = BTreeMap::new();
        for (own, names) in &catalogue {
            if slug(own) != own.as_str() {
                return Err(format!("{own:?} is no slug (lower-case words with hyphens)"));
            }
            for name in names.iter().chain([own]) {
                let before = ours.insert(slug(name), Text::from(own.as_str()));
                if let Some(before) = before.filter(|before| before != own) {
                    return Err(format!("{name:?} stands under both {before} and {own}"));
                }
            }
        }
        Ok(Industries(ours))
    }

    pub fn knows(&self, text: &str) -> bool {
        self.0.contains_key(&slug(text))
    }

    pub fn of(&self, text: &str) -> Text {
        let slug = slug(text);
        self.0.get(&slug).cloned().unwrap_or(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(names: &[(&str, &[&str])]) -> Result<Industries, String> {
        let owned = names
            .iter()
            .map(|(own, names)| (own.to_string(), names.iter().map(ToString::to_string).collect()));
        Industries::new(owned.collect())
    }

    #[test]
    fn names_fall_on_our_slugs_and_others_stay_themselves() {
        let known = catalogue(&[("fintech", &["Financial Technology", "FinTech"])]).unwrap();
        assert_eq!(known.of("Financial  technology"), "fintech");
        assert_eq!(known.of("fintech"), "fintech");
        assert_eq!(known.of("Real Estate"), "real-estate");
        assert!(catalogue(&[("a", &["x"]), ("b", &["X"])]).unwrap_err().contains("both"));
        assert!(catalogue(&[("A b", &[])]).unwrap_err().contains("no slug"));
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in "\\PC{0,30}") {
            let known = catalogue(&[("fintech", &["Financial Technology"])]).unwrap();
            let once = known.of(&text);
            proptest::prop_assert_eq!(known.of(&once), once);
        }
    }
}
