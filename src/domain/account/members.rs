//! Accounts that were merged into another. Each keeps a ledger of its own, and every input of its
//! is booked there as if nothing had been merged; what counts is what all ledgers come to together
//! ([`AccountState::compose`]). So a merge can be undone at any time: a ledger goes back as it is.

use super::memo::Memo;
use super::state::AccountState;
use crate::domain::account::ledger::{Ledger, Ledgers, Member};
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::company::Company;
use crate::domain::evidence::event::{self, Evidence};
use crate::domain::evidence::facts;
use crate::domain::evidence::report::Report;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::limits::{HORIZON_DAYS, SUPPRESSIONS_MAX, TOMBSTONES_MAX};
use crate::domain::terms::time::Day;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What an account remembers after it has forwarded what people said. The id itself is remembered by
/// the account that books it; that may be this one, where the input comes back.
pub fn handed_on(input: SignalId, account: &AccountKey) -> SignalId {
    SignalId::new_v5(&input, format!("handed on by {account}").as_bytes())
}

/// Puts an account on a list. Whether that changes anything. An erasure stands apart, so that to take it back ends
/// nothing that others have said.
pub fn suppress(list: &mut Vec<Suppression>, new: Suppression) -> bool {
    if let Some(old) = list.iter_mut().find(|s| s.place() == new.place()) {
        let before = (old.reason.clone(), old.owner.clone(), old.until);
        old.add(new);
        return before != (old.reason.clone(), old.owner.clone(), old.until);
    }
    let room = list.len() < SUPPRESSIONS_MAX;
    if room {
        list.push(new);
        list.sort_by_key(Suppression::place);
    }
    room
}

/// Remembers an id; beyond the bound the oldest is evicted. Whether one was.
pub fn record_tombstone(tombstones: &mut Vec<(SignalId, Day)>, id: SignalId, day: Day) -> bool {
    if let Err(at) = tombstones.binary_search_by_key(&id, |(id, _)| *id) {
        tombstones.insert(at, (id, day));
    }
    let over = tombstones.len() > TOMBSTONES_MAX;
    if over {
        let oldest = tombstones.iter().enumerate().min_by_key(|(_, (id, day))| (*day, *id));
        if let Some((at, _)) = oldest {
            tombstones.remove(at);
        }
    }
    over
}

/// Remembers an id from this day on, also where it was known. Whether anything is new.
pub fn renew(tombstones: &mut Vec<(SignalId, Day)>, id: SignalId, day: Day) -> bool {
    let known = tombstones.binary_search_by_key(&id, |(id, _)| *id);
    let new = known.map_or(true, |at| tombstones[at].1 < day);
    if new {
        tombstones.retain(|(known, _)| *known != id);
        record_tombstone(tombstones, id, day);
    }
    new
}

pub fn is_dead(tombstones: &[(SignalId, Day)], id: SignalId) -> bool {
    tombstones.binary_search_by_key(&id, |(id, _)| *id).is_ok()
}

pub fn note(lists: &mut Vec<SuppressionList>, list: SuppressionList) {
    if let Err(at) = lists.binary_search(&list) {
        lists.insert(at, list);
    }
}

impl Ledger {
    /// Puts `base`, which the account had before, under what was noted here meanwhile. `lifted`: the
    /// lists that the account itself was taken off meanwhile, and the days on which that was stated.
    pub fn settle(&mut self, base: Ledger, lifted: &[(SuppressionList, Day)], today: Day) {
        let since = std::mem::replace(self, base);
        for (id, day) in &since.tombstones {
            event::remove(&mut self.evidence, *id, today);
            record_tombstone(&mut self.tombstones, *id, *day);
        }
        for report in since.evidence.iter().flat_map(Evidence::reports) {
            if !is_dead(&self.tombstones, report.id)
                && event::retell(&mut self.evidence, report, today).is_none()
            {
                event::add(&mut self.evidence, report.clone(), today);
            }
        }
        self.company.merge(&since.company);
        let lifts = |s: &Suppression| {
            lifted.iter().any(|(list, stated_on)| s.is_lifted_by(*list, *stated_on))
        };
        self.suppressions.retain(|s| !lifts(s));
        for suppression in since.suppressions {
            suppress(&mut self.suppressions, suppression);
        }
        self.lifted = since.lifted;
    }
}

