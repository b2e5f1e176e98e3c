//! People's words, from the request to the account: the real listener, a log in memory, Slack's double.

use super::asking::{self, LINKS, SIGNING};
use super::crew::Crew;
use super::slack::TOKEN;
use super::stamped::Stamped;
use super::vendors::SLACK;
use crate::desk::office::{Office, at};
use buymode::codec::{Codec, Decoded};
use buymode::credentials::Http;
use buymode::deliver::copy::{DeskCopy, Following};
use buymode::deliver::door::{Door, Needs};
use buymode::deliver::links::{Links, Pass};
use buymode::deliver::speak::Speaker;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::input::{Input, SalesOutcome};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::time::{Occurred, Precision, Timestamp};
use buymode::log::{Output, Store};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROSTER: &str = "
zone: UTC
people:
  - { name: ana, shown: 'Ana <b>', email: ana@example.com, slack: U0000001 }
  - { name: ben, shown: Ben, email: ben@example.com, slack: U0000002 }
teams:
  - { name: all, members: [ana, ben] }
destinations:
  - { name: leads, routes: [ae], slack: { token: { env: SLACK }, channel: C0000001, buttons: true } }
escalation: { people: [ben], channel: leads }
digest: { destination: leads, hour: 8 }
";

pub(super) struct Scene {
    pub(super) door: Door,
    links: Links,
    _following: Following,
    pub(super) crew: Crew,
}

pub(super) fn now_ms() -> i64 {
    at("2026-11-30 10:00").0
}

pub(super) fn scene() -> (Scene, Decision) {
    let mut crew = Crew::new(7, 0, &["ae"]);
    crew.pass(now_ms() - crew.now_ms());
    crew.publish(ROSTER);
    crew.settle();
    let mut office = Office::new(ROSTER, at("2026-11-30 06:00"));
    let entered = office.decision("enters acme.com owner ana by 17:00", Timestamp(now_ms()));
    crew.decide(&entered);
    crew.settle();
    let (copy, following) =
        DeskCopy::follow(crew.store.clone(), &crew.topics, Codec::local()).unwrap();
    let speaker = Speaker::start(
        Arc::new(Stamped::new(crew.store.clone(), crew.vendors.clone())),
        &crew.topics.desk,
        "words".to_owned(),
        Codec::local(),
        copy.clone(),
    )
    .unwrap();
    let links = Links::new("https://b.example.com", LINKS, 14).unwrap();
    let http: Arc<dyn Http> = Arc::new(crew.vendors.clone());
    let needs = Needs {
        copy: copy.clone(),
        speaker,
        telemetry: crew.telemetry.clone(),
        http,
        secrets: "".into(),
        variable: |_| Some(TOKEN.to_owned()),
        slack_api: SLACK.to_owned(),
        signing_secret: Some(SIGNING.to_owned()),
        links: Some(links.clone()),
        look_up: Arc::new(|name| Ok(vec![format!("{name} is not in buying mode")])),
        now_ms,
    };
    let door =
        Door::start(SocketAddr::from(([127, 0, 0, 1], 0)), &["b.example.com"], needs).unwrap();
    let known = || copy.with(|fold| !fold.state.cases.is_empty()) == Some(true);
    wait(known);
    (Scene { crew, door, links, _following: following }, entered)
}

