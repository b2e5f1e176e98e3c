//! The drawn accounts of a log: each account's first entry under the running experiment, with what sales
//! reported within the window.

use super::units::{Drawn, LeftOut};
use crate::domain::account::decision::Origin;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Day;
use crate::evidence::history::{Entry, Families, Rule, Told};
use std::collections::{BTreeMap, BTreeSet};

/// What the accounts of a log say.
pub struct Log<'a> {
    /// In any order.
    pub entries: &'a [Entry],
    pub told: &'a [Told],
    pub families: &'a Families,
    /// Whose hash drew each account's arm; its own where none is kept.
    pub draws: &'a BTreeMap<AccountKey, AccountKey>,
    /// The log's last day.
    pub upto: Day,
}

/// The first activation since when the profile draws as it does now, with its number of publication.
pub fn began<'a>(versions: impl IntoIterator<Item = (u64, &'a CompiledProfile)>) -> Option<u64> {
    let mut first = None;
    let mut before = None;
    for (number, profile) in versions {
        let now = profile.profile.experiment;
        if before != Some((now.salt, now.hold_out_percent)) {
            first = Some(number);
        }
        before = Some((now.salt, now.hold_out_percent));
    }
    first
}

/// The drawn accounts, and the entries that were not drawn.
pub fn drawn(
    log: &Log<'_>,
    profile: &CompiledProfile,
    since: u64,
    rules: &[Rule],
) -> (Vec<Drawn>, Vec<LeftOut>) {
    let routes = &profile.profile.routes;
    // Where sequencers use the owner's route too, it does not show that the owner alone was informed.
    let owner_alone =
        routes.default != routes.owner && routes.table.iter().all(|row| row.route != routes.owner);
    let mut entries: Vec<&Entry> =
        log.entries.iter().filter(|entry| entry.activation >= since).collect();
    entries.sort_by(|a, b| (a.on, &a.account).cmp(&(b.on, &b.account)));
    let (mut first, mut held) =
        (BTreeMap::<&AccountKey, &Entry>::new(), [BTreeSet::new(), BTreeSet::new()]);
    for entry in entries {
        let is_load = matches!(entry.origin, Origin::Baseline | Origin::ProfileChange);
        if is_load {
            held[0].insert(&entry.account);
        } else if owner_alone && entry.route == routes.owner {
            held[1].insert(&entry.account);
        } else {
            first.entry(&entry.account).or_insert(entry);
        }
    }
    let mut told: BTreeMap<&AccountKey, Vec<&Told>> = BTreeMap::new();
    for one in log.told {
        told.entry(log.families.head(&one.account)).or_default().push(one);
    }
    let drawn = first.values().map(|entry| {
        let family = log.families.head(&entry.account);
        let of_family = told.get(family).map_or(&[][..], |told| told);
        let outcomes = rules.iter().map(|rule| {
            let last = entry.on.plus(rule.days as i32);
            let happened = of_family
                .iter()
                .any(|one| one.outcome == rule.outcome && entry.on <= one.on && one.on <= last);
            // All that entered on a day count together, once the window of each is over.
            (log.upto > last).then_some(f64::from(u8::from(happened)))
        });
        Drawn {
            family: family.to_string(),
            draw: log.draws.get(&entry.account).unwrap_or(&entry.account).to_string(),
            arm: usize::from(entry.arm == Arm::Treatment),
            outcomes: outcomes.collect(),
            before: Some(entry.fit_points),
        }
    });
    let not_drawn = held.map(|held| held.iter().filter(|a| !first.contains_key(*a)).count() as u64);
    let why = [
        "entered by a first load or a change of the profile alone, which goes to the digest",
        "customers and open opportunities, of which the owner alone is informed",
    ];
    let left_out = not_drawn.into_iter().zip(why).filter(|(n, _)| *n > 0);
    let left_out = left_out.map(|(n, why)| LeftOut { why: why.to_owned(), account_count: n });
    (drawn.collect(), left_out.collect())
}
