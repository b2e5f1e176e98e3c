//! The number of people that a text of people names: `approx. 120`, `120 (est.)`, `50-75`, `120*`,
//! `80 FT / 22 PT`, `Total: 57 (45 hourly, 12 salaried)`.
//!
//! One number is it, whatever stands beside it. A number in brackets explains the one before. Of a
//! range the lower end counts, which is sure. Several numbers are parts and are added (`18; 87`),
//! unless a word says that the later ones are of the first or beside it (`182; additional 21 on reduced
//! hours`). "57 total" goes before all of that. Dates, times and what is counted but is not people (`3
//! sites`) are no numbers of people, and 0 is unknown: a notice of none would be none.

const TEXT_BYTES_MAX: usize = 1_000;
const PEOPLE_MAX: u64 = 10_000_000;
/// What a range has between its ends.
const RANGE: &[&str] = &["-", "–", "—", "‐", "to", "and", "through", "or"];
/// Before a number that is not a part of its own.
const BESIDE: &[&str] = &[
    "additional",
    "includ",
    "incl",
    "of which",
    "of whom",
    "origin",
    "previous",
    "from",
    " was",
    "of ",
];
/// Behind a number that is not of people.
const OTHERS: &[&str] = &[
    "site",
    "sites",
    "location",
    "locations",
    "store",
    "stores",
    "phases",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "hours",
    "years",
    "percent",
    "facility",
    "facilities",
    "buildings",
    "shifts",
];
/// Before a number that is a name.
const NUMBERS: &[&str] = &["phase", "store", "shift", "local", "plant", "unit", "building"];
/// Before "to 90".
const CHANGES: &[&str] =
    &["revised", "updated", "amended", "increased", "reduced", "decreased", "changed", "corrected"];

struct Number<'a> {
    value: u64,
    before: &'a str,
    after: &'a str,
    /// From the beginning of the text to the number.
    all_before: &'a str,
    in_brackets: bool,
}

/// `None` where the text names no number of people.
pub fn parse(text: &str) -> Option<u32> {
    let lower = text.trim().to_lowercase();
    if lower.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut numbers = numbers(&lower);
    numbers.retain(|number| {
        let before = number.before.trim_end();
        let after = number.after.trim_start_matches([' ', '-']);
        let is_part = after.starts_with('%') || after.starts_with("of wh");
        let word = after.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        !is_part && !OTHERS.contains(&word) && !NUMBERS.iter().any(|name| before.ends_with(name))
    });
    let people = numbers
        .iter()
        .find(|number| is_total(number))
        .or_else(|| numbers.iter().find(|number| is_new(number)))
        .map_or_else(|| added(&numbers), |number| Some(number.value))?;
    u32::try_from(people).ok().filter(|people| (1..=PEOPLE_MAX).contains(&u64::from(*people)))
}

fn is_total(number: &Number<'_>) -> bool {
    let before = number.before.trim_end_matches([' ', ':', '=', '-']);
    let before = before.strip_suffix(" of").unwrap_or(before);
    let mut after = number.after.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    before.ends_with("total")
        || after.clone().next() == Some("total")
        || after.nth(1) == Some("total")
}

/// "150 revised to 90", "now 90".
fn is_new(number: &Number<'_>) -> bool {
    let before = number.before.trim_end();
    before.ends_with(" now")
        || before == "now"
        || (before.ends_with("to") && CHANGES.iter().any(|word| number.all_before.contains(word)))
}

