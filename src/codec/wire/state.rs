//! The account state. Exact: `read(write(s)) == s` for every state.

use super::evidence::{EvidenceIn, EvidenceList, Sources};
use super::kept::{self, CompanyIn, CompanyOut, SuppressionWire, Tombstone};
use super::ledger::{MemberIn, MemberOut, code};
use super::{Fixed16, List};
use crate::codec::symbols::Code;
use crate::codec::wire::product::{ProductWire, collect};
use crate::domain::account::kin::{Child, Kin, Parent};
use crate::domain::account::ledger::Member;
use crate::domain::account::memo::Memo;
use crate::domain::account::standing::{Awaited, ProductState, Standing, Suppression};
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Company;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::time::Day;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

#[derive(Serialize)]
pub(crate) struct StateOut<'a, 's> {
    applied: i64,
    through: i32,
    offset: i64,
    company: Option<CompanyOut<'a>>,
    sources: &'s Sources<'s>,
    evidence: EvidenceList<'s>,
    tombstones: List<'a, (SignalId, Day), Tombstone>,
    suppressions: List<'a, Suppression, SuppressionWire<'a>>,
    products: List<'a, ProductState, ProductWire<'a>>,
    moved: Option<MovedWire<'a>>,
    awaited: Option<AwaitedOut<'a>>,
    lifted: List<'a, SuppressionList, Code<SuppressionList>>,
    members: List<'a, Member, MemberOut<'a>>,
    kin: Option<KinOut<'a>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct MovedWire<'a> {
    to: &'a str,
    request: Fixed16,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct LiftWire {
    list: Code<SuppressionList>,
    stated_on: i32,
}

#[derive(Serialize)]
struct AwaitedOut<'a> {
    holder: &'a str,
    undo: Fixed16,
    lifted: List<'a, (SuppressionList, Day), LiftWire>,
    next: Option<MovedWire<'a>>,
}

#[derive(Deserialize)]
struct AwaitedIn<'a> {
    holder: &'a str,
    undo: Fixed16,
    lifted: SmallVec<[LiftWire; 1]>,
    #[serde(borrow)]
    next: Option<MovedWire<'a>>,
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
pub(crate) struct StateIn<'a> {
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
    #[serde(borrow)]
    moved: Option<MovedWire<'a>>,
    #[serde(borrow)]
    awaited: Option<AwaitedIn<'a>>,
    lifted: SmallVec<[Code<SuppressionList>; 1]>,
    #[serde(borrow)]
    members: Vec<MemberIn<'a>>,
    #[serde(borrow)]
    kin: Option<KinIn<'a>>,
}

/// The sources of the evidence that is written.
pub(crate) fn sources(state: &AccountState) -> Sources<'_> {
    Sources::of(state.ledgers.as_ref().map_or(&state.evidence, |all| &all.own.evidence))
}

/// `sources` are [`sources`] of the state. If the account has members, its own ledger and theirs are
/// written; the combined state is computed again on reading.
pub(crate) fn out<'a: 's, 's>(
    state: &'a AccountState,
    sources: &'s Sources<'s>,
) -> StateOut<'a, 's> {
    let (company, evidence, tombstones, suppressions, lifted) = match &state.ledgers {
        Some(all) => {
            let own = &all.own;
            (&own.company, &own.evidence, &own.tombstones, &own.suppressions, &own.lifted[..])
        }
        None => (&state.company, &state.evidence, &state.tombstones, &state.suppressions, &[][..]),
    };
    let (moved, awaited) = match &state.standing {
        Standing::Own => (None, None),
        Standing::MovedTo { to, request } => (Some(MovedWire::of(to, *request)), None),
        Standing::AwaitingReturn(awaited) => (None, Some(AwaitedOut::of(awaited))),
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
        moved,
        awaited,
        lifted: List(lifted, code),
        members: List(state.members(), MemberOut),
        kin: (!state.kin.is_none()).then(|| KinOut::of(&state.kin)),
    }
}

impl StateIn<'_> {
    pub(crate) fn state(self) -> Result<AccountState, String> {
        let standing = match (self.moved, self.awaited) {
            (None, None) => Standing::Own,
            (Some(moved), None) => {
                let (to, request) = moved.parts()?;
                Standing::MovedTo { to, request }
            }
            (None, Some(awaited)) => Standing::AwaitingReturn(Box::new(awaited.awaited()?)),
            (Some(_), Some(_)) => return Err("both moved and awaited".to_owned()),
        };
        let mut state = AccountState {
            applied: self.applied,
            through: Day(self.through),
            offset: self.offset,
            company: self.company.map(CompanyIn::company).transpose()?.unwrap_or_default(),
            evidence: collect(self.evidence, |e| e.evidence(&self.sources))?,
            tombstones: self.tombstones.into_iter().map(Tombstone::pair).collect(),
            suppressions: self.suppressions.into_iter().map(SuppressionWire::suppression).collect(),
            products: collect(self.products, ProductWire::product)?,
            standing,
            kin: self.kin.map(KinIn::kin).transpose()?.unwrap_or_default(),
            ledgers: None,
            memo: Memo::default(),
        };
        if !self.members.is_empty() {
            let lifted = self.lifted.into_iter().map(|list| list.0).collect();
            state.restore_members(lifted, collect(self.members, MemberIn::member)?);
        }
        Ok(state)
    }
}

fn key(text: &str) -> Result<AccountKey, String> {
    AccountKey::parse(text).map_err(|e| e.to_string())
}

impl<'a> MovedWire<'a> {
    fn of(to: &'a AccountKey, request: SignalId) -> MovedWire<'a> {
        MovedWire { to: to.as_str(), request: Fixed16(request) }
    }

    fn parts(self) -> Result<(AccountKey, SignalId), String> {
        Ok((key(self.to)?, self.request.0))
    }
}

impl<'a> AwaitedOut<'a> {
    fn of(awaited: &'a Awaited) -> AwaitedOut<'a> {
        AwaitedOut {
            holder: awaited.holder.as_str(),
            undo: Fixed16(awaited.undo),
            lifted: List(&awaited.lifted, |(list, stated_on)| LiftWire {
                list: Code(*list),
                stated_on: stated_on.0,
            }),
            next: awaited.next.as_ref().map(|(to, request)| MovedWire::of(to, *request)),
        }
    }
}

impl AwaitedIn<'_> {
    fn awaited(self) -> Result<Awaited, String> {
        Ok(Awaited {
            holder: key(self.holder)?,
            undo: self.undo.0,
            lifted: self.lifted.into_iter().map(|l| (l.list.0, Day(l.stated_on))).collect(),
            next: self.next.map(MovedWire::parts).transpose()?,
        })
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
