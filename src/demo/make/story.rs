//! Realistic stories: the signals of a company that is about to buy.

use super::craft::{headcount, job, round, tool, visit};
use super::firm::{Firm, Role, amount_of, next_stage};
use super::jobs::{LEADERS, REVENUE_OPERATIONS, SELLERS};
use super::names::{COMPETITORS, INVESTORS};
use super::press::{elsewhere, opening};
use super::{Maker, pick};
use crate::domain::terms::catalogue::{EngagementKind, HiringAction, TechnologyAction};
use crate::domain::terms::time::Day;
use rand::RngExt;

/// Days until the next story of a company may start.
const STORY_DAYS: i32 = 170;

/// People who look around and ask, as a website knows them.
const CONTACTS: &[&str] = &["vp-sales", "revops-lead", "coo", "sdr-manager", "founder"];
/// Subjects of their requests.
const WISHES: &[&str] = &[
    "onboarding new reps",
    "forecasts that hold",
    "moving off spreadsheets",
    "prices for 40 seats",
    "a team in two time zones",
    "replacing our dialer",
    "pipeline reviews",
];

impl Maker {
    pub(super) fn begin_a_story(&mut self) {
        let Some(at) = self.hero() else { return };
        self.firms[at].free_from = self.day.plus(STORY_DAYS);
        if !self.firms[at].is_promising() {
            return self.ordinary_story(at);
        }
        match self.rng.random_range(0..100) {
            0..26 => self.scale_up(at),
            26..38 => self.hiring_push(at),
            38..49 => self.inbound(at),
            49..59 => self.switcher(at),
            59..66 => self.false_dawn(at),
            66..73 => self.announced_round(at),
            73..81 => self.slow_burn(at),
            81..84 => self.layoffs(at, self.day),
            84..88 => self.opt_out(at, self.day),
            88..92 => self.rebrand(at, self.day),
            // The old name entered buying mode; the episode goes on under the new one.
            _ => {
                self.scale_up(at);
                self.rebrand(at, self.day.plus(30));
            }
        }
    }

    /// A company for a story, mostly a good prospect, at times a customer; it has no other story at the
    /// time.
    fn hero(&mut self) -> Option<usize> {
        let wanted: fn(&Firm) -> bool = match self.rng.random_range(0..12) {
            0 => |firm| firm.role == Role::Customer,
            1..4 => |_| true,
            _ => Firm::is_promising,
        };
        for _ in 0..24 {
            let at = self.rng.random_range(0..self.firms.len());
            let firm = &self.firms[at];
            if firm.free_from <= self.day && wanted(firm) {
                return Some(at);
            }
        }
        None
    }

    /// A round reported by one or two vendors, sometimes corrected. Returns the day of announcement.
    pub(super) fn raise(&mut self, at: usize, announced: Day) {
        let firm = &mut self.firms[at];
        let Some(stage) = next_stage(firm.stage) else { return };
        firm.stage = Some(stage);
        let (account, amount) = (firm.account.clone(), amount_of(stage, &mut self.rng));
        // One round in nine has no published amount, and one in four no named investor.
        let amount = (!self.rng.random_ratio(1, 9)).then_some(amount);
        let lead = self.rng.random_ratio(3, 4).then(|| pick(INVESTORS, &mut self.rng));
        let seen = announced.plus(self.rng.random_range(0..3));
        let first = self.signal("fundwire", announced, round(Some(stage), amount, lead));
        if self.rng.random_ratio(3, 5) {
            let later = seen.plus(self.rng.random_range(1..9));
            self.second_vendor(later, &account, &first);
        }
        if self.rng.random_ratio(1, 8) {
            // The amount was first in another currency.
            let right = round(Some(stage), amount.map(|a| a * 9 / 10), lead);
            let mut corrected = self.signal("fundwire", announced, right);
            corrected.supersedes = Some(first.id);
            self.report(seen.plus(2), &account, corrected);
        }
        self.report(seen, &account, first);
    }

