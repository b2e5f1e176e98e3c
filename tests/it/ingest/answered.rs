//! A sequencer and a CRM that speak Kafka answer decisions without HTTP: Avro in our schemas into the
//! topics `outcomes` and `suppressions`, by a producer that registers them under a subject of its own,
//! and JSON into a topic that a mapping reads.

use super::http::service::Service;
use crate::cli::ok;
use crate::codec::registry::register;
use crate::pipeline::PROFILE;
use crate::support::{self, Address as _};
use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use buymode::codec::schemas::Record;
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::{Output, Store as _};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

struct Ground {
    store: KafkaStore,
    registry: String,
    prefix: String,
}

impl Ground {
    fn send(&self, topic: &str, values: &[Vec<u8>]) {
        let mut writer = self.store.writer(&format!("{}crm", self.prefix)).unwrap();
        let topic = format!("{}{topic}", self.prefix);
        writer.begin().unwrap();
        for value in values {
            let value = Some(value.as_slice());
            writer.send(&Output { topic: &topic, value, ..Output::default() }).unwrap();
        }
        writer.commit(&[]).unwrap();
    }

    fn json(&self, rows: &[serde_json::Value]) {
        let rows: Vec<Vec<u8>> = rows.iter().map(|row| row.to_string().into_bytes()).collect();
        self.send("crm", &rows);
    }

    /// As serializers do by default: the subject is that of the topic's values.
    fn avro(&self, topic: &str, record: Record, rows: &[serde_json::Value]) {
        let subject = format!("{}{topic}-value", self.prefix);
        let id = register(&self.registry, &subject, record.json());
        let schema = Schema::parse_str(record.json()).unwrap();
        let writer = GenericDatumWriter::builder(&schema).build().unwrap();
        let written = |row: &serde_json::Value| {
            let mut bytes = [&[0][..], &id.to_be_bytes()].concat();
            let value = Value::try_from(row.clone()).unwrap().resolve(&schema).unwrap();
            writer.write_value(&mut bytes, value).unwrap();
            bytes
        };
        self.send(topic, &rows.iter().map(written).collect::<Vec<_>>());
    }
}

fn suppression(account: &str, until: Option<i32>, active: bool) -> serde_json::Value {
    json!({"signal_id": uuid::Uuid::new_v4().to_string(), "account": account, "source": "crm",
        "list": "do_not_contact", "active": active, "reason": "asked", "owner": null,
        "until": until, "stated_on": null})
}

