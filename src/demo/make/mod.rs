//! The generator: realistic companies and signals, from a seed.
//!
//! An endless sequence of records in order of time, the same for the same seed and number of companies.
//! Most records are everyday noise, with a skewed share for each company; some companies have a
//! realistic *story* ([`story`], [`trouble`]). Errors of vendors are included: two of them report one
//! event, late or with another amount; they announce events that never happen, retract reports, and
//! send invalid records.
//!
//! It uses no log, no codec and no clock.

mod craft;
mod firm;
mod jobs;
mod names;
mod noise;
mod press;
mod story;
#[cfg(test)]
mod tests;
mod trouble;

pub use firm::{Firm, Known, Role};

use crate::domain::account::input::{Broadcast, Input};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{DAY_MS, Day, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};

/// The parameters that determine the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recipe {
    pub seed: u64,
    pub companies: usize,
}

/// The first day of the demo's calendar: 2026-01-05, a Monday.
pub const FIRST_DAY: Day = Day(20_458);

/// A record to write.
#[derive(Clone, Debug)]
pub struct Made {
    pub time: Timestamp,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// A record for the account's partition.
    Account { account: AccountKey, input: Input },
    /// A record for every partition.
    Broadcast(Broadcast),
    /// A tick at the start of a day for every partition: a history topic has no clock.
    Tick,
    /// An invalid record.
    Spoilt { account: AccountKey, input: Input, how: Spoil },
}

/// What is wrong with an invalid record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoil {
    RandomBytes(Vec<u8>),
    WrongSchemaId,
    Truncated,
    /// Its key is not an account key.
    WrongKey,
    /// A tombstone.
    Empty,
}

/// Generates the records, without end.
pub struct Maker {
    rng: ChaCha8Rng,
    firms: Vec<Firm>,
    /// Cumulative share of signals by company.
    shares: Vec<u64>,
    day: Day,
    planned: BTreeMap<Day, Vec<What>>,
    today: VecDeque<Made>,
    serial: u64,
    /// Everyday signals that are due, in 365ths; the number per year is fixed for each company.
    owed: usize,
    stories_owed: usize,
}

/// Everyday signals per company and year.
const NOISE_A_YEAR: usize = 7;
/// Stories per hundred companies and year.
const STORIES_A_YEAR: usize = 70;

impl Maker {
    pub fn new(recipe: Recipe) -> Maker {
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
        let companies = recipe.companies.max(1);
        let firms: Vec<Firm> = (0..companies).map(|index| Firm::make(index, &mut rng)).collect();
        let mut sum = 0;
        let shares = (0..companies)
            .map(|_| {
                // Zipf's law over random ranks: a few companies are in the news every week.
                sum += 100_000 / (1 + rng.random_range(0..companies as u64)).min(2_000) + 20;
                sum
            })
            .collect();
        let mut maker = Maker {
            rng,
            firms,
            shares,
            day: FIRST_DAY,
            planned: BTreeMap::new(),
            today: VecDeque::new(),
            serial: 0,
            owed: 0,
            stories_owed: 0,
        };
        maker.first_dump();
        maker
    }

    /// The companies of the sequence.
    pub fn firms(&self) -> &[Firm] {
        &self.firms
    }

    fn plan_what(&mut self, on: Day, what: What) {
        self.planned.entry(on.max(self.day)).or_default().push(what);
    }

    /// Adds all records of one day, in order of time.
    fn live_through_a_day(&mut self) {
        let today = self.day;
        self.owed += self.firms.len() * NOISE_A_YEAR;
        while self.owed >= 365 {
            self.owed -= 365;
            self.everyday();
        }
        self.stories_owed += self.firms.len() * STORIES_A_YEAR;
        while self.stories_owed >= 36_500 {
            self.stories_owed -= 36_500;
            self.begin_a_story();
        }
        self.market(today);
        let planned = self.planned.remove(&today).unwrap_or_default();
        let start = today.start().0;
        self.today.push_back(Made { time: Timestamp(start), what: What::Tick });
        let (open, close) = (DAY_MS / 4, DAY_MS * 11 / 12);
        let mut times: Vec<i64> =
            planned.iter().map(|_| start + self.rng.random_range(open..close)).collect();
        times.sort_unstable();
        for (what, time) in planned.into_iter().zip(times) {
            self.today.push_back(Made { time: Timestamp(time), what: stamped(what, time) });
        }
        self.day = today.next();
    }

    /// A random company, weighted by its share of signals.
    fn someone(&mut self) -> usize {
        let total = self.shares.last().copied().unwrap_or(1);
        let at = self.rng.random_range(0..total);
        self.shares.partition_point(|sum| *sum <= at).min(self.firms.len() - 1)
    }
}

impl Iterator for Maker {
    type Item = Made;

    fn next(&mut self) -> Option<Made> {
        while self.today.is_empty() {
            self.live_through_a_day();
        }
        self.today.pop_front()
    }
}

/// Sets the time of observation to the time of the report.
fn stamped(mut what: What, time: i64) -> What {
    if let What::Account { input: Input::Signal(signal), .. } = &mut what
        && signal.observed_at == Timestamp(0)
    {
        signal.observed_at = Timestamp(time);
    }
    what
}

fn pick<T: Copy>(among: &[T], rng: &mut ChaCha8Rng) -> T {
    among[rng.random_range(0..among.len())]
}
