//! What a channel hears of a profile that is published: only where a roster is in force, which says who.

use crate::admin::place::Place;
use crate::admin::profiles::diff::{Event, diff};
use crate::admin::profiles::published;
use crate::admin::profiles::switch::Report;
use crate::analysis::diff::{Change, From};
use crate::cli::output::Bar;
use crate::deliver::publish::Desk;
use crate::domain::account::outbox::ChangeCounts;
use crate::domain::profile::variant::CompiledProfile;
use crate::report::document::changes::changes;
use std::sync::Arc;

/// `is_rollback`: an earlier version is published again.
pub(super) fn report(
    place: &Place,
    profile: &Arc<CompiledProfile>,
    is_rollback: bool,
    without_counts: bool,
) -> anyhow::Result<Option<Report>> {
    let names = [place.topics.desk.clone(), place.topics.desk_state.clone()];
    if place.store.describe_topics(&names)?.iter().any(Option::is_none) {
        return Ok(None);
    }
    let mut desk = Desk {
        store: &*place.store,
        codec: place.codec.clone(),
        topics: &place.topics,
        prefix: place.config.topics.prefix.as_str(),
    };
    if desk.latest()?.is_none() {
        return Ok(None);
    }
    let versions = published::latest(place)?;
    let active = versions.into_iter().find(|v| *v.product() == profile.profile.product);
    let Some(active) = active.map(|active| active.activation.profile) else {
        return Ok(Some(Report { is_rollback, ..Report::default() }));
    };
    let same = active.version == profile.version;
    let counts = match without_counts || same {
        true => None,
        false => Some(counts(place, &active, profile)?),
    };
    Ok(Some(Report { is_rollback, changes: changes(&active, profile), counts }))
}

fn counts(
    place: &Place,
    active: &Arc<CompiledProfile>,
    profile: &Arc<CompiledProfile>,
) -> anyhow::Result<ChangeCounts> {
    let bar = Bar::new("counting the accounts that change")?;
    let found =
        diff(place, [active, profile], From::FirstActivation, 0, &mut |event| match event {
            Event::Progress(at) => bar.show(at),
            Event::Note(note) => bar.note(&note),
        })?;
    bar.clear();
    let n = |change| found.changes.get(&change).copied().unwrap_or_default();
    Ok(ChangeCounts {
        enters: n(Change::Enters),
        leaves: n(Change::Leaves),
        tiers: n(Change::Tier),
    })
}
