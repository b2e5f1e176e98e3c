//! What the variables of a profile's templates stand for at an account, and the texts that they make.
//!
//! Of several events the one that counts most speaks. What a vendor wrote is quoted only where it reads as
//! part of a sentence ([`quotable`]); else its variable is unknown.

use super::assess::Assessment;
use super::decision::WrittenMessage;
use super::explain::{money, round, shown, words};
use super::{crowd, posts};
use crate::domain::Text;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::{Event, Funding, Hiring, News, bounded};
use crate::domain::profile::templates::names::Values;
use crate::domain::profile::templates::{Part, Templates};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledRule;
use crate::domain::score::intent::growth::between_counts;
use crate::domain::score::intent::{Contribution, Ground, Signs};
use crate::domain::terms::catalogue::{FundingStage, HiringAction, Instrument, TechnologyAction};
use crate::domain::terms::figures::{count, counted};
use crate::domain::terms::post_title::spoken;
use crate::domain::terms::quotable::quotable;
use crate::domain::terms::spelling::{self, tool};
use crate::domain::terms::time::Day;
use crate::domain::terms::units::MilliPoints;
use chrono::Datelike;
use std::cmp::Reverse;

/// Titles that a text names.
const TITLES_MAX: usize = 3;

/// The text for one persona; none where no template says anything.
pub(super) fn written(
    templates: &Templates,
    values: &Values,
    titles: &[Text],
    hires_for: Option<&str>,
    pain: &str,
    angle: &str,
) -> Option<Box<WrittenMessage>> {
    if templates.is_empty() {
        return None;
    }
    let mut values = values.clone();
    let own = [
        ("persona", titles.first().map(|title| title.as_str())),
        ("pain", Some(pain)),
        ("angle", Some(angle)),
    ];
    for (name, text) in own {
        values.extend(text.map(|text| (name, text.to_owned())));
    }
    values.extend(hires_for.and_then(|post| Some(("hires_for", quotable(post, None)?))));
    let message = WrittenMessage {
        subject: templates.render(Part::Subject, &values),
        opener: templates.render(Part::Opener, &values),
        talk_track: templates.render(Part::TalkTrack, &values),
    };
    (message != WrittenMessage::default()).then(|| Box::new(message))
}

/// `SDR, Account Executive and 2 more`, of four; titles with a comma are parted by semicolons. None without any.
fn listed(mut names: Vec<String>, of: usize) -> Option<String> {
    let comma = if names.iter().any(|name| name.contains(", ")) { "; " } else { ", " };
    let more = of.saturating_sub(names.len());
    if more > 0 && !names.is_empty() {
        names.push(format!("{} more", count(more)));
    }
    let last = names.pop()?;
    Some(if names.is_empty() { last } else { format!("{} and {last}", names.join(comma)) })
}

/// All that is known of an account, by the names of the variables.
pub(super) fn values(a: &Assessment<'_>) -> Values {
    let value = &a.variant.value;
    if value.templates().next().is_none() {
        return Values::new();
    }
    let mut known = Known { values: Values::new(), today: a.facts.today };
    known.company(a);
    let mut found: Vec<&Contribution> =
        a.intent.contributions.iter().filter(|c| c.points > MilliPoints::ZERO).collect();
    found.sort_by_key(|c| Reverse((c.points, c.day)));
    for c in found {
        let rule = &a.variant.rules[usize::from(c.rule)];
        match c.ground {
            Ground::Evidence(at) => known.evidence(a, rule, at, c.day),
            Ground::Market(at) => known.news(&a.markets[usize::from(at)].news, c.day),
            Ground::Standing => known.uses(a, rule),
        }
    }
    known.values
}

struct Known {
    values: Values,
    today: Day,
}

