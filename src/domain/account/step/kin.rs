//! Subsidiaries greet their parents, and parents send them the lists they are on.

use super::transfer::filed;
use super::{Addressed, Applied, Fold};
use crate::domain::account::decide::Happened;
use crate::domain::account::decision::Verdict;
use crate::domain::account::input::{Input, Kinship, KinshipStep};
use crate::domain::account::kin::{Child, Parent};
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::limits::CHILDREN_MAX;

/// Whether what it had was on its way back, and the lists it was on.
pub(super) type Told = (bool, Vec<Suppression>);

impl Fold<'_> {
    pub(super) fn kinship<'i>(&mut self, kinship: &'i Kinship) -> Applied<'i> {
        let child = || Child { account: kinship.child.clone(), names: kinship.parent.clone() };
        match &kinship.step {
            KinshipStep::Joined => {
                let parent = &kinship.parent;
                if parent != self.account && self.state.member(parent).is_none() {
                    // The account it names was not taken in, or has left.
                    self.introduce(vec![child()], parent);
                    return Applied::nothing(Verdict::Applied);
                }
                let children = &mut self.state.kin.children;
                let at = children.binary_search(&child());
                if at.is_err() && children.len() >= CHILDREN_MAX {
                    return Applied::refused(format!(
                        "has {CHILDREN_MAX} subsidiaries already; {} will not inherit its exclusions",
                        kinship.child
                    ));
                }
                // Sent again whatever it knows: it may have it from a former parent.
                self.tell(child(), self.lists_for_kin());
                match at {
                    Ok(_) => Applied::nothing(Verdict::Duplicate),
                    Err(at) => {
                        self.state.kin.children.insert(at, child());
                        filed(Verdict::Applied)
                    }
                }
            }
            KinshipStep::Left => match self.state.kin.children.binary_search(&child()) {
                Err(_) => Applied::nothing(Verdict::Duplicate),
                Ok(at) => {
                    self.state.kin.children.remove(at);
                    filed(Verdict::Applied)
                }
            },
            KinshipStep::Lists(lists) => {
                let parent = self.state.kin.parent.as_mut();
                let Some(parent) = parent.filter(|p| p.account == kinship.parent) else {
                    // Another account is its parent by now.
                    return Applied::nothing(Verdict::TooLate);
                };
                if parent.lists == *lists {
                    return Applied::nothing(Verdict::Duplicate);
                }
                parent.lists.clone_from(lists);
                Applied::did(Verdict::Applied, Happened::default())
            }
        }
    }

    /// Subsidiaries go with the account that they name to where it is merged, and back.
    pub(super) fn introduce(&mut self, children: Vec<Child>, to: &AccountKey) {
        for child in children {
            self.send_kinship(to.clone(), child.names, child.account, KinshipStep::Joined);
        }
    }

    /// What [`tell_kin`](Self::tell_kin) compares with.
    pub(super) fn told_kin(&self) -> Told {
        (self.state.awaits_return(), self.lists_for_kin())
    }

    /// A subsidiary inherits a list and does not lift it: it needs no day of the statement.
    fn lists_for_kin(&self) -> Vec<Suppression> {
        let lists = self.state.suppressions.iter();
        lists.map(|s| Suppression { stated_on: s.since, ..s.clone() }).collect()
    }

    /// After whatever may have changed it: a new parent is greeted, the old one left, and the
    /// subsidiaries hear of the lists it is on, if these are not as before. Of an account that was
    /// merged they hear from the one that has it.
    pub(super) fn tell_kin(&mut self, (awaited, before): &Told) {
        let named = self.state.names_as_parent(self.account);
        let known = self.state.kin.parent.as_ref().map(|parent| &parent.account);
        if known != named.as_ref() {
            let left = known.cloned();
            let greetings = left.map(|old| (old, KinshipStep::Left));
            let greetings =
                greetings.into_iter().chain(named.clone().map(|new| (new, KinshipStep::Joined)));
            for (parent, step) in greetings.collect::<Vec<_>>() {
                let child = self.account.clone();
                self.send_kinship(parent.clone(), parent, child, step);
            }
            self.state.kin.parent = named.map(|account| Parent { account, lists: Vec::new() });
        }
        let speaks = self.state.moved_to().is_none() && !self.state.awaits_return();
        let lists = self.lists_for_kin();
        if speaks && (*awaited || lists != *before) {
            for child in self.state.kin.children.clone() {
                self.tell(child, lists.clone());
            }
        }
    }

    fn tell(&mut self, child: Child, lists: Vec<Suppression>) {
        let to = child.account.clone();
        self.send_kinship(to, child.names, child.account, KinshipStep::Lists(lists));
    }

    pub(super) fn send_kinship(
        &mut self,
        to: AccountKey,
        parent: AccountKey,
        child: AccountKey,
        step: KinshipStep,
    ) {
        // One of a kind for each record that leads to it.
        let place = format!("{}/{}", self.at.partition, self.at.offset);
        let name = format!("{place}\n{}\n{to}\n{parent}\n{child}\n{}", self.account, step.name());
        let id = SignalId::new_v5(&SignalId::NAMESPACE_OID, name.as_bytes());
        let kinship = Kinship { id, parent, child, step };
        self.inputs.push(Addressed { account: to, input: Input::Kinship(Box::new(kinship)) });
    }
}
