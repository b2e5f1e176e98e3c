//! What an account may enter buying mode on. For the first time: evidence that is recent enough. After
//! an exit: something new; or, where what ended the episode is over, the evidence it had before.

use super::assess::Assessment;
use super::lines;
use crate::domain::account::standing::{Ended, Left};
use crate::domain::score::intent::{self, Contribution, Ground, Intent, Signs};
use crate::domain::score::news::MarketEvent;
use crate::domain::terms::figures::counted;
use crate::domain::terms::time::Timestamp;
use crate::domain::terms::units::MilliPoints;
use smallvec::SmallVec;

/// Evidence that is not new must be enough for a stay of this many days.
pub const LASTS_DAYS: i32 = 14;
/// Evidence of so many days counts as recent, however short the stay that it is enough for: some rules
/// are made for news that passes within days.
pub const RECENT_DAYS: i32 = 7;

/// What an account enters on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// For the first time.
    First,
    /// On something that came after the last exit: the strongest piece of it.
    News(Contribution),
    /// On nothing new: what ended the last episode is over.
    Over(Ended),
}

/// Why an account whose score holds does not enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// Its evidence is too old for a first entry.
    Old,
    /// Nothing new since the last exit.
    NothingNew(Left),
}

impl Assessment<'_> {
    /// What an account enters on whose score holds.
    ///
    /// # Errors
    /// Why it does not enter.
    pub fn admission(&self, left: Option<Left>) -> Result<Admission, Barred> {
        let Some(left) = left else {
            return if self.is_recent() { Ok(Admission::First) } else { Err(Barred::Old) };
        };
        if let Some(piece) = self.news_since(left.since) {
            Ok(Admission::News(piece))
        } else if self.is_over(left.by) && self.lasts() {
            Ok(Admission::Over(left.by))
        } else {
            Err(Barred::NothingNew(left))
        }
    }

    /// When a piece was first read; `None`: a standing fact.
    pub fn seen(&self, ground: Ground) -> Option<Timestamp> {
        match ground {
            Ground::Evidence(at) => Some(self.facts.evidence[usize::from(at)].first_seen()),
            Ground::Market(at) => Some(self.markets_seen[usize::from(at)]),
            Ground::Standing => None,
        }
    }

    /// The strongest positive piece that came at or after `since`: read then, or planned before for a
    /// day since.
    fn news_since(&self, since: Timestamp) -> Option<Contribution> {
        let seen = self.markets.iter().zip(&self.markets_seen);
        let new: SmallVec<[&MarketEvent; 4]> =
            seen.filter(|(_, seen)| **seen >= since).map(|(market, _)| *market).collect();
        let signs = Signs { facts: self.facts, markets: &new, seen_since: Some(since) };
        let fresh = intent::evaluate(self.profile(), self.variant, &signs);
        let pieces = fresh.contributions.iter().filter(|c| c.ground != Ground::Standing);
        let mut piece =
            *pieces.filter(|c| c.points > MilliPoints::ZERO).max_by_key(|c| c.points)?;
        if let Ground::Market(at) = piece.ground {
            let market = new[usize::from(at)];
            let place = self.markets.iter().position(|m| m.id == market.id)?;
            piece.ground = Ground::Market(place as u16);
        }
        Some(piece)
    }

    /// Whether its evidence is recent enough for a first entry.
    fn is_recent(&self) -> bool {
        let today = self.facts.today;
        match self.profile().profile.episode.first_entry_evidence_days {
            Some(days) => {
                let newest = self.intent.newest().map(|day| today.since(day));
                newest.is_some_and(|age| age <= i32::from(days))
            }
            None => {
                let since = today.plus(-RECENT_DAYS);
                let recent = |c: &Contribution| {
                    c.points < MilliPoints::ZERO || c.ground == Ground::Standing || c.day >= since
                };
                self.lasts()
                    || self.is_ready_by(&self.intent.only(self.profile(), self.variant, recent))
            }
        }
    }

    /// Whether the evidence, as it is, would keep the account in buying mode for [`LASTS_DAYS`].
    fn lasts(&self) -> bool {
        let stays = |days: i32| self.stays_by(&self.intent_on(self.facts.today.plus(days)));
        if self.may_rise() { (1..LASTS_DAYS).all(stays) } else { stays(LASTS_DAYS - 1) }
    }

    /// Whether an open episode would go on by an intent.
    pub fn stays_by(&self, intent: &Intent) -> bool {
        self.score_of(intent) >= self.variant.exit && intent.has_event(self.variant)
    }

    fn is_over(&self, ended: Ended) -> bool {
        ended.may_pass()
            && match ended {
                Ended::BadNews => !self.intent.has_negative(),
                Ended::OwnerOnly => !self.owner_only,
                // The rest keeps it from being asked, as long as it lasts.
                _ => true,
            }
    }
}

impl Admission {
    /// For the headline of the entry.
    pub fn happened(&self, a: &Assessment<'_>) -> String {
        match self {
            Admission::First => "entered buying mode".to_owned(),
            Admission::News(piece) => {
                let counts = |c: &Contribution| c.rule == piece.rule && c.ground == piece.ground;
                if a.intent.contributions.iter().any(counts) {
                    return "entered buying mode again".to_owned();
                }
                // An older piece is worth more, and listed instead.
                let what = lines::contribution(a, piece).what;
                format!("entered buying mode again, new is {what}")
            }
            Admission::Over(ended) => {
                format!("entered buying mode again, because {}", over(*ended))
            }
        }
    }
}

/// That what ended an episode is over, in words.
fn over(ended: Ended) -> &'static str {
    match ended {
        Ended::BadNews => "the bad news counts no more",
        Ended::Excluded => "it is excluded no longer",
        Ended::OwnerOnly => "it is neither a customer nor an open opportunity any more",
        Ended::Unfit => "it fits again",
        Ended::Corrected => "its evidence was corrected",
        Ended::ProfileChange => "the profile has changed",
        Ended::Moved => "accounts were merged or separated",
        Ended::Faded | Ended::MaxDays | Ended::Sales => "there is something new",
    }
}

/// That the evidence is too old for a first entry, for people.
pub fn old_evidence(within_days: Option<u16>) -> String {
    match within_days {
        Some(days) => {
            format!("a first entry needs a positive signal of the last {}", counted(days, "day"))
        }
        None => format!(
            "the signals are old: they are enough for less than {LASTS_DAYS} days in buying mode, and \
             those of the last {RECENT_DAYS} days are not enough alone; a new signal is needed"
        ),
    }
}

/// That nothing is new since an exit, for people.
pub fn nothing_new(since: Timestamp, by: Ended) -> String {
    let why = match by {
        Ended::Faded => "as its signals had grown old",
        Ended::MaxDays => "as the episode had reached its maximum length",
        Ended::BadNews => "on bad news",
        Ended::Excluded => "as it was excluded",
        Ended::OwnerOnly => "as it was a customer or an open opportunity",
        Ended::Unfit => "as it no longer fitted",
        Ended::Corrected => "as evidence was taken back or corrected",
        Ended::ProfileChange => "as the profile was changed",
        Ended::Sales => "as sales said no",
        Ended::Moved => "as accounts were merged or separated",
    };
    format!("left buying mode on {} {why}, and no positive signal is newer", since.day())
}
