//! A Slack workspace of our own: what the methods that we use do and answer, by docs.slack.dev.

use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const TOKEN: &str = "xoxb-test";

/// A message as it stands.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub ts: String,
    pub thread_ts: Option<String>,
    /// The id in its metadata when it was posted.
    pub posted_as: String,
    pub body: Value,
    pub edits: u32,
}

#[derive(Debug, Default)]
pub(super) struct Slack {
    pub channels: BTreeMap<String, Vec<Message>>,
    pub archived: Vec<String>,
    pub is_revoked: bool,
    /// Home pages by person.
    pub homes: BTreeMap<String, Value>,
    /// Forms that were opened over a person's window.
    pub forms: Vec<Value>,
    /// What was said at the address of a request.
    pub later: Vec<String>,
    last_us: i64,
}

impl Slack {
    /// The answer of a method; `now_ms` is Slack's clock.
    pub(super) fn answer(&mut self, method: &str, token: &str, args: &Value, now_ms: i64) -> Value {
        if method == "later" {
            self.later.push(args.to_string());
            return json!({ "ok": true });
        }
        if token != TOKEN || self.is_revoked {
            let error = if self.is_revoked { "token_revoked" } else { "invalid_auth" };
            return json!({ "ok": false, "error": error });
        }
        let done = match method {
            "chat.postMessage" => self.post(args, now_ms),
            "chat.update" => self.update(args),
            "conversations.open" => open(args),
            "views.publish" => {
                let user = args["user_id"].as_str().unwrap_or_default().to_owned();
                self.homes.insert(user, args["view"].clone());
                Ok(json!({ "ok": true }))
            }
            // A trigger is good for three seconds.
            "views.open" if args["trigger_id"] != "fresh" => Err("expired_trigger_id"),
            "views.open" => {
                self.forms.push(args["view"].clone());
                Ok(json!({ "ok": true }))
            }
            "conversations.history" => self.history(args, false),
            "conversations.replies" => self.history(args, true),
            _ => Err("unknown_method"),
        };
        done.unwrap_or_else(|error| json!({ "ok": false, "error": error }))
    }

    fn channel(&self, args: &Value) -> Result<String, &'static str> {
        let channel = args["channel"].as_str().unwrap_or_default();
        match channel.chars().next() {
            _ if self.archived.iter().any(|archived| archived == channel) => Err("is_archived"),
            Some('C' | 'D') => Ok(channel.to_owned()),
            // A person's direct messages.
            Some('U') => Ok(channel.replacen('U', "D", 1)),
            _ => Err("channel_not_found"),
        }
    }

    fn post(&mut self, args: &Value, now_ms: i64) -> Result<Value, &'static str> {
        let channel = self.channel(args)?;
        check_blocks(args)?;
        let thread_ts = args["thread_ts"].as_str().map(str::to_owned);
        let messages = self.channels.entry(channel.clone()).or_default();
        if let Some(parent) = &thread_ts
            && !messages.iter().any(|message| message.ts == *parent)
        {
            return Err("thread_not_found");
        }
        self.last_us = (now_ms * 1_000).max(self.last_us + 1);
        let ts = format!("{}.{:06}", self.last_us / 1_000_000, self.last_us % 1_000_000);
        let action = args["metadata"]["event_payload"]["action"].as_str();
        let posted_as = action.unwrap_or("none").to_owned();
        let body = args.clone();
        messages.push(Message { ts: ts.clone(), thread_ts, posted_as, body, edits: 0 });
        Ok(json!({ "ok": true, "channel": channel, "ts": ts, "message": { "ts": ts } }))
    }

    fn update(&mut self, args: &Value) -> Result<Value, &'static str> {
        let channel = args["channel"].as_str().unwrap_or_default();
        if !channel.starts_with(['C', 'D']) {
            return Err("channel_not_found");
        }
        check_blocks(args)?;
        let messages = self.channels.get_mut(channel).ok_or("message_not_found")?;
        let found = messages.iter_mut().find(|message| args["ts"] == message.ts.as_str());
        let found = found.ok_or("message_not_found")?;
        found.body = args.clone();
        found.edits += 1;
        Ok(json!({ "ok": true, "channel": channel, "ts": found.ts }))
    }

    /// Newest first, two a page, so that pages are turned.
    fn history(&self, args: &Value, in_thread: bool) -> Result<Value, &'static str> {
        let channel = args["channel"].as_str().unwrap_or_default();
        if !channel.starts_with(['C', 'D']) {
            return Err("channel_not_found");
        }
        let oldest: f64 = args["oldest"].as_str().and_then(|t| t.parse().ok()).unwrap_or(0.0);
        let none = Vec::new();
        let all = self.channels.get(channel).unwrap_or(&none).iter().filter(|message| {
            let of = match in_thread {
                true => message.thread_ts.as_deref() == args["ts"].as_str(),
                false => message.thread_ts.is_none(),
            };
            of && message.ts.parse::<f64>().is_ok_and(|ts| ts >= oldest)
        });
        let all: Vec<&Message> = all.rev().collect();
        let from: usize = args["cursor"].as_str().and_then(|c| c.parse().ok()).unwrap_or(0);
        let size = args["limit"].as_str().and_then(|l| l.parse().ok()).unwrap_or(100_usize).min(2);
        let with_metadata = args["include_all_metadata"] == "true";
        let page = all.iter().skip(from).take(size).map(|message| {
            let mut shown = json!({ "type": "message", "ts": message.ts });
            if with_metadata {
                shown["metadata"] = message.body["metadata"].clone();
            }
            shown
        });
        let page: Vec<Value> = page.collect();
        let next = if from + size < all.len() { (from + size).to_string() } else { String::new() };
        Ok(json!({
            "ok": true,
            "messages": page,
            "has_more": !next.is_empty(),
            "response_metadata": { "next_cursor": next },
        }))
    }

    /// How many messages were posted with each action's id.
    pub(super) fn by_action(&self) -> BTreeMap<String, u32> {
        let mut found = BTreeMap::new();
        for message in self.channels.values().flatten() {
            *found.entry(message.posted_as.clone()).or_default() += 1;
        }
        found
    }
}

fn open(args: &Value) -> Result<Value, &'static str> {
    let user = args["users"].as_str().filter(|user| user.starts_with('U'));
    let user = user.ok_or("user_not_found")?;
    Ok(json!({ "ok": true, "channel": { "id": user.replacen('U', "D", 1) } }))
}

/// Source: slackapi/bolt-js#2509 (all blocks together), docs.slack.dev (50 blocks).
fn check_blocks(args: &Value) -> Result<(), &'static str> {
    let blocks = args["blocks"].as_array().ok_or("no_text")?;
    let characters = args["blocks"].to_string().chars().count();
    match blocks.len() > 50 || characters > 60_000 {
        true => Err("msg_blocks_too_long"),
        false => Ok(()),
    }
}
