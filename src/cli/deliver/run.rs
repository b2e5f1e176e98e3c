//! `buymode deliver`: an instance that brings decisions to people, until it is stopped.

use crate::admin::place::Place;
use crate::admin::profiles::published;
use crate::admin::topics::wanted_of_desk;
use crate::cli::ending;
use crate::cli::explain::look_up_in;
use crate::cli::place::{WritableArgs, existing};
use crate::cli::run::{job, limits, pulses, stall_after, startup};
use crate::cli::topics::{Standing, stand};
use crate::cli::why_not::told;
use crate::cli::{serve, traces};
use crate::config::{Config, HostName, LoggingFormat, Within};
use crate::console::{Http, Pages};
use crate::credentials::Web;
use crate::deliver::address;
use crate::deliver::copy::{DeskCopy, Following};
use crate::deliver::desk::DeskRole;
use crate::deliver::door::{Door, Needs};
use crate::deliver::forward::{WORKER as FORWARD, forwarder, outcomes};
use crate::deliver::links::Links;
use crate::deliver::mark::{Beside, Groups};
use crate::deliver::publish::Desk;
use crate::deliver::roster::RosterRead;
use crate::deliver::send::SenderRole;
use crate::deliver::send::call::Threads;
use crate::deliver::send::report::Outside;
use crate::deliver::send::target::Services;
use crate::deliver::speak::Speaker;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::time::Timestamp;
use crate::engine::scorer::Clock;
use crate::engine::view::Views;
use crate::runtime::supervisor::Supervisor;
use crate::runtime::worker::{Limits, now_ms};
use crate::telemetry::{Logging, Pulse, Telemetry};
use anyhow::{Context, anyhow, bail, ensure};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

const OUTCOMES: &str = "desk-outcomes";
const DESK: &str = "desk";
const SEND: &str = "send";

/// A transaction of the desk's log is waited for by everyone who reads it.
const BATCH_RECORDS_MAX: usize = 500;
/// So long the broker leaves one open whose writer has died.
const TRANSACTION_MS_MAX: u32 = 5_000;

#[derive(Debug, Default, clap::Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    place: WritableArgs,
    /// Where the first start begins: leave decisions out that were written before this date or time; `now`: all
    /// that are there [default: with the first decision that is there]
    #[arg(long, value_name = "DATE", value_parser = from)]
    from: Option<Timestamp>,
}

fn from(text: &str) -> Result<Timestamp, String> {
    match text {
        "now" => Ok(Timestamp(now_ms())),
        date => super::date(date),
    }
}

pub(super) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let config = brief(args.place.settings()?);
    let json = config.logging.format == LoggingFormat::Json;
    let logging = Logging::new(&config.logging.filter, json).map_err(|why| anyhow!(why))?;
    let again = args.place.clone();
    let signals = serve::signals(move || again.settings())?;
    ending::restarts(config.restart);
    let start = ending::Start::of(&signals, logging)?;
    let mut place = existing(config)?;
    let name = format!("{}deliver", place.config.topics.prefix.as_str());
    let _alone = place.store.claim(&name, "buymode deliver")?;
    let partitions = start.attempt(|| look(&mut place))?;
    // Until here a failure is one line; the clients' own chatter would bury it.
    start.succeeded()?;
    Instance::start(&place, partitions, args.from)?.run_until(&signals)
}

/// With short transactions: every reader of the desk waits behind one whose writer has died.
fn brief(mut config: Config) -> Config {
    if let Some(kafka) = &mut config.kafka {
        kafka.transaction_timeout_ms = kafka.transaction_timeout_ms.min(TRANSACTION_MS_MAX);
        let batch_ms = config.batch.time_max_ms.get().min(kafka.transaction_timeout_ms / 2);
        config.batch.time_max_ms = Within::new(batch_ms).unwrap_or_default();
    }
    config
}

/// The outbox's partitions, and those of the inputs. Refuses topics that would make results wrong.
fn look(place: &mut Place) -> anyhow::Result<(i32, i32)> {
    // Whether anybody answers at all, before anything is asked of it.
    place.store.topic_names()?;
    startup::check_whole(place)?;
    if place.config.topics.history || place.clock()? == Clock::History {
        bail!(
            "{} at {} is a history: what is long over is delivered to no one; `buymode deliver rehearse` \
             shows what would have been",
            place.topics.inputs,
            place.store.location()
        );
    }
    let standings: Vec<Standing> = stand(place, wanted_of_desk(place)?)?;
    startup::judge(place, &standings.iter().collect::<Vec<_>>())?;
    published::check_rules(place)?;
    place.register_desk_schemas()?;
    look_at_secrets(place)?;
    Ok((place.spec(&place.topics.outbox)?.partitions, place.partitions()?))
}

