//! An action of the desk as the outbox holds it: rendered for its service, with its target, so that a sender
//! needs no roster.

use super::links;
use super::message::{Message, buttons, email, flat, slack, teams, webhook};
use super::rehearse::message;
use crate::desk::action::{Action, Notice, Recipient, Reply, What};
use crate::desk::ids::{DeliveryId, PersonId};
use crate::desk::roster::{Roster, Target};
use crate::domain::Text;
use crate::domain::account::decision::DecisionKind;
use crate::domain::account::outbox::{ActionKind, OutboxAction};
use crate::domain::profile::Priority;
use crate::domain::terms::time::Timestamp;
use serde_json::{Value, json};

/// None of what has no place in the outbox: an answer to a person's word, and what is for a destination that
/// the roster does not have any more.
pub fn outgoing(
    (number, roster): (u64, &Roster),
    action: &Action,
    awaited: bool,
) -> Option<OutboxAction> {
    if let What::Mark { domain, token } = &action.what {
        return Some(mark(number, action, domain, token));
    }
    let name = action.what.destination()?;
    let destination = roster.destinations.get(name)?;
    let target = &destination.target;
    let (kind, to, of, cancels) = match &action.what {
        // What ends an episode makes a tool truer: it is not held back.
        What::Post { to, notice, .. } if tool_ends(target, notice) => {
            (ActionKind::Edit, Some(to), None, None)
        }
        What::Post { to, .. } => (ActionKind::Post, Some(to), None, None),
        What::Edit { of, .. } => (ActionKind::Edit, None, Some(of), None),
        What::Reply { of, .. } => (ActionKind::Reply, None, Some(of), None),
        What::Digest { .. } => (ActionKind::Digest, None, None, None),
        What::Week { .. } => (ActionKind::Digest, None, None, None),
        What::Change { .. } => (ActionKind::Post, None, None, None),
        What::Alarm { .. } => (ActionKind::Post, None, None, None),
        What::Cancel { action, .. } => (ActionKind::Cancel, None, None, Some(action.0)),
        What::Resume { .. } => (ActionKind::Resume, None, None, None),
        What::Stop { .. } => (ActionKind::Edit, None, None, None),
        What::Mark { .. } | What::Answer { .. } | What::Inform(_) => return None,
    };
    let body = match (kind, notice(&action.what), target) {
        (ActionKind::Cancel | ActionKind::Resume, ..) => String::new(),
        (_, None, Target::Tool(_)) => flat::stop(action)?.to_string(),
        (_, Some(notice), Target::Webhook { .. }) => webhook::body(action, notice).to_string(),
        (_, Some(notice), Target::Tool(_)) => flat::body(notice, name)?.to_string(),
        (_, notice, _) => {
            let mut body = rendered(target, &message(roster, action)?);
            if let Some(notice) = notice {
                answerable(&mut body, target, notice, person(to), action.at);
            }
            body.to_string()
        }
    };
    let place = match (to, target) {
        (Some(Recipient::Person(person)), _) => address(roster, target, person),
        (_, Target::Slack { channel, .. }) if of.is_none() => channel.clone(),
        _ => None,
    };
    Some(OutboxAction {
        id: action.id.0,
        at: action.at,
        kind,
        destination: name.0.clone(),
        domain: target.domain(),
        account: action.account.clone(),
        priority: priority(&action.what),
        roster: number,
        target: serde_json::to_string(target).ok()?,
        to: place,
        of: match (target, notice(&action.what)) {
            // The same for a decision whenever it is sent: a program knows it again.
            (Target::Webhook { .. } | Target::Tool(_), Some(notice)) => notice
                .cases
                .first()
                .map(|case| DeliveryId::of(case.decision.id, name).to_string().into()),
            (Target::Tool(_), None) => Some(action.id.0.to_string().into()),
            _ => of.map(|of| of.0.clone()),
        },
        cancels,
        awaited,
        decided: match &action.what {
            What::Reply { reply: Reply::Sum(d) | Reply::News(d), .. } => Some(d.written.time),
            // It is true whatever becomes of an account.
            What::Change { .. } => Some(action.at),
            what => notice(what).and_then(decided),
        },
        body,
    })
}

