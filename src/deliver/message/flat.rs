//! A decision as one flat object: what programs without nested data take (Clay, Zapier, Make, n8n), and what field
//! maps read first. `schemas/flat.schema.json` describes it; its version is one of its fields.

use super::reason::strongest_said;
use crate::codec::json;
use crate::desk::action::{Action, Notice, What};
use crate::desk::ids::{DeliveryId, DestinationId};
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::score::fit::Tier;
use crate::domain::terms::units::MilliPoints;
use serde_json::{Map, Value, json};

/// Fields may be added under the same number; one that changes its meaning, or goes, makes another.
pub const VERSION: u32 = 1;
/// Events that have fields of their own.
const REASONS_MAX: usize = 3;

/// The body of an action for a tool: the flat object, and the whole decision.
pub fn body(notice: &Notice, to: &DestinationId) -> Option<Value> {
    let case = notice.cases.first()?;
    let person = case.assignment.as_ref().map(|assignment| &assignment.person);
    let found = person.and_then(|person| notice.roster.people.get(person));
    let mut body = about(&case.decision, to);
    let row = &mut body["row"];
    row["assigned_to"] = json!(person.map(|id| notice.roster.shown(id)));
    row["assigned_email"] = json!(found.and_then(|person| person.email.clone()));
    Some(body)
}

/// The same without who takes care of it.
pub fn about(d: &Decision, to: &DestinationId) -> Value {
    let mut row = row(d);
    row.insert("delivery_id".into(), json!(DeliveryId::of(d.id, to).to_string()));
    row.insert("assigned_to".into(), Value::Null);
    row.insert("assigned_email".into(), Value::Null);
    json!({ "row": row, "decision": json::decision(d) })
}

/// The same of an action that ends enrolments without a decision: only what ends them is in it.
pub fn stop(action: &Action) -> Option<Value> {
    let What::Stop { product, people, .. } = &action.what else { return None };
    let account = action.account.as_ref()?.as_str();
    let row = json!({
        "schema_version": VERSION, "test": false, "kind": "exited", "stage": "cooling", "account": account,
        "domain": (!account.contains(':')).then_some(account), "account_name": account, "product": product,
        "exit_advice": "stop_now", "delivery_id": action.id.0.to_string(),
    });
    Some(json!({ "row": row, "decision": null, "enrolled": people, "opted_out": [] }))
}

/// The fields that follow from the decision alone.
pub fn row(d: &Decision) -> Map<String, Value> {
    let points = |milli: MilliPoints| milli.rounded();
    let stage = match d.kind {
        DecisionKind::Entered | DecisionKind::Strengthened => "buying",
        DecisionKind::Exited | DecisionKind::Withdrawn => "cooling",
        DecisionKind::Triaged | DecisionKind::TierChanged => "unchanged",
    };
    let persona = d.personas.first();
    let message = persona.and_then(|persona| persona.message.as_deref());
    let titles =
        persona.map(|p| p.titles.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(", "));
    let crm = |of: &str| {
        let found = d.crm_ids.iter().find_map(|id| id.strip_prefix(of)?.strip_prefix(':'));
        found.map(str::to_owned)
    };
    let newest = d.intent.contributions.iter().filter(|c| !c.is_standing()).map(|c| c.announced);
    let mut row = Map::new();
    let mut add = |key: &str, value: Value| drop(row.insert(key.to_owned(), value));
    add("schema_version", json!(VERSION));
    add("test", json!(false));
    add("decision_id", json!(d.id.to_string()));
    add("episode_id", json!(d.episode_id.map(|id| id.to_string())));
    add("kind", json!(d.kind.to_string()));
    add("stage", json!(stage));
    add("origin", json!(d.origin.to_string()));
    add("decided_at", json!(d.decided_at.to_rfc3339()));
    add("account", json!(d.account.as_str()));
    add("domain", json!((!d.account.as_str().contains(':')).then(|| d.account.as_str())));
    add("account_name", json!(d.account_name.as_deref().unwrap_or(d.account.as_str())));
    add("website", json!(d.website));
    add("about", json!(d.about));
    add("product", json!(d.product));
    add("profile", json!(d.profile));
    add("segment", json!(d.segment));
    add("tier", json!(d.tier.to_string()));
    add("tier_number", json!(d.tier.number()));
    add("is_icp", json!(d.tier != Tier::NotIcp));
    add("priority", json!(d.priority.to_string()));
    add("band", json!(d.band.to_string()));
    add("fit", json!(points(d.fit.lower)));
    add("intent", json!(points(d.intent.score)));
    add("sla_deadline", json!(d.sla_deadline.map(|at| at.to_rfc3339())));
    add("route", json!(d.route));
    add("headline", json!(super::own(&d.headline)));
    let reasons = strongest_said(d, REASONS_MAX);
    for at in 0..REASONS_MAX {
        let reason = reasons.get(at);
        add(&format!("reason_{}", at + 1), json!(reason.map(|(said, _)| said)));
        add(&format!("reason_{}_url", at + 1), json!(reason.and_then(|(_, url)| url.clone())));
    }
    add("newest_cause_on", json!(newest.max().map(|day| day.to_string())));
    add("persona", json!(titles.filter(|titles| !titles.is_empty())));
    add("pain", json!(d.pain));
    add("angle", json!(d.angle));
    add("subject", json!(message.and_then(|m| m.subject.clone())));
    add("opener", json!(message.and_then(|m| m.opener.clone())));
    add("owner", json!(d.owner));
    add("territory", json!(d.territory));
    add("hubspot_id", json!(crm("hubspot")));
    add("salesforce_id", json!(crm("salesforce")));
    add("exit_reason", json!(d.exit.as_ref().map(|exit| exit.reason.to_string())));
    add("exit_advice", json!(d.exit.as_ref().map(|exit| exit.advice.to_string())));
    add("leaves_on", json!(d.leaves_on.map(|day| day.to_string())));
    row
}
