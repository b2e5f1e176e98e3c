//! Conclusions from the counts, in sentences.

use super::{CriterionCount, Matching, Standing};
use crate::domain::profile::variant::CompiledProfile;
use crate::report::words::{agree, all, companies, count, percent};

/// Above this share of the market the profile is not selective enough.
const TIGHT_PERCENT_MAX: f64 = 40.0;
/// Up to this many companies a team can work by name.
const LIST_MAX: u64 = 300;
/// A criterion met by at least this share hardly keeps any company out.
const IDLE_PERCENT_MIN: f64 = 90.0;

/// Conclusions, the most important first.
pub fn verdict(m: &Matching, profile: &CompiledProfile) -> Vec<String> {
    let mut lines = vec![how_many(m)];
    lines.extend(unknowable(m, profile));
    lines.extend(known(m, profile));
    lines.extend(m.criteria.iter().filter_map(stale));
    lines.extend(m.criteria.iter().filter_map(never_met));
    lines.extend(decisive(m));
    lines.extend(idle(m));
    if m.market.is_none() && m.companies > 0 {
        lines.push(format!(
            "the share refers to the {} given; if the list was filtered before, use --market \
             with the size of the whole market",
            companies(m.companies)
        ));
    }
    lines
}

fn how_many(m: &Matching) -> String {
    let might = m.of(Standing::Might);
    let more = match might {
        0 => String::new(),
        _ => format!("; {} more might match if more were known", count(might)),
    };
    let share = format!("{} % of the market", m.share_percent);
    match m.matches {
        0 => format!("no company matches{more}"),
        n if m.share_percent > TIGHT_PERCENT_MAX => format!(
            "{} {}, {share}: not selective enough (more than {TIGHT_PERCENT_MAX} %){more}",
            companies(n),
            agree(n, "matches", "match")
        ),
        n if n <= LIST_MAX => {
            format!(
                "{} {}, {share}: short enough to work by name{more}",
                companies(n),
                agree(n, "matches", "match")
            )
        }
        n => format!("{} {}, {share}{more}", companies(n), agree(n, "matches", "match")),
    }
}

/// Criteria whose answer is unknown for every company.
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
    let said = format!("no data on {} for any company", all(&names));
    Some(if !profile.is_additive() && 100.0 - lost < f64::from(needed) {
        format!(
            "{said}: {lost} % of the weight, and a tier needs {needed} % known; add those \
             attributes, or lower fit.known_percent"
        )
    } else {
        format!("{said} ({lost} % of the weight)")
    })
}

/// What `fit.known_percent` does.
fn known(m: &Matching, profile: &CompiledProfile) -> Option<String> {
    let needed = profile.profile.fit.known_percent;
    let n = m.known_too_little;
    (n > 0).then(|| {
        format!(
            "fit.known_percent keeps out {} whose fit would pass: less than {needed} % of the weight is \
             known of {}",
            companies(n),
            agree(n, "it", "them")
        )
    })
}

fn stale(c: &CriterionCount) -> Option<String> {
    (c.stale > 0).then(|| {
        format!(
            "{:?} is known of {}, but too long ago (stale_after_days), and counts as unknown",
            c.name.as_str(),
            companies(c.stale)
        )
    })
}

/// A criterion that no company meets is more often a matter of spelling than of the market.
fn never_met(c: &CriterionCount) -> Option<String> {
    let met = c.yes > 0 || c.no == 0 || c.weight < 0 || c.values.is_empty();
    let values: Vec<String> =
        c.values.iter().map(|v| format!("{} ({})", v.value, count(v.companies))).collect();
    (!met).then(|| {
        format!(
            "no company meets {:?}; their most frequent values: {}",
            c.name.as_str(),
            values.join(", ")
        )
    })
}

fn decisive(m: &Matching) -> Option<String> {
    let most = m.criteria.iter().max_by_key(|c| c.alone_keeps_out)?;
    (most.alone_keeps_out > 0).then(|| {
        format!(
            "the decisive criterion is {:?}: it alone keeps out {}, {} % of the {} that miss by one criterion",
            most.name.as_str(),
            companies(most.alone_keeps_out),
            percent(most.alone_keeps_out, m.near_misses),
            count(m.near_misses)
        )
    })
}

/// Criteria that hardly any company fails.
fn idle(m: &Matching) -> Option<String> {
    let idle = m
        .criteria
        .iter()
        .filter(|c| c.weight > 0 && percent(c.yes, c.yes + c.no + c.unknown) >= IDLE_PERCENT_MIN);
    let names: Vec<String> = idle.map(|c| format!("{:?}", c.name.as_str())).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{IDLE_PERCENT_MIN} % of the companies or more meet {}: hardly selective",
            all(&names)
        )
    })
}
