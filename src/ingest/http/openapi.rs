//! The service for webhooks as paths of an OpenAPI 3.1 document.

use super::answer::{Summary, status};
use super::proof::Proof;
use super::request::{LIVEZ, PATH};
use crate::config::{AuthenticationConfig, HubspotConfig, SecretsConfig, Url};
use crate::telemetry::RequestOutcome;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use strum::IntoEnumIterator;

/// The group of these paths, and what it is.
pub const TAG: (&str, &str) =
    ("ingest", "Webhooks in: what vendors send to `buymode ingest` (`ingest.listen`).");

/// What a source may ask for, under the names of the setting `authentication`, each with the headers of its
/// signature.
fn schemes() -> Vec<(&'static str, Vec<String>)> {
    use AuthenticationConfig as A;
    let secrets = || SecretsConfig { secrets: Vec::new() };
    let url = Url::new("https://hooks.example.com/v1/ingest/hubspot");
    let hubspot = url.map(|url| A::Hubspot(HubspotConfig { secrets: Vec::new(), url }));
    let all = [
        ("bearer", Some(A::Bearer(secrets()))),
        ("github", Some(A::Github(secrets()))),
        ("hubspot", hubspot),
        ("shopify", Some(A::Shopify(secrets()))),
        ("slack", Some(A::Slack(secrets()))),
        ("standard_webhooks", Some(A::StandardWebhooks(secrets()))),
        ("stripe", Some(A::Stripe(secrets()))),
        ("theirstack", Some(A::Theirstack(secrets()))),
        ("zoom", Some(A::Zoom(secrets()))),
    ];
    let headers = |config: &A| match Proof::new(config) {
        Ok(proof) => proof.headers().into_iter().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    };
    all.into_iter().filter_map(|(name, config)| Some((name, headers(&config?)))).collect()
}

/// How requests of sources authenticate.
pub fn security() -> Map<String, Value> {
    let scheme = |(name, headers): (&str, Vec<String>)| {
        let made = match headers.split_first() {
            None => json!({ "type": "http", "scheme": "bearer" }),
            Some((first, others)) => {
                let or = others.iter().map(|other| format!(", or {other}")).collect::<String>();
                json!({ "type": "apiKey", "in": "header", "name": first,
                    "description": format!("A signature in {first}{or}, as the vendor makes it.") })
            }
        };
        (name.to_owned(), made)
    };
    schemes().into_iter().map(scheme).collect()
}

/// Path by path; what answers hold goes into `schemas`.
pub fn paths(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let summary = schemas.subschema_for::<Summary>().to_value();
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for outcome in RequestOutcome::iter() {
        by_status.entry(status(outcome).as_u16()).or_default().push(outcome.into());
    }
    let answers: Map<String, Value> =
        by_status.iter().map(|(code, outcomes)| answer(*code, outcomes, &summary)).collect();
    // One that the source's setting names; or none, where it says so.
    let mut security: Vec<Value> = schemes()
        .into_iter()
        .map(|(name, _)| Value::Object(Map::from_iter([(name.to_owned(), json!([]))])))
        .collect();
    security.push(json!({}));
    let rows =
        json!({ "description": "A row, or a list of rows, as the source's mapping reads them." });
    let take = json!({
        "operationId": "ingest",
        "summary": "Takes in rows of a source",
        "description": "202 means that every row is in the log, as a record or as a dead letter; anything else \
            acknowledges nothing, and sending again is safe. A source with another HMAC-SHA256 \
            (`hmac_sha256`) names its header in the settings.",
        "tags": [TAG.0],
        "security": security,
        "requestBody": { "required": true, "content": {
            "application/json": { "schema": rows, "example": { "id": "evt-1", "domain": "acme.com" } },
            "application/x-ndjson": { "schema": { "type": "string" } },
        } },
        "responses": answers,
    });
    let verify = json!({
        "operationId": "challenge",
        "summary": "Repeats a vendor's challenge, at the set-up of an endpoint",
        "tags": [TAG.0],
        "security": [],
        "parameters": [{ "name": "challenge", "in": "query", "required": true,
            "schema": { "type": "string" } }],
        "responses": { "200": challenged(), "404": refused("No such source is configured") },
    });
    let source = json!([{ "name": "source", "in": "path", "required": true,
        "description": "A name under `ingest.sources`.",
        "schema": { "type": "string", "pattern": "^[a-z0-9_-]{1,64}$" } }]);
    let alive = json!({ "get": {
        "operationId": "ingestLivez", "summary": "Whether the service answers", "tags": [TAG.0], "security": [],
        "responses": { "200": { "description": "It does", "content": { "application/json": {
            "schema": { "type": "object", "required": ["alive"], "properties": { "alive": { "type": "boolean" } } }
        } } } },
    } });
    Map::from_iter([
        (format!("{PATH}{{source}}"), json!({ "parameters": source, "post": take, "get": verify })),
        (LIVEZ.to_owned(), alive),
    ])
}

fn challenged() -> Value {
    json!({ "description": "The vendor's challenge was answered", "content": { "application/json": {
        "schema": { "type": "object", "properties": { "challenge": { "type": "string" } } }
    } } })
}

fn refused(description: &str) -> Value {
    json!({ "description": description, "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Refusal" }
    } } })
}

fn answer(code: u16, outcomes: &[&str], summary: &Value) -> (String, Value) {
    let words = outcomes.join(", ").replace('_', " ");
    let made = match code {
        200 => challenged(),
        202 => json!({
            "description": format!("All is in the log ({words})"),
            "content": { "application/json": { "schema": summary,
                "example": { "accepted": 1, "skipped": 0, "dead_lettered": 0, "records": 2 } } },
        }),
        429 | 503 => {
            let mut made = refused(&format!("Not now ({words}); send it again"));
            made["headers"] = json!({ "Retry-After": {
                "description": "Seconds", "schema": { "type": "integer", "minimum": 1 }
            } });
            made
        }
        _ => refused(&format!("Refused ({words})")),
    };
    (code.to_string(), made)
}
