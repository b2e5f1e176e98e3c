//! The worker's loop on a log that is slow to open: it is heard, it goes on with what is open, and
//! nobody is read before they are open.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buymode::codec::Codec;
use buymode::domain::Text;
use buymode::domain::account::decision::Verdict;
use buymode::domain::account::input::{Input, RecordType, SuppressionChange};
use buymode::domain::account::records::DeadLetterReason;
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::forwarder::Forwarder;
use buymode::engine::tally::{Ledger, NoLedger, Tally};
use buymode::engine::topics::Topics;
use buymode::log::{
    LogError, Output, RecordRef, RestoreProgress, SessionSpec, Store, TopicPartition,
};
use buymode::runtime::exit::Exit;
use buymode::runtime::observe::{Observer, Silent};
use buymode::runtime::supervisor::{Job, Supervisor};
use buymode::runtime::worker::{self, Limits};

use crate::faults::wrapped::{Meddle, Step, Wrapped};
use crate::pipeline::{account, create, signal, topics};

const PARTITIONS: i32 = 24;

fn store(folder: &tempfile::TempDir, topics: &Topics) -> Arc<dyn Store> {
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    create(&store, topics, PARTITIONS, &[]);
    Arc::new(store)
}

fn forward(
    inner: &Arc<dyn Store>,
    topics: &Topics,
    ledger: Arc<dyn Ledger>,
    meddle: Arc<Meddle>,
) -> Supervisor {
    let role = Forwarder::new(topics.clone(), Codec::local(), PARTITIONS, ledger, resolve);
    let spec = SessionSpec {
        group: "forward".to_owned(),
        transactional_id: "forward-a".to_owned(),
        topics: topics.kinds.iter().map(|(name, _)| name.clone()).collect(),
    };
    let store = Arc::new(Wrapped { inner: inner.clone(), meddle });
    let job = Job::new("forward", spec, role);
    Supervisor::start(store, vec![job], Limits::default(), Arc::new(Silent)).unwrap()
}

fn resolve(key: &str) -> Result<AccountKey, String> {
    match key {
        "bücher.de" => AccountKey::parse("xn--bcher-kva.de").map_err(|error| error.to_string()),
        "gmail.com" => Err("a free mail provider".to_owned()),
        _ => AccountKey::parse(key).map_err(|error| error.to_string()),
    }
}

/// The forwarder of a log with 24 partitions opens 216 of them; a stop does not wait for them all.
#[test]
fn should_hear_a_stop_between_two_partitions_that_it_opens() {
    let (folder, topics) = (tempfile::tempdir().unwrap(), topics());
    let store = store(&folder, &topics);
    let opened = Arc::new(AtomicUsize::new(0));
    let (reached, at_third) = channel();
    let (go_on, stopped) = channel::<()>();
    let (stopped, seen) = (Mutex::new(stopped), opened.clone());
    let meddle = move |step| {
        if step == Step::Marks && seen.fetch_add(1, Ordering::Relaxed) == 2 {
            reached.send(()).unwrap();
            stopped.lock().unwrap().recv().unwrap();
        }
        Ok(())
    };
    let supervisor = forward(&store, &topics, Arc::new(NoLedger), Arc::new(meddle));
    at_third.recv().unwrap();
    supervisor.stop();
    go_on.send(()).unwrap();
    supervisor.join().unwrap();
    assert_eq!(opened.load(Ordering::Relaxed), 3, "partitions opened after the stop");
}

/// Partitions that a worker was given, less those that it says to have no more.
#[derive(Default)]
struct Held(Mutex<Vec<TopicPartition>>);

impl Observer for Held {
    fn assigned(&self, partitions: &[TopicPartition]) {
        self.0.lock().unwrap().extend_from_slice(partitions);
    }

    fn revoked(&self, partition: &TopicPartition) {
        self.0.lock().unwrap().retain(|held| held != partition);
    }

