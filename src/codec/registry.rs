//! The schema registry client: registers our schemas, and finds schemas of other writers by id.
//!
//! Blocking: never call it from an async task. A schema is cached for ever, an unknown id for a
//! second: the next schema to be registered may get it. A registry outage is not a decoding error of
//! the record; but an answer about one id alone says something of that id, and never ends more than
//! the records that have it.

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
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use strum::EnumCount;

const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);
const UNKNOWN_FOR: Duration = Duration::from_secs(1);
/// How long the registry may fail for one schema alone, before that schema counts as one it lacks.
const FAILS_ALONE_FOR: Duration = Duration::from_secs(60);
/// Registries number schemas with signed integers. Some answer a larger id as if it were a wrong path.
const ID_MAX: u32 = i32::MAX as u32;
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
    /// An id whose schema the registry has given.
    given: Option<u32>,
    /// Since when the registry fails for one schema alone, by its name. Clones share it: a worker that
    /// tries again has a new one.
    fails_alone: Arc<Mutex<HashMap<String, Instant>>>,
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
        Ok(Registry {
            connection,
            ids: HashMap::new(),
            unknown: HashMap::new(),
            given: None,
            fails_alone: Arc::default(),
        })
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
                Some(status @ (404 | 405)) if !is_unknown(&e) => return self.no_registry(status),
                _ => format!(
                    "schema registry {}: cannot register {subject}: {}",
                    self.connection.shown,
                    reason(&e)
                ),
            };
            failed(&e, said)
        })?;
        self.given = Some(registered.id);
        let ids = self.ids.entry(topic.to_owned()).or_insert([None; RECORDS]);
        ids[record as usize] = Some(registered.id);
        Ok(registered.id)
    }

    /// The schema of an id; `None` if the registry answers that it has none.
    pub(super) fn schema(&mut self, id: u32) -> Result<Option<Found>, RegistryError> {
        if self.unknown.get(&id).is_some_and(|since| since.elapsed() < UNKNOWN_FOR) {
            return Ok(None);
        }
        if id > ID_MAX {
            return Ok(None);
        }
        let client = self.connection.client()?;
        let what = format!("the schema with id {id}");
        match patiently(|| get_schema_by_id(id, &client)) {
            Ok(found) => {
                self.given = Some(id);
                self.found(&client, found).map(Some)
            }
            Err(e) => {
                self.lacks(&client, &e, &what)?;
                self.unknown.retain(|_, since| since.elapsed() < UNKNOWN_FOR);
                self.unknown.insert(id, Instant::now());
                Ok(None)
            }
        }
    }

    /// Whether what was answered means that the registry lacks `what`: by its own words, or by any
    /// other answer that it gives about this schema alone. Fails if the registry itself is in trouble,
    /// or if it is none.
    fn lacks(
        &self,
        client: &SrSettings,
        error: &SRCError,
        what: &str,
    ) -> Result<(), RegistryError> {
        if is_unknown(error) {
            return Ok(());
        }
        let patience = match status(error) {
            // No answer at all, or one about us.
            None if !is_garbled(error) => return Err(self.unanswered(error, what)),
            Some(401 | 403 | 407 | 408 | 429) => return Err(self.unanswered(error, what)),
            Some(400..=499) => Duration::ZERO,
            _ => FAILS_ALONE_FOR,
        };
        if !self.is_registry(client) {
            return Err(self.unanswered(error, what));
        }
        let mut fails = self.fails_alone.lock().unwrap_or_else(PoisonError::into_inner);
        match fails_for(&mut fails, what, Instant::now()) >= patience {
            true => Ok(()),
            false => Err(RegistryError::Away(self.cannot_get(error, what))),
        }
    }

    /// Whether there is a registry at the address: it has a schema that it once gave, or says in a
    /// registry's words that it lacks the last one of all.
    fn is_registry(&self, client: &SrSettings) -> bool {
        self.given.into_iter().chain([ID_MAX]).any(|id| match get_schema_by_id(id, client) {
            Ok(_) => true,
            Err(error) => is_unknown(&error),
        })
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
                Err(e) => {
                    self.lacks(client, &e, &what)?;
                    return Ok(Some(format!("refers to {what}, which the registry does not have")));
                }
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
        match status(error) {
            Some(404) => self.no_registry(404),
            _ => failed(error, self.cannot_get(error, what)),
        }
    }

    fn cannot_get(&self, error: &SRCError, what: &str) -> String {
        format!("schema registry {}: cannot get {what}: {}", self.connection.shown, reason(error))
    }

    fn no_registry(&self, status: u16) -> RegistryError {
        RegistryError::Refused(format!(
            "schema registry {}: the address answers with {status} and not as a registry does; check \
             the path in schema_registry.url",
            self.connection.shown
        ))
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

/// How long the registry has failed for `what` alone.
fn fails_for(fails: &mut HashMap<String, Instant>, what: &str, now: Instant) -> Duration {
    fails.retain(|_, since| now.duration_since(*since) < FAILS_ALONE_FOR * 60);
    now.duration_since(*fails.entry(what.to_owned()).or_insert(now))
}

/// Whether the registry answered with success and something else than a schema.
fn is_garbled(error: &SRCError) -> bool {
    error.error.starts_with("could not parse") || error.error.starts_with("Could not get")
}

/// The HTTP status of an answer; the crate gives it in the message only.
fn status(error: &SRCError) -> Option<u16> {
    let rest = error.error.split("failed with status ").nth(1)?;
    rest.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_count_how_long_one_schema_alone_fails_and_forget_old_failures() {
        let mut fails = HashMap::new();
        let began = Instant::now();
        let mut after = |seconds: u64, what: &str| {
            fails_for(&mut fails, what, began + Duration::from_secs(seconds)).as_secs()
        };
        assert_eq!(after(0, "one"), 0);
        assert_eq!(after(30, "two"), 0);
        assert_eq!(after(60, "one"), 60);
        assert_eq!(after(61, "two"), 31);
        assert_eq!(after(60 * 60, "one"), 0);
    }
}
