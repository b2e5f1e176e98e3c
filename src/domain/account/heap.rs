//! What a decoded account takes in memory, estimated (see [`Heap`]).

use super::kin::{Child, Kin, Parent};
use super::ledger::{Ledger, Ledgers, Member};
use super::standing::{Awaited, Drawn, Episode, ProductState, Standing, Suppression};
use super::state::AccountState;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::heap::{Heap, array};
use crate::domain::terms::time::Day;

impl AccountState {
    /// Bytes of memory that it takes, estimated: itself and what it holds on the heap. Linear in its
    /// evidence.
    pub fn bytes(&self) -> usize {
        size_of::<AccountState>() + self.heap()
    }
}

impl Heap for AccountState {
    fn heap(&self) -> usize {
        let AccountState {
            applied: _,
            through: _,
            offset: _,
            company,
            evidence,
            tombstones,
            suppressions,
            products,
            standing,
            ledgers,
            kin,
            memo,
        } = self;
        company.heap()
            + evidence.heap()
            + array::<(SignalId, Day)>(tombstones.capacity())
            + suppressions.heap()
            + products.heap()
            + standing.heap()
            + ledgers.heap()
            + kin.heap()
            + memo.heap()
    }
}

impl Heap for Suppression {
    fn heap(&self) -> usize {
        let Suppression { list: _, reason, owner, since: _, until: _, stated_on: _ } = self;
        reason.heap() + owner.heap()
    }
}

impl Heap for ProductState {
    fn heap(&self) -> usize {
        let ProductState {
            product,
            sequence: _,
            stage: _,
            tier: _,
            noted: _,
            episode,
            cooldown: _,
            left: _,
            enrich_asked: _,
            muted: _,
            muted_until: _,
            drawn,
        } = self;
        product.heap() + episode.heap() + drawn.heap()
    }
}

impl Heap for Drawn {
    fn heap(&self) -> usize {
        let Drawn { since: _, salt: _, by } = self;
        by.heap()
    }
}

impl Heap for Episode {
    fn heap(&self) -> usize {
        let Episode {
            since: _,
            entered: _,
            segment,
            route,
            announced: _,
            announced_on: _,
            round: _,
            owed: _,
            account,
        } = self;
        segment.heap() + route.heap() + account.heap()
    }
}

impl Heap for Standing {
    fn heap(&self) -> usize {
        match self {
            Standing::Own => 0,
            Standing::MovedTo { to, request: _ } => to.heap(),
            Standing::AwaitingReturn(awaited) => awaited.heap(),
        }
    }
}

impl Heap for Awaited {
    fn heap(&self) -> usize {
        let Awaited { holder, undo: _, lifted, next } = self;
        let next = next.as_ref().map_or(0, |(account, _)| account.heap());
        holder.heap() + array::<SuppressionList>(lifted.capacity()) + next
    }
}

impl Heap for Ledgers {
    fn heap(&self) -> usize {
        let Ledgers { own, members } = self;
        own.heap() + members.heap()
    }
}

impl Heap for Member {
    fn heap(&self) -> usize {
        let Member { account, under, since: _, ledger, products, before } = self;
        account.heap() + under.heap() + ledger.heap() + products.heap() + before.heap()
    }
}

impl Heap for Ledger {
    fn heap(&self) -> usize {
        let Ledger { company, evidence, tombstones, suppressions, lifted } = self;
        company.heap()
            + evidence.heap()
            + array::<(SignalId, Day)>(tombstones.capacity())
            + suppressions.heap()
            + array::<SuppressionList>(lifted.capacity())
    }
}

impl Heap for Kin {
    fn heap(&self) -> usize {
        let Kin { parent, children } = self;
        parent.heap() + children.heap()
    }
}

impl Heap for Parent {
    fn heap(&self) -> usize {
        let Parent { account, lists } = self;
        account.heap() + lists.heap()
    }
}

impl Heap for Child {
    fn heap(&self) -> usize {
        let Child { account, names } = self;
        account.heap() + names.heap()
    }
}