fn tool_ends(target: &Target, notice: &Notice) -> bool {
    let ends = |kind| {
        matches!(kind, DecisionKind::Exited | DecisionKind::Withdrawn | DecisionKind::TierChanged)
    };
    matches!(target, Target::Tool(_)) && notice.cases.iter().all(|case| ends(case.decision.kind))
}

/// It belongs to no destination; its key leads it to who asked.
fn mark(roster: u64, action: &Action, domain: &Text, token: &Text) -> OutboxAction {
    OutboxAction {
        id: action.id.0,
        at: action.at,
        kind: ActionKind::Mark,
        destination: Text::default(),
        domain: domain.clone(),
        account: None,
        priority: priority(&action.what),
        roster,
        target: String::new(),
        to: None,
        of: Some(token.clone()),
        cancels: None,
        awaited: false,
        decided: None,
        body: String::new(),
    }
}

fn notice(what: &What) -> Option<&Notice> {
    match what {
        What::Post { notice, .. } | What::Edit { notice, .. } => Some(notice),
        What::Reply { .. }
        | What::Digest { .. }
        | What::Week { .. }
        | What::Change { .. }
        | What::Alarm { .. }
        | What::Cancel { .. }
        | What::Resume { .. }
        | What::Stop { .. }
        | What::Mark { .. }
        | What::Answer { .. }
        | What::Inform(_) => None,
    }
}

pub(super) fn rendered(target: &Target, message: &Message) -> Value {
    match target {
        Target::Slack { .. } | Target::SlackWebhook { .. } => slack::body(message),
        Target::Teams { .. } => teams::body(message),
        Target::Email(_) => {
            let email::Email { subject, text, html } = email::email(message);
            json!({ "subject": subject, "text": text, "html": html })
        }
        // A program takes decisions, and no messages for people.
        Target::Tool(_) | Target::Webhook { .. } => Value::Null,
    }
}

/// With what a person answers by: buttons, or what links are about.
fn answerable(
    body: &mut Value,
    target: &Target,
    notice: &Notice,
    person: Option<&PersonId>,
    at: Timestamp,
) {
    match target {
        Target::Slack { buttons: true, .. } => buttons::add(body, notice),
        Target::Teams { .. } | Target::Email(_) => links::mark(body, notice, person, at.0),
        Target::Slack { .. }
        | Target::SlackWebhook { .. }
        | Target::Webhook { .. }
        | Target::Tool(_) => {}
    }
}

fn person(to: Option<&Recipient>) -> Option<&PersonId> {
    match to {
        Some(Recipient::Person(person)) => Some(person),
        Some(Recipient::Place) | None => None,
    }
}

pub(super) fn address(roster: &Roster, target: &Target, person: &PersonId) -> Option<Text> {
    let person = roster.people.get(person)?;
    match target {
        Target::Slack { channel: None, .. } => person.slack.clone(),
        Target::Email(email) if email.to.is_empty() => person.email.clone(),
        _ => None,
    }
}

fn priority(what: &What) -> Priority {
    let of = |notice: &Notice| notice.cases.iter().map(|case| case.decision.priority).max();
    let found = match what {
        What::Post { notice, .. } | What::Edit { notice, .. } => of(notice),
        What::Reply { reply: Reply::Sum(d) | Reply::News(d), .. } => Some(d.priority),
        // Someone has to be reached in time.
        What::Reply { .. }
        | What::Alarm { .. }
        | What::Cancel { .. }
        | What::Resume { .. }
        | What::Stop { .. }
        | What::Mark { .. } => Some(Priority::Urgent),
        What::Digest { .. }
        | What::Week { .. }
        | What::Change { .. }
        | What::Answer { .. }
        | What::Inform(_) => None,
    };
    found.unwrap_or(Priority::Normal)
}

/// When the newest decision of a message was written.
fn decided(notice: &Notice) -> Option<Timestamp> {
    notice.cases.iter().map(|case| case.decision.written.time).max()
}
