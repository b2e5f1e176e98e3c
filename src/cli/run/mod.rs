//! `buymode run`: an instance that scores, and forwards, until it is stopped or has caught up.

pub(super) mod startup;

use super::ending;
use super::icp::publish::ensure;
use super::place::{WritableArgs, existing};
use super::{serve, traces};
use crate::admin::partitions::{self, Growth};
use crate::admin::place::{Place, registry_settings};
use crate::admin::profiles::published;
use crate::admin::profiles::switch::Published;
use crate::codec::Codec;
use crate::config::{Config, LogChoice, LoggingFormat};
use crate::console::{Http, Pages};
use crate::engine::forwarder::Forwarder;
use crate::engine::hot::Hot;
use crate::engine::scorer::{Clock, Scorer};
use crate::engine::view::Views;
use crate::kafka::{KafkaConfig, Waits};
use crate::log::SessionSpec;
use crate::mapping::identity;
use crate::runtime::exit::Exit;
use crate::runtime::role::Role;
use crate::runtime::supervisor::{Job, Supervisor};
use crate::runtime::worker::Limits;
use crate::telemetry::{LagMeter, Logging, Pulse, SubscriberMeter, Telemetry, Watched};
use anyhow::{Context, anyhow};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Scores signals as they come, until SIGTERM or Ctrl-C
///
/// Once every input in the log is scored, it logs "caught up: N inputs, M decisions", which count
/// since the start. With --until-caught-up it ends there: of a history, once nothing is left to read;
/// of a live log, once everything is scored that was in the log when the instance was ready.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode run --config deploy/buymode.yaml\n  \
    buymode run --embedded ./history --until-caught-up\n  \
    BUYMODE__INSTANCE=b BUYMODE__HTTP__LISTEN=127.0.0.1:8081 buymode run --config deploy/buymode.yaml")]
pub(super) struct Args {
    #[command(flatten)]
    place: WritableArgs,
    /// End with exit code 0 once every input in the log is scored
    #[arg(long)]
    until_caught_up: bool,
}

const FORWARD: &str = "forward";

/// The name of a worker, which its transactional id ends with: the first keeps its own when others join it.
fn scorer_name(number: u32) -> String {
    if number == 1 { "score".to_owned() } else { format!("score-{number}") }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.place.settings()?;
    let json = config.logging.format == LoggingFormat::Json;
    let logging = Logging::new(&config.logging.filter, json).map_err(|why| anyhow!(why))?;
    let again = args.place.clone();
    let signals = serve::signals(move || again.settings())?;
    ending::restarts(config.restart);
    let start = ending::Start::of(&signals, logging)?;
    let mut place = existing(config)?;
    // Two would take the group from each other in turns.
    let name = format!("{}run", place.config.topics.prefix.as_str());
    let _alone = place.store.claim(&name, "buymode run")?;
    let by_flags = args.place.log.config.is_none();
    let (found, published) = start.attempt(|| look(&mut place, by_flags))?;
    // Until here a failure is one line; the clients' own chatter would bury it.
    start.succeeded()?;
    let instance = Instance::start(place, found)?;
    if let Some(published) = published {
        instance.tell(&published);
    }
    instance.run_until(&signals, args.until_caught_up)
}

/// What the log is like, with the profile that was published where it had none. Refuses one that would
/// make results wrong.
fn look(place: &mut Place, by_flags: bool) -> anyhow::Result<((Clock, i32), Option<Published>)> {
    // A log that is named by flags alone brings no settings that say which kind it is.
    if by_flags && matches!(place.clock(), Ok(Clock::History)) {
        place.config.topics.history = true;
    }
    place.register_schemas()?;
    partitions::check(place)?;
    startup::check(place)?;
    published::check_rules(place)?;
    let published = ensure(place)?;
    Ok(((place.clock()?, place.partitions()?), published))
}

/// What runs, in the order in which it is stopped.
struct Instance {
    place: Place,
    telemetry: Arc<Telemetry>,
    supervisor: Supervisor,
    lag: LagMeter,
    subscribers: Option<SubscriberMeter>,
    pulses: Vec<Pulse>,
    growth: Growth,
    http: Http,
}

