//! Every company with its standing and each answer, as a table for a spreadsheet.

use super::standing::standing;
use crate::analysis::companies::Companies;
use crate::domain::Text;
use crate::domain::account::assess::assess;
use crate::domain::account::explain;
use crate::domain::account::input::Activation;
use crate::domain::account::world::World;
use crate::domain::evidence::company::Attribute;
use std::cmp::Reverse;

/// Names of columns, and a row for each company, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Columns before those of the criteria; the last two follow from signals.
const COLUMNS: [&str; 10] = [
    "account",
    "name",
    "standing",
    "segment",
    "fit",
    "fit at best",
    "known %",
    "excluded because",
    "intent",
    "last signal",
];

pub fn sheet(activation: &Activation, companies: &Companies) -> Sheet {
    let profile = &*activation.profile;
    let mut names: Vec<&Text> = Vec::new();
    for criterion in profile.variants.iter().rev().flat_map(|v| &v.criteria) {
        if !names.contains(&&criterion.name) {
            names.push(&criterion.name);
        }
    }
    let parts = ["", ": known", ": days old", ": from"];
    let criteria = names.iter().flat_map(|name| parts.map(|part| format!("{name}{part}")));
    let header = COLUMNS.map(str::to_owned).into_iter().chain(criteria).collect();
    let world = World::default();
    let mut rows = Vec::new();
    for (account, state) in companies.accounts.iter().filter(|(_, s)| s.company.version > 0) {
        let a = assess(&world, account, state, activation, companies.on);
        let stands = standing(profile, a.variant, &a.fit);
        let last =
            state.evidence.iter().filter_map(|e| e.day()).filter(|d| *d <= companies.on).max();
        let mut row = vec![
            account.to_string(),
            a.facts.text(Attribute::Name).map_or(String::new(), |name| name.to_string()),
            if a.excluded.is_some() { "excluded".to_owned() } else { stands.said().to_owned() },
            a.variant.segment.to_string(),
            a.fit.lower.to_string(),
            a.fit.upper.to_string(),
            a.fit.known_percent.to_string(),
            a.excluded.as_ref().map_or(String::new(), |why| why.to_string()),
            a.intent.total.to_string(),
            last.map_or(String::new(), |day| day.to_string()),
        ];
        let fit = explain::fit(&a);
        for name in &names {
            let answer = fit.criteria.iter().find(|c| c.name == **name);
            row.extend(answer.map_or_else(Default::default, |c| {
                let stale = if c.stale { " (too old)" } else { "" };
                [
                    format!("{}{stale}", c.answer),
                    c.found.to_string(),
                    c.as_of.map_or(String::new(), |d| companies.on.since(d).max(0).to_string()),
                    c.source.as_ref().map_or(String::new(), |source| source.to_string()),
                ]
            }));
        }
        let rank = (a.excluded.is_some(), stands, Reverse((a.fit.lower, a.intent.total)));
        rows.push((rank, row));
    }
    rows.sort_by_key(|(rank, _)| *rank);
    Sheet { header, rows: rows.into_iter().map(|(_, row)| row).collect() }
}
