//! Accounts that may be another company's: those that hold evidence but whose company is unknown or
//! may be one that has a domain, those whose website is another account, and those that a source has
//! named under another website since; with the accounts that may be meant.

use crate::domain::account::explain::what;
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::event::Evidence;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};
use crate::mapping::identity::by_name;
use serde::Serialize;
use std::collections::BTreeMap;

/// Suggestions, and examples of evidence, shown of one account.
const SHOWN: usize = 3;

pub type States = BTreeMap<AccountKey, AccountState>;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Parked {
    pub account: AccountKey,
    /// Pieces of evidence.
    #[serde(rename = "evidence_count")]
    pub evidence: usize,
    /// The day of the newest; none without evidence.
    #[serde(rename = "newest_on")]
    pub newest: Option<Day>,
    /// A few pieces of its evidence, for people.
    pub examples: Vec<String>,
    /// The accounts that may be meant.
    pub suggestions: Vec<AccountKey>,
    /// Why they may be meant.
    pub because: Because,
}

/// Why the suggested accounts may be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Because {
    /// They are called the same.
    SameName,
    /// The source names their website as this company's: its buyer's, or that of the active one of two.
    SameSite,
    /// The source has named the company under another website since.
    NewSite,
}

/// A company that is known, by what it may be called.
struct Company {
    account: AccountKey,
    country: Option<String>,
}

pub fn unresolved(states: &States) -> Vec<Parked> {
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
    let moves = new_sites(states);
    let parked = |(account, state): (&AccountKey, &AccountState)| {
        if state.moved_to().is_some() {
            return None;
        }
        let newest = state.evidence.iter().map(Evidence::filed).max();
        let (because, mut suggestions) = if let Some(site) = site(account, state) {
            (Because::SameSite, vec![site])
        } else if let Some(now) = moves.get(account) {
            (Because::NewSite, vec![AccountKey::clone(now)])
        } else {
            newest?;
            if !account.as_str().contains(':') {
                return None;
            }
            (Because::SameName, suggestions(account, state, &known))
        };
        if because == Because::SameName && state.company.is_known() {
            suggestions.retain(|other| !other.as_str().contains(':'));
            if suggestions.is_empty() {
                return None;
            }
        }
        suggestions.truncate(SHOWN);
        let examples = state.evidence.iter().rev().take(SHOWN).map(|e| what(e.event()));
        Some(Parked {
            account: account.clone(),
            evidence: state.evidence.len(),
            newest,
            examples: examples.collect(),
            suggestions,
            because,
        })
    };
    let mut all: Vec<Parked> = states.iter().filter_map(parked).collect();
    all.sort_by_key(|p| std::cmp::Reverse((p.evidence, p.newest)));
    all
}

/// The account of the website that a source names, where it is another.
fn site(account: &AccountKey, state: &AccountState) -> Option<AccountKey> {
    let fact = state.company.fact(Attribute::Site)?;
    let site = AccountKey::read(fact.value.texts().next()?)?;
    (site != *account && state.member(&site).is_none()).then_some(site)
}

/// Accounts that one source has called the same under another domain at a later time. Of the same
/// time they are two companies of one name.
fn new_sites(states: &States) -> BTreeMap<&AccountKey, &AccountKey> {
    type Named<'a> = (&'a str, String, Option<String>);
    let mut groups: BTreeMap<Named<'_>, Vec<(Timestamp, &AccountKey)>> = BTreeMap::new();
    for (account, state) in states {
        let is_site = !account.as_str().contains(':') && state.moved_to().is_none();
        let fact = state.company.fact(Attribute::Name).filter(|_| is_site);
        if let (Some(fact), Some(name)) = (fact, called(state)) {
            let named = (fact.source.as_str(), name, text(state, Attribute::Country));
            groups.entry(named).or_default().push((fact.as_of, account));
        }
    }
    let mut moves = BTreeMap::new();
    for mut named in groups.into_values() {
        named.sort_unstable();
        // Two that are named at the latest time: it is open which is meant.
        let Some(((latest, now), before)) = named.split_last() else { continue };
        if before.last().is_some_and(|(at, _)| at < latest) {
            moves.extend(before.iter().map(|(_, account)| (*account, *now)));
        }
    }
    moves
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
