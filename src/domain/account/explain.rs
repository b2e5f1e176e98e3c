//! Why, in words and in numbers: the arithmetic of an assessment, line by line.

use super::assess::Assessment;
use super::decision::{CriterionExplained, FitExplained};
use super::doubt::doubts;
use crate::domain::Text;
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::evidence::facts::Facts;
use crate::domain::evidence::signal::{Event, Funding, Hiring, bounded};
use crate::domain::profile::Criterion;
use crate::domain::profile::when::{Answer, When};
use crate::domain::terms::catalogue::{FundingStage, HiringAction, Instrument, TechnologyAction};
use crate::domain::terms::figures::counted;
use crate::domain::terms::limits::HORIZON_DAYS;
use crate::domain::terms::post_title::spoken;
use crate::domain::terms::shown::Shown;
use crate::domain::terms::spelling::{self, tool};
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;

pub fn fit(a: &Assessment<'_>) -> FitExplained {
    let criteria = a.variant.criteria.iter().zip(&a.fit.answers).enumerate();
    FitExplained {
        lower: a.fit.lower,
        upper: a.fit.upper,
        known_percent: a.fit.known_percent,
        gate: a.variant.gate,
        criteria: criteria.map(|(at, (c, answer))| criterion(a, at, c, *answer)).collect(),
    }
}

fn criterion(a: &Assessment<'_>, at: usize, c: &Criterion, answer: Answer) -> CriterionExplained {
    let (name, required) = (c.name.clone(), c.required);
    let origin = c.when.origins(&a.facts).into_iter().min();
    let (as_of, source) = (origin.map(|o| o.day), origin.and_then(|o| bounded(o.source)));
    let (found, stale) = (found(&c.when, &a.facts), a.fit.stale.contains(&(at as u16)));
    CriterionExplained { name, weight: c.weight, answer, required, found, as_of, source, stale }
}

/// A page that a person may open: sources are not trusted to send nothing else.
pub(super) fn page(url: &Option<Text>) -> Option<Text> {
    let is_page = |url: &&Text| {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    };
    url.as_ref().filter(is_page).cloned()
}

/// An event in a few words: "Series B of $25M", "posted Head of Sales (Berlin)".
pub fn what(event: &Event) -> String {
    match event {
        Event::Funding(f) => {
            let round = round(f);
            let amount = f.amount_usd.map(|a| format!(" of ${}", money(a))).unwrap_or_default();
            let lead = f.lead_investor.as_ref().map(|l| format!(" led by {l}")).unwrap_or_default();
            format!("{round}{amount}{lead}")
        }
        Event::Hiring(h) => {
            let verb = match h.action {
                HiringAction::Posted => "posted",
                HiringAction::Closed => "closed the post of",
                HiringAction::Hired => "hired",
            };
            format!("{verb} {}", job(h))
        }
        Event::Headcount(h) => {
            let total = h.total.map(|total| counted(total, "employee"));
            let teams = h.departments.iter().take(3);
            let teams = teams.map(|(team, n)| format!("{n} in {}", words((*team).into())));
            let grew = h.growth.map(|g| {
                let percent = g.permille / 10;
                format!("headcount {percent:+} % in {}", counted(g.months, "month"))
            });
            let parts: Vec<String> = total.into_iter().chain(teams).chain(grew).collect();
            if parts.is_empty() { "headcount".to_owned() } else { parts.join(", ") }
        }
        Event::Technology(t) => match t.action {
            TechnologyAction::Adopted => format!("adopted {}", tool(&t.tool)),
            TechnologyAction::Dropped => format!("dropped {}", tool(&t.tool)),
            TechnologyAction::InUse => format!("uses {}", tool(&t.tool)),
        },
        Event::News(n) => match &n.summary {
            Some(summary) => labelled(&words(n.news.into()), summary),
            None => {
                let change = n.change.map(|change| format!(" ({})", words(change.into())));
                format!("{}{}", words(n.news.into()), change.unwrap_or_default())
            }
        },
        Event::Engagement(e) => match &e.topic {
            Some(topic) => {
                format!("{} ({})", words(e.engagement.into()), spelling::words(topic.as_str()))
            }
            None => words(e.engagement.into()),
        },
    }
}

/// `Series B`, `Seed convertible note`, `funding round`.
pub(super) fn round(f: &Funding) -> String {
    match (f.stage, f.instrument) {
        (Some(FundingStage::PeBacked), Instrument::Equity) => "private equity".to_owned(),
        (Some(FundingStage::Public), Instrument::Equity) => "public offering".to_owned(),
        (Some(stage), Instrument::Equity) => title_case(stage.into()),
        (Some(stage), other) => format!("{} {}", title_case(stage.into()), words(other.into())),
        (None, Instrument::Equity) => "funding round".to_owned(),
        (None, other) => format!("{} round", words(other.into())),
    }
}

