//! The story: who hears of what, and which keys become one company and part again.

use super::grounds::Ground;
use crate::pipeline::{company, signal};
use buymode::domain::account::input::{Input, SuppressionChange};
use buymode::domain::evidence::company::{Attribute, Value};
use buymode::domain::evidence::signal::{Event, SignalId};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::SuppressionList;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Companies whose keys hear in turns, so that their decisions do not depend on which partition is
/// read first.
const ORDERLY: Range<u32> = 0..24;
/// All their keys hear of something at any time, also while they become one or part.
pub(super) const UNRULY: Range<u32> = 24..54;
/// Subsidiaries, whose parent has a former name.
const KIN: Range<u32> = 54..60;

/// The vendor's key is an alias of the former name, and that of the site.
const CHAINED: [u32; 1] = [2];

fn key(name: String) -> AccountKey {
    AccountKey::parse(&name).unwrap()
}

/// Where everything of a company comes together.
pub(super) fn site(n: u32) -> AccountKey {
    key(format!("company{n}.com"))
}

/// How a vendor calls it.
pub(super) fn vendors(n: u32) -> AccountKey {
    key(format!("vendor:{n}"))
}

/// Its former name, if it has one.
pub(super) fn former(n: u32) -> Option<AccountKey> {
    (n % 3 == 2).then(|| key(format!("company{n}.io")))
}

fn parent(n: u32) -> AccountKey {
    key(format!("holding{n}.com"))
}

fn former_parent(n: u32) -> AccountKey {
    key(format!("old-holding{n}.com"))
}

/// Of a company that fits; some say whom they belong to.
fn known(n: u32) -> Input {
    let Input::Company(mut update) = company(4 + 3 * (n % 12), 0) else { unreachable!() };
    update.id = SignalId::from_u128(u128::from(n));
    if KIN.contains(&n) {
        update
            .facts
            .push((Attribute::Parent, Value::Names(vec![former_parent(n).as_str().into()])));
        update.facts.sort_by_key(|(attribute, _)| *attribute);
    }
    Input::Company(update)
}

fn keeps_off(n: u32, active: bool) -> Input {
    Input::Suppression(SuppressionChange {
        id: SignalId::from_u128(1_000_000 + u128::from(n) * 2 + u128::from(active)),
        source: "crm".into(),
        list: SuppressionList::DoNotContact,
        active,
        reason: None,
        owner: None,
        until: None,
        stated_on: None,
    })
}

/// What was told, and to which key.
#[derive(Default)]
pub(super) struct Story {
    pub told: Vec<(AccountKey, SignalId)>,
    next: u32,
}

impl Story {
    /// A round on the first day, and later jobs, each in another place: no two are one event.
    fn of(&mut self, account: AccountKey, n: u32, day: i64) -> (AccountKey, Input) {
        self.next += 1;
        let nth = self.next * 2 + u32::from(day > 1);
        let Input::Signal(mut signal) = signal(n, nth, day) else { unreachable!() };
        if let Event::Hiring(job) = &mut signal.event {
            // A number in a place is a postal code, which does not make another town.
            let name = |digit: u8| char::from(b'a' + (digit - b'0') * 2);
            let town: String = nth.to_string().bytes().map(name).collect();
            job.place = Some(town.into());
        }
        self.told.push((account.clone(), signal.id));
        (account, Input::Signal(signal))
    }

    fn keys(&mut self, companies: Range<u32>, day: i64) -> Vec<(AccountKey, Input)> {
        let keys = |n| [Some((vendors(n), n)), former(n).map(|key| (key, n))];
        let keys = companies.flat_map(keys).flatten();
        keys.map(|(key, n)| self.of(key, n, day)).collect()
    }

    fn sites(&mut self, companies: Range<u32>, day: i64) -> Vec<(AccountKey, Input)> {
        companies.map(|n| self.of(site(n), n, day)).collect()
    }

    fn unruly(&mut self, day: i64) -> Vec<(AccountKey, Input)> {
        let mut both = self.keys(UNRULY, day);
        both.extend(self.sites(UNRULY, day));
        // Neighbours are of different companies, and the keys of one are mixed.
        both.sort_by_key(|(_, input)| input.id());
        both
    }

