//! `templates`: what people say to a prospect, made of the evidence. A decision carries the texts; no one
//! sends them but people.
//!
//! [`names`] lists the variables; [`text`] reads, checks and renders a template. A sentence whose variable
//! is unknown is left out, so that a text never has a hole.

pub mod names;
mod pieces;
pub mod text;

use super::Value;
use crate::domain::Text;
use names::Values;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Texts for people to send or to say, with variables such as `{{ company }}`. A sentence whose variable is
/// unknown is left out. Between `{% if job %}` and `{% endif %}`, also with `{% elif funding %}` and
/// `{% else %}`, stands what is said only where that is known. `buymode icp render` shows examples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Templates {
    /// The subject of a first message; one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub subject: Option<Text>,
    /// What a first message begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub opener: Option<Text>,
    /// What to say on the phone, a line a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub talk_track: Option<Text>,
}

/// What a template is for; each has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Subject,
    Opener,
    TalkTrack,
}

impl Part {
    pub const ALL: [Part; 3] = [Part::Subject, Part::Opener, Part::TalkTrack];

    /// The key in a profile.
    pub fn key(self) -> &'static str {
        match self {
            Part::Subject => "subject",
            Part::Opener => "opener",
            Part::TalkTrack => "talk_track",
        }
    }

    /// Characters of a rendered text: whole sentences beyond these are left out.
    fn chars_max(self) -> usize {
        match self {
            Part::Subject => 120,
            Part::Opener => 800,
            Part::TalkTrack => 1_600,
        }
    }
}

impl Templates {
    pub fn is_empty(&self) -> bool {
        *self == Templates::default()
    }

    pub fn of(&self, part: Part) -> Option<&Text> {
        match part {
            Part::Subject => self.subject.as_ref(),
            Part::Opener => self.opener.as_ref(),
            Part::TalkTrack => self.talk_track.as_ref(),
        }
    }

    /// Each key of these, and of `other` where these lack it.
    #[must_use]
    pub fn or(&self, other: &Templates) -> Templates {
        let pick = |part| self.of(part).or_else(|| other.of(part)).cloned();
        Templates {
            subject: pick(Part::Subject),
            opener: pick(Part::Opener),
            talk_track: pick(Part::TalkTrack),
        }
    }

    /// The text of one part. `None` without a template, or where nothing of it can be said.
    pub fn render(&self, part: Part, values: &Values) -> Option<Text> {
        let text = text::render(self.of(part)?, values, part.chars_max());
        let text = if part == Part::Subject { text.replace('\n', " ") } else { text };
        (!text.is_empty()).then(|| text.into())
    }
}

impl Value {
    /// All templates, with their places below `value`.
    pub fn templates(&self) -> impl Iterator<Item = (String, &Templates)> {
        let own = std::iter::once(("templates".to_owned(), &self.templates));
        let angles = self.angles.iter().enumerate();
        let angles =
            angles.map(|(at, angle)| (format!("angles[{at}].templates"), &angle.templates));
        let personas = self.personas.iter().enumerate();
        let personas =
            personas.map(|(at, persona)| (format!("personas[{at}].templates"), &persona.templates));
        own.chain(angles).chain(personas).filter(|(_, templates)| !templates.is_empty())
    }
}
