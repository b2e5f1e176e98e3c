//! The company as it is today: what company records said, moved on by signals. A Series B raises
//! the stage, a headcount report the size, an adopted tool the stack; the latest effective date
//! wins. Derived, not stored, so that a retraction undoes it; evidence that leaves the horizon
//! leaves its facts behind ([`bake`]).

use super::Text;
use super::account::AccountKey;
use super::catalogue::{Function, HiringAction, Instrument, NewsKind, TechnologyAction};
use super::company::{Attribute, Company, Value};
use super::evidence::Evidence;
use super::signal::{Event, Hiring};
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
        let counted = function.and_narrower().iter().filter_map(|part| self.counted(*part));
        let people = counted.reduce(u32::saturating_add);
        let covered = self.company.departments_complete.map(|_| 0);
        let people = people.or(covered)?;
        // Who was hired since the count is not in it.
        let hired = people == 0 && self.hired_since_empty(function).is_some();
        Some(people + u32::from(hired))
    }

    /// People in exactly this function, by the latest source that counts it.
    fn counted(&self, function: Function) -> Option<u32> {
        let known = self.company.department(function);
        let since = known.map_or(EVER, |known| known.as_of);
        self.latest(since, |event| counted(event, function)).or(known.map(|known| known.people))
    }

    /// The day of the first hire after the department was last known to be empty.
    fn hired_since_empty(&self, function: Function) -> Option<Day> {
        let parts =
            || function.and_narrower().iter().filter_map(|part| self.company.department(*part));
        let complete = self.company.departments_complete;
        if parts().any(|known| known.people > 0) || parts().next().is_none() && complete.is_none() {
            return None;
        }
        let empty = parts().map(|known| known.as_of).chain(complete).max()?;
        let hired = |event: &Event| matches!(event, Event::Hiring(h) if is_hire(h, function));
        let days = self.live().filter(|(event, day)| hired(event) && day.start() >= empty);
        days.map(|(_, day)| day).min()
    }

    /// The latest day a first hire of the function is known for: a source says that it was the
    /// first, or the department was empty until then.
    pub fn first_hire(&self, function: Function) -> Option<Day> {
        let said = |event: &Event| match event {
            Event::Hiring(h) => is_hire(h, function) && h.first_in_function == Some(true),
            _ => false,
        };
        let said = self.live().filter(|(event, _)| said(event)).map(|(_, day)| day).max();
        said.max(self.hired_since_empty(function))
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
            if best.as_ref().is_none_or(|(last, _)| day >= *last)
                && let Some(value) = pick(event)
                && day.start() >= since
            {
                best = Some((day, value));
            }
        }
        best.map(|(_, value)| value)
    }
}

fn is_hire(h: &Hiring, function: Function) -> bool {
    h.action == HiringAction::Hired && !h.agency && h.function.counts_as(function)
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
/// Of the same instant the signal is believed, as in [`Facts`].
pub fn bake(company: &mut Company, gone: &Evidence) {
    let Some(day) = gone.day() else { return };
    let day = day.start();
    let event = gone.event();
    for attribute in [Attribute::Employees, Attribute::FundingStage, Attribute::Status] {
        if let Some(value) = moved_value(attribute, event) {
            company.bake_fact(attribute, &value, day);
        }
    }
    match event {
        Event::Technology(t) => {
            company.bake_tool(&t.tool, t.action != TechnologyAction::Dropped, day);
        }
        Event::Headcount(h) => {
            for (function, people) in &h.departments {
                company.bake_department(*function, *people, day);
            }
        }
        Event::Hiring(h) if is_hire(h, h.function) && company.is_empty_department(h.function) => {
            company.bake_department(h.function, 1, day);
        }
        _ => {}
    }
}
