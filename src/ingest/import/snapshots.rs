//! Which rows the last snapshot of each rule held, in earlier imports or in this one, and which of
//! them the next snapshot lacks. Rows are known by digests of their keys; what they say is read
//! again, from its file or from the sources topic, where it is gone.
//!
//! Memory: 41 bytes a row of the last snapshot, in a hash set that is between 7/16 and 7/8 full.

use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_128;

/// Fewer rows may vanish together, however many there were.
const GONE_MIN: u64 = 10;

/// Where a row is in no topic: in a file of this import.
const IN_FILE: i64 = -1;
const NO_ACCOUNT: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct Snapshots {
    rules: BTreeMap<usize, Rule>,
    accounts: Vec<AccountKey>,
    numbers: HashMap<AccountKey, u32>,
}

#[derive(Default)]
struct Rule {
    alive: HashMap<u128, Alive>,
    /// The last snapshot that was imported whole.
    whole: Option<Timestamp>,
    /// Of the current snapshot: the rows that the one before held too; `None` without a row.
    still: Option<u64>,
}

#[derive(Clone, Copy)]
struct Alive {
    snapshot: Timestamp,
    /// The offset in the topic, or [`IN_FILE`].
    place: i64,
    account: u32,
    former: u32,
}

/// What a row of a snapshot is to the snapshots before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    First,
    /// A second row of the same key in this import's snapshot.
    Again,
    /// Its snapshot is older than this one, which was imported before.
    Older(Timestamp),
}

/// Rows of one rule that the next snapshot lacks.
pub(super) struct Gone {
    pub rule: usize,
    /// The snapshots of this import that they were in.
    pub in_files: BTreeSet<Timestamp>,
    pub keys: HashSet<u128>,
    /// The others, by their offsets in the topic.
    pub in_topic: BTreeSet<i64>,
}

/// More rows vanished than a snapshot loses that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    pub rule: usize,
    pub gone: u64,
    pub before: u64,
}

pub(super) fn digest(key: &str) -> u128 {
    xxh3_128(key.as_bytes())
}

impl Snapshots {
    /// A row of an earlier import, at this offset; a later one of the same key replaces it.
    pub(super) fn known(
        &mut self,
        rule: usize,
        key: &str,
        snapshot: Timestamp,
        place: i64,
        [account, former]: [Option<AccountKey>; 2],
    ) {
        let (account, former) = (self.number(account), self.number(former));
        let alive = Alive { snapshot, place, account, former };
        self.rules.entry(rule).or_default().alive.insert(digest(key), alive);
    }

    /// An earlier import closed the row.
    pub(super) fn forget(&mut self, rule: usize, key: &str) {
        self.rules.entry(rule).or_default().alive.remove(&digest(key));
    }

    /// An earlier import took this snapshot whole.
    pub(super) fn whole(&mut self, rule: usize, snapshot: Timestamp) {
        let whole = &mut self.rules.entry(rule).or_default().whole;
        *whole = (*whole).max(Some(snapshot));
    }

    pub(super) fn note(&mut self, rule: usize, key: &str, snapshot: Timestamp) -> Noted {
        let rule = self.rules.entry(rule).or_default();
        if let Some(whole) = rule.whole.filter(|whole| *whole > snapshot) {
            return Noted::Older(whole);
        }
        let still = rule.still.get_or_insert(0);
        let now = Alive { snapshot, place: IN_FILE, account: NO_ACCOUNT, former: NO_ACCOUNT };
        match rule.alive.entry(digest(key)) {
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(now);
            }
            std::collections::hash_map::Entry::Occupied(mut known) => {
                let Alive { account, former, .. } = *known.get();
                if (known.get().snapshot, known.get().place) == (snapshot, IN_FILE) {
                    return Noted::Again;
                }
                known.insert(Alive { account, former, ..now });
                *still += 1;
            }
        }
        Noted::First
    }

    /// The account that a noted row is about now, and the one before where it was another.
    pub(super) fn about(&mut self, rule: usize, key: &str, account: &AccountKey) -> Moved {
        let number = self.number(Some(account.clone()));
        let rule = self.rules.entry(rule).or_default();
        let Some(alive) = rule.alive.get_mut(&digest(key)) else { return Moved::default() };
        let is_new = alive.account != NO_ACCOUNT && alive.account != number;
        if is_new {
            alive.former = alive.account;
        }
        alive.account = number;
        let former = self.accounts.get(alive.former as usize).cloned();
        Moved { former, is_new }
    }

    /// Ends a snapshot. A rule without a row in it was not part of the snapshot, so no row of that
    /// rule is gone.
    pub(super) fn close(
        &mut self,
        snapshot: Timestamp,
        accept_gone: bool,
    ) -> Result<Vec<Gone>, TooMany> {
        let mut all = Vec::new();
        for (number, rule) in &mut self.rules {
            let Some(still) = rule.still.take() else { continue };
            let is_gone = |alive: &Alive| alive.snapshot < snapshot;
            let gone = rule.alive.values().filter(|alive| is_gone(alive)).count() as u64;
            let before = gone + still;
            if !accept_gone && gone >= GONE_MIN && gone * 2 > before {
                return Err(TooMany { rule: *number, gone, before });
            }
            let mut found = Gone {
                rule: *number,
                in_files: BTreeSet::new(),
                keys: HashSet::new(),
                in_topic: BTreeSet::new(),
            };
            rule.alive.retain(|key, alive| {
                match (is_gone(alive), alive.place) {
                    (false, _) => return true,
                    (true, IN_FILE) => {
                        found.in_files.insert(alive.snapshot);
                        found.keys.insert(*key);
                    }
                    (true, offset) => drop(found.in_topic.insert(offset)),
                }
                false
            });
            rule.whole = Some(snapshot);
            all.push(found);
        }
        Ok(all)
    }

    /// Ends a part of a snapshot whose rest is still to come: nothing is gone yet.
    pub(super) fn leave_open(&mut self) {
        self.rules.values_mut().for_each(|rule| rule.still = None);
    }

    fn number(&mut self, account: Option<AccountKey>) -> u32 {
        let Some(account) = account else { return NO_ACCOUNT };
        let next = u32::try_from(self.accounts.len()).unwrap_or(NO_ACCOUNT);
        let Snapshots { accounts, numbers, .. } = self;
        *numbers.entry(account).or_insert_with_key(|account| {
            accounts.push(account.clone());
            next
        })
    }
}

