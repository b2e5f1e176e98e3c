//! Enrolments that end without a decision: an account outside an episode is put on a list, or sales closes it; a person
//! has opted out, whichever tool says so. Only those that the desk's ledger names end, and no one else's.

use super::Desk;
use crate::desk::action::What;
use crate::desk::ids::{ActionId, DestinationId};
use crate::desk::people::Enrolment;
use crate::desk::record::Origin;
use crate::desk::roster::Roster;
use crate::desk::state::{Sent, Stops, Then};
use crate::domain::Text;
use crate::domain::account::input::SalesOutcome;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use std::collections::BTreeSet;

/// A place in the ledger: who was put in where, for which account and product.
pub(super) type Place = (DestinationId, AccountKey, Text);

impl Desk<'_> {
    /// An account was put on a list of those that are kept from sequencers. An episode ends by a decision of its own;
    /// enrolments from before end here.
    pub(super) fn suppressed(&mut self, origin: &Origin, account: &AccountKey) {
        if self.is_new(origin) {
            self.end_enrolments(account, None, None);
        }
    }

    /// From now on an account is another one, or again one of its own.
    pub(super) fn merged(
        &mut self,
        origin: &Origin,
        account: &AccountKey,
        into: Option<&AccountKey>,
    ) {
        match into {
            _ if !self.is_new(origin) => {}
            Some(into) => self.state.merged.insert(account.clone(), into.clone()),
            None => drop(self.state.merged.remove(account)),
        }
    }

    /// The same where sales closes it.
    pub(super) fn closed_by_sales(&mut self, account: &AccountKey, said: &SalesOutcome) {
        let closes = matches!(
            said.outcome,
            OutcomeKind::Opportunity
                | OutcomeKind::Won
                | OutcomeKind::Lost
                | OutcomeKind::Rejected
                | OutcomeKind::Churned
        );
        if closes {
            self.end_enrolments(account, said.product.as_ref(), Some(said.occurred.latest()));
        }
    }

    /// `said_on`: those that began after it are not meant.
    fn end_enrolments(
        &mut self,
        account: &AccountKey,
        product: Option<&Text>,
        said_on: Option<Day>,
    ) {
        let Some(roster) = self.roster() else { return };
        let family = self.state.family(account);
        let is_meant = |of: &Text| product.is_none_or(|product| product == of);
        for (action, destination) in self.enrolling(&roster, &family) {
            let Some(sent) = self.state.sent.get(&action) else { continue };
            let of = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
            let mut of = of.map(|delivery| &delivery.decision);
            let began = |since: Day| said_on.is_none_or(|on| since <= on);
            if !of.any(|d| is_meant(&d.product) && began(d.decided_at.day())) {
                continue;
            }
            if let Some(sent) = self.state.sent.get_mut(&action) {
                sent.is_over = true;
            }
            self.act(Some(account.clone()), What::Cancel { destination, action });
        }
        let mut ending = Vec::new();
        for (destination, account) in
            roster.destinations.keys().flat_map(|to| family.iter().map(move |of| (to, of)))
        {
            let from: Place = (destination.clone(), account.clone(), Text::default());
            let of = self.state.enrolled.range(from..);
            let of = of.take_while(|((to, whose, _), _)| to == destination && whose == account);
            for (place, people) in of.filter(|((.., of), _)| is_meant(of)) {
                let began = |one: &&Enrolment| said_on.is_none_or(|on| one.since.day() <= on);
                let people: Vec<_> = people.iter().filter(began).cloned().collect();
                ending.push((place.clone(), people));
            }
        }
        for (place, people) in ending {
            self.stop_people(&place, people);
        }
    }

    /// A person has opted out: kept for ever, and ended wherever the ledger names them.
    pub(super) fn hear_opt_outs(&mut self, account: &AccountKey, people: &BTreeSet<Text>) {
        self.state.opted_out.or_default(account.clone()).extend(people.iter().cloned());
        let is_one = |one: &Enrolment| one.who.as_ref().is_some_and(|who| people.contains(who));
        let of = self.state.enrolled.iter().map(|(place, all)| {
            let out: Vec<_> = all.iter().filter(|one| is_one(one)).cloned().collect();
            (place.clone(), out)
        });
        let ending: Vec<_> = of.filter(|(_, out)| !out.is_empty()).collect();
        for (place, out) in ending {
            self.stop_people(&place, out);
        }
    }

    /// People who were put in by an action that was under way when its account, or they, dropped out.
    pub(super) fn stop_late(&mut self, place: &Place, sent: &Sent, new: &[Enrolment]) {
        let is_out = |one: &&Enrolment| {
            sent.is_over || one.who.as_ref().is_some_and(|who| self.state.has_opted_out(who))
        };
        let out: Vec<Enrolment> = new.iter().filter(is_out).cloned().collect();
        self.stop_people(place, out);
    }

    fn stop_people(&mut self, place: &Place, people: Vec<Enrolment>) {
        let (destination, account, product) = place.clone();
        let is_there = self.roster().is_some_and(|roster| self.enrols(&roster, &destination));
        if people.is_empty() || !is_there {
            return;
        }
        let ids = people.iter().map(|one| one.id.clone()).collect();
        let what =
            What::Stop { destination: destination.clone(), product: product.clone(), people };
        let action = self.act(Some(account.clone()), what);
        let sent = Sent::of(&destination, None, Vec::new(), Then::Edited);
        let sent = Sent { stops: Some(Stops { account, product, ids }), ..sent };
        self.state.sent.insert(action, sent);
    }

    /// They are out, so the ledger names them no longer.
    pub(super) fn stopped(&mut self, destination: &DestinationId, stops: &Stops) {
        let place = (destination.clone(), stops.account.clone(), stops.product.clone());
        let Some(people) = self.state.enrolled.get_mut(&place) else { return };
        people.retain(|one| !stops.ids.contains(&one.id));
        if people.is_empty() {
            self.state.enrolled.remove(&place);
        }
    }

    /// Actions that may still put people of accounts into a sequence.
    pub(super) fn enrolling(
        &self,
        roster: &Roster,
        accounts: &BTreeSet<AccountKey>,
    ) -> Vec<(ActionId, DestinationId)> {
        let is_one = |sent: &Sent| {
            let of = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
            let mut of = of.map(|delivery| &delivery.decision);
            self.enrols(roster, &sent.destination)
                && of.any(|d| accounts.contains(&d.account) && !super::tools::stops(d))
        };
        let all = self.state.sent.iter().filter(|(_, sent)| is_one(sent));
        all.map(|(action, sent)| (*action, sent.destination.clone())).collect()
    }
}
