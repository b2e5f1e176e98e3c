//! Requests as they go out, for the official libraries to verify: `tests/independent/webhooks/verify`.

use super::crew::Crew;
use super::served::now_ms;
use super::vendors::SECRET;
use crate::desk::office::Office;
use buymode::deliver::send::sign::Keys;
use buymode::domain::terms::time::Timestamp;
use std::fmt::Write;

const ROSTER: &str = "
zone: UTC
destinations:
  - { name: leads, routes: [other], slack: { token: { env: SLACK }, channel: C0000001 } }
  - { name: hook, routes: [ae], webhook: { url: 'https://hooks.example.com/buymode', secret: { env: HOOK } } }
escalation: { channel: leads }
digest: { destination: leads, hour: 8 }
";

/// A request: its secret, `webhook-id`, `webhook-timestamp`, `webhook-signature` and body.
struct Signed<'a> {
    secret: &'a str,
    id: &'a str,
    at: &'a str,
    signature: &'a str,
    body: &'a [u8],
}

fn line(name: &str, expected: &str, of: &Signed<'_>) -> String {
    let Signed { secret, id, at, signature, body } = of;
    let body = data_encoding::BASE64.encode(body);
    format!("{name}\t{expected}\t{secret}\t{id}\t{at}\t{signature}\t{body}\n")
}

#[test]
fn requests_are_written_for_the_official_libraries_to_verify() {
    let now = now_ms();
    let mut crew = Crew::new(3, now, &["ae"]);
    crew.publish(ROSTER);
    let mut office = Office::new(ROSTER, Timestamp(now));
    for said in ["enters acme.com urgent route ae", "leaves acme.com route ae stop"] {
        let decision = office.decision(said, Timestamp(now));
        crew.decide(&decision);
        crew.settle();
    }
    let world = crew.vendors.world();
    let sent: Vec<_> = world.requests.iter().filter(|r| r.url.contains("hooks")).collect();
    assert_eq!(sent.len(), 2);
    let mut lines = String::new();
    for (number, request) in sent.iter().enumerate() {
        let header = |name: &str| {
            let found = request.headers.iter().find(|(known, _)| *known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let body = request.body.as_deref().unwrap_or_default();
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        let signed =
            Signed { secret: SECRET, id, at, signature: header("webhook-signature"), body };
        lines += &line(&format!("request {number}"), "valid", &signed);
        let other = [body, b" "].concat();
        lines += &line("a changed body", "invalid", &Signed { body: &other, ..signed });
        let signed =
            Signed { secret: SECRET, id, at, signature: header("webhook-signature"), body };
        lines += &line("another id", "invalid", &Signed { id: "another", ..signed });
    }
    // While one key takes the other's place, and beside a pair of keys, which these libraries pass over.
    let second = "whsec_QmV0dGVyIGtleXMgYXJlIGxvbmdlciB0aGFuIHRoaXM=";
    let pair = format!("whsk_{}", data_encoding::BASE64.encode(&[7; 32]));
    let (id, at, body) = ("rotated", now / 1_000, "{\"name\":\"Größe → 日本\"}".as_bytes());
    let keys = Keys::of(&format!("{pair}\n{SECRET} {second}")).unwrap();
    let signature = keys.sign(id, at, body).unwrap();
    assert_eq!(signature.split(' ').count(), 3);
    for secret in [SECRET, second] {
        let at = at.to_string();
        let signed = Signed { secret, id, at: &at, signature: &signature, body };
        write!(lines, "{}", line("one of two keys", "valid", &signed)).unwrap();
        let late = (now / 1_000 - 600).to_string();
        write!(lines, "{}", line("an old one", "invalid", &Signed { at: &late, ..signed }))
            .unwrap();
    }
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/webhooks.tsv");
    std::fs::write(file, lines).unwrap();
}
