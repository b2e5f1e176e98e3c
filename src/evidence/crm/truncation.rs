//! Left truncation: outcomes that begin later than the records do, as when a CRM was introduced, or an export
//! begins with a day of closing. Early records then seem never to be won.

use super::days::Deals;
use super::finding::{Finding, Kind, Level};
use crate::domain::terms::time::Day;
use crate::evidence::stats::survival::{End, share_at, won_by};
use crate::report::words::{count, counted};

/// Ends that would have come by themselves with a probability of 1 % at most: -ln 0.01.
const EXPECTED_MIN: f64 = 4.605;
/// Fewer records do not show how fast others end.
const RECORDS_MIN: usize = 20;

/// Compares the first end with the first creation. How many ends to expect before it follows from the records
/// created after it: the share ended by each age (one minus Kaplan and Meier's estimate).
pub(super) fn finding(
    deals: &Deals<'_>,
    outcome_days: Option<&[Option<Day>]>,
    has_lost: bool,
) -> Option<Finding> {
    let (column, created) = deals.created.as_ref()?;
    let closed =
        outcome_days.or_else(|| deals.closed.as_ref().map(|(_, dates)| &dates.days[..]))?;
    let ended = |row: usize| (deals.ends[row] != End::Open).then_some(closed[row]).flatten();
    let rows = 0..deals.table.rows;
    // A record that ended before it was created shows nothing.
    let spans: Vec<(Day, Option<Day>)> = rows
        .filter_map(|row| Some((created.days[row]?, ended(row))))
        .filter(|(from, to)| to.is_none_or(|to| to >= *from))
        .collect();
    let first = spans.iter().map(|(from, _)| *from).min()?;
    let begin = spans.iter().filter_map(|(_, to)| *to).min()?;
    let last = spans.iter().flat_map(|(from, to)| [Some(*from), *to]).flatten().max()?;
    let curve: Vec<(f64, End)> = spans
        .iter()
        .filter(|(from, _)| *from >= begin)
        .map(|(from, to)| match to {
            // Any end counts as one.
            Some(to) => (f64::from(to.since(*from)), End::Won),
            None => (f64::from(last.since(*from)), End::Open),
        })
        .collect();
    if curve.len() < RECORDS_MIN || begin <= first {
        return None;
    }
    let steps = won_by(&curve);
    let early: Vec<Day> =
        spans.iter().map(|(from, _)| *from).filter(|from| *from < begin).collect();
    // Ends on the first day itself are no surprise: ages up to the day before.
    let expected: f64 =
        early.iter().map(|from| share_at(&steps, f64::from(begin.since(*from)) - 1.0)).sum();
    if expected < EXPECTED_MIN {
        return None;
    }
    let what = if has_lost { "ends" } else { "wins" };
    let (first, begin) = (first.date()?, begin.date()?);
    let problem = format!(
        "left truncation: records begin on {first}, {what} on {begin}; of the {} created before, some {} would \
         have ended by then at the pace of the later ones, and none has",
        counted(early.len(), "record"),
        count(expected.round() as u64),
    );
    let remedy = "rates and cycles of the early months are too low: export the earlier outcomes, or leave out \
                  records created before that day";
    Some(
        Finding::new(Level::Warning, Kind::LeftTruncation, &deals.table.name, problem, remedy)
            .column(&column.name)
            .rows(early.len(), deals.table.rows),
    )
}
