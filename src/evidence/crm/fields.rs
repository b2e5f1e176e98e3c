//! Which column holds which standard field, by the words of its name.

use crate::evidence::table::{Column, Table, word_set};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// A standard field of customers and opportunities.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    schemars::JsonSchema,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    Id,
    Account,
    Domain,
    Industry,
    Size,
    Country,
    Owner,
    Source,
    Product,
    Created,
    Closed,
    Amount,
    Stage,
    LossReason,
    Recurring,
    Start,
    Renewal,
    Expansion,
    Contraction,
    End,
    Nps,
    Cost,
    Margin,
}

impl Field {
    /// The name in options and JSON.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name in a sentence.
    pub fn title(self) -> String {
        match self {
            Field::LossReason => "loss reason".to_owned(),
            Field::Recurring => "recurring revenue".to_owned(),
            Field::Nps => "NPS".to_owned(),
            Field::Account => "account".to_owned(),
            other => other.key().to_owned(),
        }
    }

    /// Words of names, the most certain first: `=` the name has no other word; then words that a column of
    /// another meaning has.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Field::Id => (
                "=id, opportunity id, deal id, record id, lead id, lead number, prospect id, \
                 mql id, row id",
                "account, owner, parent, company, contact, user",
            ),
            Field::Account => (
                "account name, =account, company name, =company, organization name, \
                 organisation name, =organization, =organisation, customer name, =customer, \
                 =client, account id, company id, customer id, associated company, =firma, \
                 =kunde",
                "size, owner, manager, type, number of, industry, created, date, status, parent",
            ),
            Field::Domain => {
                ("domain, website, =url, company url, web site", "landing, email, time")
            }
            Field::Industry => ("industry, sector, vertical, branche, business segment", ""),
            Field::Size => (
                "number employee, employee, headcount, company size, comp size, team size, \
                 =size, mitarbeiter",
                "revenue, date",
            ),
            Field::Country => {
                ("country, office location, billing country, =location, =land, =region", "")
            }
            Field::Owner => (
                "owner, sales rep, sales agent, account executive, salesperson, =seller, =rep, \
                 =agent, =ae",
                "date, date assigned, id of",
            ),
            Field::Source => (
                "lead source, original source, =source, lead origin, =origin, =channel, \
                 utm source, acquisition channel",
                "detail, record",
            ),
            Field::Product => {
                ("product name, =product, sku, plan, =package", "price, series, catalog")
            }
            Field::Created => (
                "created date, create date, date created, created at, =created, creation date, \
                 open date, opened, engage date, first contact date, start of opportunity, \
                 add time, deal created, lead date",
                "close, closed, modified, by, quarter",
            ),
            Field::Closed => (
                "close date, closed date, closed at, =closed, date closed, won date, closed on, \
                 closing date, close time, won time, date won",
                "quarter, expected, by, is",
            ),
            Field::Amount => (
                "deal amount, =amount, close value, deal value, deal size, =value, \
                 opportunity amount, acv, tcv, contract value, =price, order value, =betrag",
                "expected, weighted, lifetime, in company",
            ),
            Field::Stage => (
                "deal stage, =stage, stage name, opportunity stage, =status, deal status, \
                 opportunity status, lead status, =outcome, =result, converted, is won, =won, \
                 is closed won, closed won, =phase",
                "date, reason, at, amount, value",
            ),
            Field::LossReason => (
                "loss reason, lost reason, reason lost, closed lost reason, reason for loss, \
                 reason for losing",
                "",
            ),
            Field::Recurring => ("arr, mrr, recurring revenue, annual recurring", "date"),
            Field::Start => {
                ("contract start, subscription start, start date, customer since, go live", "")
            }
            Field::Renewal => ("renewal date, renewal, next renewal", "amount"),
            Field::Expansion => ("expansion, upsell", ""),
            Field::Contraction => ("contraction, downgrade, downsell", ""),
            Field::End => (
                "churn date, churned, cancelled, canceled, cancellation date, contract end, \
                 subscription end, end date",
                "reason",
            ),
            Field::Nps => ("nps, net promoter", ""),
            Field::Cost => {
                ("cac, acquisition cost, =cost, =spend, marketing spend, sales cost", "center")
            }
            Field::Margin => ("margin, gross margin", ""),
        }
    }

    /// How well a column's name says this field; more is better, `None` where it does not.
    fn rank(self, words: &BTreeSet<String>) -> Option<usize> {
        let (names, not) = self.names();
        let listed =
            |names: &'static str| names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<&str> = listed(names).collect();
        if listed(not).any(|name| word_set(name).is_subset(words)) {
            return None;
        }
        let fits = |name: &str| match name.strip_prefix('=') {
            Some(name) => word_set(name) == *words,
            None => word_set(name).is_subset(words),
        };
        let place = names.iter().position(|name| fits(name))?;
        let is_whole = word_set(names[place]) == *words;
        Some(2 * (names.len() - place) + usize::from(is_whole))
    }
}

/// The columns of a table by field.
pub type Fields = BTreeMap<Field, String>;

/// The fields of a table: for each the column whose name says it best. `given` are the user's own, by column.
pub fn recognise(table: &Table, given: &BTreeMap<Field, String>) -> Fields {
    let words: Vec<(&Column, BTreeSet<String>)> =
        table.columns.iter().map(|column| (column, word_set(&column.name))).collect();
    let mut fields = Fields::new();
    for field in Field::iter() {
        if let Some(column) = given.get(&field).filter(|name| table.column(name).is_some()) {
            fields.insert(field, column.clone());
            continue;
        }
        let taken = |name: &String| given.values().any(|other| other == name);
        let may = |column: &Column| !taken(&column.name) && is_plausible(field, column);
        let ranked = words.iter().filter(|(column, _)| may(column));
        let ranked = ranked.filter_map(|(column, words)| Some((field.rank(words)?, *column)));
        // The first of equal ones.
        let best = ranked.rev().max_by_key(|(rank, _)| *rank);
        fields.extend(best.map(|(_, column)| (field, column.name.clone())));
    }
    fields
}

