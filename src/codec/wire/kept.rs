//! A company, suppressions and tombstones in account states and transfers. The facts of a company are
//! grouped by their time and source, since one record reports many facts at once: this saves eight
//! bytes per fact, and the source's name.

use super::Fixed16;
use super::evidence::{Department, bits, count, kept, unbits};
use crate::codec::symbols::Code;
use crate::codec::wire::product::collect;
use crate::domain::Text;
use crate::domain::account::standing::Suppression;
use crate::domain::evidence::company::{Attribute, Company, DepartmentFact, Fact, ToolFact, Value};
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::catalogue::{FundingStage, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;
use std::fmt;

#[derive(Serialize)]
pub(crate) struct CompanyOut<'a> {
    said: SaidList<'a>,
    tools_complete: Option<i64>,
    departments_complete: Option<i64>,
    version: i64,
}

struct SaidList<'a>(&'a Company);

#[derive(Serialize)]
struct SaidOut<'a> {
    as_of: i64,
    source: &'a str,
    facts: At<'a, Fact, FactOut<'a>>,
    tools: At<'a, ToolFact, &'a str>,
    dropped_tools: At<'a, ToolFact, &'a str>,
    departments: At<'a, DepartmentFact, Department>,
}

/// A time and a source.
type By<'a> = (Timestamp, &'a str);

/// The facts of a list that one source reported for one time.
struct At<'a, T, W> {
    all: &'a [T],
    at: By<'a>,
    pick: fn(&'a T, By<'a>) -> Option<W>,
}

#[derive(Serialize)]
struct FactOut<'a> {
    attribute: Code<Attribute>,
    value: ValueOut<'a>,
}

struct ValueOut<'a>(&'a Value);

pub(crate) fn company(company: &Company) -> CompanyOut<'_> {
    CompanyOut {
        said: SaidList(company),
        tools_complete: company.tools_complete.map(|at| at.0),
        departments_complete: company.departments_complete.map(|at| at.0),
        version: i64::from(company.version),
    }
}

impl Serialize for SaidList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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
        serializer.collect_seq(instants.iter().map(|at| SaidOut::of(company, *at)))
    }
}

impl<'a> SaidOut<'a> {
    fn of(company: &'a Company, at: By<'a>) -> SaidOut<'a> {
        SaidOut {
            as_of: at.0.0,
            source: at.1,
            facts: At {
                all: &company.facts,
                at,
                pick: |fact, at| {
                    let fact_out =
                        FactOut { attribute: Code(fact.attribute), value: ValueOut(&fact.value) };
                    ((fact.as_of, fact.source.as_str()) == at).then_some(fact_out)
                },
            },
            tools: At {
                all: &company.tools,
                at,
                pick: |tool, at| {
                    let by = (tool.as_of, tool.source.as_str());
                    (by == at && tool.in_use).then_some(tool.tool.as_str())
                },
            },
            dropped_tools: At {
                all: &company.tools,
                at,
                pick: |tool, at| {
                    let by = (tool.as_of, tool.source.as_str());
                    (by == at && !tool.in_use).then_some(tool.tool.as_str())
                },
            },
            departments: At {
                all: &company.departments,
                at,
                pick: |known, at| {
                    let by = (known.as_of, known.source.as_str());
                    (by == at).then_some(Department::of(known.function, known.people))
                },
            },
        }
    }
}

impl<'a, T, W: Serialize> Serialize for At<'a, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let picked = || self.all.iter().filter_map(|item| (self.pick)(item, self.at));
        let mut list = serializer.serialize_seq(Some(picked().count()))?;
        for item in picked() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}

#[derive(Serialize, Deserialize)]
struct NumberBand {
    low: i64,
    high: i64,
}

impl Serialize for ValueOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number { low, high } if low == high => serializer.serialize_i64(bits(*low)),
            Value::Number { low, high } => {
                NumberBand { low: bits(*low), high: bits(*high) }.serialize(serializer)
            }
            Value::Stage(stage) => serializer.serialize_newtype_variant(
                "Value",
                0,
                "buymode.FundingStage",
                &Code(*stage),
            ),
            Value::Terms(terms) => texts(terms, serializer),
            Value::Names(names) => texts(names, serializer),
        }
    }
}

fn texts<S: Serializer, T: AsRef<str>>(texts: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    match texts {
        [only] => serializer.serialize_str(only.as_ref()),
        many => serializer.collect_seq(many.iter().map(T::as_ref)),
    }
}

#[derive(Deserialize)]
pub(crate) struct CompanyIn<'a> {
    #[serde(borrow)]
    said: Vec<SaidIn<'a>>,
    tools_complete: Option<i64>,
    departments_complete: Option<i64>,
    version: i64,
}

