//! Prepares the log for the demo: its topics, its profile, and the progress of an earlier run.

use super::make::{FIRST_DAY, Recipe};
use crate::codec::Codec;
use crate::domain::account::input::Activation;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::{RULES_VERSION, Text};
use crate::engine::names::Names;
use crate::engine::publication::{self, Stamps};
use crate::engine::staged::Staged;
use crate::engine::topics::Topics;
use crate::log::scan::Scan;
use crate::log::{Cleanup, Output, Replication, Stamp, Store, TopicSpec, Writer};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Number of partitions of the inputs topic: enough to show that several work.
const PARTITIONS: i32 = 4;
/// The generator's own topic, beside those of the pipeline.
const PROGRESS_TOPIC: &str = "buymode.demo";
const PROGRESS_KEY: &[u8] = b"progress";
pub(super) const WRITER_ID: &str = "buymode-demo-generator";

/// The generator's progress. It is written in the transaction of the records that it counts, so that no
/// record is written twice or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Number of generated records that are in the log.
    pub made: u64,
}

impl Progress {
    pub(super) fn send(&self, writer: &mut dyn Writer) -> anyhow::Result<()> {
        let value = serde_json::to_vec(self).context("cannot encode the demo's progress")?;
        let output = Output {
            topic: PROGRESS_TOPIC,
            partition: Some(0),
            key: Some(PROGRESS_KEY),
            value: Some(&value),
            ..Output::default()
        };
        Ok(writer.send(&output)?)
    }
}

pub(super) struct Ground {
    pub topics: Topics,
    pub partitions: i32,
    /// All topics with decisions.
    pub decisions: Vec<String>,
    pub progress: Progress,
    /// Whether this run published the profile.
    pub is_new: bool,
}

/// Creates missing topics and reads the progress of earlier runs.
pub(super) fn prepare(
    store: &dyn Store,
    codec: &mut Codec,
    profile: Arc<CompiledProfile>,
    wanted: Recipe,
) -> anyhow::Result<Ground> {
    let topics = Topics::with_prefix("");
    let routes = profile.profile.route_names();
    let decisions = routes.iter().map(|route| topics.route(route)).collect();
    check_foreign(store, &topics)?;
    store.create_topics(&specs(&topics, &routes))?;
    let found = read_progress(store)?;
    let progress = found.unwrap_or(Progress { recipe: wanted, made: 0 });
    if found.is_none() {
        publish(store, codec, &topics, profile, &progress)?;
    }
    let is_new = found.is_none();
    Ok(Ground { topics, partitions: PARTITIONS, decisions, progress, is_new })
}

fn check_foreign(store: &dyn Store, topics: &Topics) -> anyhow::Result<()> {
    let names = [topics.inputs.clone(), PROGRESS_TOPIC.to_owned()];
    let place = store.location();
    let [inputs, progress] = &store.describe_topics(&names)?[..] else {
        bail!("cannot list the topics of the log in {place}");
    };
    if inputs.is_some() && progress.is_none() {
        bail!("the log in {place} was not made by the demo; use another folder with --embedded");
    }
    Ok(())
}

fn specs(topics: &Topics, routes: &BTreeSet<Text>) -> Vec<TopicSpec> {
    let mut specs = topics.specs(PARTITIONS, true, routes);
    specs.push(TopicSpec {
        name: PROGRESS_TOPIC.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
        retention_ms: None,
        stamp: Stamp::CreateTime,
        max_message_bytes: 1 << 20,
        compression: None,
        replication: Replication::default(),
    });
    specs
}

fn read_progress(store: &dyn Store) -> anyhow::Result<Option<Progress>> {
    let mut reader = store.reader()?;
    let mut found = None;
    Scan::whole(&mut *reader, PROGRESS_TOPIC, 0)?.each(&mut *reader, &mut |record| {
        found = record.value.map(<[u8]>::to_vec);
    })?;
    let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
    found.map(read).transpose().with_context(|| {
        format!("cannot read the demo's progress in {}; use another folder", store.location())
    })
}

/// Writes the profile to its topic and its activation to every partition, in one transaction.
fn publish(
    store: &dyn Store,
    codec: &mut Codec,
    topics: &Topics,
    profile: Arc<CompiledProfile>,
    progress: &Progress,
) -> anyhow::Result<()> {
    let activation = Activation {
        number: 1,
        profile,
        rules_version: RULES_VERSION,
        published_by: Some(Text::const_new("demo")),
        note: None,
    };
    let first = Some(FIRST_DAY.start().0);
    let stamps = Stamps { profiles_ms: first, inputs_ms: first };
    let (names, mut staged) = (Names::new(topics.clone()), Staged::default());
    publication::stage(codec, &names, &activation, PARTITIONS, stamps, &mut staged)?;
    let mut writer = store.writer(WRITER_ID)?;
    writer.begin()?;
    staged.send_all(&mut |output| writer.send(output))?;
    progress.send(&mut *writer)?;
    Ok(writer.commit(&[])?)
}
