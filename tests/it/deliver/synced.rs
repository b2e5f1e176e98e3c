//! Every account into a CRM: within its limits, killed again and again on the way, every account right at the end.

use super::shops::TOOL_TOKEN;
use buymode::codec::Codec;
use buymode::credentials::{Asked, Fault, Http, Request, Response};
use buymode::deliver::send::target::Services;
use buymode::deliver::sync::compare::differences;
use buymode::deliver::sync::ledger::{Kept, Ledger};
use buymode::deliver::sync::pass::{Account, Pace, Pass, Report};
use buymode::desk::roster::file::SecretRef;
use buymode::desk::roster::tool::Tool;
use buymode::domain::terms::time::Day;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::log::{Cleanup, Stamp, Store, TopicSpec};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// A CRM that takes batches: HubSpot's form, or Salesforce's.
pub(super) struct Crm {
    is_hubspot: bool,
    pub(super) now: Arc<AtomicI64>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// What it shows, by account.
    shown: BTreeMap<String, Value>,
    writes: BTreeMap<String, u32>,
    recent: VecDeque<i64>,
    calls: u64,
    over: u64,
    rng: ChaCha8Rng,
    wrong_of_1000: u32,
}

impl Http for Crm {
    fn send(&self, _: &Request) -> Result<Response, Fault> {
        panic!("only the map's requests")
    }

    fn ask(&self, asked: &Asked) -> Result<Response, Fault> {
        let now = self.now.load(Ordering::Relaxed);
        let mut inner = self.inner.lock().unwrap();
        assert!(asked.headers.iter().any(|(_, value)| value.ends_with(TOOL_TOKEN)));
        inner.calls += 1;
        while inner.recent.front().is_some_and(|at| now - at >= 10_000) {
            inner.recent.pop_front();
        }
        if self.is_hubspot && inner.recent.len() >= 100 {
            inner.over += 1;
            let headers = vec![("retry-after".to_owned(), "10".to_owned())];
            return Ok(Response { status: 429, headers, body: Vec::new() });
        }
        inner.recent.push_back(now);
        let drawn = inner.rng.random_range(0..1_000);
        let wrong = inner.wrong_of_1000;
        if drawn < wrong / 3 {
            return Err(Fault::Unknown("timed out".to_owned()));
        }
        let body: Value = serde_json::from_slice(asked.body.as_deref().unwrap_or(b"null")).unwrap();
        let is_late = drawn < wrong * 2 / 3;
        let an_item_fails = drawn >= wrong * 2 / 3 && drawn < wrong;
        let answer = match self.is_hubspot {
            true => inner.hubspot(&asked.url, &body, an_item_fails),
            false => inner.salesforce(&asked.url, &body, an_item_fails),
        };
        if is_late {
            return Err(Fault::Unknown("timed out".to_owned()));
        }
        let (status, said) = answer;
        Ok(Response { status, headers: Vec::new(), body: said.to_string().into_bytes() })
    }
}

impl Crm {
    pub(super) fn new(map: &str, seed: u64, wrong_of_1000: u32) -> Crm {
        let inner = Inner {
            shown: BTreeMap::new(),
            writes: BTreeMap::new(),
            recent: VecDeque::new(),
            calls: 0,
            over: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
            wrong_of_1000,
        };
        let now = Arc::new(AtomicI64::new(1_795_000_000_000));
        Crm { is_hubspot: map.starts_with("hubspot"), now, inner: Mutex::new(inner) }
    }

    pub(super) fn calls(&self) -> u64 {
        self.inner.lock().unwrap().calls
    }

    /// Requests beyond the limit.
    pub(super) fn over(&self) -> u64 {
        self.inner.lock().unwrap().over
    }

    pub(super) fn shown(&self, account: &str) -> Option<Value> {
        self.inner.lock().unwrap().shown.get(account).cloned()
    }

    pub(super) fn accounts(&self) -> usize {
        self.inner.lock().unwrap().shown.len()
    }

    pub(super) fn written_again(&self) -> usize {
        self.inner.lock().unwrap().writes.values().filter(|n| **n > 1).count()
    }

    /// Nothing fails from now on.
    pub(super) fn be_well(&self) {
        self.inner.lock().unwrap().wrong_of_1000 = 0;
    }
}

impl Inner {
    fn put(&mut self, account: &str, properties: &Value) {
        self.shown.insert(account.to_owned(), properties.clone());
        *self.writes.entry(account.to_owned()).or_default() += 1;
    }

