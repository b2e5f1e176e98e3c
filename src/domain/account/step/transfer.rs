//! Merges and their undoing, as records of the log.
//!
//! `B` becomes an alias of `A`: a *request*, read by `B`, makes it send all it has (a *delivery*), and
//! hand on every input that it is sent from then on (*forwarded*), whole. `A` books them in `B`'s own
//! ledger ([`members`](crate::domain::account::members)). To *undo* it, `B` sends a *recall*; `A`
//! answers with a *return* of everything that is `B`'s. During an undo `B` buffers inputs and emits no
//! decisions until its ledger has returned.
//!
//! Whatever `A` holds moves with `A`: its members become members of the account that `A` is merged
//! into, and leave with `A` again. So an alias is never more than one level deep. Where a delivery
//! comes to an account that has itself been merged since, it is handed on once, to the account that
//! has the data now; if that one was merged as well, the aliases may form a circle, and the delivery is
//! sent back. So is one for which there is no room.
//!
//! The ledger of `B` is in one place at any time: with `B`, with the account that holds it, or in one
//! delivery or return. The account that sends it off informs `B` first-hand where it goes (*moved*), before `B`
//! can read anything that was sent back to it for that reason: records written for a partition are read
//! in the order of writing. So an account never stores or forwards a recall, and two mutual undos
//! cannot deadlock: a recall that does not find the ledger is dropped, since `B` is about to read where
//! the ledger went, and asks there. An input that does not find it goes back to `B`, which sends it
//! there, behind the ledger.

use super::{Addressed, Applied, Effect, Fold};
use crate::domain::account::decide::{Happened, product_of};
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, LedgerSnapshot, Transfer, TransferStep};
use crate::domain::account::members::{record_tombstone, renew};
use crate::domain::account::standing::{Awaited, ProductState, Standing};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;

