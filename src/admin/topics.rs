//! Topics as they should be beside topics as they are. `run` refuses to start on what would make
//! results wrong; the rest is advice.

pub mod delete;

use crate::admin::partitions::unfinished;
use crate::admin::place::Place;
use crate::admin::profiles::file::compile;
use crate::admin::profiles::published;
use crate::config::{Config, TopicsConfig};
use crate::domain::Text;
use crate::domain::terms::figures::counted;
use crate::engine::topics::Topics;
use crate::log::{Cleanup, Compression, Replication, Stamp, TopicSpec};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Scoring works; records may be deleted earlier than expected.
    Advice,
    /// Results would be wrong.
    Error,
}

impl Severity {
    /// Before a problem, for people.
    pub fn shown(self) -> &'static str {
        match self {
            Severity::Advice => "advice",
            Severity::Error => "error",
        }
    }
}

/// A topic beside what it should be.
#[derive(Clone, Debug)]
pub struct Standing {
    pub wanted: TopicSpec,
    pub found: Option<TopicSpec>,
    /// One line each: the problem and its remedy.
    pub problems: Vec<(Severity, String)>,
}

/// Every topic as it should be at this place. Routes are those of the configured profile, of
/// `profiles`, and of what is published already. The inputs that are there decide how many
/// partitions there are.
pub fn wanted(place: &Place, profiles: &[PathBuf]) -> anyhow::Result<Vec<TopicSpec>> {
    let mut routes = configured_routes(&place.config, profiles)?;
    for version in published::latest(place)? {
        routes.extend(version.activation.profile.profile.route_names());
    }
    let there = place
        .store
        .describe_topics(&[place.topics.inputs.clone(), place.topics.accounts.clone()])?;
    let there = there.into_iter().flatten().next().map(|spec| spec.partitions);
    let configured = i32::try_from(place.config.topics.partitions.get())?;
    let partitions = there.unwrap_or(configured);
    let mut specs = specs(&place.topics, &place.config.topics, partitions, &routes);
    if !place.config.topics.history {
        specs.extend(wanted_of_desk(place)?);
    }
    Ok(specs)
}

/// The routes of the configured profile and of `profiles`.
pub fn configured_routes(config: &Config, profiles: &[PathBuf]) -> anyhow::Result<BTreeSet<Text>> {
    let mut routes = BTreeSet::new();
    for file in config.profile.iter().chain(profiles) {
        routes.extend(compile(file)?.profile.route_names());
    }
    Ok(routes)
}

/// Every topic as the settings want it, but for those of deliveries.
pub fn specs(
    topics: &Topics,
    config: &TopicsConfig,
    partitions: i32,
    routes: &BTreeSet<Text>,
) -> Vec<TopicSpec> {
    replicated(topics.specs(partitions, config.history, routes), config)
}

/// The topics of deliveries as they should be. An outbox that is there decides how many partitions it has.
pub fn wanted_of_desk(place: &Place) -> anyhow::Result<Vec<TopicSpec>> {
    let topics = &place.topics;
    let there = place.store.describe_topics(&[topics.outbox.clone(), topics.attempts.clone()])?;
    let there = there.into_iter().flatten().next().map(|spec| spec.partitions);
    desk_specs(topics, &place.config, there)
}

/// The topics of deliveries as the settings want them; `there`: partitions that the outbox has.
pub fn desk_specs(
    topics: &Topics,
    config: &Config,
    there: Option<i32>,
) -> anyhow::Result<Vec<TopicSpec>> {
    let configured = i32::try_from(config.deliver.partitions.get())?;
    Ok(replicated(topics.desk_specs(there.unwrap_or(configured)), &config.topics))
}

fn replicated(specs: Vec<TopicSpec>, config: &TopicsConfig) -> Vec<TopicSpec> {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let replication = Replication {
        factor: config.replication_factor.map(|n| number(n.get())),
        min_insync: config.min_insync_replicas.map(|n| number(n.get())),
    };
    specs.into_iter().map(|spec| TopicSpec { replication, ..spec }).collect()
}

/// Every wanted topic beside what is there.
pub fn stand(place: &Place, wanted: Vec<TopicSpec>) -> anyhow::Result<Vec<Standing>> {
    let names: Vec<String> = wanted.iter().map(|spec| spec.name.clone()).collect();
    let found = place.store.describe_topics(&names)?;
    let inputs = names.iter().position(|name| *name == place.topics.inputs);
    let inputs = inputs.and_then(|at| found[at].as_ref()).map(|spec| spec.partitions);
    // A client without the right to read the states gets the other findings.
    let unfinished = match names.contains(&place.topics.inputs) {
        true => unfinished(place).unwrap_or_default(),
        false => None,
    };
    let judge = |(wanted, found): (TopicSpec, Option<TopicSpec>)| {
        let is_inputs = wanted.name == place.topics.inputs;
        let problems = match &found {
            // The interrupted command corrects these topics when it is used again.
            _ if is_inputs && unfinished.is_some() => {
                unfinished.iter().map(|why| (Severity::Error, why.clone())).collect()
            }
            None if unfinished.is_some() => Vec::new(),
            None => vec![(
                Severity::Error,
                format!("topic {} does not exist; `buymode topics create` makes it", wanted.name),
            )],
            Some(found) => {
                problems(&place.topics, place.config.topics.history, inputs, &wanted, found)
            }
        };
        Standing { wanted, found, problems }
    };
    Ok(wanted.into_iter().zip(found).map(judge).collect())
}

