//! Warnings about a profile that could be published but is unwise: each gives the place, the problem
//! and a remedy. [`reach`] finds lines that no account can reach, [`idle`] rules and rows that never
//! count, [`words`] what is misspelt, [`overlap`] what counts twice; [`held`] compares with companies.

mod held;
mod idle;
mod overlap;
mod reach;
mod words;

use crate::domain::profile::check::Finding;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::When;
use crate::report::words::{agree, counted};
use chrono::NaiveDate;
pub use held::{entry, unheld};
pub use reach::most_intent;
pub use words::misspelt;

/// Days after which a profile should be reviewed: a quarter.
const REVIEW_DAYS: i64 = 92;

struct Advice(Vec<Finding>);

impl Advice {
    fn add(&mut self, unwise: bool, at: impl Into<String>, problem: impl Into<String>) {
        if unwise {
            self.0.push(Finding { at: at.into(), problem: problem.into() });
        }
    }
}

/// All warnings that follow from the profile itself, as of `today`.
pub fn warnings(profile: &CompiledProfile, today: NaiveDate) -> Vec<Finding> {
    let mut advice = Advice(Vec::new());
    reviewed(profile, today, &mut advice);
    parts(profile, &mut advice);
    reach::lines(profile, &mut advice);
    idle::everything(profile, today, &mut advice);
    words::spelling(&profile.profile, &mut advice);
    overlap::pairs(&profile.profile, &mut advice);
    advice.0
}

/// Warns when more accounts enter than the team can work.
pub fn capacity(profile: &CompiledProfile, entries_a_week: u64) -> Option<Finding> {
    let team = profile.profile.team?;
    let most = team.capacity();
    (entries_a_week > most).then(|| Finding {
        at: "team".into(),
        problem: format!(
            "{} {} in a week, and {} can take on {most}; raise intent.enter or fit.gate",
            counted(entries_a_week, "account"),
            agree(entries_a_week, "enters", "enter"),
            counted(team.reps, "rep")
        ),
    })
}

fn reviewed(profile: &CompiledProfile, today: NaiveDate, advice: &mut Advice) {
    let Some(day) = profile.profile.reviewed_at else {
        advice.add(
            true,
            "reviewed_at",
            format!("missing; use the day of the last review, such as {today}"),
        );
        return;
    };
    let days = today.signed_duration_since(day).num_days();
    advice.add(
        days > REVIEW_DAYS,
        "reviewed_at",
        format!(
            "{day} was {} ago, longer than a quarter; review the profile and write today",
            counted(days.unsigned_abs(), "day")
        ),
    );
    advice.add(
        days < -1,
        "reviewed_at",
        format!("{day} is in the future; use the day of the last review"),
    );
}

/// Each of the four parts must have content: firmographics, technographics, triggers, value.
fn parts(profile: &CompiledProfile, advice: &mut Advice) {
    let p = &profile.profile;
    let segments = || p.segments.iter();
    let criteria = || p.fit.criteria.iter().chain(segments().flat_map(|s| &s.criteria));
    let rules = || p.intent.rules.iter().chain(segments().flat_map(|s| &s.rules));
    advice.add(
        criteria().all(|c| !asks(&c.when, is_firmographic)),
        "fit.criteria",
        "firmographics are missing: no criterion asks for industry, size, place or stage; add one",
    );
    let tools = criteria().any(|c| asks(&c.when, |name| name == "technologies"))
        || rules().any(|r| r.technology.is_some() || r.uses.is_some());
    advice.add(
        !tools,
        "fit.criteria",
        "technographics are missing: no criterion asks for tools; add one such as \
         { technologies: { any_of: [salesforce] } }",
    );
    advice.add(
        rules().all(|r| r.points < 0),
        "intent.rules",
        "triggers are missing: every rule takes points away; add a rule with positive points",
    );
    let said = [("value.pain", &p.value.pain), ("value.angle", &p.value.angle)];
    for (at, text) in said {
        let draft = ["todo", "tbd", "xxx", "lorem ipsum"];
        let low = text.to_lowercase();
        advice.add(
            draft.iter().any(|word| low.contains(word)),
            at,
            format!("{text:?} is a placeholder; replace it with the buyer's words"),
        );
    }
}

fn is_firmographic(name: &str) -> bool {
    !matches!(name, "technologies" | "tags" | "owner" | "territory" | "lifecycle")
}

fn asks(when: &When, wanted: fn(&str) -> bool) -> bool {
    when.attributes().into_iter().any(wanted)
}
