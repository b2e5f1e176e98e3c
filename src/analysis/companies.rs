//! Companies folded from records by the core, without a log: a Series B changes the stage, a headcount
//! report the size, exactly as in an imported history.

use crate::domain::account::input::{Input, LogPosition};
use crate::domain::account::state::AccountState;
use crate::domain::account::step::{step, wake};
use crate::domain::account::world::World;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{DAY_MS, Day, Timestamp};

/// A record with the earliest time at which it was known.
#[derive(Clone, Debug)]
pub struct Record {
    pub account: AccountKey,
    pub input: Input,
    pub known_at: Timestamp,
}

/// The state of each account on a day.
#[derive(Clone, Debug)]
pub struct Companies {
    pub on: Day,
    /// Sorted by account.
    pub accounts: Vec<(AccountKey, AccountState)>,
}

/// The states at the end of the day `on`, without records that became known later. `None`: the
/// last day of the records.
pub fn fold(mut records: Vec<Record>, on: Option<Day>) -> Companies {
    let last = records.iter().map(|record| record.known_at.day()).max().unwrap_or_default();
    let on = on.unwrap_or(last);
    // The end of the day: records of the day itself count.
    let end = Timestamp(on.start().0 + DAY_MS - 1);
    records.retain(|record| record.known_at <= end);
    // Stable: records of the same time keep the order in which they were read.
    records.sort_by(|a, b| (&a.account, a.known_at).cmp(&(&b.account, b.known_at)));
    let world = World::default();
    let mut accounts: Vec<(AccountKey, AccountState)> = Vec::new();
    for (offset, record) in (0..).zip(&records) {
        // A history has no time before 1970.
        let time = Timestamp(record.known_at.0.max(1));
        let at = LogPosition { partition: 0, offset, time };
        if accounts.last().is_none_or(|(account, _)| *account != record.account) {
            let fresh = AccountState::new(-1, time.day());
            accounts.push((record.account.clone(), fresh));
        }
        let Some((account, state)) = accounts.last_mut() else { continue };
        // No decisions without a profile, and no inputs for others without a merge.
        step(&world, account, state, &record.input, at);
    }
    let mut companies = Companies { on, accounts };
    companies.wake(end);
    companies
}

impl Companies {
    /// Advances every account to the time.
    fn wake(&mut self, time: Timestamp) {
        let world = World::default();
        for (account, state) in &mut self.accounts {
            let at = LogPosition { partition: 0, offset: state.offset, time };
            wake(&world, account, state, at);
        }
    }

    /// The accounts of a log as of `on`.
    pub fn of_log(mut accounts: Vec<(AccountKey, AccountState)>, on: Day) -> Companies {
        accounts.sort_by(|a, b| a.0.cmp(&b.0));
        let mut companies = Companies { on, accounts };
        companies.wake(on.start());
        companies
    }
}