    /// Up to where every alias holds.
    pub(super) fn together(&mut self, ground: &mut dyn Ground, file: &str) {
        let companies = ORDERLY.start..KIN.end;
        let companies: Vec<_> = companies.map(|n| (site(n), known(n))).collect();
        ground.write(0, &companies);
        let mut inputs = self.keys(ORDERLY, 1);
        inputs.extend(self.unruly(1));
        inputs.extend(self.sites(KIN, 1));
        ground.write(1, &inputs);
        let mut inputs = self.sites(ORDERLY, 2);
        inputs.extend(self.sites(KIN, 2));
        inputs.extend(self.unruly(2));
        ground.write(2, &inputs);
        let more: Vec<_> = (0..6).flat_map(|_| self.unruly(2)).collect();
        let all = aliases();
        let chained = all.iter().filter(|(alias, _)| is_chained(alias)).rev();
        let add = |(alias, account): (&AccountKey, &AccountKey)| {
            vec!["add".to_owned(), alias.to_string(), account.to_string()]
        };
        let mut calls: Vec<_> = chained.map(add).collect();
        calls.push(vec!["import".to_owned(), file.to_owned()]);
        ground.meanwhile(&calls, 2, &more);
        ground.settle();
        let mut inputs = self.keys(ORDERLY, 3);
        let again = inputs.clone();
        inputs.extend(self.unruly(3));
        ground.write(3, &inputs);
        ground.settle();
        let mut inputs = self.sites(ORDERLY, 4);
        inputs.extend(self.unruly(4));
        inputs.extend(KIN.map(|n| (former_parent(n), keeps_off(n, true))));
        ground.write(4, &inputs);
        ground.settle();
        // A vendor that sends it all again.
        ground.write(5, &again);
        ground.settle();
    }

    /// And some were a mistake.
    pub(super) fn apart(&mut self, ground: &mut dyn Ground) {
        let more: Vec<_> = (0..4).flat_map(|_| self.unruly(6)).collect();
        let mistaken = mistaken();
        let remove = |alias: &AccountKey| vec!["remove".to_owned(), alias.to_string()];
        let removals: Vec<_> = mistaken.iter().map(remove).collect();
        ground.meanwhile(&removals, 6, &more);
        ground.settle();
        let mut inputs = self.keys(ORDERLY, 7);
        inputs.extend(self.unruly(7));
        ground.write(7, &inputs);
        ground.settle();
        let mut inputs = self.sites(ORDERLY, 8);
        inputs.extend(KIN.map(|n| (former_parent(n), keeps_off(n, false))));
        ground.write(8, &inputs);
        ground.settle();
    }
}

/// Every alias, and what of.
pub(super) fn aliases() -> BTreeMap<AccountKey, AccountKey> {
    let of = |n| match former(n) {
        Some(former) if CHAINED.contains(&n) => {
            vec![(vendors(n), former.clone()), (former, site(n))]
        }
        Some(former) => vec![(vendors(n), site(n)), (former, site(n))],
        None => vec![(vendors(n), site(n))],
    };
    let companies = (ORDERLY.start..UNRULY.end).flat_map(of);
    companies.chain(KIN.map(|n| (former_parent(n), parent(n)))).collect()
}

/// Told one by one: what is in one file has one account, and is no chain.
fn is_chained(alias: &AccountKey) -> bool {
    CHAINED.iter().any(|n| *alias == vendors(*n) || Some(alias) == former(*n).as_ref())
}

pub(super) fn file(folder: &Path) -> String {
    let file = folder.join("aliases.csv");
    let aliases = aliases().into_iter().filter(|(alias, _)| !is_chained(alias));
    let lines = aliases.map(|(alias, account)| format!("{alias},{account}\n"));
    std::fs::write(&file, format!("alias,account\n{}", lines.collect::<String>())).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Aliases that are removed again: a vendor's key, a name to which one belongs, a parent's.
pub(super) fn mistaken() -> Vec<AccountKey> {
    let former = |n| former(n).unwrap();
    vec![vendors(0), former(2), former(26), former_parent(54)]
}