/// Asks the brokers and the registry, as far as there are any, whether they answer.
pub(super) fn pulses(place: &Place, telemetry: &Arc<Telemetry>) -> anyhow::Result<Vec<Pulse>> {
    let mut pulses = Vec::new();
    let topic = place.topics.inputs.clone();
    let why = "cannot start the thread that asks a server";
    if place.config.kafka.is_some() {
        pulses.push(Pulse::of_broker(place.store.clone(), topic, telemetry.clone()).context(why)?);
    }
    if let LogChoice::Embedded(embedded) = place.config.log()? {
        telemetry.log_lies_in(embedded.folder.clone());
    }
    if let Some(settings) = registry_settings(&place.config) {
        let ask = move || Codec::ask_registry(&settings).map_err(|error| error.to_string());
        pulses.push(Pulse::of_registry(ask, telemetry.clone()).context(why)?);
    }
    Ok(pulses)
}

impl Instance {
    fn start(place: Place, (clock, partitions): (Clock, i32)) -> anyhow::Result<Instance> {
        let config = &place.config;
        let scorers: Vec<String> = (1..=config.workers.get()).map(scorer_name).collect();
        let mut names: Vec<&str> = scorers.iter().map(String::as_str).collect();
        names.extend(config.forward.0.then_some(FORWARD));
        let telemetry = Arc::new(Telemetry::new(&names, stall_after(config)));
        let views = Views::default();
        telemetry.watch_views(views.clone(), clock == Clock::Live);
        telemetry.inputs_have(partitions);
        let kinds = place.topics.kinds.iter().map(|(name, _)| name.as_str());
        telemetry.forwards(kinds.filter(|_| config.forward.0));
        let own = config.group.as_str();
        let scored = scorers.iter().map(|name| (name.as_str(), own.to_owned()));
        let groups: Vec<_> = scored.chain([(FORWARD, format!("{own}-forward"))]).collect();
        traces::start(&place, &telemetry, "buymode run", &groups)?;
        let pulses = pulses(&place, &telemetry)?;
        let pages = Pages {
            telemetry: telemetry.clone(),
            views: views.clone(),
            codec: place.codec.clone(),
            clock,
            partitions,
        };
        let http = Http::start(&config.http, pages).map_err(|why| anyhow!(why))?;
        let (topics, codec) = (&place.topics, &place.codec);
        let group = format!("{}{}", config.topics.prefix.as_str(), config.group.as_str());
        let hot = Hot::new(mib(config.accounts.decoded_mib_max.get()));
        let scorer = || {
            let (topics, codec) = (topics.clone(), codec.clone());
            let ledger = telemetry.clone();
            let scorer = Scorer::new(topics, codec, clock, partitions, views.clone(), ledger);
            scorer.of_group(&group).sharing(hot.clone())
        };
        let own = |name: &String| job(config, name, config.group.as_str().to_owned(), scorer());
        let mut jobs: Vec<Job> = scorers.iter().map(own).collect();
        if config.forward.0 {
            let resolve = |key: &str| identity::resolve(key).map_err(|error| error.to_string());
            let (topics, codec) = (topics.clone(), codec.clone());
            let forwarder = Forwarder::new(topics, codec, partitions, telemetry.clone(), resolve)
                .of_group(&format!("{group}-forward"))
                .reporting(telemetry.clone(), telemetry.spans().begins_one_in());
            let group = format!("{}-forward", config.group.as_str());
            jobs.push(job(config, FORWARD, group, forwarder));
        }
        let supervisor =
            Supervisor::start(place.store.clone(), jobs, limits(config), telemetry.clone())
                .context("cannot start a worker's thread")?;
        let live = clock == Clock::Live;
        let (store, inputs) = (place.store.clone(), topics.inputs.clone());
        let kinds = topics.kinds.iter().map(|(name, _)| name.clone());
        let forwarded = kinds.filter(|_| config.forward.0).collect();
        let watched = Watched { inputs, forwarded, live };
        let meter = || {
            let prefix = topics.route_prefix.clone();
            let (store, telemetry) = (place.store.clone(), telemetry.clone());
            // `deliver` says itself how it does.
            let own = vec![format!("{group}-{}", crate::deliver::forward::WORKER)];
            SubscriberMeter::start(store, telemetry, views.clone(), prefix, own)
                .context("cannot start the thread that looks at subscribers")
        };
        let subscribers = (live && config.kafka.is_some()).then(meter).transpose()?;
        let lag = LagMeter::start(store, telemetry.clone(), views, watched)
            .context("cannot start the thread that measures lag")?;
        let growth = Growth::watch(place.store.clone(), topics.clone(), partitions)
            .context("cannot start the thread that looks at the partitions")?;
        telemetry.started(
            &place.store.location(),
            &group,
            &config.instance_name(),
            &http.address().to_string(),
        );
        Ok(Instance { place, telemetry, supervisor, lag, subscribers, pulses, growth, http })
    }

