//! Suppressions: nothing in one costs the row, and no doubt lifts it.

use super::*;
use crate::domain::account::input::SuppressionChange;
use crate::domain::terms::catalogue::SuppressionList;

/// With a record's fields, as a row of a file that was read on 2026-11-30.
fn read_with(
    more: Value,
    observed_at: Option<&str>,
) -> (SuppressionChange, Vec<String>, Timestamp) {
    let day = |text: &str| date::parse(text).unwrap().0;
    let read_at = Some(day("2026-11-30"));
    let context = Context { read_at, observed_at: observed_at.map(day), ..context() };
    let mut value = json!({"record": "suppression", "account": "acme.com"});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let got = read(value, &context).unwrap_or_else(|error| panic!("{more}: {error}"));
    let Input::Suppression(change) = got.input else { panic!("no suppression") };
    (change, got.warnings, got.known_at)
}

#[test]
fn nothing_that_is_odd_costs_a_suppression() {
    for (more, doubts) in [
        (json!({"list": "do_not_contact"}), 0),
        (json!({}), 1),
        (json!({"list": null}), 1),
        (json!({"list": 7}), 1),
        (json!({"list": ["do_not_contact"]}), 1),
        (json!({"list": "blocked by legal"}), 1),
        (json!({"list": "Do Not Contact"}), 0),
        (json!({"list": "do_not_contact", "active": "nein"}), 1),
        (json!({"list": "do_not_contact", "active": [false]}), 1),
        (json!({"list": "do_not_contact", "active": {"boolean": false}}), 1),
        (json!({"list": "do_not_contact", "active": "not any more"}), 1),
        (json!({"list": "do_not_contact", "until": "Q2"}), 1),
        (json!({"list": "do_not_contact", "until": ["2026-01-01"]}), 1),
        (json!({"list": "do_not_contact", "until": true}), 1),
        (json!({"list": "do_not_contact", "until": "never"}), 0),
        (json!({"list": "do_not_contact", "untill": "2026-01-01", "actve": false}), 2),
        (json!({"list": "do_not_contact", "signal_id": "17"}), 1),
        (json!({"list": "do_not_contact", "source_record_id": {"row": 1}}), 0),
        (json!({"list": "do_not_contact", "source": ["crm"]}), 0),
        (json!({"list": "do_not_contact", "source": "erase"}), 1),
        (json!({"list": "do_not_contact", "occurred_at": "soon"}), 1),
        (json!({"list": "do_not_contact", "reason": {"a": 1}, "owner": [1]}), 2),
    ] {
        let (change, warnings, _) = read_with(more.clone(), None);
        assert_eq!((change.active, change.until), (true, None), "{more}");
        assert_eq!(change.list, SuppressionList::DoNotContact, "{more}");
        assert_eq!(warnings.len(), doubts, "{more}: {warnings:?}");
    }
}

#[test]
fn a_suppression_may_be_as_young_and_a_lift_as_old_as_can_be() {
    let stated = |more: Value, seen: Option<&str>| {
        let (change, warnings, known_at) = read_with(more, seen);
        let stated_on = change.stated_on.map(|day| day.to_string()).unwrap_or_default();
        (stated_on, known_at.day().to_string(), warnings.len())
    };
    let on = |more: Value| {
        let mut value = json!({"list": "customer"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let day = |a: &str, b: &str, doubts| (a.to_owned(), b.to_owned(), doubts);
    let lift = |more: Value| {
        let mut value = on(more);
        value["active"] = json!(false);
        value
    };
    // It holds from the beginning, and against every lift before it was read.
    assert_eq!(stated(on(json!({})), None), day("2026-11-30", "1970-01-01", 0));
    let odd = json!({"occurred_at": "last spring"});
    assert_eq!(stated(on(odd.clone()), None), day("2026-11-30", "1970-01-01", 1));
    assert_eq!(stated(lift(json!({})), None), day("1970-01-01", "1970-01-01", 1));
    assert_eq!(stated(lift(odd), None), day("1970-01-01", "1970-01-01", 2));
    let dated = json!({"occurred_at": "2026-03-04"});
    assert_eq!(stated(on(dated.clone()), None), day("2026-03-04", "2026-03-04", 0));
    assert_eq!(stated(lift(dated.clone()), None), day("2026-03-04", "2026-03-04", 0));
    let year = json!({"occurred_at": "2025"});
    assert_eq!(stated(on(year.clone()), None), day("2026-01-01", "2025-01-01", 0));
    assert_eq!(stated(lift(year), None), day("2025-01-01", "2025-01-01", 0));
    // In January or in February: it holds from the first and against the last, a lift is the reverse.
    let slashed = json!({"occurred_at": "1/2/2026"});
    assert_eq!(stated(on(slashed.clone()), None), day("2026-02-01", "2026-01-02", 0));
    assert_eq!(stated(lift(slashed), None), day("2026-01-02", "2026-02-01", 0));
    // A dated snapshot, or a live feed: by the time that the log has.
    assert_eq!(stated(on(json!({})), Some("2026-05-01")), day("", "2026-05-01", 0));
    assert_eq!(stated(lift(json!({})), Some("2026-05-01")), day("2026-05-01", "2026-05-01", 0));
    assert_eq!(stated(lift(dated), Some("2026-05-01")), day("2026-03-04", "2026-05-01", 0));
}
