//! Topics and rights as manifests: they are what `topics create` makes, and each kind of client works
//! with the rights of its own user and no others.

use super::{EXAMPLE, buymode, command, ok, wait};
use crate::ingest::http::service::{MAPPING, Service};
use crate::support::rights::{Operation, Pattern, Resource, allow_on};
use crate::support::{self, Address, Kafka, PASSWORD, USER, block_on};
use buymode::admin::place::Place;
use buymode::config::Config;
use buymode::deliver::mark::{Groups, Look, Standing};
use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const DEPLOYED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/buymode.yaml");

fn manifests(settings: &str) -> Vec<Value> {
    let args =
        ["topics", "manifest", "--format", "strimzi", "--cluster", "main", "--config", settings];
    serde_json::from_str(&ok(&[&args[..], &["--json"]].concat())).unwrap()
}

fn of_kind<'a>(all: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    all.iter().filter(move |manifest| manifest["kind"] == kind)
}

#[test]
fn should_write_the_same_manifests_until_somebody_changes_the_table() {
    let args =
        ["topics", "manifest", "--format", "strimzi", "--cluster", "main", "--config", DEPLOYED];
    insta::assert_snapshot!(ok(&args));
}

/// The shape that Strimzi's own definitions (version v1) and examples give.
#[test]
fn should_write_what_the_operators_take() {
    let all = manifests(DEPLOYED);
    let mut names = BTreeSet::new();
    for manifest in &all {
        assert_eq!(manifest["apiVersion"], "kafka.strimzi.io/v1");
        assert_eq!(manifest["metadata"]["labels"]["strimzi.io/cluster"], "main");
        assert!(names.insert((manifest["kind"].as_str(), manifest["metadata"]["name"].as_str())));
    }
    for topic in of_kind(&all, "KafkaTopic") {
        let spec = &topic["spec"];
        assert!(spec["topicName"].is_string() && spec["partitions"].is_u64(), "{topic}");
        let config = spec["config"].as_object().unwrap();
        assert!(config.values().all(|value| value.is_string() || value.is_i64()), "{topic}");
    }
    let known = ["Read", "Write", "Describe", "DescribeConfigs"];
    for user in of_kind(&all, "KafkaUser") {
        assert_eq!(user["spec"]["authentication"]["type"], "scram-sha-512");
        assert_eq!(user["spec"]["authorization"]["type"], "simple");
        for acl in user["spec"]["authorization"]["acls"].as_array().unwrap() {
            let resource = &acl["resource"];
            let kind = resource["type"].as_str().unwrap();
            assert!(["topic", "group", "transactionalId"].contains(&kind), "{acl}");
            let pattern = resource["patternType"].as_str().unwrap();
            assert!(["literal", "prefix"].contains(&pattern), "{acl}");
            assert!(!resource["name"].as_str().unwrap().is_empty(), "{acl}");
            let operations = acl["operations"].as_array().unwrap();
            assert!(operations.iter().all(|o| known.contains(&o.as_str().unwrap())), "{acl}");
        }
    }
    assert_eq!(of_kind(&all, "KafkaUser").count(), 5);
}

#[test]
fn should_refuse_a_log_without_rights() {
    let folder = tempfile::tempdir().unwrap();
    let file = super::settings(folder.path());
    let args = ["topics", "manifest", "--format", "strimzi", "--cluster", "main", "--config"];
    let ended = buymode(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("name a Kafka cluster"), "{ended:?}");
}

