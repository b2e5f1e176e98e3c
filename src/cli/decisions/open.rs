//! Which episodes are open, by their decisions. A merge hands an episode on to another account, which may have nothing
//! to say of it: then the states of the accounts say whether it goes on.

use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind, ExitReason, Origin};
use crate::domain::account::ids::decision_id;
use crate::domain::account::state::AccountState;
use crate::domain::terms::account::AccountKey;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// By the id that each was announced under. Tests are of none.
#[derive(Default)]
pub(super) struct Episodes(BTreeMap<Uuid, Episode>);

#[derive(Default)]
struct Episode {
    /// Topics have no order between them: what is read later does not open it again.
    is_ended: bool,
    /// Of each account that had it the highest number, and whether it handed the episode on with it.
    accounts: BTreeMap<AccountKey, (u32, bool)>,
    /// The latest that does not end it.
    latest: Option<Decision>,
}

impl Episodes {
    pub(super) fn take(&mut self, d: Decision) {
        use DecisionKind::{Entered, Exited, Strengthened, Withdrawn};
        if d.origin == Origin::Test
            || !matches!(d.kind, Entered | Strengthened | Exited | Withdrawn)
        {
            return;
        }
        let episode = self.0.entry(id_of(&d)).or_default();
        let is_moved = d.exit.is_some_and(|exit| exit.reason == ExitReason::Moved);
        if episode.is_ended || (matches!(d.kind, Exited | Withdrawn) && !is_moved) {
            *episode = Episode { is_ended: true, ..Episode::default() };
            return;
        }
        let last = episode.accounts.entry(d.account.clone()).or_default();
        *last = (d.sequence, is_moved).max(*last);
        let at = |d: &Decision| (d.decided_at, d.sequence);
        if !is_moved && episode.latest.as_ref().is_none_or(|known| at(known) < at(&d)) {
            episode.latest = Some(d);
        }
    }

    /// Whether an account has handed on an episode of which nothing was said since.
    pub(super) fn has_moved(&self) -> bool {
        self.0.values().any(Episode::is_handed_on)
    }

    /// Those that are open, in order of time; no routes: of all. `goes_on`: those that an account has, by the states.
    pub(super) fn open(self, routes: &[String], goes_on: &HashSet<Uuid>) -> Vec<Decision> {
        let is_asked_for =
            |d: &Decision| routes.is_empty() || routes.iter().any(|route| *route == *d.route);
        let open =
            self.0.into_iter().filter(|(id, one)| !one.is_handed_on() || goes_on.contains(id));
        let mut open: Vec<Decision> =
            open.filter_map(|(_, episode)| episode.latest).filter(is_asked_for).collect();
        open.sort_by(|a, b| (a.decided_at, &a.account).cmp(&(b.decided_at, &b.account)));
        open
    }
}

impl Episode {
    fn is_handed_on(&self) -> bool {
        !self.is_ended && self.accounts.values().all(|(_, is_moved)| *is_moved)
    }
}

fn id_of(d: &Decision) -> Uuid {
    let entered_as = d.entered_as.as_ref().unwrap_or(&d.account);
    let entry = d.exit.map(|exit| decision_id(entered_as, &d.product, exit.entered));
    d.episode_id.or(d.opened_by).or(entry).unwrap_or(d.id)
}

/// The episodes that an account has, as they were announced.
pub(super) fn episodes_of<'a>(
    account: &'a AccountKey,
    state: &'a AccountState,
) -> impl Iterator<Item = Uuid> + 'a {
    state.products.iter().filter_map(move |product| {
        let episode = product.episode.as_ref()?;
        let entered_as = episode.account.as_ref().unwrap_or(account);
        let name: &Text = &product.product;
        Some(decision_id(entered_as, name, episode.entered))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::sample::decision;

    #[test]
    fn an_episode_is_open_until_a_later_decision_ends_it() {
        let take = |kinds: &[DecisionKind]| {
            let mut episodes = Episodes::default();
            kinds.iter().for_each(|kind| episodes.take(decision(*kind)));
            episodes
        };
        let none = HashSet::new();
        use DecisionKind::{Entered, Exited, Strengthened, TierChanged};
        let open = take(&[Strengthened, Entered, TierChanged]).open(&[], &none);
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].kind, open[0].episode_id), (Strengthened, Some(decision(Entered).id)));
        // Topics have no order between them.
        assert!(take(&[Exited, Entered]).open(&[], &none).is_empty());
        assert!(take(&[Entered]).open(&["sdr".to_owned()], &none).is_empty());
        assert_eq!(take(&[Entered]).open(&["ae".to_owned()], &none).len(), 1);
    }

    #[test]
    fn an_episode_that_a_merge_moved_is_open_where_an_account_has_it() {
        use DecisionKind::{Entered, Exited, Strengthened};
        let entered = decision(Entered);
        let root = AccountKey::parse("bigtide.com").unwrap();
        let mut moved = Decision { sequence: 2, ..decision(Exited) };
        moved.exit = moved.exit.map(|exit| crate::domain::account::decision::Exit {
            reason: ExitReason::Moved,
            ..exit
        });
        let of_root = |kind| Decision {
            sequence: 1,
            account: root.clone(),
            entered_as: Some(entered.account.clone()),
            ..decision(kind)
        };
        let taken = |decisions: &[&Decision]| {
            let mut episodes = Episodes::default();
            decisions.iter().for_each(|d| episodes.take((*d).clone()));
            episodes
        };
        let (none, kept) = (HashSet::new(), HashSet::from([entered.id]));
        for order in [[&entered, &moved], [&moved, &entered]] {
            assert!(taken(&order).has_moved());
            assert!(taken(&order).open(&[], &none).is_empty());
            let open = taken(&order).open(&[], &kept);
            assert_eq!(open.iter().map(|d| d.id).collect::<Vec<_>>(), [entered.id]);
        }
        // The other account goes on with it, under numbers of its own, and ends it.
        let (stronger, exited) = (of_root(Strengthened), of_root(Exited));
        let open = taken(&[&stronger, &moved, &entered]).open(&[], &none);
        assert_eq!(open.iter().map(|d| d.account.as_str()).collect::<Vec<_>>(), ["bigtide.com"]);
        assert!(taken(&[&exited, &moved, &entered]).open(&[], &kept).is_empty());
    }
}
