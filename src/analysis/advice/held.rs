//! Remarks that need companies: words that no company has, and what keeps everybody out.

use super::words::{conditions, rules};
use super::{Advice, reach};
use crate::analysis::companies::Companies;
use crate::analysis::matching::standing::standing;
use crate::domain::account::assess::assess;
use crate::domain::account::input::Activation;
use crate::domain::account::world::World;
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::check::Finding;
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::{Answer, When, vocabulary};
use crate::domain::terms::catalogue::Kind;
use crate::domain::terms::term::Term;
use crate::domain::terms::units::MilliPoints;
use crate::domain::terms::vocabulary::TOOLS;
use crate::report::words::{all, companies as companies_of, percent};
use std::collections::{BTreeMap, BTreeSet};

/// The words that companies have, by attribute; tools under [`TOOL`].
type Words = BTreeMap<&'static str, BTreeSet<Term>>;
const TOOL: &str = "technologies";

/// Words of the profile that no company has. An attribute that is unknown of every company is
/// [`entry`]'s matter.
pub fn unheld(profile: &CompiledProfile, companies: &Companies) -> Vec<Finding> {
    let held = held(companies);
    let mut advice = Advice(Vec::new());
    let mut missing = |at: String, attribute: &'static str, asked: Vec<&Term>| {
        let Some(held) = held.get(attribute) else { return };
        let names = |word: &Term| match attribute {
            TOOL => TOOLS.names(word),
            name => {
                let words = name.parse::<Attribute>().ok().and_then(vocabulary);
                words.map_or_else(|| vec![word.clone()], |words| words.names(word))
            }
        };
        let none = |word: &&&Term| !names(word).iter().any(|name| held.contains(name));
        let absent: Vec<String> =
            asked.iter().filter(none).map(|word| format!("{:?}", word.as_str())).collect();
        // A profile may list the spellings of sources that are not connected here.
        let says = match absent.len() == asked.len() {
            true => format!(
                "no company has {}: nothing can match; see the words of `icp match`",
                all(&absent)
            ),
            false => format!("no company has {}", all(&absent)),
        };
        advice.add(!absent.is_empty(), at, says);
    };
    for (at, when) in conditions(&profile.profile) {
        each_test(&at, when, &mut missing);
    }
    for (at, rule) in rules(&profile.profile) {
        if let Some(m) = rule.technology.as_ref().filter(|m| !m.any_of.is_empty()) {
            missing(format!("{at}.technology.any_of"), TOOL, m.any_of.iter().collect());
        }
        if let Some(m) = &rule.uses {
            missing(format!("{at}.uses.any_of"), TOOL, m.any_of.iter().collect());
        }
    }
    advice.0
}

