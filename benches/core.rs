//! Signals a second through the pure core, on one thread: `cargo bench --bench core`.
//!
//! Companies that are known, a profile of six criteria and eight rules, four hundred days of signals of
//! all kinds: 10 for each of 10,000 companies, then 2, 50 and 250 for each of more or fewer of them
//! (`cargo bench --bench core -- 50` for these alone). Prints the rate, the decisions and how much
//! evidence there is in the end: some signals report what is known, or are past the horizon by then.

use buymode::domain::RULES_VERSION;
use buymode::domain::account::input::{Activation, Broadcast, Input, LogPosition};
use buymode::domain::account::state::AccountState;
use buymode::domain::account::step::{step, step_from};
use buymode::domain::account::world::World;
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{
    Engagement, Event, Funding, Headcount, Hiring, News, Signal, Technology,
};
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, TechnologyAction,
};
use buymode::domain::terms::term::Term;
use buymode::domain::terms::time::{DAY_MS, Day, Occurred, Precision, Timestamp};
use buymode::domain::terms::titles::classify;
use buymode::domain::terms::units::BasisPoints;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, LazyLock};
use std::time::Instant;
use uuid::Uuid;

/// Signals for each account.
const EACH: [usize; 4] = [10, 2, 50, 250];
const SIGNALS: usize = 100_000;
const ROUNDS: usize = 8;
const DAYS: i64 = 400;
const BEGIN: Day = Day(20_454);
const PROFILE: &str = include_str!("core.yaml");

/// With the date that a task keeps beside the state.
type Account = (AccountKey, AccountState, Option<Day>);

fn main() {
    let chosen: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    for each in if chosen.is_empty() { EACH.to_vec() } else { chosen } {
        measure(SIGNALS / each.max(1));
    }
}

fn measure(companies: usize) {
    let profile: Profile = serde_saphyr::from_str(PROFILE).expect("the profile reads");
    let profile = CompiledProfile::new(profile).expect("the profile checks");
    let mut world = World::default();
    let activation = Activation {
        number: 1,
        profile: Arc::new(profile),
        rules_version: RULES_VERSION,
        published_by: None,
        note: None,
    };
    world.accept(Broadcast::Activation(activation), 0, BEGIN.start()).expect("rules are known");
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let mut accounts: Vec<Account> =
        (0..companies).map(|n| account(&world, n, &mut chance)).collect();
    let inputs: Vec<(usize, Timestamp, Input)> =
        (0..SIGNALS).map(|n| signal(n, companies, &mut chance)).collect();

    // The first half fills the accounts, the second is measured.
    let (warm, measured) = inputs.split_at(SIGNALS / 2);
    run(&world, &mut accounts, warm, 1);
    let (mut seconds, mut decisions) = (0.0, 0);
    let warmed = accounts.clone();
    for _ in 0..ROUNDS {
        accounts.clone_from(&warmed);
        let begin = clock();
        decisions += run(&world, &mut accounts, measured, SIGNALS);
        seconds += clock() - begin;
    }
    let signals = measured.len() * ROUNDS;
    let evidence: usize = accounts.iter().map(|(_, state, _)| state.evidence.len()).sum();
    println!(
        "{:.0} signals a second on one core ({} signals in {seconds:.3} s, {decisions} decisions, \
         {:.1} pieces of evidence an account)",
        signals as f64 / seconds,
        signals,
        evidence as f64 / companies as f64
    );
}

