//! Slack by bot token. A message carries its action's id in its metadata; where an attempt may have reached
//! Slack, the messages are looked through for it before another one is made. An edit is made again as it is.
//!
//! Source: docs.slack.dev (`chat.postMessage`, `chat.update`, `conversations.history`, `conversations.replies`,
//! `conversations.open`, "Rate limits", "Message metadata").

use super::{Answer, Attempt, answered};
use crate::credentials::{Request, Response};
use crate::desk::roster::file::SecretRef;
use crate::domain::Text;
use crate::domain::account::outbox::ActionKind;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

/// The type of our metadata.
const EVENT: &str = "buymode_action";
/// How far before its action a message may seem to have been posted: clocks differ.
const CLOCKS_DIFFER_S: i64 = 300;
const PAGE: &str = "200";
/// Pages of messages that are looked through.
const PAGES_MAX: usize = 20;

/// Errors that pass.
const PASSING: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
];
/// Of these nothing was done.
const LIMITS: &[&str] = &["ratelimited", "rate_limited"];
/// The message is not there.
const GONE: &[&str] = &["message_not_found", "thread_not_found"];

pub(super) fn call(attempt: &Attempt<'_>, token: &SecretRef, channel: Option<&str>) -> Answer {
    let token = match attempt.secret(token) {
        Ok(token) => token,
        Err(answer) => return answer,
    };
    let slack = Slack { attempt, token };
    let done = match attempt.call.action.kind {
        ActionKind::Edit => slack.edit(),
        ActionKind::Post | ActionKind::Digest => slack.post(channel),
        ActionKind::Reply => slack.reply(),
        ActionKind::Cancel | ActionKind::Mark | ActionKind::Resume => Err(Answer::NotSent),
    };
    done.unwrap_or_else(|answer| answer)
}

/// How a message is named: its channel and its time.
fn reference(channel: &str, ts: &str) -> Text {
    format!("{channel} {ts}").into()
}

fn named(reference: &str) -> Option<(&str, &str)> {
    reference.split_once(' ')
}

struct Slack<'a> {
    attempt: &'a Attempt<'a>,
    token: String,
}

/// An answer ends what is done at once.
type Done<T> = Result<T, Answer>;

