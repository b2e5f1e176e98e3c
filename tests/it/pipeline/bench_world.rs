//! A small world to run the pipeline in: a profile, topics, inputs, a worker that can be stopped.

use buymode::codec::Codec;
use buymode::domain::account::input::{Activation, Broadcast, Input};
use buymode::domain::account::records::{Tick, TickReason};
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{Event, Funding, Hiring, Signal};
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{
    Function, FundingStage, HiringAction, Instrument, Seniority,
};
use buymode::domain::terms::time::{DAY_MS, Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use buymode::engine::audit::Findings;
use buymode::engine::scorer::{Clock, Scorer};
use buymode::engine::tally::NoLedger;
use buymode::engine::topics::Topics;
use buymode::engine::view::Views;
use buymode::log::{Output, SessionSpec, Store, Writer};
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::Silent;
use buymode::runtime::worker::{Limits, run};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(crate) const PROFILE: &str = "
profile: b2b-saas
product: crm
owner: revops
fit:
  criteria:
    - {name: size, weight: 60, when: {employees: {min: 50, max: 500}}}
    - {name: industry, weight: 40, when: {industry: saas}}
intent:
  enter: 50
  exit: 20
  rules:
    - {name: round, points: 40, hold_days: 5, half_life_days: 20, window_days: 120, funding: {}}
    - {name: sales, points: 25, hold_days: 5, half_life_days: 10, window_days: 60, hiring: {functions: [sales]}}
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

pub(crate) fn profile(text: &str) -> Arc<CompiledProfile> {
    Arc::new(CompiledProfile::read(text).unwrap())
}

pub(crate) fn topics() -> Topics {
    Topics::with_prefix("")
}

pub(crate) fn create(store: &dyn Store, topics: &Topics, partitions: i32, routes: &[&str]) {
    let routes: BTreeSet<_> = routes.iter().map(|r| (*r).into()).collect();
    store.create_topics(&topics.specs(partitions, true, &routes)).unwrap();
}

pub(crate) const ROUTES: &[&str] = &["ae", "nurture", "enrich", "owner", "digest", "hold-out"];

/// 2012-01-01.
pub(crate) const START: i64 = 15_340 * DAY_MS;

pub(crate) fn account(n: u32) -> AccountKey {
    AccountKey::parse(&format!("company{n}.com")).unwrap()
}

pub(crate) fn company(n: u32, day: i64) -> Input {
    let employees = 20 + u64::from(n % 40) * 10;
    let industry = if n.is_multiple_of(3) { "retail" } else { "saas" };
    Input::Company(CompanyUpdate {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("company {n}").as_bytes()),
        source: "test".into(),
        as_of: Timestamp(START + day * DAY_MS),
        baseline: false,
        facts: vec![
            (Attribute::Name, Value::Names(vec![format!("Company {n}").into()])),
            (Attribute::Industry, Value::said(Attribute::Industry, [industry]).unwrap()),
            (Attribute::Employees, Value::number(employees)),
        ],
        tools: vec![],
        tools_complete: false,
        departments: vec![],
        departments_complete: false,
    })
}

pub(crate) fn signal(n: u32, i: u32, day: i64) -> Input {
    let event = if i.is_multiple_of(2) {
        Event::Funding(Funding {
            stage: Some(FundingStage::SeriesA),
            instrument: Instrument::Equity,
            amount_usd: Some(1_000_000 * u64::from(i + 1)),
            lead_investor: None,
        })
    } else {
        Event::Hiring(Hiring {
            action: HiringAction::Posted,
            title: format!("Account Executive {}", i % 7).into(),
            function: Function::Sales,
            seniority: Seniority::Individual,
            place: None,
            posting: None,
            agency: false,
            first_in_function: None,
        })
    };
    let at = Timestamp(START + day * DAY_MS);
    Input::Signal(Signal {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("signal {n} {i}").as_bytes()),
        source: "test".into(),
        occurred: Occurred::new(Some(at), Precision::Day, at),
        observed_at: at,
        confidence: BasisPoints::FULL,
        evidence_url: None,
        planned: false,
        baseline: false,
        supersedes: None,
        event,
    })
}

