//! Messages of the demo to an address that a person gives, and one test message of a roster's destination.

use super::message::{Line, LineKind, Message, Piece, email, slack, teams, webhook};
use super::outgoing::{address, rendered};
use super::send::Call;
use super::send::answer::Answer;
use super::send::target::Services;
use crate::credentials::{Fault, Http, Request};
use crate::desk::action::{Action, What};
use crate::desk::ids::PersonId;
use crate::desk::roster::{Audience, Destination, Roster, Target};
use crate::domain::account::outbox::{ActionKind, OutboxAction};
use crate::domain::profile::Priority;
use crate::domain::terms::time::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use url::Url;
use uuid::Uuid;

/// Under which ids of test messages are made.
const TRIAL: Uuid = Uuid::from_u128(0x9d0f_71c6_23d4_4c0e_8a3b_5f7f_6e2d_1b88);

/// What an address takes, by its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Slack,
    Teams,
    /// Any program.
    Webhook,
}

impl Form {
    pub fn of(url: &Url) -> Form {
        let host = url.host_str().unwrap_or_default();
        let of_teams = ["powerplatform.com", "powerautomate.com", "logic.azure.com"];
        match host {
            "hooks.slack.com" => Form::Slack,
            host if of_teams.iter().any(|end| host.ends_with(end)) => Form::Teams,
            _ => Form::Webhook,
        }
    }
}

/// Posts a message to an address, unsigned.
///
/// # Errors
/// Why it was not taken; the address, which can be a secret, is not in it.
pub fn post(http: &dyn Http, url: &Url, message: &Message, action: &Action) -> Result<(), String> {
    let body = match (Form::of(url), &action.what) {
        (Form::Slack, _) => slack::body(message),
        (Form::Teams, _) => teams::body(message),
        (Form::Webhook, What::Post { notice, .. } | What::Edit { notice, .. }) => {
            webhook::body(action, notice)
        }
        (Form::Webhook, _) => json!({ "text": email::text(message) }),
    };
    let request = Request {
        body: Some(body.to_string().into_bytes()),
        url: url.to_string(),
        headers: vec![("content-type", "application/json".to_owned())],
        // The person at the terminal named it.
        may_be_private: true,
    };
    match http.send(&request) {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(format!("answered {}", response.status)),
        Err(Fault::NotSent(why) | Fault::Unknown(why)) => Err(why),
    }
}

/// One message that says it is a test.
///
/// # Errors
/// Where the destination writes to people, and none was named, or the person has no address.
pub fn action(
    roster: &Roster,
    (name, destination): (&str, &Destination),
    person: Option<&PersonId>,
    at: Timestamp,
) -> Result<OutboxAction, String> {
    let to = match (destination.audience(), person) {
        (Audience::Person, None) => {
            return Err(format!("{name} writes to people; name one with --to"));
        }
        (Audience::Person, Some(person)) => {
            let found = address(roster, &destination.target, person);
            Some(found.ok_or_else(|| format!("{person} is not in the roster, or has no address"))?)
        }
        (_, _) => match &destination.target {
            Target::Slack { channel, .. } => channel.clone(),
            _ => None,
        },
    };
    let words = "This destination works. Nothing has happened: no account has entered buying mode.";
    let line = Line { kind: LineKind::Plain, pieces: vec![Piece::Text(words.to_owned())] };
    let message = Message { title: "A test message of buymode".to_owned(), lines: vec![line] };
    let id = Uuid::new_v5(&TRIAL, format!("{name}\n{}", at.0).as_bytes());
    let body = match &destination.target {
        Target::Webhook { .. } => json!({
            "type": "buymode.test",
            "timestamp": at.to_rfc3339(),
            "data": { "text": words },
        }),
        Target::Tool(_) => json!({ "row": {}, "decision": {} }),
        target => rendered(target, &message),
    };
    Ok(OutboxAction {
        id,
        at,
        kind: ActionKind::Post,
        destination: name.into(),
        domain: destination.target.domain(),
        account: None,
        priority: Priority::Normal,
        roster: 0,
        target: serde_json::to_string(&destination.target).map_err(|error| error.to_string())?,
        to,
        of: None,
        cancels: None,
        awaited: false,
        decided: None,
        body: body.to_string(),
    })
}

/// Sends it, once.
///
/// # Errors
/// Why it is not known to have arrived.
pub fn send(services: &Services, action: OutboxAction) -> Result<(), String> {
    let at = action.at.0;
    let call = Call {
        partition: 0,
        number: 1,
        is_doubtful: false,
        is_cancelled: false,
        action: Arc::new(action),
        trace: None,
    };
    // A tool gets no message of a test: a request that only reads is made.
    let answer = match serde_json::from_str(&call.action.target) {
        Ok(Target::Tool(tool)) => services.probe(&call, &tool, at),
        _ => services.call(&call, Instant::now(), at),
    };
    match answer {
        Answer::Confirmed(_) | Answer::Accepted => Ok(()),
        Answer::Refused(why) | Answer::Disabled(why) => Err(why),
        Answer::Later(setback) | Answer::Unknown(setback) => Err(setback.why),
        other => Err(format!("{other:?}")),
    }
}

/// What Slack knows of a person's e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    Known(String),
    /// Known, and not active any more.
    Gone(String),
    Unknown,
    /// Why it could not be asked.
    Unasked(String),
}

/// Source: docs.slack.dev, `users.lookupByEmail` (scope `users:read.email`).
pub fn member(http: &dyn Http, api: &str, token: &str, address: &str) -> Member {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("email", address).finish();
    let request = Request {
        body: None,
        url: format!("{}/users.lookupByEmail?{query}", api.trim_end_matches('/')),
        headers: vec![("authorization", format!("Bearer {token}"))],
        may_be_private: true,
    };
    let response = match http.send(&request) {
        Ok(response) => response,
        Err(Fault::NotSent(why) | Fault::Unknown(why)) => return Member::Unasked(why),
    };
    let said: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = said["error"].as_str().unwrap_or_default();
    match (said["user"]["id"].as_str(), error) {
        (Some(id), _) if said["user"]["deleted"] == true => Member::Gone(id.to_owned()),
        (Some(id), _) => Member::Known(id.to_owned()),
        (None, "users_not_found") => Member::Unknown,
        (None, "missing_scope") => {
            Member::Unasked("the bot lacks the scope users:read.email; add it".to_owned())
        }
        (None, "") => Member::Unasked(format!("answered {}", response.status)),
        (None, error) => Member::Unasked(error.chars().take(60).collect()),
    }
}
