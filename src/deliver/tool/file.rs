//! The shape of a field map; its doc comments are the reference. Unknown keys are refused.

use crate::config::yaml_from_text;
use crate::desk::roster::Target;
use crate::desk::roster::tool::Tool;
use serde::Deserialize;
use std::collections::BTreeMap;
use strum::{Display, IntoStaticStr};

/// A field map. In every expression `.row` is the decision as one flat object (`schemas/flat.schema.json`),
/// `.decision` the whole of it (`schemas/decision.avsc`), `.values` those that the roster gives, and `.found` the results of
/// look-ups. There is no `env`, no `now` and no `input`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapFile {
    /// The tool, for people.
    pub tool: String,
    /// The fields that it writes, and the things to set up there before.
    pub description: String,
    /// Where the tool is. Left out: the roster has to say.
    #[serde(default)]
    pub url: Option<String>,
    /// How requests are logged in: `bearer`, `basic` (the token is the password of an empty user), `none`,
    /// `header NAME`, or `query NAME`.
    #[serde(default)]
    pub auth: Auth,
    /// What makes a repeated request harmless.
    pub identity: Identity,
    /// Milliseconds between two decisions, so that the tool's limit is kept.
    #[serde(default)]
    pub every_ms: u32,
    /// Seconds to wait where the tool refuses a request for its limit, and does not say how long.
    #[serde(default = "a_minute")]
    pub limit_pause_s: u32,
    /// What the roster may give under `values`.
    #[serde(default)]
    pub values: BTreeMap<String, ValueSpec>,
    /// jq definitions for all expressions.
    #[serde(default)]
    pub define: String,
    /// A request that only reads: `buymode deliver check --send-test` makes it.
    #[serde(default)]
    pub probe: Option<String>,
    /// Requests for all that has to be known before the write, in order.
    #[serde(default)]
    pub look_up: Vec<LookUp>,
    /// Left out of a map that puts people into sequences.
    #[serde(default)]
    pub write: Option<Write>,
    /// Whom to put into a sequence, and how to take them out of it.
    #[serde(default)]
    pub people: Option<People>,
    /// Every account's standing, in batches: for `buymode deliver sync`.
    #[serde(default)]
    pub sync: Option<Sync>,
    /// How it is found out whether an attempt without an answer was done (`identity: read_back`).
    #[serde(default)]
    pub read_back: Option<ReadBack>,
}

fn a_minute() -> u32 {
    60
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueSpec {
    /// Its meaning, for people.
    pub what: String,
    /// Left out: the roster must give it.
    #[serde(default)]
    pub default: Option<String>,
}

/// An expression of a request gives `{method, path, query, headers, body, form}`, or null: nothing is asked. `path` is
/// appended to the tool's address; `method` is `GET` without a body, else `POST`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Its key in `.found`.
    pub name: String,
    pub request: String,
    /// Of `{status, headers, body}`: what was found, or null.
    pub found: String,
    /// Why a decision cannot be written where nothing was found. Left out: it is written all the same.
    #[serde(default)]
    pub missing: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Null: this decision is not written.
    pub request: String,
    /// Of `{status, headers, body}`: null where the status says it all, `{done: REFERENCE}`, `{again: WHY}`,
    /// `{unknown: WHY}`, or `{refused: WHY}`.
    #[serde(default)]
    pub answer: Option<String>,
}

/// In its expressions `.rows` are flat objects of accounts, each with its `properties`; `.values` as ever.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Accounts of a batch, at most.
    pub most: u16,
    /// Of `.row` and `.values`: what the CRM shall show, by name of its own properties.
    pub properties: String,
    /// A list of requests, each with `accounts`: the keys that it is about. An account in none of them is left out.
    pub requests: String,
    /// Of `{status, headers, body, accounts}`: a list of `{account, done: true}`, `{account, again: WHY}` or
    /// `{account, refused: WHY}`. One that is not named is tried again alone.
    pub items: String,
    /// Reads the CRM back, for `--full`.
    #[serde(default)]
    pub read: Option<SyncRead>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncRead {
    /// As `requests` of `sync`.
    pub requests: String,
    /// Of `{status, headers, body, accounts}`: a list of `{account, properties}`.
    pub items: String,
}

