//! The account state. Exact: `read(write(s)) == s` for every state.

use super::evidence::{EvidenceIn, EvidenceList, Sources};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use super::ledger::{MemberIn, MemberOut, code};
use super::{Fixed16, List};
use crate::codec::symbols::Code;
use crate::codec::wire::product::{ProductWire, collect};
use crate::domain::account::kin::{Child, Kin, Parent};
use crate::domain::account::ledger::Member;
use crate::domain::account::standing::{ProductState, Suppression};
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Company;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::Day;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

#[derive(Serialize)]
pub struct StateOut<'a, 's> {
    applied: i64,
    through: i32,
    offset: i64,
    company: Option<CompanyOut<'a>>,
    sources: &'s Sources<'s>,
    evidence: EvidenceList<'s>,
    tombstones: List<'a, (SignalId, Day), Tombstone>,
    suppressions: List<'a, Suppression, SuppressionWire<'a>>,
    products: List<'a, ProductState, ProductWire<'a>>,
    moved_to: Option<&'a str>,
    link: Option<Fixed16>,
    asks: Option<&'a str>,
    lifted: List<'a, SuppressionList, Code<SuppressionList>>,
    members: List<'a, Member, MemberOut<'a>>,
    kin: Option<KinOut<'a>>,
}

#[derive(Serialize)]
struct KinOut<'a> {
    parent: Option<&'a str>,
    lists: List<'a, Suppression, SuppressionWire<'a>>,
    children: List<'a, Child, ChildWire<'a>>,
}

#[derive(Deserialize)]
struct KinIn<'a> {
    parent: Option<&'a str>,
    #[serde(borrow)]
    lists: Vec<SuppressionWire<'a>>,
    #[serde(borrow)]
    children: Vec<ChildWire<'a>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct ChildWire<'a> {
    account: &'a str,
    names: &'a str,
}

#[derive(Deserialize)]
pub struct StateIn<'a> {
    applied: i64,
    through: i32,
    offset: i64,
    #[serde(borrow)]
    company: Option<CompanyIn<'a>>,
    #[serde(borrow)]
    sources: SmallVec<[&'a str; 4]>,
    #[serde(borrow)]
    evidence: Vec<EvidenceIn<'a>>,
    tombstones: Vec<Tombstone>,
    #[serde(borrow)]
    suppressions: Vec<SuppressionWire<'a>>,
    #[serde(borrow)]
    products: Vec<ProductWire<'a>>,
    moved_to: Option<&'a str>,
    link: Option<Fixed16>,
    asks: Option<&'a str>,
    lifted: SmallVec<[Code<SuppressionList>; 1]>,
    #[serde(borrow)]
    members: Vec<MemberIn<'a>>,
    #[serde(borrow)]
    kin: Option<KinIn<'a>>,
}

/// Who reported the evidence that is written.
pub fn sources(state: &AccountState) -> Sources<'_> {
    Sources::of(state.own.as_ref().map_or(&state.evidence, |own| &own.evidence))
}

/// `sources` are [`sources`] of the state. With members its own ledger is written, and theirs:
/// what they come to together is worked out again.
pub fn out<'a: 's, 's>(state: &'a AccountState, sources: &'s Sources<'s>) -> StateOut<'a, 's> {
    let (company, evidence, tombstones, suppressions, lifted) = match &state.own {
        Some(own) => (&own.company, &own.evidence, &own.tombstones, &own.suppressions, &own.lifted),
        None => {
            (&state.company, &state.evidence, &state.tombstones, &state.suppressions, &state.lifted)
        }
    };
    let known = *company != Company::default();
    StateOut {
        applied: state.applied,
        through: state.through.0,
        offset: state.offset,
        company: known.then(|| kept::company(company)),
        sources,
        evidence: EvidenceList { evidence, sources },
        tombstones: List(tombstones, Tombstone::of),
        suppressions: List(suppressions, SuppressionWire::of),
        products: List(&state.products, ProductWire::of),
        moved_to: state.moved_to.as_ref().map(AccountKey::as_str),
        link: state.link.map(Fixed16),
        asks: state.asks.as_ref().map(AccountKey::as_str),
        lifted: List(lifted, code),
        members: List(&state.members, MemberOut),
        kin: (!state.kin.is_none()).then(|| KinOut::of(&state.kin)),
    }
}

impl StateIn<'_> {
    pub fn state(self) -> Result<AccountState, String> {
        let account =
            |key: Option<&str>| key.map(AccountKey::parse).transpose().map_err(|e| e.to_string());
        let mut state = AccountState {
            applied: self.applied,
            through: Day(self.through),
            offset: self.offset,
            company: self.company.map(CompanyIn::company).transpose()?.unwrap_or_default(),
            evidence: collect(self.evidence, |e| e.evidence(&self.sources))?,
            tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
            suppressions: self.suppressions.into_iter().map(SuppressionWire::suppression).collect(),
            products: collect(self.products, ProductWire::product)?,
            moved_to: account(self.moved_to)?,
            kin: self.kin.map(KinIn::kin).transpose()?.unwrap_or_default(),
            link: self.link.map(|id| id.0),
            asks: account(self.asks)?,
            lifted: self.lifted.into_iter().map(|list| list.0).collect(),
            own: None,
            members: Vec::new(),
        };
        if !self.members.is_empty() {
            state.restore_members(collect(self.members, MemberIn::member)?);
        }
        Ok(state)
    }
}

impl<'a> KinOut<'a> {
    fn of(kin: &'a Kin) -> KinOut<'a> {
        KinOut {
            parent: kin.parent.as_ref().map(|parent| parent.account.as_str()),
            lists: List(kin.inherited(), SuppressionWire::of),
            children: List(&kin.children, |child| ChildWire {
                account: child.account.as_str(),
                names: child.names.as_str(),
            }),
        }
    }
}

impl KinIn<'_> {
    fn kin(self) -> Result<Kin, String> {
        let key = |text: &str| AccountKey::parse(text).map_err(|e| e.to_string());
        let lists = self.lists.into_iter().map(SuppressionWire::suppression).collect();
        let parent = self.parent.map(key).transpose()?;
        let child = |wire: ChildWire<'_>| {
            Ok(Child { account: key(wire.account)?, names: key(wire.names)? })
        };
        Ok(Kin {
            parent: parent.map(|account| Parent { account, lists }),
            children: collect(self.children, child)?,
        })
    }
}
