//! What a person should take from the counts, in sentences.

use super::{CriterionCount, Matching, Standing};
use crate::domain::profile::variant::CompiledProfile;
use crate::report::words::{all, companies, count, percent};

/// Above it, the profile tells the market apart too little.
const TIGHT_PERCENT_MAX: f64 = 40.0;
/// Up to so many companies a team can work by name.
const LIST_MAX: u64 = 300;
/// A criterion that so many meet keeps hardly anybody out.
const IDLE_PERCENT_MIN: f64 = 90.0;

/// The most important first.
pub fn verdict(m: &Matching, profile: &CompiledProfile) -> Vec<String> {
    let mut lines = vec![how_many(m)];
    lines.extend(unknowable(m, profile));
    lines.extend(m.criteria.iter().filter_map(never_met));
    lines.extend(decisive(m));
    lines.extend(idle(m));
    if m.market.is_none() && m.companies > 0 {
        lines.push(format!(
            "the share is one of the {} given; if they were filtered before, name the whole \
             market with --market",
            companies(m.companies)
        ));
    }
    lines
}

fn how_many(m: &Matching) -> String {
    let might = m.of(Standing::Might);
    let more = match might {
        0 => String::new(),
        1 => "; 1 more might, were more known of it".to_owned(),
        _ => format!("; {} more might, were more known of them", count(might)),
    };
    let share = format!("{} % of the market", m.share_percent);
    match m.matches {
        0 => format!("no company matches{more}"),
        n if m.share_percent > TIGHT_PERCENT_MAX => format!(
            "{} match, {share}: not tight enough (more than {TIGHT_PERCENT_MAX} %){more}",
            companies(n)
        ),
        n if n <= LIST_MAX => {
            format!("{} in all, {share}: that is a list, to be worked by name{more}", companies(n))
        }
        n => format!("{} match, {share}{more}", companies(n)),
    }
}

/// Criteria of which the files say nothing at all.
fn unknowable(m: &Matching, profile: &CompiledProfile) -> Option<String> {
    let dark = |c: &&CriterionCount| c.unknown > 0 && c.yes + c.no == 0;
    let primary = |c: &&CriterionCount| c.segments.iter().any(|s| s == "primary");
    let rows: Vec<&CriterionCount> = m.criteria.iter().filter(primary).collect();
    let dark: Vec<&CriterionCount> = rows.iter().copied().filter(dark).collect();
    let weight = |rows: &[&CriterionCount]| -> i32 { rows.iter().map(|c| c.weight.abs()).sum() };
    let lost =
        percent(u64::from(weight(&dark).unsigned_abs()), u64::from(weight(&rows).unsigned_abs()));
    if dark.is_empty() {
        return None;
    }
    let names: Vec<String> = dark.iter().map(|c| format!("{:?}", c.name.as_str())).collect();
    let needed = profile.profile.fit.known_percent;
    let said = format!("nothing tells of any company whether it meets {}", all(&names));
    Some(if !profile.is_additive() && 100.0 - lost < f64::from(needed) {
        format!(
            "{said}: {lost} % of the weight, and a tier needs {needed} % known; bring in those \
             attributes, or ask for less to be known (fit.known_percent)"
        )
    } else {
        format!("{said} ({lost} % of the weight)")
    })
}

/// A criterion whose words nobody uses is more often a matter of spelling than of the market.
fn never_met(c: &CriterionCount) -> Option<String> {
    let met = c.yes > 0 || c.no == 0 || c.weight < 0 || c.values.is_empty();
    let values: Vec<String> =
        c.values.iter().map(|v| format!("{} ({})", v.value, count(v.companies))).collect();
    (!met).then(|| {
        format!(
            "nobody meets {:?}; the companies say, most often: {}",
            c.name.as_str(),
            values.join(", ")
        )
    })
}

fn decisive(m: &Matching) -> Option<String> {
    let most = m.criteria.iter().max_by_key(|c| c.alone_keeps_out)?;
    (most.alone_keeps_out > 0).then(|| {
        format!(
            "decisive is {:?}: it alone keeps out {}, {} % of the {} that miss by one criterion",
            most.name.as_str(),
            companies(most.alone_keeps_out),
            percent(most.alone_keeps_out, m.near_misses),
            count(m.near_misses)
        )
    })
}

/// What tells nobody apart.
fn idle(m: &Matching) -> Option<String> {
    let idle = m
        .criteria
        .iter()
        .filter(|c| c.weight > 0 && percent(c.yes, c.yes + c.no + c.unknown) >= IDLE_PERCENT_MIN);
    let names: Vec<String> = idle.map(|c| format!("{:?}", c.name.as_str())).collect();
    (!names.is_empty()).then(|| {
        format!(
            "hardly anybody is kept out by {}: {IDLE_PERCENT_MIN} % and more meet it",
            all(&names)
        )
    })
}
