//! Which accounts have to be looked at without an input of their own: those whose date has come,
//! and those that have not applied the last broadcast yet. What a batch changed is undone by an
//! abort.

use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Day;
use std::collections::BTreeSet;

pub const NEVER: Day = Day(i32::MAX);

#[derive(Debug, Default)]
pub struct Timers {
    due: BTreeSet<(Day, AccountKey)>,
    /// Accounts that have not applied the last broadcast, in order of key.
    sweep: BTreeSet<AccountKey>,
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    Due { account: AccountKey, from: Day, to: Day },
    Swept(AccountKey),
    SweepBefore(BTreeSet<AccountKey>),
}

impl Timers {
    /// Of a partition that has been restored.
    pub fn new(due: Vec<(Day, AccountKey)>, sweep: BTreeSet<AccountKey>) -> Timers {
        // From a list a set is built at once, which takes a fraction of the time.
        Timers { due: due.into_iter().collect(), sweep, undo: Vec::new() }
    }

    /// Moves an account's date.
    pub fn reschedule(&mut self, account: &AccountKey, from: Day, to: Day) {
        if from == to {
            return;
        }
        self.place(account, from, to);
        self.undo.push(Undo::Due { account: account.clone(), from, to });
    }

    fn place(&mut self, account: &AccountKey, from: Day, to: Day) {
        if from != NEVER {
            self.due.remove(&(from, account.clone()));
        }
        if to != NEVER {
            self.due.insert((to, account.clone()));
        }
    }

    /// The account has applied every broadcast.
    pub fn swept(&mut self, account: &AccountKey) {
        if self.sweep.remove(account) {
            self.undo.push(Undo::Swept(account.clone()));
        }
    }

    /// A broadcast came: every one of these accounts has to apply it.
    pub fn begin_sweep(&mut self, accounts: BTreeSet<AccountKey>) {
        let before = std::mem::replace(&mut self.sweep, accounts);
        self.undo.push(Undo::SweepBefore(before));
    }

    /// At most `most` accounts to look at on `today`: first those to sweep, in order of key, then
    /// those due, in order of date and key. The order is the log's alone, so that every instance
    /// and the audit choose alike.
    pub fn take(&self, today: Day, most: usize) -> Vec<AccountKey> {
        let mut taken: Vec<AccountKey> = self.sweep.iter().take(most).cloned().collect();
        let due = self.due.iter().take_while(|(day, _)| *day <= today);
        let due = due.map(|(_, account)| account).filter(|a| !self.sweep.contains(*a));
        taken.extend(due.take(most - taken.len()).cloned());
        taken
    }

    pub fn is_sweeping(&self) -> bool {
        !self.sweep.is_empty()
    }

    pub fn sweep_left(&self) -> usize {
        self.sweep.len()
    }

    /// The first date there is.
    pub fn first_due(&self) -> Option<Day> {
        self.due.first().map(|(day, _)| *day)
    }

    pub fn commit(&mut self) {
        self.undo.clear();
    }

    pub fn abort(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Due { account, from, to } => self.place(&account, to, from),
                Undo::Swept(account) => {
                    self.sweep.insert(account);
                }
                Undo::SweepBefore(before) => self.sweep = before,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> AccountKey {
        AccountKey::parse(name).unwrap()
    }

    #[test]
    fn an_abort_undoes_in_reverse() {
        let mut timers = Timers::default();
        timers.reschedule(&key("a.com"), NEVER, Day(3));
        timers.begin_sweep(BTreeSet::from([key("a.com"), key("b.com")]));
        timers.commit();

        timers.reschedule(&key("a.com"), Day(3), Day(5));
        timers.reschedule(&key("a.com"), Day(5), NEVER);
        timers.swept(&key("a.com"));
        timers.begin_sweep(BTreeSet::from([key("c.com")]));
        timers.abort();

        assert_eq!(timers.first_due(), Some(Day(3)));
        assert_eq!(timers.take(Day(9), 10), [key("a.com"), key("b.com")]);
    }

    #[test]
    fn sweeps_come_first_and_nobody_twice() {
        let mut timers = Timers::default();
        for (name, day) in [("a.com", 4), ("b.com", 2), ("c.com", 9)] {
            timers.reschedule(&key(name), NEVER, Day(day));
        }
        timers.begin_sweep(BTreeSet::from([key("a.com"), key("z.com")]));
        assert_eq!(timers.take(Day(5), 10), [key("a.com"), key("z.com"), key("b.com")]);
        assert_eq!(timers.take(Day(5), 1), [key("a.com")]);
    }
}