impl Fold<'_> {
    pub(super) fn transfer<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        match &t.step {
            TransferStep::Request => self.request(t),
            TransferStep::Delivery(snapshot) => self.delivery(t, snapshot),
            TransferStep::Forwarded(input) => self.forwarded(t, input),
            TransferStep::Moved => self.moved(t),
            TransferStep::Undo => self.undo(t),
            TransferStep::Recall => self.recall(t),
            TransferStep::Return(snapshot) => self.home(t, snapshot),
            TransferStep::Renumber(above) => self.renumber(&above.products),
        }
    }

    fn request<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        if t.to == *self.account {
            return Applied::refused(format!("invalid alias: {} names itself", t.to));
        }
        let becomes = match &mut self.state.standing {
            Standing::Own => None,
            Standing::MovedTo { to, .. } => Some(to.clone()),
            Standing::AwaitingReturn(awaited) => awaited.next.as_ref().map(|(to, _)| to.clone()),
        };
        if self.is_dead(t.id) || becomes.as_ref() == Some(&t.to) {
            // A source that repeats it is still known when a person has removed the alias.
            let effect = if self.renew(t.id) { Effect::Filed } else { Effect::None };
            return Applied { verdict: Verdict::Duplicate, refused: None, effect };
        }
        if let Some(other) = becomes {
            if self.is_merged_by_its_source(t) {
                return self.ask_for_what_it_stands_for(t, other);
            }
            return Applied::refused(format!(
                "invalid alias of {}: {from} already stands for {other}; use `buymode aliases remove \
                 {from}` first",
                t.to,
                from = self.account
            ));
        }
        if let Standing::AwaitingReturn(awaited) = &mut self.state.standing {
            awaited.next = Some((t.to.clone(), t.id));
            self.is_known(t.id);
            return filed(Verdict::Applied);
        }
        self.merge(t.to.clone(), t.id)
    }

    /// A source that merges two records of its own (`hubspot:1-2` into `hubspot:1-3`) states that what
    /// they stand for is one company.
    fn is_merged_by_its_source(&self, t: &Transfer) -> bool {
        match t.hop {
            0 => self.account.kind().is_some_and(|kind| t.to.kind() == Some(kind)),
            1 => true,
            _ => false,
        }
    }

    /// This account already stands for `other`. The account that it is merged into is asked to stand
    /// for `other` too; and if that one stands for a third already, `other` is to be an alias of it.
    fn ask_for_what_it_stands_for<'i>(&mut self, t: &Transfer, other: AccountKey) -> Applied<'i> {
        let (id, from) = (self.place_id(t.id, &t.to), t.to.clone());
        let step = TransferStep::Request;
        self.send(Transfer { id, from, to: other, at: None, cause: t.cause, hop: t.hop + 1, step });
        self.is_known(t.id);
        filed(Verdict::Applied)
    }

    /// Hands everything over to an account.
    pub(super) fn merge<'i>(&mut self, to: AccountKey, request: SignalId) -> Applied<'i> {
        let snapshot = self.pack();
        let members: Vec<_> = snapshot.members.iter().map(|m| m.account.clone()).collect();
        self.state.standing = Standing::MovedTo { to: to.clone(), request };
        self.send(Transfer {
            id: self.place_id(request, self.account),
            from: self.account.clone(),
            to: to.clone(),
            at: None,
            cause: request,
            hop: 0,
            step: TransferStep::Delivery(Box::new(snapshot)),
        });
        self.inform(members, &to, request);
        let children = std::mem::take(&mut self.state.kin.children);
        self.introduce(children, &to);
        self.is_known(request);
        Applied::did(Verdict::Applied, Happened { moved: true, ..Happened::default() })
    }

    fn pack(&mut self) -> LedgerSnapshot {
        let products = self.state.products.iter().filter(stands).cloned().collect();
        for p in &mut self.state.products {
            p.cooldown = None;
            p.left = None;
            p.mute(false, None);
        }
        let ledgers = self.state.take_ledgers();
        // A repeated delivery is known here, wherever the rest is.
        self.state.tombstones.clone_from(&ledgers.own.tombstones);
        LedgerSnapshot { ledger: ledgers.own, products, members: ledgers.members }
    }

    /// Whichever account it names: this one may have moved on since.
    fn undo<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        if self.is_dead(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let request = match &mut self.state.standing {
            Standing::Own => return Applied::nothing(Verdict::Duplicate),
            Standing::AwaitingReturn(awaited) => match awaited.next.take() {
                None => return Applied::nothing(Verdict::Duplicate),
                Some((_, request)) => request,
            },
            Standing::MovedTo { to, request } => {
                let (holder, request) = (to.clone(), *request);
                let awaited = Awaited { holder, undo: t.id, lifted: Vec::new(), next: None };
                self.state.standing = Standing::AwaitingReturn(Box::new(awaited));
                self.ask_back();
                request
            }
        };
        // A source that repeats the alias does not bring it back.
        self.renew(request);
        self.is_known(t.id);
        filed(Verdict::Applied)
    }

    /// Ids of decisions follow from their numbers, and an older log has given some.
    fn renumber<'i>(&mut self, above: &[ProductState]) -> Applied<'i> {
        let mut raised = false;
        for given in above {
            let p = product_of(&mut self.state.products, &given.product);
            raised |= p.sequence < given.sequence;
            p.sequence = p.sequence.max(given.sequence);
        }
        if raised { filed(Verdict::Applied) } else { Applied::nothing(Verdict::Duplicate) }
    }

    /// Asks the account that has the data for it.
    fn ask_back(&mut self) {
        let Standing::AwaitingReturn(awaited) = &self.state.standing else { return };
        let (from, to, cause) = (self.account.clone(), awaited.holder.clone(), awaited.undo);
        let (id, step) = (self.place_id(cause, &to), TransferStep::Recall);
        self.send(Transfer { id, from, to, at: None, cause, hop: 0, step });
    }

    /// Another account has its data from now on.
    fn moved<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        if self.state.standing == Standing::Own || self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        match &mut self.state.standing {
            Standing::Own => {}
            Standing::MovedTo { to, .. } => to.clone_from(&t.to),
            Standing::AwaitingReturn(awaited) => {
                awaited.holder.clone_from(&t.to);
                self.ask_back();
            }
        }
        filed(Verdict::Applied)
    }

    /// Informs accounts that their data is on its way to `to`, behind this very record. `to` itself
    /// reads it in what is on the way.
    pub(super) fn inform(
        &mut self,
        accounts: impl IntoIterator<Item = AccountKey>,
        to: &AccountKey,
        cause: SignalId,
    ) {
        for from in accounts.into_iter().filter(|account| account != to) {
            let (id, step) = (self.place_id(cause, &from), TransferStep::Moved);
            self.send(Transfer { id, from, to: to.clone(), at: None, cause, hop: 0, step });
        }
    }

    /// Sends an account what is its own.
    pub(super) fn send_back(&mut self, t: &Transfer, snapshot: LedgerSnapshot) {
        let members: Vec<_> = snapshot.members.iter().map(|m| m.account.clone()).collect();
        let (from, to) = (t.from.clone(), self.account.clone());
        let (id, cause) = (self.place_id(t.id, &from), t.cause);
        let step = TransferStep::Return(Box::new(snapshot));
        self.send(Transfer { id, from, to, at: None, cause, hop: 0, step });
        self.inform(members, &t.from, cause);
    }

    pub(super) fn send(&mut self, t: Transfer) {
        let account = t.reader().clone();
        self.inputs.push(Addressed { account, input: Input::Transfer(Box::new(t)) });
    }

    /// An id for what this record sends about an account: a request that was refused may be repeated,
    /// and what it leads to then is another.
    fn place_id(&self, cause: SignalId, about: &AccountKey) -> SignalId {
        let place = format!("{} {about} {}/{}", self.account, self.at.partition, self.at.offset);
        SignalId::new_v5(&cause, place.as_bytes())
    }

    /// Whether it was seen before. Remembers it.
    pub(super) fn is_known(&mut self, id: SignalId) -> bool {
        let day = self.at.time.day();
        let known = self.is_dead(id);
        if !known {
            self.in_own_tombstones(|own| record_tombstone(own, id, day));
        }
        known
    }

    /// Remembers the id of a request from today on. Whether that changes anything.
    fn renew(&mut self, id: SignalId) -> bool {
        let day = self.at.time.day();
        self.in_own_tombstones(|own| renew(own, id, day))
    }

    fn in_own_tombstones<T>(
        &mut self,
        change: impl FnOnce(&mut Vec<(SignalId, crate::domain::terms::time::Day)>) -> T,
    ) -> T {
        let changed = self.state.with_own(|own| change(&mut own.tombstones));
        self.due = None;
        self.state.compose();
        changed
    }
}

/// Kept, and nothing that a profile could see.
pub(super) fn filed<'i>(verdict: Verdict) -> Applied<'i> {
    Applied { verdict, refused: None, effect: Effect::Filed }
}

/// Whether there is anything to hand on.
pub(super) fn stands(p: &&ProductState) -> bool {
    p.episode.is_some() || p.cooldown.is_some() || p.left.is_some() || p.muted || p.drawn.is_some()
}