/// Refuses a roster in force whose secrets this machine does not have: its messages would wait, and fail.
fn look_at_secrets(place: &Place) -> anyhow::Result<()> {
    let codec = place.codec.clone();
    let prefix = place.config.topics.prefix.as_str();
    let mut desk = Desk { store: &*place.store, codec, topics: &place.topics, prefix };
    let Some(published) = desk.latest()? else { return Ok(()) };
    let folder = &place.config.deliver.secrets;
    let mut flaws =
        RosterRead::of(&published.text).secrets(folder, &|name| std::env::var(name).ok());
    flaws.sort_by_key(|flaw| (flaw.line, flaw.column));
    let file = format!("roster {}", published.number);
    let shown: Vec<String> = flaws.iter().map(|flaw| flaw.shown(Path::new(&file), "")).collect();
    ensure!(shown.is_empty(), "{}", shown.join(". "));
    Ok(())
}

/// What makes links for messages; none where no secret is set.
fn links(config: &Config) -> anyhow::Result<Option<Links>> {
    let words = &config.deliver.words;
    let (_, secret) = words.read().map_err(|why| anyhow!(why))?;
    let made = words.link_url.as_ref().zip(secret);
    Ok(made.and_then(|(url, secret)| Links::new(url.as_str(), &secret, words.link_days.get())))
}

/// What runs, in the order in which it is stopped.
struct Instance {
    telemetry: Arc<Telemetry>,
    supervisor: Supervisor,
    pulses: Vec<Pulse>,
    http: Http,
    words: Option<Words>,
    following: Following,
}

/// Where people's words come in.
struct Words {
    door: Door,
}

impl Words {
    /// None where no secret is set.
    fn start(
        place: &Place,
        telemetry: &Arc<Telemetry>,
        services: &Services,
        copy: DeskCopy,
    ) -> anyhow::Result<Option<Words>> {
        let (config, topics) = (&place.config, &place.topics);
        let words = &config.deliver.words;
        if !words.is_on() {
            return Ok(None);
        }
        let (signing_secret, _) = words.read().map_err(|why| anyhow!(why))?;
        let thread = "cannot start a thread";
        let prefix = config.topics.prefix.as_str();
        let id = format!("{prefix}{}-words-{}", config.group.as_str(), config.instance_name());
        let (store, codec) = (place.store.clone(), place.codec.clone());
        let speaker = Speaker::start(store, &topics.desk, id, codec, copy.clone());
        let known = Place {
            config: config.clone(),
            topics: topics.clone(),
            store: place.store.clone(),
            codec: place.codec.clone(),
        };
        let look_up = move |name: &str| -> Result<Vec<String>, String> {
            let found = look_up_in(&known, name).map_err(|error| format!("{error:#}"))?;
            Ok(told(&found))
        };
        let needs = Needs {
            copy,
            speaker: speaker.context(thread)?,
            telemetry: telemetry.clone(),
            http: services.http.clone(),
            secrets: services.secrets.clone(),
            variable: services.variable,
            slack_api: services.slack_api.clone(),
            signing_secret,
            links: services.links.clone(),
            look_up: Arc::new(look_up),
            now_ms,
        };
        let own = words.link_url.as_ref().and_then(|url| url::Url::parse(url.as_str()).ok());
        let own = own.as_ref().and_then(|url| url.host_str());
        let hosts: Vec<&str> = words.hosts.iter().map(HostName::as_str).chain(own).collect();
        let door = Door::start(words.listen, &hosts, needs).map_err(|why| anyhow!(why))?;
        Ok(Some(Words { door }))
    }
}