/// People of the account who are in the tool already. In expressions about one of them `.person` is what `found` gave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The request that lists them.
    pub list: String,
    /// A list of `{id, email, …}` with the tool's own flags, the best first.
    pub found: String,
    /// Null: the person may be put into the sequence. Else why not, as a text, or as `{opted_out: WHY}` where the
    /// person wants no more mail. A flag that is missing permits nothing.
    pub keep_out: String,
    /// Whether the person is in the sequence. Left out: after an attempt without an answer no one is put in.
    #[serde(default)]
    pub there: Option<ReadBack>,
    /// Answers: as of `write`, and `{skip: WHY}`.
    pub enrol: Write,
    /// Asks for one whom buymode has put in, before `stop`: of `.enrolment`, `{id, person}`. `found` is `.person` there, so
    /// that the log need not hold what only the tool has to know, such as an address. Null: they are gone.
    #[serde(default)]
    pub again: Option<ReadBack>,
    /// Takes one out: `.enrolment` is `{id, person}`. Left out: the tool offers no such request.
    #[serde(default)]
    pub stop: Option<Write>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    pub request: String,
    /// Of `{status, headers, body}`: the reference of what is there, or null.
    pub found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Display, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Identity {
    /// The tool takes a key with the request, and does nothing twice under it.
    Key,
    /// The request says what shall be there: again it changes nothing.
    Upsert,
    /// The tool is asked whether it is there before it is written once more.
    ReadBack,
    /// A request that is repeated can be there twice.
    None,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Auth {
    #[default]
    Bearer,
    Basic,
    None,
    Header(String),
    Query(String),
}

impl TryFrom<String> for Auth {
    type Error = String;

    fn try_from(text: String) -> Result<Auth, String> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b"-_".contains(&b) || b.is_ascii_digit())
        };
        match text.split_once(' ').unwrap_or((&text, "")) {
            ("bearer", "") => Ok(Auth::Bearer),
            ("basic", "") => Ok(Auth::Basic),
            ("none", "") => Ok(Auth::None),
            ("header", name) if is_name(name) => Ok(Auth::Header(name.to_owned())),
            ("query", name) if is_name(name) => Ok(Auth::Query(name.to_owned())),
            _ => Err(format!(
                "invalid auth {text:?}; use bearer, basic, none, header NAME or query NAME, in lower case"
            )),
        }
    }
}

/// Why a map cannot be used, with its place in the map's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MapError(pub String);

impl MapFile {
    pub fn parse(text: &str) -> Result<MapFile, MapError> {
        let file: MapFile = yaml_from_text(text).map_err(|broken| {
            let place = broken.place.map_or_else(String::new, |(line, _)| format!("line {line}: "));
            let path = match broken.path.as_str() {
                "" | "." => String::new(),
                path => format!("{path}: "),
            };
            MapError(format!("{place}{path}{}", broken.problem))
        })?;
        let is_read_back = file.identity == Identity::ReadBack;
        if is_read_back != file.read_back.is_some() {
            return Err(MapError(
                "identity: read_back and the key read_back belong together; give both or neither"
                    .to_owned(),
            ));
        }
        let parts = [file.write.is_some(), file.people.is_some(), file.sync.is_some()];
        if parts.into_iter().filter(|is_given| *is_given).count() != 1 {
            return Err(MapError(
                "a map has one of write, people and sync; give exactly one".to_owned(),
            ));
        }
        Ok(file)
    }

    /// The flaws of a tool's settings for this map, each with its key.
    pub fn flaws(&self, tool: &Tool) -> Vec<(&'static str, String)> {
        let mut flaws = Vec::new();
        for (name, spec) in &self.values {
            if spec.default.is_none() && !tool.values.contains_key(name.as_str()) {
                flaws.push(("tool", format!("lacks values.{name}: {}", spec.what)));
            }
        }
        for name in tool.values.keys().filter(|name| !self.values.contains_key(name.as_str())) {
            let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            flaws.push(("tool.values", format!("unknown value {name:?}; the map takes {known}")));
        }
        match (self.people.is_some(), tool.enrol) {
            (true, false) => {
                let problem =
                    "puts people into sequences, which is off; give enrol: true to switch it on";
                flaws.push(("tool", problem.to_owned()));
            }
            (false, true) => {
                flaws.push((
                    "tool.enrol",
                    "the map puts no one into a sequence; leave it out".to_owned(),
                ));
            }
            _ => {}
        }
        if self.url.is_none() && tool.url.is_none() && tool.address.is_none() {
            let problem = "lacks url: the address of your own instance of the tool";
            flaws.push(("tool", problem.to_owned()));
        }
        let is_open = self.auth == Auth::None || tool.address.is_some();
        if !is_open && tool.token.is_none() && tool.oauth.is_none() {
            flaws.push(("tool", "lacks token or oauth: the tool wants a login".to_owned()));
        }
        flaws
    }

    /// The map of a tool.
    pub fn of(tool: &Tool) -> Result<MapFile, MapError> {
        match tool.text.as_deref().or_else(|| super::shipped::text(&tool.map)) {
            Some(text) => MapFile::parse(text),
            None => Err(MapError(format!(
                "unknown map {:?}; use one that `buymode deliver maps` lists, or put {}.yaml beside the roster",
                tool.map, tool.map
            ))),
        }
    }
}

/// Milliseconds between two decisions, as the map of a target says. `target`: as an action has it.
pub fn every_ms(target: &str) -> i64 {
    match serde_json::from_str(target) {
        Ok(Target::Tool(tool)) => MapFile::of(&tool).map_or(0, |map| i64::from(map.every_ms)),
        _ => 0,
    }
}
