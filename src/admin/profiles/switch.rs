//! The switch to another profile: one transaction that writes it into the profiles topic and its
//! activation into every partition of the inputs. Publishing, rolling back and a first start all
//! come through here.
//!
//! All publishers share one transactional id. Opening it fences the publisher before, so that what is
//! read after that is final, and the number is decided from it.

use super::published::{self, Version};
use crate::admin::place::Place;
use crate::domain::account::input::Activation;
use crate::domain::account::outbox::{ChangeCounts, ProfileChange};
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::{RULES_VERSION, Text};
use crate::engine::names::Names;
use crate::engine::publication::{self, Stamps};
use crate::engine::scorer::Clock;
use crate::engine::staged::{Destination, Staged};
use crate::log::transact::{BackOff, Failure, attempt};
use crate::log::{LogError, Writer};
use anyhow::{anyhow, bail};
use std::sync::Arc;

/// The profile that a user wants to be active.
pub struct Wish {
    pub profile: Arc<CompiledProfile>,
    pub by: Option<Text>,
    /// Why, for the history.
    pub note: Option<Text>,
    /// The activation number that the user saw as active; 0: none was.
    pub seen: u64,
    pub unless: Unless,
    /// What the desk reports to a channel, in the transaction of the switch; none: nothing.
    pub report: Option<Report>,
}

/// What a switch changes, for people.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub is_rollback: bool,
    /// In plain sentences.
    pub changes: Vec<String>,
    pub counts: Option<ChangeCounts>,
}

/// When to leave the active profile as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unless {
    Never,
    /// The same version is active, or another user switched since.
    SameOrOvertaken,
    /// Any version of the product was ever published.
    Any,
}

/// The result of a switch.
pub enum Published {
    /// `now` is active from now on; `before` is the version that it replaced, if there was one.
    Activated { now: Activation, before: Option<Box<Version>> },
    /// This was active already, and `unless` said to leave it.
    Kept(Box<Version>),
}

/// How often a switch is tried where another publisher takes over. Unlike other writers it decides
/// again each time: the other may have published what was wanted.
const ATTEMPTS: u32 = 5;

enum Failed {
    /// Aborted or fenced, or the outcome of the transaction is not known.
    Again {
        tried: u64,
        failure: Failure,
    },
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed::Other(error.into())
    }
}

pub fn switch(place: &Place, wish: &Wish) -> anyhow::Result<Published> {
    let (mut tried, mut pauses) = (None, BackOff::default());
    for attempts in 1_u32.. {
        match attempt_switch(place, wish, tried) {
            Err(Failed::Again { tried: number, .. }) if attempts < ATTEMPTS => {
                tried = Some(number);
                std::thread::sleep(pauses.next_pause());
            }
            Err(Failed::Again { failure, .. }) => {
                bail!(
                    "gave up after {ATTEMPTS} attempts: {failure}; `buymode icp history` lists what is published"
                )
            }
            Err(Failed::Other(error)) => return Err(error),
            Ok(published) => return Ok(published),
        }
    }
    unreachable!("the last attempt returns")
}

