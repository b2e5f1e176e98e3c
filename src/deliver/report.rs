//! What people did with the accounts that they were given, out of the desk's log: which rules, profiles and people
//! bring accounts that someone acts on.

use super::fold::Fold;
use crate::codec::{Codec, RegistryError};
use crate::desk::action::{Notice, What};
use crate::desk::case::Clock;
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::record::Verdict;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::account::outbox::{DeskRecord, WordKind};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::MilliPoints;
use crate::log::RecordRef;
use chrono::Datelike;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One account that was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    at: Timestamp,
    person: Option<Text>,
    profile: Text,
    rules: BTreeSet<Text>,
    answer: Option<(WordId, Answer)>,
    rejected: Option<Rejected>,
}

/// Why an account was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rejected {
    at: Timestamp,
    account: AccountKey,
    by: PersonId,
    reason: Text,
    note: Option<Text>,
}

/// What a person wrote about a rejection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Note {
    pub day: Day,
    pub account: AccountKey,
    #[schemars(with = "String")]
    pub person: Text,
    #[schemars(with = "String")]
    pub reason: Text,
    /// In their words.
    #[schemars(with = "String")]
    pub note: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Someone takes care of it.
    Taken,
    /// It was not worth it, or not true.
    Rejected,
    Snoozed,
}

impl Answer {
    fn of(verdict: &Verdict) -> Answer {
        match verdict {
            Verdict::Claim
            | Verdict::Accept
            | Verdict::AlreadyInTouch
            | Verdict::Reported { .. } => Answer::Taken,
            Verdict::Snooze { .. } => Answer::Snoozed,
            Verdict::Reject { .. }
            | Verdict::DoNotContact
            | Verdict::WrongCompany
            | Verdict::NoLongerTrue { .. } => Answer::Rejected,
        }
    }
}

/// Reads the desk's log, from its beginning.
#[derive(Default)]
pub struct Reckoning {
    fold: Fold,
    given: BTreeMap<CaseId, Given>,
}

/// How many accounts of a kind were announced, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    pub announced: u64,
    pub taken: u64,
    pub rejected: u64,
    pub snoozed: u64,
}

impl Share {
    pub fn acted_on(&self) -> u64 {
        self.taken + self.rejected + self.snoozed
    }

    /// Whole percent of those announced.
    pub fn percent(&self) -> u64 {
        (self.acted_on() * 100).checked_div(self.announced).unwrap_or(0)
    }
}

/// The shares by each dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub all: Share,
    pub rules: BTreeMap<String, Share>,
    pub profiles: BTreeMap<String, Share>,
    pub people: BTreeMap<String, Share>,
    /// By their Mondays.
    pub weeks: BTreeMap<String, Share>,
    /// How often each reason of a rejection was given.
    pub reasons: BTreeMap<Text, u64>,
    /// The latest first.
    pub notes: Vec<Note>,
}

/// The rules that count for a decision.
pub fn rules_of(d: &Decision) -> BTreeSet<Text> {
    let counted = d.intent.contributions.iter().filter(|c| c.contribution > MilliPoints::ZERO);
    counted.map(|c| c.rule.clone()).collect()
}

impl Reckoning {
    /// Goes on from what the desk remembered: what was announced before is not in it.
    pub fn after(fold: Fold) -> Reckoning {
        Reckoning { fold, given: BTreeMap::new() }
    }

    /// # Errors
    /// The registry's: the record is to be read again.
    pub fn read(&mut self, codec: &mut Codec, record: &RecordRef<'_>) -> Result<(), RegistryError> {
        let said = codec.decode_desk(record.value.unwrap_or_default());
        let followed = self.fold.read(codec, record)?;
        for action in &followed.decided {
            if let What::Post { notice, .. } = &action.what {
                self.announced(notice, action.at);
            }
        }
        match said {
            Ok(DeskRecord::Word(word)) if word.said == WordKind::TakeBack => {
                if matches!(followed.answer, Some((_, None))) {
                    self.taken_back(WordId(word.of.unwrap_or_default()));
                }
            }
            Ok(DeskRecord::Word(_) | DeskRecord::Outcome(_)) => self.answered(),
            Ok(DeskRecord::Decision(_)) => self.ended(),
            _ => {}
        }
        self.fold.state.settle();
        Ok(())
    }

