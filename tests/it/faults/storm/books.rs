//! The load, from three sides, and what of it was acknowledged: a transaction that was committed, a
//! request that was answered with 202.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Scope;
use std::time::Duration;

use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Input;
use buymode::domain::terms::account::AccountKey;
use buymode::log::{LogError, Output, Writer};
use uuid::Uuid;

use super::ground::Reach;
use crate::faults::world::World;
use crate::pipeline::{START, account, company, signal};

/// Accounts whose companies are known.
const ACCOUNTS: u32 = 300;

pub(super) fn today() -> i64 {
    (buymode::runtime::worker::now_ms() - START) / 86_400_000
}

/// What was acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    signals: BTreeSet<Uuid>,
    /// Each row that was posted is of an account of its own.
    posted: BTreeSet<String>,
}

impl Written {
    /// The first that is not in the inputs, in words.
    pub(super) fn missing(&self, world: &World) -> Option<String> {
        let (mut signals, mut posted) = (self.signals.clone(), self.posted.clone());
        let mut codec = world.codec.clone();
        world.each(&world.topics.inputs, &mut |record| {
            let decoded = codec.decode_input(record.key, record.value);
            if let Ok(Decoded::Account { account, input: Input::Signal(found) }) = decoded {
                signals.remove(&found.id);
                posted.remove(account.as_str());
            }
        });
        let of = |n: usize, what: &str| format!("{n} acknowledged {what} are not in the inputs");
        match (signals.len(), posted.len()) {
            (0, 0) => None,
            (0, n) => Some(format!("{}, such as {}", of(n, "rows"), posted.first()?)),
            (n, _) => Some(of(n, "signals")),
        }
    }

    /// How many there are.
    pub(super) fn assert_is_in(&self, world: &World) -> usize {
        assert_eq!(self.missing(world), None);
        assert!(self.signals.len() > 100 && self.posted.len() > 10, "hardly anything was written");
        self.signals.len() + self.posted.len()
    }
}

#[derive(Default)]
pub(super) struct Load {
    over: Arc<AtomicBool>,
    written: Arc<Mutex<Written>>,
}

/// However the storm ends, its load does.
pub(super) struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Load {
    pub(super) fn run<'s>(&'s self, scope: &'s Scope<'s, '_>, reach: &Reach) -> Over {
        let funding = reach.topics.kinds[0].0.clone();
        let inputs = reach.topics.inputs.clone();
        let (direct, forwarded, posted) = (reach.clone(), reach.clone(), reach.clone());
        scope.spawn(move || self.write(&direct, &inputs, 0));
        scope.spawn(move || self.write(&forwarded, &funding, 1_000_000));
        scope.spawn(move || self.post(&posted));
        Over(self.over.clone())
    }

    pub(super) fn written(&self) -> Written {
        self.written.lock().unwrap().clone()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Signals into a topic, transaction by transaction, each until it is committed. Into the inputs go
    /// the companies first; the topic of one kind takes rounds alone.
    fn write(&self, reach: &Reach, topic: &str, first: u32) {
        let mut writer: Option<Box<dyn Writer>> = None;
        let mut batch = 0_u32;
        while !self.is_over() {
            let opened = match writer.take() {
                Some(open) => Ok(open),
                None => reach.store.writer(&format!("{}load-{first}", reach.prefix)),
            };
            let Ok(mut open) = opened else { continue };
            let today = today();
            let mut inputs: Vec<(AccountKey, Input)> = Vec::new();
            if first == 0 && batch == 0 {
                inputs.extend((0..ACCOUNTS).map(|n| (account(n), company(n, today))));
            }
            inputs.extend((0..20).map(|i| {
                let step = if first == 0 { 1 } else { 2 };
                let nth = first + (batch * 20 + i) * step;
                let n = nth.wrapping_mul(7_919) / 3 % ACCOUNTS;
                (account(n), signal(n, nth, today))
            }));
            if transact(&mut *open, &mut reach.codec.clone(), topic, &inputs).is_ok() {
                let ids = inputs.iter().filter_map(|(_, input)| match input {
                    Input::Signal(signal) => Some(signal.id),
                    _ => None,
                });
                self.written.lock().unwrap().signals.extend(ids);
                batch += 1;
                writer = Some(open);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn post(&self, reach: &Reach) {
        let mut nth = 0;
        while !self.is_over() {
            let domain = format!("row-{nth}.com");
            let body = format!(
                r#"{{"type":"funding","domain":"{domain}","date":"2026-10-01","id":"{domain}","investor":"Stone"}}"#
            );
            if post(reach, body.as_bytes()).is_ok_and(|status| status == 202) {
                self.written.lock().unwrap().posted.insert(domain);
            }
            nth += 1;
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

pub(super) fn transact(
    writer: &mut dyn Writer,
    codec: &mut Codec,
    topic: &str,
    inputs: &[(AccountKey, Input)],
) -> Result<(), LogError> {
    writer.begin()?;
    for (account, input) in inputs {
        let mut value = Vec::new();
        let encoded = codec.encode_input(topic, account, input, &mut value);
        // The registry may be away.
        encoded.map_err(|error| LogError::Reopen(error.to_string()))?;
        let (key, value) = (Some(account.as_str().as_bytes()), Some(&value[..]));
        writer.send(&Output { topic, key, value, ..Output::default() })?;
    }
    writer.commit(&[])
}

/// The status with which `ingest` answers, where it is now.
pub(super) fn post(reach: &Reach, body: &[u8]) -> std::io::Result<u16> {
    let said = std::fs::read_to_string(&reach.ingest)?;
    let missing = || std::io::Error::from(std::io::ErrorKind::NotConnected);
    let at = said.rfind(" ingest=").ok_or_else(missing)? + " ingest=".len();
    let address = said[at..].split_whitespace().next().ok_or_else(missing)?.trim_matches('"');
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let length = body.len();
    write!(
        stream,
        "POST /v1/ingest/open HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}
