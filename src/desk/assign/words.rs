//! What people say about a case. The first word holds, and the second person hears who was first; each
//! can be taken back by the person who said it, also after the case has ended by it.
//!
//! A word that holds goes to the account's fold from here, in the transaction that stops the clock: a word
//! that came second never reaches it.

use super::Desk;
use super::decide::case_of;
use crate::desk::action::{Inform, Informed, Refusal, What};
use crate::desk::case::Clock;
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::record::{Said, Verdict, Word};
use crate::desk::roster::Roster;
use crate::desk::state::{Due, End, Phase, Spoken, Stage};
use crate::domain::account::decision::{Decision, ExitReason};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::{DAY_MS, Timestamp};
use std::sync::Arc;

/// Words about one case; later ones are refused.
pub(super) const WORDS_MAX: usize = 256;
/// How long a word can be taken back.
const WORD_MS: i64 = 30 * DAY_MS;
/// Evidence that was retracted does not come back: so long the word is not carried out.
const SECOND_THOUGHTS_MS: i64 = 600_000;
/// The reason of a rejection as the wrong company; a profile's `lost_cooldown_days` may name it.
const WRONG_COMPANY: &str = "wrong-company";

impl Desk<'_> {
    pub(super) fn hear(&mut self, word: &Word) {
        let Some(roster) = self.roster() else { return };
        let is_known = roster.people.contains_key(&word.person);
        if let Said::TakeBack(earlier) = &word.said {
            return match is_known {
                true => self.take_back(&roster, word, *earlier),
                false => self.refuse(word, Refusal::Unknown),
            };
        }
        let Some(case) = self.state.cases.get_mut(&word.case).filter(|case| case.ended.is_none())
        else {
            // One that ended by this very word.
            if !self.state.words.contains_key(&word.id) {
                self.refuse(word, Refusal::NotOpen);
            }
            return;
        };
        if case.heard.contains(&word.id) {
            return;
        }
        if !is_known || case.heard.len() >= WORDS_MAX {
            return self.refuse(word, if is_known { Refusal::NotOpen } else { Refusal::Unknown });
        }
        case.heard.insert(word.id);
        if let Said::Verdict(verdict) = &word.said {
            self.stop(&roster, word, verdict);
        }
    }

    fn stop(&mut self, roster: &Arc<Roster>, word: &Word, verdict: &Verdict) {
        let Some(case) = self.state.cases.get(&word.case) else { return };
        if let Clock::Stopped { by, at, verdict, .. } = &case.clock
            && *by != word.person
            && !matches!(verdict, Verdict::Reported { .. })
        {
            let (by, at, verdict) = (by.clone(), *at, verdict.clone());
            return self.refuse(word, Refusal::TooLate { by, at, verdict });
        }
        let d = case.decision.clone();
        let retracts = match verdict {
            Verdict::NoLongerTrue { evidence } => reports_with(&d, *evidence),
            _ => Vec::new(),
        };
        let spoken = Spoken {
            case: word.case,
            account: d.account.clone(),
            product: d.product.clone(),
            by: word.person.clone(),
            at: self.now,
            verdict: verdict.clone(),
            retracts,
            is_final: false,
            taken_back: None,
        };
        self.state.words.insert(word.id, spoken.clone());
        self.at(Timestamp(self.now.0 + WORD_MS), Due::ForgetWord(word.id));
        self.inform(word.id, &spoken);
        self.take_up(roster, word.case, word.id, &word.person, verdict);
    }

    /// The clock of a case stops, and its messages say who takes care of it.
    pub(super) fn take_up(
        &mut self,
        roster: &Arc<Roster>,
        id: CaseId,
        word: WordId,
        by: &PersonId,
        verdict: &Verdict,
    ) {
        let now = self.now;
        let Some(case) = self.state.cases.get(&id) else { return };
        let deadline = match &case.clock {
            Clock::Stopped { deadline, .. } => *deadline,
            Clock::Runs { deadline } => Some(*deadline),
            Clock::None | Clock::Escalated => None,
        };
        let (by, verdict) = (by.clone(), verdict.clone());
        let until = match &verdict {
            Verdict::Snooze { until } => Some(*until),
            _ => None,
        };
        let morning = until.and_then(|until| self.morning_of(roster, id, &by, until));
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.clock = Clock::Stopped { word, by, at: now, verdict, deadline };
        }
        self.unsay(id);
        self.call_off(id);
        self.free(id);
        self.refresh(roster, id);
        if let Some(morning) = morning {
            self.at(morning, Due::Again(id));
        }
    }

    /// Whether a case ended since a person said so.
    pub(super) fn is_by_word(&self, id: CaseId, end: &Decision) -> bool {
        let said_so = end
            .exit
            .is_some_and(|exit| matches!(exit.reason, ExitReason::Sales | ExitReason::Excluded));
        let verdict = match self.state.cases.get(&id).map(|case| &case.clock) {
            Some(Clock::Stopped { verdict, .. }) => verdict,
            _ => return false,
        };
        let ends = matches!(
            verdict,
            Verdict::Reject { .. } | Verdict::WrongCompany | Verdict::DoNotContact
        );
        said_so && ends
    }

    fn inform(&mut self, word: WordId, spoken: &Spoken) {
        let outcome = |kind| Informed::Outcome { kind, reason: None, until: None };
        let rejected = |reason: &str| Informed::Outcome {
            kind: OutcomeKind::Rejected,
            reason: Some(reason.into()),
            until: None,
        };
        let what = match &spoken.verdict {
            Verdict::Claim | Verdict::Reported { .. } => return,
            Verdict::Accept => outcome(OutcomeKind::Accepted),
            Verdict::AlreadyInTouch => outcome(OutcomeKind::Contacted),
            Verdict::Reject { reason, .. } => rejected(reason),
            Verdict::WrongCompany => rejected(WRONG_COMPANY),
            Verdict::Snooze { until } => {
                Informed::Outcome { kind: OutcomeKind::Snoozed, reason: None, until: Some(*until) }
            }
            Verdict::DoNotContact => Informed::DoNotContact { active: true, stated_on: spoken.at },
            Verdict::NoLongerTrue { .. } => {
                return self.at(Timestamp(self.now.0 + SECOND_THOUGHTS_MS), Due::Retract(word));
            }
        };
        self.tell_account(word.0, spoken, what);
    }

    fn tell_account(&mut self, id: SignalId, spoken: &Spoken, what: Informed) {
        let (product, person) = (spoken.product.clone(), spoken.by.clone());
        let inform = Inform { id, product, person, what };
        self.act(Some(spoken.account.clone()), What::Inform(inform));
    }

    /// A word that evidence is no longer true was not taken back in time.
    pub(super) fn retract(&mut self, id: WordId) {
        let Some(spoken) = self.state.words.get_mut(&id).filter(|s| s.taken_back.is_none()) else {
            return;
        };
        spoken.is_final = true;
        let spoken = spoken.clone();
        for of in &spoken.retracts {
            let own = SignalId::new_v5(&id.0, of.as_bytes());
            self.tell_account(own, &spoken, Informed::Retraction { of: *of });
        }
    }

    fn take_back(&mut self, roster: &Arc<Roster>, word: &Word, earlier: WordId) {
        let now = self.now;
        let spoken = self.state.words.get_mut(&earlier).filter(|s| s.by == word.person);
        let Some(spoken) = spoken else { return self.refuse(word, Refusal::NothingToTakeBack) };
        match spoken.taken_back {
            // The same click.
            Some(known) if known == word.id => return,
            Some(_) => return self.refuse(word, Refusal::NothingToTakeBack),
            None if spoken.is_final => return self.refuse(word, Refusal::Final),
            None => {}
        }
        let (id, said) = (spoken.case, spoken.clone());
        // None: it has ended.
        let stopped = self.state.cases.get(&id).filter(|case| case.ended.is_none()).map(|case| {
            match &case.clock {
                Clock::Stopped { word: said, deadline, .. } if *said == earlier => Some(*deadline),
                _ => None,
            }
        });
        if stopped == Some(None) {
            return self.refuse(word, Refusal::NothingToTakeBack);
        }
        if let Some(spoken) = self.state.words.get_mut(&earlier) {
            spoken.taken_back = Some(word.id);
        }
        self.inform_back(word.id, &said);
        let Some(deadline) = stopped.flatten() else { return };
        if let Some(case) = self.state.cases.get_mut(&id) {
            case.heard.insert(word.id);
        }
        // A deadline that is over falls due at once, and escalates.
        self.resume(id, deadline);
        if deadline.is_none_or(|deadline| deadline > now) {
            self.say_again(roster, id, &word.person);
        }
    }

    fn inform_back(&mut self, word: WordId, spoken: &Spoken) {
        let what = match &spoken.verdict {
            Verdict::Claim | Verdict::Reported { .. } | Verdict::NoLongerTrue { .. } => return,
            Verdict::DoNotContact => {
                let Some(stated_on) = self.not_wanted_since(&spoken.account) else { return };
                Informed::DoNotContact { active: false, stated_on }
            }
            _ => Informed::Outcome { kind: OutcomeKind::Reopened, reason: None, until: None },
        };
        self.tell_account(word.0, spoken, what);
    }

    /// When people last said that an account must not be contacted; none where one of them has not taken it back:
    /// it has only one entry on the list for all of them.
    fn not_wanted_since(&self, account: &AccountKey) -> Option<Timestamp> {
        let mut latest = None;
        for (_, spoken) in self.state.words.iter() {
            if spoken.account == *account && spoken.verdict == Verdict::DoNotContact {
                spoken.taken_back?;
                latest = latest.max(Some(spoken.at));
            }
        }
        latest
    }

    /// A word is too old to be taken back. That an account must not be contacted stays said, also where someone
    /// takes back that they have said so too.
    pub(super) fn forget_word(&mut self, id: WordId) {
        let Some(old) = self.state.words.remove(&id) else { return };
        if old.verdict != Verdict::DoNotContact || old.taken_back.is_some() {
            return;
        }
        let same = |spoken: &Spoken| {
            spoken.account == old.account && spoken.verdict == Verdict::DoNotContact
        };
        let all = self.state.words.iter();
        let others: Vec<WordId> =
            all.filter(|(_, spoken)| same(spoken)).map(|(id, _)| *id).collect();
        for id in others {
            if let Some(spoken) = self.state.words.get_mut(&id) {
                spoken.is_final = true;
            }
        }
    }

    /// Messages that wait are not sent: the case is taken.
    fn unsay(&mut self, id: CaseId) {
        for thread in self.threads_of(id) {
            if matches!(self.phase(thread), Some(Phase::Waiting(_))) {
                self.leave_unsaid(id, thread);
            }
        }
        let gathered = self.state.cases.get(&id).map(|case| case.decision.clone());
        if let Some(d) = gathered {
            self.drop_gathered(&d, End::Expired);
        }
        debug_assert!(
            self.state.deliveries.values().all(|delivery| {
                case_of(&delivery.decision) != id
                    || !matches!(delivery.stage, Stage::Waiting(_) | Stage::Gathered)
            }),
            "no message of a case that is taken waits"
        );
    }

    fn refuse(&mut self, word: &Word, refusal: Refusal) {
        let person: PersonId = word.person.clone();
        self.act(None, What::Answer { word: word.id, person, refusal });
    }
}

/// All reports of the event that this report is of.
fn reports_with(d: &Decision, evidence: SignalId) -> Vec<SignalId> {
    let mut lines = d.intent.contributions.iter();
    let line = lines.find(|line| line.evidence.contains(&evidence));
    line.map_or_else(|| vec![evidence], |line| line.evidence.clone())
}
