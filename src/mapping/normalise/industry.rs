//! Industries onto one catalogue: a file of our terms, each with what vendors call it. What it does
//! not know stays a term of itself, so that a profile can still name it.

use crate::domain::terms::term::Term;
use std::collections::BTreeMap;

/// From a vendor's term to ours.
#[derive(Debug, Default)]
pub struct Industries(BTreeMap<Term, Term>);

impl Industries {
    /// `catalogue`: names by slug; each name may belong to one slug only.
    pub fn new(catalogue: BTreeMap<String, Vec<String>>) -> Result<Industries, String> {
        let mut ours = BTreeMap::new();
        let term = |name: &str| Term::parse(name).map_err(|why| why.to_string());
        for (own, names) in &catalogue {
            let called = term(own)?;
            for name in names.iter().chain([own]) {
                let before = ours.insert(term(name)?, called.clone());
                if let Some(before) = before.filter(|before| *before != called) {
                    return Err(format!(
                        "invalid catalogue: {name:?} is listed under both {before} and {own}; remove one"
                    ));
                }
            }
        }
        Ok(Industries(ours))
    }

    pub fn knows(&self, text: &str) -> bool {
        Term::parse(text).is_ok_and(|term| self.0.contains_key(&term))
    }

    /// `None` for a text without letter and digit.
    pub fn of(&self, text: &str) -> Option<Term> {
        let term = Term::parse(text).ok()?;
        Some(self.0.get(&term).cloned().unwrap_or(term))
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
    fn names_fall_on_our_terms_and_others_stay_themselves() {
        let said = |known: &Industries, text| known.of(text).unwrap().to_string();
        let known = catalogue(&[("fintech", &["Financial Technology", "FinTech"])]).unwrap();
        assert_eq!(said(&known, "Financial  technology"), "fintech");
        assert_eq!(said(&known, "fintech"), "fintech");
        assert_eq!(said(&known, "Real Estate"), "real-estate");
        let known = catalogue(&[("Real Estate", &["Property"])]).unwrap();
        assert_eq!(said(&known, "property"), "real-estate");
        assert!(catalogue(&[("a", &["x"]), ("b", &["X"])]).unwrap_err().contains("both"));
        assert!(catalogue(&[("--", &[])]).unwrap_err().contains("no letter"));
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in "\\PC{0,30}") {
            let known = catalogue(&[("fintech", &["Financial Technology"])]).unwrap();
            if let Some(once) = known.of(&text) {
                proptest::prop_assert_eq!(known.of(once.as_str()), Some(once));
            }
        }
    }
}
