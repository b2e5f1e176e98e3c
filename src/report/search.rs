//! A profile's criteria as the saved search of a tool that finds companies: what the tool can be asked, and, in words,
//! all that it cannot. A search brings companies to look at; only the profile says which of them fit.

mod key;

use crate::domain::evidence::facts::Facts;
use crate::domain::profile::Profile;
use crate::domain::profile::amount::Amount;
use crate::domain::profile::when::{Answer, NumberTest, StageTest, TermTest, When};
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::term::Term;
use key::Key;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use strum::IntoEnumIterator;

/// The tool that a search is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Apollo,
    Zoominfo,
    Clay,
    SalesNavigator,
}

/// A search, and what it leaves out.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub filters: Map<String, Value>,
    /// What the tool cannot express, a sentence each.
    pub left_out: Vec<String>,
    /// What each filter takes in, as the tool understands it: a company must be known to meet them all.
    takes: BTreeMap<String, When>,
    /// What each filter keeps out: a company must not be known to meet any of them.
    bars: BTreeMap<String, When>,
    /// The range that each pair of filters for the least and the most stands for, by the name of the first.
    ranges: BTreeMap<String, NumberTest>,
}

/// Sizes that a tool knows, from and to.
type Bands = &'static [(u64, u64)];

/// Source: LinkedIn's help, "Company headcount" in Sales Navigator.
const NAVIGATOR: Bands = &[
    (1, 10),
    (11, 50),
    (51, 200),
    (201, 500),
    (501, 1_000),
    (1_001, 5_000),
    (5_001, 10_000),
    (10_001, u64::MAX),
];
/// Source: docs.apollo.io, `organization_num_employees_ranges`.
const APOLLO: Bands = &[
    (1, 10),
    (11, 20),
    (21, 50),
    (51, 100),
    (101, 200),
    (201, 500),
    (501, 1_000),
    (1_001, 2_000),
    (2_001, 5_000),
    (5_001, 10_000),
    (10_001, u64::MAX),
];

pub fn search(profile: &Profile, tool: Tool) -> Search {
    let mut made = Search {
        filters: Map::new(),
        left_out: Vec::new(),
        takes: BTreeMap::new(),
        bars: BTreeMap::new(),
        ranges: BTreeMap::new(),
    };
    for criterion in &profile.fit.criteria {
        if criterion.weight < 0 {
            made.leave_out(&criterion.name, "counts against a company, and a search cannot weigh");
            continue;
        }
        let why = if criterion.required {
            "is required"
        } else {
            "is a part of a sum, which a search cannot make"
        };
        let (before, at) = (made.filters.clone(), made.left_out.len());
        made.add(tool, &criterion.name, &criterion.when);
        if made.filters == before {
            continue;
        }
        if !criterion.required {
            let sentence = format!(
                "{:?} {why} ({} points): as a filter it keeps out companies that fit without it",
                criterion.name.as_str(),
                criterion.weight
            );
            made.left_out.insert(at, sentence);
        }
        let shared = before.iter().filter(|(key, value)| made.filters.get(*key) != Some(value));
        // What two criteria keep out is kept out by either, as they say.
        let shared = shared.filter(|(key, _)| !key.contains("not_") && !key.contains("exclu"));
        let shared: Vec<(String, bool)> =
            shared.map(|(key, value)| (key.clone(), value.is_array())).collect();
        for (key, is_list) in shared {
            let why = if is_list {
                format!(
                    "shares the filter {key} with another criterion: the tool takes companies of either"
                )
            } else {
                format!("has the filter {key} instead of another criterion: the tool takes one")
            };
            made.leave_out(&criterion.name, &why);
        }
    }
    for exclusion in &profile.fit.exclusions {
        made.leave_out(
            &exclusion.name,
            "is an exclusion; take those companies out of the result by `buymode icp match`",
        );
    }
    for rule in &profile.intent.rules {
        made.leave_out(&rule.name, "is a signal, which a list of companies does not have");
    }
    if !profile.segments.is_empty() {
        made.left_out.push(
            "segments are variations that compete; the search is that of the profile itself"
                .to_owned(),
        );
    }
    made
}

impl Search {
    /// The filters that keep a company out, each with whether it is known to fail it. Empty: the search brings it. What
    /// a tool does not know of a company, no filter that takes some in finds.
    pub fn kept_out_by(&self, facts: &Facts<'_>) -> Vec<(&str, Answer)> {
        let ask = |when: &When| when.question().ask(facts).answer;
        let takes = self.takes.iter().map(|(key, when)| (key, ask(when)));
        let takes = takes.filter(|(_, answer)| *answer != Answer::Yes);
        let bars = self.bars.iter().filter(|(_, when)| ask(when) == Answer::Yes);
        let bars = bars.map(|(key, _)| (key, Answer::No));
        takes.chain(bars).map(|(key, answer)| (key.as_str(), answer)).collect()
    }

