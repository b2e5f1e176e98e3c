//! The schema registry: registers our schemas, and finds those of other writers by their ids.
//!
//! Blocking: never call it from an async task. What the registry says of an id is kept for good; that
//! it does not know one, for half a minute. That it cannot be asked is nobody's record's fault.

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

/// Every call ends by then, so that a command fails within ten seconds where nobody answers.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);
const UNKNOWN_FOR: Duration = Duration::from_secs(30);

/// Where the registry is, and as whom to ask.
#[derive(Clone, Default)]
pub struct RegistrySettings {
    /// With the path under which the Confluent interface begins.
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
pub struct Registry {
    client: SrSettings,
    /// For messages.
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
    pub fn new(settings: &RegistrySettings) -> Result<Registry, RegistryError> {
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

    /// The id of our schema in `topic`; registers it where that has not been done.
    pub fn id(&mut self, topic: &str, record: Record) -> Result<u32, RegistryError> {
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
                    "schema registry {}: our schema is refused for the subject {subject}: {}; \
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
                _ => format!("schema registry {}: {subject}: {}", self.shown, reason(&e)),
            };
            failed(&e, said)
        })?;
        let ids = self.ids.entry(topic.to_owned()).or_insert([None; RECORDS]);
        ids[record as usize] = Some(registered.id);
        Ok(registered.id)
    }

    /// The schema of an id; `None` where the registry has none.
    pub fn schema(&mut self, id: u32) -> Result<Option<String>, RegistryError> {
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
                    "schema registry {}: the schema of id {id}: {}",
                    self.shown,
                    reason(&e)
                );
                Err(failed(&e, said))
            }
        }
    }
}

/// Without a status nobody answered; whoever answers 4xx has understood us, unless it has no time.
fn failed(error: &SRCError, said: String) -> RegistryError {
    match status(error) {
        Some(400..=407 | 409..=428 | 430..=499) => RegistryError::Refused(said),
        _ => RegistryError::Away(said),
    }
}

/// Tries again where the registry itself stumbles, as one does whose users come all at once.
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

/// Of two who register at once, also of one and the attempt it took for lost, the later is told
/// that its artifact is there already; asked again, the registry finds it.
fn stumbles(error: &SRCError) -> bool {
    match status(error) {
        Some(409) => reason(error).contains("already exists"),
        Some(status) => status >= 500,
        None => false,
    }
}

/// A Protobuf or JSON schema: there, but nothing of ours.
fn is_other_type(error: &SRCError) -> bool {
    !error.retriable && error.cause.is_none() && error.error.starts_with("type ")
}

/// The HTTP status of an answer. The crate has it only in its message.
fn status(error: &SRCError) -> Option<u16> {
    let rest = error.error.split("failed with status ").nth(1)?;
    rest.get(..3)?.parse().ok()
}

/// The innermost cause, on one line: the registry's own word, or why it could not be reached.
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

/// The URL without a user's name and password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}