fn each_test(at: &str, when: &When, then: &mut impl FnMut(String, &'static str, Vec<&Term>)) {
    for (attribute, test) in when.term_tests() {
        let asked: Vec<&Term> = test.any_of.iter().chain(&test.all_of).collect();
        then(format!("{at}.{attribute}"), attribute.into(), asked);
    }
    if let Some(test) = &when.technologies {
        let asked = test.any_of.iter().chain(&test.all_of).collect();
        then(format!("{at}.technologies"), TOOL, asked);
    }
    for inner in when.all.iter().chain(&when.any) {
        each_test(at, inner, then);
    }
}

fn held(companies: &Companies) -> Words {
    let mut held = Words::new();
    for (account, state) in &companies.accounts {
        let facts = Facts::new(account, &state.company, &state.evidence, companies.on);
        for fact in &state.company.facts {
            let Some(value) = facts.value(fact.attribute) else { continue };
            if matches!(&*value, Value::Terms(_) | Value::Names(_)) {
                let words = held.entry(fact.attribute.into()).or_default();
                words.extend(value.texts().filter_map(|text| Term::parse(text).ok()));
            }
        }
        let mentioned = state.evidence.iter().filter_map(|e| match e.event() {
            Event::Technology(t) => Some(&t.tool),
            _ => None,
        });
        let tools = state.company.tools.iter().map(|known| &known.tool).chain(mentioned);
        for tool in tools {
            let words = held.entry(TOOL).or_default();
            if !words.contains(tool) {
                words.insert(tool.clone());
            }
        }
    }
    held
}

/// Where no account can enter: what is missing, and which source would bring it, in one sentence.
/// `None` where at least one account fits and has signals that could bring it in.
pub fn entry(activation: &Activation, companies: &Companies) -> Option<String> {
    let profile = &*activation.profile;
    let world = World::default();
    let (mut known, mut fitting, mut signalled) = (0_u64, 0_u64, 0_u64);
    let mut unknown: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut seen: BTreeSet<Kind> = BTreeSet::new();
    for (account, state) in &companies.accounts {
        let a = assess(&world, account, state, activation, companies.on);
        let kinds: BTreeSet<Kind> = state.evidence.iter().map(|e| e.event().kind()).collect();
        let most = MilliPoints(reach::most_of_kinds(profile, a.variant, &kinds) * 1_000);
        let fit = if profile.is_additive() { a.fit.lower } else { MilliPoints::ZERO };
        let needs = &profile.profile.intent;
        let required = (needs.require_any.is_empty()
            || needs.require_any.iter().any(|kind| kinds.contains(kind)))
            && needs.require_all.iter().all(|kind| kinds.contains(kind));
        let ready = required && most > MilliPoints::ZERO && fit + most >= a.variant.enter;
        let fits = a.excluded.is_none() && standing(profile, a.variant, &a.fit).matches();
        if ready && fits {
            return None;
        }
        known += u64::from(state.company.version > 0);
        fitting += u64::from(fits);
        signalled += u64::from(ready);
        seen.extend(kinds);
        let answers = a.variant.criteria.iter().zip(&a.fit.answers);
        let mut names: Vec<&'static str> = answers
            .filter(|(criterion, answer)| criterion.weight > 0 && **answer == Answer::Unknown)
            .flat_map(|(criterion, _)| criterion.when.attributes())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().for_each(|name| *unknown.entry(name).or_default() += 1);
    }
    let accounts = companies.accounts.len() as u64;
    let (mut reasons, mut lacking): (Vec<String>, Vec<&'static str>) = (Vec::new(), Vec::new());
    if fitting == 0 {
        lacking = dark(profile, accounts, known, &unknown);
        reasons.push(no_fit(known, &lacking));
    }
    if signalled == 0 {
        let absent = absent(profile, &seen);
        reasons.push(no_signal(&absent));
        lacking.extend(absent);
    }
    if reasons.is_empty() {
        let (fit, signal) = (companies_of(fitting), companies_of(signalled));
        reasons.push(format!("{fit} fit and {signal} have enough signals, but none has both"));
    }
    let sources = brought(&lacking);
    Some(format!("no account can enter buying mode: {}{sources}", reasons.join("; and ")))
}

/// From this share on an attribute counts as unknown.
const UNKNOWN_PERCENT_MIN: f64 = 80.0;

/// What the profile asks about and is unknown of most companies.
fn dark(
    profile: &CompiledProfile,
    accounts: u64,
    known: u64,
    unknown: &BTreeMap<&'static str, u64>,
) -> Vec<&'static str> {
    if known == 0 {
        let criteria = profile.profile.fit.criteria.iter();
        let asked: BTreeSet<&str> = criteria.flat_map(|c| c.when.attributes()).collect();
        return asked.into_iter().collect();
    }
    let most = |n: &u64| percent(*n, accounts) >= UNKNOWN_PERCENT_MIN;
    unknown.iter().filter(|(_, n)| most(n)).map(|(name, _)| *name).collect()
}

fn no_fit(known: u64, dark: &[&str]) -> String {
    let names: Vec<String> = dark.iter().map(|name| name.replace('_', " ")).collect();
    match (known, &names[..]) {
        (0, _) => "no account has a company record".to_owned(),
        (_, []) => "no company fits; `icp match` shows which criterion keeps most out".to_owned(),
        (_, [name]) => format!("no company fits, and {name} is unknown of most"),
        (_, names) => format!("no company fits, and {} are unknown of most", all(names)),
    }
}

/// Kinds of signals that rules ask for and no account has.
fn absent(profile: &CompiledProfile, seen: &BTreeSet<Kind>) -> Vec<&'static str> {
    let rules = rules(&profile.profile);
    let good = rules.iter().filter(|(_, rule)| rule.points > 0);
    let asked: BTreeSet<Kind> =
        good.filter_map(|(_, rule)| Trigger::of(rule)).map(|trigger| trigger.kind()).collect();
    asked.difference(seen).map(|kind| (*kind).into()).collect()
}

