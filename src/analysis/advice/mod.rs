//! What is unwise in a profile, though it could be published: each warning says where, what, and
//! what would be better. [`reach`] works out which lines can be reached, [`idle`] which rules and
//! rows never count.

mod idle;
mod reach;

use crate::domain::profile::check::Finding;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::When;
use chrono::NaiveDate;
pub use reach::most_intent;

/// A quarter: longer than this nobody should trust a profile unread.
const REVIEW_DAYS: i64 = 92;

struct Advice(Vec<Finding>);

impl Advice {
    fn add(&mut self, unwise: bool, at: impl Into<String>, problem: impl Into<String>) {
        if unwise {
            self.0.push(Finding { at: at.into(), problem: problem.into() });
        }
    }
}

/// Everything unwise that the profile itself shows, as of `today`.
pub fn warnings(profile: &CompiledProfile, today: NaiveDate) -> Vec<Finding> {
    let mut advice = Advice(Vec::new());
    reviewed(profile, today, &mut advice);
    parts(profile, &mut advice);
    reach::lines(profile, &mut advice);
    idle::everything(profile, today, &mut advice);
    advice.0
}

/// More entries than hands.
pub fn capacity(profile: &CompiledProfile, entries_a_week: u64) -> Option<Finding> {
    let team = profile.profile.team?;
    let most = team.capacity();
    (entries_a_week > most).then(|| Finding {
        at: "team".into(),
        problem: format!(
            "{entries_a_week} accounts enter in a week, and {} reps can take on {most}; raise \
             intent.enter or fit.gate",
            team.reps
        ),
    })
}

fn reviewed(profile: &CompiledProfile, today: NaiveDate, advice: &mut Advice) {
    let Some(day) = profile.profile.reviewed_at else {
        advice.add(
            true,
            "reviewed_at",
            format!("is missing; write when people last went through the profile ({today})"),
        );
        return;
    };
    let days = today.signed_duration_since(day).num_days();
    advice.add(
        days > REVIEW_DAYS,
        "reviewed_at",
        format!("{day} was {days} days ago, longer than a quarter; go through it and write today"),
    );
    advice.add(days < -1, "reviewed_at", format!("{day} lies in the future; write the day it was"));
}

/// The four parts must all say something: firmographics, technographics, triggers, value.
fn parts(profile: &CompiledProfile, advice: &mut Advice) {
    let p = &profile.profile;
    let segments = || p.segments.iter();
    let criteria = || p.fit.criteria.iter().chain(segments().flat_map(|s| &s.criteria));
    let rules = || p.intent.rules.iter().chain(segments().flat_map(|s| &s.rules));
    advice.add(
        criteria().all(|c| !asks(&c.when, is_firmographic)),
        "fit.criteria",
        "firmographics are missing: nothing asks for industry, size, place or stage; add a criterion",
    );
    let tools = criteria().any(|c| asks(&c.when, |name| name == "technologies"))
        || rules().any(|r| r.technology.is_some() || r.uses.is_some());
    advice.add(
        !tools,
        "fit.criteria",
        "technographics are missing: nothing asks for tools; add a criterion such as \
         { technologies: { any_of: [salesforce] } }",
    );
    advice.add(
        rules().all(|r| r.points < 0),
        "intent.rules",
        "triggers are missing: every rule takes points away; add one that gives some",
    );
    let said = [("value.pain", &p.value.pain), ("value.angle", &p.value.angle)];
    for (at, text) in said {
        let draft = ["todo", "tbd", "xxx", "lorem ipsum"];
        let low = text.to_lowercase();
        advice.add(
            draft.iter().any(|word| low.contains(word)),
            at,
            format!("{text:?} is a placeholder; write it in the buyer's words"),
        );
    }
}

fn is_firmographic(name: &str) -> bool {
    !matches!(name, "technologies" | "tags" | "owner" | "territory" | "lifecycle")
}

fn asks(when: &When, wanted: fn(&str) -> bool) -> bool {
    when.attributes().into_iter().any(wanted)
}
