//! The log that a copy is compared with.

use crate::codec::Codec;
use crate::domain::Text;
use crate::domain::account::decision::{Decision, Origin};
use crate::domain::terms::account::AccountKey;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Accounts that may decide otherwise in the copy. Their decisions are numbered above those of the old log.
#[derive(Clone, Debug)]
pub enum Renumbered {
    /// Every one: the rules are others.
    All,
    /// Those from which something was left out.
    Some(BTreeSet<AccountKey>),
}

impl Renumbered {
    pub fn has(&self, account: &AccountKey) -> bool {
        match self {
            Renumbered::All => true,
            Renumbered::Some(accounts) => accounts.contains(account),
        }
    }
}

/// The decisions of the old log, and how far each account's numbers went.
#[derive(Default)]
pub struct Old {
    decisions: HashMap<Uuid, Vec<u8>>,
    /// Highest number for each account and product.
    sequences: HashMap<AccountKey, Vec<(Text, u32)>>,
    /// A topic no longer holds its beginning.
    pub trimmed: bool,
}

impl Old {
    /// The state of an account, as it was written last.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn state(
        &mut self,
        codec: &mut Codec,
        account: &AccountKey,
        bytes: &[u8],
    ) -> Result<(), String> {
        let state = codec.decode_state(bytes).map_err(|error| error.to_string())?;
        let numbers: Vec<_> = state
            .products
            .into_iter()
            .filter(|p| p.sequence > 0)
            .map(|p| (p.product, p.sequence))
            .collect();
        match numbers.is_empty() {
            true => self.sequences.remove(account),
            false => self.sequences.insert(account.clone(), numbers),
        };
        Ok(())
    }

    /// A record of a route's topic.
    ///
    /// # Errors
    /// It cannot be read, or was written twice.
    pub fn decision(&mut self, codec: &mut Codec, bytes: &[u8]) -> Result<(), String> {
        let decision = codec.decode_decision(bytes).map_err(|error| error.to_string())?;
        // A test follows from no input, so that the copy has none.
        if decision.origin == Origin::Test {
            return Ok(());
        }
        let id = decision.id;
        let numbers = self.sequences.entry(decision.account).or_default();
        match numbers.iter_mut().find(|(product, _)| *product == decision.product) {
            Some((_, highest)) => *highest = decision.sequence.max(*highest),
            None => numbers.push((decision.product, decision.sequence)),
        }
        match self.decisions.insert(id, bytes.to_vec()) {
            None => Ok(()),
            Some(_) => Err(format!("decision {id} is there twice; `buymode audit` says more")),
        }
    }

    /// The numbers of these accounts.
    pub fn numbered(&self, which: &Renumbered) -> BTreeMap<AccountKey, Vec<(Text, u32)>> {
        let some = self.sequences.iter().filter(|(account, _)| which.has(account));
        some.map(|(account, numbers)| (account.clone(), numbers.clone())).collect()
    }

    pub(super) fn highest(&self, account: &AccountKey, product: &Text) -> u32 {
        let numbers = self.sequences.get(account);
        let of = numbers.and_then(|all| all.iter().find(|(of, _)| of == product));
        of.map_or(0, |(_, highest)| *highest)
    }

    pub(super) fn take(&mut self, id: &Uuid) -> Option<Vec<u8>> {
        self.decisions.remove(id)
    }

    /// Those that were not taken, in order of id.
    pub(super) fn rest(&mut self) -> Vec<(Uuid, Vec<u8>)> {
        let mut rest: Vec<(Uuid, Vec<u8>)> = self.decisions.drain().collect();
        rest.sort_unstable_by_key(|(id, _)| *id);
        rest
    }

    pub(super) fn numbers(&self, account: &AccountKey) -> Option<Vec<(Text, u32)>> {
        self.sequences.get(account).cloned()
    }

    pub(super) fn was_made(&self, decision: &Decision) -> bool {
        decision.sequence <= self.highest(&decision.account, &decision.product)
    }
}
