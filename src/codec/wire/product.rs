//! The state of an account for a product, in the accounts topic.

use super::evidence::count;
use crate::codec::symbols::{Code, Open};
use crate::domain::account::standing::{Cooldown, Episode, ProductState, Stage};
use crate::domain::profile::Priority;
use crate::domain::score::fit::Tier;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct ProductWire<'a> {
    product: &'a str,
    sequence: i64,
    stage: Code<Stage>,
    tier: Open<Tier>,
    #[serde(borrow)]
    episode: Option<EpisodeWire<'a>>,
    cooldown: Option<CooldownWire>,
    enrich_asked: Option<i64>,
    muted: bool,
}

#[derive(Serialize, Deserialize)]
struct EpisodeWire<'a> {
    since: i64,
    entered: i64,
    segment: &'a str,
    route: &'a str,
    announced: Code<Priority>,
    announced_on: i32,
    account: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct CooldownWire {
    since: i64,
    until: i32,
    explained: Open<OutcomeKind>,
}

pub(crate) fn collect<W, T>(
    wires: Vec<W>,
    read: impl Fn(W) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut all = Vec::with_capacity(wires.len());
    for wire in wires {
        all.push(read(wire)?);
    }
    Ok(all)
}

impl<'a> ProductWire<'a> {
    pub(crate) fn of(product: &'a ProductState) -> ProductWire<'a> {
        ProductWire {
            product: &product.product,
            sequence: i64::from(product.sequence),
            stage: Code(product.stage),
            tier: Open(product.tier),
            episode: product.episode.as_ref().map(|episode| EpisodeWire {
                since: episode.since.0,
                entered: i64::from(episode.entered),
                segment: &episode.segment,
                route: &episode.route,
                announced: Code(episode.announced),
                announced_on: episode.announced_on.0,
                account: episode.account.as_ref().map(AccountKey::as_str),
            }),
            cooldown: product.cooldown.map(|cooldown| CooldownWire {
                since: cooldown.since.0,
                until: cooldown.until.0,
                explained: Open(cooldown.explained),
            }),
            enrich_asked: product.enrich_asked.map(i64::from),
            muted: product.muted,
        }
    }

    pub(crate) fn product(self) -> Result<ProductState, String> {
        Ok(ProductState {
            product: self.product.into(),
            sequence: count(self.sequence)?,
            stage: self.stage.0,
            tier: self.tier.0,
            episode: self.episode.map(EpisodeWire::episode).transpose()?,
            cooldown: self.cooldown.map(|cooldown| Cooldown {
                since: Timestamp(cooldown.since),
                until: Day(cooldown.until),
                explained: cooldown.explained.0,
            }),
            enrich_asked: self.enrich_asked.map(count).transpose()?,
            muted: self.muted,
        })
    }
}

impl EpisodeWire<'_> {
    fn episode(self) -> Result<Episode, String> {
        Ok(Episode {
            since: Timestamp(self.since),
            entered: count(self.entered)?,
            segment: self.segment.into(),
            route: self.route.into(),
            announced: self.announced.0,
            announced_on: Day(self.announced_on),
            account: self.account.map(AccountKey::parse).transpose().map_err(|e| e.to_string())?,
        })
    }
}
