//! Counts: the core assesses every company once. For a company that does not match, each criterion in
//! turn is assumed to be met, to find those that alone keep it out.

use super::standing::standing;
use super::{
    CriterionCount, ExclusionCount, Lack, Matching, Sample, Standing, StandingCount, UnknownCount,
    ValueCount, verdict, words,
};
use crate::analysis::advice::entry;
use crate::analysis::companies::Companies;
use crate::domain::Text;
use crate::domain::account::assess::{Assessment, assess};
use crate::domain::account::explain;
use crate::domain::account::input::Activation;
use crate::domain::account::world::World;
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::profile::variant::{CompiledProfile, Variant};
use crate::domain::profile::when::Answer;
use crate::domain::profile::{Criterion, Unknown};
use crate::domain::score::fit::Fit;
use crate::domain::terms::units::MilliPoints;
use crate::report::words::percent;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use strum::IntoEnumIterator;

/// Number of values shown: enough to see how a term is spelt.
const VALUES_SHOWN: usize = 8;

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Number of companies in the whole market, if it is more than are given.
    pub market: Option<u64>,
    /// Number of examples for each standing.
    pub samples: usize,
}

/// Matches the profile against every company.
pub fn tally(activation: &Activation, companies: &Companies, options: Options) -> Matching {
    let profile = &*activation.profile;
    let world = World::default();
    let look = |(account, state)| assess(&world, account, state, activation, companies.on);
    let mut counts = Counts::new(profile);
    let mut without_company = 0;
    for (at, (account, state)) in companies.accounts.iter().enumerate() {
        // A state without a company record remains when signals have passed the horizon; it is not counted.
        if state.company.version > 0 {
            counts.add(at, &look((account, state)));
        } else {
            without_company += 1;
        }
    }
    let sample = |places: &[Place]| -> Vec<Sample> {
        let best = places.iter().take(options.samples);
        best.map(|place| {
            let (account, state) = &companies.accounts[place.at];
            sample(&look((account, state)), &place.alone)
        })
        .collect()
    };
    let total: u64 = counts.standings.values().map(|s| s.len() as u64).sum();
    let standings: Vec<StandingCount> = Standing::iter()
        .map(|standing| {
            let places = counts.best_first(standing);
            let number = places.len() as u64;
            let samples = sample(&places);
            StandingCount { standing, companies: number, percent: percent(number, total), samples }
        })
        .collect();
    let near = counts.near_misses();
    counts.note_values(companies, activation, &world);
    let matches = standings.iter().filter(|s| s.standing.matches()).map(|s| s.companies).sum();
    let asked = total - counts.of(Standing::Excluded);
    let head = &profile.profile;
    let mut matching = Matching {
        profile: head.profile.clone(),
        product: head.product.clone(),
        version: profile.version.clone(),
        model: head.model,
        on: companies.on,
        accounts_without_company: without_company,
        companies: total,
        market: options.market,
        matches,
        share_percent: percent(matches, options.market.unwrap_or(total)),
        owner_only: counts.owner_only,
        verdict: Vec::new(),
        standings,
        known_too_little: counts.known_too_little,
        words: words::of(profile, companies),
        near_misses: near.len() as u64,
        near_miss_samples: sample(&near),
        exclusions: counts.exclusions.into_values().collect(),
        unknowns: unknowns(counts.unknowns, asked),
        criteria: counts.criteria,
    };
    matching.verdict = verdict::verdict(&matching, profile);
    matching.verdict.extend(entry(activation, companies));
    matching
}

fn unknowns(by_attribute: BTreeMap<&'static str, u64>, asked: u64) -> Vec<UnknownCount> {
    let mut unknowns: Vec<UnknownCount> = by_attribute
        .into_iter()
        .map(|(attribute, companies)| UnknownCount {
            attribute: Text::const_new(attribute),
            companies,
            percent: percent(companies, asked),
        })
        .collect();
    unknowns.sort_by_key(|u| Reverse(u.companies));
    unknowns
}

/// A company among the examples.
#[derive(Clone)]
struct Place {
    at: usize,
    fit: MilliPoints,
    /// Of equal fit, the one with more signals is worth more attention.
    intent: MilliPoints,
    known_percent: i32,
    /// Indexes of the criteria each of which alone keeps it out.
    alone: Vec<usize>,
}

