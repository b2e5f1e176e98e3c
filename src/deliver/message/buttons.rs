//! Buttons below a message in Slack. What they mean is in their ids and values: the message is the only memory of
//! a click's meaning, and what it names is checked at the desk.
//!
//! Source: docs.slack.dev, "Block Kit: actions", "static select", "overflow menu", "confirmation dialog"; 255
//! characters of a `block_id`, 150 of an option's value, 75 of its text.

use super::{own, shortened, vendors};
use crate::desk::action::{CaseView, Notice, SaidBy, Standing};
use crate::desk::record::Verdict;
use crate::domain::Text;
use crate::domain::terms::plain::plain as cleaned;
use crate::domain::terms::units::MilliPoints;
use serde_json::{Value, json};

/// Cases of a message that have buttons.
const CASES_MAX: usize = 3;
/// Reasons of a case that can be called untrue.
const REASONS_MAX: usize = 3;
const OPTION_MAX: usize = 74;

/// Reasons of a rejection: slugs, which `lost_cooldown_days` of a profile may name.
pub const REASONS: &[(&str, &str)] = &[
    ("timing", "Bad timing"),
    ("no-budget", "No budget"),
    ("no-need", "No need"),
    ("bad-fit", "Does not fit"),
    ("has-a-vendor", "Has another vendor"),
    ("no-contact", "No one to talk to"),
    ("weak-evidence", "The evidence is weak"),
    (OTHER, "Another reason"),
];

/// A rejection that only the person's own words explain.
pub const OTHER: &str = "other";

/// Characters of a person's own words.
pub const NOTE_MAX: usize = 300;

/// A person's own words: on one line, without characters that command or hide, and bounded.
pub fn note(text: &str) -> Option<Text> {
    let text = cleaned(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().take(NOTE_MAX).collect();
    (!text.is_empty()).then(|| Text::from(text.trim_end()))
}

/// The value of the option that asks for them.
pub const WRITE: &str = "reject_in_words";

/// Days of a snooze.
pub const DAYS: &[(u32, &str)] = &[
    (1, "Tomorrow"),
    (3, "In 3 days"),
    (7, "In a week"),
    (14, "In 2 weeks"),
    (30, "In 30 days"),
    (90, "In 90 days"),
];

/// Adds the buttons of its cases to a message.
pub fn add(body: &mut Value, notice: &Notice) {
    let several = notice.cases.len() > 1;
    let blocks: Vec<Value> =
        notice.cases.iter().take(CASES_MAX).filter_map(|case| block(case, several)).collect();
    if let Some(all) = body["blocks"].as_array_mut() {
        all.extend(blocks);
    }
}

fn block(case: &CaseView, several: bool) -> Option<Value> {
    let elements = match (&case.standing, &case.said) {
        (Standing::Open, _) => open(case, several),
        (Standing::Said { .. } | Standing::Ended(_), Some(said)) => vec![undo(said)?],
        (Standing::Said { .. } | Standing::Ended(_), None) => return None,
    };
    // Another one with each change: Slack wants that of an edited message.
    let id = format!("word:{}:{}", case.id, case.heard);
    Some(json!({ "type": "actions", "block_id": id, "elements": elements }))
}

fn open(case: &CaseView, several: bool) -> Vec<Value> {
    let of = match several {
        true => format!(" {}", own(&case.decision.product)),
        false => String::new(),
    };
    let reasons = REASONS.iter().map(|(slug, shown)| match *slug {
        OTHER => option("In your own words…", WRITE),
        slug => option(shown, &format!("reject:{slug}")),
    });
    let days = DAYS.iter().map(|(days, shown)| option(shown, &format!("snooze:{days}")));
    let mut more = vec![
        option("Already in touch", "already_in_touch"),
        option("Wrong company", "wrong_company"),
    ];
    more.extend(untrue(case));
    vec![
        json!({
            "type": "button", "action_id": "accept", "value": "accept", "style": "primary",
            "text": plain(&format!("Accept{of}")),
        }),
        json!({
            "type": "static_select", "action_id": "reject", "placeholder": plain("Reject…"),
            "options": reasons.collect::<Vec<_>>(),
        }),
        json!({
            "type": "static_select", "action_id": "snooze", "placeholder": plain("Snooze…"),
            "options": days.collect::<Vec<_>>(),
        }),
        json!({
            "type": "button", "action_id": "never", "value": "do_not_contact", "style": "danger",
            "text": plain("Do not contact"),
            "confirm": {
                "title": plain("Do not contact?"),
                "text": plain("The account goes on the list of those who must not be contacted, with your name."),
                "confirm": plain("Do not contact"),
                "deny": plain("Cancel"),
            },
        }),
        json!({ "type": "overflow", "action_id": "more", "options": more }),
    ]
}

/// One for each of the strongest events that a report stands behind.
fn untrue(case: &CaseView) -> Vec<Value> {
    evidence(case)
        .into_iter()
        .map(|(id, what)| {
            let shown = shortened(&format!("Not true: {what}"), OPTION_MAX);
            option(&shown, &format!("no_longer_true:{id}"))
        })
        .collect()
}

/// The strongest events of a case, each by one of its reports.
pub fn evidence(case: &CaseView) -> Vec<(uuid::Uuid, String)> {
    let mut lines: Vec<_> = case
        .decision
        .intent
        .contributions
        .iter()
        .filter(|line| line.contribution > MilliPoints::ZERO)
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.contribution, line.announced)));
    let named =
        lines.into_iter().filter_map(|line| Some((*line.evidence.first()?, vendors(&line.what))));
    named.take(REASONS_MAX).collect()
}

/// None of what a program said.
fn undo(said: &SaidBy) -> Option<Value> {
    let by_program = matches!(said.verdict, Verdict::Reported { .. });
    (!by_program).then(|| {
        json!({
            "type": "button", "action_id": "undo", "value": format!("take_back:{}", said.word),
            "text": plain("Undo"),
        })
    })
}

fn option(text: &str, value: &str) -> Value {
    json!({ "text": plain(text), "value": value })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}
