//! One attempt at a tool: its map, its login, and the requests that the map makes.

use super::secrets::Secrets;
use super::{Answer, Attempt, Services, Setback, answered};
use crate::credentials::{Asked, Response};
use crate::deliver::address;
use crate::deliver::send::login::{self, Login};
use crate::deliver::tool::ask::Draft;
use crate::deliver::tool::program::{ToolMap, What};
use crate::deliver::tool::verdict::{Class, Verdict, class, remedy};
use crate::desk::roster::tool::{OauthFile, Tool};
use crate::domain::Text;
use serde_json::Value;

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
    pub(super) tool: &'a Tool,
    pub(super) map: std::rc::Rc<ToolMap>,
    base: String,
    token: Option<String>,
    secrets: Secrets,
    pub(super) document: Value,
}

impl<'a> Caller<'a> {
    pub(super) fn of(attempt: &'a Attempt<'a>, tool: &'a Tool) -> Done<Caller<'a>> {
        // People may publish another map: it is tried again.
        let broken = |why: String| Answer::Later(Setback::of(format!("map {}: {why}", tool.map)));
        let map = ToolMap::of(tool).map_err(|error| broken(error.0))?;
        let address = tool.address.as_ref().map(|secret| attempt.secret(secret)).transpose()?;
        let secret_address = address.clone();
        let named = tool.url.as_deref().or(map.file.url.as_deref()).map(str::to_owned);
        let base = address.or(named).ok_or_else(|| broken("it needs a url".to_owned()))?;
        if address::flaw(&base, tool.private).is_some() {
            let why = "the address is not a public one that begins with https://";
            return Err(Answer::Later(Setback::of(why)));
        }
        let token = token_of(attempt.services, tool, attempt.now_ms)?;
        let document = map.document(tool, &attempt.call.action.body).map_err(Answer::Refused)?;
        let secrets = Secrets::of(token.as_deref(), secret_address.as_deref());
        Ok(Caller { attempt, tool, map, base, token, secrets, document })
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
        let is_read = self.map.reads_answers(what);
        let in_doubt = || {
            let why = "the answer cannot be read: whether it was done is not known";
            Answer::Unknown(self.attempt.setback(response, why))
        };
        if class(response.status) == Class::Done && is_read && !is_json(response) {
            return Err(in_doubt());
        }
        let verdict = self.map.verdict(what, document, response).map_err(|why| {
            // It may have been done.
            Answer::Unknown(Setback::of(why))
        })?;
        let setback = |why: String| self.attempt.setback(response, why);
        Err(match (verdict, class(response.status)) {
            (Some(Verdict::Done(reference)), _) => return Ok(Ok(reference.map(Into::into))),
            // What it cannot say may be that an earlier attempt was done.
            (Some(Verdict::Refused(_) | Verdict::Skip(_)) | None, Class::Refused)
                if is_read && says_nothing(response) && self.attempt.call.is_doubtful =>
            {
                in_doubt()
            }
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

    pub(super) fn found(&self, at: usize, document: &Value, draft: &Draft) -> Done<Value> {
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
            // A page of something in between says nothing about what is there.
            (Class::Done, _) if !is_json(&response) => {
                Err(Answer::Later(self.attempt.setback(&response, "the answer is not JSON")))
            }
            (Class::Done, _) | (_, 404) => Ok(response),
            (Class::Limit, _) => Err(Answer::Later(self.limit(&response))),
            (Class::Refused, _) => Err(Answer::Refused(self.why(&response))),
            _ => Err(Answer::Later(self.attempt.setback(&response, self.why(&response)))),
        }
    }

    pub(super) fn send(&self, draft: &Draft) -> Done<Response> {
        let auth = &self.map.file.auth;
        let asked: Asked = draft
            .ready(&self.base, auth, self.token.as_deref(), self.tool.private)
            .map_err(Answer::Refused)?;
        let response = self.secrets.scrub(self.attempt.ask(&asked)?);
        if response.status == 401
            && let Some(oauth) = &self.tool.oauth
        {
            login::forget(&of(self.attempt.services, oauth));
        }
        Ok(response)
    }

    pub(super) fn why(&self, response: &Response) -> String {
        format!("{}{}", answered(response), remedy(response.status))
    }

    /// The same without a secret, should an answer repeat one.
    pub(super) fn hidden(&self, answer: Answer) -> Answer {
        let hide = |why: String| self.secrets.hide(why);
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

/// Whether an answer can be read; one without content says all by its status.
fn says_nothing(response: &Response) -> bool {
    response.body.is_empty() || !is_json(response)
}

pub(super) fn is_json(response: &Response) -> bool {
    response.body.is_empty() || serde_json::from_slice::<Value>(&response.body).is_ok()
}
