//! The open pipeline of a review: the share that fits, and what is expected of it.

use super::{Finding, Says};
use crate::evidence::deals::figures::Lies;
use crate::evidence::deals::fit::Fitted;
use crate::evidence::deals::forecast::{self, Pipeline};
use crate::evidence::deals::result::{fill, known};
use crate::evidence::deals::rows::Deals;
use crate::evidence::experiment::page::percent;
use crate::report::words::count;

/// The findings, where deals are open.
pub fn pipeline(deals: &Deals, fits: &[Fitted], seed: u64) -> Vec<Finding> {
    let mut found: Vec<Finding> = fill_rate(deals, fits, seed).into_iter().collect();
    found.extend(forecast::pipeline(deals, fits).map(|pipeline| expected(&pipeline)));
    found
}

fn fill_rate(deals: &Deals, fits: &[Fitted], seed: u64) -> Option<Finding> {
    let rule = "pipeline that fits";
    // Where nothing is known of a company, nothing is known of its fit.
    let (deals, fits, _) = known(deals.clone(), fits.to_vec());
    let share = fill(&deals, &fits, seed)?;
    let Some((interval, mark)) = share.interval.zip(share.mark.as_ref()) else {
        let found = format!("{} of {}: too few accounts", percent(share.value_share), share.of);
        return Some(Finding::new(rule, Says::TooFew, found));
    };
    let found = format!(
        "{} of {} fit ({} to {}); the usual mark is a half",
        percent(share.value_share),
        share.of,
        percent(interval.low),
        percent(interval.high)
    );
    Some(match mark.lies {
        Lies::Below => Finding::new(rule, Says::Fires, found).propose(
            "look at the sources that bring deals outside the profile, before you change the profile",
        ),
        _ => Finding::new(rule, Says::Quiet, found),
    })
}

fn expected(pipeline: &Pipeline) -> Finding {
    let rule = "expected of the pipeline";
    let parts = pipeline.forecasts.iter().filter(|forecast| forecast.within_days <= 90);
    let parts: Vec<String> = parts
        .map(|forecast| {
            let interval = forecast.won.interval.map_or(String::new(), |interval| {
                format!(" ({:.1} to {:.1})", interval.low, interval.high)
            });
            format!("{:.1} wins{interval} within {} days", forecast.won.value, forecast.within_days)
        })
        .collect();
    let last = pipeline.last_quarter.as_ref().map_or(String::new(), |last| {
        let within = if last.within { "within" } else { "outside" };
        format!(
            "; last quarter's forecast of {:.1} wins came to {}, {within} its intervals",
            last.won.value,
            count(last.came_count)
        )
    });
    Finding::new(rule, Says::Quiet, format!("{}{last}", parts.join(", ")))
}
