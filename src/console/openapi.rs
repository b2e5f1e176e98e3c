//! The pages for operators as paths of an OpenAPI 3.1 document.

use super::explain::Explained;
use super::http::{Page, Ready};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;

/// The group of these paths, and what it is.
pub const TAG: (&str, &str) = (
    "operators",
    "Health, metrics and accounts of `buymode run` (`http.listen`); on loopback, without a login.",
);

/// Path by path; what answers hold goes into `schemas`.
pub fn paths(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let path = |page: Page| {
        let operation = match page {
            Page::Livez => operation("livez", "Whether its workers make progress", livez()),
            Page::Readyz => {
                let ready = schemas.subschema_for::<Ready>().to_value();
                let answers = json!({
                    "200": json_answer("It scores", ready.clone()),
                    "503": json_answer("It does not; the reasons", ready),
                });
                operation("readyz", "Whether it scores, and if not, why", answers)
            }
            Page::Metrics => operation("metrics", "Metrics in Prometheus' text format", metrics()),
            Page::Account => {
                let explained = schemas.subschema_for::<Explained>().to_value();
                let answers = account(explained);
                let mut made = operation("account", "Where an account stands, and why", answers);
                made["parameters"] = json!([{
                    "name": "account", "in": "path", "required": true, "schema": { "type": "string" },
                    "description": "A domain, or a typed key.", "example": "acme.com",
                }]);
                made
            }
        };
        (page.path().to_owned(), json!({ "get": operation }))
    };
    Page::iter().map(path).collect()
}

fn operation(id: &str, summary: &str, mut answers: Value) -> Value {
    answers["403"] = refusal("The request names a host that is not in http.hosts");
    json!({ "operationId": id, "summary": summary, "tags": [TAG.0], "security": [], "responses": answers })
}

fn json_answer(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn refusal(description: &str) -> Value {
    json_answer(description, json!({ "$ref": "#/components/schemas/Refusal" }))
}

fn livez() -> Value {
    let schema = json!({ "type": "object", "required": ["alive"], "properties": {
        "alive": { "type": "boolean" },
        "reasons": { "type": "array", "items": { "type": "string" } },
    } });
    json!({
        "200": json_answer("They do", schema.clone()),
        "503": json_answer("One stands still; which one", schema),
    })
}

fn metrics() -> Value {
    let text = json!({ "text/plain": { "schema": { "type": "string" } } });
    json!({
        "200": { "description": "The metrics", "content": text },
        "500": refusal("They cannot be written"),
    })
}

fn account(explained: Value) -> Value {
    json!({
        "200": json_answer("The account, as `buymode explain ACCOUNT --json` prints it", explained),
        "400": refusal("The key is not one of an account"),
        "404": refusal("No record of it in its partition"),
        "421": refusal("Another instance holds its partition, or it is being restored"),
        "500": refusal("Its state cannot be read"),
    })
}