impl Slack<'_> {
    fn post(&self, channel: Option<&str>) -> Done<Answer> {
        let call = self.attempt.call;
        let to = channel.or(call.action.to.as_deref());
        let to = to.ok_or_else(|| Answer::Refused("the person has no Slack address".to_owned()))?;
        if call.is_doubtful {
            let channel = self.channel_of(to)?;
            let query = [("channel", channel.as_str())];
            if let Some(ts) = self.find("conversations.history", &query)? {
                return Ok(Answer::Confirmed(Some(reference(&channel, &ts))));
            }
        }
        self.say(json!({ "channel": to }))
    }

    fn reply(&self) -> Done<Answer> {
        let call = self.attempt.call;
        let of = call.action.of.as_deref().and_then(named);
        let (channel, ts) = of.ok_or(Answer::Gone)?;
        if call.is_doubtful {
            let query = [("channel", channel), ("ts", ts)];
            if let Some(found) = self.find("conversations.replies", &query)? {
                return Ok(Answer::Confirmed(Some(reference(channel, &found))));
            }
        }
        self.say(json!({ "channel": channel, "thread_ts": ts }))
    }

    fn edit(&self) -> Done<Answer> {
        let action = &self.attempt.call.action;
        let (channel, ts) = action.of.as_deref().and_then(named).ok_or(Answer::Gone)?;
        // The same again does no harm. One with a text would be marked as edited.
        let mut body = self.message(json!({ "channel": channel, "ts": ts }))?;
        if let Some(body) = body.as_object_mut() {
            body.remove("text");
        }
        self.ask("chat.update", &body)?;
        Ok(Answer::Confirmed(action.of.clone()))
    }

    fn say(&self, place: Value) -> Done<Answer> {
        if self.attempt.call.is_cancelled {
            return Ok(Answer::NotSent);
        }
        let said = self.ask("chat.postMessage", &self.message(place)?)?;
        let (channel, ts) = (said["channel"].as_str(), said["ts"].as_str());
        match (channel, ts) {
            (Some(channel), Some(ts)) => Ok(Answer::Confirmed(Some(reference(channel, ts)))),
            _ => Err(self.unknown("the answer names no message")),
        }
    }

    /// The body of a request: the message, where it goes, and whose it is.
    fn message(&self, place: Value) -> Done<Value> {
        let action = &self.attempt.call.action;
        let unreadable = |_| Answer::Refused("the message cannot be read".to_owned());
        let mut body: Value = serde_json::from_str(&action.body).map_err(unreadable)?;
        body["metadata"] =
            json!({ "event_type": EVENT, "event_payload": { "action": action.id.to_string() } });
        for (key, value) in place.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        Ok(body)
    }

    /// The channel of a person's direct messages; a channel itself.
    fn channel_of(&self, to: &str) -> Done<String> {
        if !to.starts_with(['U', 'W']) {
            return Ok(to.to_owned());
        }
        let said = self.ask("conversations.open", &json!({ "users": to }))?;
        let channel = said["channel"]["id"].as_str();
        channel.map(str::to_owned).ok_or_else(|| self.unknown("the answer names no channel"))
    }

    /// The time of the message that carries our id.
    fn find(&self, method: &str, query: &[(&str, &str)]) -> Done<Option<String>> {
        let action = &self.attempt.call.action;
        let id = action.id.to_string();
        let oldest = (action.at.0.div_euclid(1_000) - CLOCKS_DIFFER_S).to_string();
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let mut form = Serializer::new(String::new());
            form.extend_pairs(query);
            form.append_pair("oldest", &oldest);
            form.append_pair("limit", PAGE);
            form.append_pair("include_all_metadata", "true");
            if !cursor.is_empty() {
                form.append_pair("cursor", &cursor);
            }
            let said = self.get(&format!("{method}?{}", form.finish()))?;
            let messages = said["messages"].as_array();
            let messages = messages.ok_or_else(|| self.unknown("the answer holds no messages"))?;
            let ours = messages.iter().find(|message| {
                let metadata = &message["metadata"];
                metadata["event_type"] == EVENT
                    && metadata["event_payload"]["action"] == id.as_str()
            });
            if let Some(ts) = ours.and_then(|message| message["ts"].as_str()) {
                return Ok(Some(ts.to_owned()));
            }
            cursor = said["response_metadata"]["next_cursor"].as_str().unwrap_or("").to_owned();
            if cursor.is_empty() {
                return Ok(None);
            }
        }
        Err(self.unknown("there are too many messages to look through"))
    }

    fn unknown(&self, why: &str) -> Answer {
        Answer::Unknown(super::Setback::of(why))
    }

    fn ask(&self, method: &str, body: &Value) -> Done<Value> {
        let headers = vec![
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json; charset=utf-8".to_owned()),
        ];
        self.send(method, Some(body.to_string().into_bytes()), headers)
    }

    fn get(&self, method: &str) -> Done<Value> {
        let headers = vec![("authorization", format!("Bearer {}", self.token))];
        self.send(method, None, headers)
    }

    fn send(
        &self,
        method: &str,
        body: Option<Vec<u8>>,
        headers: Vec<(&'static str, String)>,
    ) -> Done<Value> {
        let url = format!("{}/{method}", self.attempt.services.slack_api);
        // The operator names the address, not the roster.
        let request = Request { body, url, headers, may_be_private: true };
        let name = method.split('?').next().unwrap_or(method);
        let response = self.attempt.send(&request)?;
        match response.status {
            200 => {}
            429 => return Err(Answer::Later(self.attempt.setback(&response, answered(&response)))),
            _ => {
                let why = format!("{name} {}", answered(&response));
                return Err(Answer::Unknown(self.attempt.setback(&response, why)));
            }
        }
        self.understand(name, &response)
    }

    fn understand(&self, name: &str, response: &Response) -> Done<Value> {
        let unreadable = |_| self.unknown("the answer is not JSON");
        let said: Value = serde_json::from_slice(&response.body).map_err(unreadable)?;
        if said["ok"] == true {
            return Ok(said);
        }
        let error: String = said["error"].as_str().unwrap_or_default().chars().take(60).collect();
        let why = format!("{name}: {error}");
        Err(match error.as_str() {
            "" => self.unknown("the answer says neither ok nor error"),
            error if LIMITS.contains(&error) => Answer::Later(super::Setback {
                is_limit: true,
                ..self.attempt.setback(response, why)
            }),
            error if PASSING.contains(&error) => {
                Answer::Unknown(self.attempt.setback(response, why))
            }
            error if GONE.contains(&error) => Answer::Gone,
            _ => Answer::Refused(why),
        })
    }
}
