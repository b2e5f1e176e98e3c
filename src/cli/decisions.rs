//! `buymode decisions`: what a sequencer sees, over all route topics, at read_committed.

use super::output;
use super::place::PlaceArgs;
use crate::admin::place::Place;
use crate::codec::{Codec, json};
use crate::domain::account::decision::Decision;
use crate::log::scan::Scan;
use crate::log::{Reader, RecordRef};
use anyhow::Context;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Follows the decisions: JSON lines, or one line for people each where stdout is a terminal
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode decisions --config deploy/buymode.yaml\n  \
    buymode decisions --embedded ./data --from-start --until-end | jq .headline")]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// From the first one that is there; otherwise only what comes from now on
    #[arg(long)]
    from_start: bool,
    /// Only this route; may be given several times
    #[arg(long, value_name = "ROUTE")]
    route: Vec<String>,
    /// Stop at the end there is when the command starts
    #[arg(long)]
    until_end: bool,
    /// JSON lines also on a terminal
    #[arg(long)]
    json: bool,
}

/// How often new topics are looked for.
const TOPICS_EVERY: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_millis(100);

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.place.open()?;
    let mut follow = Follow {
        reader: place.store.reader()?,
        codec: place.codec.clone(),
        json: args.json || !output::is_terminal(),
        positions: BTreeMap::new(),
    };
    follow.look(&place, &args.route, args.from_start)?;
    if args.until_end {
        follow.all()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut looked = Instant::now();
    while let Some(read) = follow.all()? {
        if looked.elapsed() > TOPICS_EVERY {
            // A topic that appears later is read from its start: all of it is new.
            follow.look(&place, &args.route, true)?;
            looked = Instant::now();
        }
        if read == 0 {
            std::thread::sleep(REST);
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Follow {
    reader: Box<dyn Reader>,
    codec: Codec,
    json: bool,
    /// The next offset of each partition.
    positions: BTreeMap<(String, i32), i64>,
}

impl Follow {
    /// Takes up the routes' partitions that are not followed yet.
    fn look(&mut self, place: &Place, routes: &[String], from_start: bool) -> anyhow::Result<()> {
        let names = if routes.is_empty() {
            let all = place.store.topic_names()?;
            all.into_iter().filter(|n| n.starts_with(&place.topics.route_prefix)).collect()
        } else {
            routes.iter().map(|route| place.topics.route(route)).collect::<Vec<_>>()
        };
        for name in &names {
            for partition in 0..place.spec(name)?.partitions {
                let key = (name.clone(), partition);
                if !self.positions.contains_key(&key) {
                    let range = self.reader.watermarks(name, partition)?;
                    self.positions.insert(key, if from_start { range.low } else { range.stable });
                }
            }
        }
        Ok(())
    }

    /// Reads every partition to its present end. `None` once nobody reads our output.
    fn all(&mut self) -> anyhow::Result<Option<u64>> {
        let mut read = 0;
        for ((topic, partition), next) in &mut self.positions {
            let end = self.reader.watermarks(topic, *partition)?.stable;
            let mut scan = Scan::range(topic, *partition, *next..end);
            while !scan.is_done() {
                let mut lines = Vec::new();
                let (codec, json) = (&mut self.codec, self.json);
                scan.step(&mut *self.reader, &mut |r| lines.push(shown(codec, r, json)))?;
                *next = scan.next_offset();
                for line in lines {
                    read += 1;
                    if !output::line(&line?)? {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(read))
    }
}

fn shown(codec: &mut Codec, record: RecordRef<'_>, json: bool) -> anyhow::Result<String> {
    let place = || format!("{}[{}] offset {}", record.topic, record.partition, record.offset);
    let value = record.value.with_context(|| format!("{} is empty", place()))?;
    let decision = codec.decode_decision(value).with_context(place)?;
    if json { Ok(json::decision(&decision).to_string()) } else { Ok(for_people(&decision)) }
}

fn for_people(d: &Decision) -> String {
    let day = d.decided_at.to_rfc3339();
    let day = day.split('.').next().unwrap_or(&day);
    format!("{day}  {:<12} {:<7} {:<10} {}", d.kind, d.priority, d.route, d.headline)
}