fn problems(
    topics: &Topics,
    history: bool,
    inputs: Option<i32>,
    wanted: &TopicSpec,
    found: &TopicSpec,
) -> Vec<(Severity, String)> {
    use Severity::{Advice, Error};
    let name = &wanted.name;
    let is_inputs = *name == topics.inputs;
    let is_accounts = *name == topics.accounts;
    let mut problems = Vec::new();
    if topics.is_desk(name) && wanted.partitions != found.partitions {
        problems.push((
            Error,
            format!(
                "topic {name} has {}, but needs {}: {} has one, since it is one log, and {} and {} have \
                 equally many; create it again while it is empty",
                counted(found.partitions, "partition"),
                wanted.partitions,
                topics.desk,
                topics.outbox,
                topics.attempts
            ),
        ));
    }
    if let Some(inputs) = inputs.filter(|n| is_accounts && *n != found.partitions) {
        problems.push((
            Error,
            format!(
                "topic {name} has {} and {} has {inputs}: they must be equal, since an account's state is in \
                 the same partition as its inputs. If {} has grown, use `buymode topics copy --to PREFIX \
                 --partitions {inputs}`; never create {name} again while it holds states",
                counted(found.partitions, "partition"),
                topics.inputs,
                topics.inputs
            ),
        ));
    }
    match (wanted.cleanup, found.cleanup) {
        (Cleanup::Compact, Cleanup::Delete) => problems.push((Error, format!(
            "topic {name} is not compacted, so that retention would delete states: set cleanup.policy=compact"
        ))),
        (Cleanup::Delete, Cleanup::Compact) => problems.push((Error, format!(
            "topic {name} is compacted, so that records would be lost: set cleanup.policy=delete"
        ))),
        _ => {}
    }
    let is_clock = is_inputs || *name == topics.desk;
    if wanted.stamp != found.stamp && (is_clock || history) {
        let kind = if history { "history" } else { "live" };
        let remedy = if is_inputs && !history {
            ", or topics.history: true if it holds history"
        } else {
            ""
        };
        problems.push((Error, format!(
            "topic {name} has message.timestamp.type={}, a {kind} deployment needs {}: set it{remedy}",
            stamp(found.stamp), stamp(wanted.stamp)
        )));
    }
    if let (None, Some(ms)) = (wanted.retention_ms, found.retention_ms)
        && found.cleanup == Cleanup::Delete
    {
        let severity = if history { Error } else { Advice };
        let days = counted(ms / 86_400_000, "day");
        problems.push((
            severity,
            format!(
                "topic {name} deletes records after {days} that should be kept: set retention.ms=-1"
            ),
        ));
    }
    if let (Some(wanted_ms), Some(ms)) = (wanted.retention_ms, found.retention_ms)
        && ms < wanted_ms
        && (*name == topics.outbox || name.starts_with(&topics.route_prefix))
    {
        let (days, kept) = (counted(ms / 86_400_000, "day"), wanted_ms / 86_400_000);
        problems.push((
            Advice,
            format!(
                "topic {name} deletes records after {days}, topics.decisions_days is {kept}: what is older cannot \
                 be delivered or audited again; set retention.ms={wanted_ms}"
            ),
        ));
    }
    if found.max_message_bytes < wanted.max_message_bytes {
        problems.push((
            Advice,
            format!(
                "topic {name} accepts records of up to {} bytes, large accounts need more: set \
             max.message.bytes={}",
                found.max_message_bytes, wanted.max_message_bytes
            ),
        ));
    }
    if let (Some(Compression::Gzip), Some(found)) = (wanted.compression, found.compression)
        && !matches!(found, Compression::Gzip | Compression::Uncompressed)
    {
        problems.push((
            Advice,
            format!(
                "topic {name} has compression.type={found}, so that some subscribers cannot read it \
                 (KafkaJS reads only gzip as installed): set compression.type=gzip"
            ),
        ));
    }
    problems.extend(too_few(name, wanted.replication, found.replication));
    problems
}

/// What a broker's death would do to a topic.
fn too_few(name: &str, wanted: Replication, found: Replication) -> Option<(Severity, String)> {
    let (Some(factor), Some(least)) = (found.factor, found.min_insync) else { return None };
    if least > factor {
        return Some((
            Severity::Error,
            format!(
                "topic {name} has min.insync.replicas={least} and {}, so that nothing can be written: set \
             min.insync.replicas={factor} or less",
                counted(factor, "replica")
            ),
        ));
    }
    let advice = if let Some(wanted) = wanted.factor.filter(|wanted| *wanted != factor) {
        format!(
            "topic {name} has {}, and topics.replication_factor is {wanted}: Kafka's \
             kafka-reassign-partitions changes it",
            counted(factor, "replica")
        )
    } else if let Some(wanted) = wanted.min_insync.filter(|wanted| *wanted != least) {
        format!(
            "topic {name} has min.insync.replicas={least}, and topics.min_insync_replicas is {wanted}: set \
             min.insync.replicas={wanted}"
        )
    } else if wanted.min_insync.is_none() && least == 1 && factor > 2 {
        format!(
            "topic {name} has min.insync.replicas=1, so that a record may count as written that one broker \
             has, and be lost with it: set min.insync.replicas=2"
        )
    } else if wanted.min_insync.is_none() && least == factor && factor > 1 {
        format!(
            "topic {name} has min.insync.replicas={least} and {factor} replicas, so that nothing can be written \
             while one broker is down: set min.insync.replicas={}",
            least - 1
        )
    } else {
        return None;
    };
    Some((Severity::Advice, advice))
}

pub fn stamp(stamp: Stamp) -> &'static str {
    match stamp {
        Stamp::LogAppendTime => "LogAppendTime",
        Stamp::CreateTime => "CreateTime",
    }
}

pub fn cleanup(cleanup: Cleanup) -> &'static str {
    match cleanup {
        Cleanup::Compact => "compact",
        Cleanup::Delete => "delete",
    }
}

#[cfg(test)]
mod tests;
