//! A real registry: our schemas registered under their subjects, found again by id, refused where
//! they do not fit; and what is said where nobody answers.

use crate::arbitrary::{signals, states};
use crate::support;
use buymode::codec::schemas::{INPUTS, Record};
use buymode::codec::{Codec, DecodeFailure, Decoded, RegistrySettings};
use buymode::domain::account::input::Input;
use buymode::domain::account::records::{DeadLetterReason, Tick, TickReason};
use buymode::domain::terms::account::AccountKey;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::time::{Duration, Instant};
use strum::IntoEnumIterator;

fn settings(url: &str) -> RegistrySettings {
    RegistrySettings { url: url.to_owned(), ..RegistrySettings::default() }
}

fn topic(name: &str) -> String {
    format!("{name}-{}", uuid::Uuid::new_v4())
}

fn any<S: Strategy>(strategy: S) -> S::Value {
    strategy.new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

/// Registers a schema as another program would, and gives its id. A registry that is hard pressed
/// answers with a server's error now and then.
pub(crate) fn register(url: &str, subject: &str, schema: &str) -> u32 {
    use schema_registry_converter::blocking::schema_registry::{SrSettings, post_schema};
    use schema_registry_converter::schema_registry_common::{SchemaType, SuppliedSchema};
    let schema = SuppliedSchema::new(None, SchemaType::Avro, schema.to_owned());
    let settings = SrSettings::new(url.to_owned());
    for attempt in 1.. {
        match post_schema(&settings, subject.to_owned(), schema.clone()) {
            Ok(registered) => return registered.id,
            Err(error) => assert!(attempt < 10, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    unreachable!("the last attempt is judged above")
}

/// The registry compares only where it is told to.
pub(crate) fn compare(url: &str, subject: &str) -> std::process::Output {
    std::process::Command::new("curl")
        .args(["-fsS", "-X", "PUT", "-H", "Content-Type: application/json"])
        .args(["-d", r#"{"compatibility": "FULL_TRANSITIVE"}"#])
        .arg(format!("{url}/config/{subject}"))
        .output()
        .unwrap()
}

#[test]
fn should_register_write_and_read_by_id() {
    let Some(registry) = support::registry() else { return };
    let (inputs, accounts) = (topic("inputs"), topic("accounts"));
    let topics = [(inputs.as_str(), INPUTS), (accounts.as_str(), &[Record::AccountState][..])];
    let mut writer = Codec::with_registry(&settings(&registry.url), &topics).unwrap();
    let account = AccountKey::parse("acme.com").unwrap();
    let input = Input::Signal(any(signals::signal()));
    let state = any(states::state());
    let (mut bytes, mut kept) = (Vec::new(), Vec::new());
    writer.encode_input(&inputs, &account, &input, &mut bytes).unwrap();
    writer.encode_state(&accounts, &state, &mut kept).unwrap();

    let mut reader = Codec::with_registry(&settings(&registry.url), &[]).unwrap();
    let decoded = reader.decode_input(Some(b"acme.com"), Some(&bytes)).unwrap();
    let Decoded::Account { input: back, .. } = decoded else { panic!("{decoded:?}") };
    assert_eq!(format!("{back:?}"), format!("{input:?}"));
    assert_eq!(reader.decode_state(&kept).unwrap(), state);
}

#[test]
fn should_register_every_record() {
    let Some(registry) = support::registry() else { return };
    let all: Vec<Record> = Record::iter().collect();
    let topic = topic("all");
    Codec::with_registry(&settings(&registry.url), &[(topic.as_str(), &all)]).unwrap();
}

#[test]
fn should_read_what_a_later_version_wrote() {
    let Some(registry) = support::registry() else { return };
    let topic = topic("inputs");
    let later = Record::Tick
        .json()
        .replacen(
            "\"fields\": [",
            "\"fields\": [{\"name\": \"note\", \"type\": \"string\", \"default\": \"\"},",
            1,
        )
        .replacen("\"import_end\"", "\"import_end\", \"novel\"", 1);
    assert_ne!(later, Record::Tick.json());
    let id = register(&registry.url, &format!("{topic}-buymode.Tick"), &later);
    let mut codec = Codec::with_registry(&settings(&registry.url), &[]).unwrap();
    // A note of one letter; then a reason we know, and one we do not.
    for (place, reason) in [(2 * 3, TickReason::Sweep), (2 * 5, TickReason::Due)] {
        let value = [&[0][..], &id.to_be_bytes(), &[2, b'x', place]].concat();
        let decoded = codec.decode_input(None, Some(&value)).unwrap();
        assert!(matches!(decoded, Decoded::Tick(Tick { reason: r }) if r == reason), "{decoded:?}");
    }
    let cut = [&[0][..], &id.to_be_bytes(), &[2]].concat();
    let failure = codec.decode_input(None, Some(&cut)).unwrap_err();
    let DecodeFailure::Record(error) = failure else { panic!("{failure}") };
    assert_eq!(error.reason, DeadLetterReason::Malformed);
}

#[test]
fn should_say_which_subject_refuses_our_schema() {
    let Some(registry) = support::registry() else { return };
    let topic = topic("inputs");
    let subject = format!("{topic}-buymode.Tick");
    let other = r#"{"type": "record", "namespace": "buymode", "name": "Tick",
        "fields": [{"name": "reason", "type": "bytes"}]}"#;
    register(&registry.url, &subject, other);
    let compatibility = compare(&registry.url, &subject);
    assert!(compatibility.status.success(), "{compatibility:?}");
    let refused =
        Codec::with_registry(&settings(&registry.url), &[(topic.as_str(), &[Record::Tick])]);
    let message = refused.unwrap_err().to_string();
    assert!(message.contains(&subject) && message.contains("refuses"), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn should_blame_the_record_for_an_unknown_id_and_nobody_for_an_outage() {
    let Some(registry) = support::registry() else { return };
    let mut codec = Codec::with_registry(&settings(&registry.url), &[]).unwrap();
    let value = [0, 0x7f, 0, 0, 1, 2];
    for _ in 0..2 {
        let failure = codec.decode_input(None, Some(&value)).unwrap_err();
        let DecodeFailure::Record(error) = failure else { panic!("{failure}") };
        assert_eq!(error.reason, DeadLetterReason::UnknownSchema);
    }
    let mut codec = Codec::with_registry(&settings("http://127.0.0.1:9"), &[]).unwrap();
    let failure = codec.decode_input(None, Some(&value)).unwrap_err();
    assert!(matches!(failure, DecodeFailure::Registry(_)), "{failure}");
}

#[test]
fn should_fail_soon_and_clearly_without_a_registry() {
    // One that refuses, and one that accepts and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for url in ["http://user:secret@127.0.0.1:9", &silent] {
        let started = Instant::now();
        let refused = Codec::with_registry(&settings(url), &[("t", &[Record::Tick])]);
        let message = refused.unwrap_err().to_string();
        assert!(started.elapsed() < Duration::from_secs(10), "{message}");
        assert!(message.contains("127.0.0.1") && !message.contains("secret"), "{message}");
    }
}
