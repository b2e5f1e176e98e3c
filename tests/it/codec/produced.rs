//! Suppressions as other producers write them into our topics: no value that is not understood lets an
//! account through or costs the record, and each is said.

use super::examples::written;
use buymode::codec::schemas::Record;
use buymode::codec::{Codec, DecodeFailure, Decoded};
use buymode::domain::account::input::{Input, SuppressionChange};
use buymode::domain::account::records::DeadLetterReason;
use buymode::domain::terms::catalogue::SuppressionList;
use buymode::domain::terms::time::Day;
use buymode::mapping::identity;

/// `more` replaces fields of a plain suppression.
fn produced(more: &str) -> Result<(String, SuppressionChange, Vec<String>), DecodeFailure> {
    let mut record = serde_json::json!({
        "signal_id": "5f0c8a6e-9d1b-4b57-8f4e-2f4b4f6d0a11", "account": "acme.com", "source": "crm",
        "list": "customer", "active": true, "reason": null, "owner": null, "until": null,
        "stated_on": null
    });
    let more: serde_json::Value = serde_json::from_str(more).unwrap();
    for (name, value) in more.as_object().unwrap() {
        record[name.as_str()] = value.clone();
    }
    let bytes = written(Record::Suppression, &record.to_string());
    let resolve = |key: &str| identity::resolve(key).map_err(|error| error.to_string());
    let (decoded, doubts) = Codec::local().decode_produced(Some(&bytes), resolve)?;
    let Decoded::Account { account, input: Input::Suppression(change) } = decoded else {
        panic!("{decoded:?}")
    };
    Ok((account.as_str().to_owned(), change, doubts))
}

#[test]
fn should_hold_in_doubt_and_say_so() {
    let day = |days| Some(Day(days));
    for (more, until, said) in [
        (r#"{}"#, None, &[][..]),
        (r#"{"until": 20700}"#, day(20_700), &[]),
        // What producers write for no end.
        (r#"{"until": 0}"#, None, &[]),
        (r#"{"until": -719162}"#, None, &[]),
        (r#"{"until": 84006}"#, None, &[]),
        (r#"{"until": 2932896}"#, None, &[]),
        // What is no day at all.
        (r#"{"until": 20261231}"#, None, &["invalid until: 20261231 is outside the years 1900"]),
        (r#"{"until": 1798675200}"#, None, &["invalid until: 1798675200"]),
        (r#"{"until": 2147483647}"#, None, &["invalid until: 2147483647"]),
        (r#"{"until": -719163}"#, None, &["invalid until: -719163"]),
        (r#"{"list": "unknown"}"#, None, &["unknown value for list"]),
        (r#"{"source": "  "}"#, None, &["invalid source: it is empty"]),
        (r#"{"source": "erase"}"#, None, &["invalid source: \"erase\" is the name that buymode"]),
        (r#"{"stated_on": 20261231}"#, None, &["invalid stated_on: 20261231"]),
        (
            r#"{"list": "unknown", "until": 99991231, "stated_on": 99991231}"#,
            None,
            &["unknown value for list", "invalid until: 99991231", "invalid stated_on: 99991231"],
        ),
    ] {
        let (_, change, doubts) = produced(more).unwrap();
        assert!(change.active, "{more}");
        assert_eq!(change.until, until, "{more}");
        let list = match more.contains("unknown") {
            true => SuppressionList::DoNotContact,
            false => SuppressionList::Customer,
        };
        assert_eq!(change.list, list, "{more}");
        assert_eq!(doubts.len(), said.len(), "{more}: {doubts:?}");
        for (doubt, begin) in doubts.iter().zip(said) {
            assert!(doubt.starts_with(begin) && doubt.contains(": "), "{more}: {doubt}");
        }
    }
    // A lift must be plain to lift.
    for (more, stated_on, doubts) in [
        (r#"{"active": false}"#, None, 0),
        (r#"{"active": false, "stated_on": 20500}"#, day(20_500), 0),
        (r#"{"active": false, "stated_on": 20261231}"#, day(0), 1),
    ] {
        let (_, change, said) = produced(more).unwrap();
        assert_eq!(
            (change.active, change.stated_on, said.len()),
            (false, stated_on, doubts),
            "{more}"
        );
    }
}

#[test]
fn should_resolve_accounts_as_every_other_door_does() {
    for (account, key) in [
        ("acme.com", "acme.com"),
        ("https://www.Acme.com/about", "acme.com"),
        ("kim@acme.com", "acme.com"),
        ("HubSpot:12-34", "hubspot:12-34"),
        (" acme.co.uk ", "acme.co.uk"),
        ("bücher.de", "xn--bcher-kva.de"),
    ] {
        let (found, _, doubts) = produced(&format!("{{\"account\": \"{account}\"}}")).unwrap();
        assert_eq!((found.as_str(), doubts.len()), (key, 0), "{account}");
    }
    for account in ["", "gmail.com", "127.0.0.1", "Acme Inc", "acme.com; acme.io", "localhost"] {
        let DecodeFailure::Record(error) =
            produced(&format!("{{\"account\": \"{account}\"}}")).unwrap_err()
        else {
            panic!("{account}")
        };
        assert_eq!(error.reason, DeadLetterReason::Account, "{account}: {error}");
        assert!(error.message.starts_with("no account: "), "{account}: {error}");
    }
}
