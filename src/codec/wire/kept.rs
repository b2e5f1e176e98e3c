//! A company, suppressions and tombstones in account states and transfers. The facts of a company are
//! grouped by their time and source, since one record reports many facts at once: this saves eight
//! bytes per fact, and the source's name.

use super::Fixed16;
use super::evidence::{Department, bits, count, kept, unbits};
use crate::codec::datum::{Datum, Put, Take, Taken, put_count, put_list, record, written};
use crate::codec::symbols::Code;
use crate::domain::Text;
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::company::{Attribute, Company, DepartmentFact, Fact, ToolFact, Value};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::catalogue::{FundingStage, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use smallvec::SmallVec;

written! {
    "buymode.KeptCompany"
    pub(crate) struct CompanyOut<'a> {
        said: SaidList<'a>,
        tools_complete: Option<i64>,
        departments_complete: Option<i64>,
        version: i64,
    }
}

pub(super) struct SaidList<'a>(pub(super) &'a Company);

written! {
    "buymode.Said"
    pub(super) struct SaidOut<'a> {
        as_of: i64,
        source: &'a str,
        facts: At<'a, Fact, FactOut<'a>>,
        tools: At<'a, ToolFact, &'a str>,
        dropped_tools: At<'a, ToolFact, &'a str>,
        departments: At<'a, DepartmentFact, Department>,
    }
}

/// A time and a source.
pub(super) type By<'a> = (Timestamp, &'a str);

/// The facts of a list that one source reported for one time.
pub(super) struct At<'a, T, W> {
    all: &'a [T],
    /// `None`: there is no other.
    at: Option<By<'a>>,
    pick: fn(&'a T, Option<By<'a>>) -> Option<W>,
}

written! {
    "buymode.Fact"
    pub(super) struct FactOut<'a> {
        attribute: Code<Attribute>,
        value: ValueOut<'a>,
    }
}

pub(super) struct ValueOut<'a>(pub(super) &'a Value);

pub(crate) fn company(company: &Company) -> CompanyOut<'_> {
    CompanyOut {
        said: SaidList(company),
        tools_complete: company.tools_complete.map(|at| at.0),
        departments_complete: company.departments_complete.map(|at| at.0),
        version: i64::from(company.version),
    }
}

impl Put for SaidList<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.saids(&self.instants()), out);
    }
}

impl<'a> SaidList<'a> {
    pub(super) fn saids(&self, instants: &[By<'a>]) -> impl ExactSizeIterator<Item = SaidOut<'a>> {
        let (company, is_only) = (self.0, instants.len() == 1);
        instants.iter().map(move |at| SaidOut::of(company, *at, is_only))
    }

    pub(super) fn instants(&self) -> SmallVec<[By<'a>; 8]> {
        let company = self.0;
        let mut instants: SmallVec<[By<'_>; 8]> = SmallVec::new();
        let facts = company.facts.iter().map(|fact| (fact.as_of, fact.source.as_str()));
        let tools = company.tools.iter().map(|tool| (tool.as_of, tool.source.as_str()));
        let departments = company.departments.iter().map(|d| (d.as_of, d.source.as_str()));
        for instant in facts.chain(tools).chain(departments) {
            if !instants.contains(&instant) {
                instants.push(instant);
            }
        }
        instants
    }
}

impl<'a> SaidOut<'a> {
    fn of(company: &'a Company, at: By<'a>, is_only: bool) -> SaidOut<'a> {
        let (as_of, source) = (at.0.0, at.1);
        let at = (!is_only).then_some(at);
        SaidOut {
            as_of,
            source,
            facts: At {
                all: &company.facts,
                at,
                pick: |fact, at| {
                    let fact_out =
                        FactOut { attribute: Code(fact.attribute), value: ValueOut(&fact.value) };
                    is_of(at, fact.as_of, &fact.source).then_some(fact_out)
                },
            },
            tools: At {
                all: &company.tools,
                at,
                pick: |tool, at| {
                    let is = tool.in_use && is_of(at, tool.as_of, &tool.source);
                    is.then_some(tool.tool.as_str())
                },
            },
            dropped_tools: At {
                all: &company.tools,
                at,
                pick: |tool, at| {
                    let is = !tool.in_use && is_of(at, tool.as_of, &tool.source);
                    is.then_some(tool.tool.as_str())
                },
            },
            departments: At {
                all: &company.departments,
                at,
                pick: |known, at| {
                    let is = is_of(at, known.as_of, &known.source);
                    is.then(|| Department::of(known.function, known.people))
                },
            },
        }
    }
}

/// Whether a source reported it for the time that is asked for.
fn is_of(at: Option<By<'_>>, as_of: Timestamp, source: &str) -> bool {
    at.is_none_or(|at| at == (as_of, source))
}

impl NumberBand {
    pub(super) fn of(low: u64, high: u64) -> NumberBand {
        NumberBand { low: bits(low), high: bits(high) }
    }
}

impl<T, W: Put> Put for At<'_, T, W> {
    fn put(&self, out: &mut Vec<u8>) {
        let count = self.picked().count();
        if count > 0 {
            put_count(count, out);
            self.picked().for_each(|item| item.put(out));
        }
        out.push(0);
    }
}

impl<T, W> At<'_, T, W> {
    pub(super) fn picked(&self) -> impl Iterator<Item = W> {
        self.all.iter().filter_map(move |item| (self.pick)(item, self.at))
    }
}

