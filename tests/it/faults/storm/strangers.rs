//! What others write into the topics, and what has to come of it.

use std::time::Duration;

use buymode::codec::Codec;
use buymode::codec::schemas::Record;
use buymode::domain::account::input::Input;
use buymode::domain::evidence::company::CompanyUpdate;
use buymode::domain::evidence::company::{Attribute, Value};
use buymode::engine::audit::Findings;
use buymode::kafka::KafkaStore;
use buymode::log::partitioner::partition_of;
use buymode::log::{LogError, Output};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::books::{post, today, transact};
use super::ground::Reach;
use crate::codec::registry::register;
use crate::faults::config;
use crate::faults::kill9::Chance;
use crate::faults::world::World;
use crate::pipeline::{account, company, signal};

/// It clears a terminal, writes from right to left, and begins another line.
const HOSTILE: &str = "Stone\u{1b}[2J\u{202e}latipaC\r\nALERT forged";
/// The same in JSON.
const HOSTILE_JSON: &str = r"Stone\u001b[2J\u202elatipaC\r\nALERT forged";

/// How many records were acknowledged, and how many may have been written.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    sure: u64,
    most: u64,
}

impl Count {
    fn note(&mut self, done: &Result<(), LogError>) -> String {
        self.most += 1;
        self.sure += u64::from(done.is_ok());
        done.as_ref().map_or_else(ToString::to_string, |()| "written".to_owned())
    }
}

#[derive(Default)]
pub(super) struct Strangers {
    nth: u32,
    misplaced: Count,
    rubbish: Count,
    poison: Count,
    hostile: Count,
}

impl Strangers {
    fn next(&mut self) -> u32 {
        self.nth += 1;
        self.nth
    }

