//! A run of the demo: the worker under its supervisor, as in production; the generator that writes its
//! inputs; and a subscriber that shows the decisions.

use super::books::Books;
use super::calls::{Calls, calls};
use super::feed::{Feed, Meter};
use super::follow::Follower;
use super::ground::{Ground, prepare};
use super::make::{FIRST_DAY, Recipe};
use super::pace::Pace;
use super::screen::Screen;
use super::site::Site;
use super::summary::{Summary, show};
use crate::codec::Codec;
use crate::domain::account::standing::Stage;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::terms::figures::counted;
use crate::domain::terms::time::Timestamp;
use crate::engine::scorer::{Clock, Scorer};
use crate::engine::view::Views;
use crate::log::scan::Scan;
use crate::log::{SessionSpec, Store};
use crate::runtime::supervisor::{Job, Supervisor};
use crate::runtime::worker::Limits;
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Time limit for the worker to fold the remaining records, after Ctrl-C and otherwise.
const DRAIN_ASKED: Duration = Duration::from_secs(2);
const DRAIN_MAX: Duration = Duration::from_secs(60);
/// The last offsets of a partition are counted one by one.
const LAST_OFFSETS: i64 = 16;

#[derive(Clone, Debug)]
pub struct Options {
    /// The folder as the user gave it, or the prefix of the topics, for output.
    pub data: String,
    /// Seed and companies of a new log; an existing log keeps its own.
    pub recipe: Recipe,
    pub pace: Pace,
    pub signals_max: Option<u64>,
    pub time_max: Option<Duration>,
}

/// Runs in a folder until its limit is reached or `stop` is set; both are `Ok`.
pub fn run(
    store: Arc<dyn Store>,
    options: &Options,
    screen: &Screen,
    stop: &AtomicBool,
) -> anyhow::Result<Summary> {
    run_at(store, &Site::folder(&options.data), options, screen, stop)
}

/// The same at any site.
pub fn run_at(
    store: Arc<dyn Store>,
    site: &Site,
    options: &Options,
    screen: &Screen,
    stop: &AtomicBool,
) -> anyhow::Result<Summary> {
    let began = Instant::now();
    let profile = Arc::new(super::profile()?);
    let ground = prepare(&*store, site, profile.clone(), options.recipe)?;
    greet(screen, options, site, &ground, &profile)?;
    let mut running = Running::start(&store, site, &ground, options)?;
    let watched = running.watch(screen, options, stop);
    let drained = running.end(screen, stop);
    screen.close();
    watched?;
    drained?;
    let mut summary = running.summary(options, &ground);
    summary.rate(began.elapsed());
    let dead = running.follower.dead_letters()?;
    show(screen, site, &summary, &dead)?;
    Ok(summary)
}

fn greet(
    screen: &Screen,
    options: &Options,
    site: &Site,
    ground: &Ground,
    profile: &CompiledProfile,
) -> anyhow::Result<()> {
    let recipe = ground.progress.recipe;
    let name = &profile.profile.profile;
    screen.say(&format!(
        "buymode demo: {} (seed {}), the log is {}",
        counted(recipe.companies, "made-up company"),
        recipe.seed,
        site.shown
    ))?;
    let word = if ground.is_new { "published" } else { "the log already has" };
    screen.say(&format!("{word} the profile {name} (version {})", profile.version))?;
    if !ground.is_new {
        let made = counted(ground.progress.made, "record");
        screen.say(&format!("continuing after {made} of earlier runs"))?;
    }
    screen.say(&match options.pace.days(recipe.companies) {
        Some(days) => format!(
            "a second here is about {} in the demo; --speed DAYS makes it slower or faster, and Ctrl-C \
             ends it and shows whom to call",
            counted(days, "day")
        ),
        None => "time in the demo runs as fast as the signals are folded".to_owned(),
    })?;
    Ok(screen.say("")?)
}

/// The running threads, and their results so far.
struct Running {
    store: Arc<dyn Store>,
    inputs: String,
    partitions: i32,
    supervisor: Option<Supervisor>,
    feed: Option<JoinHandle<anyhow::Result<()>>>,
    feed_stop: Arc<AtomicBool>,
    meter: Arc<Meter>,
    books: Arc<Books>,
    follower: Follower,
    /// The accounts that the worker holds.
    views: Views,
    calls: Calls,
    codec: Codec,
    kinds: BTreeMap<String, u64>,
    began: Instant,
}

impl Running {
    fn start(
        store: &Arc<dyn Store>,
        site: &Site,
        ground: &Ground,
        options: &Options,
    ) -> anyhow::Result<Running> {
        let (meter, books) = (Arc::new(Meter::default()), Arc::new(Books::default()));
        let follower = Follower::new(
            store.reader()?,
            site.codec.clone(),
            &ground.decisions,
            ground.partitions,
            &ground.topics.dead_letters,
        )?;
        let views = Views::default();
        let scorer = Scorer::new(
            ground.topics.clone(),
            site.codec.clone(),
            Clock::History,
            ground.partitions,
            views.clone(),
            books.clone(),
        );
        let spec = SessionSpec {
            group: site.named("buymode"),
            transactional_id: site.named("buymode-score-0"),
            topics: vec![ground.topics.inputs.clone()],
        };
        let job = Job::new("score", spec, scorer);
        let supervisor =
            Supervisor::start(store.clone(), vec![job], Limits::default(), books.clone())
                .context("cannot start the worker's thread")?;
        let feed = Feed::new(
            store.clone(),
            site.codec.clone(),
            ground,
            options.pace,
            options.signals_max,
            meter.clone(),
            books.clone(),
        );
        let feed_stop = Arc::new(AtomicBool::new(false));
        let stopped = feed_stop.clone();
        let thread = std::thread::Builder::new().name("generate".to_owned());
        let feed = thread
            .spawn(move || feed.run(&stopped))
            .context("cannot start the generator's thread")?;
        Ok(Running {
            store: store.clone(),
            inputs: ground.topics.inputs.clone(),
            partitions: ground.partitions,
            supervisor: Some(supervisor),
            feed: Some(feed),
            feed_stop,
            meter,
            books,
            follower,
            views,
            calls: Calls::default(),
            codec: site.codec.clone(),
            kinds: BTreeMap::new(),
            began: Instant::now(),
        })
    }

