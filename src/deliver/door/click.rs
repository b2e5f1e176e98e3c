//! A click in Slack as a word: who clicked, what is said to that person, and calls of Slack's methods.

use super::ask::token;
use super::{Needs, person_of, refused};
use crate::credentials;
use crate::deliver::speak::Heard;
use crate::desk::ids::PersonId;
use crate::desk::roster::Roster;
use crate::domain::account::outbox::{PersonsWord, WordKind};
use serde_json::Value;
use std::sync::Arc;

pub(super) const OTHER_VERSION: &str = "Nothing was changed: this button is of another version.";

/// The roster, and the person who clicked.
pub(super) fn who(needs: &Needs, user: &str) -> Result<(Arc<Roster>, PersonId), String> {
    let known = needs.copy.with(|fold| fold.state.roster.clone()).flatten();
    let (_, roster) = known.ok_or(
        "Nothing was changed: this instance does not know the desk yet. Try again in a minute.",
    )?;
    let person = person_of(&roster, user).ok_or_else(|| unknown(user))?;
    Ok((roster, person))
}

/// Says a word; what to say to the person, where the message does not show it.
pub(super) async fn heard(needs: &Needs, roster: &Roster, word: PersonsWord) -> Option<String> {
    let kind = word.said;
    match needs.say(word).await {
        Ok(Heard::Holds) => match kind {
            WordKind::NoLongerTrue => Some(
                "Thank you. The evidence is taken out in 10 minutes, unless you undo it before."
                    .to_owned(),
            ),
            _ => None,
        },
        Ok(Heard::Refused(refusal)) => Some(refused(roster, &refusal)),
        Ok(Heard::NotYet) => Some(
            "Your click is recorded; the message shows it once the desk has read it.".to_owned(),
        ),
        Err(why) => {
            Some(format!("Your click could not be written ({why}). Click again in a minute."))
        }
    }
}

fn unknown(user: &str) -> String {
    format!(
        "Nothing was changed: you are not in the roster. Ask the person who keeps it to add your member id, {user}."
    )
}

/// Calls a method as the bot; nothing happens without one. The error is Slack's word for it.
pub(super) async fn call(needs: &Needs, method: &str, body: Value) -> Result<(), String> {
    let Some(token) = token(needs) else { return Ok(()) };
    let request = credentials::Request {
        body: Some(body.to_string().into_bytes()),
        url: format!("{}/{method}", needs.slack_api),
        headers: vec![
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json; charset=utf-8".to_owned()),
        ],
        // The operator names the address.
        may_be_private: true,
    };
    let http = needs.http.clone();
    let sent = tokio::task::spawn_blocking(move || http.send(&request)).await;
    let said = sent.ok().and_then(Result::ok);
    let said = said.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
    match said {
        Some(said) if said["ok"] == true => Ok(()),
        Some(said) => {
            let error = said["error"].as_str().unwrap_or("no error is named");
            Err(error.chars().take(60).collect())
        }
        None => Err("no answer".to_owned()),
    }
}
