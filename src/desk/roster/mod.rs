//! Who works, when, and which places take decisions. [`mod@file`] is the shape of the YAML, [`check`] makes a
//! [`Roster`] of it or says what is wrong; [`hours`] says when a person is there.
//!
//! A roster is published into the log. It names secrets (a file, a variable) and never holds one.

pub mod check;
pub mod console;
pub mod file;
pub mod hours;
mod secret;
pub mod tool;

use super::ids::{DestinationId, PersonId, TeamId};
use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::score::fit::Tier;
use crate::domain::terms::term::Term;
use chrono_tz::Tz;
use file::{EmailFile, SecretRef};
use hours::{Calendar, Hours};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tool::{Crm, Tool};

/// A roster that can work: every name in it is known, and each person has the addresses that their
/// messages need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Of people and places that have none of their own.
    pub zone: Tz,
    pub people: BTreeMap<PersonId, Person>,
    /// The most specific first.
    pub teams: Vec<Team>,
    pub destinations: BTreeMap<DestinationId, Destination>,
    /// Who takes on what is over the others' capacity; empty: it goes into the digest.
    pub fallback: Vec<PersonId>,
    /// None where only programs read; so is the digest.
    pub escalation: Option<Escalation>,
    pub digest: Option<DigestPlan>,
    /// A shared place, which hears of a profile that is published.
    pub changes: Option<DestinationId>,
    pub weekly: Option<WeekPlan>,
    /// The pattern of an account's page.
    pub console: Option<Text>,
    /// CRMs that show the standing of every account.
    pub sync: BTreeMap<DestinationId, Crm>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// How messages name them.
    pub shown: Text,
    /// How the owner of an account may be written who is this person.
    pub owner_names: BTreeSet<Term>,
    pub email: Option<Text>,
    pub slack: Option<Text>,
    pub calendar: Calendar,
    /// Accounts a day, at most.
    pub cap: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub members: Vec<PersonId>,
    /// Empty: every tier.
    pub tiers: BTreeSet<u8>,
    /// Empty: every territory.
    pub territories: BTreeSet<Term>,
}

/// Who hears of an account that was not claimed by its deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// In this order: the first who works then and has capacity left.
    pub people: Vec<PersonId>,
    /// A shared place, where none of them can.
    pub channel: DestinationId,
}

/// The message that gathers what interrupts no one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestPlan {
    pub destination: DestinationId,
    /// It goes out when these begin.
    pub hours: Hours,
    /// Routes whose decisions go into it.
    pub routes: BTreeSet<Text>,
}

/// The overview of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekPlan {
    pub destination: DestinationId,
    /// It goes out when these begin.
    pub hours: Hours,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub routes: BTreeSet<Text>,
    /// Hours outside of which a shared place is left in peace; none: it takes messages at any time.
    pub hours: Option<Hours>,
    pub target: Target,
}

/// A service, with what is needed to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// By bot token: messages can be edited, and have threads.
    Slack {
        token: SecretRef,
        channel: Option<Text>,
        #[serde(default)]
        buttons: bool,
    },
    /// By incoming webhook: messages can only be posted.
    SlackWebhook {
        url: SecretRef,
    },
    /// By Workflows address: messages can only be posted, and are never confirmed.
    Teams {
        url: SecretRef,
    },
    Email(EmailFile),
    Webhook {
        url: Text,
        secret: SecretRef,
        /// It may be on a private network.
        private: bool,
    },
    /// A sales tool or a CRM, by a field map.
    Tool(Box<Tool>),
}

/// Who reads at a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person whom an account is assigned to.
    Person,
    /// Everyone in a channel or on a list.
    Shared,
    /// A program: it gets every decision at once, and no digest.
    Machine,
}

impl Destination {
    pub fn audience(&self) -> Audience {
        match &self.target {
            Target::Slack { channel: None, .. } => Audience::Person,
            Target::Email(email) if email.to.is_empty() => Audience::Person,
            Target::Webhook { .. } | Target::Tool(_) => Audience::Machine,
            _ => Audience::Shared,
        }
    }

