//! The door for people's words as paths of an OpenAPI 3.1 document.

use super::Way;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator;

/// The group of these paths, and what it is.
pub const TAG: (&str, &str) = (
    "words",
    "What people say: Slack's requests, and the pages behind links, of `buymode deliver` (`deliver.words.listen`).",
);
const SLACK: &str = "slack_signing_secret";

/// How requests to the door authenticate.
pub fn security() -> Map<String, Value> {
    let scheme = json!({ "type": "apiKey", "in": "header", "name": "x-slack-signature",
        "description": "Slack's signature of the body, with `deliver.words.slack_signing_secret`; \
            x-slack-request-timestamp goes with it." });
    Map::from_iter([(SLACK.to_owned(), scheme)])
}

/// Path by path.
pub fn paths() -> Map<String, Value> {
    let path = |way: Way| {
        let operations = match way {
            Way::Actions => slack(
                "slackActions",
                "A click on a button, or a form that was filled in",
                form("payload", "What happened, as JSON."),
            ),
            Way::Commands => slack(
                "slackCommands",
                "A command",
                form("text", "What follows the command's name."),
            ),
            Way::Events => slack(
                "slackEvents",
                "A person opened the Home page; Slack's question at the set-up is answered",
                json!({ "application/json": { "schema": { "type": "object" } } }),
            ),
            Way::Words => words(),
        };
        (way.path().to_owned(), operations)
    };
    Way::iter().map(path).collect()
}

fn form(field: &str, about: &str) -> Value {
    let field =
        Map::from_iter([(field.to_owned(), json!({ "type": "string", "description": about }))]);
    json!({ "application/x-www-form-urlencoded": {
        "schema": { "type": "object", "properties": field }
    } })
}

fn refusal(description: &str) -> Value {
    json!({ "description": description, "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Refusal" }
    } } })
}

fn slack(id: &str, summary: &str, body: Value) -> Value {
    json!({ "post": {
        "operationId": id, "summary": summary, "tags": [TAG.0], "security": [{ SLACK: [] }],
        "requestBody": { "required": true, "content": body },
        "responses": {
            "200": { "description": "Taken; the answer for the person, if there is one",
                "content": { "application/json": { "schema": { "type": "object" } } } },
            "400": refusal("The body is not what Slack sends"),
            "401": refusal("The signature is missing or wrong"),
            "403": refusal("The request names a host that is not in deliver.words.hosts"),
            "404": refusal("deliver.words.slack_signing_secret is not set"),
            "408": refusal("The body did not come in time"),
            "413": refusal("The body is too large, or broke off"),
        },
    } })
}

fn words() -> Value {
    let page = |description: &str| json!({ "description": description, "content": { "text/html": { "schema": { "type": "string" } } } });
    let operation = |id: &str, summary: &str, answers: Value| json!({ "operationId": id, "summary": summary, "tags": [TAG.0], "security": [], "responses": answers });
    let mut act = operation(
        "say",
        "Says it",
        json!({
            "200": page("Recorded"),
            "400": page("Something is missing"),
            "404": page("The link is not valid, or links are not in use"),
            "409": page("Another word was first; nothing was changed"),
            "410": page("The link has expired"),
            "503": page("It could not be written; nothing was changed"),
        }),
    );
    act["requestBody"] = json!({ "content": form("reason", "Why, where the form asks for it.") });
    json!({
        "parameters": [{
            "name": "token", "in": "path", "required": true, "schema": { "type": "string" },
            "description": "Signed; it says who may say what about which account.",
        }],
        "get": operation("show", "Asks the person of a link what they say", json!({
            "200": page("A form"),
            "404": page("The link is not valid, or links are not in use"),
            "410": page("The link has expired"),
            "503": page("This instance has not read the desk yet"),
        })),
        "post": act,
    })
}