    fn hubspot(&mut self, url: &str, body: &Value, an_item_fails: bool) -> (u16, Value) {
        let inputs = body["inputs"].as_array().unwrap();
        assert!(inputs.len() <= 100, "{}", inputs.len());
        if url.ends_with("/batch/read") {
            let found =
                inputs.iter().filter_map(|input| self.shown.get(input["id"].as_str().unwrap()));
            let results: Vec<Value> =
                found.map(|properties| json!({ "properties": properties })).collect();
            return (200, json!({ "results": results }));
        }
        let mut errors = Vec::new();
        for (at, input) in inputs.iter().enumerate() {
            let account = input["objectWriteTraceId"].as_str().unwrap().to_owned();
            let is_bad = input["properties"]["buymode_reason"] == "refuse me";
            if an_item_fails && at == 3 || is_bad {
                let category = if is_bad { "VALIDATION_ERROR" } else { "RATE_LIMITS" };
                errors.push(json!({ "category": category, "message": "no",
                    "context": { "objectWriteTraceId": [account] } }));
                continue;
            }
            self.put(&account, &input["properties"]);
        }
        (if errors.is_empty() { 200 } else { 207 }, json!({ "results": [], "errors": errors }))
    }

    fn salesforce(&mut self, url: &str, body: &Value, an_item_fails: bool) -> (u16, Value) {
        if url.contains("/query?") {
            let url = url::Url::parse(url).unwrap();
            let q = url.query_pairs().next().unwrap().1.into_owned();
            let keys: Vec<String> = q.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
            let found: Vec<Value> =
                keys.iter().filter_map(|key| self.shown.get(key).cloned()).collect();
            return (200, json!({ "records": found }));
        }
        let records = body["records"].as_array().unwrap();
        assert!(records.len() <= 200, "{}", records.len());
        assert_eq!(body["allOrNone"], false);
        let mut results = Vec::new();
        for (at, record) in records.iter().enumerate() {
            if an_item_fails && at == 3 {
                results.push(json!({ "success": false, "errors": [{ "statusCode": "UNABLE_TO_LOCK_ROW", "message": "busy" }] }));
                continue;
            }
            let account = record["Buymode_Account__c"].as_str().unwrap().to_owned();
            self.put(&account, record);
            results.push(json!({ "success": true, "errors": [] }));
        }
        (200, Value::Array(results))
    }
}

/// A clock that a wait moves, and a process that is killed after so many looks.
struct Killed {
    now: Arc<AtomicI64>,
    left: Cell<u64>,
}

impl Pace for Killed {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn wait(&self, ms: i64) {
        self.now.fetch_add(ms.max(0), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        self.left.get() == 0
    }
}

fn account(n: usize, reason: &str) -> Account {
    let key = format!("c{n}.com");
    let mut row = Map::new();
    for (name, value) in [
        ("account", json!(key)),
        ("domain", json!(key)),
        ("account_name", json!(format!("Company {n}"))),
        ("website", json!(format!("https://{key}"))),
        ("stage", json!(if n.is_multiple_of(50) { "buying" } else { "dormant" })),
        ("tier", json!("tier_2")),
        ("fit", json!(n % 100)),
        ("intent", json!(n % 70)),
        ("segment", json!("primary")),
        ("product", json!("crm")),
        ("reason", json!(reason)),
        ("employees", json!(n)),
        ("hubspot_id", if n.is_multiple_of(2) { json!(format!("1-{n}")) } else { Value::Null }),
        ("salesforce_id", if n.is_multiple_of(2) { json!(format!("001{n}")) } else { Value::Null }),
    ] {
        row.insert(name.to_owned(), value);
    }
    Account { key, changed: Day(n as i32 % 365), row }
}

struct Stage {
    crm: Arc<Crm>,
    services: Services,
    tool: Tool,
    store: EmbeddedStore,
    _folder: tempfile::TempDir,
}

const TOPIC: &str = "buymode.sync";

fn stage(map: &str, seed: u64, wrong_of_1000: u32) -> Stage {
    let crm = Arc::new(Crm::new(map, seed, wrong_of_1000));
    let services = Services {
        http: crm.clone(),
        secrets: "".into(),
        variable: |_| Some(TOOL_TOKEN.to_owned()),
        slack_api: String::new(),
        links: None,
        opted_out: None,
    };
    let tool = Tool {
        map: map.into(),
        text: None,
        url: (!crm.is_hubspot).then(|| "https://example.my.salesforce.com".into()),
        address: None,
        token: Some(SecretRef::Env("TOOL".to_owned())),
        oauth: None,
        values: [("create".into(), "yes".into())].into(),
        enrol: false,
        opt_out_suppresses: false,
        private: false,
        kinds: Default::default(),
    };
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("log"))).unwrap();
    let spec = TopicSpec {
        name: TOPIC.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
        retention_ms: None,
        stamp: Stamp::CreateTime,
        max_message_bytes: 1 << 20,
        compression: None,
        replication: Default::default(),
    };
    store.create_topics(&[spec]).unwrap();
    Stage { crm, services, tool, store, _folder: folder }
}

impl Stage {
    /// A process of its own: it knows what the log says, and is killed after so many looks.
    fn run(&self, accounts: &[Account], looks: u64) -> Report {
        let mut kept = Kept::read(&self.store, Codec::local(), TOPIC, "", "crm").unwrap();
        let pace = Killed { now: self.crm.now.clone(), left: Cell::new(looks) };
        Pass::new(&self.services, &self.tool, &mut kept, &pace).run(accounts.to_vec()).unwrap()
    }
}

