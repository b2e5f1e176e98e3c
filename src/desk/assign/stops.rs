//! Enrolments that end without a decision: an account outside an episode is put on a list, or sales closes it; a person
//! has opted out, whichever tool says so. Only those that the desk's ledger names end, and no one else's.

use super::Desk;
use super::decide::Taker;
use super::tools::stops;
use crate::desk::action::What;
use crate::desk::ids::{ActionId, DestinationId};
use crate::desk::people::Enrolment;
use crate::desk::record::Origin;
use crate::desk::roster::Roster;
use crate::desk::state::{Sent, Stops, Then};
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::account::input::SalesOutcome;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use std::collections::BTreeSet;

/// A place in the ledger: who was put in where, for which account and product.
pub(super) type Place = (DestinationId, AccountKey, Text);

/// Which enrolments of an account end.
#[derive(Default)]
struct Meant<'a> {
    /// None: of every product.
    product: Option<&'a Text>,
    /// Those that began after it are not meant.
    said_on: Option<Day>,
    /// Destinations that hear of it in another way.
    served: BTreeSet<&'a DestinationId>,
    /// Another name of the account.
    more: Option<&'a AccountKey>,
}

impl Meant<'_> {
    fn is(&self, destination: &DestinationId, product: &Text, since: Day) -> bool {
        !self.served.contains(destination)
            && self.product.is_none_or(|of| of == product)
            && self.said_on.is_none_or(|on| since <= on)
    }
}