fn attempt_switch(place: &Place, wish: &Wish, tried: Option<u64>) -> Result<Published, Failed> {
    let profile = &wish.profile;
    let product = &profile.profile.product;
    let partitions = place.partitions()?;
    place.spec(&place.topics.profiles)?;
    check_routes(place, profile)?;
    let id = format!("{}buymode-publisher", place.config.topics.prefix.as_str());
    // From here on no earlier publisher can commit: the version read now is the latest.
    let mut writer = place.store.writer(&id)?;
    let active = published::latest(place)?.into_iter().find(|v| v.product() == product);
    let number = active.as_ref().map_or(1, |active| active.activation.number + 1);
    if let Some(active) = active.as_ref() {
        let same = active.activation.profile.version == profile.version;
        // An earlier attempt was written, but its answer was lost; or another user published the
        // same.
        let ours = Some(active.activation.number) == tried
            && active.activation.published_by == wish.by
            && active.activation.note == wish.note
            && wish.unless != Unless::Any;
        if same && ours {
            return Ok(Published::Activated { now: active.activation.clone(), before: None });
        }
        let keep = match wish.unless {
            Unless::Never => false,
            Unless::SameOrOvertaken => same,
            Unless::Any => true,
        };
        if keep {
            return Ok(Published::Kept(Box::new(active.clone())));
        }
        if wish.unless == Unless::SameOrOvertaken && active.activation.number != wish.seen {
            // It is not known whether an earlier attempt was written.
            let written = if tried.is_none() { ", and nothing of this was written" } else { "" };
            return Err(anyhow!(
                "overtaken: {} published version {} of {product} (activation {}) at the same moment{written}; \
                 look at `buymode icp history`, then try again",
                active.who(),
                active.activation.profile.version,
                active.activation.number
            )
            .into());
        }
    }
    let now = Activation {
        number,
        profile: profile.clone(),
        rules_version: RULES_VERSION,
        published_by: wish.by.clone(),
        note: wish.note.clone(),
    };
    let report = wish.report.as_ref().map(|report| ProfileChange {
        product: product.clone(),
        profile: profile.profile.profile.clone(),
        version: profile.version.clone(),
        activation: number,
        before: active.as_ref().map(|before| before.activation.profile.version.clone()),
        is_rollback: report.is_rollback,
        by: wish.by.clone(),
        note: wish.note.clone(),
        changes: report.changes.clone(),
        counts: report.counts,
    });
    match write(place, &mut *writer, &now, report.as_ref(), partitions)? {
        Ok(()) => Ok(Published::Activated { now, before: active.map(Box::new) }),
        Err(Failure { error: LogError::Fatal(why), .. }) => Err(anyhow!(why).into()),
        // The next attempt reads what is in the log, and decides from that.
        Err(failure) => Err(Failed::Again { tried: number, failure }),
    }
}

/// A route without a topic would block the tasks at their next decision.
fn check_routes(place: &Place, profile: &CompiledProfile) -> anyhow::Result<()> {
    let missing = missing_topics(place, profile)?;
    if !missing.is_empty() {
        bail!(
            "the profile's routes need topics that do not exist: {}; `buymode topics create --profile FILE`, with the same log, makes them",
            missing.join(", ")
        );
    }
    Ok(())
}

/// The topics that the profile's routes lack.
pub fn missing_topics(place: &Place, profile: &CompiledProfile) -> anyhow::Result<Vec<String>> {
    let routes = profile.profile.route_names();
    let names: Vec<String> = routes.iter().map(|route| place.topics.route(route)).collect();
    let found = place.store.describe_topics(&names)?;
    let missing = names.into_iter().zip(found).filter(|(_, found)| found.is_none());
    Ok(missing.map(|(name, _)| name).collect())
}

/// Writes the activation, in one attempt; the inner error is the log's.
fn write(
    place: &Place,
    writer: &mut dyn Writer,
    activation: &Activation,
    report: Option<&ProfileChange>,
    partitions: i32,
) -> anyhow::Result<Result<(), Failure>> {
    let mut codec = place.codec.clone();
    let names = Names::new(place.topics.clone());
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let inputs_ms = match place.clock()? {
        Clock::Live => None,
        Clock::History => Some(1),
    };
    let stamps = Stamps { profiles_ms: None, inputs_ms };
    let mut staged = Staged::default();
    publication::stage(&mut codec, &names, activation, partitions, stamps, &mut staged)?;
    if let Some(report) = report {
        let desk = place.topics.desk.as_str();
        let to =
            Destination { topic: &desk.into(), partition: Some(0), key: None, timestamp_ms: None };
        staged.push(to, |out| codec.encode_change(desk, report, out))?;
    }
    Ok(attempt(writer, &mut |writer| staged.send_all(&mut |output| writer.send(output))))
}
