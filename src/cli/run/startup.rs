//! What must hold before an instance starts. Everything here is one clear line, within seconds.

use crate::admin::partitions::unfinished;
use crate::admin::place::Place;
use crate::cli::topics::{Severity, Standing, stand, wanted};
use anyhow::bail;

/// Topics that the brokers do not know (yet).
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Missing(String);

#[cfg(test)]
impl Missing {
    pub(crate) fn of(text: &str) -> Missing {
        Missing(text.to_owned())
    }
}

/// Refuses topics that would make results wrong, and those that are missing.
pub(crate) fn check(place: &Place) -> anyhow::Result<()> {
    // Whether anybody answers at all, before anything is asked of it.
    place.store.topic_names()?;
    check_whole(place)?;
    let standings = stand(place, wanted(place, &[])?)?;
    let is_kind = |name: &str| place.topics.kinds.iter().any(|(kind, _)| kind == name);
    let forward = place.config.forward.0;
    let is_read = |name: &str| (forward || !is_kind(name)) && !place.topics.is_desk(name);
    let concerning = standings.iter().filter(|s| is_read(&s.wanted.name));
    judge(place, &concerning.collect::<Vec<_>>())
}

/// Refuses topics that a copy or a restore has begun to fill. Before all else: what they lack, it makes.
pub(crate) fn check_whole(place: &Place) -> anyhow::Result<()> {
    unfinished(place)?.map_or(Ok(()), |why| bail!(why))
}

/// The same of the topics that these standings are about.
pub(crate) fn judge(place: &Place, concerning: &[&Standing]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        concerning.iter().filter(|s| s.found.is_none()).map(|s| s.wanted.name.as_str()).collect();
    if let Some((first, others)) = missing.split_first() {
        let others = match others.len() {
            0 => String::new(),
            1 => format!(" (nor does {})", others[0]),
            n => format!(" (nor do {n} others, such as {})", others[0]),
        };
        return Err(Missing(format!(
            "topic {first} does not exist at {}{others}; `buymode topics create` makes what is missing",
            place.store.location()
        ))
        .into());
    }
    let problems = concerning.iter().flat_map(|s| &s.problems);
    let errors: Vec<&str> = problems
        .filter(|(severity, _)| *severity == Severity::Error)
        .map(|(_, text)| text.as_str())
        .collect();
    if !errors.is_empty() {
        bail!("{}", errors.join("; "));
    }
    Ok(())
}
