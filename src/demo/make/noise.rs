//! Everyday noise: signals without consequences, and errors of vendors.

use super::craft::{headcount, job, news, round, tool, visit};
use super::firm::{Firm, Known, amount_of, term};
use super::jobs::{LEADERS, OTHERS, SELLERS};
use super::names::{CRMS, TOOLS};
use super::press::{elsewhere, everyday_news};
use super::{Maker, Spoil, What, pick};
use crate::domain::Text;
use crate::domain::account::input::{Broadcast, Input};
use crate::domain::evidence::signal::{Event, News, Signal};
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{
    EngagementKind, FundingStage, HiringAction, NewsKind, TechnologyAction,
};
use crate::domain::terms::time::{Day, Occurred, Precision};
use crate::domain::terms::units::BasisPoints;
use rand::RngExt;

impl Maker {
    /// A vendor's first dump for a new customer: every company it knows, and jobs that have been open for
    /// a while. They are known from now on, but not new events.
    pub(super) fn first_dump(&mut self) {
        let day = self.day;
        for at in 0..self.firms.len() {
            let id = self.id("peoplegraph");
            let firm = &self.firms[at];
            if firm.known == Known::Later {
                let later = day.plus(20 + (at as i32 * 37) % 300);
                let record = firm.record(id, "peoplegraph", later, false);
                let account = firm.account.clone();
                self.plan(later, &account, Input::Company(record));
            } else if firm.known == Known::FromTheFirstDump {
                let record = firm.record(id, "peoplegraph", day, true);
                let account = firm.account.clone();
                self.plan(day, &account, Input::Company(record));
                if at % 9 == 0 {
                    let (title, city) = (pick(LEADERS, &mut self.rng), self.firms[at].city);
                    let open = job(HiringAction::Posted, title, city, None);
                    let mut signal = self.signal("jobradar", day.plus(-40), open);
                    signal.baseline = true;
                    self.report(day.next(), &account, signal);
                }
            }
        }
    }

    /// One everyday record.
    pub(super) fn everyday(&mut self) {
        let at = self.someone();
        let firm = self.firms[at].clone();
        let account = firm.account.clone();
        let today = self.day;
        match self.rng.random_range(0..100) {
            0..3 => return self.rubbish(&firm),
            3..5 => return self.absurd(&firm),
            5..8 => return self.company_again(at),
            _ => {}
        }
        let Some((source, event)) = self.everyday_event(at, &firm) else { return };
        let happened = today.plus(-self.delay());
        let signal = self.signal(source, happened, event);
        if self.rng.random_ratio(1, 16) {
            // The vendor retries: the same record again, a little later.
            let again = today.plus(self.rng.random_range(0..3));
            self.report(again, &account, signal.clone());
        }
        if self.rng.random_ratio(1, 120) {
            self.retract(today.plus(3), &account, &signal, "posted by mistake");
        }
        self.report(today, &account, signal);
    }

    /// Days between event and report: most are days, some weeks, a few years.
    fn delay(&mut self) -> i32 {
        match self.rng.random_range(0..100) {
            0..50 => self.rng.random_range(0..2),
            50..90 => self.rng.random_range(1..8),
            90..98 => self.rng.random_range(8..70),
            _ => self.rng.random_range(401..900),
        }
    }

    fn everyday_event(&mut self, at: usize, firm: &Firm) -> Option<(&'static str, Event)> {
        let rng = &mut self.rng;
        Some(match rng.random_range(0..100) {
            0..34 => {
                let title =
                    if rng.random_ratio(1, 9) { pick(SELLERS, rng) } else { pick(OTHERS, rng) };
                let action = match rng.random_range(0..10) {
                    0..6 => HiringAction::Posted,
                    6..8 => HiringAction::Closed,
                    _ => HiringAction::Hired,
                };
                let posting = format!("{}-{}", firm.city.len(), rng.random_range(1_000..99_999));
                let town = if rng.random_ratio(1, 6) { elsewhere(firm, rng) } else { firm.city };
                ("hiretrail", job(action, title, town, Some(posting)))
            }
            34..48 => {
                let rng = &mut self.rng;
                let firm = &mut self.firms[at];
                let drift = 97 + rng.random_range(0..8);
                firm.employees = (firm.employees * drift / 100).max(2);
                ("peoplegraph", headcount(firm))
            }
            48..62 => {
                let (name, category) = pick(TOOLS, rng);
                let action = match rng.random_range(0..10) {
                    0..3 => TechnologyAction::Adopted,
                    3..4 => TechnologyAction::Dropped,
                    _ => TechnologyAction::InUse,
                };
                ("stackscan", tool(name, action, category))
            }
            62..64 => ("stackscan", tool(pick(CRMS, rng), TechnologyAction::InUse, "crm")),
            64..80 => ("newsdesk", everyday_news(firm, rng)),
            80..98 => {
                let (kind, topic) = match rng.random_range(0..10) {
                    0..5 => (EngagementKind::WebsiteVisit, None),
                    5..7 => {
                        let topics = ["sales-engagement", "pipeline-forecasting", "cold-calling"];
                        (EngagementKind::IntentTopic, Some(pick(&topics, rng)))
                    }
                    7..8 => {
                        let topics = ["quota-planning", "hiring-sellers", "territory-design"];
                        (EngagementKind::Webinar, Some(pick(&topics, rng)))
                    }
                    8..9 => (EngagementKind::Email, None),
                    _ => (EngagementKind::PricingPage, None),
                };
                let contact = format!("visitor-{}", rng.random_range(100..999));
                ("website", visit(kind, Some(contact), topic))
            }
            _ => {
                let stage = firm.stage.filter(|s| *s == FundingStage::PreSeed)?;
                let amount = amount_of(FundingStage::Seed, rng) / 4;
                ("fundwire", round(Some(stage), Some(amount), None))
            }
        })
    }

