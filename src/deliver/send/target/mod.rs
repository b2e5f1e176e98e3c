//! The services: one attempt each, with what its answer means.

pub mod batch;
mod caller;
mod hook;
#[cfg(feature = "mail")]
mod mail;
mod people;
mod program;
mod secrets;
mod slack;
mod tool;

use super::Call;
use super::answer::{Answer, Setback};
use super::part::LEASE_MS;
use super::retry_after::after_ms;
use crate::config::whole_text;
use crate::credentials::{Asked, Fault, Http, REQUEST_MAX, Request, Response};
use crate::deliver::links::Links;
use crate::desk::roster::Target;
use crate::desk::roster::file::SecretRef;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LEASE: Duration = Duration::from_millis(LEASE_MS.unsigned_abs());

/// What attempts need.
#[derive(Clone)]
pub struct Services {
    pub http: Arc<dyn Http>,
    /// The folder of files with secrets.
    pub secrets: PathBuf,
    /// The value of an environment variable.
    pub variable: fn(&str) -> Option<String>,
    /// Where the methods of Slack's Web API are, without a slash at the end.
    pub slack_api: String,
    /// Makes links for messages without buttons.
    pub links: Option<Links>,
    /// Whether a person has opted out, by their digest, as the desk knows it now; none where no desk is followed.
    pub opted_out: Option<OptedOut>,
}

/// None: the desk has not been read yet.
pub type OptedOut = Arc<dyn Fn(&str) -> Option<bool> + Send + Sync>;

impl Services {
    /// A secret as it is now, where it is there.
    pub fn secret(&self, secret: &SecretRef) -> Option<String> {
        let value = match secret {
            SecretRef::Env(name) => (self.variable)(name),
            SecretRef::File(path) => whole_text(&self.secrets.join(path)).ok(),
        };
        value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The same; the error names its place alone.
    fn needed(&self, secret: &SecretRef) -> Result<String, Answer> {
        let place = match secret {
            SecretRef::Env(name) => format!("the variable {name}"),
            SecretRef::File(path) => format!("the file {}", self.secrets.join(path).display()),
        };
        let missing = || Answer::Later(Setback::of(format!("{place} holds no secret")));
        self.secret(secret).ok_or_else(missing)
    }

    /// Makes an attempt, which began at this instant.
    pub fn call(&self, call: &Call, began: Instant, now_ms: i64) -> Answer {
        let target = match serde_json::from_str(&call.action.target) {
            Ok(target) => target,
            Err(error) => return Answer::Refused(format!("the target cannot be read: {error}")),
        };
        let attempt = Attempt { services: self, call, began, now_ms };
        match &target {
            Target::Slack { token, channel, .. } => {
                slack::call(&attempt, token, channel.as_deref())
            }
            Target::SlackWebhook { url } | Target::Teams { url } => hook::call(&attempt, url),
            Target::Webhook { url, secret, private } => {
                program::call(&attempt, url, secret, *private)
            }
            #[cfg(feature = "mail")]
            Target::Email(email) => mail::call(&attempt, email),
            #[cfg(not(feature = "mail"))]
            Target::Email(_) => {
                Answer::Refused("this program was built without e-mail (feature `mail`)".to_owned())
            }
            Target::Tool(tool) => tool::call(&attempt, tool),
        }
    }
}

/// One attempt, under way.
struct Attempt<'a> {
    services: &'a Services,
    call: &'a Call,
    began: Instant,
    now_ms: i64,
}

impl Attempt<'_> {
    /// A secret as it is now; it is not kept. The error names its place alone.
    fn secret(&self, secret: &SecretRef) -> Result<String, Answer> {
        self.services.needed(secret)
    }

    /// Nothing is sent that might not be over before the attempt's lease is: another sender may act then.
    fn late(&self) -> Option<Answer> {
        let why = "too much of the lease had passed before the request";
        let late = || Answer::Later(Setback { is_late: true, ..Setback::of(why) });
        (self.began.elapsed() + REQUEST_MAX > LEASE).then(late)
    }

    fn send(&self, request: &Request) -> Result<Response, Answer> {
        if let Some(late) = self.late() {
            return Err(late);
        }
        self.services.http.send(request).map_err(failed)
    }

    /// The same by any method.
    fn ask(&self, asked: &Asked) -> Result<Response, Answer> {
        if let Some(late) = self.late() {
            return Err(late);
        }
        self.services.http.ask(asked).map_err(failed)
    }

    /// Why an answer is none that was hoped for, with what it says about another attempt.
    fn setback(&self, response: &Response, why: impl Into<String>) -> Setback {
        let asked = ["retry-after", "x-ratelimit-reset", "ratelimit-reset"];
        let asked = asked.iter().filter_map(|name| response.header(name));
        let after_ms = asked.filter_map(|text| after_ms(text, self.now_ms)).next();
        let is_limit = matches!(response.status, 429 | 502 | 503 | 504);
        Setback { why: why.into(), after_ms, is_limit, is_late: false }
    }
}

fn failed(fault: Fault) -> Answer {
    match fault {
        Fault::NotSent(why) => Answer::Later(Setback::of(why)),
        Fault::Unknown(why) => Answer::Unknown(Setback::of(why)),
    }
}

/// `answered 503`, with the beginning of what it says where that is plain text.
fn answered(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let is_plain =
        !text.contains('<') && text.chars().all(|c| !c.is_control() || c.is_whitespace());
    let words: Vec<&str> = text.split_whitespace().collect();
    let said: String = words.join(" ").chars().take(100).collect();
    match is_plain && !said.is_empty() {
        true => format!("answered {}: {said}", response.status),
        false => format!("answered {}", response.status),
    }
}
