//! Logs for the laws: one account's records as proptest makes them up. Few companies, tools and
//! dates, so that records meet: duplicates, corrections, plans, conjunctions.

use crate::fold::{Entry, Record, activation, compile};
use buymode::domain::Text;
use buymode::domain::account::input::{
    Broadcast, Input, Retraction, SalesOutcome, SuppressionChange,
};
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{
    Engagement, Event, Funding, Headcount, Hiring, News, Signal, Technology,
};
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::score::news::MarketEvent;
use buymode::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, NoticeChange,
    OutcomeKind, SuppressionList, TechnologyAction,
};
use buymode::domain::terms::time::{DAY_MS, Day, Occurred, Precision, Timestamp};
use buymode::domain::terms::titles::classify;
use buymode::domain::terms::units::BasisPoints;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

pub(super) const BEGIN: Day = Day(20_454);

pub(super) static PROFILES: LazyLock<Vec<Arc<CompiledProfile>>> = LazyLock::new(|| {
    let gate = include_str!("../fold/profiles/gate.yaml");
    let strict = gate.replace("enter: 50", "enter: 70").replace("max_days: 120", "max_days: 20");
    let strict = format!("{strict}\nexperiment: {{hold_out_percent: 50}}\n");
    let texts = [
        gate,
        &strict,
        include_str!("../fold/profiles/additive.yaml"),
        include_str!("../fold/profiles/second-product.yaml"),
    ];
    texts.into_iter().map(|text| Arc::new(compile(text))).collect()
});

