//! What sales reported in a log, figure by figure: deals that began after the company had entered buying mode beside
//! the others, the funnel, the effort, what was spent, and the open pipeline.

use super::curves;
use super::figures::{self, Figure};
use super::forecast::{Pipeline, expected_of};
use super::impact::{Impact, impact};
use super::outcomes::{Reported, by_account, first_entries, kind, reported};
use super::result::{FallsAway, Reached, Spend};
use super::rows::{Deal, Deals};
use super::sums::by_family;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use crate::evidence::crm::fields::Field;
use crate::evidence::history::{Told, World};
use crate::evidence::stats::Interval;
use crate::evidence::stats::proportion::{Family, by_family as rate_by_family};
use crate::evidence::stats::revenue;
use crate::evidence::stats::survival::End;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How it is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// What sales and marketing spent in the time of the log.
    pub spend: Option<f64>,
    /// The gross margin, as a share.
    pub margin: Option<f64>,
    /// Also the open pipeline, and the accounts that entered.
    pub pipeline: bool,
}

/// What sales reported. `icp` is a deal or customer that began after its company family had entered, `others` any
/// other.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sales {
    pub deal_count: u64,
    pub closed_count: u64,
    /// Deals of accounts that entered by a first load alone.
    pub left_out_count: u64,
    /// Deals after their company entered beside the others.
    pub figures: Vec<Figure>,
    /// Step by step, as far as sales reported it.
    pub funnel: Vec<Reached>,
    /// What sales did, and for whom.
    pub effort: Vec<Effort>,
    /// Where a spend was given.
    pub spend: Option<Spend>,
    /// What vendors claim beside the same figures here.
    pub impact: Vec<Impact>,
    /// Open deals, and what is expected of them.
    pub pipeline: Option<Pipeline>,
    /// Accounts that entered and have no outcome yet, without those that have an open deal.
    pub entered: Option<Pipeline>,
    /// Figures that these reports do not allow.
    pub falls_away: Vec<FallsAway>,
}

/// What sales did, and the share of it on accounts that had not entered.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Effort {
    /// The kind of work.
    pub what: String,
    /// How often.
    pub done_count: u64,
    /// The share of it on accounts that had not entered, from 0 to 1.
    pub on_others_share: f64,
    /// At 95 %, by company family.
    pub interval: Interval,
}

/// An account that entered, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Followed<'a> {
    pub account: &'a AccountKey,
    pub family: u32,
    pub on: Day,
    pub end: End,
    /// Of its end, or the last known one.
    pub until: Day,
    pub amount_usd: Option<u64>,
    pub is_high_band: bool,
}

