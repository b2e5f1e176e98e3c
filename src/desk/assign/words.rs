//! What people say about a case. The first word holds, and the second person hears who was first; each
//! can be taken back by the person who said it.

use super::Desk;
use crate::desk::action::{Refusal, What};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::record::{Said, Verdict, Word};
use crate::desk::state::{Clock, Due, End, Phase, Stage};
use std::sync::Arc;

/// Words about one case; later ones are refused.
const WORDS_MAX: usize = 256;

impl Desk<'_> {
    pub(super) fn hear(&mut self, word: &Word) {
        let Some(roster) = self.roster() else { return };
        let is_known = roster.people.contains_key(&word.person);
        let Some(case) = self.state.cases.get_mut(&word.case).filter(|case| case.ended.is_none())
        else {
            return self.refuse(word, Refusal::NotOpen);
        };
        if case.heard.contains(&word.id) {
            return;
        }
        if !is_known || case.heard.len() >= WORDS_MAX {
            return self.refuse(word, if is_known { Refusal::NotOpen } else { Refusal::Unknown });
        }
        case.heard.insert(word.id);
        match &word.said {
            Said::Verdict(verdict) => self.stop(&roster, word, verdict),
            Said::TakeBack(earlier) => self.take_back(&roster, word, *earlier),
        }
    }

    fn stop(&mut self, roster: &Arc<crate::desk::roster::Roster>, word: &Word, verdict: &Verdict) {
        let Some(case) = self.state.cases.get_mut(&word.case) else { return };
        let deadline = match &case.clock {
            Clock::Stopped { by, at, verdict, .. } if *by != word.person => {
                let (by, at, verdict) = (by.clone(), *at, verdict.clone());
                return self.refuse(word, Refusal::TooLate { by, at, verdict });
            }
            Clock::Stopped { deadline, .. } => *deadline,
            Clock::Runs { deadline } => Some(*deadline),
            Clock::None | Clock::Escalated => None,
        };
        case.clock = Clock::Stopped {
            word: word.id,
            by: word.person.clone(),
            at: self.now,
            verdict: verdict.clone(),
            deadline,
        };
        self.unsay(word.case);
        self.call_off(word.case);
        self.free(word.case);
        self.refresh(roster, word.case);
        if let Verdict::Snooze { until } = verdict
            && let Some(morning) = self.morning(roster, &word.person, *until)
        {
            self.at(morning, Due::Again(word.case));
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
                super::decide::case_of(&delivery.decision) != id
                    || !matches!(delivery.stage, Stage::Waiting(_) | Stage::Gathered)
            }),
            "no message of a case that is taken waits"
        );
    }

    fn take_back(
        &mut self,
        roster: &Arc<crate::desk::roster::Roster>,
        word: &Word,
        earlier: WordId,
    ) {
        let Some(case) = self.state.cases.get(&word.case) else { return };
        let deadline = match &case.clock {
            Clock::Stopped { word: said, by, deadline, .. }
                if *said == earlier && *by == word.person =>
            {
                *deadline
            }
            _ => return self.refuse(word, Refusal::NothingToTakeBack),
        };
        // A deadline that is over falls due at once, and escalates.
        self.resume(word.case, deadline);
        if deadline.is_none_or(|deadline| deadline > self.now) {
            self.say_again(roster, word.case, &word.person);
        } else {
            self.deadline_passed(word.case);
        }
    }

    fn refuse(&mut self, word: &Word, refusal: Refusal) {
        let person: PersonId = word.person.clone();
        self.act(None, What::Answer { word: word.id, person, refusal });
    }
}
