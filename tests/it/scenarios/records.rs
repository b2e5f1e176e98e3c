//! The records of a timeline, from words.

use super::timeline::BEGIN;
use crate::fold::{Entry, activation};
use buymode::domain::Text;
use buymode::domain::account::erasure;
use buymode::domain::account::input::{
    Broadcast, Input, Retraction, SalesOutcome, SuppressionChange, Transfer, TransferStep,
};
use buymode::domain::account::standing::{ERASED, said_by};
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{
    Engagement, Event, Funding, Growth, Headcount, Hiring, News, Signal, Technology,
};
use buymode::domain::profile::amount::Amount;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::score::news::MarketEvent;
use buymode::domain::terms::catalogue::Function;
use buymode::domain::terms::time::{Day, Occurred, Precision, Timestamp};
use buymode::domain::terms::titles::classify;
use buymode::domain::terms::units::BasisPoints;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// The words of a record: a quoted text, plain words, `key=value`.
struct Words {
    quoted: Option<String>,
    plain: Vec<String>,
    pairs: Vec<(String, String)>,
    time: Timestamp,
}

impl Words {
    fn of(text: &str, time: Timestamp) -> Words {
        let parts: Vec<&str> = text.split('"').collect();
        let quoted = parts.get(1).map(|part| (*part).to_owned());
        let rest = parts.iter().step_by(2).copied().collect::<Vec<_>>().join(" ");
        let (pairs, plain): (Vec<&str>, Vec<&str>) =
            rest.split_whitespace().partition(|word| word.contains('='));
        let pair = |word: &str| word.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
        Words {
            quoted,
            plain: plain.into_iter().map(str::to_owned).collect(),
            pairs: pairs.into_iter().filter_map(pair).collect(),
            time,
        }
    }

