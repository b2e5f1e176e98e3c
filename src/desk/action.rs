//! What follows at the desk: actions for senders. Each carries all that its message needs.

use super::ids::{ActionId, CaseId, DestinationId, PersonId, Reference, ThreadId, WordId};
use super::past::Past;
use super::people::Enrolment;
use super::record::Verdict;
use super::roster::Roster;
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::domain::account::outbox::ProfileChange;
use crate::domain::evidence::signal::SignalId;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::OutcomeKind;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use strum::Display;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub id: ActionId,
    /// The log's time when it was decided.
    pub at: Timestamp,
    /// In order within it and a destination; none of a digest.
    pub account: Option<AccountKey>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A new message.
    Post { destination: DestinationId, thread: ThreadId, to: Recipient, notice: Notice },
    /// The message that is there, as it should read now.
    Edit { destination: DestinationId, thread: ThreadId, of: Reference, notice: Notice },
    /// A line below a message that is there.
    Reply { destination: DestinationId, thread: ThreadId, of: Reference, reply: Reply },
    /// All that has gathered, ranked; `more`: entries that are not carried.
    Digest {
        destination: DestinationId,
        roster: Arc<Roster>,
        items: Vec<DigestItem>,
        more: usize,
        /// None: it is the first.
        changes: Option<Box<Changes>>,
    },
    /// The overview of the week.
    Week { destination: DestinationId, roster: Arc<Roster>, week: Box<Week> },
    /// Accounts are scored by another profile.
    Change { destination: DestinationId, roster: Arc<Roster>, change: Arc<ProfileChange> },
    /// At a tool: these people's enrolments end, without a decision.
    Stop { destination: DestinationId, product: Text, people: Vec<Enrolment> },
    /// An action that was decided, but should not be sent any more.
    Cancel { destination: DestinationId, action: ActionId },
    /// In a shared place: another destination takes nothing more.
    Alarm { destination: DestinationId, about: DestinationId, why: Text },
    /// To a sender: a destination that was disabled is tried again.
    Resume { destination: DestinationId },
    /// To a sender: what it holds back may be sent now.
    Mark { domain: Text, token: Text },
    /// To the person whose word changed nothing.
    Answer { word: WordId, person: PersonId, refusal: Refusal },
    /// To the account's fold: what a person said.
    Inform(Inform),
}

/// An input that follows from a person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inform {
    /// The input's own id, which follows from the word's.
    pub id: SignalId,
    pub product: Text,
    pub person: PersonId,
    pub what: Informed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Informed {
    Outcome {
        kind: OutcomeKind,
        reason: Option<Text>,
        until: Option<NaiveDate>,
    },
    /// On or off the list of those who must not be contacted; `stated_on`: when a person said it first.
    DoNotContact {
        active: bool,
        stated_on: Timestamp,
    },
    /// On that list, since someone there has opted out at a tool, which has the name of its destination: no person's
    /// word, so that none takes it back.
    OptedOut {
        at: Timestamp,
    },
    Retraction {
        of: SignalId,
    },
}

