//! By which aliases an import and a replay of dead letters file what they write into a history.

use super::reading;
use crate::admin::place::Place;
use crate::aliases::change::{Said, foresee};
use crate::aliases::file::AliasFile;
use crate::aliases::{Aliases, Held};
use crate::log::Stamp;
use anyhow::bail;
use std::path::Path;

/// What holds at the place, and what a file adds. None for a live log, which forwards by itself.
pub(crate) fn aliases(
    file: Option<&Path>,
    place: Option<&Place>,
    topic: &str,
) -> anyhow::Result<Aliases> {
    let mut held = match place {
        None => Held::default(),
        Some(place) if place.spec(topic)?.stamp == Stamp::CreateTime => reading(place).held()?,
        Some(_) => match file {
            None => return Ok(Aliases::default()),
            Some(file) => bail!(
                "--aliases {0} is for histories, and {topic} is a live log, which forwards by itself; \
                 use: buymode aliases import {0}",
                file.display()
            ),
        },
    };
    let Some(file) = file else { return Ok(Aliases::new(&held, Vec::new())) };
    let mut read = AliasFile::read(file, false)?;
    let changes = read.changes(&held);
    let done = foresee(&mut held, &Said::default(), &changes);
    let unused = read.unused();
    let refused =
        read.refused.into_iter().chain(unused).chain(done.into_iter().filter_map(Result::err));
    let refused = refused.map(|why| format!("{}: {why}", file.display())).collect();
    Ok(Aliases::new(&held, refused))
}
