//! Every command with `--json`, and the type of what it prints. A test goes through the commands: none is missing.

mod words;

use super::*;
use crate::admin::settings;
use crate::admin::snapshot::Saved;
use crate::analysis::diff::Findings;
use crate::codec::shape::ShownDecision;
use crate::demo;
use crate::domain::profile::Profile;
use crate::evidence::suggest::suggestion::Suggestion;
use crate::evidence::{crm as evidence_crm, experiment as evidence_experiment, review};
use crate::ingest::dead_letters::resolve::Summary as Resolved;
use crate::ingest::import::Summary as Imported;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

type Of = fn(&mut SchemaGenerator) -> Schema;

/// By the words of the command.
const ALL: &[(&str, Of)] = &[
    ("accounts list", of::<accounts::export::Answer<'_>>),
    ("aliases add", of::<aliases::Did<'_>>),
    ("aliases import", of::<aliases::import::Answer>),
    ("aliases list", of::<aliases::Answer<'_>>),
    ("aliases remove", of::<aliases::Did<'_>>),
    ("aliases unresolved", of::<aliases::unresolved::Answer<'_>>),
    ("audit", of::<audit::Answer<'_>>),
    ("config check", of::<settings::Report>),
    ("crm check", of::<evidence_crm::Report>),
    ("dead-letters drop", of::<Resolved>),
    ("dead-letters list", of::<dead_letters::list::Answer<'_>>),
    ("dead-letters replay", of::<Resolved>),
    ("dead-letters show", of::<dead_letters::show::Answer<'_>>),
    ("decisions", of::<ShownDecision>),
    ("decisions send-sample", of::<decisions::sample::Answer<'_>>),
    ("deliver check", of::<deliver::check::Answer<'_>>),
    ("deliver maps", of::<deliver::maps::Answer>),
    ("deliver publish", of::<deliver::publish::Answer<'_>>),
    ("deliver rehearse", of::<deliver::rehearse::Answer<'_>>),
    ("deliver replay", of::<deliver::replay::Answer<'_>>),
    ("deliver report", of::<deliver::report::Answer<'_>>),
    ("deliver resume", of::<deliver::resume::Answer<'_>>),
    ("deliver sync", of::<deliver::sync::Answer<'_>>),
    ("demo", either::<ShownDecision, demo::Summary>),
    ("erase", of::<erase::Answer<'_>>),
    ("experiment plan", of::<evidence_experiment::plan::Plan>),
    ("experiment report", of::<evidence_experiment::judge::Report>),
    ("explain", of::<explain::Answer<'_>>),
    ("icp backtest", of::<icp::backtest::Answer>),
    ("icp check", of::<icp::check::Answer<'_>>),
    ("icp diff", of::<Findings>),
    ("icp export", of::<icp::export::Answer<'_>>),
    ("icp history", of::<icp::history::Answer<'_>>),
    ("icp match", of::<icp::matching::Answer<'_>>),
    ("icp publish", of::<icp::publish::Answer<'_>>),
    ("icp render", of::<icp::render::Answer<'_>>),
    ("icp review", of::<review::Review>),
    ("icp rollback", of::<icp::publish::Answer<'_>>),
    ("icp show", of::<Profile>),
    ("icp suggest", of::<Suggestion>),
    ("import", of::<Imported>),
    ("mapping test", of::<mapping::test::Answer>),
    ("snapshot restore", of::<snapshot::restore::Answer>),
    ("snapshot save", of::<Saved>),
    ("snapshot show", of::<snapshot::show::Answer>),
    #[cfg(feature = "top")]
    ("top", of::<top::Answer>),
    ("topics copy", of::<topics::copy::Answer<'_>>),
    ("topics create", of::<topics::create::Answer<'_>>),
    ("topics delete", of::<topics::delete::Answer<'_>>),
    ("topics describe", of::<Vec<topics::describe::Answer<'_>>>),
    ("topics manifest", of::<topics::manifest::Answer>),
    ("upgrade", of::<upgrade::Answer<'_>>),
    ("why-not", of::<why_not::Answer<'_>>),
];

/// Not as a reference: the answer itself is the root.
fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// Lines of two kinds.
fn either<A: JsonSchema, B: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let (a, b) = (of::<A>(generator), of::<B>(generator));
    schemars::json_schema!({ "anyOf": [a, b] })
}

/// The names of the commands, in order.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// The schema of a command's answer, whole by itself.
pub(super) fn schema(name: &str) -> Option<Value> {
    let (name, of) = ALL.iter().find(|(known, _)| *known == name)?;
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut made = of(&mut generator).to_value();
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("$id".to_owned(), json!(format!("urn:buymode:answer:{}", name.replace(' ', "-"))));
    whole.insert("title".to_owned(), json!(format!("buymode {name} --json")));
    whole.insert("description".to_owned(), json!(described(name)));
    if let Some(fields) = made.as_object_mut() {
        fields.shift_remove("title");
        fields.shift_remove("description");
        whole.extend(std::mem::take(fields));
    }
    let mut definitions: Vec<_> = generator.take_definitions(true).into_iter().collect();
    definitions.sort_by(|a, b| a.0.cmp(&b.0));
    if !definitions.is_empty() {
        whole.insert("$defs".to_owned(), Value::Object(definitions.into_iter().collect()));
    }
    let mut whole = Value::Object(whole);
    words::told(&mut whole);
    Some(whole)
}

/// As the command's help says it: what it does, and whether it prints one object or several.
fn described(name: &str) -> String {
    let mut at = command();
    for word in name.split(' ') {
        let found = at.find_subcommand(word).cloned();
        at = found.unwrap_or(at);
    }
    let flag = at.get_arguments().find(|arg| arg.get_id() == "json");
    let prints = flag.and_then(|flag| flag.get_help()).map(ToString::to_string);
    let about = at.get_about().map(ToString::to_string).unwrap_or_default();
    let prints = prints.unwrap_or_default().replacen("Print JSON, ", "It prints ", 1);
    format!("{}. {}.", about.trim_end_matches('.'), prints.trim_end_matches('.'))
}
