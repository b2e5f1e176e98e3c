//! How fast the demo's calendar runs.

use std::time::Duration;

const DAYS_A_YEAR: u64 = 365;
/// Approximate number of records per company and year.
const SIGNALS_A_YEAR: u64 = 15;

/// How fast records are written, and so how fast the demo's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Signals {
        per_second: u32,
    },
    /// Days of the demo's calendar.
    Days {
        per_second: u32,
    },
    /// As fast as the worker folds them.
    Max,
}

impl Pace {
    /// Thousandths of a signal per second; `None`: as many as possible.
    pub(super) fn signals_milli(self, companies: usize) -> Option<u64> {
        match self {
            Pace::Signals { per_second } => Some(u64::from(per_second) * 1_000),
            Pace::Days { per_second } => {
                Some((u64::from(per_second) * signals_a_day_milli(companies)).max(1))
            }
            Pace::Max => None,
        }
    }

    /// Days of the demo's calendar in a second, about; `None`: as many as possible.
    pub(super) fn days(self, companies: usize) -> Option<u64> {
        let milli = self.signals_milli(companies)?;
        Some((milli / signals_a_day_milli(companies).max(1)).max(1))
    }
}

fn signals_a_day_milli(companies: usize) -> u64 {
    companies as u64 * SIGNALS_A_YEAR * 1_000 / DAYS_A_YEAR
}

/// The number of signals that are due `elapsed` after the start.
pub(super) fn due(signals_milli: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    milliseconds.saturating_mul(signals_milli) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_count_days_and_signals_alike() {
        let companies = 730;
        let slow = Pace::Days { per_second: 2 };
        assert_eq!(slow.signals_milli(companies), Some(60_000));
        assert_eq!(slow.days(companies), Some(2));
        assert_eq!(Pace::Signals { per_second: 60 }.days(companies), Some(2));
        assert_eq!(due(60_000, Duration::from_millis(1_500)), 90);
        assert_eq!(Pace::Max.days(companies), None);
    }

    #[test]
    fn should_go_on_however_few_companies_there_are() {
        let slow = Pace::Days { per_second: 1 }.signals_milli(1).unwrap();
        assert!(due(slow, Duration::from_secs(60)) > 0);
    }
}