/// Removes what has passed the horizon or its end. Whether any evidence was removed.
pub fn expire(
    (company, evidence): (&mut Company, &mut Vec<Evidence>),
    tombstones: &mut Vec<(SignalId, Day)>,
    suppressions: &mut Vec<Suppression>,
    today: Day,
) -> bool {
    let gone = event::take_expired(evidence, today);
    tombstones.retain(|(_, day)| today.since(*day) <= HORIZON_DAYS);
    for gone in &gone {
        facts::bake(company, gone);
        for report in gone.reports().iter().filter(|r| r.may_look_younger()) {
            // Room is left for what was taken back, and for what people said.
            if tombstones.len() < TOMBSTONES_MAX / 2 {
                record_tombstone(tombstones, report.id, today);
            }
        }
    }
    suppressions.retain(|s| s.until.is_none_or(|until| today < until));
    !gone.is_empty()
}

/// The day on which something kept has passed the horizon or its end.
fn expiry(
    evidence: &[Evidence],
    tombstones: &[(SignalId, Day)],
    suppressions: &[Suppression],
) -> Option<Day> {
    let after = |day: Day| day.plus(HORIZON_DAYS + 1);
    let evidence = evidence.first().map(|e| after(e.filed()));
    let tombstone = tombstones.iter().map(|(_, day)| after(*day)).min();
    let suppression = suppressions.iter().filter_map(|s| s.until).min();
    [evidence, tombstone, suppression].into_iter().flatten().min()
}

impl AccountState {
    pub fn member(&self, account: &AccountKey) -> Option<&Member> {
        let members = self.members();
        let at = members.binary_search_by(|m| m.account.cmp(account)).ok()?;
        members.get(at)
    }

    /// Its own ledger and those of its members, where it has any.
    pub(super) fn each_ledger(&self) -> impl Iterator<Item = &Ledger> {
        self.ledgers
            .iter()
            .flat_map(|all| std::iter::once(&all.own).chain(all.members.iter().map(|m| &m.ledger)))
    }

    pub(super) fn each_ledger_mut(&mut self) -> impl Iterator<Item = &mut Ledger> {
        self.ledgers.iter_mut().flat_map(|all| {
            std::iter::once(&mut all.own).chain(all.members.iter_mut().map(|m| &mut m.ledger))
        })
    }

    /// `None`: its own.
    pub(super) fn ledger_mut(&mut self, member: Option<&AccountKey>) -> Option<&mut Ledger> {
        self.ledgers.as_deref_mut()?.of(member)
    }

    /// The account's only ledger out of the state; the rest is as new.
    fn take_only_ledger(&mut self) -> Ledger {
        use std::mem::take;
        Ledger {
            company: take(&mut self.company),
            evidence: take(&mut self.evidence),
            tombstones: take(&mut self.tombstones),
            suppressions: take(&mut self.suppressions),
            lifted: Vec::new(),
        }
    }

    /// Makes what a ledger knows what counts.
    fn put_ledger(&mut self, ledger: Ledger) {
        self.company = ledger.company;
        self.evidence = ledger.evidence;
        self.tombstones = ledger.tombstones;
        self.suppressions = ledger.suppressions;
    }

    /// All ledgers out of the state; the rest is as new.
    pub(super) fn take_ledgers(&mut self) -> Ledgers {
        let only = self.take_only_ledger();
        match self.ledgers.take() {
            Some(ledgers) => *ledgers,
            None => Ledgers { own: only, members: Vec::new() },
        }
    }

    /// Makes one ledger what counts, and puts what counted in its place; again: back. `None`: its own.
    pub(super) fn swap(&mut self, member: Option<&AccountKey>) {
        let Some(mut all) = self.ledgers.take() else { return };
        if let Some(ledger) = all.of(member) {
            std::mem::swap(&mut self.company, &mut ledger.company);
            std::mem::swap(&mut self.evidence, &mut ledger.evidence);
            std::mem::swap(&mut self.tombstones, &mut ledger.tombstones);
            std::mem::swap(&mut self.suppressions, &mut ledger.suppressions);
        }
        self.ledgers = Some(all);
    }

    /// Changes the account's own ledger, also where it is the only one.
    pub(super) fn with_own<T>(&mut self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        if let Some(ledgers) = &mut self.ledgers {
            return change(&mut ledgers.own);
        }
        let mut ledger = self.take_only_ledger();
        let changed = change(&mut ledger);
        self.put_ledger(ledger);
        changed
    }

