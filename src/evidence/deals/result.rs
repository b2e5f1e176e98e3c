//! All that the rows say of a profile.

use super::curves::{self, Incidence};
use super::figures::{self, Figure, Mark};
use super::fit::{self, Fitted};
use super::forecast::{Pipeline, pipeline};
use super::groups::{Calibrated, Rate, calibrated, groups, middle, quarters};
use super::impact::{Impact, impact};
use super::order::{Ordered, difference_p, ordered};
use super::rows::{Deals, deals};
use super::sums::{Of, Sums, by_family, sparse, total};
use crate::domain::profile::variant::CompiledProfile;
use crate::evidence::crm;
use crate::evidence::crm::fields::Field;
use crate::evidence::stats::proportion::clopper_pearson;
use crate::evidence::stats::{Interval, bootstrap, revenue};
use crate::evidence::table::Table;
use crate::report::words::{count, counted};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How it is computed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Of the share that is won since its creation.
    pub days: u32,
    pub seed: u64,
    /// Deals that the team can work: precision and recall of the best ones.
    pub capacity: Option<u64>,
    /// What sales and marketing spent in the time of the files.
    pub spend: Option<f64>,
    /// The gross margin of customers, where no column has it.
    pub margin: Option<f64>,
    /// Also the open pipeline.
    pub pipeline: bool,
}

/// A profile on an export.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tested {
    pub profile: String,
    pub product: String,
    pub profile_version: String,
    pub file: String,
    /// The first day of the deals.
    pub from_day: Option<String>,
    /// The last day.
    pub to_day: String,
    pub seed: u64,
    pub deal_count: u64,
    pub closed_count: u64,
    pub family_count: u64,
    /// Without accounts every deal counts as a family of its own.
    pub has_accounts: bool,
    /// The currency that amounts name.
    pub currency: Option<String>,
    /// Deals of whose company nothing is known: they count in the open pipeline alone.
    pub unknown_count: u64,
    /// The mean share of the profile's weight that the files' columns answer.
    pub known_percent: f64,
    /// Deals with companies that fit beside the others.
    pub figures: Vec<Figure>,
    /// The same for deals whose account was last changed before they began; none where no deal has such a day.
    pub dated: Option<Dated>,
    /// How often shuffled fits differ as much: a probability.
    #[serde(rename = "shuffled_p")]
    pub p: f64,
    /// The share of records in which the profile's attributes are filled.
    pub fill: Option<Share>,
    /// The share of companies that fit.
    pub market: Option<Share>,
    /// Win rates by tier, segment and the like.
    pub groups: Vec<Rate>,
    /// Won and lost deals by the points of their fit.
    pub ordered: Option<Ordered>,
    /// Forecasts from the earlier half, and what came.
    pub calibrated: Vec<Calibrated>,
    /// By the quarter in which deals ended, the last ones.
    pub quarters: Vec<Rate>,
    /// For the chart: shares of it are among the figures.
    #[serde(skip)]
    pub incidence: Vec<Incidence>,
    /// Step by step, as far as columns say it.
    pub funnel: Vec<Reached>,
    /// Where a spend was given.
    pub spend: Option<Spend>,
    /// What vendors claim beside the same figures here.
    pub impact: Vec<Impact>,
    /// Open deals, and what is expected of them.
    pub pipeline: Option<Pipeline>,
    /// Figures that these files do not allow.
    pub falls_away: Vec<FallsAway>,
}

/// The win rates of deals whose attributes are known to be of an earlier day.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Dated {
    /// Companies that fit.
    pub icp: Rate,
    /// All others.
    pub others: Rate,
}

/// A part of a whole, with a rule of thumb.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// Of what.
    pub of: String,
    /// From 0 to 1.
    pub value_share: f64,
    /// At 95 %.
    pub interval: Option<Interval>,
    /// Records behind it.
    pub record_count: u64,
    /// The usual mark.
    pub mark: Option<Mark>,
}

/// A step of the funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reached {
    /// The step's name.
    pub step: String,
    /// The column that says it.
    pub said_by: Option<String>,
    /// Records of companies that fit that reached it.
    pub icp_count: u64,
    /// Records of the others that did.
    pub others_count: u64,
}

/// What a spend comes to; by company kind it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Spend {
    /// Money that was spent, in the currency of the amounts.
    pub spend: f64,
    /// For each won deal.
    pub per_won: Option<f64>,
    /// For each lead that marketing took for qualified.
    pub per_mql: Option<f64>,
    /// The spend over a month's revenue of new customers times the margin.
    pub payback_months: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FallsAway {
    pub figure: String,
    /// Fields that no file has.
    pub missing: Vec<String>,
}

/// Below half of the pipeline, prospecting pulls in too much else; above two fifths of the market a profile is
/// not tight: rules of thumb of sales teams.
const FILL_MARK: f64 = 0.5;
const MARKET_MARK: f64 = 0.4;
const RESAMPLES: usize = 2_000;