    fn announced(&mut self, notice: &Notice, at: Timestamp) {
        for case in &notice.cases {
            self.given.entry(case.id).or_insert_with(|| Given {
                at,
                person: case.assignment.as_ref().map(|a| a.person.0.clone()),
                profile: case.decision.profile.clone(),
                rules: rules_of(&case.decision),
                answer: None,
                rejected: None,
            });
        }
    }

    /// The record has stopped the clock of these cases; an answer that holds stays.
    fn answered(&mut self) {
        for (id, _, now) in self.fold.state.cases.changes() {
            let Some(case) = now else { continue };
            let Clock::Stopped { word, verdict, by, at, .. } = &case.clock else { continue };
            let Some(given) = self.given.get_mut(id) else { continue };
            given.answer = Some((*word, Answer::of(verdict)));
            let why = match verdict {
                Verdict::Reject { reason, note } => Some((reason.clone(), note.clone())),
                Verdict::DoNotContact | Verdict::WrongCompany | Verdict::NoLongerTrue { .. } => {
                    Some((Text::new(verdict.name()), None))
                }
                _ => None,
            };
            let (account, by) = (case.decision.account.clone(), by.clone());
            given.rejected =
                why.map(|(reason, note)| Rejected { at: *at, account, by, reason, note });
        }
    }

    /// Sales has won it, lost it, or opened an opportunity: someone had taken care of it.
    fn ended(&mut self) {
        for (id, _, now) in self.fold.state.cases.changes() {
            let exit = now.and_then(|case| case.ended.as_ref()).and_then(|end| end.exit);
            if exit.is_some_and(|exit| exit.outcome.is_some())
                && let Some(given) = self.given.get_mut(id)
                && given.answer.is_none()
            {
                given.answer = Some((WordId(id.0), Answer::Taken));
            }
        }
    }

    fn taken_back(&mut self, word: WordId) {
        let said = |given: &&mut Given| given.answer.is_some_and(|(known, _)| known == word);
        if let Some(given) = self.given.values_mut().find(said) {
            (given.answer, given.rejected) = (None, None);
        }
    }

    /// Of the accounts that were announced from `from` on.
    pub fn report(&self, from: Timestamp) -> Report {
        let mut report = Report::default();
        for given in self.given.values().filter(|given| given.at >= from) {
            let add = |share: &mut Share| {
                share.announced += 1;
                match given.answer.map(|(_, answer)| answer) {
                    Some(Answer::Taken) => share.taken += 1,
                    Some(Answer::Rejected) => share.rejected += 1,
                    Some(Answer::Snoozed) => share.snoozed += 1,
                    None => {}
                }
            };
            add(&mut report.all);
            for rule in &given.rules {
                add(report.rules.entry(format!("{}: {rule}", given.profile)).or_default());
            }
            add(report.profiles.entry(given.profile.to_string()).or_default());
            let person = given.person.as_deref().unwrap_or("no one");
            add(report.people.entry(person.to_owned()).or_default());
            add(report.weeks.entry(week(given.at.day())).or_default());
            if let Some(rejected) = &given.rejected {
                *report.reasons.entry(rejected.reason.clone()).or_default() += 1;
                report.notes.extend(rejected.note());
            }
        }
        report.notes.sort_by(|a, b| (b.day, &a.account).cmp(&(a.day, &b.account)));
        report
    }
}

impl Rejected {
    fn note(&self) -> Option<Note> {
        Some(Note {
            day: self.at.day(),
            account: self.account.clone(),
            person: self.by.0.clone(),
            reason: self.reason.clone(),
            note: self.note.clone()?,
        })
    }
}

/// The Monday of a day's week.
fn week(day: Day) -> String {
    let back = day.date().map_or(0, |date| date.weekday().num_days_from_monday());
    day.plus(-i32::try_from(back).unwrap_or(0)).to_string()
}