impl Desk<'_> {
    /// An account was put on a list of those that are kept from sequencers. An episode ends by a decision of its own;
    /// enrolments from before end here.
    pub(super) fn suppressed(&mut self, origin: &Origin, account: &AccountKey) {
        if self.is_new(origin) {
            self.end_enrolments(account, &Meant::default());
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
            let (product, said_on) = (said.product.as_ref(), Some(said.occurred.latest()));
            self.end_enrolments(account, &Meant { product, said_on, ..Meant::default() });
        }
    }

    /// A decision reaches everyone who was put in, also where the tool does not take it: by its route, or by its kind.
    pub(super) fn end_elsewhere(&mut self, roster: &Roster, d: &Decision, served: &[Taker]) {
        if !stops(d) {
            return;
        }
        let served = served.iter().map(|(destination, _)| destination);
        let served = served.filter(|destination| self.enrols(roster, destination)).collect();
        let more = d.entered_as.as_ref();
        let meant = Meant { product: Some(&d.product), served, more, ..Meant::default() };
        self.end_enrolments(&d.account, &meant);
    }

    fn end_enrolments(&mut self, account: &AccountKey, meant: &Meant<'_>) {
        let Some(roster) = self.roster() else { return };
        let mut family = self.state.family(account);
        family.extend(meant.more.cloned());
        for (action, destination) in self.enrolling(&roster, &family) {
            let Some(sent) = self.state.sent.get(&action) else { continue };
            let of = sent.deliveries.iter().filter_map(|id| self.state.deliveries.get(id));
            let mut of = of.map(|delivery| &delivery.decision);
            let is_meant = |d: &Decision| meant.is(&destination, &d.product, d.decided_at.day());
            if !of.any(|d| is_meant(d)) {
                continue;
            }
            if let Some(sent) = self.state.sent.get_mut(&action) {
                sent.is_over = true;
            }
            self.act(Some(account.clone()), What::Cancel { destination, action });
        }
        // Of destinations that are not in the roster now, too: they may come back.
        let of = self.state.enrolled.iter().filter(|((_, whose, _), _)| family.contains(whose));
        let ending = of.map(|(place, people)| {
            let is_meant = |one: &&Enrolment| meant.is(&place.0, &place.2, one.since.day());
            let people: Vec<_> = people.iter().filter(is_meant).cloned().collect();
            (place.clone(), people)
        });
        let ending: Vec<_> = ending.filter(|(_, people)| !people.is_empty()).collect();
        for (place, people) in ending {
            self.stop_people(&place, people);
        }
    }

    /// A person has opted out: kept for ever, and ended wherever the ledger names them. Whom a source names by a tool's own
    /// id, and the ledger knows by the address too, is out at every tool.
    pub(super) fn hear_opt_outs(&mut self, account: &AccountKey, people: &BTreeSet<Text>) {
        let is_named =
            |one: &&Enrolment, people: &BTreeSet<Text>| one.names().any(|who| people.contains(who));
        let ledger = || self.state.enrolled.values().flatten();
        let known = ledger().filter(|one| is_named(one, people)).flat_map(Enrolment::names);
        let people: BTreeSet<Text> = people.iter().chain(known).cloned().collect();
        let of = self.state.enrolled.iter().map(|(place, all)| {
            let out: Vec<_> = all.iter().filter(|one| is_named(one, &people)).cloned().collect();
            (place.clone(), out)
        });
        let ending: Vec<_> = of.filter(|(_, out)| !out.is_empty()).collect();
        self.state.opted_out.or_default(account.clone()).extend(people);
        for (place, out) in ending {
            self.stop_people(&place, out);
        }
    }

    /// People who were put in by an action that was under way when its account, or they, dropped out.
    pub(super) fn stop_late(&mut self, place: &Place, sent: &Sent, new: &[Enrolment]) {
        let is_out = |one: &&Enrolment| one.names().any(|who| self.state.has_opted_out(who));
        let out = new.iter().filter(is_out).flat_map(Enrolment::names).cloned();
        let out: BTreeSet<Text> = out.collect();
        if sent.is_over {
            self.stop_people(place, new.to_vec());
        } else if !out.is_empty() {
            self.hear_opt_outs(&place.1, &out);
        }
    }

    /// Takes people out. The stop is owed until a tool has confirmed it: one that has failed, or whose destination is away,
    /// is made again when the destination is resumed, or a roster is published.
    fn stop_people(&mut self, place: &Place, people: Vec<Enrolment>) {
        let (destination, account, product) = place.clone();
        self.owe(place, |one| people.iter().any(|other| other.key() == one.key()));
        let is_there = self.roster().is_some_and(|roster| self.enrols(&roster, &destination));
        let under_way = self.ending(&destination);
        let people = people.into_iter().filter(|one| !under_way.contains(&one.key()));
        let people: Vec<_> = people.map(|one| Enrolment { is_owed: false, ..one }).collect();
        if people.is_empty() || !is_there {
            return;
        }
        let ids = people.iter().map(Enrolment::key).collect();
        let what =
            What::Stop { destination: destination.clone(), product: product.clone(), people };
        let action = self.act(Some(account.clone()), what);
        let sent = Sent::of(&destination, None, Vec::new(), Then::Edited);
        let sent = Sent { stops: Some(Stops { account, product, ids }), ..sent };
        self.state.sent.insert(action, sent);
    }

    /// Whom a decision takes out at a tool that takes it: all whom the ledger names, but for those whom another action ends
    /// already.
    pub(super) fn stop_by(&mut self, action: ActionId, d: &Decision, destination: &DestinationId) {
        let under_way = self.ending(destination);
        let mut ids = BTreeSet::new();
        for account in self.state.family_of(d) {
            let place = (destination.clone(), account, d.product.clone());
            let people = self.state.enrolled.get(&place).into_iter().flatten();
            ids.extend(people.map(Enrolment::key).filter(|id| !under_way.contains(id)));
            self.owe(&place, |_| true);
        }
        if let Some(sent) = self.state.sent.get_mut(&action) {
            let (account, product) = (d.account.clone(), d.product.clone());
            sent.stops = Some(Stops { account, product, ids });
        }
    }

    fn owe(&mut self, place: &Place, whom: impl Fn(&Enrolment) -> bool) {
        let people = self.state.enrolled.get_mut(place).into_iter().flatten();
        people.filter(|one| whom(one)).for_each(|one| one.is_owed = true);
    }

    /// Enrolments at a destination that an action without a result ends.
    fn ending(&self, destination: &DestinationId) -> BTreeSet<Text> {
        let there = self.state.sent.values().filter(|sent| sent.destination == *destination);
        let ids = there.filter_map(|sent| sent.stops.as_ref()).flat_map(|stops| &stops.ids);
        ids.cloned().collect()
    }

    /// Asks again for stops that are owed and not under way: at one destination, or at all.
    pub(super) fn stop_owed(&mut self, destination: Option<&DestinationId>) {
        let there = self.state.enrolled.iter();
        let there = there.filter(|((of, ..), _)| destination.is_none_or(|only| only == of));
        let owed = there.map(|(place, people)| {
            let owed: Vec<_> = people.iter().filter(|one| one.is_owed).cloned().collect();
            (place.clone(), owed)
        });
        let owed: Vec<_> = owed.filter(|(_, owed)| !owed.is_empty()).collect();
        for (place, people) in owed {
            self.stop_people(&place, people);
        }
    }

    /// They are out, so the ledger names them no longer, whichever name of the account they stand under.
    pub(super) fn stopped(&mut self, destination: &DestinationId, stops: &Stops) {
        let is_out = |one: &Enrolment| stops.ids.contains(&one.key());
        let there = self
            .state
            .enrolled
            .iter()
            .filter(|((of, ..), people)| of == destination && people.iter().any(is_out));
        let places: Vec<Place> = there.map(|(place, _)| place.clone()).collect();
        for place in places {
            let Some(people) = self.state.enrolled.get_mut(&place) else { continue };
            people.retain(|one| !is_out(one));
            if people.is_empty() {
                self.state.enrolled.remove(&place);
            }
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
            self.may_have_enrolled(roster, &sent.destination)
                && of.any(|d| accounts.contains(&d.account) && !stops(d))
        };
        let all = self.state.sent.iter().filter(|(_, sent)| is_one(sent));
        all.map(|(action, sent)| (*action, sent.destination.clone())).collect()
    }
}
