//! Dates that cannot be, and wins that were written down long before or after.

use super::fields::{Field, Fields};
use super::finding::{Finding, Kind, Level};
use super::outcome::Outcomes;
use crate::domain::terms::time::Day;
use crate::evidence::stats::bootstrap::quantile;
use crate::evidence::stats::survival::End;
use crate::evidence::table::dates::{self, Choice, Dates, Doubt};
use crate::evidence::table::{Column, Table};
use crate::report::words::counted;
use std::collections::BTreeMap;

/// 1990-01-01: no CRM has earlier deals, but empty fields become 1900 and 1970.
const EARLIEST: Day = Day(7_305);
/// Wins on one day, beyond which they were entered together.
const BULK_MIN: usize = 10;
const BULK_SHARE: f64 = 0.2;
/// A cycle is long beyond a year, if it is also beyond so many usual ones.
const LONG_DAYS: f64 = 365.0;
const LONG_TIMES: f64 = 5.0;
/// The share of wins on the day of their creation from which they were entered afterwards.
const SAME_DAY_SHARE: f64 = 0.2;

/// The day columns of the deals.
pub(super) struct Deals<'a> {
    pub table: &'a Table,
    pub created: Option<(&'a Column, Dates)>,
    pub closed: Option<(&'a Column, Dates)>,
    pub ends: &'a [End],
}

impl<'a> Deals<'a> {
    pub(super) fn new(
        table: &'a Table,
        fields: &Fields,
        outcomes: &'a Outcomes,
        choice: Option<Choice>,
    ) -> Deals<'a> {
        let days = |field| {
            let column = table.column(fields.get(&field)?)?;
            Some((column, dates::read(column, choice)?))
        };
        Deals {
            table,
            created: days(Field::Created),
            closed: days(Field::Closed),
            ends: &outcomes.ends,
        }
    }

    /// The rows with both days.
    fn spans(&self) -> Vec<(usize, Day, Day)> {
        let (Some((_, created)), Some((_, closed))) = (&self.created, &self.closed) else {
            return Vec::new();
        };
        let span = |row: usize| Some((row, created.days[row]?, closed.days[row]?));
        (0..self.table.rows).filter_map(span).collect()
    }
}

/// Findings on how the columns of days of any table are written.
pub(super) fn written(table: &Table, choice: Option<Choice>) -> Vec<Finding> {
    let mut found = Vec::new();
    for column in &table.columns {
        let Some(read) = dates::read(column, choice) else { continue };
        found.extend(doubt(table, column, &read));
        if !read.unreadable.is_empty() {
            let problem = format!("{} not a date", counted(read.unreadable.len(), "cell"));
            let remedy = "write dates as 2026-11-30; the records count as having none until then";
            found.push(
                Finding::new(Level::Warning, Kind::UnreadableValues, &table.name, problem, remedy)
                    .column(&column.name)
                    .rows(read.unreadable.len(), table.rows)
                    .examples(
                        read.unreadable
                            .iter()
                            .map(|(row, text)| format!("{text:?} (row {})", row + 1)),
                    ),
            );
        }
        let early: Vec<usize> = (0..table.rows)
            .filter(|row| read.days[*row].is_some_and(|day| day < EARLIEST))
            .collect();
        // Founding years and birthdays are early.
        if !early.is_empty() && early.len() * 2 < column.filled() {
            let problem = format!("{} before 1990", counted(early.len(), "date"));
            let remedy = "an empty field that became 1900 or 1970: empty it at the source";
            found.push(at_rows(
                Level::Error,
                Kind::ImpossibleDates,
                table,
                column,
                problem,
                remedy,
                &early,
            ));
        }
    }
    found
}

fn doubt(table: &Table, column: &Column, read: &Dates) -> Option<Finding> {
    let (doubt, order) = (read.doubt?, read.order?);
    let (level, problem) = match doubt {
        Doubt::Either => (
            Level::Question,
            format!("every date may have the day or the month first; read as {}", order.name()),
        ),
        Doubt::Mixed => (
            Level::Error,
            format!("some dates have the day first, others the month; read as {}", order.name()),
        ),
    };
    let remedy = "export dates as 2026-11-30, or say which with --dates";
    let first = column.texts().next().map(|(_, text)| format!("{text:?}"));
    Some(
        Finding::new(level, Kind::DateOrder, &table.name, problem, remedy)
            .column(&column.name)
            .rows(column.filled(), table.rows)
            .examples(first),
    )
}

fn at_rows(
    level: Level,
    kind: Kind,
    table: &Table,
    column: &Column,
    problem: String,
    remedy: &str,
    rows: &[usize],
) -> Finding {
    let shown =
        rows.iter().map(|row| format!("row {}: {}", row + 1, column.get(*row).unwrap_or("empty")));
    Finding::new(level, kind, &table.name, problem, remedy)
        .column(&column.name)
        .rows(rows.len(), table.rows)
        .examples(shown)
}

/// Findings on the days of the deals.
pub(super) fn findings(deals: &Deals<'_>, today: Day) -> Vec<Finding> {
    let mut found = Vec::new();
    let table = deals.table;
    if let Some((column, dates)) = &deals.created {
        let late: Vec<usize> =
            (0..table.rows).filter(|row| dates.days[*row].is_some_and(|day| day > today)).collect();
        if !late.is_empty() {
            let problem = format!("{} created in the future", counted(late.len(), "record"));
            let remedy = "correct the day, or the order of day and month (--dates)";
            found.push(at_rows(
                Level::Error,
                Kind::ImpossibleDates,
                table,
                column,
                problem,
                remedy,
                &late,
            ));
        }
    }
    if let Some((column, dates)) = &deals.closed {
        found.extend(closed(deals, column, dates, today));
    }
    found.extend(spans(deals));
    found
}