/// Publishes a profile into every partition.
pub(crate) fn activate(
    writer: &mut dyn Writer,
    topics: &Topics,
    partitions: i32,
    text: &str,
    number: u64,
    day: i64,
) {
    let activation = Activation {
        number,
        profile: profile(text),
        rules_version: buymode::domain::RULES_VERSION,
        published_by: None,
        note: None,
    };
    let mut bytes = Vec::new();
    let activation = Broadcast::Activation(activation);
    Codec::local().encode_broadcast(&topics.inputs, &activation, &mut bytes).unwrap();
    writer.begin().unwrap();
    for partition in 0..partitions {
        writer
            .send(&Output {
                topic: &topics.inputs,
                partition: Some(partition),
                key: None,
                value: Some(&bytes),
                timestamp_ms: Some(START + day * DAY_MS),
                ..Output::default()
            })
            .unwrap();
    }
    writer.commit(&[]).unwrap();
}

/// Writes inputs in one transaction, each with its day.
pub(crate) fn write(writer: &mut dyn Writer, topics: &Topics, inputs: &[(AccountKey, Input, i64)]) {
    let mut codec = Codec::local();
    writer.begin().unwrap();
    for (account, input, day) in inputs {
        let mut bytes = Vec::new();
        codec.encode_input(&topics.inputs, account, input, &mut bytes).unwrap();
        writer
            .send(&Output {
                topic: &topics.inputs,
                partition: None,
                key: Some(account.as_str().as_bytes()),
                value: Some(&bytes),
                timestamp_ms: Some(START + day * DAY_MS),
                ..Output::default()
            })
            .unwrap();
    }
    writer.commit(&[]).unwrap();
}

/// Lets every partition do what is due on a day.
pub(crate) fn tick(writer: &mut dyn Writer, topics: &Topics, partitions: i32, day: i64) {
    let mut tick = Vec::new();
    let due = Tick { reason: TickReason::Due };
    Codec::local().encode_tick(&topics.inputs, due, &mut tick).unwrap();
    writer.begin().unwrap();
    for partition in 0..partitions {
        let (topic, value) = (&*topics.inputs, Some(&*tick));
        let (partition, timestamp_ms) = (Some(partition), Some(START + day * DAY_MS));
        let output = Output { topic, partition, value, timestamp_ms, ..Output::default() };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();
}

/// Scores until everything written so far is consumed, or `most` time has passed.
pub(crate) fn score(store: &dyn Store, topics: &Topics, partitions: i32, most: Duration) -> Exit {
    let views = Views::default();
    let mut scorer = Scorer::new(
        topics.clone(),
        Codec::local(),
        Clock::History,
        partitions,
        views.clone(),
        Arc::new(NoLedger),
    );
    let stop = AtomicBool::new(false);
    let spec = SessionSpec {
        group: format!("{}-score", topics.inputs),
        transactional_id: format!("{}-score-0", topics.inputs),
        topics: vec![topics.inputs.clone()],
    };
    std::thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            let began = Instant::now();
            while began.elapsed() < most && !is_done(store, topics, partitions, &views) {
                std::thread::sleep(Duration::from_millis(20));
            }
            stop.store(true, Ordering::Relaxed);
        });
        run(store, &spec, &mut scorer, Limits::default(), Arc::new(Silent), stop)
    })
}

fn is_done(store: &dyn Store, topics: &Topics, partitions: i32, views: &Views) -> bool {
    let mut reader = store.reader().unwrap();
    let reached = |p: i32| views.get(p).map_or(-1, |view| view.common().next_offset);
    (0..partitions).all(|p| {
        let end = reader.watermarks(&topics.inputs, p).unwrap().high;
        // Control records of a real log count as offsets too: close to the end is the end.
        reached(p) >= end - 1
            && (reached(p) == end || end == 0 || ends_with_marker(store, topics, p, reached(p)))
    })
}

fn ends_with_marker(store: &dyn Store, topics: &Topics, partition: i32, from: i64) -> bool {
    let mut reader = store.reader().unwrap();
    let to = reader.watermarks(&topics.inputs, partition).unwrap().stable;
    let mut records = 0;
    reader
        .read(&topics.inputs, partition, from, to, Duration::from_millis(200), &mut |_| {
            records += 1
        })
        .unwrap();
    records == 0
}

pub(crate) fn audit(store: &dyn Store, topics: &Topics) -> Findings {
    let (topics, codec) = (topics.clone(), Codec::local());
    buymode::admin::audit::audit(store, topics, codec, 5, &mut |_| ()).unwrap()
}