fn outcome(account: &str, outcome: &str, now_ms: i64) -> serde_json::Value {
    json!({"signal_id": uuid::Uuid::new_v4().to_string(), "account": account,
        "source": "sequencer", "product": null, "outcome": outcome, "occurred_at": now_ms,
        "occurred_precision": "day", "reason": null, "amount_usd": null,
        "opportunity_id": null, "lead_source": null})
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Every decision so far, as `account kind`.
fn decisions(file: &Path) -> Vec<String> {
    let config = ["--config", file.to_str().unwrap()];
    let all = ["decisions", "--from-start", "--until-end", "--json"];
    let said = ok(&[&all[..], &config[..]].concat());
    let decision = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let shown = |d: serde_json::Value| format!("{} {}", text(&d["account"]), text(&d["kind"]));
    let mut found: Vec<String> = said.lines().map(decision).map(shown).collect();
    found.sort();
    found
}

#[test]
fn should_take_answers_from_topics_in_avro_and_in_json() {
    let (Some(kafka), Some(registry)) = (support::kafka(), support::registry()) else { return };
    let prefix = format!("{}.", kafka.unique("answered"));
    let folder = tempfile::tempdir().unwrap();
    let canonical = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings/canonical.yaml");
    std::fs::write(folder.path().join("profile.yaml"), PROFILE).unwrap();
    let file = folder.path().join("buymode.yaml");
    let text = format!(
        "kafka: {{bootstrap: '{}', memory_mib: 16}}\nschema_registry: {{url: '{}'}}
topics: {{partitions: 2, prefix: {prefix}}}\ngroup: test\ninstance: test\nprofile: profile.yaml
http: {{listen: '127.0.0.1:0'}}\nlogging: {{format: json}}
ingest:
  listen: 127.0.0.1:0
  sources:
    crm: {{mapping: '{}', topic: {prefix}crm, format: json}}\n",
        kafka.bootstrap(),
        registry.url,
        canonical.display()
    );
    std::fs::write(&file, text).unwrap();
    kafka.create_topic(&format!("{prefix}crm"), 1, &[]);
    let ingest = Service::start(&file);
    let run = Service::scorer(&file);
    let config = KafkaConfig {
        bootstrap: kafka.bootstrap().to_owned(),
        memory_mib: 16,
        ..KafkaConfig::default()
    };
    let store = KafkaStore::new(config).unwrap();
    let ground = Ground { store, registry: registry.url.clone(), prefix: prefix.clone() };

    // Companies that fit. Two are held back before anything happens, one in Avro with an end that is
    // no day, one in JSON; and one that nobody can be protected by.
    let names = ["free", "won", "met", "asked", "told", "lifted"];
    let companies = names.map(|name| {
        json!({"record": "company", "account": format!("{name}.com"), "name": name,
            "industries": ["saas"], "employees": 120, "source_record_id": name})
    });
    ground.json(&companies);
    let held = [
        suppression("https://www.Asked.com/about", Some(20_261_231), true),
        suppression("lifted.com", None, true),
        suppression("gmail.com", None, true),
    ];
    ground.avro("suppressions", Record::Suppression, &held);
    ground.json(&[
        json!({"record": "suppression", "account": "kim@told.com", "list": "do_not_contact"}),
    ]);
    let applied = |kind: &str, n: f64| {
        run.metric(&format!("buymode_inputs_total{{type=\"{kind}\",verdict=\"applied\"}}")) == n
    };
    until("they are held back", || applied("company", 6.0) && applied("suppression", 3.0));
    ground.avro("suppressions", Record::Suppression, &[suppression("lifted.com", None, false)]);
    until("one is free again", || applied("suppression", 4.0));

    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let news: Vec<_> = names
        .iter()
        .flat_map(|name| {
            let (account, at) = (format!("{name}.com"), &today);
            [
                json!({"record": "funding", "account": account, "round": "Series A", "amount": "$9M",
                    "occurred_at": at, "source_record_id": format!("{name} round")}),
                json!({"record": "hiring", "account": account, "action": "posted",
                    "title": "Account Executive", "occurred_at": at,
                    "source_record_id": format!("{name} post")}),
            ]
        })
        .collect();
    ground.json(&news);
    let entered = ["free.com entered", "lifted.com entered", "met.com entered", "won.com entered"];
    until("four enter", || decisions(&file) == entered);

    // The sequencer met one; the CRM won one, in Avro, and lost one, in JSON.
    let now_ms = chrono::Utc::now().timestamp_millis();
    let said = [outcome("met.com", "meeting", now_ms), outcome("www.won.com", "won", now_ms)];
    ground.avro("outcomes", Record::SalesOutcome, &said);
    ground.json(&[json!({"record": "sales_outcome", "account": "lifted.com", "outcome": "lost",
        "occurred_at": today, "source_record_id": "deal 7"})]);
    until("the answers are applied", || applied("sales_outcome", 3.0));
    let mut all = [&entered[..], &["lifted.com exited", "won.com exited"]].concat();
    all.sort_unstable();
    until("two exit", || decisions(&file) == all);

    let topic = |name: &str| format!("topic=\"{prefix}{name}\"");
    let forwarded = |name: &str, kind: &str, verdict: &str| {
        let labels = format!("{},type=\"{kind}\",verdict=\"{verdict}\"", topic(name));
        run.metric(&format!("buymode_forwarded_total{{{labels}}}"))
    };
    assert_eq!(forwarded("suppressions", "suppression", "applied"), 3.0);
    assert_eq!(forwarded("suppressions", "suppression", "dead_lettered"), 1.0);
    assert_eq!(forwarded("outcomes", "sales_outcome", "applied"), 2.0);
    let labels = format!("reason=\"unresolved_suppression\",source=\"{prefix}suppressions\"");
    assert_eq!(run.metric(&format!("buymode_dead_letters_total{{{labels}}}")), 1.0);
    let warned = |service: &Service, source: &str| {
        service.metric(&format!("buymode_ingest_warnings_total{{source=\"{source}\"}}"))
    };
    assert_eq!(warned(&run, &format!("{prefix}suppressions")), 1.0);
    assert_eq!(warned(&ingest, "crm"), 0.0);
    assert_eq!((ingest.stop().code, run.stop().code), (Some(0), Some(0)));
}
