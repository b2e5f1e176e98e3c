//! The company as it is today: what company records said, moved on by signals. A Series B raises
//! the stage, a headcount report the size, an adopted tool the stack; the latest effective date
//! wins. Derived, not stored, so that a retraction undoes it; evidence that leaves the horizon
//! leaves its facts behind ([`bake`]).
//!
//! Only the stage does not fall by a later date: a firmographic list goes on saying Series A long
//! after a Series B, and a seed round after a Series C is a latecomer's. Of what records and equity
//! rounds say the furthest holds ([`further`]), the later date only between a public company and one
//! that is taken private. A round's stage falls when the round is taken back or corrected, and a
//! record's when a later record says less.

mod origin;

pub use origin::Origin;

use super::company::{Attribute, Company, Fact, Saying, Value};
use super::round::stage_shown;
use super::signal::{Event, Funding, Hiring, News};
use crate::domain::Text;
use crate::domain::evidence::event::Evidence;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{
    Function, FundingStage, HiringAction, Instrument, Kind, NewsKind, TechnologyAction,
};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};
use std::borrow::Cow;

/// A rumour that a company was bought, or is bankrupt, is news of it; no fact that excludes it. A tool
/// that is less surely in use is merely mentioned, unless the profile says otherwise.
pub const SURE_PERCENT: u8 = 70;

fn is_sure(evidence: &Evidence, percent: u8) -> bool {
    evidence.confidence().get() >= i64::from(percent) * 100
}

const EVER: Timestamp = Timestamp(i64::MIN);

#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub account: &'a AccountKey,
    pub company: &'a Company,
    pub evidence: &'a [Evidence],
    pub today: Day,
    /// From which confidence a tool is in use, or gone.
    tool_confidence_percent: u8,
    /// Facts that are known for an earlier day only count as unknown; none: no fact is too old.
    oldest: Option<Day>,
    /// Worked out once: a profile asks for them several times.
    moved: Moved,
}

/// The newest value that signals give for each fact they can change, with its day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    employees: Option<(Day, u32)>,
    stage: Option<(Day, FundingStage)>,
    status: Option<(Day, &'static str)>,
}

impl Moved {
    fn of(evidence: &[Evidence], today: Day) -> Moved {
        let mut moved = Moved::default();
        let moves =
            |e: &&Evidence| matches!(e.kind(), Kind::Headcount | Kind::Funding | Kind::News);
        for e in evidence.iter().filter(moves) {
            let Some(day) = known_on(e, today) else { continue };
            match e.event() {
                Event::Headcount(h) => later(&mut moved.employees, day, h.total),
                Event::Funding(f) => {
                    let raised = raised_to(f).map(|stage| (day, stage));
                    moved.stage = moved.stage.into_iter().chain(raised).reduce(further);
                }
                Event::News(n) if is_sure(e, SURE_PERCENT) => {
                    later(&mut moved.status, day, turned(n));
                }
                _ => {}
            }
        }
        moved
    }

    /// What signals say against what is `stored`, if it holds.
    fn value(&self, attribute: Attribute, stored: Option<&Fact>) -> Option<Value> {
        let since = stored.map_or(EVER, |f| f.as_of);
        match attribute {
            Attribute::Employees => {
                fresh(self.employees, since).map(|n| Value::number(u64::from(n)))
            }
            Attribute::FundingStage => {
                let known = stored.and_then(|f| Some((since.day(), f.value.as_stage()?)));
                let raised = self
                    .stage
                    .filter(|raised| known.is_none_or(|known| further(known, *raised) == *raised));
                raised.map(|(_, stage)| Value::Stage(stage))
            }
            Attribute::Status => {
                fresh(self.status, since).and_then(|s| Value::said(attribute, [s]))
            }
            _ => None,
        }
    }
}

/// Of the same day the last one counts.
fn later<T>(known: &mut Option<(Day, T)>, day: Day, said: Option<T>) {
    if let Some(said) = said
        && known.as_ref().is_none_or(|(last, _)| day >= *last)
    {
        *known = Some((day, said));
    }
}

/// Of two stages the further; of being public and being taken private the later.
fn further(one: (Day, FundingStage), other: (Day, FundingStage)) -> (Day, FundingStage) {
    let rank = |(day, stage): (Day, FundingStage)| (stage.min(FundingStage::PeBacked), day, stage);
    if rank(other) > rank(one) { other } else { one }
}

fn fresh<T>(moved: Option<(Day, T)>, since: Timestamp) -> Option<T> {
    moved.filter(|(day, _)| day.start() >= since).map(|(_, said)| said)
}

