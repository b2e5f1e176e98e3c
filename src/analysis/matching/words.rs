//! The words that companies have, by count: what a profile can ask for, in the spelling that matches.

use super::{AttributeWords, ValueCount};
use crate::analysis::companies::Companies;
use crate::domain::Text;
use crate::domain::evidence::company::Value;
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::variant::CompiledProfile;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Words of an attribute that are listed.
const SHOWN: usize = 12;
const TOOLS: &str = "technologies";

pub(super) fn of(profile: &CompiledProfile, companies: &Companies) -> Vec<AttributeWords> {
    let criteria = profile.variants.iter().flat_map(|v| &v.criteria);
    let mut asked: BTreeSet<&'static str> = criteria.flat_map(|c| c.when.attributes()).collect();
    asked.extend(["industry", "country"]);
    count(companies, |attribute| asked.contains(attribute), SHOWN)
}

/// The words of all companies for the attributes that are asked for, `most` of each.
pub fn count(
    companies: &Companies,
    asked: impl Fn(&str) -> bool,
    most: usize,
) -> Vec<AttributeWords> {
    let mut words: BTreeMap<&'static str, BTreeMap<Text, u64>> = BTreeMap::new();
    for (account, state) in &companies.accounts {
        let facts = Facts::new(account, &state.company, &state.evidence, companies.on);
        for fact in state.company.facts.iter().filter(|f| !f.attribute.is_name()) {
            let name = <&'static str>::from(fact.attribute);
            if !asked(name) {
                continue;
            }
            let value = facts.value(fact.attribute);
            if let Some(value @ Value::Terms(_)) = value.as_deref() {
                add(words.entry(name).or_default(), value.texts());
            }
        }
        if asked(TOOLS) {
            let seen = state.evidence.iter().filter_map(|e| match e.event() {
                Event::Technology(t) => Some(&t.tool),
                _ => None,
            });
            let tools: BTreeSet<_> =
                state.company.tools.iter().map(|t| &t.tool).chain(seen).collect();
            let used = tools.into_iter().filter(|tool| facts.tool(tool) == Some(true));
            add(words.entry(TOOLS).or_default(), used.map(|tool| tool.as_str()));
        }
    }
    words.retain(|_, of| !of.is_empty());
    words.into_iter().map(|(attribute, of)| listed(attribute, of, most)).collect()
}

fn add<'a>(words: &mut BTreeMap<Text, u64>, said: impl Iterator<Item = &'a str>) {
    for word in said {
        *words.entry(Text::new(word)).or_default() += 1;
    }
}

fn listed(attribute: &'static str, of: BTreeMap<Text, u64>, most: usize) -> AttributeWords {
    let count = of.len() as u64;
    let mut words: Vec<ValueCount> =
        of.into_iter().map(|(value, companies)| ValueCount { value, companies }).collect();
    words.sort_by_key(|w| Reverse(w.companies));
    words.truncate(most);
    AttributeWords { attribute: Text::const_new(attribute), count, words }
}
