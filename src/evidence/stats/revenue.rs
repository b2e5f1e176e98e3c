//! Figures about money and time, by the definitions that sales teams share. Money is in one currency.

use super::Interval;

/// Sales velocity, money a day: opportunities x win rate x average deal of won deals / cycle in days.
pub fn velocity(
    opportunities: f64,
    win_rate: f64,
    average_deal: f64,
    cycle_days: f64,
) -> Option<f64> {
    (cycle_days > 0.0).then(|| opportunities * win_rate * average_deal / cycle_days)
}

/// Recurring revenue of a cohort: at its start, and what was added and lost until the end of its period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cohort {
    pub start: f64,
    pub expansion: f64,
    pub contraction: f64,
    pub churn: f64,
}

/// Net revenue retention of a cohort: (start + expansion - contraction - churn) / start.
pub fn net_retention(cohort: Cohort) -> Option<f64> {
    let Cohort { start, expansion, contraction, churn } = cohort;
    (start > 0.0).then(|| (start + expansion - contraction - churn) / start)
}

/// Months until a customer's margin has paid for winning it: cost / (new revenue a month x gross margin).
pub fn cac_payback_months(cost: f64, new_monthly_revenue: f64, gross_margin: f64) -> Option<f64> {
    let monthly = new_monthly_revenue * gross_margin;
    (monthly > 0.0).then(|| cost / monthly)
}

/// Lifetime value: revenue a month x gross margin / churn a month. `None` where the interval of churn touches
/// 0: then the value has no upper end.
pub fn lifetime_value(
    monthly_revenue: f64,
    gross_margin: f64,
    monthly_churn: f64,
    churn: Interval,
) -> Option<(f64, Interval)> {
    if churn.low <= 0.0 || monthly_churn <= 0.0 {
        return None;
    }
    let value = |churn: f64| monthly_revenue * gross_margin / churn;
    Some((value(monthly_churn), Interval { low: value(churn.high), high: value(churn.low) }))
}

/// The share of the pipeline's value that fits the profile.
pub fn fill_rate(fitting: f64, pipeline: f64) -> Option<f64> {
    (pipeline > 0.0).then(|| fitting / pipeline)
}
