//! The page's second half: who acts how soon, what to say to whom, what happens after.

use super::Page;
use super::conditions::condition;
use super::saying::{examples, named};
use super::terms::{capital, proper, words};
use super::triggers::{days, happens, signed, worth};
use crate::domain::account::again;
use crate::domain::profile::variant::{CompiledProfile, CompiledRule, Variant};
use crate::domain::profile::{
    Angle, Band, BusinessHours, ExitAdvice, Persona, Priority, RouteRow, Segment, Sla, Team, Value,
};
use crate::domain::score::fit::Tier;
use crate::domain::score::priority::priority;
use crate::domain::terms::term::Term;
use crate::domain::terms::units::MilliPoints;
use crate::report::words::{agree, all, counted, either, points};
use std::collections::BTreeMap;

/// Priorities by tier and band, and the route of each.
pub(super) fn soon(profile: &CompiledProfile, primary: &Variant, page: &mut Page) {
    page.section("Who acts how soon");
    let bands = [(Band::High, "strong"), (Band::Medium, "medium"), (Band::Low, "weak")];
    // No account enters weak where the enter line is medium or higher; one in buying mode
    // may weaken, but is not announced again.
    let medium = MilliPoints::points(profile.profile.intent.bands.medium);
    let shown = if primary.enter >= medium { &bands[..2] } else { &bands[..] };
    let signals = if profile.is_additive() { "sum" } else { "signals" };
    let mut header = vec!["Fit".to_owned()];
    header.extend(shown.iter().map(|(_, name)| capital(&format!("{name} {signals}"))));
    page.header(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let mut tiers = vec![(Tier::One, "Tier 1"), (Tier::Two, "Tier 2"), (Tier::Three, "Tier 3")];
    if profile.is_additive() {
        tiers.push((Tier::NotIcp, "No tier"));
    }
    for (tier, name) in tiers {
        let cells = shown.iter().map(|(band, _)| {
            let (priority, sla) = priority(profile, tier, *band);
            let within = match sla {
                None => ", no deadline".to_owned(),
                Some(Sla::SameDay) => ", the same business day".to_owned(),
                Some(Sla::Hours(hours)) => {
                    format!(", within {}", counted(hours, "business hour"))
                }
            };
            format!("{}{within}", word(priority))
        });
        page.row(&std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>());
    }
    page.line(format!("\n{}\n", hours(&profile.profile.priority.business_hours)));
    if let Some(team) = profile.profile.team {
        let Team { reps, accounts_a_week } = team;
        page.line(format!(
            "{} {} on {} a week each.\n",
            counted(reps, "person"),
            agree(reps, "takes", "take"),
            counted(accounts_a_week, "new account")
        ));
    }
    let routes = &profile.profile.routes;
    for row in &routes.table {
        page.line(format!("- {} → **{}**", capital(&wanted(row)), row.route));
    }
    let rest = if routes.table.is_empty() { "Everything" } else { "Everything else" };
    page.line(format!("- {rest} → **{}**", routes.default));
    page.line(format!(
        "- Requests that score too low for a person to answer → **{}**",
        routes.nurture
    ));
    page.line(format!(
        "- Accounts that are ready, but too little is known to say whether they fit → **{}**",
        routes.enrich
    ));
    page.line(format!("- Customers and open opportunities → **{}**, their owner", routes.owner));
    let change = if routes.profile_change_to_sequencers {
        ""
    } else {
        ", and accounts that enter only because this page changed"
    };
    page.line(format!(
        "- Accounts of a first load{change} → **{}**, to read and not to call",
        routes.digest
    ));
    let arm = profile.profile.experiment.hold_out_percent;
    if arm > 0 {
        page.line(format!(
            "- {arm} % of all, drawn at random and not contacted, to measure what this is worth → **{}**",
            routes.hold_out
        ));
    }
}

fn word(priority: Priority) -> &'static str {
    match priority {
        Priority::Urgent => "urgent",
        Priority::High => "high",
        Priority::Normal => "normal",
    }
}

fn hours(hours: &BusinessHours) -> String {
    let BusinessHours { zone, from_hour, to_hour, days } = hours;
    let names: Vec<String> = days.iter().map(|day| format!("{day:?}")).collect();
    let zone = zone.name().replace('_', " ");
    format!("Business hours are {from_hour}:00 to {to_hour}:00, {} ({zone}).", all(&names))
}

