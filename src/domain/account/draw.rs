//! The arm of an experiment that an account is in. It is drawn once, at the first entry, by the hash of the
//! parent named then, so that subsidiaries share the arm with it; of the account itself where none is named. A
//! parent that is learned later changes nothing.
//!
//! Each account keeps its own draw. Of several that were merged the oldest counts for as long as they are merged.
//! Who enters meanwhile keeps the arm that it entered in.

use crate::domain::account::standing::{Drawn, ProductState};
use crate::domain::account::state::AccountState;
use crate::domain::evidence::company::Attribute;
use crate::domain::profile::Experiment;
use crate::domain::score::priority;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::experiment::Arm;
use crate::domain::terms::time::Timestamp;

/// The draw that holds for an account: the one kept, or a new one. None: nothing is held back.
pub fn draw(
    state: &AccountState,
    p: &ProductState,
    account: &AccountKey,
    experiment: Experiment,
    at: Timestamp,
) -> Option<Drawn> {
    if experiment.hold_out_percent == 0 {
        return None;
    }
    let of_members =
        state.members().iter().flat_map(|m| m.products.iter().filter(|q| q.product == p.product));
    let all = std::iter::once(p).chain(of_members).filter_map(|p| p.drawn.as_deref());
    let kept = all
        .filter(|drawn| drawn.salt == experiment.salt)
        .min_by(|a, b| (a.since, &a.by).cmp(&(b.since, &b.by)));
    Some(kept.cloned().unwrap_or_else(|| Drawn {
        since: at,
        salt: experiment.salt,
        by: state.names_as_parent(account).unwrap_or_else(|| account.clone()),
    }))
}

/// The arm that a draw comes to.
pub fn arm(drawn: Option<&Drawn>, experiment: Experiment, product: &str) -> Arm {
    drawn.map_or(Arm::Treatment, |drawn| priority::arm(experiment, product, &drawn.by))
}

impl ProductState {
    /// Keeps a draw, unless one of the same experiment is kept.
    pub(super) fn keep(&mut self, drawn: Option<Drawn>) {
        let Some(drawn) = drawn else { return };
        if self.drawn.as_ref().is_none_or(|kept| kept.salt != drawn.salt) {
            self.drawn = Some(Box::new(drawn));
        }
    }
}

impl AccountState {
    /// The parent that the company names, by a key: a name says too little of which company is meant.
    pub fn names_as_parent(&self, account: &AccountKey) -> Option<AccountKey> {
        let fact = self.company.fact(Attribute::Parent)?;
        let key = AccountKey::read(fact.value.texts().next()?)?;
        (key != *account).then_some(key)
    }
}
