//! Who takes a case on: the owner of the account; else the most specific team for its tier and territory,
//! and in it the person who works now and has the most capacity left; else the fallback.
//!
//! No one is chosen whose day begins after the deadline, who is away, or who is at the cap of the day. A
//! case of a higher rank takes the place of one whose message still waits.

use super::Desk;
use crate::desk::action::{Assignment, Because, Gathered, Skip};
use crate::desk::ids::{CaseId, PersonId, ThreadId};
use crate::desk::roster::hours::Availability;
use crate::desk::roster::{Roster, tier_rank};
use crate::desk::state::{Load, Rank};
use crate::domain::account::decision::Decision;
use crate::domain::terms::time::Timestamp;
use chrono::NaiveDate;
use std::cmp::Reverse;

#[derive(Debug)]
pub(super) enum Choice {
    To(Chosen),
    /// The roster names no people: everyone who reads the channel may take it.
    NoPeople,
    Nobody {
        why: Gathered,
    },
}

/// A person, and when their message may be sent.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) assignment: Assignment,
    pub(super) at: Timestamp,
    pub(super) day: NaiveDate,
    /// The case whose place it takes.
    pub(super) displaces: Option<CaseId>,
}

/// A group of people who are asked together.
struct Group<'a> {
    of: Of<'a>,
    members: Vec<&'a PersonId>,
}

#[derive(Clone, Copy)]
enum Of<'a> {
    Owner,
    Team(&'a str),
    Fallback,
}

/// A place in a person's day.
#[derive(Clone, Copy)]
struct Place {
    at: Timestamp,
    day: NaiveDate,
    free: u16,
    displaces: Option<(Rank, CaseId)>,
}

pub(super) fn rank_of(d: &Decision) -> Rank {
    Rank {
        priority: Reverse(d.priority),
        tier: tier_rank(d.tier),
        decided: Reverse(d.decided_at),
        decision: d.id,
    }
}

impl Desk<'_> {
    pub(super) fn choose(&self, roster: &Roster, d: &Decision, now: Timestamp) -> Choice {
        if roster.people.is_empty() {
            return Choice::NoPeople;
        }
        let mut skipped: Vec<(PersonId, Skip)> = Vec::new();
        let mut owner_is_full = false;
        for group in groups(roster, d) {
            // What an owner has no capacity for is not handed to another team, but to the fallback.
            if owner_is_full && matches!(group.of, Of::Team(_)) {
                continue;
            }
            let mut found: Vec<(&PersonId, Place)> = Vec::new();
            for person in &group.members {
                match self.place_of(roster, person, d, now) {
                    Ok(place) => found.push((person, place)),
                    Err(skip) => {
                        owner_is_full |= matches!((group.of, skip), (Of::Owner, Skip::AtCap(_)));
                        if !skipped.iter().any(|(other, _)| other == *person) {
                            skipped.push(((*person).clone(), skip));
                        }
                    }
                }
            }
            let best = found.into_iter().min_by_key(|(person, place)| {
                let worst = place.displaces.map(|(rank, _)| Reverse(rank));
                let turn = self.state.turns.get(*person).copied().unwrap_or(0);
                let later = if place.at > now { place.at } else { Timestamp(0) };
                (worst.is_some(), worst, later, Reverse(place.free), turn, (*person).clone())
            });
            if let Some((person, place)) = best {
                let because = match group.of {
                    Of::Owner => Because::Owner,
                    Of::Team(team) => Because::Team { team: team.into(), free: place.free },
                    Of::Fallback => Because::Fallback { free: place.free },
                };
                let assignment = Assignment { person: person.clone(), because, skipped };
                let displaces = place.displaces.map(|(_, case)| case);
                return Choice::To(Chosen { assignment, at: place.at, day: place.day, displaces });
            }
        }
        let full = skipped.iter().any(|(_, skip)| matches!(skip, Skip::AtCap(_)));
        Choice::Nobody { why: if full { Gathered::OverCapacity } else { Gathered::NoOneThere } }
    }

    /// The person who has another case of the account takes this one on too, where their day has room.
    pub(super) fn stay_with(&self, roster: &Roster, id: &PersonId, d: &Decision) -> Option<Choice> {
        let place = self.place_of(roster, id, d, self.now).ok()?;
        let (person, because) = (id.clone(), Because::SameAccount);
        let assignment = Assignment { person, because, skipped: Vec::new() };
        let chosen = Chosen { assignment, at: place.at, day: place.day, displaces: None };
        place.displaces.is_none().then_some(Choice::To(chosen))
    }

    fn place_of(
        &self,
        roster: &Roster,
        id: &PersonId,
        d: &Decision,
        now: Timestamp,
    ) -> Result<Place, Skip> {
        let Some(person) = roster.people.get(id) else { return Err(Skip::Never) };
        let opening = match person.calendar.availability(now) {
            Availability::From(opening) => opening,
            Availability::Away(until) => return Err(Skip::Away(until)),
            Availability::Never => return Err(Skip::Never),
        };
        if d.sla_deadline.is_some_and(|deadline| opening.at >= deadline) {
            return Err(Skip::AfterDeadline);
        }
        let none = Load::default();
        let load = self.state.loads.get(&(id.clone(), opening.day)).unwrap_or(&none);
        let place = |free, displaces| Place { at: opening.at, day: opening.day, free, displaces };
        match person.cap.checked_sub(load.taken()).filter(|free| *free > 0) {
            Some(free) => Ok(place(free, None)),
            None => {
                // The fresher of two alike does not push the other out.
                let mine = rank_of(d);
                let lower = |rank: &Rank| (rank.priority, rank.tier) > (mine.priority, mine.tier);
                let worst = load.kept.last().filter(|(rank, _)| lower(rank));
                worst.map(|worst| place(0, Some(*worst))).ok_or(Skip::AtCap(person.cap))
            }
        }
    }

    /// The highest rank of the cases that a message is about.
    pub(super) fn rank_of_thread(&self, thread: ThreadId) -> Rank {
        let cases = self.state.threads.get(&thread).into_iter().flat_map(|found| &found.cases);
        let cases = cases.filter_map(|case| self.state.cases.get(case));
        cases.map(|case| rank_of(&case.decision)).min().unwrap_or(Rank::LOWEST)
    }

    /// Whether a person works now and could take one more on.
    pub(super) fn is_free(&self, roster: &Roster, id: &PersonId) -> Result<NaiveDate, Skip> {
        let Some(person) = roster.people.get(id) else { return Err(Skip::Never) };
        let opening = match person.calendar.availability(self.now) {
            Availability::From(opening) if opening.at <= self.now => opening,
            Availability::From(_) => return Err(Skip::OffHours),
            Availability::Away(until) => return Err(Skip::Away(until)),
            Availability::Never => return Err(Skip::Never),
        };
        let load = self.state.loads.get(&(id.clone(), opening.day));
        let taken = load.map_or(0, Load::taken);
        if taken < person.cap { Ok(opening.day) } else { Err(Skip::AtCap(person.cap)) }
    }
}

fn groups<'a>(roster: &'a Roster, d: &Decision) -> Vec<Group<'a>> {
    let owner = roster.owner(d).into_iter();
    let owner = owner.map(|owner| Group { of: Of::Owner, members: vec![owner] });
    let teams = roster.teams.iter().filter(|team| team.takes(d));
    let teams = teams.map(|team| Group {
        of: Of::Team(team.id.as_str()),
        members: team.members.iter().collect(),
    });
    let fallback = Group { of: Of::Fallback, members: roster.fallback.iter().collect() };
    owner.chain(teams).chain([fallback]).collect()
}