/// Settings on the shared broker. `login`: as the user that the access control lists are about.
fn settings(folder: &Path, kafka: &Kafka, prefix: &str, login: bool) -> PathBuf {
    let name = if login { "ours.yaml" } else { "all.yaml" };
    let (address, how) = match (&kafka.sasl_bootstrap, login) {
        (Some(sasl), true) => (
            sasl,
            format!(
                "security_protocol: sasl_plaintext, sasl_mechanism: PLAIN, sasl_username: {USER}, \
                 sasl_password: {PASSWORD}, "
            ),
        ),
        _ => (&kafka.bootstrap, String::new()),
    };
    std::fs::write(folder.join("acme.yaml"), MAPPING).unwrap();
    let text = format!(
        "kafka: {{bootstrap: '{address}', {how}memory_mib: 16}}\n\
         topics: {{prefix: '{prefix}', partitions: 3, replication_factor: 1}}\n\
         profile: {EXAMPLE}\ninstance: a\nhttp: {{listen: '127.0.0.1:0'}}\n\
         logging: {{format: json}}\n\
         ingest:\n  listen: 127.0.0.1:0\n  sources:\n    \
         acme: {{mapping: acme.yaml, authentication: none}}\n    \
         rows: {{mapping: acme.yaml, topic: '{prefix}vendor-rows', format: json}}\n"
    );
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

/// What the broker says of each topic of a prefix.
fn on_the_broker(kafka: &Kafka, names: &[&str]) -> BTreeMap<String, BTreeMap<String, String>> {
    let resources: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let described = block_on(kafka.admin().describe_configs(&resources, &AdminOptions::new()));
    let mut found = BTreeMap::new();
    for (name, described) in names.iter().zip(described.unwrap()) {
        let entries = described.unwrap().entries.into_iter();
        let entries = entries.map(|entry| (entry.name, entry.value.unwrap_or_default()));
        found.insert((*name).to_owned(), entries.collect());
    }
    found
}

#[test]
fn should_create_what_the_manifests_say_and_nothing_else() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let prefix = format!("{}.", kafka.unique("manifest"));
    let file = settings(folder.path(), kafka, &prefix, false);
    let file = file.to_str().unwrap();
    let said: Value =
        serde_json::from_str(&ok(&["topics", "create", "--config", file, "--json"])).unwrap();
    let created: BTreeSet<&str> =
        said["created"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let all = manifests(file);
    let name = |topic: &Value| topic["spec"]["topicName"].as_str().unwrap().to_owned();
    let wanted: Vec<String> = of_kind(&all, "KafkaTopic").map(name).collect();
    assert_eq!(created, wanted.iter().map(String::as_str).collect());
    let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let found = on_the_broker(kafka, &names);
    let described: Value =
        serde_json::from_str(&ok(&["topics", "describe", "--config", file, "--json"])).unwrap();
    for topic in of_kind(&all, "KafkaTopic") {
        let name = name(topic);
        for (key, value) in topic["spec"]["config"].as_object().unwrap() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(found[&name].get(key), Some(&value), "{name}: {key}");
        }
        let ours = described.as_array().unwrap().iter().find(|t| t["topic"] == name.as_str());
        let ours = &ours.unwrap()["found"];
        assert_eq!(ours["partitions"], topic["spec"]["partitions"], "{name}");
        assert_eq!((&ours["replicas"], &topic["spec"]["replicas"]), (&1.into(), &1.into()));
        assert_eq!(ours["min_insync_replicas"], 1, "{name}");
    }
}

