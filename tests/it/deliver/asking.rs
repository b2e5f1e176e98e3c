//! Requests of people: signed as Slack signs them, and the pages behind links.

use super::vendors::SLACK;
use hmac::{Hmac, Mac};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use url::form_urlencoded::Serializer;

pub(super) const SIGNING: &str = "a signing secret of the app";
pub(super) const LINKS: &str = "a secret of links, which is long enough";

/// `head`: the method and the path, then headers, a line each. The status, and all of the answer.
pub(super) fn ask(address: SocketAddr, host: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
    let rest: String = rest.lines().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{first} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{rest}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// As Slack signs it.
pub(super) fn slack(address: SocketAddr, now_ms: i64, path: &str, body: &str) -> (u16, String) {
    let stamp = now_ms / 1_000;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SIGNING.as_bytes()).unwrap();
    mac.update(format!("v0:{stamp}:{body}").as_bytes());
    let signature = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    let head = format!(
        "POST {path}\nX-Slack-Request-Timestamp: {stamp}\nX-Slack-Signature: v0={signature}"
    );
    ask(address, "b.example.com", &head, body)
}

/// The form of a click.
pub(super) fn click(user: &str, block: &str, value: &str) -> String {
    let payload = json!({
        "type": "block_actions",
        "user": { "id": user },
        "response_url": format!("{SLACK}/later"),
        "actions": [{ "action_id": "x", "block_id": block, "type": "button", "value": value }],
    });
    Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

/// The form of a choice from a list; `trigger`: whether a form can still be opened.
pub(super) fn choose(user: &str, block: &str, value: &str, trigger: &str) -> String {
    let payload = json!({
        "type": "block_actions",
        "user": { "id": user },
        "trigger_id": trigger,
        "response_url": format!("{SLACK}/later"),
        "actions": [{
            "action_id": "reject", "block_id": block, "type": "static_select",
            "selected_option": { "value": value },
        }],
    });
    Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

/// The form of a form: what a person has chosen and written in the one that was opened.
pub(super) fn submit(user: &str, form: &serde_json::Value, reason: &str, note: &str) -> String {
    let payload = json!({
        "type": "view_submission",
        "user": { "id": user },
        "view": {
            "callback_id": form["callback_id"],
            "private_metadata": form["private_metadata"],
            "state": { "values": {
                "reason": { "reason": { "selected_option": { "value": reason } } },
                "note": { "note": { "type": "plain_text_input", "value": note } },
            } },
        },
    });
    Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}
