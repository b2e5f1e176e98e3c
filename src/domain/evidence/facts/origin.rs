//! Since when a fact is known as it is, and by whom.

use super::{EVER, Facts, Moved, counted, known_on};
use crate::domain::Text;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::event::Evidence;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::catalogue::Function;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::{Day, Timestamp};

/// The day for which something was last confirmed, and the source that did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin<'a> {
    pub day: Day,
    /// Empty where no single source said it: a department that a whole list lacks.
    pub source: &'a str,
}

impl<'a> Origin<'a> {
    fn of(as_of: Timestamp, source: &'a Text) -> Origin<'a> {
        Origin { day: as_of.day(), source }
    }
}

impl<'a> Facts<'a> {
    /// Of an attribute; `None` where it is not known.
    pub fn origin(&self, attribute: Attribute) -> Option<Origin<'a>> {
        let stored = self.company.fact(attribute);
        let Some(moved) = self.moved.value(attribute, stored) else {
            return stored.map(|fact| Origin::of(fact.as_of, &fact.source));
        };
        let said = self.evidence.iter().filter_map(|e| {
            let day = known_on(e, self.today)?;
            let own = Moved::of(std::slice::from_ref(e), self.today).value(attribute, None)?;
            (own == moved).then(|| Origin { day, source: &e.lead().source })
        });
        said.max_by_key(|origin| origin.day)
    }

    /// Of what is known of a tool.
    pub fn tool_origin(&self, tool: &Term) -> Option<Origin<'a>> {
        let stored = self.company.tool(tool);
        let since = stored.map_or(EVER, |known| known.as_of);
        let seen = |e: &Evidence| {
            matches!(e.event(), Event::Technology(t) if t.tool == *tool) && self.is_sure_of_tool(e)
        };
        let stored = stored.map(|known| Origin::of(known.as_of, &known.source));
        self.last_seen(since, seen).or(stored)
    }

    /// Of the number of people in a department; where narrower functions are counted for it, of the
    /// oldest of these counts.
    pub fn department_origin(&self, function: Function) -> Option<Origin<'a>> {
        let parts = function.and_narrower().iter().filter_map(|part| {
            let stored = self.company.department(*part);
            let since = stored.map_or(EVER, |known| known.as_of);
            let stored = stored.map(|known| Origin::of(known.as_of, &known.source));
            self.last_seen(since, |e| counted(e.event(), *part).is_some()).or(stored)
        });
        let complete = self.company.departments_complete;
        parts.min().or(complete.map(|at| Origin { day: at.day(), source: "" }))
    }

    fn last_seen(&self, since: Timestamp, seen: impl Fn(&Evidence) -> bool) -> Option<Origin<'a>> {
        let live = self.evidence.iter().filter_map(|e| {
            let day = known_on(e, self.today).filter(|day| day.start() >= since)?;
            seen(e).then(|| Origin { day, source: &e.lead().source })
        });
        live.max_by_key(|origin| origin.day)
    }
}