/// Topics of their own, on which this kind of client alone has rights, but for superusers.
fn granted(kafka: &Kafka, folder: &Path, client: &str) -> Option<(PathBuf, PathBuf, String)> {
    kafka.sasl_bootstrap.as_ref()?;
    let prefix = format!("{}.", kafka.unique(client));
    let (all, ours) =
        (settings(folder, kafka, &prefix, false), settings(folder, kafka, &prefix, true));
    ok(&["topics", "create", "--config", all.to_str().unwrap()]);
    kafka.create_topic(&format!("{prefix}vendor-rows"), 1, &[]);
    let bootstrap = kafka.bootstrap();
    // With an entry for somebody else, nothing of the prefix is open to everyone any more.
    let imports = format!("buymode-import-{prefix}");
    for closed in [
        (Resource::Topic, Pattern::Prefix, prefix.as_str()),
        (Resource::Group, Pattern::Prefix, prefix.as_str()),
        (Resource::TransactionalId, Pattern::Prefix, prefix.as_str()),
        (Resource::TransactionalId, Pattern::Prefix, imports.as_str()),
    ] {
        allow_on(bootstrap, "another", Operation::Describe, closed);
    }
    let manifests = manifests(ours.to_str().unwrap());
    let name = format!("{prefix}{client}");
    let user = of_kind(&manifests, "KafkaUser").find(|user| user["metadata"]["name"] == *name);
    for acl in user.unwrap()["spec"]["authorization"]["acls"].as_array().unwrap() {
        let resource = &acl["resource"];
        let kind = match resource["type"].as_str().unwrap() {
            "topic" => Resource::Topic,
            "group" => Resource::Group,
            _ => Resource::TransactionalId,
        };
        let pattern = match resource["patternType"].as_str().unwrap() {
            "prefix" => Pattern::Prefix,
            _ => Pattern::Literal,
        };
        for operation in acl["operations"].as_array().unwrap() {
            let operation = match operation.as_str().unwrap() {
                "Read" => Operation::Read,
                "Write" => Operation::Write,
                "Describe" => Operation::Describe,
                _ => Operation::DescribeConfigs,
            };
            allow_on(
                bootstrap,
                USER,
                operation,
                (kind, pattern, resource["name"].as_str().unwrap()),
            );
        }
    }
    Some((all, ours, prefix))
}

fn refused(args: &[&str]) {
    let ended = buymode(args);
    assert_eq!(ended.code, Some(1), "{args:?}: {ended:?}");
}

#[test]
fn should_score_and_forward_with_the_rights_of_run() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((all, ours, _)) = granted(kafka, folder.path(), "buymode-run") else { return };
    let (all, ours) = (all.to_str().unwrap(), ours.to_str().unwrap());
    ok(&["run", "--config", ours, "--until-caught-up"]);
    let said = ok(&["audit", "--config", all, "--json"]);
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&found["differences"], &found["inputs"]), (&0.into(), &3.into()), "{said}");
    refused(&["aliases", "add", "old.io", "new.io", "--config", ours]);
}

#[test]
fn should_take_in_rows_with_the_rights_of_ingest() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((all, ours, prefix)) = granted(kafka, folder.path(), "buymode-ingest") else { return };
    let ours = ours.to_str().unwrap();
    let service = Service::of(command(&["ingest", "--config", ours]));
    let row = r#"{"type":"funding","domain":"acme.com","date":"2026-11-01","id":"1"}"#;
    let url = format!("http://{}/v1/ingest/acme", service.address);
    let sent = std::process::Command::new("curl")
        .args(["-sS", "--fail-with-body", "--json", row, &url])
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let rows = format!("{prefix}vendor-rows");
    let producer: rdkafka::producer::BaseProducer = kafka.client().create().unwrap();
    let row = row.replace("\"1\"", "\"2\"");
    let record = rdkafka::producer::BaseRecord::<(), str>::to(&rows).payload(&row);
    producer.send(record).unwrap();
    rdkafka::producer::Producer::flush(&producer, std::time::Duration::from_secs(10)).unwrap();
    let all = all.to_str().unwrap();
    let mut inputs = 0;
    for _ in 0..100 {
        ok(&["run", "--config", all, "--until-caught-up"]);
        let found: Value =
            serde_json::from_str(&ok(&["audit", "--config", all, "--json"])).unwrap();
        // The profile in each partition, and both rows.
        inputs = found["inputs"].as_u64().unwrap();
        if inputs >= 5 {
            break;
        }
    }
    assert!(inputs >= 5, "{inputs}");
    drop(service);
    refused(&["run", "--config", ours, "--until-caught-up"]);
}

