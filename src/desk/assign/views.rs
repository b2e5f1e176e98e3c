//! How a message sees its cases, and which accounts share one.

use super::Desk;
use crate::desk::action::CaseView;
use crate::desk::ids::CaseId;
use crate::desk::state::Thread;
use crate::desk::view::view;
use crate::domain::account::decision::Decision;
use crate::domain::terms::account::AccountKey;

impl Desk<'_> {
    pub(super) fn views(&self, cases: &[CaseId]) -> Vec<CaseView> {
        cases.iter().filter_map(|id| view(self.state, *id)).collect()
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
