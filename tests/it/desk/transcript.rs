//! Actions of the desk as lines that a person reads.

use super::office::clock;
use buymode::desk::action::{
    Action, Assignment, Because, Informed, Notice, Recipient, Refusal, Reply, Skip, Standing, What,
};
use buymode::domain::terms::account::AccountKey;

/// `11-30 14:00 post dm → ana: acme.com (owner)`; nothing for the arithmetic in a thread.
pub(super) fn line(action: &Action) -> Option<String> {
    let at = clock(action.at);
    Some(match &action.what {
        What::Post { destination, to, notice, .. } => {
            let to = match to {
                Recipient::Person(person) => format!(" → {person}"),
                Recipient::Place => String::new(),
            };
            format!("{at} post {destination}{to}: {}", about(notice))
        }
        What::Edit { destination, notice, .. } => {
            format!("{at} edit {destination}: {}", about(notice))
        }
        What::Reply { reply: Reply::Sum(_), .. } => return None,
        What::Reply { destination, reply, .. } => {
            format!("{at} reply {destination}: {}", replied(reply))
        }
        What::Digest { destination, items, more, changes, .. } => {
            let items =
                items.iter().map(|item| format!("{} ({})", item.decision.account, item.why));
            let items = items.collect::<Vec<_>>().join(", ");
            let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
            let changes = changes.as_ref().map(|changes| {
                let taken: Vec<_> =
                    changes.taken.iter().map(|case| case.decision.account.as_str()).collect();
                let over: Vec<_> = changes.ended.iter().map(|(a, ..)| a.as_str()).collect();
                format!(
                    "; since {}: {} new, taken [{}], over [{}], tiers +{} -{}",
                    clock(changes.since),
                    changes.new,
                    taken.join(" "),
                    over.join(" "),
                    changes.tier_up,
                    changes.tier_down
                )
            });
            format!("{at} digest {destination}: {items}{more}{}", changes.unwrap_or_default())
        }
        What::Week { .. } | What::Change { .. } => super::beside::line(&at, &action.what),
        What::Cancel { destination, .. } => format!("{at} cancel {destination}"),
        What::Alarm { destination, about, why } => {
            format!("{at} alarm {destination}: {about}: {why}")
        }
        What::Stop { destination, people, .. } => {
            let named: Vec<&str> = people.iter().map(|one| one.person.as_str()).collect();
            format!("{at} stop {} at {destination}", named.join(", "))
        }
        What::Resume { destination } => format!("{at} resume {destination}"),
        What::Mark { token, .. } => format!("{at} mark {token}"),
        What::Answer { person, refusal, .. } => {
            let why = match refusal {
                Refusal::TooLate { by, verdict, .. } => format!("{} by {by}", verdict.past()),
                Refusal::NotOpen => "not open".to_owned(),
                Refusal::Unknown => "unknown person".to_owned(),
                Refusal::NothingToTakeBack => "nothing to take back".to_owned(),
                Refusal::Final => "too late to take back".to_owned(),
            };
            format!("{at} answer {person}: {why}")
        }
        What::Inform(inform) => {
            let account = action.account.as_ref().map_or("no account", AccountKey::as_str);
            let what = match &inform.what {
                Informed::Outcome { kind, reason, until } => {
                    let reason = reason.as_ref().map(|reason| format!(" {reason}"));
                    let until = until.map(|until| format!(" until {until}"));
                    format!("{kind}{}{}", reason.unwrap_or_default(), until.unwrap_or_default())
                }
                Informed::DoNotContact { active: true, .. } => "do not contact".to_owned(),
                Informed::DoNotContact { active: false, .. } => "may be contacted".to_owned(),
                Informed::OptedOut { .. } => "opted out".to_owned(),
                Informed::Retraction { of } => format!("{of} is retracted"),
            };
            format!("{at} inform {account}: {what}, says {}", inform.person)
        }
    })
}

fn about(notice: &Notice) -> String {
    let cases = notice.cases.iter().map(|case| {
        let d = &case.decision;
        let product = if d.product == "crm" { String::new() } else { format!(" {}", d.product) };
        let standing = match &case.standing {
            Standing::Open => String::new(),
            Standing::Said { by, verdict, .. } => format!(", {} by {by}", verdict.past()),
            Standing::Ended(end) => format!(", {}", end.kind),
        };
        let for_whom = case.assignment.as_ref().map(assigned).unwrap_or_default();
        format!("{}{product} {}{for_whom}{standing}", d.account, d.priority)
    });
    cases.collect::<Vec<_>>().join(" + ")
}

fn assigned(assignment: &Assignment) -> String {
    let because = match &assignment.because {
        Because::Owner => "owner".to_owned(),
        Because::Team { team, free } => format!("team {team}, {free} free"),
        Because::Fallback { free } => format!("fallback, {free} free"),
        Because::Escalation => "escalation".to_owned(),
        Because::SameAccount => "same account".to_owned(),
    };
    let skipped = assignment.skipped.iter().map(|(person, skip)| {
        let why = match skip {
            Skip::Away(until) => format!("away until {until}"),
            Skip::AfterDeadline => "begins after the deadline".to_owned(),
            Skip::AtCap(cap) => format!("at the cap of {cap}"),
            Skip::Never => "works never".to_owned(),
            Skip::OffHours => "off hours".to_owned(),
        };
        format!("; not {person}: {why}")
    });
    format!(" for {} ({because}{})", assignment.person, skipped.collect::<String>())
}

fn replied(reply: &Reply) -> String {
    let name = |person: &Option<_>| {
        person
            .as_ref()
            .map_or_else(|| "no one".to_owned(), |p: &buymode::desk::ids::PersonId| p.to_string())
    };
    match reply {
        Reply::Sum(_) => "arithmetic".to_owned(),
        Reply::News(d) => format!("news of {}: {}", d.account, d.kind),
        Reply::Reminder { deadline, person } => {
            format!("reminder to {}, by {}", name(person), clock(*deadline))
        }
        Reply::Escalated { from, to, .. } => {
            format!("escalated from {} to {}", name(from), name(to))
        }
        Reply::Again { person } => format!("again, said {person}"),
    }
}
