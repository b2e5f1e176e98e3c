//! Transfers from account to account. Exact, as states are: only we write them.

use super::evidence::{self, EvidenceIn, EvidenceOut};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use super::{Fixed16, List};
use crate::codec::error::Flaw;
use crate::domain::account::AccountKey;
use crate::domain::evidence::Evidence;
use crate::domain::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::records::DeadLetterReason;
use crate::domain::signal::SignalId;
use crate::domain::state::Suppression;
use crate::domain::time::Day;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct TransferOut<'a> {
    id: Fixed16,
    from_account: &'a str,
    to_account: &'a str,
    cause: Fixed16,
    hop: i32,
    parcel: Option<ParcelOut<'a>>,
}

#[derive(Serialize)]
struct ParcelOut<'a> {
    evidence: List<'a, Evidence, EvidenceOut<'a>>,
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
    evidence: Vec<EvidenceIn<'a>>,
    #[serde(borrow)]
    company: CompanyIn<'a>,
    #[serde(borrow)]
    suppressions: Vec<SuppressionWire<'a>>,
    tombstones: Vec<Tombstone>,
}

pub fn out(transfer: &Transfer) -> TransferOut<'_> {
    let parcel = match &transfer.step {
        TransferStep::Request => None,
        TransferStep::Delivery(parcel) => Some(ParcelOut {
            evidence: List(&parcel.evidence, evidence::out),
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
        Ok(Parcel {
            evidence: self
                .evidence
                .into_iter()
                .map(EvidenceIn::evidence)
                .collect::<Result<_, _>>()?,
            company: self.company.company()?,
            suppressions: self.suppressions.into_iter().map(SuppressionWire::suppression).collect(),
            tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
        })
    }
}
