//! Prepares the log for the demo: its topics, its profile, and the progress of an earlier run.

use super::make::{FIRST_DAY, Recipe};
use super::site::Site;
use crate::domain::account::input::Activation;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::time::Timestamp;
use crate::domain::{RULES_VERSION, Text};
use crate::engine::names::Names;
use crate::engine::publication::{self, Stamps};
use crate::engine::staged::Staged;
use crate::engine::topics::Topics;
use crate::log::scan::Scan;
use crate::log::{Cleanup, Output, Stamp, Store, TopicSpec, Writer};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Number of partitions of the inputs topic: enough to show that several work.
const PARTITIONS: i32 = 4;
/// The generator's own topic, beside those of the pipeline.
const PROGRESS_TOPIC: &str = "buymode.demo";
const PROGRESS_KEY: &[u8] = b"progress";
const WRITER_ID: &str = "buymode-demo-generator";

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
    pub(super) fn send(&self, topic: &str, writer: &mut dyn Writer) -> anyhow::Result<()> {
        let value = serde_json::to_vec(self).context("cannot encode the demo's progress")?;
        let output = Output {
            topic,
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
    /// The generator's own topic, and its transactional id.
    pub progress_topic: String,
    pub writer_id: String,
    /// No record is written of a later time.
    pub until: Option<Timestamp>,
}

/// Creates missing topics and reads the progress of earlier runs.
pub(super) fn prepare(
    store: &dyn Store,
    site: &Site,
    profile: Arc<CompiledProfile>,
    wanted: Recipe,
) -> anyhow::Result<Ground> {
    let event_source = site.event_source.clone();
    let topics = Topics { event_source, ..Topics::with_prefix(&site.prefix) };
    let (progress_topic, writer_id) = (site.named(PROGRESS_TOPIC), site.named(WRITER_ID));
    let routes = profile.profile.route_names();
    let decisions = routes.iter().map(|route| topics.route(route)).collect();
    check_foreign(store, site, &topics, &progress_topic)?;
    store.create_topics(&specs(&topics, site, &progress_topic, &routes))?;
    let found = read_progress(store, &progress_topic)?;
    let progress = found.unwrap_or(Progress { recipe: wanted, made: 0 });
    let is_new = found.is_none();
    let ground = Ground {
        topics,
        partitions: PARTITIONS,
        decisions,
        progress,
        is_new,
        progress_topic,
        writer_id,
        until: site.until,
    };
    if is_new {
        publish(store, site, &ground, profile)?;
    }
    Ok(ground)
}

fn check_foreign(
    store: &dyn Store,
    site: &Site,
    topics: &Topics,
    progress_topic: &str,
) -> anyhow::Result<()> {
    let names = [topics.inputs.clone(), progress_topic.to_owned()];
    let place = store.location();
    let [inputs, progress] = &store.describe_topics(&names)?[..] else {
        bail!("cannot list the topics of the log in {place}");
    };
    if let (Some(removal), None) = (&site.removal, progress) {
        let prefix = &site.prefix;
        let foreign = store.topic_names()?.into_iter().find(|name| name.starts_with(prefix));
        if let Some(foreign) = foreign {
            bail!(
                "the prefix {prefix} has topics that the demo did not make, such as {foreign}; use another one \
                 with --prefix, or, where no one needs them, remove them: {removal}"
            );
        }
    }
    if inputs.is_some() && progress.is_none() {
        bail!("the log in {place} was not made by the demo; use another folder with --embedded");
    }
    Ok(())
}

fn specs(
    topics: &Topics,
    site: &Site,
    progress_topic: &str,
    routes: &BTreeSet<Text>,
) -> Vec<TopicSpec> {
    let mut specs = topics.specs(PARTITIONS, true, routes);
    specs.push(TopicSpec {
        name: progress_topic.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
        retention_ms: None,
        stamp: Stamp::CreateTime,
        max_message_bytes: 1 << 20,
        compression: None,
        replication: site.replication,
    });
    specs.into_iter().map(|spec| TopicSpec { replication: site.replication, ..spec }).collect()
}

fn read_progress(store: &dyn Store, topic: &str) -> anyhow::Result<Option<Progress>> {
    let mut reader = store.reader()?;
    let mut found = None;
    Scan::whole(&mut *reader, topic, 0)?.each(&mut *reader, &mut |record| {
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
    site: &Site,
    ground: &Ground,
    profile: Arc<CompiledProfile>,
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
    let (names, mut staged) = (Names::new(ground.topics.clone()), Staged::default());
    let mut codec = site.codec.clone();
    publication::stage(&mut codec, &names, &activation, PARTITIONS, stamps, &mut staged)?;
    let mut writer = store.writer(&ground.writer_id)?;
    writer.begin()?;
    staged.send_all(&mut |output| writer.send(output))?;
    ground.progress.send(&ground.progress_topic, &mut *writer)?;
    Ok(writer.commit(&[])?)
}
