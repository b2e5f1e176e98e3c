//! The days that a text of people names: `Beginning 3/1/24`, `03/01/2024 - 03/14/2024`, `March 1 and
//! April 5, 2024`, `3/1/2024 (amended 3/8/2024)`, a spreadsheet's `45352`.
//!
//! Where `date` reads a date that a program wrote and refuses anything beside it, this finds dates
//! among other words, as tables for people hold them. Two digits of a year are 1969 to 2068, as POSIX's
//! `strptime` reads `%y`. A day without a year (`3/1 - 3/14/2024`) takes the next one that the text
//! names, else the last one.

use super::date::{self, Order, day, number};
use super::months::month;
use crate::domain::terms::time::{DAY_MS, Day, Precision, Timestamp};

type Found = (Timestamp, Precision);

const TEXT_BYTES_MAX: usize = 2_000;
const YEARS: std::ops::RangeInclusive<u32> = 1800..=2199;
/// 1990-01-01 to 2099-12-31 in days since 1899-12-30, as spreadsheets count.
const SERIALS: std::ops::RangeInclusive<i64> = 32_874..=73_050;
/// 1899-12-30 in days since 1970.
const SERIAL_ZERO: i64 = -25_569;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Number(&'a str),
    Month(u32),
    Word,
    Mark(char),
}

/// A date of the text, perhaps without its year.
struct Named {
    year: Option<u32>,
    month: u32,
    /// `None`: the month.
    day: Option<u32>,
}

/// All days in the order of the text; none where it names none.
pub fn all(text: &str, order: Order) -> Vec<Found> {
    let text = text.trim();
    if text.len() > TEXT_BYTES_MAX {
        return Vec::new();
    }
    let found = scan(&tokens(text), order);
    if !found.is_empty() {
        return found;
    }
    serial(text).or_else(|| date::parse_as(text, order)).into_iter().collect()
}

/// A date as the number by which spreadsheets keep it, perhaps with a fraction for the time; five digits
/// of these years are nothing else.
pub fn serial(text: &str) -> Option<Found> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let number: i64 = whole.parse().ok().filter(|_| text.parse::<f64>().is_ok())?;
    let at = Timestamp((number + SERIAL_ZERO) * DAY_MS);
    SERIALS.contains(&number).then_some((at, Precision::Day))
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = |is: fn(&char) -> bool| rest.chars().take_while(is).map(char::len_utf8).sum();
        let length: usize = match c {
            '0'..='9' => run(char::is_ascii_digit),
            c if c.is_alphabetic() => run(|c| c.is_alphabetic()),
            c => c.len_utf8(),
        };
        let (this, after) = rest.split_at(length);
        rest = after;
        match c {
            '0'..='9' => tokens.push(Token::Number(this)),
            c if c.is_alphabetic() => {
                let ends_number = matches!(tokens.last(), Some(Token::Number(_)));
                let ordinal = ["st", "nd", "rd", "th"].iter().any(|w| this.eq_ignore_ascii_case(w));
                if !(ends_number && ordinal) {
                    tokens.push(month(this).map_or(Token::Word, Token::Month));
                }
            }
            c if c.is_whitespace() => {}
            '–' | '—' => tokens.push(Token::Mark('-')),
            c => tokens.push(Token::Mark(c)),
        }
    }
    tokens
}

fn scan(tokens: &[Token<'_>], order: Order) -> Vec<Found> {
    let mut named: Vec<Named> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        match in_digits(rest, order).or_else(|| in_words(rest)).or_else(|| yearless(rest)) {
            Some((found, used)) => {
                named.push(found);
                at += used;
            }
            None => {
                // "March 1-14, 2024": the year stands alone behind its day.
                if let (Token::Number(text), Some(last)) = (rest[0], named.last_mut()) {
                    let year = number(text, 4).filter(|y| text.len() == 4 && YEARS.contains(y));
                    last.year = last.year.or(year);
                }
                at += 1;
            }
        }
    }
    dated(&named)
}

/// Each with its year.
fn dated(named: &[Named]) -> Vec<Found> {
    let mut before = None;
    let mut found = Vec::new();
    for (at, one) in named.iter().enumerate() {
        let next = named[at..].iter().find_map(|later| Some((later.year?, later.month)));
        // "12/20 - 1/10/2025" begins in the year before.
        let next = next.map(|(year, month)| if month < one.month { year - 1 } else { year });
        let year = one.year.or(next).or(before);
        before = year.or(before);
        let Some(year) = year.filter(|year| YEARS.contains(year)) else { continue };
        found.extend(match one.day {
            Some(d) => day(year, one.month, d, Precision::Day),
            None => day(year, one.month, 1, Precision::Month),
        });
    }
    found
}

