//! What a row says of a company: the attributes that profiles ask for, as far as columns have them. An export has
//! the values of its day; only a column that says when the account was last changed dates them.

use crate::domain::evidence::attribute::{Attribute, Value};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::country;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::{Field, Fields};
use crate::evidence::crm::outcome::Outcomes;
use crate::evidence::crm::refs::Reference;
use crate::evidence::table::dates::{self, Choice, Dates};
use crate::evidence::table::numbers::number;
use crate::evidence::table::{Column, Table, word_set};
use crate::mapping::identity;
use crate::mapping::normalise::band;
use std::collections::{BTreeMap, BTreeSet};

/// A deal's company, as far as rows say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    pub account: Option<AccountKey>,
    /// Sorted by attribute.
    pub facts: Vec<(Attribute, Value)>,
    pub tools: Vec<Term>,
    /// The account was last changed before the deal began, so that this was known then.
    pub is_dated: bool,
}

impl Said {
    /// Rows say nothing of the company.
    pub fn is_unknown(&self) -> bool {
        self.facts.is_empty() && self.tools.is_empty()
    }
}

/// Names of columns that no standard field has, as sets of words.
const OTHERS: &[(Attribute, &[&str])] = &[
    (Attribute::SubIndustry, &["sub industry", "subindustry"]),
    (Attribute::FoundedYear, &["founded", "year founded", "year established", "founding year"]),
    (Attribute::FundingStage, &["funding stage", "last round"]),
    (Attribute::BusinessModel, &["business model"]),
    (Attribute::GrowthStage, &["growth stage"]),
    (Attribute::Region, &["region", "billing region"]),
    (Attribute::Territory, &["territory"]),
    (Attribute::Organisation, &["legal form", "ownership"]),
];
const TOOLS: &[&str] = &["technology", "technologies", "tech stack", "tools", "tool"];
const CHANGED: &[&str] = &["modified", "updated", "changed", "enriched"];
/// Words of one cell are apart at these.
const BETWEEN: [char; 3] = [';', '|', '\n'];

/// Reads what rows say of companies.
pub(super) struct Reader<'a> {
    /// The deals' columns, then those of the accounts' file.
    columns: Vec<Of<'a>>,
    /// Days on which accounts were last changed, by row of their file.
    changed: Option<Dates>,
}

struct Of<'a> {
    column: &'a Column,
    is_of_account: bool,
    what: What,
    /// By code: the tags of the profile that hold.
    tags: BTreeMap<u32, Vec<Term>>,
}

enum What {
    Nothing,
    Domain,
    Attribute(Attribute),
    Tools,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        tables: &'a [Table],
        fields: &[Fields],
        outcomes: &Outcomes,
        to: Option<&Reference>,
        tags: &BTreeSet<Term>,
        choice: Option<Choice>,
    ) -> Reader<'a> {
        let mut columns = Vec::new();
        let mut add = |at: usize, is_of_account: bool| {
            for column in &tables[at].columns {
                if !is_of_account && outcomes.columns.contains(&column.name) {
                    continue;
                }
                let field = fields[at].iter().find(|(_, name)| **name == column.name);
                let what = what(field.map(|(field, _)| *field), column);
                let tags = tags_of(column, tags);
                columns.push(Of { column, is_of_account, what, tags });
            }
        };
        add(outcomes.table, false);
        if let Some(reference) = to {
            add(reference.to, true);
        }
        let changed = to.and_then(|reference| {
            let is_changed = |column: &&Column| {
                let words = word_set(&column.name);
                CHANGED.iter().any(|word| words.contains(*word))
            };
            tables[reference.to]
                .columns
                .iter()
                .filter(is_changed)
                .find_map(|column| dates::read(column, choice))
        });
        Reader { columns, changed }
    }

    /// What a deal's row, and its account's, say.
    pub(super) fn said(&self, row: usize, account: Option<usize>, since: Option<Day>) -> Said {
        let changed = account.and_then(|row| self.changed.as_ref()?.days[row]);
        let is_dated = matches!((changed, since), (Some(changed), Some(since)) if changed <= since);
        let mut said = Said { is_dated, ..Said::default() };
        let mut tags: Vec<Term> = Vec::new();
        // The accounts' file knows the company better than the deal.
        for of in self.columns.iter().rev() {
            let Some(row) = (if of.is_of_account { account } else { Some(row) }) else { continue };
            let Some(text) = of.column.get(row) else { continue };
            tags.extend(of.tags.get(&of.column.code(row)).into_iter().flatten().cloned());
            match &of.what {
                What::Nothing => {}
                What::Domain => {
                    said.account = said.account.take().or_else(|| identity::resolve(text).ok());
                }
                What::Tools => said.tools.extend(words(text).filter_map(|w| Term::parse(w).ok())),
                What::Attribute(attribute) => {
                    let is_new = said.facts.iter().all(|(known, _)| known != attribute);
                    let value = value(*attribute, text).filter(|_| is_new);
                    said.facts.extend(value.map(|value| (*attribute, value)));
                }
            }
        }
        said.facts.extend(Value::terms(tags).map(|value| (Attribute::Tags, value)));
        said.facts.sort_by_key(|(attribute, _)| *attribute);
        said.tools.sort_unstable();
        said.tools.dedup();
        said
    }

    /// Columns in which a tag of the profile was found.
    pub(super) fn tag_columns(&self) -> BTreeSet<String> {
        let with = self.columns.iter().filter(|of| !of.tags.is_empty());
        with.map(|of| of.column.name.clone()).collect()
    }
}

