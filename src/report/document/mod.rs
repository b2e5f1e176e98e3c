//! A profile as the one page that all of sales reads: whom we sell to, what shows that
//! they are ready, who acts how soon, what to say, what happens after. Markdown; no YAML in it.
//!
//! [`conditions`] and [`triggers`] make the sentences, [`terms`] spells the words; the page's
//! second half is in [`acting`], what templates say in [`saying`].

mod acting;
pub mod changes;
mod conditions;
mod saying;
mod terms;
mod triggers;

use crate::domain::profile::variant::{CompiledProfile, Variant};
use crate::domain::profile::{Criterion, Exclusion, Fit, Unknown};
use crate::domain::terms::catalogue::{Kind, SuppressionList};
use crate::report::words::{all, counted, either, points};
use conditions::condition;
use std::fmt::Write;
use terms::{kind, proper};
use triggers::{happens, together, worth};

/// The page. Writing to a text cannot fail.
pub fn document(profile: &CompiledProfile) -> String {
    // A profile always has a primary variant, which is the last.
    let Some((primary, segments)) = profile.variants.split_last() else { return String::new() };
    let mut page = Page(String::new());
    head(profile, &mut page);
    whom(profile, primary, &mut page);
    ready(profile, primary, &mut page);
    acting::soon(profile, primary, &mut page);
    acting::message(profile, primary, segments, &mut page);
    acting::after(profile, &mut page);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.0, "{}", text.as_ref());
    }

    fn section(&mut self, title: &str) {
        let _ = writeln!(self.0, "\n## {title}\n");
    }

    fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.as_ref().replace('|', "\\|")).collect();
        let _ = writeln!(self.0, "| {} |", cells.join(" | "));
    }

    fn header(&mut self, cells: &[&str]) {
        self.row(cells);
        self.row(&vec!["---"; cells.len()]);
    }
}

fn head(profile: &CompiledProfile, page: &mut Page) {
    let p = &profile.profile;
    page.line(format!("# Whom we sell {} to: {}\n", proper(&p.product), proper(&p.profile)));
    let reviewed =
        p.reviewed_at.map_or("never reviewed".to_owned(), |day| format!("reviewed {day}"));
    page.line(format!("Owned by {} · {reviewed} · version {}", p.owner, profile.version));
}

fn whom(profile: &CompiledProfile, primary: &Variant, page: &mut Page) {
    page.section("Whom we sell to");
    let musts: Vec<&Criterion> = primary.criteria.iter().filter(|c| c.required).collect();
    if !musts.is_empty() {
        page.line("Required: a company without these does not fit:\n");
        for must in musts {
            page.line(format!("- **{}**", named(must)));
        }
        page.line("");
    }
    let whole = if profile.is_additive() { "Points" } else { "Points of 100" };
    page.header(&["What we look for", whole, "If we do not know"]);
    for criterion in &primary.criteria {
        page.row(&[named(criterion), format!("{:+}", criterion.weight), unknown(criterion)]);
    }
    page.line("");
    let t = primary.tiers;
    let tiers = format!(
        "**Tier 1** has {} or more, **tier 2** {}, **tier 3** {}",
        counted(t.tier_1, "point"),
        t.tier_2,
        t.tier_3
    );
    if profile.is_additive() {
        page.line(format!("{tiers}; less has no tier."));
        page.line("Fit and timing are added up: a company that reaches the line below enters.");
    } else {
        page.line(format!("{tiers}; a company below that is not a customer for us."));
        page.line(format!(
            "We act from {} on, and only where {} % of the points are known.",
            points(primary.gate),
            profile.profile.fit.known_percent
        ));
    }
    exclusions(&profile.profile.fit, page);
}

/// The name, and the condition where it says more than the name.
fn named(criterion: &Criterion) -> String {
    let said = condition(&criterion.when);
    let bare = |text: &str| text.replace(',', "").to_lowercase();
    if bare(&said) == bare(&criterion.name) { said } else { format!("{} ({said})", criterion.name) }
}

fn unknown(criterion: &Criterion) -> String {
    let points = match criterion.unknown {
        Unknown::No => "counts as no",
        Unknown::Half => "counts half",
        Unknown::Yes => "counts as yes",
    };
    let stale = criterion.stale_after_days.map(|days| format!(", also if older than {days} days"));
    let points = format!("{points}{}", stale.unwrap_or_default());
    if criterion.required { format!("{points}; required") } else { points }
}

fn exclusions(fit: &Fit, page: &mut Page) {
    page.line("\n### Never\n");
    for exclusion in &fit.exclusions {
        let Exclusion { name, when, reason, owner, expires } = exclusion;
        let owner = owner.as_ref().map(|owner| format!("; decided by {owner}"));
        let expires = expires.map(|day| format!("; until {day}"));
        page.line(format!(
            "- **{name}** ({}): {reason}{}{}",
            condition(when),
            owner.unwrap_or_default(),
            expires.unwrap_or_default()
        ));
    }
    page.line(
        "- Companies that asked not to be contacted, and competitors on our lists. Customers and \
         open opportunities go to their owner alone.",
    );
    if let [first, others @ ..] = &fit.inherit_from_parent[..] {
        let words = |list: &SuppressionList| list.to_string().replace('_', " ");
        let others: String = others.iter().map(|list| format!(", {}", words(list))).collect();
        page.line(format!(
            "- The same for a company whose parent is on: {}{others}.",
            words(first)
        ));
    }
}

fn ready(profile: &CompiledProfile, primary: &Variant, page: &mut Page) {
    page.section("What shows that they are ready");
    page.header(&["Signal", "What happens", "What it is worth"]);
    for rule in &primary.rules {
        page.row(&[rule.name.to_string(), happens(rule), worth(rule)]);
    }
    page.line("");
    for c in &primary.conjunctions {
        page.line(format!("- {}.", together(&c.conjunction)));
    }
    let intent = &profile.profile.intent;
    for (capped, most) in &intent.caps {
        page.line(format!(
            "- Signals of {} give at most {} together.",
            kind(*capped),
            counted(*most, "point")
        ));
    }
    let kinds = |kinds: &[Kind]| kinds.iter().map(|k| kind(*k)).collect::<Vec<_>>();
    if !intent.require_any.is_empty() {
        page.line(format!("- No company enters without {}.", either(&kinds(&intent.require_any))));
    }
    if !intent.require_all.is_empty() {
        page.line(format!("- No company enters without {}.", all(&kinds(&intent.require_all))));
    }
    let bullets = !primary.conjunctions.is_empty()
        || !intent.caps.is_empty()
        || !intent.require_any.is_empty()
        || !intent.require_all.is_empty();
    if bullets {
        page.line("");
    }
    let score =
        if profile.is_additive() { "points of fit and signals" } else { "points of signals" };
    page.line(format!(
        "An account enters at **{}** {score} and leaves below **{}**; from {} on it is warming up.",
        primary.enter, primary.exit, primary.warm
    ));
    let bands = intent.bands;
    page.line(format!(
        "Strong is {} and more, medium {} to {}, weak what is below.",
        bands.high,
        bands.medium,
        bands.high - 1
    ));
}
