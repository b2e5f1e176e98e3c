//! `buymode ingest`: an instance that receives vendors' records, until it is stopped.

mod raw;

use super::ending;
use super::place::{WritableArgs, existing};
use super::run::{limits, pulses, stall_after, startup};
use super::topics::{Standing, stand};
use super::{serve, traces};
use crate::admin::partitions::{self, Growth};
use crate::admin::place::Place;
use crate::admin::profiles::published;
use crate::codec::INPUT_BYTES_MAX;
use crate::config::LoggingFormat;
use crate::console::{Http, Pages};
use crate::engine::scorer::Clock;
use crate::engine::view::Views;
use crate::ingest::http::{self, Intake, Sink};
use crate::runtime::exit::Exit;
use crate::runtime::supervisor::{Job, Supervisor};
use crate::telemetry::{Logging, Pulse, Telemetry};
use anyhow::{Context, anyhow, bail};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Receives vendors' records by webhook and from their topics, until SIGTERM or Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode ingest --config deploy/buymode.yaml\n  \
    curl --json @rows.json -H 'authorization: Bearer SECRET' http://localhost:8090/v1/ingest/SOURCE")]
pub(super) struct Args {
    #[command(flatten)]
    place: WritableArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.place.settings()?;
    if config.ingest.sources.is_empty() {
        bail!(
            "ingest.sources is empty; add a source with its mapping, and authentication or a topic, to \
             the settings (--config FILE)"
        );
    }
    let json = config.logging.format == LoggingFormat::Json;
    let logging = Logging::new(&config.logging.filter, json).map_err(|why| anyhow!(why))?;
    let again = args.place.clone();
    let signals = serve::signals(move || again.settings())?;
    ending::restarts(config.restart);
    let start = ending::Start::of(&signals, logging)?;
    let mut place = existing(config)?;
    let found = start.attempt(|| look(&mut place))?;
    // Until here a failure is one line; the clients' own chatter would bury it.
    start.succeeded()?;
    Instance::start(&place, found)?.run_until(&signals)
}

/// The largest record that the topics take, and the inputs' partitions. Refuses what would make results
/// wrong.
fn look(place: &mut Place) -> anyhow::Result<(usize, i32)> {
    // Whether anybody answers at all, before anything is asked of it.
    place.store.topic_names()?;
    startup::check_whole(place)?;
    let record_max = check(place)?;
    published::check_rules(place)?;
    partitions::check(place)?;
    raw::check(place)?;
    place.register_ingest_schemas()?;
    Ok((record_max, place.partitions()?))
}

/// Requests are answered with the reason for so long before the end, where partitions were added.
const REFUSE_FOR: Duration = Duration::from_secs(5);

/// Bytes written beside the value of a record, and around the bytes that a dead letter keeps.
const ENVELOPE_BYTES: usize = 8 << 10;

/// Refuses topics that would make results wrong. Gives the largest record that they take.
fn check(place: &Place) -> anyhow::Result<usize> {
    let names = [&place.topics.inputs, &place.topics.dead_letters];
    let specs = place.topics.specs(1, place.config.topics.history, &BTreeSet::new());
    let wanted = specs.into_iter().filter(|spec| names.contains(&&spec.name)).collect();
    let standings: Vec<Standing> = stand(place, wanted)?;
    if place.config.topics.history || standings.iter().any(|s| s.found.is_some()) {
        let missing = standings.iter().any(|s| s.found.is_none());
        if !missing && (place.config.topics.history || place.clock()? == Clock::History) {
            bail!(
                "topic {} at {} is a history, stamped by its writer: records received now would \
                 not be in order of time; take files in with `buymode import`, or name live topics",
                place.topics.inputs,
                place.store.location()
            );
        }
    }
    startup::judge(place, &standings.iter().collect::<Vec<_>>())?;
    let found = standings.iter().filter_map(|s| s.found.as_ref());
    let topic_max = found.map(|spec| spec.max_message_bytes).min().unwrap_or(0);
    let topic_max = usize::try_from(topic_max).unwrap_or(0);
    Ok(INPUT_BYTES_MAX.min(topic_max.saturating_sub(ENVELOPE_BYTES)))
}

