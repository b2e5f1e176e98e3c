//! Trigger rules as plain sentences: what must happen, what it is worth, and for how long.
//!
//! As with conditions, every field of a rule is named, so that a new one cannot be left out.

use super::conditions::stages;
use super::terms::{
    capital, dollars, engagement, function, instrument, kind, news, seniority, words,
};
use crate::domain::profile::amount::Amount;
use crate::domain::profile::rules::{
    Conjunction, EngagementMatch, FundingMatch, HeadcountMatch, HiringMatch, NewsMatch, Scale,
    TechnologyMatch, UnknownAmount, UsesMatch,
};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::terms::catalogue::{HiringAction, Kind};
use crate::domain::terms::spelling::tool;
use crate::report::words::{all, count, counted, either, noun_of};

/// What must happen at a company.
pub(super) fn happens(rule: &CompiledRule) -> String {
    capital(&match &rule.trigger {
        Trigger::Funding(m) => funding(m),
        Trigger::Hiring(m) => hiring(m),
        Trigger::Headcount(m) => headcount(m),
        Trigger::Technology(m) => technology(m),
        Trigger::Uses(m) => uses(m),
        Trigger::News(m) => said_of(m),
        Trigger::Engagement(m) => engaged(m),
    })
}

/// How many points it is worth, and for how long.
pub(super) fn worth(rule: &CompiledRule) -> String {
    let CompiledRule {
        points, hold_days, half_life_days, window_days, count: times, scale, ..
    } = rule;
    let mut parts = vec![signed(*points)];
    if let Some(scale) = scale {
        parts.push(scaled(rule, scale));
    }
    if *times > 1 {
        parts.push(format!("for each of the strongest {times}"));
    }
    let lasting = match half_life_days {
        _ if rule.trigger.is_standing() => {
            "for as long as it is true; it never starts an episode alone".to_owned()
        }
        None => format!("in full for {}", days(*window_days)),
        Some(half_life) => format!(
            "in full for {}, then halving every {}, over after {}",
            days(*hold_days),
            days(*half_life),
            days(*window_days)
        ),
    };
    parts.push(lasting);
    parts.join("; ")
}

/// `Fresh money and hiring within 45 days of each other: +15 points`.
pub(super) fn together(conjunction: &Conjunction) -> String {
    let Conjunction { name, all_of, within_days, points } = conjunction;
    let members: Vec<String> = all_of
        .iter()
        .map(|member| match member.parse::<Kind>() {
            Ok(any) => format!("any {} signal", kind(any)),
            Err(_) => format!("“{member}”"),
        })
        .collect();
    format!(
        "**{name}**: {} within {} of each other, {} on top",
        all(&members),
        days(*within_days),
        signed(*points)
    )
}

pub(super) fn days(days: u16) -> String {
    counted(days, "day")
}

/// Points with their sign: `+1 point`, `-20 points`.
pub(super) fn signed(points: i32) -> String {
    format!("{points:+} {}", noun_of(points.unsigned_abs(), "point"))
}

fn scaled(rule: &CompiledRule, scale: &Scale) -> String {
    let Scale { from, full, least_percent } = *scale;
    let size = |amount: Amount| match rule.kind() {
        Kind::Funding => dollars(amount),
        Kind::Headcount => format!("{} % growth", count(amount.0)),
        _ => count(amount.0),
    };
    format!(
        "grows with size, from {least_percent} % of them at {} to all at {}",
        size(from),
        size(full)
    )
}

fn funding(m: &FundingMatch) -> String {
    let FundingMatch { stage, min_amount_usd, unknown_amount, instruments } = m;
    let round = match stage {
        Some(test) => format!("raises money: {}", stages(test)),
        None => "raises money, whatever the round".to_owned(),
    };
    let amount = min_amount_usd.map(|least| format!(", {} or more", dollars(least)));
    let unknown = match unknown_amount {
        UnknownAmount::Counts if min_amount_usd.is_some() => " or undisclosed",
        UnknownAmount::Counts => "",
        UnknownAmount::Ignored => ", the amount known",
    };
    let kinds: Vec<&str> = instruments.iter().map(|i| instrument(*i)).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(", as {}", either(&kinds)) };
    format!("{round}{}{unknown}{kinds}", amount.unwrap_or_default())
}