    /// Shows decisions until the run is over.
    fn watch(
        &mut self,
        screen: &Screen,
        options: &Options,
        stop: &AtomicBool,
    ) -> anyhow::Result<()> {
        loop {
            let over = options.time_max.is_some_and(|max| self.began.elapsed() >= max);
            let fed = self.feed.as_ref().is_none_or(JoinHandle::is_finished);
            let ended = self.supervisor.as_ref().is_none_or(Supervisor::has_ended);
            if over || fed || ended || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.look(screen)?;
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn look(&mut self, screen: &Screen) -> anyhow::Result<()> {
        let decisions = self.follower.poll()?;
        for decision in &decisions {
            *self.kinds.entry(decision.kind.to_string()).or_default() += 1;
        }
        for remark in self.books.take_remarks() {
            screen.remark(&remark);
        }
        screen.decisions(&decisions)?;
        screen.status(&self.status());
        Ok(())
    }

    /// The parts of the status line, those that people look for first.
    fn status(&self) -> Vec<String> {
        let time = self.meter.time_ms.load(Ordering::Relaxed);
        let day = Timestamp(i64::try_from(time).unwrap_or(i64::MAX)).day();
        let signals = self.meter.signals.load(Ordering::Relaxed);
        let rate = self.books.read() as f64 / self.began.elapsed().as_secs_f64().max(0.1);
        let stages = self.books.stages();
        let buying = stages.get(&Stage::Buying).copied().unwrap_or(0);
        let dead: u64 = self.books.tally().dead_letters.values().sum();
        let kinds = self.kinds.iter().map(|(k, n)| format!("{n} {}", k.replace('_', " ")));
        let first = [
            day.to_string(),
            format!("{buying} in buying mode"),
            format!("{}, {rate:.0} records/s", counted(signals, "signal")),
        ];
        first.into_iter().chain(kinds).chain([counted(dead, "dead letter")]).collect()
    }

    /// Lets the worker finish the written records, stops all threads, and shows the rest.
    fn end(&mut self, screen: &Screen, stop: &AtomicBool) -> anyhow::Result<()> {
        self.feed_stop.store(true, Ordering::Relaxed);
        let fed = match self.feed.take().map(JoinHandle::join) {
            Some(Err(_)) => Err(anyhow!("the generator panicked")),
            Some(Ok(fed)) => fed,
            None => Ok(()),
        };
        let mut until = Instant::now() + DRAIN_MAX;
        let mut asked = false;
        while fed.is_ok() && self.left()? > 0 && Instant::now() < until {
            // Ctrl-C may arrive before or during this wait.
            if !asked && stop.load(Ordering::Relaxed) {
                asked = true;
                until = Instant::now() + DRAIN_ASKED;
            }
            if self.supervisor.as_ref().is_none_or(Supervisor::has_ended) {
                break;
            }
            self.look(screen)?;
            std::thread::sleep(LOOK_EVERY / 5);
        }
        // The worker takes the views with it when it stops.
        self.calls = calls(&self.views, self.codec.clone(), &mut self.follower)?;
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.stop();
            supervisor.join().map_err(|why| anyhow!(why))?;
        }
        fed?;
        self.look(screen)
    }

    /// Number of inputs that the worker has not folded. Few offsets are read: the last ones may be transaction markers.
    fn left(&self) -> anyhow::Result<u64> {
        let mut reader = self.store.reader()?;
        let mut left = 0;
        for partition in 0..self.partitions {
            let ends = reader.watermarks(&self.inputs, partition)?;
            let next = self.books.next_offset(partition).unwrap_or(ends.low);
            let range = next..ends.high;
            if range.end - range.start > LAST_OFFSETS {
                left += u64::try_from(range.end - range.start).unwrap_or(0);
                continue;
            }
            let mut scan = Scan::range(&self.inputs, partition, range);
            while !scan.is_done() {
                scan.step(&mut *reader, &mut |_| left += 1)?;
            }
        }
        Ok(left)
    }

    fn summary(&self, options: &Options, ground: &Ground) -> Summary {
        let time = i64::try_from(self.meter.time_ms.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        let recipe = ground.progress.recipe;
        let mut summary = Summary {
            kind: "summary",
            data: options.data.clone(),
            seed: recipe.seed,
            companies: recipe.companies,
            signals: self.meter.signals.load(Ordering::Relaxed),
            consumed: 0,
            left: self.left().unwrap_or(0),
            elapsed_seconds: 0.0,
            inputs_per_second: 0.0,
            days_lived: i64::from(Timestamp(time).day().since(FIRST_DAY)).max(0),
            inputs: BTreeMap::new(),
            decisions: BTreeMap::new(),
            dead_letters: BTreeMap::new(),
            stages: self.books.stages().into_iter().map(|(s, n)| (s.to_string(), n)).collect(),
            calls: self.calls.clone(),
        };
        summary.count(&self.books.tally());
        summary
    }
}
