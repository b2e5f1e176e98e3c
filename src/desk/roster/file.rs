//! The shape of a roster file; every doc comment here is the reference of its key. Unknown keys are
//! refused everywhere, so that a misspelt one is never silently ignored.

pub use super::secret::SecretRef;
use super::tool::{SyncFile, ToolFile};
use crate::domain::Text;
use crate::domain::profile::Weekday;
use crate::domain::terms::term::Term;
use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who works, when, and which places take decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterFile {
    /// The time zone of the digest, and of people and destinations that name none: an IANA name, such as
    /// `America/New_York`.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// The page of an account in your console, with `{account}` in the place of its key
    /// (`https://buymode.example.com/v1/accounts/{account}`). Left out: messages have no such link.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub console_url: Option<Text>,
    /// Working hours of people who name none.
    #[serde(default)]
    pub hours: HoursFile,
    /// Holidays by the name of a calendar.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<NaiveDate>>")]
    pub calendars: BTreeMap<Text, Vec<NaiveDate>>,
    /// Everyone who takes care of accounts.
    #[serde(default)]
    pub people: Vec<PersonFile>,
    /// Groups of people. A team for certain tiers comes before one for certain territories, and that one
    /// before a team for all; within a team the person with the most capacity left is chosen.
    #[serde(default)]
    pub teams: Vec<TeamFile>,
    /// Places that take decisions.
    pub destinations: Vec<DestinationFile>,
    /// A person or team that takes on what is over the capacity of the others. Left out: it goes into the
    /// digest.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub fallback: Option<Text>,
    /// Who hears of an account that was not claimed by its deadline. Needed where a destination is for people;
    /// left out where all are for programs (`webhook`, `tool`).
    #[serde(default)]
    pub escalation: Option<EscalationFile>,
    /// The message that gathers what interrupts no one. Needed where a destination is for people.
    #[serde(default)]
    pub digest: Option<DigestFile>,
    /// The overview of the week: every open account, ranked, grouped by owner, and what changed since the
    /// last one. Left out: there is none.
    #[serde(default)]
    pub weekly: Option<WeeklyFile>,
    /// The destination that hears of a profile that is published or rolled back: a channel or a list. Left
    /// out: that of the digest.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub profile_changes: Option<Text>,
    /// CRMs that show the standing of every account (`buymode deliver sync`).
    #[serde(default)]
    pub sync: Vec<SyncFile>,
    /// Field maps of tools by name, each the text of a file. `buymode deliver publish` puts those in that lie
    /// beside the roster as NAME.yaml.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub maps: BTreeMap<Text, String>,
}

/// Working hours: days of the week, and hours of the day in the time zone of whom they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HoursFile {
    /// Working days.
    pub days: Vec<Weekday>,
    /// Hour at which the day begins, 0 to 23.
    pub from_hour: u8,
    /// Hour at which the day ends, 1 to 24.
    pub to_hour: u8,
}

