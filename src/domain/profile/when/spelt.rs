//! A test of words made ready to ask with: each word of a profile with every name that sources give the
//! same thing, so that `Healthcare`, `health-care` and `Hospital & Health Care` take the same companies,
//! in records that went through a mapping and in those that did not.

use super::TermTest;
use crate::domain::evidence::company::Attribute;
use crate::domain::terms::term::Term;
use crate::domain::terms::vocabulary::{ATTRIBUTES, COUNTRIES, INDUSTRIES, TOOLS, Vocabulary};

/// The words of an attribute; none for those that are a team's own, such as tags.
pub fn vocabulary(attribute: Attribute) -> Option<&'static Vocabulary> {
    match attribute {
        Attribute::Industry | Attribute::SubIndustry => Some(&INDUSTRIES),
        Attribute::Country | Attribute::OperatesIn => Some(&COUNTRIES),
        other => ATTRIBUTES.get(<&'static str>::from(other)),
    }
}

/// Words that are compared with those of a company.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spelt {
    /// Sorted: every name of every word.
    any_of: Vec<Term>,
    /// The names of each word.
    all_of: Vec<Vec<Term>>,
    /// Sorted.
    none_of: Vec<Term>,
    contains: Vec<Term>,
}

impl Spelt {
    pub(super) fn of(attribute: Attribute, test: &TermTest) -> Spelt {
        let words = vocabulary(attribute);
        let names = |word: &Term| words.map_or_else(|| vec![word.clone()], |v| v.names(word));
        let all = |list: &[Term]| {
            let mut all: Vec<Term> = list.iter().flat_map(names).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        Spelt {
            any_of: all(&test.any_of),
            all_of: test.all_of.iter().map(names).collect(),
            none_of: all(&test.none_of),
            contains: test.contains.clone(),
        }
    }

    /// Whether it holds of all the words that are known.
    pub(super) fn holds(&self, known: &[Term]) -> bool {
        let among = |list: &[Term]| known.iter().any(|word| list.binary_search(word).is_ok());
        let within = |part: &Term| known.iter().any(|word| word.as_str().contains(part.as_str()));
        (self.any_of.is_empty() || among(&self.any_of))
            && self.all_of.iter().all(|names| known.iter().any(|word| names.contains(word)))
            && !among(&self.none_of)
            && (self.contains.is_empty() || self.contains.iter().any(within))
    }
}

/// A test of tools by the catalogue's words. As they were written they are asked for too, since a
/// deployment may have a catalogue of its own.
pub(super) fn tools(test: &TermTest) -> TermTest {
    TermTest {
        any_of: both(&test.any_of),
        // Each of them must be there, under the one word.
        all_of: test.all_of.iter().map(|tool| TOOLS.word(tool)).collect(),
        none_of: both(&test.none_of),
        contains: test.contains.clone(),
    }
}

/// The catalogue's words for tools, and the words as they were written.
pub fn both(tools: &[Term]) -> Vec<Term> {
    let mut all: Vec<Term> = Vec::with_capacity(tools.len());
    for tool in tools.iter().map(|tool| TOOLS.word(tool)).chain(tools.iter().cloned()) {
        if !all.contains(&tool) {
            all.push(tool);
        }
    }
    all
}
