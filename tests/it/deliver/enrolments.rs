//! People of accounts into sequences and out of them: at most once each, never one who has opted out, and when it must
//! stop those that our ledger names and no others, whatever fails.

use super::crew::Crew;
use super::sequences::{Contact, Membership};
use super::trouble::{through_faults, through_trouble};
use crate::desk::office::{Office, at};
use buymode::desk::ids::DestinationId;
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::outbox::DeskRecord;
use buymode::domain::profile::ExitAdvice;
use buymode::domain::terms::time::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ACCOUNTS: i64 = 4;
const PEOPLE: i64 = 4;

fn tool(map: &str) -> String {
    let values = match map {
        "salesloft-cadence" => "cadence: '12', user: '7'",
        "outreach-sequence" => "sequence: '3', mailbox: '4'",
        "hubspot-sequence" => "sequence: '3', user: '4', sender: ana@example.com",
        "apollo-sequence" => "sequence: s1, mailbox: m1",
        "smartlead-campaign" => "campaign: '12', from: '7'",
        "lemlist-campaign" => "campaign: cam_1",
        _ => "campaign: k1, list: l1",
    };
    format!(
        "{{ map: {map}, token: {{ env: TOOL }}, enrol: true, values: {{ {values}, most: '2' }} }}"
    )
}

pub(super) fn roster(maps: &[&str]) -> String {
    let tools: Vec<String> = maps
        .iter()
        .map(|map| format!("  - {{ name: {map}, routes: [ae], tool: {} }}\n", tool(map)))
        .collect();
    format!(
        "
zone: Europe/London
destinations:
  - {{ name: leads, routes: [ops], slack: {{ token: {{ env: SLACK }}, channel: C0000001 }} }}
{}escalation: {{ channel: leads }}
digest: {{ destination: leads }}
",
        tools.concat()
    )
}

/// The first person of each account has opted out; the second is in the sequence by someone else.
pub(super) fn crew(maps: &[&str], seed: u64) -> (Crew, Office) {
    let began = at("2026-11-30 07:00");
    let mut crew = Crew::new(seed, began.0, &["ae", "ops", "digest"]);
    {
        let mut world = crew.vendors.world();
        for n in 0..ACCOUNTS {
            let domain = format!("a{n}.com");
            let company = [("domain".to_owned(), domain.clone().into())].into_iter().collect();
            world.shops.hubspot.companies.insert(n.to_string(), company);
            world.shops.outreach.accounts.insert(domain.clone(), n);
            world.shops.salesloft.accounts.insert(domain.clone(), n);
            for k in 0..PEOPLE {
                let id = n * 10 + k;
                let contact = Contact { id, domain: domain.clone(), opted_out: k == 0 };
                world.shops.sequences.people.push(contact);
                if k == 1 {
                    let before =
                        Membership { person: id, since_ms: began.0 - 86_400_000, is_active: true };
                    world.shops.sequences.memberships.push(before);
                }
            }
        }
    }
    crew.publish(&roster(maps));
    crew.settle();
    (crew, Office::new(&roster(maps), began))
}

pub(super) fn decide(crew: &mut Crew, office: &mut Office, said: &str) -> Decision {
    let decision = office.decision(said, Timestamp(crew.now_ms()));
    crew.decide(&decision);
    decision
}

/// Turns until all is quiet, and the limit of the tool lets the next one through.
pub(super) fn rest(crew: &mut Crew) {
    for _ in 0..3 {
        crew.settle();
        crew.pass(3_000);
    }
}

/// People of an account who are in the sequence now, by us.
pub(super) fn ours(crew: &Crew, account: i64) -> Vec<i64> {
    let world = crew.vendors.world();
    let all = world.shops.sequences.memberships.iter().filter(|m| m.is_active);
    all.map(|m| m.person).filter(|p| p / 10 == account && p % 10 != 1).collect()
}

