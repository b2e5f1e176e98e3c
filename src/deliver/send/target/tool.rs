//! A sales tool or a CRM, by a field map. Looking something up before the write changes nothing there, so that only
//! the write can leave a doubt; the map says what makes it harmless.

use super::people::People;
use super::{Answer, Attempt, Services, Setback, answered};
use crate::credentials::{Asked, Response};
use crate::deliver::address;
use crate::deliver::send::answer::pause_ms;
use crate::deliver::send::login::{self, Login};
use crate::deliver::tool::ask::Draft;
use crate::deliver::tool::file::Identity;
use crate::deliver::tool::program::{ToolMap, What};
use crate::deliver::tool::verdict::{Class, Verdict, class, remedy, shown};
use crate::desk::roster::tool::{OauthFile, Tool};
use crate::domain::Text;
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
    match Caller::of(attempt, tool).and_then(|caller| caller.write().map_err(|a| caller.hidden(a)))
    {
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

/// The tool's token as it is now.
pub(super) fn token_of(
    services: &Services,
    tool: &Tool,
    now_ms: i64,
) -> Result<Option<String>, Answer> {
    match (&tool.oauth, &tool.token) {
        (Some(oauth), _) => login::token(&of(services, oauth), tool.private, now_ms).map(Some),
        (None, Some(secret)) => services.needed(secret).map(Some),
        (None, None) => Ok(None),
    }
}

fn of<'a>(services: &'a Services, oauth: &'a OauthFile) -> Login<'a> {
    Login { http: &services.http, oauth, secret: services.secret(&oauth.client_secret) }
}

/// An answer ends what is done at once.
pub(super) type Done<T> = Result<T, Answer>;
/// How the tool names what is there, or why a person was left out.
pub(super) type Changed = Result<Option<Text>, String>;

pub(super) struct Caller<'a> {
    pub(super) attempt: &'a Attempt<'a>,
    tool: &'a Tool,
    pub(super) map: std::rc::Rc<ToolMap>,
    base: String,
    token: Option<String>,
    document: Value,
}

