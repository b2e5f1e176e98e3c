//! Names of a sentence that are one list: "Salesforce, Orum or Gong". A phrase that speaks of a list
//! speaks of each name in it.

use super::finder::{Hit, Name, What};

/// Longest text between two names of one list, in bytes.
const GAP_BYTES_MAX: usize = 60;
/// Most words of an unknown name between two known ones.
const ITEM_WORDS_MAX: usize = 3;

/// The lists of a sentence's names, in its order.
pub(super) fn lists<'a>(text: &str, names: &'a [Hit]) -> Vec<&'a [Hit]> {
    let mut found = Vec::new();
    let mut rest = names;
    while !rest.is_empty() {
        let together = rest.windows(2).take_while(|pair| is_gap(text, pair[0].end, pair[1].start));
        let (list, others) = rest.split_at(1 + together.count());
        found.push(list);
        rest = others;
    }
    found
}

/// Only signs, little words and names that are not known.
pub(super) fn is_gap(text: &str, from: usize, to: usize) -> bool {
    let Some(gap) = text.get(from..to).filter(|gap| gap.len() <= GAP_BYTES_MAX) else {
        return false;
    };
    // An address repeats the name before it, and an aside comments on it: "Airbyte (or similar)".
    let mut aside = false;
    let mut words_in_row = 0;
    gap.split_whitespace().filter(|word| !word.contains("://")).all(|word| {
        let opens = word.starts_with('(') && gap.contains(')');
        let skipped = aside || opens;
        aside = skipped && !word.contains(')');
        skipped
            || word.split(SIGNS).enumerate().all(|(at, part)| {
                words_in_row = if at > 0 || joins(part) { 0 } else { words_in_row };
                words_in_row += usize::from(!part.is_empty());
                let named = part.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
                words_in_row <= ITEM_WORDS_MAX && (part.is_empty() || joins(part) || named)
            })
    })
}

/// Signs between the names of a list.
const SIGNS: &[char] = &[',', ';', '/', '|', '&', '+', '•', '(', ')', '.', '"', ':'];

/// Between the last names of a list.
fn joins(word: &str) -> bool {
    const JOINS: &[&str] = &["and", "or", "and/or", "und", "oder", "et", "ou", "y", "o", "e", "en"];
    JOINS.iter().any(|join| word.eq_ignore_ascii_case(join))
}

/// Whether the list leaves open which of its tools it is ("Tableau or Looker").
pub(super) fn is_either(text: &str, list: &[Hit]) -> bool {
    list.windows(2).any(|pair| {
        let gap = text.get(pair[0].end..pair[1].start).unwrap_or_default();
        let mut words = gap.split([' ', ',', '/']);
        words.any(|word| {
            ["or", "oder", "ou", "o", "of"].iter().any(|w| word.eq_ignore_ascii_case(w))
        })
    })
}

/// Whether an ambiguous word of the list is a tool by its neighbours: a name that is sure, or two that
/// are ambiguous as well, of which a phrase of use before the list makes up for one.
pub(super) fn vouches(list: &[Hit], word: &Hit, phrase: bool) -> bool {
    let mut others = usize::from(phrase);
    for hit in list {
        match (hit.what, word.what) {
            (What::Tool(_, Name::Sure) | What::Beside, _) => return true,
            (What::Tool(one, _), What::Tool(other, _)) if one != other => others += 1,
            _ => {}
        }
    }
    others >= 2
}