/// Tests a profile on the tables. `None` where no file says which records were won, or none has a day.
pub fn test(
    tables: &[Table],
    read: &crm::Options,
    profile: &Arc<CompiledProfile>,
    options: Options,
) -> Option<Tested> {
    let mut every = deals(tables, read, &fit::tags(profile))?;
    if options.margin.is_some() {
        every.found.insert(Field::Margin);
        every.customers.iter_mut().for_each(|one| one.margin = one.margin.or(options.margin));
    }
    let (of_every, of_customers) = fit::fits(&every, profile);
    let pipeline = options.pipeline.then(|| pipeline(&every, &of_every)).flatten();
    let (deals, fits, unknown) = known(every, of_every);
    let is_icp = |at: usize| fits[at].is_icp;
    let customer_is_icp = |at: usize| of_customers[at];
    let sums = by_family(&deals, &is_icp, &customer_is_icp);
    let mut figures = figures::of_sums(&deals, &sums, options.seed);
    let window = f64::from(options.days);
    figures.extend(curves::of_curves(&deals, &is_icp, &customer_is_icp, window));
    let middle = middle(&deals);
    let closed = deals.deals.iter().filter(|deal| deal.is_closed()).count() as u64;
    let known: i32 = fits.iter().map(|fit| fit.known_percent).sum();
    let families: BTreeSet<u32> = deals.deals.iter().map(|deal| deal.family).collect();
    let head = &profile.profile;
    Some(Tested {
        profile: head.profile.to_string(),
        product: head.product.to_string(),
        profile_version: profile.version.to_string(),
        file: deals.file.clone(),
        from_day: deals.deals.iter().filter_map(|deal| deal.created).min().map(|d| d.to_string()),
        to_day: deals.upto.to_string(),
        seed: options.seed,
        deal_count: (deals.deals.len() + unknown) as u64,
        closed_count: closed,
        family_count: families.len() as u64,
        has_accounts: deals.has_accounts,
        currency: deals.currency.map(str::to_owned),
        unknown_count: unknown as u64,
        known_percent: f64::from(known) / fits.len().max(1) as f64,
        impact: impact(&figures),
        figures,
        dated: dated(&deals, &fits),
        p: difference_p(&deals, &fits, options.seed),
        fill: fill(&deals, &fits, options.seed),
        market: market(&deals, &fits),
        groups: groups(&deals, &fits, middle),
        ordered: ordered(&deals, &fits, options.capacity, options.seed),
        calibrated: calibrated(&deals, &fits, middle),
        quarters: quarters(&deals),
        incidence: curves::incidence(&deals, &is_icp),
        funnel: funnel(&deals, &fits),
        spend: spend(&deals, options),
        pipeline,
        falls_away: falls_away(&deals),
    })
}

/// The deals of whose company something is known, and the number of the others; all where nothing is known of any.
pub fn known(mut deals: Deals, fits: Vec<Fitted>) -> (Deals, Vec<Fitted>, usize) {
    if deals.deals.iter().all(|deal| deal.said.is_unknown()) {
        return (deals, fits, 0);
    }
    let is_known: Vec<bool> = deals.deals.iter().map(|deal| !deal.said.is_unknown()).collect();
    let mut flags = is_known.iter();
    deals.deals.retain(|_| flags.next().is_some_and(|known| *known));
    for step in &mut deals.steps {
        let mut flags = is_known.iter();
        step.reached.retain(|_| flags.next().is_some_and(|known| *known));
    }
    let fits = fits.into_iter().zip(&is_known).filter(|(_, known)| **known).map(|(fit, _)| fit);
    let fits: Vec<Fitted> = fits.collect();
    let unknown = is_known.len() - fits.len();
    (deals, fits, unknown)
}

fn dated(deals: &Deals, fits: &[Fitted]) -> Option<Dated> {
    let of = |wanted: bool| -> Vec<usize> {
        let is = |at: &usize| deals.deals[*at].said.is_dated && fits[*at].is_icp == wanted;
        (0..fits.len()).filter(is).collect()
    };
    let (icp, others) = (of(true), of(false));
    if icp.is_empty() && others.is_empty() {
        return None;
    }
    let rate = |name: &str, members: &[usize]| super::groups::rate(deals, "dated", name, members);
    Some(Dated { icp: rate("fits", &icp), others: rate("does not fit", &others) })
}

