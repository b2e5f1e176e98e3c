//! Where an account stands: whether its data is its own, with each product, and what suppresses it.

use crate::domain::Text;
use crate::domain::account::ids::decision_id;
use crate::domain::evidence::signal::SignalId;
use crate::domain::profile::Priority;
use crate::domain::score::fit::{Noted, Tier};
use crate::domain::score::intent::Round;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use crate::domain::terms::time::{Day, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// The account that has this one's data and decides about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The account itself.
    #[default]
    Own,
    /// The account is an alias: another one has its data, and gets its inputs.
    MovedTo {
        /// The account that has its data now, as far as this one was informed.
        to: AccountKey,
        /// The request that made it an alias.
        request: SignalId,
    },
    /// The alias was removed and the data is on its way back. Until it is here, the account buffers
    /// inputs and emits no decisions.
    AwaitingReturn(Box<Awaited>),
}

/// What an account keeps in mind until its data is back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// The account that has the data now, as far as this one was informed.
    pub holder: AccountKey,
    /// The undo that removed the alias.
    pub undo: SignalId,
    /// Suppression lists that the account was taken off meanwhile, with the day on which the last such
    /// lift was stated. Sorted.
    pub lifted: Vec<(SuppressionList, Day)>,
    /// The account to merge into once the data is back, and the request for it.
    pub next: Option<(AccountKey, SignalId)>,
}

impl Awaited {
    /// Notes that the account was taken off a list. Whether that says anything new.
    pub(super) fn lift(&mut self, list: SuppressionList, stated_on: Day) -> bool {
        match self.lifted.binary_search_by_key(&list, |(list, _)| *list) {
            Ok(at) => {
                let known = self.lifted[at].1;
                self.lifted[at].1 = known.max(stated_on);
                known < stated_on
            }
            Err(at) => {
                self.lifted.insert(at, (list, stated_on));
                true
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Suppression {
    /// Which list.
    pub list: SuppressionList,
    /// Why it is on it, as its source says.
    #[schemars(with = "Option<String>")]
    pub reason: Option<Text>,
    /// Whom sales names as its owner.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Text>,
    /// The first day that it holds.
    pub since: Day,
    /// The first day it no longer holds.
    pub until: Option<Day>,
    /// The day by which it was surely stated: what was stated earlier does not lift it.
    pub stated_on: Day,
}

/// The reason of a suppression that a person stated at the desk.
pub fn said_by(person: &str) -> Text {
    Text::from(format!("said by {person}"))
}

/// The reason of one that several people stated there.
const SAID_BY_SEVERAL: &str = "said by several people";

/// The reason of one that `buymode erase` stated; no other source's has it.
pub const ERASED: &str = "erased by buymode";

impl Suppression {
    /// Whether it was stated at the desk, and nowhere else: only such a one can be taken back there.
    fn is_a_word(&self) -> bool {
        match (&self.owner, &self.reason) {
            (Some(person), Some(reason)) => *reason == said_by(person),
            (None, Some(reason)) => reason == SAID_BY_SEVERAL,
            _ => false,
        }
    }

    /// Whether `buymode erase` stated it, for good: nothing else takes it back.
    pub fn is_erasure(&self) -> bool {
        self.owner.is_none() && self.reason.as_deref() == Some(ERASED)
    }

    /// One stands under each: what is said of a list, and before it an erasure.
    pub(super) fn place(&self) -> (SuppressionList, bool) {
        (self.list, !self.is_erasure())
    }

    /// Whether both were stated by the same one, for the same reason.
    fn is_of(&self, other: &Suppression) -> bool {
        (&self.owner, &self.reason) == (&other.owner, &other.reason)
    }

    /// Whether a word at the desk, or of `buymode erase`, that is taken back lifts it. That of several people one at
    /// the desk does, since the desk takes nothing back while another one's word stands.
    pub fn is_taken_back_by(&self, word: &Suppression) -> bool {
        let is_of_several = self.is_a_word() && self.owner.is_none();
        let is_meant = self.is_of(word) || (is_of_several && !word.is_erasure());
        self.list == word.list && self.stated_on <= word.stated_on && is_meant
    }

    /// Whether a lift from elsewhere ends it, which was stated on this day: what was stated later it does not, since in
    /// doubt a suppression holds.
    pub fn is_lifted_by(&self, list: SuppressionList, stated_on: Day) -> bool {
        self.list == list && self.stated_on <= stated_on && !self.is_erasure()
    }

    /// One that came neither from the desk nor from `buymode erase`, so that no word of theirs takes it back.
    pub fn said_elsewhere(mut self, source: &str) -> Suppression {
        if self.is_a_word() || self.is_erasure() {
            self.reason = self.reason.map(|reason| format!("{reason}, says {source}").into());
        }
        self
    }

    /// Adds a later statement about the same list. Of two ends the later holds, since only a lift shortens a
    /// suppression. A statement from elsewhere stays, so that a person who takes a word back does not take that
    /// one back too.
    pub(super) fn add(&mut self, new: Suppression) {
        let until = self.until.zip(new.until).map(|(old, new)| old.max(new));
        let stated_on = self.stated_on.max(new.stated_on);
        let (owner, reason) = match (self.is_a_word(), new.is_a_word()) {
            _ if self.is_of(&new) => (new.owner, new.reason),
            (_, false) => (new.owner, new.reason),
            (false, true) => (self.owner.take(), self.reason.take()),
            (true, true) => (None, Some(Text::new(SAID_BY_SEVERAL))),
        };
        *self = Suppression { list: self.list, owner, reason, since: self.since, until, stated_on };
    }
}

/// Where an account stands with one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductState {
    pub product: Text,
    /// Decisions made so far: with account and product it names each one.
    pub sequence: u32,
    pub stage: Stage,
    /// The last tier that was decided; none before the company was known.
    pub tier: Option<Tier>,
    /// The answers that the tier was decided by: a changed tier names those that moved.
    pub noted: Noted,
    pub episode: Option<Episode>,
    pub cooldown: Option<Cooldown>,
    /// The last exit, from then until the next entry: longer than the cooldown.
    pub left: Option<Left>,
    /// The company version for which enrichment was last asked.
    pub enrich_asked: Option<u32>,
    /// Sales is in touch: alerts are muted until the episode ends.
    pub muted: bool,
    /// Where they are muted: only until this day.
    pub muted_until: Option<Day>,
    /// How the arm of an experiment was drawn; none before the first entry into one.
    pub drawn: Option<Box<Drawn>>,
}

/// By what the arm was drawn, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawn {
    pub since: Timestamp,
    /// The experiment's: another one draws anew.
    pub salt: u64,
    /// Whose hash it is: the parent's, or the account's own.
    pub by: AccountKey,
}

/// Dormant, warming, buying, cooling.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    Dormant,
    /// Some intent, or all of it without the fit.
    Warming,
    /// An episode is open.
    Buying,
    /// After an episode, until the cooldown ends.
    Cooling,
}

/// One stay in buying mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Episode {
    /// When it began.
    pub since: Timestamp,
    /// The sequence number of the decision that opened it.
    pub entered: u32,
    #[schemars(with = "String")]
    pub segment: Text,
    #[schemars(with = "String")]
    pub route: Text,
    /// The highest priority announced.
    pub announced: Priority,
    /// The day of the last announcement.
    pub announced_on: Day,
    /// The best of the rounds announced.
    pub round: Round,
    /// The highest priority since then that is not announced yet, since the last announcement is too
    /// recent; also where a later or larger round alone is.
    pub owed: Option<Priority>,
    /// The account that entered, where it was merged into this one since.
    pub account: Option<AccountKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Cooldown {
    /// The instant of the exit: only evidence first seen from then on may break it.
    pub since: Timestamp,
    /// The first day it no longer holds.
    pub until: Day,
    /// Sales' word that set it and gave a reason: the same word without one says nothing new.
    pub explained: Option<OutcomeKind>,
}

/// How the account last left buying mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The instant of the exit: evidence that came from then on is new.
    pub since: Timestamp,
    pub by: Ended,
}

