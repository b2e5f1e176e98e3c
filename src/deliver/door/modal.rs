//! A rejection in the person's own words: a form over Slack's window, which the option of a message opens, and
//! the word that it makes.
//!
//! Source: docs.slack.dev, "Modals", "views.open", "Handling view submissions", "Plain-text input element".

use super::Needs;
use super::click::{OTHER_VERSION, call, heard, who};
use crate::deliver::message::buttons::{NOTE_MAX, OTHER, REASONS, WRITE, note};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::domain::Text;
use crate::domain::account::outbox::{PersonsWord, WordKind};
use serde_json::{Value, json};
use uuid::Uuid;

/// The block, and the action within it, of each field.
const REASON: &str = "reason";
const NOTE: &str = "note";
const REJECT: &str = "reject";

/// Whether an action asks for the form.
pub(super) fn is_asked(action: &Value) -> bool {
    action["selected_option"]["value"] == WRITE
}

/// Opens it; what to say to the person where that fails.
pub(super) async fn open(needs: &Needs, trigger: &str, action: &Value) -> Option<String> {
    let view = json!({
        "type": "modal",
        "callback_id": REJECT,
        // It comes back with what was written.
        "private_metadata": action["block_id"],
        "title": plain("Reject"),
        "submit": plain("Reject"),
        "close": plain("Cancel"),
        "blocks": [
            {
                "type": "input", "block_id": REASON, "label": plain("Reason"),
                "element": {
                    "type": "static_select", "action_id": REASON,
                    "options": REASONS.iter().map(reason).collect::<Vec<_>>(),
                    "initial_option": reason(&REASONS[REASONS.len() - 1]),
                },
            },
            {
                "type": "input", "block_id": NOTE, "label": plain("In your own words"),
                "element": {
                    "type": "plain_text_input", "action_id": NOTE, "max_length": NOTE_MAX,
                },
            },
        ],
    });
    let body = json!({ "trigger_id": trigger, "view": view });
    call(needs, "views.open", body).await.err().map(|why| {
        format!("Nothing was changed: Slack did not open the form ({why}). Choose again, or another reason.")
    })
}

fn reason((slug, shown): &(&str, &str)) -> Value {
    json!({ "text": plain(shown), "value": slug })
}

/// A form that was submitted, as a word; why it changed nothing, if so.
pub(super) async fn submitted(needs: &Needs, payload: &Value) -> Option<String> {
    let view = &payload["view"];
    if view["callback_id"] != REJECT {
        return None;
    }
    let user = payload["user"]["id"].as_str().unwrap_or_default();
    let (roster, person) = match who(needs, user) {
        Ok(known) => known,
        Err(why) => return Some(why),
    };
    let Some(word) = word(view, &person) else { return Some(OTHER_VERSION.to_owned()) };
    heard(needs, &roster, word).await
}

fn word(view: &Value, person: &PersonId) -> Option<PersonsWord> {
    let mut parts = view["private_metadata"].as_str()?.strip_prefix("word:")?.split(':');
    let case: Uuid = parts.next()?.parse().ok()?;
    let count: usize = parts.next()?.parse().ok()?;
    let values = &view["state"]["values"];
    let chosen = values[REASON][REASON]["selected_option"]["value"].as_str().unwrap_or(OTHER);
    let (reason, _) = REASONS.iter().find(|(slug, _)| *slug == chosen)?;
    let note = note(values[NOTE][NOTE]["value"].as_str().unwrap_or_default());
    let click = format!("reject:{reason}:{}", note.as_deref().unwrap_or_default());
    Some(PersonsWord {
        id: WordId::of(CaseId(case), count, &click, person).0,
        case,
        person: person.0.clone(),
        said: WordKind::Reject,
        reason: Some(Text::new(reason)),
        note,
        until: None,
        of: None,
    })
}

/// The answer that keeps the form open and names the flaw.
pub(super) fn flaw(why: &str) -> Value {
    json!({ "response_action": "errors", "errors": { NOTE: why } })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}
