//! What has waited is sent only once every input up to then was scored and its decisions were forwarded.

use super::crew::Crew;
use super::vendors::Wrong;
use crate::desk::office::{Office, at};
use buymode::domain::terms::time::Timestamp;
use buymode::log::{Output, Position, SessionSpec, Store};

const ROSTER: &str = "
zone: Europe/London
people: [{ name: ana, slack: U0000001 }]
teams: [{ name: all, members: [ana] }]
destinations:
  - { name: dm, routes: [ae], slack: { token: { env: SLACK } } }
  - { name: leads, routes: [sdr], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ae], webhook: { url: 'https://hooks.example.com/buymode', secret: { env: HOOK } } }
escalation: { channel: leads }
digest: { destination: leads, hour: 8 }
";

struct Night {
    crew: Crew,
    office: Office,
    scored: i64,
}

impl Night {
    fn new() -> Night {
        let began = at("2026-11-30 03:00");
        let mut crew = Crew::new(5, began.0, &["ae", "sdr"]);
        crew.publish(ROSTER);
        crew.settle();
        Night { crew, office: Office::new(ROSTER, began), scored: 0 }
    }

    fn decide(&mut self, said: &str) {
        let decision = self.office.decision(said, Timestamp(self.crew.now_ms()));
        self.crew.decide(&decision);
    }

    /// An input that is not scored yet.
    fn input(&mut self) {
        let mut writer = self.crew.store.writer("ingest").unwrap();
        writer.begin().unwrap();
        let topic = self.crew.topics.inputs.as_str();
        let value = Some(&b"do not contact"[..]);
        writer.send(&Output { topic, partition: Some(0), value, ..Output::default() }).unwrap();
        writer.commit(&[]).unwrap();
    }

    /// The scorers have read one more input.
    fn score(&mut self) {
        self.scored += 1;
        let spec = SessionSpec {
            group: "score".to_owned(),
            transactional_id: "score".to_owned(),
            topics: vec![self.crew.topics.inputs.clone()],
        };
        let mut session = self.crew.store.session(&spec).unwrap();
        session.poll(std::time::Duration::ZERO, 1, &mut |_| {}).unwrap();
        let topic = self.crew.topics.inputs.clone();
        let position = Position { topic, partition: 0, next_offset: self.scored };
        session.begin().unwrap();
        session.commit(&[position]).unwrap();
    }

    fn until(&mut self, when: &str) {
        let now = at(&format!("2026-11-30 {when}"));
        assert!(now.0 >= self.crew.now_ms());
        self.crew.pass(now.0 - self.crew.now_ms());
        self.crew.settle();
    }

    /// Messages in Slack without the arithmetic below them.
    fn posts(&self) -> usize {
        let world = self.crew.vendors.world();
        let all = world.slack.channels.values().flatten();
        all.filter(|message| message.thread_ts.is_none()).count()
    }

    fn holds_back(&self, what: &str) -> bool {
        let page = self.crew.metrics();
        let zero = format!("buymode_deliver_mark_wait_seconds{{for=\"{what}\"}} 0");
        assert!(page.contains(&zero[..zero.len() - 1]), "{page}");
        !page.lines().any(|line| line == zero)
    }

    fn ended(&self, end: &str) -> bool {
        let name = format!("buymode_deliver_ends_total{{destination=\"dm\",end=\"{end}\"}} 1");
        self.crew.metrics().lines().any(|line| line == name)
    }
}

#[test]
fn a_do_not_contact_of_the_night_stops_the_message_of_the_morning() {
    let mut night = Night::new();
    night.decide("enters acme.com route ae");
    night.until("08:59");
    night.input();
    night.until("09:00");
    night.until("09:02");
    assert_eq!((night.posts(), night.holds_back("scorers")), (0, true));
    assert_eq!(night.crew.vendors.world().got.len(), 1, "a program gets every decision, in order");
    // The scorer wakes up, and what it decides is known before anything is sent.
    night.decide("leaves acme.com route ae stop");
    night.score();
    night.until("09:03");
    night.until("09:10");
    assert_eq!((night.posts(), night.holds_back("scorers")), (0, false));
    assert!(night.ended("expired"), "{}", night.crew.metrics());
    assert_eq!(night.crew.vendors.world().got.len(), 2);
}

#[test]
fn what_is_still_true_goes_out_as_soon_as_the_scorers_have_read_everything() {
    let mut night = Night::new();
    night.decide("enters acme.com route ae");
    night.input();
    night.until("09:00");
    assert_eq!(night.posts(), 0);
    night.score();
    night.until("09:01");
    assert_eq!(night.posts(), 1);
    // Nothing is held back that was decided just now.
    night.input();
    night.decide("enters other.com route ae");
    night.crew.settle();
    night.until("09:02");
    assert_eq!(night.posts(), 2);
}

#[test]
fn a_decision_that_was_late_or_is_tried_again_after_a_minute_waits_for_a_mark_too() {
    let mut night = Night::new();
    night.until("10:00");
    let late = night.office.decision("enters late.com route ae", at("2026-11-30 09:50"));
    night.crew.decide(&late);
    night.input();
    night.until("10:01");
    assert_eq!(night.posts(), 0, "it was decided ten minutes ago");
    night.score();
    night.until("10:02");
    assert_eq!(night.posts(), 1);
    // Slack is away for some seconds, and then it is too late.
    night.crew.vendors.world().next = vec![Wrong::NotSent; 3];
    night.decide("enters acme.com route sdr");
    for seconds in [0, 3, 15] {
        night.crew.pass(seconds * 1_000);
        night.crew.settle();
    }
    assert!(night.crew.vendors.world().next.is_empty(), "three attempts");
    night.input();
    night.until("10:20");
    assert_eq!(night.posts(), 1);
    night.until("10:21");
    assert_eq!((night.posts(), night.holds_back("scorers")), (1, true));
    night.score();
    night.until("10:22");
    night.until("10:23");
    assert_eq!(night.posts(), 2);
}