struct Counts<'a> {
    profile: &'a CompiledProfile,
    /// The row that counts a criterion, by variant and criterion.
    rows: Vec<Vec<usize>>,
    criteria: Vec<CriterionCount>,
    /// The condition of each row.
    asked: Vec<&'a Criterion>,
    standings: BTreeMap<Standing, Vec<Place>>,
    exclusions: BTreeMap<Text, ExclusionCount>,
    unknowns: BTreeMap<&'static str, u64>,
    owner_only: u64,
    known_too_little: u64,
}

impl<'a> Counts<'a> {
    fn new(profile: &'a CompiledProfile) -> Counts<'a> {
        // A criterion that a segment inherits shares the primary's row; one that it overrides has its own.
        let mut asked: Vec<&Criterion> = Vec::new();
        let mut criteria: Vec<CriterionCount> = Vec::new();
        let mut rows = vec![Vec::new(); profile.variants.len()];
        // Start with the primary, which is the last of the variants.
        for (variant, rows) in profile.variants.iter().zip(&mut rows).rev() {
            for criterion in &variant.criteria {
                let row = asked.iter().position(|known| *known == criterion).unwrap_or_else(|| {
                    asked.push(criterion);
                    criteria.push(row_of(criterion));
                    criteria.len() - 1
                });
                criteria[row].segments.push(variant.segment.clone());
                rows.push(row);
            }
        }
        Counts {
            profile,
            rows,
            criteria,
            asked,
            standings: BTreeMap::new(),
            exclusions: BTreeMap::new(),
            unknowns: BTreeMap::new(),
            owner_only: 0,
            known_too_little: 0,
        }
    }

    fn add(&mut self, at: usize, a: &Assessment<'_>) {
        let stands = standing(self.profile, a.variant, &a.fit);
        let place = |standing, alone| {
            (standing, {
                let (fit, intent) = (a.fit.lower, a.intent.total);
                Place { at, fit, intent, known_percent: a.fit.known_percent, alone }
            })
        };
        let (standing, place) = match &a.excluded {
            Some(reason) => {
                self.exclude(reason, stands);
                place(Standing::Excluded, Vec::new())
            }
            None => {
                let alone = self.ask(a, stands);
                place(stands, alone)
            }
        };
        self.standings.entry(standing).or_default().push(place);
    }

    fn exclude(&mut self, reason: &Text, stands: Standing) {
        let fresh = || ExclusionCount { reason: reason.clone(), companies: 0, would_match: 0 };
        let count = self.exclusions.entry(reason.clone()).or_insert_with(fresh);
        count.companies += 1;
        count.would_match += u64::from(stands.matches());
    }

    /// Counts the answers. Returns the criteria each of which alone keeps the company out.
    fn ask(&mut self, a: &Assessment<'_>, stands: Standing) -> Vec<usize> {
        self.owner_only += u64::from(stands.matches() && a.owner_only);
        let needed = self.profile.profile.fit.known_percent;
        let would = || a.fit.tier(a.variant, 0).is_icp() && a.fit.lower >= a.variant.gate;
        self.known_too_little += u64::from(a.fit.known_percent < needed && would());
        let variant = self.profile.variants.iter().position(|v| std::ptr::eq(v, a.variant));
        // The assessment's variant belongs to its profile.
        let rows = variant.map_or(&[] as &[usize], |at| self.rows[at].as_slice());
        let mut alone = Vec::new();
        let mut attributes: Vec<&'static str> = Vec::new();
        for (at, (criterion, row)) in a.variant.criteria.iter().zip(rows).enumerate() {
            let answer = a.fit.answers[at];
            let count = &mut self.criteria[*row];
            match answer {
                Answer::Yes => count.yes += 1,
                Answer::No => count.no += 1,
                Answer::Unknown => {
                    count.unknown += 1;
                    count.stale += u64::from(a.fit.stale.contains(&(at as u16)));
                    attributes.extend(unknown_of(criterion, a));
                }
            }
            let (good, bad) = good_and_bad(criterion);
            count.filters_out += u64::from(!is_good(criterion, answer));
            let with = |answer| standing(self.profile, a.variant, &answered(a, at, answer));
            if stands.matches() {
                count.carries += u64::from(answer == good && !with(bad).matches());
            } else if answer != good && with(good).matches() {
                count.alone_keeps_out += 1;
                alone.push(at);
            }
        }
        attributes.sort_unstable();
        attributes.dedup();
        for attribute in attributes {
            *self.unknowns.entry(attribute).or_default() += 1;
        }
        alone
    }

    /// Notes the values of the companies for each criterion that none of them meets.
    fn note_values(&mut self, companies: &Companies, activation: &Activation, world: &World) {
        for (row, criterion) in self.asked.clone().into_iter().enumerate() {
            let count = &mut self.criteria[row];
            if count.yes > 0 || count.no == 0 || count.weight < 0 {
                continue;
            }
            let names = criterion.when.attributes();
            let attributes: Vec<Attribute> = names.iter().filter_map(|n| n.parse().ok()).collect();
            let mut values: BTreeMap<Text, u64> = BTreeMap::new();
            for (account, state) in &companies.accounts {
                let a = assess(world, account, state, activation, companies.on);
                let said = attributes.iter().filter_map(|attribute| a.facts.value(*attribute));
                for value in said {
                    match &*value {
                        Value::Terms(_) | Value::Names(_) => {
                            for text in value.texts() {
                                *values.entry(Text::new(text)).or_default() += 1;
                            }
                        }
                        other => *values.entry(Text::new(explain::shown(other))).or_default() += 1,
                    }
                }
            }
            let mut values: Vec<ValueCount> = values
                .into_iter()
                .map(|(value, companies)| ValueCount { value, companies })
                .collect();
            values.sort_by_key(|v| Reverse(v.companies));
            values.truncate(VALUES_SHOWN);
            count.values = values;
        }
    }

    fn of(&self, standing: Standing) -> u64 {
        self.standings.get(&standing).map_or(0, |places| places.len() as u64)
    }

    fn best_first(&self, standing: Standing) -> Vec<Place> {
        sorted(self.standings.get(&standing).cloned().unwrap_or_default())
    }

    fn near_misses(&self) -> Vec<Place> {
        let near = self.standings.values().flatten().filter(|place| !place.alone.is_empty());
        sorted(near.cloned().collect())
    }
}

fn sorted(mut places: Vec<Place>) -> Vec<Place> {
    let rank = |p: &Place| (Reverse(p.fit), Reverse(p.intent), Reverse(p.known_percent), p.at);
    places.sort_by_key(rank);
    places
}

fn row_of(criterion: &Criterion) -> CriterionCount {
    CriterionCount {
        name: criterion.name.clone(),
        segments: Vec::new(),
        weight: criterion.weight,
        required: criterion.required,
        yes: 0,
        no: 0,
        unknown: 0,
        stale: 0,
        filters_out: 0,
        alone_keeps_out: 0,
        carries: 0,
        values: Vec::new(),
    }
}

/// The better and the worse answer for a company; for a negative criterion no is the better one.
fn good_and_bad(criterion: &Criterion) -> (Answer, Answer) {
    if criterion.weight < 0 { (Answer::No, Answer::Yes) } else { (Answer::Yes, Answer::No) }
}

fn is_good(criterion: &Criterion, answer: Answer) -> bool {
    match (answer, criterion.weight < 0) {
        (Answer::Yes, held_against) => !held_against,
        (Answer::No, held_against) => held_against,
        (Answer::Unknown, false) => criterion.unknown == Unknown::Yes,
        (Answer::Unknown, true) => criterion.unknown == Unknown::No,
    }
}

/// The fit if one criterion had another answer.
fn answered(a: &Assessment<'_>, at: usize, answer: Answer) -> Fit {
    let variant: &Variant = a.variant;
    let mut answers = a.fit.answers.clone();
    answers[at] = answer;
    Fit::of(variant, answers)
}

/// The unknown attributes that a criterion needs.
fn unknown_of(criterion: &Criterion, a: &Assessment<'_>) -> Vec<&'static str> {
    let names = criterion.when.attributes();
    if names.len() == 1 {
        return names;
    }
    let known = |name: &str| {
        name.parse::<Attribute>().is_ok_and(|attribute| a.facts.value(attribute).is_some())
    };
    names.into_iter().filter(|name| !known(name)).collect()
}

fn sample(a: &Assessment<'_>, alone: &[usize]) -> Sample {
    let explained = explain::fit(a);
    let criteria = a.variant.criteria.iter().zip(&explained.criteria).enumerate();
    let lacks = criteria
        .filter(|(at, (criterion, explained))| match alone {
            [] => !is_good(criterion, explained.answer),
            alone => alone.contains(at),
        })
        .map(|(_, (_, explained))| Lack {
            criterion: explained.name.clone(),
            answer: explained.answer,
            found: explained.found.clone(),
        });
    Sample {
        account: a.facts.account.clone(),
        name: a.facts.name(),
        segment: a.variant.segment.clone(),
        fit: a.fit.lower,
        fit_at_best: a.fit.upper,
        known_percent: a.fit.known_percent,
        intent: a.intent.total,
        excluded: a.excluded.clone(),
        lacks: lacks.collect(),
    }
}
