//! What the desk of a log hands to the desk of a copy of that log.

use super::fold::Fold;
use super::mark::{Look, Standing};
use super::remembered::Remembered;
use crate::codec::Codec;
use crate::desk::carry::{carried, unsettled};
use crate::desk::entry::Value;
use crate::engine::topics::Topics;
use crate::log::Store;
use crate::log::scan::Scan;
use anyhow::{Context, anyhow, bail};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Parts of a desk, and where its log ended when they were read.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Key and content of each.
    pub parts: Vec<(Vec<u8>, String)>,
    /// People in sequences, and people who have opted out.
    pub enrolled: u64,
    pub opted_out: u64,
    /// None: the log has no desk.
    pub end: Option<i64>,
}

/// The parts of the desk of a log. `forwarders`: the group that brings decisions to it. `though_open`: also where not all
/// is settled.
///
/// # Errors
/// Where it cannot be read. Where decisions have not come to it yet, or actions about people are under way.
pub fn read(
    store: &Arc<dyn Store>,
    codec: &Codec,
    topics: &Topics,
    forwarders: &str,
    though_open: bool,
) -> anyhow::Result<Carried> {
    let names = [topics.desk.clone(), topics.desk_state.clone()];
    if store.describe_topics(&names)?.iter().any(Option::is_none) {
        return Ok(Carried::default());
    }
    let (fold, end) = folded(&**store, codec, topics)?;
    if fold.published.is_some() && !though_open {
        let way_out = "start `buymode deliver` with this log's settings until they are done, stop it, then use the same \
                       command again; --with-open-deliveries copies all the same";
        let mut look = Look::of_decisions(store.clone(), topics.clone(), forwarders.to_owned());
        if let Standing::Waits { why, .. } = look.step() {
            bail!("decisions have not come to the desk of this log yet ({why}): {way_out}");
        }
        let open = unsettled(&fold.state);
        if open > 0 {
            bail!(
                "{open} of this log's deliveries that put people into sequences, or take them out, have no result yet, so \
                 that the desk of the copy would not know whom to take out: {way_out}"
            );
        }
    }
    let mut all = Carried { end: Some(end), ..Carried::default() };
    for (key, value) in carried(&fold.state) {
        match &value {
            Value::Enrolled(people) => all.enrolled += people.len() as u64,
            Value::OptedOut(people) => all.opted_out += people.len() as u64,
            _ => {}
        }
        all.parts.push((serde_json::to_vec(&key)?, serde_json::to_string(&value)?));
    }
    Ok(all)
}

/// The desk at the end of its log, and that end.
fn folded(store: &dyn Store, codec: &Codec, topics: &Topics) -> anyhow::Result<(Fold, i64)> {
    let (mut reader, mut codec) = (store.reader()?, codec.clone());
    let mut remembered = Remembered::default();
    Scan::whole(&mut *reader, &topics.desk_state, 0)?.try_each(&mut *reader, &mut |record| {
        remembered.take(&mut codec, record.key, record.value, None)?;
        Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
    })?;
    let marks = reader.watermarks(&topics.desk, 0)?;
    let next = remembered.record.as_ref().map_or(marks.low, |record| record.next_offset);
    let broken = |why: String| anyhow!("{}: {why}", topics.desk_state);
    let (mut fold, _) = remembered.finish().map_err(broken)?;
    let scan = Scan::range(&topics.desk, 0, next.max(marks.low)..marks.stable);
    scan.try_each(&mut *reader, &mut |record| {
        fold.read(&mut codec, &record).with_context(|| topics.desk.clone())?;
        fold.state.settle();
        Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
    })?;
    Ok((fold, marks.high))
}
