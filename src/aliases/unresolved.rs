//! Accounts that hold evidence, but whose company is unknown or may be one that has a domain; with
//! the accounts that may be meant.

use crate::domain::account::explain::what;
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::event::Evidence;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use crate::mapping::identity::by_name;
use serde::Serialize;
use std::collections::BTreeMap;

/// Suggestions, and examples of evidence, shown of one account.
const SHOWN: usize = 3;

#[derive(Debug, Serialize)]
pub struct Parked {
    pub account: AccountKey,
    /// Pieces of evidence.
    #[serde(rename = "evidence_count")]
    pub evidence: usize,
    /// The day of the newest.
    #[serde(rename = "newest_on")]
    pub newest: Day,
    pub examples: Vec<String>,
    pub suggestions: Vec<AccountKey>,
}

/// A company that is known, by what it may be called.
struct Company {
    account: AccountKey,
    country: Option<String>,
}

pub fn unresolved(states: &BTreeMap<AccountKey, AccountState>) -> Vec<Parked> {
    let mut known: BTreeMap<String, Vec<Company>> = BTreeMap::new();
    for (account, state) in states.iter().filter(|(_, s)| s.company.is_known()) {
        let country = text(state, Attribute::Country);
        let label = account.as_str().split('.').next().unwrap_or_default();
        let mut names = vec![bare(label), bare(account.as_str())];
        names.extend(called(state));
        names.dedup();
        for name in names {
            let (account, country) = (account.clone(), country.clone());
            known.entry(name).or_default().push(Company { account, country });
        }
    }
    let parked = |(account, state): (&AccountKey, &AccountState)| {
        let typed = account.as_str().contains(':') && state.moved_to().is_none();
        let newest = state.evidence.iter().map(Evidence::filed).max()?;
        let is_known = state.company.is_known();
        let mut suggestions = if typed { suggestions(account, state, &known) } else { Vec::new() };
        if is_known {
            suggestions.retain(|other| !other.as_str().contains(':'));
        }
        suggestions.truncate(SHOWN);
        let examples = state.evidence.iter().rev().take(SHOWN).map(|e| what(e.event()));
        (typed && !(is_known && suggestions.is_empty())).then(|| Parked {
            account: account.clone(),
            evidence: state.evidence.len(),
            newest,
            examples: examples.collect(),
            suggestions,
        })
    };
    let mut all: Vec<Parked> = states.iter().filter_map(parked).collect();
    all.sort_by_key(|p| std::cmp::Reverse((p.evidence, p.newest)));
    all
}

/// Known accounts of the same name, those of the same country first.
fn suggestions(
    account: &AccountKey,
    state: &AccountState,
    known: &BTreeMap<String, Vec<Company>>,
) -> Vec<AccountKey> {
    let mut parts = account.as_str().split(':');
    let named = parts.next() == Some("name");
    let country = if named { parts.next().map(str::to_owned) } else { None };
    let country = country.or_else(|| text(state, Attribute::Country));
    let key = bare(parts.next_back().unwrap_or_default());
    let names = [Some(key), called(state)];
    let of = |name: &String| known.get(name).into_iter().flatten();
    let mut found: Vec<&Company> = names.iter().flatten().flat_map(of).collect();
    found.retain(|c| c.account != *account);
    let elsewhere = |c: &&Company| country.is_none() || c.country != country;
    found.sort_by_key(|c| (elsewhere(c), c.account.clone()));
    found.dedup_by_key(|c| c.account.clone());
    found.iter().map(|c| c.account.clone()).collect()
}

/// Its name without its legal form.
fn called(state: &AccountState) -> Option<String> {
    let name = text(state, Attribute::Name).or_else(|| text(state, Attribute::Handle))?;
    // The country is not part of what is compared.
    let key = by_name(&name, Some("us"));
    Some(key.map_or_else(|_| bare(&name), |key| bare(key.as_str().trim_start_matches("name:us:"))))
}

fn text(state: &AccountState, attribute: Attribute) -> Option<String> {
    state.company.fact(attribute)?.value.texts().next().map(str::to_owned)
}

/// A name without what is written now one way, now another.
fn bare(name: &str) -> String {
    let term = Term::parse(name).ok();
    let letters = term.iter().flat_map(|term| term.as_str().chars());
    letters.filter(|c| c.is_alphanumeric()).collect()
}