/// Which account a row was about before.
#[derive(Default)]
pub(super) struct Moved {
    pub former: Option<AccountKey>,
    /// This snapshot is the first that names the present one.
    pub is_new: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: i64 = 7 * 86_400_000;

    fn at(week: i64) -> Timestamp {
        Timestamp(week * WEEK)
    }

    /// How many rows of each snapshot are gone from it, in files and in the topic.
    fn gone(all: &mut Snapshots, week: i64, keys: &[&str]) -> (usize, usize) {
        for key in keys {
            assert_eq!(all.note(0, key, at(week)), Noted::First, "{key}");
        }
        let gone = all.close(at(week), false).unwrap();
        gone.iter().fold((0, 0), |sum, gone| (sum.0 + gone.keys.len(), sum.1 + gone.in_topic.len()))
    }

    #[test]
    fn rows_are_gone_once_whichever_import_saw_them_last() {
        let mut all = Snapshots::default();
        all.known(0, "a", at(1), 5, [None, None]);
        all.known(0, "b", at(1), 6, [None, None]);
        all.known(0, "closed", at(0), 1, [None, None]);
        all.forget(0, "closed");
        // Of a later snapshot whose import was killed.
        all.known(0, "later", at(3), 9, [None, None]);
        all.whole(0, at(1));
        assert_eq!(all.note(0, "a", at(0)), Noted::Older(at(1)));
        assert_eq!(gone(&mut all, 2, &["b", "c"]), (0, 1));
        assert_eq!(gone(&mut all, 3, &["later"]), (2, 0));
        assert_eq!(gone(&mut all, 4, &["a"]), (1, 0));
        assert_eq!(gone(&mut all, 5, &[]), (0, 0), "a rule without a row is not in the snapshot");
        assert_eq!(gone(&mut all, 6, &["x"]), (1, 0));
    }

    #[test]
    fn a_snapshot_may_come_in_parts() {
        let mut all = Snapshots::default();
        all.known(0, "a", at(1), 1, [None, None]);
        all.known(0, "b", at(1), 2, [None, None]);
        assert_eq!(all.note(0, "a", at(2)), Noted::First);
        assert_eq!(all.note(0, "a", at(2)), Noted::Again);
        all.leave_open();
        assert_eq!(gone(&mut all, 2, &["c"]), (0, 1), "only b");
    }

    #[test]
    fn more_than_half_do_not_vanish_unless_they_are_accepted() {
        for (before, after, refused) in
            [(20, 10, false), (20, 9, true), (18, 9, false), (9, 0, false), (100, 1, true)]
        {
            let mut all = Snapshots::default();
            for row in 0..before {
                all.known(0, &row.to_string(), at(1), row, [None, None]);
            }
            // A new row does not make up for one that vanished.
            all.note(0, "new", at(2));
            for row in 0..after {
                all.note(0, &row.to_string(), at(2));
            }
            let (gone, before) = ((before - after) as u64, before as u64);
            let expected = TooMany { rule: 0, gone, before };
            let closed = all.close(at(2), false).map(|gone| gone.len());
            assert_eq!(closed, if refused { Err(expected) } else { Ok(1) }, "{before} {after}");
        }
    }

    #[test]
    fn a_new_account_is_noticed_once_and_the_former_kept() {
        let key = |raw: &str| AccountKey::parse(raw).unwrap();
        let mut all = Snapshots::default();
        all.known(0, "a", at(1), 1, [Some(key("old.com")), None]);
        all.note(0, "a", at(2));
        let moved = all.about(0, "a", &key("new.com"));
        assert_eq!((moved.former, moved.is_new), (Some(key("old.com")), true));
        all.note(0, "a", at(3));
        let moved = all.about(0, "a", &key("new.com"));
        assert_eq!((moved.former, moved.is_new), (Some(key("old.com")), false));
    }
}