impl<'a> Facts<'a> {
    pub fn new(
        account: &'a AccountKey,
        company: &'a Company,
        evidence: &'a [Evidence],
        today: Day,
    ) -> Facts<'a> {
        let moved = Moved::of(evidence, today);
        Facts::with(account, company, evidence, today, moved)
    }

    /// The same of which it is known what signals have moved.
    pub fn with(
        account: &'a AccountKey,
        company: &'a Company,
        evidence: &'a [Evidence],
        today: Day,
        moved: Moved,
    ) -> Facts<'a> {
        let tool_confidence_percent = SURE_PERCENT;
        Facts { account, company, evidence, today, tool_confidence_percent, oldest: None, moved }
    }

    /// What signals have moved by today.
    pub fn moved(&self) -> Moved {
        self.moved
    }

    /// The same, where a tool is in use or gone from another confidence on.
    pub fn trusting(self, tool_confidence_percent: u8) -> Facts<'a> {
        Facts { tool_confidence_percent, ..self }
    }

    /// The same, with all that was last confirmed before a day as unknown.
    pub fn not_before(&self, day: Day) -> Facts<'a> {
        Facts { oldest: Some(day), ..*self }
    }

    fn is_too_old(&self, origin: impl FnOnce() -> Option<Origin<'a>>) -> bool {
        self.oldest.is_some_and(|oldest| origin().is_some_and(|origin| origin.day < oldest))
    }

    /// The same on another day.
    pub fn on(&self, today: Day) -> Facts<'a> {
        Facts::new(self.account, self.company, self.evidence, today)
            .trusting(self.tool_confidence_percent)
    }

    /// The same on a later day, where nothing arrives until then.
    pub fn later(&self, today: Day) -> Facts<'a> {
        Facts { today, ..*self }
    }

    /// Whether a report of a tool is more than a mention.
    pub fn is_sure_of_tool(&self, evidence: &Evidence) -> bool {
        is_sure(evidence, self.tool_confidence_percent)
    }

    pub fn value(&self, attribute: Attribute) -> Option<Cow<'a, Value>> {
        if self.is_too_old(|| self.origin(attribute)) {
            return None;
        }
        let stored = self.company.fact(attribute);
        match self.moved.value(attribute, stored) {
            Some(value) => Some(Cow::Owned(value)),
            None => stored.map(|f| Cow::Borrowed(&f.value)),
        }
    }

    /// `None`: nothing is known of this tool.
    pub fn tool(&self, tool: &Term) -> Option<bool> {
        if self.is_too_old(|| self.tool_origin(tool)) {
            return None;
        }
        let stored = self.company.tool(tool);
        let since = stored.map_or(EVER, |t| t.as_of);
        self.latest(Kind::Technology, since, |evidence| match evidence.event() {
            Event::Technology(t) if t.tool == *tool && self.is_sure_of_tool(evidence) => {
                Some(t.action != TechnologyAction::Dropped)
            }
            _ => None,
        })
        .or(stored.map(|t| t.in_use))
    }

    /// Tools that a report says to be in use, but not surely; nothing else is known of them.
    pub fn tools_mentioned(&self) -> impl Iterator<Item = &'a Term> {
        let named = self.evidence.iter().filter_map(|evidence| match evidence.event() {
            Event::Technology(t) if t.action != TechnologyAction::Dropped => Some(&t.tool),
            _ => None,
        });
        named.filter(|tool| self.tool(tool).is_none())
    }

    pub fn tools_are_complete(&self) -> bool {
        let since = self.company.tools_complete;
        since.is_some_and(|since| self.oldest.is_none_or(|oldest| since.day() >= oldest))
    }

    /// People in a department, those of narrower functions included. `None`: unknown; an empty
    /// one is known only with coverage, or where a source counts it as zero.
    pub fn department(&self, function: Function) -> Option<u32> {
        if self.is_too_old(|| self.department_origin(function)) {
            return None;
        }
        let counted = function.and_narrower().iter().filter_map(|part| self.counted(*part));
        let people = counted.reduce(u32::saturating_add);
        let covered = self.company.departments_complete.map(|_| 0);
        let people = people.or(covered)?;
        // The count lacks people hired since.
        let hired = people == 0 && self.hired_since_empty(function).is_some();
        Some(people + u32::from(hired))
    }

    /// People in exactly this function, by the latest source that counts it.
    fn counted(&self, function: Function) -> Option<u32> {
        let known = self.company.department(function);
        let since = known.map_or(EVER, |known| known.as_of);
        self.latest(Kind::Headcount, since, |e| counted(e.event(), function))
            .or(known.map(|known| known.people))
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
        let days = self.jobs().filter(|(event, day)| hired(event) && day.start() >= empty);
        days.map(|(_, day)| day).min()
    }

    /// The latest day a first hire of the function is known for: a source says that it was the
    /// first, or the department was empty until then.
    pub fn first_hire(&self, function: Function) -> Option<Day> {
        let said = |event: &Event| match event {
            Event::Hiring(h) => is_hire(h, function) && h.first_in_function == Some(true),
            _ => false,
        };
        let said = self.jobs().filter(|(event, _)| said(event)).map(|(_, day)| day).max();
        said.max(self.hired_since_empty(function))
    }

    /// What company records say of it, for people to read.
    pub fn texts(&self, attribute: Attribute) -> impl Iterator<Item = &'a str> {
        self.company.fact(attribute).into_iter().flat_map(|fact| fact.value.texts())
    }

    /// The company's name: where no source knows it, the best it is called.
    pub fn name(&self) -> Option<Text> {
        self.text(Attribute::Name).or_else(|| self.text(Attribute::Handle))
    }

    /// The first of them, for owners and such.
    pub fn text(&self, attribute: Attribute) -> Option<Text> {
        self.texts(attribute).next().map(Text::new)
    }

    /// Posts, closings and hires up to today.
    fn jobs(&self) -> impl Iterator<Item = (&'a Event, Day)> {
        let jobs = self.evidence.iter().filter(|e| e.kind() == Kind::Hiring);
        jobs.filter_map(|e| Some((e.event(), known_on(e, self.today)?)))
    }

    fn latest<T>(
        &self,
        kind: Kind,
        since: Timestamp,
        pick: impl Fn(&Evidence) -> Option<T>,
    ) -> Option<T> {
        let mut best: Option<(Day, T)> = None;
        for evidence in self.evidence.iter().filter(|e| e.kind() == kind) {
            if let Some(day) = known_on(evidence, self.today)
                && best.as_ref().is_none_or(|(last, _)| day >= *last)
                && let Some(value) = pick(evidence)
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

/// The day for which evidence speaks: of a count that is repeated, its last one.
fn known_on(e: &Evidence, today: Day) -> Option<Day> {
    match e.event() {
        Event::Headcount(_) => e.last_day(today),
        _ => e.day().filter(|day| *day <= today),
    }
}

fn raised_to(round: &Funding) -> Option<FundingStage> {
    stage_shown(round).filter(|_| round.instrument == Instrument::Equity)
}

/// Whether an event may move a fact of the company.
pub fn moves(event: &Event) -> bool {
    match event {
        Event::Funding(_) | Event::Headcount(_) | Event::Technology(_) => true,
        Event::Hiring(h) => h.action == HiringAction::Hired,
        Event::News(n) => turned(n).is_some(),
        Event::Engagement(_) => false,
    }
}

/// What news makes of a company's status.
pub fn turned(news: &News) -> Option<&'static str> {
    match news.news {
        NewsKind::Acquired => Some("acquired"),
        NewsKind::Bankruptcy => Some("bankrupt"),
        NewsKind::Closure => Some("closed"),
        _ => None,
    }
}

/// Writes the facts of a piece of evidence into the company before the evidence is dropped.
/// Of the same instant the signal is believed, as in [`Facts`].
pub fn bake(company: &mut Company, gone: &Evidence) {
    let Some(day) = known_on(gone, gone.filed()).or(gone.day()) else { return };
    let moved = Moved::of(std::slice::from_ref(gone), day);
    let by = Saying { as_of: day.start(), source: &gone.lead().source };
    let event = gone.event();
    for attribute in [Attribute::Employees, Attribute::Status] {
        if let Some(value) = moved.value(attribute, None) {
            company.bake_fact(attribute, &value, by);
        }
    }
    // What it raised stays raised, until a later record than both says less.
    let stored = company.fact(Attribute::FundingStage);
    let as_of = stored.map_or(by.as_of, |f| f.as_of.max(by.as_of));
    if let Some(value) = moved.value(Attribute::FundingStage, stored) {
        company.bake_fact(Attribute::FundingStage, &value, Saying { as_of, ..by });
    }
    match event {
        // A mere mention leaves nothing behind.
        Event::Technology(t) if is_sure(gone, SURE_PERCENT) => {
            company.bake_tool(&t.tool, t.action != TechnologyAction::Dropped, by);
        }
        Event::Headcount(h) => {
            for (function, people) in &h.departments {
                company.bake_department(*function, *people, by);
            }
        }
        Event::Hiring(h) if is_hire(h, h.function) && company.is_empty_department(h.function) => {
            company.bake_department(h.function, 1, by);
        }
        _ => {}
    }
}
