//! Merged accounts with their ledgers, in account states and in transfers. Exact.

use super::List;
use super::evidence::{EvidenceIn, EvidenceList, Sources};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use crate::codec::symbols::Code;
use crate::codec::wire::product::{ProductWire, collect};
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::{Day, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

/// Written together with the sources of its own evidence.
pub(crate) struct MemberOut<'a>(pub &'a Member);

#[derive(Serialize)]
struct Fields<'a, 's> {
    account: &'a str,
    under: &'a str,
    since: i64,
    sources: &'s Sources<'s>,
    evidence: EvidenceList<'s>,
    company: CompanyOut<'a>,
    suppressions: List<'a, Suppression, SuppressionWire<'a>>,
    tombstones: List<'a, (SignalId, Day), Tombstone>,
    lifted: List<'a, SuppressionList, Code<SuppressionList>>,
    products: List<'a, ProductState, ProductWire<'a>>,
    before: List<'a, ProductState, ProductWire<'a>>,
}

impl Serialize for MemberOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (member, ledger) = (self.0, &self.0.ledger);
        let sources = Sources::of(&ledger.evidence);
        let fields = Fields {
            account: member.account.as_str(),
            under: member.under.as_str(),
            since: member.since.0,
            sources: &sources,
            evidence: EvidenceList { evidence: &ledger.evidence, sources: &sources },
            company: kept::company(&ledger.company),
            suppressions: List(&ledger.suppressions, SuppressionWire::of),
            tombstones: List(&ledger.tombstones, Tombstone::of),
            lifted: List(&ledger.lifted, code),
            products: List(&member.products, ProductWire::of),
            before: List(&member.before, ProductWire::of),
        };
        fields.serialize(serializer)
    }
}

pub(crate) fn code(list: &SuppressionList) -> Code<SuppressionList> {
    Code(*list)
}

#[derive(Deserialize)]
pub(crate) struct MemberIn<'a> {
    account: &'a str,
    under: &'a str,
    since: i64,
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
    before: Vec<ProductWire<'a>>,
}

impl MemberIn<'_> {
    pub(crate) fn member(self) -> Result<Member, String> {
        let account = |raw| AccountKey::parse(raw).map_err(|e| e.to_string());
        Ok(Member {
            account: account(self.account)?,
            under: account(self.under)?,
            since: Timestamp(self.since),
            ledger: Ledger {
                company: self.company.company()?,
                evidence: collect(self.evidence, |e| e.evidence(&self.sources))?,
                tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
                suppressions: self
                    .suppressions
                    .into_iter()
                    .map(SuppressionWire::suppression)
                    .collect(),
                lifted: self.lifted.into_iter().map(|list| list.0).collect(),
            },
            products: collect(self.products, ProductWire::product)?,
            before: collect(self.before, ProductWire::product)?,
        })
    }
}
