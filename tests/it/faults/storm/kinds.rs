//! The kinds of faults, and how each is made.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::ground::{Ground, SCORERS};
use crate::cli::running::try_get;
use crate::faults::PAUSE;
use crate::faults::chaos::hurt;
use crate::faults::kill9::Chance;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    KillScorer,
    KillForwarder,
    KillIngest,
    Pause,
    Reset,
    BrokerDies,
    RegistryAway,
    Twin,
    Connections,
    TopicDeleted,
    OpenTransaction,
    Rubbish,
    Poison,
    ControlCharacters,
    OtherPartitioner,
    ClockAhead,
}

impl Kind {
    pub(super) const ALL: [Kind; 16] = [
        Kind::KillScorer,
        Kind::KillForwarder,
        Kind::KillIngest,
        Kind::Pause,
        Kind::Reset,
        Kind::BrokerDies,
        Kind::RegistryAway,
        Kind::Twin,
        Kind::Connections,
        Kind::TopicDeleted,
        Kind::OpenTransaction,
        Kind::Rubbish,
        Kind::Poison,
        Kind::ControlCharacters,
        Kind::OtherPartitioner,
        Kind::ClockAhead,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::KillScorer => "kill -9 of a scorer",
            Kind::KillForwarder => "kill -9 of the forwarder",
            Kind::KillIngest => "kill -9 of ingest",
            Kind::Pause => "SIGSTOP past the session's time-out",
            Kind::Reset => "connections reset and refused",
            Kind::BrokerDies => "a broker refused, another killed",
            Kind::RegistryAway => "registry away at a start",
            Kind::Twin => "a twin with the same name",
            Kind::Connections => "idle connections",
            Kind::TopicDeleted => "a source's topic deleted",
            Kind::OpenTransaction => "a transaction left open",
            Kind::Rubbish => "rubbish",
            Kind::Poison => "a poisoned record",
            Kind::ControlCharacters => "control characters",
            Kind::OtherPartitioner => "another partitioner",
            Kind::ClockAhead => "a clock 400 days ahead",
        }
    }

    /// Does it; says to whom, or what came of it.
    pub(super) fn strike(self, ground: &mut Ground, chance: &mut Chance) -> String {
        let ms = Duration::from_millis;
        match self {
            Kind::KillScorer => {
                ground.kill(chance.next() as usize % SCORERS, ms(chance.next() % 500))
            }
            Kind::KillForwarder => ground.kill(SCORERS, ms(chance.next() % 500)),
            Kind::KillIngest => ground.kill(SCORERS + 1, ms(chance.next() % 500)),
            Kind::Pause => {
                let nth = chance.next() as usize % ground.instances.len();
                let instance = &mut ground.instances[nth];
                instance.sigstop();
                std::thread::sleep(PAUSE);
                instance.sigcont();
                ground.excuse();
                ground.instances[nth].name.clone()
            }
            Kind::Reset => {
                let away = ms(200 + chance.next() % 2_000);
                let broker = chance.next() as usize % ground.cluster.doors.len();
                ground.cluster.doors[broker].shut();
                std::thread::sleep(away);
                ground.cluster.doors[broker].open();
                ground.excuse();
                format!("broker {broker} for {away:?}")
            }
            Kind::BrokerDies => {
                let refused = ms(500 + chance.next() % 2_500);
                let hurt = hurt(&mut ground.cluster, chance, refused);
                ground.excuse();
                hurt
            }
            Kind::RegistryAway => {
                let nth = chance.next() as usize % ground.instances.len();
                ground.registry.shut();
                let who = ground.kill(nth, Duration::ZERO);
                std::thread::sleep(ms(500 + chance.next() % 1_500));
                ground.registry.open();
                ground.excuse();
                who
            }
            Kind::Twin => ground.twin(chance.next() as usize % ground.instances.len()),
            Kind::Connections => connections(ground),
            Kind::TopicDeleted => ground.delete_a_source(ms(chance.next() % 2_000)),
            Kind::OpenTransaction => ground.strangers.leave_open(&ground.reach()),
            Kind::Rubbish => ground.strangers.rubbish(&ground.reach(), chance),
            Kind::Poison => ground.strangers.poison(&ground.reach()),
            Kind::ControlCharacters => ground.strangers.control_characters(&ground.reach()),
            Kind::OtherPartitioner => ground.strangers.misplace(&ground.reach(), chance),
            Kind::ClockAhead => ground.strangers.clock_ahead(&ground.reach()),
        }
    }
}

/// Many that say nothing, at every page; `/livez` must be reached beside them.
fn connections(ground: &Ground) -> String {
    const EACH: usize = 150;
    let mut idle = Vec::new();
    for instance in &ground.instances {
        let words: &[&str] =
            if instance.name == "ingest" { &["http=", "ingest="] } else { &["http="] };
        for address in words.iter().filter_map(|word| instance.address(word)) {
            // One that was just killed is not there.
            idle.extend((0..EACH).map_while(|_| TcpStream::connect(&address).ok()));
        }
    }
    let mut answered = 0;
    for instance in &ground.instances {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(4) {
            let answer = instance.http().and_then(|at| try_get(&at, "/livez").ok());
            if answer.is_some() {
                answered += 1;
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    format!("{} open, {answered} of {} answered", idle.len(), ground.instances.len())
}

/// Each kind comes once before any comes again.
pub(super) struct Deck {
    pub chance: Chance,
    left: Vec<Kind>,
    drawn: BTreeMap<Kind, u32>,
}

impl Deck {
    pub(super) fn new(chance: Chance) -> Deck {
        Deck { chance, left: Vec::new(), drawn: BTreeMap::new() }
    }

    pub(super) fn draw(&mut self) -> Kind {
        if self.left.is_empty() {
            self.left = Kind::ALL.to_vec();
        }
        let kind = self.left.swap_remove(self.chance.next() as usize % self.left.len());
        *self.drawn.entry(kind).or_default() += 1;
        kind
    }

    /// How often each was drawn.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (Kind, u32)> + '_ {
        self.drawn.iter().map(|(kind, times)| (*kind, *times))
    }
}
