//! Bad input on every topic that takes any: each record ends as a verdict or as a dead letter, and
//! the good ones among them are scored as if the others were not there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use buymode::codec::schemas::Record;
use buymode::codec::{Codec, local};
use buymode::domain::account::input::Input;
use buymode::domain::terms::account::AccountKey;
use buymode::engine::forwarder::Forwarder;
use buymode::engine::scorer::Clock;
use buymode::engine::tally::{Ledger, Tally};
use buymode::kafka::KafkaStore;
use buymode::log::{Output, SessionSpec, Store};
use buymode::runtime::supervisor::Job;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::config;
use super::kill9::{Chance, is_full};
use super::running::Running;
use super::world::{PATIENCE, World};
use crate::arbitrary::inputs::addressed;
use crate::pipeline::{PROFILE, activate};
use crate::support::{self, Address};

const SEED: u64 = 20_130_215;
const PARTITIONS: i32 = 3;

/// Everything that was committed.
#[derive(Default)]
struct Books(Mutex<(Tally, BTreeMap<String, Tally>)>);

impl Ledger for Books {
    fn committed(&self, _: i32, _: i64, tally: &Tally) {
        self.0.lock().unwrap().0.add(tally);
    }
    fn gave_up(&self, _: i32) {}
    fn forwarded(&self, topic: &str, tally: &Tally) {
        self.0.lock().unwrap().1.entry(topic.to_owned()).or_default().add(tally);
    }
}

#[test]
fn should_end_every_record_as_a_verdict_or_a_dead_letter_whatever_its_bytes() {
    let Some(kafka) = support::kafka() else {
        return;
    };
    let records = if is_full() { 10_000 } else { 400 };
    let store: Arc<dyn Store> = Arc::new(KafkaStore::new(config(kafka.bootstrap())).unwrap());
    let world = World::live(store, &format!("{}.", kafka.unique("rubbish")), PARTITIONS);
    activate(&mut *world.writer("icp"), &world.topics, PARTITIONS, PROFILE, 1, 0);
    let kinds: Vec<String> = world.topics.kinds.iter().map(|(name, _)| name.clone()).collect();
    let mut mill = Mill::new(&world.topics.inputs);
    for (kind, topic) in kinds.iter().enumerate() {
        mill.write(&world, topic, Some(kind), records);
    }
    mill.write(&world, &world.topics.inputs, None, records);
    let books = Arc::new(Books::default());
    let began = Instant::now();
    let instance = Running::job(world.store.clone(), jobs(&world, &books));

    let forwarded = || books.0.lock().unwrap().1.clone();
    let is_forwarded = || {
        let all = forwarded();
        kinds.iter().all(|topic| all.get(topic).map_or(0, Tally::consumed) >= records as u64)
    };
    while !is_forwarded() {
        assert!(!instance.has_ended(), "{:?}", instance.told.so_far().ended);
        assert!(began.elapsed() < PATIENCE, "stalled: {:?}", forwarded());
        std::thread::sleep(Duration::from_millis(50));
    }
    world.await_consumed_while(|| {
        assert!(!instance.has_ended(), "{:?}", instance.told.so_far().ended);
    });
    let ended = instance.told.so_far().ended;
    instance.stop();
    assert_eq!(ended, [], "a record stopped the work");

    let (scored, forwarded) = books.0.lock().unwrap().clone();
    for (topic, tally) in &forwarded {
        assert_eq!(tally.consumed(), records as u64, "{topic}");
    }
    let inputs = count(&world, &world.topics.inputs);
    assert_eq!(scored.consumed(), inputs, "consumed is the sum of verdicts");
    let buried = |tally: &Tally| tally.dead_letters.values().sum::<u64>();
    let letters = buried(&scored) + forwarded.values().map(buried).sum::<u64>();
    assert_eq!(count(&world, &world.topics.dead_letters), letters);
    let findings = world.assert_audit_is_clean();
    println!(
        "{} records on each of {} topics in {:?}: {inputs} inputs, {letters} dead letters {:?}, {} decisions",
        records,
        kinds.len() + 1,
        began.elapsed(),
        scored.dead_letters,
        findings.decisions
    );
    assert!(scored.dead_letters.len() > 4, "{:?}", scored.dead_letters);
    assert!(buried(&scored) < inputs, "some were good");
}

fn as_written(key: &str) -> Result<AccountKey, String> {
    AccountKey::parse(key).map_err(|error| error.to_string())
}

fn jobs(world: &World, books: &Arc<Books>) -> Vec<Job> {
    let topics = world.topics.clone();
    let forwarder = Forwarder::new(topics, Codec::local(), PARTITIONS, books.clone(), as_written);
    let spec = SessionSpec {
        group: format!("{}forward", world.prefix),
        transactional_id: format!("{}forward-a", world.prefix),
        topics: world.topics.kinds.iter().map(|(name, _)| name.clone()).collect(),
    };
    let scorer = world.scorer_that_tells(Clock::Live, books.clone());
    vec![Job::new("score", world.spec("a"), scorer), Job::new("forward", spec, forwarder)]
}

fn count(world: &World, topic: &str) -> u64 {
    let mut reader = world.store.reader().unwrap();
    let mut records = 0;
    for partition in 0..PARTITIONS {
        let marks = reader.watermarks(topic, partition).unwrap();
        let mut next = marks.low;
        while next < marks.stable {
            let budget = Duration::from_millis(500);
            let read =
                reader.read(topic, partition, next, marks.stable, budget, &mut |_| records += 1);
            next = read.unwrap();
        }
    }
    records
}

/// Grinds good records into bad ones.
struct Mill {
    chance: Chance,
    runner: TestRunner,
    codec: Codec,
    inputs: String,
}

