//! Two keys of one company: a rebrand, a wrong merge, and who hears of it.

use super::records::entry_of;
use super::{SIMPLE, compile, timeline};
use crate::fold::{Entry, Network};
use buymode::domain::account::decision::{DecisionKind, Verdict};
use buymode::domain::account::input::Input;
use buymode::domain::account::standing::Standing;
use buymode::domain::evidence::signal::{Event, Funding, Signal};
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::Instrument;
use buymode::domain::terms::limits::{ACCOUNT_REPORTS_MAX, MEMBERS_MAX};
use buymode::domain::terms::time::{Occurred, Precision};
use buymode::domain::terms::units::BasisPoints;
use std::sync::Arc;

fn play(text: &str) -> Network {
    let known = "company employees=300 industry=saas stage=series_a owner=kim";
    let text = format!("day 0 profile\nacme.io: day 0 {known}\n{text}");
    timeline::play_all(&[Arc::new(compile(SIMPLE))], &["acme.com", "acme.io", "acme.de"], &text)
}

#[test]
fn a_rebrand_takes_everything_along_and_nobody_hears_twice() {
    let net = play(
        r#"
        acme.io: day 1 funding series_b 25M (applied) [buying] → entered of=acme.io
        # acme.io is acme.com now. The episode goes on there, without another entry.
        acme.io: day 3 merge into=acme.com (applied) [dormant] → exited moved no_new_enrolment of=acme.io
        day 3 tick [buying]
        # Vendors and the CRM still know the old name.
        acme.io: day 4 funding series_b 25M at=1 by=two (applied)
        acme.io: day 5 engagement demo_request (applied) → triaged of=acme.com route=ae
        acme.io: day 6 sales meeting (applied)
        acme.io: day 9 suppress do_not_contact (applied) → exited excluded stop_now of=acme.com entered_as=acme.io
        # Taken off the list under the new name: it is the same company.
        day 40 lift do_not_contact (applied) [warming]
        "#,
    );
    let (old, new) = (&net.fold("acme.io").state, &net.fold("acme.com").state);
    assert_eq!(old.moved_to().map(AccountKey::as_str), Some("acme.com"));
    assert!(old.evidence.is_empty() && new.suppressions.is_empty());
    assert_eq!(new.evidence.len(), 2, "a round with two reports, and the request");
}

#[test]
fn a_wrong_merge_is_undone_a_week_later() {
    let net = play(
        r#"
        acme.io: day 1 funding series_b 25M → entered of=acme.io
        day 2 company employees=250 industry=saas stage=series_a
        day 2 hiring "Head of Sales" [warming]
        acme.io: day 3 merge into=acme.com → exited moved of=acme.io
        day 4 tick [buying]
        acme.io: day 5 hiring "VP Sales" (applied)
        # Another company after all.
        acme.io: day 10 undo into=acme.com (applied) [buying] → exited moved of=acme.com entered_as=acme.io
        day 10 tick [warming]
        acme.io: day 11 suppress competitor → exited excluded stop_now of=acme.io ends=1
        "#,
    );
    let (one, other) = (&net.fold("acme.com").state, &net.fold("acme.io").state);
    assert_eq!((one.evidence.len(), other.evidence.len()), (1, 2));
    assert!(one.ledgers.is_none() && one.suppressions.is_empty());
    assert_eq!(other.standing, Standing::Own);
}

#[test]
fn what_sales_said_of_one_holds_for_both_while_they_are_one() {
    play(
        r#"
        day 1 company employees=250 industry=saas stage=series_a
        day 2 hiring "Head of Sales" [warming]
        acme.io: day 3 technology dropped pipedrive → entered of=acme.io
        acme.io: day 3 sales rejected → exited sales of=acme.io
        # Sales' no was said to the same company.
        acme.io: day 4 merge into=acme.com (applied)
        day 5 tick [cooling]
        acme.io: day 6 undo into=acme.com [cooling]
        day 6 tick [warming]
        "#,
    );
}