    /// Of a producer that died in the middle.
    pub(super) fn leave_open(&mut self, reach: &Reach) -> String {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &reach.bootstrap);
        client.set("transactional.id", format!("{}forgetful", reach.prefix));
        client.set("transaction.timeout.ms", "3000");
        let wait = Duration::from_secs(10);
        let left = || {
            let forgetful: BaseProducer = client.create()?;
            forgetful.init_transactions(wait)?;
            forgetful.begin_transaction()?;
            let record = BaseRecord::<[u8], [u8]>::to(&reach.topics.inputs).partition(0);
            forgetful.send(record.payload(b"never committed")).map_err(|(error, _)| error)?;
            forgetful.flush(wait)
        };
        left().map_or_else(|error| error.to_string(), |()| "for 3 s".to_owned())
    }

    pub(super) fn rubbish(&mut self, reach: &Reach, chance: &mut Chance) -> String {
        let bytes: Vec<u8> = (0..chance.next() % 200).map(|_| chance.next() as u8).collect();
        // The bytes of a tick, say, would be none.
        let value = [b"\x07", &bytes[..]].concat();
        let done = put(reach, None, b"company7.com", &value);
        self.rubbish.note(&done)
    }

    /// Under a schema of its producer: a field that we do not know, whose millions of nulls take a byte
    /// in a thousand.
    pub(super) fn poison(&mut self, reach: &Reach) -> String {
        let junk = r#""fields": [{"name": "junk", "type": {"type": "array", "items": {"type": "array", "items": "null"}}, "default": []},"#;
        let schema = Record::Funding.json().replacen("\"fields\": [", junk, 1);
        let subject = format!("{}-{}", reach.topics.inputs, Record::Funding.full_name());
        let id = register(&reach.registry, &subject, &schema);
        let (n, today) = (self.next(), today());
        let mut value = Vec::new();
        let sound = signal(n, 3_000_000 + 2 * n, today);
        let topic = &reach.topics.inputs;
        Codec::local().encode_input(topic, &account(n), &sound, &mut value).unwrap();
        // 200 arrays of a million nulls each, in one block each.
        let mut nulls = vec![0x90, 0x03];
        (0..200).for_each(|_| nulls.extend([0x80, 0x89, 0x7a, 0x00]));
        nulls.push(0);
        let value = [&[0][..], &id.to_be_bytes(), &nulls, &value[5..]].concat();
        let done = put(reach, None, account(n).as_str().as_bytes(), &value);
        self.poison.note(&done)
    }

    /// In a row and in a company's name.
    pub(super) fn control_characters(&mut self, reach: &Reach) -> String {
        let (n, today) = (self.next(), today());
        let body = format!(
            r#"{{"type":"funding","domain":"hostile-{n}.com","date":"2026-10-01","id":"h{n}","investor":"{HOSTILE_JSON}"}}"#
        );
        let answered = post(reach, body.as_bytes());
        let Input::Company(update) = company(n % 300, today) else { unreachable!() };
        let facts = vec![(Attribute::Name, Value::Names(vec![HOSTILE.to_owned().into()]))];
        let id = uuid::Uuid::new_v4();
        let named = Input::Company(CompanyUpdate { id, facts, ..update });
        let opened = reach.store.writer(&format!("{}stranger", reach.prefix));
        let done = opened.and_then(|mut writer| {
            let (codec, topic) = (&mut reach.codec.clone(), &reach.topics.inputs);
            transact(&mut *writer, codec, topic, &[(account(n % 300), named)])
        });
        format!("{}, ingest {answered:?}", self.hostile.note(&done))
    }

    /// Of a producer that places keys in its own way.
    pub(super) fn misplace(&mut self, reach: &Reach, chance: &mut Chance) -> String {
        let (n, today) = (self.next(), today());
        let (account, count) = (account(n % 300), 4);
        let mut value = Vec::new();
        let encoded = reach.codec.clone().encode_input(
            &reach.topics.inputs,
            &account,
            &signal(n % 300, 2_000_000 + 2 * n, today),
            &mut value,
        );
        if let Err(error) = encoded {
            return error.to_string();
        }
        let key = account.as_str().as_bytes();
        let other = (partition_of(key, count) + 1 + (chance.next() % 3) as i32) % count;
        let done = put(reach, Some(other), key, &value);
        self.misplaced.note(&done)
    }

    pub(super) fn clock_ahead(&mut self, reach: &Reach) -> String {
        let ahead = || buymode::runtime::worker::now_ms() + 400 * 86_400_000;
        let store = KafkaStore::with_clock(config(&reach.store.location()), ahead).unwrap();
        let (key, today) = (format!("ahead-{}.com", self.next()), today());
        let account = buymode::domain::terms::account::AccountKey::parse(&key).unwrap();
        use buymode::log::Store;
        let opened = store.writer(&format!("{}ahead", reach.prefix));
        let done = opened.and_then(|mut writer| {
            let (codec, topic) = (&mut reach.codec.clone(), &reach.topics.inputs);
            transact(&mut *writer, codec, topic, &[(account, company(0, today))])
        });
        let why = done.expect_err("a writer whose clock is 400 days ahead wrote");
        format!("refused: {why}")
    }

    /// What was misplaced is a dead letter, rubbish and poison too; no hostile character is kept, and
    /// nothing of a wrong clock is there.
    pub(super) fn assert_came_to_nothing(&self, world: &World, findings: &Findings) {
        let Count { sure, most } = self.misplaced;
        assert!((sure..=most).contains(&findings.misplaced), "{:?}: {findings:?}", self.misplaced);
        let letters = sure + self.rubbish.sure;
        assert!(findings.dead_letters >= letters, "{:?}: {findings:?}", self.rubbish);
        let mut keys = 0;
        world.each(&world.topics.inputs, &mut |record| {
            keys += 1;
            let key = record.key.unwrap_or_default();
            assert!(!key.starts_with(b"ahead-"), "written by a wrong clock: {record:?}");
        });
        assert!(keys > 0);
        let mut topics = vec![world.topics.accounts.clone()];
        topics.extend(crate::pipeline::ROUTES.iter().map(|route| world.topics.route(route)));
        let hostile: [&[u8]; 3] = [b"\x1b[2J", "\u{202e}".as_bytes(), b"\r\nALERT"];
        for topic in &topics {
            world.each(topic, &mut |record| {
                let value = record.value.unwrap_or_default();
                let found = hostile.iter().any(|bad| value.windows(bad.len()).any(|w| w == *bad));
                assert!(!found, "{topic} keeps a control character: {record:?}");
            });
        }
    }
}

fn put(reach: &Reach, partition: Option<i32>, key: &[u8], value: &[u8]) -> Result<(), LogError> {
    let mut writer = reach.store.writer(&format!("{}stranger", reach.prefix))?;
    let (topic, key, value) = (&reach.topics.inputs, Some(key), Some(value));
    writer.begin()?;
    writer.send(&Output { topic, partition, key, value, ..Output::default() })?;
    writer.commit(&[])
}