type Ground = (Option<Vec<u8>>, Option<Vec<u8>>);

impl Mill {
    fn new(inputs: &str) -> Mill {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&SEED.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let runner = TestRunner::new_with_rng(Config::default(), rng);
        Mill { chance: Chance(SEED), runner, codec: Codec::local(), inputs: inputs.to_owned() }
    }

    /// `kind`: the topic is for records of this one, in the order of the schemas' ids.
    fn write(&mut self, world: &World, topic: &str, kind: Option<usize>, records: usize) {
        let mut writer = world.writer("mill");
        let mut written = 0;
        while written < records {
            // Ground ahead: it takes longer than a transaction may.
            let upto = records.min(written + 500);
            let ground: Vec<Ground> = (written..upto).map(|nth| self.grind(nth, kind)).collect();
            writer.begin().unwrap();
            for (key, value) in ground {
                let partition = key.is_none().then_some((written % 3) as i32);
                let (key, value) = (key.as_deref(), value.as_deref());
                let output = Output { topic, partition, key, value, ..Output::default() };
                writer.send(&output).unwrap();
                written += 1;
            }
            writer.commit(&[]).unwrap();
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance.next() as usize % bound.max(1)
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.chance.next() as u8).collect()
    }

    /// A good record, most often one that belongs into the topic.
    fn good(&mut self, kind: Option<usize>) -> (Vec<u8>, Vec<u8>) {
        let mut record = self.any_good();
        for _ in 0..20 {
            if kind.is_none_or(|kind| usize::from(record.1[4]) == kind + 1) {
                break;
            }
            record = self.any_good();
        }
        record
    }

    fn any_good(&mut self) -> (Vec<u8>, Vec<u8>) {
        let (account, input): (_, Input) =
            addressed().new_tree(&mut self.runner).unwrap().current();
        let mut value = Vec::new();
        self.codec.encode_input(&self.inputs, &account, &input, &mut value).unwrap();
        (account.as_str().as_bytes().to_vec(), value)
    }

    fn grind(&mut self, nth: usize, kind: Option<usize>) -> Ground {
        let (key, mut value) = self.good(kind);
        match nth % 14 {
            0 => (Some(self.bytes(40)), Some(self.bytes(200))),
            1 => (Some(key), None),
            2 => {
                value[1..5].copy_from_slice(&(self.chance.next() as u32).to_be_bytes());
                (Some(key), Some(value))
            }
            // Another of our types: its bytes are read as what they are not.
            3 | 4 => {
                value[4] = self.below(20) as u8;
                (Some(key), Some(value))
            }
            5 | 6 => {
                value.truncate(self.below(value.len()));
                (Some(key), Some(value))
            }
            7 | 8 => {
                for _ in 0..=self.below(4) {
                    let at = 5 + self.below(value.len() - 5);
                    value[at] = self.chance.next() as u8;
                }
                (Some(key), Some(value))
            }
            9 => {
                value.extend(self.bytes(50));
                (Some(key), Some(value))
            }
            10 => (self.below(2).eq(&0).then(|| self.bytes(300)), Some(value)),
            11 if nth % 600 == 11 => (Some(key), Some(self.huge(value))),
            11 | 12 => self.absurd(),
            _ => (Some(key), Some(value)),
        }
    }

    /// Larger than what is taken, and hard to compress.
    fn huge(&mut self, mut value: Vec<u8>) -> Vec<u8> {
        let bytes = 1_100_000 + self.below(2_900_000);
        while value.len() < bytes {
            value.extend(self.chance.next().to_le_bytes());
        }
        value
    }

    /// A funding round whose dates, amounts and confidence cannot be, in correct Avro.
    fn absurd(&mut self) -> Ground {
        const NUMBERS: [i64; 9] = [
            i64::MIN,
            -1,
            0,
            1,
            253_402_300_800_000,
            -62_135_596_800_001,
            i64::MAX,
            1_356_998_400_000,
            42,
        ];
        let confidence = [0.5, -1.0, 7.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e300, 1.0];
        let key = format!("absurd{}.example", self.below(30));
        let id = format!("00000000-0000-4000-8000-{:012x}", self.below(1 << 40));
        let mut pick = || NUMBERS[self.chance.next() as usize % NUMBERS.len()];
        let (occurred, observed, amount) = (pick(), pick(), pick());
        let mut avro = vec![0];
        avro.extend(local::id(Record::Funding).to_be_bytes());
        text(&mut avro, &id);
        text(&mut avro, &key);
        long(&mut avro, 1);
        long(&mut avro, occurred);
        long(&mut avro, self.below(4) as i64);
        long(&mut avro, observed);
        text(&mut avro, "mill");
        long(&mut avro, 0);
        avro.extend(confidence[self.below(8)].to_le_bytes());
        // No evidence; neither planned nor a baseline; nothing superseded or retracted.
        avro.extend([0, 0, 0, 0, 0]);
        long(&mut avro, self.below(14) as i64);
        long(&mut avro, self.below(11) as i64);
        long(&mut avro, 1);
        long(&mut avro, amount);
        avro.extend([0, 0, 0]);
        (Some(key.into_bytes()), Some(avro))
    }
}

fn long(avro: &mut Vec<u8>, number: i64) {
    let mut left = ((number << 1) ^ (number >> 63)) as u64;
    while left >= 0x80 {
        avro.push(left as u8 | 0x80);
        left >>= 7;
    }
    avro.push(left as u8);
}

fn text(avro: &mut Vec<u8>, text: &str) {
    long(avro, text.len() as i64);
    avro.extend(text.as_bytes());
}
