//! Data that comes to an account: of others that are merged into it, and its own when it is back.

use super::transfer::{filed, stands};
use super::{Applied, Effect, Fold};
use crate::domain::account::decide::{Cause, Happened};
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{LedgerSnapshot, Transfer};
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::members::is_dead;
use crate::domain::account::standing::{ProductState, Standing};
use crate::domain::account::weight;
use crate::domain::evidence::event::{Evidence, contains};
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::{LEDGERS_BYTES_MAX, MEMBERS_MAX};

/// What an account has to do once its data is back.
#[derive(Default)]
struct Regained {
    /// Inbound requests that came meanwhile.
    requests: Vec<SignalId>,
    /// The account to merge into, and the request for it.
    next: Option<(AccountKey, SignalId)>,
}

impl Fold<'_> {
    pub(super) fn delivery<'i>(
        &mut self,
        t: &'i Transfer,
        snapshot: &'i LedgerSnapshot,
    ) -> Applied<'i> {
        if self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let why = match self.state.moved_to().cloned() {
            Some(holder) if holder == t.from => format!(
                "invalid alias of {to}: {to} already stands for {from}; use `buymode aliases remove \
                 {to}` first",
                to = t.to,
                from = t.from
            ),
            Some(holder) if t.hop == 0 => return self.hand_on_delivery(t, snapshot, holder),
            Some(holder) => format!(
                "invalid alias of {to}: {to} already stands for {holder}; name {holder}, and use \
                 `buymode aliases list` to see whether aliases form a circle",
                to = t.to
            ),
            None if t.to != *self.account && self.state.member(&t.to).is_none() => format!(
                "invalid alias of {to}: {to} does not stand for {} any more; add the alias again",
                self.account,
                to = t.to
            ),
            None if self.has_room(t, snapshot) => return self.take_in(t, snapshot),
            None => format!(
                "cannot merge: more than {MEMBERS_MAX} merged accounts or {} MB; {} stays separate",
                LEDGERS_BYTES_MAX >> 20,
                t.from
            ),
        };
        self.send_back(t, snapshot.clone());
        Applied { verdict: Verdict::DeadLettered, refused: Some(why), effect: Effect::Filed }
    }

    /// To the account that has the data of this one.
    fn hand_on_delivery<'i>(
        &mut self,
        t: &Transfer,
        snapshot: &LedgerSnapshot,
        holder: AccountKey,
    ) -> Applied<'i> {
        self.send(Transfer { at: Some(holder.clone()), hop: 1, ..t.clone() });
        let members = snapshot.members.iter().map(|m| m.account.clone());
        self.inform(std::iter::once(t.from.clone()).chain(members), &holder, t.cause);
        filed(Verdict::Applied)
    }

    fn has_room(&mut self, t: &Transfer, snapshot: &LedgerSnapshot) -> bool {
        let member = self.member_of(t, snapshot);
        let members = self.state.members().len() + 1 + snapshot.members.len();
        let bytes = weight::of_members(std::slice::from_ref(&member));
        let bytes = bytes + weight::of_members(&snapshot.members) + self.state.weight();
        members <= MEMBERS_MAX && bytes <= LEDGERS_BYTES_MAX
    }

    fn member_of(&self, t: &Transfer, snapshot: &LedgerSnapshot) -> Member {
        Member {
            account: t.from.clone(),
            under: t.to.clone(),
            since: self.at.time,
            ledger: snapshot.ledger.clone(),
            products: snapshot.products.clone(),
            before: self.state.products.iter().filter(stands).cloned().collect(),
        }
    }

    fn take_in<'i>(&mut self, t: &'i Transfer, snapshot: &'i LedgerSnapshot) -> Applied<'i> {
        let member = self.member_of(t, snapshot);
        // An account that had this one's data is merged into it: its own comes back with the rest.
        let own = snapshot.members.iter().find(|m| m.account == *self.account);
        let regained = own.map(|own| self.regain(&own.ledger, snapshot)).unwrap_or_default();
        self.state.join(member, self.at.time.day());
        self.join_all(&snapshot.members);
        if let Some(own) = own {
            self.resume(regained.requests, given(&own.products, None));
        }
        self.conclude(given(&snapshot.products, Some(&t.from)), regained.next)
    }

    fn join_all(&mut self, members: &[Member]) {
        for member in members.iter().filter(|m| m.account != *self.account) {
            self.state.join(member.clone(), self.at.time.day());
        }
        self.state.compose();
    }

    /// Its own data is back, or was refused.
    pub(super) fn home<'i>(
        &mut self,
        t: &'i Transfer,
        snapshot: &'i LedgerSnapshot,
    ) -> Applied<'i> {
        if self.state.standing == Standing::Own || self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let regained = self.regain(&snapshot.ledger, snapshot);
        self.join_all(&snapshot.members);
        // Returned data is always taken in.
        if self.state.evict_all() {
            self.state.compose();
        }
        let given = given(&snapshot.products, None);
        if !regained.requests.is_empty() {
            self.resume(regained.requests, given);
        }
        self.conclude(given, regained.next)
    }

    /// Puts its own ledger under what it has noted since. `all`: what that ledger came with.
    fn regain(&mut self, base: &Ledger, all: &LedgerSnapshot) -> Regained {
        let requests = self.unanswered(all);
        let (mut lifted, mut next, mut refused) = (Vec::new(), None, None);
        match std::mem::take(&mut self.state.standing) {
            Standing::Own => {}
            Standing::MovedTo { request, .. } => refused = Some(request),
            Standing::AwaitingReturn(awaited) => (lifted, next) = (awaited.lifted, awaited.next),
        }
        let (base, today) = (base.clone(), self.at.time.day());
        self.state.with_own(|own| {
            own.settle(base, &lifted, today);
            // It may be asked for again.
            own.tombstones.retain(|(id, _)| Some(*id) != refused);
        });
        self.due = None;
        Regained { requests, next }
    }

    /// Looks at the account as it is with its own data, once for each request that it answers.
    fn resume(&mut self, requests: Vec<SignalId>, home: Happened<'_>) {
        self.state.offset = self.at.offset;
        let answers = requests.into_iter().map(|id| Happened { request: Some(id), ..home });
        let mut answers: Vec<_> = answers.collect();
        if answers.is_empty() {
            answers.push(home);
        }
        for happened in answers {
            self.look(self.at.time, Cause::Input(happened));
        }
    }

    /// Goes on to where it was to be merged meanwhile.
    fn conclude<'i>(
        &mut self,
        happened: Happened<'i>,
        next: Option<(AccountKey, SignalId)>,
    ) -> Applied<'i> {
        let Some((to, request)) = next else {
            return Applied::did(Verdict::Applied, happened);
        };
        self.state.offset = self.at.offset;
        self.look(self.at.time, Cause::Input(happened));
        self.merge(to, request)
    }

    /// Inbound requests that came while everything else was on its way.
    fn unanswered(&self, all: &LedgerSnapshot) -> Vec<SignalId> {
        let known = || std::iter::once(&all.ledger).chain(all.members.iter().map(|m| &m.ledger));
        let answered =
            |id| known().any(|l| contains(&l.evidence, id) || is_dead(&l.tombstones, id));
        let today = self.at.time.day();
        let asks = |r: &&Report| {
            let held = r.planned || r.occurred.day > today;
            r.event.is_inbound_request() && !r.baseline && !held && !answered(r.id)
        };
        let reports = self.state.evidence.iter().flat_map(Evidence::reports);
        reports.filter(asks).map(|r| r.id).collect()
    }
}

fn given<'i>(products: &'i [ProductState], from: Option<&'i AccountKey>) -> Happened<'i> {
    Happened { merged: true, given: Some((products, from)), ..Happened::default() }
}
