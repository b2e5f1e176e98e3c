//! Job titles onto function and seniority, by a table of words that people can read and extend:
//! `deploy/titles.tsv`.
//!
//! A mapping classifies where records are made, by the shipped table and the lines that it adds
//! (`titles` in a mapping file), and writes the answer into the record. A record that comes without
//! one is read by the shipped table as this build has it, so that every reader of a log reads the same:
//! that makes the table part of the rules version, and a change of it changes what a log folds to.

mod normal;
mod reading;
mod table;

#[cfg(test)]
mod tests;

use super::catalogue::{Function, Seniority};
use aho_corasick::{AhoCorasick, MatchKind};
use reading::Item;
use smallvec::SmallVec;
use std::sync::{Arc, LazyLock};
use table::{Mark, Meaning, Table};

/// The shipped table.
pub const SHIPPED: &str = include_str!("../../../../deploy/titles.tsv");

static BY_SHIPPED: LazyLock<Titles> =
    LazyLock::new(|| Titles::with("").expect("a test reads the shipped table"));

/// What a job is for and how senior it is, by its title and the shipped table.
pub fn classify(title: &str) -> (Function, Seniority) {
    BY_SHIPPED.classify(title)
}

/// A table of words made ready for search: one pass over a title finds them all.
#[derive(Clone, Debug)]
pub struct Titles {
    finder: AhoCorasick,
    meanings: Arc<[Meaning]>,
}

/// By the shipped table.
impl Default for Titles {
    fn default() -> Titles {
        BY_SHIPPED.clone()
    }
}

impl Titles {
    /// The shipped table with the lines of another on top. The error says which line is wrong.
    pub fn with(lines: &str) -> Result<Titles, String> {
        let table = Table::default().read(SHIPPED).and_then(|table| table.read(lines))?;
        let separator = |mark| Meaning { mark: Some(mark), ..Meaning::default() };
        let separators =
            [" | ", " & ", " or ", " oder ", " et ", " ou ", " y ", " e ", " en ", " og ", " och "];
        let mark = |sign: &str| if sign == " | " { Mark::Part } else { Mark::And };
        let separators = separators.map(|sign| (sign.to_owned(), separator(mark(sign))));
        let (phrases, meanings): (Vec<String>, Vec<Meaning>) =
            table.0.into_iter().chain(separators).unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&phrases)
            .map_err(|error| error.to_string())?;
        Ok(Titles { finder, meanings: meanings.into() })
    }

    /// What a job is for and how senior it is, by its title.
    pub fn classify(&self, title: &str) -> (Function, Seniority) {
        let text = normal::of(title);
        let mut items: SmallVec<[Item; 16]> = SmallVec::new();
        let mut end = 0;
        for found in self.finder.find_iter(&text) {
            let meaning = self.meanings[found.pattern().as_usize()];
            let unknown = has_word(&text[end..found.start()]);
            if let Some(before) = items.last_mut() {
                before.before_unknown |= unknown;
            }
            items.push(Item { meaning, before_unknown: false, after_unknown: unknown });
            end = found.end();
        }
        if let Some(last) = items.last_mut() {
            last.before_unknown = has_word(&text[end..]);
        }
        reading::read(items)
    }
}

/// Whether a whole word stands between two phrases; the rest of a compound does not count.
fn has_word(between: &str) -> bool {
    between.trim_end().contains(' ')
}
