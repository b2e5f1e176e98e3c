//! `buymode schema openapi`.

use crate::cli::output::line;
use crate::config::Config;
use crate::console::openapi as console;
use crate::deliver::door::openapi as door;
use crate::ingest::http::openapi::{self as ingest, paths as ingest_paths};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Prints our HTTP addresses as an OpenAPI 3.1 document: webhooks in, pages for operators, people's words, and
/// the webhooks that `buymode deliver` sends
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: buymode schema openapi > openapi.json")]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    line(&serde_json::to_string_pretty(&document())?)?;
    Ok(ExitCode::SUCCESS)
}

/// Each process listens on a port of its own: each path names its servers, as the default settings have them.
fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut schemas = settings.for_serialize().into_generator();
    let mut paths = Map::new();
    let Config { http, ingest, deliver, .. } = Config::default();
    let parts = [
        (http.listen, console::paths(&mut schemas)),
        (ingest.listen, ingest_paths(&mut schemas)),
        (deliver.words.listen, door::paths()),
    ];
    for (listen, part) in parts {
        let server = json!({ "url": format!("http://localhost:{}", listen.port()) });
        for (path, operations) in part {
            let known = paths.entry(path).or_insert(operations);
            // Two processes may have the same page, such as /livez.
            match known["servers"].as_array_mut() {
                Some(servers) => servers.push(server.clone()),
                None => known["servers"] = json!([server]),
            }
        }
    }
    let mut schemas = schemas.take_definitions(true);
    schemas.insert(
        "Refusal".to_owned(),
        json!({ "type": "object", "required": ["error"], "properties": {
            "error": { "type": "string", "description": "The error, and what to do." }
        } }),
    );
    let webhook = webhook(&mut schemas);
    let tags = [ingest::TAG, console::TAG, door::TAG];
    let tags: Value =
        tags.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect();
    let mut security = ingest::security();
    security.extend(door::security());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "buymode",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The HTTP addresses of `buymode ingest`, `buymode run` and `buymode deliver`, each on a \
                port of its own; and the webhooks that `buymode deliver` sends.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://localhost" }],
        "tags": tags,
        "paths": paths,
        "webhooks": { "decisions": webhook },
        "components": { "schemas": schemas, "securitySchemes": security },
    })
}

/// What `deliver` sends to a webhook of a roster. The schema of its body is the one in `schemas/`, whose definitions
/// go into `schemas`.
fn webhook(schemas: &mut Map<String, Value>) -> Value {
    let text = include_str!("../../../schemas/webhook.schema.json");
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut schema = read(&text.replace("#/definitions/", "#/components/schemas/"));
    if let Some(schema) = schema.as_object_mut() {
        // The document's own is as good for it.
        schema.remove("$schema");
        if let Some(Value::Object(definitions)) = schema.remove("definitions") {
            schemas.extend(definitions);
        }
    }
    let example = read(include_str!("../../../schemas/examples/decision/entered.webhook.json"));
    let header = |name: &str, about: &str| {
        json!({ "name": name, "in": "header", "required": true, "description": about,
            "schema": { "type": "string" } })
    };
    json!({ "post": {
        "operationId": "decisions",
        // What proves who sends it is the signature, a parameter below.
        "security": [],
        "summary": "Decisions, as Standard Webhooks 1.0 has it",
        "parameters": [
            header("webhook-id", "The same each time that it is tried."),
            header("webhook-timestamp", "When it was tried, Unix time in seconds."),
            header("webhook-signature", "v1, and a signature in base64; several are separated by blanks."),
        ],
        "requestBody": { "required": true, "content": { "application/json": {
            "schema": schema, "example": example,
        } } },
        "responses": {
            "2XX": { "description": "Taken; it is not sent again" },
            "410": { "description": "Gone: the destination is disabled" },
            "default": { "description": "It is tried again later" },
        },
    } })
}