#[test]
fn should_deliver_with_the_rights_of_deliver() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((all, ours, prefix)) = granted(kafka, folder.path(), "buymode-deliver") else {
        return;
    };
    let (all, file) = (all.to_str().unwrap(), ours.to_str().unwrap());
    ok(&["run", "--config", all, "--until-caught-up"]);
    // No secret is needed.
    let roster = folder.path().join("roster.yaml");
    let text = "zone: UTC\ndestinations:\n  - name: post\n    routes: [ae]\n    \
                email: {server: 'localhost:25', from: a@example.com, to: [b@example.com]}\n\
                escalation: {channel: post}\ndigest: {destination: post}\n";
    std::fs::write(&roster, text).unwrap();
    ok(&["deliver", "publish", roster.to_str().unwrap(), "--config", all]);
    let service = Service::of(command(&["deliver", "--config", file]));
    let page = || {
        let url = format!("http://{}/metrics", service.http);
        let said = std::process::Command::new("curl").args(["-sS", &url]).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    let began = Instant::now();
    let read = r#"buymode_deliver_records_total{type="roster",verdict="read"} 1"#;
    while !page().contains(read) {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", page());
        std::thread::sleep(Duration::from_millis(200));
    }
    // How far the scorers and the forwarders have come.
    let config = Config::read(Some(&ours), []).unwrap().checked().unwrap();
    let place = Place::open(config).unwrap();
    let scorers = format!("{prefix}{}", place.config.group.as_str());
    let forwarders = format!("{scorers}-desk-forward");
    let groups = Groups { scorers, forwarders };
    let mut look = Look::new(place.store.clone(), place.topics.clone(), groups);
    let mut last = look.step();
    while last != Standing::Passed {
        assert!(began.elapsed() < Duration::from_secs(90), "{last:?}");
        std::thread::sleep(Duration::from_millis(200));
        last = look.step();
    }
    drop(service);
    refused(&["run", "--config", file, "--until-caught-up"]);
    refused(&["aliases", "add", "old.io", "new.io", "--config", file]);
}

#[test]
fn should_change_and_look_with_the_rights_of_an_operator_and_only_look_with_those_of_a_reader() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((all, ours, _)) = granted(kafka, folder.path(), "buymode-operator") else { return };
    let (all, ours) = (all.to_str().unwrap(), ours.to_str().unwrap());
    let rows = folder.path().join("rows.jsonl");
    let row = r#"{"type":"funding","domain":"acme.com","date":"2026-11-01","id":"1"}"#;
    std::fs::write(&rows, format!("{row}\nrubbish\n")).unwrap();
    let mapping = folder.path().join("acme.yaml");
    let import = [
        "import",
        rows.to_str().unwrap(),
        "--mapping",
        mapping.to_str().unwrap(),
        "--config",
        ours,
    ];
    let imported = wait(command(&import).spawn().unwrap());
    assert!(imported.stdout.contains("funding"), "{imported:?}");
    ok(&["icp", "publish", EXAMPLE, "--config", ours]);
    ok(&["aliases", "add", "old.io", "acme.com", "--config", ours]);
    ok(&["dead-letters", "drop", "--reason", "mapping", "--because", "a test", "--config", ours]);
    ok(&["run", "--config", all, "--until-caught-up"]);
    ok(&["audit", "--config", ours]);
    refused(&["run", "--config", ours, "--until-caught-up"]);

    let folder = tempfile::tempdir().unwrap();
    let Some((all, ours, _)) = granted(kafka, folder.path(), "buymode-reader") else { return };
    let (all, ours) = (all.to_str().unwrap(), ours.to_str().unwrap());
    ok(&["run", "--config", all, "--until-caught-up"]);
    ok(&["audit", "--config", ours]);
    ok(&["topics", "describe", "--config", ours]);
    ok(&["icp", "history", "--config", ours]);
    ok(&["decisions", "--from-start", "--until-end", "--config", ours]);
    ok(&["dead-letters", "list", "--config", ours]);
    refused(&["aliases", "add", "old.io", "new.io", "--config", ours]);
}
