//! Addresses that take a message and give nothing back: Slack's incoming webhooks and the workflows of Teams.
//! Whether a message is shown cannot be found out, so an attempt without an answer is made again.

use super::{Answer, Attempt};
use crate::credentials::{Request, Response};
use crate::deliver::address;
use crate::deliver::links::card;
use crate::deliver::send::answer::Setback;
use crate::desk::roster::file::SecretRef;

pub(super) fn call(attempt: &Attempt<'_>, url: &SecretRef) -> Answer {
    if attempt.call.is_cancelled {
        return Answer::NotSent;
    }
    let url = match attempt.secret(url) {
        Ok(url) => url,
        Err(answer) => return answer,
    };
    // Its own words could show a part of the address, which is the secret.
    if address::flaw(&url, false).is_some() {
        return Answer::Later(Setback::of(
            "the secret is not a public address that begins with https://",
        ));
    }
    let request = Request {
        body: Some(card(&attempt.call.action.body, attempt.services.links.as_ref()).into_bytes()),
        url,
        headers: vec![("content-type", "application/json".to_owned())],
        may_be_private: false,
    };
    let response = match attempt.send(&request) {
        Ok(response) => response,
        Err(answer) => return answer,
    };
    match response.status {
        200..=299 => Answer::Accepted,
        408 | 425 | 429 => Answer::Later(attempt.setback(&response, said(&response))),
        300..=499 => Answer::Refused(said(&response)),
        _ => Answer::Unknown(attempt.setback(&response, said(&response))),
    }
}

/// `answered 404: no_service`. A page could repeat the address: only one word in the form of Slack's errors is
/// shown.
fn said(response: &Response) -> String {
    let is_name = |word: &str| {
        (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let word = std::str::from_utf8(&response.body).ok().map(str::trim).filter(|w| is_name(w));
    let word = word.map_or_else(String::new, |word| format!(": {word}"));
    format!("answered {}{word}", response.status)
}
