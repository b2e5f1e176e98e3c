//! Which process holds a session's transactional id. Each commit of positions carries a line that
//! says who made it, which Kafka keeps beside the offset and hands to any reader of the group.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::login::Login;
use super::waits::QUESTION;
use super::watched::call;
use crate::log::SessionSpec;
use crate::log::holder::Holder;

/// How long the rival is given to commit something: it may be restoring still.
const WAIT_MAX: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(500);

fn this() -> Holder {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_ms = since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    Holder::this(&gethostname::gethostname().to_string_lossy(), now_ms)
}

/// The line that goes with the positions that this process commits under the id.
pub(super) fn signature(transactional_id: &str) -> String {
    format!("{} {transactional_id}", this().line())
}

fn signed(line: &str, transactional_id: &str) -> Option<Holder> {
    Holder::read(line.strip_suffix(transactional_id)?.strip_suffix(' ')?)
}

/// The other process that committed last under the session's id, asked for until one has since this
/// was called; else the last one before, else the host of another member of the group.
pub(super) fn find(config: &KafkaConfig, spec: &SessionSpec) -> Option<Holder> {
    if spec.group.is_empty() {
        return None;
    }
    let consumer: BaseConsumer<PlainContext> =
        config.reader(&spec.group).ok()?.create_with_context(PlainContext::default()).ok()?;
    Login::open(config, consumer.client()).ok()?;
    let this = this();
    let began = Instant::now();
    let mut last = None;
    while began.elapsed() < WAIT_MAX {
        last = last.max(committers(config, &consumer, spec).filter(|h| !h.is_same(&this)).max());
        if last.as_ref().is_some_and(|holder| holder.seen_ms >= this.seen_ms) {
            break;
        }
        let _ = consumer.poll(PAUSE);
    }
    last.or_else(|| member(config, &consumer, spec, &this))
}

fn committers<'a>(
    config: &KafkaConfig,
    consumer: &BaseConsumer<PlainContext>,
    spec: &'a SessionSpec,
) -> impl Iterator<Item = Holder> + 'a {
    let calls = config.caller(&format!("group `{}`", spec.group));
    let mut partitions = TopicPartitionList::new();
    for topic in &spec.topics {
        let ask = || consumer.fetch_metadata(Some(topic), QUESTION);
        let Ok(metadata) = call(&calls, "fetch_metadata", ask) else { continue };
        let count = metadata.topics().first().map_or(0, |found| found.partitions().len());
        let last = i32::try_from(count).unwrap_or_default() - 1;
        partitions.add_partition_range(topic, 0, last);
    }
    let ask = || consumer.committed_offsets(partitions, QUESTION);
    let committed = call(&calls, "committed", ask);
    let lines: Vec<String> = committed.map_or(Vec::new(), |list| {
        list.elements().iter().map(|element| element.metadata().to_owned()).collect()
    });
    lines.into_iter().filter_map(|line| signed(&line, &spec.transactional_id))
}

/// By the list of the group's members, who are known by their address alone.
fn member(
    config: &KafkaConfig,
    consumer: &BaseConsumer<PlainContext>,
    spec: &SessionSpec,
    this: &Holder,
) -> Option<Holder> {
    let calls = config.caller(&format!("group `{}`", spec.group));
    let ask = || consumer.fetch_group_list(Some(&spec.group), QUESTION);
    let groups = call(&calls, "list_groups", ask).ok()?;
    let members = groups.groups().iter().flat_map(|group| group.members());
    let hosts: Vec<String> =
        members.map(|member| member.client_host().trim_start_matches('/').to_owned()).collect();
    // This process has left; of several members it is not known which one has the name.
    match &hosts[..] {
        [host] => Some(Holder { seen_ms: this.seen_ms, host: host.clone(), process: None }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_know_its_own_signature_and_no_other_ones() {
        let line = signature("buymode-a-score");
        assert!(signed(&line, "buymode-a-score").is_some_and(|holder| holder.is_same(&this())));
        assert_eq!(signed(&line, "buymode-b-score"), None);
        assert_eq!(signed(&line, "a-score"), None);
        assert_eq!(signed("", "buymode-a-score"), None);
        assert_eq!(signed("checked by an operator", "buymode-a-score"), None);
    }
}
