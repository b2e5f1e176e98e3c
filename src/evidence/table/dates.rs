//! A column read as days. `01-03-17` alone may be a day of March, of January or of 2001; the other cells
//! of the column show which.

use super::{Column, word_set};
use crate::domain::terms::time::Day;
use crate::mapping::normalise::date;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

pub use crate::mapping::normalise::date::Order as Choice;

/// A column of days.
#[derive(Clone, Debug)]
pub struct Dates {
    /// By row; `None` where the cell is empty or not a date.
    pub days: Vec<Option<Day>>,
    /// Filled cells that are not dates, with their row.
    pub unreadable: Vec<(usize, String)>,
    /// How dates of numbers alone are read, where it had to be found out.
    pub order: Option<Order>,
    pub doubt: Option<Doubt>,
}

/// The order of the numbers of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
    /// Days since 1899-12-30, as spreadsheets count.
    Serial,
}

impl Order {
    pub fn name(self) -> &'static str {
        match self {
            Order::YearMonthDay => "year, month, day",
            Order::DayMonthYear => "day, month, year",
            Order::MonthDayYear => "month, day, year",
            Order::Serial => "days since 1899-12-30, as spreadsheets count",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Every date may be read with the day or the month first.
    Either,
    /// Some can only have the day first, others only the month.
    Mixed,
}

/// The share of the different texts of a column that must be dates.
const SHARE_MIN: f64 = 0.7;
/// 1954-10-03 to 2119: numbers that spreadsheets mean as days, in a column whose name says so.
const SERIALS: std::ops::RangeInclusive<f64> = 20_000.0..=80_400.0;
/// 1970-01-01 in days of a spreadsheet.
const SERIAL_OF_EPOCH: i32 = 25_569;
/// Two digits up to here are years after 2000.
const SHORT_YEAR_MAX: i32 = 69;
const DATE_WORDS: &[&str] =
    &["date", "day", "time", "at", "on", "created", "closed", "datum", "fecha", "since", "until"];

/// The column's days, unless too few of its texts are dates. `choice`: what the user says of dates that may be
/// read either way.
pub fn read(column: &Column, choice: Option<Choice>) -> Option<Dates> {
    let named = word_set(&column.name).iter().any(|word| DATE_WORDS.contains(&word.as_str()));
    let texts: Vec<(u32, &str)> = column.texts().collect();
    let parts: Vec<(u32, [Part; 3])> =
        texts.iter().filter_map(|(code, text)| Some((*code, numbers_of(text)?))).collect();
    let (mut by_code, mut order, mut doubt) = (BTreeMap::new(), None, None);
    if parts.len() * 2 > texts.len() {
        let (found, unsure) = order_of(&parts, choice);
        order = Some(found);
        doubt = unsure;
        for (code, numbers) in &parts {
            by_code.extend(day_of(*numbers, found).map(|day| (*code, day)));
        }
    }
    let choice = choice.unwrap_or_default();
    for (code, text) in &texts {
        if by_code.contains_key(code)
            || parts.iter().any(|(other, _)| order.is_some() && other == code)
        {
            continue;
        }
        if let Some(day) = serial(text).filter(|_| named) {
            order = order.or(Some(Order::Serial));
            by_code.insert(*code, day);
        } else if named || text.contains(|c: char| !c.is_ascii_digit() && c != '.') {
            by_code.extend(date::parse_as(text, choice).map(|(at, _)| (*code, at.day())));
        }
    }
    let enough = by_code.len() as f64 >= SHARE_MIN * texts.len() as f64;
    (enough && !by_code.is_empty()).then(|| dates(column, &by_code, order, doubt))
}

fn dates(
    column: &Column,
    by_code: &BTreeMap<u32, Day>,
    order: Option<Order>,
    doubt: Option<Doubt>,
) -> Dates {
    let mut dates =
        Dates { days: Vec::with_capacity(column.len()), unreadable: Vec::new(), order, doubt };
    for row in 0..column.len() {
        let day = by_code.get(&column.code(row)).copied();
        if let (None, Some(text)) = (day, column.get(row)) {
            dates.unreadable.push((row, text.to_owned()));
        }
        dates.days.push(day);
    }
    dates
}

/// A number of a date, and how many digits it has.
#[derive(Clone, Copy, Debug)]
struct Part {
    number: i32,
    digits: usize,
    separator: u8,
}

/// The three numbers of `20-10-16`, `1/2/2017 14:30`.
fn numbers_of(text: &str) -> Option<[Part; 3]> {
    let head = text.split([' ', 'T']).next()?;
    let separator = head.bytes().find(|b| !b.is_ascii_digit())?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let mut parts = head.split(separator as char).map(|digits| {
        let sound = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| sound)?;
        Some(Part { number, digits: digits.len(), separator })
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn day_of(parts: [Part; 3], order: Order) -> Option<Day> {
    let [a, b, c] = parts;
    let (year, month, day) = match order {
        Order::YearMonthDay => (a, b, c),
        Order::DayMonthYear => (c, b, a),
        Order::MonthDayYear => (c, a, b),
        Order::Serial => return None,
    };
    if month.digits > 2 || day.digits > 2 {
        return None;
    }
    let year = match year.digits {
        4 => year.number,
        1 | 2 if year.number <= SHORT_YEAR_MAX => 2000 + year.number,
        1 | 2 => 1900 + year.number,
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(year, month.number as u32, day.number as u32)?;
    Some(Day::from_date(date))
}

/// The order under which most of the dates exist. Where the year has two digits it stands where the dates lie
/// closest together; between day and month first, the user decides, else the sign: Americans write slashes.
fn order_of(parts: &[(u32, [Part; 3])], choice: Option<Choice>) -> (Order, Option<Doubt>) {
    let valid = |order: Order| parts.iter().filter(|(_, p)| day_of(*p, order).is_some()).count();
    let (year_first, day_first, month_first) =
        (valid(Order::YearMonthDay), valid(Order::DayMonthYear), valid(Order::MonthDayYear));
    let last = day_first.max(month_first);
    let by_choice = match choice {
        Some(Choice::DayFirst) => true,
        Some(Choice::MonthFirst) => false,
        None => parts.iter().filter(|(_, p)| p[0].separator == b'/').count() * 2 < parts.len(),
    };
    let of_last = match (day_first > month_first, day_first < month_first) {
        (true, _) => Order::DayMonthYear,
        (_, true) => Order::MonthDayYear,
        _ if by_choice => Order::DayMonthYear,
        _ => Order::MonthDayYear,
    };
    let closest = spread(parts, Order::YearMonthDay) < spread(parts, of_last);
    if year_first > last || (year_first == last && closest) {
        return (Order::YearMonthDay, None);
    }
    let only = |order: Order, not: Order| {
        let sole = |p: &[Part; 3]| day_of(*p, order).is_some() && day_of(*p, not).is_none();
        parts.iter().any(|(_, p)| sole(p))
    };
    let day = only(Order::DayMonthYear, Order::MonthDayYear);
    let month = only(Order::MonthDayYear, Order::DayMonthYear);
    let doubt = match (day, month) {
        (true, true) => Some(Doubt::Mixed),
        (false, false) if choice.is_none() => Some(Doubt::Either),
        _ => None,
    };
    (of_last, doubt)
}

/// Days between the fifth and the ninety-fifth of a hundred.
fn spread(parts: &[(u32, [Part; 3])], order: Order) -> i32 {
    let days: BTreeSet<i32> =
        parts.iter().filter_map(|(_, p)| Some(day_of(*p, order)?.0)).collect();
    let days: Vec<i32> = days.into_iter().collect();
    let at = |share: usize| days[(days.len() - 1) * share / 100];
    if days.is_empty() { i32::MAX } else { at(95) - at(5) }
}

fn serial(text: &str) -> Option<Day> {
    let number: f64 = text.parse().ok()?;
    SERIALS.contains(&number).then(|| Day(number as i32 - SERIAL_OF_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(
        name: &str,
        cells: &[&str],
        choice: Option<Choice>,
    ) -> Option<(Vec<String>, Option<Order>, Option<Doubt>)> {
        let dates = read(&Column::of(name, cells.iter().copied()), choice)?;
        let shown = dates
            .days
            .iter()
            .map(|day| day.and_then(Day::date).map_or("-".into(), |d| d.to_string()));
        Some((shown.collect(), dates.order, dates.doubt))
    }

    #[test]
    fn the_column_shows_the_order() {
        let cases: &[(&[&str], Order, Option<Doubt>, &str)] = &[
            (&["20-10-16", "01-03-17", "25-12-16"], Order::DayMonthYear, None, "2016-10-20"),
            (
                &["17-03-29", "16-10-20", "17-02-11", "17-01-05"],
                Order::YearMonthDay,
                None,
                "2017-03-29",
            ),
            (&["3/14/2020", "1/2/2020"], Order::MonthDayYear, None, "2020-03-14"),
            (&["14/3/2020 10:00", "1/2/2020 9:30"], Order::DayMonthYear, None, "2020-03-14"),
            (&["2020-03-14", "2020-01-02"], Order::YearMonthDay, None, "2020-03-14"),
            (&["01.02.2020", "03.04.2020"], Order::DayMonthYear, Some(Doubt::Either), "2020-02-01"),
            (&["1/2/2020", "3/4/2020"], Order::MonthDayYear, Some(Doubt::Either), "2020-01-02"),
            (
                &["14/3/2020", "3/14/2020", "5/20/2020", "6/21/2020"],
                Order::MonthDayYear,
                Some(Doubt::Mixed),
                "-",
            ),
        ];
        for (cells, order, doubt, first) in cases {
            let (days, found, unsure) = read_all("close_date", cells, None).unwrap();
            assert_eq!(
                (found, unsure, days[0].as_str()),
                (Some(*order), *doubt, *first),
                "{cells:?}"
            );
        }
        let (days, _, doubt) =
            read_all("d", &["1/2/2020", "3/4/2020"], Some(Choice::DayFirst)).unwrap();
        assert_eq!((days[0].as_str(), doubt), ("2020-02-01", None));
    }

    #[test]
    fn words_instants_and_a_spreadsheets_numbers_are_dates_too() {
        let first = |name: &str, cells: &[&str]| {
            read_all(name, cells, None).map(|(days, ..)| days[0].clone())
        };
        assert_eq!(
            first("Created", &["March 5, 2021", "6 April 2021"]).as_deref(),
            Some("2021-03-05")
        );
        assert_eq!(first("x", &["2021-03-05T10:00:00Z", ""]).as_deref(), Some("2021-03-05"));
        assert_eq!(first("Close Date", &["43101", "43102.5"]).as_deref(), Some("2018-01-01"));
        for (name, cells) in [
            ("employees", &["43101", "2016"][..]),
            ("founded", &["1996", "2001"]),
            ("stage", &["Won", "Lost"]),
        ] {
            assert_eq!(first(name, cells), None, "{name}");
        }
    }
}
