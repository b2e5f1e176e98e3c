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
        let people = self.open(people, &out, &mut reached)?;
        for person in &people {
            if reached.enrolled.len() >= most {
                break;
            }
            match self.one(person, &mut reached) {
                Ok(()) => {}
                // One who is refused keeps out no other.
                Err(Answer::Refused(why)) => leave_out(&mut reached, why),
                Err(Answer::Later(setback) | Answer::Unknown(setback))
                    if !can_look && !reached.enrolled.is_empty() =>
                {
                    // Another attempt would put in twice those who are there.
                    leave_out(&mut reached, format!("was put in, or was not: {}", setback.why));
                    break;
                }
                // Those who are in are known, and the ledger names them at once: a tool that is so slow would leave no
                // time at the next attempt either.
                Err(Answer::Later(setback))
                    if setback.is_late && !call.is_doubtful && !reached.enrolled.is_empty() =>
                {
                    leave_out(&mut reached, setback.why);
                    break;
                }
                // They are looked for at the next attempt, also if it is called off.
                Err(Answer::Later(setback)) if !reached.enrolled.is_empty() => {
                    return Err(Answer::Unknown(setback));
                }
                Err(other) => return Err(other),
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

    /// Those whom nothing keeps out. All who are listed are looked at, so that no opt-out is missed, however many are
    /// wanted.
    fn open(
        &self,
        people: Vec<Value>,
        out: &BTreeSet<Text>,
        reached: &mut Reached,
    ) -> Done<Vec<Value>> {
        let mut open = Vec::new();
        for person in people {
            match self.kept_out(&person, out, reached)? {
                Some(why) => leave_out(reached, why),
                None => open.push(person),
            }
        }
        Ok(open)
    }

    /// Why a person may not be put in.
    fn kept_out(
        &self,
        person: &Value,
        out: &BTreeSet<Text>,
        reached: &mut Reached,
    ) -> Done<Option<String>> {
        let map = &self.caller.map;
        if person["id"].is_null() {
            return Ok(Some("the tool gives a person without an id".to_owned()));
        }
        let (who, by_id) = digests(&map.file.tool, person);
        let document = self.of(person);
        if let Some((why, opted_out)) = map.keeps_out(&document).map_err(Answer::Refused)? {
            if opted_out {
                reached.opted_out.insert(who);
            }
            return Ok(Some(why));
        }
        if self.is_out(out, &by_id)? {
            // By an id that other tools do not know: from now on by the address.
            reached.opted_out.insert(who);
            return Ok(Some("has opted out".to_owned()));
        }
        let elsewhere = || "has opted out at another tool".to_owned();
        Ok(self.is_out(out, &who)?.then(elsewhere))
    }

    fn of(&self, person: &Value) -> Value {
        let mut document = self.document.clone();
        document["person"] = person.clone();
        document
    }

    /// Puts one person in. Refused: why they are left out.
    fn one(&self, person: &Value, reached: &mut Reached) -> Done<()> {
        let (map, call) = (&self.caller.map, self.caller.attempt.call);
        let left_out = |why: &str| Err(Answer::Refused(why.to_owned()));
        let document = self.of(person);
        let (who, by_id) = digests(&map.file.tool, person);
        let enrolment = |id: Text| Enrolment {
            id,
            person: shown(&person["id"]).into(),
            who: Some(who.clone()),
            by_id: Some(by_id.clone()).filter(|by_id| *by_id != who),
            is_owed: false,
            since: Timestamp::default(),
        };
        if let Some(draft) = map.look(&document).map_err(Answer::Refused)? {
            let response = self.caller.read(&draft)?;
            if let Some(there) = map.seen(&document, &response).map_err(Answer::Refused)? {
                if self.is_ours(&there) {
                    reached.enrolled.push(enrolment(shown(&there["id"]).into()));
                    return Ok(());
                }
                return left_out("is in the sequence already");
            }
        }
        if self.caller.tool.opt_out_suppresses && !reached.opted_out.is_empty() {
            return left_out("someone of the account has opted out");
        }
        if call.is_cancelled {
            return left_out("it was called off");
        }
        match self.caller.change(What::Enrol, &document)? {
            Some(Ok(given)) => {
                let given = given.unwrap_or_else(|| shown(&person["id"]).into());
                reached.enrolled.push(enrolment(given));
                Ok(())
            }
            Some(Err(why)) => left_out(&why),
            None => left_out("the map puts them nowhere"),
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
        let mut left = Vec::new();
        for one in &enrolled {
            let mut document = self.document.clone();
            document["enrolment"] = json!(one);
            match self.end(document) {
                // The person, or the sequence, is gone.
                Ok(()) => {}
                // The others are still asked for.
                Err(Answer::Refused(why)) => left.push(format!("{}: {why}", one.person)),
                // Again is harmless.
                Err(Answer::Unknown(setback)) => return Err(Answer::Later(Setback { ..setback })),
                Err(other) => return Err(other),
            }
        }
        match left.is_empty() {
            true => Ok(Answer::Confirmed(None)),
            false => Err(Answer::Refused(format!(
                "{} of {} people are still in the sequence; end it there for {}",
                left.len(),
                enrolled.len(),
                left.join(", ")
            ))),
        }
    }

    /// Takes one person out.
    fn end(&self, mut document: Value) -> Done<()> {
        let map = &self.caller.map;
        if let Some(draft) = map.ask_again(&document).map_err(Answer::Refused)? {
            let response = self.caller.read(&draft)?;
            let person = map.known_again(&document, &response).map_err(Answer::Refused)?;
            if person.is_null() {
                return Ok(());
            }
            document["person"] = person;
        }
        self.caller.change(What::Stop, &document).map(drop)
    }
}

fn leave_out(reached: &mut Reached, why: String) {
    if reached.skipped.len() < REASONS_MAX {
        reached.skipped.push(why.into());
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