/// What runs, in the order in which it is stopped.
struct Instance {
    telemetry: Arc<Telemetry>,
    /// None where every source is a topic.
    intake: Option<Intake>,
    supervisor: Supervisor,
    pulses: Vec<Pulse>,
    growth: Growth,
    http: Http,
}

impl Instance {
    fn start(place: &Place, (record_max, partitions): (usize, i32)) -> anyhow::Result<Instance> {
        let (config, topics) = (&place.config, &place.topics);
        let takes_requests = config.ingest.takes_requests();
        let reads_topics = raw::is_asked(place);
        let names = [(takes_requests, http::WORKER), (reads_topics, raw::WORKER)];
        let names: Vec<&str> =
            names.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        let sources = config.ingest.sources.iter();
        let sources = sources.map(|(name, source)| {
            (name.clone(), source.authentication.is_some(), source.topic.clone())
        });
        let telemetry = Telemetry::of_ingest(&names, sources.collect(), stall_after(config));
        let telemetry = Arc::new(telemetry);
        let groups = [(raw::WORKER, format!("{}-ingest", config.group.as_str()))];
        traces::start(place, &telemetry, "buymode ingest", &groups)?;
        let pulses = pulses(place, &telemetry)?;
        let pages = Pages {
            telemetry: telemetry.clone(),
            views: Views::default(),
            codec: place.codec.clone(),
            clock: Clock::Live,
            partitions,
        };
        let growth = Growth::watch(place.store.clone(), topics.clone(), partitions)
            .context("cannot start the thread that looks at the partitions")?;
        let http = Http::start(&config.http, pages).map_err(|why| anyhow!(why))?;
        let (prefix, group) = (config.topics.prefix.as_str(), config.group.as_str());
        let sink = Sink {
            store: place.store.clone(),
            codec: place.codec.clone(),
            inputs: topics.inputs.clone(),
            partitions,
            grown: growth.shared(),
            dead_letters: topics.dead_letters.clone(),
            record_max,
            transactional_id: format!("{prefix}{group}-{}-ingest", config.instance_name()),
            limits: limits(config),
            telemetry: telemetry.clone(),
        };
        let intake = takes_requests.then(|| Intake::start(&config.ingest, sink)).transpose();
        let intake = intake.map_err(|why| anyhow!(why))?;
        let jobs = reads_topics.then(|| raw::job(place, telemetry.clone()));
        let jobs: Vec<Job> = jobs.into_iter().collect();
        let supervisor =
            Supervisor::start(place.store.clone(), jobs, limits(config), telemetry.clone())
                .context("cannot start a worker's thread")?;
        telemetry.ingest_started(
            &place.store.location(),
            &config.instance_name(),
            &intake.as_ref().map_or(String::new(), |intake| intake.address().to_string()),
            &http.address().to_string(),
        );
        Ok(Instance { telemetry, intake, supervisor, pulses, growth, http })
    }

    /// Runs until a signal, or until a part of it has ended for good.
    fn run_until(self, signals: &Receiver<&'static str>) -> anyhow::Result<ExitCode> {
        let Instance { telemetry, intake, supervisor, pulses, growth, http } = self;
        let refuses_since = Cell::new(None);
        let is_over = || {
            let since: Option<Instant> = refuses_since.get();
            refuses_since.set(since.or_else(|| growth.found().map(|_| Instant::now())));
            since.is_some_and(|since| since.elapsed() > REFUSE_FOR)
        };
        let signal = serve::wait(signals, &telemetry, || {
            let ended = supervisor.has_ended() || intake.as_ref().is_some_and(Intake::has_ended);
            (ended || is_over()).then_some(serve::Waited::Ended)
        });
        serve::stop(&telemetry, signal, move || {
            intake.iter().for_each(Intake::stop);
            supervisor.stop();
            drop(pulses);
            let ended = intake.map_or(Ok(()), Intake::join).and(supervisor.join());
            (growth.end().map_err(Exit::Fatal).and(ended), http)
        })
    }
}
