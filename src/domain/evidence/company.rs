//! The facts of a company, each with the instant it is known for. The latest effective
//! date wins, whichever record brought it.

pub use super::attribute::{Attribute, Value};
use super::name;
use super::signal::SignalId;
use crate::domain::Text;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::Function;
use crate::domain::terms::limits::TOOLS_MAX;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Fact {
    /// The attribute.
    pub attribute: Attribute,
    /// Its value.
    pub value: Value,
    /// The time for which it was last confirmed.
    pub as_of: Timestamp,
    /// Who said so last.
    #[schemars(with = "String")]
    pub source: Text,
}

impl Fact {
    /// The same name in its fuller spelling, said of the later of both days.
    fn spell(&mut self, spelt: Value, by: Saying<'_>) -> Set {
        let is_later = (by.as_of, Reverse(by.source)) > (self.as_of, Reverse(&self.source));
        let set = match (spelt == self.value, is_later) {
            (true, true) => Set::Confirmed,
            (true, false) => Set::Same,
            (false, _) => Set::Newer,
        };
        self.value = spelt;
        if is_later {
            (self.as_of, self.source) = (by.as_of, by.source.clone());
        }
        set
    }
}

/// A tool seen, or seen gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ToolFact {
    /// The tool's name.
    pub tool: Term,
    /// False: it was seen gone.
    pub in_use: bool,
    /// The time for which it was last confirmed.
    pub as_of: Timestamp,
    /// Who said so last.
    #[schemars(with = "String")]
    pub source: Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DepartmentFact {
    /// The department.
    pub function: Function,
    /// How many people it has.
    pub people: u32,
    /// The time for which it was last confirmed.
    pub as_of: Timestamp,
    /// Who said so last.
    #[schemars(with = "String")]
    pub source: Text,
}

/// All that company records (not signals) have said of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Company {
    /// Sorted by attribute.
    pub facts: Vec<Fact>,
    /// Sorted by tool.
    pub tools: Vec<ToolFact>,
    /// Since when a source that sees every tool of the company vouches for the list.
    pub tools_complete: Option<Timestamp>,
    /// Sorted by function.
    pub departments: Vec<DepartmentFact>,
    /// Since when a source that sees every department vouches for the list: only then is a
    /// missing one empty.
    pub departments_complete: Option<Timestamp>,
    /// Counts the updates after which something was known otherwise.
    pub version: u32,
}

/// A company record: what one source states about a company on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompanyUpdate {
    pub id: SignalId,
    pub source: Text,
    pub as_of: Timestamp,
    /// Part of a vendor's first dump.
    pub baseline: bool,
    pub facts: Vec<(Attribute, Value)>,
    pub tools: Vec<(Term, bool)>,
    pub tools_complete: bool,
    pub departments: Vec<(Function, u32)>,
    pub departments_complete: bool,
}

/// What an update did to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absorbed {
    Changed,
    /// Said again what was known.
    Same,
    /// Older than every fact it holds.
    Outdated,
}

impl Company {
    pub fn fact(&self, attribute: Attribute) -> Option<&Fact> {
        let at = self.facts.binary_search_by_key(&attribute, |f| f.attribute).ok()?;
        self.facts.get(at)
    }

    pub fn tool(&self, tool: &Term) -> Option<&ToolFact> {
        let at = self.tools.binary_search_by(|t| t.tool.cmp(tool)).ok()?;
        self.tools.get(at)
    }

    pub fn department(&self, function: Function) -> Option<&DepartmentFact> {
        let at = self.departments.binary_search_by_key(&function, |d| d.function).ok()?;
        self.departments.get(at)
    }

    pub(super) fn is_empty_department(&self, function: Function) -> bool {
        let known = self.department(function).map(|d| d.people);
        known.or(self.departments_complete.map(|_| 0)) == Some(0)
    }

    pub fn is_known(&self) -> bool {
        !self.facts.is_empty() || !self.tools.is_empty() || !self.departments.is_empty()
    }

    /// Takes over what is newer. `account`: the one that the record is about.
    pub fn absorb(&mut self, account: &AccountKey, update: &CompanyUpdate) -> Absorbed {
        let (mut newer, mut taken, mut same) = (false, false, true);
        let mut note = |outcome: Set| {
            newer |= outcome == Set::Newer;
            taken |= matches!(outcome, Set::Newer | Set::Confirmed);
            same &= outcome == Set::Same;
        };
        let by = Saying { as_of: update.as_of, source: &update.source };
        for (attribute, value) in &update.facts {
            let attribute = match attribute {
                Attribute::Name if name::is_handle(value, account) => Attribute::Handle,
                attribute => *attribute,
            };
            note(self.set_fact(attribute, value, by));
        }
        for (tool, in_use) in &update.tools {
            note(self.set_tool(tool, *in_use, by));
        }
        for (function, people) in &update.departments {
            note(self.set_department(*function, *people, by));
        }
        note(vouch(&mut self.tools_complete, update.tools_complete, update.as_of));
        note(vouch(&mut self.departments_complete, update.departments_complete, update.as_of));
        self.version += u32::from(newer);
        match (same, taken) {
            (true, _) => Absorbed::Same,
            (false, false) => Absorbed::Outdated,
            (false, true) => Absorbed::Changed,
        }
    }

    /// Takes over what a signal said, before it is forgotten; at the same instant it wins.
    pub(super) fn bake_fact(&mut self, attribute: Attribute, value: &Value, by: Saying<'_>) {
        if self.fact(attribute).is_some_and(|fact| fact.as_of == by.as_of) {
            self.facts.retain(|fact| fact.attribute != attribute);
        }
        self.set_fact(attribute, value, by);
    }

