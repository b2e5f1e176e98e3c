//! The names of the topics, and what may lie in each.

use crate::domain::Text;
use crate::domain::account::input::RecordType;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::figures::counted;
use crate::log::partitioner::partition_of;
use crate::log::{Cleanup, Compression, Replication, Stamp, TopicSpec};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Topic names; a prefix lets several deployments share a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    pub inputs: String,
    pub accounts: String,
    pub dead_letters: String,
    /// Which dead letters are done with.
    pub resolutions: String,
    pub profiles: String,
    /// What accounts are the same company as which, for people and tools.
    pub aliases: String,
    /// What the last snapshot of each source held, for the next import.
    pub sources: String,
    /// Who gets which decision: everything that the desk reads, in one partition.
    pub desk: String,
    /// What the desk remembers.
    pub desk_state: String,
    /// What senders are to do.
    pub outbox: String,
    /// What senders remember.
    pub attempts: String,
    /// What CRMs show of each account, as `deliver sync` has written it.
    pub sync: String,
    /// A route's topic is this and the route's name.
    pub route_prefix: String,
    /// How long decisions and the outbox are kept.
    pub decisions_days: u32,
    /// The source of CloudEvents headers on decisions; none: no such headers are written.
    pub event_source: Option<String>,
    /// Per-kind topics that are forwarded into the inputs, with the record types each may hold.
    pub kinds: Vec<(String, Vec<RecordType>)>,
}

impl Topics {
    /// `prefix` goes before every name: `""`, or `staging.`.
    pub fn with_prefix(prefix: &str) -> Topics {
        use RecordType as T;
        let kind =
            |name: &str, kind: T| (format!("{prefix}signals.{name}"), vec![kind, T::Retraction]);
        Topics {
            inputs: format!("{prefix}buymode.inputs"),
            accounts: format!("{prefix}buymode.accounts"),
            dead_letters: format!("{prefix}buymode.dead-letters"),
            resolutions: format!("{prefix}buymode.dead-letters.resolved"),
            profiles: format!("{prefix}buymode.profiles"),
            aliases: format!("{prefix}buymode.aliases"),
            sources: format!("{prefix}buymode.sources"),
            desk: format!("{prefix}buymode.desk"),
            desk_state: format!("{prefix}buymode.desk-state"),
            outbox: format!("{prefix}buymode.outbox"),
            attempts: format!("{prefix}buymode.attempts"),
            sync: format!("{prefix}buymode.sync"),
            route_prefix: format!("{prefix}sequencer."),
            decisions_days: DECISIONS_DAYS,
            event_source: None,
            kinds: vec![
                kind("funding", T::Funding),
                kind("hiring", T::Hiring),
                kind("headcount", T::Headcount),
                kind("technology", T::Technology),
                kind("news", T::News),
                kind("engagement", T::Engagement),
                (format!("{prefix}companies"), vec![T::Company]),
                (format!("{prefix}suppressions"), vec![T::Suppression]),
                (format!("{prefix}outcomes"), vec![T::SalesOutcome]),
            ],
        }
    }

    pub fn route(&self, route: &str) -> String {
        format!("{}{route}", self.route_prefix)
    }

    /// Whether a topic of this name is one that this deployment reads or writes records of its own in.
    pub fn is_ours(&self, name: &str) -> bool {
        let fixed = [
            &self.inputs,
            &self.accounts,
            &self.dead_letters,
            &self.resolutions,
            &self.profiles,
            &self.aliases,
            &self.sources,
            &self.sync,
        ];
        self.is_desk(name)
            || fixed.into_iter().any(|ours| ours == name)
            || self.kinds.iter().any(|(kind, _)| kind == name)
            || name.starts_with(&self.route_prefix)
    }

    /// Whether a topic of this name is one that only `buymode deliver` reads and writes.
    pub fn is_desk(&self, name: &str) -> bool {
        [&self.desk, &self.desk_state, &self.outbox, &self.attempts].into_iter().any(|t| t == name)
    }

