//! Aliases of several accounts, which several instances write, made and undone while what the
//! accounts send each other is on its way: every input counts in exactly one account, and an undo
//! gives back exactly.

use super::logs::{BEGIN, Draft, Said, put_together, said};
use super::merge::{bare, differing};
use crate::fold::{Entry, Network};
use buymode::domain::account::input::{Input, SuppressionChange};
use buymode::domain::account::standing::Standing;
use buymode::domain::account::state::AccountState;
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::domain::terms::time::{DAY_MS, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

const A: &str = "a.com";
const B: &str = "b.com";
const C: &str = "c.com";
/// A CRM's deals: aliases of the companies, and one of another deal.
const DEALS: [(&str, &str); 4] =
    [("deal:1", A), ("deal:2", A), ("deal:3", B), ("deal:4", "deal:1")];
const KEYS: [&str; 7] = [A, B, C, "deal:1", "deal:2", "deal:3", "deal:4"];

/// What a writer writes.
#[derive(Clone, Debug)]
enum Act {
    Merge(u128, &'static str, &'static str),
    Undo(u128, &'static str, &'static str),
    Input(&'static str, Input),
}

/// Which writer is next, how many transfers are read after it, and whose first.
type Schedule = Vec<(usize, u8, usize)>;

fn schedules() -> impl Strategy<Value = Schedule> {
    prop::collection::vec((0..8_usize, 0..5_u8, any::<usize>()), 24)
}

/// Signals, each to one of the accounts.
fn reports() -> impl Strategy<Value = Vec<(&'static str, Input)>> {
    prop::collection::vec((said(), prop::sample::select(&KEYS[..])), 1..9).prop_map(|reports| {
        let alone =
            |r: &Said| Said { supersedes: None, retells: None, ago: r.ago.min(300), ..r.clone() };
        let drafts: Vec<_> = reports.iter().map(|(r, _)| (0, Draft::Signal(alone(r)))).collect();
        let inputs = put_together(&drafts).into_iter().filter_map(|record| match record.entry {
            Entry::Input(input) => Some(input),
            _ => None,
        });
        reports.iter().map(|(_, key)| *key).zip(inputs).collect()
    })
}

fn signals(reports: &[(&'static str, Input)]) -> Vec<Act> {
    reports.iter().map(|(key, input)| Act::Input(key, input.clone())).collect()
}

/// The writers take turns, each in its own order, once `before` has settled.
fn play(before: &[(&str, &str)], writers: Vec<Vec<Act>>, schedule: &Schedule) -> Network {
    let mut net = Network::new(&KEYS, BEGIN);
    let time = BEGIN.start();
    for (n, (alias, account)) in before.iter().enumerate() {
        net.merge(10 + n as u128, alias, account, time);
        net.deliver_all();
    }
    let mut writers: Vec<VecDeque<Act>> = writers.into_iter().map(VecDeque::from).collect();
    let mut turns = schedule.iter().cycle();
    while writers.iter().any(|acts| !acts.is_empty()) {
        let (writer, lag, choice) = turns.next().expect("it goes round");
        let busy: Vec<_> = writers.iter_mut().filter(|acts| !acts.is_empty()).collect();
        let count = busy.len();
        let act = busy.into_iter().nth(writer % count).and_then(VecDeque::pop_front);
        match act.expect("it has one") {
            Act::Merge(id, alias, account) => net.merge(id, alias, account, time),
            Act::Undo(id, alias, account) => net.undo(id, alias, account, time),
            Act::Input(key, input) => net.read(key, time, &Entry::Input(input)),
        }
        for _ in 0..*lag {
            net.deliver(*choice);
        }
    }
    net.deliver_all();
    net
}

/// Where each report is. It counts in exactly one account, and in no other.
fn places(
    net: &Network,
    reports: &[(&'static str, Input)],
) -> Result<Vec<&'static str>, TestCaseError> {
    prop_assert!(net.dead.is_empty(), "handed on too often: {:?}", net.dead);
    let mut found = BTreeMap::<SignalId, Vec<&'static str>>::new();
    for key in KEYS {
        let state = &net.fold(key).state;
        prop_assert!(!state.awaits_return(), "{key} waits for ever");
        let told = state.evidence.iter().flat_map(|e| e.reports());
        told.for_each(|r| found.entry(r.id).or_default().push(key));
    }
    let mut places = Vec::new();
    for (key, input) in reports {
        let [place] = found.remove(&input.id()).unwrap_or_default()[..] else {
            return Err(TestCaseError::fail(format!("a report of {key} is not in one account")));
        };
        places.push(place);
    }
    prop_assert!(found.is_empty(), "{found:?}");
    Ok(places)
}

fn refused(net: &Network) -> Vec<&String> {
    net.folds.values().flat_map(|fold| &fold.refused).collect()
}

/// The account at the end of the chain.
fn root(aliases: &BTreeMap<&str, &'static str>, account: &'static str) -> &'static str {
    std::iter::successors(Some(account), |at| aliases.get(at).copied()).last().unwrap_or(account)
}

fn key(name: &str) -> AccountKey {
    name.to_owned().try_into().unwrap()
}

/// Each account that is an alias is a member of its root, and of no other; under the account it names.
fn stands(net: &Network, aliases: &BTreeMap<&str, &'static str>) -> Result<(), TestCaseError> {
    for account in KEYS {
        let state: &AccountState = &net.fold(account).state;
        let root = root(aliases, account);
        let holder = state.moved_to().map_or(account, AccountKey::as_str);
        prop_assert_eq!(holder, root, "{}", account);
        for other in KEYS.into_iter().filter(|other| *other != account) {
            let member = net.fold(other).state.member(&key(account));
            let under = member.map(|m| m.under.as_str());
            prop_assert_eq!(under, aliases.get(account).copied().filter(|_| other == root));
        }
    }
    Ok(())
}

/// As if there had been no other aliases than `left`.
fn is_as_alone(
    net: &Network,
    left: &[(&str, &str)],
    reports: &[(&'static str, Input)],
) -> Result<(), TestCaseError> {
    let alone = play(left, vec![signals(reports)], &vec![(0, 4, 0)]);
    for account in KEYS {
        let strip = |net: &Network| {
            let mut state = bare(net, account, true);
            if let Standing::MovedTo { request, .. } = &mut state.standing {
                *request = SignalId::nil();
            }
            if let Some(all) = &mut state.ledgers {
                for ledger in std::iter::once(&mut all.own)
                    .chain(all.members.iter_mut().map(|m| &mut m.ledger))
                {
                    ledger.tombstones.clear();
                    ledger.company.version = 0;
                }
                state.tombstones.clear();
            }
            state
        };
        prop_assert_eq!(differing(&strip(net), &strip(&alone)), None, "{}", account);
    }
    Ok(())
}

/// What a person said once and for all.
fn never(id: u128) -> Input {
    Input::Suppression(SuppressionChange {
        id: SignalId::from_u128(id),
        source: "crm".into(),
        list: SuppressionList::DoNotContact,
        active: true,
        reason: None,
        owner: None,
        until: None,
        stated_on: None,
    })
}

proptest! {
    #![proptest_config(super::cases(300))]

    /// `a` of `b` and `b` of `c`, with the deals of both, in any order, and undone in any order.
    #[test]
    fn two_writers_make_and_undo_aliases_in_any_order(
        reports in reports(),
        undone in any::<[bool; 2]>(),
        settled in any::<[bool; 2]>(),
        schedule in schedules(),
    ) {
        let mut before = DEALS.to_vec();
        let mut writers = vec![signals(&reports)];
        for (n, (alias, account)) in [(A, B), (B, C)].into_iter().enumerate() {
            let id = 100 * (1 + n as u128);
            let mut acts = Vec::new();
            if settled[n] {
                before.push((alias, account));
            } else {
                acts.push(Act::Merge(id, alias, account));
            }
            if undone[n] {
                acts.push(Act::Undo(id + 1, alias, account));
            }
            writers.push(acts);
        }
        let net = play(&before, writers, &schedule);
        let places = places(&net, &reports)?;
        let mut aliases = BTreeMap::from(DEALS);
        if !undone[1] {
            aliases.insert(B, C);
        }
        // What names an account that leaves at that moment may be refused.
        let refused = refused(&net);
        prop_assert!(undone[1] || refused.is_empty(), "{:?}", refused);
        if !undone[0] && refused.is_empty() {
            aliases.insert(A, B);
        }
        stands(&net, &aliases)?;
        for ((key, _), place) in reports.iter().zip(places) {
            prop_assert_eq!(place, root(&aliases, key), "told to {}", key);
        }
        let mut left = DEALS.to_vec();
        left.extend([(A, B), (B, C)].into_iter().filter(|(alias, _)| aliases.contains_key(alias)));
        is_as_alone(&net, &left, &reports)?;
    }

    /// Each asks for its data while the other's is on its way.
    #[test]
    fn accounts_that_are_undone_at_once_settle(reports in reports(), schedule in schedules()) {
        let before: Vec<_> = DEALS.into_iter().chain([(A, B), (B, C)]).collect();
        let undo = |(n, (alias, account)): (usize, &(&'static str, &'static str))| {
            vec![Act::Undo(100 + n as u128, alias, account)]
        };
        let mut writers: Vec<_> = before.iter().enumerate().map(undo).collect();
        writers.push(signals(&reports));
        let net = play(&before, writers, &schedule);
        let places = places(&net, &reports)?;
        prop_assert!(refused(&net).is_empty());
        stands(&net, &BTreeMap::new())?;
        for ((key, _), place) in reports.iter().zip(places) {
            prop_assert_eq!(place, *key);
        }
        is_as_alone(&net, &[], &reports)?;
    }

    /// A source repeats it with every record, also while the data is on its way; a person may add it
    /// again, at once.
    #[test]
    fn a_vendors_alias_that_a_person_removed_stays_removed(
        reports in reports(),
        again in any::<bool>(),
        schedule in schedules(),
    ) {
        let mut person = vec![Act::Undo(100, A, B)];
        if again {
            person.push(Act::Merge(101, A, C));
        }
        let before: Vec<_> = DEALS.into_iter().chain([(B, C)]).collect();
        let mut all = before.clone();
        all.push((A, B));
        // The vendor was first: its alias has the id that it repeats.
        let vendors = 10 + before.len() as u128;
        let writers = vec![vec![Act::Merge(vendors, A, B); 5], person, signals(&reports)];
        let net = play(&all, writers, &schedule);
        let places = places(&net, &reports)?;
        prop_assert!(refused(&net).is_empty(), "{:?}", refused(&net));
        let mut aliases = BTreeMap::from_iter(before);
        if again {
            aliases.insert(A, C);
        }
        stands(&net, &aliases)?;
        for ((key, _), place) in reports.iter().zip(places) {
            prop_assert_eq!(place, root(&aliases, key));
        }
    }

    /// Aliases in a chain, in a circle, both ways, into itself, undone in between, in any order:
    /// every report is still somewhere, and somewhere only once; and what people said holds.
    #[test]
    fn no_tangle_of_aliases_loses_evidence(
        reports in prop::collection::vec((said(), 0..4_usize), 1..8),
        asked in prop::collection::vec((0..4_usize, 0..4_usize, any::<bool>(), 0..9_usize), 1..9),
        lag in prop::collection::vec((0..4_u8, any::<usize>()), 9),
        no in (0..4_usize, 0..9_usize),
    ) {
        const KEYS: [&str; 4] = [A, B, C, "d.com"];
        let alone = |r: &Said| Draft::Signal(Said { supersedes: None, retells: None, ago: r.ago.min(300), ..r.clone() });
        let log = put_together(&reports.iter().map(|(r, _)| (0, alone(r))).collect::<Vec<_>>());
        let mut net = Network::new(&KEYS, BEGIN);
        for place in 0..9 {
            let time = Timestamp(BEGIN.start().0 + place as i64);
            for (n, (from, to, undo, _)) in asked.iter().enumerate().filter(|(_, a)| a.3 == place) {
                let id = 100 + n as u128;
                if *undo {
                    net.undo(id, KEYS[*from], KEYS[*to], time);
                } else {
                    net.merge(id, KEYS[*from], KEYS[*to], time);
                }
            }
            if place == no.1 {
                net.read(KEYS[no.0], time, &Entry::Input(never(900)));
            }
            if let Some(record) = log.get(place) {
                net.read(KEYS[reports[place].1], time, &record.entry);
            }
            for _ in 0..lag[place].0 {
                net.deliver(lag[place].1);
            }
        }
        net.deliver_all();
        let end = Timestamp(BEGIN.start().0 + DAY_MS / 2);
        net.read(KEYS[0], end, &Entry::Tick);
        let everywhere = KEYS.iter().flat_map(|k| &net.fold(k).state.evidence);
        let mut found: Vec<SignalId> =
            everywhere.flat_map(|e| e.reports()).map(|r| r.id).chain(net.dead.clone()).collect();
        let heard = KEYS.iter().any(|k| !net.fold(k).state.suppressions.is_empty());
        prop_assert!(heard || found.contains(&never(900).id()), "nobody has heard");
        found.retain(|id| *id != never(900).id());
        prop_assert!(net.dead.is_empty(), "handed on too often: {:?}", net.dead);
        found.sort_unstable();
        let mut sent: Vec<SignalId> = log.iter().filter_map(|r| match &r.entry {
            Entry::Input(Input::Signal(s)) => Some(s.id),
            _ => None,
        }).collect();
        sent.sort_unstable();
        prop_assert_eq!(found, sent);
        for key in KEYS {
            let state = &net.fold(key).state;
            prop_assert!(!state.awaits_return(), "{} waits for ever", key);
            prop_assert!(state.moved_to().is_none() || state.evidence.is_empty(), "{} keeps some", key);
        }
    }
}