    pub(super) fn bake_tool(&mut self, tool: &Term, in_use: bool, by: Saying<'_>) {
        self.tools.retain(|known| known.tool != *tool || known.as_of != by.as_of);
        self.set_tool(tool, in_use, by);
    }

    pub(super) fn bake_department(&mut self, function: Function, people: u32, by: Saying<'_>) {
        self.departments.retain(|known| known.function != function || known.as_of != by.as_of);
        self.set_department(function, people, by);
    }

    pub(super) fn set_fact(&mut self, attribute: Attribute, value: &Value, by: Saying<'_>) -> Set {
        let said =
            || Fact { attribute, value: value.clone(), as_of: by.as_of, source: by.source.clone() };
        match self.facts.binary_search_by_key(&attribute, |f| f.attribute) {
            Ok(at) => {
                let fact = &mut self.facts[at];
                let spelt = match attribute {
                    Attribute::Name => name::fuller(&fact.value, value).cloned(),
                    _ => None,
                };
                if let Some(spelt) = spelt {
                    return fact.spell(spelt, by);
                }
                let known = Saying { as_of: fact.as_of, source: &fact.source };
                let set = rank((known, &fact.value), (by, value));
                if matches!(set, Set::Newer | Set::Confirmed) {
                    *fact = said();
                }
                set
            }
            Err(at) => {
                self.facts.insert(at, said());
                Set::Newer
            }
        }
    }

    pub(super) fn set_tool(&mut self, tool: &Term, in_use: bool, by: Saying<'_>) -> Set {
        let said =
            || ToolFact { tool: tool.clone(), in_use, as_of: by.as_of, source: by.source.clone() };
        match self.tools.binary_search_by(|t| t.tool.cmp(tool)) {
            Ok(at) => {
                let known = &mut self.tools[at];
                let before = Saying { as_of: known.as_of, source: &known.source };
                let set = rank((before, &known.in_use), (by, &in_use));
                if matches!(set, Set::Newer | Set::Confirmed) {
                    *known = said();
                }
                set
            }
            Err(_) if self.tools.len() >= TOOLS_MAX => Set::Older,
            Err(at) => {
                self.tools.insert(at, said());
                Set::Newer
            }
        }
    }

    pub(super) fn set_department(
        &mut self,
        function: Function,
        people: u32,
        by: Saying<'_>,
    ) -> Set {
        let said =
            || DepartmentFact { function, people, as_of: by.as_of, source: by.source.clone() };
        match self.departments.binary_search_by_key(&function, |d| d.function) {
            Ok(at) => {
                let known = &mut self.departments[at];
                let before = Saying { as_of: known.as_of, source: &known.source };
                let set = rank((before, &known.people), (by, &people));
                if matches!(set, Set::Newer | Set::Confirmed) {
                    *known = said();
                }
                set
            }
            Err(at) => {
                self.departments.insert(at, said());
                Set::Newer
            }
        }
    }

    /// Takes over what another account knew, the newer of each.
    pub fn merge(&mut self, other: &Company) {
        let mut newer = false;
        fn by(as_of: Timestamp, source: &Text) -> Saying<'_> {
            Saying { as_of, source }
        }
        for fact in &other.facts {
            newer |= self.set_fact(fact.attribute, &fact.value, by(fact.as_of, &fact.source))
                == Set::Newer;
        }
        for tool in &other.tools {
            newer |=
                self.set_tool(&tool.tool, tool.in_use, by(tool.as_of, &tool.source)) == Set::Newer;
        }
        for d in &other.departments {
            newer |=
                self.set_department(d.function, d.people, by(d.as_of, &d.source)) == Set::Newer;
        }
        newer |= other.tools_complete > self.tools_complete;
        newer |= other.departments_complete > self.departments_complete;
        self.tools_complete = self.tools_complete.max(other.tools_complete);
        self.departments_complete = self.departments_complete.max(other.departments_complete);
        self.version += u32::from(newer);
    }
}

/// What setting one fact did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Newer,
    /// The known facts, restated for a later day.
    Confirmed,
    Same,
    Older,
}

/// Since when something is said, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Saying<'a> {
    pub as_of: Timestamp,
    pub source: &'a Text,
}

/// The later date wins; of two values said for the same instant the greater, and of two sources that
/// say the same for the same instant the first by name, so that the order they came in, or came in
/// again, does not matter.
fn rank<T: Ord>(known: (Saying<'_>, T), said: (Saying<'_>, T)) -> Set {
    match (said.0.as_of, &said.1).cmp(&(known.0.as_of, &known.1)) {
        std::cmp::Ordering::Greater if said.1 == known.1 => Set::Confirmed,
        std::cmp::Ordering::Greater => Set::Newer,
        std::cmp::Ordering::Equal if said.0.source < known.0.source => Set::Confirmed,
        std::cmp::Ordering::Equal => Set::Same,
        std::cmp::Ordering::Less if said.1 == known.1 => Set::Same,
        std::cmp::Ordering::Less => Set::Older,
    }
}

fn vouch(known: &mut Option<Timestamp>, says: bool, as_of: Timestamp) -> Set {
    match (says, *known) {
        (false, _) => Set::Same,
        (true, Some(at)) if at == as_of => Set::Same,
        (true, Some(at)) if at > as_of => Set::Older,
        (true, before) => {
            *known = Some(as_of);
            if before.is_some() { Set::Confirmed } else { Set::Newer }
        }
    }
}
