//! People's words on both sides of the desk: as the desk's log has them, and as inputs for the account's fold.

use crate::desk::action::{Action, Inform, Informed, What};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::record::{Said, Verdict, Word};
use crate::domain::Text;
use crate::domain::account::input::{DESK, Input, Retraction, SalesOutcome, SuppressionChange};
use crate::domain::account::outbox::{PersonsWord, WordKind};
use crate::domain::account::standing::said_by;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Occurred, Precision};

/// Who says what people said to the desk.
pub const SOURCE: &str = DESK;

/// The input that follows from a person's word, with the account that reads it.
pub fn input(action: &Action) -> Option<(AccountKey, Input)> {
    let (What::Inform(inform), Some(account)) = (&action.what, &action.account) else {
        return None;
    };
    let Inform { id, product, person, what } = inform;
    let (id, source) = (*id, Text::const_new(SOURCE));
    let said_by = || Some(said_by(&person.0));
    let input = match what {
        Informed::Outcome { kind, reason, until } => Input::Outcome(SalesOutcome {
            contact: None,
            id,
            source,
            product: Some(product.clone()),
            outcome: *kind,
            occurred: Occurred::new(Some(action.at), Precision::Day, action.at),
            reason: reason.clone(),
            amount_usd: None,
            opportunity_id: None,
            lead_source: None,
            until: until.map(Day::from_date),
        }),
        Informed::DoNotContact { active, stated_on } => Input::Suppression(SuppressionChange {
            id,
            source,
            list: SuppressionList::DoNotContact,
            active: *active,
            reason: said_by(),
            owner: Some(person.0.clone()),
            until: None,
            stated_on: Some(stated_on.day()),
        }),
        Informed::OptedOut { at } => Input::Suppression(SuppressionChange {
            id,
            source,
            list: SuppressionList::DoNotContact,
            active: true,
            reason: Some(format!("opted out, says {}", person.0).into()),
            owner: None,
            until: None,
            stated_on: Some(at.day()),
        }),
        Informed::Retraction { of } => {
            Input::Retraction(Retraction { id, retracts: *of, source, reason: said_by() })
        }
    };
    Some((account.clone(), input))
}

/// A word as the desk hears it.
///
/// # Errors
/// Where it lacks what its kind needs.
pub fn heard(word: PersonsWord) -> Result<Word, String> {
    let lacks = |what: &str| format!("invalid word {}: it has no {what}", word.said);
    let said = match word.said {
        WordKind::Claim => Said::Verdict(Verdict::Claim),
        WordKind::Accept => Said::Verdict(Verdict::Accept),
        WordKind::Reject => {
            let reason = word.reason.clone().unwrap_or_default();
            Said::Verdict(Verdict::Reject { reason, note: word.note.clone() })
        }
        WordKind::Snooze => {
            let until = word.until.and_then(Day::date).ok_or_else(|| lacks("day"))?;
            Said::Verdict(Verdict::Snooze { until })
        }
        WordKind::AlreadyInTouch => Said::Verdict(Verdict::AlreadyInTouch),
        WordKind::DoNotContact => Said::Verdict(Verdict::DoNotContact),
        WordKind::WrongCompany => Said::Verdict(Verdict::WrongCompany),
        WordKind::NoLongerTrue => {
            let evidence = word.of.ok_or_else(|| lacks("evidence"))?;
            Said::Verdict(Verdict::NoLongerTrue { evidence })
        }
        WordKind::TakeBack => Said::TakeBack(WordId(word.of.ok_or_else(|| lacks("earlier word"))?)),
    };
    let person = PersonId(word.person);
    Ok(Word { id: WordId(word.id), case: CaseId(word.case), person, said })
}