#[test]
fn aliases_form_chains_and_circles_without_loss() {
    let net = play(
        r#"
        acme.de: day 1 funding series_b 25M (parked)
        acme.de: day 2 merge into=acme.io (applied) → entered of=acme.io
        acme.io: day 3 merge into=acme.com → exited moved of=acme.io
        acme.de: day 4 hiring "Head of Sales" (applied)
        # Round in a circle: nothing comes of it.
        day 5 merge into=acme.de (applied) [buying] → exited moved of=acme.com
        day 6 merge into=acme.com (dead_lettered)
        acme.de: day 7 hiring "VP Sales" (applied)
        acme.de: day 8 undo into=acme.io (applied) → withdrawn of=acme.com
        "#,
    );
    assert_eq!(net.fold("acme.de").state.evidence.len(), 3);
}

/// While both are asked for at once, what each is told goes round, and comes home.
#[test]
fn what_people_said_while_aliases_went_round_in_a_circle_is_heard() {
    let mut net = Network::new(&["acme.com", "acme.io"], timeline::BEGIN);
    let time = timeline::BEGIN.start();
    net.merge(1, "acme.io", "acme.com", time);
    net.merge(2, "acme.com", "acme.io", time);
    for words in ["suppress do_not_contact id=no", "sales won id=won"] {
        net.read("acme.io", time, &entry_of(words, "acme.io", time, &[]));
    }
    net.deliver_all();
    let lists = |net: &Network| {
        let heard = net.fold("acme.io").state.suppressions.iter();
        heard.map(|s| s.list.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(lists(&net), ["do_not_contact", "customer"]);
    // Heard once: what comes again is known.
    for record in net.logs["acme.io"].clone() {
        if let Entry::Input(Input::Suppression(_) | Input::Outcome(_)) = &record.entry {
            net.read("acme.io", record.time, &record.entry);
            assert_eq!(net.fold("acme.io").verdicts.last(), Some(&Verdict::Duplicate));
        }
    }
}

/// Whoever tells it again: a feed's own id for it is always the same.
#[test]
fn an_alias_that_a_person_removed_stays_removed() {
    let net = play(
        r#"
        # A person said so first, a vendor's feed later; then the person found it wrong.
        acme.io: day 1 merge into=acme.com id=person (applied)
        acme.io: day 2 merge into=acme.com id=feed (duplicate)
        acme.io: day 3 undo into=acme.com (applied)
        acme.io: day 3 merge into=acme.com id=feed (duplicate)
        # Told for years: what is told often is not forgotten.
        acme.io: day 300 merge into=acme.com id=feed (duplicate)
        acme.io: day 600 merge into=acme.com id=feed (duplicate)
        acme.io: day 900 merge into=acme.com id=feed (duplicate)
        # The feed said so first, long before the person took it back.
        acme.de: day 901 merge into=acme.com id=other (applied)
        acme.de: day 1300 undo into=acme.com (applied)
        acme.de: day 1400 merge into=acme.com id=other (duplicate)
        # A person may say so again.
        acme.de: day 1401 merge into=acme.com id=again (applied)
        "#,
    );
    assert_eq!(net.fold("acme.io").state.moved_to(), None);
    assert!(net.fold("acme.de").state.moved_to().is_some());
}

fn key(name: &str) -> AccountKey {
    name.to_owned().try_into().unwrap()
}

#[test]
fn a_company_has_as_many_deals_as_there_is_room_for() {
    let deals: Vec<String> = (0..=MEMBERS_MAX).map(|n| format!("deal:{n}")).collect();
    let mut names: Vec<&str> = deals.iter().map(String::as_str).collect();
    names.push("acme.com");
    let mut net = Network::new(&names, timeline::BEGIN);
    let time = timeline::BEGIN.start();
    for (n, deal) in deals.iter().enumerate() {
        net.merge(n as u128, deal, "acme.com", time);
        net.deliver_all();
    }
    let last = &deals[MEMBERS_MAX];
    assert_eq!(net.fold("acme.com").state.members().len(), MEMBERS_MAX);
    assert_eq!(net.fold(last).state.standing, Standing::Own);
    // When there is room, the same request is heard.
    net.undo(1_000, &deals[0], "acme.com", time);
    net.deliver_all();
    net.merge(MEMBERS_MAX as u128, last, "acme.com", time);
    net.deliver_all();
    assert!(net.fold("acme.com").state.member(&key(last)).is_some());
    assert!(net.fold(last).state.moved_to().is_some());
}

/// It comes to a company that had no room for the one it was merged into: it stays where it was, and
/// the same request is heard once it is asked again.
#[test]
fn an_alias_of_an_account_that_was_refused_is_refused_and_heard_when_repeated() {
    let deals: Vec<String> = (1..MEMBERS_MAX).map(|n| format!("deal:{n}")).collect();
    let mut names: Vec<&str> = deals.iter().map(String::as_str).collect();
    names.extend(["acme.com", "acme.io", "acme.de", "acme.fr", "subsidiary.com"]);
    let mut net = Network::new(&names, timeline::BEGIN);
    let time = timeline::BEGIN.start();
    let profiles = [Arc::new(compile(SIMPLE))];
    for words in
        ["profile", "company employees=300 industry=saas stage=series_a", "funding series_b 25M"]
    {
        net.read("acme.fr", time, &entry_of(words, "acme.fr", time, &profiles));
    }
    for (n, deal) in deals.iter().enumerate() {
        net.merge(n as u128, deal, "acme.com", time);
        net.deliver_all();
    }
    let words = "company parent=acme.io";
    net.read("subsidiary.com", time, &entry_of(words, "subsidiary.com", time, &profiles));
    net.merge(1_000, "acme.de", "acme.io", time);
    net.deliver_all();
    // There is room for one, not for two with what comes with them.
    net.merge(1_001, "acme.io", "acme.com", time);
    net.merge(1_002, "acme.fr", "acme.io", time);
    net.deliver_all();
    assert_eq!(
        net.fold("acme.com").refused,
        [
            "cannot merge: more than 256 merged accounts or 3 MB; acme.io stays separate",
            "invalid alias of acme.io: acme.io does not stand for acme.com any more; add the alias again"
        ]
    );
    for account in ["acme.io", "acme.fr"] {
        assert_eq!(net.fold(account).state.standing, Standing::Own, "{account}");
    }
    let children = |account: &str| net.fold(account).state.kin.children.len();
    assert_eq!((children("acme.io"), children("acme.com")), (1, 0), "it stays with its parent");
    assert_eq!(net.fold("acme.fr").state.stage().to_string(), "buying");
    net.merge(1_002, "acme.fr", "acme.io", time);
    net.deliver_all();
    let state = &net.fold("acme.io").state;
    assert!(state.member(&key("acme.fr")).is_some() && state.member(&key("acme.de")).is_some());
    assert_eq!(state.stage().to_string(), "buying");
    let told = net.folds.values().flat_map(|fold| &fold.decisions);
    let entered = told.filter(|d| d.kind == DecisionKind::Entered).count();
    assert_eq!(entered, 1, "nobody is informed twice");
}

/// 64 rounds that 16 sources each tell of: as much as one account keeps.
fn fill(net: &mut Network, account: &str, first: u128) {
    let begin = timeline::BEGIN;
    for n in 0..ACCOUNT_REPORTS_MAX {
        let (round, source) = (n / 16, n % 16);
        let day = begin.plus(-6 * i32::try_from(round).unwrap());
        let signal = Signal {
            id: uuid::Uuid::from_u128(first + n as u128),
            source: format!("source {source}").into(),
            occurred: Occurred { day, precision: Precision::Day },
            observed_at: begin.start(),
            confidence: BasisPoints::FULL,
            evidence_url: None,
            planned: false,
            baseline: true,
            supersedes: None,
            event: Event::Funding(Funding {
                stage: None,
                instrument: Instrument::Equity,
                amount_usd: Some(100_000 << (round % 9)),
                lead_investor: None,
            }),
        };
        net.read(account, begin.start(), &Entry::Input(Input::Signal(signal)));
    }
    assert_eq!(reports(net, account), ACCOUNT_REPORTS_MAX);
}

fn reports(net: &Network, account: &str) -> usize {
    net.fold(account).state.evidence.iter().map(|e| e.reports().len()).sum()
}

#[test]
fn a_company_takes_in_what_fits_into_its_record_and_the_rest_stays_whole() {
    let mut net = Network::new(&["acme.com", "acme.io", "acme.de"], timeline::BEGIN);
    let time = timeline::BEGIN.start();
    for (n, account) in ["acme.com", "acme.io", "acme.de"].iter().enumerate() {
        fill(&mut net, account, 1_000_000 * (1 + n as u128));
    }
    let alone = net.fold("acme.de").state.evidence.clone();
    net.merge(1, "acme.io", "acme.com", time);
    net.deliver_all();
    assert!(net.fold("acme.com").refused.is_empty());
    let before = net.fold("acme.com").state.members().to_vec();
    net.merge(2, "acme.de", "acme.com", time);
    net.deliver_all();
    let (whole, refused) = (net.fold("acme.com"), &net.fold("acme.de").state);
    let why = "cannot merge: more than 256 merged accounts or 3 MB; acme.de stays separate";
    assert_eq!(whole.refused, [why]);
    assert_eq!(whole.state.members(), before);
    assert_eq!(refused.standing, Standing::Own);
    assert_eq!(refused.evidence, alone);
    // Its own inputs are its own again.
    net.read("acme.de", time, &net.logs["acme.de"][0].entry.clone());
    assert_eq!(net.fold("acme.de").verdicts.last(), Some(&Verdict::Duplicate));
    // When there is room, the same request is heard.
    net.undo(3, "acme.io", "acme.com", time);
    net.deliver_all();
    assert_eq!(reports(&net, "acme.io"), ACCOUNT_REPORTS_MAX);
    net.merge(2, "acme.de", "acme.com", time);
    net.deliver_all();
    assert!(net.fold("acme.com").state.member(&key("acme.de")).is_some());
}

/// A CRM merges `crm:1` into `crm:2`.
fn crm(text: &str) -> Network {
    let keys = ["acme.com", "acme.io", "crm:1", "crm:2"];
    let known = "company employees=300 industry=saas stage=series_a owner=kim";
    let text = format!("day 0 profile\nacme.io: day 0 {known}\nacme.com: day 0 {known}\n{text}");
    timeline::play_all(&[Arc::new(compile(SIMPLE))], &keys, &text)
}

fn stands_for<'a>(net: &'a Network, key: &str) -> Option<&'a str> {
    net.fold(key).state.moved_to().map(AccountKey::as_str)
}

