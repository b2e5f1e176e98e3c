//! Overrides from the environment, and variables that are refused.

use super::*;

#[test]
fn the_environment_overrides_the_file_and_adds_to_it() {
    let config = load(
        "kafka:\n  bootstrap: a:1\n  client_id: me\n",
        &[
            ("BUYMODE__KAFKA__BOOTSTRAP", "b:2"),
            ("BUYMODE__KAFKA__SECURITY_PROTOCOL", "sasl_plaintext"),
            ("BUYMODE__KAFKA__SASL_USERNAME", "u"),
            ("BUYMODE__KAFKA__SASL_PASSWORD", "12345"),
            ("BUYMODE__TOPICS__PARTITIONS", "3"),
            ("BUYMODE__FORWARD", "false"),
            ("BUYMODE_UNRELATED", "x"),
        ],
    )
    .unwrap();
    let kafka = config.kafka.as_ref().unwrap();
    assert_eq!((kafka.bootstrap.as_str(), kafka.client_id.as_str()), ("b:2", "me"));
    assert_eq!(kafka.sasl_password, Some(Secret::new("12345").into()));
    assert_eq!((config.topics.partitions.get(), config.forward.0), (3, false));
    assert!(!format!("{config:?}").contains("12345"), "a secret shows: {config:?}");
}

#[test]
fn a_wrong_variable_is_named() {
    let table: &[(&str, &str, &[&str])] = &[
        ("BUYMODE__KAFKA__BOOTSTRP", "a:1", &["bootstrp", "bootstrap"]),
        ("BUYMODE__BATCH__RECORDS_MAX", "none", &["batch.records_max", "none", "from 1 to"]),
        (
            "BUYMODE__HTTP__LISTEN",
            "8090",
            &["http.listen: `8090`", "write for example 127.0.0.1:8090"],
        ),
        ("BUYMODE__HTTP__LISTEN", "localhost:90", &["`localhost:90` is not an IP", "127.0.0.1:90"]),
        ("BUYMODE__GROUP__NAME", "x", &["`name`", "no keys"]),
        ("BUYMODE__KAFKA____BOOTSTRAP", "x", &["two underscores"]),
    ];
    for (name, value, parts) in table {
        let error = load("kafka: {}\ngroup: g\n", &[(name, value)]).unwrap_err();
        assert!(error.starts_with(&format!("environment variable {name}: ")), "{error}");
        for part in *parts {
            assert!(error.contains(part), "{error:?} lacks {part:?}");
        }
    }
}

#[test]
fn a_variable_that_was_meant_as_a_setting_is_refused_and_no_other() {
    let refused: &[(&str, &str, &str)] = &[
        ("BUYMODE_KAFKA__BOOTSTRAP", "a:1", "did you mean BUYMODE__KAFKA__BOOTSTRAP?"),
        ("BUYMODE_KAFKA__BOOTSTRP", "a:1", "did you mean BUYMODE__KAFKA__BOOTSTRP?"),
        ("BUYMODE_KAFKA_BOOTSTRAP", "a:1", "did you mean BUYMODE__KAFKA__BOOTSTRAP?"),
        ("BUYMODE_KAFKA_SASL_PASSWORD", "x", "did you mean BUYMODE__KAFKA__SASL_PASSWORD?"),
        ("buymode__kafka__bootstrap", "a:1", "did you mean BUYMODE__KAFKA__BOOTSTRAP?"),
        ("BUYMODE_INSTANCE", "a", "did you mean BUYMODE__INSTANCE?"),
        ("BUYMODE_SCHEMA_REGISTRY_URL", "http://a", "did you mean BUYMODE__SCHEMA_REGISTRY__URL?"),
        ("BUYMODE__KAFKA_BOOTSTRAP", "a:1", "`kafka_bootstrap`"),
        ("BUYMODE__FAULTS", "full", "`faults`"),
        ("BUYMODE__KAFKA__BOOTSTRAP", "", "the value is empty; unset the variable"),
        ("BUYMODE__GROUP", " ", "the value is empty"),
    ];
    for (name, value, part) in refused {
        let error = load("kafka: {}\n", &[(name, value)]).unwrap_err();
        let at = format!("environment variable {name}: ");
        assert!(error.starts_with(&at) && error.contains(part), "{name}: {error}");
    }
    // Those of the tests and of deploy/kafka, and other people's.
    let others = [
        "BUYMODE_FAULTS",
        "BUYMODE_FAULTS_SEED",
        "BUYMODE_FAULTS_LOGS",
        "BUYMODE_KAFKA_FAULT",
        "BUYMODE_KAFKA_LIBS",
        "BUYMODE_BINARY",
        "BUYMODE_DATA",
        "BUYMODE_TEST_CHILD_FOLDER",
        "MY_BUYMODE__KAFKA",
    ];
    load("kafka: {}\n", &others.map(|name| (name, "1"))).unwrap();
    load("kafka: {}\n", &others.map(|name| (name, ""))).unwrap();
    let empty = load("kafka: {}\ntopics: {prefix: p.}\n", &[("BUYMODE__TOPICS__PREFIX", "\"\"")]);
    assert_eq!(empty.unwrap().topics.prefix.as_str(), "");
}

#[test]
fn what_only_the_whole_shows_is_named_with_its_place() {
    let text = "kafka:\n  bootstrap: nowhere\n";
    let error = load(text, &[]).unwrap_err();
    assert!(error.starts_with("buymode.yaml:2:3: kafka: bootstrap: `nowhere`"), "{error}");
    let error = load("kafka: {}\n", &[("BUYMODE__KAFKA__BOOTSTRAP", "nowhere")]).unwrap_err();
    let expected = "environment variable BUYMODE__KAFKA__BOOTSTRAP: kafka: bootstrap: `nowhere`";
    assert!(error.starts_with(expected), "{error}");
}
