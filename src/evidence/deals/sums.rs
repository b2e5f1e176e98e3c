//! What deals and customers add up to, by company family: figures are ratios of such sums, so that a resample of
//! families is a sum of a few numbers.

use super::customers::Customer;
use super::rows::{Deal, Deals};
use crate::domain::terms::time::Day;
use crate::evidence::stats::survival::End;

/// The parts of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Closed,
    Won,
    /// Won deals with an amount.
    Priced,
    Amount,
    /// Won deals with both days.
    Timed,
    Days,
    Open,
    /// Open deals with an amount.
    OpenPriced,
    OpenAmount,
    Demos,
    DemosWon,
    Customers,
    Recurring,
    /// Customers that began a year ago or earlier, and their revenue.
    Cohort,
    CohortStart,
    Expansion,
    Contraction,
    Churned,
    AskedExpansion,
    Expanded,
    Months,
    Ended,
    Margins,
    Margin,
    /// Customers with a cost of winning them.
    Costed,
    Cost,
    CostedRecurring,
    Rated,
    Promoters,
    Detractors,
}

const PARTS: usize = Of::Detractors as usize + 1;
pub(super) const YEAR_DAYS: i32 = 365;
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// Sums of one kind of company, of one family or of many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sums([f64; PARTS]);

impl Default for Sums {
    fn default() -> Sums {
        Sums([0.0; PARTS])
    }
}

impl Sums {
    pub(super) fn of(&self, part: Of) -> f64 {
        self.0[part as usize]
    }

    /// One part over another; `None` where that is 0.
    pub(super) fn ratio(&self, part: Of, whole: Of) -> Option<f64> {
        let whole = self.of(whole);
        (whole > 0.0).then(|| self.of(part) / whole)
    }

    fn more(&mut self, part: Of, value: f64) {
        self.0[part as usize] += value;
    }

    fn one(&mut self, part: Of, holds: bool) {
        self.more(part, f64::from(u8::from(holds)));
    }

    fn deal(&mut self, deal: &Deal) {
        match deal.end {
            End::Open => {
                self.more(Of::Open, 1.0);
                if let Some(amount) = deal.amount {
                    self.more(Of::OpenPriced, 1.0);
                    self.more(Of::OpenAmount, amount);
                }
                return;
            }
            End::Lost => {}
            End::Won => {
                self.more(Of::Won, 1.0);
                if let Some(amount) = deal.amount {
                    self.more(Of::Priced, 1.0);
                    self.more(Of::Amount, amount);
                }
                if let Some(days) = deal.days() {
                    self.more(Of::Timed, 1.0);
                    self.more(Of::Days, days);
                }
            }
        }
        self.more(Of::Closed, 1.0);
        if deal.demo == Some(true) {
            self.more(Of::Demos, 1.0);
            self.one(Of::DemosWon, deal.end == End::Won);
        }
    }

    fn customer(&mut self, customer: &Customer, upto: Day) {
        let Customer { recurring, expansion, contraction, .. } = customer;
        // A contract that ends later runs still.
        let (start, end) = customer.span(upto);
        if let Some(recurring) = recurring {
            self.more(Of::Customers, 1.0);
            self.more(Of::Recurring, *recurring);
        }
        if let Some(start) = start {
            let days = end.unwrap_or(upto).since(start).max(0);
            self.more(Of::Months, f64::from(days) / MONTH_DAYS);
            self.one(Of::Ended, end.is_some());
        }
        let begun = start.filter(|start| upto.since(*start) >= YEAR_DAYS);
        if let (Some(begun), Some(recurring)) = (begun, recurring) {
            let is_gone = end.is_some_and(|end| end.since(begun) < YEAR_DAYS);
            self.more(Of::Cohort, 1.0);
            self.more(Of::CohortStart, *recurring);
            if is_gone {
                self.more(Of::Churned, *recurring);
            } else {
                self.more(Of::Expansion, expansion.unwrap_or(0.0));
                self.more(Of::Contraction, contraction.unwrap_or(0.0));
            }
        }
        if start.is_some() || recurring.is_some() {
            self.more(Of::AskedExpansion, 1.0);
            self.one(Of::Expanded, expansion.is_some_and(|value| value > 0.0));
        }
        if let Some(margin) = customer.margin {
            self.more(Of::Margins, 1.0);
            self.more(Of::Margin, margin);
        }
        if let (Some(cost), Some(recurring)) = (customer.cost, recurring) {
            self.more(Of::Costed, 1.0);
            self.more(Of::Cost, cost);
            self.more(Of::CostedRecurring, *recurring);
        }
        if let Some(nps) = customer.nps.filter(|nps| (0.0..=10.0).contains(nps)) {
            self.more(Of::Rated, 1.0);
            self.one(Of::Promoters, nps >= 9.0);
            self.one(Of::Detractors, nps <= 6.0);
        }
    }
}

/// By family, the sums of the companies that fit and of the others.
pub(super) fn by_family(
    deals: &Deals,
    is_icp: &dyn Fn(usize) -> bool,
    customer_is_icp: &dyn Fn(usize) -> bool,
) -> Vec<[Sums; 2]> {
    let mut sums = vec![[Sums::default(); 2]; deals.families];
    for (at, deal) in deals.deals.iter().enumerate() {
        sums[deal.family as usize][usize::from(!is_icp(at))].deal(deal);
    }
    for (at, customer) in deals.customers.iter().enumerate() {
        let kind = usize::from(!customer_is_icp(at));
        sums[customer.family as usize][kind].customer(customer, deals.upto);
    }
    sums
}

/// A family's sums without the parts that are 0: kind, part and value.
pub(super) type Sparse = Vec<(usize, usize, f64)>;

pub(super) fn sparse(sums: &[[Sums; 2]]) -> Vec<Sparse> {
    let of_family = |both: &[Sums; 2]| {
        let kinds = both.iter().enumerate();
        let parts = kinds.flat_map(|(kind, sums)| {
            sums.0.iter().enumerate().map(move |(part, value)| (kind, part, *value))
        });
        parts.filter(|(.., value)| *value != 0.0).collect()
    };
    sums.iter().map(of_family).collect()
}

pub(super) fn total<'a>(families: impl Iterator<Item = &'a Sparse>) -> [Sums; 2] {
    let mut total = [Sums::default(); 2];
    for (kind, part, value) in families.flatten() {
        total[*kind].0[*part] += value;
    }
    total
}