    /// Whether a message that is there can be changed and answered in its thread.
    pub fn can_edit(&self) -> bool {
        matches!(self.target, Target::Slack { .. })
    }

    /// Whether decisions of a kind go there at all.
    fn takes(&self, kind: DecisionKind) -> bool {
        match &self.target {
            Target::Tool(tool) => tool.kinds.is_empty() || tool.kinds.contains(&kind),
            _ => true,
        }
    }

    /// The name of the service.
    pub fn service(&self) -> &'static str {
        self.target.service()
    }
}

impl Target {
    pub fn service(&self) -> &'static str {
        match self {
            Target::Slack { .. } => "slack",
            Target::SlackWebhook { .. } => "slack_webhook",
            Target::Teams { .. } => "teams",
            Target::Email(_) => "email",
            Target::Webhook { .. } => "webhook",
            Target::Tool(_) => "tool",
        }
    }

    /// What shares a limit of calls: a workspace, an address, a mail server. Of secrets only the place
    /// where they are.
    pub fn domain(&self) -> Text {
        let place = |secret: &SecretRef| match secret {
            SecretRef::File(path) => format!("file:{}", path.display()),
            SecretRef::Env(name) => format!("env:{name}"),
        };
        let what = match self {
            Target::Slack { token, .. } => place(token),
            Target::SlackWebhook { url } | Target::Teams { url } => place(url),
            Target::Email(email) => email.server.to_string(),
            Target::Webhook { url, .. } => url.to_string(),
            Target::Tool(tool) => tool.account(&place),
        };
        format!("{} {what}", self.service()).into()
    }
}

impl Roster {
    /// The destinations that take a decision, by its route, with who reads there. A route of the digest
    /// goes to the digest's destination, and to programs that name it.
    pub fn takers(&self, decision: &Decision) -> Vec<(DestinationId, Audience)> {
        let digest = self.digest.as_ref().filter(|_| self.gathers(&decision.route));
        let takes = |id: &DestinationId, d: &Destination| {
            let named = d.routes.contains(&decision.route) && d.takes(decision.kind);
            match digest.filter(|_| d.audience() != Audience::Machine) {
                Some(plan) => *id == plan.destination,
                None => named,
            }
        };
        let all = self.destinations.iter().filter(|(id, d)| takes(id, d));
        all.map(|(id, d)| (id.clone(), d.audience())).collect()
    }

    /// Whether decisions of a route go into the digest.
    pub fn gathers(&self, route: &Text) -> bool {
        self.digest.as_ref().is_some_and(|plan| plan.routes.contains(route))
    }

    /// The person whom a decision names as the account's owner.
    pub fn owner(&self, decision: &Decision) -> Option<&PersonId> {
        let owner = Term::parse(decision.owner.as_deref()?).ok()?;
        self.people.iter().find(|(_, p)| p.owner_names.contains(&owner)).map(|(id, _)| id)
    }

    /// How a person is shown; the name of one who is no longer in the roster as it was.
    pub fn shown(&self, person: &PersonId) -> Text {
        self.people.get(person).map_or_else(|| person.0.clone(), |person| person.shown.clone())
    }
}

impl Team {
    pub fn takes(&self, decision: &Decision) -> bool {
        let territory = || Term::parse(decision.territory.as_deref()?).ok();
        let tier = decision.tier.number();
        (self.tiers.is_empty() || tier.is_some_and(|tier| self.tiers.contains(&tier)))
            && (self.territories.is_empty()
                || territory().is_some_and(|t| self.territories.contains(&t)))
    }

    /// Teams for certain tiers come before those for certain territories, and those before the others.
    fn generality(&self) -> (bool, bool) {
        (self.tiers.is_empty(), self.territories.is_empty())
    }
}

/// The number by which tiers are ranked; not an ICP last.
pub fn tier_rank(tier: Tier) -> u8 {
    tier.number().unwrap_or(u8::MAX)
}
