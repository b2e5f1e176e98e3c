//! The traces of decisions that the desk has not done with: what it sends hours later still belongs to them. They
//! lie in headers beside what the desk remembers, and are no part of it.

use crate::desk::action::{Action, Reply, What};
use crate::log::trace::Trace;
use std::collections::BTreeMap;
use uuid::Uuid;

/// By the decision's id.
#[derive(Debug, Default)]
pub(super) struct Traced {
    kept: BTreeMap<Uuid, Trace>,
    /// Of this batch.
    fresh: BTreeMap<Uuid, Trace>,
}

impl Traced {
    pub(super) fn restored(kept: BTreeMap<Uuid, Trace>) -> Traced {
        Traced { kept, fresh: BTreeMap::new() }
    }

    pub(super) fn read(&mut self, decision: Uuid, trace: Option<Trace>) {
        if let Some(trace) = trace {
            self.fresh.insert(decision, trace);
        }
    }

    pub(super) fn get(&self, decision: Uuid) -> Option<Trace> {
        self.fresh.get(&decision).or_else(|| self.kept.get(&decision)).copied()
    }

    /// The batch is committed. `named` and `unnamed`: what the desk remembers from now on, and no longer.
    pub(super) fn settle<'a>(
        &mut self,
        named: impl Iterator<Item = Uuid>,
        unnamed: impl Iterator<Item = &'a Uuid>,
    ) {
        for id in named {
            if let Some(trace) = self.fresh.get(&id) {
                self.kept.insert(id, *trace);
            }
        }
        for id in unnamed {
            self.kept.remove(id);
        }
        self.fresh.clear();
    }

    pub(super) fn revert(&mut self) {
        self.fresh.clear();
    }
}

/// The decision that an action is about; of one that is about several, the newest.
pub(super) fn decision(action: &Action) -> Option<Uuid> {
    match &action.what {
        What::Post { notice, .. } | What::Edit { notice, .. } => {
            notice.cases.last().map(|case| case.decision.id)
        }
        What::Reply { reply: Reply::Sum(decision) | Reply::News(decision), .. } => {
            Some(decision.id)
        }
        _ => None,
    }
}
