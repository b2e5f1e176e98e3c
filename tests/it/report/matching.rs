//! Small tables of companies, counted by hand.

use super::{activation, own};
use buymode::analysis::companies::{Companies, Record, fold};
use buymode::analysis::matching::{Matching, Options, Sample, Standing, picture, tally};
use buymode::domain::terms::time::Day;
use buymode::domain::terms::units::MilliPoints;
use buymode::mapping::canonical::{Context, read};
use serde_json::{Value, json};

/// Companies and signals as canonical records.
pub(super) fn companies(records: &[Value]) -> Companies {
    fold(records.iter().map(record).collect(), None)
}

fn record(value: &Value) -> Record {
    let context = Context {
        source: "test",
        observed_at: None,
        file_day: None,
        arrived: None,
        read_at: None,
        baseline: false,
        norms: Box::leak(Box::default()),
    };
    let record = read(value.clone(), &context).unwrap();
    Record { account: record.account, input: record.input, known_at: record.known_at }
}

pub(super) fn company(account: &str, facts: Value) -> Value {
    let mut record = json!({"record": "company", "account": account, "as_of": "2026-01-10"});
    record.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    record
}

fn count(profile: &str, companies: &Companies, market: Option<u64>) -> Matching {
    tally(&activation(own(profile)), companies, Options { market, samples: 3 })
}

fn standings(m: &Matching) -> Vec<(Standing, u64)> {
    let rows = m.standings.iter().filter(|row| row.companies > 0);
    rows.map(|row| (row.standing, row.companies)).collect()
}

fn market() -> Companies {
    let full = json!({"industries": ["software"], "employees": 200, "funding_stage": "series_b",
                      "tools": ["hubspot"], "tags": ["b2b"]});
    let with = |name: &str, value: Value| {
        let mut facts = full.clone();
        facts[name] = value;
        facts
    };
    let without = |name: &str| {
        let mut facts = full.clone();
        facts.as_object_mut().unwrap().remove(name);
        facts
    };
    companies(&[
        company("best.com", full.clone()),
        // 30 + 40 + 10 and half of 20.
        company("unstaged.com", without("funding_stage")),
        // 40 + 20 + 10 reach the gate of 70 exactly.
        company("trader.com", with("industries", json!(["retail"]))),
        // Below the gate, in tier 3: 40 + 20.
        company("poor.com", {
            let mut facts = with("industries", json!(["retail"]));
            facts["dropped_tools"] = json!(["hubspot", "salesforce"]);
            facts.as_object_mut().unwrap().remove("tools");
            facts
        }),
        company("huge.com", with("employees", json!(5_000))),
        company("unsized.com", without("employees")),
        company("closed.com", with("status", json!("closed"))),
        company("casino.com", with("tags", json!(["online-casino"]))),
        company("outsourcer.com", {
            let mut facts = with("industries", json!(["retail"]));
            facts["tags"] = json!(["outsourced-sales"]);
            facts
        }),
        company("small.com", with("employees", json!(20))),
        // Signals of an account that no company record speaks of.
        json!({"record": "funding", "account": "who.com", "occurred_at": "2026-01-02",
               "round": "seed"}),
    ])
}

#[test]
fn every_company_has_one_standing_by_the_core_s_fit() {
    let m = count("segments", &market(), None);
    assert_eq!(m.companies, 10);
    assert_eq!(m.accounts_without_company, 1);
    assert_eq!(
        standings(&m),
        [
            // best, unstaged (90 with half of Series B) and small (in its own segment).
            (Standing::Tier1, 3),
            (Standing::Tier2, 1),
            (Standing::BelowGate, 2),
            // The size is required, and not known.
            (Standing::Might, 1),
            (Standing::No, 1),
            (Standing::Excluded, 2),
        ]
    );
    assert_eq!((m.matches, m.share_percent), (4, 40.0));
    let reasons: Vec<_> =
        m.exclusions.iter().map(|e| (e.reason.as_str(), e.companies, e.would_match)).collect();
    assert_eq!(reasons, [("closed for good", 1, 1), ("the board decided so", 1, 1)]);
}

#[test]
fn a_criterion_that_alone_keeps_companies_out_is_told_with_its_near_misses() {
    let m = count("segments", &market(), None);
    let alone: Vec<_> = m
        .criteria
        .iter()
        .map(|c| (c.label(), c.yes, c.no, c.unknown, c.alone_keeps_out, c.carries))
        .collect();
    let row = |label: &str| alone.iter().find(|row| row.0 == label).unwrap();
    // huge and unsized; best, unstaged and trader would be nothing without their size.
    let size = row("big enough (40, required)");
    assert_eq!((size.1, size.2, size.3, size.4, size.5), (5, 1, 1, 2, 3));
    // poor and outsourcer would pass with the right industry.
    assert_eq!(row("software (30)").4, 2);
    assert_eq!(row("has a CRM (10)").4, 1);
    assert_eq!(row("outsources sales (-20)").4, 1);
    assert_eq!(row("small: big enough (50)").1, 1);
    assert_eq!(m.near_misses, 4);
    let found: Vec<String> = m.near_miss_samples.iter().map(told).collect();
    assert_eq!(
        found,
        [
            "huge.com 60: big enough (no: 5000)",
            "poor.com 60: software (no: retail), has a CRM (no: )",
            "unsized.com 60: big enough (unknown: )",
        ]
    );
}

