//! Asking a company.

use super::spelt::{Spelt, tools};
use super::{Answer, Answered, DepartmentTest, KeyTest, NumberTest, StageTest, TermTest, When};
use crate::domain::evidence::company::{Attribute, Value};
use crate::domain::evidence::facts::Facts;
use crate::domain::terms::account::CompanyRef;
use crate::domain::terms::catalogue::FundingStage;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use chrono::Datelike;
use smallvec::SmallVec;

/// A condition with only what is asked in it, so that asking costs no more than that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    terms: Vec<(Attribute, Spelt)>,
    numbers: Vec<(Attribute, NumberTest)>,
    age_years: Option<NumberTest>,
    stage: Option<StageTest>,
    account: Option<KeyTest>,
    parent: Option<KeyTest>,
    technologies: Option<TermTest>,
    department: Option<DepartmentTest>,
    all: Vec<Question>,
    any: Vec<Question>,
    not: Option<Box<Question>>,
}

impl When {
    pub fn question(&self) -> Question {
        Question {
            terms: self.term_tests().map(|(a, test)| (a, Spelt::of(a, test))).collect(),
            numbers: self.number_tests().collect(),
            age_years: self.age_years,
            stage: self.funding_stage.clone(),
            account: self.account.clone(),
            parent: self.parent.clone(),
            technologies: self.technologies.as_ref().map(tools),
            department: self.department,
            all: self.all.iter().map(When::question).collect(),
            any: self.any.iter().map(When::question).collect(),
            not: self.not.as_ref().map(|when| Box::new(when.question())),
        }
    }
}

impl Question {
    /// Whether the answer may depend on this tool.
    pub fn asks_of_tool(&self, tool: &Term) -> bool {
        let named = |test: &TermTest| test.words().any(|t| t == tool) || !test.contains.is_empty();
        self.technologies.as_ref().is_some_and(named)
            || self.all.iter().chain(&self.any).any(|q| q.asks_of_tool(tool))
            || self.not.as_ref().is_some_and(|q| q.asks_of_tool(tool))
    }

    /// Whether time alone may change the answer.
    pub fn may_flip(&self) -> bool {
        let hire = self.department.is_some_and(|test| test.or_first_hire_within_days.is_some());
        let mut parts = self.all.iter().chain(&self.any).chain(self.not.as_deref());
        hire || self.age_years.is_some() || parts.any(Question::may_flip)
    }

    pub fn ask(&self, facts: &Facts<'_>) -> Answered {
        let mut all = Answered { answer: Answer::Yes, flips: None };
        let mut both = |next: Answered| {
            all.answer = all.answer.and(next.answer);
            all.flips = [all.flips, next.flips].into_iter().flatten().min();
        };
        for (attribute, test) in &self.terms {
            both(steady(test.ask_attribute(facts, *attribute)));
        }
        for (attribute, test) in &self.numbers {
            both(steady(test.ask_value(facts.value(*attribute).as_deref())));
        }
        if let Some(test) = self.age_years {
            both(test.ask_age(facts));
        }
        if let Some(test) = &self.stage {
            both(steady(test.ask(facts.value(Attribute::FundingStage).as_deref())));
        }
        if let Some(test) = &self.account {
            let holds = test.holds(&[CompanyRef::Key(facts.account.clone())]);
            both(steady(Answer::from_bool(holds)));
        }
        if let Some(test) = &self.parent {
            both(steady(test.ask_parent(facts)));
        }
        if let Some(test) = &self.technologies {
            both(steady(test.ask_tools(facts)));
        }
        if let Some(test) = self.department {
            both(test.ask(facts));
        }
        for question in &self.all {
            both(question.ask(facts));
        }
        if !self.any.is_empty() {
            let mut any = Answered { answer: Answer::No, flips: None };
            for question in &self.any {
                let next = question.ask(facts);
                any.answer = any.answer.or(next.answer);
                any.flips = [any.flips, next.flips].into_iter().flatten().min();
            }
            both(any);
        }
        if let Some(question) = &self.not {
            let inner = question.ask(facts);
            both(Answered { answer: inner.answer.not(), ..inner });
        }
        all
    }
}

fn steady(answer: Answer) -> Answered {
    Answered { answer, flips: None }
}

