//! A person leaves the roster for good: the roster in force is published again without them, and what the
//! desk's log still says of them is counted.

use super::publish::{Desk, PublishError, Published, Wish};
use super::roster::RosterRead;
use crate::config::yaml_from_text;
use crate::desk::roster::file::RosterFile;
use crate::domain::Text;
use crate::domain::account::outbox::DeskRecord;
use crate::log::scan::Scan;
use serde::Serialize;
use std::path::Path;

/// The records that were found and written.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Left {
    /// The roster that was published without the person; none: the one in force names no such person.
    pub roster: Option<u64>,
    /// Rosters of the desk's log that name the person.
    pub rosters: u64,
    /// Words that the person said; they name the person by the short name alone.
    pub words: u64,
    /// The offset of the desk's log behind the last roster that names the person.
    pub next_offset: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(
        "the roster cannot work without this person ({0}); take the person out of your roster file, name others \
         in their place, use `buymode deliver publish`, and then the same command again"
    )]
    CannotWork(String),
    #[error("the roster in force cannot be written anew: {0}")]
    Write(String),
}

/// `dry_run`: only looks.
///
/// # Errors
/// The roster needs the person. Or the log cannot be read or written.
pub fn leave(
    desk: &mut Desk<'_>,
    person: &str,
    by: Option<Text>,
    dry_run: bool,
) -> Result<Left, LeaveError> {
    let mut left = Left::default();
    if let Some(roster) = desk.latest()?
        && let Some(text) = without(&roster.text, person)?
        && !dry_run
    {
        let note = Some("without a person who was erased".into());
        let published = desk.publish(&Wish { text, by, note, again: false })?;
        let (Published::Now { roster, .. } | Published::Unchanged(roster)) = published;
        left.roster = Some(roster.number);
    }
    count(desk, person, &mut left)?;
    Ok(left)
}

/// A roster without a person, as YAML; none where it names no such person. Comments are not kept.
fn without(text: &str, person: &str) -> Result<Option<String>, LeaveError> {
    let Ok(mut file) = yaml_from_text::<RosterFile>(text) else { return Ok(None) };
    let is_other = |name: &Text| name.as_str() != person;
    if file.people.iter().all(|p| is_other(&p.name)) {
        return Ok(None);
    }
    file.people.retain(|p| is_other(&p.name));
    file.teams.iter_mut().for_each(|team| team.members.retain(is_other));
    if let Some(escalation) = &mut file.escalation {
        escalation.people.retain(is_other);
    }
    file.fallback = file.fallback.filter(|name| is_other(name));
    let text = serde_saphyr::to_string(&file).map_err(|e| LeaveError::Write(e.to_string()))?;
    match RosterRead::of(&text).roster {
        Ok(_) => Ok(Some(text)),
        Err(remarks) => {
            let said: Vec<String> =
                remarks.iter().map(|remark| remark.shown(Path::new("roster"), "")).collect();
            Err(LeaveError::CannotWork(said.join("; ")))
        }
    }
}

fn count(desk: &mut Desk<'_>, person: &str, left: &mut Left) -> Result<(), PublishError> {
    let mut reader = desk.store.reader()?;
    let (topic, codec) = (&desk.topics.desk, &mut desk.codec);
    Scan::whole(&mut *reader, topic, 0)?.each(&mut *reader, &mut |record| match codec
        .decode_desk(record.value.unwrap_or_default())
    {
        Ok(DeskRecord::Roster(roster)) => {
            let file = yaml_from_text::<RosterFile>(&roster.text);
            if file.is_ok_and(|file| file.people.iter().any(|p| p.name.as_str() == person)) {
                left.rosters += 1;
                left.next_offset = Some(record.offset + 1);
            }
        }
        Ok(DeskRecord::Word(word)) => left.words += u64::from(word.person.as_str() == person),
        _ => {}
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = include_str!("../../deploy/roster.yaml");

    #[test]
    fn should_take_a_person_out_wherever_the_roster_names_them() {
        let text = without(SOUND, "ben").err().map(|e| e.to_string()).unwrap_or_default();
        // Only ben is in the team for EMEA.
        assert!(text.contains("cannot work without this person"), "{text}");
        let text = without(SOUND, "ana").unwrap().unwrap();
        assert!(!text.contains("ana") && !text.contains("U0ANA0001"), "{text}");
        let (before, after) = (RosterRead::of(SOUND), RosterRead::of(&text));
        let (before, after) = (before.roster.unwrap(), after.roster.unwrap());
        assert_eq!(before.people.len(), after.people.len() + 1);
        assert_eq!(before.destinations, after.destinations);
        assert_eq!(before.digest, after.digest);
        assert_eq!(without(SOUND, "zoe").unwrap(), None);
    }
}