#[test]
fn only_people_who_are_there_and_may_be_contacted_are_put_in_and_only_they_are_taken_out() {
    let (mut crew, mut office) = crew(&["salesloft-cadence"], 1);
    decide(&mut crew, &mut office, "enters a0.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 0), [2, 3]);
    // Bad advice for those who are in does not take them out.
    decide(&mut crew, &mut office, "leaves a0.com");
    rest(&mut crew);
    assert_eq!(ours(&crew, 0), [2, 3]);
    decide(&mut crew, &mut office, "enters a0.com");
    rest(&mut crew);
    decide(&mut crew, &mut office, "leaves a0.com stop");
    rest(&mut crew);
    assert_eq!(ours(&crew, 0), [0_i64; 0]);
    let world = crew.vendors.world();
    let foreign = world.shops.sequences.memberships.iter().find(|m| m.person == 1).unwrap();
    assert!(foreign.is_active, "someone else's stays");
    assert_eq!(world.shops.sequences.twice, 0);
}

#[test]
fn an_opt_out_that_one_tool_reports_holds_at_every_other() {
    let (mut crew, mut office) = crew(&["outreach-sequence"], 2);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    // Another tool, which knows nothing of the opt-out, comes later.
    for person in &mut crew.vendors.world().shops.sequences.people {
        person.opted_out = false;
    }
    crew.vendors.world().shops.sequences.memberships.clear();
    crew.publish(&roster(&["outreach-sequence", "salesloft-cadence"]));
    rest(&mut crew);
    decide(&mut crew, &mut office, "enters a1.com");
    rest(&mut crew);
    let world = crew.vendors.world();
    assert!(
        world.shops.sequences.memberships.iter().all(|m| m.person != 10),
        "{:?}",
        world.shops.sequences
    );
    assert!(!world.shops.sequences.memberships.is_empty());
}

#[test]
fn enrolling_is_off_unless_the_roster_says_so() {
    let text = roster(&["salesloft-cadence"]).replace("enrol: true, ", "");
    let read = buymode::deliver::roster::RosterRead::of(&text);
    let flaws = read.roster.unwrap_err();
    assert!(flaws.iter().any(|flaw| flaw.problem.contains("enrol: true")), "{flaws:?}");
}

fn run(map: &str, seed: u64) -> (u64, usize, usize) {
    let (mut crew, mut office) = crew(&[map], seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let decided = through_trouble(&mut crew, &mut rng, (18, 40), |crew, rng| {
        let account = rng.random_range(0..ACCOUNTS);
        let how = ["enters", "strengthens", "leaves stop", "leaves", "withdrawn stop"]
            [rng.random_range(0..5)];
        let (verb, flag) = how.split_once(' ').unwrap_or((how, ""));
        decide(crew, &mut office, &format!("{verb} a{account}.com {flag}"))
    });
    check(&crew, map, &decided);
    let injected: u64 = crew.vendors.world().injected.values().sum();
    (injected + crew.stopped.values().sum::<u64>(), decided.len(), 0)
}

fn check(crew: &Crew, map: &str, decided: &[Decision]) {
    assert_eq!(crew.vendors.world().shops.sequences.twice, 0, "{map}: someone was put in twice");
    let (state, _) = super::attempts::remembered(crew);
    for one in state.enrolled.values().flatten() {
        assert!(!one.id.contains('@') && !one.person.contains('@'), "{map}: an address: {one:?}");
    }
    for n in 0..ACCOUNTS {
        let account = format!("a{n}.com");
        let of_account = || decided.iter().filter(|d| d.account.as_str() == account);
        let in_now = ours(crew, n);
        assert!(!in_now.contains(&(n * 10)), "{map}: {account}: one who opted out");
        let advice = |d: &Decision| d.exit.as_ref().map(|exit| exit.advice);
        let last = of_account()
            .rev()
            .find(|d| d.kind == DecisionKind::Entered || advice(d) == Some(ExitAdvice::StopNow));
        let is_stopped = last.is_some_and(|d| d.kind != DecisionKind::Entered);
        if is_stopped && map != "hubspot-sequence" {
            assert_eq!(in_now, [0_i64; 0], "{map}: {account} was to stop");
        }
        // The ledger says what is there: of hubspot, what people have to end there.
        let key = (DestinationId(map.into()), last_key(&account), "crm".into());
        let ledger: Vec<i64> = state
            .enrolled
            .get(&key)
            .into_iter()
            .flatten()
            .map(|e| e.person.trim_start_matches("ctc_").parse().unwrap_or(-1))
            .collect();
        if !map.starts_with("instantly") {
            assert!(
                in_now.iter().all(|p| ledger.contains(p)),
                "{map}: {account}: {in_now:?} of {ledger:?}"
            );
        }
    }
    let mut codec = crew.codec.clone();
    let results = crew.records(&crew.topics.desk, 0).into_iter();
    let results = results.filter(|(value, _)| {
        matches!(codec.decode_desk(value.as_deref().unwrap()).unwrap(), DeskRecord::Result(r) if !r.is_late)
    });
    assert_eq!(results.count(), decided.len(), "{map}");
    assert_eq!(state.deliveries.len(), 0, "{map}: {:?}", state.deliveries);
}

fn last_key(account: &str) -> buymode::domain::terms::account::AccountKey {
    buymode::domain::terms::account::AccountKey::parse(account).unwrap()
}

fn faults(map: &str) {
    through_faults(map, |seed| run(map, seed));
}

#[test]
fn no_one_is_put_in_twice_or_forgotten_at_salesloft_and_outreach() {
    for map in ["salesloft-cadence", "outreach-sequence"] {
        faults(map);
    }
}

#[test]
fn no_one_is_put_in_twice_or_forgotten_at_hubspot_apollo_and_instantly() {
    for map in ["hubspot-sequence", "apollo-sequence", "instantly-campaign"] {
        faults(map);
    }
}

#[test]
fn no_one_is_put_in_twice_or_forgotten_at_smartlead_and_lemlist() {
    for map in ["smartlead-campaign", "lemlist-campaign"] {
        faults(map);
    }
}
