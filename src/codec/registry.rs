//! The schema registry client: registers our schemas, and finds schemas of other writers by id.
//!
//! Blocking: never call it from an async task. A schema is cached for ever, an unknown id for half a
//! minute. A registry outage is not a decoding error of the record.

use super::error::RegistryError;
use super::schemas::Record;
use schema_registry_converter::blocking::schema_registry::{
    SrSettings, get_schema_by_id_and_type, post_schema,
};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{
    RawError, RegisteredSchema, SchemaType, SuppliedSchema,
};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};
use strum::EnumCount;

/// Time limit of a call, so that a command fails within ten seconds if the registry does not answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);
const UNKNOWN_FOR: Duration = Duration::from_secs(30);

/// Address and credentials of the registry.
#[derive(Clone, Default)]
pub struct RegistrySettings {
    /// Base URL of the Confluent API, path included.
    pub url: String,
    pub username: Option<String>,
    pub password: Option<String>,
}

impl fmt::Debug for RegistrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistrySettings({})", shown(&self.url))
    }
}

#[derive(Clone)]
pub(super) struct Registry {
    client: SrSettings,
    /// The URL without credentials, for messages.
    shown: String,
    ids: HashMap<String, [Option<u32>; RECORDS]>,
    unknown: HashMap<u32, Instant>,
}

const RECORDS: usize = <Record as EnumCount>::COUNT;

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.shown)
    }
}

impl Registry {
    pub(super) fn new(settings: &RegistrySettings) -> Result<Registry, RegistryError> {
        let shown = shown(&settings.url);
        let mut builder = SrSettings::new_builder(settings.url.trim_end_matches('/').to_owned());
        builder.set_timeout(CALL_TIMEOUT).no_proxy();
        if let Some(username) = &settings.username {
            builder.set_basic_authorization(username, settings.password.as_deref());
        }
        let client = builder.build().map_err(|e| {
            RegistryError::Refused(format!("schema registry {shown}: {}", reason(&e)))
        })?;
        Ok(Registry { client, shown, ids: HashMap::new(), unknown: HashMap::new() })
    }

    /// The id of our schema in `topic`; registers the schema if necessary.
    pub(super) fn id(&mut self, topic: &str, record: Record) -> Result<u32, RegistryError> {
        let known = self.ids.get(topic).and_then(|ids| ids[record as usize]);
        match known {
            Some(id) => Ok(id),
            None => self.register(topic, record),
        }
    }

    fn register(&mut self, topic: &str, record: Record) -> Result<u32, RegistryError> {
        let name = record.full_name();
        let subject = format!("{topic}-{name}");
        let schema =
            SuppliedSchema::new(Some(name.to_owned()), SchemaType::Avro, record.json().to_owned());
        let post = || post_schema(&self.client, subject.clone(), schema.clone());
        let registered = patiently(post).map_err(|e| {
            let said = match status(&e) {
                Some(409 | 422) => format!(
                    "schema registry {} refuses the schema of this version for the subject {subject}: {}; \
                     another program has registered an incompatible one there: use other topic \
                     names, or a build that has its version",
                    self.shown,
                    reason(&e)
                ),
                Some(401 | 403) => format!(
                    "schema registry {}: not allowed to register {subject}: {}; check username \
                     and password, and the right to write subjects",
                    self.shown,
                    reason(&e)
                ),
                _ => format!(
                "schema registry {}: cannot register {subject}: {}",
                self.shown,
                reason(&e)
            ),
            };
            failed(&e, said)
        })?;
        let ids = self.ids.entry(topic.to_owned()).or_insert([None; RECORDS]);
        ids[record as usize] = Some(registered.id);
        Ok(registered.id)
    }

    /// The schema of an id; `None` if the registry has none.
    pub(super) fn schema(&mut self, id: u32) -> Result<Option<String>, RegistryError> {
        if self.unknown.get(&id).is_some_and(|since| since.elapsed() < UNKNOWN_FOR) {
            return Ok(None);
        }
        match patiently(|| get_schema_by_id_and_type(id, &self.client, SchemaType::Avro)) {
            Ok(found) => Ok(Some(found.schema)),
            Err(e) if status(&e) == Some(404) || is_other_type(&e) => {
                self.unknown.retain(|_, since| since.elapsed() < UNKNOWN_FOR);
                self.unknown.insert(id, Instant::now());
                Ok(None)
            }
            Err(e) => {
                let said = format!(
                    "schema registry {}: cannot get the schema with id {id}: {}",
                    self.shown,
                    reason(&e)
                );
                Err(failed(&e, said))
            }
        }
    }
}

/// Without an HTTP status the registry did not answer. A 4xx is a refusal, except for timeouts (408)
/// and rate limits (429).
fn failed(error: &SRCError, said: String) -> RegistryError {
    match status(error) {
        Some(400..=407 | 409..=428 | 430..=499) => RegistryError::Refused(said),
        _ => RegistryError::Away(said),
    }
}

/// Retries errors of the registry itself, which happen when many clients start at once.
fn patiently(
    ask: impl Fn() -> Result<RegisteredSchema, SRCError>,
) -> Result<RegisteredSchema, SRCError> {
    let mut attempt = 1;
    loop {
        match ask() {
            Err(e) if attempt < ATTEMPTS && stumbles(&e) => {
                std::thread::sleep(PAUSE * attempt);
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

/// Whether a retry can succeed. If two clients register the same schema at once, or a client retries
/// a call that had succeeded, some registries answer "already exists"; a retry then finds the schema.
fn stumbles(error: &SRCError) -> bool {
    match status(error) {
        Some(409) => reason(error).contains("already exists"),
        Some(status) => status >= 500,
        None => false,
    }
}

/// A Protobuf or JSON schema, which cannot be one of this crate.
fn is_other_type(error: &SRCError) -> bool {
    !error.retriable && error.cause.is_none() && error.error.starts_with("type ")
}

/// The HTTP status of an answer; the crate gives it in the message only.
fn status(error: &SRCError) -> Option<u16> {
    let rest = error.error.split("failed with status ").nth(1)?;
    rest.get(..3)?.parse().ok()
}

/// The innermost cause on one line: the registry's message, or why it could not be reached.
fn reason(error: &SRCError) -> String {
    let mut innermost: Option<&(dyn Error + 'static)> = error.source();
    while let Some(deeper) = innermost.and_then(Error::source) {
        innermost = Some(deeper);
    }
    let said = match innermost {
        Some(cause) => match cause.downcast_ref::<RawError>() {
            Some(answer) => answer.message.clone(),
            None => cause.to_string(),
        },
        None => error.cause.clone().unwrap_or_else(|| error.error.clone()),
    };
    let mut line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 300 {
        line = line.chars().take(300).chain(['…']).collect();
    }
    line
}

/// The URL without user name and password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}
