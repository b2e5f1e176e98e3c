//! Sales tools by their field maps: what each gets, and that no decision is lost, and none is there twice where the
//! map promises it, whatever fails.

use super::crew::Crew;
use super::shops::{ROWS, TOOL_TOKEN};
use super::trouble::{through_faults, through_trouble};
use crate::desk::office::{Office, at};
use buymode::deliver::tool::file::MapFile;
use buymode::deliver::tool::{guarantees, shipped};
use buymode::domain::account::decision::{Decision, DecisionKind};
use buymode::domain::account::outbox::DeskRecord;
use buymode::domain::terms::time::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeMap;

const ACCOUNTS: usize = 5;

/// How a tool is named in a roster, by its map.
fn tool(map: &str) -> &'static str {
    match map.split('-').next().unwrap() {
        "salesforce" => "url: 'https://example.my.salesforce.com', token: { env: TOOL }",
        "dynamics" => "url: 'https://org.crm.dynamics.com', token: { env: TOOL }",
        "apollo" => "token: { env: TOOL }, values: { intent_field: f1, stage_field: f2 }",
        "flat" => "address: { env: ROWS }",
        "outreach" if map == "outreach-task" => "token: { env: TOOL }, values: { owner: '12' }",
        "outreach" => "token: { env: TOOL }, values: { stage_field: custom11 }",
        _ => "token: { env: TOOL }",
    }
}

fn roster(map: &str) -> String {
    format!(
        "
zone: Europe/London
destinations:
  - {{ name: leads, routes: [ops], slack: {{ token: {{ env: SLACK }}, channel: C0000001 }} }}
  - {{ name: shop, routes: [ae], tool: {{ map: {map}, {} }} }}
escalation: {{ channel: leads }}
digest: {{ destination: leads }}
",
        tool(map)
    )
}

/// A crew whose tool knows the accounts already.
fn crew(map: &str, seed: u64) -> (Crew, Office) {
    let began = at("2026-11-30 07:00");
    let mut crew = Crew::new(seed, began.0, &["ae", "ops"]);
    {
        let mut world = crew.vendors.world();
        for n in 0..ACCOUNTS {
            let domain = format!("a{n}.com");
            let company = [("domain".to_owned(), domain.clone().into())].into_iter().collect();
            world.shops.hubspot.companies.insert(n.to_string(), company);
            let account = [("Website".to_owned(), format!("https://www.{domain}").into())];
            world
                .shops
                .salesforce
                .accounts
                .insert(format!("001{n}"), account.into_iter().collect());
            world.shops.dynamics.opportunities.insert(domain.clone(), format!("op{n}"));
            world.shops.outreach.accounts.insert(domain.clone(), n as i64);
            world.shops.salesloft.accounts.insert(domain, n as i64);
        }
    }
    crew.publish(&roster(map));
    crew.settle();
    (crew, Office::new(&roster(map), began))
}

fn decide(crew: &mut Crew, office: &mut Office, said: &str) -> Decision {
    let decision = office.decision(said, Timestamp(crew.now_ms()));
    crew.decide(&decision);
    decision
}

/// How many times a decision is at the tool, by its delivery: of maps that write single things.
fn copies(crew: &Crew, map: &str) -> Option<BTreeMap<String, u64>> {
    let world = crew.vendors.world();
    let shops = &world.shops;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found: Vec<String> = match map {
        "hubspot-task" => {
            shops.hubspot.tasks.iter().map(|(_, p)| text(&p["buymode_decision"])).collect()
        }
        "salesforce-task" => {
            shops.salesforce.tasks.iter().map(|t| text(&t["Buymode_Decision__c"])).collect()
        }
        "salesforce-event" => {
            shops.salesforce.events.iter().map(|e| text(&e["Decision_Id__c"])).collect()
        }
        "outreach-task" => {
            let notes =
                shops.outreach.tasks.iter().map(|(_, note)| note.rsplit(' ').next().unwrap());
            notes.map(str::to_owned).collect()
        }
        "salesloft-signal" => {
            shops.salesloft.signals.values().map(|s| text(&s["data"]["decision_id"])).collect()
        }
        "flat-json" => shops.rows.rows.iter().map(|row| text(&row["delivery_id"])).collect(),
        _ => return None,
    };
    let mut copies = BTreeMap::new();
    found.into_iter().for_each(|id| *copies.entry(id).or_default() += 1);
    Some(copies)
}

