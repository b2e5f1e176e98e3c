//! What people and programs say, on a broker and through processes: a link's page, a CRM and a question each
//! reach what they are about, once, also across a kill.

use super::asking::{LINKS, SIGNING, ask, slack};
use super::processes::Ground;
use super::served::now_ms;
use buymode::codec::schemas::Record;
use buymode::codec::{Codec, Decoded};
use buymode::deliver::audit::audit;
use buymode::deliver::links::{Links, Pass};
use buymode::domain::account::decision::Decision;
use buymode::domain::account::input::{Input, SalesOutcome};
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::time::{Occurred, Precision, Timestamp};
use buymode::log::scan::Scan;
use buymode::log::{Output, Store};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

pub(super) const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, shown: Ana, email: ana@example.com, slack: U0000001 }
destinations:
  - { name: leads, routes: [ae], slack: { token: { env: SLACK }, channel: C0000001, buttons: true } }
escalation: { channel: leads }
digest: { destination: leads, hour: 8 }
";
const TIME: Duration = Duration::from_secs(150);

/// Outcomes of the desk's own in the inputs: the account and what was said.
fn said_to_accounts(ground: &Ground) -> Vec<String> {
    let (mut reader, mut codec) = (ground.store.reader().unwrap(), Codec::local());
    let mut found = Vec::new();
    for partition in 0..2 {
        let scan = Scan::whole(&mut *reader, &ground.topics.inputs, partition).unwrap();
        scan.each(&mut *reader, &mut |record| {
            if let Ok(Decoded::Account { account, input: Input::Outcome(said) }) =
                codec.decode_unkeyed(record.value)
                && said.source == "desk"
            {
                found.push(format!("{} {}", account.as_str(), said.outcome));
            }
        })
        .unwrap();
    }
    found
}

/// Actions that are known to be done.
fn results(ground: &Ground) -> usize {
    let (mut reader, mut codec) = (ground.store.reader().unwrap(), Codec::local());
    let mut found = 0;
    let scan = Scan::whole(&mut *reader, &ground.topics.desk, 0).unwrap();
    scan.each(&mut *reader, &mut |record| {
        let read = codec.type_of(record.value.unwrap_or_default());
        found += usize::from(read.is_ok_and(|read| read == Record::DeskResult));
    })
    .unwrap();
    found
}

fn say_by_crm(ground: &mut Ground, of: &Decision) {
    let now = Timestamp(now_ms());
    let said = Input::Outcome(SalesOutcome {
        contact: None,
        id: uuid::Uuid::from_u128(9),
        source: "hubspot".into(),
        product: None,
        outcome: OutcomeKind::Contacted,
        occurred: Occurred { day: now.day(), precision: Precision::Day },
        reason: None,
        amount_usd: None,
        opportunity_id: None,
        lead_source: None,
        until: None,
    });
    let topic = ground.topics.inputs.clone();
    let mut value = Vec::new();
    Codec::local().encode_input(&topic, &of.account, &said, &mut value).unwrap();
    ground.writer.begin().unwrap();
    let key = Some(of.account.as_str().as_bytes());
    let value = Some(&value[..]);
    ground.writer.send(&Output { topic: &topic, key, value, ..Output::default() }).unwrap();
    ground.writer.commit(&[]).unwrap();
}

/// The message of an account, as Slack has it.
fn message(ground: &Ground, of: &Decision) -> String {
    let world = ground.vendors.world();
    let all = world.slack.channels.get("C0000001").into_iter().flatten();
    let mut bodies = all.filter(|m| m.thread_ts.is_none()).map(|m| m.body.to_string());
    bodies.find(|body| body.contains(of.account.as_str())).unwrap_or_default()
}

/// Asks until the instance answers as it should: it may still be starting.
fn until_asked(mut ask: impl FnMut() -> (u16, String), holds: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let (status, answer) = ask();
        if status == 200 && holds(&answer) {
            return answer;
        }
        assert!(began.elapsed() < TIME, "{status}: {answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_link_a_crm_and_a_question_work_on_a_broker_across_a_kill() {
    let Some(mut ground) = Ground::new("deliver-words", ROSTER) else { return };
    // Free when it was asked for; the instance that follows takes the same one.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|found| found.local_addr()).unwrap();
    let setting = |name: &'static str, value: &str| (name, value.to_owned());
    ground.settings = vec![
        setting("BUYMODE__DELIVER__WORDS__LISTEN", &address.to_string()),
        setting("BUYMODE__DELIVER__WORDS__SLACK_SIGNING_SECRET", SIGNING),
        setting("BUYMODE__DELIVER__WORDS__LINK_URL", "https://b.example.com"),
        setting("BUYMODE__DELIVER__WORDS__LINK_SECRET", LINKS),
    ];
    ground.start("a");
    let decided: Vec<Decision> = (0..2).map(|n| ground.decide(n)).collect();
    let is_there = |ground: &Ground| decided.iter().all(|d| !message(ground, d).is_empty());
    ground.until("both messages", TIME, is_there);
    // An attempt that is under way at the kill would have a lease of a minute.
    let rest = |ground: &Ground| {
        let before = results(ground);
        std::thread::sleep(Duration::from_millis(2_500));
        before >= decided.len() && results(ground) == before
    };
    ground.until("rest", TIME, rest);

    let links = Links::new("https://b.example.com", LINKS, 14).unwrap();
    let until_s = now_ms() / 1_000 + 600;
    let pass = Pass {
        case: decided[0].id,
        person: Some("ana".to_owned()),
        said: Some("accept".to_owned()),
        of: None,
        until_s,
    };
    let path = format!("/words/{}", links.token(&pass));
    let click =
        |address: SocketAddr| ask(address, "b.example.com", &format!("POST {path}"), "heard=0");
    // Killed while the word is under way or just written, then clicked again.
    std::thread::scope(|scope| {
        // Whether it is answered is left open.
        scope.spawn(|| std::panic::catch_unwind(|| click(address)).is_ok());
        std::thread::sleep(Duration::from_millis(30));
        ground.end("-KILL");
    });
    say_by_crm(&mut ground, &decided[1]);
    ground.start("a");
    let began = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < TIME, "it does not listen");
        std::thread::sleep(Duration::from_millis(100));
    }
    until_asked(|| click(address), |page| page.contains("Recorded for Ana"));
    ground.until("the account's input", TIME, |ground| !said_to_accounts(ground).is_empty());
    let shows = |of: usize, what: &'static str| {
        let decided = &decided;
        move |ground: &Ground| message(ground, &decided[of]).contains(what)
    };
    ground.until("who took it", TIME, shows(0, "Accepted by"));
    ground.until("what the CRM said", TIME, shows(1, "Contacted by"));
    // Once more, long after.
    assert_eq!(click(address).0, 200);

    let about = |name: &str| {
        let body = format!("command=%2Fbuymode&text={name}&user_id=U0000001");
        slack(address, now_ms(), "/slack/commands", &body)
    };
    let answer = until_asked(|| about("a0.com"), |said| said.contains("ccepted"));
    assert!(answer.contains("a0.com is in buying mode") && answer.contains("U0000001"), "{answer}");
    let mine = until_asked(|| about("mine"), |_| true);
    assert!(mine.contains("You have 1 open account"), "{mine}");
    assert_eq!(said_to_accounts(&ground), ["a0.com accepted"]);
    let found = audit(&ground.store, &ground.topics, Codec::local(), 10).unwrap().unwrap();
    assert_eq!((found.differences, found.unreadable), (0, 0), "{found:?}");
}
