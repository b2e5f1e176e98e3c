//! A profile from a company's own records: which properties of a company go with winning, how sure that is, and
//! what cannot be said.
//!
//! [`candidates`] lists what a criterion could ask, [`prove`] which of it is more than chance, looked at all
//! together, [`fit`] chooses a few with whole-number weights, [`judge`] says how well such a choice ranks records
//! that it has not seen, and [`profile`] writes it down. [`best`] compares the best customers with the others in place
//! of won records with lost ones, and [`document`] leads through the seven steps to a profile.

pub mod best;
pub mod candidates;
pub mod document;
pub mod families;
pub mod fit;
pub mod judge;
pub mod profile;
pub mod prove;
pub mod suggestion;
pub mod triggers;

use crate::evidence::crm::finding::Kind;
use crate::evidence::crm::view::{View, Viewed};
use crate::evidence::crm::{Checked, Report};
use crate::evidence::stats::multiplicity::Bits;
use best::Best;
use candidates::{Candidate, Test};
use families::Families;
use fit::Fitted;
use prove::P_MAX;
use std::collections::BTreeSet;
use suggestion::{Among, Criterion, LeftOut, Share, Suggestion, Weighted};

/// How it is computed.
#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    /// Columns that are used although the check asks about them.
    pub keep: BTreeSet<String>,
    /// Puts what is not proven into the profile too.
    pub hypotheses: bool,
    /// The file of events: what it says is a trigger, and no part of the fit.
    pub events: Option<String>,
}

/// More hypotheses do not get tested.
const HYPOTHESES: usize = 5;
/// Records of either kind below which nothing is looked for.
pub const KIND_MIN: usize = 5;
/// Other profiles that are shown beside the first.
const ALTERNATIVES: usize = 2;
/// An alternative explains the outcomes nearly as well: its ln likelihood lies at most this share below.
const GAP: f64 = 0.05;

/// Suggests from the records of a check. `best`: the best customers, which stand in the place of won records. `None`:
/// too few of either kind.
pub fn suggest(checked: &Checked, best: Option<Best>, options: &Options) -> Option<Suggestion> {
    let view = checked.view.as_ref()?;
    let won = view.won.iter().filter(|won| **won).count();
    if won.min(view.won.len() - won) < KIND_MIN {
        return None;
    }
    let (is_left_out, left_out) = left_out(view, &checked.report, options);
    let candidates =
        candidates::candidates(view, &|column: &Viewed| is_left_out.contains(&column.place()));
    let families = Families::of(view);
    let properties: Vec<&Bits> = candidates.iter().map(|candidate| &candidate.holds).collect();
    let tested = prove::prove(&properties, &view.won, &families, prove::PERMUTATIONS, options.seed);
    // Only what goes with winning: its absence is a candidate too.
    let is_proven = |at: &usize| tested.p[*at] <= P_MAX && tested.z[*at] > 0.0;
    let is_trigger = |at: &usize| options.events.as_ref() == Some(&candidates[*at].file);
    let (of_events, of_fit): (Vec<usize>, Vec<usize>) =
        (0..candidates.len()).partition(|at| is_trigger(at));
    let proven: Vec<usize> = of_fit.into_iter().filter(is_proven).collect();
    let mut known = proven.clone();
    known.extend(&of_events);
    let likeliest = likeliest(&candidates, &tested.z, &known);
    let mut of_events: Vec<usize> =
        of_events.into_iter().filter(|at| tested.z[*at] > 0.0).collect();
    of_events.sort_by(|a, b| tested.z[*b].total_cmp(&tested.z[*a]).then(a.cmp(b)));
    of_events.truncate(TRIGGERS_MAX);
    let mut chosen_from = proven.clone();
    if options.hypotheses {
        chosen_from.extend(&likeliest);
    }
    let all: Vec<usize> = (0..view.won.len()).collect();
    let pool: Vec<&Bits> = chosen_from.iter().map(|at| properties[*at]).collect();
    let fitted = fit::fit(&pool, &view.won, &all, &[]);
    let stability = judge::stability(&pool, &view.won, &families, options.seed);
    let describe = |at: usize, weight: u32, stability: f64| {
        let more = (tested.p[at] > P_MAX).then(|| prove::more(&tested, at, families.count));
        let figures = prove::figures(properties[at], &view.won, &families, options.seed);
        let mut found = criterion(&candidates[at], figures, weight, tested.p[at], stability, more);
        found.among_customers = best.as_ref().and_then(|best| {
            among_customers(properties[at], view, &families, &best.is_customer, options.seed)
        });
        found
    };
    let criteria = fitted.chosen.iter().zip(&fitted.weights);
    let criteria = criteria.map(|(at, weight)| describe(chosen_from[*at], *weight, stability[*at]));
    let names: Vec<String> = chosen_from.iter().map(|at| candidates[*at].name()).collect();
    let ranking =
        (!proven.is_empty()).then(|| judge::judge(&properties, view, &families, options.seed));
    let shares = shares(&candidates, view, best.as_ref());
    Some(Suggestion {
        shares,
        records: view.won.len() as u64,
        won: won as u64,
        accounts: u64::from(families.count),
        has_accounts: families.are_accounts,
        candidates: candidates.len() as u64,
        proven: proven.len() as u64,
        criteria: criteria.collect(),
        hypotheses: match proven.is_empty() || options.hypotheses {
            true => likeliest.iter().map(|at| describe(*at, 0, 0.0)).collect(),
            false => Vec::new(),
        },
        alternatives: alternatives(&pool, &view.won, &fitted, &names),
        ranking: ranking.flatten(),
        triggers: of_events.iter().map(|at| describe(*at, 0, 0.0)).collect(),
        left_out,
        seed: options.seed,
        best,
    })
}

