//! The data that all accounts of a partition share (profiles, market news), as the task keeps it.
//! Exact.

use super::Fixed16;
use super::evidence::{basis_points, bits, count, kept, unbits};
use crate::codec::symbols::{Code, Open};
use crate::domain::account::input::{Activation, Broadcast};
use crate::domain::account::world::{Logged, World};
use crate::domain::evidence::signal;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::catalogue::NewsKind;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(crate) struct WorldWire<'a> {
    last: i64,
    #[serde(borrow)]
    broadcasts: Vec<LoggedWire<'a>>,
}

#[derive(Serialize, Deserialize)]
struct LoggedWire<'a> {
    offset: i64,
    time: i64,
    #[serde(borrow)]
    broadcast: BroadcastWire<'a>,
}

#[derive(Serialize, Deserialize)]
enum BroadcastWire<'a> {
    #[serde(rename = "buymode.KeptActivation")]
    Activation {
        number: i64,
        profile: &'a str,
        rules_version: i32,
        published_by: Option<&'a str>,
        note: Option<&'a str>,
    },
    #[serde(rename = "buymode.KeptMarketNews", borrow)]
    Market(Box<MarketWire<'a>>),
    #[serde(rename = "buymode.KeptMarketRetraction")]
    Retraction { id: Fixed16 },
}

#[derive(Serialize, Deserialize)]
struct MarketWire<'a> {
    id: Fixed16,
    source: &'a str,
    day: i32,
    precision: Open<Precision>,
    confidence: i32,
    url: Option<&'a str>,
    kind: Code<NewsKind>,
    summary: Option<&'a str>,
    amount_usd: Option<i64>,
    people: Option<i64>,
    #[serde(borrow)]
    industries: Vec<&'a str>,
    #[serde(borrow)]
    regions: Vec<&'a str>,
}

impl<'a> WorldWire<'a> {
    pub(crate) fn of(world: &'a World) -> WorldWire<'a> {
        let broadcasts = world.broadcasts().iter().map(LoggedWire::of).collect();
        WorldWire { last: world.last_offset(), broadcasts }
    }

    pub(crate) fn world(self) -> Result<World, String> {
        let broadcasts = self.broadcasts.into_iter().map(LoggedWire::logged);
        Ok(World::restored(broadcasts.collect::<Result<_, String>>()?, self.last))
    }
}

impl<'a> LoggedWire<'a> {
    fn of(logged: &'a Logged) -> LoggedWire<'a> {
        let broadcast = match &logged.broadcast {
            Broadcast::Activation(activation) => BroadcastWire::Activation {
                number: bits(activation.number),
                profile: &activation.profile.text,
                rules_version: activation.rules_version,
                published_by: activation.published_by.as_deref(),
                note: activation.note.as_deref(),
            },
            Broadcast::Market(market) => BroadcastWire::Market(Box::new(MarketWire::of(market))),
            Broadcast::MarketRetraction(id) => BroadcastWire::Retraction { id: Fixed16(*id) },
        };
        LoggedWire { offset: logged.offset, time: logged.time.0, broadcast }
    }

    fn logged(self) -> Result<Logged, String> {
        let broadcast = match self.broadcast {
            BroadcastWire::Activation { number, profile, rules_version, published_by, note } => {
                let profile = CompiledProfile::read(profile).map_err(|why| {
                    format!("invalid profile in the activation at offset {}: {why}", self.offset)
                })?;
                Broadcast::Activation(Activation {
                    number: unbits(number),
                    profile: Arc::new(profile),
                    rules_version,
                    published_by: published_by.map(Into::into),
                    note: note.map(Into::into),
                })
            }
            BroadcastWire::Market(market) => Broadcast::Market(market.market()?),
            BroadcastWire::Retraction { id } => Broadcast::MarketRetraction(id.0),
        };
        Ok(Logged { offset: self.offset, time: Timestamp(self.time), broadcast })
    }
}

impl<'a> MarketWire<'a> {
    fn of(market: &'a MarketEvent) -> MarketWire<'a> {
        MarketWire {
            id: Fixed16(market.id),
            source: &market.source,
            day: market.occurred.day.0,
            precision: super::head::precision(market.occurred.precision),
            confidence: market.confidence.get() as i32,
            url: market.evidence_url.as_deref(),
            kind: Code(market.news.news),
            summary: market.news.summary.as_deref(),
            amount_usd: market.news.amount_usd.map(bits),
            people: market.news.people.map(i64::from),
            industries: market.industries.iter().map(Term::as_str).collect(),
            regions: market.regions.iter().map(Term::as_str).collect(),
        }
    }

    fn market(self) -> Result<MarketEvent, String> {
        Ok(MarketEvent {
            id: self.id.0,
            source: self.source.into(),
            occurred: Occurred {
                day: Day(self.day),
                precision: self.precision.0.unwrap_or(Precision::Unknown),
            },
            confidence: basis_points(self.confidence)?,
            evidence_url: self.url.map(Into::into),
            news: signal::News {
                news: self.kind.0,
                summary: self.summary.map(Into::into),
                amount_usd: self.amount_usd.map(unbits),
                people: self.people.map(count).transpose()?,
                ..signal::News::default()
            },
            industries: self.industries.into_iter().map(kept).collect::<Result<_, String>>()?,
            regions: self.regions.into_iter().map(kept).collect::<Result<_, String>>()?,
        })
    }
}
