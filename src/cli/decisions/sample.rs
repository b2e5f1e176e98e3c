//! `buymode decisions send-sample`: a made-up decision, for people who write a subscriber.

use crate::cli::answer;
use crate::cli::output::line;
use crate::cli::place::WritableArgs;
use crate::codec::json;
use crate::codec::shape::ShownDecision;
use crate::deliver::sample;
use crate::domain::Text;
use crate::domain::account::decision::{Decision, DecisionKind};
use crate::domain::evidence::signal::bounded;
use crate::domain::terms::time::Timestamp;
use crate::engine::headers::{self, TEST};
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{LogError, Output};
use crate::runtime::worker::now_ms;
use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::process::ExitCode;
use strum::IntoEnumIterator;
use uuid::Uuid;

/// Writes one made-up decision into a route's topic, so that a subscriber can be tried
///
/// It is marked as a test: its field `origin` is `test`, and its record has the header `buymode-test: true`.
/// `buymode deliver` leaves it out, and `buymode audit` counts it apart. Its account is
/// buymode-test.example.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode decisions send-sample --route ae --kind entered --config deploy/buymode.yaml\n  \
    buymode decisions send-sample --route ae --kind exited --embedded ./data")]
pub(super) struct Args {
    /// The route, as profiles name it; its topic must exist
    #[arg(long, value_name = "ROUTE")]
    route: String,
    /// The kind: entered, strengthened, exited, withdrawn, tier_changed or triaged
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: DecisionKind,
    /// The episode that it is about: the id of a sample of kind entered
    #[arg(long, value_name = "ID")]
    episode: Option<Uuid>,
    #[command(flatten)]
    place: WritableArgs,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<DecisionKind, String> {
    text.parse().map_err(|_| {
        let kinds: Vec<String> = DecisionKind::iter().map(|kind| kind.to_string()).collect();
        format!("use one of {}", kinds.join(", "))
    })
}

/// The decision that was written.
#[derive(Serialize, JsonSchema)]
pub(in crate::cli) struct Answer<'a> {
    /// The route's topic.
    topic: &'a str,
    /// The decision, as a subscriber reads it.
    decision: ShownDecision,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.episode.is_some() && args.kind == DecisionKind::Entered {
        bail!("invalid --episode: an entry opens an episode of its own; leave it out");
    }
    let mut place = args.place.open()?;
    let topic = place.topics.route(&args.route);
    let names = place.store.topic_names()?;
    let routes = names.iter().filter_map(|name| name.strip_prefix(&place.topics.route_prefix));
    let routes: Vec<&str> = routes.collect();
    let route: Text = match bounded(&args.route).filter(|_| routes.contains(&args.route.as_str())) {
        Some(route) => route,
        None if routes.is_empty() => bail!(
            "invalid route {:?}: the log has no topic of a route; `buymode topics create` creates them",
            args.route
        ),
        None => bail!("invalid route {:?}; use one of {}", args.route, routes.join(", ")),
    };
    let decision = sample::test(args.kind, route, Timestamp(now_ms()), args.episode);
    let mut value = Vec::new();
    place.codec.encode_decision(&topic, &decision, &mut value).context("cannot encode it")?;
    let headers = headers::of(&place.topics, &decision);
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, &**value)).collect();
    let output = Output {
        topic: &topic,
        key: Some(decision.account.as_str().as_bytes()),
        value: Some(&value),
        timestamp_ms: Some(decision.decided_at.0),
        headers: &headers,
        ..Output::default()
    };
    let id = format!("{}buymode-sample", place.config.topics.prefix.as_str());
    let mut writer = Transactor::open(&*place.store, &id)?;
    // Twice in the log it has the same id, as any decision would.
    writer.write(&mut |writer| writer.send(&output), &mut || Ok::<_, Unsent>(Found::Unseen))?;
    line(&said(args, &topic, &decision))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("{0}")]
    Failed(#[from] Failure),
    #[error("{0}")]
    Log(#[from] LogError),
}

fn said(args: &Args, topic: &str, decision: &Decision) -> String {
    if args.json {
        let decision = ShownDecision(json::decision(decision));
        return answer::text(&Answer { topic, decision });
    }
    let Decision { id, kind, account, .. } = decision;
    let next = match (kind, decision.episode_id) {
        (DecisionKind::Entered, Some(episode)) => {
            format!("; --kind exited --episode {episode} ends its episode")
        }
        _ => String::new(),
    };
    format!(
        "written to {topic}: {kind} {id} of {account}, with origin test and the header {TEST}: true{next}"
    )
}