fn added(numbers: &[Number<'_>]) -> Option<u64> {
    let open: Vec<&Number<'_>> = numbers.iter().filter(|number| !number.in_brackets).collect();
    let numbers = if open.is_empty() { numbers.iter().collect() } else { open };
    let (first, rest) = numbers.split_first()?;
    let mut sum = first.value;
    let mut last = first.value;
    let mut is_range = false;
    for number in rest {
        let between = number.before.trim();
        if RANGE.contains(&between) && number.value >= last && !is_range {
            let is_list = between == "and" && !first.before.contains("between");
            if !is_list {
                is_range = true;
                continue;
            }
        }
        if BESIDE.iter().any(|word| number.before.contains(word)) {
            break;
        }
        sum = sum.checked_add(number.value)?;
        last = number.value;
    }
    Some(sum)
}

/// All numbers that are neither dates nor times.
fn numbers(text: &str) -> Vec<Number<'_>> {
    let spans = spans(text);
    let linked = |a: &Span, b: &Span| {
        let between = &text[a.end..b.start];
        matches!(between, "/" | "-" | "." | ":")
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < spans.len() {
        let chain =
            1 + spans[at..].windows(2).take_while(|pair| linked(&pair[0], &pair[1])).count();
        let parts = &spans[at..at + chain];
        let times = chain > 1 && text[parts[0].end..].starts_with(':');
        if chain >= 3 || times {
            at += chain;
            continue;
        }
        kept.extend(parts.iter().copied());
        at += chain;
    }
    let number = |(at, span): (usize, &Span)| {
        let from = if at == 0 { 0 } else { kept[at - 1].end };
        let to = kept.get(at + 1).map_or(text.len(), |next| next.start);
        let all_before = &text[..span.start];
        let count = |mark: char| all_before.matches(mark).count();
        Number {
            value: span.value,
            before: &text[from..span.start],
            after: &text[span.end..to],
            all_before,
            in_brackets: count('(') > count(')') || count('[') > count(']'),
        }
    };
    kept.iter().enumerate().map(number).collect()
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    value: u64,
}

/// `1,204` and `120.0` are one number each; letters right before it make it a name (`T1`).
fn spans(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut spans = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = digits(at);
        if run == 0 {
            at += 1;
            continue;
        }
        let start = at;
        let mut value: Option<u64> = text[at..at + run].parse().ok();
        at += run;
        while run <= 3 && bytes.get(at) == Some(&b',') && digits(at + 1) == 3 {
            let group: Option<u64> = text[at + 1..at + 4].parse().ok();
            value = value
                .zip(group)
                .and_then(|(value, group)| value.checked_mul(1_000)?.checked_add(group));
            at += 4;
        }
        // A spreadsheet's "120.0".
        if bytes.get(at) == Some(&b'.') {
            let zeros = bytes[at + 1..].iter().take_while(|b| **b == b'0').count();
            at += if zeros > 0 && digits(at + 1) == zeros { zeros + 1 } else { 0 };
        }
        let is_name = start > 0 && bytes[start - 1].is_ascii_alphabetic();
        if let Some(value) = value.filter(|_| !is_name) {
            spans.push(Span { start, end: at, value });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_as_a_careful_reader_would() {
        for (text, people) in [
            ("120", 120),
            ("1,204", 1_204),
            ("120.0", 120),
            ("approx. 120", 120),
            ("120 (est.)", 120),
            ("Est. 40", 40),
            ("~48", 48),
            ("120*", 120),
            ("75+", 75),
            ("up to 118", 118),
            ("at least 50", 50),
            ("1,204 workers", 1_204),
            ("50-75", 50),
            ("50 - 75", 50),
            ("323‐500", 323),
            ("7 to 9", 7),
            ("between 30 and 45", 30),
            ("167 -      197", 167),
            ("114 -", 114),
            ("80 FT / 22 PT", 102),
            ("13 FT, 4 PT", 17),
            ("74 fulltime and 184 parttime", 258),
            ("484 Perm Layoffs/850 Temp Layoffs", 1_334),
            ("18; 87", 105),
            ("240 (Passaic) 417 (Bergen)", 657),
            ("501 @ Mill location; 595 @ Dock location", 1_096),
            ("Total: 57 (45 hourly, 12 salaried)", 57),
            ("45 hourly, 12 salaried (57 total)", 57),
            ("60 total", 60),
            ("110 total; 7 here, 103 remote", 110),
            ("489 - total for all locations", 489),
            ("2 locations: 45 total", 45),
            ("206 (198 P/T and 8 F/T)", 206),
            ("182; additional 21 on reduced hours", 182),
            ("724 across the country including 49 from here", 724),
            ("81 -- 13 of which live here", 81),
            ("1 (of 72)", 1),
            ("100 (revised from 150)", 100),
            ("150 revised to 90", 90),
            ("Increased from 50 to 75", 75),
            ("was 100, now 80", 80),
            ("124 ... EFFECTIVE DATE: Commencing: 5/30/2024; Ending: 7/29/2024", 124),
            ("3 sites, 45 workers", 45),
            ("Phase 1: 40, phase 2: 20", 60),
            ("113,", 113),
            ("53 (12 remote)", 53),
        ] {
            assert_eq!(parse(text), Some(people), "{text}");
        }
        for text in [
            "",
            "TBD",
            "N/A",
            "-",
            "?",
            "Unknown",
            "See WARN",
            "0",
            "5/30/2024",
            "1900-04-28 00:00:00",
            "10:30",
            "T1",
            "99999999999999999999",
            "3 sites",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,32}|([0-9]{1,5}[,.]?[0-9]{0,3}[-/:; ()]{0,3}(to|and|FT|total)? ?){0,5}") {
            if let Some(people) = parse(&text) {
                proptest::prop_assert_eq!(parse(&people.to_string()), Some(people));
            }
        }
    }
}