impl Known {
    /// A value, unless a stronger event of the same kind gave one: `first` is a variable that each has.
    fn event(&mut self, first: &'static str, all: Vec<(&'static str, Option<String>)>) {
        let is_new = !self.values.contains_key(first);
        if is_new && all.iter().any(|(name, value)| *name == first && value.is_some()) {
            let all = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
            self.values.extend(all);
        }
    }

    fn company(&mut self, a: &Assessment<'_>) {
        let key = a.facts.account.as_str();
        let name = a.facts.name().and_then(|name| quotable(&name, Some(key)));
        // An account without a name is known by its domain; a vendor's id says nothing to people.
        let name = name.or_else(|| (!key.contains(':')).then(|| key.to_owned()));
        let value = |attribute| a.facts.value(attribute).map(|value| shown(&value));
        let industry = a.facts.texts(Attribute::Industry).next().map(spelling::words);
        let all = [
            ("company", name),
            ("industry", industry.and_then(|industry| quotable(&industry, None))),
            ("employees", value(Attribute::Employees)),
            ("stage", value(Attribute::FundingStage)),
        ];
        self.values.extend(all.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }

    fn evidence(&mut self, a: &Assessment<'_>, rule: &CompiledRule, at: u16, day: Day) {
        let evidence = &a.facts.evidence[usize::from(at)];
        let date = self.date(day);
        match evidence.event() {
            Event::Funding(f) => self.funding(f, date),
            Event::Hiring(h) => self.hiring(a, rule, at, evidence, h, date),
            Event::Headcount(_) => self.growth(a, rule, at),
            Event::Technology(t) => {
                let tool = Some(tool(&t.tool));
                match t.action {
                    TechnologyAction::Adopted => self.event(
                        "adopted.tool",
                        vec![("adopted.tool", tool), ("adopted.date", date)],
                    ),
                    TechnologyAction::Dropped => self.event(
                        "dropped.tool",
                        vec![("dropped.tool", tool), ("dropped.date", date)],
                    ),
                    TechnologyAction::InUse => self.event("uses.tool", vec![("uses.tool", tool)]),
                }
            }
            Event::News(news) => self.news(news, day),
            Event::Engagement(e) => {
                let topic = e.topic.as_deref().map(spelling::words);
                let all = vec![
                    ("engagement.kind", Some(words(e.engagement.into()))),
                    ("engagement.topic", topic.and_then(|topic| quotable(&topic, None))),
                    ("engagement.date", date),
                ];
                if e.engagement.is_inbound_request() {
                    let asked = vec![
                        ("asked.kind", Some(words(e.engagement.into()))),
                        ("asked.date", self.date(day)),
                    ];
                    self.event("asked.kind", asked);
                }
                self.event("engagement.kind", all);
            }
        }
    }

    fn funding(&mut self, f: &Funding, date: Option<String>) {
        let investor = f.lead_investor.as_deref();
        // A sentence speaks of the Series B, and of the Seed round.
        let of = match (f.stage, f.instrument) {
            (Some(FundingStage::Seed | FundingStage::PreSeed), Instrument::Equity) => " round",
            _ => "",
        };
        let all = vec![
            ("funding.round", Some(round(f) + of)),
            ("funding.amount", f.amount_usd.map(|dollars| format!("${}", money(dollars)))),
            ("funding.investor", investor.and_then(|investor| quotable(investor, None))),
            ("funding.date", date),
        ];
        self.event("funding.round", all);
    }

    fn hiring(
        &mut self,
        a: &Assessment<'_>,
        rule: &CompiledRule,
        at: u16,
        evidence: &Evidence,
        h: &Hiring,
        date: Option<String>,
    ) {
        if h.action == HiringAction::Posted
            && let Some(crowd) = crowd::of(a, rule, at)
        {
            return self.jobs(&crowd);
        }
        match h.action {
            HiringAction::Posted if posts::is_open(&a.facts, evidence) != Some(false) => {
                let place = h.place.as_deref().and_then(|place| quotable(place, None));
                let all = vec![("job.title", title(h)), ("job.place", place), ("job.date", date)];
                self.event("job.title", all);
            }
            HiringAction::Hired => {
                self.event("hire.title", vec![("hire.title", title(h)), ("hire.date", date)]);
            }
            HiringAction::Posted | HiringAction::Closed => {}
        }
    }

    fn jobs(&mut self, crowd: &[&Evidence]) {
        let mut titles: Vec<String> = Vec::new();
        for evidence in crowd {
            let Event::Hiring(h) = evidence.event() else { continue };
            titles.extend(title(h).filter(|title| !titles.contains(title)));
        }
        titles.truncate(TITLES_MAX);
        let titles = listed(titles, crowd.len());
        let all = vec![("jobs.count", Some(count(crowd.len()))), ("jobs.titles", titles)];
        self.event("jobs.count", all);
    }

    fn growth(&mut self, a: &Assessment<'_>, rule: &CompiledRule, at: u16) {
        let signs = Signs { facts: a.facts, markets: &[], seen_since: None };
        let Trigger::Headcount(headcount) = &rule.trigger else { return };
        let change = between_counts(*headcount, &signs).filter(|c| c.place == at);
        let Some(change) = change.filter(|c| c.now > c.before) else { return };
        let days = change.day.since(change.since);
        let time = if days < 60 { counted(days, "day") } else { counted(days / 30, "month") };
        let all = vec![
            ("growth.team", change.department.map(|team| words(team.into()))),
            ("growth.from", Some(count(change.before))),
            ("growth.to", Some(count(change.now))),
            ("growth.time", Some(time)),
        ];
        self.event("growth.to", all);
    }

    fn news(&mut self, news: &News, day: Day) {
        let date = self.date(day);
        let all = vec![
            ("news.kind", Some(words(news.news.into()))),
            ("news.place", news.place.as_deref().and_then(|place| quotable(place, None))),
            ("news.date", date),
        ];
        self.event("news.kind", all);
    }

    fn uses(&mut self, a: &Assessment<'_>, rule: &CompiledRule) {
        let Trigger::Uses(uses) = &rule.trigger else { return };
        let used = uses.any_of.iter().find(|t| a.facts.tool(t) == Some(true));
        self.event("uses.tool", vec![("uses.tool", used.map(tool))]);
    }

    /// `24 November`, of another year `24 November 2025`.
    fn date(&self, day: Day) -> Option<String> {
        let (date, today) = (day.date()?, self.today.date()?);
        let form = if date.year() == today.year() { "%-d %B" } else { "%-d %B %Y" };
        Some(date.format(form).to_string())
    }
}

