//! `buymode config check`: every problem with its place, what is in force, and no secret.

use super::{Ended, command, wait};
use crate::support::{self, Address};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

fn check(folder: &Path, text: &str, variables: &[(&str, &str)], flags: &[&str]) -> Ended {
    let file = folder.join("settings.yaml");
    std::fs::write(&file, text).unwrap();
    let args = [&["config", "check", "--config", file.to_str().unwrap()], flags].concat();
    wait(command(&args).envs(variables.iter().copied()).spawn().unwrap())
}

#[test]
fn settings_without_a_problem_are_fine() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/buymode.yaml");
    let ended = wait(command(&["config", "check", "--config", file]).spawn().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("buymode.yaml: fine\n"), "{ended:?}");
}

#[test]
fn what_is_in_force_is_listed_with_its_source_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let text = "kafka:\n  bootstrap: a:1\n  security_protocol: sasl_plaintext\n  \
        sasl_username: u\n  extra: {ssl.key.pem: hidden-one}\n\
        schema_registry: {url: 'http://me:hidden-two@registry'}\n";
    let variables = [("BUYMODE__KAFKA__SASL_PASSWORD", "hidden-three"), ("BUYMODE__GROUP", "mine")];
    let ended = check(folder.path(), text, &variables, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let json = check(folder.path(), text, &variables, &["--json"]);
    for shown in [&ended.stdout, &json.stdout] {
        assert!(!shown.contains("hidden"), "{shown}");
    }
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let settings = report["in_force"].as_array().unwrap();
    let of = |key: &str| {
        let found = settings.iter().find(|setting| setting["key"] == key);
        let found = found.unwrap_or_else(|| panic!("{key}: {report}"));
        let text = |name: &str| found[name].as_str().unwrap().to_owned();
        (text("value"), text("from"))
    };
    let (value, from) = of("kafka.bootstrap");
    assert!(value == "a:1" && from.ends_with("settings.yaml:2:3"), "{value} {from}");
    let by = |name: &str| format!("environment variable {name}");
    assert_eq!(of("group"), ("mine".to_owned(), by("BUYMODE__GROUP")));
    let password = ("***".to_owned(), by("BUYMODE__KAFKA__SASL_PASSWORD"));
    assert_eq!(of("kafka.sasl_password"), password);
    assert_eq!(of("schema_registry.url").0, "http://***@registry");
    assert!(settings.iter().all(|s| s["key"] != "batch.records_max"), "a default: {report}");
}

