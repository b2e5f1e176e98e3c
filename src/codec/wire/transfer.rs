//! Transfers from account to account. Exact, as states are: only we write them, requests and their
//! undoing apart.

use super::dead_letter::Bytes;
use super::evidence::{EvidenceIn, EvidenceList, Sources};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use super::ledger::{MemberIn, MemberOut, code};
use super::{Fixed16, List};
use crate::codec::error::Flaw;
use crate::codec::symbols::{Code, Step};
use crate::codec::wire::product::{ProductWire, collect};
use crate::domain::account::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::Day;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct TransferOut<'a, 's> {
    id: Fixed16,
    from_account: &'a str,
    to_account: &'a str,
    cause: Fixed16,
    hop: i32,
    parcel: Option<ParcelOut<'a, 's>>,
    step: Code<Step>,
    at_account: Option<&'a str>,
    input: Option<Bytes<'s>>,
}

#[derive(Serialize)]
struct ParcelOut<'a, 's> {
    sources: &'s Sources<'s>,
    evidence: EvidenceList<'s>,
    company: CompanyOut<'a>,
    suppressions: List<'a, Suppression, SuppressionWire<'a>>,
    tombstones: List<'a, (SignalId, Day), Tombstone>,
    lifted: List<'a, SuppressionList, Code<SuppressionList>>,
    products: List<'a, ProductState, ProductWire<'a>>,
    members: List<'a, Member, MemberOut<'a>>,
}

#[derive(Deserialize)]
pub struct TransferIn<'a> {
    id: Fixed16,
    from_account: &'a str,
    to_account: &'a str,
    cause: Fixed16,
    hop: i32,
    #[serde(borrow)]
    parcel: Option<ParcelIn<'a>>,
    step: Code<Step>,
    at_account: Option<&'a str>,
    #[serde(borrow)]
    input: Option<Bytes<'a>>,
}

#[derive(Deserialize)]
struct ParcelIn<'a> {
    #[serde(borrow)]
    sources: Vec<&'a str>,
    #[serde(borrow)]
    evidence: Vec<EvidenceIn<'a>>,
    #[serde(borrow)]
    company: CompanyIn<'a>,
    #[serde(borrow)]
    suppressions: Vec<SuppressionWire<'a>>,
    tombstones: Vec<Tombstone>,
    lifted: Vec<Code<SuppressionList>>,
    #[serde(borrow)]
    products: Vec<ProductWire<'a>>,
    #[serde(borrow)]
    members: Vec<MemberIn<'a>>,
}

/// Who reported the evidence it carries.
pub fn sources(transfer: &Transfer) -> Sources<'_> {
    let parcel = parcel(&transfer.step);
    parcel.map(|parcel| Sources::of(&parcel.ledger.evidence)).unwrap_or_default()
}

fn parcel(step: &TransferStep) -> Option<&Parcel> {
    match step {
        TransferStep::Delivery(parcel) | TransferStep::Return(parcel) => Some(parcel),
        TransferStep::Request
        | TransferStep::Undo
        | TransferStep::Recall
        | TransferStep::Forwarded(_) => None,
    }
}

/// `sources` are [`sources`] of the transfer; `input` is the record that it hands on, framed.
pub fn out<'a: 's, 's>(
    transfer: &'a Transfer,
    sources: &'s Sources<'s>,
    input: Option<&'s [u8]>,
) -> TransferOut<'a, 's> {
    let step = match &transfer.step {
        TransferStep::Request => Step::Request,
        TransferStep::Delivery(_) => Step::Delivery,
        TransferStep::Forwarded(_) => Step::Forwarded,
        TransferStep::Undo => Step::Undo,
        TransferStep::Recall => Step::Recall,
        TransferStep::Return(_) => Step::Return,
    };
    let parcel = parcel(&transfer.step).map(|parcel| ParcelOut {
        sources,
        evidence: EvidenceList { evidence: &parcel.ledger.evidence, sources },
        company: kept::company(&parcel.ledger.company),
        suppressions: List(&parcel.ledger.suppressions, SuppressionWire::of),
        tombstones: List(&parcel.ledger.tombstones, Tombstone::of),
        lifted: List(&parcel.ledger.lifted, code),
        products: List(&parcel.products, ProductWire::of),
        members: List(&parcel.members, MemberOut),
    });
    TransferOut {
        id: Fixed16(transfer.id),
        from_account: transfer.from.as_str(),
        to_account: transfer.to.as_str(),
        cause: Fixed16(transfer.cause),
        hop: i32::from(transfer.hop),
        parcel,
        step: Code(step),
        at_account: transfer.at.as_ref().map(AccountKey::as_str),
        input: input.map(Bytes),
    }
}

impl<'a> TransferIn<'a> {
    /// The record that it hands on, and whose it is.
    pub fn handed_on(&self) -> Option<(&'a str, &'a [u8])> {
        self.input.as_ref().map(|bytes| (self.from_account, bytes.0))
    }

    /// `input` is what [`handed_on`](Self::handed_on) is, decoded.
    pub fn transfer(self, input: Option<Input>) -> Result<Transfer, Flaw> {
        let account = |raw| {
            AccountKey::parse(raw).map_err(|e| Flaw::new(DeadLetterReason::Account, e.to_string()))
        };
        let hop = u8::try_from(self.hop)
            .map_err(|_| Flaw::value(format!("hop {} must be 0 to 255", self.hop)))?;
        let parcel = self.parcel.map(ParcelIn::parcel).transpose().map_err(Flaw::value)?;
        let step = match (self.step.0, parcel, input) {
            (Step::Request, None, None) => TransferStep::Request,
            (Step::Delivery, Some(parcel), None) => TransferStep::Delivery(Box::new(parcel)),
            (Step::Forwarded, None, Some(input)) => TransferStep::Forwarded(Box::new(input)),
            (Step::Undo, None, None) => TransferStep::Undo,
            (Step::Recall, None, None) => TransferStep::Recall,
            (Step::Return, Some(parcel), None) => TransferStep::Return(Box::new(parcel)),
            (step, parcel, input) => {
                let has = |yes: bool| if yes { "with" } else { "without" };
                return Err(Flaw::value(format!(
                    "invalid transfer: step {step} {} a parcel and {} an input",
                    has(parcel.is_some()),
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

impl ParcelIn<'_> {
    fn parcel(self) -> Result<Parcel, String> {
        Ok(Parcel {
            ledger: Ledger {
                evidence: collect(self.evidence, |e| e.evidence(&self.sources))?,
                company: self.company.company()?,
                suppressions: self
                    .suppressions
                    .into_iter()
                    .map(SuppressionWire::suppression)
                    .collect(),
                tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
                lifted: self.lifted.into_iter().map(|list| list.0).collect(),
            },
            products: collect(self.products, ProductWire::product)?,
            members: collect(self.members, MemberIn::member)?,
        })
    }
}
