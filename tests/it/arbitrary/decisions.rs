//! Decisions, with every part of their explanation.

use super::*;
use buymode::domain::account::decision::{
    ContributionExplained, CriterionExplained, Decision, DecisionKind, Exit, ExitReason,
    FitExplained, IntentExplained, Link, Origin, PersonaExplained, Piece, WrittenMessage,
};
use buymode::domain::account::input::LogPosition;
use buymode::domain::profile::when::Answer;
use buymode::domain::profile::{Band, ExitAdvice, Priority};
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::catalogue::{Kind, OutcomeKind};
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::units::MilliPoints;
use proptest::collection::vec;
use proptest::option;

pub(crate) fn decision() -> BoxedStrategy<Decision> {
    let head = (id(), account(), maybe_text(), slug(), any::<u32>());
    let kind = (one_of::<DecisionKind>(), one_of::<Origin>(), timestamp(), position(), position());
    let profile = (slug(), slug(), any::<u64>(), any::<i32>(), any::<u32>(), slug());
    let standing = (
        one_of::<Tier>(),
        option::of(one_of::<Tier>()),
        select(vec![Band::Low, Band::Medium, Band::High]),
        one_of::<Priority>(),
        option::of((timestamp(), select(vec![chrono_tz::UTC, chrono_tz::America::New_York]))),
        slug(),
        select(vec![Arm::Treatment, Arm::HoldOut]),
    );
    let why = (text(), fit(), intent(), option::of(exit()), option::of(day()));
    let next = (vec(text(), 0..3), option::of(id()), vec(slug(), 0..3), vec(persona(), 0..3));
    let episode = (option::of(account()), option::of(id()), option::of(id()));
    let next = (next, episode).prop_map(|((a, b, c, d), episode)| (a, b, c, d, episode));
    let whom = (text(), text(), maybe_text(), maybe_text(), vec(text(), 0..3));
    let link = (slug(), text()).prop_map(|(name, url)| Link { name, url });
    let company = (text(), maybe_text(), vec(link, 0..3), option::of(account()));
    let whom = (whom, company);
    (head, kind, profile, standing, why, next, whom)
        .prop_map(|(head, kind, profile, standing, why, next, whom)| Decision {
            id: head.0,
            account: head.1,
            account_name: head.2,
            parent: whom.1.3,
            product: head.3,
            sequence: head.4,
            kind: kind.0,
            origin: kind.1,
            decided_at: kind.2,
            input_partition: kind.3.partition,
            input_offset: kind.3.offset,
            written: kind.4,
            profile: profile.0,
            profile_version: profile.1,
            activation: profile.2,
            rules_version: profile.3,
            company_version: profile.4,
            segment: profile.5,
            tier: standing.0,
            previous_tier: standing.1,
            band: standing.2,
            priority: standing.3,
            sla_deadline: standing.4.map(|(at, _)| at),
            sla_zone: standing.4.map(|(_, zone)| zone),
            route: standing.5,
            arm: standing.6,
            headline: why.0.to_string(),
            fit: why.1,
            intent: why.2,
            exit: why.3,
            entered_as: next.4.0,
            episode_id: next.4.1,
            opened_by: next.4.2,
            leaves_on: why.4,
            would_change: next.0.iter().map(ToString::to_string).collect(),
            request: next.1,
            missing: next.2,
            personas: next.3,
            pain: whom.0.0,
            angle: whom.0.1,
            about: whom.1.0,
            website: whom.1.1,
            owner: whom.0.2,
            territory: whom.0.3,
            crm_ids: whom.0.4,
            links: whom.1.2,
        })
        .boxed()
}

fn persona() -> impl Strategy<Value = PersonaExplained> {
    let message = option::of((maybe_text(), maybe_text(), maybe_text()));
    let persona = (vec(text(), 0..3), text(), text(), maybe_text(), message);
    persona.prop_map(|(titles, pain, angle, hires_for, message)| PersonaExplained {
        titles,
        pain,
        angle,
        hires_for,
        message: message.map(|(subject, opener, talk_track)| {
            Box::new(WrittenMessage { subject, opener, talk_track })
        }),
    })
}

pub(crate) fn position() -> impl Strategy<Value = LogPosition> {
    (0..1_000_i32, 0..i64::MAX, timestamp()).prop_map(|(partition, offset, time)| LogPosition {
        partition,
        offset,
        time,
    })
}

fn points() -> impl Strategy<Value = MilliPoints> {
    any::<i64>().prop_map(MilliPoints)
}

fn fit() -> BoxedStrategy<FitExplained> {
    let answer = select(vec![Answer::Yes, Answer::No, Answer::Unknown]);
    let age = (option::of(day()), option::of(source()), any::<bool>());
    let criterion = (text(), any::<i32>(), answer, any::<bool>(), text(), age).prop_map(
        |(name, weight, answer, required, found, (as_of, source, stale))| CriterionExplained {
            name,
            weight,
            answer,
            required,
            found,
            as_of,
            source,
            stale,
        },
    );
    (points(), points(), any::<i32>(), points(), vec(criterion, 0..4))
        .prop_map(|(lower, upper, known_percent, gate, criteria)| FitExplained {
            lower,
            upper,
            known_percent,
            gate,
            criteria,
        })
        .boxed()
}

fn intent() -> BoxedStrategy<IntentExplained> {
    let conjunctions = vec((text(), points()), 0..3);
    let capped = vec((one_of::<Kind>(), points()), 0..3);
    let sums = (points(), points());
    (sums, points(), points(), vec(contribution(), 0..4), conjunctions, capped)
        .prop_map(|(sums, enter, exit, contributions, conjunctions, capped)| IntentExplained {
            total: sums.0,
            score: sums.1,
            enter,
            exit,
            contributions,
            conjunctions,
            capped,
        })
        .boxed()
}

fn contribution() -> BoxedStrategy<ContributionExplained> {
    let what = (text(), one_of::<Kind>(), text(), day(), option::of(timestamp()));
    let factors = (any::<i32>(), any::<i32>(), any::<i64>(), confidence(), any::<u32>(), points());
    let piece = (text(), day(), maybe_text()).prop_map(|(what, announced, url)| Piece {
        what: what.to_string(),
        announced,
        url,
    });
    let more = (maybe_text(), option::of(any::<bool>()), vec(piece, 0..3));
    (what, factors, vec(id(), 0..4), vec(source(), 0..4), more)
        .prop_map(|(what, factors, evidence, sources, (url, is_open, pieces))| {
            ContributionExplained {
                rule: what.0,
                kind: what.1,
                what: what.2.to_string(),
                announced: what.3,
                first_seen: what.4,
                age_days: factors.0,
                points: factors.1,
                magnitude_ppm: factors.2,
                confidence: factors.3,
                decay_ppm: factors.4,
                contribution: factors.5,
                evidence,
                sources,
                url,
                is_open,
                pieces,
            }
        })
        .boxed()
}

fn exit() -> impl Strategy<Value = Exit> {
    let advice = select(vec![ExitAdvice::StopNow, ExitAdvice::NoNewEnrolment]);
    let outcome = option::of(one_of::<OutcomeKind>());
    (one_of::<ExitReason>(), advice, outcome, any::<u32>(), option::of(day())).prop_map(
        |(reason, advice, outcome, entered, cooldown_until)| Exit {
            reason,
            advice,
            outcome,
            entered,
            cooldown_until,
        },
    )
}
