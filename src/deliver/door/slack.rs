//! What Slack sends: clicks on buttons, commands, and that a person has opened the Home page. Each is answered at
//! once; what takes longer follows at the address that Slack gives for it.
//!
//! Source: docs.slack.dev, "Handling user interaction", "Implementing slash commands", "Events API",
//! "app_home_opened", "views.publish".

use super::ask::{about, home, mine};
use super::click::{OTHER_VERSION, call, heard, who};
use super::{Needs, Shared, modal, refuse, signature, whole};
use crate::credentials;
use crate::deliver::message::buttons::{DAYS, REASONS};
use crate::deliver::message::{said, slack};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::domain::Text;
use crate::domain::account::outbox::{PersonsWord, WordKind};
use crate::domain::terms::time::{Day, Timestamp};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::form_urlencoded;
use uuid::Uuid;

/// Slack waits for three seconds.
const ANSWER_TIME: Duration = Duration::from_millis(2_500);
/// Accounts that are looked up in the log at once.
static LOOKS: Semaphore = Semaphore::const_new(2);
/// Where Slack takes later answers.
const LATER_HOST: &str = "hooks.slack.com";

/// The body of a request that is Slack's.
async fn checked(needs: &Needs, request: Request) -> Result<(HeaderMap, Bytes), Response> {
    let Some(secret) = &needs.signing_secret else {
        let why =
            "Slack's requests are not answered here: deliver.words.slack_signing_secret is not set";
        return Err(refuse(StatusCode::NOT_FOUND, why));
    };
    let (headers, body) = whole(request).await?;
    match signature::check(secret, &headers, &body, needs.now_s()) {
        Ok(()) => Ok((headers, body)),
        Err(why) => Err(refuse(StatusCode::UNAUTHORIZED, why)),
    }
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let mut all = form_urlencoded::parse(body);
    all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn json_of(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// A message for the person alone.
fn quietly(message: &crate::deliver::message::Message) -> Value {
    let mut body = slack::body(message);
    body["response_type"] = "ephemeral".into();
    body["replace_original"] = false.into();
    body
}

pub(super) async fn actions(State(needs): Shared, request: Request) -> Response {
    let (_, body) = match checked(&needs, request).await {
        Ok(checked) => checked,
        Err(refusal) => return refusal,
    };
    let payload = field(&body, "payload");
    let payload = payload.and_then(|payload| serde_json::from_str::<Value>(&payload).ok());
    let Some(payload) = payload else {
        // Slack asks now and then whether a certificate is valid.
        return match field(&body, "ssl_check") {
            Some(_) => StatusCode::OK.into_response(),
            None => refuse(StatusCode::BAD_REQUEST, "the body has no field payload with JSON"),
        };
    };
    match payload["type"].as_str() {
        Some("block_actions") => {}
        Some("view_submission") => {
            let submitted = tokio::spawn(async move { modal::submitted(&needs, &payload).await });
            return match tokio::time::timeout(ANSWER_TIME, submitted).await {
                Ok(Ok(Some(why))) => json_of(&modal::flaw(&why)),
                // Done, or it goes on: the message shows it.
                _ => StatusCode::OK.into_response(),
            };
        }
        _ => return StatusCode::OK.into_response(),
    }
    let user = payload["user"]["id"].as_str().unwrap_or_default().to_owned();
    let trigger = payload["trigger_id"].as_str().unwrap_or_default().to_owned();
    let later = payload["response_url"].as_str().map(str::to_owned);
    let all = payload["actions"].as_array().cloned().unwrap_or_default();
    // Links are opened by the person's own program.
    let all = all.into_iter().filter(|action| action["block_id"].as_str().is_some_and(is_ours));
    let work = {
        let needs = needs.clone();
        let all: Vec<Value> = all.collect();
        tokio::spawn(async move {
            for action in all {
                let answer = match modal::is_asked(&action) {
                    true => modal::open(&needs, &trigger, &action).await,
                    false => click(&needs, &user, &action).await,
                };
                if let Some(answer) = answer {
                    respond(&needs, later.as_deref(), answer).await;
                }
            }
        })
    };
    // It goes on, whether it was done in time or not.
    let _ = tokio::time::timeout(ANSWER_TIME, work).await;
    StatusCode::OK.into_response()
}

fn is_ours(block: &str) -> bool {
    block.starts_with("word:")
}

/// What to say to the person; nothing where the message itself shows it.
async fn click(needs: &Needs, user: &str, action: &Value) -> Option<String> {
    let (roster, person) = match who(needs, user) {
        Ok(known) => known,
        Err(why) => return Some(why),
    };
    let today = Timestamp((needs.now_ms)());
    let today = roster.people.get(&person).and_then(|person| person.calendar.day(today))?;
    let Some(word) = word(action, &person, Day::from_date(today)) else {
        return Some(OTHER_VERSION.to_owned());
    };
    heard(needs, &roster, word).await
}

/// The word that a click says.
fn word(action: &Value, person: &PersonId, today: Day) -> Option<PersonsWord> {
    let mut parts = action["block_id"].as_str()?.split(':').skip(1);
    let case: Uuid = parts.next()?.parse().ok()?;
    let heard: usize = parts.next()?.parse().ok()?;
    let value = action["selected_option"]["value"].as_str().or(action["value"].as_str())?;
    let (said, rest) = value.split_once(':').unwrap_or((value, ""));
    let said: WordKind = said.parse().ok()?;
    let plain = PersonsWord {
        id: WordId::of(CaseId(case), heard, value, person).0,
        case,
        person: person.0.clone(),
        said,
        reason: None,
        note: None,
        until: None,
        of: None,
    };
    Some(match said {
        WordKind::Reject => {
            let (reason, _) = REASONS.iter().find(|(slug, _)| *slug == rest)?;
            PersonsWord { reason: Some(Text::new(reason)), ..plain }
        }
        WordKind::Snooze => {
            let (days, _) = DAYS.iter().find(|(days, _)| days.to_string() == rest)?;
            let until = today.plus(i32::try_from(*days).ok()?);
            PersonsWord { until: Some(until), ..plain }
        }
        WordKind::NoLongerTrue | WordKind::TakeBack => {
            PersonsWord { of: Some(rest.parse().ok()?), ..plain }
        }
        WordKind::Claim
        | WordKind::Accept
        | WordKind::AlreadyInTouch
        | WordKind::DoNotContact
        | WordKind::WrongCompany => plain,
    })
}

/// Says something to the person alone, at the address that came with the request.
async fn respond(needs: &Needs, later: Option<&str>, text: String) {
    let body = quietly(&said("About your click", &[text]));
    post_later(needs, later, body).await;
}

async fn post_later(needs: &Needs, later: Option<&str>, body: Value) {
    let api = url::Url::parse(&needs.slack_api).ok();
    let is_slacks = |url: &url::Url| {
        let own = api.as_ref().and_then(|api| api.host_str());
        let host = url.host_str();
        (url.scheme() == "https" && host == Some(LATER_HOST)) || (host.is_some() && host == own)
    };
    let url = later.and_then(|later| url::Url::parse(later).ok()).filter(is_slacks);
    let Some(url) = url else { return };
    let request = credentials::Request {
        body: Some(body.to_string().into_bytes()),
        url: url.into(),
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        may_be_private: true,
    };
    let http = needs.http.clone();
    let sent = tokio::task::spawn_blocking(move || http.send(&request)).await;
    let status = sent.ok().and_then(Result::ok).map(|response| response.status);
    if status != Some(200) {
        tracing::warn!(?status, "an answer to a person could not be given to Slack");
    }
}

pub(super) async fn commands(State(needs): Shared, request: Request) -> Response {
    let (_, body) = match checked(&needs, request).await {
        Ok(checked) => checked,
        Err(refusal) => return refusal,
    };
    if field(&body, "ssl_check").is_some() {
        return StatusCode::OK.into_response();
    }
    let text = field(&body, "text").unwrap_or_default().trim().to_owned();
    let user = field(&body, "user_id").unwrap_or_default();
    let answered = match text.as_str() {
        "" | "help" => Some(said(
            "What you can ask",
            &[
                "/buymode mine: your open accounts, the most urgent first".to_owned(),
                "/buymode COMPANY, by its domain or its name: why it is in buying mode or not, and who has it"
                    .to_owned(),
            ],
        )),
        "mine" => Some(mine(&needs, &user)),
        name => about(&needs, name, &user),
    };
    if let Some(message) = answered {
        return json_of(&quietly(&message));
    }
    // The desk does not have it: to look it up takes longer than Slack waits.
    let later = field(&body, "response_url");
    let Ok(place) = LOOKS.try_acquire() else {
        return json_of(&quietly(&said(
            "Too many are being looked up; ask again in a minute",
            &[],
        )));
    };
    tokio::spawn(async move {
        let _place = place;
        let (look_up, name) = (needs.look_up.clone(), text.clone());
        let found = tokio::task::spawn_blocking(move || look_up(&name)).await;
        let message = match found {
            Ok(Ok(lines)) => said(&format!("About {text}"), &lines),
            Ok(Err(why)) => said(&format!("About {text}"), &[why]),
            Err(_) => said("That did not work; try again", &[]),
        };
        post_later(&needs, later.as_deref(), quietly(&message)).await;
    });
    json_of(&quietly(&said("Looking it up…", &[])))
}

pub(super) async fn events(State(needs): Shared, request: Request) -> Response {
    let (_, body) = match checked(&needs, request).await {
        Ok(checked) => checked,
        Err(refusal) => return refusal,
    };
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "the body is not JSON");
    };
    match event["type"].as_str() {
        Some("url_verification") => json_of(&json!({ "challenge": event["challenge"] })),
        Some("event_callback") if event["event"]["type"] == "app_home_opened" => {
            let user = event["event"]["user"].as_str().unwrap_or_default().to_owned();
            tokio::spawn(publish(needs, user));
            StatusCode::OK.into_response()
        }
        _ => StatusCode::OK.into_response(),
    }
}

/// The person's Home page, as it is now; publishing it again does no harm.
async fn publish(needs: Arc<Needs>, user: String) {
    let body = json!({ "user_id": user, "view": home(&needs, &user) });
    if let Err(error) = call(&needs, "views.publish", body).await {
        tracing::warn!(%error, "a Home page could not be published at Slack");
    }
}
