//! A sales tool or a CRM, by a field map. Looking something up before the write changes nothing there, so that only
//! the write can leave a doubt; the map says what makes it harmless.

use super::caller::{Caller, Done};
use super::people::People;
use super::{Answer, Attempt, Services, Setback};
use crate::deliver::send::answer::pause_ms;
use crate::deliver::tool::file::Identity;
use crate::deliver::tool::program::What;
use crate::deliver::tool::verdict::{Class, class, shown};
use crate::desk::roster::tool::Tool;
use serde_json::Value;

pub(super) fn call(attempt: &Attempt<'_>, tool: &Tool) -> Answer {
    if attempt.call.is_cancelled && !attempt.call.is_doubtful {
        return Answer::NotSent;
    }
    let account = attempt.call.action.account.as_ref().map(|account| account.as_str());
    let named = |why: String| match account {
        Some(account) => format!("{account}: {why}"),
        None => why,
    };
    let done = Caller::of(attempt, tool);
    let done = done.and_then(|caller| write(&caller).map_err(|answer| caller.hidden(answer)));
    match done {
        Ok(answer) => answer,
        Err(Answer::Refused(why)) => Answer::Refused(named(why)),
        Err(Answer::Later(setback)) => {
            Answer::Later(Setback { why: named(setback.why), ..setback })
        }
        Err(Answer::Unknown(setback)) => {
            Answer::Unknown(Setback { why: named(setback.why), ..setback })
        }
        Err(other) => other,
    }
}

/// Asks the tool for something that changes nothing there.
pub(super) fn probe(attempt: &Attempt<'_>, tool: &Tool) -> Answer {
    let done = Caller::of(attempt, tool).and_then(|caller| {
        let asked = caller.map.probe(&caller.document).map_err(Answer::Refused)?;
        let none = || Answer::Refused("the map has no probe, so that nothing is tried".to_owned());
        let response = caller.send(&asked.ok_or_else(none)?)?;
        match class(response.status) {
            Class::Done => Ok(Answer::Confirmed(None)),
            _ => Err(caller.hidden(Answer::Refused(caller.why(&response)))),
        }
    });
    done.unwrap_or_else(|answer| answer)
}

fn write(caller: &Caller<'_>) -> Done<Answer> {
    let call = caller.attempt.call;
    let mut document = caller.document.clone();
    // An end needs no account there: the ledger names whom it is about.
    if caller.map.file.people.is_some() && document["row"]["kind"] != "entered" {
        return People { caller, document }.act();
    }
    for (at, look_up) in caller.map.file.look_up.iter().enumerate() {
        let found = match caller.map.look_up(at, &document).map_err(Answer::Refused)? {
            Some(draft) => caller.found(at, &document, &draft)?,
            None => Value::Null,
        };
        if let (true, Some(missing)) = (found.is_null(), &look_up.missing) {
            return Err(Answer::Refused(missing.clone()));
        }
        document["found"][&look_up.name] = found;
    }
    if caller.map.file.people.is_some() {
        return People { caller, document }.act();
    }
    if call.is_doubtful
        && let Some(draft) = caller.map.read_back(&document).map_err(Answer::Refused)?
    {
        let response = caller.read(&draft)?;
        if let Some(there) = caller.map.is_there(&document, &response).map_err(Answer::Refused)? {
            return Ok(Answer::Confirmed(Some(shown(&there).into())));
        }
    }
    if call.is_cancelled {
        let is_last = pause_ms("tool", call.number, call.action.id, None).is_none();
        return match caller.map.file.identity {
            Identity::ReadBack => Ok(Answer::NotSent),
            // The decision that overtakes it writes the same fields.
            Identity::Upsert if !is_last => Ok(Answer::NotSent),
            _ => Err(Answer::Refused(
                "it was called off, and whether an earlier attempt was done is not known"
                    .to_owned(),
            )),
        };
    }
    let written = caller.change(What::Write, &document)?;
    Ok(written.map_or(Answer::NotSent, |reference| Answer::Confirmed(reference.ok().flatten())))
}

/// A test of a destination sends this.
impl Services {
    pub(in crate::deliver) fn probe(&self, call: &super::Call, tool: &Tool, now_ms: i64) -> Answer {
        let began = std::time::Instant::now();
        probe(&Attempt { services: self, call, began, now_ms }, tool)
    }
}
