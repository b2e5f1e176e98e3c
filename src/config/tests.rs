//! What is refused and how it is said; and that `deploy/buymode.yaml` documents every key.

use super::*;
use std::ffi::OsString;

mod environment;
mod keys;

const SHOWN: &str = "buymode.yaml";

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(SHOWN);
    std::fs::write(&file, text).unwrap();
    let vars = environment.iter().map(|(k, v)| (OsString::from(k), OsString::from(v)));
    let before = format!("{}/", folder.path().display());
    Config::load_with(Some(&file), vars).map_err(|e| e.to_string().replace(&before, ""))
}

#[test]
fn a_wrong_setting_is_named_with_its_place_and_what_would_be_right() {
    let table: &[(&str, &[&str])] = &[
        (
            "kafka:\n  bootstrp: a:1\n",
            &["buymode.yaml:2:3: ", "`bootstrp`", "did you mean `bootstrap`?"],
        ),
        (
            "kafka: {}\nbatch:\n  records_max: 0\n",
            &["buymode.yaml:3:3: batch.records_max: ", "`0`", "a whole number from 1 to 1000000"],
        ),
        (
            "kafka: {}\ntopics:\n  partitions: many\n",
            &["buymode.yaml:3:3: topics.partitions: ", "many", "a whole number from 1 to 1000"],
        ),
        (
            "kafka: {}\nhttp:\n  listen: localhost\n",
            &["buymode.yaml:3:11: http.listen: `localhost`", "127.0.0.1:8080"],
        ),
        (
            "kafka: {}\ningest: {listen: 8090}\n",
            &["ingest.listen: ", "write for example 127.0.0.1:8090"],
        ),
        (
            "kafka: {}\nschema_registry:\n  url: registry:8081\n",
            &["buymode.yaml:3:3: schema_registry.url: ", "registry:8081", "http://"],
        ),
        ("kafka: {}\nembedded: {folder: x}\n", &["both kafka and embedded"]),
        (
            "kafka: {}\ntraces: {endpoint: 'http://user:hunter2@localhost:4318'}\n",
            &["traces.endpoint: invalid address", "use one such as http://localhost:4318"],
        ),
        ("kafka: {}\ntraces: {endpoint: 'http://localhost:4318?key=x'}\n", &["traces.endpoint"]),
        ("embedded: {folder: x}\nworkers: 2\n", &["workers: 2 is more than one", "use 1"]),
        ("group: x\n", &["no log is named", "kafka.bootstrap", "embedded.folder"]),
        ("kafka: {bootstrap: nowhere}\n", &["kafka: bootstrap: `nowhere` is not host:port"]),
        ("kafka: {}\nschema_registry: {url: 'http://r', username: me}\n", &["go together"]),
        (
            "kafka: {transaction_timeout_ms: 1000}\nbatch: {time_max_ms: 800}\n",
            &["batch.time_max_ms: 800", "kafka.transaction_timeout_ms (1000)"],
        ),
        ("kafka: {\n", &["buymode.yaml:"]),
        (
            "kafka: {}\nkafka: {}\n",
            &["buymode.yaml:2:1: duplicate mapping key: kafka; keep one of them"],
        ),
        ("- a\n", &["buymode.yaml:1:"]),
    ];
    for (text, parts) in table {
        let error = load(text, &[]).unwrap_err();
        for part in *parts {
            assert!(error.contains(part), "{text:?}: {error:?} lacks {part:?}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load_with(Some(Path::new("no/such.yaml")), []).unwrap_err();
    assert_eq!(error.to_string(), "cannot read no/such.yaml: no such file or directory");
}

#[test]
fn paths_are_relative_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(SHOWN);
    std::fs::write(&file, "embedded: {folder: data}\nprofile: /abs/p.yaml\n").unwrap();
    let config = Config::load_with(Some(&file), []).unwrap();
    assert_eq!(config.embedded.unwrap().folder, folder.path().join("data"));
    assert_eq!(config.profile.unwrap(), Path::new("/abs/p.yaml"));
}

#[test]
fn the_shipped_file_works_as_it_is_and_shows_every_key() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/buymode.yaml");
    let config = Config::load_with(Some(&file), []).unwrap();
    assert_eq!(config.kafka.as_ref().unwrap().bootstrap, "localhost:9092");
    assert!(config.profile.as_ref().unwrap().exists(), "{:?}", config.profile);

    // Keys that are off are written `#key: value`; prose has a space after the hash.
    let text = std::fs::read_to_string(&file).unwrap();
    let on: String = text.lines().map(|line| format!("{}\n", switched_on(line))).collect();
    let shown: serde_json::Value = yaml::parse("all keys", &on).unwrap();
    let mut keys = Vec::new();
    keys::collect(&mut Vec::new(), &mut keys);
    assert!(keys.len() > 30, "the probe found too few keys: {keys:?}");
    for key in &keys {
        let pointer = format!("/{}", key.join("/"));
        assert!(shown.pointer(&pointer).is_some(), "deploy/buymode.yaml lacks {}", key.join("."));
    }
    for line in text.lines() {
        let rest = line.trim_start();
        let (key, _) = rest.trim_start_matches('#').split_once(':').unwrap_or_default();
        if rest.starts_with('#') && keys.iter().any(|k| k.last().is_some_and(|k| *k == key)) {
            assert!(!rest.starts_with("# "), "{line}: a key that is off has no space");
        }
    }
}

#[test]
fn the_sources_that_the_shipped_file_shows_are_taken_as_they_are() {
    let text = include_str!("../../deploy/buymode.yaml");
    let from = text.find("\ningest:").unwrap();
    let to = text.find("# The program's log lines").unwrap();
    let on: String = text[from..to].lines().map(|l| format!("{}\n", switched_on(l))).collect();
    let config = load(&format!("kafka: {{}}\n{on}"), &[]).unwrap_or_else(|e| panic!("{e}"));
    let kinds: Vec<String> = config
        .ingest
        .sources
        .values()
        .map(|source| {
            let shown = format!("{:?}", source.authentication.as_ref().unwrap());
            shown.split('(').next().unwrap().to_owned()
        })
        .collect();
    let named = ["Bearer", "Github", "Hubspot", "Shopify", "Slack", "StandardWebhooks", "Stripe"];
    let others = ["Theirstack", "Zoom", "HmacSha256"];
    let mut kinds = kinds;
    kinds.sort();
    let mut all = [&named[..], &others].concat();
    all.sort();
    assert_eq!(kinds, all);
}

#[test]
fn a_source_says_how_its_requests_prove_who_sent_them() {
    let source = |authentication: &str| {
        load(
            &format!(
                "kafka: {{}}\ningest: {{sources: {{s: {{mapping: m.yaml{authentication}}}}}}}\n"
            ),
            &[],
        )
    };
    let secret = "0123456789abcdef";
    let table: &[(&str, &[&str])] = &[
        ("", &["ingest.sources.s.authentication", "bearer", "`none`"]),
        (", authentication: nobody", &["unknown value", "bearer", "hubspot"]),
        (", authentication: beerer", &["did you mean `bearer`?"]),
        (", authentication: {bearer: {}}", &["secrets has 0 entries"]),
        (", authentication: {bearer: {secrets: [a, b, c]}}", &["secrets has 3 entries"]),
        (
            ", authentication: {bearer: {secrets: [{fil: x}]}}",
            &["write a secret in quotes, or { file: PATH }"],
        ),
        (", authentication: {hubspot: {secrets: [a]}}", &["missing field `url`"]),
        (
            ", authentication: {hmac_sha256: {secrets: [a], header: X-S, signed: timestamp}}",
            &["invalid signed content; use body, timestamp.body"],
        ),
        (
            ", authentication: {hmac_sha256: {secrets: [a], header: X-S, signed: id.timestamp.body}}",
            &["id_header and an id in signed go together"],
        ),
        (
            ", authentication: {hmac_sha256: {secrets: [a], header: X-S, signed: id.body, id_header: X-I}}",
            &["an id and no timestamp"],
        ),
        (
            ", authentication: {hmac_sha256: {secrets: [a], header: X-S, timestamp_header: X-T}}",
            &["anybody could change it"],
        ),
        (
            ", authentication: {hmac_sha256: {secrets: [a], header: 'X S'}}",
            &["the name of a header"],
        ),
    ];
    for (text, parts) in table {
        let error = source(text).unwrap_err();
        for part in *parts {
            assert!(error.contains(part), "{text:?}: {error:?} lacks {part:?}");
        }
    }
    assert!(source(", authentication: none").is_ok());
    let named =
        load("kafka: {}\ningest: {sources: {A B: {mapping: m, authentication: none}}}\n", &[]);
    assert!(named.unwrap_err().contains("lower case"));
    let ours =
        load("kafka: {}\ningest: {sources: {erase: {mapping: m, authentication: none}}}\n", &[]);
    assert!(ours.unwrap_err().contains("ingest.sources.erase: invalid source"));
    // Each whose senders are not known early has room for a body.
    let ten = (0..10).map(|n| format!("s{n}: {{mapping: m, authentication: none}}"));
    let ten = ten.collect::<Vec<_>>().join(", ");
    let with = |mib: u32| {
        let ingest = format!("body_mib_max: 2, queue_mib_max: {mib}, sources: {{{ten}}}");
        load(&format!("kafka: {{}}\ningest: {{{ingest}}}\n"), &[])
    };
    assert!(
        with(39).unwrap_err().contains("ingest.queue_mib_max: 39 is too little for 10 sources")
    );
    assert!(with(40).is_ok());
    // By environment alone, also where it looks like a number; and never shown.
    let variable = "BUYMODE__INGEST__SOURCES__S__AUTHENTICATION__BEARER__SECRETS";
    let text =
        "kafka: {}\ningest: {sources: {s: {mapping: m.yaml, authentication: {bearer: {}}}}}\n";
    let config = load(text, &[(variable, &format!("['{secret}']"))]).err();
    // The file by itself has no secret yet; the environment brings it before it is checked.
    assert_eq!(config, None);
    let config = load(text, &[(variable, &format!("['{secret}']"))]).unwrap();
    assert!(!format!("{config:?}").contains(secret));
}

#[test]
fn a_secret_stands_for_the_list_of_it_and_no_message_repeats_what_may_be_one() {
    let secret = "topsecret-0123456789";
    let bearer = |value: &str| {
        format!(
            "kafka: {{}}\ningest: {{sources: {{s: {{mapping: m.yaml, authentication:\n  {value}}}}}}}\n"
        )
    };
    let one = load(&bearer(&format!("{{bearer: {{secrets: {secret}}}}}")), &[]).unwrap();
    let secrets_of = |config: Config| {
        let source = config.ingest.sources.into_values().next().unwrap();
        source.authentication.unwrap().secrets().to_vec()
    };
    let list = [SecretConfig::Text(Secret::new(secret))];
    assert_eq!(secrets_of(one), list);
    let name = |key: &str| format!("BUYMODE__INGEST__SOURCES__S__AUTHENTICATION{key}");
    let secrets = name("__BEARER__SECRETS");
    for written in [secret.to_owned(), format!("['{secret}']"), format!("\"{secret}\"")] {
        let config = load(&bearer("{bearer: {}}"), &[(&secrets, &written)]).unwrap();
        assert_eq!(secrets_of(config), list);
    }

    for text in [
        format!("{{bearer: {secret}}}"),
        format!("{{bearer: {{{secret}: 1}}}}"),
        format!("{{bearer: [{secret}]}}"),
        format!("{{bearer: {{secrets: {{{secret}: 1}}}}}}"),
        format!("{{bearer: {{secrets: [[{secret}]]}}}}"),
        format!("{{bearer: {{secrets: *{secret}}}}}"),
        format!("{{bearer: {{secrets: \"{secret}}}}}"),
        format!("{{bearer: {{secrets: !{secret} 1}}}}"),
        format!("{{bearer: {{secret: {secret}}}}}"),
        secret.to_owned(),
        format!("{{{secret}: 1}}"),
        format!("[{secret}]"),
    ] {
        let error = load(&bearer(&text), &[]).unwrap_err();
        assert!(error.starts_with("buymode.yaml:"), "{error}");
        assert!(!error.contains("topsecret"), "{text}: {error}");
        assert!(error.contains("write ") || error.contains("did you mean"), "{text}: {error}");
    }
    // Secrets that begin with a word of the list, or are close to one.
    for begins in ["bearer-", "none", "hubspot_", "hmac_sha256", "theirstack", "secrets", "file"] {
        let secret = format!("{begins}topsecret");
        for text in [
            secret.clone(),
            format!("{{{secret}: 1}}"),
            format!("[{secret}]"),
            format!("{{bearer: {secret}}}"),
            format!("{{bearer: {{{secret}: 1}}}}"),
            format!("{{bearer: {{secrets: [{{{secret}: 1}}]}}}}"),
            format!("{{hmac_sha256: {{secrets: [a], header: X-S, encoding: {secret}}}}}"),
            format!("{{hmac_sha256: {{secrets: [a], header: X-S, signed: {secret}}}}}"),
        ] {
            let error = load(&bearer(&text), &[]).unwrap_err();
            assert!(!error.contains("topsecret"), "{text}: {error}");
        }
    }
    for text in [
        format!("kafka: {{sasl_mechanism: {secret}}}\n"),
        format!("kafka: {{sasl_mechanism: plain-{secret}}}\n"),
        format!("kafka: {{security_protocol: ssl{secret}}}\n"),
        format!("kafka: {{}}\nschema_registry: {{url: 'r://me:{secret}@r'}}\n"),
    ] {
        let error = load(&text, &[]).unwrap_err();
        assert!(!error.contains("topsecret"), "{text}: {error}");
    }
    for text in [
        format!("kafka: {{sasl_password: [{secret}]}}\n"),
        format!("kafka: {{sasl_password: {{{secret}: 1}}}}\n"),
        format!("kafka: {{sasl_password: *{secret}}}\n"),
        format!("kafka: {{ssl_key_password:\n  - {secret}\n}}\n"),
        format!("kafka: {{extra: {secret}}}\n"),
        format!("kafka: {{extra: {{sasl.password: [{secret}]}}}}\n"),
        format!("kafka: {{}}\nschema_registry: {{url: 'http://r', password: [{secret}]}}\n"),
    ] {
        let error = load(&text, &[]).unwrap_err();
        assert!(!error.contains("topsecret"), "{text}: {error}");
    }
    let registry = "BUYMODE__SCHEMA_REGISTRY__PASSWORD".to_owned();
    let table = [
        (name(""), secret.to_owned()),
        (name("__BEARER"), secret.to_owned()),
        (name("__HMAC_SHA256"), secret.to_owned()),
        (name("__BEARER"), format!("{{{secret}: 1}}")),
        (secrets.clone(), format!("{{{secret}: 1}}")),
        (secrets.clone(), format!("[[{secret}]]")),
        (name("__BEARER__SECRET"), secret.to_owned()),
        (
            "BUYMODE__INGEST".to_owned(),
            format!(
                "{{sources: {{s: {{authentication: {{bearer: {{secrets: {secret}}}}}}}}}, listen: 1}}"
            ),
        ),
        ("BUYMODE__KAFKA__EXTRA".to_owned(), secret.to_owned()),
        (registry, format!("[{secret}]")),
    ];
    for (name, value) in &table {
        let file = bearer("{bearer: {}}") + "schema_registry: {url: 'http://r', username: me}\n";
        match load(&file, &[(name, value)]) {
            Err(error) => assert!(!error.contains("topsecret"), "{name}={value}: {error}"),
            // A password may look like a list.
            Ok(config) => assert!(!format!("{config:?}").contains("topsecret"), "{name}"),
        }
    }
}

fn switched_on(line: &str) -> String {
    let rest = line.trim_start();
    let indent = &line[..line.len() - rest.len()];
    match rest.strip_prefix('#') {
        Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => format!("{indent}{key}"),
        _ => line.to_owned(),
    }
}
