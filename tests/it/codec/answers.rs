//! Every answer that a registry may give about an id has its own consequence and its own words.

use buymode::codec::{Codec, DecodeFailure, RegistryError, RegistrySettings, Vendors};
use buymode::domain::account::records::{DeadLetterReason, Tick, TickReason};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Answers = Arc<Mutex<BTreeMap<String, (u16, String)>>>;

/// A registry that answers what it was given, and otherwise as Confluent's does.
fn registry(answers: &[(&str, u16, Value)]) -> (Codec, Answers) {
    let unknown = json!({"error_code": 40403, "message": "Schema not found"});
    server(answers, (404, unknown.to_string()))
}

/// A server that answers what it was given, and `otherwise` to all else.
fn server(answers: &[(&str, u16, Value)], otherwise: (u16, String)) -> (Codec, Answers) {
    let given = answers.iter().map(|(path, status, body)| {
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        ((*path).to_owned(), (*status, body))
    });
    let answers: Answers = Arc::new(Mutex::new(given.collect()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let known = answers.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let first = lines.next().unwrap();
            lines.by_ref().find(String::is_empty);
            let path = first.split(' ').nth(1).unwrap().split('?').next().unwrap().to_owned();
            let found = known.lock().unwrap().get(&path).cloned();
            let (status, body) = found.unwrap_or_else(|| otherwise.clone());
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close"
            );
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let settings = RegistrySettings { url, ..RegistrySettings::default() };
    (Codec::with_registry(&settings, &[]).unwrap(), answers)
}

fn framed(id: u8, datum: &[u8]) -> Vec<u8> {
    [&[0, 0, 0, 0, id][..], datum].concat()
}

/// Why a record goes to the dead letters.
fn refused(failure: DecodeFailure) -> (DeadLetterReason, String) {
    match failure {
        DecodeFailure::Record(error) => (error.reason, error.message),
        DecodeFailure::Registry(error) => panic!("{error}"),
    }
}

const ROW: &str = r#"{"type": "record", "name": "acme.Row", "fields": [
    {"name": "site", "type": "string"}, {"name": "at", "type": "acme.Place"},
    {"name": "was", "type": ["null", "acme.Place"]}]}"#;
const PLACE: &str = r#"{"type": "record", "name": "Place", "namespace": "acme", "fields": [
    {"name": "city", "type": "string"}, {"name": "country", "type": "acme.Country"}]}"#;
const COUNTRY: &str = r#"{"type": "enum", "name": "acme.Country", "symbols": ["DE", "FR"]}"#;

fn reference(name: &str) -> Value {
    json!([{"name": name, "subject": name, "version": 1}])
}

#[test]
fn a_schema_with_references_is_read_with_them() {
    let (mut codec, _) = registry(&[
        ("/schemas/ids/4", 200, json!({"schema": ROW, "references": reference("acme.Place")})),
        (
            "/subjects/acme.Place/versions/1",
            200,
            json!({"id": 2, "version": 1, "subject": "acme.Place", "schema": PLACE,
                "references": reference("acme.Country")}),
        ),
        (
            "/subjects/acme.Country/versions/1",
            200,
            json!({"id": 3, "version": 1, "subject": "acme.Country", "schema": COUNTRY}),
        ),
        ("/schemas/ids/5", 200, json!({"schema": ROW, "references": reference("acme.Gone")})),
    ]);
    let datum = b"\x0eone.com\x0aParis\x02\x02\x08Bonn\x00";
    let expected = json!({"site": "one.com", "at": {"city": "Paris", "country": "FR"},
        "was": {"city": "Bonn", "country": "DE"}});
    for _ in 0..2 {
        let read = codec.decode_foreign(&framed(4, datum)).unwrap().into_owned();
        assert_eq!(read, expected);
    }
    let cut = framed(4, &datum[..datum.len() - 2]);
    assert_eq!(refused(codec.decode_foreign(&cut).unwrap_err()).0, DeadLetterReason::Malformed);
    let dangling = framed(5, datum);
    let (reason, why) = refused(codec.decode_foreign(&dangling).unwrap_err());
    assert_eq!(reason, DeadLetterReason::UnexpectedType);
    assert!(why.contains("refers to version 1 of acme.Gone, which the registry does not"), "{why}");
    // In a topic of our own it is not, and is said to be so.
    let (_, why) = refused(codec.decode_input(None, Some(&framed(4, datum))).unwrap_err());
    assert!(why.contains("refers to other schemas") && !why.contains("unknown"), "{why}");
}

