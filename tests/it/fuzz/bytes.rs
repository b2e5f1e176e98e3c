//! The parsers of whole records and files.

use super::{fuzz, texts};
use crate::arbitrary::inputs::addressed;
use buymode::codec::Codec;
use buymode::config::{Config, yaml_from_text};
use buymode::domain::profile::Profile;
use buymode::domain::terms::time::Timestamp;
use buymode::mapping::program::Scope;
use buymode::mapping::rows::{Reading, Rows, members};
use buymode::mapping::{Mapped, Mapping, Seen};
use flate2::Compression;
use flate2::write::GzEncoder;
use jaq_json::Val;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;
use std::cell::RefCell;
use std::io::Write;
use std::panic::AssertUnwindSafe;

/// Our own records, as bytes.
fn records() -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let mut codec = Codec::local();
    let mut one = || {
        let drawn = addressed().new_tree(&mut runner).unwrap().current();
        let mut bytes = Vec::new();
        codec.encode_input("inputs", &drawn.0, &drawn.1, &mut bytes).unwrap();
        bytes
    };
    (0..64).map(|_| one()).collect()
}

#[test]
fn a_record_of_ours_decodes_or_says_why_not() {
    fuzz!(records(), |bytes: &[u8]| {
        let mut codec = Codec::local();
        let _ = codec.decode_input(Some(b"acme.com"), Some(bytes));
        let _ = codec.decode_unkeyed(Some(bytes));
        let _ = codec.decode_state(bytes);
        let _ = codec.decode_decision(bytes);
        let _ = codec.decode_dead_letter(bytes);
        let _ = codec.decode_task(bytes);
        let _ = codec.decode_world(bytes);
    });
}

#[test]
fn a_record_of_any_schema_is_json_or_says_why_not() {
    // As nobody knows the codec after a panic, a fresh one each time would do as well; this is faster.
    let codec = AssertUnwindSafe(RefCell::new(Codec::local()));
    fuzz!(records(), |bytes: &[u8]| {
        let codec: &AssertUnwindSafe<RefCell<Codec>> = &codec;
        let _ = codec.borrow_mut().decode_foreign(bytes);
    });
}

#[test]
fn a_file_is_rows_each_read_or_refused() {
    let examples = [
        "name,site\nTidegate,tidegate.io\n\"Wexlar, GmbH\",\"wex\"\"lar\"\n",
        "[{\"a\": [1, {\"b\": null}]}, {\"a\": \"]\"}]",
        "{\"a\": 1}\n{\"a\": 2}\n",
        "<a x=\"1\"><b>t &amp; u</b><b/></a>",
    ];
    let mut examples = texts(&examples);
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(&examples[0]).unwrap();
    examples.push(zipped.finish().unwrap());
    examples.push("a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    fuzz!(examples, |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let _ = members(&file);
        let Ok(rows) = Rows::open(&file, None, &Reading::default()) else { return };
        let mut before = 0;
        for row in rows.map_while(Result::ok) {
            assert!(row.number > before, "rows count on");
            before = row.number;
        }
        assert!(before as usize <= bytes.len() * 1_100, "a row takes bytes");
    });
}

#[test]
fn a_canonical_record_is_an_input_or_says_why_not() {
    let examples = [
        json!({"record": "funding", "account": "https://acme.com", "occurred_at": "2024-03-01",
               "source_record_id": "r-1", "round": "Series A", "amount": "$12M", "planned": false,
               "confidence": 0.7, "evidence_urls": ["https://news.com/a"], "supersedes": "r-0"}),
        json!({"record": "hiring", "action": "posted", "account": ["", "acme.com"], "title": "VP Sales",
               "occurred_at": "3 days ago", "place": "Berlin", "posting": 7, "agency": "false"}),
        json!({"record": "headcount", "account": "acme.com", "total": "1,200", "occurred_at": 1700000000,
               "departments": {"sales": 12}, "growth": {"months": 6, "percent": 12.3}}),
        json!({"record": "company", "account": "acme.com", "as_of": "2024", "employees": "51-200",
               "country": "USA", "revenue_usd": {"low": 1, "high": null}, "tools": ["Salesforce"]}),
        json!({"record": "retraction", "account": "cik:1", "retracts": "r-1", "retracts_record": "news", "occurred_at": "2024-03"}),
        json!({"record": "sales_outcome", "account": "acme.com", "outcome": "lost", "reason": "price",
               "occurred_at": "2024-03-01", "amount_usd": 5}),
        json!({"record": "suppression", "account": "acme.com", "list": "customer", "until": "2027-01-01",
               "occurred_at": "2024-03-01"}),
    ];
    let examples: Vec<String> = examples.iter().map(ToString::to_string).collect();
    let examples: Vec<&str> = examples.iter().map(String::as_str).collect();
    let as_it_is = "source: fuzz\nrules:\n  - name: all\n    match: 'true'\n    emit: .\n";
    let mapping = Mapping::parse("fuzz.yaml", as_it_is, &|_| Ok(String::new())).unwrap();
    // A panic ends the test: nobody looks at the mapping after one.
    let mapping = AssertUnwindSafe(mapping);
    let seen =
        Seen { observed_at: Some(Timestamp(1_790_000_000_000)), live: true, ..Seen::default() };
    fuzz!(texts(&examples), |bytes: &[u8]| {
        let Ok(row) = serde_json::from_slice::<Val>(bytes) else { return };
        let mapping: &AssertUnwindSafe<Mapping> = &mapping;
        let Ok(Mapped::Records(_, records)) = mapping.map(&row, &Scope::default(), seen) else {
            return;
        };
        for record in records {
            let (mut out, mut codec) = (Vec::new(), Codec::local());
            codec.encode_input("inputs", &record.account, &record.input, &mut out).unwrap();
            let key = Some(record.account.as_str().as_bytes());
            codec.decode_input(key, Some(&out)).unwrap();
        }
    });
}

#[test]
fn a_mapping_compiles_or_says_where_it_does_not() {
    let examples = [
        include_str!("../../../deploy/mappings/crunchbase-2013.yaml"),
        include_str!("../../../deploy/mappings/suppression.yaml"),
        "source: a\nrules:\n  - name: all\n    match: 'true'\n    emit: '{record: \"company\"}'\n",
    ];
    fuzz!(texts(&examples), |bytes: &[u8]| {
        if let Ok(text) = str::from_utf8(bytes) {
            let _ = Mapping::parse("fuzz.yaml", text, &|_| Ok(String::new()));
        }
    });
}

#[test]
fn a_profile_reads_or_says_where_it_does_not() {
    fuzz!(texts(&[include_str!("../../../deploy/profiles/example.yaml")]), |bytes: &[u8]| {
        if let Ok(text) = str::from_utf8(bytes)
            && let Ok(profile) = yaml_from_text::<Profile>(text)
        {
            let _ = buymode::domain::profile::check::errors(&profile);
        }
    });
}

#[test]
fn settings_read_or_say_where_they_do_not() {
    fuzz!(texts(&[include_str!("../../../deploy/buymode.yaml")]), |bytes: &[u8]| {
        if let Ok(text) = str::from_utf8(bytes) {
            let _ = yaml_from_text::<Config>(text);
        }
    });
}
