//! What sales reported in a log, on the page of a backtest.

use super::pipeline::pipeline;
use super::tables;
use crate::evidence::deals::sales::Sales;
use crate::evidence::experiment::page::percent;
use crate::report::page::Page;
use crate::report::words::{all, count, counted};

const KINDS: [&str; 2] = ["had entered", "had not"];
const CURRENCY: Option<&str> = Some("USD");

/// Adds what sales reported to a page.
pub fn sales(sales: &Sales, page: &mut Page) {
    if sales.deal_count > 0 {
        deals(sales, page);
    } else {
        page.text(
            "Sales reported no opportunity, won or lost: no figure of deals, customers or the pipeline can be computed.",
        );
    }
    tables::funnel(
        &sales.funnel,
        KINDS,
        "Funnel: company families that reached a step, and their share of all of the kind. An MQL is one that entered \
         under the profile; of these, steps count from the day after the entry on. A later step counts as an earlier \
         one.",
        page,
    );
    if !sales.effort.is_empty() {
        page.text("Effort on companies that had not entered by that day.");
        let rows = sales.effort.iter().map(|one| {
            vec![
                one.what.clone(),
                count(one.done_count),
                percent(one.on_others_share),
                format!("{} to {}", percent(one.interval.low), percent(one.interval.high)),
            ]
        });
        let header =
            ["what sales reported", "in all", "on such that had not entered", "95 % interval"];
        page.table(&header, 1, rows.collect());
    }
    if sales.deal_count > 0 {
        tables::impact(&sales.impact, KINDS, CURRENCY, page);
    }
    if let Some(spend) = &sales.spend {
        tables::spend(spend, CURRENCY, page);
    }
    if let Some(found) = &sales.pipeline {
        pipeline(found, CURRENCY, ("Open pipeline", "deal"), page);
    }
    if let Some(found) = &sales.entered {
        let title = "Accounts that entered and have neither won, lost nor an open deal";
        pipeline(found, CURRENCY, (title, "account"), page);
    }
    if !sales.falls_away.is_empty() && sales.deal_count > 0 {
        page.text("Figures that the log does not allow, and what would:");
        let rows = sales.falls_away.iter();
        let rows = rows.map(|one| vec![one.figure.clone(), all(&one.missing)]).collect();
        page.table(&["figure", "needs"], 2, rows);
    }
}

fn deals(sales: &Sales, page: &mut Page) {
    let left_out = match sales.left_out_count {
        0 => String::new(),
        n => format!(
            " Left out: {} of accounts that entered by a first load alone.",
            counted(n, "deal")
        ),
    };
    page.text(format!(
        "Deals that sales reported: {}, {} of them closed. A deal is of the first kind where it began after its company \
         had entered under the profile.{left_out}",
        count(sales.deal_count),
        count(sales.closed_count)
    ));
    tables::figures(&sales.figures, KINDS, CURRENCY, page);
}