/// `VP Sales (Austin, TX)`, `SDR (Outbound; Austin, TX)`: the title and the place of a job.
pub(super) fn job(hiring: &Hiring) -> String {
    let title = spoken(&hiring.title);
    let Some(place) = &hiring.place else { return title.into_owned() };
    // "Remote (US)": no brackets within brackets.
    let place = place.replace(" (", ", ").replace(['(', ')'], "");
    // "Account Manager (L.68/99)": the place does not go into a bracket with a law or a code.
    let is_words = |open: &&str| {
        let bracket = open.rsplit('(').next().unwrap_or_default();
        !bracket.contains(|c: char| c.is_ascii_digit())
    };
    match title.strip_suffix(')').filter(is_words) {
        Some(open) => format!("{open}; {place})"),
        None => format!("{title} ({place})"),
    }
}

/// The first day on which the score is below the exit line if nothing new comes.
pub fn leaves_on(a: &Assessment<'_>, max: Day) -> Day {
    let today = a.facts.today;
    let below = |day: Day| a.score_on(day) < a.variant.exit;
    let last = max.min(today.plus(HORIZON_DAYS));
    if a.may_rise() {
        return (1..=last.since(today)).map(|d| today.plus(d)).find(|d| below(*d)).unwrap_or(last);
    }
    // Without anything that could raise it, the score only falls: search by halves.
    let (mut above, mut under) = (0, last.since(today).max(0));
    while above < under {
        let middle = (above + under) / 2;
        if below(today.plus(middle)) {
            under = middle;
        } else {
            above = middle + 1;
        }
    }
    today.plus(under).min(last)
}

