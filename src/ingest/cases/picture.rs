//! A record in the form that a person checks: its content in the log, without default values (null,
//! false, empty, full confidence, the mapping's own source).

use super::Case;
use crate::domain::account::input::Input;
use crate::domain::evidence::company::{CompanyUpdate, Value as Fact};
use crate::domain::evidence::signal::{Signal, SignalId};
use crate::domain::terms::time::{DAY_MS, Occurred, Precision, Timestamp};
use crate::domain::terms::units::BasisPoints;
use crate::mapping::canonical::{Canonical, KnownBy};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Labels for ids: the row with this id, in this case or another case of the mapping.
pub(super) type Labels = HashMap<SignalId, String>;

pub(super) fn record(record: &Canonical, case: &Case, source: &str, labels: &Labels) -> Value {
    let mut picture = Picture { fields: Map::new(), source };
    match &record.input {
        Input::Transfer(_) => picture.say("record", "alias"),
        other => picture.say("record", other.record_type()),
    }
    picture.say("account", &record.account);
    if case.head.ids {
        picture.say("id", record.input.id());
    }
    match &record.input {
        Input::Signal(signal) => picture.signal(signal, record, labels),
        Input::Company(update) => picture.company(update),
        Input::Retraction(retraction) => {
            picture.say("retracts", label(retraction.retracts, labels));
            picture.say("known", when(record.known_at));
            picture.rest(retraction, &["id", "retracts"]);
        }
        Input::Suppression(change) => {
            picture.say("known", when(record.known_at));
            let same_day = change.stated_on == Some(record.known_at.day());
            picture.rest(change, if same_day { &["id", "stated_on"] } else { &["id"] });
            // `active: false` lifts a suppression and must be shown.
            picture.fields.remove("active");
            if !change.active {
                picture.say("active", false);
            }
        }
        Input::Outcome(outcome) => {
            picture.say("outcome", outcome.outcome);
            picture.occurred(outcome.occurred);
            picture.rest(outcome, &["id", "outcome", "occurred"]);
        }
        Input::Transfer(transfer) => picture.say("of", &transfer.to),
        // Mappings do not emit this type.
        Input::Kinship(kinship) => picture.say("child", &kinship.child),
    }
    picture.say("warnings", &record.warnings);
    Value::Object(picture.fields)
}

struct Picture<'a> {
    fields: Map<String, Value>,
    source: &'a str,
}

impl Picture<'_> {
    fn say(&mut self, name: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        let silent = match &value {
            Value::Null => true,
            Value::Bool(flag) => !flag && name != "active" && name != "first_in_function",
            Value::Array(list) => list.is_empty(),
            Value::String(text) => name == "source" && text == self.source,
            _ => false,
        };
        if !silent {
            self.fields.insert(name.to_owned(), value);
        }
    }

    fn rest(&mut self, of: impl Serialize, but: &[&str]) {
        let Ok(Value::Object(all)) = serde_json::to_value(of) else { return };
        for (name, value) in all.into_iter().filter(|(name, _)| !but.contains(&name.as_str())) {
            match (name.as_str(), value) {
                ("departments", Value::Array(list)) if !list.is_empty() => {
                    self.say("departments", counts(list));
                }
                (name, value) => self.say(name, value),
            }
        }
    }

    fn occurred(&mut self, occurred: Occurred) {
        self.say("occurred", occurred.day);
        if occurred.precision != Precision::Day {
            self.say("precision", occurred.precision);
        }
    }

    fn signal(&mut self, signal: &Signal, record: &Canonical, labels: &Labels) {
        self.occurred(signal.occurred);
        let delay = match record.known_by {
            Some(KnownBy::OwnDate { after_days }) => i32::from(after_days),
            _ => 0,
        };
        if delay > 0 {
            self.say("known", when(record.known_at));
        }
        let known = record.known_at.day().plus(-delay);
        if signal.observed_at.day() != known && signal.observed_at != Timestamp(0) {
            self.say("updated", when(signal.observed_at));
        }
        self.rest(&signal.event, &["kind"]);
        self.say("planned", signal.planned);
        self.say("baseline", signal.baseline);
        self.say("supersedes", signal.supersedes.map(|id| label(id, labels)));
        if signal.confidence != BasisPoints::FULL {
            self.say("confidence", signal.confidence.get() as f64 / 10_000.0);
        }
        self.say("evidence_url", &signal.evidence_url);
        self.say("source", &signal.source);
    }

    fn company(&mut self, update: &CompanyUpdate) {
        self.say("as_of", when(update.as_of));
        for (attribute, value) in &update.facts {
            self.say(
                attribute.into(),
                match value {
                    Fact::Number { low, high } if low == high => json!(low),
                    Fact::Number { low, high: u64::MAX } => json!(format!("{low}+")),
                    Fact::Number { low, high } => json!(format!("{low}-{high}")),
                    Fact::Stage(stage) => json!(stage),
                    Fact::Terms(_) | Fact::Names(_) => {
                        match &value.texts().collect::<Vec<&str>>()[..] {
                            [text] => json!(text),
                            texts => json!(texts),
                        }
                    }
                },
            );
        }
        let tools = |wanted: bool| -> Vec<&str> {
            update
                .tools
                .iter()
                .filter(|(_, used)| *used == wanted)
                .map(|(t, _)| t.as_str())
                .collect()
        };
        self.say("tools", tools(true));
        self.say("dropped_tools", tools(false));
        self.say("tools_complete", update.tools_complete);
        let departments: Map<String, Value> =
            update.departments.iter().map(|(f, n)| (f.to_string(), json!(n))).collect();
        self.say("departments", (!departments.is_empty()).then_some(departments));
        self.say("departments_complete", update.departments_complete);
        self.say("baseline", update.baseline);
        self.say("source", &update.source);
    }
}

/// `[["sales", 3]]` as an object.
fn counts(list: Vec<Value>) -> Value {
    let pairs = list
        .iter()
        .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.clone())));
    Value::Object(pairs.collect())
}

fn label(id: SignalId, labels: &Labels) -> String {
    labels.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// The time; only the date if it is midnight.
pub(super) fn when(at: Timestamp) -> String {
    if at.0.rem_euclid(DAY_MS) == 0 { at.day().to_string() } else { at.to_rfc3339() }
}