/// `2024-03-01`, `3/1/2024`, `03-01-24`.
fn in_digits(tokens: &[Token<'_>], order: Order) -> Option<(Named, usize)> {
    use Token::{Mark, Number};
    let [Number(a), Mark(first), Number(b), Mark(second), Number(c), ..] = *tokens else {
        return None;
    };
    if first != second || !matches!(first, '/' | '-' | '.') {
        return None;
    }
    let (year, one, two) = match a.len() {
        4 => (number(a, 4)?, number(b, 2)?, number(c, 2)?),
        _ => (year(c)?, number(a, 2)?, number(b, 2)?),
    };
    // Dots are European; dashes are read as the mapping says.
    let day_first = a.len() != 4 && (first == '.' || order == Order::DayFirst || one > 12);
    // "24-03-05" may be of 2024 or of 2005.
    if day_first && first == '-' && one > 12 && c.len() == 2 {
        return None;
    }
    let (month, d) = match day_first && two <= 12 {
        true => (two, one),
        false => (one, two),
    };
    day(year, month, d, Precision::Day)?;
    Some((Named { year: Some(year), month, day: Some(d) }, 5))
}

/// `5-Mar-24`, `5 March 2024`, `March 5, 2024`, `Mar. 5 '24`, `March 5`, `March 2024`, `Mar-24`.
fn in_words(tokens: &[Token<'_>]) -> Option<(Named, usize)> {
    use Token::{Mark, Month, Number};
    let mut used = 0;
    let next = |used: &mut usize, skip: &[char]| {
        while let Some(Mark(mark)) = tokens.get(*used)
            && skip.contains(mark)
        {
            *used += 1;
        }
        *used += 1;
        tokens.get(*used - 1).copied()
    };
    let (month, d) = match next(&mut used, &[])? {
        Number(d) => {
            let Month(month) = next(&mut used, &['-', '/', '.'])? else { return None };
            (month, Some(number(d, 2)?))
        }
        Month(month) => match tokens {
            // "Mar-24" and "Mar '24" are months.
            [_, Mark('-' | '\'' | '’'), Number(y), rest @ ..]
                if y.len() == 2 && !matches!(rest, [Mark('-'), Number(_), ..]) =>
            {
                return Some((Named { year: year(y), month, day: None }, 3));
            }
            [_, Number(y), ..] | [_, Mark('-' | ',' | '.'), Number(y), ..] if y.len() == 4 => {
                let used = if matches!(tokens[1], Number(_)) { 2 } else { 3 };
                return Some((Named { year: year(y), month, day: None }, used));
            }
            _ => {
                let Number(d) = next(&mut used, &['.', '-'])? else { return None };
                (month, Some(number(d, 2)?))
            }
        },
        _ => return None,
    };
    day(2024, month, d?, Precision::Day)?;
    let so_far = used;
    let said = match next(&mut used, &[',', '-', '.', '\'', '’', '/']) {
        // "March 5-14": the end of a range is not a year; "5-Mar-24" and "March 5, 24" have one.
        Some(Number(y)) if y.len() == 4 => year(y),
        Some(Number(y)) if y.len() == 2 => {
            let ranged = matches!(tokens[0], Month(_)) && tokens.get(so_far) == Some(&Mark('-'));
            let dated = matches!(tokens.get(used), Some(Mark('/')));
            year(y).filter(|_| !ranged && !dated && used > so_far + 1)
        }
        _ => None,
    };
    let used = if said.is_some() { used } else { so_far };
    Some((Named { year: said, month, day: d }, used))
}

/// `3/1`, beside a date that has its year.
fn yearless(tokens: &[Token<'_>]) -> Option<(Named, usize)> {
    let [Token::Number(month), Token::Mark('/'), Token::Number(d), ..] = *tokens else {
        return None;
    };
    let (month, d) = (number(month, 2)?, number(d, 2)?);
    day(2024, month, d, Precision::Day)?;
    Some((Named { year: None, month, day: Some(d) }, 3))
}

fn year(digits: &str) -> Option<u32> {
    match digits.len() {
        4 => number(digits, 4).filter(|year| YEARS.contains(year)),
        2 => number(digits, 2).map(|year| if year < 69 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// As a date is written: `2024-03-01`, `2024-03`, `2024`.
pub fn shown((at, precision): Found) -> String {
    let text = Day::to_string(&at.day());
    let length = match precision {
        Precision::Year => 4,
        Precision::Month => 7,
        Precision::Day | Precision::Unknown => text.len(),
    };
    text.get(..length).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, order: Order) -> String {
        let days: Vec<String> = all(text, order).into_iter().map(shown).collect();
        days.join(" ")
    }

    #[test]
    fn spreadsheets_number_their_days() {
        let day = |text| serial(text).map(|(at, _)| at.day().to_string());
        assert_eq!(day("46086").as_deref(), Some("2026-03-05"));
        assert_eq!(day("46086.75").as_deref(), Some("2026-03-05"));
        assert_eq!(day("32874").as_deref(), Some("1990-01-01"));
        for text in ["32873", "73051", "4608", "460860", "46086.x", "-46086", "2026", ""] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_found_among_words() {
        for (text, days) in [
            ("3/1/24", "2024-03-01"),
            ("03-01-24", "2024-03-01"),
            ("03-01-2024", "2024-03-01"),
            ("2024-03-01 00:00:00", "2024-03-01"),
            ("2024-03-01T23:30:00-05:00", "2024-03-01"),
            ("Beginning 3/1/24", "2024-03-01"),
            ("03/01/2024 - 03/14/2024", "2024-03-01 2024-03-14"),
            ("03/01/2024-03/14/2024", "2024-03-01 2024-03-14"),
            ("3/1/2024 and 4/5/2024", "2024-03-01 2024-04-05"),
            ("3/1/24, 4/1/24 & 5/1/24", "2024-03-01 2024-04-01 2024-05-01"),
            ("3/1/24 4/1/24", "2024-03-01 2024-04-01"),
            ("04-30-24 thru 05-14-24", "2024-04-30 2024-05-14"),
            ("3/1 - 3/14/2024", "2024-03-01 2024-03-14"),
            ("12/20 - 1/10/2025", "2024-12-20 2025-01-10"),
            ("3/1/2024 to 3/14", "2024-03-01 2024-03-14"),
            ("March 1, 2024", "2024-03-01"),
            ("March 1st, 2024", "2024-03-01"),
            ("Mar. 1 '24", "2024-03-01"),
            ("1-Mar-24", "2024-03-01"),
            ("1 March 2024 to 5 April 2024", "2024-03-01 2024-04-05"),
            ("March 1 and April 5, 2024", "2024-03-01 2024-04-05"),
            ("March 1-14, 2024", "2024-03-01"),
            ("Between March 1 and March 14, 2024", "2024-03-01 2024-03-14"),
            ("Dec 20 - Jan 3, 2025", "2024-12-20 2025-01-03"),
            ("on or about Feb. 29 2024", "2024-02-29"),
            ("Week of 4/8/2024", "2024-04-08"),
            ("April 2024", "2024-04"),
            ("Starting in April 2024", "2024-04"),
            ("Mar-24", "2024-03"),
            ("3/1/2024 (amended 3/8/2024)", "2024-03-01 2024-03-08"),
            ("Sat 3/2/2024", "2024-03-02"),
            ("13/3/2024", "2024-03-13"),
            ("05.07.2024", "2024-07-05"),
            ("12/31/99", "1999-12-31"),
            ("45352", "2024-03-01"),
            ("45352.0", "2024-03-01"),
            ("20240301", "2024-03-01"),
            ("2024-03", "2024-03"),
            ("Q2 2024", "2024"),
            ("2024", "2024"),
            ("3/1/2024; TBD", "2024-03-01"),
        ] {
            assert_eq!(found(text, Order::MonthFirst), days, "{text}");
        }
        for text in [
            "",
            "TBD",
            "Immediately",
            "may be 3 sites",
            "3/1",
            "24/7 line",
            "13/32/2024",
            "02/30/2024",
            "120",
            "1,204",
            "24-03-05",
            "0000-00-00",
            "01/01/0001",
            "ongoing - 2 phases",
            "12345678901",
            "555-010-2024",
        ] {
            assert_eq!(found(text, Order::MonthFirst), "", "{text}");
        }
        assert_eq!(found("from 7/5/24 on", Order::DayFirst), "2024-05-07");
        assert_eq!(found("from 07-05-2024 on", Order::DayFirst), "2024-05-07");
    }

    proptest::proptest! {
        #[test]
        fn what_was_found_is_a_date_that_reads_the_same(
            text in "\\PC{0,24}|([A-Z][a-z]{2} )?[0-9]{1,4}[-/. ,]{1,2}([0-9]{1,2}|Mar|may)[-/. ,']{1,2}[0-9]{1,4}( (-|to) [0-9]{1,2}/[0-9]{1,2}(/[0-9]{2,4})?)?"
        ) {
            for one in all(&text, Order::MonthFirst) {
                let again = all(&shown(one), Order::MonthFirst);
                proptest::prop_assert_eq!(again.len(), 1, "{:?}", text);
                proptest::prop_assert_eq!(again[0].1, one.1, "{:?}", text);
            }
        }
    }
}
