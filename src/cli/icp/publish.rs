//! `buymode icp publish FILE`: the profile into the profiles topic and its activation into every
//! partition of the inputs, in one transaction, so that the switch has a place in the log.

use super::{compile, published};
use crate::cli::place::{Place, PlaceArgs};
use crate::domain::RULES_VERSION;
use crate::domain::input::{Activation, Broadcast};
use crate::domain::profile::variant::CompiledProfile;
use crate::engine::scorer::Clock;
use crate::runtime::log::{LogError, Output, Writer};
use anyhow::{Context, bail};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Makes a profile the one that accounts are scored by, from its place in the log on
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode icp publish deploy/profiles/example.yaml --config deploy/buymode.yaml")]
pub struct Args {
    /// The profile, as YAML
    file: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
    /// Also when it is the version that is active already
    #[arg(long)]
    force: bool,
    /// For machines: one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of it.
pub enum Published {
    /// This is active from now on.
    Activated(Activation),
    /// This was active already, and `unless` said to leave it.
    Kept(Activation),
}

/// What keeps a profile from being published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unless {
    Never,
    /// The same version is active.
    Same,
    /// Any version of the product was ever published.
    Any,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let profile = compile(&args.file)?;
    let place = args.place.open()?;
    let unless = if args.force { Unless::Never } else { Unless::Same };
    let (published, activation) = match publish(&place, profile, unless)? {
        Published::Activated(activation) => (true, activation),
        Published::Kept(activation) => (false, activation),
    };
    let name = &activation.profile.profile.profile;
    let product = &activation.profile.profile.product;
    let (version, number) = (&activation.profile.version, activation.number);
    if args.json {
        println!(
            "{}",
            json!({"published": published, "profile": name, "product": product, "version": version, "activation": number})
        );
    } else if published {
        println!("published {name} for {product}: version {version}, activation {number}");
    }
    if !published {
        bail!(
            "unchanged: version {version} of {product} is active already (activation {number}); --force publishes it again"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// How often a publisher that another one took over from looks again.
const ATTEMPTS: u32 = 5;

/// Publishes. All publishers share one transactional id: whoever opens it last has it, and one
/// that was taken over from looks again at what is there.
pub fn publish(
    place: &Place,
    profile: CompiledProfile,
    unless: Unless,
) -> anyhow::Result<Published> {
    let profile = Arc::new(profile);
    let mut attempt = 1;
    loop {
        match try_publish(place, &profile, unless) {
            Err(Failed::TakenOver(_)) if attempt < ATTEMPTS => {
                // Two that started together should not go on together.
                let step = 50 + u64::from(std::process::id() % 100);
                std::thread::sleep(std::time::Duration::from_millis(step * u64::from(attempt)));
                attempt += 1;
            }
            Err(Failed::TakenOver(why)) => bail!("others publish at the same moment: {why}"),
            Err(Failed::Other(error)) => return Err(error),
            Ok(published) => return Ok(published),
        }
    }
}

enum Failed {
    TakenOver(String),
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed::Other(error.into())
    }
}

fn try_publish(
    place: &Place,
    profile: &Arc<CompiledProfile>,
    unless: Unless,
) -> Result<Published, Failed> {
    let partitions = place.partitions()?;
    place.spec(&place.topics.profiles)?;
    check_routes(place, profile)?;
    let id = format!("{}buymode-publisher", place.config.topics.prefix.as_str());
    // From here on no earlier publisher can commit: what is read now is the last there is.
    let mut writer = place.store.writer(&id)?;
    let product = &profile.profile.product;
    let latest = published::latest(place)?;
    let active = latest.into_iter().find(|a| a.profile.profile.product == *product);
    let number = active.as_ref().map_or(1, |active| active.number + 1);
    if let Some(active) = active {
        let keep = match unless {
            Unless::Never => false,
            Unless::Same => active.profile.version == profile.version,
            Unless::Any => true,
        };
        if keep {
            return Ok(Published::Kept(active));
        }
    }
    let activation = Activation {
        number,
        profile: profile.clone(),
        rules_version: RULES_VERSION,
        published_by: Some(profile.profile.owner.clone()),
    };
    match write(place, &mut *writer, &activation, partitions)? {
        Ok(()) => Ok(Published::Activated(activation)),
        Err(LogError::Fatal(why)) => Err(anyhow::anyhow!(why).into()),
        // Fenced, or not known: what is there will tell.
        Err(error) => Err(Failed::TakenOver(error.message().to_owned())),
    }
}

/// A route without a topic would stop the tasks at their next decision.
fn check_routes(place: &Place, profile: &CompiledProfile) -> anyhow::Result<()> {
    let missing = missing_topics(place, profile)?;
    if !missing.is_empty() {
        bail!(
            "the profile's routes need topics that do not exist: {}; `buymode topics create --profile FILE` makes them",
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

/// The inner error is the log's.
fn write(
    place: &Place,
    writer: &mut dyn Writer,
    activation: &Activation,
    partitions: i32,
) -> anyhow::Result<Result<(), LogError>> {
    let mut codec = place.codec.clone();
    let broadcast = Broadcast::Activation(activation.clone());
    let (mut record, mut input) = (Vec::new(), Vec::new());
    codec.encode_broadcast(&place.topics.profiles, &broadcast, &mut record)?;
    codec.encode_broadcast(&place.topics.inputs, &broadcast, &mut input)?;
    // History never gets a wall-clock stamp: the record counts as of what was read before it.
    let timestamp_ms = match place.clock() {
        Clock::Live => None,
        Clock::History => Some(1),
    };
    let product = activation.profile.profile.product.as_bytes();
    let outputs = std::iter::once(Output {
        topic: &place.topics.profiles,
        partition: Some(0),
        key: Some(product),
        value: Some(&record),
        timestamp_ms: None,
        headers: &[],
    })
    .chain((0..partitions).map(|partition| Output {
        topic: &place.topics.inputs,
        partition: Some(partition),
        key: None,
        value: Some(&input),
        timestamp_ms,
        headers: &[],
    }));
    let transact = || {
        writer.begin()?;
        for output in outputs {
            writer.send(&output)?;
        }
        writer.commit(&[])
    };
    let done = transact();
    if done.is_err() {
        // The cause is told; what an abort then says adds nothing.
        let _ = writer.abort();
    }
    Ok(done)
}

/// Publishes the configured profile where the log has none of its product.
pub fn ensure(place: &Place) -> anyhow::Result<Option<Published>> {
    let Some(file) = &place.config.profile else { return Ok(None) };
    let profile = compile(file)?;
    let product = &profile.profile.product;
    // Without opening the publisher's id: instances that start should not disturb a publisher.
    let latest = published::latest(place)?;
    if let Some(active) = latest.into_iter().find(|a| a.profile.profile.product == *product) {
        return Ok(Some(Published::Kept(active)));
    }
    let published = publish(place, profile, Unless::Any);
    published.map(Some).with_context(|| format!("cannot publish {}", file.display()))
}
