//! How a message sees its cases, and which accounts share one.

use super::Desk;
use crate::desk::action::{CaseView, Standing};
use crate::desk::ids::CaseId;
use crate::desk::state::{Clock, Thread};
use crate::domain::account::decision::Decision;
use crate::domain::terms::account::AccountKey;

impl Desk<'_> {
    pub(super) fn views(&self, cases: &[CaseId]) -> Vec<CaseView> {
        let view = |id: &CaseId| {
            let case = self.state.cases.get(id)?;
            let standing = match (&case.ended, &case.clock) {
                (Some(end), _) => Standing::Ended(end.clone()),
                (None, Clock::Stopped { by, at, verdict, .. }) => {
                    Standing::Said { by: by.clone(), at: *at, verdict: verdict.clone() }
                }
                (None, _) => Standing::Open,
            };
            let d = &case.decision;
            let stream = self.state.streams.get(&(d.account.clone(), d.product.clone()));
            let past = stream.and_then(|stream| stream.past.clone());
            Some(CaseView {
                id: *id,
                decision: d.clone(),
                assignment: case.assigned.as_ref().map(|assigned| assigned.assignment.clone()),
                is_late: matches!(case.clock, Clock::Escalated),
                // The end of this case is not what was before it.
                before: past.filter(|_| case.ended.is_none()),
                standing,
            })
        };
        cases.iter().filter_map(view).collect()
    }
}

/// The company that an account belongs to, else itself: a parent and its subsidiaries share messages.
pub(super) fn family(d: &Decision) -> &AccountKey {
    d.parent.as_ref().unwrap_or(&d.account)
}

impl Thread {
    pub(super) fn family(&self) -> &AccountKey {
        self.parent.as_ref().unwrap_or(&self.account)
    }
}
