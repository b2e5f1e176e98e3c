//! Merges and their undoing, as records of the log.
//!
//! `B` is to be merged into `A`: a *request*, read by `B`, makes it send all it has (a *delivery*),
//! and hand on every input it is still sent (*forwarded*), whole. `A` books them in `B`'s own ledger
//! ([`members`](crate::domain::members)). To *undo* it, `B` stops handing on and sends a *recall*;
//! `A` answers with a *return* of everything that is `B`'s. One partition's outputs reach another in
//! order, so all that `B` handed on comes before the recall. Until the return is here, `B` notes
//! what comes and decides nothing.
//!
//! An account that was itself merged passes on what it is sent ([`pass_on`](Fold::pass_on)), so
//! aliases may form chains. Where they form a circle, a delivery comes home to the account that
//! sent it, and nothing is merged; nothing is lost either. So it is where an account cannot take
//! another in: it sends the delivery home.

use super::{Addressed, Applied, Effect, Fold};
use crate::domain::account::AccountKey;
use crate::domain::decide::{Cause, Happened};
use crate::domain::decision::Verdict;
use crate::domain::evidence::{Evidence, Report, contains};
use crate::domain::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::limits::{HOPS_MAX, LEDGERS_BYTES_MAX, MEMBERS_MAX, RETURN_HOPS_MAX};
use crate::domain::members::{Ledger, Member, is_dead, renew};
use crate::domain::signal::SignalId;
use crate::domain::state::ProductState;
use crate::domain::weight;

