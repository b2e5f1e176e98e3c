//! E-mail by a server of the team's own. A message's id follows from its action, so that readers of mail show
//! one that comes twice once. Whether it was read is not known.
//!
//! The connection is encrypted: from the beginning on port 465, else by STARTTLS, which the server must offer;
//! a server on this machine may do without.

use super::{Answer, Attempt};
use crate::deliver::links::mail;
use crate::deliver::send::answer::Setback;
use crate::desk::roster::file::EmailFile;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use serde::Deserialize;
use std::error::Error as _;
use std::time::Duration;

/// For each step of the exchange: all of them end before the lease does.
const STEP_MAX: Duration = Duration::from_secs(5);
const TLS_FROM_THE_BEGINNING: u16 = 465;

/// As `message::email` makes it.
#[derive(Deserialize)]
struct Body {
    subject: String,
    text: String,
    html: String,
}

/// Says that no person wrote it, so that none is answered by a machine.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

pub(super) fn call(attempt: &Attempt<'_>, email: &EmailFile) -> Answer {
    if attempt.call.is_cancelled {
        return Answer::NotSent;
    }
    if let Some(late) = attempt.late() {
        return late;
    }
    let sent = message(attempt, email).and_then(|message| {
        let transport = transport(attempt, email)?;
        transport.send(&message).map_err(|error| failed(&error))
    });
    sent.map_or_else(|answer| answer, |_| Answer::Accepted)
}

fn message(attempt: &Attempt<'_>, email: &EmailFile) -> Result<Message, Answer> {
    let action = &attempt.call.action;
    let refused = |why: &str| Answer::Refused(why.to_owned());
    let body: Body = serde_json::from_str(&mail(&action.body, attempt.services.links.as_ref()))
        .map_err(|_| refused("the message cannot be read"))?;
    let address = |text: &str| {
        text.parse::<Mailbox>().map_err(|_| Answer::Refused(format!("invalid address {text:?}")))
    };
    let host = email.from.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let mut builder = Message::builder()
        .from(address(&email.from)?)
        .subject(body.subject)
        .message_id(Some(format!("<{}@{host}>", action.id)))
        .header(AutoSubmitted);
    let person = action.to.as_deref();
    let to: Vec<&str> = match email.to.is_empty() {
        true => person.into_iter().collect(),
        false => email.to.iter().map(|to| to.as_str()).collect(),
    };
    if to.is_empty() {
        return Err(refused("the person has no e-mail address"));
    }
    for to in to {
        builder = builder.to(address(to)?);
    }
    let parts = MultiPart::alternative_plain_html(body.text, body.html);
    builder.multipart(parts).map_err(|_| refused("the message cannot be written"))
}

fn transport(attempt: &Attempt<'_>, email: &EmailFile) -> Result<SmtpTransport, Answer> {
    let place = email.server.rsplit_once(':');
    let place = place.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let (host, port) =
        place.ok_or_else(|| Answer::Refused(format!("invalid server {:?}", email.server)))?;
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let builder = match port {
        _ if is_here => Ok(SmtpTransport::builder_dangerous(host)),
        TLS_FROM_THE_BEGINNING => SmtpTransport::relay(host),
        _ => SmtpTransport::starttls_relay(host),
    };
    let mut builder = builder.map_err(|error| failed(&error))?.port(port).timeout(Some(STEP_MAX));
    if let (Some(username), Some(password)) = (&email.username, &email.password) {
        let password = attempt.secret(password)?;
        builder = builder.credentials(Credentials::new(username.to_string(), password));
    }
    Ok(builder.build())
}

/// What the server says may repeat what it was sent: its code is enough, and the words of others.
fn failed(error: &Error) -> Answer {
    if let Some(code) = error.status() {
        let why = format!("the mail server answered {code}");
        return match error.is_permanent() {
            true => Answer::Refused(why),
            false => Answer::Later(Setback::of(why)),
        };
    }
    let why = error.source().map_or_else(|| "no answer".to_owned(), ToString::to_string);
    let why: String = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = why.chars().take(200).collect::<String>();
    Answer::Unknown(Setback::of(format!("the mail server: {why}")))
}