    fn restoring(&self, _: &TopicPartition, _: Option<RestoreProgress>) {}
    fn restored(&self, _: &TopicPartition) {}
    fn transaction(&self, _: Duration, _: Option<&LogError>) {}
    fn aborted(&self, _: &str, _: u32) {}
    fn ended(&self, _: &str, _: &Exit, _: Option<Duration>) {}
}

/// The next session may be given others: those of the last one are not shown as held for ever.
#[test]
fn should_hold_nothing_after_its_session_was_fenced() {
    let (folder, topics) = (tempfile::tempdir().unwrap(), topics());
    let inner = store(&folder, &topics);
    let held = Arc::new(Held::default());
    let seen = held.clone();
    let meddle = move |step| {
        // Once it was given what there is.
        match step == Step::Poll && !seen.0.lock().unwrap().is_empty() {
            true => Err(LogError::Fenced("another took over".to_owned())),
            false => Ok(()),
        }
    };
    let kinds: Vec<String> = topics.kinds.iter().map(|(name, _)| name.clone()).collect();
    let (group, transactional_id) = ("forward".to_owned(), "forward-a".to_owned());
    let spec = SessionSpec { group, transactional_id, topics: kinds };
    let ledger = Arc::new(NoLedger);
    let mut role = Forwarder::new(topics.clone(), Codec::local(), PARTITIONS, ledger, resolve);
    let store = Wrapped { inner, meddle: Arc::new(meddle) };
    let stop = AtomicBool::new(false);
    let exit = worker::run(&store, &spec, &mut role, Limits::default(), held.clone(), &stop);
    assert!(matches!(exit, Exit::Fenced(_)), "{exit:?}");
    assert_eq!(*held.0.lock().unwrap(), []);
}

/// What was forwarded, and the calls that the worker made meanwhile.
#[derive(Default)]
struct Seen {
    steps: Mutex<Vec<Step>>,
    forwarded: Mutex<Tally>,
}

impl Ledger for Seen {
    fn committed(&self, _: i32, _: i64, _: &Tally) {}
    fn gave_up(&self, _: i32) {}
    fn forwarded(&self, _: &str, tally: &Tally) {
        self.forwarded.lock().unwrap().add(tally);
    }
}

/// One partition's position is not known yet, and every other one takes long.
#[test]
fn should_forward_what_is_open_while_it_opens_the_rest() {
    const RECORDS: u64 = 60;
    let (folder, topics) = (tempfile::tempdir().unwrap(), topics());
    let store = store(&folder, &topics);
    let (funding, _) = topics.kinds.iter().find(|(name, _)| name.ends_with("funding")).unwrap();
    let (mut writer, mut codec) = (store.writer("test").unwrap(), Codec::local());
    writer.begin().unwrap();
    for n in 0..RECORDS as u32 {
        let (account, mut value) = (account(n), Vec::new());
        codec.encode_input(funding, &account, &signal(n, 0, 0), &mut value).unwrap();
        let key = Some(account.as_str().as_bytes());
        let output = Output { topic: funding, key, value: Some(&value), ..Output::default() };
        writer.send(&output).unwrap();
    }
    writer.commit(&[]).unwrap();

    let seen = Arc::new(Seen::default());
    let watched = seen.clone();
    let asked = AtomicUsize::new(0);
    let meddle = move |step| {
        watched.steps.lock().unwrap().push(step);
        match step {
            Step::Committed if asked.fetch_add(1, Ordering::Relaxed) < 4 => {
                Err(LogError::NotYet("its transaction has not ended".to_owned()))
            }
            Step::Marks => {
                std::thread::sleep(Duration::from_millis(20));
                Ok(())
            }
            _ => Ok(()),
        }
    };
    let supervisor = forward(&store, &topics, seen.clone(), Arc::new(meddle));
    let consumed = || seen.forwarded.lock().unwrap().consumed();
    while consumed() < RECORDS {
        assert!(!supervisor.has_ended(), "it gave up");
        std::thread::sleep(Duration::from_millis(10));
    }
    supervisor.stop();
    supervisor.join().unwrap();
    let tally = seen.forwarded.lock().unwrap().clone();
    assert_eq!(tally.inputs.get(&(RecordType::Funding, Verdict::Applied)), Some(&RECORDS));
    let steps = seen.steps.lock().unwrap();
    let last_opened = steps.iter().rposition(|step| *step == Step::Marks).unwrap();
    let while_opening = &steps[..last_opened];
    let commits = while_opening.iter().filter(|step| **step == Step::Answer).count();
    assert!(commits > 0, "nothing was forwarded before all was open");
    // At most a slice of opening between two polls.
    let between = while_opening.split(|step| *step == Step::Poll);
    let most = between.map(|steps| steps.iter().filter(|s| **s == Step::Marks).count()).max();
    assert!(most.unwrap() <= 11, "{most:?} partitions were opened without a poll in between");
}