    fn hire(&mut self, at: usize, on: Day, titles: &[&'static str]) {
        let title = pick(titles, &mut self.rng);
        let account = self.firms[at].account.clone();
        // Most posts are at the company's seat.
        let city = match self.rng.random_range(0..8) {
            0 => elsewhere(&self.firms[at], &mut self.rng),
            1 => "Remote",
            _ => self.firms[at].city,
        };
        let posting = format!("req-{}", self.serial);
        let posted =
            self.signal("hiretrail", on, job(HiringAction::Posted, title, city, Some(posting)));
        if self.rng.random_ratio(1, 3) {
            let later = on.plus(self.rng.random_range(1..6));
            self.second_vendor(later, &account, &posted);
        }
        self.report(on, &account, posted);
        let outcome =
            if self.rng.random_ratio(2, 3) { HiringAction::Hired } else { HiringAction::Closed };
        let later = on.plus(self.rng.random_range(35..80));
        let ended = self.signal("hiretrail", later, job(outcome, title, city, None));
        self.report(later, &account, ended);
    }

    /// Posts jobs with different titles, so that they are different jobs.
    fn hire_sellers(&mut self, at: usize, from: Day, within: i32, how_many: usize) {
        let start = self.rng.random_range(0..SELLERS.len());
        for n in 0..how_many {
            let on = from.plus(self.rng.random_range(0..within));
            self.hire(at, on, &[SELLERS[(start + n) % SELLERS.len()]]);
        }
        self.firms[at].sellers += how_many as u32;
    }

    fn count_heads(&mut self, at: usize, on: Day) {
        let firm = &self.firms[at];
        let (account, event) = (firm.account.clone(), headcount(firm));
        let signal = self.signal("peoplegraph", on, event);
        self.report(on, &account, signal);
    }

    fn browse(&mut self, at: usize, on: Day, kind: EngagementKind, contact: &str) {
        let account = self.firms[at].account.clone();
        let signal = self.signal("website", on, visit(kind, Some(contact.to_owned()), None));
        self.report(on, &account, signal);
    }

    /// Funding, then a head of sales, then a team: the story that the profile looks for.
    fn scale_up(&mut self, at: usize) {
        let today = self.day;
        self.raise(at, today.plus(-1));
        let lead_on = today.plus(self.rng.random_range(3..16));
        self.hire(at, lead_on, LEADERS);
        let how_many = self.rng.random_range(3..7);
        let team_on = today.plus(self.rng.random_range(8..24));
        self.hire_sellers(at, team_on, 14, how_many);
        if self.rng.random_ratio(1, 2) {
            self.hire(at, team_on.plus(6), REVENUE_OPERATIONS);
        }
        if self.rng.random_ratio(1, 3) {
            let account = self.firms[at].account.clone();
            let abroad = opening(&self.firms[at], &mut self.rng);
            let opening = self.signal("newsdesk", team_on, abroad);
            self.report(team_on, &account, opening);
        }
        if self.rng.random_ratio(1, 3) {
            self.browse(at, team_on.plus(9), EngagementKind::PricingPage, "visitor-1");
            self.browse(at, team_on.plus(12), EngagementKind::PricingPage, "visitor-2");
        }
        let worked_on = team_on.plus(self.rng.random_range(10..30));
        self.ending(at, worked_on);
    }

    /// A new sales team without funding news.
    fn hiring_push(&mut self, at: usize) {
        let today = self.day;
        self.hire(at, today, LEADERS);
        let how_many = self.rng.random_range(4..7);
        self.hire_sellers(at, today.plus(6), 16, how_many);
        if self.rng.random_ratio(3, 4) {
            self.hire(at, today.plus(15), REVENUE_OPERATIONS);
        }
        let account = self.firms[at].account.clone();
        let crm =
            tool(pick(&["salesforce", "hubspot"], &mut self.rng), TechnologyAction::Adopted, "crm");
        let adopted_on = today.plus(self.rng.random_range(8..26));
        let adopted = self.signal("stackscan", adopted_on, crm);
        let seen_on = adopted_on.plus(self.rng.random_range(1..9));
        self.report(seen_on, &account, adopted);
        self.ending(at, today.plus(40));
    }

    /// Inbound: they look around, some of them for weeks, and ask.
    pub(super) fn inbound(&mut self, at: usize) {
        let who = pick(CONTACTS, &mut self.rng);
        let mut day = self.day;
        for _ in 0..self.rng.random_range(0..4) {
            let kind = match self.rng.random_range(0..8) {
                0..3 => EngagementKind::PricingPage,
                3..4 => EngagementKind::ReviewSiteComparison,
                4..5 => EngagementKind::Webinar,
                _ => EngagementKind::WebsiteVisit,
            };
            let visitor = if self.rng.random_ratio(1, 3) { "visitor-7" } else { who };
            self.browse(at, day, kind, visitor);
            day = day.plus(self.rng.random_range(1..8));
        }
        let ask = match self.rng.random_range(0..6) {
            0..3 => EngagementKind::DemoRequest,
            3..5 => EngagementKind::SignUp,
            _ => EngagementKind::Form,
        };
        let topic = self.rng.random_ratio(2, 3).then(|| pick(WISHES, &mut self.rng));
        let account = self.firms[at].account.clone();
        let asked = self.signal("website", day, visit(ask, Some(format!("{who}-{at}")), topic));
        self.report(day, &account, asked);
        if self.rng.random_ratio(1, 2) {
            let on = day.plus(self.rng.random_range(2..12));
            self.hire(at, on, LEADERS);
        }
        self.ending(at, day.plus(8));
    }

    /// They used a competitor for years and drop it.
    fn switcher(&mut self, at: usize) {
        let today = self.day;
        let theirs = pick(COMPETITORS, &mut self.rng);
        let account = self.firms[at].account.clone();
        let using = tool(theirs, TechnologyAction::InUse, "sales-engagement");
        let known = self.signal("stackscan", today, using);
        self.report(today, &account, known);
        let gone_on = today.plus(self.rng.random_range(12..40));
        self.browse(at, gone_on.plus(-6), EngagementKind::ReviewSiteComparison, "visitor-3");
        let dropped = tool(theirs, TechnologyAction::Dropped, "sales-engagement");
        let gone = self.signal("stackscan", gone_on, dropped);
        self.report(gone_on.plus(3), &account, gone);
        self.hire(at, gone_on.plus(7), LEADERS);
        self.browse(at, gone_on.plus(10), EngagementKind::PricingPage, "visitor-3");
        self.browse(at, gone_on.plus(11), EngagementKind::PricingPage, "visitor-4");
        self.ending(at, gone_on.plus(25));
    }

    /// Headcounts show growth months before the news does.
    fn slow_burn(&mut self, at: usize) {
        let today = self.day;
        self.count_heads(at, today);
        let firm = &mut self.firms[at];
        firm.sellers += 6 + firm.sellers / 3;
        firm.employees += firm.employees / 3;
        self.count_heads(at, today.plus(175));
        self.hire_sellers(at, today.plus(150), 20, 4);
        self.hire(at, today.plus(172), LEADERS);
        self.ending(at, today.plus(200));
    }

    /// A planned round: it happens on its day or is called off.
    fn announced_round(&mut self, at: usize) {
        let (today, account) = (self.day, self.firms[at].account.clone());
        let Some(stage) = next_stage(self.firms[at].stage) else { return };
        let amount = amount_of(stage, &mut self.rng);
        let on = today.plus(self.rng.random_range(14..40));
        let mut plan = self.signal("fundwire", on, round(Some(stage), Some(amount), None));
        plan.planned = true;
        self.hire_sellers(at, today.plus(5), 20, 3);
        if self.rng.random_ratio(1, 4) {
            self.retract(on.plus(-4), &account, &plan, "the round was called off");
        } else {
            self.firms[at].stage = Some(stage);
            self.hire(at, on.plus(6), LEADERS);
            self.ending(at, on.plus(30));
        }
        self.report(today, &account, plan);
    }

    /// Signals of poor prospects: a small round, news, a request by a student.
    fn ordinary_story(&mut self, at: usize) {
        let today = self.day;
        let is_customer = self.firms[at].role == Role::Customer;
        match self.rng.random_range(0..10) {
            _ if is_customer => self.scale_up(at),
            0..3 => self.raise(at, today),
            3..5 => self.inbound(at),
            5..7 => self.hire_sellers(at, today, 25, 3),
            7..8 => self.scale_up(at),
            8..9 => self.layoffs(at, today),
            _ => self.closure(at),
        }
    }
}
