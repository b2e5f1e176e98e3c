//! Ends of stories: sales acts, signals stop, the news was false, or the company is in trouble.

use super::craft::{news, round};
use super::firm::{amount_of, domain_of, next_stage};
use super::jobs::LEADERS;
use super::names::SUFFIXES;
use super::press;
use super::{Maker, pick};
use crate::domain::Text;
use crate::domain::account::input::{Input, SuppressionChange, Transfer, TransferStep};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{HiringAction, NewsKind, OutcomeKind, SuppressionList};
use crate::domain::terms::time::Day;
use rand::RngExt;

impl Maker {
    /// The outcome of an account that sales has worked on.
    pub(super) fn ending(&mut self, at: usize, from: Day) {
        let account = self.firms[at].account.clone();
        let say = |maker: &mut Maker, days, outcome, reason| {
            maker.sales(from.plus(days), &account, outcome, reason);
        };
        match self.rng.random_range(0..100) {
            // Sales had no time or got no answer: the score decays.
            0..38 => {}
            38..62 => {
                say(self, 0, OutcomeKind::Enrolled, None);
                say(self, 3, OutcomeKind::Contacted, None);
                say(self, 9, OutcomeKind::Replied, None);
                say(self, 16, OutcomeKind::Meeting, None);
                say(self, 30, OutcomeKind::Opportunity, None);
                let won = self.rng.random_ratio(2, 5);
                if won {
                    say(self, 62, OutcomeKind::Won, None);
                    say(self, 62 + 365, OutcomeKind::Renewed, None);
                } else {
                    let reason = pick(&["competitor", "budget"], &mut self.rng);
                    say(self, 55, OutcomeKind::Lost, Some(reason));
                }
            }
            62..76 => {
                say(self, 0, OutcomeKind::Enrolled, None);
                say(self, 6, OutcomeKind::Contacted, None);
                let reason = pick(&["timing", "timing", "budget", "wrong person"], &mut self.rng);
                say(self, 20, OutcomeKind::Rejected, Some(reason));
            }
            76..86 => self.layoffs(at, from.plus(12)),
            86..95 => self.opt_out(at, from.plus(4)),
            _ => say(self, 2, OutcomeKind::Contacted, None),
        }
    }

    /// One vendor reports a round that did not happen, and retracts it.
    pub(super) fn false_dawn(&mut self, at: usize) {
        let (today, account) = (self.day, self.firms[at].account.clone());
        let Some(stage) = next_stage(self.firms[at].stage) else { return };
        let city = self.firms[at].city;
        let lead = pick(LEADERS, &mut self.rng);
        let wanted = self.signal(
            "hiretrail",
            today.plus(-4),
            super::craft::job(HiringAction::Posted, lead, city, None),
        );
        self.report(today, &account, wanted);
        let amount = amount_of(stage, &mut self.rng) * 3 / 2;
        let rumour = self.signal("fundwire", today, round(Some(stage), Some(amount), None));
        let back_on = today.plus(self.rng.random_range(3..9));
        let causes = [
            "confused with a company of a similar name",
            "the investor denies it",
            "an announcement of last year, dated wrongly",
        ];
        let cause = pick(&causes, &mut self.rng);
        self.retract(back_on, &account, &rumour, cause);
        self.report(today.plus(1), &account, rumour);
    }

    pub(super) fn layoffs(&mut self, at: usize, on: Day) {
        let firm = &mut self.firms[at];
        let gone = (firm.employees / 6).max(2);
        firm.employees -= gone.min(firm.employees - 1);
        let (account, name) = (firm.account.clone(), firm.name.clone());
        let said = press::layoffs(&name, gone, &mut self.rng);
        let first = self.signal("newsdesk", on, said);
        self.report(on, &account, first);
        if self.rng.random_ratio(1, 2) {
            let freeze = news(NewsKind::HiringFreeze, format!("{name} stops hiring"), None);
            let then = self.signal("newsdesk", on.plus(8), freeze);
            self.report(on.plus(8), &account, then);
        }
    }

    pub(super) fn closure(&mut self, at: usize) {
        let (today, account) = (self.day, self.firms[at].account.clone());
        let kind = if self.rng.random_ratio(1, 2) { NewsKind::Acquired } else { NewsKind::Closure };
        let verb = if kind == NewsKind::Acquired { "is bought" } else { "shuts down" };
        let said = news(kind, format!("{} {verb}", self.firms[at].name), None);
        let signal = self.signal("newsdesk", today, said);
        self.report(today, &account, signal);
    }

    /// The company asked not to be contacted. Its signals are kept, but cause no decisions.
    pub(super) fn opt_out(&mut self, at: usize, on: Day) {
        let account = self.firms[at].account.clone();
        let reasons = ["asked to be left alone", "objected by letter", "a partner works with them"];
        let asked = pick(&reasons, &mut self.rng);
        let change = |id, active, until| SuppressionChange {
            id,
            source: Text::const_new("crm"),
            list: SuppressionList::DoNotContact,
            active,
            reason: Some(Text::const_new(asked)),
            owner: Some(Text::const_new("legal")),
            until,
            stated_on: None,
        };
        let id = self.id("crm");
        let until = self.rng.random_ratio(1, 3).then(|| on.plus(180));
        self.plan(on, &account, Input::Suppression(change(id, true, until)));
        let lead = pick(LEADERS, &mut self.rng);
        let city = self.firms[at].city;
        let wanted = super::craft::job(HiringAction::Posted, lead, city, None);
        let after = self.signal("hiretrail", on.plus(9), wanted);
        self.report(on.plus(10), &account, after);
        if until.is_none() && self.rng.random_ratio(1, 3) {
            let id = self.id("crm");
            self.plan(on.plus(120), &account, Input::Suppression(change(id, false, None)));
        }
    }

    /// The company gets a new name and domain, and both domains are one account from then on. One
    /// vendor still uses the old domain.
    pub(super) fn rebrand(&mut self, at: usize, today: Day) {
        let from = self.firms[at].account.clone();
        self.raise(at, today.plus(3));
        let name = format!("{} {}", self.firms[at].name, pick(SUFFIXES, &mut self.rng));
        let Ok(to) = AccountKey::parse(&domain_of(&name)) else { return };
        let id = self.id("crm");
        let transfer = Transfer {
            id,
            from: from.clone(),
            to: to.clone(),
            cause: id,
            hop: 0,
            at: None,
            step: TransferStep::Request,
        };
        self.plan(today.plus(1), &from, Input::Transfer(Box::new(transfer)));
        let firm = &mut self.firms[at];
        (firm.name, firm.account) = (name, to.clone());
        let id = self.id("peoplegraph");
        let record = self.firms[at].record(id, "peoplegraph", today.plus(1), false);
        self.plan(today.plus(2), &to, Input::Company(record));
        self.hiring_after(at, today.plus(12));
    }

    fn hiring_after(&mut self, at: usize, on: Day) {
        let (account, city) = (self.firms[at].account.clone(), self.firms[at].city);
        for (n, title) in LEADERS.iter().take(2).enumerate() {
            let on = on.plus(n as i32 * 5);
            let job = super::craft::job(HiringAction::Posted, title, city, None);
            let signal = self.signal("hiretrail", on, job);
            self.report(on, &account, signal);
        }
    }
}
