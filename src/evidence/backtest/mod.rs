//! A profile on the past: accounts that it would have let enter, beside others on the same days, and the
//! outcomes that sales reported afterwards.
//!
//! [`sample`] chooses the accounts, [`rank`] says how well the order of those that entered is, [`page`] writes
//! it down. An account's place is decided by records of earlier times alone, merges and parents among them, so
//! that a record that was known later changes nothing before. Intervals alone go by the families of today.

pub mod figures;
mod groups;
pub mod page;
mod rank;
pub mod sample;

use crate::domain::profile::Band;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Day;
use crate::evidence::deals::sales::{Followed, sales};
use crate::evidence::history::Happened;
use crate::evidence::stats::survival::{share_at, won_by};
use figures::Incidence;
pub use figures::{Backtest, Options};
use rank::chance_p;
use sample::{Case, World};

/// The profile that is tested, for the head of the report.
pub struct Named<'a> {
    pub profile: &'a str,
    pub product: &'a str,
    pub version: &'a str,
}

pub fn backtest(named: &Named<'_>, world: &World<'_>, options: &Options) -> Backtest {
    let sample = sample::sample(world, options);
    let entered: Vec<&Case> = sample.entered().collect();
    let others: Vec<&Case> = sample.others().collect();
    let (in_entered, in_others) =
        (groups::group("all", "entered", &entered), groups::group("all", "others", &others));
    let times = groups::times(&entered, &others, options.seed);
    let curve = |name: &str, cases: &[&Case]| {
        let records: Vec<_> = cases.iter().map(|case| (case.days, case.end)).collect();
        let steps = won_by(&records);
        let window = f64::from(options.rule.days);
        let window_share = share_at(&steps, window);
        let steps = steps.into_iter().filter(|step| step.days <= window).collect();
        Incidence {
            name: name.to_owned(),
            account_count: records.len() as u64,
            window_share,
            steps,
        }
    };
    let followed: Vec<Followed<'_>> = entered.iter().filter_map(|case| followed(case)).collect();
    let rule = options.rule;
    // What the others may bring is the outcome of winning alone.
    let is_won = rule.outcome == Happened::Sales(OutcomeKind::Won);
    let followed = if is_won { &followed[..] } else { &[] };
    let sales = sales(world, followed, rule.days, options.seed, options.sales);
    Backtest {
        profile: named.profile.to_owned(),
        product: named.product.to_owned(),
        profile_version: named.version.to_owned(),
        outcome: options.rule.to_string(),
        from_day: world.known.values().min().map(Day::to_string),
        to_day: world.upto.to_string(),
        seed: options.seed,
        times,
        p: chance_p(&sample.cases, options.seed),
        groups: groups::all(&entered, world.live_since),
        quarters: groups::quarters(&entered),
        ranking: rank::ranking(&entered, options.capacity, options.seed),
        incidence: vec![curve("entered", &entered), curve("others on the same days", &others)],
        deal: groups::deal(&entered, options.seed),
        sales,
        left_out: sample.left_out,
        entered: in_entered,
        others: in_others,
    }
}

fn followed(case: &Case) -> Option<Followed<'_>> {
    let entry = case.entry.as_ref()?;
    Some(Followed {
        account: &case.account,
        family: case.family,
        on: case.on,
        end: case.end,
        until: case.on.plus(case.days as i32),
        amount_usd: case.amount_usd,
        is_high_band: entry.band == Band::High,
    })
}