    fn has(&self, word: &str) -> bool {
        self.plain.iter().any(|w| w == word)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    fn one<T: FromStr>(&self, at: usize) -> Option<T> {
        self.plain.get(at).and_then(|word| word.parse().ok())
    }

    fn must<T: FromStr>(&self, at: usize) -> T {
        self.one(at).unwrap_or_else(|| panic!("word {at} of {:?}", self.plain))
    }

    fn day(&self, key: &str) -> Option<Day> {
        self.get(key).map(|n| BEGIN.plus(n.parse().unwrap()))
    }

    fn occurred(&self) -> Occurred {
        let at = self.day("at").unwrap_or(self.time.day());
        let precision = if self.has("month") { Precision::Month } else { Precision::Day };
        Occurred::new(Some(at.start()).filter(|_| !self.has("undated")), precision, self.observed())
    }

    fn observed(&self) -> Timestamp {
        self.day("observed").map_or(self.time, Day::start)
    }

    /// By name, or, without one, another for each record.
    fn id(&self) -> Uuid {
        id_of(self.get("id").map_or_else(|| self.time.0.to_string(), str::to_owned).as_str())
    }

    fn source(&self) -> Text {
        self.get("by").unwrap_or("one").into()
    }
}

pub(super) fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

pub(super) fn entry_of(
    text: &str,
    account: &str,
    time: Timestamp,
    profiles: &[Arc<CompiledProfile>],
) -> Entry {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let words = Words::of(rest, time);
    let input = match verb {
        "tick" => return Entry::Tick,
        "profile" => {
            let at: usize = words.one(0).unwrap_or(0);
            return Entry::Broadcast(activation(time.0 as u64, &profiles[at]));
        }
        "market" => return Entry::Broadcast(market(&words)),
        "retract-market" => {
            let id = id_of(&words.plain[0]);
            return Entry::Broadcast(Broadcast::MarketRetraction(id));
        }
        "company" => Input::Company(company(&words)),
        "retract" => Input::Retraction(Retraction {
            id: words.id(),
            retracts: id_of(&words.plain[0]),
            source: words.source(),
            reason: None,
        }),
        "suppress" | "lift" if words.get("erased").is_some() => {
            let account = account.to_owned().try_into().unwrap();
            let nth = words.get("erased").unwrap().parse().unwrap();
            Input::Suppression(erasure::suppression(&account, nth, verb == "suppress"))
        }
        "suppress" | "lift" => Input::Suppression(SuppressionChange {
            id: words.id(),
            // A person's word at the desk.
            source: words.get("source").unwrap_or(words.get("by").map_or("crm", |_| "desk")).into(),
            list: words.must(0),
            active: verb == "suppress",
            reason: match words.get("reason") {
                // A CRM that quotes the desk.
                Some("said_by_ana") => Some(said_by("ana")),
                Some("erased") => Some(Text::new(ERASED)),
                _ => words.get("by").map(said_by),
            },
            owner: words.get("by").or(words.get("owner")).map(Text::new),
            until: words.day("until"),
            stated_on: words.day("stated"),
        }),
        "sales" => Input::Outcome(SalesOutcome {
            contact: None,
            id: words.id(),
            source: "crm".into(),
            product: words.get("product").map(Text::new),
            outcome: words.must(0),
            occurred: words.occurred(),
            reason: words.get("reason").map(Text::new),
            amount_usd: None,
            opportunity_id: None,
            lead_source: None,
            until: words.day("until"),
        }),
        "merge" | "undo" => Input::Transfer(Box::new(Transfer {
            id: words.id(),
            from: account.to_owned().try_into().unwrap(),
            to: words.get("into").unwrap().to_owned().try_into().unwrap(),
            cause: words.id(),
            at: None,
            hop: 0,
            step: if verb == "merge" { TransferStep::Request } else { TransferStep::Undo },
        })),
        kind => Input::Signal(signal(kind, &words)),
    };
    Entry::Input(input)
}

fn signal(kind: &str, words: &Words) -> Signal {
    let percent = words.get("conf").map_or(100, |c| c.parse().unwrap());
    Signal {
        id: words.id(),
        source: words.source(),
        occurred: words.occurred(),
        observed_at: words.observed(),
        confidence: BasisPoints::new(percent * 100).unwrap(),
        evidence_url: words.get("url").map(Text::new),
        planned: words.has("planned"),
        baseline: words.has("baseline"),
        supersedes: words.get("supersedes").map(id_of),
        event: event(kind, words),
    }
}

fn event(kind: &str, words: &Words) -> Event {
    match kind {
        "funding" => Event::Funding(Funding {
            stage: words.one(0),
            instrument: words.get("as").map(|i| i.parse().unwrap()).unwrap_or_default(),
            amount_usd: words.plain.get(1).and_then(|a| Amount::parse(a)).map(|a| a.0),
            lead_investor: None,
        }),
        "hiring" => {
            let title = words.quoted.clone().expect("a title in quotes");
            let (function, seniority) = classify(&title);
            let first = words.has("first").then_some(true);
            Event::Hiring(Hiring {
                action: words
                    .one(0)
                    .unwrap_or(buymode::domain::terms::catalogue::HiringAction::Posted),
                title: title.into(),
                function,
                seniority,
                place: words.get("place").map(Text::new),
                posting: words.get("posting").map(Text::new),
                agency: words.has("agency"),
                first_in_function: first.or(words.has("not-first").then_some(false)),
            })
        }
        "headcount" => Event::Headcount(Headcount {
            total: words.one(0),
            departments: departments(words),
            growth: words
                .get("grew")
                .map(|p| Growth { months: 6, permille: p.parse::<i32>().unwrap() * 10 }),
        }),
        "technology" => Event::Technology(Technology {
            action: words.must(0),
            tool: words.must(1),
            category: words.get("category").map(|word| word.parse().unwrap()),
        }),
        "news" => Event::News(news(words)),
        "engagement" => Event::Engagement(Engagement {
            engagement: words.must(0),
            contact: words.get("who").map(Text::new),
            topic: words.get("topic").map(Text::new),
        }),
        other => panic!("no record is called {other:?}"),
    }
}

fn news(words: &Words) -> News {
    News {
        news: words.must(0),
        summary: words.quoted.as_ref().map(Text::from),
        amount_usd: None,
        people: words.get("people").map(|n| n.parse().unwrap()),
        place: words.get("place").map(Text::new),
        change: words.get("change").map(|word| word.parse().unwrap()),
    }
}

fn market(words: &Words) -> Broadcast {
    Broadcast::Market(MarketEvent {
        id: words.id(),
        source: words.source(),
        occurred: words.occurred(),
        confidence: BasisPoints::FULL,
        evidence_url: None,
        news: news(words),
        industries: words.get("industry").map(|word| word.parse().unwrap()).into_iter().collect(),
        regions: words.get("region").map(|word| word.parse().unwrap()).into_iter().collect(),
    })
}

fn departments(words: &Words) -> Vec<(Function, u32)> {
    let known = |(key, value): &(String, String)| {
        Some((key.parse::<Function>().ok()?, value.parse::<u32>().ok()?))
    };
    let mut found: Vec<(Function, u32)> = words.pairs.iter().filter_map(known).collect();
    found.sort_unstable();
    found
}

fn company(words: &Words) -> CompanyUpdate {
    let mut facts = Vec::new();
    for (key, value) in &words.pairs {
        let key = if key == "stage" { "funding_stage" } else { key.as_str() };
        let Ok(attribute) = key.parse::<Attribute>() else { continue };
        let number = value.parse::<u64>().map(Value::number);
        let fact = match attribute {
            Attribute::FundingStage => Value::Stage(value.parse().unwrap()),
            _ if value.contains("..") => {
                let (low, high) = value.split_once("..").unwrap();
                Value::Number { low: low.parse().unwrap(), high: high.parse().unwrap() }
            }
            _ => number.unwrap_or_else(|_| Value::said(attribute, value.split(',')).unwrap()),
        };
        facts.push((attribute, fact));
    }
    let tools =
        words.get("tools").map(|t| t.split(',').map(|t| (t.parse().unwrap(), true)).collect());
    CompanyUpdate {
        id: words.id(),
        source: "crm".into(),
        as_of: words.day("as_of").map_or(words.time, Day::start),
        baseline: words.has("baseline"),
        facts,
        tools: tools.unwrap_or_default(),
        tools_complete: words.has("all-tools"),
        departments: departments(words),
        departments_complete: words.has("all-departments"),
    }
}
