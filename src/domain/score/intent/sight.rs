//! What a profile can see. An event that no rule counts and no criterion learns from is kept (the
//! next profile may see it) but moves nothing: the account need not be looked at for it.

use super::matching::{hiring_could_match, topic_matches};
use crate::domain::evidence::facts::turned;
use crate::domain::evidence::signal::Event;
use crate::domain::profile::rules::Rule;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::catalogue::HiringAction;

/// Whether an event may count for a rule, or move a fact that the profile asks about. Yes where in
/// doubt: a no is a promise that the profile judges the account alike with it and without it.
pub fn sees(profile: &CompiledProfile, event: &Event) -> bool {
    let mut rules = profile.variants.iter().flat_map(|v| &v.rules).map(|r| &r.rule);
    match event {
        // They raise the stage and move the size.
        Event::Funding(_) | Event::Headcount(_) => true,
        // A person hired is in a department from then on.
        Event::Hiring(h) => {
            h.action == HiringAction::Hired
                || rules.any(|r| r.hiring.as_ref().is_some_and(|m| hiring_could_match(m, h)))
        }
        // Also what a rule does not count may make it doubt what it does: scans flap.
        Event::Technology(t) => {
            rules.any(|r| names_tool(r, &t.tool)) || profile.asks_of_tool(&t.tool)
        }
        Event::News(n) => {
            turned(n).is_some()
                || rules.any(|r| r.news.as_ref().is_some_and(|m| m.kinds.contains(&n.news)))
        }
        Event::Engagement(e) => {
            e.engagement.is_inbound_request()
                || rules.any(|r| r.engagement.as_ref().is_some_and(|m| topic_matches(m, e)))
        }
    }
}

fn names_tool(rule: &Rule, tool: &str) -> bool {
    let adopted = rule.technology.as_ref().map(|m| &m.any_of);
    let used = rule.uses.as_ref().map(|m| &m.any_of);
    adopted.is_some_and(|tools| tools.is_empty() || tools.iter().any(|t| t == tool))
        || used.is_some_and(|tools| tools.iter().any(|t| t == tool))
}
