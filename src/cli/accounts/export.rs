//! A list of accounts for other programs. A cell of a table never begins with what a spreadsheet would
//! compute.

use crate::analysis::standings::{Reason, Standing};
use crate::cli::spreadsheet::harmless;
use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Of LinkedIn's template of a company list.
const LINKEDIN: [&str; 5] =
    ["companyname", "companywebsite", "companyemaildomain", "industry", "companycountry"];

const COLUMNS: [&str; 20] = [
    "rank",
    "account",
    "name",
    "website",
    "product",
    "stage",
    "tier",
    "priority",
    "fit",
    "score",
    "in_buying_mode_since",
    "owner",
    "territory",
    "industry",
    "country",
    "crm_ids",
    "about",
    "reason_1",
    "reason_2",
    "reason_3",
];

/// `all`: accounts before the list was cut.
pub(super) fn answer(found: &[Standing], all: usize) -> Answer<'_> {
    let counts = |counts: Vec<(String, u64)>| {
        counts.into_iter().map(|(name, accounts)| Count { name, accounts }).collect()
    };
    Answer {
        accounts: found,
        listed: found.len(),
        found: all,
        by_territory: counts(tally(found, |one| one.territory.as_deref())),
        by_owner: counts(tally(found, |one| one.owner.as_deref())),
    }
}

/// Accounts, the first to call first.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The list, the first to call first.
    accounts: &'a [Standing],
    /// How many are listed here.
    listed: usize,
    /// How many there are, before `--top` cut the list.
    found: usize,
    /// Of those listed, the most first.
    by_territory: Vec<Count>,
    /// Of those listed, the most first.
    by_owner: Vec<Count>,
}

#[derive(Serialize, JsonSchema)]
struct Count {
    /// The territory or owner; `none` for accounts without one.
    name: String,
    /// How many of those listed.
    accounts: u64,
}

pub(super) fn csv(found: &[Standing]) -> anyhow::Result<String> {
    let rows = found.iter().enumerate().map(|(at, one)| {
        let text = |text: &Option<crate::domain::Text>| text.as_deref().unwrap_or("").to_owned();
        let reason = |at: usize| one.reasons.get(at).map(said).unwrap_or_default();
        vec![
            (at + 1).to_string(),
            one.account.to_string(),
            text(&one.name),
            text(&one.website),
            one.product.to_string(),
            one.stage.to_string(),
            one.tier.number().map(|tier| tier.to_string()).unwrap_or_default(),
            one.priority.map(|priority| priority.to_string()).unwrap_or_default(),
            one.fit.to_string(),
            one.score.to_string(),
            one.since.map(|day| day.to_string()).unwrap_or_default(),
            text(&one.owner),
            text(&one.territory),
            text(&one.industry),
            text(&one.country),
            one.crm_ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "),
            one.about.to_string(),
            reason(0),
            reason(1),
            reason(2),
        ]
    });
    table(&COLUMNS, rows)
}

/// Each company once: an account can stand there for several products.
pub(super) fn linkedin(found: &[Standing]) -> anyhow::Result<String> {
    let rows = once(found).map(|one| {
        let text = |text: &Option<crate::domain::Text>| text.as_deref().unwrap_or("").to_owned();
        let name = one.name.as_deref().unwrap_or(one.account.as_str()).to_owned();
        vec![
            name,
            text(&one.website),
            domain(one).to_owned(),
            text(&one.industry),
            text(&one.country),
        ]
    });
    table(&LINKEDIN, rows)
}

/// A website a line; accounts without one are left out.
pub(super) fn google(found: &[Standing]) -> String {
    once(found).filter_map(|one| one.website.as_deref()).map(|site| format!("{site}\n")).collect()
}

fn once(found: &[Standing]) -> impl Iterator<Item = &Standing> {
    let mut seen = BTreeSet::new();
    found.iter().filter(move |one| seen.insert(&one.account))
}

/// The account's key, where it is a domain.
fn domain(one: &Standing) -> &str {
    if one.website.is_some() { one.account.as_str() } else { "" }
}

/// `Series B of $25M, 2026-11-24, says newsdesk`.
pub(super) fn said(reason: &Reason) -> String {
    let day = if reason.is_standing { String::new() } else { format!(", {}", reason.announced) };
    let sources: Vec<&str> = reason.sources.iter().map(|source| source.as_str()).collect();
    let says = if sources.is_empty() {
        String::new()
    } else {
        format!(", says {}", sources.join(" and "))
    };
    format!("{}{day}{says}", reason.what)
}

/// How many accounts there are of each; the most first.
pub(super) fn tally(
    found: &[Standing],
    of: impl Fn(&Standing) -> Option<&str>,
) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for one in found {
        *counts.entry(of(one).unwrap_or("none").to_owned()).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), name.clone()));
    counts
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    let bytes = writer.into_inner().context("the table cannot be written")?;
    Ok(String::from_utf8(bytes)?)
}