    fn tell(&self, published: &Published) {
        match published {
            Published::Activated { now, .. } => {
                let p = &now.profile;
                let (name, product) = (&p.profile.profile, &p.profile.product);
                self.telemetry.profile_published(name, product, &p.version, now.number);
            }
            Published::Kept(active) => {
                let configured = self.place.config.profile.as_deref();
                let configured =
                    configured.and_then(|file| crate::admin::profiles::file::compile(file).ok());
                let (Some(configured), p) = (configured, &active.activation.profile) else {
                    return;
                };
                if configured.version != p.version {
                    let (name, product) = (&p.profile.profile, &p.profile.product);
                    self.telemetry.profile_kept(name, product, &configured.version, &p.version);
                }
            }
        }
    }

    /// Runs until a signal, until a worker has ended for good, or until it has caught up.
    fn run_until(
        self,
        signals: &Receiver<&'static str>,
        until_caught_up: bool,
    ) -> anyhow::Result<ExitCode> {
        let Instance { telemetry, supervisor, mut lag, subscribers, pulses, growth, http, .. } =
            self;
        let signal = serve::wait(signals, &telemetry, || {
            let has_caught_up = until_caught_up && telemetry.has_caught_up();
            match supervisor.has_ended() || growth.found().is_some() {
                true => Some(serve::Waited::Ended),
                false => has_caught_up.then_some(serve::Waited::Enough("--until-caught-up")),
            }
        });
        serve::stop(&telemetry, signal, move || {
            supervisor.stop();
            lag.stop();
            drop((pulses, subscribers));
            let ended = supervisor.join();
            (growth.end().map_err(Exit::Fatal).and(ended), (lag, http))
        })
    }
}

pub(super) fn job(
    config: &Config,
    name: &str,
    group: String,
    role: impl Role + Send + 'static,
) -> Job {
    let prefix = config.topics.prefix.as_str();
    let transactional_id = format!("{prefix}{group}-{}-{name}", config.instance_name());
    let spec =
        SessionSpec { group: format!("{prefix}{group}"), transactional_id, topics: role.topics() };
    Job::new(name, spec, role)
}

/// The waits of the Kafka client; those of its defaults, where the log is a folder.
fn waits(config: &Config) -> Waits {
    config.kafka.as_ref().map_or_else(|| KafkaConfig::default().waits(), KafkaConfig::waits)
}

pub(super) fn limits(config: &Config) -> Limits {
    let (batch, waits) = (&config.batch, waits(config));
    let ms = |value: u32| Duration::from_millis(u64::from(value));
    Limits {
        batch_records_max: usize::try_from(batch.records_max.get()).unwrap_or(usize::MAX),
        batch_bytes_max: mib(batch.mib_max.get()),
        batch_time_max: ms(batch.time_max_ms.get()),
        commit_interval_min: ms(batch.commit_interval_min_ms.get()),
        position_wait_max: waits.position(),
        turn_max: waits.turn(),
        waits_to_open: ending::is_anew(),
        ..Limits::default()
    }
}

fn mib(mib: u32) -> usize {
    usize::try_from(mib).unwrap_or(usize::MAX).saturating_mul(1 << 20)
}

/// How long a worker's loop may show no progress.
pub(super) fn stall_after(config: &Config) -> Duration {
    waits(config).alive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_a_worker_follow_from_the_waits_of_its_client() {
        let mut config = Config { kafka: Some(KafkaConfig::default()), ..Config::default() };
        let (own, usual) = (limits(&config), Limits::default());
        assert_eq!(
            (own.turn_max, own.position_wait_max),
            (usual.turn_max, usual.position_wait_max)
        );
        let kafka = config.kafka.as_mut().unwrap();
        (kafka.transaction_timeout_ms, kafka.session_timeout_ms) = (60_000, 90_000);
        let limits = limits(&config);
        // A commit alone may take 104 s then.
        assert!(limits.turn_max > Duration::from_secs(300), "{limits:?}");
        assert!(stall_after(&config) > limits.turn_max);
    }
}
