//! What changed since a report: what is new, answered, and over.

use super::Desk;
use super::decide::case_of;
use crate::desk::action::{Changes, DigestItem};
use crate::desk::case::Clock;
use crate::desk::ids::CaseId;
use crate::desk::past::Past;
use crate::desk::state::Report;
use crate::domain::Text;
use crate::domain::account::decision::DecisionKind;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What a digest names of each kind; of the others it says how many there are.
const TAKEN_MAX: usize = 20;
const ENDED_MAX: usize = 20;

impl Desk<'_> {
    /// Since the last digest; none where this one is the first.
    pub(super) fn changes(&self, items: &[DigestItem]) -> Option<Changes> {
        let since = self.state.last.get(&Report::Digest).copied()?;
        let open = || self.state.cases.iter().filter(|(_, case)| case.ended.is_none());
        let mut taken: Vec<(Reverse<Timestamp>, CaseId)> = open()
            .filter_map(|(id, case)| match &case.clock {
                Clock::Stopped { at, .. } if *at > since => Some((Reverse(*at), *id)),
                _ => None,
            })
            .collect();
        taken.sort();
        let (more_taken, mut ended) =
            (taken.len().saturating_sub(TAKEN_MAX), self.ended_since(since));
        let taken: Vec<CaseId> = taken.into_iter().take(TAKEN_MAX).map(|(_, id)| id).collect();
        let more_ended = ended.len().saturating_sub(ENDED_MAX);
        ended.truncate(ENDED_MAX);
        let moved = |is_up: bool| {
            let moved = items.iter().filter(|item| {
                let d = &item.decision;
                let before = d.previous_tier.filter(|_| d.kind == DecisionKind::TierChanged);
                before.is_some_and(|before| before != d.tier && (d.tier < before) == is_up)
            });
            moved.count()
        };
        let in_digest = items.iter().filter_map(|item| {
            let kind = item.decision.kind;
            matches!(kind, DecisionKind::Entered | DecisionKind::Triaged)
                .then(|| case_of(&item.decision))
        });
        let opened = open().filter(|(_, case)| case.opened > since).map(|(id, _)| *id);
        let new: BTreeSet<CaseId> = opened.chain(in_digest).collect();
        Some(Changes {
            since,
            new: new.len(),
            tier_up: moved(true),
            tier_down: moved(false),
            taken: self.views(&taken),
            more_taken,
            ended,
            more_ended,
        })
    }

    /// The last case of each account and product that ended after a time, in order of time.
    pub(super) fn ended_since(&self, since: Timestamp) -> Vec<(AccountKey, Text, Past)> {
        let all = self.state.streams.iter().filter_map(|((account, product), stream)| {
            let past = stream.past.clone().filter(|past| past.at > since)?;
            Some((account.clone(), product.clone(), past))
        });
        let mut ended: Vec<_> = all.collect();
        ended.sort_by_key(|(account, _, past)| (past.at, account.clone()));
        ended
    }
}