fn what(field: Option<Field>, column: &Column) -> What {
    match field {
        Some(Field::Domain) => return What::Domain,
        Some(Field::Industry) => return What::Attribute(Attribute::Industry),
        Some(Field::Country) => {
            let is_country = |(_, text): (u32, &str)| country::iso2(text).is_some();
            let attribute = match column.texts().any(is_country) {
                true => Attribute::Country,
                // A column "Region" that names no country.
                false => Attribute::Region,
            };
            return What::Attribute(attribute);
        }
        Some(Field::Size) => return What::Attribute(Attribute::Employees),
        Some(_) => return What::Nothing,
        None => {}
    }
    let named = word_set(&column.name);
    let is = |names: &[&str]| names.iter().any(|name| word_set(name) == named);
    match OTHERS.iter().find(|(_, names)| is(names)) {
        Some((attribute, _)) => What::Attribute(*attribute),
        None if is(TOOLS) => What::Tools,
        None => What::Nothing,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN).map(str::trim).filter(|word| !word.is_empty())
}

fn value(attribute: Attribute, text: &str) -> Option<Value> {
    match attribute {
        Attribute::Employees => {
            let (low, high) = match number(text) {
                Some((people, _)) if people >= 0.0 => (people as u64, people as u64),
                _ => band::parse(text)?,
            };
            Some(Value::Number { low, high })
        }
        Attribute::FoundedYear => {
            let year: u64 = text.get(..4)?.parse().ok()?;
            (1000..3000).contains(&year).then(|| Value::number(year))
        }
        Attribute::FundingStage => {
            let name = Term::parse(text).ok()?.as_str().replace('-', "_");
            name.parse().ok().map(Value::Stage)
        }
        Attribute::Country => Value::said(attribute, [country::iso2(text)?.as_str()]),
        _ => Value::said(attribute, words(text)),
    }
}

/// By code, the tags that `buymode icp suggest` writes for a property of this column: "industry not software",
/// "employees above 200".
fn tags_of(column: &Column, tags: &BTreeSet<Term>) -> BTreeMap<u32, Vec<Term>> {
    let mut found = BTreeMap::new();
    if tags.is_empty() {
        return found;
    }
    let term = |text: String| Term::parse(&text).ok();
    let name = &column.name;
    // The end of a range, as it is written in a tag.
    let end = |tag: &Term, word: &str| -> Option<f64> {
        let head = term(format!("{name} {word}"))?;
        let rest = tag.as_str().strip_prefix(head.as_str())?.strip_prefix('-')?;
        rest.replace('-', ".").parse().ok()
    };
    let none: Vec<(&Term, Option<Term>)> = tags
        .iter()
        .map(|tag| {
            let forbidden = column.texts().find_map(|(_, text)| {
                let not = term(format!("{name} not {text}"))?;
                (not == *tag).then(|| term(text.to_owned())).flatten()
            });
            (tag, forbidden)
        })
        .collect();
    for (code, text) in column.texts() {
        let is = term(format!("{name} {text}"));
        let plain = term(text.to_owned());
        let value = number(text).map(|(value, _)| value);
        let holds = |(tag, forbidden): &(&Term, Option<Term>)| {
            let above = value.zip(end(tag, "above")).is_some_and(|(value, end)| value > end);
            let below = value.zip(end(tag, "at most")).is_some_and(|(value, end)| value <= end);
            let not = forbidden.is_some() && plain.is_some() && plain != *forbidden;
            is.as_ref() == Some(*tag) || above || below || not
        };
        let held: Vec<Term> =
            none.iter().filter(|tag| holds(tag)).map(|(tag, _)| (*tag).clone()).collect();
        if !held.is_empty() {
            found.insert(code, held);
        }
    }
    found
}