/// What a record is to say; ids and times come when the log is put together.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    Signal(Said),
    Company(Vec<(Attribute, Value)>, Option<u32>, bool),
    /// Of the signal so many signals ago.
    Retract(usize),
    Suppress(SuppressionList, bool, Option<i32>),
    Outcome(OutcomeKind, Option<&'static str>, Option<i32>),
    Activate(usize),
    Market(NewsKind, &'static str, i32),
    RetractMarket,
}

#[derive(Clone, Debug)]
pub(super) struct Said {
    pub event: Event,
    /// Days before the log's time; negative is to come.
    pub ago: i32,
    pub precision: Precision,
    pub confidence: i64,
    pub planned: bool,
    pub baseline: bool,
    pub supersedes: Option<usize>,
    /// Told again under the id of the signal so many signals ago.
    pub retells: Option<usize>,
    /// Days before the log's time when the source last changed it.
    pub observed: i32,
    pub source: &'static str,
}

pub(super) fn events() -> impl Strategy<Value = Event> {
    let stages = prop_oneof![
        4 => Just(None),
        4 => Just(Some(FundingStage::SeriesA)),
        4 => Just(Some(FundingStage::SeriesB)),
        1 => Just(Some(FundingStage::PeBacked)),
    ];
    let amounts =
        select(vec![None, Some(2_000_000), Some(20_000_000), Some(21_000_000), Some(40_000_000)]);
    let instruments = prop_oneof![
        9 => Just(Instrument::Equity),
        4 => Just(Instrument::Debt),
        1 => Just(Instrument::Extension),
        1 => Just(Instrument::Other),
    ];
    let funding = (stages, amounts, instruments).prop_map(|(stage, amount_usd, instrument)| {
        Event::Funding(Funding { stage, instrument, amount_usd, lead_investor: None })
    });
    let actions = select(vec![HiringAction::Posted, HiringAction::Hired, HiringAction::Closed]);
    let titles =
        select(vec!["Head of Sales", "Account Executive", "SDR", "VP Marketing", "Engineer"]);
    let firsts = select(vec![None, Some(true), Some(false)]);
    let hiring = (actions, titles, firsts, 0..8).prop_map(|(action, title, first, agency)| {
        let (function, seniority) = classify(title);
        Event::Hiring(Hiring {
            action,
            title: title.into(),
            function,
            seniority,
            place: None,
            posting: None,
            agency: agency == 0,
            first_in_function: first,
        })
    });
    let counts = select(vec![None, Some(40), Some(60), Some(100), Some(130)]);
    let sales = select(vec![None, Some(10), Some(14), Some(9)]);
    let headcount = (counts, sales).prop_map(|(total, sales)| {
        let departments = sales.into_iter().map(|n| (Function::Sales, n)).collect();
        Event::Headcount(Headcount { total, departments, growth: None })
    });
    let tools = select(vec!["hubspot", "salesforce"]);
    let uses =
        select(vec![TechnologyAction::Adopted, TechnologyAction::Dropped, TechnologyAction::InUse]);
    let technology = (tools, uses).prop_map(|(tool, action)| {
        Event::Technology(Technology { tool: tool.parse().unwrap(), action, category: None })
    });
    let kinds = select(vec![NewsKind::Layoffs, NewsKind::Expansion, NewsKind::Bankruptcy]);
    let places = select(vec![None, Some("Oakland, CA"), Some("Fresno")]);
    let changes =
        select(vec![None, None, None, Some(NoticeChange::Amended), Some(NoticeChange::Rescinded)]);
    let news = (kinds, places, changes, 1..90_u32).prop_map(|(news, place, change, people)| {
        let (place, people) = (place.map(Text::new), Some(people));
        Event::News(News { news, place, change, people, ..News::default() })
    });
    let asked = select(vec![
        EngagementKind::DemoRequest,
        EngagementKind::PricingPage,
        EngagementKind::WebsiteVisit,
    ]);
    let engagement = asked.prop_map(|engagement| {
        Event::Engagement(Engagement { engagement, contact: None, topic: None })
    });
    prop_oneof![4 => funding, 5 => hiring, 2 => headcount, 3 => technology, 3 => news, 3 => engagement]
}

pub(super) fn said() -> impl Strategy<Value = Said> {
    let ago = prop_oneof![9 => 0..6_i32, 2 => 6..40_i32, 1 => -40..0_i32, 1 => 40..395_i32];
    let precision = prop_oneof![
        7 => Just(Precision::Day),
        3 => Just(Precision::Month),
        1 => Just(Precision::Unknown),
    ];
    let rare = |one_in: u32| (0..one_in).prop_map(|n| n == 0);
    let supersedes = prop_oneof![19 => Just(None), 1 => (0..4_usize).prop_map(Some)];
    let retells = prop_oneof![6 => Just(None), 1 => (0..3_usize).prop_map(Some)];
    let observed = prop_oneof![2 => Just(0), 1 => 0..4_i32];
    let source = select(vec!["one", "two"]);
    (
        events(),
        ago,
        precision,
        select(vec![10_000, 10_000, 9_000, 4_000]),
        rare(12),
        rare(12),
        (supersedes, retells, observed),
        source,
    )
        .prop_map(|(event, ago, precision, confidence, planned, baseline, again, source)| {
            Said {
                event,
                ago,
                precision,
                confidence,
                planned,
                baseline,
                supersedes: again.0,
                retells: again.1,
                observed: again.2,
                source,
            }
        })
}

fn companies() -> impl Strategy<Value = Draft> {
    let employees = select(vec![None, None, Some(30), Some(60), Some(200), Some(300), Some(2_000)]);
    let industry = select(vec![None, Some("saas"), Some("saas"), Some("fintech"), Some("crm")]);
    let founded = select(vec![None, Some(2005), Some(2014), Some(2022)]);
    let lifecycle = select(vec![None, None, None, None, None, Some("customer"), Some("lead")]);
    let stages = [FundingStage::Seed, FundingStage::SeriesB, FundingStage::Public];
    let stage = select([None, None].into_iter().chain(stages.map(Some)).collect::<Vec<_>>());
    let marketing = select(vec![None, Some(0), Some(3)]);
    (employees, industry, founded, stage, lifecycle, marketing, 0..6).prop_map(
        |(employees, industry, founded, stage, lifecycle, marketing, baseline)| {
            let said = |attribute, text| (attribute, Value::said(attribute, [text]).unwrap());
            let mut facts = Vec::new();
            facts.extend(employees.map(|n| (Attribute::Employees, Value::number(n))));
            facts.extend(industry.map(|i| said(Attribute::Industry, i)));
            facts.extend(founded.map(|y| (Attribute::FoundedYear, Value::number(y))));
            facts.extend(stage.map(|s| (Attribute::FundingStage, Value::Stage(s))));
            facts.extend(lifecycle.map(|l| said(Attribute::Lifecycle, l)));
            Draft::Company(facts, marketing, baseline == 0)
        },
    )
}

fn drafts() -> impl Strategy<Value = Draft> {
    let lists = select(vec![
        SuppressionList::DoNotContact,
        SuppressionList::Customer,
        SuppressionList::OpenOpportunity,
    ]);
    let until = prop_oneof![1 => Just(None), 4 => (1..60_i32).prop_map(Some)];
    let outcomes = select(vec![
        OutcomeKind::Enrolled,
        OutcomeKind::Meeting,
        OutcomeKind::Opportunity,
        OutcomeKind::Won,
        OutcomeKind::Lost,
        OutcomeKind::Rejected,
        OutcomeKind::Churned,
        OutcomeKind::Accepted,
        OutcomeKind::Snoozed,
        OutcomeKind::Reopened,
    ]);
    let snoozes = prop_oneof![1 => Just(None), 4 => (1..60_i32).prop_map(Some)];
    let reasons = select(vec![None, Some("timing"), Some("price")]);
    let market = select(vec![NewsKind::Regulation, NewsKind::Layoffs]);
    let industry = select(vec!["saas", "fintech"]);
    prop_oneof![
        36 => said().prop_map(Draft::Signal),
        3 => companies(),
        3 => (0..5_usize).prop_map(Draft::Retract),
        1 => (lists, any::<bool>(), until).prop_map(|(list, on, until)| Draft::Suppress(list, on, until)),
        3 => (outcomes, reasons, snoozes).prop_map(|(outcome, reason, until)| Draft::Outcome(outcome, reason, until)),
        3 => (0..4_usize).prop_map(Draft::Activate),
        2 => (market, industry, -20..30_i32).prop_map(|(n, i, ago)| Draft::Market(n, i, ago)),
        1 => Just(Draft::RetractMarket),
    ]
}

/// Days and milliseconds since the record before.
fn gaps() -> impl Strategy<Value = i64> {
    let days = prop_oneof![6 => 0..2_i64, 4 => 0..12_i64, 1 => 12..60_i64, 1 => 60..250_i64];
    let within = select(vec![0, 1, 3_600_000, DAY_MS / 2]);
    (days, within).prop_map(|(days, within)| days * DAY_MS + within)
}

/// A log that begins with a profile and a company, mostly.
pub(super) fn logs() -> impl Strategy<Value = Vec<Record>> {
    let known = companies().prop_map(|company| vec![(0, Draft::Activate(0)), (0, company)]);
    let fitting = (0..3_usize).prop_map(|profile| {
        let saas = Value::said(Attribute::Industry, ["saas"]).unwrap();
        let facts = vec![(Attribute::Employees, Value::number(200)), (Attribute::Industry, saas)];
        vec![(0, Draft::Activate(profile)), (0, Draft::Company(facts, Some(0), false))]
    });
    let begin = prop_oneof![8 => fitting, 2 => known, 1 => Just(vec![(0, Draft::Activate(0))]), 1 => Just(vec![])];
    let rest = prop::collection::vec((gaps(), drafts()), 1..25);
    (begin, rest).prop_map(|(mut all, rest)| {
        all.extend(rest);
        put_together(&all)
    })
}

/// Without what the order of reports says: none replaces another, and what is told again came in a
/// first dump, or did not, as before.
pub(super) fn in_any_order(reports: &[&Said]) -> Vec<Record> {
    let retold = reports.iter().any(|r| r.retells.is_some());
    let drafts = reports.iter().map(|&r| {
        let baseline = r.baseline && !retold;
        (0, Draft::Signal(Said { supersedes: None, baseline, ..r.clone() }))
    });
    put_together(&drafts.collect::<Vec<_>>())
}

pub(super) fn put_together(drafts: &[(i64, Draft)]) -> Vec<Record> {
    let mut time = BEGIN.start();
    let mut signals: Vec<Uuid> = Vec::new();
    let mut markets: Vec<Uuid> = Vec::new();
    let mut log = Vec::new();
    for (at, (gap, draft)) in drafts.iter().enumerate() {
        time = Timestamp(time.0 + gap);
        let id = Uuid::from_u128(0xabc_0000 + at as u128);
        let ago = |ids: &[Uuid], back: usize| ids.iter().rev().nth(back).copied();
        let entry = match draft.clone() {
            Draft::Signal(said) => {
                let supersedes = said.supersedes.and_then(|back| ago(&signals, back));
                let known = said.retells.and_then(|back| ago(&signals, back));
                let id = known.unwrap_or(id);
                // Known limit: what turns out to lie before the horizon while it is elsewhere.
                let most = if known.is_some() { 360 } else { i32::MAX };
                let said = Said { ago: said.ago.min(most), ..said };
                signals.push(id);
                Entry::Input(Input::Signal(signal(id, time, &said, supersedes)))
            }
            Draft::Company(facts, marketing, baseline) => {
                Entry::Input(Input::Company(company(id, time, facts, marketing, baseline)))
            }
            Draft::Retract(back) => Entry::Input(Input::Retraction(Retraction {
                id,
                retracts: ago(&signals, back).unwrap_or(Uuid::from_u128(7)),
                source: "one".into(),
                reason: None,
            })),
            Draft::Suppress(list, active, until) => {
                Entry::Input(Input::Suppression(SuppressionChange {
                    id,
                    source: "crm".into(),
                    list,
                    active,
                    reason: None,
                    owner: None,
                    until: until.map(|days| time.day().plus(days)),
                    stated_on: None,
                }))
            }
            Draft::Outcome(outcome, reason, until) => Entry::Input(Input::Outcome(SalesOutcome {
                contact: None,
                id,
                source: "crm".into(),
                product: None,
                outcome,
                occurred: Occurred { day: time.day(), precision: Precision::Day },
                reason: reason.map(Text::new),
                amount_usd: None,
                opportunity_id: None,
                lead_source: None,
                until: until.map(|days| time.day().plus(days)),
            })),
            Draft::Activate(profile) => {
                Entry::Broadcast(activation(at as u64 + 1, &PROFILES[profile]))
            }
            Draft::Market(news, industry, back) => {
                markets.push(id);
                Entry::Broadcast(Broadcast::Market(MarketEvent {
                    id,
                    source: "press".into(),
                    occurred: Occurred { day: time.day().plus(-back), precision: Precision::Day },
                    confidence: BasisPoints::FULL,
                    evidence_url: None,
                    news: News { news, ..News::default() },
                    industries: vec![industry.parse().unwrap()],
                    regions: Vec::new(),
                }))
            }
            Draft::RetractMarket => Entry::Broadcast(Broadcast::MarketRetraction(
                ago(&markets, 0).unwrap_or(Uuid::from_u128(8)),
            )),
        };
        log.push(Record { offset: at as i64 * 1_000, time, entry });
    }
    log
}

pub(super) fn signal(id: Uuid, time: Timestamp, said: &Said, supersedes: Option<Uuid>) -> Signal {
    let at = time.day().plus(-said.ago).start();
    let observed_at = Timestamp(time.0 - i64::from(said.observed) * DAY_MS);
    Signal {
        id,
        source: said.source.into(),
        occurred: Occurred::new(Some(at), said.precision, observed_at),
        observed_at,
        confidence: BasisPoints::new(said.confidence).unwrap(),
        evidence_url: None,
        planned: said.planned,
        baseline: said.baseline,
        supersedes,
        event: said.event.clone(),
    }
}

fn company(
    id: Uuid,
    as_of: Timestamp,
    facts: Vec<(Attribute, Value)>,
    marketing: Option<u32>,
    baseline: bool,
) -> CompanyUpdate {
    CompanyUpdate {
        id,
        source: "crm".into(),
        as_of,
        baseline,
        facts,
        tools: Vec::new(),
        tools_complete: false,
        departments: marketing.into_iter().map(|n| (Function::Marketing, n)).collect(),
        departments_complete: marketing.is_some(),
    }
}