impl Default for HoursFile {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        HoursFile { days: vec![Mon, Tue, Wed, Thu, Fri], from_hour: 9, to_hour: 17 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonFile {
    /// A short name: lower-case letters, digits, hyphens. Other keys refer to it.
    #[schemars(with = "String")]
    pub name: Text,
    /// How messages name the person. Left out: the short name.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub shown: Option<Text>,
    /// How the CRM writes this person as an account's owner, besides the short name, the shown name and
    /// the e-mail address.
    #[serde(default)]
    pub owner_names: Vec<Term>,
    /// E-mail address.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub email: Option<Text>,
    /// Slack's id of the member, such as `U012AB3CD`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub slack: Option<Text>,
    /// Left out: the roster's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub zone: Option<Tz>,
    /// Left out: the roster's.
    #[serde(default)]
    pub hours: Option<HoursFile>,
    /// The name of a calendar of holidays.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub holidays: Option<Text>,
    /// When the person is away.
    #[serde(default)]
    pub absences: Vec<AbsenceFile>,
    /// New accounts a day, at most (1 to 1000).
    #[serde(default = "a_day")]
    pub a_day: u16,
}

fn a_day() -> u16 {
    8
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceFile {
    /// The first day away.
    pub from: NaiveDate,
    /// The last day away.
    pub until: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamFile {
    /// A short name: lower-case letters, digits, hyphens.
    #[schemars(with = "String")]
    pub name: Text,
    /// Short names of people.
    #[schemars(with = "Vec<String>")]
    pub members: Vec<Text>,
    /// Tiers that are theirs (1, 2, 3). Left out: every tier.
    #[serde(default)]
    pub tiers: Vec<u8>,
    /// Territories that are theirs, as the CRM names them. Left out: every territory.
    #[serde(default)]
    pub territories: Vec<Term>,
}

/// One place. Exactly one of `slack`, `slack_webhook`, `teams`, `email`, `webhook` and `tool` says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationFile {
    /// A short name: lower-case letters, digits, hyphens.
    #[schemars(with = "String")]
    pub name: Text,
    /// Routes whose decisions go there; `ae` is the topic `sequencer.ae`.
    #[schemars(with = "Vec<String>")]
    pub routes: Vec<Text>,
    /// Hours outside of which a channel or list is left in peace: messages wait for the next morning, but
    /// never past a deadline. Left out: it takes messages at any time.
    #[serde(default)]
    pub hours: Option<HoursFile>,
    /// The time zone of these hours. Left out: the roster's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub zone: Option<Tz>,
    /// Slack, as a bot.
    #[serde(default)]
    pub slack: Option<SlackFile>,
    /// Slack, by incoming webhook: it can post, but not edit.
    #[serde(default)]
    pub slack_webhook: Option<AddressFile>,
    /// Microsoft Teams, by the address of a workflow: it can post, but not edit.
    #[serde(default)]
    pub teams: Option<AddressFile>,
    /// E-mail.
    #[serde(default)]
    pub email: Option<EmailFile>,
    /// Any program, by a signed request.
    #[serde(default)]
    pub webhook: Option<WebhookFile>,
    /// A sales tool or a CRM, by a field map.
    #[serde(default)]
    pub tool: Option<ToolFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackFile {
    /// The bot's token.
    pub token: SecretRef,
    /// The channel's id, such as `C012AB3CD`. Left out: each message goes to the person whom the account
    /// is assigned to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Text>,
    /// Messages have buttons: the Slack app's interactivity must lead to `buymode deliver` (its setting
    /// `deliver.words`).
    #[serde(default)]
    pub buttons: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressFile {
    /// The whole address. Who knows it can post there, so it is a secret.
    pub url: SecretRef,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailFile {
    /// The mail server, host:port.
    #[schemars(with = "String")]
    pub server: Text,
    /// The sender's address.
    #[schemars(with = "String")]
    pub from: Text,
    /// Addresses of a list. Left out: each message goes to the person whom the account is assigned to.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub to: Vec<Text>,
    /// Login, where the server asks for one; with `password`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub username: Option<Text>,
    #[serde(default)]
    pub password: Option<SecretRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookFile {
    /// Where requests go, `https`.
    #[schemars(with = "String")]
    pub url: Text,
    /// The signing secret of Standard Webhooks, `whsec_…`.
    pub secret: SecretRef,
    /// Whether the address may be on a private network, and `http`.
    #[serde(default)]
    pub private: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationFile {
    /// Short names of people, in order: the first who works then and has capacity left hears of it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub people: Vec<Text>,
    /// The destination that hears of it where none of them can, one that several people read: `slack` with a
    /// channel, `slack_webhook`, `teams`, or `email` with `to`.
    #[schemars(with = "String")]
    pub channel: Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DigestFile {
    /// The destination, one that several people read: `slack` with a channel, `slack_webhook`, `teams`, or
    /// `email` with `to`.
    #[schemars(with = "String")]
    pub destination: Text,
    /// Days on which it goes out; one day makes it weekly.
    #[serde(default = "weekdays")]
    pub days: Vec<Weekday>,
    /// The hour at which it goes out (0 to 23).
    #[serde(default = "morning")]
    pub hour: u8,
    /// Routes whose decisions go into it.
    #[serde(default = "digest_routes")]
    #[schemars(with = "Vec<String>")]
    pub routes: Vec<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyFile {
    /// The destination: a channel or a list. Left out: that of the digest.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub destination: Option<Text>,
    /// The day on which it goes out.
    #[serde(default = "monday")]
    pub day: Weekday,
    /// The hour at which it goes out (0 to 23).
    #[serde(default = "morning")]
    pub hour: u8,
}

fn monday() -> Weekday {
    Weekday::Mon
}

fn weekdays() -> Vec<Weekday> {
    HoursFile::default().days
}

fn morning() -> u8 {
    8
}

fn digest_routes() -> Vec<Text> {
    vec![Text::const_new("digest")]
}
