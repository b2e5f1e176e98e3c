//! What the evidence and the company of an account hold on the heap (see [`Heap`]).

use super::company::{Company, DepartmentFact, Fact, ToolFact, Value};
use super::report::Report;
use super::signal::{Engagement, Event, Funding, Headcount, Hiring, News, Technology};
use crate::domain::terms::heap::{Heap, array};

impl Heap for Report {
    fn heap(&self) -> usize {
        let Report {
            id: _,
            source,
            occurred: _,
            first_seen: _,
            observed_at: _,
            confidence: _,
            planned: _,
            baseline: _,
            corrected: _,
            url,
            event,
        } = self;
        source.heap() + url.heap() + event.heap()
    }
}

impl Heap for Event {
    fn heap(&self) -> usize {
        match self {
            Event::Funding(Funding { stage: _, instrument: _, amount_usd: _, lead_investor }) => {
                lead_investor.heap()
            }
            Event::Hiring(Hiring {
                action: _,
                title,
                function: _,
                seniority: _,
                place,
                posting,
                agency: _,
                first_in_function: _,
            }) => title.heap() + place.heap() + posting.heap(),
            Event::Headcount(Headcount { total: _, departments, growth: _ }) => {
                array::<(crate::domain::terms::catalogue::Function, u32)>(departments.capacity())
            }
            Event::Technology(Technology { tool, action: _, category }) => {
                tool.heap() + category.heap()
            }
            Event::News(News { news: _, summary, amount_usd: _, people: _, place, change: _ }) => {
                summary.heap() + place.heap()
            }
            Event::Engagement(Engagement { engagement: _, contact, topic }) => {
                contact.heap() + topic.heap()
            }
        }
    }
}

impl Heap for Company {
    fn heap(&self) -> usize {
        let Company {
            facts,
            tools,
            tools_complete: _,
            departments,
            departments_complete: _,
            version: _,
        } = self;
        facts.heap() + tools.heap() + departments.heap()
    }
}

impl Heap for Fact {
    fn heap(&self) -> usize {
        let Fact { attribute: _, value, as_of: _, source } = self;
        let value = match value {
            Value::Number { low: _, high: _ } | Value::Stage(_) => 0,
            Value::Terms(terms) => terms.heap(),
            Value::Names(names) => names.heap(),
        };
        value + source.heap()
    }
}

impl Heap for ToolFact {
    fn heap(&self) -> usize {
        let ToolFact { tool, in_use: _, as_of: _, source } = self;
        tool.heap() + source.heap()
    }
}

impl Heap for DepartmentFact {
    fn heap(&self) -> usize {
        let DepartmentFact { function: _, people: _, as_of: _, source } = self;
        source.heap()
    }
}
