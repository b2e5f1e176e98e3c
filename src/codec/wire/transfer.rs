//! Transfers from account to account. Exact, as states are: only we write them.

use super::evidence::{EvidenceIn, EvidenceList, Sources};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use super::{Fixed16, List};
use crate::codec::error::Flaw;
use crate::domain::account::AccountKey;
use crate::domain::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::records::DeadLetterReason;
use crate::domain::signal::SignalId;
use crate::domain::state::Suppression;
use crate::domain::time::Day;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct TransferOut<'a, 's> {
    id: Fixed16,
    from_account: &'a str,
    to_account: &'a str,
    cause: Fixed16,
    hop: i32,
    parcel: Option<ParcelOut<'a, 's>>,
}

#[derive(Serialize)]
struct ParcelOut<'a, 's> {
    sources: &'s Sources<'s>,
    evidence: EvidenceList<'s>,
    company: CompanyOut<'a>,
    suppressions: List<'a, Suppression, SuppressionWire<'a>>,
    tombstones: List<'a, (SignalId, Day), Tombstone>,
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
}

/// Who reported the evidence it carries.
pub fn sources(transfer: &Transfer) -> Sources<'_> {
    match &transfer.step {
        TransferStep::Request => Sources::default(),
        TransferStep::Delivery(parcel) => Sources::of(&parcel.evidence),
    }
}

/// `sources` are [`sources`] of the transfer.
pub fn out<'a: 's, 's>(transfer: &'a Transfer, sources: &'s Sources<'s>) -> TransferOut<'a, 's> {
    let parcel = match &transfer.step {
        TransferStep::Request => None,
        TransferStep::Delivery(parcel) => Some(ParcelOut {
            sources,
            evidence: EvidenceList { evidence: &parcel.evidence, sources },
            company: kept::company(&parcel.company),
            suppressions: List(&parcel.suppressions, SuppressionWire::of),
            tombstones: List(&parcel.tombstones, Tombstone::of),
        }),
    };
    TransferOut {
        id: Fixed16(transfer.id),
        from_account: transfer.from.as_str(),
        to_account: transfer.to.as_str(),
        cause: Fixed16(transfer.cause),
        hop: i32::from(transfer.hop),
        parcel,
    }
}

impl TransferIn<'_> {
    /// The account that reads it: a request goes to the one that gives, a delivery to the other.
    pub fn account(&self) -> &str {
        if self.parcel.is_some() { self.to_account } else { self.from_account }
    }

    pub fn input(self) -> Result<Input, Flaw> {
        let account = |raw| {
            AccountKey::parse(raw).map_err(|e| Flaw::new(DeadLetterReason::Account, e.to_string()))
        };
        let hop = u8::try_from(self.hop)
            .map_err(|_| Flaw::value(format!("hop {} must be 0 to 255", self.hop)))?;
        let step = match self.parcel {
            None => TransferStep::Request,
            Some(parcel) => TransferStep::Delivery(parcel.parcel().map_err(Flaw::value)?),
        };
        Ok(Input::Transfer(Box::new(Transfer {
            id: self.id.0,
            from: account(self.from_account)?,
            to: account(self.to_account)?,
            cause: self.cause.0,
            hop,
            step,
        })))
    }
}

impl ParcelIn<'_> {
    fn parcel(self) -> Result<Parcel, String> {
        let evidence = self.evidence.into_iter().map(|e| e.evidence(&self.sources));
        Ok(Parcel {
            evidence: evidence.collect::<Result<_, _>>()?,
            company: self.company.company()?,
            suppressions: self.suppressions.into_iter().map(SuppressionWire::suppression).collect(),
            tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
        })
    }
}