    /// Every topic of scoring as it should be. The accounts topic has the partition count of the inputs, and
    /// is compacted; profiles are kept for ever; a history deployment keeps everything, and takes
    /// the writer's time, since it lives through the past.
    pub fn specs(&self, partitions: i32, history: bool, routes: &BTreeSet<Text>) -> Vec<TopicSpec> {
        let keeps = |days: i64| (!history).then_some(days * 86_400_000);
        let stamp = if history { Stamp::CreateTime } else { Stamp::LogAppendTime };
        let topic = |name: &str, retention_ms: Option<i64>, stamp: Stamp| TopicSpec {
            name: name.to_owned(),
            partitions,
            cleanup: Cleanup::Delete,
            retention_ms,
            stamp,
            max_message_bytes: MESSAGE_BYTES_MAX,
            compression: Some(Compression::Producer),
            replication: Replication::default(),
        };
        let mut specs = vec![
            topic(&self.inputs, None, stamp),
            TopicSpec {
                cleanup: Cleanup::Compact,
                ..topic(&self.accounts, None, Stamp::CreateTime)
            },
            topic(&self.dead_letters, keeps(90), Stamp::CreateTime),
            // A resolved dead letter must not become open again, however long it is kept.
            TopicSpec {
                partitions: 1,
                cleanup: Cleanup::Compact,
                ..topic(&self.resolutions, None, Stamp::CreateTime)
            },
            TopicSpec { partitions: 1, ..topic(&self.profiles, None, Stamp::CreateTime) },
            TopicSpec {
                partitions: 1,
                cleanup: Cleanup::Compact,
                ..topic(&self.aliases, None, Stamp::CreateTime)
            },
            // In one partition, so that the mark of a snapshot stands behind its rows.
            TopicSpec {
                partitions: 1,
                cleanup: Cleanup::Compact,
                ..topic(&self.sources, None, Stamp::CreateTime)
            },
        ];
        specs.extend(self.kinds.iter().map(|(name, _)| topic(name, keeps(30), stamp)));
        let routes = routes.iter().map(|route| self.route(route));
        // Read by clients of others, some of which cannot read LZ4 or Zstandard as installed.
        specs.extend(routes.map(|name| TopicSpec {
            compression: Some(Compression::Gzip),
            ..topic(&name, keeps(i64::from(self.decisions_days)), Stamp::CreateTime)
        }));
        specs
    }

    /// Every topic of deliveries as it should be; `senders`: partitions of the outbox. The desk goes by
    /// the time of its log, and is kept like the inputs.
    pub fn desk_specs(&self, senders: i32) -> Vec<TopicSpec> {
        let topic = |name: &str, partitions: i32, stamp: Stamp| TopicSpec {
            name: name.to_owned(),
            partitions,
            cleanup: Cleanup::Delete,
            retention_ms: None,
            stamp,
            max_message_bytes: MESSAGE_BYTES_MAX,
            compression: Some(Compression::Producer),
            replication: Replication::default(),
        };
        let kept_ms = i64::from(self.decisions_days) * 86_400_000;
        vec![
            topic(&self.desk, 1, Stamp::LogAppendTime),
            TopicSpec {
                cleanup: Cleanup::Compact,
                ..topic(&self.desk_state, 1, Stamp::CreateTime)
            },
            // By a sender's limit, and not by action: compaction would drop all but the last one.
            TopicSpec {
                retention_ms: Some(kept_ms),
                ..topic(&self.outbox, senders, Stamp::CreateTime)
            },
            TopicSpec {
                cleanup: Cleanup::Compact,
                ..topic(&self.attempts, senders, Stamp::CreateTime)
            },
        ]
    }
}

impl Topics {
    /// The ledger of `deliver sync`, which makes it where it is missing.
    pub fn sync_spec(&self) -> TopicSpec {
        TopicSpec {
            name: self.sync.clone(),
            partitions: 1,
            cleanup: Cleanup::Compact,
            retention_ms: None,
            stamp: Stamp::CreateTime,
            max_message_bytes: 1 << 20,
            compression: None,
            replication: Replication::default(),
        }
    }
}

/// Days for which decisions and the outbox are kept, unless the settings say otherwise.
pub const DECISIONS_DAYS: u32 = 400;

/// A record of the accounts topic holds all ledgers of an account
/// ([`LEDGERS_BYTES_MAX`](crate::domain::terms::limits::LEDGERS_BYTES_MAX)), where it stands with each
/// product, and its kin; the largest possible one is smaller than this.
const MESSAGE_BYTES_MAX: i32 = 4 << 20;

/// The partition of an account among so many: of its inputs and of its state.
pub fn place_of(account: &AccountKey, partitions: i32) -> i32 {
    partition_of(account.as_str().as_bytes(), partitions)
}

impl Topics {
    /// Why a log must not be read or written whose inputs have `found` partitions and were scored with
    /// `recorded`, and the way out.
    pub fn grown(&self, found: i32, recorded: i32) -> String {
        let Topics { inputs, accounts, .. } = self;
        format!(
            "{inputs} has {}, but it was scored with {recorded}, as the task records in {accounts} say: \
             new records of an account would lie in other partitions than its state. Partitions cannot be \
             removed; use `buymode topics copy --to PREFIX --partitions {found}`, which copies the log in order \
             into topics of another prefix, and leave {inputs} and {accounts} as they are until then",
            counted(found, "partition"),
        )
    }
}

impl Topics {
    /// Why topics must not be used that a copy, or a restore from a snapshot, has not finished.
    pub fn half_copied(&self) -> String {
        format!(
            "the copy or restore into {} is not finished; use the same `buymode topics copy` or `buymode snapshot restore` \
             again, which goes on with it",
            self.inputs
        )
    }

    /// Why a log that began with a snapshot cannot be folded from its inputs alone.
    pub fn began_with(&self, snapshot: Uuid) -> String {
        format!(
            "the log of {} began with the states of snapshot {snapshot}, which are in no input",
            self.inputs
        )
    }
}

/// The key of a task's own record in the accounts topic. No account key begins with a zero byte.
pub const TASK_KEY: &[u8] = b"\0task";
/// The key of the record that keeps the task's broadcasts.
pub const WORLD_KEY: &[u8] = b"\0world";
