//! What a record costs: nanoseconds and bytes, for the hot paths of the scorer. Prints a table.
//!
//! `cargo bench --bench codec`
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use buymode::codec::{Codec, Decoded};
use buymode::domain::Text;
use buymode::domain::account::input::Input;
use buymode::domain::account::state::AccountState;
use buymode::domain::evidence::company::{Attribute, Company, Fact, ToolFact, Value};
use buymode::domain::evidence::event::Evidence;
use buymode::domain::evidence::report::Report;
use buymode::domain::evidence::signal::{Event, Funding, Hiring, Signal, SignalId, Technology};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{
    Function, FundingStage, HiringAction, Instrument, Kind, Seniority, TechnologyAction,
};
use buymode::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use std::hint::black_box;
use std::time::Instant;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn main() {
    println!("{:<44} {:>7} {:>9}", "", "bytes", "ns");
    let account = AccountKey::parse("acme-analytics.com").unwrap();
    for (name, event) in events() {
        inputs(&name.to_string(), &account, event);
    }
    for (name, state) in states() {
        states_of(name, &state);
    }
}

fn inputs(name: &str, account: &AccountKey, event: Event) {
    let mut codec = Codec::local();
    let input = Input::Signal(signal(event));
    let mut bytes = Vec::new();
    codec.encode_input("t", account, &input, &mut bytes).unwrap();
    let key = account.as_str().as_bytes();
    let decode = nanoseconds(|| {
        let decoded = codec.decode_input(Some(key), Some(black_box(&bytes))).unwrap();
        assert!(matches!(black_box(decoded), Decoded::Account { .. }));
    });
    row(&format!("decode input: {name}"), bytes.len(), decode);
    let mut out = Vec::new();
    let encode = nanoseconds(|| {
        out.clear();
        codec.encode_input("t", account, black_box(&input), &mut out).unwrap();
        black_box(&out);
    });
    row(&format!("encode input: {name}"), bytes.len(), encode);
}

fn states_of(name: &str, state: &AccountState) {
    let mut codec = Codec::local();
    let mut bytes = Vec::new();
    codec.encode_state("t", state, &mut bytes).unwrap();
    assert_eq!(codec.decode_state(&bytes).unwrap(), *state);
    let decode = nanoseconds(|| {
        black_box(codec.decode_state(black_box(&bytes)).unwrap());
    });
    row(&format!("decode state: {name}"), bytes.len(), decode);
    let mut out = Vec::new();
    let encode = nanoseconds(|| {
        out.clear();
        codec.encode_state("t", black_box(state), &mut out).unwrap();
        black_box(&out);
    });
    row(&format!("encode state: {name}"), bytes.len(), encode);
    let weigh = nanoseconds(|| {
        black_box(black_box(state).bytes());
    });
    row(&format!("weigh state: {name}"), state.bytes(), weigh);
}

fn row(name: &str, bytes: usize, ns: f64) {
    println!("{name:<44} {bytes:>7} {ns:>9.0}");
}

/// The best of five runs, in time on the processor: what else the machine does counts less.
fn nanoseconds(mut run: impl FnMut()) -> f64 {
    const TIMES: u32 = 100_000;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = (Instant::now(), on_processor());
        (0..TIMES).for_each(|_| run());
        let elapsed = match (start.1, on_processor()) {
            (Some(before), Some(after)) => after - before,
            _ => start.0.elapsed().as_nanos() as f64,
        };
        best = best.min(elapsed / f64::from(TIMES));
    }
    best
}

/// Nanoseconds this thread has run; only Linux says.
fn on_processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

fn signal(event: Event) -> Signal {
    Signal {
        id: SignalId::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0),
        source: Text::from("crunchbase"),
        occurred: Occurred { day: NOW.day(), precision: Precision::Day },
        observed_at: NOW,
        confidence: BasisPoints::new(9_000).unwrap(),
        evidence_url: Some(Text::from("https://news.example.com/acme-raises-25m-series-b")),
        planned: false,
        baseline: false,
        supersedes: None,
        event,
    }
}

fn events() -> Vec<(Kind, Event)> {
    let funding = Funding {
        stage: Some(FundingStage::SeriesB),
        instrument: Instrument::Equity,
        amount_usd: Some(25_000_000),
        lead_investor: Some(Text::from("Sequoia Capital")),
    };
    let hiring = Hiring {
        action: HiringAction::Posted,
        title: Text::from("Head of Growth"),
        function: Function::Growth,
        seniority: Seniority::Head,
        place: Some(Text::from("London, UK")),
        posting: None,
        agency: false,
        first_in_function: None,
    };
    let technology = Technology {
        tool: "salesforce".parse().expect("a term"),
        action: TechnologyAction::Adopted,
        category: "crm".parse().ok(),
    };
    vec![
        (Kind::Funding, Event::Funding(funding)),
        (Kind::Hiring, Event::Hiring(hiring)),
        (Kind::Technology, Event::Technology(technology)),
    ]
}

/// A company of eleven facts, alone, and with one to thirty pieces of evidence.
fn states() -> Vec<(&'static str, AccountState)> {
    let mut bare = AccountState::new(1_000, NOW.day());
    bare.offset = 12_345_678;
    bare.company = company();
    let with = |pieces: u128| {
        let mut state = bare.clone();
        state.evidence = (0..pieces).map(evidence).collect();
        state.evidence.sort_by_key(|e| (e.filed(), e.id()));
        state
    };
    let (one, three, many) = (with(1), with(3), with(30));
    vec![
        ("company", bare),
        ("company, 1 piece of evidence", one),
        ("company, 3 pieces of evidence", three),
        ("company, 30 pieces of evidence", many),
    ]
}

fn evidence(n: u128) -> Evidence {
    let all = events();
    let event = all[n as usize % all.len()].1.clone();
    let mut report = Report::of(&signal(event), NOW);
    report.id = SignalId::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888 * (n + 1));
    report.occurred.day = Day(NOW.day().0 - n as i32);
    report.url = None;
    Evidence::new(report)
}

fn company() -> Company {
    let as_of = Timestamp(1_789_000_000_000);
    let said = |attribute, text: &str| (attribute, Value::said(attribute, [text]).expect("a text"));
    let facts = vec![
        said(Attribute::Name, "Acme Analytics"),
        (
            Attribute::Industry,
            Value::said(Attribute::Industry, ["fintech", "saas"]).expect("terms"),
        ),
        (Attribute::Employees, Value::number(240)),
        said(Attribute::Country, "us"),
        said(Attribute::Region, "north-america"),
        (Attribute::FoundedYear, Value::number(2_014)),
        (Attribute::FundingStage, Value::Stage(FundingStage::SeriesB)),
        said(Attribute::Owner, "kim"),
    ];
    let facts = facts.into_iter().map(|(attribute, value)| Fact {
        attribute,
        value,
        as_of,
        source: "crm".into(),
    });
    let tools = ["hubspot", "salesforce"];
    Company {
        facts: facts.collect(),
        tools: tools
            .map(|tool| ToolFact {
                tool: tool.parse().expect("a term"),
                in_use: true,
                as_of,
                source: "crm".into(),
            })
            .to_vec(),
        version: 1,
        ..Company::default()
    }
}
