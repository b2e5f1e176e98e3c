//! The figures that are ratios of sums over deals or customers, by the definitions that sales teams share.

use super::rows::Deals;
use super::sums::{Of, Sums};
use crate::evidence::crm::fields::Field;
use crate::evidence::stats::revenue;
use schemars::JsonSchema;
use serde::Serialize;

/// What a value is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// From 0 to 1.
    Share,
    /// The file's currency.
    Money,
    MoneyPerDay,
    Days,
    Months,
    Ratio,
    /// Of a net promoter score, from -100 to 100.
    Points,
}

pub(super) type Compute = fn(&Sums) -> Option<f64>;

/// A figure that is a ratio of sums.
pub(super) struct Definition {
    pub figure: &'static str,
    pub unit: Unit,
    pub how: &'static str,
    pub of: Compute,
    /// The records behind it.
    pub count: Of,
    pub needs: &'static [Field],
    /// It grows with the number of deals, so that kinds of company are not compared by it.
    pub grows: bool,
}

fn velocity(sums: &Sums) -> Option<f64> {
    let (rate, deal) = (sums.ratio(Of::Won, Of::Closed)?, sums.ratio(Of::Amount, Of::Priced)?);
    let days = sums.ratio(Of::Days, Of::Timed)?;
    let open = Some(sums.of(Of::Open)).filter(|open| *open > 0.0)?;
    revenue::velocity(open, rate, deal, days)
}

fn retention(sums: &Sums) -> Option<f64> {
    revenue::net_retention(revenue::Cohort {
        start: sums.of(Of::CohortStart),
        expansion: sums.of(Of::Expansion),
        contraction: sums.of(Of::Contraction),
        churn: sums.of(Of::Churned),
    })
}

/// `None` where no customer has left: then a value has no upper end.
fn lifetime(sums: &Sums) -> Option<f64> {
    let churn = sums.ratio(Of::Ended, Of::Months).filter(|churn| *churn > 0.0)?;
    let (monthly, margin) =
        (sums.ratio(Of::Recurring, Of::Customers)? / 12.0, sums.ratio(Of::Margin, Of::Margins)?);
    Some(monthly * margin / churn)
}

fn payback(sums: &Sums) -> Option<f64> {
    let monthly = sums.of(Of::CostedRecurring) / 12.0;
    revenue::cac_payback_months(sums.of(Of::Cost), monthly, sums.ratio(Of::Margin, Of::Margins)?)
}

fn promoters(sums: &Sums) -> Option<f64> {
    let [promoters, detractors] =
        [Of::Promoters, Of::Detractors].map(|part| sums.ratio(part, Of::Rated));
    Some(100.0 * (promoters? - detractors?))
}

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        figure: "win rate",
        unit: Unit::Share,
        how: "won of won and lost",
        of: |sums| sums.ratio(Of::Won, Of::Closed),
        count: Of::Closed,
        needs: &[Field::Stage],
        grows: false,
    },
    Definition {
        figure: "demo to close",
        unit: Unit::Share,
        how: "won of closed deals with a demonstration",
        of: |sums| sums.ratio(Of::DemosWon, Of::Demos),
        count: Of::Demos,
        needs: &[],
        grows: false,
    },
    Definition {
        figure: "average deal",
        unit: Unit::Money,
        how: "of won deals with an amount",
        of: |sums| sums.ratio(Of::Amount, Of::Priced),
        count: Of::Priced,
        needs: &[Field::Amount],
        grows: false,
    },
    Definition {
        figure: "cycle, the usual average",
        unit: Unit::Days,
        how: "creation to win of won deals; too short, since slow deals are open still or lost",
        of: |sums| sums.ratio(Of::Days, Of::Timed),
        count: Of::Timed,
        needs: &[Field::Created, Field::Closed],
        grows: false,
    },
    Definition {
        figure: "sales velocity",
        unit: Unit::MoneyPerDay,
        how: "open deals x win rate x average deal / usual cycle; it grows with the number of deals, so that kinds are \
              not compared",
        of: velocity,
        count: Of::Open,
        needs: &[Field::Amount, Field::Created, Field::Closed],
        grows: true,
    },
    Definition {
        figure: "net revenue retention",
        unit: Unit::Share,
        how: "first year of customers that began a year ago or earlier; expansion and contraction as the file has \
              them, without a day",
        of: retention,
        count: Of::Cohort,
        needs: &[Field::Recurring, Field::Start, Field::Expansion, Field::Contraction],
        grows: false,
    },
    Definition {
        figure: "customers that expanded",
        unit: Unit::Share,
        how: "with an expansion above 0",
        of: |sums| sums.ratio(Of::Expanded, Of::AskedExpansion),
        count: Of::AskedExpansion,
        needs: &[Field::Expansion],
        grows: false,
    },
    Definition {
        figure: "recurring revenue of a year",
        unit: Unit::Money,
        how: "of a customer, in the mean",
        of: |sums| sums.ratio(Of::Recurring, Of::Customers),
        count: Of::Customers,
        needs: &[Field::Recurring],
        grows: false,
    },
    Definition {
        figure: "lifetime value",
        unit: Unit::Money,
        how: "revenue a month x margin / churn a month; none where no customer has left",
        of: lifetime,
        count: Of::Customers,
        needs: &[Field::Recurring, Field::Start, Field::End, Field::Margin],
        grows: false,
    },
    Definition {
        figure: "CAC payback",
        unit: Unit::Months,
        how: "cost of winning / (revenue a month x margin)",
        of: payback,
        count: Of::Costed,
        needs: &[Field::Cost, Field::Recurring, Field::Margin],
        grows: false,
    },
    Definition {
        figure: "net promoter score",
        unit: Unit::Points,
        how: "share of 9 and 10 minus share of 0 to 6",
        of: promoters,
        count: Of::Rated,
        needs: &[Field::Nps],
        grows: false,
    },
];

/// Figures that no column allows, with the fields that are missing.
pub(super) fn falls_away(deals: &Deals) -> Vec<(String, Vec<Field>)> {
    let missing = |definition: &Definition| -> Vec<Field> {
        let needs = definition.needs.iter().copied();
        needs.filter(|field| !deals.found.contains(field)).collect()
    };
    let listed = DEFINITIONS.iter().map(|one| (one.figure.to_owned(), missing(one)));
    let churn = [Field::Start, Field::End];
    let churn = churn.into_iter().filter(|field| !deals.found.contains(field)).collect();
    let by_window = [Field::Created, Field::Closed];
    let by_window = by_window.into_iter().filter(|f| !deals.found.contains(f)).collect();
    listed
        .chain([
            ("churn within 90 days and 12 months".to_owned(), churn),
            ("share won by a day".to_owned(), by_window),
        ])
        .filter(|(_, missing): &(String, Vec<Field>)| !missing.is_empty())
        .collect()
}
