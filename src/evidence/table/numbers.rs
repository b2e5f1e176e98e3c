//! A column read as numbers: amounts with signs and units, thousands apart, a comma as the decimal mark,
//! brackets around negative ones.

use super::Column;
use crate::mapping::normalise::amount::{self, Said};
use std::collections::BTreeMap;

/// A column of numbers.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// By row; `None` where the cell is empty or not a number.
    pub values: Vec<Option<f64>>,
    /// Filled cells that are not numbers, with their row.
    pub unreadable: Vec<(usize, String)>,
    /// Rows by currency, where cells name one.
    pub currencies: BTreeMap<&'static str, u64>,
}

/// The share of the different texts of a column that must be numbers.
const SHARE_MIN: f64 = 0.9;

/// The column's numbers, unless too few of its texts are numbers.
pub fn read(column: &Column) -> Option<Numbers> {
    let by_code: BTreeMap<u32, Option<(f64, Option<&'static str>)>> =
        column.texts().map(|(code, text)| (code, number(text))).collect();
    let read = by_code.values().flatten().count();
    if read == 0 || (read as f64) < SHARE_MIN * by_code.len() as f64 {
        return None;
    }
    let mut numbers = Numbers {
        values: Vec::with_capacity(column.len()),
        unreadable: Vec::new(),
        currencies: BTreeMap::new(),
    };
    for row in 0..column.len() {
        let found = by_code.get(&column.code(row)).copied().flatten();
        numbers.values.push(found.map(|(value, _)| value));
        match (found, column.get(row)) {
            (Some((_, Some(currency))), _) => *numbers.currencies.entry(currency).or_default() += 1,
            (None, Some(text)) => numbers.unreadable.push((row, text.to_owned())),
            _ => {}
        }
    }
    Some(numbers)
}

/// A number, and the currency that it names.
pub fn number(text: &str) -> Option<(f64, Option<&'static str>)> {
    let text = text.trim();
    if let Ok(value) = text.parse::<f64>() {
        return value.is_finite().then_some((value, None));
    }
    let inside = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let (sign, text) = match (inside, text.strip_prefix(['-', '−'])) {
        (Some(inside), _) => (-1.0, inside),
        (None, Some(rest)) => (-1.0, rest),
        (None, None) => (1.0, text),
    };
    if let Some(share) = text.strip_suffix('%') {
        return Some((sign * decimal(share.trim())?, None));
    }
    if let Some(value) = decimal(text) {
        return Some((sign * value, None));
    }
    let amount = amount::parse(text)?;
    // A range is not a number: its ends differ.
    if amount.low != amount.high {
        return None;
    }
    let currency = match amount.currency {
        Said::Code(code) | Said::Shared(code) => Some(code),
        Said::Nothing | Said::Unclear => None,
    };
    Some((sign * amount.low as f64, currency))
}

/// `1,234.50`, `1.234,50`, `1 234,5`, `1'234.50`: the last mark is the decimal one, unless three digits follow
/// it and none of the other kind stands before.
fn decimal(text: &str) -> Option<f64> {
    let plain: String =
        text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
    if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return None;
    }
    let last = plain.rfind(['.', ',']);
    let Some(last) = last else { return plain.parse().ok() };
    let mark = plain.as_bytes()[last] as char;
    let (whole, part) = (&plain[..last], &plain[last + 1..]);
    let other = if mark == '.' { ',' } else { '.' };
    let is_thousands =
        part.len() == 3 && !whole.contains(other) && (mark == ',' || whole.contains('.'));
    if is_thousands || whole.contains(mark) {
        // Marks of one kind only stand for thousands.
        return plain.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok();
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{part}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases: &[(&str, Option<f64>)] = &[
            ("4821", Some(4821.0)),
            ("-12.5", Some(-12.5)),
            ("1,234.50", Some(1234.5)),
            ("1.234,50", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("1,234", Some(1234.0)),
            ("12,5", Some(12.5)),
            ("1 234,5", Some(1234.5)),
            ("(500)", Some(-500.0)),
            ("45 %", Some(45.0)),
            ("$1.2M", Some(1_200_000.0)),
            ("€ 3,000", Some(3000.0)),
            ("-$500", Some(-500.0)),
            ("10-50", None),
            ("n/a", None),
            ("inf", None),
            ("Q1 2017", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text).map(|(value, _)| value), *expected, "{text}");
        }
        assert_eq!(number("€ 3,000").unwrap().1, Some("EUR"));
    }

    #[test]
    fn a_column_is_numbers_where_nearly_all_of_it_is() {
        let read = |cells: &[&str]| read(&Column::of("a", cells.iter().copied()));
        assert!(read(&["1", "2", "x"]).is_none());
        let mut cells: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        cells.push("tbd".to_owned());
        let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
        let numbers = read(&texts).unwrap();
        assert_eq!(numbers.unreadable, [(20, "tbd".to_owned())]);
        assert_eq!(numbers.values[3], Some(3.0));
    }
}