fn closed(deals: &Deals<'_>, column: &Column, dates: &Dates, today: Day) -> Vec<Finding> {
    let table = deals.table;
    let rows = |wanted: &dyn Fn(End, Option<Day>) -> bool| -> Vec<usize> {
        (0..table.rows).filter(|row| wanted(deals.ends[*row], dates.days[*row])).collect()
    };
    let ended = |end: End| end != End::Open;
    let cases: [(Level, Kind, Vec<usize>, &str, &str); 3] = [
        (
            Level::Error,
            Kind::ImpossibleDates,
            rows(&|end, day| ended(end) && day.is_some_and(|day| day > today)),
            "closed in the future",
            "correct the day, or the order of day and month (--dates)",
        ),
        (
            Level::Error,
            Kind::MissingValues,
            rows(&|end, day| ended(end) && day.is_none()),
            "won or lost without a day of closing",
            "fill it: the record counts in no cycle and no period without it",
        ),
        (
            Level::Question,
            Kind::LateWins,
            rows(&|end, day| end == End::Open && day.is_some_and(|day| day.plus(90) < today)),
            "open, with a day of closing more than 90 days ago",
            "are they lost, and not yet marked so? They count as open until then",
        ),
    ];
    let mut found = Vec::new();
    for (level, kind, rows, what, remedy) in cases {
        if !rows.is_empty() {
            let problem = format!("{} {what}", counted(rows.len(), "record"));
            found.push(at_rows(level, kind, table, column, problem, remedy, &rows));
        }
    }
    found.extend(in_bulk(deals, column, dates));
    found
}

/// Many wins on one day.
fn in_bulk(deals: &Deals<'_>, column: &Column, dates: &Dates) -> Option<Finding> {
    let mut by_day: BTreeMap<Day, usize> = BTreeMap::new();
    let won = (0..deals.table.rows).filter(|row| deals.ends[*row] == End::Won);
    won.filter_map(|row| dates.days[row]).for_each(|day| *by_day.entry(day).or_default() += 1);
    let all: usize = by_day.values().sum();
    let (day, most) = by_day.iter().max_by_key(|(day, n)| (**n, std::cmp::Reverse(**day)))?;
    if *most < BULK_MIN || (*most as f64) < BULK_SHARE * all as f64 {
        return None;
    }
    let date = day.date()?;
    let problem = format!("{most} of {} have one day of closing, {date}", counted(all, "win"));
    let remedy =
        "were they entered together, long after they were won? Then cycles and periods are wrong";
    Some(
        Finding::new(Level::Question, Kind::LateWins, &deals.table.name, problem, remedy)
            .column(&column.name)
            .rows(*most, all),
    )
}

/// Findings on the time between creation and closing.
fn spans(deals: &Deals<'_>) -> Vec<Finding> {
    let (Some((created, _)), table) = (&deals.created, deals.table) else { return Vec::new() };
    let spans = deals.spans();
    let mut found = Vec::new();
    let before: Vec<usize> =
        spans.iter().filter(|(_, from, to)| to < from).map(|(row, ..)| *row).collect();
    if !before.is_empty() {
        let problem = format!("{} closed before creation", counted(before.len(), "record"));
        let remedy = "correct one of the days: a record that was created when the deal was won says nothing of its cycle";
        found.push(at_rows(
            Level::Error,
            Kind::ImpossibleDates,
            table,
            created,
            problem,
            remedy,
            &before,
        ));
    }
    let won: Vec<(usize, f64)> = spans
        .iter()
        .filter(|(row, from, to)| deals.ends[*row] == End::Won && to >= from)
        .map(|(row, from, to)| (*row, f64::from(to.since(*from))))
        .collect();
    let mut days: Vec<f64> = won.iter().map(|(_, days)| *days).collect();
    days.sort_by(f64::total_cmp);
    let median = quantile(&days, 0.5);
    let same_day = days.iter().filter(|days| **days == 0.0).count();
    if same_day >= BULK_MIN && same_day as f64 >= SAME_DAY_SHARE * days.len() as f64 {
        let problem =
            format!("{same_day} of {} on the day of their creation", counted(days.len(), "win"));
        let remedy = "were they entered when they were won? Then their cycle is not known, and lost ones may be missing";
        found.push(
            Finding::new(Level::Question, Kind::LateWins, &table.name, problem, remedy)
                .column(&created.name)
                .rows(same_day, days.len()),
        );
    }
    let long: Vec<usize> = won
        .iter()
        .filter(|(_, days)| *days > LONG_DAYS && *days > LONG_TIMES * median)
        .map(|(row, _)| *row)
        .collect();
    if !long.is_empty() {
        let problem = format!(
            "{} more than a year after creation, where half take at most {median:.0} days",
            counted(long.len(), "win")
        );
        let remedy =
            "was an old record used for a new deal? The averages of cycles hang on such records";
        found.push(at_rows(
            Level::Question,
            Kind::LateWins,
            table,
            created,
            problem,
            remedy,
            &long,
        ));
    }
    found
}
