//! Answers to what people ask in Slack.

use super::words::{name, tier};
use super::{Line, LineKind, Message, Piece, own, title, vendors};
use crate::desk::action::{CaseView, Standing};
use crate::desk::roster::tier_rank;
use crate::domain::account::brief::deadline;
use chrono_tz::Tz;
use std::cmp::Reverse;

/// Accounts of an answer.
const ACCOUNTS_MAX: usize = 40;

/// A person's open accounts, the most urgent first. `reader`: the person's time zone.
pub fn mine(mut cases: Vec<CaseView>, reader: Tz) -> Message {
    cases.sort_by_key(|case| {
        let d = &case.decision;
        (Reverse(d.priority), d.sla_deadline.is_none(), d.sla_deadline, tier_rank(d.tier), d.id)
    });
    let count = cases.len();
    let mut lines: Vec<Line> = cases
        .iter()
        .take(ACCOUNTS_MAX)
        .map(|case| Line::of(LineKind::Item, of(case, reader)))
        .collect();
    if count > ACCOUNTS_MAX {
        lines.push(Line::plain(vec![Piece::Text(format!("… and {} more", count - ACCOUNTS_MAX))]));
    }
    let heading = match count {
        0 => "You have no open accounts".to_owned(),
        1 => "You have 1 open account".to_owned(),
        n => format!("You have {n} open accounts"),
    };
    Message { title: heading, lines }
}

/// `Acme · urgent · tier 1 · crm · act by Tue 17 Nov, 14:00 (New York)`.
fn of(case: &CaseView, reader: Tz) -> String {
    let d = &case.decision;
    let mut parts = vec![name(d), d.priority.to_string(), tier(d.tier), own(&d.product)];
    match &case.standing {
        Standing::Said { verdict, .. } => parts.push(verdict.past().to_owned()),
        Standing::Open | Standing::Ended(_) => {
            parts.extend(deadline(d, reader).map(|by| format!("act by {by}")));
        }
    }
    parts.join(" · ")
}

/// Lines of our own, which name accounts and sources.
pub fn said(heading: &str, lines: &[String]) -> Message {
    let lines = lines.iter().map(|line| Line::plain(vec![Piece::Text(vendors(line))]));
    Message { title: title(heading), lines: lines.collect() }
}