/// Unknown facts that would matter.
pub fn missing(a: &Assessment<'_>) -> Vec<Text> {
    let unknown = a.variant.criteria.iter().zip(&a.fit.answers).enumerate();
    let unknown = unknown.filter(|(_, (_, answer))| **answer == Answer::Unknown);
    let stale = |at: usize| a.fit.stale.contains(&(at as u16));
    let mut names: Vec<Text> = unknown
        .flat_map(|(at, (criterion, _))| {
            criterion.when.attributes().into_iter().map(move |name| (stale(at), name))
        })
        .filter(|(stale, name)| {
            *stale
                || match *name {
                    // One tool mentioned in a text is not a list of the tools in use.
                    "technologies" => {
                        let mut tools = a.facts.company.tools.iter();
                        !tools.any(|t| a.facts.tool(&t.tool) == Some(true))
                    }
                    name => value(name, &a.facts).is_none(),
                }
        })
        .map(|(_, name)| Text::from(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What would have to happen, for people.
pub fn would_change(a: &Assessment<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = &a.excluded {
        lines.push(format!("excluded: {reason}"));
    }
    if !a.fits() {
        let fit = Shown::beside(a.fit.lower, &[a.variant.gate]);
        let line = match missing(a).as_slice() {
            [] => format!("fit {fit} (needs {})", a.variant.gate),
            names => format!(
                "fit {fit} (needs {}), up to {} once these are known: {}",
                a.variant.gate,
                a.fit.upper,
                list(names.iter().map(Text::as_str))
            ),
        };
        lines.push(line);
    }
    if a.score < a.variant.enter {
        let what = if a.profile().is_additive() { "fit and intent" } else { "intent" };
        let score = Shown::beside(a.score, &[a.variant.enter]);
        lines.push(format!("{what} {score} (needs {})", a.variant.enter));
    } else if !a.is_ready() {
        lines.push("the score holds, but a required kind of signal is missing".to_owned());
    }
    lines.extend(doubts(a));
    lines
}

/// What a criterion asks for as it is known, for people.
pub fn found(when: &When, facts: &Facts<'_>) -> Text {
    let mut parts: Vec<String> = Vec::new();
    for name in when.attributes() {
        match name {
            "technologies" => parts.extend(used(when, facts)),
            name => parts.extend(value(name, facts)),
        }
    }
    parts.extend(when.departments().into_iter().filter_map(|asked| {
        let people = facts.department(asked.function)?;
        Some(format!("{people} in {}", words(asked.function.into())))
    }));
    if when.account.is_some() {
        parts.push(facts.account.to_string());
    }
    bounded(&parts.join(", ")).unwrap_or_default()
}

fn value(name: &str, facts: &Facts<'_>) -> Option<String> {
    let attribute = name.parse::<Attribute>().ok()?;
    facts.value(attribute).as_deref().map(shown)
}

/// A few tools in use, from any source; those that the profile asks for first.
fn used(when: &When, facts: &Facts<'_>) -> Vec<String> {
    let mentioned = facts.evidence.iter().filter_map(|e| match e.event() {
        Event::Technology(t) => Some(&t.tool),
        _ => None,
    });
    let mut tools: Vec<&Term> = facts.company.tools.iter().map(|t| &t.tool).collect();
    for tool in mentioned {
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    tools.retain(|tool| facts.tool(tool) == Some(true));
    let asks_for = |tool: &Term| {
        let test = when.technologies.as_ref();
        test.is_some_and(|t| t.any_of.contains(tool) || t.all_of.contains(tool))
    };
    tools.sort_by_key(|tool| !asks_for(tool));
    let asked = |tool: &&Term| when.technologies.iter().any(|t| t.words().any(|w| w == *tool));
    let mut said: Vec<String> = tools.into_iter().take(5).map(tool).collect();
    said.extend(facts.tools_mentioned().filter(asked).map(|t| format!("{} mentioned", tool(t))));
    said.dedup();
    said
}

pub fn shown(value: &Value) -> String {
    match value {
        Value::Number { low, high } if low == high => low.to_string(),
        Value::Number { low, high } if *high == u64::MAX => format!("{low}+"),
        Value::Number { low, high } => format!("{low} to {high}"),
        Value::Stage(FundingStage::PeBacked) => "PE-backed".to_owned(),
        Value::Stage(stage) => title_case((*stage).into()),
        Value::Terms(_) | Value::Names(_) => list(value.texts()),
    }
}

/// To the nearest tenth of its unit: `$4499999` is `4.5M`.
pub fn money(dollars: u64) -> String {
    let (unit, name): (u64, _) = match dollars {
        999_950_000.. => (1_000_000_000, "B"),
        999_950.. => (1_000_000, "M"),
        1_000.. => (1_000, "k"),
        _ => return dollars.to_string(),
    };
    let tenths = dollars.saturating_add(unit / 20) / (unit / 10);
    match tenths % 10 {
        0 => format!("{}{name}", tenths / 10),
        part => format!("{}.{part}{name}", tenths / 10),
    }
}

/// `layoffs: 40 people in Berlin`, and the text alone where it begins with the label's words:
/// `Layoffs in Berlin`.
pub fn labelled(label: &str, text: &str) -> String {
    let words = |text: &str| {
        let term = Term::parse(text).ok();
        let words = term.iter().flat_map(|term| term.as_str().split('-'));
        words.map(|word| word.trim_end_matches('s').to_owned()).collect::<Vec<_>>()
    };
    let (own, said) = (words(label), words(text));
    let says_it = !own.is_empty() && said.starts_with(&own);
    if says_it { text.to_owned() } else { format!("{label}: {text}") }
}

pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn title_case(name: &str) -> String {
    let word = |w: &str| {
        let mut chars = w.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

pub(super) fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{job, money};
    use crate::domain::Text;
    use crate::domain::evidence::signal::Hiring;
    use crate::domain::terms::catalogue::{Function, HiringAction, Seniority};

    #[test]
    fn money_is_told_to_the_nearest_tenth() {
        for (dollars, shown) in [
            (999, "999"),
            (1_000, "1k"),
            (999_949, "999.9k"),
            (999_950, "1M"),
            (4_499_999, "4.5M"),
            (12_000_000, "12M"),
            (999_950_000, "1B"),
            (u64::MAX, "18446744073.7B"),
        ] {
            assert_eq!(money(dollars), shown, "{dollars}");
        }
    }

    #[test]
    fn a_place_does_not_go_into_a_bracket_with_a_law() {
        for (title, shown) in [
            ("VP Sales", "VP Sales (Naples, Italy)"),
            ("SDR (Outbound)", "SDR (Outbound; Naples, Italy)"),
            (
                "Account Manager Napoli (L.68/99)",
                "Account Manager Napoli (L.68/99) (Naples, Italy)",
            ),
        ] {
            let hiring = Hiring {
                action: HiringAction::Posted,
                title: Text::new(title),
                function: Function::Sales,
                seniority: Seniority::Manager,
                place: Some(Text::new("Naples, Italy")),
                posting: None,
                agency: false,
                first_in_function: None,
            };
            assert_eq!(job(&hiring), shown);
        }
    }
}
