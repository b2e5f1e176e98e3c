//! Legal forms by country: `GmbH`, `Sp. z o.o.`, `株式会社`. The table is `legal_forms.tsv` beside this
//! file.

use std::sync::LazyLock;

struct Line {
    /// Empty: every country.
    countries: Vec<&'static str>,
    at_start: bool,
    at_end: bool,
    forms: Vec<&'static str>,
}

static TABLE: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let lines = include_str!("legal_forms.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.map(line).collect()
});

fn line(text: &'static str) -> Line {
    let mut columns = text.split('\t');
    let mut column = || columns.next().expect("three columns, which a test checks");
    let (countries, place) = (column(), column());
    Line {
        countries: countries.split(',').filter(|country| *country != "*").collect(),
        at_start: place != "end",
        at_end: place != "start",
        forms: column().split(' ').collect(),
    }
}

/// The longest form has five words: "sociedad limitada", "spol. s r.o.", "a socio unico".
const WORDS_MAX: usize = 5;

/// Forms of any length without spaces between words, which these scripts do not write.
fn is_unspaced(form: &str) -> bool {
    form.chars()
        .all(|c| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c))
}

/// Removes the legal forms of the country from both ends of a name; at least one word stays.
pub(super) fn strip(words: &mut Vec<String>, country: Option<&str>) {
    while strip_once(words, country) {}
}

/// Whether the words together are a legal form of the country.
pub(super) fn is_form(words: &[String], country: Option<&str>) -> bool {
    let joined = words.concat();
    lines(country).any(|line| line.forms.contains(&joined.as_str()))
}

fn lines(country: Option<&str>) -> impl Iterator<Item = &'static Line> {
    let applies = move |line: &&Line| {
        line.countries.is_empty()
            || country.is_some_and(|country| line.countries.contains(&country))
    };
    TABLE.iter().filter(applies)
}

fn strip_once(words: &mut Vec<String>, country: Option<&str>) -> bool {
    for count in (1..=WORDS_MAX.min(words.len().saturating_sub(1))).rev() {
        let (end, start) = (words.len() - count, count);
        let (tail, head) = (words[end..].concat(), words[..start].concat());
        if lines(country).any(|line| line.at_end && line.forms.contains(&tail.as_str())) {
            words.truncate(end);
            // "GmbH & Co. KG"
            words.truncate(
                words.len() - usize::from(words.len() > 1 && words.ends_with(&["and".to_owned()])),
            );
            return true;
        }
        if lines(country).any(|line| line.at_start && line.forms.contains(&head.as_str())) {
            words.drain(..start);
            return true;
        }
    }
    unspaced(words, country)
}

fn unspaced(words: &mut [String], country: Option<&str>) -> bool {
    let Some(last) = words.len().checked_sub(1) else { return false };
    let rests = |(line, form): (&'static Line, &'static str)| {
        let at_end = || Some((last, words[last].strip_suffix(form).filter(|_| line.at_end)?));
        let at_start = || Some((0, words[0].strip_prefix(form).filter(|_| line.at_start)?));
        at_end().or_else(at_start).filter(|(_, rest)| !rest.is_empty())
    };
    let forms = lines(country).flat_map(|line| line.forms.iter().map(move |form| (line, *form)));
    // Of forms that end alike the longest: 股份有限公司 ends in 有限公司.
    let shortest = forms.filter(|(_, form)| is_unspaced(form)).filter_map(rests);
    let Some((at, rest)) = shortest.min_by_key(|(_, rest)| rest.len()) else { return false };
    words[at] = rest.to_owned();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::term::Term;

    #[test]
    fn every_line_of_the_table_is_read() {
        for text in include_str!("legal_forms.tsv").lines().filter(|line| !line.starts_with('#')) {
            assert_eq!(text.split('\t').count(), 3, "{text}");
            assert!(["end", "start", "both"].contains(&text.split('\t').nth(1).unwrap()), "{text}");
        }
        for line in TABLE.iter() {
            assert!(
                line.countries.iter().all(|country| country.len() == 2),
                "{:?}",
                line.countries
            );
            for form in &line.forms {
                assert_eq!(
                    Term::parse(form).unwrap().as_str(),
                    *form,
                    "forms are written as terms"
                );
            }
        }
    }
}