/// The stage that the tool shows of an account.
fn stage(crew: &Crew, map: &str, n: usize) -> Option<String> {
    let world = crew.vendors.world();
    let shops = &world.shops;
    let account = format!("a{n}.com");
    let text = |value: Option<&Value>| value.map(|value| value.as_str().unwrap().to_owned());
    match map {
        "hubspot-company" => {
            let found = shops.hubspot.company(&account);
            assert!(found.len() <= 1, "{account} is there {} times", found.len());
            text(found.first().and_then(|p| p.get("buymode_stage")))
        }
        "salesforce-account" => {
            let found = shops.salesforce.account(&account);
            assert!(found.len() <= 1, "{account} is there {} times", found.len());
            text(found.first().and_then(|a| a.get("Buymode_Stage__c")))
        }
        "outreach-account" => {
            text(shops.outreach.attributes.get(&(n as i64)).and_then(|a| a.get("custom11")))
        }
        "apollo-account" => {
            let at: Vec<_> = (0..shops.apollo.accounts.len())
                .filter(|i| shops.apollo.accounts[*i] == account)
                .collect();
            assert!(at.len() <= 1, "{account} is there {} times", at.len());
            let fields = at.first().and_then(|at| shops.apollo.fields.get(&format!("a{at}")));
            text(fields.and_then(|fields| fields.get("f2")))
        }
        "dynamics-score" => {
            let score = shops.dynamics.scores.get(&format!("op{n}"))?;
            let trend = score["msdyn_scoretrend"].as_i64().unwrap();
            Some(["buying", "unchanged", "cooling"][trend as usize].to_owned())
        }
        other => panic!("{other} shows no stage"),
    }
}

/// Ends by decision: `confirmed`, `not_sent`, …
fn ended(crew: &Crew) -> BTreeMap<&'static str, u64> {
    let mut codec = crew.codec.clone();
    let mut ends = BTreeMap::new();
    for (value, _) in crew.records(&crew.topics.desk, 0) {
        if let DeskRecord::Result(result) = codec.decode_desk(&value.unwrap()).unwrap()
            && !result.is_late
        {
            *ends.entry(<&str>::from(result.end)).or_default() += 1;
        }
    }
    ends
}

/// Why deliveries have failed.
fn whys(crew: &Crew) -> Vec<String> {
    let mut codec = crew.codec.clone();
    let records = crew.records(&crew.topics.desk, 0).into_iter();
    let whys = records.filter_map(|(value, _)| match codec.decode_desk(&value.unwrap()).unwrap() {
        DeskRecord::Result(result) => result.why.map(|why| why.to_string()),
        _ => None,
    });
    whys.collect()
}