/// Other producers write keys that no other way in would take.
#[test]
fn should_resolve_the_accounts_of_per_kind_topics_as_everywhere_else() {
    let (folder, topics) = (tempfile::tempdir().unwrap(), topics());
    let store = store(&folder, &topics);
    let named =
        |kind: &str| topics.kinds.iter().find(|(name, _)| name.ends_with(kind)).unwrap().0.clone();
    let (funding, suppressions) = (named("funding"), named("suppressions"));
    let (mut writer, mut codec) = (store.writer("test").unwrap(), Codec::local());
    let held = Input::Suppression(SuppressionChange {
        id: SignalId::from_u128(7),
        source: Text::from("crm"),
        list: SuppressionList::DoNotContact,
        active: true,
        reason: None,
        owner: None,
        until: None,
        stated_on: None,
    });
    writer.begin().unwrap();
    for (topic, key, input) in [
        (&funding, "bücher.de", &signal(1, 0, 0)),
        (&funding, "gmail.com", &signal(2, 0, 0)),
        (&suppressions, "gmail.com", &held),
        (&suppressions, "acme.com", &held),
    ] {
        let (account, mut value) = (AccountKey::parse(key).unwrap(), Vec::new());
        codec.encode_input(topic, &account, input, &mut value).unwrap();
        let key = Some(account.as_str().as_bytes());
        writer.send(&Output { topic, key, value: Some(&value), ..Output::default() }).unwrap();
    }
    // Nobody is protected by what cannot be read: one reason, whatever is wrong with it.
    for (topic, value) in [(&suppressions, &b"{\"account\": \"acme.com\"}"[..]), (&funding, b"{}")]
    {
        writer.send(&Output { topic, value: Some(value), ..Output::default() }).unwrap();
    }
    writer.commit(&[]).unwrap();

    let seen = Arc::new(Seen::default());
    let supervisor = forward(&store, &topics, seen.clone(), Arc::new(|_| Ok(())));
    while seen.forwarded.lock().unwrap().consumed() < 6 {
        assert!(!supervisor.has_ended(), "it gave up");
        std::thread::sleep(Duration::from_millis(10));
    }
    supervisor.stop();
    supervisor.join().unwrap();
    let tally = seen.forwarded.lock().unwrap().clone();
    assert_eq!(tally.inputs.get(&(RecordType::Funding, Verdict::Applied)), Some(&1));
    assert_eq!(tally.dead_letters.get(&DeadLetterReason::Account), Some(&1));
    assert_eq!(tally.dead_letters.get(&DeadLetterReason::UnresolvedSuppression), Some(&2));
    assert_eq!(tally.dead_letters.get(&DeadLetterReason::Framing), Some(&1));
    let (mut reader, mut keys) = (store.reader().unwrap(), Vec::new());
    for partition in 0..PARTITIONS {
        let mut visit = |record: RecordRef<'_>| {
            keys.push(String::from_utf8(record.key.unwrap().to_vec()).unwrap());
        };
        let end = reader.watermarks(&topics.inputs, partition).unwrap().stable;
        let mut at = 0;
        while at < end {
            let budget = Duration::from_secs(1);
            at = reader.read(&topics.inputs, partition, at, end, budget, &mut visit).unwrap();
        }
    }
    keys.sort();
    assert_eq!(keys, ["acme.com", "xn--bcher-kva.de"]);
}
