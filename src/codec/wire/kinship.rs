//! Messages between the accounts of a parent company and its subsidiaries. Exact like states, because
//! only buymode writes them.

use super::kept::SuppressionWire;
use super::{Fixed16, List};
use crate::codec::error::Flaw;
use crate::codec::symbols::Code;
use crate::domain::account::input::{Input, Kinship, KinshipStep, KinshipStepName};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::Suppression;
use crate::domain::terms::account::AccountKey;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct KinshipOut<'a> {
    id: Fixed16,
    account: &'a str,
    parent: &'a str,
    child: &'a str,
    step: Code<KinshipStepName>,
    lists: List<'a, Suppression, SuppressionWire<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct KinshipIn<'a> {
    id: Fixed16,
    pub account: &'a str,
    parent: &'a str,
    child: &'a str,
    step: Code<KinshipStepName>,
    #[serde(borrow)]
    lists: Vec<SuppressionWire<'a>>,
}

pub(crate) fn out<'a>(account: &'a str, kinship: &'a Kinship) -> KinshipOut<'a> {
    let lists: &[Suppression] = match &kinship.step {
        KinshipStep::Lists(lists) => lists,
        KinshipStep::Joined | KinshipStep::Left => &[],
    };
    KinshipOut {
        id: Fixed16(kinship.id),
        account,
        parent: kinship.parent.as_str(),
        child: kinship.child.as_str(),
        step: Code(kinship.step.name()),
        lists: List(lists, SuppressionWire::of),
    }
}

impl KinshipIn<'_> {
    pub(crate) fn kinship(self) -> Result<Kinship, Flaw> {
        let key = |name: &str| {
            AccountKey::parse(name).map_err(|e| Flaw::new(DeadLetterReason::Account, e.to_string()))
        };
        let lists = || self.lists.into_iter().map(SuppressionWire::suppression).collect();
        Ok(Kinship {
            id: self.id.0,
            parent: key(self.parent)?,
            child: key(self.child)?,
            step: match self.step.0 {
                KinshipStepName::Joined => KinshipStep::Joined,
                KinshipStepName::Left => KinshipStep::Left,
                KinshipStepName::Lists => KinshipStep::Lists(lists()),
            },
        })
    }

    pub(crate) fn input(self) -> Result<Input, Flaw> {
        self.kinship().map(|kinship| Input::Kinship(Box::new(kinship)))
    }
}
