//! A program that takes signed requests. Its key against duplicates is `webhook-id`, the same at each attempt
//! and where a decision is sent once more.
//!
//! Source: Standard Webhooks 1.0, "Delivery success and failure".

use super::{Answer, Attempt, answered};
use crate::credentials::Request;
use crate::deliver::address;
use crate::deliver::send::answer::Setback;
use crate::deliver::send::sign::Keys;
use crate::desk::roster::file::SecretRef;
use crate::log::trace::HEADER;

pub(super) fn call(attempt: &Attempt<'_>, url: &str, secret: &SecretRef, private: bool) -> Answer {
    if attempt.call.is_cancelled {
        return Answer::NotSent;
    }
    if let Some(flaw) = address::flaw(url, private) {
        return Answer::Refused(flaw);
    }
    let keys = match attempt.secret(secret) {
        Ok(text) => Keys::of(&text),
        Err(answer) => return answer,
    };
    let action = &attempt.call.action;
    let id = action.of.as_ref().map_or_else(|| action.id.to_string(), ToString::to_string);
    let now_s = attempt.now_ms.div_euclid(1_000);
    let body = action.body.as_bytes();
    let Some(signature) = keys.and_then(|keys| keys.sign(&id, now_s, body)) else {
        return Answer::Later(Setback::of("the secret is not a signing key"));
    };
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", now_s.to_string()),
        ("webhook-signature", signature),
    ];
    // The program's own spans go on with the trace.
    headers.extend(attempt.call.trace.map(|(own, _)| (HEADER, own.to_string())));
    let body = Some(body.to_vec());
    let request = Request { body, url: url.to_owned(), headers, may_be_private: private };
    let response = match attempt.send(&request) {
        Ok(response) => response,
        Err(answer) => return answer,
    };
    match response.status {
        200..=299 => Answer::Confirmed(None),
        410 => Answer::Disabled(answered(&response)),
        300..=399 => {
            let why = format!("{}; redirections are not followed", answered(&response));
            Answer::Later(attempt.setback(&response, why))
        }
        _ => Answer::Later(attempt.setback(&response, answered(&response))),
    }
}
