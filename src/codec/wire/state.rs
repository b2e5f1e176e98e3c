//! The account state. Exact: `read(write(s)) == s` for every state.

use super::evidence::{self, EvidenceList, Sources};
use super::kept::{self, CompanyOut, SuppressionWire, Tombstone};
use super::ledger::{MemberOut, code, take_key, take_lists};
use super::{Fixed16, List};
use crate::codec::datum::{Datum, Take, Taken, record, written};
use crate::codec::symbols::Code;
use crate::codec::wire::product::ProductWire;
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

written! {
    "buymode.AccountState"
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
}

written! {
    "buymode.Moved"
    #[derive(Clone, Copy)]
    pub(super) struct MovedWire<'a> {
        to: &'a str,
        request: Fixed16,
    }
}

record! {
    "buymode.Lift"
    #[derive(Clone, Copy)]
    pub(super) struct LiftWire {
        list: Code<SuppressionList>,
        stated_on: i32,
    }
}

written! {
    "buymode.Awaited"
    pub(super) struct AwaitedOut<'a> {
        holder: &'a str,
        undo: Fixed16,
        lifted: List<'a, (SuppressionList, Day), LiftWire>,
        next: Option<MovedWire<'a>>,
    }
}

written! {
    "buymode.Kin"
    pub(super) struct KinOut<'a> {
        parent: Option<&'a str>,
        lists: List<'a, Suppression, SuppressionWire<'a>>,
        children: List<'a, Child, ChildWire<'a>>,
    }
}

written! {
    "buymode.Child"
    #[derive(Clone, Copy)]
    pub(super) struct ChildWire<'a> {
        account: &'a str,
        names: &'a str,
    }
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

impl<'a> Take<'a> for AccountState {
    fn take(from: &mut Datum<'a>) -> Taken<AccountState> {
        let mut state = AccountState {
            applied: Take::take(from)?,
            through: Day(Take::take(from)?),
            offset: Take::take(from)?,
            company: from.optional(Take::take)?.unwrap_or_default(),
            evidence: evidence::take(from)?,
            tombstones: Take::take(from)?,
            suppressions: Take::take(from)?,
            products: Take::take(from)?,
            standing: take_standing(from)?,
            kin: Kin::default(),
            ledgers: None,
            memo: Memo::default(),
        };
        let lifted = take_lists(from)?;
        let members: Vec<Member> = Take::take(from)?;
        state.kin = from.optional(Take::take)?.unwrap_or_default();
        if !members.is_empty() {
            state.restore_members(lifted, members);
        }
        Ok(state)
    }
}

/// A state that says only what a company is and where products stand with it, as most of a table do; without
/// the company. `None`: it says more, or is written in another way.
pub(crate) fn take_still(from: &mut Datum<'_>) -> Taken<Option<AccountState>> {
    let mut state = AccountState::new(Take::take(from)?, Day(Take::take(from)?));
    state.offset = Take::take(from)?;
    from.optional(kept::pass)?;
    // Sources, evidence, tombstones, suppressions.
    if !from.passes(&[0; 4]) {
        return Ok(None);
    }
    state.products = Take::take(from)?;
    // Moved, awaited, lifted, members, kin; and no more.
    Ok((from.passes(&[0; 5]) && from.is_read()).then_some(state))
}

fn take_standing(from: &mut Datum<'_>) -> Taken<Standing> {
    let moved = from.optional(take_moved)?;
    match (moved, from.optional(Awaited::take)?) {
        (None, None) => Ok(Standing::Own),
        (Some((to, request)), None) => Ok(Standing::MovedTo { to, request }),
        (None, Some(awaited)) => Ok(Standing::AwaitingReturn(Box::new(awaited))),
        (Some(_), Some(_)) => Err("both moved and awaited".to_owned()),
    }
}

fn take_moved(from: &mut Datum<'_>) -> Taken<(AccountKey, SignalId)> {
    Ok((take_key(from)?, Fixed16::take(from)?.0))
}

impl<'a> Take<'a> for Awaited {
    fn take(from: &mut Datum<'a>) -> Taken<Awaited> {
        Ok(Awaited {
            holder: take_key(from)?,
            undo: Fixed16::take(from)?.0,
            lifted: from.list(|from| LiftWire::take(from).map(LiftWire::pair))?,
            next: from.optional(take_moved)?,
        })
    }
}

impl LiftWire {
    fn pair(self) -> (SuppressionList, Day) {
        (self.list.0, Day(self.stated_on))
    }
}

impl<'a> Take<'a> for Kin {
    fn take(from: &mut Datum<'a>) -> Taken<Kin> {
        let parent = from.optional(take_key)?;
        let lists = Take::take(from)?;
        Ok(Kin {
            parent: parent.map(|account| Parent { account, lists }),
            children: from
                .list(|from| Ok(Child { account: take_key(from)?, names: take_key(from)? }))?,
        })
    }
}

impl<'a> MovedWire<'a> {
    fn of(to: &'a AccountKey, request: SignalId) -> MovedWire<'a> {
        MovedWire { to: to.as_str(), request: Fixed16(request) }
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