    /// The vendor sends the company record again: unchanged, larger, or from an old export.
    fn company_again(&mut self, at: usize) {
        let today = self.day;
        let id = self.id("peoplegraph");
        let account = self.firms[at].account.clone();
        let as_of = match self.rng.random_range(0..10) {
            0..2 => super::FIRST_DAY.plus(-200),
            2..6 => today,
            _ => {
                let firm = &mut self.firms[at];
                let grown = firm.employees + firm.employees / 8;
                firm.employees = if firm.employees > 20_000 { firm.employees } else { grown };
                firm.is_measured = true;
                today
            }
        };
        let record = self.firms[at].record(id, "peoplegraph", as_of, false);
        self.plan(today, &account, Input::Company(record.clone()));
        if self.rng.random_ratio(1, 4) {
            self.plan(today.next(), &account, Input::Company(record));
        }
    }

    /// An invalid record.
    fn rubbish(&mut self, firm: &Firm) {
        let today = self.day;
        let event = everyday_news(firm, &mut self.rng);
        let signal = self.signal("newsdesk", today, event);
        let how = match self.rng.random_range(0..6) {
            0 => {
                let length = self.rng.random_range(1..200);
                Spoil::RandomBytes((0..length).map(|_| self.rng.random()).collect())
            }
            1 => Spoil::WrongSchemaId,
            2..4 => Spoil::Truncated,
            4 => Spoil::WrongKey,
            _ => Spoil::Empty,
        };
        let (account, input) = (firm.account.clone(), Input::Signal(signal));
        self.plan_what(today, What::Spoilt { account, input, how });
    }

    /// A well-formed record with an impossible date: in the next millennium, or in the future.
    fn absurd(&mut self, firm: &Firm) {
        let today = self.day;
        let ahead =
            if self.rng.random_ratio(1, 3) { 365_000 } else { self.rng.random_range(5..90) };
        let town = elsewhere(firm, &mut self.rng);
        let opening = news(NewsKind::NewOffice, format!("{} opens in {town}", firm.name), None);
        let mut signal = self.signal("newsdesk", today.plus(ahead), opening);
        signal.planned = ahead < 365_000 && self.rng.random_ratio(1, 2);
        self.report(today, &firm.account, signal);
    }

    /// Market news without a company: four times a year, once retracted.
    pub(super) fn market(&mut self, today: Day) {
        let since = today.since(super::FIRST_DAY);
        if since % 91 != 45 {
            return;
        }
        let (kind, summary, industry, region) = match since / 91 % 4 {
            0 => {
                (NewsKind::Regulation, "instant-payment rules apply from July", "fintech", "europe")
            }
            1 => (NewsKind::Disruption, "a large cloud region was down for a day", "software", ""),
            2 => (NewsKind::Regulation, "breach reports due within 24 hours", "cybersecurity", ""),
            _ => (NewsKind::Regulation, "new privacy rules for patient data", "health-tech", ""),
        };
        let id = self.id("newsdesk");
        let terms = |word: &'static str| match word {
            "" => Vec::new(),
            word => vec![term(word)],
        };
        let event = MarketEvent {
            id,
            source: Text::const_new("newsdesk"),
            occurred: Occurred { day: today, precision: Precision::Day },
            confidence: BasisPoints::FULL,
            evidence_url: Some(Text::const_new("https://newsdesk.example/markets")),
            news: News { news: kind, summary: Some(Text::const_new(summary)), ..News::default() },
            industries: terms(industry),
            regions: terms(region),
        };
        self.plan_what(today, What::Broadcast(Broadcast::Market(event)));
        if kind == NewsKind::Disruption {
            self.plan_what(today.plus(6), What::Broadcast(Broadcast::MarketRetraction(id)));
        }
    }

    /// The same event by another vendor: with another id, some days later, slightly different.
    pub(super) fn second_vendor(&mut self, on: Day, account: &AccountKey, first: &Signal) {
        let mut event = first.event.clone();
        if let Event::Funding(f) = &mut event {
            f.lead_investor = None;
            f.amount_usd = f.amount_usd.map(|a| a / 100 * self.rng.random_range(93..105));
        }
        let source = match &event {
            Event::Funding(_) => "dealflow-daily",
            Event::Hiring(_) => "jobradar",
            _ => "newsdesk",
        };
        let day = first.occurred.day.plus(self.rng.random_range(0..3)).min(on);
        let signal = self.signal(source, day, event);
        self.report(on, account, signal);
    }
}
