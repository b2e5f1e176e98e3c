//! What an action for a tool that enrols people carries beside the decision: whom our ledger says that we have enrolled, and
//! who wants no more mail.

use crate::desk::ids::ActionId;
use crate::desk::people::Enrolment;
use crate::desk::roster::{Roster, Target};
use crate::desk::state::State;
use crate::domain::Text;
use crate::domain::account::outbox::OutboxAction;
use crate::domain::terms::account::AccountKey;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn with_people(
    state: &State,
    roster: &Roster,
    mut action: OutboxAction,
) -> OutboxAction {
    let found = roster.destinations.iter().find(|(name, _)| name.0 == action.destination);
    let Some((name, destination)) = found else { return action };
    let is_one = matches!(&destination.target, Target::Tool(tool) if tool.enrol);
    let Some(account) = action.account.clone().filter(|_| is_one) else { return action };
    let Ok(mut body) = serde_json::from_str::<Value>(&action.body) else { return action };
    // An action that ends enrolments by itself names them.
    if body.get("enrolled").is_some() {
        return action;
    }
    let product = Text::from(body["row"]["product"].as_str().unwrap_or_default());
    let mut family = state.family(&account);
    let entered_as = body["decision"]["entered_as"].as_str();
    family.extend(entered_as.and_then(|key| AccountKey::parse(key).ok()));
    let enrolled = family.iter().filter_map(|account| {
        state.enrolled.get(&(name.clone(), account.clone(), product.clone()))
    });
    let stops = state.sent.get(&ActionId(action.id)).and_then(|sent| sent.stops.as_ref());
    let is_meant = |one: &&Enrolment| stops.is_none_or(|stops| stops.ids.contains(&one.key()));
    let enrolled = enrolled.flatten().filter(is_meant);
    let enrolled = enrolled.map(|one| Enrolment { is_owed: false, ..one.clone() });
    body["enrolled"] = json!(enrolled.collect::<Vec<_>>());
    let opted_out = family.iter().filter_map(|account| state.opted_out.get(account));
    body["opted_out"] = json!(opted_out.flatten().collect::<BTreeSet<_>>());
    action.body = body.to_string();
    action
}