/// A column called "client" that holds new and current is not one of accounts: they are many.
const ACCOUNTS_MIN: usize = 30;
const ACCOUNTS_SHARE: usize = 20;

fn is_plausible(field: Field, column: &Column) -> bool {
    let (filled, distinct) = (column.filled(), column.distinct());
    match field {
        Field::Account => {
            distinct >= ACCOUNTS_MIN || distinct * ACCOUNTS_SHARE >= filled && filled > 0
        }
        _ => filled > 0,
    }
}

/// A figure that needs fields, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Figure {
    /// The figure's name.
    pub figure: &'static str,
    /// Fields that no file has.
    pub missing: Vec<Field>,
}

/// The figures that no file has the fields for, each with what is missing.
pub fn falling_away(found: &BTreeSet<Field>) -> Vec<Figure> {
    use Field::*;
    let needs: &[(&'static str, &[Field])] = &[
        ("win rate", &[Stage]),
        ("figures by account, and intervals that respect it", &[Account]),
        ("fit by industry", &[Industry]),
        ("fit by company size", &[Size]),
        ("rates by lead source", &[Source]),
        ("rates by owner", &[Owner]),
        ("average deal", &[Amount]),
        ("cycle, and the share won by a day", &[Created, Closed]),
        ("sales velocity", &[Stage, Amount, Created, Closed]),
        ("reasons of lost deals", &[LossReason]),
        ("join with signals", &[Domain]),
        ("retention and churn", &[Recurring, Start, End]),
        ("net revenue retention", &[Recurring, Start, End, Expansion, Contraction]),
        ("renewals that are due", &[Renewal]),
        ("lifetime value", &[Recurring, Start, End, Margin]),
        ("CAC payback", &[Cost, Recurring, Margin]),
        ("NPS of segments", &[Nps]),
    ];
    let lacks = |(figure, fields): &(&'static str, &[Field])| {
        let missing: Vec<Field> = fields.iter().copied().filter(|f| !found.contains(f)).collect();
        (!missing.is_empty()).then_some(Figure { figure, missing })
    };
    needs.iter().filter_map(lacks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::table::Builder;

    fn fields(columns: &[&str]) -> Vec<(Field, String)> {
        let mut builder = Builder::new("a.csv");
        builder.row(columns.iter().map(|name| (*name, "1")));
        recognise(&builder.finish(Vec::new()), &BTreeMap::new()).into_iter().collect()
    }

    #[test]
    fn names_of_the_common_systems_are_known() {
        use Field::*;
        type Case = (&'static [&'static str], &'static [(Field, &'static str)]);
        let cases: &[Case] = &[
            (
                &[
                    "Opportunity ID",
                    "Account Name",
                    "Stage",
                    "Amount",
                    "Close Date",
                    "Created Date",
                    "Lead Source",
                    "Opportunity Owner",
                    "Industry",
                    "Number of Employees",
                ],
                &[
                    (Id, "Opportunity ID"),
                    (Account, "Account Name"),
                    (Industry, "Industry"),
                    (Size, "Number of Employees"),
                    (Owner, "Opportunity Owner"),
                    (Source, "Lead Source"),
                    (Created, "Created Date"),
                    (Closed, "Close Date"),
                    (Amount, "Amount"),
                    (Stage, "Stage"),
                ],
            ),
            (
                &[
                    "Record ID",
                    "Deal Stage",
                    "Amount",
                    "Create Date",
                    "Close Date",
                    "Deal owner",
                    "Associated Company",
                    "Closed Lost Reason",
                ],
                &[
                    (Id, "Record ID"),
                    (Account, "Associated Company"),
                    (Owner, "Deal owner"),
                    (Created, "Create Date"),
                    (Closed, "Close Date"),
                    (Amount, "Amount"),
                    (Stage, "Deal Stage"),
                    (LossReason, "Closed Lost Reason"),
                ],
            ),
            (
                &[
                    "id",
                    "domain",
                    "arr",
                    "contract_start",
                    "renewal_date",
                    "churn_date",
                    "nps_score",
                    "gross_margin",
                ],
                &[
                    (Id, "id"),
                    (Domain, "domain"),
                    (Recurring, "arr"),
                    (Start, "contract_start"),
                    (Renewal, "renewal_date"),
                    (End, "churn_date"),
                    (Nps, "nps_score"),
                    (Margin, "gross_margin"),
                ],
            ),
            (
                &["Account Owner", "Company Size", "Status Date", "Close Quarter"],
                &[(Size, "Company Size"), (Owner, "Account Owner")],
            ),
        ];
        for (columns, expected) in cases {
            let expected: Vec<(Field, String)> =
                expected.iter().map(|(field, name)| (*field, (*name).to_owned())).collect();
            assert_eq!(fields(columns), expected);
        }
    }

    #[test]
    fn figures_fall_away_with_what_they_miss() {
        use Field::*;
        let found = BTreeSet::from([Stage, Account, Amount, Created]);
        let missing = |name: &str| {
            let figures = falling_away(&found);
            figures.into_iter().find(|f| f.figure == name).map(|f| f.missing)
        };
        assert_eq!(missing("win rate"), None);
        assert_eq!(missing("sales velocity"), Some(vec![Closed]));
        assert_eq!(missing("lifetime value"), Some(vec![Recurring, Start, End, Margin]));
    }
}
