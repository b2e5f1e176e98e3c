//! What happened, by kind of signal.

use super::fields::{Fields, Taken, required};
use super::{Norms, RowError, terms};
use crate::domain::Text;
use crate::domain::evidence::signal::{
    Engagement, Event, Funding, Growth, Headcount, Hiring, News, Technology,
};
use crate::domain::terms::catalogue::Instrument;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Day;
use crate::mapping::normalise::round;

/// `on`: the first day on which it may have happened.
pub(super) fn read(fields: &mut Fields, norms: &Norms, on: Day) -> Result<Event, RowError> {
    Ok(match fields.record() {
        "funding" => Event::Funding(funding(fields, norms, on)?),
        "hiring" => Event::Hiring(hiring(fields, norms)?),
        "headcount" => Event::Headcount(headcount(fields)?),
        "technology" => Event::Technology(technology(fields, norms)?),
        "news" => Event::News(news(fields, norms, on)?),
        "engagement" => Event::Engagement(Engagement {
            engagement: required("kind", fields.choice("kind")?)?,
            contact: contact(fields)?,
            topic: fields.text("topic")?,
        }),
        other => return Err(RowError::mapping(format!("invalid record: {other} is not a signal"))),
    })
}

/// Who it is, by an id: a mail address has no place in a log that is kept for years.
fn contact(fields: &mut Fields) -> Taken<Text> {
    let contact = fields.text("contact")?;
    match contact {
        Some(text) if text.contains('@') => Err(RowError::value(
            "contact is a mail address: hand on the id that the source knows the person by",
        )),
        contact => Ok(contact),
    }
}

fn funding(fields: &mut Fields, norms: &Norms, on: Day) -> Result<Funding, RowError> {
    let named = match fields.text("round")? {
        None => None,
        Some(name) => Some(round::parse(&name).ok_or_else(|| {
            RowError::value(format!("invalid round: {name:?} is unknown; use stage and instrument"))
        })?),
    };
    let (stage, instrument) = named.unwrap_or((None, Instrument::Equity));
    Ok(Funding {
        stage: fields.choice("stage")?.or(stage),
        instrument: fields.choice("instrument")?.unwrap_or(instrument),
        amount_usd: fields.usd(&norms.rates, on)?,
        lead_investor: fields.text("lead_investor")?,
    })
}

/// Function and seniority are worked out of the title unless they are given.
fn hiring(fields: &mut Fields, norms: &Norms) -> Result<Hiring, RowError> {
    let title = required("title", fields.text("title")?)?;
    let (function, seniority) = norms.titles.classify(&title);
    Ok(Hiring {
        action: required("action", fields.choice("action")?)?,
        title,
        function: fields.choice("function")?.unwrap_or(function),
        seniority: fields.choice("seniority")?.unwrap_or(seniority),
        place: fields.text("place")?,
        posting: fields.text("posting")?,
        agency: fields.flag("agency")?.unwrap_or(false),
        first_in_function: fields.flag("first_in_function")?,
    })
}

fn headcount(fields: &mut Fields) -> Result<Headcount, RowError> {
    let headcount = Headcount {
        total: fields.people("total")?,
        departments: fields.departments()?,
        growth: growth(fields)?,
    };
    if headcount == Headcount::default() {
        return Err(RowError::value("headcount says neither total, departments nor growth"));
    }
    Ok(headcount)
}

/// `{"months": 6, "percent": 12.3}`.
fn growth(fields: &mut Fields) -> Result<Option<Growth>, RowError> {
    let Some(value) = fields.take("growth") else { return Ok(None) };
    let months = value.get("months").and_then(serde_json::Value::as_u64);
    let percent = value.get("percent").and_then(serde_json::Value::as_f64);
    months
        .and_then(|m| u16::try_from(m).ok().filter(|m| (1..=60).contains(m)))
        .zip(percent.filter(|p| p.abs() < 1.0e6))
        .map(|(months, percent)| Some(Growth { months, permille: (percent * 10.0).round() as i32 }))
        .ok_or_else(|| RowError::value("growth needs months (1 to 60) and percent"))
}

fn technology(fields: &mut Fields, norms: &Norms) -> Result<Technology, RowError> {
    let name = required("tool", fields.text("tool")?)?;
    let several = terms::split(&name, |part| norms.tools.knows(part));
    let tells = |part: &&str| norms.tools.is_empty() || norms.tools.knows(part);
    if several.len() > 1 && several.iter().any(tells) {
        return Err(RowError::value(format!(
            "tool {name:?} names several: a technology record is of one; emit one for each"
        )));
    }
    let category = fields.text("category")?;
    Ok(Technology {
        tool: required("tool", norms.tools.of(&name))?,
        action: required("action", fields.choice("action")?)?,
        category: category.and_then(|category| Term::parse(&category).ok()),
    })
}

fn news(fields: &mut Fields, norms: &Norms, on: Day) -> Result<News, RowError> {
    Ok(News {
        news: required("kind", fields.choice("kind")?)?,
        summary: fields.text("summary")?,
        amount_usd: fields.usd(&norms.rates, on)?,
        people: fields.people("people")?,
        place: fields.text("place")?,
        change: fields.choice("change")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::read as read_record;
    use super::super::tests::context;
    use serde_json::json;

    #[test]
    fn what_no_log_should_hold_is_refused() {
        for (more, said) in [
            (json!({"record": "funding", "amount": "5M", "currency": "XQZ"}), "invalid currency"),
            (json!({"record": "funding", "amount": "5M", "currency": "EUR"}), ""),
            (json!({"record": "funding", "amount": "5M", "currency": "n/a"}), ""),
            (
                json!({"record": "engagement", "kind": "form", "contact": "jo@a.com"}),
                "mail address",
            ),
            (json!({"record": "engagement", "kind": "form", "contact": "c-1"}), ""),
        ] {
            let mut record = json!({"account": "acme.com", "occurred_at": "2012-01-01"});
            record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let error = read_record(record, &context()).err().map(|error| error.message);
            assert_eq!(error.is_some(), !said.is_empty(), "{more}: {error:?}");
            assert!(error.unwrap_or_default().contains(said), "{more}");
        }
    }
}
