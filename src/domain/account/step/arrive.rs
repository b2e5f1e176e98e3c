//! What comes to an account with transfers: others, their inputs, and what is its own again.

use super::transfer::stands;
use super::{Applied, Effect, Fold};
use crate::domain::account::decide::{Cause, Happened};
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::account::ledger::{Ledger, Member};
use crate::domain::account::members::{is_dead, recall_of};
use crate::domain::account::standing::ProductState;
use crate::domain::account::weight;
use crate::domain::evidence::event::{Evidence, contains};
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::{HOPS_MAX, LEDGERS_BYTES_MAX, MEMBERS_MAX};

impl Fold<'_> {
    pub(super) fn delivery<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        if self.is_dead(recall_of(t.cause)) {
            // The recall was faster.
            self.answer_home(t, parcel.clone());
            return Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed };
        }
        let elsewhere = t.to != *self.account && self.state.member(&t.to).is_none();
        if elsewhere && self.state.asks.is_none() {
            if t.hop == t.hops_max() {
                return self.send_home(t, parcel, None);
            }
            // Whom it was merged into was not taken in, or has left.
            let step = TransferStep::Delivery(Box::new(parcel.clone()));
            self.answer(t, Some(t.to.clone()), step);
            return Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed };
        }
        let (since, today) = (self.at.time, self.at.time.day());
        let member = Member {
            account: t.from.clone(),
            under: t.to.clone(),
            since,
            link: Some(t.cause),
            ledger: parcel.ledger.clone(),
            products: parcel.products.clone(),
            before: self.state.products.iter().filter(stands).cloned().collect(),
        };
        let bytes =
            weight::of_members(std::slice::from_ref(&member)) + weight::of_members(&parcel.members);
        let bytes = bytes + self.state.weight();
        let members = self.state.members.len();
        if members + 1 + parcel.members.len() > MEMBERS_MAX || bytes > LEDGERS_BYTES_MAX {
            let why = format!(
                "has {members} members; more than {MEMBERS_MAX}, or than {LEDGERS_BYTES_MAX} bytes together, are not taken in; {} stays on its own",
                t.from
            );
            return self.send_home(t, parcel, Some(why));
        }
        self.state.join(member, today);
        self.take_along(&parcel.members);
        self.send_strays_home();
        self.given(&parcel.products, Some(&t.from))
    }

    fn take_along(&mut self, members: &[Member]) {
        let today = self.at.time.day();
        let (own, others): (Vec<_>, Vec<_>) =
            members.iter().partition(|m| m.account == *self.account);
        for member in others {
            if member.link.is_some_and(|request| self.is_dead(recall_of(request))) {
                self.turn_away(member);
            } else {
                self.state.join(member.clone(), today);
            }
        }
        for member in &own {
            self.state.with_own(|own| own.settle(member.ledger.clone(), today));
        }
        self.state.compose();
        for member in own {
            let given = Some((&*member.products, None));
            self.state.offset = self.at.offset;
            let happened = Happened { merged: true, given, ..Happened::default() };
            self.look(self.at.time, Cause::Input(happened));
        }
    }

    /// Whom nobody here has brought, or for whom only notes are here: that one knows where it
    /// belongs.
    fn send_strays_home(&mut self) {
        if self.state.asks.is_some() {
            return;
        }
        let is_here = |under| under == self.account || self.state.member(under).is_some();
        let strays = self.state.members.iter().filter(|m| !m.is_whole() || !is_here(&m.under));
        for account in strays.map(|m| m.account.clone()).collect::<Vec<_>>() {
            self.give_what_is_here(&account);
        }
    }

    /// An account that was asked for here before it came.
    fn turn_away(&mut self, member: &Member) {
        let (from, to, at) = (member.account.clone(), self.account.clone(), member.account.clone());
        let place = format!("{from} {}/{}", self.at.partition, self.at.offset);
        let id = SignalId::new_v5(&SignalId::NAMESPACE_OID, place.as_bytes());
        let (ledger, products) = (member.ledger.clone(), member.products.clone());
        let step = TransferStep::Return(Box::new(Parcel { ledger, products, members: vec![] }));
        self.send(Transfer { id, from, to, at: Some(at), cause: id, hop: 1, step });
    }

    /// Sends an account what was noted here for it, and whom it brought, without an answer to what
    /// it may have asked. Whether there was anything.
    pub(super) fn give_what_is_here(&mut self, account: &AccountKey) -> bool {
        if !self.state.members.iter().any(|m| m.account == *account || m.under == *account) {
            return false;
        }
        let place = format!("{account} {}/{}", self.at.partition, self.at.offset);
        let id = SignalId::new_v5(&SignalId::NAMESPACE_OID, place.as_bytes());
        let (from, to, step) = (account.clone(), self.account.clone(), TransferStep::Recall);
        self.give(&Transfer { id, from, to, at: None, cause: id, hop: 0, step })
    }

    /// What came home is taken in whatever else there is.
    fn make_room(&mut self) {
        if self.state.shed_all() {
            self.state.compose();
        }
    }

    pub(super) fn given<'i>(
        &self,
        products: &'i [ProductState],
        from: Option<&'i AccountKey>,
    ) -> Applied<'i> {
        let given = Some((products, from));
        Applied::did(Verdict::Applied, Happened { merged: true, given, ..Happened::default() })
    }

    pub(super) fn send_home<'i>(
        &mut self,
        t: &Transfer,
        parcel: &Parcel,
        why: Option<String>,
    ) -> Applied<'i> {
        self.answer_home(t, parcel.clone());
        let why = why.unwrap_or_else(|| format!("was handed on more than {HOPS_MAX} times"));
        Applied { verdict: Verdict::DeadLettered, refused: Some(why), effect: Effect::Filed }
    }

    /// What is its own is here again.
    pub(super) fn home<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_known(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        self.take_back(t, parcel)
    }

    pub(super) fn take_back<'i>(&mut self, t: &Transfer, parcel: &'i Parcel) -> Applied<'i> {
        let mut unanswered = Vec::new();
        let moved = self.state.moved_to.is_some();
        if self.state.link == Some(t.cause) {
            self.state.link = None;
            if !moved {
                unanswered = self.unanswered(parcel);
            }
        }
        if moved && self.state.link.is_none() {
            // Nothing comes of the merge, but something may have been passed on meanwhile.
            self.state.asks = self.leave(t.id, t.id);
            if matches!(t.step, TransferStep::Return(_)) {
                // Refused: it may be asked for again.
                self.state.with_own(|own| own.tombstones.retain(|(id, _)| *id != t.cause));
            }
        } else if self.state.link.is_none() {
            self.state.asks = None;
        }
        let (base, today) = (parcel.ledger.clone(), self.at.time.day());
        self.state.with_own(|own| own.settle(base, today));
        self.take_along(&parcel.members);
        self.send_strays_home();
        self.make_room();
        let home =
            Happened { merged: true, given: Some((&parcel.products, None)), ..Happened::default() };
        self.state.offset = self.at.offset;
        for request in unanswered {
            let happened = Happened { request: Some(request), ..home };
            self.look(self.at.time, Cause::Input(happened));
        }
        Applied::did(Verdict::Applied, home)
    }

    /// Inbound requests that came while everything else was on its way.
    fn unanswered(&self, parcel: &Parcel) -> Vec<SignalId> {
        let known = std::iter::once(&parcel.ledger).chain(parcel.members.iter().map(|m| &m.ledger));
        let known: Vec<&Ledger> = known.collect();
        let answered =
            |id| known.iter().any(|l| contains(&l.evidence, id) || is_dead(&l.tombstones, id));
        let today = self.at.time.day();
        let asks = |r: &&Report| {
            let held = r.planned || r.occurred.day > today;
            r.event.is_inbound_request() && !r.baseline && !held && !answered(r.id)
        };
        let reports = self.state.evidence.iter().flat_map(Evidence::reports);
        reports.filter(asks).map(|r| r.id).collect()
    }

    /// What a member had, of a merge before this one.
    pub(super) fn late_return<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_dead(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let today = self.at.time.day();
        let known = self.state.member(&t.from).is_some();
        if !known && self.state.members.len() >= MEMBERS_MAX {
            return self.bounce(t);
        }
        self.is_known(t.id);
        if !known {
            // An earlier recall took it away from here after it had come anew.
            self.expect(t);
        }
        let Some(member) = self.state.members.iter_mut().find(|m| m.account == t.from) else {
            return self.bounce(t);
        };
        if !known {
            member.under.clone_from(&t.to);
        }
        member.ledger.settle(parcel.ledger.clone(), today);
        if !parcel.products.is_empty() {
            member.products.clone_from(&parcel.products);
        }
        self.take_along(&parcel.members);
        self.make_room();
        self.given(&parcel.products, Some(&t.from))
    }

    /// It is about an account that is not a member, or no longer: that one knows better.
    fn bounce<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        if t.hop == t.hops_max() {
            return Applied::refused(format!("{} is no alias of {}", t.from, self.account));
        }
        self.send(Transfer { at: Some(t.from.clone()), hop: t.hop + 1, ..t.clone() });
        Applied::nothing(Verdict::Applied)
    }

    pub(super) fn forwarded<'i>(&mut self, t: &'i Transfer, input: &'i Input) -> Applied<'i> {
        if t.from == *self.account {
            return self.book(None, input);
        }
        if self.state.member(&t.from).is_none() {
            if self.state.asks.is_none() {
                return self.bounce(t);
            }
            self.expect(t);
        }
        self.book(Some(&t.from), input)
    }

    /// Notes for a member that is on its way with what this account waits for: until it is here, it
    /// is under itself.
    fn expect(&mut self, t: &Transfer) {
        let (account, under) = (t.from.clone(), t.from.clone());
        let (since, ledger) = (self.at.time, Ledger::default());
        let (products, before) = (Vec::new(), Vec::new());
        let member = Member { account, under, since, link: None, ledger, products, before };
        self.state.join(member, self.at.time.day());
    }
}
