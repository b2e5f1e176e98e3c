//! Creates, describes and deletes topics.

mod delete;

use std::time::{Duration, Instant};

use futures_executor::block_on;
use rdkafka::TopicPartitionList;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigResourceResult, ConfigSource,
    NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::metadata::{Metadata, MetadataTopic};

use super::config::KafkaConfig;
use super::connect;
use super::context::PlainContext;
use super::errors;
use super::login::Login;
use super::watched::call;
use crate::log::calls::Caller;
use crate::log::{Cleanup, Compression, LogError, Replication, Stamp, TopicSpec};

/// The controller knows a new topic first; the brokers learn of it a moment later.
const VISIBLE_MAX: Duration = Duration::from_secs(10);
const VISIBLE_STEP: Duration = Duration::from_millis(50);
/// One attempt at a question to the controller.
const ADMIN_ATTEMPT: Duration = Duration::from_secs(3);

pub(super) struct Topics<'a> {
    config: &'a KafkaConfig,
    /// Asks for metadata; unlike an admin client, it can be served for its complaints.
    observer: BaseConsumer<PlainContext>,
    calls: Caller,
}

impl<'a> Topics<'a> {
    pub(super) fn open(config: &'a KafkaConfig) -> Result<Topics<'a>, LogError> {
        let observer: BaseConsumer<PlainContext> = config
            .meter()?
            .create_with_context(PlainContext::default())
            .map_err(|error| errors::create(&error))?;
        Login::open(config, observer.client())?;
        let calls = config.caller("the topics' administration");
        Ok(Topics { config, observer, calls })
    }

    fn admin(&self) -> Result<AdminClient<PlainContext>, LogError> {
        let admin = self.config.admin()?.create_with_context(PlainContext::default());
        let admin: AdminClient<PlainContext> = admin.map_err(|error| errors::create(&error))?;
        Login::open(self.config, admin.inner())?;
        Ok(admin)
    }

    /// Asks until a broker answers. Each attempt has a client of its own: a client goes on waiting for the
    /// controller that it has once heard of, also after that one has died.
    fn ask<T>(
        &self,
        doing: &str,
        name: &'static str,
        make: impl Fn(&AdminClient<PlainContext>, &AdminOptions) -> KafkaResult<T>,
    ) -> Result<T, LogError> {
        let (began, waits) = (Instant::now(), self.config.waits());
        let attempt = Some(waits.call(ADMIN_ATTEMPT));
        let options = AdminOptions::new().request_timeout(attempt).operation_timeout(attempt);
        loop {
            let admin = self.admin()?;
            let error = match call(&self.calls, name, || make(&admin, &options)) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let may_pass = errors::code(&error).is_some_and(errors::is_moving);
            if !may_pass || began.elapsed() >= waits.answer() {
                return Err(errors::topics(doing, &error));
            }
            std::thread::sleep(VISIBLE_STEP);
        }
    }

    fn metadata(&self) -> Result<Metadata, LogError> {
        connect::metadata(self.observer.client(), self.config, || {
            let _ = self.observer.poll(connect::COMPLAINTS_WAIT);
        })
    }

    pub(super) fn names(&self) -> Result<Vec<String>, LogError> {
        let metadata = self.metadata()?;
        let mut names: Vec<String> = present(&metadata).map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// Creates what is missing and returns its names, once every broker we ask knows it.
    pub(super) fn create(&self, specs: &[TopicSpec]) -> Result<Vec<String>, LogError> {
        let metadata = self.metadata()?;
        let is_missing = |spec: &&TopicSpec| !present(&metadata).any(|name| name == spec.name);
        let missing: Vec<&TopicSpec> = specs.iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let settings: Vec<Vec<(&str, String)>> =
            missing.iter().map(|spec| settings(spec)).collect();
        let wanted = missing.iter().zip(&settings).map(|(spec, settings)| {
            let factor = spec.replication.factor.unwrap_or(AS_THE_BROKER_DOES);
            let new = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(factor));
            settings.iter().fold(new, |new, (key, value)| new.set(key, value))
        });
        let wanted: Vec<NewTopic<'_>> = wanted.collect();
        let answers = self.ask("cannot create topics", "create_topics", |admin, options| {
            settled(block_on(admin.create_topics(&wanted, options))?, |(_, code)| *code)
        })?;
        let mut created = Vec::new();
        for answer in answers {
            match answer {
                Ok(name) => created.push(name),
                // Another client made it just now, or an earlier attempt whose answer did not come.
                Err((_, Code::TopicAlreadyExists)) => {}
                Err((name, code)) => {
                    return Err(LogError::Fatal(format!("cannot create topic {name}: {code}")));
                }
            }
        }
        self.wait_until_visible(&missing)?;
        Ok(created)
    }

    /// The broker replaces all settings of the topic by those that are sent (the client offers no
    /// incremental change): all that the topic has of its own are sent with it.
    pub(super) fn set_stamp(&self, topic: &TopicSpec, stamp: Stamp) -> Result<(), LogError> {
        let whose = ResourceSpecifier::Topic(&topic.name);
        let described = self.describe_configs(std::slice::from_ref(&whose))?;
        let described = described.into_iter().next().unwrap_or(Err(Code::Partial));
        let described = described.map_err(|code| {
            LogError::Fatal(format!("cannot describe topic {}: {code}", topic.name))
        })?;
        let own = described.entries.iter().filter(|entry| {
            entry.source == ConfigSource::DynamicTopic && entry.name != TIMESTAMP_TYPE
        });
        let own = own.filter_map(|entry| Some((entry.name.as_str(), entry.value.as_deref()?)));
        let new = AlterConfig::new(whose).set(TIMESTAMP_TYPE, stamp_name(stamp));
        let new = own.fold(new, |new, (key, value)| new.set(key, value));
        let answers = self.ask("cannot change a topic", "alter_configs", |admin, options| {
            settled(block_on(admin.alter_configs([&new], options))?, |(_, code)| *code)
        })?;
        for answer in answers {
            answer.map_err(|(_, code)| {
                LogError::Fatal(format!("cannot change topic {}: {code}", topic.name))
            })?;
        }
        Ok(())
    }

    pub(super) fn members(&self, group: &str) -> Result<usize, LogError> {
        self.metadata()?;
        if let Some(members) = self.listed_members(group)? {
            return Ok(members);
        }
        // A broker that fails, or one that hides the group from this client, does not list it either.
        self.ask_coordinator(group)?;
        Ok(self.listed_members(group)?.unwrap_or(0))
    }

    /// `None`: no broker lists the group.
    fn listed_members(&self, group: &str) -> Result<Option<usize>, LogError> {
        let list = || {
            self.observer.client().fetch_group_list(Some(group), self.config.waits().long_call())
        };
        let listed = call(&self.calls, "list_groups", list);
        let listed = listed.map_err(|error| errors::topics("cannot describe groups", &error))?;
        let Some(found) = listed.groups().iter().find(|found| found.name() == group) else {
            return Ok(None);
        };
        members_of(found.state(), found.members().len()).map(Some).ok_or_else(|| {
            LogError::NotYet(format!(
                "the coordinator of consumer group {group} does not describe it: it may be moving to another \
                 broker, or this client lacks the right Describe on the group"
            ))
        })
    }

    /// Fails where the group's coordinator does not answer, or refuses this client.
    fn ask_coordinator(&self, group: &str) -> Result<(), LogError> {
        let consumer: BaseConsumer<PlainContext> = self
            .config
            .reader(group)?
            .create_with_context(PlainContext::default())
            .map_err(|error| errors::create(&error))?;
        Login::open(self.config, consumer.client())?;
        let mut any = TopicPartitionList::new();
        any.add_partition("buymode.inputs", 0);
        let ask = || consumer.committed_offsets(any, self.config.waits().long_call());
        let answered = call(&self.calls, "committed", ask).map(drop);
        answered.map_err(|error| match error.rdkafka_error_code() {
            Some(code @ Code::GroupAuthorizationFailed) => LogError::Fatal(format!(
                "cannot see whether consumer group {group} has members: {code}; grant Describe on it"
            )),
            code => LogError::NotYet(format!(
                "the coordinator of consumer group {group} does not answer: {}",
                code.map_or_else(|| error.to_string(), |code| code.to_string())
            )),
        })
    }

    fn wait_until_visible(&self, topics: &[&TopicSpec]) -> Result<(), LogError> {
        let began = Instant::now();
        loop {
            let metadata = self.metadata()?;
            let ready = |wanted: &&&TopicSpec| {
                metadata.topics().iter().any(|topic| {
                    topic.name() == wanted.name
                        && topic.error().is_none()
                        && topic.partitions().iter().all(|partition| partition.leader() >= 0)
                })
            };
            let Some(late) = topics.iter().find(|wanted| !ready(wanted)) else {
                return Ok(());
            };
            if began.elapsed() > VISIBLE_MAX {
                return Err(LogError::Fatal(format!(
                    "topic {} was created but has no leader yet",
                    late.name
                )));
            }
            std::thread::sleep(VISIBLE_STEP);
        }
    }

    pub(super) fn describe(&self, names: &[String]) -> Result<Vec<Option<TopicSpec>>, LogError> {
        let metadata = self.metadata()?;
        let find = |name: &String| {
            let mut topics = metadata.topics().iter().filter(|topic| topic.error().is_none());
            topics.find(|topic| topic.name() == name)
        };
        let found: Vec<Option<&MetadataTopic>> = names.iter().map(find).collect();
        let resources: Vec<ResourceSpecifier<'_>> =
            found.iter().flatten().map(|t| ResourceSpecifier::Topic(t.name())).collect();
        if resources.is_empty() {
            return Ok(vec![None; names.len()]);
        }
        let mut answers = self.describe_configs(&resources)?.into_iter();
        let mut specs = Vec::with_capacity(names.len());
        for topic in found {
            let Some(topic) = topic else {
                specs.push(None);
                continue;
            };
            let name = topic.name();
            let answer = answers.next().unwrap_or(Err(Code::Partial));
            let resource = answer
                .map_err(|code| LogError::Fatal(format!("cannot describe topic {name}: {code}")))?;
            specs.push(Some(spec(topic, &resource)?));
        }
        Ok(specs)
    }

    fn describe_configs(
        &self,
        whose: &[ResourceSpecifier<'_>],
    ) -> Result<Vec<ConfigResourceResult>, LogError> {
        self.ask("cannot describe topics", "describe_configs", |admin, options| {
            settled(block_on(admin.describe_configs(whose, options))?, |code| *code)
        })
    }
}

/// The answers, unless one of them says that something is moving to another broker: then all are asked
/// for again.
fn settled<T, E>(
    answers: Vec<Result<T, E>>,
    code: impl Fn(&E) -> Code,
) -> KafkaResult<Vec<Result<T, E>>> {
    let mut codes = answers.iter().filter_map(|answer| answer.as_ref().err().map(&code));
    match codes.find(|code| errors::is_moving(*code)) {
        Some(code) => Err(KafkaError::AdminOp(code)),
        None => Ok(answers),
    }
}

/// The names of the topics that are really there.
fn present(metadata: &Metadata) -> impl Iterator<Item = &str> {
    let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
    there.map(MetadataTopic::name)
}

/// How many are alive in a group that was described as in this state; `None`: its description failed.
fn members_of(state: &str, members: usize) -> Option<usize> {
    match state {
        "" | "Unknown" => None,
        "Empty" | "Dead" => Some(members),
        // While it rebalances, members that join are not listed yet.
        _ => Some(members.max(1)),
    }
}

/// The replication factor that leaves it to the broker.
const AS_THE_BROKER_DOES: i32 = -1;
const TIMESTAMP_TYPE: &str = "message.timestamp.type";
const MIN_INSYNC: &str = "min.insync.replicas";

fn stamp_name(stamp: Stamp) -> &'static str {
    match stamp {
        Stamp::LogAppendTime => "LogAppendTime",
        Stamp::CreateTime => "CreateTime",
    }
}

/// What a topic is created with, as the broker calls it.
pub fn settings(spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let cleanup = match spec.cleanup {
        Cleanup::Compact => "compact",
        Cleanup::Delete => "delete",
    };
    let mut settings = vec![
        ("cleanup.policy", cleanup.to_owned()),
        ("retention.ms", spec.retention_ms.unwrap_or(-1).to_string()),
        (TIMESTAMP_TYPE, stamp_name(spec.stamp).to_owned()),
        ("max.message.bytes", spec.max_message_bytes.to_string()),
        ("compression.type", spec.compression.unwrap_or(Compression::Producer).to_string()),
    ];
    settings.extend(spec.replication.min_insync.map(|least| (MIN_INSYNC, least.to_string())));
    settings
}

fn spec(topic: &MetadataTopic, resource: &ConfigResource) -> Result<TopicSpec, LogError> {
    let name = topic.name();
    let get = |key: &str| {
        let value = resource.get(key).and_then(|entry| entry.value.as_deref());
        value.ok_or_else(|| {
            LogError::Fatal(format!("topic {name}: the broker does not report {key}"))
        })
    };
    let number = |key: &str| {
        let value = get(key)?;
        let parsed = value.parse::<i64>();
        parsed
            .map_err(|_| LogError::Fatal(format!("topic {name}: {key} is `{value}`, not a number")))
    };
    let retention_ms = number("retention.ms")?;
    let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let fewest = topic.partitions().iter().map(|partition| count(partition.replicas().len())).min();
    Ok(TopicSpec {
        name: name.to_owned(),
        partitions: count(topic.partitions().len()),
        // `compact,delete` loses records as `delete` does, and that is what counts.
        cleanup: if get("cleanup.policy")? == "compact" {
            Cleanup::Compact
        } else {
            Cleanup::Delete
        },
        retention_ms: (retention_ms >= 0).then_some(retention_ms),
        stamp: if get(TIMESTAMP_TYPE)? == "LogAppendTime" {
            Stamp::LogAppendTime
        } else {
            Stamp::CreateTime
        },
        max_message_bytes: i32::try_from(number("max.message.bytes")?).unwrap_or(i32::MAX),
        compression: get("compression.type")?.parse().ok(),
        replication: Replication {
            factor: fewest,
            // Some brokers that speak Kafka's protocol have no such setting.
            min_insync: resource.get(MIN_INSYNC).and_then(|e| e.value.as_deref()?.parse().ok()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_not_take_a_group_that_was_not_described_for_an_empty_one() {
        for (state, members, alive) in [
            ("", 0, None),
            ("Unknown", 0, None),
            ("Empty", 0, Some(0)),
            ("Dead", 0, Some(0)),
            ("Stable", 3, Some(3)),
            ("PreparingRebalance", 0, Some(1)),
            ("CompletingRebalance", 2, Some(2)),
        ] {
            assert_eq!(members_of(state, members), alive, "{state}");
        }
    }
}
