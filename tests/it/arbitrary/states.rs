//! Account states and their parts: anything that keeps the orders and bounds the domain names.

use super::inputs::{facts, tools};
use super::signals::{departments, event};
use super::*;
use buymode::domain::account::kin::{Child, Kin, Parent};
use buymode::domain::account::ledger::{Ledger, Member};
use buymode::domain::account::memo::Memo;
use buymode::domain::account::standing::{
    Awaited, Cooldown, Drawn, Ended, Episode, Left, ProductState, Stage, Standing, Suppression,
};
use buymode::domain::account::state::AccountState;
use buymode::domain::evidence::company::{Company, DepartmentFact, Fact, ToolFact};
use buymode::domain::evidence::event::Evidence;
use buymode::domain::evidence::report::Report;
use buymode::domain::profile::Priority;
use buymode::domain::score::fit::{Noted, Tier};
use buymode::domain::score::intent::Round;
use buymode::domain::terms::catalogue::{FundingStage, OutcomeKind, SuppressionList};
use proptest::collection::{btree_map, vec};
use proptest::option;

pub(crate) fn state() -> BoxedStrategy<AccountState> {
    let place = (-1..1_000_000_i64, day(), -1..1_000_000_000_i64, standing(), kin());
    let kept = (company(), evidence(), tombstones(), suppressions(), products());
    (place, kept, lists(), vec(member(), 0..3))
        .prop_map(|((applied, through, offset, standing, kin), kept, lifted, mut members)| {
            let (company, evidence, tombstones, suppressions, products) = kept;
            members.sort_by(|a, b| a.account.cmp(&b.account));
            members.dedup_by(|a, b| a.account == b.account);
            let mut state = AccountState {
                applied,
                through,
                offset,
                company,
                evidence,
                tombstones,
                suppressions,
                products,
                standing,
                ledgers: None,
                kin,
                memo: Memo::default(),
            };
            if !members.is_empty() {
                state.restore_members(lifted, members);
            }
            state
        })
        .boxed()
}

fn standing() -> impl Strategy<Value = Standing> {
    let next = option::of((account(), id()));
    let lifted = btree_map(one_of::<SuppressionList>(), day(), 0..3);
    let lifted = lifted.prop_map(|lifted| lifted.into_iter().collect());
    let awaited = (account(), id(), lifted, next);
    proptest::prop_oneof![
        Just(Standing::Own),
        (account(), id()).prop_map(|(to, request)| Standing::MovedTo { to, request }),
        awaited.prop_map(|(holder, undo, lifted, next)| {
            Standing::AwaitingReturn(Box::new(Awaited { holder, undo, lifted, next }))
        }),
    ]
}

fn lists() -> impl Strategy<Value = Vec<SuppressionList>> {
    let lists = proptest::collection::btree_set(one_of::<SuppressionList>(), 0..3);
    lists.prop_map(|lists| lists.into_iter().collect())
}

pub(crate) fn ledger() -> BoxedStrategy<Ledger> {
    (company(), evidence(), tombstones(), suppressions(), lists())
        .prop_map(|(company, evidence, tombstones, suppressions, lifted)| Ledger {
            company,
            evidence,
            tombstones,
            suppressions,
            lifted,
        })
        .boxed()
}

pub(crate) fn member() -> BoxedStrategy<Member> {
    (account(), account(), timestamp(), ledger(), products(), products())
        .prop_map(|(account, under, since, ledger, products, before)| Member {
            account,
            under,
            since,
            ledger,
            products,
            before,
        })
        .boxed()
}

fn kin() -> impl Strategy<Value = Kin> {
    let parent = (account(), suppressions()).prop_map(|(account, lists)| Parent { account, lists });
    let child = (account(), account()).prop_map(|(account, names)| Child { account, names });
    let children = proptest::collection::btree_set(child, 0..3);
    (option::of(parent), children)
        .prop_map(|(parent, children)| Kin { parent, children: children.into_iter().collect() })
}

/// Facts of a few instants.
pub(crate) fn company() -> BoxedStrategy<Company> {
    let instants = vec((timestamp(), source()), 1..4);
    let complete = (option::of(timestamp()), option::of(timestamp()));
    (facts(), tools(), departments(), instants, complete, 0..9_u32)
        .prop_map(|(facts, tools, departments, instants, complete, version)| {
            let at = |n: usize| instants[n % instants.len()].0;
            let by = |n: usize| instants[n % instants.len()].1.clone();
            let facts = facts.into_iter().enumerate();
            let tools = tools.into_iter().enumerate();
            let departments = departments.into_iter().enumerate();
            Company {
                facts: facts
                    .map(|(n, (attribute, value))| Fact {
                        attribute,
                        value,
                        as_of: at(n),
                        source: by(n),
                    })
                    .collect(),
                tools: tools
                    .map(|(n, (tool, in_use))| ToolFact {
                        tool,
                        in_use,
                        as_of: at(n),
                        source: by(n),
                    })
                    .collect(),
                departments: departments
                    .map(|(n, (function, people))| DepartmentFact {
                        function,
                        people,
                        as_of: at(n),
                        source: by(n),
                    })
                    .collect(),
                tools_complete: complete.0,
                departments_complete: complete.1,
                version,
            }
        })
        .boxed()
}