#[test]
fn what_a_crm_merges_brings_its_suppressions_along() {
    // Neither has a domain yet.
    let net = crm(r#"
        crm:1: day 1 suppress do_not_contact (applied)
        crm:1: day 2 merge into=crm:2 (applied)
        crm:2: day 3 merge into=acme.com (applied)
        day 4 funding series_b 25M (suppressed)
        crm:1: day 5 suppress competitor (applied)
        "#);
    assert_eq!(net.fold("acme.com").state.suppressions.len(), 2);
    assert_eq!(stands_for(&net, "crm:1"), Some("acme.com"));
    // The merged one has the domain, and the one that remains gets it afterwards.
    let net = crm(r#"
        crm:1: day 1 merge into=acme.io (applied)
        crm:1: day 1 suppress do_not_contact (applied)
        crm:1: day 2 merge into=crm:2 (applied)
        crm:2: day 3 merge into=acme.io (duplicate)
        crm:2: day 4 suppress competitor (applied)
        acme.io: day 5 funding series_b 25M (suppressed)
        "#);
    assert_eq!(stands_for(&net, "crm:2"), Some("acme.io"));
    assert_eq!(net.fold("acme.io").state.suppressions.len(), 2);
    // Both have the same domain.
    let net = crm(r#"
        crm:1: day 1 merge into=acme.com
        crm:2: day 1 merge into=acme.com
        crm:1: day 2 merge into=crm:2 (applied)
        crm:1: day 3 suppress do_not_contact (applied)
        day 4 funding series_b 25M (suppressed)
        "#);
    assert!(net.folds.values().all(|fold| fold.refused.is_empty()));
    assert_eq!(stands_for(&net, "acme.com"), None);
}

#[test]
fn a_crm_that_merges_two_companies_with_domains_makes_the_domains_one_company() {
    let net = crm(r#"
        crm:1: day 1 merge into=acme.io
        crm:2: day 1 merge into=acme.com
        acme.io: day 1 suppress do_not_contact (applied)
        crm:1: day 2 merge into=crm:2 (applied)
        # The webhook is delivered again.
        crm:1: day 2 merge into=crm:2 id=again (applied)
        day 4 funding series_b 25M (suppressed)
        # Another company after all.
        acme.io: day 5 undo into=acme.com (applied) → entered of=acme.com
        "#);
    assert!(net.folds.values().all(|fold| fold.refused.is_empty()));
    assert_eq!(net.fold("acme.io").state.suppressions.len(), 1);
}