fn no_signal(absent: &[&str]) -> String {
    match absent {
        [] => "no account has enough signals for intent.enter".to_owned(),
        kinds => format!("no account has enough signals, and there are none of {}", all(kinds)),
    }
}

/// Which sources would bring these.
fn brought(names: &[&str]) -> String {
    let each = names.iter().map(|name| {
        let sources = SOURCES.iter().find(|(known, _)| known == name).map_or("", |(_, from)| from);
        let name = name.replace('_', " ");
        match sources {
            "" => format!("{name} with records of your own"),
            sources => format!("{name} with {sources}"),
        }
    });
    let said: Vec<String> = each.collect();
    if said.is_empty() {
        String::new()
    } else {
        format!("; it would come with a source: {}", said.join("; "))
    }
}

/// Mappings of deploy/mappings that bring an attribute, or a kind of signal; free ones first.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("industry", "yc-radar, sec-form-d or crunchbase"),
    ("sub_industry", "yc-radar or crunchbase"),
    ("employees", "yc-radar, hubspot, apollo or people-data-labs"),
    ("revenue_usd", "crunchbase, apollo or theirstack"),
    ("country", "yc-radar, sec-form-d, hubspot or crunchbase"),
    ("region", "yc-radar, sec-form-d or crunchbase"),
    ("business_model", "yc-radar, crunchbase or apollo"),
    ("founded_year", "crunchbase, apollo or people-data-labs"),
    ("funding_stage", "crunchbase, apollo or theirstack"),
    ("growth_stage", "yc-radar"),
    ("organisation", "yc-radar, crunchbase or apollo"),
    ("lifecycle", "hubspot or salesforce"),
    ("status", "yc-radar, hubspot or crunchbase"),
    ("parent", "salesforce or apollo"),
    ("owner", "hubspot or salesforce"),
    ("tags", "yc-radar or theirstack"),
    ("technologies", "builtwith, theirstack, apollo or (mentioned in job posts) ashby"),
    ("department headcount", "apollo, coresignal or people-data-labs"),
    ("funding", "sec-form-d, crunchbase or predictleads"),
    ("hiring", "ashby, yc-radar or theirstack"),
    ("headcount", "yc-radar, apollo or people-data-labs"),
    ("technology", "ashby, builtwith or theirstack"),
    ("news", "warn-notice, crunchbase or predictleads"),
    ("engagement", "hubspot, or a webhook of your site"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_named_has_a_mapping_that_brings_it() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
        let fields = [
            ("industry", "industries"),
            ("sub_industry", "sub_industries"),
            ("business_model", "business_models"),
            ("department headcount", "departments"),
        ];
        for (name, sources) in SOURCES {
            let kind = name.parse::<Kind>().map(|kind| format!("record: \"{kind}\""));
            let field = fields.iter().find(|(known, _)| known == name).map_or(*name, |(_, f)| f);
            let wanted = kind.unwrap_or_else(|_| format!("{field}:"));
            let wanted = if *name == "technologies" { "tool".to_owned() } else { wanted };
            let named = sources.split([' ', ',', '(', ')']);
            let named: Vec<_> =
                named.filter(|w| folder.join(format!("{w}.yaml")).exists()).collect();
            assert!(!named.is_empty(), "{name}");
            for source in named {
                let text = std::fs::read_to_string(folder.join(format!("{source}.yaml"))).unwrap();
                let plain = wanted.trim_end_matches(':');
                assert!(
                    text.contains(&wanted) || text.contains(&format!(" {plain},")),
                    "{source}: {wanted}"
                );
            }
        }
    }
}
