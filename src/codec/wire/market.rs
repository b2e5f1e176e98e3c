//! News about a market, and its retraction: records without an account.

use super::check::{confidence, optional, required, uuid};
use super::head::{Head, occurred_at, precision};
use super::signals::News;
use super::{FirstText, UuidText};
use crate::codec::error::Flaw;
use crate::domain::account::input::Broadcast;
use crate::domain::evidence::signal;
use crate::domain::score::news::MarketEvent;

impl News<'_> {
    pub(crate) fn market(&self) -> Result<Broadcast, Flaw> {
        let head = self.head();
        if let Some(retracts) = head.retracts {
            return uuid("retracts", retracts).map(Broadcast::MarketRetraction);
        }
        let (industries, regions) = self.scope();
        Ok(Broadcast::Market(MarketEvent {
            id: uuid("signal_id", head.signal_id)?,
            source: required("source", head.source)?,
            occurred: head.occurred()?,
            confidence: confidence(head.confidence)?,
            evidence_url: optional(head.evidence_urls.0),
            // A market gives no notice.
            news: signal::News { place: None, change: None, ..self.news()? },
            industries,
            regions,
        }))
    }

    pub(crate) fn of_market(event: &MarketEvent) -> News<'_> {
        let head = Head {
            signal_id: UuidText::Write(event.id),
            account: None,
            occurred_at: occurred_at(event.occurred),
            occurred_precision: precision(event.occurred.precision),
            // The time of observation is not kept; without a date its day is used.
            observed_at: event.occurred.day.start().0,
            source: &event.source,
            source_record_id: None,
            confidence: event.confidence.get() as f64 / 10_000.0,
            evidence_urls: FirstText(event.evidence_url.as_deref()),
            planned: false,
            baseline: false,
            supersedes: None,
            retracts: None,
        };
        let mut news = News::of(head, &event.news);
        news.industries = event.industries.iter().map(|t| t.as_str()).collect();
        news.regions = event.regions.iter().map(|t| t.as_str()).collect();
        news
    }
}
