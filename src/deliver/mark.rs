//! Finds out when the desk's log holds all that follows from the inputs as they were at a moment: the inputs'
//! ends are taken, the scorers pass them, the ends of the decisions are taken, and the forwarders pass those.
//! Positions alone are compared, never clocks.
//!
//! Scoring an input may send inputs to other accounts, so that this is done twice before the decisions.

use crate::engine::topics::Topics;
use crate::log::scan::{Scan, ScanError};
use crate::log::{Reader, Store, TopicPartition};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use strum::{Display, EnumIter};

/// How often the scorers pass the inputs.
const ROUNDS: u8 = 2;
/// Between two looks; longer each time.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// What a mark waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum For {
    /// Inputs are not scored yet.
    Scorers,
    /// Decisions are not forwarded yet.
    Forwarders,
    /// The log does not answer.
    Log,
}

/// How far a look has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Waits { what: For, why: String },
    Passed,
}

/// Looks beside the loop of the desk.
pub trait Marks: Send {
    /// Begins with the log as it is now; a look that is under way is given up.
    fn begin(&mut self);

    /// How far the look that was begun last has come.
    fn standing(&mut self) -> Standing;
}

/// The consumer groups that are followed, as the log knows them.
#[derive(Clone, Debug)]
pub struct Groups {
    pub scorers: String,
    pub forwarders: String,
}

/// One look, step by step.
pub struct Look {
    store: Arc<dyn Store>,
    topics: Topics,
    groups: Groups,
    stage: Stage,
}

type Ends = Vec<(TopicPartition, i64)>;

enum Stage {
    Inputs { left: u8, ends: Option<Ends> },
    Decisions { ends: Option<Ends> },
}

impl Look {
    pub fn new(store: Arc<dyn Store>, topics: Topics, groups: Groups) -> Look {
        Look { store, topics, groups, stage: Stage::Inputs { left: ROUNDS, ends: None } }
    }

    /// Whether all decisions that are there now have come to the desk.
    pub fn of_decisions(store: Arc<dyn Store>, topics: Topics, forwarders: String) -> Look {
        let groups = Groups { scorers: String::new(), forwarders };
        Look { store, topics, groups, stage: Stage::Decisions { ends: None } }
    }

    /// Goes as far as it can now.
    pub fn step(&mut self) -> Standing {
        self.advance()
            .unwrap_or_else(|error| Standing::Waits { what: For::Log, why: error.to_string() })
    }

    fn advance(&mut self) -> Result<Standing, ScanError> {
        let mut reader = self.store.reader()?;
        loop {
            let (what, group, known) = match &self.stage {
                Stage::Inputs { ends, .. } => (For::Scorers, &self.groups.scorers, ends.clone()),
                Stage::Decisions { ends } => {
                    (For::Forwarders, &self.groups.forwarders, ends.clone())
                }
            };
            let ends = match known {
                Some(ends) => ends,
                None => self.ends(&mut *reader, what)?,
            };
            let behind = self.behind(&mut *reader, group, ends)?;
            if let Some((first, end)) = behind.first() {
                let why = format!(
                    "group {group} has not read {}[{}] up to offset {end}",
                    first.topic, first.partition
                );
                match &mut self.stage {
                    Stage::Inputs { ends, .. } | Stage::Decisions { ends } => *ends = Some(behind),
                }
                return Ok(Standing::Waits { what, why });
            }
            self.stage = match self.stage {
                Stage::Inputs { left: 2.., .. } => Stage::Inputs { left: 1, ends: None },
                Stage::Inputs { .. } => Stage::Decisions { ends: None },
                Stage::Decisions { .. } => return Ok(Standing::Passed),
            };
        }
    }

    /// Where the partitions end now, open transactions included.
    fn ends(&self, reader: &mut dyn Reader, what: For) -> Result<Ends, ScanError> {
        let names = match what {
            For::Scorers => vec![self.topics.inputs.clone()],
            For::Forwarders | For::Log => {
                let all = self.store.topic_names()?;
                let prefix = &self.topics.route_prefix;
                all.into_iter().filter(|name| name.starts_with(prefix)).collect()
            }
        };
        let mut ends = Vec::new();
        let specs = self.store.describe_topics(&names)?;
        for spec in specs.into_iter().flatten() {
            for partition in 0..spec.partitions {
                let end = reader.watermarks(&spec.name, partition)?.high;
                ends.push((TopicPartition { topic: spec.name.clone(), partition }, end));
            }
        }
        Ok(ends)
    }

    /// Those that a group has not passed. An end counts marks of transactions too: where no record lies before
    /// it, there is nothing to pass.
    fn behind(&self, reader: &mut dyn Reader, group: &str, ends: Ends) -> Result<Ends, ScanError> {
        let partitions: Vec<TopicPartition> = ends.iter().map(|(of, _)| of.clone()).collect();
        let positions = self.store.positions(group, &partitions)?;
        let mut behind = Vec::new();
        for ((of, end), position) in ends.into_iter().zip(positions) {
            if position.is_some_and(|position| position >= end) {
                continue;
            }
            let marks = reader.watermarks(&of.topic, of.partition)?;
            let from = position.unwrap_or(marks.low).max(marks.low);
            if marks.stable < end || holds(reader, &of, from, end)? {
                behind.push((of, end));
            }
        }
        Ok(behind)
    }
}

/// Whether a record lies in a range.
fn holds(
    reader: &mut dyn Reader,
    of: &TopicPartition,
    from: i64,
    end: i64,
) -> Result<bool, ScanError> {
    let mut found = false;
    let scan = Scan::range(&of.topic, of.partition, from..end);
    scan.try_each(reader, &mut |_| -> Result<ControlFlow<()>, ScanError> {
        found = true;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// Looks on a thread of their own: their calls may take seconds.
pub struct Beside {
    store: Arc<dyn Store>,
    topics: Topics,
    groups: Groups,
    under_way: Option<UnderWay>,
}

struct UnderWay {
    standing: Arc<Mutex<Standing>>,
    given_up: Arc<AtomicBool>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

impl Beside {
    pub fn new(store: Arc<dyn Store>, topics: Topics, groups: Groups) -> Beside {
        Beside { store, topics, groups, under_way: None }
    }
}

impl Marks for Beside {
    fn begin(&mut self) {
        let begins = Standing::Waits { what: For::Log, why: "the look has begun".to_owned() };
        let standing = Arc::new(Mutex::new(begins));
        let given_up = Arc::new(AtomicBool::new(false));
        let (said, ends) = (standing.clone(), given_up.clone());
        let mut look = Look::new(self.store.clone(), self.topics.clone(), self.groups.clone());
        let run = move || {
            let mut pause = PAUSE_MIN;
            while !ends.load(Ordering::Relaxed) {
                let now = look.step();
                let is_over = now == Standing::Passed;
                *said.lock().unwrap_or_else(PoisonError::into_inner) = now;
                if is_over {
                    return;
                }
                std::thread::sleep(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
        };
        let spawned = std::thread::Builder::new().name("mark".to_owned()).spawn(run);
        if let Err(error) = spawned {
            let why = format!("no thread can be had: {error}");
            *standing.lock().unwrap_or_else(PoisonError::into_inner) =
                Standing::Waits { what: For::Log, why };
        }
        self.under_way = Some(UnderWay { standing, given_up });
    }

    fn standing(&mut self) -> Standing {
        let waits = || Standing::Waits { what: For::Log, why: "no look was begun".to_owned() };
        let said = self.under_way.as_ref().map(|under_way| {
            under_way.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
        });
        said.unwrap_or_else(waits)
    }
}