/// Runs a tool through faults. Returns how many, of how many decisions, and how many of these are there twice.
fn run(map: &str, seed: u64) -> (u64, usize, usize) {
    let (mut crew, mut office) = crew(map, seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let decided = through_trouble(&mut crew, &mut rng, (26, 60), |crew, rng| {
        let account = rng.random_range(0..ACCOUNTS);
        let verb = ["enters", "strengthens", "leaves", "withdrawn"][rng.random_range(0..4)];
        decide(crew, &mut office, &format!("{verb} a{account}.com urgent tier 1"))
    });
    let twice = check(&crew, map, &decided);
    let injected: u64 = crew.vendors.world().injected.values().sum();
    (injected + crew.stopped.values().sum::<u64>(), decided.len(), twice)
}

/// How many decisions are at the tool more than once, where its map promises nothing else.
fn check(crew: &Crew, map: &str, decided: &[Decision]) -> usize {
    let ends = ended(crew);
    let of = |end: &str| ends.get(end).copied().unwrap_or(0);
    // Called off in doubt, where the tool cannot be asked: its end says so.
    let failed = whys(crew);
    assert!(failed.iter().all(|why| why.contains("called off")), "{map}: {failed:?}");
    assert_eq!(
        of("confirmed") + of("not_sent") + of("failed"),
        decided.len() as u64,
        "{map}: {ends:?}"
    );
    let acts = |d: &&Decision| {
        matches!(d.kind, DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged)
    };
    let mut there_twice = 0;
    match copies(crew, map) {
        Some(copies) => {
            let guarantee = guarantees::of(&MapFile::parse(shipped::text(map).unwrap()).unwrap());
            let twice = copies.values().filter(|n| **n > 1).count();
            there_twice = twice;
            assert!(
                twice == 0 || guarantee.starts_with("nothing"),
                "{map}: {twice} are there twice"
            );
            // What is confirmed is there, and nothing else; an action that was called off after it had been done is
            // confirmed by a look, or there.
            assert!(copies.len() as u64 >= of("confirmed"), "{map}: {} of {ends:?}", copies.len());
            let is_task = map.ends_with("-task");
            let most = if is_task { decided.iter().filter(acts).count() } else { decided.len() };
            assert!(copies.len() <= most, "{map}: {} of {most}", copies.len());
        }
        None => {
            for n in 0..ACCOUNTS {
                let account = format!("a{n}.com");
                let last = decided.iter().rev().find(|d| d.account.as_str() == account);
                let expected = last.map(|d| if acts(&d) { "buying" } else { "cooling" });
                assert_eq!(stage(crew, map, n).as_deref(), expected, "{map}: {account}");
            }
        }
    }
    // No secret stands in a record.
    for partition in 0..super::crew::SENDERS {
        for (value, _) in crew.records(&crew.topics.outbox, partition) {
            let value = value.unwrap();
            let text = String::from_utf8_lossy(&value);
            assert!(!text.contains(TOOL_TOKEN) && !text.contains(ROWS), "{text}");
        }
    }
    there_twice
}

fn faults(map: &str) {
    through_faults(map, |seed| run(map, seed));
}

#[test]
fn hubspot_loses_nothing_and_has_nothing_twice() {
    for map in ["hubspot-company", "hubspot-task"] {
        faults(map);
    }
}

#[test]
fn salesforce_loses_nothing_and_has_nothing_twice() {
    for map in ["salesforce-account", "salesforce-task", "salesforce-event"] {
        faults(map);
    }
}

#[test]
fn sequencers_lose_nothing_and_have_nothing_twice() {
    for map in ["outreach-account", "outreach-task", "salesloft-signal", "apollo-account"] {
        faults(map);
    }
}

#[test]
fn other_tools_lose_nothing_and_have_nothing_twice() {
    for map in ["dynamics-score", "flat-json"] {
        faults(map);
    }
}

#[test]
fn a_tool_that_was_down_for_a_day_catches_up_in_order_within_its_limits() {
    let (mut crew, mut office) = crew("salesloft-signal", 3);
    let day = crew.now_ms() + 24 * 3_600_000;
    crew.vendors.world().shops.down_until_ms = day;
    let mut decided = Vec::new();
    for hour in 0..24 {
        for n in 0..ACCOUNTS {
            let verb = if hour == 0 { "enters" } else { "strengthens" };
            decided.push(decide(&mut crew, &mut office, &format!("{verb} a{n}.com")));
        }
        for _ in 0..4 {
            crew.settle();
            crew.pass(900_000);
        }
    }
    assert_eq!(crew.vendors.world().shops.salesloft.signals.len(), 0);
    // The next decision finds the tool there, and wakes what waits.
    decided.push(decide(&mut crew, &mut office, "enters fresh.com"));
    crew.vendors.world().shops.salesloft.accounts.insert("fresh.com".to_owned(), 9);
    let mut waited = 0;
    for _ in 0..2_000 {
        crew.settle();
        crew.pass(500);
        waited += 500;
        if crew.vendors.world().shops.salesloft.signals.len() == decided.len() {
            break;
        }
    }
    let world = crew.vendors.world();
    assert_eq!(world.shops.salesloft.signals.len(), decided.len(), "after {waited} ms");
    assert_eq!(world.shops.over, 0, "the limit was kept");
    assert!(waited <= 300_000, "{waited} ms for {} signals", decided.len());
}

#[test]
fn every_tool_that_was_down_for_a_day_has_all_of_it_afterwards_within_its_limits() {
    let maps = shipped::all().map(|(map, _)| map).filter(|map| {
        let is_for_people = map.ends_with("-sequence") || map.ends_with("-campaign");
        !is_for_people && !map.ends_with("-cadence") && !map.ends_with("-sync")
    });
    for map in maps {
        let (mut crew, mut office) = crew(map, 8);
        crew.vendors.world().shops.down_until_ms = crew.now_ms() + 24 * 3_600_000;
        let mut decided = Vec::new();
        for hour in 0..24 {
            let verb = if hour < ACCOUNTS { "enters" } else { "strengthens" };
            let account = hour % ACCOUNTS;
            decided.push(decide(&mut crew, &mut office, &format!("{verb} a{account}.com urgent")));
            crew.settle();
            crew.pass(3_600_000);
        }
        assert_eq!(ended(&crew), BTreeMap::new(), "{map}");
        for _ in 0..60 {
            crew.settle();
            crew.pass(600_000);
        }
        assert_eq!(check(&crew, map, &decided), 0, "{map}");
        assert_eq!(ended(&crew), [("confirmed", 24)].into(), "{map}");
        assert_eq!(crew.vendors.world().shops.over, 0, "{map}: the limit was kept");
    }
}

#[test]
fn an_item_that_fails_inside_a_success_is_tried_again_alone() {
    let (mut crew, mut office) = crew("hubspot-company", 4);
    decide(&mut crew, &mut office, "enters a0.com");
    decide(&mut crew, &mut office, "enters a1.com");
    // The search of the first one, then its write.
    crew.vendors.world().next =
        vec![super::vendors::Wrong::Nothing, super::vendors::Wrong::Passing];
    for _ in 0..8 {
        crew.settle();
        crew.pass(5_000);
    }
    assert_eq!(stage(&crew, "hubspot-company", 0).as_deref(), Some("buying"));
    assert_eq!(stage(&crew, "hubspot-company", 1).as_deref(), Some("buying"));
    let world = crew.vendors.world();
    assert_eq!(world.shops.asked["api.hubapi.com"].len(), 6, "two for each, two again for one");
}

#[test]
fn a_refusal_names_the_account_and_the_remedy_and_no_secret() {
    let (mut crew, mut office) = crew("hubspot-company", 5);
    decide(&mut crew, &mut office, "enters unknown.com");
    crew.settle();
    let whys = whys(&crew);
    let expected = "unknown.com: HubSpot has no company with this domain; create it there, or give create: \"yes\"";
    assert_eq!(whys, [expected]);
}

#[test]
fn an_entry_that_waits_is_called_off_by_the_exit_that_follows() {
    let (mut crew, mut office) = crew("hubspot-task", 6);
    crew.vendors.world().shops.down_until_ms = crew.now_ms() + 60_000;
    decide(&mut crew, &mut office, "enters a0.com");
    crew.settle();
    decide(&mut crew, &mut office, "leaves a0.com stop");
    for _ in 0..6 {
        crew.pass(60_000);
        crew.settle();
    }
    assert_eq!(crew.vendors.world().shops.hubspot.tasks.len(), 0);
    let page = crew.metrics();
    assert!(
        page.contains(r#"buymode_deliver_ends_total{destination="shop",end="expired"} 2"#),
        "{page}"
    );
}
