//! Made-up decisions of every kind, always the same: the examples under `schemas/examples`, and what the cases of
//! field maps begin with.

use super::message::flat;
use crate::domain::Text;
use crate::domain::account::decision::{
    ContributionExplained, CriterionExplained, Decision, DecisionKind, Exit, ExitReason,
    FitExplained, IntentExplained, Link, Origin, PersonaExplained, WrittenMessage,
};
use crate::domain::account::input::LogPosition;
use crate::domain::profile::when::Answer;
use crate::domain::profile::{Band, ExitAdvice, Priority};
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Kind, OutcomeKind};
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::terms::units::{BasisPoints, MilliPoints};
use serde_json::Value;
use uuid::Uuid;

/// 24 November 2026, 15:00 UTC.
const ENTERED: Timestamp = Timestamp(1_795_532_400_000);
const DAY_MS: i64 = 86_400_000;
const ACCOUNT: &str = "tidegate.io";
/// Of tests; no one can own a domain under `example`.
pub const TEST_ACCOUNT: &str = "buymode-test.example";
/// Under which ids of samples are made.
const SAMPLES: Uuid = Uuid::from_u128(0x51d0_7a3c_92be_4d11_8f60_0f4e_6b7a_c3d2);

/// A decision of a kind, about the route `ae`.
pub fn decision(kind: DecisionKind) -> Decision {
    let sequence = match kind {
        DecisionKind::Entered | DecisionKind::Triaged | DecisionKind::TierChanged => 1,
        DecisionKind::Strengthened => 2,
        DecisionKind::Exited | DecisionKind::Withdrawn => 3,
    };
    let at = Timestamp(ENTERED.0 + (i64::from(sequence) - 1) * 5 * DAY_MS);
    let id = |what: &str| Uuid::new_v5(&SAMPLES, what.as_bytes());
    let is_end = matches!(kind, DecisionKind::Exited | DecisionKind::Withdrawn);
    let in_episode = !matches!(kind, DecisionKind::Triaged | DecisionKind::TierChanged);
    let exit = match kind {
        DecisionKind::Exited => Some(exit(ExitReason::Sales, Some(OutcomeKind::Lost))),
        DecisionKind::Withdrawn => Some(exit(ExitReason::Retracted, None)),
        _ => None,
    };
    let deadline =
        (!is_end && kind != DecisionKind::TierChanged).then(|| Timestamp(at.0 + 4 * 3_600_000));
    Decision {
        id: id(&kind.to_string()),
        account: account(),
        account_name: Some("Tidegate".into()),
        parent: None,
        product: "revenue-platform".into(),
        sequence,
        kind,
        origin: if kind == DecisionKind::Exited { Origin::Sales } else { Origin::Signal },
        decided_at: at,
        input_partition: 7,
        input_offset: 4_211 + i64::from(sequence),
        written: LogPosition { partition: 7, offset: 4_211 + i64::from(sequence), time: at },
        profile: "b2b-saas".into(),
        profile_version: "5f1c09aa27d3".into(),
        activation: 3,
        rules_version: crate::domain::RULES_VERSION,
        company_version: 12,
        segment: "primary".into(),
        tier: Tier::One,
        previous_tier: (kind == DecisionKind::TierChanged).then_some(Tier::Two),
        band: if is_end { Band::Low } else { Band::High },
        priority: if is_end { Priority::Normal } else { Priority::Urgent },
        sla_deadline: deadline,
        sla_zone: deadline.map(|_| chrono_tz::America::New_York),
        route: "ae".into(),
        arm: Arm::Treatment,
        headline: headline(kind, "Tidegate"),
        fit: fit(),
        intent: intent(is_end),
        exit,
        entered_as: None,
        episode_id: in_episode.then(|| id("entered")),
        opened_by: (in_episode && kind != DecisionKind::Entered).then(|| id("entered")),
        leaves_on: (in_episode && !is_end).then(|| at.day().plus(41)),
        would_change: if is_end {
            Vec::new()
        } else {
            vec!["a later round or a sales leader hired would raise it".to_owned()]
        },
        request: (kind == DecisionKind::Triaged).then(|| id("request")),
        missing: Vec::new(),
        personas: vec![persona()],
        pain: "new money has to become pipeline within two quarters".into(),
        angle: "what the first ninety days of a new sales leader look like".into(),
        about: "software, 120 people, Series B, Boston".into(),
        website: Some("https://tidegate.io".into()),
        owner: Some("ana@example.com".into()),
        territory: Some("EMEA".into()),
        crm_ids: vec!["hubspot:4417-90211".into()],
        links: vec![Link {
            name: "crm".into(),
            url: "https://crm.example.com/accounts/tidegate.io".into(),
        }],
    }
}

