//! The schema registry client: registers our schemas, and finds schemas of other writers by id.
//!
//! Blocking: never call it from an async task. A schema is cached for ever, an unknown id for a
//! second: the next schema to be registered may get it. A registry outage is not a decoding error of
//! the record.

use super::connection::{Connection, RegistrySettings};
use super::error::{RegistryError, answer, reason};
use super::schemas::Record;
use foldhash::{HashMap, HashMapExt};
use schema_registry_converter::blocking::schema_registry::{
    SrSettings, get_referenced_schema, get_schema_by_id, post_schema,
};
use schema_registry_converter::error::SRCError;
use schema_registry_converter::schema_registry_common::{
    RegisteredSchema, SchemaType, SuppliedSchema,
};
use std::fmt;
use std::time::{Duration, Instant};
use strum::EnumCount;

const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);
const UNKNOWN_FOR: Duration = Duration::from_secs(1);
/// Maximum number of schemas that one refers to, those of these included.
const REFERENCES_MAX: usize = 64;

/// A schema as the registry has it.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// With the schemas that it refers to, each after those that it needs.
    Avro { schema: String, referred: Vec<String> },
    /// A JSON Schema; its records are JSON.
    Json,
    /// Another type, by its name in the registry.
    Other(String),
    /// A schema that it refers to cannot be had; holds the reason.
    Broken(String),
}

#[derive(Clone)]
pub(super) struct Registry {
    connection: Connection,
    ids: HashMap<String, [Option<u32>; RECORDS]>,
    unknown: HashMap<u32, Instant>,
}

const RECORDS: usize = <Record as EnumCount>::COUNT;

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.connection.shown)
    }
}

impl Registry {
    pub(super) fn new(settings: &RegistrySettings) -> Result<Registry, RegistryError> {
        let connection = Connection::new(settings)?;
        Ok(Registry { connection, ids: HashMap::new(), unknown: HashMap::new() })
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
        let client = self.connection.client()?;
        let post = || post_schema(&client, subject.clone(), schema.clone());
        let registered = patiently(post).map_err(|e| {
            let said = match status(&e) {
                Some(409 | 422) => format!(
                    "schema registry {} refuses the schema of this version for the subject {subject}: {}; \
                     another program has registered an incompatible one there: use other topic \
                     names, or a build that has its version",
                    self.connection.shown,
                    reason(&e)
                ),
                Some(401 | 403) => format!(
                    "schema registry {}: not allowed to register {subject}: {}; check \
                     the login, and the right to write subjects",
                    self.connection.shown,
                    reason(&e)
                ),
                _ => format!(
                "schema registry {}: cannot register {subject}: {}",
                self.connection.shown,
                reason(&e)
            ),
            };
            failed(&e, said)
        })?;
        let ids = self.ids.entry(topic.to_owned()).or_insert([None; RECORDS]);
        ids[record as usize] = Some(registered.id);
        Ok(registered.id)
    }

    /// The schema of an id; `None` if the registry answers that it has none.
    pub(super) fn schema(&mut self, id: u32) -> Result<Option<Found>, RegistryError> {
        if self.unknown.get(&id).is_some_and(|since| since.elapsed() < UNKNOWN_FOR) {
            return Ok(None);
        }
        let client = self.connection.client()?;
        match patiently(|| get_schema_by_id(id, &client)) {
            Ok(found) => self.found(&client, found).map(Some),
            Err(e) if is_unknown(&e) => {
                self.unknown.retain(|_, since| since.elapsed() < UNKNOWN_FOR);
                self.unknown.insert(id, Instant::now());
                Ok(None)
            }
            Err(e) => Err(self.unanswered(&e, &format!("the schema with id {id}"))),
        }
    }

    fn found(&self, client: &SrSettings, schema: RegisteredSchema) -> Result<Found, RegistryError> {
        Ok(match &schema.schema_type {
            SchemaType::Avro => {
                let mut named = Vec::new();
                match self.referred(client, &schema, &mut named, 0)? {
                    None => {
                        let referred = named.into_iter().map(|(_, _, schema)| schema).collect();
                        Found::Avro { schema: schema.schema, referred }
                    }
                    Some(why) => Found::Broken(why),
                }
            }
            SchemaType::Json => Found::Json,
            SchemaType::Protobuf => Found::Other("PROTOBUF".to_owned()),
            SchemaType::Other(name) => Found::Other(name.clone()),
            other => Found::Other(format!("{other:?}")),
        })
    }

    /// Gets the schemas that a schema refers to, each once and after those that it refers to itself.
    /// Returns why one of them cannot be had.
    fn referred(
        &self,
        client: &SrSettings,
        schema: &RegisteredSchema,
        named: &mut Vec<(String, u32, String)>,
        depth: usize,
    ) -> Result<Option<String>, RegistryError> {
        for reference in &schema.references {
            let (subject, version) = (&reference.subject, reference.version);
            if named.iter().any(|(s, v, _)| s == subject && *v == version) {
                continue;
            }
            if named.len().max(depth) >= REFERENCES_MAX {
                return Ok(Some(format!("refers to more than {REFERENCES_MAX} others")));
            }
            let what = format!("version {version} of {subject}");
            let found = match patiently(|| get_referenced_schema(client, reference)) {
                Ok(found) => found,
                Err(e) if is_unknown(&e) => {
                    return Ok(Some(format!("refers to {what}, which the registry does not have")));
                }
                Err(e) => return Err(self.unanswered(&e, &what)),
            };
            if let Some(why) = self.referred(client, &found, named, depth + 1)? {
                return Ok(Some(why));
            }
            named.push((subject.clone(), version, found.schema));
        }
        Ok(None)
    }

    /// The registry did not give `what`, and not because it has none.
    fn unanswered(&self, error: &SRCError, what: &str) -> RegistryError {
        let shown = &self.connection.shown;
        if status(error) == Some(404) {
            return RegistryError::Refused(format!(
                "schema registry {shown}: the address answers with 404 and not as a registry does; \
                 check the path in schema_registry.url"
            ));
        }
        let said = format!("schema registry {shown}: cannot get {what}: {}", reason(error));
        failed(error, said)
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

/// Whether the registry itself says that it has no such schema: a 404 with a code of its own. One
/// without comes from something else at that address, or from a wrong path.
fn is_unknown(error: &SRCError) -> bool {
    let code = answer(error).map_or(0, |answer| answer.error_code);
    status(error) == Some(404) && code / 100 == 404
}

/// The HTTP status of an answer; the crate gives it in the message only.
fn status(error: &SRCError) -> Option<u16> {
    let rest = error.error.split("failed with status ").nth(1)?;
    rest.get(..3)?.parse().ok()
}
