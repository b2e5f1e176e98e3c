//! The topics that hold a name.

use super::search::Search;
use super::{Elsewhere, Whose};
use crate::admin::named::Named;
use crate::admin::place::Place;
use crate::admin::progress::Meter;
use crate::codec::{DecodeFailure, Decoded};
use crate::domain::account::input::Input;
use crate::domain::terms::account::AccountKey;
use crate::engine::copy::erased::Kept;
use crate::engine::topics::place_of;
use crate::log::scan::{Scan, partitions};
use crate::log::{Reader, RecordRef};
use std::ops::ControlFlow;

impl Whose {
    /// The characters that are looked for.
    pub(super) fn name(&self) -> &str {
        match self {
            Whose::Contact(contact) => contact.as_str(),
            Whose::Account(account) => account.as_str(),
        }
    }
}

/// The topics that hold the id or key after the erasure, which is about to write these records.
pub(super) fn after(
    place: &Place,
    search: &Search<'_>,
    records: &[(AccountKey, Input)],
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let t = &place.topics;
    let mut found = Vec::new();
    let mut add = |topic: &str, records: u64| {
        if records > 0 {
            found.push(Elsewhere { topic: topic.to_owned(), records });
        }
    };
    add(&t.inputs, inputs(place, search, records, meter)?);
    add(&t.accounts, search.states);
    meter.phase("reading other topics");
    let names = place.store.topic_names()?;
    let read = |name: &String| t.is_ours(name) && *name != t.inputs && *name != t.accounts;
    found.extend(held(place, &search.finder, names.into_iter().filter(read), meter)?);
    Ok(found)
}

/// Every topic that holds a salesperson's short name, as an owner of accounts above all.
///
/// # Errors
/// The log cannot be read.
pub fn of_person(
    place: &Place,
    name: &str,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let names = place.store.topic_names()?;
    let ours = names.into_iter().filter(|name| place.topics.is_ours(name));
    held(place, &Named::new(name)?, ours, meter)
}

/// Records that hold a name, of each topic.
fn held(
    place: &Place,
    finder: &Named,
    topics: impl Iterator<Item = String>,
    meter: &mut Meter<'_>,
) -> anyhow::Result<Vec<Elsewhere>> {
    let mut reader = place.store.reader()?;
    let mut found = Vec::new();
    for topic in topics {
        let mut records = 0_u64;
        each(place, &mut *reader, &topic, meter, &mut |record| {
            records += u64::from(holds(finder, record));
            Ok(())
        })?;
        if records > 0 {
            found.push(Elsewhere { topic, records });
        }
    }
    Ok(found)
}

/// Inputs that a copy of the log keeps, and the name in them.
fn inputs(
    place: &Place,
    search: &Search<'_>,
    records: &[(AccountKey, Input)],
    meter: &mut Meter<'_>,
) -> anyhow::Result<u64> {
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let (topic, finder) = (&place.topics.inputs, &search.finder);
    let partitions = partitions(&*place.store, topic)?;
    let mut erased = search.erased.clone();
    let mut stays = 0_u64;
    for (account, input) in records {
        let at = (place_of(account, partitions), i64::MAX);
        erased.note(at, i64::MAX, account, input);
        // It names the account itself.
        stays += u64::from(matches!(input, Input::Suppression(_)));
    }
    let (mut partition, mut time_ms) = (-1, 0);
    each(place, &mut *reader, topic, meter, &mut |record| {
        if partition != record.partition {
            (partition, time_ms) = (record.partition, 0);
        }
        time_ms = record.timestamp_ms.max(time_ms);
        if !holds(finder, record) {
            return Ok(());
        }
        let (account, input) = match codec.decode_input(record.key, record.value) {
            Ok(Decoded::Account { account, input }) => (account, input),
            Ok(_) | Err(DecodeFailure::Record(_)) => {
                stays += 1;
                return Ok(());
            }
            Err(DecodeFailure::Registry(error)) => return Err(error.into()),
        };
        stays += match erased.keeps((partition, record.offset), time_ms, &account, &input) {
            Kept::LeftOut => 0,
            Kept::AsItIs => 1,
            Kept::Changed(input) => {
                let mut value = Vec::new();
                codec.encode_input(topic, &account, &input, &mut value)?;
                u64::from(finder.is_in(account.as_str().as_bytes()) || finder.is_in(&value))
            }
        };
        Ok(())
    })?;
    Ok(stays)
}

fn holds(finder: &Named, record: &RecordRef<'_>) -> bool {
    [record.key, record.value].into_iter().flatten().any(|bytes| finder.is_in(bytes))
}

/// Visits every record of a topic.
fn each(
    place: &Place,
    reader: &mut dyn Reader,
    topic: &str,
    meter: &mut Meter<'_>,
    visit: &mut dyn FnMut(&RecordRef<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for partition in 0..partitions(&*place.store, topic)? {
        let marks = reader.watermarks(topic, partition)?;
        meter.expect(&(marks.low..marks.stable));
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, marks.low..marks.stable).report(&mut passed);
        scan.try_each(reader, &mut |record| {
            visit(&record)?;
            Ok::<_, anyhow::Error>(ControlFlow::Continue(()))
        })?;
    }
    Ok(())
}