impl Spelt {
    fn ask_attribute(&self, facts: &Facts<'_>, attribute: Attribute) -> Answer {
        match facts.value(attribute).as_deref() {
            Some(Value::Terms(terms)) => Answer::from_bool(self.holds(terms)),
            // A name is held as people read it.
            Some(Value::Names(names)) => {
                let terms: SmallVec<[Term; 1]> =
                    names.iter().filter_map(|name| Term::parse(name).ok()).collect();
                Answer::from_bool(self.holds(&terms))
            }
            _ => Answer::Unknown,
        }
    }
}

impl TermTest {
    /// Of tools, one that is not listed is unknown unless a source vouches for the whole list.
    fn ask_tools(&self, facts: &Facts<'_>) -> Answer {
        let uses = |tool: &Term| match facts.tool(tool) {
            Some(in_use) => Answer::from_bool(in_use),
            None if facts.tools_are_complete() => Answer::No,
            None => Answer::Unknown,
        };
        let any_used = |tools: &[Term]| tools.iter().map(uses).fold(Answer::No, Answer::or);
        let any = if self.any_of.is_empty() { Answer::Yes } else { any_used(&self.any_of) };
        let all = self.all_of.iter().map(uses).fold(Answer::Yes, Answer::and);
        any.and(all).and(any_used(&self.none_of).not())
    }
}

impl KeyTest {
    fn ask_parent(&self, facts: &Facts<'_>) -> Answer {
        match facts.value(Attribute::Parent).as_deref() {
            Some(Value::Names(names)) => {
                let named: SmallVec<[CompanyRef; 1]> =
                    names.iter().filter_map(|name| CompanyRef::parse(name).ok()).collect();
                Answer::from_bool(self.holds(&named))
            }
            _ => Answer::Unknown,
        }
    }
}

impl NumberTest {
    fn ask_value(self, value: Option<&Value>) -> Answer {
        let Some(Value::Number { low, high }) = value else {
            return Answer::Unknown;
        };
        let min = self.min.map_or(0, |a| a.0);
        let max = self.max.map_or(u64::MAX, |a| a.0);
        match (*low >= min && *high <= max, *high < min || *low > max) {
            (true, _) => Answer::Yes,
            (_, true) => Answer::No,
            // The band lies across the line.
            _ => Answer::Unknown,
        }
    }

    fn ask_age(self, facts: &Facts<'_>) -> Answered {
        let today = facts.today.date();
        let (Some(today), Some(Value::Number { low, high })) =
            (today, facts.value(Attribute::FoundedYear).as_deref().cloned())
        else {
            return steady(Answer::Unknown);
        };
        let year = u64::try_from(today.year()).unwrap_or(0);
        let age = Value::Number { low: year.saturating_sub(high), high: year.saturating_sub(low) };
        let flips = chrono::NaiveDate::from_ymd_opt(today.year() + 1, 1, 1).map(Day::from_date);
        Answered { answer: self.ask_value(Some(&age)), flips }
    }
}

impl StageTest {
    pub fn holds(&self, stage: FundingStage) -> bool {
        self.min.is_none_or(|min| stage >= min)
            && self.max.is_none_or(|max| stage <= max)
            && (self.any_of.is_empty() || self.any_of.contains(&stage))
    }

    fn ask(&self, value: Option<&Value>) -> Answer {
        match value {
            Some(Value::Stage(stage)) => Answer::from_bool(self.holds(*stage)),
            _ => Answer::Unknown,
        }
    }
}

impl DepartmentTest {
    fn ask(self, facts: &Facts<'_>) -> Answered {
        let people = facts.department(self.function);
        let count = match people {
            Some(n) => Answer::from_bool(
                self.min.is_none_or(|min| n >= min) && self.max.is_none_or(|max| n <= max),
            ),
            None => Answer::Unknown,
        };
        let Some(days) = self.or_first_hire_within_days else {
            return steady(count);
        };
        let Some(first) = facts.first_hire(self.function) else {
            return steady(count);
        };
        let lapses = first.plus(i32::from(days) + 1);
        if facts.today < lapses {
            return Answered { answer: Answer::Yes, flips: Some(lapses) };
        }
        // A person was hired and the days are over: the empty department is not believed any more.
        let over = if self.max == Some(0) { Answer::No } else { count };
        steady(over)
    }
}
