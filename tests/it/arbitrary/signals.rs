//! Signals of every kind.

use super::*;
use buymode::domain::evidence::signal::{
    Engagement, Event, Funding, Growth, Headcount, Hiring, News, Signal, Technology,
};
use buymode::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, NoticeChange,
    Seniority, TechnologyAction,
};
use std::collections::BTreeMap;

pub(crate) fn event() -> BoxedStrategy<Event> {
    prop_oneof![
        funding().prop_map(Event::Funding),
        hiring().prop_map(Event::Hiring),
        headcount().prop_map(Event::Headcount),
        technology().prop_map(Event::Technology),
        news().prop_map(Event::News),
        engagement().prop_map(Event::Engagement),
    ]
    .boxed()
}

pub(crate) fn signal() -> BoxedStrategy<Signal> {
    timestamp()
        .prop_flat_map(|observed_at| {
            (
                (id(), source(), occurred(observed_at), confidence(), maybe_text()),
                (any::<bool>(), any::<bool>(), proptest::option::of(id()), event()),
            )
                .prop_map(
                    move |((id, source, occurred, confidence, evidence_url), rest)| {
                        let (planned, baseline, supersedes, event) = rest;
                        Signal {
                            id,
                            source,
                            occurred,
                            observed_at,
                            confidence,
                            evidence_url,
                            planned,
                            baseline,
                            supersedes,
                            event,
                        }
                    },
                )
        })
        .boxed()
}

pub(crate) fn funding() -> impl Strategy<Value = Funding> {
    let stage = proptest::option::of(one_of::<FundingStage>());
    (stage, one_of::<Instrument>(), amount(), maybe_text()).prop_map(
        |(stage, instrument, amount_usd, lead_investor)| Funding {
            stage,
            instrument,
            amount_usd,
            lead_investor,
        },
    )
}

pub(crate) fn hiring() -> BoxedStrategy<Hiring> {
    let job = (one_of::<HiringAction>(), text(), one_of::<Function>(), one_of::<Seniority>());
    let first = proptest::option::of(any::<bool>());
    (job, maybe_text(), maybe_text(), any::<bool>(), first)
        .prop_map(
            |((action, title, function, seniority), place, posting, agency, first_in_function)| {
                Hiring {
                    action,
                    title,
                    function,
                    seniority,
                    place,
                    posting,
                    agency,
                    first_in_function,
                }
            },
        )
        .boxed()
}

pub(crate) fn departments() -> impl Strategy<Value = BTreeMap<Function, u32>> {
    proptest::collection::btree_map(one_of::<Function>(), 0..1_000_000_u32, 0..5)
}

pub(crate) fn headcount() -> BoxedStrategy<Headcount> {
    let growth = (1..=120_u16, -1_000..=1_000_000_i32);
    let growth = growth.prop_map(|(months, permille)| Growth { months, permille });
    let total = proptest::option::of(0..=1_000_000_000_u32);
    (total, departments(), proptest::option::of(growth))
        .prop_map(|(total, departments, growth)| Headcount {
            total,
            departments: departments.into_iter().collect(),
            growth,
        })
        .boxed()
}

pub(crate) fn technology() -> impl Strategy<Value = Technology> {
    (term(), one_of::<TechnologyAction>(), proptest::option::of(term()))
        .prop_map(|(tool, action, category)| Technology { tool, action, category })
}

pub(crate) fn news() -> impl Strategy<Value = News> {
    let people = proptest::option::of(0..=1_000_000_u32);
    let change = proptest::option::of(one_of::<NoticeChange>());
    (one_of::<NewsKind>(), maybe_text(), amount(), people, maybe_text(), change).prop_map(
        |(news, summary, amount_usd, people, place, change)| News {
            news,
            summary,
            amount_usd,
            people,
            place,
            change,
        },
    )
}

pub(crate) fn engagement() -> impl Strategy<Value = Engagement> {
    (one_of::<EngagementKind>(), maybe_text(), maybe_text())
        .prop_map(|(engagement, contact, topic)| Engagement { engagement, contact, topic })
}