impl<'a> Caller<'a> {
    fn of(attempt: &'a Attempt<'a>, tool: &'a Tool) -> Done<Caller<'a>> {
        // People may publish another map: it is tried again.
        let broken = |why: String| Answer::Later(Setback::of(format!("map {}: {why}", tool.map)));
        let map = ToolMap::of(tool).map_err(|error| broken(error.0))?;
        let address = tool.address.as_ref().map(|secret| attempt.secret(secret)).transpose()?;
        let named = tool.url.as_deref().or(map.file.url.as_deref()).map(str::to_owned);
        let base = address.or(named).ok_or_else(|| broken("it needs a url".to_owned()))?;
        if address::flaw(&base, tool.private).is_some() {
            let why = "the address is not a public one that begins with https://";
            return Err(Answer::Later(Setback::of(why)));
        }
        let token = token_of(attempt.services, tool, attempt.now_ms)?;
        let document = map.document(tool, &attempt.call.action.body).map_err(Answer::Refused)?;
        Ok(Caller { attempt, tool, map, base, token, document })
    }

    fn write(&self) -> Done<Answer> {
        let call = self.attempt.call;
        let mut document = self.document.clone();
        for (at, look_up) in self.map.file.look_up.iter().enumerate() {
            let found = match self.map.look_up(at, &document).map_err(Answer::Refused)? {
                Some(draft) => self.found(at, &document, &draft)?,
                None => Value::Null,
            };
            if let (true, Some(missing)) = (found.is_null(), &look_up.missing) {
                return Err(Answer::Refused(missing.clone()));
            }
            document["found"][&look_up.name] = found;
        }
        if self.map.file.people.is_some() {
            return People { caller: self, document }.act();
        }
        if call.is_doubtful
            && let Some(draft) = self.map.read_back(&document).map_err(Answer::Refused)?
        {
            let response = self.read(&draft)?;
            if let Some(there) = self.map.is_there(&document, &response).map_err(Answer::Refused)? {
                return Ok(Answer::Confirmed(Some(shown(&there).into())));
            }
        }
        if call.is_cancelled {
            let is_last = pause_ms("tool", call.number, call.action.id, None).is_none();
            return match self.map.file.identity {
                Identity::ReadBack => Ok(Answer::NotSent),
                // The decision that overtakes it writes the same fields.
                Identity::Upsert if !is_last => Ok(Answer::NotSent),
                _ => Err(Answer::Refused(
                    "it was called off, and whether an earlier attempt was done is not known"
                        .to_owned(),
                )),
            };
        }
        let written = self.change(What::Write, &document)?;
        Ok(written.map_or(Answer::NotSent, |reference| Answer::Confirmed(reference.ok().flatten())))
    }

    /// Makes a request that changes something: how the tool names what is there, or why it is left out. None: there
    /// is nothing to write.
    pub(super) fn change(&self, what: What, document: &Value) -> Done<Option<Changed>> {
        let Some(draft) = self.map.write(what, document).map_err(Answer::Refused)? else {
            return Ok(None);
        };
        let response = self.send(&draft)?;
        self.judged(what, document, &response).map(Some)
    }

    fn judged(&self, what: What, document: &Value, response: &Response) -> Done<Changed> {
        let verdict = self.map.verdict(what, document, response).map_err(|why| {
            // It may have been done.
            Answer::Unknown(Setback::of(why))
        })?;
        let setback = |why: String| self.attempt.setback(response, why);
        Err(match (verdict, class(response.status)) {
            (Some(Verdict::Done(reference)), _) => return Ok(Ok(reference.map(Into::into))),
            (Some(Verdict::Skip(why)), _) => return Ok(Err(why)),
            (Some(Verdict::Again(why)), _) => Answer::Later(setback(why)),
            (Some(Verdict::Unknown(why)), _) => Answer::Unknown(setback(why)),
            (Some(Verdict::Refused(why)), _) => {
                Answer::Refused(format!("{why}{}", remedy(response.status)))
            }
            (None, Class::Done) => return Ok(Ok(None)),
            (None, Class::Limit) => Answer::Later(self.limit(response)),
            (None, Class::Again) => Answer::Later(setback(self.why(response))),
            (None, Class::Unknown) => Answer::Unknown(setback(self.why(response))),
            (None, Class::Refused) => Answer::Refused(self.why(response)),
        })
    }

    fn limit(&self, response: &Response) -> Setback {
        let asked = self.attempt.setback(response, self.why(response));
        let pause = i64::from(self.map.file.limit_pause_s) * 1_000;
        Setback { after_ms: asked.after_ms.or(Some(pause)), is_limit: true, ..asked }
    }

    fn found(&self, at: usize, document: &Value, draft: &Draft) -> Done<Value> {
        let response = self.read(draft)?;
        self.map.found(at, document, &response).map_err(Answer::Refused)
    }

    /// A request that changes nothing: whatever became of it, nothing was done.
    pub(super) fn read(&self, draft: &Draft) -> Done<Response> {
        let response = self.send(draft).map_err(|answer| match answer {
            Answer::Unknown(setback) => Answer::Later(setback),
            other => other,
        })?;
        match (class(response.status), response.status) {
            (Class::Done, _) | (_, 404) => Ok(response),
            (Class::Limit, _) => Err(Answer::Later(self.limit(&response))),
            (Class::Refused, _) => Err(Answer::Refused(self.why(&response))),
            _ => Err(Answer::Later(self.attempt.setback(&response, self.why(&response)))),
        }
    }

    fn send(&self, draft: &Draft) -> Done<Response> {
        let auth = &self.map.file.auth;
        let asked: Asked = draft
            .ready(&self.base, auth, self.token.as_deref(), self.tool.private)
            .map_err(Answer::Refused)?;
        let response = self.attempt.ask(&asked)?;
        if response.status == 401
            && let Some(oauth) = &self.tool.oauth
        {
            login::forget(&of(self.attempt.services, oauth));
        }
        Ok(response)
    }

    fn why(&self, response: &Response) -> String {
        format!("{}{}", answered(response), remedy(response.status))
    }

    /// The same without a secret, should an answer repeat one.
    fn hidden(&self, answer: Answer) -> Answer {
        let hide = |why: String| {
            let secrets = [self.token.as_deref(), self.tool.address.as_ref().map(|_| &*self.base)];
            secrets.into_iter().flatten().fold(why, |why, secret| why.replace(secret, "(secret)"))
        };
        match answer {
            Answer::Refused(why) => Answer::Refused(hide(why)),
            Answer::Later(setback) => Answer::Later(Setback { why: hide(setback.why), ..setback }),
            Answer::Unknown(setback) => {
                Answer::Unknown(Setback { why: hide(setback.why), ..setback })
            }
            other => other,
        }
    }
}

/// What a test of a destination sends.
impl Services {
    pub(in crate::deliver) fn probe(&self, call: &super::Call, tool: &Tool, now_ms: i64) -> Answer {
        let began = std::time::Instant::now();
        probe(&Attempt { services: self, call, began, now_ms }, tool)
    }
}
