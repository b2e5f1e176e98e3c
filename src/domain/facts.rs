//! The company as it is today: what company records said, moved on by signals. A Series B raises
//! the stage, a headcount report the size, an adopted tool the stack; the latest effective date
//! wins. Derived, not stored, so that a retraction undoes it; evidence that leaves the horizon
//! leaves its facts behind ([`bake`]).

use super::Text;
use super::account::AccountKey;
use super::catalogue::{Function, HiringAction, Instrument, NewsKind, TechnologyAction};
use super::company::{Attribute, Company, Value};
use super::evidence::Evidence;
use super::signal::Event;
use super::time::{Day, Timestamp};
use std::borrow::Cow;

const EVER: Timestamp = Timestamp(i64::MIN);

#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub account: &'a AccountKey,
    pub company: &'a Company,
    pub evidence: &'a [Evidence],
    pub today: Day,
}

impl<'a> Facts<'a> {
    pub fn value(&self, attribute: Attribute) -> Option<Cow<'a, Value>> {
        let stored = self.company.fact(attribute);
        let since = stored.map_or(EVER, |f| f.as_of);
        let moved = match attribute {
            Attribute::Employees | Attribute::FundingStage | Attribute::Status => {
                self.latest(since, |event| moved_value(attribute, event))
            }
            _ => None,
        };
        match moved {
            Some(value) => Some(Cow::Owned(value)),
            None => stored.map(|f| Cow::Borrowed(&f.value)),
        }
    }

    /// `None`: nothing is known of this tool.
    pub fn tool(&self, tool: &str) -> Option<bool> {
        let stored = self.company.tool(tool);
        let since = stored.map_or(EVER, |t| t.as_of);
        self.latest(since, |event| match event {
            Event::Technology(t) if t.tool == tool => Some(t.action != TechnologyAction::Dropped),
            _ => None,
        })
        .or(stored.map(|t| t.in_use))
    }

    pub fn tools_are_complete(&self) -> bool {
        self.company.tools_complete.is_some()
    }

    /// People in a department, those of narrower functions included. `None`: unknown; an empty
    /// one is known only with coverage, or where a source counts it as zero.
    pub fn department(&self, function: Function) -> Option<u32> {
        let mut people = None;
        for known in &self.company.departments {
            if known.function.counts_as(function) {
                let newer = self.latest(known.as_of, |event| counted(event, known.function));
                *people.get_or_insert(0) += newer.unwrap_or(known.people);
            }
        }
        if people.is_none() {
            people = self.latest(EVER, |event| counted(event, function));
        }
        match people {
            None if self.company.departments_complete.is_some() => Some(0),
            other => other,
        }
    }

    /// The latest day a first hire of the function is known for.
    pub fn first_hire(&self, function: Function) -> Option<Day> {
        self.live()
            .filter(|(event, _)| match event {
                Event::Hiring(h) => {
                    h.action == HiringAction::Hired
                        && h.function.counts_as(function)
                        && h.first_in_function == Some(true)
                }
                _ => false,
            })
            .map(|(_, day)| day)
            .max()
    }

    pub fn terms(&self, attribute: Attribute) -> Vec<Text> {
        self.value(attribute).map(|v| v.as_terms().to_vec()).unwrap_or_default()
    }

    /// The first term, for names, owners and such.
    pub fn text(&self, attribute: Attribute) -> Option<Text> {
        self.company.fact(attribute)?.value.as_terms().first().cloned()
    }

    fn live(&self) -> impl Iterator<Item = (&'a Event, Day)> {
        let today = self.today;
        self.evidence.iter().filter_map(move |e| {
            let day = e.day().filter(|day| *day <= today)?;
            Some((e.event(), day))
        })
    }

    fn latest<T>(&self, since: Timestamp, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut best: Option<(Day, T)> = None;
        for (event, day) in self.live() {
            if day.start() >= since
                && best.as_ref().is_none_or(|(last, _)| day >= *last)
                && let Some(value) = pick(event)
            {
                best = Some((day, value));
            }
        }
        best.map(|(_, value)| value)
    }
}

fn counted(event: &Event, function: Function) -> Option<u32> {
    let Event::Headcount(headcount) = event else {
        return None;
    };
    let at = headcount.departments.binary_search_by_key(&function, |(f, _)| *f).ok()?;
    Some(headcount.departments[at].1)
}

fn moved_value(attribute: Attribute, event: &Event) -> Option<Value> {
    match (attribute, event) {
        (Attribute::Employees, Event::Headcount(h)) => h.total.map(|n| Value::number(u64::from(n))),
        (Attribute::FundingStage, Event::Funding(f)) if f.instrument == Instrument::Equity => {
            f.stage.map(Value::Stage)
        }
        (Attribute::Status, Event::News(n)) => {
            let status = match n.news {
                NewsKind::Acquired => "acquired",
                NewsKind::Bankruptcy => "bankrupt",
                NewsKind::Closure => "closed",
                _ => return None,
            };
            Value::terms([Text::const_new(status)])
        }
        _ => None,
    }
}

/// Writes into the company what a piece of evidence says of it, before the evidence is forgotten.
pub fn bake(company: &mut Company, gone: &Evidence) {
    let Some(day) = gone.day() else { return };
    let day = day.start();
    let event = gone.event();
    for attribute in [Attribute::Employees, Attribute::FundingStage, Attribute::Status] {
        if let Some(value) = moved_value(attribute, event) {
            company.set_fact(attribute, &value, day);
        }
    }
    match event {
        Event::Technology(t) => {
            company.set_tool(&t.tool, t.action != TechnologyAction::Dropped, day);
        }
        Event::Headcount(h) => {
            for (function, people) in &h.departments {
                company.set_department(*function, *people, day);
            }
        }
        _ => {}
    }
}
