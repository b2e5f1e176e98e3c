//! People of an account, into a sequence of a tool and out of it. Only people who are there already, whom the tool's own
//! flags do not keep out, and who have not opted out at any tool; in doubt no one.
//!
//! A person who is in the sequence since our action was decided was put in by an earlier attempt whose answer was lost;
//! one who was there before is someone else's, and is never stopped by us.

use super::caller::{Caller, Done};
use super::{Answer, Setback};
use crate::deliver::tool::program::What;
use crate::deliver::tool::verdict::shown;
use crate::desk::people::{Enrolment, Reached};
use crate::domain::Text;
use crate::domain::terms::person::digest;
use crate::domain::terms::time::Timestamp;
use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// People of one decision, at most, whatever the roster says.
const MOST: usize = 10;
const USUAL: usize = 3;
/// How far the tool's clock may be behind ours.
const CLOCKS_DIFFER_MS: i64 = 60_000;
/// Reasons for which others were left out that are kept.
const REASONS_MAX: usize = 5;

pub(super) struct People<'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) document: Value,
}

impl People<'_> {
    pub(super) fn act(&self) -> Done<Answer> {
        let row = &self.document["row"];
        let kind = row["kind"].as_str().unwrap_or_default();
        let is_stop =
            row["exit_advice"] == "stop_now" || (kind == "tier_changed" && row["is_icp"] == false);
        match kind {
            "entered" => self.enrol(),
            _ if is_stop => self.stop(),
            _ => Ok(Answer::NotSent),
        }
    }

    fn enrol(&self) -> Done<Answer> {
        let (map, call) = (&self.caller.map, self.caller.attempt.call);
        let can_look = map.file.people.as_ref().is_some_and(|people| people.there.is_some());
        if call.is_doubtful && !can_look {
            return Err(Answer::Refused(
                "an attempt had no answer, and the tool cannot be asked who was put in; look there"
                    .to_owned(),
            ));
        }
        let Some(draft) = map.list(&self.document).map_err(Answer::Refused)? else {
            return Ok(Answer::NotSent);
        };
        let response = self.caller.read(&draft)?;
        let people = map.listed(&self.document, &response).map_err(Answer::Refused)?;
        let most = self.document["values"]["most"].as_str().and_then(|most| most.parse().ok());
        let most = most.unwrap_or(USUAL).min(MOST);
        let out: BTreeSet<Text> =
            serde_json::from_value(self.document["opted_out"].clone()).unwrap_or_default();
        let mut reached = Reached::default();
        for person in people {
            if reached.enrolled.len() >= most {
                break;
            }
            let done = self.one(&person, &out, &mut reached)?;
            if let Some(why) = done.err().filter(|_| reached.skipped.len() < REASONS_MAX) {
                reached.skipped.push(why.into());
            }
        }
        if reached.enrolled.is_empty() && reached.opted_out.is_empty() {
            // Nothing is there by us; why is for the log.
            let why = reached.skipped.first().map_or("no one is there", |why| why.as_str());
            return match call.is_cancelled {
                true => Ok(Answer::NotSent),
                false => Err(Answer::Refused(format!("no one was put into the sequence: {why}"))),
            };
        }
        let reference =
            serde_json::to_string(&reached).map_err(|e| Answer::Refused(e.to_string()))?;
        Ok(Answer::Confirmed(Some(reference.into())))
    }

    /// One person: `Err` is why they are left out.
    fn one(
        &self,
        person: &Value,
        out: &BTreeSet<Text>,
        reached: &mut Reached,
    ) -> Done<Result<(), String>> {
        let (map, call) = (&self.caller.map, self.caller.attempt.call);
        let Some(id) = Some(shown(&person["id"])).filter(|_| !person["id"].is_null()) else {
            return Ok(Err("the tool gives a person without an id".to_owned()));
        };
        let mut document = self.document.clone();
        document["person"] = person.clone();
        let (who, by_id) = digests(&map.file.tool, person);
        if let Some((why, opted_out)) = map.keeps_out(&document).map_err(Answer::Refused)? {
            if opted_out {
                reached.opted_out.insert(who);
            }
            return Ok(Err(why));
        }
        if self.is_out(out, &by_id)? {
            // By an id that other tools do not know: from now on by the address.
            reached.opted_out.insert(who);
            return Ok(Err("has opted out".to_owned()));
        }
        if self.is_out(out, &who)? {
            return Ok(Err("has opted out at another tool".to_owned()));
        }
        let enrolment = |id: Text| Enrolment {
            id,
            person: shown(&person["id"]).into(),
            who: Some(who.clone()),
            since: Timestamp::default(),
        };
        if let Some(draft) = map.look(&document).map_err(Answer::Refused)? {
            let response = self.caller.read(&draft)?;
            if let Some(there) = map.seen(&document, &response).map_err(Answer::Refused)? {
                if self.is_ours(&there) {
                    reached.enrolled.push(enrolment(shown(&there["id"]).into()));
                    return Ok(Ok(()));
                }
                return Ok(Err("is in the sequence already".to_owned()));
            }
        }
        if call.is_cancelled {
            return Ok(Err("it was called off".to_owned()));
        }
        let changed = self.caller.change(What::Enrol, &document).map_err(|answer| match answer {
            // Others may have been put in before: they are looked for at the next attempt.
            Answer::Later(setback) if !reached.enrolled.is_empty() => Answer::Unknown(setback),
            other => other,
        });
        match changed {
            Ok(Some(Ok(given))) => {
                let given = given.unwrap_or_else(|| id.as_str().into());
                reached.enrolled.push(enrolment(given));
                Ok(Ok(()))
            }
            Ok(Some(Err(why))) => Ok(Err(why)),
            Ok(None) => Ok(Err("the map puts them nowhere".to_owned())),
            // One who is refused keeps out no other.
            Err(Answer::Refused(why)) => Ok(Err(why)),
            Err(answer) => Err(answer),
        }
    }

    /// As the action has it, and as the desk knows it now: of every account.
    fn is_out(&self, out: &BTreeSet<Text>, who: &Text) -> Done<bool> {
        if out.contains(who) {
            return Ok(true);
        }
        let Some(known) = &self.caller.attempt.services.opted_out else { return Ok(false) };
        known(who)
            .ok_or_else(|| Answer::Later(Setback::of("the desk's opt-outs have not been read yet")))
    }

    fn is_ours(&self, there: &Value) -> bool {
        let since = there["since"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
        let decided = self.caller.attempt.call.action.at.0;
        let is_later =
            since.is_some_and(|since| since.timestamp_millis() + CLOCKS_DIFFER_MS >= decided);
        // A tool that keeps the delivery's id beside the person says it outright.
        self.caller.attempt.call.number > 1 && there["ours"].as_bool().unwrap_or(is_later)
    }

    /// Takes out whom our ledger names, and no one else.
    fn stop(&self) -> Done<Answer> {
        let enrolled: Vec<Enrolment> =
            serde_json::from_value(self.document["enrolled"].clone()).unwrap_or_default();
        if enrolled.is_empty() {
            return Ok(Answer::NotSent);
        }
        let people = self.caller.map.file.people.as_ref();
        if people.is_none_or(|people| people.stop.is_none()) {
            let named: Vec<&str> = enrolled.iter().map(|one| one.person.as_str()).collect();
            return Err(Answer::Refused(format!(
                "the tool offers no request that ends a sequence; end it there for {}",
                named.join(", ")
            )));
        }
        for one in &enrolled {
            let mut document = self.document.clone();
            document["enrolment"] = json!(one);
            match self.caller.change(What::Stop, &document) {
                // The person, or the sequence, is gone.
                Ok(_) => {}
                // Again is harmless.
                Err(Answer::Unknown(setback)) => return Err(Answer::Later(Setback { ..setback })),
                Err(other) => return Err(other),
            }
        }
        Ok(Answer::Confirmed(None))
    }
}

/// Names a person at every tool alike, and shows no address; beside it by the tool's own id, as a source may name one
/// whose address it does not say.
fn digests(tool: &str, person: &Value) -> (Text, Text) {
    let tool = tool.split(',').next().unwrap_or(tool).trim().to_lowercase();
    let by_id = digest(&format!("{tool}:{}", shown(&person["id"])));
    let email = person["email"].as_str().filter(|email| email.contains('@'));
    (email.map_or_else(|| by_id.clone(), digest), by_id)
}
