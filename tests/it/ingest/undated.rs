//! Records without id and date, as webhooks bring them: a state that comes back counts, a vendor's
//! retry does no harm, and what is read twice from a file or a dead letter is the same.

use super::shipped;
use crate::fold::{Entry, Fold, Record};
use buymode::domain::account::decision::Verdict;
use buymode::domain::evidence::company::Attribute;
use buymode::domain::evidence::facts::Facts;
use buymode::domain::evidence::signal::SignalId;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::domain::terms::time::{DAY_MS, Day, Timestamp};
use buymode::ingest::raw::{Came, map_row};
use buymode::mapping::canonical::Canonical;
use serde_json::{Value, json};

const BEGIN: Day = Day(20_400);
const HOUR_MS: i64 = 3_600_000;

fn map(row: &Value, timestamp_ms: i64, live: bool) -> Canonical {
    map_by("canonical.yaml", row, timestamp_ms, live)
}

fn map_by(mapping: &str, row: &Value, timestamp_ms: i64, live: bool) -> Canonical {
    let row = serde_json::from_value(row.clone()).unwrap();
    let came =
        Came { file: "http/test", offset: 1, timestamp_ms, key: None, snapshot_at: None, live };
    let mut records = map_row(&shipped(mapping), &row, came, false).unwrap();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

/// Each row with the hour it comes at.
fn fold(rows: &[(i64, Value)]) -> Fold {
    let mut fold = Fold::new("toggle.com", BEGIN);
    for (offset, (hour, row)) in (0..).zip(rows) {
        let time = Timestamp(BEGIN.start().0 + hour * HOUR_MS);
        let mut row = row.clone();
        row["account"] = json!("toggle.com");
        let entry = Entry::Input(map(&row, time.0, true).input);
        fold.read(&Record { offset, time, entry });
    }
    fold
}

fn listed(rows: &[(i64, Value)]) -> Vec<SuppressionList> {
    fold(rows).state.suppressions.iter().map(|s| s.list).collect()
}

#[test]
fn of_peoples_word_what_comes_last_holds() {
    let list =
        |active: bool| json!({"record": "suppression", "list": "do_not_contact", "active": active});
    let on = [SuppressionList::DoNotContact];
    assert_eq!(listed(&[(0, list(true)), (1, list(false))]), []);
    assert_eq!(listed(&[(0, list(true)), (1, list(false)), (2, list(true))]), on);
    // A file's words of the day before say nothing of when they are told either.
    let today = |active: bool| {
        let mut row = list(active);
        row["occurred_at"] = json!("today");
        row
    };
    assert_eq!(listed(&[(0, today(true)), (30, today(false)), (60, today(true))]), on);
    let sales = |outcome: &str| json!({"record": "sales_outcome", "outcome": outcome});
    let customer = [SuppressionList::Customer];
    assert_eq!(listed(&[(0, sales("won")), (1, sales("churned"))]), []);
    assert_eq!(listed(&[(0, sales("won")), (1, sales("churned")), (2, sales("won"))]), customer);
    // With a date it is one telling, however often it comes.
    let dated = json!({"record": "sales_outcome", "outcome": "won", "occurred_at": "2025-11-01"});
    assert_eq!(listed(&[(0, dated.clone()), (1, sales("churned")), (2, dated)]), []);
}

#[test]
fn whoever_asks_again_on_another_day_is_heard_and_a_retry_is_not() {
    use Verdict::{Duplicate, Parked};
    let asks = json!({"record": "engagement", "kind": "demo_request", "contact": "c1"});
    let got = fold(&[(0, asks.clone()), (1, asks.clone()), (30 * 24, asks.clone())]);
    assert_eq!(got.verdicts, [Parked, Duplicate, Parked]);
    let on = |day: &str| {
        let mut row = asks.clone();
        row["observed_at"] = json!(day);
        row
    };
    let got = fold(&[(800, on("2025-11-20")), (801, on("2025-12-05")), (802, on("2025-12-05"))]);
    assert_eq!(got.verdicts, [Parked, Parked, Duplicate]);
}

#[test]
fn what_a_company_uses_or_counts_may_be_again_as_it_was() {
    let on = |day: i64, row: Value| (day * 24, row);
    let tool = |action: &str| json!({"record": "technology", "tool": "zzcrm", "action": action});
    let staff = |total: u32| json!({"record": "headcount", "total": total});
    let mut rows = Vec::new();
    for (nth, (action, total)) in (0..).zip([("adopted", 100), ("dropped", 140), ("adopted", 100)])
    {
        rows.extend([on(nth * 40, tool(action)), on(nth * 40, staff(total))]);
    }
    let got = fold(&rows);
    let today = BEGIN.plus(80);
    let facts = Facts::new(&got.account, &got.state.company, &got.state.evidence, today);
    assert_eq!(facts.tool(&"zzcrm".parse().unwrap()), Some(true));
    let staff = facts.value(Attribute::Employees).unwrap().into_owned();
    assert_eq!(staff, buymode::domain::evidence::company::Value::number(100));
}

#[test]
fn what_is_read_again_from_where_it_lies_has_the_same_id() {
    let first = BEGIN.start().0;
    let ids = |row: &Value, live: bool| -> Vec<SignalId> {
        [first, first + HOUR_MS, first + DAY_MS].map(|at| map(row, at, live).input.id()).into()
    };
    let row = |more: Value| {
        let mut row = json!({"account": "toggle.com"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let list = row(json!({"record": "suppression", "list": "customer"}));
    let asks = row(json!({"record": "engagement", "kind": "form"}));
    for one in [&list, &asks] {
        let lying = ids(one, false);
        assert!(lying.iter().all(|id| *id == lying[0]), "{one}");
    }
    let export = json!({"domain": "toggle.com", "list": "customers"});
    let id = |at: i64, live: bool| map_by("suppression.yaml", &export, at, live).input.id();
    assert_eq!(id(first, false), id(first + DAY_MS, false));
    assert_ne!(id(first, true), id(first + DAY_MS, true));
    let (list, asks) = (ids(&list, true), ids(&asks, true));
    assert!(list[0] != list[1] && list[1] != list[2]);
    assert!(asks[0] == asks[1] && asks[1] != asks[2]);
    // What is not a state, and what says which or when it is, is the same for ever.
    for more in [
        json!({"record": "news", "kind": "layoffs"}),
        json!({"record": "engagement", "kind": "form", "occurred_at": "2025-11-01"}),
        json!({"record": "suppression", "list": "customer", "source_record_id": "7"}),
    ] {
        let ids = ids(&row(more), true);
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}
