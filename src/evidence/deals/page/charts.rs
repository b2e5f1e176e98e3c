//! Charts of the page that stand beside no table of their own.

use crate::evidence::deals::curves::Incidence;
use crate::evidence::deals::groups::{Calibrated, Rate};
use crate::evidence::stats::Interval;
use crate::report::page::{Bar, Chart, Curve, Page};
use crate::report::words::counted;

const YEAR_DAYS: f64 = 365.0;

/// The share won in the first year since creation, by kind.
pub(super) fn incidence(kinds: &[Incidence], page: &mut Page) {
    let curves = kinds.iter().map(|kind| Curve {
        label: format!("{} ({})", kind.name, counted(kind.deal_count, "deal")),
        points: kind
            .steps
            .iter()
            // Later ever fewer deals are left, and the curve says little.
            .filter(|step| step.days <= YEAR_DAYS)
            .map(|step| {
                let Interval { low, high } = step.interval;
                (step.days, 100.0 * step.share, 100.0 * low, 100.0 * high)
            })
            .collect(),
    });
    let curves: Vec<Curve> = curves.collect();
    if !curves.is_empty() {
        let title =
            "Share won since creation, in percent; each deal counts as one account here".to_owned();
        page.chart(Chart::Curves { title, curves, x: "days", y: "percent" });
    }
}

/// Win rates by the quarter in which deals ended.
pub(super) fn timeline(quarters: &[Rate], page: &mut Page) {
    if quarters.len() > 1 {
        let bars = quarters.iter().map(|rate| Bar {
            label: format!("{} {}", rate.by, rate.name),
            value: 100.0 * rate.rate_share,
            interval: Some((100.0 * rate.interval.low, 100.0 * rate.interval.high)),
            note: format!("{} closed", counted(rate.closed_count, "deal")),
        });
        let title = "Win rate by quarter, in percent".to_owned();
        page.chart(Chart::Bars { title, bars: bars.collect(), line: None, unit: " %" });
    }
}

/// The forecast of each tier, and what came.
pub(super) fn calibrated(tiers: &[Calibrated], page: &mut Page) {
    let bars = tiers.iter().flat_map(|tier| {
        let Interval { low, high } = tier.later.interval;
        [
            Bar {
                label: format!("{}: forecast", tier.tier),
                value: 100.0 * tier.forecast_share,
                interval: None,
                note: String::new(),
            },
            Bar {
                label: format!("{}: came", tier.tier),
                value: 100.0 * tier.later.rate_share,
                interval: Some((100.0 * low, 100.0 * high)),
                note: format!("{} closed", counted(tier.later.closed_count, "deal")),
            },
        ]
    });
    let bars: Vec<Bar> = bars.collect();
    if !bars.is_empty() {
        let title = "Forecast from the earlier half, and the later half, in percent".to_owned();
        page.chart(Chart::Bars { title, bars, line: None, unit: " %" });
    }
}
