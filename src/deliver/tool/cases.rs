//! The examples beside a map: a decision, the tool's answers, and the requests that the map makes of them.
//!
//! A case of deploy/targets/NAME.yaml is deploy/targets/cases/NAME/CASE.yaml: `kind` of the sample decision,
//! `values`, `answers` in the order in which they are given, and what follows: `requests` and `end`.

use super::file::MapFile;
use super::program::ToolMap;
use crate::config::yaml_from_text;
use crate::credentials::{Asked, Fault, Http, Request, Response};
use crate::deliver::send::Call;
use crate::deliver::send::answer::Answer;
use crate::deliver::send::target::Services;
use crate::desk::roster::Target;
use crate::desk::roster::tool::Tool;
use crate::domain::Text;
use crate::domain::account::outbox::{ActionKind, OutboxAction};
use crate::domain::profile::Priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::mapping::cases::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use uuid::Uuid;

/// The token that requests of cases carry.
const TOKEN: &str = "the-token";

/// A case as its file says it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A kind of the sample decisions.
    pub kind: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Text, Text>,
    /// Fields of the row that are others than the sample's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub row: BTreeMap<String, Value>,
    /// What the desk adds for a map about people: `enrolled`, `opted_out`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<String, Value>,
    /// An attempt before had no answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_doubt: bool,
    #[serde(default)]
    pub answers: Vec<Given>,
    #[serde(default)]
    pub requests: Vec<Value>,
    #[serde(default)]
    pub end: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// Answers one after the other, and notes what is asked.
struct Script {
    answers: Mutex<Vec<Given>>,
    asked: Mutex<Vec<Value>>,
}

impl Http for Script {
    fn send(&self, _: &Request) -> Result<Response, Fault> {
        Err(Fault::NotSent("a case makes requests of its map alone".to_owned()))
    }

    fn ask(&self, asked: &Asked) -> Result<Response, Fault> {
        let mut noted = json!({ "method": asked.method, "url": asked.url });
        let own = |name: &str| !matches!(name, "content-type" | "authorization");
        let headers: BTreeMap<&str, &str> =
            asked.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if headers.keys().any(|name| own(name)) {
            noted["headers"] = json!(headers);
        }
        if let Some(body) = &asked.body {
            let read = serde_json::from_slice(body);
            noted["body"] = read.unwrap_or_else(|_| json!(String::from_utf8_lossy(body)));
        }
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(noted);
        let mut answers = self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if answers.is_empty() {
            return Err(Fault::Unknown("the case has no further answer".to_owned()));
        }
        let Given { status, headers, body } = answers.remove(0);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Ok(Response { status, headers: headers.into_iter().collect(), body })
    }
}

/// Runs a case. `sample`: the body of an action about the decision of a kind.
///
/// # Errors
/// Where the map or the case cannot be used.
pub fn run(
    map: &str,
    case: &Case,
    sample: &dyn Fn(&str) -> Option<Value>,
) -> Result<(Vec<Value>, String), String> {
    let file = MapFile::parse(map).map_err(|error| error.0)?;
    ToolMap::compile(file.clone()).map_err(|error| error.0)?;
    let mut body =
        sample(&case.kind).ok_or_else(|| format!("unknown kind {:?} of a decision", case.kind))?;
    for (key, value) in &case.row {
        body["row"][key] = value.clone();
    }
    for (key, value) in &case.people {
        body[key] = value.clone();
    }
    let tool = Tool {
        map: "case".into(),
        text: Some(map.to_owned()),
        url: Some(file.url.clone().unwrap_or_else(|| "https://tool.example.com".to_owned()).into()),
        address: None,
        token: Some(crate::desk::roster::file::SecretRef::Env("TOKEN".to_owned())),
        oauth: None,
        values: case.values.clone(),
        enrol: true,
        opt_out_suppresses: false,
        private: false,
        kinds: Default::default(),
    };
    let script =
        Arc::new(Script { answers: Mutex::new(case.answers.clone()), asked: Mutex::default() });
    let services = Services {
        http: script.clone(),
        secrets: PathBuf::new(),
        variable: |_| Some(TOKEN.to_owned()),
        slack_api: String::new(),
        links: None,
        opted_out: None,
    };
    let account = body["row"]["account"].as_str().and_then(AccountKey::read);
    let action = OutboxAction {
        id: Uuid::nil(),
        at: Timestamp(0),
        kind: ActionKind::Post,
        destination: "case".into(),
        domain: "tool case".into(),
        account,
        priority: Priority::Normal,
        roster: 1,
        target: serde_json::to_string(&Target::Tool(Box::new(tool))).map_err(|e| e.to_string())?,
        to: None,
        of: None,
        cancels: None,
        awaited: true,
        decided: None,
        body: body.to_string(),
    };
    let call = Call {
        partition: 0,
        number: if case.in_doubt { 2 } else { 1 },
        is_doubtful: case.in_doubt,
        is_cancelled: false,
        action: Arc::new(action),
        trace: None,
    };
    let end = match services.call(&call, Instant::now(), 0) {
        Answer::Confirmed(None) => "done".to_owned(),
        Answer::Confirmed(Some(reference)) => format!("done: {reference}"),
        Answer::Refused(why) => format!("refused: {why}"),
        Answer::Later(setback) => format!("again: {}", setback.why),
        Answer::Unknown(setback) => format!("in doubt: {}", setback.why),
        Answer::NotSent => "nothing to write".to_owned(),
        other => format!("{other:?}"),
    };
    let asked = std::mem::take(
        &mut *script.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
    );
    Ok((asked, end))
}

/// Runs the cases beside a map, in order of name.
///
/// # Errors
/// Where the map cannot be read.
pub fn test(
    path: &Path,
    update: bool,
    sample: &dyn Fn(&str) -> Option<Value>,
) -> Result<Vec<(String, Outcome)>, String> {
    let read = |path: &Path| crate::config::whole_text(path).map_err(|error| error.to_string());
    let map = read(path)?;
    let file = MapFile::parse(&map).map_err(|error| error.0)?;
    ToolMap::compile(file).map_err(|error| error.0)?;
    let folder = path.parent().unwrap_or(Path::new(".")).join("cases");
    let folder = folder.join(path.file_stem().unwrap_or_default());
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let tried = read(&file).and_then(|text| one(&file, &map, &text, update, sample));
        found.push((name, tried.unwrap_or_else(|message| Outcome::Failed { message })));
    }
    Ok(found)
}

fn one(
    path: &Path,
    map: &str,
    text: &str,
    update: bool,
    sample: &dyn Fn(&str) -> Option<Value>,
) -> Result<Outcome, String> {
    let case: Case =
        yaml_from_text(text).map_err(|broken| format!("{}: {}", broken.path, broken.problem))?;
    let (requests, end) = run(map, &case, sample)?;
    let now = Case { requests, end, ..case.clone() };
    if now == case {
        return Ok(Outcome::Same);
    }
    let shown = |case: &Case| serde_saphyr::to_string(case).map_err(|error| error.to_string());
    let (expected, actual) = (shown(&case)?, shown(&now)?);
    if update {
        std::fs::write(path, &actual)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        return Ok(Outcome::Updated);
    }
    Ok(Outcome::different(&expected, &actual))
}
