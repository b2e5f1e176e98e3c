//! Checks settings before anything is started: reports the problems of the file, the environment,
//! the files that they name and the servers; and the settings that differ from the defaults.

use crate::admin::place::{Place, registry_settings};
use crate::admin::profiles::file::compile;
use crate::admin::refusals::{of_addresses, of_servers, of_words};
use crate::codec::Codec;
use crate::config::{
    AuthenticationConfig, Config, EmbeddedConfig, HmacConfig, LogChoice, Origin, SourceConfig,
    Unchecked,
};
use crate::mapping::Mapping;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

/// The log and the registry are given up on after this.
const CONNECT_MAX: Duration = Duration::from_secs(20);

/// A setting that differs from its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Setting {
    /// The setting, such as `topics.prefix`.
    pub key: String,
    /// `***` for a secret.
    pub value: String,
    /// `FILE:LINE:COLUMN`, or `environment variable NAME`.
    pub from: String,
}

/// The findings of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// One line each, with file, line and key where they are known.
    pub problems: Vec<String>,
    /// The settings that differ from their defaults.
    pub in_force: Vec<Setting>,
    /// Servers that answered: their addresses.
    pub connected: Vec<String>,
}

/// Reads the settings and checks them, and the files that they name. `connect`: also asks the log and
/// the schema registry. `more`: finds a problem of something else, with its place.
pub fn check(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    connect: bool,
    more: &dyn Fn(&Config, &Origin) -> Option<String>,
) -> Report {
    let read = match Config::read(file, environment) {
        Ok(read) => read,
        Err(error) => return Report { problems: vec![error.to_string()], ..Report::default() },
    };
    let inconsistent = read.check().err().map(|error| error.to_string());
    let Unchecked { config, origin } = read;
    let mut report = Report { in_force: in_force(&config, &origin), ..Report::default() };
    // Inconsistent settings cannot be built either, and are named once.
    let refused = if inconsistent.is_none() { of_servers(&config) } else { Vec::new() };
    let unusable = named_files(&config).into_iter().chain(refused).chain(of_addresses(&config));
    let unusable = unusable.map(|why| origin.error(&why).to_string());
    let unusable = unusable.chain(more(&config, &origin));
    report.problems.extend(inconsistent.into_iter().chain(unusable));
    if connect && report.problems.is_empty() {
        match connected(config) {
            Ok(found) => report.connected = found,
            Err(why) => report.problems.push(why),
        }
    }
    report
}

/// The problems of the profile, the mappings and the secrets that the settings name.
fn named_files(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(profile) = &config.profile
        && let Err(error) = compile(profile)
    {
        problems.push(format!("profile: {error:#}"));
    }
    for (name, source) in &config.ingest.sources {
        if let Err(error) = Mapping::load(&source.mapping) {
            problems.push(format!("ingest.sources.{name}.mapping: {error}"));
        }
        let secrets = source.authentication.iter().flat_map(|a| a.secrets());
        problems.extend(
            secrets
                .filter_map(|secret| secret.read_strong().err())
                .map(|why| format!("ingest.sources.{name}.authentication: {why}")),
        );
    }
    problems.extend(of_words(config));
    problems
}

/// Every key whose value differs from its default.
fn in_force(config: &Config, origin: &Origin) -> Vec<Setting> {
    let base = Config {
        kafka: config.kafka.as_ref().map(|_| Default::default()),
        embedded: config.embedded.as_ref().map(|_| EmbeddedConfig {
            folder: Default::default(),
            map_size_gib: Default::default(),
        }),
        ..Config::default()
    };
    let tree = |config: &Config| serde_json::to_value(config).unwrap_or_default();
    let (mut base, mut found) = (tree(&base), Vec::new());
    for (name, source) in &config.ingest.sources {
        base["ingest"]["sources"][name] = plain(source);
    }
    differing(&tree(config), &base, String::new(), &mut found);
    let setting = |(key, value): (String, String)| Setting { from: origin.of(&key), key, value };
    found.into_iter().map(setting).collect()
}

/// The defaults of a source of this kind; those that have to be given are left out.
fn plain(source: &SourceConfig) -> Value {
    fn defaults<T: DeserializeOwned + Serialize>(given: Value) -> Value {
        let read: Option<T> = serde_json::from_value(given.clone()).ok();
        let mut all = serde_json::to_value(read).unwrap_or_default();
        if let (Some(all), Some(given)) = (all.as_object_mut(), given.as_object()) {
            all.retain(|key, _| !given.contains_key(key));
        }
        all
    }
    let mut plain = defaults::<SourceConfig>(json!({"mapping": ""}));
    if let Some(AuthenticationConfig::HmacSha256(_)) = &source.authentication {
        let hmac = defaults::<HmacConfig>(json!({"header": "x"}));
        plain["authentication"] = json!({"hmac_sha256": hmac});
    }
    plain
}

fn differing(value: &Value, base: &Value, key: String, found: &mut Vec<(String, String)>) {
    if value == base || value.is_null() {
        return;
    }
    if let Value::Object(map) = value {
        let none = Map::new();
        let base = base.as_object().unwrap_or(&none);
        for (name, value) in map {
            let dot = if key.is_empty() { "" } else { "." };
            let below = base.get(name).unwrap_or(&Value::Null);
            differing(value, below, format!("{key}{dot}{name}"), found);
        }
        return;
    }
    let shown = match value {
        Value::String(text) => without_login(text),
        other => other.to_string(),
    };
    found.push((key, shown));
}

/// An address may carry a name and a password: `https://name:password@host`.
fn without_login(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    match rest.split_once('@') {
        Some((login, host)) if !login.contains('/') => format!("{scheme}://***@{host}"),
        _ => text.to_owned(),
    }
}

/// Asks the log for its topics, and the registry for a schema that no registry has.
fn connected(config: Config) -> Result<Vec<String>, String> {
    let (done, asked) = channel();
    // A server that does not answer holds up this thread alone, which the process's end ends.
    std::thread::spawn(move || drop(done.send(ask(config))));
    asked.recv_timeout(CONNECT_MAX).unwrap_or_else(|_| {
        Err(format!("the log or the registry did not answer within {} s", CONNECT_MAX.as_secs()))
    })
}

fn ask(config: Config) -> Result<Vec<String>, String> {
    if let Ok(LogChoice::Embedded(embedded)) = config.log()
        && !embedded.folder.exists()
    {
        return Err(format!(
            "embedded.folder: {} does not exist; create it with `buymode topics create`",
            embedded.folder.display()
        ));
    }
    let mut found = Vec::new();
    let registry = registry_settings(&config);
    let place = Place::open(config).map_err(|error| format!("{error:#}"))?;
    place.store.topic_names().map_err(|error| error.to_string())?;
    found.push(place.store.location());
    if let Some(settings) = registry {
        Codec::ask_registry(&settings).map_err(|error| error.to_string())?;
        found.push(without_login(&settings.url));
    }
    Ok(found)
}
