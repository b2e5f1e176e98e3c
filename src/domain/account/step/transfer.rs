//! Merges and their undoing, as records of the log.
//!
//! `B` is to be merged into `A`: a *request*, read by `B`, makes it send all it has (a *delivery*),
//! and hand on every input it is still sent (*forwarded*), whole. `A` books them in `B`'s own ledger
//! ([`members`](crate::domain::account::members)). To *undo* it, `B` stops handing on and sends a *recall*;
//! `A` answers with a *return* of everything that is `B`'s. What is written for a partition is read
//! in the order of writing, so all that `B` handed on comes before the recall. Until the return is
//! here, `B` notes what comes and decides nothing. Which words of sales and of people it has heard,
//! it always knows itself, so none that comes again in between is heard twice.
//!
//! An account that was itself merged passes on what it is sent ([`pass_on`](Fold::pass_on)), so
//! aliases may form chains. Where they form a circle, a delivery comes home to the account that
//! sent it, and nothing is merged; nothing is lost either. So it is where an account cannot take
//! another in: it sends the delivery home.
//!
//! Nobody keeps a recall, so nobody waits for ever. An account that waits itself, and may get what
//! is asked for with what it waits for, sends the recall the way that its own has gone; where that
//! ends it goes back to the account that was asked, and comes there behind what that one waited
//! for. One that comes round to the account that sent it, or was handed on too often, is answered:
//! there is nothing. Whoever has seen a recall remembers it, and turns away what of that account
//! arrives later; who was brought by nobody who is here is sent home as well, and who comes after one
//! that was not taken in, or has left, is sent on to that one. So next to
//! nothing stays where it does not belong; known limit: of aliases that contradict each other, made
//! and undone while all of it is on its way, an account may keep one that has left.

use super::{Addressed, Applied, Effect, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, Parcel, Transfer, TransferStep};
use crate::domain::account::members::{recall_of, renew};
use crate::domain::account::standing::ProductState;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::{HOPS_MAX, RETURN_HOPS_MAX};

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
            TransferStep::Recall if t.hop == most => self.not_found(t),
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
                if !matches!(t.step, TransferStep::Recall) || self.is_known(t.id) {
                    return Applied::nothing(Verdict::Applied);
                }
                Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed }
            }
        }
    }

    /// Whoever asks must not wait for ever.
    pub(super) fn not_found<'i>(&mut self, t: &Transfer) -> Applied<'i> {
        let why = format!("{} was not found within {} aliases", t.from, t.hops_max());
        self.send_home(t, &Parcel::default(), Some(why))
    }

    pub(super) fn send(&mut self, t: Transfer) {
        let account = t.reader().clone();
        self.inputs.push(Addressed { account, input: Input::Transfer(Box::new(t)) });
    }

    /// The next step of a transfer, about the same account.
    pub(super) fn answer(&mut self, t: &Transfer, at: Option<AccountKey>, step: TransferStep) {
        // A request that was refused may be asked for again: each answer is one of its own.
        let place = format!("answer {}/{}", self.at.partition, self.at.offset);
        let (from, to) = (t.from.clone(), t.to.clone());
        let id = SignalId::new_v5(&t.id, place.as_bytes());
        self.send(Transfer { id, from, to, at, cause: t.cause_of_answer(), hop: t.hop + 1, step });
    }

    pub(super) fn answer_home(&mut self, t: &Transfer, parcel: Parcel) {
        let back = Transfer { hop: 0, ..t.clone() };
        self.answer(&back, Some(t.from.clone()), TransferStep::Return(Box::new(parcel)));
    }

    /// Whether it was seen before. Remembers it.
    pub(super) fn is_known(&mut self, id: SignalId) -> bool {
        if self.is_dead(id) {
            return true;
        }
        let day = self.at.time.day();
        self.state
            .with_own(|own| crate::domain::account::members::bury(&mut own.tombstones, id, day));
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
        self.state.asks = None;
        self.answer(t, None, TransferStep::Delivery(Box::new(parcel)));
        self.introduce(self.state.kin.children.clone(), &t.to);
        self.is_known(t.id);
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
        let ledger = own.map_or(open, |own| *own);
        // What is delivered again is known here, wherever the rest is.
        self.state.tombstones.clone_from(&ledger.tombstones);
        Parcel { ledger, products, members }
    }

    fn undo<'i>(&mut self, t: &'i Transfer) -> Applied<'i> {
        match &self.state.moved_to {
            _ if self.is_dead(t.id) => Applied::nothing(Verdict::Duplicate),
            None => Applied::nothing(Verdict::Duplicate),
            Some(other) if *other != t.to => {
                Applied::refused(format!("was merged into {other}, not into {}", t.to))
            }
            Some(_) => {
                let request = self.state.link.unwrap_or(t.id);
                self.renew(request);
                self.state.link = Some(t.id);
                self.state.asks = self.leave(request, t.id);
                self.is_known(t.id);
                Applied { verdict: Verdict::Applied, refused: None, effect: Effect::Filed }
            }
        }
    }

    /// Asks the account it was merged into for all that is its own.
    pub(super) fn leave(&mut self, request: SignalId, cause: SignalId) -> Option<AccountKey> {
        let to = self.state.moved_to.take()?;
        let (from, id) = (self.account.clone(), recall_of(request));
        let step = TransferStep::Recall;
        self.send(Transfer { id, from, to: to.clone(), at: None, cause, hop: 1, step });
        Some(to)
    }
}

/// Whether there is anything to hand on.
pub(super) fn stands(p: &&ProductState) -> bool {
    p.episode.is_some() || p.cooldown.is_some() || p.muted
}

impl Transfer {
    pub(super) fn hops_max(&self) -> u8 {
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
