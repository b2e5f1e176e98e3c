//! Messages between the accounts of a parent company and its subsidiaries. Exact like states, because
//! only buymode writes them.

use super::kept::SuppressionWire;
use super::{Fixed16, List};
use crate::codec::datum::{Datum, Take, Taken, written};
use crate::codec::error::Flaw;
use crate::codec::symbols::Code;
use crate::domain::account::input::{Input, Kinship, KinshipStep, KinshipStepName};
use crate::domain::account::records::DeadLetterReason;
use crate::domain::account::standing::Suppression;
use crate::domain::terms::account::AccountKey;

written! {
    "buymode.Kinship"
    pub(crate) struct KinshipOut<'a> {
        id: Fixed16,
        account: &'a str,
        parent: &'a str,
        child: &'a str,
        step: Code<KinshipStepName>,
        lists: List<'a, Suppression, SuppressionWire<'a>>,
    }
}

pub(crate) struct KinshipIn<'a> {
    id: Fixed16,
    pub account: &'a str,
    parent: &'a str,
    child: &'a str,
    step: Code<KinshipStepName>,
    lists: Vec<Suppression>,
}

impl<'a> Take<'a> for KinshipIn<'a> {
    fn take(from: &mut Datum<'a>) -> Taken<KinshipIn<'a>> {
        Ok(KinshipIn {
            id: Take::take(from)?,
            account: Take::take(from)?,
            parent: Take::take(from)?,
            child: Take::take(from)?,
            step: Take::take(from)?,
            lists: Take::take(from)?,
        })
    }
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
        Ok(Kinship {
            id: self.id.0,
            parent: key(self.parent)?,
            child: key(self.child)?,
            step: match self.step.0 {
                KinshipStepName::Joined => KinshipStep::Joined,
                KinshipStepName::Left => KinshipStep::Left,
                KinshipStepName::Lists => KinshipStep::Lists(self.lists),
            },
        })
    }

    pub(crate) fn input(self) -> Result<Input, Flaw> {
        self.kinship().map(|kinship| Input::Kinship(Box::new(kinship)))
    }
}