/// What ended an episode: it decides what may bring the account back.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ended {
    /// Its evidence grew old.
    Faded,
    MaxDays,
    /// A negative signal.
    BadNews,
    /// A list, or an exclusion of the profile.
    Excluded,
    /// It became a customer, or an opportunity was opened.
    OwnerOnly,
    /// The company no longer fitted.
    Unfit,
    /// Evidence was taken back or corrected.
    Corrected,
    ProfileChange,
    /// Sales said no.
    Sales,
    /// A merge, or the end of one.
    Moved,
}

impl Left {
    /// Of two exits the one that lets less in: only what is new after an end that does not pass,
    /// then the later.
    pub fn stricter(self, other: Left) -> Left {
        let rank = |left: &Left| (!left.by.may_pass(), left.since);
        if rank(&other) > rank(&self) { other } else { self }
    }
}

impl Ended {
    /// Whether what ended the episode may itself come to an end, so that the same evidence may count
    /// again.
    pub fn may_pass(self) -> bool {
        !matches!(self, Ended::Faded | Ended::MaxDays | Ended::Sales)
    }
}

impl Episode {
    /// The id of the entry that opened it, and so its own, wherever merges have taken it; `holder`:
    /// the account that has it now.
    pub fn id(&self, holder: &AccountKey, product: &str) -> Uuid {
        decision_id(self.account.as_ref().unwrap_or(holder), product, self.entered)
    }
}

impl ProductState {
    pub fn new(product: Text) -> ProductState {
        ProductState {
            product,
            sequence: 0,
            stage: Stage::Dormant,
            tier: None,
            noted: Noted::default(),
            episode: None,
            cooldown: None,
            left: None,
            enrich_asked: None,
            muted: false,
            muted_until: None,
            drawn: None,
        }
    }

    pub fn mute(&mut self, muted: bool, until: Option<Day>) {
        (self.muted, self.muted_until) = (muted, until.filter(|_| muted));
    }

    pub fn is_muted(&self, today: Day) -> bool {
        self.muted && self.muted_until.is_none_or(|until| today < until)
    }
}
