//! Which accounts are compared: those that entered, on the day of their first entry, and for each of them
//! others that were known that day and had not entered (risk-set sampling).

use super::figures::{LeftOut, Options};
use crate::domain::account::decision::Origin;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
pub use crate::evidence::history::World;
use crate::evidence::history::{Entry, Happened, Told};
use crate::evidence::stats::survival::End;
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};

/// Others beside each account that entered.
pub const OTHERS: usize = 2;
/// Accounts that are drawn for one of them before it is given up.
const DRAWS_MAX: u64 = 40;

/// An account on a day, and what became of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub account: AccountKey,
    pub family: u32,
    pub on: Day,
    /// Year and quarter.
    pub quarter: u32,
    /// None: it had not entered.
    pub entry: Option<Entry>,
    /// None: its window has not ended.
    pub happened: Option<bool>,
    pub days: f64,
    pub end: End,
    pub amount_usd: Option<u64>,
}

pub struct Sample {
    pub cases: Vec<Case>,
    pub left_out: Vec<LeftOut>,
}

impl Sample {
    pub fn entered(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.entry.is_some())
    }

    pub fn others(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.entry.is_none())
    }
}

pub fn sample(world: &World<'_>, options: &Options) -> Sample {
    let mut draw = Draw::new(world, options);
    let mut entries: Vec<&Entry> = world.entries.iter().collect();
    entries.sort_by(|a, b| (a.on, &a.account).cmp(&(b.on, &b.account)));
    let mut seen = BTreeSet::new();
    let mut left = [0_u64; 4];
    for entry in entries {
        // One that entered again counts at its first entry.
        if entry.origin == Origin::Baseline || !seen.insert(&entry.account) {
            continue;
        }
        match draw.standing(&entry.account, entry.on) {
            Standing::Free => {
                draw.add(&entry.account, entry.on, Some(entry));
                left[3] += (OTHERS - draw.others_of(entry)) as u64;
            }
            Standing::Open => left[0] += 1,
            Standing::Customer => left[1] += 1,
        }
    }
    let loaded = world.entries.iter().filter(|entry| entry.origin == Origin::Baseline);
    let loaded: BTreeSet<&AccountKey> = loaded.map(|entry| &entry.account).collect();
    left[2] = loaded.iter().filter(|account| !seen.contains(*account)).count() as u64;
    let why = [
        "had an open opportunity on the day of the entry",
        "was a customer already",
        "entered by a first load alone, so that the day of the entry says nothing",
        "wanted for comparison: no further account was known that day",
    ];
    let left_out = left.into_iter().zip(why).filter(|(count, _)| *count > 0);
    let left_out =
        left_out.map(|(count, why)| LeftOut { why: why.to_owned(), account_count: count });
    Sample { cases: draw.cases, left_out: left_out.collect() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Free,
    Open,
    Customer,
}

struct Draw<'a> {
    world: &'a World<'a>,
    options: &'a Options,
    /// By the day on which they were known, then by name.
    known: Vec<(Day, &'a AccountKey)>,
    entered: BTreeMap<&'a AccountKey, Day>,
    told: BTreeMap<&'a AccountKey, Vec<&'a Told>>,
    families: BTreeMap<&'a AccountKey, u32>,
    used: BTreeSet<(&'a AccountKey, u32)>,
    cases: Vec<Case>,
}

impl<'a> Draw<'a> {
    fn new(world: &'a World<'a>, options: &'a Options) -> Draw<'a> {
        let mut known: Vec<(Day, &AccountKey)> =
            world.known.iter().map(|(account, day)| (*day, account)).collect();
        known.sort_unstable();
        let mut entered = BTreeMap::new();
        for entry in world.entries {
            let day = entered.entry(&entry.account).or_insert(entry.on);
            *day = entry.on.min(*day);
        }
        let mut told: BTreeMap<&AccountKey, Vec<&Told>> = BTreeMap::new();
        for one in world.told {
            told.entry(world.families.head(&one.account)).or_default().push(one);
        }
        told.values_mut().for_each(|told| told.sort_by_key(|one| one.on));
        let (families, used, cases) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Draw { world, options, known, entered, told, families, used, cases }
    }

    /// What sales reported of the account's family, as the log knew the family on a day.
    fn told_of(&self, account: &'a AccountKey, on: Day) -> impl Iterator<Item = &'a Told> {
        let families = self.world.families;
        let (head, head_on) = (families.head(account), families.head_on(account, on));
        let told = self.told.get(head).into_iter().flatten().copied();
        told.filter(move |one| families.head_on(&one.account, on) == head_on)
    }

    /// Where the account stood with sales on the day, as far as the log knew that day. What happened on the very
    /// day counts as before: nothing shows that it came after.
    fn standing(&self, account: &'a AccountKey, on: Day) -> Standing {
        let mut standing = Standing::Free;
        let known = |one: &&Told| one.on <= on && one.known_on <= on;
        for one in self.told_of(account, on).filter(known) {
            let Happened::Sales(outcome) = one.outcome else { continue };
            standing = match outcome {
                OutcomeKind::Opportunity => Standing::Open,
                OutcomeKind::Won | OutcomeKind::Renewed | OutcomeKind::Expanded => {
                    Standing::Customer
                }
                OutcomeKind::Lost | OutcomeKind::Rejected | OutcomeKind::Churned => Standing::Free,
                _ => standing,
            };
        }
        standing
    }

    fn add(&mut self, account: &'a AccountKey, on: Day, entry: Option<&Entry>) {
        let rule = self.options.rule;
        let last = on.plus(rule.days as i32);
        let after = || self.told_of(account, last).filter(|one| one.on > on);
        let first = |kind: Happened| after().find(|one| one.outcome == kind);
        let lost = Happened::Sales(OutcomeKind::Lost);
        let won = first(rule.outcome);
        let lost = first(lost).filter(|_| rule.outcome != lost);
        let (end, day) = match (won, lost) {
            (Some(won), Some(lost)) if lost.on < won.on => (End::Lost, lost.on),
            (Some(won), _) => (End::Won, won.on),
            (None, Some(lost)) => (End::Lost, lost.on),
            (None, None) => (End::Open, self.world.upto.max(on)),
        };
        let happened = won.is_some_and(|won| won.on <= last);
        let case = Case {
            account: account.clone(),
            family: 0,
            on,
            quarter: quarter(on),
            entry: entry.cloned(),
            happened: (self.world.upto > last).then_some(happened),
            days: f64::from(day.0 - on.0),
            end,
            amount_usd: won.filter(|won| won.on <= last).and_then(|won| won.amount_usd),
        };
        let head = self.world.families.head(account);
        let next = self.families.len() as u32;
        let family = *self.families.entry(head).or_insert(next);
        self.cases.push(Case { family, ..case });
    }

    /// Draws the others of an entry, by hash: neither later records nor other entries change the draw. How many
    /// were found.
    fn others_of(&mut self, entry: &'a Entry) -> usize {
        let before = self.known.partition_point(|(day, _)| *day <= entry.on) as u64;
        let (mut found, mut at) = (0, 0);
        while found < OTHERS && at < DRAWS_MAX && before > 0 {
            let text = format!("{}\n{}\n{at}", self.options.seed, entry.account);
            at += 1;
            let drawn = xxhash_rust::xxh3::xxh3_64(text.as_bytes()) % before;
            let account = self.known[drawn as usize].1;
            let families = self.world.families;
            let is_same =
                families.head_on(account, entry.on) == families.head_on(&entry.account, entry.on);
            let has_entered = self.entered.get(account).is_some_and(|day| *day <= entry.on);
            let is_free = self.standing(account, entry.on) == Standing::Free;
            let used = (account, quarter(entry.on));
            if is_same || has_entered || !is_free || !self.used.insert(used) {
                continue;
            }
            self.add(account, entry.on, None);
            found += 1;
        }
        found
    }
}

fn quarter(on: Day) -> u32 {
    on.date().map_or(0, |date| date.year() as u32 * 4 + (date.month0() / 3))
}