record! {
    "buymode.NumberBand"
    pub(super) struct NumberBand {
        low: i64,
        high: i64,
    }
}

impl Put for ValueOut<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        let mut of = |place: Place| put_count(place as usize, out);
        match self.0 {
            Value::Number { low, high } if low == high => {
                of(Place::Number);
                bits(*low).put(out);
            }
            Value::Number { low, high } => {
                of(Place::Band);
                NumberBand::of(*low, *high).put(out);
            }
            Value::Stage(stage) => {
                of(Place::Stage);
                Code(*stage).put(out);
            }
            Value::Terms(terms) => put_texts(terms, out),
            Value::Names(names) => put_texts(names, out),
        }
    }
}

fn put_texts<T: AsRef<str>>(texts: &[T], out: &mut Vec<u8>) {
    match texts {
        [only] => {
            put_count(Place::Text as usize, out);
            only.as_ref().put(out);
        }
        many => {
            put_count(Place::Texts as usize, out);
            put_list(many.iter().map(T::as_ref), out);
        }
    }
}

/// The variants of a fact's value, in the schema's order.
#[derive(Clone, Copy)]
enum Place {
    Number,
    Text,
    Texts,
    Band,
    Stage,
}

const PLACES: [Place; 5] = [Place::Number, Place::Text, Place::Texts, Place::Band, Place::Stage];

impl<'a> Take<'a> for Company {
    fn take(from: &mut Datum<'a>) -> Taken<Company> {
        let mut company = Company::default();
        from.each(|from| take_said(from, &mut company))?;
        company.tools_complete = from.optional(i64::take)?.map(Timestamp);
        company.departments_complete = from.optional(i64::take)?.map(Timestamp);
        company.version = count(Take::take(from)?)?;
        company.facts.sort_unstable_by_key(|fact| fact.attribute);
        company.tools.sort_unstable_by(|a, b| a.tool.cmp(&b.tool));
        company.departments.sort_unstable_by_key(|department| department.function);
        Ok(company)
    }
}

/// What one source said for one instant.
fn take_said(from: &mut Datum<'_>, company: &mut Company) -> Taken<()> {
    let as_of = Timestamp(Take::take(from)?);
    let source = Text::new(<&str>::take(from)?);
    from.append(&mut company.facts, |from| {
        let attribute = Code::<Attribute>::take(from)?.0;
        let value = take_value(from, attribute)?;
        Ok(Fact { attribute, value, as_of, source: source.clone() })
    })?;
    for in_use in [true, false] {
        from.append(&mut company.tools, |from| {
            let tool = kept(Take::take(from)?)?;
            Ok(ToolFact { tool, in_use, as_of, source: source.clone() })
        })?;
    }
    from.append(&mut company.departments, |from| {
        let (function, people) = Department::take(from)?.pair()?;
        Ok(DepartmentFact { function, people, as_of, source: source.clone() })
    })
}

