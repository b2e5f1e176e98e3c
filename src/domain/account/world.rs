//! What every account of a partition has in common: the profiles activated and the market events,
//! in log order. An account sees them as of the last one it has applied.

use super::input::{Activation, Broadcast};
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::catalogue::SuppressionList;
use crate::domain::terms::limits::{HORIZON_DAYS, MARKETS_MAX, PRODUCTS_MAX};
use crate::domain::terms::time::{Day, Timestamp};
use crate::domain::{RULES_VERSION, Text};
use smallvec::SmallVec;

/// A broadcast with its place in the partition.
#[derive(Clone, Debug)]
pub struct Logged {
    pub offset: i64,
    pub time: Timestamp,
    pub broadcast: Broadcast,
}

#[derive(Clone, Debug)]
pub struct World {
    /// In order of offset.
    broadcasts: Vec<Logged>,
    /// The offset of the last broadcast, even if it is no longer kept; -1: none.
    last: i64,
}

impl Default for World {
    fn default() -> Self {
        World { broadcasts: Vec::new(), last: -1 }
    }
}

/// What became of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    Applied,
    /// An activation whose number is not higher than the last one of its product, or a market
    /// event known by its id.
    Duplicate,
    TooLate,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "profile {profile:?} was activated under rules version {needed}, and this build has version \
     {RULES_VERSION}; use the build of version {needed}, or `buymode upgrade`, which has this build go on \
     with the log, or `buymode topics copy --rules`, which has it decide a copy; a log that was upgraded is \
     audited from the snapshot that `buymode upgrade` saved"
)]
pub struct UnknownRules {
    pub profile: Text,
    pub needed: i32,
}

impl World {
    /// As it was kept in a task record.
    pub fn restored(broadcasts: Vec<Logged>, last: i64) -> World {
        World { broadcasts, last }
    }

    pub fn broadcasts(&self) -> &[Logged] {
        &self.broadcasts
    }

    /// The offset up to which an account must have applied broadcasts to be up to date.
    pub fn last_offset(&self) -> i64 {
        self.last
    }

    pub fn accept(
        &mut self,
        broadcast: Broadcast,
        offset: i64,
        time: Timestamp,
    ) -> Result<Accepted, UnknownRules> {
        let accepted = match &broadcast {
            Broadcast::Activation(activation) => self.accepts_activation(activation)?,
            Broadcast::Market(market) => self.accepts_market(market, time.day()),
            Broadcast::MarketRetraction(id) => {
                let known = self.all_markets().any(|m| m.id == *id);
                let again = self.retracted(i64::MAX).any(|gone| gone == *id);
                if known && !again { Accepted::Applied } else { Accepted::Duplicate }
            }
        };
        if accepted == Accepted::Applied {
            self.broadcasts.push(Logged { offset, time, broadcast });
            self.last = offset;
        }
        Ok(accepted)
    }

    fn accepts_activation(&self, activation: &Activation) -> Result<Accepted, UnknownRules> {
        if activation.rules_version != RULES_VERSION {
            let profile = activation.profile.profile.profile.clone();
            return Err(UnknownRules { profile, needed: activation.rules_version });
        }
        let product = &activation.profile.profile.product;
        let last = self.activations(i64::MAX).find(|(_, a)| a.profile.profile.product == *product);
        let products = self.products(i64::MAX).len();
        Ok(match last {
            Some((_, last)) if last.number >= activation.number => Accepted::Duplicate,
            None if products >= PRODUCTS_MAX => Accepted::TooLate,
            _ => Accepted::Applied,
        })
    }

    fn accepts_market(&self, market: &MarketEvent, today: Day) -> Accepted {
        if self.all_markets().any(|known| known.id == market.id) {
            return Accepted::Duplicate;
        }
        let late = today.since(market.occurred.day) > HORIZON_DAYS;
        let full = self.all_markets().count() >= MARKETS_MAX;
        if late || full { Accepted::TooLate } else { Accepted::Applied }
    }

