//! `buymode topics manifest`.

use crate::admin::manifests::strimzi;
use crate::admin::topics::{configured_routes, desk_specs, specs};
use crate::cli::answer;
use crate::cli::output::whole;
use crate::config::{Config, Within};
use crate::engine::topics::Topics;
use anyhow::{Context, bail};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the topics, and a user with its rights for each kind of client, as manifests for Strimzi; reads
/// the settings alone, no log
///
/// They are what `topics create` creates, and what the rights in the documents say. The users need a
/// cluster with `authorization: { type: simple }`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  buymode topics manifest --config deploy/buymode.yaml --format strimzi \\\n    \
    --cluster main > buymode-topics.yaml"
)]
pub(super) struct Args {
    /// The settings, as YAML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For which operator
    #[arg(long, value_enum)]
    format: Format,
    /// The name of the Kafka resource, as in the label strimzi.io/cluster
    #[arg(long, value_name = "NAME")]
    cluster: String,
    /// How the users prove who they are
    #[arg(long, value_enum, default_value_t)]
    login: Login,
    /// Partitions of the inputs, 1 to 1000 [default: as configured, 24]
    #[arg(long, value_name = "N")]
    partitions: Option<u32>,
    /// Also the topics of this profile's routes; may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
    /// Print JSON, one array
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Strimzi,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Login {
    /// A password, in a secret that the user operator makes
    #[default]
    #[value(name = "scram-sha-512")]
    Password,
    /// A certificate, likewise
    Tls,
}

/// The manifests of Kubernetes, in order.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub(in crate::cli) struct Answer(#[schemars(with = "Vec<Manifest>")] Vec<Value>);

/// A resource of Strimzi, as its operator reads it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the library for manifests writes it; this says its schema")]
struct Manifest {
    /// Of Strimzi.
    api_version: String,
    /// `KafkaTopic` or `KafkaUser`.
    kind: String,
    /// Name and labels.
    metadata: Value,
    /// As Strimzi documents it.
    spec: Value,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(args.config.as_deref())?;
    if config.kafka.is_none() {
        bail!(
            "the settings name a folder, which has no rights; name a Kafka cluster (kafka.bootstrap)"
        );
    }
    if let Some(partitions) = args.partitions {
        config.topics.partitions =
            Within::new(partitions).context("--partitions: give 1 to 1000")?;
    }
    let topics = Topics::with_prefix(config.topics.prefix.as_str());
    let routes = configured_routes(&config, &args.profile)?;
    let partitions = i32::try_from(config.topics.partitions.get())?;
    let mut specs = specs(&topics, &config.topics, partitions, &routes);
    if !config.topics.history {
        specs.extend(desk_specs(&topics, &config, None)?);
    }
    let Format::Strimzi = args.format;
    let login = args.login.to_possible_value();
    let login = login.as_ref().map_or("", |value| value.get_name());
    let manifests = strimzi(&args.cluster, login, &config, &topics, &specs);
    if args.json {
        answer::line(&Answer(manifests))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for manifest in &manifests {
        text.push_str("---\n");
        text.push_str(&serde_saphyr::to_string(manifest)?);
    }
    whole(&text)?;
    Ok(ExitCode::SUCCESS)
}
