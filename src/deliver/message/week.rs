//! The week: every open account by owner, the highest rank first, and what changed since the last one.

use super::link::Link;
use super::reason::first;
use super::words::{clock, fitting, left, name};
use super::{Line, LineKind, Message, Piece, own, title, vendors};
use crate::desk::action::{CaseView, Standing, Week};
use crate::desk::past::{Ending, Past};
use crate::desk::record::Verdict;
use crate::desk::roster::Roster;
use crate::domain::Text;
use crate::domain::account::decision::DecisionKind;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::spelling::proper;
use crate::domain::terms::time::Timestamp;
use crate::report::words::counted;
use chrono_tz::Tz;

pub fn week(roster: &Roster, week: &Week, reader: Tz) -> Message {
    let mut lines = vec![Line::plain(vec![Piece::Text(summary(week, reader))])];
    // Groups are in the order of their first entry: entries come ranked.
    let mut groups: Vec<(String, Vec<&CaseView>)> = Vec::new();
    for case in &week.open {
        let owner = owner(roster, case);
        match groups.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((owner, vec![case])),
        }
    }
    for (owner, cases) in groups {
        let heading = format!("{owner}: {}", counted(cases.len(), "account"));
        lines.push(Line::of(LineKind::Heading, heading));
        lines.extend(cases.into_iter().map(|case| entry(roster, case, week.since, reader)));
    }
    if week.more > 0 {
        lines.push(Line::plain(vec![Piece::Text(format!("… and {} more", week.more))]));
    }
    if !week.ended.is_empty() {
        lines.push(Line::of(LineKind::Heading, "Over since the last overview"));
        lines.extend(week.ended.iter().map(|ended| over(roster, ended)));
        if week.more_ended > 0 {
            lines.push(Line::plain(vec![Piece::Text(format!("… and {} more", week.more_ended))]));
        }
    }
    let open = counted(week.open.len() + week.more, "open account");
    Message { title: title(&format!("The week: {open}")), lines }
}

/// `Since Mon 23 Nov, 08:00 (London): 3 new, 1 stronger, 2 over; 4 open ones are claimed`.
fn summary(week: &Week, reader: Tz) -> String {
    let of = |kind| week.open.iter().filter(|case| is_news(case, kind, week.since)).count();
    let claimed =
        week.open.iter().filter(|case| matches!(case.standing, Standing::Said { .. })).count();
    let (new, stronger) =
        (of(DecisionKind::Entered) + of(DecisionKind::Triaged), of(DecisionKind::Strengthened));
    let over = week.ended.len() + week.more_ended;
    let since = match week.since {
        Some(since) => {
            format!("Since {}: {new} new, {stronger} stronger, {over} over", clock(since, reader))
        }
        None => "The first overview".to_owned(),
    };
    format!("{since}; of the open ones {claimed} have an answer")
}

fn is_news(case: &CaseView, kind: DecisionKind, since: Option<Timestamp>) -> bool {
    case.decision.kind == kind && since.is_some_and(|since| case.decision.decided_at > since)
}

fn owner(roster: &Roster, case: &CaseView) -> String {
    let person = match &case.standing {
        Standing::Said { by, .. } => Some(by),
        _ => case.assignment.as_ref().map(|assignment| &assignment.person),
    };
    match (person.or_else(|| roster.owner(&case.decision)), case.decision.owner.as_deref()) {
        (Some(person), _) => own(&roster.shown(person)),
        (None, Some(owner)) => vendors(owner),
        (None, None) => "No owner".to_owned(),
    }
}

/// `Acme: urgent, tier 1, CRM; Series B of $25M; by Tue 17 Nov, 14:00 (London) (new)`.
fn entry(roster: &Roster, case: &CaseView, since: Option<Timestamp>, reader: Tz) -> Line {
    let d = &case.decision;
    let product = proper(&own(&d.product));
    let mut text = format!("{}: {}, {}, {product}", name(d), d.priority, fitting(d));
    text += &first(d).map(|why| format!("; {why}")).unwrap_or_default();
    match (&case.standing, d.sla_deadline) {
        (Standing::Said { verdict: Verdict::Snooze { until }, .. }, _) => {
            text += &format!("; snoozed until {until}");
        }
        (Standing::Said { by, verdict, .. }, _) => {
            text += &format!("; {} by {}", verdict.past(), own(&roster.shown(by)));
        }
        (_, Some(_)) if case.is_late => text += "; late, no one has claimed it",
        (_, Some(deadline)) => text += &format!("; by {}", clock(deadline, reader)),
        (_, None) => {}
    }
    if is_news(case, DecisionKind::Entered, since) || is_news(case, DecisionKind::Triaged, since) {
        text += " (new)";
    } else if is_news(case, DecisionKind::Strengthened, since) {
        text += " (stronger)";
    }
    let link = d.website.as_deref().and_then(Link::to).map(Piece::Link);
    Line { kind: LineKind::Item, pieces: std::iter::once(Piece::Text(text)).chain(link).collect() }
}

/// `acme.com, CRM: left buying mode, sales reported won; claimed by Ana`.
pub(super) fn over(roster: &Roster, (account, product, past): &(AccountKey, Text, Past)) -> Line {
    let how = match &past.end {
        Ending::Left { reason, outcome } => {
            format!("left buying mode, {}", left(*reason, *outcome))
        }
        Ending::Withdrawn => "withdrawn, the evidence was taken back".to_owned(),
        Ending::Request => "the request is over".to_owned(),
    };
    let said = past.said.as_ref();
    let said =
        said.map(|(by, verdict)| format!("; {} by {}", verdict.past(), own(&roster.shown(by))));
    let text = format!(
        "{}, {}: {how}{}",
        account.as_str(),
        proper(&own(product)),
        said.unwrap_or_default()
    );
    Line::of(LineKind::Item, text)
}
