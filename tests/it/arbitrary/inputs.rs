//! Inputs of an account, of every type.

use super::signals::{departments, news, signal};
use super::states::{ledger, member, products, suppressions};
use super::*;
use buymode::domain::account::input::{
    Input, Kinship, KinshipStep, LedgerSnapshot, Retraction, SalesOutcome, SuppressionChange,
    Transfer, TransferStep,
};
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::News;
use buymode::domain::score::news::MarketEvent;
use buymode::domain::terms::catalogue::{FundingStage, OutcomeKind, SuppressionList};
use std::collections::{BTreeMap, BTreeSet};

/// Any input, with the account that reads it.
pub(crate) fn addressed() -> BoxedStrategy<(AccountKey, Input)> {
    prop_oneof![
        8 => (account(), other()),
        2 => transfer().prop_map(|transfer| {
            (transfer.reader().clone(), Input::Transfer(Box::new(transfer)))
        }),
    ]
    .boxed()
}

/// Any input but a transfer.
fn other() -> BoxedStrategy<Input> {
    prop_oneof![
        8 => signal().prop_map(Input::Signal),
        2 => update().prop_map(Input::Company),
        1 => retraction().prop_map(Input::Retraction),
        1 => suppression().prop_map(Input::Suppression),
        1 => outcome().prop_map(Input::Outcome),
        1 => kinship().prop_map(|kinship| Input::Kinship(Box::new(kinship))),
    ]
    .boxed()
}

pub(crate) fn update() -> BoxedStrategy<CompanyUpdate> {
    // That a name is a handle is found out by the account that it is said of.
    let facts = facts().prop_map(|mut facts| {
        facts.remove(&Attribute::Handle);
        facts
    });
    let said = (facts, tools(), any::<bool>(), departments(), any::<bool>());
    (id(), source(), timestamp(), any::<bool>(), said)
        .prop_map(|(id, source, as_of, baseline, said)| {
            let (facts, tools, tools_complete, departments, departments_complete) = said;
            CompanyUpdate {
                id,
                source,
                as_of,
                baseline,
                facts: facts.into_iter().collect(),
                tools: tools.into_iter().collect(),
                tools_complete,
                departments: departments.into_iter().collect(),
                departments_complete,
            }
        })
        .boxed()
}

pub(crate) fn tools() -> impl Strategy<Value = BTreeMap<Term, bool>> {
    proptest::collection::btree_map(term(), any::<bool>(), 0..6)
}

/// Facts as a company record can say them: each attribute with a value of its kind.
pub(crate) fn facts() -> BoxedStrategy<BTreeMap<Attribute, Value>> {
    let drawn = (one_of::<Attribute>(), text(), terms(), number(), one_of::<FundingStage>());
    proptest::collection::vec(drawn, 0..10)
        .prop_map(|drawn| {
            let value = |(attribute, text, terms, number, stage)| {
                (attribute, value_of(attribute, text, terms, number, stage))
            };
            drawn.into_iter().map(value).collect()
        })
        .boxed()
}

fn value_of(
    attribute: Attribute,
    text: Text,
    terms: BTreeSet<Term>,
    (low, high): (u64, u64),
    stage: FundingStage,
) -> Value {
    use Attribute as A;
    match attribute {
        A::Parent | A::Site => Value::said(attribute, [text.as_str()]).unwrap(),
        A::Name | A::Handle | A::Owner => Value::Names(vec![text]),
        A::CrmId => Value::names(terms.iter().map(|id| format!("crm:{id}").into())).unwrap(),
        A::Employees | A::RevenueUsd | A::ArrUsd => Value::Number { low, high },
        A::FoundedYear => Value::number(1_800 + low % 230),
        A::FundingStage => Value::Stage(stage),
        A::Industry
        | A::SubIndustry
        | A::OperatesIn
        | A::BusinessModel
        | A::Tags
        | A::RegulatedBy => Value::Terms(terms.into_iter().collect()),
        _ => Value::Terms(terms.into_iter().take(1).collect()),
    }
}

pub(crate) fn terms() -> impl Strategy<Value = BTreeSet<Term>> {
    proptest::collection::btree_set(term(), 1..4)
}