/// What a person with such a job is: a title without one of these names a team or a plan, and would not read
/// as part of a sentence.
const ROLES: &[&str] = &[
    "administrator",
    "advisor",
    "ae",
    "analyst",
    "architect",
    "assistant",
    "associate",
    "bdr",
    "ceo",
    "cfo",
    "chief",
    "cmo",
    "consultant",
    "coo",
    "coordinator",
    "cro",
    "cto",
    "designer",
    "developer",
    "director",
    "engineer",
    "executive",
    "expert",
    "founder",
    "head",
    "intern",
    "lead",
    "leader",
    "manager",
    "marketer",
    "officer",
    "owner",
    "partner",
    "planner",
    "president",
    "producer",
    "rep",
    "representative",
    "sdr",
    "seller",
    "salesperson",
    "specialist",
    "strategist",
    "supervisor",
    "svp",
    "vp",
    "writer",
];

/// The title of a job, where it reads as one in a sentence: `Head of Sales`, of `Head of Sales - West Coast
/// (Remote)`.
fn title(h: &Hiring) -> Option<String> {
    let title = quotable(&bounded(&spoken(&h.title))?, None)?;
    let ends = [" (", " - ", " – ", " — ", " / "];
    let end = ends.iter().filter_map(|sign| title.find(sign)).min();
    let title = title[..end.unwrap_or(title.len())].trim_end_matches([',', ' ']);
    let words = title.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.into_iter().any(|word| ROLES.contains(&word.as_str())).then(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::catalogue::{Function, Seniority};

    #[test]
    fn a_title_reads_as_a_job_or_is_left_out() {
        for (given, said) in [
            ("Head of Sales - West Coast", Some("Head of Sales")),
            ("Senior BDR (Business Development Representative)", Some("Senior BDR")),
            ("Vice President, Sales", Some("Vice President, Sales")),
            ("Sales Development Rep (SDR)", Some("Sales Development Rep")),
            ("GTM Strategy", None),
            ("Bill McDermott (Account Executive)", None),
            ("Account Executive, see evil-site.com", None),
        ] {
            let hiring = Hiring {
                action: HiringAction::Posted,
                title: given.into(),
                function: Function::Sales,
                seniority: Seniority::Manager,
                place: None,
                posting: None,
                agency: false,
                first_in_function: None,
            };
            assert_eq!(title(&hiring).as_deref(), said, "{given}");
        }
    }
}