/// `window`: the days of the outcome.
pub fn sales(
    world: &World<'_>,
    entered: &[Followed<'_>],
    window: u32,
    seed: u64,
    asked: Asked,
) -> Sales {
    let Reported { deals, entered: of_deals, customers_entered, loaded_count } =
        reported(world, asked.margin);
    let is_icp = |at: usize| of_deals[at];
    let customer_is_icp = |at: usize| customers_entered[at];
    let mut figures = figures::of_sums(&deals, &by_family(&deals, &is_icp, &customer_is_icp), seed);
    figures.extend(curves::of_curves(&deals, &is_icp, &customer_is_icp, f64::from(window)));
    // Without a report of churned nothing is known of who left.
    if !deals.found.contains(&Field::End) {
        figures.retain(|figure| !figure.figure.starts_with("churn"));
    }
    let impact = impact(&figures);
    figures.iter_mut().for_each(as_of_a_log);
    let funnel = funnel(world);
    let kinds: Vec<Option<bool>> = of_deals.iter().copied().map(Some).collect();
    let names = ["of accounts that had entered", "of others", ""];
    let pipeline = asked.pipeline.then(|| expected_of(&deals, &kinds, names)).flatten();
    Sales {
        deal_count: deals.deals.len() as u64,
        closed_count: deals.deals.iter().filter(|deal| deal.is_closed()).count() as u64,
        left_out_count: loaded_count,
        spend: asked.spend.map(|spend| of_spend(spend, &deals, &funnel, asked.margin)),
        falls_away: falls_away(&deals, asked),
        entered: asked.pipeline.then(|| of_entered(world, &deals, entered)).flatten(),
        effort: effort(world),
        figures,
        funnel,
        impact,
        pipeline,
    }
}

/// In the words of a log: where a definition speaks of columns, a log has reports.
fn as_of_a_log(figure: &mut Figure) {
    let (name, how) = match figure.figure.as_str() {
        "demo to close" => (
            "meeting to close",
            "won of closed deals with a meeting reported since the deal before",
        ),
        "net revenue retention" => (
            "net revenue retention",
            "first year of customers that were won a year ago or earlier: won amount, and amounts of expanded in that \
             year; the log has no contraction, so that it is at most this",
        ),
        "customers that expanded" => (
            "customers that expanded",
            "with an expanded that has an amount, within a year of the win",
        ),
        "recurring revenue of a year" => {
            ("won amount of a customer", "taken for a year's revenue, since a log has no other")
        }
        "lifetime value" => (
            "lifetime value",
            "won amount as a year's revenue x margin / churn a year; none where no customer has left",
        ),
        _ => return,
    };
    (figure.figure, figure.how) = (name.to_owned(), how.to_owned());
}

/// The steps of the funnel, with the reports that say one was reached.
const STEPS: [(&str, &str, OutcomeKind); 4] = [
    ("SAL", "accepted", OutcomeKind::Accepted),
    ("SQL", "qualified", OutcomeKind::Qualified),
    ("opportunity", "opportunity", OutcomeKind::Opportunity),
    ("won", "won", OutcomeKind::Won),
];

/// Accounts by the steps that sales reported: of those that entered after the entry, of the others at any time.
/// A later step counts as an earlier one. A step that the log never reports is left out.
fn funnel(world: &World<'_>) -> Vec<Reached> {
    let first = first_entries(world);
    let mut furthest: BTreeMap<&AccountKey, usize> = BTreeMap::new();
    let mut said = BTreeSet::new();
    for told in world.told {
        let head = world.families.head(&told.account);
        let Some(at) = STEPS.iter().position(|step| kind(told) == Some(step.2)) else { continue };
        said.insert(at);
        let entry = first.get(head).copied().flatten();
        if entry.is_none_or(|entry| entry < told.on) {
            let known = furthest.entry(head).or_default();
            *known = (*known).max(at + 1);
        }
    }
    let heads: BTreeSet<&AccountKey> =
        world.known.keys().map(|account| world.families.head(account)).collect();
    let is_in = |head: &&&AccountKey| first.get(**head).is_some_and(Option::is_some);
    let of = |wanted: bool, least: usize| {
        let at = |head: &&AccountKey| furthest.get(*head).copied().unwrap_or_default();
        heads.iter().filter(|head| is_in(head) == wanted && at(head) >= least).count() as u64
    };
    let step = |name: &str, by: Option<&str>, icp_count: u64, others_count: u64| Reached {
        step: name.to_owned(),
        said_by: by.map(str::to_owned),
        icp_count,
        others_count,
    };
    let mut steps = vec![
        step("raw", None, of(true, 0), of(false, 0)),
        step("MQL", Some("entered"), of(true, 0), 0),
    ];
    for (at, (name, by, _)) in STEPS.iter().enumerate().filter(|(at, _)| said.contains(at)) {
        steps.push(step(name, Some(by), of(true, at + 1), of(false, at + 1)));
    }
    steps
}

const EFFORTS: [(&str, &[OutcomeKind]); 2] = [
    (
        "touches (enrolled, contacted, replied)",
        &[OutcomeKind::Enrolled, OutcomeKind::Contacted, OutcomeKind::Replied],
    ),
    ("meetings", &[OutcomeKind::Meeting]),
];

/// What sales did, and how much of it on accounts that had not entered by then.
fn effort(world: &World<'_>) -> Vec<Effort> {
    let first = first_entries(world);
    let all = by_account(world);
    let of = |(what, kinds): &(&str, &[OutcomeKind])| {
        let mut families: BTreeMap<&AccountKey, Family> = BTreeMap::new();
        let is_one = |told: &&&Told| kind(told).is_some_and(|kind| kinds.contains(&kind));
        for told in all.values().flatten().filter(is_one) {
            let head = world.families.head(&told.account);
            let entry = first.get(head).copied().flatten();
            let family = families.entry(head).or_default();
            family.records += 1;
            family.happened += u64::from(entry.is_none_or(|entry| entry > told.on));
        }
        let families: Vec<Family> = families.into_values().collect();
        let done: u64 = families.iter().map(|family| family.records).sum();
        let on_others: u64 = families.iter().map(|family| family.happened).sum();
        (done > 0).then(|| Effort {
            what: (*what).to_owned(),
            done_count: done,
            on_others_share: on_others as f64 / done as f64,
            interval: rate_by_family(&families, figures::ALPHA),
        })
    };
    EFFORTS.iter().filter_map(of).collect()
}

fn of_spend(spend: f64, deals: &Deals, funnel: &[Reached], margin: Option<f64>) -> Spend {
    let reached = |name: &str| {
        let step = funnel.iter().find(|step| step.step == name)?;
        let count = step.icp_count + step.others_count;
        (count > 0).then(|| spend / count as f64)
    };
    let won = deals.deals.iter().filter(|deal| deal.end == End::Won).count();
    let monthly: f64 = deals.customers.iter().filter_map(|one| one.recurring).sum::<f64>() / 12.0;
    Spend {
        spend,
        per_won: (won > 0).then(|| spend / won as f64),
        per_mql: reached("MQL"),
        payback_months: margin.and_then(|m| revenue::cac_payback_months(spend, monthly, m)),
    }
}

/// Accounts that entered as if each entry were a deal, by the band of the entry.
fn of_entered(world: &World<'_>, deals: &Deals, followed: &[Followed<'_>]) -> Option<Pipeline> {
    let open = open_families(world);
    let mut kinds = Vec::new();
    let mut entries = Vec::new();
    for case in followed {
        if case.end == End::Open && open.contains(world.families.head(case.account)) {
            continue;
        }
        kinds.push(Some(case.is_high_band));
        entries.push(Deal {
            family: case.family,
            end: case.end,
            created: Some(case.on),
            closed: (case.end != End::Open).then_some(case.until),
            amount: case.amount_usd.map(|amount| amount as f64),
            labels: Vec::new(),
            demo: None,
            said: super::company::Said::default(),
        });
    }
    let families = entries.iter().map(|entry| entry.family as usize + 1).max().unwrap_or_default();
    let all = Deals { deals: entries, customers: Vec::new(), families, ..deals.clone() };
    expected_of(&all, &kinds, ["in the high band", "in other bands", ""])
}