/// Columns that the check flags, by place and as a list for people; kept ones are not among them.
fn left_out(
    view: &View,
    report: &Report,
    options: &Options,
) -> (BTreeSet<(String, String)>, Vec<LeftOut>) {
    let mut places = BTreeSet::new();
    let mut list = Vec::new();
    for finding in &report.findings {
        let why = match finding.kind {
            Kind::Leak => "it may leak the outcome",
            Kind::AskWhen => "its name says that it is written again later",
            _ => continue,
        };
        let Some(column) = finding.column.clone().filter(|name| !options.keep.contains(name))
        else {
            continue;
        };
        places.insert((finding.file.clone(), column.clone()));
        list.push(LeftOut { file: finding.file.clone(), column, why });
    }
    // All columns of a file of won records.
    let of_winners = report.findings.iter().filter(|f| f.kind == Kind::Leak && f.column.is_none());
    for finding in of_winners {
        let columns = view.columns.iter().filter(|column| column.file == finding.file);
        places.extend(columns.map(Viewed::place));
    }
    (places, list)
}

/// The properties that are not proven and go most with winning, one of each column.
fn likeliest(candidates: &[Candidate], z: &[f64], proven: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..candidates.len()).filter(|at| !proven.contains(at) && z[*at] > 0.0).collect();
    order.sort_by(|a, b| z[*b].total_cmp(&z[*a]).then(a.cmp(b)));
    let mut columns: BTreeSet<(&str, &str)> = proven
        .iter()
        .map(|at| (candidates[*at].file.as_str(), candidates[*at].column.as_str()))
        .collect();
    let is_new = |at: &usize| {
        columns.insert((candidates[*at].file.as_str(), candidates[*at].column.as_str()))
    };
    order.into_iter().filter(is_new).take(HYPOTHESES).collect()
}