    /// Takes in members: what counted so far is its own ledger. `lifted`: of that one.
    pub fn restore_members(&mut self, lifted: Vec<SuppressionList>, members: Vec<Member>) {
        let own = Ledger { lifted, ..self.take_only_ledger() };
        self.ledgers = Some(Box::new(Ledgers { own, members }));
        self.compose();
    }

    /// Takes an account in.
    pub(super) fn join(&mut self, member: Member, today: Day) {
        if self.ledgers.is_none() {
            let own = self.take_only_ledger();
            self.ledgers = Some(Box::new(Ledgers { own, members: Vec::new() }));
        }
        let Some(all) = &mut self.ledgers else { return };
        match all.members.binary_search_by(|m| m.account.cmp(&member.account)) {
            Ok(at) => all.members[at].ledger.settle(member.ledger, &[], today),
            Err(at) => all.members.insert(at, member),
        }
    }

    /// What all ledgers come to together: the latest of each fact, every report once and none
    /// that any of them takes back, every suppression that none has lifted since.
    pub fn compose(&mut self) {
        match &self.ledgers {
            None => return,
            Some(ledgers) if ledgers.members.is_empty() => {
                let only = self.take_ledgers().own;
                return self.put_ledger(only);
            }
            Some(_) => {}
        }
        let mut whole = Ledger::default();
        let mut dead: BTreeMap<SignalId, Day> = BTreeMap::new();
        let mut reports: BTreeMap<SignalId, Cow<'_, Report>> = BTreeMap::new();
        let mut version = 0_u32;
        for ledger in self.each_ledger() {
            version = version.saturating_add(ledger.company.version);
            whole.company.merge(&ledger.company);
            for (id, day) in &ledger.tombstones {
                let known = dead.entry(*id).or_insert(*day);
                *known = (*known).max(*day);
            }
            for report in ledger.evidence.iter().flat_map(Evidence::reports) {
                let known = reports.entry(report.id).or_insert(Cow::Borrowed(report));
                if **known != *report {
                    *known = Cow::Owned(known.retold(report));
                }
            }
            let is_lifted = |s: &&Suppression| ledger.lifted.contains(&s.list) && !s.is_erasure();
            for s in ledger.suppressions.iter().filter(|s| !is_lifted(s)) {
                add_stricter(&mut whole.suppressions, s);
            }
        }
        whole.company.version = version;
        for report in reports.into_values().filter(|r| !dead.contains_key(&r.id)) {
            event::add(&mut whole.evidence, report.into_owned(), self.through);
        }
        let surplus = event::surplus(&whole.evidence);
        for gone in whole.evidence.drain(..surplus) {
            facts::bake(&mut whole.company, &gone);
        }
        whole.tombstones = dead.into_iter().collect();
        self.put_ledger(whole);
    }

    /// Forgets what has passed the horizon or its end. Whether any evidence went.
    pub(super) fn forget_expired(&mut self, today: Day) -> bool {
        if self.ledgers.is_none() {
            let known = (&mut self.company, &mut self.evidence);
            return expire(known, &mut self.tombstones, &mut self.suppressions, today);
        }
        let due = self.ends().is_some_and(|day| day <= today);
        let mut gone = false;
        for l in self.each_ledger_mut() {
            let known = (&mut l.company, &mut l.evidence);
            gone |= expire(known, &mut l.tombstones, &mut l.suppressions, today);
        }
        if gone || due {
            self.compose();
            // A report may be back whose retraction was forgotten, and so every place another one.
            self.memo = Memo::default();
        }
        gone
    }

    fn ends(&self) -> Option<Day> {
        if self.ledgers.is_none() {
            return expiry(&self.evidence, &self.tombstones, &self.suppressions);
        }
        let each = self.each_ledger().map(|l| expiry(&l.evidence, &l.tombstones, &l.suppressions));
        each.flatten().min()
    }

    /// The next day on which something is to be forgotten.
    pub(super) fn expiry(&self) -> Option<Day> {
        self.ends().map(|day| day.max(self.through.next()))
    }
}

/// Of two on the same list the one that holds longer.
fn add_stricter(list: &mut Vec<Suppression>, s: &Suppression) {
    let longer = |s: &Suppression| (s.until.is_none(), s.until);
    match list.iter_mut().find(|known| known.place() == s.place()) {
        Some(known) if longer(known) < longer(s) => *known = s.clone(),
        Some(_) => {}
        None => {
            list.push(s.clone());
            list.sort_by_key(Suppression::place);
        }
    }
}