/// Reads past a company: as strictly as one that is read, but for the form of terms.
pub(super) fn pass(from: &mut Datum<'_>) -> Taken<()> {
    let text = |from: &mut Datum<'_>| <&str>::take(from).map(drop);
    from.each(|from| {
        i64::take(from)?;
        text(from)?;
        from.each(|from| {
            Code::<Attribute>::take(from)?;
            match PLACES[from.place(PLACES.len())?] {
                Place::Number => i64::take(from).map(drop),
                Place::Text => text(from),
                Place::Texts => from.each(text),
                Place::Band => NumberBand::take(from).map(drop),
                Place::Stage => Code::<FundingStage>::take(from).map(drop),
            }
        })?;
        for _ in ["tools", "dropped_tools"] {
            from.each(text)?;
        }
        from.each(|from| Department::take(from)?.pair().map(drop))
    })?;
    for _ in ["tools_complete", "departments_complete"] {
        from.optional(i64::take)?;
    }
    count(Take::take(from)?).map(drop)
}

/// Which texts are terms and which are names, the attribute says.
fn take_value(from: &mut Datum<'_>, attribute: Attribute) -> Taken<Value> {
    Ok(match PLACES[from.place(PLACES.len())?] {
        Place::Number => Value::number(unbits(Take::take(from)?)),
        Place::Text if attribute.is_name() => {
            Value::Names(vec![<&str>::take(from).map(Text::new)?])
        }
        Place::Text => Value::Terms(vec![kept(Take::take(from)?)?]),
        Place::Texts if attribute.is_name() => {
            Value::Names(from.list(|from| <&str>::take(from).map(Text::new))?)
        }
        Place::Texts => Value::Terms(from.list(|from| kept(Take::take(from)?))?),
        Place::Band => {
            let band = NumberBand::take(from)?;
            Value::Number { low: unbits(band.low), high: unbits(band.high) }
        }
        Place::Stage => Value::Stage(Code::take(from)?.0),
    })
}

record! {
    "buymode.KeptSuppression"
    pub(crate) struct SuppressionWire<'a> {
        list: Code<SuppressionList>,
        reason: Option<&'a str>,
        owner: Option<&'a str>,
        since: i32,
        until: Option<i32>,
        stated_on: i32,
    }
}

impl<'a> SuppressionWire<'a> {
    pub(crate) fn of(suppression: &'a Suppression) -> SuppressionWire<'a> {
        SuppressionWire {
            list: Code(suppression.list),
            reason: suppression.reason.as_deref(),
            owner: suppression.owner.as_deref(),
            since: suppression.since.0,
            until: suppression.until.map(|until| until.0),
            stated_on: suppression.stated_on.0,
        }
    }

    fn suppression(self) -> Suppression {
        Suppression {
            list: self.list.0,
            reason: self.reason.map(Into::into),
            owner: self.owner.map(Into::into),
            since: Day(self.since),
            until: self.until.map(Day),
            stated_on: Day(self.stated_on),
        }
    }
}

impl<'a> Take<'a> for Suppression {
    fn take(from: &mut Datum<'a>) -> Taken<Suppression> {
        SuppressionWire::take(from).map(SuppressionWire::suppression)
    }
}

record! {
    "buymode.Tombstone"
    #[derive(Clone, Copy)]
    pub(crate) struct Tombstone {
        id: Fixed16,
        day: i32,
    }
}

impl Tombstone {
    pub(crate) fn of((id, day): &(SignalId, Day)) -> Tombstone {
        Tombstone { id: Fixed16(*id), day: day.0 }
    }

    fn pair(self) -> (SignalId, Day) {
        (self.id.0, Day(self.day))
    }
}

impl Take<'_> for (SignalId, Day) {
    fn take(from: &mut Datum<'_>) -> Taken<(SignalId, Day)> {
        Tombstone::take(from).map(Tombstone::pair)
    }
}
