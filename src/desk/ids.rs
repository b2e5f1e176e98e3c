//! Names and ids of the desk, each a type of its own. Ids follow from what they name, so that a replay
//! makes the same ones.

use crate::domain::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Under which ids of the desk are made.
const DESK: Uuid = Uuid::from_u128(0x6c1d_93f4_7f0e_5f5b_9a51_2f9d_3b6a_e7c2);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(#[schemars(with = "String")] pub Text);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(text.into())
            }
        }
    };
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// A person of the roster.
    PersonId
}
name! {
    /// A team of the roster.
    TeamId
}
name! {
    /// A destination of the roster.
    DestinationId
}
name! {
    /// How a target names a message of its own.
    Reference
}
id! {
    /// What one person takes care of: an episode, by the id of the entry that opened it, or an inbound
    /// request, by the id of the decision that answers it.
    CaseId
}
id! {
    /// One decision for one destination.
    DeliveryId
}
id! {
    /// One message at one destination, with its edits and replies.
    ThreadId
}
id! {
    /// One thing that a sender does.
    ActionId
}
id! {
    /// One click of one person.
    WordId
}

impl DeliveryId {
    pub fn of(decision: Uuid, destination: &DestinationId) -> DeliveryId {
        DeliveryId(made(&format!("delivery\n{decision}\n{destination}")))
    }
}

impl ThreadId {
    /// `number`: of actions decided before; a case can have a second message, as after an escalation.
    pub fn of(case: CaseId, destination: &DestinationId, number: u64) -> ThreadId {
        ThreadId(made(&format!("thread\n{case}\n{destination}\n{number}")))
    }
}

impl ActionId {
    /// The `number`th action that the desk decides.
    pub fn of(number: u64) -> ActionId {
        ActionId(made(&format!("action\n{number}")))
    }
}

impl WordId {
    /// Of a click: on a message about a case after so many words were heard, what it says, and who clicked. The
    /// same click again has the same id.
    pub fn of(case: CaseId, heard: usize, said: &str, person: &PersonId) -> WordId {
        WordId(made(&format!("word\n{case}\n{heard}\n{said}\n{person}")))
    }
}

fn made(text: &str) -> Uuid {
    Uuid::new_v5(&DESK, text.as_bytes())
}