pub(crate) fn number() -> impl Strategy<Value = (u64, u64)> {
    (0..=1_000_000_000_u64, prop_oneof![Just(0), 0..=1_000_000_u64])
        .prop_map(|(low, more)| (low, low + more))
}

pub(crate) fn kinship() -> impl Strategy<Value = Kinship> {
    let step = prop_oneof![
        Just(KinshipStep::Joined),
        Just(KinshipStep::Left),
        suppressions().prop_map(KinshipStep::Lists),
    ];
    (id(), account(), account(), step).prop_map(|(id, parent, child, step)| Kinship {
        id,
        parent,
        child,
        step,
    })
}

pub(crate) fn retraction() -> impl Strategy<Value = Retraction> {
    (id(), id(), source(), maybe_text()).prop_map(|(id, retracts, source, reason)| Retraction {
        id,
        retracts,
        source,
        reason,
    })
}

pub(crate) fn suppression() -> impl Strategy<Value = SuppressionChange> {
    let change = (id(), source(), one_of::<SuppressionList>(), any::<bool>());
    let days = (proptest::option::of(day()), proptest::option::of(day()));
    (change, maybe_text(), maybe_text(), days).prop_map(
        |((id, source, list, active), reason, owner, (until, stated_on))| SuppressionChange {
            id,
            source,
            list,
            active,
            reason,
            owner,
            until,
            stated_on,
        },
    )
}

pub(crate) fn outcome() -> BoxedStrategy<SalesOutcome> {
    timestamp()
        .prop_flat_map(|at| {
            let said = (id(), source(), maybe_text(), one_of::<OutcomeKind>(), occurred(at));
            let until = proptest::option::of(day());
            let more = (until, maybe_text());
            (said, maybe_text(), amount(), maybe_text(), maybe_text(), more).prop_map(
                |(
                    (id, source, product, outcome, occurred),
                    reason,
                    amount_usd,
                    opportunity,
                    lead,
                    (until_day, contact),
                )| {
                    SalesOutcome {
                        id,
                        source,
                        product,
                        outcome,
                        occurred,
                        reason,
                        amount_usd,
                        opportunity_id: opportunity,
                        lead_source: lead,
                        until: until_day,
                        contact,
                    }
                },
            )
        })
        .boxed()
}

pub(crate) fn transfer() -> BoxedStrategy<Transfer> {
    let snapshot = (ledger(), products(), proptest::collection::vec(member(), 0..3));
    let snapshot = snapshot.prop_map(|(ledger, products, members)| {
        Box::new(LedgerSnapshot { ledger, products, members })
    });
    let step = prop_oneof![
        Just(TransferStep::Request),
        Just(TransferStep::Moved),
        Just(TransferStep::Undo),
        Just(TransferStep::Recall),
        snapshot.clone().prop_map(TransferStep::Delivery),
        snapshot.clone().prop_map(TransferStep::Return),
        snapshot.prop_map(TransferStep::Renumber),
        other().prop_map(|input| TransferStep::Forwarded(Box::new(input))),
    ];
    (id(), account(), account(), proptest::option::of(account()), id(), any::<u8>(), step)
        .prop_map(|(id, from, to, at, cause, hop, step)| Transfer {
            id,
            from,
            to,
            at,
            cause,
            hop,
            step,
        })
        .boxed()
}

pub(crate) fn market() -> BoxedStrategy<MarketEvent> {
    let scope = || proptest::collection::btree_set(term(), 0..3);
    timestamp()
        .prop_flat_map(move |at| {
            let head = (id(), source(), occurred(at), confidence(), maybe_text());
            (head, news(), scope(), scope()).prop_map(
                |((id, source, occurred, confidence, evidence_url), news, industries, regions)| {
                    MarketEvent {
                        id,
                        source,
                        occurred,
                        confidence,
                        evidence_url,
                        news: News { place: None, change: None, ..news },
                        industries: industries.into_iter().collect(),
                        regions: regions.into_iter().collect(),
                    }
                },
            )
        })
        .boxed()
}
