//! Transfers from account to account. Exact, as states are: only we write them, requests and their
//! undoing apart.

use super::dead_letter::Bytes;
use super::evidence::{EvidenceList, Sources};
use super::kept::{self, CompanyOut, SuppressionWire, Tombstone};
use super::ledger::{MemberOut, code, take_ledger};
use super::{Fixed16, List};
use crate::codec::datum::{Datum, Take, Taken, written};
use crate::codec::error::Flaw;
use crate::codec::symbols::{Code, Step};
use crate::codec::wire::product::ProductWire;
use crate::domain::account::input::{Input, LedgerSnapshot, Transfer, TransferStep};
use crate::domain::account::ledger::Member;
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::Day;

written! {
    "buymode.Transfer"
    pub(crate) struct TransferOut<'a, 's> {
        id: Fixed16,
        from_account: &'a str,
        to_account: &'a str,
        cause: Fixed16,
        hop: i32,
        snapshot: Option<SnapshotOut<'a, 's>>,
        step: Code<Step>,
        at_account: Option<&'a str>,
        input: Option<Bytes<'s>>,
    }
}

written! {
    "buymode.LedgerSnapshot"
    pub(super) struct SnapshotOut<'a, 's> {
        sources: &'s Sources<'s>,
        evidence: EvidenceList<'s>,
        company: CompanyOut<'a>,
        suppressions: List<'a, Suppression, SuppressionWire<'a>>,
        tombstones: List<'a, (SignalId, Day), Tombstone>,
        lifted: List<'a, SuppressionList, Code<SuppressionList>>,
        products: List<'a, ProductState, ProductWire<'a>>,
        members: List<'a, Member, MemberOut<'a>>,
    }
}

pub(crate) struct TransferIn<'a> {
    id: Fixed16,
    from_account: &'a str,
    to_account: &'a str,
    cause: Fixed16,
    hop: i32,
    snapshot: Option<LedgerSnapshot>,
    step: Code<Step>,
    at_account: Option<&'a str>,
    input: Option<Bytes<'a>>,
}

impl<'a> Take<'a> for TransferIn<'a> {
    fn take(from: &mut Datum<'a>) -> Taken<TransferIn<'a>> {
        Ok(TransferIn {
            id: Take::take(from)?,
            from_account: Take::take(from)?,
            to_account: Take::take(from)?,
            cause: Take::take(from)?,
            hop: Take::take(from)?,
            snapshot: Take::take(from)?,
            step: Take::take(from)?,
            at_account: Take::take(from)?,
            input: from.optional(|from| from.sized().map(Bytes))?,
        })
    }
}

impl<'a> Take<'a> for LedgerSnapshot {
    fn take(from: &mut Datum<'a>) -> Taken<LedgerSnapshot> {
        Ok(LedgerSnapshot {
            ledger: take_ledger(from)?,
            products: Take::take(from)?,
            members: Take::take(from)?,
        })
    }
}

/// Who reported the evidence it carries.
pub(crate) fn sources(transfer: &Transfer) -> Sources<'_> {
    let snapshot = snapshot(&transfer.step);
    snapshot.map(|snapshot| Sources::of(&snapshot.ledger.evidence)).unwrap_or_default()
}

fn snapshot(step: &TransferStep) -> Option<&LedgerSnapshot> {
    match step {
        TransferStep::Delivery(snapshot)
        | TransferStep::Return(snapshot)
        | TransferStep::Renumber(snapshot) => Some(snapshot),
        TransferStep::Request
        | TransferStep::Moved
        | TransferStep::Undo
        | TransferStep::Recall
        | TransferStep::Forwarded(_) => None,
    }
}

/// `sources` are [`sources`] of the transfer; `input` is the record that it hands on, framed.
pub(crate) fn out<'a: 's, 's>(
    transfer: &'a Transfer,
    sources: &'s Sources<'s>,
    input: Option<&'s [u8]>,
) -> TransferOut<'a, 's> {
    let step = match &transfer.step {
        TransferStep::Request => Step::Request,
        TransferStep::Delivery(_) => Step::Delivery,
        TransferStep::Forwarded(_) => Step::Forwarded,
        TransferStep::Moved => Step::Moved,
        TransferStep::Undo => Step::Undo,
        TransferStep::Recall => Step::Recall,
        TransferStep::Return(_) => Step::Return,
        TransferStep::Renumber(_) => Step::Renumber,
    };
    let snapshot = snapshot(&transfer.step).map(|snapshot| SnapshotOut {
        sources,
        evidence: EvidenceList { evidence: &snapshot.ledger.evidence, sources },
        company: kept::company(&snapshot.ledger.company),
        suppressions: List(&snapshot.ledger.suppressions, SuppressionWire::of),
        tombstones: List(&snapshot.ledger.tombstones, Tombstone::of),
        lifted: List(&snapshot.ledger.lifted, code),
        products: List(&snapshot.products, ProductWire::of),
        members: List(&snapshot.members, MemberOut),
    });
    TransferOut {
        id: Fixed16(transfer.id),
        from_account: transfer.from.as_str(),
        to_account: transfer.to.as_str(),
        cause: Fixed16(transfer.cause),
        hop: i32::from(transfer.hop),
        snapshot,
        step: Code(step),
        at_account: transfer.at.as_ref().map(AccountKey::as_str),
        input: input.map(Bytes),
    }
}

impl<'a> TransferIn<'a> {
    /// The record that it hands on, and whose it is.
    pub(crate) fn handed_on(&self) -> Option<(&'a str, &'a [u8])> {
        self.input.as_ref().map(|bytes| (self.from_account, bytes.0))
    }

    /// `input` is what [`handed_on`](Self::handed_on) is, decoded.
    pub(crate) fn transfer(self, input: Option<Input>) -> Result<Transfer, Flaw> {
        let account = |raw| {
            AccountKey::parse(raw).map_err(|e| Flaw::new(DeadLetterReason::Account, e.to_string()))
        };
        let hop = u8::try_from(self.hop)
            .map_err(|_| Flaw::value(format!("hop {} must be 0 to 255", self.hop)))?;
        let step = match (self.step.0, self.snapshot, input) {
            (Step::Request, None, None) => TransferStep::Request,
            (Step::Delivery, Some(all), None) => TransferStep::Delivery(Box::new(all)),
            (Step::Forwarded, None, Some(input)) => TransferStep::Forwarded(Box::new(input)),
            (Step::Moved, None, None) => TransferStep::Moved,
            (Step::Undo, None, None) => TransferStep::Undo,
            (Step::Recall, None, None) => TransferStep::Recall,
            (Step::Return, Some(all), None) => TransferStep::Return(Box::new(all)),
            (Step::Renumber, Some(all), None) => TransferStep::Renumber(Box::new(all)),
            (step, snapshot, input) => {
                let has = |yes: bool| if yes { "with" } else { "without" };
                return Err(Flaw::value(format!(
                    "invalid transfer: step {step} {} a snapshot and {} an input",
                    has(snapshot.is_some()),
                    has(input.is_some())
                )));
            }
        };
        Ok(Transfer {
            id: self.id.0,
            from: account(self.from_account)?,
            to: account(self.to_account)?,
            at: self.at_account.map(account).transpose()?,
            cause: self.cause.0,
            hop,
            step,
        })
    }
}
