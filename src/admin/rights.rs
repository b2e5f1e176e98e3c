//! Which rights each kind of client needs on a cluster: one table for the manifests, the documents and
//! the test that starts an instance with these rights and no others.

use crate::config::Config;
use crate::engine::topics::Topics;
use std::collections::BTreeSet;
use strum::Display;

/// What a client may do with a resource, as Kafka calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display)]
pub enum Operation {
    Read,
    Write,
    Describe,
    DescribeConfigs,
}

/// What a right is about, as Strimzi calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display)]
#[strum(serialize_all = "camelCase")]
pub enum Resource {
    Topic,
    Group,
    TransactionalId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    pub resource: Resource,
    pub name: String,
    /// On everything whose name begins with this one.
    pub is_prefix: bool,
    pub operations: &'static [Operation],
}

/// A kind of client: a user of its own, so that each has no more rights than it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub name: &'static str,
    pub rights: Vec<Right>,
}

use Operation::{Describe as D, DescribeConfigs as C, Read as R, Write as W};
/// The endings of the consumer groups of `deliver`.
pub(in crate::admin) const DELIVER_STEPS: [&str; 4] =
    ["desk-forward", "desk-outcomes", "desk", "send"];

const LOOK: &[Operation] = &[D, C];
const READ: &[Operation] = &[R, D, C];
const WRITE: &[Operation] = &[W, D, C];
const BOTH: &[Operation] = &[R, W, D, C];

/// Every kind of client with its rights, for these settings.
pub fn clients(topics: &Topics, config: &Config) -> Vec<Client> {
    let prefix = config.topics.prefix.as_str();
    let group = format!("{prefix}{}", config.group.as_str());
    let t = topics;
    let others = [&t.resolutions, &t.aliases, &t.sources];
    let kinds = || t.kinds.iter().map(|(name, _)| topic(name, READ));
    let mut run = vec![
        topic(&t.inputs, BOTH),
        topic(&t.accounts, BOTH),
        topic(&t.profiles, BOTH),
        topic(&t.dead_letters, WRITE),
        begins(Resource::Topic, &t.route_prefix, WRITE),
    ];
    run.extend(others.iter().map(|name| topic(name, LOOK)));
    run.extend(kinds());
    run.extend([
        named(Resource::Group, &group, &[R, D]),
        named(Resource::Group, &format!("{group}-forward"), &[R, D]),
        begins(Resource::TransactionalId, &format!("{group}-"), &[W, D]),
        named(Resource::TransactionalId, &format!("{prefix}buymode-publisher"), &[W, D]),
    ]);
    let raw: BTreeSet<&str> =
        config.ingest.sources.values().filter_map(|source| source.topic.as_deref()).collect();
    let mut ingest = vec![
        topic(&t.inputs, WRITE),
        topic(&t.accounts, READ),
        topic(&t.profiles, READ),
        topic(&t.dead_letters, WRITE),
    ];
    ingest.extend(raw.into_iter().map(|name| topic(name, READ)));
    ingest.extend([
        named(Resource::Group, &format!("{group}-ingest"), &[R, D]),
        begins(Resource::TransactionalId, &format!("{group}-"), &[W, D]),
    ]);
    let desk = [&t.desk, &t.desk_state, &t.outbox, &t.attempts];
    let mut deliver: Vec<Right> = desk.iter().map(|name| topic(name, BOTH)).collect();
    deliver.push(begins(Resource::Topic, &t.route_prefix, READ));
    deliver.push(named(Resource::Group, &group, &[D]));
    // People's words go to the accounts, and what CRMs say of them comes from there. And whether the scorers
    // have read all that was there before a message is sent late.
    deliver.push(topic(&t.inputs, BOTH));
    // For what people ask of an account, and under which rules the log was written.
    deliver.extend([topic(&t.accounts, READ), topic(&t.profiles, READ)]);
    let steps = DELIVER_STEPS.map(|step| format!("{group}-{step}"));
    deliver.extend(steps.iter().map(|name| named(Resource::Group, name, &[R, D])));
    deliver.push(begins(Resource::TransactionalId, &format!("{group}-"), &[W, D]));
    let all = |operations| {
        let own = [&t.inputs, &t.accounts, &t.profiles, &t.dead_letters];
        let own = own.into_iter().chain(others).chain(desk).map(|name| topic(name, operations));
        let kinds = t.kinds.iter().map(|(name, _)| topic(name, operations));
        let mut all: Vec<Right> = own.chain(kinds).collect();
        all.push(begins(Resource::Topic, &t.route_prefix, operations));
        all
    };
    let mut operator = all(BOTH);
    let groups = [group.clone(), format!("{group}-forward"), format!("{group}-ingest")];
    operator.extend(groups.iter().chain(&steps).map(|name| named(Resource::Group, name, &[D])));
    let ids = [
        format!("{prefix}buymode-publisher"),
        format!("{prefix}buymode-aliases"),
        format!("{prefix}buymode-roster-publisher"),
        format!("{prefix}buymode-erase"),
        format!("{prefix}buymode-sample"),
        format!("{prefix}buymode-replayer"),
        format!("{}-copy", t.inputs),
        format!("{}-resolve", t.dead_letters),
    ];
    operator.extend(ids.iter().map(|name| named(Resource::TransactionalId, name, &[W, D])));
    let imports = format!("buymode-import-{prefix}");
    operator.push(begins(Resource::TransactionalId, &imports, &[W, D]));
    let client = |name, rights| Client { name, rights };
    vec![
        client("buymode-run", run),
        client("buymode-ingest", ingest),
        client("buymode-deliver", deliver),
        client("buymode-operator", operator),
        client("buymode-reader", all(READ)),
    ]
}

fn topic(name: &str, operations: &'static [Operation]) -> Right {
    named(Resource::Topic, name, operations)
}

fn named(resource: Resource, name: &str, operations: &'static [Operation]) -> Right {
    Right { resource, name: name.to_owned(), is_prefix: false, operations }
}

fn begins(resource: Resource, name: &str, operations: &'static [Operation]) -> Right {
    Right { is_prefix: true, ..named(resource, name, operations) }
}
