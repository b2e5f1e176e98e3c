//! The topic that every contender reads, and the topics that each writes.

use crate::load::{self, Load};
use crate::options::{Options, say};
use crate::{PROFILE, bare, support};
use buymode::engine::topics::Topics;
use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::Store;
use buymode::runtime::worker::now_ms;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use std::time::{Duration, Instant};

const GONE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Ground {
    pub store: KafkaStore,
    pub bootstrap: String,
    /// Goes before the names of all topics and groups of this run.
    pub run: String,
    pub topics: Topics,
    /// Records in the inputs: profiles, companies and signals.
    pub inputs: u64,
    /// Bytes of a signal on average, without its key.
    pub signal_bytes: u64,
}

impl Ground {
    /// Writes the inputs.
    pub(crate) fn new(bootstrap: &str, run: &str, options: &Options) -> anyhow::Result<Ground> {
        let config = KafkaConfig { bootstrap: bootstrap.to_owned(), ..KafkaConfig::default() };
        let store = KafkaStore::new(config)?;
        let topics = load::topics(&format!("{run}."));
        load::create(&store, &topics)?;
        let (accounts, signals) = (options.accounts(), options.signals());
        say(&format!(
            "writing {signals} signals of {accounts} companies to {} partitions ...",
            load::PARTITIONS
        ));
        let mut load = Load::new(now_ms(), PROFILE);
        let companies = load.write_companies(&store, &topics, accounts)?;
        let bytes = load.write_signals(&store, &topics, accounts, signals)?;
        Ok(Ground {
            store,
            bootstrap: bootstrap.to_owned(),
            run: run.to_owned(),
            topics,
            inputs: companies + signals,
            signal_bytes: bytes / signals.max(1),
        })
    }

    /// Empty topics for a contender's outputs, under a prefix of its own.
    pub(crate) fn outputs(&self, name: &str) -> anyhow::Result<Topics> {
        let topics = load::topics(&format!("{}.{name}.", self.run));
        load::create(&self.store, &topics)?;
        Ok(topics)
    }

    /// buymode finds its inputs by the prefix of its outputs: those are made anew, the inputs stay.
    pub(crate) fn own_outputs(&self) -> anyhow::Result<Topics> {
        self.delete(|name| self.is_output(name))?;
        load::create(&self.store, &self.topics)?;
        Ok(self.topics.clone())
    }

    fn is_output(&self, name: &str) -> bool {
        let topics = &self.topics;
        name == topics.accounts
            || name == topics.dead_letters
            || name.starts_with(&topics.route("")) && name.starts_with(&self.run)
    }

    /// Deletes what a contender wrote, its change logs too.
    pub(crate) fn forget(&self, name: &str) -> anyhow::Result<()> {
        let prefix = format!("{}.{name}", self.run);
        self.delete(|topic| {
            let rest = topic.strip_prefix(&prefix);
            rest.is_some_and(|rest| rest.starts_with('.') || rest.starts_with('-'))
        })
    }

    /// Deletes all that this run made, for a broker that stays.
    pub(crate) fn leave(&self) -> anyhow::Result<()> {
        let prefix = format!("{}.", self.run);
        self.delete(|topic| topic.starts_with(&prefix))
    }

    fn delete(&self, which: impl Fn(&str) -> bool) -> anyhow::Result<()> {
        let names = self.store.topic_names()?;
        let names: Vec<&str> = names.iter().map(String::as_str).filter(|n| which(n)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let admin: AdminClient<DefaultClientContext> = bare::config(&self.bootstrap).create()?;
        support::block_on(admin.delete_topics(&names, &AdminOptions::new()))?;
        let deadline = Instant::now() + GONE_MAX;
        while self.store.topic_names()?.iter().any(|name| which(name)) {
            anyhow::ensure!(Instant::now() < deadline, "deleted topics are still listed");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}
