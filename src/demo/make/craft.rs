//! Records as vendors write them: each with a source, an id and a link.

use super::firm::{Firm, term};
use super::{Maker, What};
use crate::domain::Text;
use crate::domain::account::input::{Input, Retraction, SalesOutcome};
use crate::domain::evidence::signal::{
    Engagement, Event, Funding, Headcount, Hiring, News, Signal, SignalId, Technology,
};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{
    EngagementKind, FundingStage, HiringAction, Instrument, NewsKind, OutcomeKind, TechnologyAction,
};
use crate::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use crate::domain::terms::titles;
use crate::domain::terms::units::BasisPoints;
use rand::RngExt;
use uuid::Uuid;

impl Maker {
    /// An id as ingest derives it: from the source and the record's id there.
    pub fn id(&mut self, source: &str) -> SignalId {
        self.serial += 1;
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{source}/{}", self.serial).as_bytes())
    }

    pub fn signal(&mut self, source: &'static str, day: Day, event: Event) -> Signal {
        let id = self.id(source);
        let confidence = match source {
            "crm" | "website" => 10_000,
            "dealflow-daily" | "jobradar" => self.rng.random_range(70..85) * 100,
            _ => self.rng.random_range(86..98) * 100,
        };
        Signal {
            id,
            source: Text::const_new(source),
            occurred: Occurred { day, precision: Precision::Day },
            // Set to the record's time when it is sent.
            observed_at: Timestamp(0),
            confidence: BasisPoints::new(confidence).unwrap_or(BasisPoints::FULL),
            evidence_url: Some(format!("https://{source}.example/{}", self.serial).into()),
            planned: false,
            baseline: false,
            supersedes: None,
            event,
        }
    }

    /// Plans a signal for the day it is reported on.
    pub fn report(&mut self, on: Day, account: &AccountKey, signal: Signal) {
        self.plan(on, account, Input::Signal(signal));
    }

    pub fn plan(&mut self, on: Day, account: &AccountKey, input: Input) {
        self.plan_what(on, What::Account { account: account.clone(), input });
    }

    pub fn retract(&mut self, on: Day, account: &AccountKey, of: &Signal, reason: &'static str) {
        let id = self.id(&of.source.clone());
        let reason = Some(Text::const_new(reason));
        let retraction = Retraction { id, retracts: of.id, source: of.source.clone(), reason };
        self.plan(on, account, Input::Retraction(retraction));
    }

    pub fn sales(
        &mut self,
        on: Day,
        account: &AccountKey,
        outcome: OutcomeKind,
        reason: Option<&'static str>,
    ) {
        let id = self.id("crm");
        let amount = self.rng.random_range(12..90) * 1_000;
        let has_amount = matches!(outcome, OutcomeKind::Opportunity | OutcomeKind::Won);
        let said = SalesOutcome {
            contact: None,
            id,
            source: Text::const_new("crm"),
            product: None,
            outcome,
            occurred: Occurred { day: on, precision: Precision::Day },
            reason: reason.map(Text::const_new),
            amount_usd: has_amount.then_some(amount),
            opportunity_id: has_amount.then(|| format!("opp-{}", self.serial).into()),
            lead_source: Some(Text::const_new("outbound")),
            until: None,
        };
        self.plan(on, account, Input::Outcome(said));
    }
}

pub(super) fn round(stage: Option<FundingStage>, amount: Option<u64>, lead: Option<&str>) -> Event {
    Event::Funding(Funding {
        stage,
        instrument: Instrument::Equity,
        amount_usd: amount,
        lead_investor: lead.map(Text::new),
    })
}

pub(super) fn job(
    action: HiringAction,
    title: &str,
    place: &str,
    posting: Option<String>,
) -> Event {
    let (function, seniority) = titles::classify(title);
    Event::Hiring(Hiring {
        action,
        title: Text::new(title),
        function,
        seniority,
        place: Some(Text::new(place)),
        posting: posting.map(Text::from),
        agency: false,
        first_in_function: None,
    })
}

pub(super) fn headcount(firm: &Firm) -> Event {
    Event::Headcount(Headcount {
        total: Some(firm.employees),
        departments: vec![(crate::domain::terms::catalogue::Function::Sales, firm.sellers)],
        growth: None,
    })
}

pub(super) fn tool(tool: &str, action: TechnologyAction, category: &str) -> Event {
    Event::Technology(Technology { tool: term(tool), action, category: Some(term(category)) })
}

pub(super) fn news(news: NewsKind, summary: impl Into<Text>, people: Option<u32>) -> Event {
    Event::News(News { news, summary: Some(summary.into()), people, ..News::default() })
}

pub(super) fn visit(
    engagement: EngagementKind,
    contact: Option<String>,
    topic: Option<&str>,
) -> Event {
    let contact = contact.map(Text::from);
    Event::Engagement(Engagement { engagement, contact, topic: topic.map(Text::new) })
}