impl Instance {
    fn start(
        place: &Place,
        (senders, inputs): (i32, i32),
        from: Option<Timestamp>,
    ) -> anyhow::Result<Instance> {
        let (config, topics) = (&place.config, &place.topics);
        let names = [FORWARD, OUTCOMES, DESK, SEND];
        let telemetry = Arc::new(Telemetry::of_deliver(&names, stall_after(config)));
        let groups = names.map(|name| (name, format!("{}-{name}", config.group.as_str())));
        traces::start(place, &telemetry, "buymode deliver", &groups)?;
        let pulses = pulses(place, &telemetry)?;
        let pages = Pages {
            telemetry: telemetry.clone(),
            views: Views::default(),
            codec: place.codec.clone(),
            clock: Clock::Live,
            partitions: inputs,
        };
        let http = Http::start(&config.http, pages).map_err(|why| anyhow!(why))?;
        let followed = DeskCopy::follow(place.store.clone(), topics, place.codec.clone());
        let (copy, following) = followed.context("cannot start a thread")?;
        let (known, decided) = (copy.clone(), copy.clone());
        let opted_out = move |who: &str| known.with(|fold| fold.state.has_opted_out(who));
        let concerns = move |of: &AccountKey| decided.may_know(of);
        let services = Services {
            http: Arc::new(Web::new(address::is_private).map_err(|why| anyhow!(why))?),
            secrets: config.deliver.secrets.clone(),
            variable: |name| std::env::var(name).ok(),
            slack_api: config.deliver.slack_api.as_str().trim_end_matches('/').to_owned(),
            links: links(config)?,
            opted_out: Some(Arc::new(opted_out)),
        };
        let words = Words::start(place, &telemetry, &services, copy)?;
        let codec = || place.codec.clone();
        let calls = Box::new(Threads::new(services).tracing(telemetry.spans()));
        let group = |name: &str| format!("{}-{name}", config.group.as_str());
        let named = |name: &str| format!("{}{}", config.topics.prefix.as_str(), group(name));
        let prefix = config.topics.prefix.as_str();
        let scorers = format!("{prefix}{}", config.group.as_str());
        let groups = Groups { scorers, forwarders: named(FORWARD) };
        let marks = Beside::new(place.store.clone(), topics.clone(), groups);
        let late = format!("{prefix}{}-{}-late", group(SEND), config.instance_name());
        let reports = Outside::new(place.store.clone(), topics.desk.clone(), late)
            .context("cannot start the thread that reports late results")?;
        let jobs = vec![
            job(
                config,
                FORWARD,
                group(FORWARD),
                forwarder(topics, codec(), from)
                    .of_group(&named(FORWARD))
                    .reporting(telemetry.clone(), None),
            ),
            job(
                config,
                DESK,
                group(DESK),
                DeskRole::new(topics, codec(), Box::new(marks), telemetry.clone()),
            ),
            job(
                config,
                OUTCOMES,
                group(OUTCOMES),
                outcomes(topics, codec(), now_ms, Box::new(concerns))
                    .of_group(&named(OUTCOMES))
                    .reporting(telemetry.clone(), None),
            ),
            job(
                config,
                SEND,
                group(SEND),
                SenderRole::new(
                    topics,
                    codec(),
                    senders,
                    calls,
                    Box::new(reports),
                    telemetry.clone(),
                ),
            ),
        ];
        let usual = limits(config);
        let batch_records_max = usual.batch_records_max.min(BATCH_RECORDS_MAX);
        let limits = Limits { batch_records_max, ..usual };
        let supervisor = Supervisor::start(place.store.clone(), jobs, limits, telemetry.clone())
            .context("cannot start a worker's thread")?;
        telemetry.deliver_started(
            &place.store.location(),
            &config.instance_name(),
            &http.address().to_string(),
        );
        if let Some(words) = &words {
            tracing::info!(address = %words.door.address(), "listening for people's words");
        }
        Ok(Instance { telemetry, supervisor, pulses, http, words, following })
    }

    /// Runs until a signal, or until a worker has ended for good.
    fn run_until(self, signals: &Receiver<&'static str>) -> anyhow::Result<ExitCode> {
        let Instance { telemetry, supervisor, pulses, http, words, following } = self;
        let signal = serve::wait(signals, &telemetry, || {
            supervisor.has_ended().then_some(serve::Waited::Ended)
        });
        serve::stop(&telemetry, signal, move || {
            supervisor.stop();
            drop(pulses);
            drop(words);
            drop(following);
            (supervisor.join(), http)
        })
    }
}