    /// Another condition under a filter that has one already: the tool takes either.
    fn take(&mut self, key: &str, when: When) {
        either(&mut self.takes, key, when);
    }

    fn bar(&mut self, key: &str, when: When) {
        either(&mut self.bars, key, when);
    }

    fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.push(format!("{name:?} {why}"));
    }

    fn put(&mut self, key: &str, value: Value) {
        match self.filters.get_mut(key).and_then(Value::as_array_mut) {
            Some(known) => known.extend(value.as_array().cloned().unwrap_or_default()),
            None => drop(self.filters.insert(key.to_owned(), value)),
        }
    }

    fn add(&mut self, tool: Tool, name: &str, when: &When) {
        let known = [
            when.industry.is_some(),
            when.employees.is_some(),
            when.revenue_usd.is_some(),
            when.country.is_some(),
            when.funding_stage.is_some(),
            when.technologies.is_some(),
            when.founded_year.is_some(),
        ];
        let asked = known.into_iter().filter(|is_asked| *is_asked).count();
        if let Some(test) = &when.industry {
            self.terms(tool, name, Key::Industry, test);
        }
        if let Some(test) = &when.country {
            self.terms(tool, name, Key::Country, test);
        }
        if let Some(test) = &when.technologies {
            self.terms(tool, name, Key::Technologies, test);
        }
        if let Some(test) = &when.employees {
            self.employees(tool, name, test);
        }
        if let Some(test) = &when.revenue_usd {
            let range = match tool {
                Tool::Apollo => self.put_range("revenue_range", test),
                Tool::Zoominfo => self.put_bounds("revenueMin", "revenueMax", test, 1_000),
                Tool::Clay => self.put_bounds("annual_revenue_min", "annual_revenue_max", test, 1),
                Tool::SalesNavigator => {
                    self.put_bounds("annual_revenue_min_usd", "annual_revenue_max_usd", test, 1)
                }
            };
            let when = When { revenue_usd: Some(range), ..When::default() };
            self.takes.insert("revenue".to_owned(), when);
        }
        if let Some(test) = &when.founded_year {
            let names = match tool {
                Tool::Clay => Some(("founded_year_min", "founded_year_max")),
                Tool::Zoominfo => Some(("foundedYearMin", "foundedYearMax")),
                Tool::Apollo | Tool::SalesNavigator => None,
            };
            match names {
                Some((least, most)) => {
                    let range = self.put_bounds(least, most, test, 1);
                    let when = When { founded_year: Some(range), ..When::default() };
                    self.takes.insert("founding year".to_owned(), when);
                }
                None => self.leave_out(
                    name,
                    "asks for the founding year, which the tool has no filter for",
                ),
            }
        }
        if let Some(test) = &when.funding_stage {
            let any_of: Vec<FundingStage> = FundingStage::iter()
                .filter(|stage| {
                    test.min.is_none_or(|min| *stage >= min)
                        && test.max.is_none_or(|max| *stage <= max)
                        && (test.any_of.is_empty() || test.any_of.contains(stage))
                })
                .collect();
            let stages: Vec<String> =
                any_of.iter().map(|stage| <&str>::from(*stage).replace('_', " ")).collect();
            if tool != Tool::SalesNavigator {
                let test = StageTest { any_of, ..StageTest::default() };
                let when = When { funding_stage: Some(test), ..When::default() };
                self.take("stage of funding", when);
            }
            match tool {
                Tool::Apollo => self.put("organization_latest_funding_stage_cd", json!(stages)),
                Tool::Clay => self.put("latest_funding_types", json!(stages)),
                Tool::Zoominfo => self.put("fundingStage", json!(stages)),
                Tool::SalesNavigator => self.leave_out(
                    name,
                    "asks for the stage of funding, which the tool has no filter for",
                ),
            }
        }
        let others = when.attributes().len().saturating_sub(asked);
        if others > 0 || !when.all.is_empty() || !when.any.is_empty() || when.not.is_some() {
            let attributes = when.attributes().join(", ");
            self.leave_out(
                name,
                &format!(
                    "asks for more than the tool's filters have ({attributes}), or joins conditions"
                ),
            );
        }
    }

    fn terms(&mut self, tool: Tool, name: &str, key: Key, test: &TermTest) {
        let words = |list: &[Term]| -> Value {
            list.iter().map(|term| json!(term.as_str().replace('-', " "))).collect()
        };
        let (include, exclude) = key.names(tool);
        let Some(include) = include else {
            return self.leave_out(
                name,
                &format!("asks for {}, which the tool has no filter for", key.said()),
            );
        };
        if !test.any_of.is_empty() {
            self.put(include, words(&test.any_of));
            self.take(include, key.any_of(&test.any_of));
        }
        if !test.all_of.is_empty() {
            self.put(include, words(&test.all_of));
            self.take(include, key.any_of(&test.all_of));
            self.leave_out(name, "wants all of several; the tool's filter takes any of them");
        }
        if !test.contains.is_empty() {
            self.leave_out(name, "looks for parts of words, which the tool's filter cannot");
        }
        if !test.none_of.is_empty() {
            match exclude {
                Some(exclude) => {
                    self.put(exclude, words(&test.none_of));
                    self.bar(exclude, key.any_of(&test.none_of));
                }
                None => self.leave_out(name, "keeps some out; the tool's filter cannot"),
            }
        }
    }

    fn employees(&mut self, tool: Tool, name: &str, test: &NumberTest) {
        let (min, max) = bounds(test);
        let size = |test: NumberTest| When { employees: Some(test), ..When::default() };
        let bands = match tool {
            Tool::Apollo => APOLLO,
            Tool::SalesNavigator => NAVIGATOR,
            Tool::Zoominfo | Tool::Clay => {
                let (least, most) = match tool {
                    Tool::Clay => ("minimum_member_count", "maximum_member_count"),
                    _ => ("employeeRangeMin", "employeeRangeMax"),
                };
                let range = self.put_bounds(least, most, test, 1);
                self.takes.insert("employees".to_owned(), size(range));
                return;
            }
        };
        let taken = bands.iter().filter(|(from, to)| *from <= max && *to >= min);
        let taken: Vec<(u64, u64)> = taken.copied().collect();
        let said = taken.iter().map(|(from, to)| match (tool, *to == u64::MAX) {
            (Tool::Apollo, false) => format!("{from},{to}"),
            (Tool::Apollo, true) => format!("{from},"),
            (_, false) => format!("{from}-{to}"),
            (_, true) => format!("{from}+"),
        });
        let said: Vec<String> = said.collect();
        let key = if tool == Tool::Apollo {
            "organization_num_employees_ranges"
        } else {
            "company_headcount"
        };
        self.put(key, json!(said));
        if let (Some((from, _)), Some((_, to))) = (taken.first(), taken.last()) {
            let min = (*from > 1).then_some(Amount(*from));
            let max = (*to < u64::MAX).then_some(Amount(*to));
            self.take("employees", size(NumberTest { min, max }));
        }
        let wide = taken.first().is_some_and(|(from, _)| *from < min)
            || taken.last().is_some_and(|(_, to)| *to > max && max != u64::MAX);
        if wide {
            self.leave_out(
                name,
                "has other bounds than the tool's bands: the search brings companies beside them",
            );
        }
    }

    /// The range that the two filters have then: a bound of another criterion stays where this one has none.
    fn put_bounds(&mut self, least: &str, most: &str, test: &NumberTest, unit: u64) -> NumberTest {
        let (min, max) = bounds(test);
        let range = self.ranges.entry(least.to_owned()).or_default();
        if min > 0 {
            range.min = test.min;
            self.filters.insert(least.to_owned(), json!(min / unit));
        }
        if max < u64::MAX {
            range.max = test.max;
            self.filters.insert(most.to_owned(), json!(max / unit));
        }
        *range
    }

    fn put_range(&mut self, key: &str, test: &NumberTest) -> NumberTest {
        let (min, max) = bounds(test);
        let mut range = Map::new();
        if min > 0 {
            range.insert("min".to_owned(), json!(min));
        }
        if max < u64::MAX {
            range.insert("max".to_owned(), json!(max));
        }
        self.filters.insert(key.to_owned(), Value::Object(range));
        *test
    }
}

fn either(all: &mut BTreeMap<String, When>, key: &str, when: When) {
    match all.get_mut(key) {
        Some(known) => known.any.push(when),
        None => {
            let whole = When { any: vec![when], ..When::default() };
            all.insert(key.to_owned(), whole);
        }
    }
}

fn bounds(test: &NumberTest) -> (u64, u64) {
    (test.min.map_or(0, |min| min.0), test.max.map_or(u64::MAX, |max| max.0))
}