/// Loads so many accounts, killed ten times; then a thousand changes.
fn load(map: &str, size: usize) {
    let stage = stage(map, 7, 30);
    let mut accounts: Vec<Account> = (0..size).map(|n| account(n, "a round")).collect();
    let most = if stage.crm.is_hubspot { 100 } else { 200 };
    let (mut kills, mut report) = (0, Report::default());
    for _ in 0..40 {
        let looks = if kills < 10 { (size / most / 4).max(4) as u64 } else { u64::MAX };
        report = stage.run(&accounts, looks);
        if !report.is_cut && report.put_off == 0 {
            break;
        }
        kills += u64::from(report.is_cut);
    }
    assert!(kills >= 10, "{kills} kills; {report:?}");
    {
        let inner = stage.crm.inner.lock().unwrap();
        assert_eq!((inner.shown.len(), inner.over), (size, 0));
        let twice = inner.writes.values().filter(|n| **n > 1).count();
        println!(
            "{map}: {size} accounts, {kills} kills, {} calls, {twice} accounts written more than once",
            inner.calls
        );
        // A batch and what came with it, for each kill and each lost answer.
        assert!(twice <= most * 60, "{twice}");
    }
    let pace = Killed { now: stage.crm.now.clone(), left: Cell::new(u64::MAX) };
    stage.crm.inner.lock().unwrap().wrong_of_1000 = 0;
    let found = differences(&stage.services, &stage.tool, &pace, &accounts).unwrap();
    assert_eq!(found, []);
    // An hour later: a thousand of them, or a tenth.
    let changes = 1_000.min(size / 10);
    for (n, changed) in accounts.iter_mut().enumerate().take(changes) {
        *changed = account(n, "another round");
    }
    let before = stage.crm.inner.lock().unwrap().calls;
    let found = differences(&stage.services, &stage.tool, &pace, &accounts).unwrap();
    assert_eq!(found.len(), changes, "{:?}", found.first());
    let reads = stage.crm.inner.lock().unwrap().calls - before;
    let report = stage.run(&accounts, u64::MAX);
    assert_eq!((report.written as usize, report.unchanged as usize), (changes, size - changes));
    println!("{map}: {changes} changes in {} calls; a comparison took {reads}", report.calls);
    assert!(report.calls <= 2 * changes.div_ceil(most) as u64 + 2, "{report:?}");
    // Nothing changes: nothing is asked.
    assert_eq!(stage.run(&accounts, u64::MAX).calls, 0);
}

#[test]
fn a_first_load_that_is_killed_ten_times_shows_every_account_and_keeps_the_limits() {
    load("hubspot-sync", 3_000);
    load("salesforce-sync", 3_000);
}

/// `.ci/long deliver` runs it with 100,000 accounts, and `.ci/long sync` the process on a broker.
#[test]
#[ignore = "takes a minute"]
fn a_first_load_of_a_hundred_thousand_accounts_that_is_killed_ten_times() {
    load("hubspot-sync", 100_000);
    load("salesforce-sync", 100_000);
}

#[test]
fn an_account_that_is_refused_is_named_once_and_holds_back_no_other() {
    let stage = stage("hubspot-sync", 3, 0);
    let mut accounts: Vec<Account> = (0..150).map(|n| account(n, "a round")).collect();
    accounts[7] = account(7, "refuse me");
    let report = stage.run(&accounts, u64::MAX);
    assert_eq!((report.written, report.refused_count), (149, 1));
    assert_eq!(report.refused[0].0, "c7.com");
    assert!(report.refused[0].1.contains("VALIDATION_ERROR"), "{:?}", report.refused);
    // It is not asked again before it changes.
    assert_eq!(stage.run(&accounts, u64::MAX).calls, 0);
    accounts[7] = account(7, "better");
    assert_eq!(stage.run(&accounts, u64::MAX).written, 1);
}

#[test]
fn the_newest_are_written_first_and_those_that_are_not_there_are_left_out() {
    let mut stage = stage("hubspot-sync", 4, 0);
    stage.tool.values.clear();
    let accounts: Vec<Account> = (0..400).map(|n| account(n, "a round")).collect();
    // Killed after the first batch.
    let report = stage.run(&accounts, 4);
    assert!(report.is_cut, "{report:?}");
    let newest = stage.crm.inner.lock().unwrap().shown.keys().next().cloned();
    assert!(newest.is_some());
    let report = stage.run(&accounts, u64::MAX);
    assert_eq!(report.left_out, 200, "{report:?}");
    assert_eq!(stage.crm.inner.lock().unwrap().shown.len(), 200);
    let kept = Kept::read(&stage.store, Codec::local(), TOPIC, "", "other").unwrap();
    assert_eq!(kept.known("c0.com"), None, "each target has a ledger of its own");
}
