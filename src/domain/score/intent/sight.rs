//! What a profile can see. An event that no rule counts and no criterion learns from is kept (the
//! next profile may see it) but moves nothing: the account need not be looked at for it.

use super::matching::{hiring_could_match, topic_matches};
use crate::domain::evidence::facts::turned;
use crate::domain::evidence::signal::{Event, Hiring};
use crate::domain::profile::trigger::Trigger;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::catalogue::HiringAction;
use crate::domain::terms::term::Term;

/// Whether an event may count for a rule, or move a fact that the profile asks about. Yes where in
/// doubt: a no is a promise that the profile judges the account alike with it and without it.
pub fn sees(profile: &CompiledProfile, event: &Event) -> bool {
    let mut triggers = profile.variants.iter().flat_map(|v| &v.rules).map(|r| &r.trigger);
    match event {
        // They raise the stage and move the size.
        Event::Funding(_) | Event::Headcount(_) => true,
        // A person hired is in a department from then on.
        Event::Hiring(h) => {
            // A post that was closed before it is posted again may be a new need.
            let posted = (h.action == HiringAction::Closed)
                .then(|| Hiring { action: HiringAction::Posted, ..h.clone() });
            let is_seen = |m| {
                hiring_could_match(m, h)
                    || posted.as_ref().is_some_and(|h| hiring_could_match(m, h))
            };
            h.action == HiringAction::Hired
                || triggers.any(|t| matches!(t, Trigger::Hiring(m) if is_seen(m)))
        }
        // Also what a rule does not count may make it doubt what it does: scans flap.
        Event::Technology(t) => {
            triggers.any(|trigger| names_tool(trigger, &t.tool)) || profile.asks_of_tool(&t.tool)
        }
        Event::News(n) => {
            turned(n).is_some()
                || triggers.any(|t| matches!(t, Trigger::News(m) if m.kinds.contains(&n.news)))
        }
        Event::Engagement(e) => {
            e.engagement.is_inbound_request()
                || triggers.any(|t| matches!(t, Trigger::Engagement(m) if topic_matches(m, e)))
        }
    }
}

fn names_tool(trigger: &Trigger, tool: &Term) -> bool {
    match trigger {
        Trigger::Technology(m) => m.any_of.is_empty() || m.any_of.iter().any(|t| t == tool),
        Trigger::Uses(m) => m.any_of.iter().any(|t| t == tool),
        Trigger::Funding(_)
        | Trigger::Hiring(_)
        | Trigger::Headcount(_)
        | Trigger::News(_)
        | Trigger::Engagement(_) => false,
    }
}