/// A decision of a kind as a test, of `at` and with an id of its own: marked by its origin. `episode`: the id of the
/// entry that it is about; none: one that no one has seen.
pub fn test(kind: DecisionKind, route: Text, at: Timestamp, episode: Option<Uuid>) -> Decision {
    let made = decision(kind);
    let id = Uuid::new_v5(&SAMPLES, format!("{kind}\n{route}\n{}", at.0).as_bytes());
    let entered = |of: Uuid| if kind == DecisionKind::Entered { id } else { episode.unwrap_or(of) };
    Decision {
        id,
        account: test_account(),
        account_name: Some("A test of buymode".into()),
        origin: Origin::Test,
        decided_at: at,
        input_partition: 0,
        input_offset: NO_INPUT,
        written: LogPosition { partition: 0, offset: NO_INPUT, time: at },
        sla_deadline: made.sla_deadline.map(|of| Timestamp(at.0 + of.0 - made.decided_at.0)),
        route,
        headline: format!("Test, nothing has happened: {}", headline(kind, TEST_ACCOUNT)),
        episode_id: made.episode_id.map(entered),
        opened_by: made.opened_by.map(entered),
        leaves_on: made.leaves_on.map(|_| at.day().plus(41)),
        website: None,
        owner: None,
        crm_ids: Vec::new(),
        links: Vec::new(),
        ..made
    }
}

/// A test follows from no input.
const NO_INPUT: i64 = -1;

fn test_account() -> AccountKey {
    AccountKey::parse(TEST_ACCOUNT).expect("a domain is a key")
}

fn account() -> AccountKey {
    AccountKey::parse(ACCOUNT).expect("a domain is a key")
}

fn headline(kind: DecisionKind, name: &str) -> String {
    let said = match kind {
        DecisionKind::Entered => {
            " entered buying mode: Series B of $25M and a Head of Sales wanted"
        }
        DecisionKind::Strengthened => " is more urgent: hired a VP of Sales",
        DecisionKind::Exited => " left buying mode: sales reported lost",
        DecisionKind::Withdrawn => "'s entry is withdrawn: the round was not one",
        DecisionKind::TierChanged => " is tier 1, was tier 2",
        DecisionKind::Triaged => " asked for a demo: a person should answer today",
    };
    format!("{name}{said}")
}

fn exit(reason: ExitReason, outcome: Option<OutcomeKind>) -> Exit {
    let cooldown_until = Some(Timestamp(ENTERED.0 + 100 * DAY_MS).day());
    Exit { reason, advice: ExitAdvice::StopNow, outcome, entered: 1, cooldown_until }
}

fn fit() -> FitExplained {
    let criterion = CriterionExplained {
        name: "size".into(),
        weight: 40,
        answer: Answer::Yes,
        required: true,
        found: "120 people".into(),
        as_of: Some(Timestamp(ENTERED.0 - 20 * DAY_MS).day()),
        source: Some("crunchbase".into()),
        stale: false,
    };
    FitExplained {
        lower: MilliPoints::points(82),
        upper: MilliPoints::points(90),
        known_percent: 92,
        gate: MilliPoints::points(60),
        criteria: vec![criterion],
    }
}

fn intent(is_low: bool) -> IntentExplained {
    let day = |days: i64| -> Day { Timestamp(ENTERED.0 - days * DAY_MS).day() };
    let line =
        |rule: &str, kind, what: &str, announced, contribution, url: &str| ContributionExplained {
            rule: rule.into(),
            kind,
            what: what.to_owned(),
            announced,
            first_seen: Some(ENTERED),
            age_days: 0,
            points: 40,
            magnitude_ppm: 1_000_000,
            confidence: BasisPoints::FULL,
            decay_ppm: 1_000_000,
            contribution: MilliPoints::points(contribution),
            evidence: vec![Uuid::new_v5(&SAMPLES, rule.as_bytes())],
            sources: vec!["newsdesk".into()],
            url: Some(url.into()),
            is_open: None,
            pieces: Vec::new(),
        };
    let round = line(
        "round",
        Kind::Funding,
        "Series B of $25M",
        day(0),
        40,
        "https://news.example.com/tidegate",
    );
    let post = line(
        "sales",
        Kind::Hiring,
        "posted Head of Sales (Boston)",
        day(4),
        22,
        "https://jobs.example.com/1",
    );
    IntentExplained {
        total: MilliPoints::points(if is_low { 0 } else { 62 }),
        score: MilliPoints::points(if is_low { 0 } else { 62 }),
        enter: MilliPoints::points(40),
        exit: MilliPoints::points(20),
        contributions: if is_low { Vec::new() } else { vec![round, post] },
        conjunctions: Vec::new(),
        capped: Vec::new(),
    }
}

fn persona() -> PersonaExplained {
    PersonaExplained {
        titles: vec!["CRO".into(), "VP Sales".into()],
        pain: "no one owns the number".into(),
        angle: "the first ninety days".into(),
        hires_for: Some("Head of Sales".into()),
        message: Some(Box::new(WrittenMessage {
            subject: Some("Before your Head of Sales starts".into()),
            opener: Some(
                "You are looking for a Head of Sales. Is that worth fifteen minutes?".into(),
            ),
            talk_track: None,
        })),
    }
}

/// The body of an action for a tool about the decision of a kind.
pub fn body(kind: &str) -> Option<Value> {
    Some(flat::about(&decision(kind.parse().ok()?), &"sample".into()))
}
