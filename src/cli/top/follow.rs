//! The latest decisions of the log, read on a thread of its own: a broker that is away holds up no key.

use super::model::Latest;
use crate::admin::place::Place;
use crate::cli::place::PlaceArgs;
use crate::codec::Codec;
use crate::domain::account::decision::Origin;
use crate::domain::terms::plain::plain;
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// Decisions of each partition to begin with.
const FIRST: i64 = 20;
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(3);

/// What the thread says.
pub(super) type Said = Result<Vec<Latest>, String>;

/// Reads for as long as someone listens.
pub(super) fn start(place: PlaceArgs, to: Sender<Said>) -> std::io::Result<()> {
    let run = move || {
        let mut positions = BTreeMap::new();
        loop {
            let failed = match place.open().and_then(|place| follow(&place, &mut positions, &to)) {
                Ok(()) => return,
                Err(error) => format!("{error:#}"),
            };
            if to.send(Err(failed)).is_err() {
                return;
            }
            std::thread::sleep(PAUSE_AFTER_FAILURE);
        }
    };
    std::thread::Builder::new().name("decisions".to_owned()).spawn(run).map(drop)
}

/// Where reading goes on in each partition.
type Positions = BTreeMap<(String, i32), i64>;

/// Ends where no one listens any more.
fn follow(place: &Place, positions: &mut Positions, to: &Sender<Said>) -> anyhow::Result<()> {
    let mut reader = place.store.reader()?;
    let mut codec = place.codec.clone();
    loop {
        let found = look(place, &mut *reader, &mut codec, positions)?;
        if to.send(Ok(found)).is_err() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
}

/// Decisions since the last look.
pub(super) fn look(
    place: &Place,
    reader: &mut dyn Reader,
    codec: &mut Codec,
    positions: &mut Positions,
) -> anyhow::Result<Vec<Latest>> {
    let mut found = Vec::new();
    let names = place.store.topic_names()?;
    for topic in names.iter().filter(|name| name.starts_with(&place.topics.route_prefix)) {
        for partition in 0..place.spec(topic)?.partitions {
            let marks = reader.watermarks(topic, partition)?;
            let at = (topic.clone(), partition);
            let first = marks.low.max(marks.stable - FIRST);
            let from = positions.get(&at).copied().unwrap_or(first).clamp(marks.low, marks.stable);
            let scan = Scan::range(topic, partition, from..marks.stable);
            scan.each(&mut *reader, &mut |record| found.extend(latest(codec, &record)))?;
            positions.insert(at, marks.stable);
        }
    }
    Ok(found)
}

/// None of a record that cannot be read: other commands say why.
fn latest(codec: &mut Codec, record: &RecordRef<'_>) -> Option<Latest> {
    let decision = codec.decode_decision(record.value?).ok()?;
    if decision.origin == Origin::Test {
        return None;
    }
    Some(Latest {
        decided_at: decision.decided_at.to_rfc3339(),
        kind: decision.kind.to_string(),
        priority: decision.priority.to_string(),
        route: plain(&decision.route).into_owned(),
        account: decision.account.to_string(),
        headline: plain(&decision.headline).into_owned(),
    })
}