fn told(sample: &Sample) -> String {
    let lacks = sample.lacks.iter().map(|l| format!("{} ({}: {})", l.criterion, l.answer, l.found));
    format!("{} {}: {}", sample.account, sample.fit, lacks.collect::<Vec<_>>().join(", "))
}

#[test]
fn unknowns_count_companies_by_attribute() {
    let m = count("segments", &market(), None);
    let unknowns: Vec<_> = m.unknowns.iter().map(|u| (u.attribute.as_str(), u.companies)).collect();
    assert_eq!(unknowns, [("employees", 1), ("funding_stage", 1)]);
}

#[test]
fn the_market_is_the_denominator_and_the_verdict_follows_from_it() {
    let table = market();
    let tight = count("segments", &table, Some(2_000));
    assert_eq!(tight.share_percent, 0.2);
    assert!(tight.verdict[0].contains("4 companies match, 0.2 %"), "{:?}", tight.verdict);
    assert!(tight.verdict[0].contains("short enough to work by name"), "{:?}", tight.verdict);
    assert!(!tight.verdict.iter().any(|line| line.contains("--market")), "{:?}", tight.verdict);
    let whole = count("segments", &table, None);
    assert!(whole.verdict.iter().any(|line| line.contains("--market")), "{:?}", whole.verdict);
    let wide = count("segments", &table, Some(9));
    assert!(wide.verdict[0].contains("not selective enough"), "{:?}", wide.verdict);
}

#[test]
fn signals_move_the_company_up_to_the_day_that_is_asked_for() {
    let facts = json!({"industries": ["software"], "employees": 200, "funding_stage": "seed",
                       "tools": ["hubspot"]});
    let records = [
        company("acme.com", facts),
        json!({"record": "funding", "account": "acme.com", "occurred_at": "2026-03-01",
               "round": "Series B", "amount": 30_000_000}),
        json!({"record": "headcount", "account": "acme.com", "occurred_at": "2026-04-01",
               "total": 900}),
    ];
    let on = |day: &str| {
        let day = Day::from_date(day.parse().unwrap());
        let companies = fold(records.iter().map(record).collect(), Some(day));
        standings(&count("segments", &companies, None))
    };
    assert_eq!(on("2026-02-01"), [(Standing::Tier2, 1)]);
    assert_eq!(on("2026-03-01"), [(Standing::Tier1, 1)]);
    assert_eq!(on("2026-04-01"), [(Standing::No, 1)]);
    // Evidence beyond the horizon leaves its facts behind.
    assert_eq!(on("2029-01-01"), [(Standing::No, 1)]);
    assert_eq!(on("2025-01-01"), []);
}

#[test]
fn in_an_additive_profile_whoever_can_reach_the_line_matches() {
    let table = companies(&[
        // 45 and 35 of signals.
        company(
            "all.com",
            json!({"industries": ["software"], "employees": 99, "tools": ["hubspot"]}),
        ),
        // 15 and 35 reach 50.
        company(
            "sized.com",
            json!({"industries": ["retail"], "employees": 99,
                                    "dropped_tools": ["hubspot", "salesforce"]}),
        ),
        // 10 and 35 do not.
        company(
            "stacked.com",
            json!({"industries": ["retail"], "employees": 9, "tools": ["hubspot"]}),
        ),
        // 0, or 15 and 10 if it were known.
        company("dark.com", json!({"industries": ["retail"]})),
    ]);
    let m = count("additive", &table, None);
    assert_eq!(
        standings(&m),
        [(Standing::Tier1, 1), (Standing::NoTier, 1), (Standing::Might, 1), (Standing::No, 1)]
    );
    assert_eq!(m.matches, 2);
}

#[test]
fn a_criterion_that_nobody_meets_tells_what_the_companies_say() {
    let table = companies(&[
        company("a.com", json!({"industries": ["b2b-software"], "employees": 99})),
        company("b.com", json!({"industries": ["b2b-software"], "employees": 99})),
        company("c.com", json!({"industries": ["retail"], "employees": 99})),
    ]);
    let m = count("segments", &table, None);
    let said = m.verdict.iter().find(|line| line.contains("no company meets")).unwrap();
    assert!(
        said.contains("\"software\"") && said.contains("b2b-software (2), retail (1)"),
        "{said}"
    );
}

#[test]
fn samples_are_the_best_first() {
    let m = count("segments", &market(), None);
    let best = m.standings.iter().find(|row| row.standing == Standing::Tier1).unwrap();
    let fits: Vec<_> = best.samples.iter().map(|s| (s.account.as_str(), s.fit)).collect();
    let points = MilliPoints::points;
    assert_eq!(
        fits,
        [("best.com", points(100)), ("small.com", points(100)), ("unstaged.com", points(90))]
    );
}

#[test]
fn the_picture_is_well_formed_whatever_names_hold() {
    let mut m = count("segments", &market(), None);
    m.criteria[0].name = "<b>big</b> & \"enough\"\u{1}".into();
    let text = picture::svg(&m);
    let mut content = String::new();
    let mut tags = 0;
    for event in svg::read(&text).unwrap() {
        match event {
            svg::parser::Event::Tag(..) => tags += 1,
            svg::parser::Event::Text(text) => content += text,
            svg::parser::Event::Error(error) => panic!("{error}"),
            _ => {}
        }
    }
    assert!(tags > 40, "{tags}");
    assert!(content.contains("&lt;b&gt;big&lt;/b&gt; &amp;"), "{content}");
    assert!(!text.contains('\u{1}') && !text.contains("<b>"));
    assert!(content.contains("tier 1") && content.contains("10 companies on 2026-01-10"));
}
