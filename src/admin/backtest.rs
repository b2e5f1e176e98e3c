//! Folds a log under a profile, and gathers what a backtest needs of it.

use crate::admin::history::Reports;
use crate::admin::place::Place;
use crate::admin::progress::{Meter, Progress};
use crate::analysis::diff::{From, Trial};
use crate::codec::Decoded;
use crate::domain::account::decision::DecisionKind;
use crate::domain::account::input::Input;
use crate::domain::evidence::attribute::Attribute;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::{Day, Timestamp};
use crate::evidence::history::{Entry, Families, Happened, Told};
use crate::log::scan::Scan;
use anyhow::Context;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

/// A log under a profile.
pub struct Folded {
    pub entries: Vec<Entry>,
    pub known: BTreeMap<AccountKey, Day>,
    pub told: Vec<Told>,
    pub families: Families,
    /// The log's last day.
    pub upto: Day,
    /// The last day on which it has a report of sales.
    pub told_upto: Option<Day>,
}

/// Folds every partition as if the profile had been active from its first record.
pub fn fold(
    place: &Place,
    profile: &Arc<CompiledProfile>,
    outcome: Happened,
    report: &mut dyn FnMut(Progress),
) -> anyhow::Result<Folded> {
    let (topic, partitions) = (&place.topics.inputs, place.partitions()?);
    let (mut reader, mut codec) = (place.store.reader()?, place.codec.clone());
    let product = &profile.profile.product;
    let entries: Rc<RefCell<Vec<Entry>>> = Rc::default();
    let events = outcome == Happened::FundingOrAcquisition;
    let (mut known, mut reports) = (BTreeMap::new(), Reports::new(events));
    let mut families = Families::default();
    let mut named: BTreeMap<(AccountKey, AccountKey), Day> = BTreeMap::new();
    let mut ranges = Vec::new();
    for partition in 0..partitions {
        let marks = reader.watermarks(topic, partition)?;
        ranges.push(marks.low..marks.stable);
    }
    let mut meter = Meter::new(report);
    ranges.iter().for_each(|range| meter.expect(range));
    for (partition, range) in (0..partitions).zip(ranges) {
        let (codec_of_trial, topics) = (place.codec.clone(), place.topics.clone());
        let of = (partition, partitions);
        let trial = Trial::new(codec_of_trial, topics, profile, From::Beginning, of)?;
        let heard = entries.clone();
        let mut trial = trial.heard_by(move |decision| {
            if decision.kind == DecisionKind::Entered {
                heard.borrow_mut().push(Entry::of(decision));
            }
        });
        let mut passed = |offsets| meter.passed(offsets);
        let scan = Scan::range(topic, partition, range).report(&mut passed);
        scan.try_each(&mut *reader, &mut |record| {
            if let Some(account) = record.key.and_then(|key| std::str::from_utf8(key).ok())
                && let Ok(account) = AccountKey::parse(account)
            {
                known.entry(account).or_insert(Timestamp(record.timestamp_ms).day());
            }
            // What cannot be decoded is a dead letter, and decides nothing.
            if let Ok(decoded) = codec.decode_input(record.key, record.value) {
                note_kin(&decoded, Timestamp(record.timestamp_ms).day(), &mut named);
                reports.note(product, decoded, record.timestamp_ms);
            }
            trial.fold(record).with_context(|| format!("{topic}[{partition}]"))?;
            anyhow::Ok(ControlFlow::Continue(()))
        })?;
        trial.finish()?;
        for account in trial.accounts() {
            let Some(state) = trial.state(&account)? else { continue };
            let parent = state.kin.parent.as_ref().map(|parent| &parent.account);
            let Some(head) = state.moved_to().or(parent) else { continue };
            // A merge is known from the last record that moved the account.
            let moved = named.get(&(account.clone(), account.clone()));
            let since = match state.moved_to() {
                Some(_) => moved,
                None => named.get(&(account.clone(), head.clone())),
            };
            families.since.extend(since.map(|day| (account.clone(), *day)));
            families.above.insert(account, head.clone());
        }
    }
    let reports = reports.finish();
    let upto = reports.upto.day();
    let entries = entries.take();
    let told_upto = reports.told.iter().map(|told| told.known_on.max(told.on)).max();
    let told_upto = told_upto.map(|day| day.min(upto));
    Ok(Folded { entries, known, told: reports.told, families, upto, told_upto })
}

/// Notes when a record moved an account, under its own name, and when one first named its parent.
fn note_kin(decoded: &Decoded, day: Day, named: &mut BTreeMap<(AccountKey, AccountKey), Day>) {
    match decoded {
        Decoded::Account { account, input: Input::Transfer(_) } => {
            named.insert((account.clone(), account.clone()), day);
        }
        Decoded::Account { account, input: Input::Company(update) } => {
            let parents = update.facts.iter().filter(|(name, _)| *name == Attribute::Parent);
            let parents = parents.flat_map(|(_, value)| value.texts()).filter_map(AccountKey::read);
            for parent in parents {
                named.entry((account.clone(), parent)).or_insert(day);
            }
        }
        _ => {}
    }
}