fn hiring(m: &HiringMatch) -> String {
    let HiringMatch {
        actions,
        functions,
        seniorities,
        titles,
        first_in_function,
        at_least,
        within_days,
    } = m;
    let verb = |action: &HiringAction| match action {
        HiringAction::Posted => "advertises",
        HiringAction::Closed => "closes the post of",
        HiringAction::Hired => "hires",
    };
    let verbs = match actions.as_slice() {
        [] => "advertises or hires".to_owned(),
        actions => either(&actions.iter().map(verb).collect::<Vec<_>>()),
    };
    let levels: Vec<&str> = seniorities.iter().map(|s| seniority(*s)).collect();
    let level =
        if levels.is_empty() { String::new() } else { format!(" at {} level", either(&levels)) };
    let fields: Vec<&str> = functions.iter().map(|f| function(*f)).collect();
    let field = if fields.is_empty() { String::new() } else { format!(" in {}", either(&fields)) };
    let quoted = titles.iter().map(|title| format!("“{}”", words(title.as_str())));
    let quoted: Vec<String> = quoted.collect();
    let named = if quoted.is_empty() {
        String::new()
    } else {
        format!(", with {} in the title", either(&quoted))
    };
    let who = match (first_in_function, at_least) {
        (true, _) => "the first person".to_owned(),
        (false, Some(least)) if *least > 1 => format!("{least} people or more"),
        _ => "at least 1 person".to_owned(),
    };
    let within = within_days.filter(|_| at_least.is_some());
    let within = within.map(|within| format!(", within {}", days(within)));
    format!("{verbs} {who}{field}{level}{named}{}", within.unwrap_or_default())
}

fn headcount(m: &HeadcountMatch) -> String {
    let HeadcountMatch { department, or_total, over_days, percent, people, decline } = *m;
    let who = department.map_or("the whole company", function);
    let verb = if decline { "shrinks" } else { "grows" };
    let heads = match people {
        0 => String::new(),
        n => format!(" and {}", counted(n, "person")),
    };
    let total = if or_total && department.is_some() {
        " (the whole company where the department is not counted)"
    } else {
        ""
    };
    format!("{who} {verb} by {percent} %{heads} or more over {}{total}", days(over_days))
}

fn technology(m: &TechnologyMatch) -> String {
    let TechnologyMatch { dropped, any_of, categories } = m;
    let verb = if *dropped { "drops" } else { "adopts" };
    let tools: Vec<String> = any_of.iter().map(tool).collect();
    let kinds: Vec<String> =
        categories.iter().map(|category| format!("a {} tool", words(category.as_str()))).collect();
    let both = [either(&tools), either(&kinds)];
    let both: Vec<&String> = both.iter().filter(|names| !names.is_empty()).collect();
    match both.as_slice() {
        [] => format!("{verb} any tool"),
        [only] => format!("{verb} {only}"),
        [tools, kinds, ..] => format!("{verb} {tools}, as {kinds}"),
    }
}

fn uses(m: &UsesMatch) -> String {
    let UsesMatch { any_of } = m;
    format!("uses {}", either(&any_of.iter().map(tool).collect::<Vec<_>>()))
}

fn said_of(m: &NewsMatch) -> String {
    let NewsMatch { kinds } = m;
    format!("the news reports {}", either(&kinds.iter().map(|k| news(*k)).collect::<Vec<_>>()))
}

fn engaged(m: &EngagementMatch) -> String {
    let EngagementMatch { kinds, topics, people, at_least, within_days } = m;
    let what = either(&kinds.iter().map(|k| engagement(*k)).collect::<Vec<_>>());
    let topics: Vec<String> = topics.iter().map(|topic| words(topic.as_str())).collect();
    let on = if topics.is_empty() { String::new() } else { format!(" (on {})", either(&topics)) };
    let times = match at_least {
        Some(least) if *least > 1 => format!(", {least} times or more"),
        _ => String::new(),
    };
    let who = match people {
        Some(people) if *people > 1 => format!("{people} different people there or more"),
        _ => "a person there".to_owned(),
    };
    let within = within_days.filter(|_| at_least.is_some() || people.is_some());
    let within = within.map(|within| format!(" within {}", days(within)));
    format!("{who} {what}{on}{times}{}", within.unwrap_or_default())
}