pub(crate) fn report() -> BoxedStrategy<Report> {
    timestamp()
        .prop_flat_map(|first_seen| {
            let head = (id(), source(), occurred(first_seen), confidence(), timestamp());
            let flags = (any::<bool>(), any::<bool>(), any::<bool>());
            (head, flags, maybe_text(), event()).prop_map(
                move |((id, source, occurred, confidence, observed_at), flags, url, event)| {
                    Report {
                        id,
                        source,
                        occurred,
                        first_seen,
                        observed_at,
                        confidence,
                        planned: flags.0,
                        baseline: flags.1,
                        corrected: flags.2,
                        url,
                        event,
                    }
                },
            )
        })
        .boxed()
}

pub(crate) fn evidence() -> BoxedStrategy<Vec<Evidence>> {
    let one = vec(report(), 1..4).prop_map(|reports| Evidence::from_reports(reports).unwrap());
    vec(one, 0..6)
        .prop_map(|mut evidence| {
            evidence.sort_by_key(|e| (e.filed(), e.id()));
            evidence
        })
        .boxed()
}

pub(crate) fn tombstones() -> impl Strategy<Value = Vec<(SignalId, Day)>> {
    btree_map(id(), day(), 0..4).prop_map(|dead| dead.into_iter().collect())
}

pub(crate) fn suppressions() -> BoxedStrategy<Vec<Suppression>> {
    let rest = (maybe_text(), maybe_text(), [day(), day()], option::of(day()));
    btree_map(one_of::<SuppressionList>(), rest, 0..3)
        .prop_map(|lists| {
            let suppression = |(list, (reason, owner, days, until)): (_, (_, _, [Day; 2], _))| {
                Suppression { list, reason, owner, since: days[0], until, stated_on: days[1] }
            };
            lists.into_iter().map(suppression).collect()
        })
        .boxed()
}

/// Stage and episode agree, as invariants I5 and I6 ask.
pub(crate) fn products() -> BoxedStrategy<Vec<ProductState>> {
    let episode = (timestamp(), 1..9_u32, slug(), slug(), one_of::<Priority>(), day());
    let round = (option::of(one_of::<FundingStage>()), option::of(any::<u64>()))
        .prop_map(|(stage, amount_usd)| Round { stage, amount_usd });
    let owed = option::of(one_of::<Priority>());
    let episode = (episode, option::of(account()), round, owed);
    let episode = episode.prop_map(|(episode, account, round, owed)| {
        let (since, entered, segment, route, announced, announced_on) = episode;
        Episode { since, entered, segment, route, announced, announced_on, round, owed, account }
    });
    let cooldown = (timestamp(), day(), option::of(one_of::<OutcomeKind>()))
        .prop_map(|(since, until, explained)| Cooldown { since, until, explained });
    let standing = (one_of::<Stage>(), option::of(one_of::<Tier>()), episode);
    let left = (timestamp(), one_of::<Ended>()).prop_map(|(since, by)| Left { since, by });
    let noted = (any::<u64>(), any::<u8>(), any::<[u64; 2]>())
        .prop_map(|(activation, variant, bits)| Noted { activation, variant, bits });
    let drawn = (timestamp(), any::<u64>(), account())
        .prop_map(|(since, salt, by)| Box::new(Drawn { since, salt, by }));
    let rest = (
        (option::of(cooldown), option::of(left)),
        (option::of(any::<u32>()), any::<bool>(), option::of(day()), option::of(drawn)),
        prop_oneof![Just(Noted::default()), noted],
    );
    btree_map(slug(), (0..9_u32, standing, rest), 0..3)
        .prop_map(|products| {
            let product = |(product, (more, (stage, tier, episode), rest))| {
                let episode = (stage == Stage::Buying).then_some(episode);
                let entered = episode.as_ref().map_or(0, |e: &Episode| e.entered);
                let ((cooldown, left), (enrich_asked, muted, muted_until, drawn), noted) = rest;
                ProductState {
                    product,
                    sequence: entered + more,
                    stage,
                    tier,
                    noted,
                    episode,
                    cooldown,
                    left,
                    enrich_asked,
                    muted,
                    muted_until,
                    drawn,
                }
            };
            products.into_iter().map(product).collect()
        })
        .boxed()
}
