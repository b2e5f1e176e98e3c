//! What people ask in Slack: an account, and their own accounts. Answered from this instance's copy of the desk.

use super::{Needs, person_of};
use crate::config::whole_text;
use crate::deliver::fold::Fold;
use crate::deliver::message::{Message, mine as of_person, notice, said, slack};
use crate::desk::action::{CaseView, Notice, Standing};
use crate::desk::ids::{CaseId, PersonId};
use crate::desk::roster::file::SecretRef;
use crate::desk::roster::{Roster, Target};
use crate::desk::view::view;
use crate::domain::terms::account::AccountKey;
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::sync::Arc;

/// Cases of an account in an answer.
const CASES_MAX: usize = 5;

/// A person's open accounts.
pub(super) fn mine(needs: &Needs, user: &str) -> Message {
    let found = needs.copy.with(|fold| {
        let (_, roster) = fold.state.roster.clone()?;
        let person = person_of(&roster, user);
        Some(person.map(|person| of_person(open_of(fold, &person), zone(&roster, &person))))
    });
    match found.flatten() {
        Some(Some(message)) => message,
        Some(None) => said(
            "You are not in the roster",
            &[format!("Ask the person who keeps it to add your member id, {user}.")],
        ),
        None => not_known(),
    }
}

/// Those that were given to a person and no one else has taken, and those that the person has taken.
fn open_of(fold: &Fold, person: &PersonId) -> Vec<CaseView> {
    let all = fold.state.cases.keys().filter_map(|id| view(&fold.state, *id));
    all.filter(|case| match &case.standing {
        Standing::Open => case.assignment.as_ref().is_some_and(|a| a.person == *person),
        Standing::Said { by, .. } => by == person,
        Standing::Ended(_) => false,
    })
    .collect()
}

/// An account that the desk has: why it is here, and who has it.
pub(super) fn about(needs: &Needs, name: &str, user: &str) -> Option<Message> {
    let found = needs.copy.with(|fold| {
        let (_, roster) = fold.state.roster.clone()?;
        let cases = cases_of(fold, name);
        let reader = person_of(&roster, user).map(|person| zone(&roster, &person));
        let reader = reader.unwrap_or(roster.zone);
        (!cases.is_empty()).then(|| notice(&Notice { roster: Arc::clone(&roster), cases }, reader))
    });
    match found {
        None => Some(not_known()),
        Some(found) => found,
    }
}

/// By the account's key, its website, or the company's name.
fn cases_of(fold: &Fold, name: &str) -> Vec<CaseView> {
    let low = name.trim().to_lowercase();
    let host = low.trim_start_matches("https://").trim_start_matches("http://");
    let host = host.trim_start_matches("www.").split('/').next().unwrap_or_default();
    let key = AccountKey::parse(host).ok();
    let is_it = |id: &CaseId| {
        fold.state.cases.get(id).is_some_and(|case| {
            let d = &case.decision;
            let named = d.account_name.as_ref().is_some_and(|name| name.to_lowercase() == low);
            case.ended.is_none() && (key.as_ref() == Some(&d.account) || named)
        })
    };
    let ids = fold.state.cases.keys().filter(|id| is_it(id)).take(CASES_MAX);
    ids.filter_map(|id| view(&fold.state, *id)).collect()
}

/// The view of a Home page.
pub(super) fn home(needs: &Needs, user: &str) -> Value {
    let blocks = slack::body(&mine(needs, user))["blocks"].clone();
    json!({ "type": "home", "blocks": blocks })
}

/// The token of the bot; none without a bot.
pub(super) fn token(needs: &Needs) -> Option<String> {
    let token = needs.copy.with(|fold| {
        let (_, roster) = fold.state.roster.clone()?;
        roster.destinations.values().find_map(|destination| match &destination.target {
            Target::Slack { token, .. } => Some(token.clone()),
            _ => None,
        })
    });
    secret(needs, &token.flatten()?)
}

fn secret(needs: &Needs, place: &SecretRef) -> Option<String> {
    let value = match place {
        SecretRef::Env(name) => (needs.variable)(name),
        SecretRef::File(path) => whole_text(&needs.secrets.join(path)).ok(),
    };
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn zone(roster: &Roster, person: &PersonId) -> Tz {
    let person = roster.people.get(person);
    person.map_or_else(|| roster.zone, |person| person.calendar.zone())
}

fn not_known() -> Message {
    said("The desk is not known here yet; try again in a minute", &[])
}