#[derive(Deserialize)]
struct SaidIn<'a> {
    as_of: i64,
    source: &'a str,
    #[serde(borrow)]
    facts: SmallVec<[FactIn<'a>; 8]>,
    #[serde(borrow)]
    tools: SmallVec<[&'a str; 8]>,
    #[serde(borrow)]
    dropped_tools: SmallVec<[&'a str; 1]>,
    departments: SmallVec<[Department; 1]>,
}

#[derive(Deserialize)]
struct FactIn<'a> {
    attribute: Code<Attribute>,
    #[serde(borrow)]
    value: ValueIn<'a>,
}

/// Which texts are terms and which are names, the attribute says.
enum ValueIn<'a> {
    Plain(Value),
    Text(&'a str),
    Texts(Vec<&'a str>),
}

impl FactIn<'_> {
    fn fact(self, as_of: Timestamp, source: Text) -> Result<Fact, String> {
        let attribute = self.attribute.0;
        let value = match self.value {
            ValueIn::Plain(value) => value,
            ValueIn::Text(text) if attribute.is_name() => Value::Names(vec![Text::new(text)]),
            ValueIn::Text(text) => Value::Terms(vec![kept(text)?]),
            ValueIn::Texts(texts) if attribute.is_name() => {
                Value::Names(texts.into_iter().map(Text::new).collect())
            }
            ValueIn::Texts(texts) => Value::Terms(collect(texts, kept)?),
        };
        Ok(Fact { attribute, value, as_of, source })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ValueIn<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueIn<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a range, a stage, a term or a list of terms")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ValueIn<'de>, E> {
        Ok(ValueIn::Plain(Value::number(unbits(number))))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<ValueIn<'de>, E> {
        Ok(ValueIn::Text(text))
    }

    /// A symbol of an enum; texts of the record itself are borrowed instead.
    fn visit_str<E: Error>(self, symbol: &str) -> Result<ValueIn<'de>, E> {
        let stage = symbol.parse::<FundingStage>().map_err(E::custom)?;
        Ok(ValueIn::Plain(Value::Stage(stage)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ValueIn<'de>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element::<&str>()? {
            texts.push(text);
        }
        Ok(ValueIn::Texts(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<ValueIn<'de>, A::Error> {
        let band = NumberBand::deserialize(MapAccessDeserializer::new(fields))?;
        let (low, high) = (unbits(band.low), unbits(band.high));
        Ok(ValueIn::Plain(Value::Number { low, high }))
    }
}

impl CompanyIn<'_> {
    pub(crate) fn company(self) -> Result<Company, String> {
        let mut company = Company {
            tools_complete: self.tools_complete.map(Timestamp),
            departments_complete: self.departments_complete.map(Timestamp),
            version: count(self.version)?,
            ..Company::default()
        };
        for said in self.said {
            let (as_of, source) = (Timestamp(said.as_of), Text::new(said.source));
            company.facts.reserve(said.facts.len());
            company.tools.reserve(said.tools.len() + said.dropped_tools.len());
            company.departments.reserve(said.departments.len());
            for fact in said.facts {
                company.facts.push(fact.fact(as_of, source.clone())?);
            }
            let gone = said.dropped_tools.iter().map(|tool| (tool, false));
            for (tool, in_use) in said.tools.iter().map(|tool| (tool, true)).chain(gone) {
                let tool = kept(tool)?;
                company.tools.push(ToolFact { tool, in_use, as_of, source: source.clone() });
            }
            for department in said.departments {
                let (function, people) = department.pair()?;
                let source = source.clone();
                company.departments.push(DepartmentFact { function, people, as_of, source });
            }
        }
        company.facts.sort_unstable_by_key(|fact| fact.attribute);
        company.tools.sort_unstable_by(|a, b| a.tool.cmp(&b.tool));
        company.departments.sort_unstable_by_key(|department| department.function);
        Ok(company)
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SuppressionWire<'a> {
    list: Code<SuppressionList>,
    reason: Option<&'a str>,
    owner: Option<&'a str>,
    since: i32,
    until: Option<i32>,
    stated_on: i32,
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

    pub(crate) fn suppression(self) -> Suppression {
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

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    id: Fixed16,
    day: i32,
}

impl Tombstone {
    pub(crate) fn of((id, day): &(SignalId, Day)) -> Tombstone {
        Tombstone { id: Fixed16(*id), day: day.0 }
    }

    pub(crate) fn pair(self) -> (SignalId, Day) {
        (self.id.0, Day(self.day))
    }
}