/// Company families with an open deal.
fn open_families<'a>(world: &World<'a>) -> BTreeSet<&'a AccountKey> {
    let mut open: BTreeMap<&AccountKey, Option<Day>> = BTreeMap::new();
    for told in by_account(world).into_values().flatten() {
        let head = world.families.head(&told.account);
        match kind(told) {
            Some(OutcomeKind::Opportunity) => open.insert(head, Some(told.on)),
            Some(OutcomeKind::Won | OutcomeKind::Lost) => open.insert(head, None),
            _ => None,
        };
    }
    open.into_iter().filter(|(_, day)| day.is_some()).map(|(head, _)| head).collect()
}

/// Figures that the log does not allow, and what would.
fn falls_away(deals: &Deals, asked: Asked) -> Vec<FallsAway> {
    let needs = |field: Field| match field {
        Field::Amount | Field::Recurring => "amounts of won deals (amount_usd)",
        Field::Created => "reports of opportunity",
        Field::Closed => "reports of won and lost",
        Field::Start => "reports of won",
        Field::End => "reports of churned",
        Field::Expansion | Field::Contraction => "reports of expanded",
        Field::Margin => "the gross margin (--margin)",
        Field::Cost => "the cost of each customer, in an export (--crm FILE)",
        Field::Nps => "scores, in an export (--crm FILE)",
        _ => "an export (--crm FILE)",
    };
    let mut list: Vec<FallsAway> = Vec::new();
    let mut add = |figure: &str, missing: Vec<&str>| {
        let mut missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
        missing.dedup();
        list.push(FallsAway { figure: figure.to_owned(), missing });
    };
    for (figure, missing) in super::definitions::falls_away(deals) {
        let figure =
            if figure == "CAC payback" { "CAC payback by kind".to_owned() } else { figure };
        add(&figure, missing.into_iter().map(needs).collect());
    }
    if deals.deals.iter().all(|deal| deal.demo.is_none()) {
        add("meeting to close", vec!["reports of meeting"]);
    }
    if asked.spend.is_none() {
        add("cost of an MQL and of a won deal, CAC payback", vec!["the spend (--spend)"]);
    }
    list
}
