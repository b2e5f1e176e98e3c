//! What a message has said it does not say again, and what ended says only how.

use super::messages::{decision, of};
use super::office::at;
use buymode::deliver::message::email::text;
use buymode::deliver::message::{digest, notice, reply};
use buymode::desk::action::{DigestItem, Gathered, Reply, Standing};
use buymode::domain::account::decision::{Decision, DecisionKind};
use chrono_tz::Europe::London;
use std::sync::Arc;

#[test]
fn a_request_beside_its_account_says_only_what_is_new() {
    let mut both = of(decision(), Standing::Open);
    both.cases[0].decision =
        Arc::new(Decision { missing: vec!["operates_in".into()], ..decision() });
    let mut request = both.cases[0].clone();
    let mut d = (*request.decision).clone();
    d.kind = DecisionKind::Triaged;
    d.request = Some(uuid::Uuid::from_u128(7));
    d.tier = buymode::domain::score::fit::Tier::NotIcp;
    d.personas[0].titles = vec!["COO".into(), "Chief Operating Officer".into()];
    request.decision = d.into();
    both.cases.push(request);
    let said = text(&notice(&both, London));
    let (first, second) = said.split_once("Acme Industries has asked for you\n").unwrap();
    assert!(first.contains("\nFind out: where they operate\n"), "{said}");
    assert!(
        second.starts_with("urgent · fit not known yet · intent 45 · CRM\nAsk for: COO <"),
        "{said}"
    );
    assert_eq!(second.lines().count(), 2, "{said}");
    let late = |to: Option<&str>| {
        let deadline = at("2026-11-30 14:00");
        let late = Reply::Escalated { deadline, from: Some("ben".into()), to: to.map(Into::into) };
        text(&reply(&both.roster, &late, London)).lines().nth(1).unwrap().to_owned()
    };
    let said = "Ben has not claimed it by Mon 30 Nov, 14:00 (London)";
    assert_eq!(late(None), format!("Who can take it? {said}"));
    assert_eq!(late(Some("ana")), format!("{said}; now it is with Ana"));
    let mut end = decision();
    end.kind = DecisionKind::Withdrawn;
    let item = DigestItem { decision: end.into(), why: Gathered::Update, person: None };
    let said = text(&digest(&both.roster, &[item], 0, None));
    assert!(said.contains("- Acme Industries: withdrawn, the evidence does not hold <"), "{said}");
}
