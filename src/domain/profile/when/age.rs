//! How old what a condition asks about is, and who said it.

use super::When;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::facts::{Facts, Origin};
use crate::domain::terms::time::Day;

impl When {
    /// Since when, and by whom, each thing that it asks about is known. Of tools those that are known.
    pub fn origins<'a>(&self, facts: &Facts<'a>) -> Vec<Origin<'a>> {
        let terms = self.term_tests().map(|(attribute, _)| attribute);
        let numbers = self.number_tests().map(|(attribute, _)| attribute);
        let others = [
            (self.parent.is_some(), Attribute::Parent),
            (self.age_years.is_some(), Attribute::FoundedYear),
            (self.funding_stage.is_some(), Attribute::FundingStage),
        ];
        let others = others.into_iter().filter(|(asked, _)| *asked).map(|(_, attribute)| attribute);
        let attributes = terms.chain(numbers).chain(others);
        let mut origins: Vec<Origin<'a>> = attributes.filter_map(|a| facts.origin(a)).collect();
        if let Some(test) = &self.technologies {
            let tools = super::both(&test.words().cloned().collect::<Vec<_>>());
            // Any of them is enough: the freshest answer counts.
            origins.extend(tools.iter().filter_map(|tool| facts.tool_origin(tool)).max());
        }
        origins.extend(self.department.and_then(|test| facts.department_origin(test.function)));
        for inner in self.all.iter().chain(&self.any).chain(self.not.as_deref()) {
            origins.extend(inner.origins(facts));
        }
        origins
    }

    /// The days on which anything it asks about was last confirmed: its answer may change once one of
    /// them is too long ago.
    pub fn confirmed_on(&self, facts: &Facts<'_>) -> Vec<Day> {
        let mut days: Vec<Day> = self.origins(facts).iter().map(|origin| origin.day).collect();
        let lists = [facts.company.tools_complete, facts.company.departments_complete];
        days.extend(lists.into_iter().flatten().map(|at| at.day()));
        self.tools_confirmed_on(facts, &mut days);
        days
    }

    fn tools_confirmed_on(&self, facts: &Facts<'_>, days: &mut Vec<Day>) {
        if let Some(test) = &self.technologies {
            let tools = super::both(&test.words().cloned().collect::<Vec<_>>());
            days.extend(tools.iter().filter_map(|tool| facts.tool_origin(tool)).map(|o| o.day));
        }
        for inner in self.all.iter().chain(&self.any).chain(self.not.as_deref()) {
            inner.tools_confirmed_on(facts, days);
        }
    }
}
