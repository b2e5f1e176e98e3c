//! Real rows all the way: through the shipped mappings into a history, scored, every record with a
//! verdict, and audited. Without the data the tests say so.

use super::real::{accounted, data};
use super::{options, shipped};
use crate::faults::is_full;
use crate::pipeline::{ROUTES, activate, audit, create, score, topics};
use buymode::codec::Codec;
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::invariants;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::ingest::import::{Destination, ImportOptions, Summary, import};
use buymode::log::{RecordRef, Store};
use buymode::runtime::exit::Exit;
use std::time::Duration;

/// Imports into a history that a profile waits in, scores it, and audits; the decisions.
fn score_all(mapping: &str, files: &[String], profile: &str) -> Option<(Summary, Vec<Decision>)> {
    let inputs = data(files)?;
    let (folder, topics) = (tempfile::tempdir().unwrap(), topics());
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    create(&store, &topics, PARTITIONS, ROUTES);
    // Before all of it, as it would be for somebody who has had buymode all along.
    activate(&mut *store.writer("icp").unwrap(), &topics, PARTITIONS, profile, 1, 0);
    let mut codec = Codec::local();
    let destination = Destination { store: &store, codec: &mut codec };
    let options = ImportOptions { sort_bytes_max: 64 << 20, ..options(inputs) };
    let summary = import(Some(destination), &shipped(mapping), &options, &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
    .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(score(&store, &topics, PARTITIONS, Duration::from_secs(60)), Exit::Stopped);
    let findings = audit(&store, &topics);
    assert_eq!(findings.differences, 0, "{:#?}", findings.first);
    let (activations, ticks) = (PARTITIONS as u64, PARTITIONS as u64);
    let written = summary.records.values().sum::<u64>() + activations + ticks;
    assert_eq!((findings.inputs, findings.verdicts.values().sum()), (written, written));
    assert_eq!(findings.dead_letters, 0);
    let mut decisions: Vec<Decision> = Vec::new();
    let mut reader = store.reader().unwrap();
    for (topic, partition) in ROUTES.iter().flat_map(|r| (0..PARTITIONS).map(move |p| (r, p))) {
        let topic = topics.route(topic);
        let marks = reader.watermarks(&topic, partition).unwrap();
        let mut next = marks.low;
        while next < marks.stable {
            let budget = Duration::from_secs(1);
            let mut visit =
                |r: RecordRef<'_>| decisions.push(codec.decode_decision(r.value.unwrap()).unwrap());
            next = reader.read(&topic, partition, next, marks.stable, budget, &mut visit).unwrap();
        }
    }
    assert_eq!(decisions.len() as u64, findings.decisions);
    decisions.sort_by(|a, b| (&a.account, a.sequence).cmp(&(&b.account, b.sequence)));
    invariants::of_decisions(&decisions).unwrap();
    Some((summary, decisions))
}

const PARTITIONS: i32 = 3;

/// Who grows and hires for sales, whatever it is.
const GROWING: &str = "
profile: growing
product: crm
owner: revops
fit: {criteria: [{name: size, weight: 100, when: {employees: {min: 20, max: 500}}}]}
intent:
  enter: 40
  exit: 20
  rules:
    - {name: grows, points: 40, half_life_days: 60, window_days: 120, headcount: {percent: 20, people: 3}}
    - {name: sales, points: 20, half_life_days: 30, window_days: 90, hiring: {actions: [posted], functions: [sales]}}
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

/// Who uses a CRM, by what its job posts say, and looks for somebody to lead sales.
const STACKED: &str = "
profile: stacked
product: crm
owner: revops
fit: {criteria: [{name: crm, weight: 100, when: {technologies: {any_of: [salesforce, hubspot]}}}]}
intent:
  enter: 20
  exit: 10
  rules:
    - {name: sales leader, points: 25, half_life_days: 30, window_days: 120,
       hiring: {functions: [sales], seniorities: [head, director, vice_president, c_level]}}
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

fn entered(decisions: &[Decision]) -> Vec<&Decision> {
    decisions.iter().filter(|d| d.kind == DecisionKind::Entered).collect()
}

#[test]
fn job_posts_tell_who_uses_a_crm_and_wants_to_sell_more() {
    let files = ["ashby/posts.jsonl.gz".to_owned()];
    let Some((summary, decisions)) = score_all("ashby.yaml", &files, STACKED) else { return };
    assert_eq!(accounted(&summary), [4_864, 0, 0]);
    let entered = entered(&decisions);
    assert!(entered.len() > 10, "{}", entered.len());
    for decision in entered {
        // The tool comes from the text of a post, the reason from a post's title.
        assert!(!decision.fit.criteria[0].found.is_empty(), "{decision:?}");
        assert!(decision.headline.contains("posted "), "{}", decision.headline);
    }
}

/// To map all that takes long in a debug build; not twice in every run.
#[test]
fn two_snapshots_of_a_team_tell_who_grows() {
    if !is_full() {
        return;
    }
    let names =
        ["companies-2026-05-06", "jobs-2026-05-06", "companies-2026-07-26", "jobs-2026-07-26"];
    let files = names.map(|name| format!("yc-radar/{name}.csv.gz"));
    let Some((_, decisions)) = score_all("yc-radar.yaml", &files, GROWING) else { return };
    let entered = entered(&decisions);
    let grown = entered.iter().find(|d| d.account.as_str() == "juicebox.ai").unwrap();
    let grown = &grown.headline;
    // 50 people in May, 65 in July.
    assert!(grown.contains("grew by 30 % to 65 people, from 50 on 2026-05-06"), "{grown}");
}
