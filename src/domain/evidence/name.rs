//! How well a source knows a company's name. A job board has a slug, a list of websites a domain: such
//! a handle is kept apart ([`Attribute::Handle`](super::attribute::Attribute::Handle)) and shown only
//! while no source says a name. Of two spellings of one name the one with its words apart is kept.

use super::attribute::Value;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;

/// Whether a text says only what a slug, a domain or the account's key says.
pub(super) fn is_handle(name: &Value, account: &AccountKey) -> bool {
    let Some(name) = name.texts().next() else { return false };
    let is_lower = name.chars().any(char::is_lowercase) && !name.chars().any(char::is_uppercase);
    let is_word = !name.contains(char::is_whitespace);
    let is_domain = AccountKey::read(name).is_some_and(|key| {
        let end = key.as_str().rsplit('.').next().unwrap_or_default();
        end.len() >= 2 && end.bytes().all(|b| b.is_ascii_alphabetic())
    });
    // Of a typed key the id is a slug: `ashby:toplinepro`, and "Toplinepro".
    let id = account.as_str().rsplit_once(':').map(|(_, id)| letters(id));
    is_lower || is_word && (is_domain || id.is_some_and(|id| id == letters(name)))
}

/// Of two spellings of one name the fuller: `Topline Pro`, not `Toplinepro` or `TOPLINE PRO`. `None`
/// where they are two names, or equally full.
pub(super) fn fuller<'a>(known: &'a Value, said: &'a Value) -> Option<&'a Value> {
    let text = |name: &'a Value| name.texts().next();
    let (one, other) = (text(known)?, text(said)?);
    if one == other || letters(one) != letters(other) {
        return None;
    }
    match fullness(one).cmp(&fullness(other)) {
        std::cmp::Ordering::Less => Some(said),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(known),
    }
}

/// The number of places where a word ends, and whether it is not all in capitals.
fn fullness(name: &str) -> (usize, bool) {
    let letters: Vec<char> = name.chars().collect();
    let ends = letters.windows(2).filter(|pair| {
        let apart = pair[0].is_alphanumeric() && !pair[1].is_alphanumeric();
        apart || pair[0].is_lowercase() && pair[1].is_uppercase()
    });
    (ends.count(), name.chars().any(char::is_lowercase))
}

/// Its letters and digits, without case and accents.
fn letters(name: &str) -> String {
    let term = Term::parse(name).ok();
    let letters = term.iter().flat_map(|term| term.as_str().chars());
    letters.filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::company::{Absorbed, Attribute, Company, CompanyUpdate};
    use crate::domain::terms::time::Day;
    use uuid::Uuid;

    /// What an account is called after these names were said, each for the day of its place.
    fn called(account: &str, names: &[&str]) -> String {
        let mut company = Company::default();
        for (day, name) in names.iter().enumerate() {
            say(&mut company, account, day, name);
        }
        let known = company.fact(Attribute::Name).or(company.fact(Attribute::Handle));
        known.unwrap().value.texts().next().unwrap().to_owned()
    }

    fn say(company: &mut Company, account: &str, day: usize, name: &str) -> Absorbed {
        company.absorb(
            &AccountKey::parse(account).unwrap(),
            &CompanyUpdate {
                id: Uuid::from_u128(1),
                source: "s".into(),
                as_of: Day(20_000 + day as i32).start(),
                baseline: false,
                facts: vec![(Attribute::Name, Value::said(Attribute::Name, [name]).unwrap())],
                tools: Vec::new(),
                tools_complete: false,
                departments: Vec::new(),
                departments_complete: false,
            },
        )
    }

    #[test]
    fn a_source_that_knows_less_does_not_rename_a_company() {
        let full = "Quarry Lane";
        let board = "ashby:quarrylane";
        for (account, less) in [
            (board, "quarry-lane"),
            (board, "quarrylane"),
            (board, "Quarrylane"),
            (board, "quarry lane"),
            (board, "quarrylane.com"),
            ("quarrylane.com", "quarrylane.com"),
            ("quarrylane.com", "Quarrylane.com"),
            ("quarrylane.com", "Quarrylane"),
            ("quarrylane.com", "QUARRY LANE"),
            ("quarrylane.com", "ql-careers"),
        ] {
            assert_eq!(called(account, &[full, less]), full, "{less} after");
            assert_eq!(called(account, &[less, full]), full, "{less} before");
            assert_eq!(called(account, &[less]), less, "{less} alone");
        }
    }

    #[test]
    fn a_company_that_is_renamed_has_its_new_name() {
        for (account, names, expected) in [
            ("quarrylane.com", &["Quarry Lane", "Fernwick"][..], "Fernwick"),
            ("fernwick.com", &["Quarry Lane", "Fernwick"], "Fernwick"),
            ("fernwick.com", &["Fernwick", "Fernwick Ltd"], "Fernwick Ltd"),
            ("fernwick.com", &["9wick", "fernwick"], "fernwick"),
            ("fernwick.jp", &["がたろう", "がたろう株式会社"], "がたろう株式会社"),
        ] {
            assert_eq!(called(account, names), expected, "{names:?}");
        }
    }

    #[test]
    fn a_lesser_name_is_no_news() {
        let mut company = Company::default();
        assert_eq!(say(&mut company, "a.com", 0, "Quarry Lane"), Absorbed::Changed);
        assert_eq!(say(&mut company, "a.com", 2, "Quarrylane"), Absorbed::Changed);
        assert_eq!(company.version, 1, "the day it was confirmed is not another company");
        assert_eq!(say(&mut company, "a.com", 1, "Quarrylane"), Absorbed::Same);
        assert_eq!(say(&mut company, "a.com", 1, "Quarry Lane"), Absorbed::Same);
    }
}