fn wanted(row: &RouteRow) -> String {
    let RouteRow { route: _, tiers, priorities, segments, territories, owners } = row;
    let list = |what: &str, items: Vec<String>| {
        (!items.is_empty()).then(|| format!("{what}{}", either(&items)))
    };
    let texts = |items: &[crate::domain::Text]| items.iter().map(ToString::to_string).collect();
    let terms = |items: &[Term]| items.iter().map(|term| proper(term.as_str())).collect();
    let parts = [
        list("", priorities.iter().map(|p| word(*p).to_owned()).collect()),
        list("tier ", tiers.iter().map(ToString::to_string).collect()),
        list("segment ", texts(segments)),
        list("territory ", terms(territories)),
        list("owned by ", terms(owners)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
}

/// Pain, angle and personas, of the primary and of each segment.
pub(super) fn message(
    profile: &CompiledProfile,
    primary: &Variant,
    segments: &[Variant],
    page: &mut Page,
) {
    page.section("What to say");
    value(&primary.value, page);
    for (variant, segment) in segments.iter().zip(&profile.profile.segments) {
        page.line(format!("\n### {}\n", proper(&segment.segment)));
        if let Some(when) = &segment.when {
            page.line(format!("For companies with: {}.\n", condition(when)));
        }
        differences(profile, primary, variant, segment, page);
        if segment.value.is_some() {
            value(&variant.value, page);
        }
    }
}

fn value(value: &Value, page: &mut Page) {
    let Value { pain, angle, angles, templates: _, personas } = value;
    page.line(format!("**Their pain:** {pain}\n"));
    page.line(format!("**How we open:** {angle}\n"));
    for Angle { rules, angle, pain, templates: _ } in angles {
        let pain = pain.as_ref().map(|pain| format!("; pain: {pain}")).unwrap_or_default();
        page.line(format!("- Where the strongest signal is {}: {angle}{pain}", named(rules)));
    }
    if !angles.is_empty() {
        page.line("");
    }
    for persona in personas {
        let Persona { titles, rules, hired_by, pain, angle, templates: _ } = persona;
        let own = [
            (!rules.is_empty()).then(|| format!("only for {}", named(rules))),
            pain.as_ref().map(|pain| format!("pain: {pain}")),
            angle.as_ref().map(|angle| format!("open with: {angle}")),
            (!hired_by.is_empty())
                .then(|| format!("while the seat is empty ask for {}", either(hired_by))),
        ];
        let own: Vec<String> = own.into_iter().flatten().collect();
        let own = if own.is_empty() { String::new() } else { format!(": {}", own.join("; ")) };
        page.line(format!("- **{}**{own}", titles.join(", ")));
    }
    examples(value, page);
}

/// How a segment differs from the primary profile.
fn differences(
    profile: &CompiledProfile,
    primary: &Variant,
    variant: &Variant,
    segment: &Segment,
    page: &mut Page,
) {
    let mut lines = Vec::new();
    for criterion in &segment.criteria {
        lines.push(format!("Looks for {} ({})", super::named(criterion), signed(criterion.weight)));
    }
    let own = |rule: &&CompiledRule| segment.rules.iter().any(|r| r.name == rule.name);
    for rule in variant.rules.iter().filter(own) {
        lines.push(format!("{}: {} ({})", rule.name, happens(rule), worth(rule)));
    }
    if !segment.without.is_empty() {
        let names: Vec<String> = segment.without.iter().map(|name| format!("“{name}”")).collect();
        lines.push(format!("Leaves out {}", all(&names)));
    }
    let mut line = |differs: bool, text: String| {
        if differs {
            lines.push(text);
        }
    };
    let t = variant.tiers;
    line(
        t != primary.tiers,
        format!(
            "Tier 1 from {}, tier 2 from {}, tier 3 from {}",
            counted(t.tier_1, "point"),
            t.tier_2,
            t.tier_3
        ),
    );
    line(
        variant.gate != primary.gate && !profile.is_additive(),
        format!("We act from {} of fit on", points(variant.gate)),
    );
    line(
        variant.enter != primary.enter || variant.exit != primary.exit,
        format!("Enters at {}, leaves below {}", points(variant.enter), variant.exit),
    );
    for text in &lines {
        page.line(format!("- {text}"));
    }
    if !lines.is_empty() {
        page.line("");
    }
}

/// How an episode ends, and when the account may enter again.
pub(super) fn after(profile: &CompiledProfile, page: &mut Page) {
    page.section("What happens after");
    let e = &profile.profile.episode;
    page.line(format!("- An account stays in buying mode for {} at most.", days(e.max_days)));
    page.line(format!(
        "- Cooldown after exit: {}; only new evidence that is enough to enter by itself ends it early.",
        days(e.cooldown_days)
    ));
    page.line(format!(
        "- For the first time it enters on {}; after that only with something new, or when what \
         ended its stay is over.",
        match e.first_entry_evidence_days {
            Some(bound) => format!("signals of the last {}", days(bound)),
            None => format!("signals that are enough for {} days", again::LASTS_DAYS),
        }
    ));
    page.line(format!(
        "- When bad news ends its stay, sequences {}.",
        match e.negative_signal_advice {
            ExitAdvice::StopNow => "stop at once",
            ExitAdvice::NoNewEnrolment => "go on, and no one new is enrolled",
        }
    ));
    page.line(format!(
        "- When its priority rises, or a later or larger round comes, it is announced again, once in {} \
         at most.",
        days(e.strengthen_days)
    ));
    page.line(format!(
        "- An opportunity opened or won stops everything for {}.",
        days(e.won_cooldown_days)
    ));
    let mut by_days: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for (reason, rest) in &e.lost_cooldown_days {
        by_days.entry(*rest).or_default().push(words(reason.as_str()));
    }
    for (rest, reasons) in by_days {
        page.line(format!(
            "- Lost or rejected because of {}: a cooldown of {}.",
            either(&reasons),
            days(rest)
        ));
    }
    page.line("- Once sales is in touch, alerts for the account are muted until it leaves.");
}
