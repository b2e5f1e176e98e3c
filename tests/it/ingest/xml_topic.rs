//! A topic of XML documents, read by the real `buymode ingest` through a mapping that ships with it.

use super::http::service::{EMBEDDED, Service, each, store};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::origin::{DeadLetterOrigin, RowFormat};
use buymode::domain::account::records::DeadLetterReason;
use buymode::log::{Cleanup, Output, Stamp, Store, TopicSpec};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const TOPIC: &str = "filings";

#[test]
fn documents_of_a_topic_become_inputs_and_what_is_no_xml_a_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
    let mapping = shipped.join("sec-form-d.yaml");
    let file = folder.path().join("buymode.yaml");
    let text = format!(
        "{EMBEDDED}\ntopics: {{partitions: 3}}\ninstance: test\nhttp: {{listen: '127.0.0.1:0'}}\n\
         logging: {{format: json}}\ningest:\n  listen: 127.0.0.1:0\n  sources:\n    \
         sec: {{mapping: '{mapping}', topic: {TOPIC}, format: xml, authentication: none}}\n",
        mapping = mapping.display()
    );
    std::fs::write(&file, text).unwrap();
    let store = store(folder.path());
    store
        .create_topics(&[TopicSpec {
            name: TOPIC.to_owned(),
            partitions: 2,
            cleanup: Cleanup::Delete,
            retention_ms: None,
            stamp: Stamp::CreateTime,
            max_message_bytes: 1 << 20,
            compression: None,
            replication: Default::default(),
        }])
        .unwrap();
    let case = |name: &str| std::fs::read(shipped.join("cases/sec-form-d").join(name)).unwrap();
    // Of two companies, of a fund that no rule takes, of nobody, and no XML.
    let documents = [
        case("0009999901-26-000003.xml"),
        case("yet-to-occur.xml"),
        case("fund.xml"),
        case("no-cik.xml"),
        b"<edgarSubmission><primaryIssuer>".to_vec(),
        b"\xff\xfe{}".to_vec(),
    ];
    let mut writer = store.writer("test").unwrap();
    writer.begin().unwrap();
    for (n, document) in (0..).zip(&documents) {
        let (partition, value) = (Some(n % 2), Some(document.as_slice()));
        let output = Output { topic: TOPIC, partition, value, ..Output::default() };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();

    let service = Service::start(&file);
    let rows = |verdict: &str| {
        let labels = format!("source=\"sec\",verdict=\"{verdict}\"");
        service.metric(&format!("buymode_ingest_rows_total{{{labels}}}"))
    };
    let began = Instant::now();
    let all = || ["mapped", "skipped", "dead_lettered"].map(rows);
    while all().iter().sum::<f64>() < 6.0 {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", all());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(all(), [2.0, 1.0, 3.0]);
    assert_eq!(service.stop().code, Some(0));

    let (mut codec, mut inputs) = (Codec::local(), BTreeMap::<String, Vec<String>>::new());
    each(&store, "buymode.inputs", &mut |key, value| {
        let decoded = codec.decode_input(key, value).unwrap();
        let Decoded::Account { account, input } = decoded else { panic!("{decoded:?}") };
        inputs.entry(account.to_string()).or_default().push(input.record_type().to_string());
    });
    let both = vec!["company".to_owned(), "funding".to_owned()];
    let expected = ["cik:9999901", "cik:9999902"].map(|cik| (cik.to_owned(), both.clone()));
    assert_eq!(inputs, BTreeMap::from(expected));
    let mut letters = Vec::new();
    each(&store, "buymode.dead-letters", &mut |_, value| {
        letters.push(codec.decode_dead_letter(value.unwrap()).unwrap());
    });
    letters.sort_by_key(|letter| (letter.reason, letter.value.clone()));
    let found: Vec<_> = letters.iter().map(|l| (l.reason, l.value.as_deref().unwrap())).collect();
    let malformed = DeadLetterReason::Malformed;
    let expected = [(malformed, &documents[4][..]), (malformed, &documents[5])];
    let nobody = (DeadLetterReason::Account, &documents[3][..]);
    assert!(expected.iter().chain([&nobody]).all(|letter| found.contains(letter)), "{letters:?}");
    for letter in &letters {
        let DeadLetterOrigin::Topic { topic, format, .. } = &letter.origin else { panic!() };
        assert_eq!((topic.as_str(), *format), (TOPIC, Some(RowFormat::Xml)));
        assert_eq!(letter.feed.as_ref().unwrap().source, "sec");
    }
}
