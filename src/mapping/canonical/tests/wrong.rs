//! What is refused, and in which words.

use super::*;

#[test]
fn what_is_wrong_is_said() {
    use DeadLetterReason as R;
    for (value, reason, said) in [
        (json!(5), R::Mapping, "a number"),
        (json!({}), R::Mapping, "without a \"record\""),
        (json!({"record": "lunch", "account": "acme.com"}), R::Mapping, "no record type \"lunch\""),
        (json!({"record": "funding"}), R::Account, "neither a website"),
        (json!({"record": "funding", "account": "gmail.com"}), R::Account, "free mail"),
        (json!({"record": "funding", "account": "acme.com"}), R::Value, "occurred_at is missing"),
        (
            json!({"record": "funding", "account": "acme.com", "occurred_at": "2012-02-31"}),
            R::Value,
            "occurred_at is \"2012-02-31\", not a date",
        ),
        (
            json!({"record": "funding", "account": "acme.com", "occurred_at": "2012", "stge": 1}),
            R::Mapping,
            "funding has no field \"stge\"",
        ),
        (
            json!({"record": "funding", "account": "acme.com", "occurred_at": "2012", "round": "x"}),
            R::Value,
            "invalid round",
        ),
        (
            json!({"record": "funding", "account": "acme.com", "occurred_at": "2012",
                "confidence": 1.5}),
            R::Value,
            "from 0 to 1",
        ),
        (
            json!({"record": "funding", "account": "acme.com", "occurred_at": "2012",
                "amount_usd": "€5M"}),
            R::Value,
            "not in US dollars",
        ),
        (
            json!({"record": "news", "account": "acme.com", "occurred_at": "2012", "kind": "gossip"}),
            R::Value,
            "none of expansion",
        ),
        (
            json!({"record": "technology", "account": "acme.com", "occurred_at": "2012",
                "tool": "Salesforce, HubSpot", "action": "adopted"}),
            R::Value,
            "names several",
        ),
        (
            json!({"record": "company", "account": "acme.com", "as_of": "2012", "country": "Oz"}),
            R::Value,
            "invalid country",
        ),
        (json!({"record": "company", "account": "acme.com", "as_of": "2012"}), R::Value, "nothing"),
        (json!({"record": "company", "account": "acme.com", "name": "A"}), R::Value, "as_of"),
        (
            json!({"record": "headcount", "account": "acme.com", "occurred_at": "2012",
                "total": 99_999_999_999u64}),
            R::Value,
            "more people",
        ),
        (
            json!({"record": "company", "account": "acme.com", "as_of": "2012", "parent": "gmail.com"}),
            R::Value,
            "parent \"gmail.com\" is a free mail provider, and no company",
        ),
        (
            json!({"record": "company", "account": "acme.com", "as_of": "2012",
                "parent": "https://linkedin.com/company/big"}),
            R::Value,
            "is a host that many companies share, and no company",
        ),
        (
            json!({"record": "company", "account": "acme.com", "as_of": "2012",
                "parent": "https://www.acme.com"}),
            R::Value,
            "says nothing",
        ),
        (
            json!({"record": "retraction", "account": "acme.com", "retracts": "a"}),
            R::Value,
            "retracts_record is missing: of which type is what is retracted? One of funding, hiring",
        ),
        (
            json!({"record": "retraction", "account": "acme.com", "retracts": "a",
                "retracts_record": "job"}),
            R::Value,
            "retracts_record \"job\" is none of funding, hiring",
        ),
        (
            json!({"record": "retraction", "account": "acme.com", "retracts": "a",
                "retracts_record": "suppression"}),
            R::Value,
            "none of funding, hiring, headcount, technology, news, engagement",
        ),
        (
            json!({"record": "alias", "account": "acme.io", "of": "acme.com", "occurred_at": "2012"}),
            R::Account,
            "acme.io is a domain",
        ),
        (
            json!({"record": "alias", "account": "crm:1", "of": "crm:1", "occurred_at": "2012"}),
            R::Account,
            "of itself",
        ),
    ] {
        let error = read(value.clone(), &context()).expect_err(&value.to_string());
        assert_eq!(error.reason, reason, "{value}: {error}");
        assert!(error.message.contains(said), "{value}: {error}");
    }
}