/// Seconds this thread has computed, where the system tells (a machine may be busy with other
/// things); else seconds that have passed.
fn clock() -> f64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    told.map_or_else(|| BEGIN.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn run(
    world: &World,
    accounts: &mut [Account],
    inputs: &[(usize, Timestamp, Input)],
    first: usize,
) -> usize {
    let mut decisions = 0;
    for (number, (which, time, input)) in inputs.iter().enumerate() {
        let at = LogPosition { partition: 0, offset: (first + number) as i64, time: *time };
        let (key, state, due) = &mut accounts[*which];
        let outcome = step_from(world, key, state, Some(*due), input, at);
        let outcome = std::hint::black_box(outcome);
        *due = outcome.due;
        decisions += outcome.decisions.len();
    }
    decisions
}

fn term(word: &str) -> Term {
    word.parse().expect("a term")
}

fn account(world: &World, number: usize, chance: &mut ChaCha8Rng) -> Account {
    let key = AccountKey::parse(&format!("company-{number}.com")).expect("a domain");
    let mut state = AccountState::new(world.last_offset(), BEGIN);
    let said = |attribute, text: &str| (attribute, Value::said(attribute, [text]).expect("a text"));
    let industry = ["saas", "fintech", "retail", "logistics"][chance.random_range(0..4)];
    let country = ["us", "de", "gb", "fr"][chance.random_range(0..4)];
    let update = CompanyUpdate {
        id: Uuid::from_u128(number as u128),
        source: "crm".into(),
        as_of: BEGIN.start(),
        baseline: false,
        facts: vec![
            said(Attribute::Name, "Company"),
            said(Attribute::Industry, industry),
            (Attribute::Employees, Value::number(chance.random_range(5..1_500))),
            said(Attribute::Country, country),
            (Attribute::FoundedYear, Value::number(chance.random_range(1990..2025))),
            (Attribute::FundingStage, Value::Stage(FundingStage::SeriesA)),
        ],
        tools: vec![(term("salesforce"), true), (term("hubspot"), chance.random_bool(0.2))],
        tools_complete: false,
        departments: vec![(Function::Sales, 10), (Function::Marketing, 2)],
        departments_complete: true,
    };
    let at = LogPosition { partition: 0, offset: 1, time: BEGIN.start() };
    let outcome = step(world, &key, &mut state, &Input::Company(update), at);
    (key, state, outcome.due)
}

fn signal(number: usize, companies: usize, chance: &mut ChaCha8Rng) -> (usize, Timestamp, Input) {
    let time = BEGIN.start().0 + DAYS * DAY_MS * number as i64 / SIGNALS as i64;
    let time = Timestamp(time);
    let day = time.day().plus(-chance.random_range(0..20));
    let signal = Signal {
        id: Uuid::from_u128(1 << 64 | number as u128),
        source: ["crunchbase", "ashby"][number % 2].into(),
        occurred: Occurred { day, precision: Precision::Day },
        observed_at: time,
        confidence: BasisPoints::new([10_000, 9_000, 7_000][number % 3]).expect("a share"),
        evidence_url: Some("https://example.com/news/12345".into()),
        planned: false,
        baseline: false,
        supersedes: None,
        event: event(chance),
    };
    (chance.random_range(0..companies), time, Input::Signal(signal))
}

fn event(chance: &mut ChaCha8Rng) -> Event {
    const TITLES: [&str; 6] = [
        "Head of Sales",
        "Account Executive",
        "Senior Backend Engineer",
        "VP Marketing",
        "Sales Development Representative (SDR)",
        "Data Analyst",
    ];
    match chance.random_range(0..20) {
        0 => Event::Funding(Funding {
            stage: Some(FundingStage::SeriesB),
            instrument: Instrument::Equity,
            amount_usd: Some(chance.random_range(5..80) * 1_000_000),
            lead_investor: Some("Sequoia".into()),
        }),
        1..10 => {
            let title = TITLES[chance.random_range(0..TITLES.len())];
            let (function, seniority) = classify(title);
            Event::Hiring(Hiring {
                action: HiringAction::Posted,
                title: title.into(),
                function,
                seniority,
                place: Some(["Berlin", "London", "Paris"][chance.random_range(0..3)].into()),
                posting: None,
                agency: false,
                first_in_function: None,
            })
        }
        10..12 => Event::Headcount(Headcount {
            total: Some(chance.random_range(5..1_500)),
            departments: vec![(Function::Sales, chance.random_range(1..40))],
            growth: None,
        }),
        12..14 => Event::Technology(Technology {
            tool: term(["hubspot", "salesforce", "snowflake"][chance.random_range(0..3)]),
            action: TechnologyAction::Adopted,
            category: None,
        }),
        14 => Event::News(News {
            news: if chance.random_bool(0.3) { NewsKind::Layoffs } else { NewsKind::Expansion },
            ..News::default()
        }),
        _ => Event::Engagement(Engagement {
            engagement: EngagementKind::PricingPage,
            contact: None,
            topic: None,
        }),
    }
}