#[test]
fn json_is_handed_on_and_protobuf_is_said_not_to_be_read() {
    let (mut codec, _) = registry(&[
        ("/schemas/ids/2", 200, json!({"schemaType": "JSON", "schema": r#"{"type": "object"}"#})),
        (
            "/schemas/ids/3",
            200,
            json!({"schemaType": "PROTOBUF", "schema": "syntax = \"proto3\";"}),
        ),
        ("/schemas/ids/9", 200, json!({"schemaType": "XSD", "schema": "<x/>"})),
    ]);
    let value = framed(2, br#"{"a": 12345678901234567890123}"#);
    let Vendors::Json(text) = codec.decode_foreign(&value).unwrap() else { panic!() };
    assert_eq!(text, br#"{"a": 12345678901234567890123}"#);
    for (id, name) in [(3, "PROTOBUF"), (9, "XSD")] {
        let value = framed(id, b"\x00\x0a\x03abc");
        for failure in [
            codec.decode_foreign(&value).unwrap_err(),
            codec.decode_input(None, Some(&value)).unwrap_err(),
        ] {
            let (reason, why) = refused(failure);
            assert_eq!(reason, DeadLetterReason::UnexpectedType);
            let said = format!("the schema with id {id} has the type {name}, which is not read");
            assert!(why.contains(&said), "{why}");
        }
    }
    let (reason, why) = refused(codec.decode_input(None, Some(&value)).unwrap_err());
    assert_eq!(reason, DeadLetterReason::UnexpectedType);
    assert!(why.contains("the schema with id 2 is a JSON Schema"), "{why}");
}

fn ask(codec: &mut Codec, id: u32) -> Result<(), DecodeFailure> {
    let value = [&[0][..], &id.to_be_bytes(), &[0]].concat();
    codec.decode_foreign(&value).map(drop)
}

#[test]
fn should_call_an_id_unknown_however_a_registry_says_so() {
    let (mut codec, _) = registry(&[
        ("/schemas/ids/3", 400, json!({"error_code": 400, "message": "bad id"})),
        ("/schemas/ids/4", 422, json!({"error_code": 42201, "message": "invalid"})),
        ("/schemas/ids/6", 404, "<html>404</html>".into()),
        ("/schemas/ids/11", 404, json!({"error_code": 404, "message": "HTTP 404 Not Found"})),
        // One that is never asked for: no registry has it.
        ("/schemas/ids/4008636142", 500, "".into()),
        ("/schemas/ids/2147483648", 500, "".into()),
    ]);
    for id in [3, 4, 6, 11, 0xEEEE_EEEE, 0x8000_0000] {
        let (reason, why) = refused(ask(&mut codec, id).unwrap_err());
        assert_eq!(reason, DeadLetterReason::UnknownSchema, "{why}");
        assert!(why.contains(&format!("unknown schema id {id}")), "{why}");
    }
    // A registry that calls an id unknown in words of its own, and has another.
    let schema = json!({"schema": r#"{"type": "record", "name": "R", "fields": [
        {"name": "x", "type": "int"}]}"#});
    let (mut codec, _) = server(&[("/schemas/ids/1", 200, schema)], (404, "none".to_owned()));
    ask(&mut codec, 1).unwrap();
    let (reason, why) = refused(ask(&mut codec, 2).unwrap_err());
    assert_eq!(reason, DeadLetterReason::UnknownSchema, "{why}");
}

#[test]
fn should_refuse_an_address_that_is_no_registrys() {
    let said = json!({"error_code": 404, "message": "RESTEASY003210: no such path"}).to_string();
    for answer in [(404, "<html>404</html>".to_owned()), (404, said)] {
        let (mut codec, _) = server(&[], answer);
        let mut value = Vec::new();
        let tick = Tick { reason: TickReason::Due };
        let registered = codec.encode_tick("inputs", tick, &mut value).unwrap_err();
        let DecodeFailure::Registry(asked) = ask(&mut codec, 6).unwrap_err() else { panic!() };
        for error in [registered, asked] {
            let RegistryError::Refused(why) = error else { panic!("{error}") };
            assert!(why.contains("check the path in schema_registry.url"), "{why}");
        }
    }
}

#[test]
fn should_wait_where_the_registry_fails_or_refuses_the_login() {
    let (mut codec, answers) = registry(&[
        ("/schemas/ids/7", 503, json!({"error_code": 50301, "message": "starting"})),
        ("/schemas/ids/8", 403, json!({"error_code": 40301, "message": "denied"})),
        ("/schemas/ids/9", 200, "not JSON".into()),
    ]);
    let garbled = ask(&mut codec, 9).unwrap_err();
    assert!(matches!(garbled, DecodeFailure::Registry(RegistryError::Away(_))), "{garbled}");
    let away = ask(&mut codec, 7).unwrap_err();
    assert!(matches!(away, DecodeFailure::Registry(RegistryError::Away(_))), "{away}");
    let denied = ask(&mut codec, 8).unwrap_err();
    assert!(matches!(denied, DecodeFailure::Registry(RegistryError::Refused(_))), "{denied}");
    // An id that no schema has yet, and soon one has.
    let (reason, why) = refused(ask(&mut codec, 12).unwrap_err());
    assert_eq!(reason, DeadLetterReason::UnknownSchema);
    assert!(why.contains("unknown schema id 12: the registry does not have it"), "{why}");
    let schema = json!({"schema": r#"{"type": "record", "name": "R", "fields": [
        {"name": "x", "type": "int"}]}"#});
    let now = (200, schema.to_string());
    answers.lock().unwrap().insert("/schemas/ids/12".to_owned(), now);
    std::thread::sleep(Duration::from_millis(1_100));
    ask(&mut codec, 12).unwrap();
}

#[test]
fn without_a_registry_the_settings_are_named() {
    let (reason, why) = refused(Codec::local().decode_foreign(&framed(7, b"\x00")).unwrap_err());
    assert_eq!(reason, DeadLetterReason::UnknownSchema);
    assert!(why.contains("the settings name no schema_registry"), "{why}");
}

trait Owned {
    fn into_owned(self) -> Value;
}

impl Owned for Vendors<'_> {
    fn into_owned(self) -> Value {
        match self {
            Vendors::Value(value) => value,
            Vendors::Json(text) => panic!("{text:?}"),
        }
    }
}
