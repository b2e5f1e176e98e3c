//! Realistic stories: the signals of a company that is about to buy.

use super::craft::{headcount, job, news, round, tool, visit};
use super::firm::{Role, amount_of, next_stage};
use super::names::{COMPETITORS, INVESTORS, LEADERS, SELLERS};
use super::{Maker, pick};
use crate::domain::terms::catalogue::{EngagementKind, HiringAction, NewsKind, TechnologyAction};
use crate::domain::terms::time::Day;
use rand::RngExt;

/// Days until the next story of a company may start.
const STORY_DAYS: i32 = 170;

impl Maker {
    pub(super) fn begin_a_story(&mut self) {
        let Some(at) = self.hero() else { return };
        self.firms[at].free_from = self.day.plus(STORY_DAYS);
        if !self.firms[at].is_promising() {
            return self.ordinary_story(at);
        }
        match self.rng.random_range(0..100) {
            0..28 => self.scale_up(at),
            28..41 => self.hiring_push(at),
            41..53 => self.inbound(at),
            53..64 => self.switcher(at),
            64..71 => self.false_dawn(at),
            71..78 => self.announced_round(at),
            78..88 => self.slow_burn(at),
            88..91 => self.layoffs(at, self.day),
            91..95 => self.opt_out(at, self.day),
            _ => self.rebrand(at),
        }
    }

    /// A company for a story, mostly a good prospect; it has no other story at the time.
    fn hero(&mut self) -> Option<usize> {
        let picky = self.rng.random_ratio(2, 3);
        for _ in 0..24 {
            let at = self.rng.random_range(0..self.firms.len());
            let firm = &self.firms[at];
            if firm.free_from <= self.day && (!picky || firm.is_promising()) {
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
        let lead = pick(INVESTORS, &mut self.rng);
        let seen = announced.plus(self.rng.random_range(0..3));
        let first = self.signal("fundwire", announced, round(Some(stage), amount, Some(lead)));
        if self.rng.random_ratio(3, 5) {
            let later = seen.plus(self.rng.random_range(1..9));
            self.second_vendor(later, &account, &first);
        }
        if self.rng.random_ratio(1, 8) {
            // The amount was first in another currency.
            let right = round(Some(stage), amount * 9 / 10, Some(lead));
            let mut corrected = self.signal("fundwire", announced, right);
            corrected.supersedes = Some(first.id);
            self.report(seen.plus(2), &account, corrected);
        }
        self.report(seen, &account, first);
    }

    fn hire(&mut self, at: usize, on: Day, titles: &[&'static str]) {
        let title = pick(titles, &mut self.rng);
        let (account, city) = (self.firms[at].account.clone(), self.firms[at].city);
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
            self.hire(at, team_on.plus(6), &["Head of Revenue Operations", "RevOps Manager"]);
        }
        if self.rng.random_ratio(1, 3) {
            let firm = &self.firms[at];
            let abroad = format!("{} opens an office in Singapore", firm.name);
            let account = firm.account.clone();
            let opening = self.signal("newsdesk", team_on, news(NewsKind::NewOffice, abroad, None));
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
        self.hire(at, today.plus(15), &["Head of Revenue Operations", "Sales Operations Manager"]);
        let account = self.firms[at].account.clone();
        let crm = tool("salesforce", TechnologyAction::Adopted, "crm");
        let adopted = self.signal("stackscan", today.plus(20), crm);
        self.report(today.plus(24), &account, adopted);
        self.ending(at, today.plus(40));
    }

    /// Inbound: they look at prices, compare, then ask for a demo.
    pub(super) fn inbound(&mut self, at: usize) {
        let today = self.day;
        let who = format!("vp-sales-{at}");
        self.browse(at, today, EngagementKind::WebsiteVisit, &who);
        self.browse(at, today.plus(2), EngagementKind::PricingPage, &who);
        self.browse(at, today.plus(5), EngagementKind::PricingPage, "visitor-7");
        self.browse(at, today.plus(6), EngagementKind::ReviewSiteComparison, &who);
        let ask = if self.rng.random_ratio(2, 3) {
            EngagementKind::DemoRequest
        } else {
            EngagementKind::SignUp
        };
        self.browse(at, today.plus(9), ask, &who);
        if self.rng.random_ratio(1, 2) {
            self.hire(at, today.plus(12), LEADERS);
        }
        self.ending(at, today.plus(15));
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
        let mut plan = self.signal("fundwire", on, round(Some(stage), amount, None));
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