/// The share of the open pipeline's value, or number where it has no amounts, that fits.
pub fn fill(deals: &Deals, fits: &[Fitted], seed: u64) -> Option<Share> {
    let sums = &by_family(deals, &|at| fits[at].is_icp, &|_| false);
    let all = total(sparse(sums).iter());
    let part = |sums: &[Sums; 2], of: Of| {
        let whole = sums[0].of(of) + sums[1].of(of);
        (whole > 0.0).then(|| sums[0].of(of) / whole)
    };
    let open = all[0].of(Of::Open) + all[1].of(Of::Open);
    let priced = all[0].of(Of::OpenPriced) + all[1].of(Of::OpenPriced);
    let by_amount = priced * 2.0 > open;
    let of = if by_amount { Of::OpenAmount } else { Of::Open };
    let with = sums.iter().filter(|s| s[0].of(of) + s[1].of(of) > 0.0).copied();
    let with = sparse(&with.collect::<Vec<_>>());
    let interval = bootstrap::percentile(with.len(), RESAMPLES, figures::ALPHA, seed, |drawn| {
        part(&total(drawn.iter().map(|family| &with[*family])), of)
    });
    let (value_share, families) = (part(&all, of)?, with.len() as u64);
    let interval = match value_share {
        // Where all or none fit, resamples do not differ: the families count as records.
        0.0 => Some(clopper_pearson(0, families, figures::ALPHA)),
        1.0 => Some(clopper_pearson(families, families, figures::ALPHA)),
        _ => interval,
    };
    let interval = interval.filter(|_| families >= figures::FAMILIES_MIN);
    let what = match by_amount {
        true => format!("the amount of {} open deals of known companies", count(open as u64)),
        false => format!("{} open deals of known companies", count(open as u64)),
    };
    Some(Share {
        of: what,
        value_share,
        interval,
        record_count: open as u64,
        mark: interval.map(|i| Mark::of("half of the pipeline fits", FILL_MARK, i)),
    })
}

/// The share of company families in the files that fit.
fn market(deals: &Deals, fits: &[Fitted]) -> Option<Share> {
    let families = |wanted: bool| -> BTreeSet<u32> {
        let is = |(_, fit): &(_, &Fitted)| fit.is_icp || !wanted;
        deals.deals.iter().zip(fits).filter(is).map(|(deal, _)| deal.family).collect()
    };
    let (icp, all) = (families(true).len() as u64, families(false).len() as u64);
    let interval = clopper_pearson(icp, all, figures::ALPHA);
    (deals.has_accounts && all > 0).then(|| Share {
        of: format!(
            "{} with deals in the files (not of the whole market)",
            counted(all, "account")
        ),
        value_share: icp as f64 / all as f64,
        interval: Some(interval),
        record_count: all,
        mark: Some(Mark::of("at most 40 % of the market", MARKET_MARK, interval)),
    })
}

fn funnel(deals: &Deals, fits: &[Fitted]) -> Vec<Reached> {
    let count = |reached: &[bool], wanted: bool| {
        let of =
            reached.iter().zip(fits).filter(|(reached, fit)| **reached && fit.is_icp == wanted);
        of.count() as u64
    };
    let reached = deals.steps.iter().map(|step| Reached {
        step: step.name.to_owned(),
        said_by: step.column.clone(),
        icp_count: count(&step.reached, true),
        others_count: count(&step.reached, false),
    });
    reached.collect()
}

fn spend(deals: &Deals, options: Options) -> Option<Spend> {
    let spend = options.spend?;
    let monthly: f64 = deals.customers.iter().filter_map(|one| one.recurring).sum::<f64>() / 12.0;
    let reached = |name: &str| {
        let step = deals.steps.iter().find(|step| step.name == name)?;
        let count = step.reached.iter().filter(|reached| **reached).count();
        (count > 0).then(|| spend / count as f64)
    };
    Some(Spend {
        spend,
        per_won: reached("won"),
        per_mql: reached("MQL"),
        payback_months: options.margin.and_then(|m| revenue::cac_payback_months(spend, monthly, m)),
    })
}

fn falls_away(deals: &Deals) -> Vec<FallsAway> {
    let named = |(figure, missing): (String, Vec<Field>)| {
        let missing = missing.into_iter().map(Field::title).collect();
        FallsAway { figure, missing }
    };
    let mut list: Vec<FallsAway> = figures_falling(deals).into_iter().map(named).collect();
    let missing = |what: &str| vec![what.to_owned()];
    if deals.deals.iter().all(|deal| deal.demo.is_none()) {
        let figure = "demo to close".to_owned();
        list.push(FallsAway { figure, missing: missing("a column of demonstrations") });
    }
    if deals.steps.len() < 3 {
        let figure = "funnel from raw records over MQL, SAL and SQL".to_owned();
        list.push(FallsAway { figure, missing: missing("columns with the days of these steps") });
    }
    let figure = "triggers, touches and meetings".to_owned();
    list.push(FallsAway { figure, missing: missing("a log (--config or --embedded)") });
    list
}

fn figures_falling(deals: &Deals) -> Vec<(String, Vec<Field>)> {
    super::definitions::falls_away(deals)
}
