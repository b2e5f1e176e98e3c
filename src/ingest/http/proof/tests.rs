//! Signatures that vendors publish as examples, and ones that another program made; and what is not
//! one.

use super::*;
use hyper::header::HeaderValue;

fn proof(config: &str) -> Proof {
    Proof::new(&serde_saphyr::from_str(config).unwrap()).unwrap()
}

fn headers(given: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn check(proof: &Proof, given: &[(&str, &str)], now_s: i64, body: &[u8]) -> Result<Proven, Denied> {
    let claim = proof.claim(&headers(given), now_s * 1_000)?;
    proof.verify(&claim, None, body)
}

/// The text that HubSpot signs by its documentation of v3: method, address with these characters decoded,
/// body, timestamp. Another program made the signature:
///
/// ```sh
/// printf '%s' 'POSThttps://hooks.example.com/v1/ingest/hubspot/a?x=1:2&name=J%C3%B6rg[{"eventId":1,"propertyValue":"Bücher & Co"}]1791800000000' |
///     openssl dgst -sha256 -hmac 'client secret of an app' -binary | base64
/// ```
#[test]
fn a_hubspot_signature_is_the_one_that_openssl_makes() {
    const SIGNATURE: &str = "V5X1YX3+D+ZrWSccyoKXqyMzGTtpiPALfm7o/zUUbvk=";
    const TIMESTAMP: &str = "1791800000000";
    let proof = proof(
        "hubspot: {secrets: [client secret of an app], \
         url: 'https://hooks.example.com/v1/ingest/hubspot%2Fa'}",
    );
    let headers = headers(&[
        ("x-hubspot-signature-v3", SIGNATURE),
        ("x-hubspot-request-timestamp", TIMESTAMP),
    ]);
    let claim = proof.claim(&headers, 1_791_800_100_000).unwrap();
    let body = r#"[{"eventId":1,"propertyValue":"Bücher & Co"}]"#.as_bytes();
    let verify = |query, body| proof.verify(&claim, Some(query), body);
    assert!(verify("x=1%3a2&name=J%C3%B6rg", body).unwrap().fingerprint.is_some());
    assert!(verify("x=1%3a3&name=J%C3%B6rg", body).is_err());
    assert!(verify("x=1%3a2&name=J%C3%B6rg", &body[1..]).is_err());
    assert!(proof.claim(&headers, 1_791_800_400_000).is_err(), "it is too old");
}

/// The examples of the vendors' documentation.
#[test]
fn the_examples_that_vendors_publish_are_accepted() {
    let github = proof("github: {secrets: \"It's a Secret to Everybody\"}");
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    for given in [signature.to_owned(), signature.to_uppercase()] {
        let given = [("X-Hub-Signature-256", given.as_str())];
        let proven = check(&github, &given, 0, b"Hello, World!").unwrap();
        assert_eq!(proven.fingerprint, None, "no timestamp is signed: equal bytes are no replay");
        assert!(check(&github, &given, 0, b"Hello, World?").is_err());
    }

    let standard = proof("standard_webhooks: {secrets: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}");
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    for (first, signature) in [
        ("webhook", right.to_owned()),
        ("svix", right.to_owned()),
        ("webhook", format!("{wrong} {right}")),
        ("webhook", format!("{right} v2,zzz v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5Bdq")),
    ] {
        let (id, at, of) =
            (format!("{first}-id"), format!("{first}-timestamp"), format!("{first}-signature"));
        let given =
            [(id.as_str(), "msg_p5jXN8AQM9LWM0D4loKWxJek"), (&at, "1614265330"), (&of, &signature)];
        let body = br#"{"test": 2432232314}"#;
        let proven = check(&standard, &given, 1_614_265_400, body).unwrap();
        assert!(proven.fingerprint.is_some(), "{signature}");
        assert!(check(&standard, &given, 1_614_265_331 + 300, body).is_err(), "too old");
        let other = [(id.as_str(), "msg_other"), given[1], given[2]];
        assert!(check(&standard, &other, 1_614_265_400, body).is_err(), "the id is signed");
    }

    let slack = proof("slack: {secrets: 8f742231b10e8888abcd99yyyzzz85a5}");
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F\
        96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let given = [("X-Slack-Signature", signature), ("X-Slack-Request-Timestamp", "1531420618")];
    assert!(check(&slack, &given, 1_531_420_700, body.as_bytes()).unwrap().answer.is_none());
    let later = [given[0], ("X-Slack-Request-Timestamp", "1531420619")];
    assert!(check(&slack, &later, 1_531_420_700, body.as_bytes()).is_err());
}

fn hex(secret: &str, parts: &[&[u8]]) -> String {
    HEXLOWER.encode(&mac(secret.as_bytes(), parts))
}

fn base64(secret: &str, parts: &[&[u8]]) -> String {
    data_encoding::BASE64.encode(&mac(secret.as_bytes(), parts))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

const SECRET: &str = "a secret that is long enough";
const FORMER: &str = "the secret before that one";
const BODY: &[u8] = br#"{"a":1}"#;

#[test]
fn one_right_signature_of_several_is_enough() {
    let stripe = proof(&format!("stripe: {{secrets: ['{SECRET}', '{FORMER}']}}"));
    let sign = |secret: &str, at: &str| hex(secret, &[at.as_bytes(), b".", BODY]);
    let (at, none) = ("1700000000", "0".repeat(64));
    let (new, old) = (sign(SECRET, at), sign(FORMER, at));
    let accepted =
        |header: &str| check(&stripe, &[("Stripe-Signature", header)], 1_700_000_010, BODY);
    for header in [
        format!("t={at},v1={new}"),
        format!("t={at},v1={old}"),
        format!("t={at},v1={none},v1={new}"),
        format!("t={at}, v1={new}, v1={none}, v0={none}"),
        format!("v1={},t={at}", new.to_uppercase()),
        format!("v0={none},v1={old},t={at}"),
    ] {
        accepted(&header).unwrap_or_else(|why| panic!("{header}: {why:?}"));
    }
    let refused = [
        (format!("t={at},v0={new}"), "no signature in it starts with v1="),
        (format!("v1={new}"), "it has no timestamp"),
        (format!("t=1700000001,v1={new}"), "signature mismatch"),
        (format!("t={at},t=1700000001,v1={new}"), "two timestamps"),
        (format!("t=1600000000,v1={}", sign(SECRET, "1600000000")), "by more than 300 s"),
        (format!("t={at},v1={none}"), "signature mismatch"),
        (format!("t={at},v1={}", &new[..60]), "32 bytes in hex"),
        (format!("t={at}{}", format!(",v1={none}").repeat(17)), "more than 16"),
        (format!("t=-5,v1={new}"), "use a Unix time"),
    ];
    for (header, part) in refused {
        let Denied(why) = accepted(&header).unwrap_err();
        assert!(why.contains(part), "{header}: {why} lacks {part}");
    }
    // The same request under another list is the same request.
    let prints = [format!("t={at},v1={new}"), format!("t={at},v1={none},v1={new}")];
    let [one, two] = prints.map(|header| accepted(&header).unwrap().fingerprint);
    assert!(one.is_some() && one == two);
}

#[test]
fn lists_of_base64_with_commas_blanks_or_lines_of_their_own() {
    let shopify = proof(&format!("shopify: {{secrets: ['{SECRET}', '{FORMER}']}}"));
    let (new, old) = (base64(SECRET, &[BODY]), base64(FORMER, &[BODY]));
    let none = data_encoding::BASE64.encode(&[0; 32]);
    let name = "X-Shopify-Hmac-Sha256";
    let url_safe = new.replace('+', "-").replace('/', "_");
    for list in [
        vec![new.clone()],
        vec![format!("{none},{old}")],
        vec![format!("{none}, {new} ,{none}")],
        vec![format!("{none} {new}")],
        vec![none.clone(), new.clone()],
        vec![new.trim_end_matches('=').to_owned()],
        vec![url_safe],
    ] {
        let given: Vec<_> = list.iter().map(|line| (name, line.as_str())).collect();
        check(&shopify, &given, 0, BODY).unwrap_or_else(|why| panic!("{list:?}: {why:?}"));
    }
    for (line, part) in [
        ("", "it is empty"),
        (" , ", "it is empty"),
        ("abc", "32 bytes in base64"),
        (none.as_str(), "signature mismatch"),
    ] {
        let Denied(why) = check(&shopify, &[(name, line)], 0, BODY).unwrap_err();
        assert!(why.contains(part), "{line:?}: {why}");
    }
    assert!(check(&shopify, &[], 0, BODY).is_err());
}

#[test]
fn other_schemes_are_put_together_from_their_parts() {
    let (at, now) = ("1700000000", 1_700_000_010);
    let t = at.as_bytes();
    // As Paddle, Calendly and a vendor with an id of its own sign.
    let cases: [(&str, Vec<(&str, String)>); 4] = [
        (
            "header: Paddle-Signature, prefix: h1=, signed: 'timestamp:body'",
            vec![("Paddle-Signature", format!("ts={at};h1={}", hex(SECRET, &[t, b":", BODY])))],
        ),
        (
            "header: Calendly-Webhook-Signature, prefix: v1=, signed: timestamp.body",
            vec![(
                "Calendly-Webhook-Signature",
                format!("t={at},v1={}", hex(SECRET, &[t, b".", BODY])),
            )],
        ),
        (
            "header: X-Sig, encoding: base64, signed: timestamp.body, timestamp_header: X-At",
            vec![("X-Sig", base64(SECRET, &[t, b".", BODY])), ("X-At", at.to_owned())],
        ),
        (
            "header: X-Sig, signed: id.timestamp.body, timestamp_header: X-At, id_header: X-Id",
            vec![
                ("X-Sig", hex(SECRET, &[b"m1", b".", t, b".", BODY])),
                ("X-At", at.to_owned()),
                ("X-Id", "m1".to_owned()),
            ],
        ),
    ];
    for (config, given) in cases {
        let proof = proof(&format!("hmac_sha256: {{secrets: '{SECRET}', {config}}}"));
        let given: Vec<_> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let proven =
            check(&proof, &given, now, BODY).unwrap_or_else(|why| panic!("{config}: {why:?}"));
        assert!(proven.fingerprint.is_some(), "{config}");
        assert!(check(&proof, &given, now, b"{}").is_err(), "{config}");
        assert!(check(&proof, &given, now + 400, BODY).is_err(), "{config}");
    }
}

#[test]
fn a_message_with_an_id_is_known_again_under_another_timestamp() {
    let key = data_encoding::BASE64.encode(b"a key of twenty-four byte");
    let standard = proof(&format!("standard_webhooks: {{secrets: 'whsec_{key}'}}"));
    let sent = |id: &str, at: &str, body: &[u8]| {
        let parts = [id.as_bytes(), b".", at.as_bytes(), b".", body];
        let mac = mac(b"a key of twenty-four byte", &parts);
        let signature = format!("v1,{}", data_encoding::BASE64.encode(&mac));
        let given =
            [("webhook-id", id), ("webhook-timestamp", at), ("webhook-signature", &signature)];
        check(&standard, &given, 1_700_000_000, body).unwrap().fingerprint.unwrap()
    };
    let first = sent("m1", "1700000000", BODY);
    assert_eq!(first, sent("m1", "1700000060", BODY), "a retry");
    assert_ne!(first, sent("m2", "1700000000", BODY), "the same words again");
    assert_ne!(first, sent("m1", "1700000000", b"{}"));
    let error = Proof::new(
        &serde_saphyr::from_str("standard_webhooks: {secrets: 'not base64 at all!'}").unwrap(),
    );
    assert!(error.err().unwrap().contains("is base64"));
}

#[test]
fn the_questions_of_slack_and_zoom_are_answered_once_they_are_proven() {
    let at = "1700000000";
    let ask = |config: &str, header: &str, stamp: &str, body: &str| {
        let signature = hex(SECRET, &[b"v0:", at.as_bytes(), b":", body.as_bytes()]);
        let signature = format!("v0={signature}");
        let proof = proof(&format!("{config}: {{secrets: ['{FORMER}', '{SECRET}']}}"));
        let given = [(header, signature.as_str()), (stamp, at)];
        check(&proof, &given, 1_700_000_001, body.as_bytes()).unwrap().answer
    };
    let slack = |body| ask("slack", "x-slack-signature", "x-slack-request-timestamp", body);
    let answer = slack(r#"{"token":"t","challenge":"3eZb","type":"url_verification"}"#);
    assert_eq!(answer, Some(json!({"challenge": "3eZb"})));
    assert_eq!(slack(r#"{"type":"event_callback","challenge":"x"}"#), None);
    let zoom = |body| ask("zoom", "x-zm-signature", "x-zm-request-timestamp", body);
    let answer = zoom(r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8"}}"#);
    let signed = hex(SECRET, &[b"qgg8"]);
    assert_eq!(answer, Some(json!({"plainToken": "qgg8", "encryptedToken": signed})));
    assert_eq!(zoom(r#"{"event":"meeting.ended","payload":{"plainToken":"x"}}"#), None);
}