    /// The broadcasts after `applied`, in order.
    pub fn after(&self, applied: i64) -> &[Logged] {
        let from = self.broadcasts.partition_point(|l| l.offset <= applied);
        &self.broadcasts[from..]
    }

    fn upto(&self, applied: i64) -> &[Logged] {
        let to = self.broadcasts.partition_point(|l| l.offset <= applied);
        &self.broadcasts[..to]
    }

    /// Activations up to `applied`, the latest first.
    fn activations(&self, applied: i64) -> impl Iterator<Item = (i64, &Activation)> {
        self.upto(applied).iter().rev().filter_map(|l| match &l.broadcast {
            Broadcast::Activation(activation) => Some((l.offset, activation)),
            _ => None,
        })
    }

    /// The profile in force for each product as of `applied`, sorted by product.
    pub fn products(&self, applied: i64) -> SmallVec<[&Activation; 2]> {
        let mut found: SmallVec<[&Activation; 2]> = SmallVec::new();
        for (_, activation) in self.activations(applied) {
            let product = &activation.profile.profile.product;
            if found.iter().all(|a| a.profile.profile.product != *product) {
                found.push(activation);
            }
        }
        found.sort_by(|a, b| a.profile.profile.product.cmp(&b.profile.profile.product));
        found
    }

    /// Whether the activation at `offset` is the first of its product. An earlier one is kept until
    /// every account has applied the later one, so that the answer holds for every later question.
    pub fn is_first(&self, offset: i64, product: &str) -> bool {
        self.activations(offset - 1).all(|(_, a)| a.profile.profile.product != product)
    }

    /// Market events in force as of `applied`, each with the instant it was read.
    pub fn markets(
        &self,
        applied: i64,
        today: Day,
    ) -> impl Iterator<Item = (Timestamp, &MarketEvent)> {
        self.upto(applied).iter().filter_map(move |l| match &l.broadcast {
            Broadcast::Market(market) => {
                let gone = self.retracted(applied).any(|id| id == market.id);
                let old = today.since(market.occurred.day) > HORIZON_DAYS;
                (!gone && !old).then_some((l.time, market))
            }
            _ => None,
        })
    }

    fn all_markets(&self) -> impl Iterator<Item = &MarketEvent> {
        self.broadcasts.iter().filter_map(|l| match &l.broadcast {
            Broadcast::Market(market) => Some(market),
            _ => None,
        })
    }

    fn retracted(
        &self,
        applied: i64,
    ) -> impl Iterator<Item = crate::domain::evidence::signal::SignalId> {
        self.upto(applied).iter().filter_map(|l| match l.broadcast {
            Broadcast::MarketRetraction(id) => Some(id),
            _ => None,
        })
    }

    /// Forgets what no account needs any more, once every account has applied the last broadcast:
    /// activations that a later one has replaced, and markets beyond the horizon.
    pub fn prune(&mut self, today: Day) {
        let keep = self.needed(today);
        let mut keep = keep.into_iter();
        self.broadcasts.retain(|_| keep.next().unwrap_or(true));
    }

    pub fn needs_pruning(&self, today: Day) -> bool {
        self.needed(today).contains(&false)
    }

    /// Whether each broadcast is still needed.
    fn needed(&self, today: Day) -> Vec<bool> {
        let last = |product: &Text| {
            self.activations(i64::MAX).find(|(_, a)| a.profile.profile.product == *product)
        };
        let needed = |logged: &Logged| match &logged.broadcast {
            Broadcast::Activation(a) => {
                last(&a.profile.profile.product).is_none_or(|(offset, _)| offset == logged.offset)
            }
            Broadcast::Market(m) => today.since(m.occurred.day) <= HORIZON_DAYS,
            Broadcast::MarketRetraction(_) => today.since(logged.time.day()) <= HORIZON_DAYS,
        };
        self.broadcasts.iter().map(needed).collect()
    }
}

/// Suppression lists whose accounts are excluded outright.
pub fn excludes(list: SuppressionList) -> bool {
    !list.informs_owner()
}