impl Fold<'_> {
    pub(super) fn transfer<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        let most = t.hops_max();
        if t.hop > most {
            return Applied::refused(format!("was handed on more than {most} times"));
        }
        if self.is_passing(t) {
            return self.pass_on(t);
        }
        match &t.step {
            TransferStep::Request => self.request(t),
            TransferStep::Undo => self.undo(t),
            TransferStep::Delivery(parcel) if t.from == *self.account => self.home(t, parcel),
            TransferStep::Delivery(parcel) => self.delivery(t, parcel),
            TransferStep::Return(parcel) if t.from == *self.account => self.home(t, parcel),
            TransferStep::Return(parcel) => self.late_return(t, parcel),
            TransferStep::Forwarded(input) => self.forwarded(t, input),
            TransferStep::Recall => self.recall(t),
        }
    }

    /// Whether it is for the account that this one was merged into.
    fn is_passing(&self, t: &Transfer) -> bool {
        let mine = t.from == *self.account;
        self.state.moved_to.is_some()
            && match t.step {
                TransferStep::Request | TransferStep::Undo => false,
                // Its own, of an earlier merge: the account it has been merged into since takes it.
                TransferStep::Delivery(_) | TransferStep::Return(_) => {
                    !mine || self.state.link != Some(t.cause)
                }
                TransferStep::Recall => !mine,
                TransferStep::Forwarded(_) => true,
            }
    }

    fn pass_on<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        let Some(to) = self.state.moved_to.clone() else {
            return Applied::nothing(Verdict::Duplicate);
        };
        let most = t.hops_max();
        match &t.step {
            TransferStep::Delivery(parcel) if t.hop == most => self.send_home(t, parcel, None),
            TransferStep::Recall if t.hop == most => {
                // Whoever asks must not wait for ever.
                let why = format!("{} was not found within {most} aliases", t.from);
                self.send_home(t, &Parcel::default(), Some(why))
            }
            _ if t.hop == most => Applied::refused(format!(
                "{} was merged into {to}, and so on, more than {most} times; make it an alias of the last one",
                self.account
            )),
            _ => {
                let mut on = Transfer { at: Some(to.clone()), hop: t.hop + 1, ..t.clone() };
                if t.from == *self.account {
                    on.to = to;
                }
                self.send(on);
                Applied::nothing(Verdict::Applied)
            }
        }
    }

    pub(super) fn send(&mut self, t: Transfer) {
        let account = t.reader().clone();
        self.inputs.push(Addressed { account, input: Input::Transfer(Box::new(t)) });
    }

    /// The next step of a transfer, about the same account.
    pub(super) fn answer(&mut self, t: &Transfer, at: Option<AccountKey>, step: TransferStep) {
        // A request that was refused may be asked for again: each delivery is one of its own.
        let name = match step {
            TransferStep::Return(_) => "return".to_owned(),
            TransferStep::Recall => "recall".to_owned(),
            _ => format!("delivery {}/{}", self.at.partition, self.at.offset),
        };
        let (from, to) = (t.from.clone(), t.to.clone());
        let id = SignalId::new_v5(&t.id, name.as_bytes());
        self.send(Transfer { id, from, to, at, cause: t.cause_of_answer(), hop: t.hop + 1, step });
    }

    /// Whether the transfer was seen before. Remembers it.
    pub(super) fn is_known(&mut self, t: &Transfer) -> bool {
        if self.is_dead(t.id) {
            return true;
        }
        let day = self.at.time.day();
        self.state.with_own(|own| crate::domain::members::bury(&mut own.tombstones, t.id, day));
        self.due = None;
        self.state.compose();
        false
    }

    /// Remembers the id of a request from today on. Whether that changes anything.
    fn renew(&mut self, id: SignalId) -> bool {
        let day = self.at.time.day();
        let renewed = self.state.with_own(|own| renew(&mut own.tombstones, id, day));
        if renewed {
            self.due = None;
            self.state.compose();
        }
        renewed
    }

    fn request<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        if t.to == *self.account {
            return Applied::refused("asks to merge an account into itself".to_owned());
        }
        if self.is_dead(t.id) || self.state.moved_to.as_ref() == Some(&t.to) {
            // Whoever asks again and again is still known when a person has removed the alias.
            let effect = if self.renew(t.id) { Effect::Filed } else { Effect::None };
            return Applied { verdict: Verdict::Duplicate, refused: None, effect };
        }
        if let Some(other) = &self.state.moved_to {
            return Applied::refused(format!(
                "was merged into {other} already; remove that alias first"
            ));
        }
        let parcel = self.pack();
        self.state.moved_to = Some(t.to.clone());
        self.state.link = Some(t.id);
        self.answer(t, None, TransferStep::Delivery(Box::new(parcel)));
        self.introduce(self.state.kin.children.clone(), &t.to);
        self.is_known(t);
        Applied::did(Verdict::Applied, Happened { moved: true, ..Happened::default() })
    }

    fn pack(&mut self) -> Parcel {
        let products = self.state.products.iter().filter(stands).cloned().collect();
        for p in &mut self.state.products {
            p.cooldown = None;
            p.muted = false;
        }
        let members = std::mem::take(&mut self.state.members);
        let own = self.state.own.take();
        let open = self.state.take_ledger();
        Parcel { ledger: own.map_or(open, |own| *own), products, members }
    }

    fn undo<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        match &self.state.moved_to {
            _ if self.is_dead(t.id) => Applied::nothing(Verdict::Duplicate),
            None => Applied::nothing(Verdict::Duplicate),
            Some(other) if *other != t.to => {
                Applied::refused(format!("was merged into {other}, not into {}", t.to))
            }
            Some(_) => {
                if let Some(request) = self.state.link {
                    self.renew(request);
                }
                self.state.moved_to = None;
                self.state.link = Some(t.id);
                self.answer(t, None, TransferStep::Recall);
                self.is_known(t);
                Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed }
            }
        }
    }

    fn delivery<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_known(t) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let (since, today) = (self.at.time, self.at.time.day());
        let member = Member {
            account: t.from.clone(),
            under: t.to.clone(),
            since,
            ledger: parcel.ledger.clone(),
            products: parcel.products.clone(),
            before: self.state.products.iter().filter(stands).cloned().collect(),
            recalled: None,
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
        self.given(&parcel.products, Some(&t.from))
    }

    fn take_along(&mut self, members: &[Member]) {
        for member in members {
            self.state.join(member.clone(), self.at.time.day());
        }
        let gone = |m: &Member| m.recalled.map(|cause| (m.account.clone(), m.under.clone(), cause));
        let waits = self.state.awaits_return();
        let gone: Vec<_> = self.state.members.iter().filter_map(gone).collect();
        for (from, to, cause) in gone.into_iter().filter(|_| !waits) {
            let id = SignalId::new_v5(&cause, b"recall");
            let recall =
                Transfer { id, from, to, at: None, cause, hop: 0, step: TransferStep::Recall };
            self.give(&recall);
        }
        self.state.compose();
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

    fn send_home<'i>(&mut self, t: &Transfer, parcel: &Parcel, why: Option<String>) -> Applied<'i> {
        let parcel = Box::new(parcel.clone());
        let home = Some(t.from.clone());
        let back = Transfer { hop: 0, ..t.clone() };
        self.answer(&back, home, TransferStep::Return(parcel));
        let why = why.unwrap_or_else(|| format!("was handed on more than {HOPS_MAX} times"));
        Applied { verdict: Verdict::DeadLettered, refused: Some(why), effect: Effect::Filed }
    }

    /// What is its own is here again.
    fn home<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_known(t) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let moved = self.state.moved_to.is_some();
        // Round a circle: all it had, and there is nobody who could return more.
        let round = !moved && matches!(t.step, TransferStep::Delivery(_));
        if self.state.link == Some(t.cause) || round {
            self.state.moved_to = None;
            self.state.link = None;
            if moved && matches!(t.step, TransferStep::Return(_)) {
                // Refused: it may be asked for again.
                self.state.with_own(|own| own.tombstones.retain(|(id, _)| *id != t.cause));
            }
        }
        let unanswered = self.unanswered(parcel);
        let (base, today) = (parcel.ledger.clone(), self.at.time.day());
        self.state.with_own(|own| own.settle(base, today));
        self.take_along(&parcel.members);
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
    fn late_return<'i>(&mut self, t: &'i Transfer, parcel: &'i Parcel) -> Applied<'i> {
        if self.is_dead(t.id) {
            return Applied::nothing(Verdict::Duplicate);
        }
        let today = self.at.time.day();
        let known = self.state.member(&t.from).is_some();
        if !known && self.state.members.len() >= MEMBERS_MAX {
            return self.bounce(t);
        }
        self.is_known(t);
        if !known {
            // An earlier recall took it away from here after it had come anew.
            self.expect(t, None);
        }
        let Some(member) = self.state.members.iter_mut().find(|m| m.account == t.from) else {
            return self.bounce(t);
        };
        if !known {
            member.under.clone_from(&t.to);
        }
        member.ledger.settle(parcel.ledger.clone(), today);
        member.products.clone_from(&parcel.products);
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

    fn forwarded<'i>(&mut self, t: &'i Transfer, input: &'i Input) -> Applied<'i> {
        if t.from == *self.account {
            return self.book(None, input);
        }
        if self.state.member(&t.from).is_none() {
            if !self.state.awaits_return() {
                return self.bounce(t);
            }
            self.expect(t, None);
        }
        self.book(Some(&t.from), input)
    }

    /// Notes for a member that is on its way with what this account waits for: until it is here, it
    /// is under itself.
    pub(super) fn expect(&mut self, t: &Transfer, recalled: Option<SignalId>) {
        let (account, under) = (t.from.clone(), t.from.clone());
        let (since, ledger) = (self.at.time, Ledger::default());
        let (products, before) = (Vec::new(), Vec::new());
        let member = Member { account, under, since, ledger, products, before, recalled };
        self.state.join(member, self.at.time.day());
    }
}

/// Whether there is anything to hand on.
pub(super) fn stands(p: &&ProductState) -> bool {
    p.episode.is_some() || p.cooldown.is_some() || p.muted
}

impl Transfer {
    fn hops_max(&self) -> u8 {
        match self.step {
            TransferStep::Recall | TransferStep::Return(_) => RETURN_HOPS_MAX,
            _ => HOPS_MAX,
        }
    }

    /// A return names the request or the undo that its account waits for the answer of.
    fn cause_of_answer(&self) -> SignalId {
        match self.step {
            TransferStep::Request | TransferStep::Undo => self.id,
            _ => self.cause,
        }
    }
}