pub(super) fn wait(until: impl Fn() -> bool) {
    let began = Instant::now();
    while !until() {
        assert!(began.elapsed() < Duration::from_secs(10), "it never comes");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Scene {
    /// Until all is said; Slack takes an edit in a bit more than a second.
    pub(super) fn settle(&mut self) {
        for _ in 0..3 {
            self.crew.settle();
            self.crew.pass(2_000);
        }
        self.crew.settle();
    }

    pub(super) fn ask(&self, head: &str, body: &str) -> (u16, String) {
        self.ask_of("b.example.com", head, body)
    }

    fn ask_of(&self, host: &str, head: &str, body: &str) -> (u16, String) {
        asking::ask(self.door.address(), host, head, body)
    }

    pub(super) fn slack(&self, path: &str, body: &str) -> (u16, String) {
        asking::slack(self.door.address(), now_ms(), path, body)
    }

    fn click(&self, user: &str, block: &str, value: &str) -> u16 {
        self.slack("/slack/actions", &asking::click(user, block, value)).0
    }

    /// What the accounts were sent.
    pub(super) fn inputs(&self) -> Vec<(String, Input)> {
        let mut codec = Codec::local();
        let mut found = Vec::new();
        for (value, _) in self.crew.records(&self.crew.topics.inputs, 0) {
            if let Ok(Decoded::Account { account, input }) = codec.decode_unkeyed(value.as_deref())
            {
                found.push((account.as_str().to_owned(), input));
            }
        }
        found
    }

    pub(super) fn message(&self) -> Value {
        self.crew.vendors.world().slack.channels["C0000001"][0].body.clone()
    }

    pub(super) fn said_later(&self) -> Vec<String> {
        self.crew.vendors.world().slack.later.clone()
    }
}

pub(super) fn outcomes(inputs: &[(String, Input)]) -> Vec<String> {
    let all = inputs.iter().map(|(account, input)| match input {
        Input::Outcome(said) => {
            let reason = said.reason.as_deref().unwrap_or("");
            format!("{account} {} {reason}", said.outcome).trim_end().to_owned()
        }
        Input::Suppression(said) => format!("{account} {} {}", said.list, said.active),
        other => format!("{account} {:?}", other.record_type()),
    });
    all.collect()
}

#[test]
fn a_click_reaches_the_account_once_and_the_message_says_who_took_it() {
    let (mut scene, entered) = scene();
    let block = format!("word:{}:0", entered.id);
    let before = scene.message();
    let ids: Vec<&str> = before["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|b| b["block_id"].as_str())
        .collect();
    assert_eq!(ids, [block.as_str()]);
    assert_eq!(scene.click("U0000001", &block, "accept"), 200);
    // Sent twice, clicked by another, by a stranger, and a button of no version.
    assert_eq!(scene.click("U0000001", &block, "accept"), 200);
    assert_eq!(scene.click("U0000002", &block, "reject:timing"), 200);
    assert_eq!(scene.click("U0000009", &block, "accept"), 200);
    assert_eq!(scene.click("U0000001", &block, "reject:nonsense"), 200);
    wait(|| scene.said_later().len() == 3);
    let said = scene.said_later();
    assert!(said[0].contains("was first: accepted"), "{said:#?}");
    assert!(said[1].contains("you are not in the roster"), "{said:#?}");
    assert!(said[2].contains("of another version"), "{said:#?}");
    scene.settle();
    assert_eq!(outcomes(&scene.inputs()), ["acme.com accepted"]);
    let now = scene.message().to_string();
    assert!(now.contains("Accepted by") && now.contains("take_back:"), "{now}");
    // Taken back, and the other one has it.
    let said = scene.message();
    let undo = said["blocks"].as_array().unwrap().last().unwrap().clone();
    let value = undo["elements"][0]["value"].as_str().unwrap();
    assert_eq!(scene.click("U0000001", undo["block_id"].as_str().unwrap(), value), 200);
    scene.settle();
    let block = scene.message()["blocks"].as_array().unwrap().last().unwrap()["block_id"].clone();
    assert_eq!(scene.click("U0000002", block.as_str().unwrap(), "reject:timing"), 200);
    scene.settle();
    let expected = ["acme.com accepted", "acme.com reopened", "acme.com rejected timing"];
    assert_eq!(outcomes(&scene.inputs()), expected);
}

#[test]
fn what_slack_did_not_sign_is_not_answered() {
    let (scene, _) = scene();
    let body = "payload=%7B%22type%22%3A%22block_actions%22%7D";
    for path in ["/slack/actions", "/slack/commands", "/slack/events"] {
        let (status, answer) = scene.ask(&format!("POST {path}"), body);
        assert_eq!(status, 401, "{answer}");
        let stale = format!("POST {path}\nX-Slack-Request-Timestamp: 1\nX-Slack-Signature: v0=00");
        assert_eq!(scene.ask(&stale, body).0, 401);
    }
    assert_eq!(scene.ask_of("evil.example", "POST /slack/actions", body).0, 403);
    assert_eq!(scene.slack("/slack/actions", "ssl_check=1").0, 200);
    assert_eq!(scene.slack("/slack/actions", "nothing").0, 400);
    let challenge = r#"{"type":"url_verification","challenge":"abc"}"#;
    assert!(scene.slack("/slack/events", challenge).1.ends_with(r#"{"challenge":"abc"}"#));
}

#[test]
fn slack_answers_what_a_person_asks() {
    let (scene, _) = scene();
    let later = url::form_urlencoded::byte_serialize(format!("{SLACK}/later").as_bytes())
        .collect::<String>();
    let ask = |text: &str, user: &str| {
        let body = format!("command=%2Fbuymode&text={text}&user_id={user}&response_url={later}");
        scene.slack("/slack/commands", &body).1
    };
    let mine = ask("mine", "U0000001");
    assert!(mine.contains("You have 1 open account") && mine.contains("act by"), "{mine}");
    assert!(mine.contains("ephemeral"), "{mine}");
    assert!(ask("mine", "U0000002").contains("You have no open accounts"));
    assert!(ask("mine", "U0000009").contains("not in the roster"));
    let about = ask("acme.com", "U0000001");
    assert!(about.contains("acme.com is in buying mode") && about.contains("owner of"), "{about}");
    assert!(ask("other.com", "U0000001").contains("Looking it up"));
    wait(|| !scene.said_later().is_empty());
    assert!(scene.said_later()[0].contains("other.com is not in buying mode"));
    let opened =
        r#"{"type":"event_callback","event":{"type":"app_home_opened","user":"U0000001"}}"#;
    assert_eq!(scene.slack("/slack/events", opened).0, 200);
    wait(|| !scene.crew.vendors.world().slack.homes.is_empty());
    let home = scene.crew.vendors.world().slack.homes["U0000001"].to_string();
    assert!(home.contains("You have 1 open account"), "{home}");
}

fn pass(d: &Decision, person: Option<&str>, said: Option<&str>) -> Pass {
    Pass {
        case: d.id,
        person: person.map(str::to_owned),
        said: said.map(str::to_owned),
        of: None,
        until_s: now_ms() / 1_000 + 60,
    }
}

#[test]
fn a_link_shows_a_page_and_only_its_button_says_something() {
    let (mut scene, entered) = scene();
    let path = |scene: &Scene, pass: &Pass| format!("/words/{}", scene.links.token(pass));
    let accept = path(&scene, &pass(&entered, Some("ana"), Some("accept")));
    for _ in 0..3 {
        let (status, page) = scene.ask(&format!("GET {accept}"), "");
        assert_eq!(status, 200, "{page}");
        assert!(
            page.contains("<button>Accept") && page.contains("frame-ancestors 'none'"),
            "{page}"
        );
    }
    assert_eq!(scene.ask(&format!("HEAD {accept}"), "").0, 200);
    scene.settle();
    assert!(scene.inputs().is_empty());
    let (status, page) = scene.ask(&format!("POST {accept}"), "heard=0");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Recorded for Ana &lt;b&gt;"), "{page}");
    // Twice the same, and one of another person.
    assert_eq!(scene.ask(&format!("POST {accept}"), "heard=0").0, 200);
    let any = path(&scene, &pass(&entered, None, None));
    let (status, page) = scene.ask(&format!("POST {any}"), "said=reject&reason=timing&person=ben");
    assert_eq!(status, 409, "{page}");
    assert!(page.contains("Ana &lt;b&gt; was first"), "{page}");
    let page = scene.ask(&format!("GET {any}"), "").1;
    assert!(page.contains("name=\"note\" maxlength=\"300\""), "{page}");
    for (form, why) in [
        ("said=reject&person=ben", "Choose a reason"),
        ("said=snooze&person=ben&days=8", "Choose a day"),
        ("said=accept&person=eve", "Say who you are"),
        ("said=explode&person=ben", "Say what you think"),
        ("", "Say what you think"),
    ] {
        let (status, page) = scene.ask(&format!("POST {any}"), form);
        assert_eq!(status, 400, "{form}");
        assert!(page.contains(why), "{form}: {page}");
    }
    scene.settle();
    assert_eq!(outcomes(&scene.inputs()), ["acme.com accepted"]);
    // The page's own undo.
    let (_, page) = scene.ask(&format!("POST {accept}"), "heard=0");
    let undo = page.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(scene.ask(&format!("POST {undo}"), "").0, 200);
    scene.settle();
    assert_eq!(outcomes(&scene.inputs()).len(), 2);
    let void = [
        ("/words/abc".to_owned(), 404),
        (path(&scene, &Pass { until_s: now_ms() / 1_000 - 1, ..pass(&entered, None, None) }), 410),
    ];
    for (path, expected) in void {
        assert_eq!(scene.ask(&format!("POST {path}"), "said=accept&person=ana").0, expected);
        assert_eq!(scene.ask(&format!("GET {path}"), "").0, expected);
    }
}

/// As `ingest` writes it.
fn say_by_crm(crew: &mut Crew, source: &str) {
    let account = AccountKey::parse("acme.com").unwrap();
    let now = Timestamp(now_ms());
    let said = Input::Outcome(SalesOutcome {
        contact: None,
        id: uuid::Uuid::from_u128(9),
        source: source.into(),
        product: None,
        outcome: OutcomeKind::Contacted,
        occurred: Occurred { day: now.day(), precision: Precision::Day },
        reason: None,
        amount_usd: None,
        opportunity_id: None,
        lead_source: None,
        until: None,
    });
    let topic = crew.topics.inputs.clone();
    let mut value = Vec::new();
    crew.codec.encode_input(&topic, &account, &said, &mut value).unwrap();
    let mut writer = crew.store.writer("ingest").unwrap();
    writer.begin().unwrap();
    let key = Some(account.as_str().as_bytes());
    let output = Output { topic: &topic, key, value: Some(&value[..]), ..Output::default() };
    writer.send(&output).unwrap();
    // Once more, as after a retry.
    writer.send(&output).unwrap();
    writer.commit(&[]).unwrap();
}

#[test]
fn what_a_crm_says_reaches_the_desk_out_of_the_inputs_and_what_the_desk_said_does_not() {
    let (mut scene, _) = scene();
    say_by_crm(&mut scene.crew, "desk");
    scene.settle();
    assert!(!scene.message().to_string().contains("Contacted by"));
    say_by_crm(&mut scene.crew, "hubspot");
    scene.settle();
    let message = scene.message().to_string();
    assert!(message.contains("Contacted by") && message.contains("hubspot"), "{message}");
    let edits = scene.crew.vendors.world().slack.channels["C0000001"][0].edits;
    assert_eq!(edits, 1);
}

#[test]
fn clicks_are_answered_in_time() {
    let (scene, entered) = scene();
    let mut took: Vec<Duration> = (0..40)
        .map(|n| {
            let began = Instant::now();
            // Each is another click.
            let block = format!("word:{}:{n}", entered.id);
            assert_eq!(scene.click("U0000001", &block, "accept"), 200);
            began.elapsed()
        })
        .collect();
    took.sort();
    println!("a click is answered in {:?}, the slowest of 40 in {:?}", took[20], took[39]);
    assert!(took[39] < Duration::from_millis(2_500), "{took:?}");
}
