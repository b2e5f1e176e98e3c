//! Whom to ask for, and the account's pages, in a decision.

use super::{borrow, own};
use crate::domain::account::decision::{Link, PersonaExplained, WrittenMessage};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct PersonaWire<'a> {
    #[serde(borrow)]
    titles: Vec<&'a str>,
    pain: &'a str,
    angle: &'a str,
    hires_for: Option<&'a str>,
    #[serde(borrow)]
    message: Option<MessageWire<'a>>,
}

#[derive(Serialize, Deserialize)]
struct MessageWire<'a> {
    subject: Option<&'a str>,
    opener: Option<&'a str>,
    talk_track: Option<&'a str>,
}

impl<'a> PersonaWire<'a> {
    pub(super) fn of(persona: &'a PersonaExplained) -> PersonaWire<'a> {
        PersonaWire {
            titles: borrow(&persona.titles),
            pain: &persona.pain,
            angle: &persona.angle,
            hires_for: persona.hires_for.as_deref(),
            message: persona.message.as_deref().map(|message| MessageWire {
                subject: message.subject.as_deref(),
                opener: message.opener.as_deref(),
                talk_track: message.talk_track.as_deref(),
            }),
        }
    }

    pub(super) fn persona(self) -> PersonaExplained {
        PersonaExplained {
            titles: own(self.titles),
            pain: self.pain.into(),
            angle: self.angle.into(),
            hires_for: self.hires_for.map(Into::into),
            message: self.message.map(|message| {
                Box::new(WrittenMessage {
                    subject: message.subject.map(Into::into),
                    opener: message.opener.map(Into::into),
                    talk_track: message.talk_track.map(Into::into),
                })
            }),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct LinkWire<'a> {
    name: &'a str,
    url: &'a str,
}

impl<'a> LinkWire<'a> {
    pub(super) fn of(link: &'a Link) -> LinkWire<'a> {
        LinkWire { name: &link.name, url: &link.url }
    }

    pub(super) fn link(self) -> Link {
        Link { name: self.name.into(), url: self.url.into() }
    }
}