impl What {
    pub fn destination(&self) -> Option<&DestinationId> {
        match self {
            What::Post { destination, .. }
            | What::Edit { destination, .. }
            | What::Reply { destination, .. }
            | What::Digest { destination, .. }
            | What::Week { destination, .. }
            | What::Change { destination, .. }
            | What::Alarm { destination, .. }
            | What::Resume { destination }
            | What::Stop { destination, .. }
            | What::Cancel { destination, .. } => Some(destination),
            What::Mark { .. } | What::Answer { .. } | What::Inform(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Recipient {
    Person(PersonId),
    /// The channel, list or program that the destination names.
    Place,
}

/// What a message is about, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The names of people, and the time zone of whom it is for.
    pub roster: Arc<Roster>,
    /// The account's cases, the first one that was announced first; never empty.
    pub cases: Vec<CaseView>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseView {
    pub id: CaseId,
    /// The latest that the message is about.
    pub decision: Arc<Decision>,
    pub assignment: Option<Assignment>,
    pub standing: Standing,
    /// The word that holds, or did when the case ended.
    pub said: Option<SaidBy>,
    /// Words that were heard so far: with each the message is another one.
    pub heard: usize,
    /// Its deadline has passed, and no one has claimed it.
    pub is_late: bool,
    /// How the last case of this account and product ended.
    pub before: Option<Past>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidBy {
    pub word: WordId,
    pub by: PersonId,
    pub verdict: Verdict,
}

/// How a case stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Said {
        by: PersonId,
        at: Timestamp,
        verdict: Verdict,
    },
    /// It ended, by this decision.
    Ended(Arc<Decision>),
}

/// Who takes care of a case, and why this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub person: PersonId,
    pub because: Because,
    /// People who came first, and why it was not them.
    pub skipped: Vec<(PersonId, Skip)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Because {
    Owner,
    /// The team's turn: the one with the most capacity left.
    Team {
        team: Text,
        free: u16,
    },
    Fallback {
        free: u16,
    },
    /// The deadline passed, or could be met by none of the others.
    Escalation,
    /// Another case of the same account is theirs.
    SameAccount,
}

/// Why a person was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Skip {
    /// Away until and with this day.
    Away(chrono::NaiveDate),
    /// Begins to work after the deadline.
    AfterDeadline,
    /// At the cap of that day.
    AtCap(u16),
    /// Works at no time that is in sight.
    Never,
    /// Does not work now.
    OffHours,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The arithmetic of a decision.
    Sum(Arc<Decision>),
    /// New evidence.
    News(Arc<Decision>),
    /// Half of the time is over.
    Reminder { deadline: Timestamp, person: Option<PersonId> },
    /// The deadline has passed.
    Escalated { deadline: Timestamp, from: Option<PersonId>, to: Option<PersonId> },
    /// A snooze is over.
    Again { person: PersonId },
}

/// One line of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestItem<D = Arc<Decision>> {
    pub decision: D,
    pub why: Gathered,
    pub person: Option<PersonId>,
}

/// What changed at the desk since the last digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    pub since: Timestamp,
    /// Accounts that entered, or asked, and are open.
    pub new: usize,
    /// Of the digest's entries, those of a better tier than before, and of a worse one.
    pub tier_up: usize,
    pub tier_down: usize,
    /// What someone has answered, the latest first.
    pub taken: Vec<CaseView>,
    pub more_taken: usize,
    /// What ended: an account, a product, and how.
    pub ended: Vec<(AccountKey, Text, Past)>,
    pub more_ended: usize,
}

/// Open accounts, and what changed since the last overview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// None: it is the first.
    pub since: Option<Timestamp>,
    /// The highest rank first.
    pub open: Vec<CaseView>,
    /// Open ones that are not carried.
    pub more: usize,
    /// What ended since the last one: an account, a product, and how.
    pub ended: Vec<(AccountKey, Text, Past)>,
    pub more_ended: usize,
}

/// Why a decision goes into the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display)]
#[strum(serialize_all = "snake_case")]
pub enum Gathered {
    /// Everyone who could take it on is at their cap.
    OverCapacity,
    /// No one who could take it on works in time.
    NoOneThere,
    /// A first publish or a first load brought it.
    Baseline,
    /// Its route is one of the digest.
    Route,
    TierChanged,
    /// It is news of an account that the destination's messages cannot be changed for.
    Update,
    /// It was decided more than a day before it was read.
    Old,
    /// Too many messages wait for the destination already.
    Crowded,
}

/// Why a word changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another word was first.
    TooLate { by: PersonId, at: Timestamp, verdict: Verdict },
    /// The case has ended, or never was.
    NotOpen,
    /// The person is not in the roster.
    Unknown,
    /// The word that is to be taken back does not hold, or is someone else's.
    NothingToTakeBack,
    /// What followed from the word cannot be undone any more.
    Final,
}
