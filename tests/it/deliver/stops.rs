//! What ends enrolments without a decision: an opt-out that a source reports, a list, a word of sales; and what keeps people
//! out of every sequence from then on.

use super::crew::Crew;
use super::enrolments::{crew, decide, ours, rest, roster};
use super::sequences::Membership;
use buymode::codec::Decoded;
use buymode::deliver::send::target::OptedOut;
use buymode::domain::account::input::{Input, SalesOutcome, SuppressionChange};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{OutcomeKind, SuppressionList};
use buymode::domain::terms::person::digest;
use buymode::domain::terms::time::{Occurred, Precision, Timestamp};
use buymode::log::{Output, Store};
use std::sync::Arc;
use std::time::Duration;

impl Crew {
    /// A record of the inputs, as a source writes it.
    pub(super) fn input(&mut self, account: &str, input: &Input) {
        let account = AccountKey::parse(account).unwrap();
        let (topic, mut value) = (self.topics.inputs.clone(), Vec::new());
        self.codec.encode_input(&topic, &account, input, &mut value).unwrap();
        let mut writer = self.store.writer("source").unwrap();
        writer.begin().unwrap();
        let (key, value) = (Some(account.as_str().as_bytes()), Some(&value[..]));
        let timestamp_ms = Some(self.now_ms());
        let output = Output { topic: &topic, key, value, timestamp_ms, ..Output::default() };
        writer.send(&output).unwrap();
        writer.commit(&[]).unwrap();
    }
}

fn outcome(crew: &Crew, outcome: OutcomeKind, contact: Option<&str>) -> SalesOutcome {
    let now = Timestamp(crew.now_ms());
    SalesOutcome {
        id: uuid::Uuid::from_u128(u128::from(crew.now_ms().unsigned_abs())),
        source: "opt-outs".into(),
        product: None,
        outcome,
        occurred: Occurred { day: now.day(), precision: Precision::Day },
        reason: None,
        amount_usd: None,
        opportunity_id: None,
        lead_source: None,
        until: None,
        contact: contact.map(digest),
    }
}

pub(super) fn opts_out(crew: &mut Crew, account: &str, address: &str) {
    let said = outcome(crew, OutcomeKind::OptedOut, Some(address));
    crew.input(account, &Input::Outcome(said));
}

pub(super) fn suppressed(crew: &mut Crew, account: &str) {
    let change = SuppressionChange {
        id: uuid::Uuid::from_u128(5),
        source: "crm".into(),
        list: SuppressionList::DoNotContact,
        active: true,
        reason: None,
        owner: None,
        until: None,
        stated_on: None,
    };
    crew.input(account, &Input::Suppression(change));
}

/// The people whom someone else has put in.
fn foreign(crew: &Crew, account: i64) -> bool {
    let world = crew.vendors.world();
    let all = world.shops.sequences.memberships.iter();
    all.filter(|m| m.person == account * 10 + 1).all(|m: &Membership| m.is_active)
}

#[test]
fn an_opt_out_by_webhook_takes_that_person_out_everywhere_and_keeps_them_out() {
    let maps = ["salesloft-cadence", "outreach-sequence"];
    let (mut crew, mut office) = crew(&maps, 11);
    decide(&mut crew, &mut office, "enters a0.com");
    rest(&mut crew);
    assert!(ours(&crew, 0).contains(&2));
    opts_out(&mut crew, "a0.com", " P2@A0.com ");
    rest(&mut crew);
    assert!(!ours(&crew, 0).contains(&2), "{:?}", ours(&crew, 0));
    assert!(ours(&crew, 0).contains(&3), "the others stay");
    assert!(foreign(&crew, 0));
    // From then on nobody's sequence, whatever the tools' own flags say.
    decide(&mut crew, &mut office, "leaves a0.com stop");
    rest(&mut crew);
    decide(&mut crew, &mut office, "enters a0.com");
    rest(&mut crew);
    assert!(!ours(&crew, 0).contains(&2), "{:?}", ours(&crew, 0));
    assert!(ours(&crew, 0).contains(&3));
}

#[test]
fn an_opt_out_by_a_tools_own_id_takes_out_who_was_put_in_by_the_address() {
    let maps = ["salesloft-cadence", "outreach-sequence"];
    let (mut crew, mut office) = crew(&maps, 20);
    decide(&mut crew, &mut office, "enters a0.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 0).iter().filter(|person| **person == 2).count(), 1);
    // The tool whose id it is; the other has put no one in, who is in the sequence already.
    opts_out(&mut crew, "a0.com", "salesloft:2");
    opts_out(&mut crew, "a0.com", "outreach:2");
    rest(&mut crew);
    assert_eq!(ours(&crew, 0), [3]);
    // By the address from then on, at the tool that knows another id too.
    let (state, _) = super::attempts::remembered(&crew);
    assert!(state.has_opted_out(&digest("p2@a0.com")));
}

#[test]
fn an_opt_out_that_is_read_months_later_is_kept() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 12);
    opts_out(&mut crew, "a2.com", "p22@a2.com");
    // Read months later, after a standstill.
    crew.pass(90 * 86_400_000);
    rest(&mut crew);
    decide(&mut crew, &mut office, "enters a2.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 2), [23]);
}

