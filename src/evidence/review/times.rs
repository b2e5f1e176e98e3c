//! The quarters that are compared: the last whole one, the two last, and the four before.

use crate::domain::terms::time::Day;
use crate::evidence::deals::forecast::quarter;
use crate::evidence::deals::rows::Deals;

/// From one day to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub from: Day,
    pub to: Day,
}

impl Time {
    pub(super) fn holds(&self, day: Option<Day>) -> bool {
        day.is_some_and(|day| day >= self.from && day <= self.to)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub last: Time,
    pub last_two: Time,
    /// Up to four whole quarters before the last; `None` where the export has none.
    pub before: Option<Time>,
    /// Up to four before the last two.
    pub before_two: Option<Time>,
}

/// A quarter is whole if the first deal ended this soon after its beginning.
const SOON_DAYS: i32 = 14;

/// The quarters of the days on which deals ended. A quarter that the export does not have from its beginning is left
/// out: deals are won more often in the last month of one, so that a part of one looks like a change.
pub(super) fn times(deals: &Deals) -> Option<Times> {
    let last = whole(deals.upto)?;
    let first = deals.deals.iter().filter_map(|deal| deal.closed).min()?;
    let mut quarters = vec![last];
    while quarters.len() < 6 {
        let next = whole(quarters[quarters.len() - 1].from.plus(-1))?;
        if first.since(next.from) > SOON_DAYS {
            break;
        }
        quarters.push(next);
    }
    let span = |range: std::ops::Range<usize>| {
        let part = quarters.get(range.start..range.end.min(quarters.len()))?;
        Some(Time { from: part.last()?.from, to: part.first()?.to })
    };
    Some(Times { last, last_two: span(0..2)?, before: span(1..5), before_two: span(2..6) })
}

fn whole(upto: Day) -> Option<Time> {
    quarter(upto).map(|(from, to)| Time { from, to })
}