#[test]
fn every_problem_is_listed_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.yaml"), "source: a\nrules: []\nnot_a_key: 1\n").unwrap();
    let text = "embedded: {folder: data}\nprofile: none.yaml\ningest:\n  sources:\n    a:\n      \
        mapping: bad.yaml\n      authentication:\n        bearer: {secrets: [{file: none}]}\n";
    let ended = check(folder.path(), text, &[], &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for part in [
        "settings.yaml:2:1: profile: ",
        "none.yaml",
        "settings.yaml:6:7: ingest.sources.a.mapping: ",
        "not_a_key",
        "settings.yaml:7:7: ingest.sources.a.authentication: cannot read",
        "settings.yaml: 3 problems",
    ] {
        assert!(ended.stdout.contains(part), "{part:?} in {}", ended.stdout);
    }
    let ended = check(folder.path(), "kafka:\n  bootstrp: a:1\n", &[], &["--json"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(report["problems"][0].as_str().unwrap().contains("settings.yaml:2:3: "), "{report}");
    let misnamed = [("BUYMODE_KAFKA__BOOTSTRAP", "a:1")];
    let ended = check(folder.path(), "kafka: {}\n", &misnamed, &[]);
    assert!(ended.stdout.contains("did you mean BUYMODE__KAFKA__BOOTSTRAP?"), "{ended:?}");
}

/// As `run` refuses it.
#[test]
fn a_log_filter_that_shows_nothing_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        |filter: &str| format!("embedded: {{folder: data}}\nlogging: {{filter: '{filter}'}}\n");
    for filter in ["loud", "infoo", "", "info,x=bar", "info buymode=debug"] {
        let ended = check(folder.path(), &text(filter), &[], &[]);
        assert_eq!(ended.code, Some(1), "{filter}: {ended:?}");
        let problem = format!("settings.yaml:2:11: logging.filter: `{filter}`: ");
        assert!(ended.stdout.contains(&problem), "{problem:?} in {}", ended.stdout);
    }
    let ended = check(folder.path(), &text("info"), &[("RUST_LOG", "loud")], &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("RUST_LOG: `loud`: unknown level `loud`"), "{ended:?}");
    let ended = check(folder.path(), &text("info,buymode::kafka=debug"), &[], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn an_empty_password_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pw.empty"), " \n").unwrap();
    for (password, problem) in [
        ("{file: pw.empty}", "pw.empty is empty; write the secret into it"),
        ("''", "it is empty; give the user's password"),
    ] {
        let text = format!(
            "kafka:\n  bootstrap: a:1\n  security_protocol: sasl_plaintext\n  sasl_username: u\n  \
             sasl_password: {password}\n"
        );
        let ended = check(folder.path(), &text, &[], &[]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stdout.contains("settings.yaml:5:3: kafka: sasl_password: "), "{ended:?}");
        assert!(ended.stdout.contains(problem), "{ended:?}");
    }
}

/// As `run`, `ingest` or `deliver` refuse it.
#[test]
fn what_a_service_refuses_at_its_start_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("pem", "no certificate");
    write("short", "fifteen letters");
    let rule = "{name: r, match: .domain, emit: '{record: \"company\", account: .domain}'}";
    write("map.yaml", &format!("source: a\nrules:\n  - {rule}\n"));
    let kafka = |rest: &str| format!("kafka: {{bootstrap: '127.0.0.1:1', {rest}}}\n");
    let log = |rest: &str| format!("embedded: {{folder: data}}\n{rest}\n");
    let words = |rest: &str| log(&format!("deliver: {{words: {{{rest}}}}}"));
    let url = "link_url: 'https://b.example.com'";
    let long = "0123456789abcdef0123456789abcdef";
    let hook = "ingest: {listen: '127.0.0.1:8080', sources: {a: {mapping: map.yaml, authentication: none}}}";
    for (text, problem) in [
        (
            words(&format!("{url}, link_secret: short")),
            ":2:54: deliver.words.link_secret: it is shorter",
        ),
        (
            words(&format!("{url}, link_secret: {{file: none}}")),
            "deliver.words.link_secret: cannot read",
        ),
        (
            words("slack_signing_secret: short"),
            "deliver.words.slack_signing_secret: a secret is shorter",
        ),
        (words("slack_signing_secret: {file: short}"), "deliver.words.slack_signing_secret: "),
        (
            words("slack_signing_secret: {file: none}"),
            "deliver.words.slack_signing_secret: cannot read",
        ),
        (
            words(&format!("listen: '0.0.0.0:8080', slack_signing_secret: {long}")),
            "deliver.words.listen: 0.0.0.0:8080 is that of http.listen",
        ),
        (log(hook), "ingest.listen: 127.0.0.1:8080 is that of http.listen"),
        (kafka("extra: {no.such.name: '1'}"), ":1:1: kafka: setting `no.such.name`: No such"),
        (kafka("extra: {socket.timeout.ms: many}"), ":1:1: kafka: setting `socket.timeout.ms`: "),
        (
            kafka("security_protocol: ssl, ssl_ca_location: pem"),
            ":1:1: kafka: Client creation error: ssl.ca",
        ),
        (
            kafka("security_protocol: ssl, ssl_certificate_location: pem, ssl_key_location: pem"),
            ":1:1: kafka: Client creation error: ssl.certificate",
        ),
        (
            kafka("") + "schema_registry: {url: 'https://127.0.0.1:1', ca_location: pem}\n",
            ":2:47: schema_registry: ca_location: ",
        ),
        ("embedded: {folder: pem}\n".to_owned(), ":1:12: embedded.folder: "),
        ("embedded: {folder: pem/below}\n".to_owned(), "/pem is a file; choose a folder"),
    ] {
        let ended = check(folder.path(), &text, &[], &[]);
        assert_eq!(ended.code, Some(1), "{text}{ended:?}");
        assert!(ended.stdout.contains(problem), "{problem:?} in {}", ended.stdout);
        assert!(ended.stdout.contains("settings.yaml: 1 problem"), "{}", ended.stdout);
    }
    assert!(!folder.path().join("data").exists());
    let right = words(&format!("{url}, link_secret: {long}, listen: '127.0.0.1:8081'"));
    assert_eq!(check(folder.path(), &right, &[], &[]).code, Some(0));
}

#[test]
fn what_a_source_leaves_out_is_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "embedded: {folder: data}\ningest:\n  sources:\n    a:\n      mapping: m.yaml\n      requests_max: 7\n      \
        authentication:\n        hmac_sha256: {secrets: [0123456789abcdef], header: X-Sign}\n";
    let ended = check(folder.path(), text, &[], &["--json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let keys = report["in_force"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap());
    let mut of_source: Vec<&str> =
        keys.filter_map(|key| key.strip_prefix("ingest.sources.a.")).collect();
    of_source.sort_unstable();
    let hmac = ["authentication.hmac_sha256.header", "authentication.hmac_sha256.secrets"];
    assert_eq!(of_source, [hmac[0], hmac[1], "mapping", "requests_max"]);
}

#[test]
fn servers_are_asked_on_request_alone() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = "kafka: {bootstrap: '127.0.0.1:1'}\n";
    assert_eq!(check(folder.path(), nobody, &[], &[]).code, Some(0));
    let ended = check(folder.path(), nobody, &[], &["--connect"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("kafka at 127.0.0.1:1 does not answer"), "{ended:?}");
    assert!(ended.took < Duration::from_secs(20), "{ended:?}");
    let none = "embedded: {folder: none}\n";
    let ended = check(folder.path(), none, &[], &["--connect"]);
    assert!(ended.stdout.contains("does not exist; create it with"), "{ended:?}");
    assert!(!folder.path().join("none").exists());

    let (Some(kafka), Some(registry)) = (support::kafka(), support::registry()) else { return };
    let text = format!(
        "kafka: {{bootstrap: '{}'}}\nschema_registry: {{url: '{}'}}\n",
        kafka.bootstrap(),
        registry.url
    );
    let ended = check(folder.path(), &text, &[], &["--connect"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for address in [kafka.bootstrap(), registry.url.as_str()] {
        assert!(ended.stdout.contains(&format!("{address} answers")), "{ended:?}");
    }
}