#[test]
fn whoever_has_opted_out_at_another_account_is_asked_for_when_someone_is_put_in() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 13);
    let known: OptedOut = Arc::new(|who: &str| Some(who == digest("p32@a3.com").as_str()));
    crew.ask_for_opt_outs(known);
    decide(&mut crew, &mut office, "enters a3.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 3), [33]);
}

#[test]
fn nobody_is_put_in_before_the_opt_outs_have_been_read() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 14);
    crew.ask_for_opt_outs(Arc::new(|_: &str| None));
    decide(&mut crew, &mut office, "enters a3.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 3), [0_i64; 0]);
    crew.ask_for_opt_outs(Arc::new(|_: &str| Some(false)));
    for _ in 0..4 {
        crew.pass(600_000);
        rest(&mut crew);
    }
    assert_eq!(ours(&crew, 3), [32, 33]);
}

#[test]
fn an_account_that_is_suppressed_outside_an_episode_ends_what_was_put_in_before() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 15);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    decide(&mut crew, &mut office, "leaves a1.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [12, 13], "cooling down does not stop them");
    suppressed(&mut crew, "a1.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
    assert!(foreign(&crew, 1));
    let (state, _) = super::attempts::remembered(&crew);
    assert!(state.enrolled.is_empty(), "{:?}", state.enrolled);
    assert!(state.sent.is_empty(), "{:?}", state.sent);
}

#[test]
fn an_enrolment_under_way_when_its_account_drops_out_is_ended_after_it() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 16);
    crew.vendors.world().shops.down_until_ms = crew.now_ms() + 30_000;
    decide(&mut crew, &mut office, "enters a1.com");
    crew.settle();
    suppressed(&mut crew, "a1.com");
    for _ in 0..6 {
        crew.pass(30_000);
        rest(&mut crew);
    }
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn who_was_put_in_by_a_tool_that_is_slow_is_taken_out_again() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 19);
    crew.hurry(Duration::from_secs(3));
    crew.vendors.world().shops.sequences.takes = Duration::from_millis(3_200);
    decide(&mut crew, &mut office, "enters a1.com");
    crew.settle();
    assert_eq!(ours(&crew, 1), [12], "no time was left for the other one");
    crew.hurry(Duration::from_secs(40));
    suppressed(&mut crew, "a1.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
    let world = crew.vendors.world();
    assert_eq!(world.shops.sequences.twice, 0);
}

#[test]
fn sales_word_outside_an_episode_ends_what_was_put_in_before_it() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 17);
    let before = outcome(&crew, OutcomeKind::Lost, None);
    crew.pass(2 * 86_400_000);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    // Of an earlier deal.
    crew.input("a1.com", &Input::Outcome(before));
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [12, 13]);
    let now = outcome(&crew, OutcomeKind::Opportunity, None);
    crew.input("a1.com", &Input::Outcome(now));
    rest(&mut crew);
    assert_eq!(ours(&crew, 1), [0_i64; 0]);
}

#[test]
fn an_opt_out_suppresses_the_account_only_where_the_roster_says_so() {
    for (flag, expected) in [("", 0), ("opt_out_suppresses: true, ", 1)] {
        let (mut crew, mut office) = crew(&["salesloft-cadence"], 18);
        let text = roster(&["salesloft-cadence"]);
        crew.publish(&text.replace("enrol: true, ", &format!("enrol: true, {flag}")));
        rest(&mut crew);
        decide(&mut crew, &mut office, "enters a1.com");
        rest(&mut crew);
        let topic = crew.topics.inputs.clone();
        let mut codec = crew.codec.clone();
        let said = crew.records(&topic, 0).into_iter().filter_map(|(value, _)| {
            match codec.decode_unkeyed(value.as_deref()).unwrap() {
                Decoded::Account { account, input: Input::Suppression(said) }
                    if account == AccountKey::parse("a1.com").unwrap() =>
                {
                    Some((said.reason.unwrap_or_default(), said.owner))
                }
                _ => None,
            }
        });
        // No person's word: no one's undo takes it back.
        let expected = vec![("opted out, says salesloft-cadence".into(), None); expected];
        assert_eq!(said.collect::<Vec<_>>(), expected, "{flag}");
        assert_eq!(ours(&crew, 1).is_empty(), !flag.is_empty(), "colleagues: {flag}");
    }
}