fn criterion(
    candidate: &Candidate,
    figures: prove::Figures,
    weight: u32,
    p: f64,
    stability: f64,
    more: Option<u64>,
) -> Criterion {
    Criterion {
        name: candidate.name(),
        file: candidate.file.clone(),
        column: candidate.column.clone(),
        test: candidate.test.clone(),
        weight,
        won_with: figures.won_with,
        with: figures.with,
        won_without: figures.won_without,
        without: figures.without,
        shrunken: figures.shrunken,
        lift: figures.lift.map(|(lift, _)| lift),
        interval: figures.lift.map(|(_, interval)| interval),
        p,
        stability,
        more,
        among_customers: None,
    }
}

/// Triggers that are shown, the likeliest ones.
const TRIGGERS_MAX: usize = 8;
/// Properties that so many of the best have are shown.
const SHARE_MIN: f64 = 0.6;
const SHARES_MAX: usize = 8;

/// What most of the best have, those first that set them apart; absence is none.
fn shares(candidates: &[Candidate], view: &View, best: Option<&Best>) -> Vec<Share> {
    let share = |holds: &Bits, of: &dyn Fn(usize) -> bool| {
        let all: Vec<usize> = (0..view.won.len()).filter(|at| of(*at)).collect();
        let with = all.iter().filter(|at| holds.get(**at)).count();
        (!all.is_empty()).then(|| with as f64 / all.len() as f64)
    };
    let mut found: Vec<Share> = candidates
        .iter()
        .filter(|candidate| !matches!(candidate.test, Test::IsNot(_)))
        .filter_map(|candidate| {
            let best_share = share(&candidate.holds, &|at| view.won[at])?;
            let others_share = share(&candidate.holds, &|at| !view.won[at])?;
            let fast = best.filter(|best| best.fast_lost_count > 0);
            let fast_lost_share =
                fast.and_then(|best| share(&candidate.holds, &|at| best.is_fast_lost[at]));
            let name = candidate.name();
            let shown = best_share >= SHARE_MIN;
            shown.then_some(Share { name, best_share, others_share, fast_lost_share })
        })
        .collect();
    let apart = |share: &Share| share.best_share - share.others_share;
    found.sort_by(|a, b| apart(b).total_cmp(&apart(a)).then(a.name.cmp(&b.name)));
    found.truncate(SHARES_MAX);
    found
}

/// How a property stands with being one of the best among customers alone.
fn among_customers(
    property: &Bits,
    view: &View,
    families: &Families,
    is_customer: &[bool],
    seed: u64,
) -> Option<Among> {
    let kept: Vec<usize> = (0..view.won.len()).filter(|at| is_customer[*at]).collect();
    let holds = Bits::of(kept.iter().map(|at| property.get(*at)));
    let won: Vec<bool> = kept.iter().map(|at| view.won[*at]).collect();
    let families = families.among(&kept);
    let figures = prove::figures(&holds, &won, &families, seed);
    let (lift, interval) = figures.lift?;
    Some(Among { lift, interval })
}

/// Profiles without one of the first's criteria that explain the outcomes nearly as well.
fn alternatives(
    pool: &[&Bits],
    won: &[bool],
    first: &Fitted,
    names: &[String],
) -> Vec<Vec<Weighted>> {
    let all: Vec<usize> = (0..won.len()).collect();
    let mut found: Vec<(f64, Vec<usize>, Vec<u32>)> = Vec::new();
    for banned in &first.chosen {
        let other = fit::fit(pool, won, &all, &[*banned]);
        let mut same = other.chosen.clone();
        same.sort_unstable();
        let is_new = found.iter().all(|(_, chosen, _)| {
            let mut chosen = chosen.clone();
            chosen.sort_unstable();
            chosen != same
        });
        if is_new && !other.chosen.is_empty() && other.likelihood >= first.likelihood * (1.0 + GAP)
        {
            found.push((other.likelihood, other.chosen, other.weights));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = |(_, chosen, weights): (f64, Vec<usize>, Vec<u32>)| {
        let pairs = chosen.into_iter().zip(weights);
        pairs.map(|(at, weight)| Weighted { name: names[at].clone(), weight }).collect()
    };
    found.into_iter().take(ALTERNATIVES).map(named).collect()
}
