//! A merge: one account hands what it knows, and what still comes for it, to another.

use super::{Addressed, Applied, Fold};
use crate::domain::account::AccountKey;
use crate::domain::decide::Happened;
use crate::domain::decision::Verdict;
use crate::domain::evidence::{self, Report};
use crate::domain::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::limits::{HOPS_MAX, HORIZON_DAYS};
use crate::domain::signal::SignalId;
use crate::domain::step::sales::suppression_of;

impl Fold<'_> {
    pub(super) fn transfer<'i>(&mut self, transfer: &'i Transfer) -> Applied<'i> {
        if transfer.hop > HOPS_MAX {
            return Applied::refused(format!("was handed on more than {HOPS_MAX} times"));
        }
        if self.is_dead(transfer.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        match &transfer.step {
            TransferStep::Request if transfer.to == *self.account => {
                Applied::refused("asks to merge an account into itself".to_owned())
            }
            TransferStep::Request => {
                self.hand_over(transfer.to.clone(), transfer.id, transfer.hop);
                self.bury(transfer.id, self.at.time.day());
                Applied::did(Verdict::Applied, Happened { moved: true, ..Happened::default() })
            }
            TransferStep::Delivery(parcel) => {
                if self.state.moved_to.as_ref() == Some(&transfer.from) {
                    self.state.moved_to = None;
                }
                self.unpack(parcel);
                self.bury(transfer.id, self.at.time.day());
                Applied::did(Verdict::Applied, Happened::default())
            }
        }
    }

    fn hand_over(&mut self, to: AccountKey, cause: SignalId, hop: u8) {
        let parcel = Parcel::of(self.state);
        self.state.moved_to = Some(to.clone());
        self.deliver(to, cause, hop, parcel);
    }

    fn deliver(&mut self, to: AccountKey, cause: SignalId, hop: u8, parcel: Parcel) {
        let id =
            SignalId::new_v5(&cause, format!("{}\n{to}\n{}", self.account, hop + 1).as_bytes());
        let transfer = Transfer {
            id,
            from: self.account.clone(),
            to: to.clone(),
            cause,
            hop: hop + 1,
            step: TransferStep::Delivery(parcel),
        };
        self.inputs.push(Addressed { account: to, input: Input::Transfer(Box::new(transfer)) });
    }

    /// An account that was merged into another hands on what still comes for it.
    pub(super) fn forward<'i>(&mut self, input: &'i Input) -> Option<Applied<'i>> {
        let to = self.state.moved_to.clone()?;
        let mut parcel = Parcel::default();
        let (cause, hop) = match input {
            Input::Signal(signal) => {
                parcel.evidence.push(evidence::Evidence::new(Report::of(signal, self.at.time)));
                parcel.tombstones.extend(signal.supersedes.map(|old| (old, self.at.time.day())));
                (signal.id, 0)
            }
            Input::Company(update) => {
                parcel.company.absorb(update);
                (update.id, 0)
            }
            Input::Retraction(retraction) => {
                parcel.tombstones.push((retraction.retracts, self.at.time.day()));
                (retraction.id, 0)
            }
            // Nobody may be contacted because an account has moved.
            Input::Suppression(change) if change.active => {
                parcel.suppressions.push(suppression_of(change, self.at.time.day()));
                (change.id, 0)
            }
            Input::Suppression(_) | Input::Outcome(_) => {
                return Some(Applied::refused(format!(
                    "the account was merged into {to}; send it there"
                )));
            }
            Input::Transfer(transfer) => match &transfer.step {
                TransferStep::Delivery(more) if transfer.from != to && transfer.hop < HOPS_MAX => {
                    parcel = more.clone();
                    (transfer.id, transfer.hop)
                }
                _ => return None,
            },
        };
        self.deliver(to, cause, hop, parcel);
        Some(Applied::nothing(Verdict::Applied))
    }

    fn unpack(&mut self, parcel: &Parcel) {
        let today = self.at.time.day();
        for (id, day) in &parcel.tombstones {
            evidence::remove(&mut self.state.evidence, *id, today);
            self.bury(*id, *day);
        }
        for report in parcel.evidence.iter().flat_map(evidence::Evidence::reports) {
            let known =
                evidence::contains(&self.state.evidence, report.id) || self.is_dead(report.id);
            if !known && today.since(report.occurred.day) <= HORIZON_DAYS {
                evidence::add(&mut self.state.evidence, report.clone(), today);
            }
        }
        self.state.company.merge(&parcel.company);
        for suppression in &parcel.suppressions {
            self.suppress(suppression.clone());
        }
    }
}
