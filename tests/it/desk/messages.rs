//! Messages as each service takes them, and what hostile text of vendors becomes in them: text.

use super::office::{Office, at, roster};
use crate::arbitrary;
use buymode::deliver::message::email::{email, text};
use buymode::deliver::message::{Message, digest, notice, reply, slack, teams, webhook};
use buymode::desk::action::{
    Action, Assignment, Because, CaseView, DigestItem, Gathered, Notice, Reply, Standing, What,
};
use buymode::desk::ids::{ActionId, CaseId};
use buymode::desk::record::Verdict;
use buymode::domain::account::decision::{
    ContributionExplained, Decision, DecisionKind, Link, PersonaExplained, WrittenMessage,
};
use buymode::domain::terms::catalogue::Kind;
use buymode::domain::terms::time::Day;
use buymode::domain::terms::units::{BasisPoints, MilliPoints};
use chrono_tz::Europe::London;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use std::sync::Arc;

pub(super) const ROSTER: &str = "
zone: Europe/London
people: [{ name: ana, shown: Ana, email: a@example.com, slack: U0000001 }, { name: ben, shown: Ben }]
teams: [{ name: all, members: [ana, ben] }]
destinations: [{ name: leads, routes: [ae], slack: { token: { env: S }, channel: C0000001 } }]
escalation: { channel: leads }
digest: { destination: leads }
";

pub(super) fn decision() -> Decision {
    let now = at("2026-11-30 10:00");
    let mut office = Office::new(ROSTER, now);
    let mut d = office.decision("enters acme.com urgent tier 1 by 14:00", now);
    d.account_name = Some("Acme Industries".into());
    d.intent.contributions = vec![
        contribution(
            "fresh round",
            "Series B of $25M",
            "2026-11-24",
            36,
            Some("https://news.example.com/a?b=c&d"),
        ),
        contribution("hires sales", "Head of Sales posted", "2026-11-20", 9, None),
    ];
    d.intent.total = MilliPoints::points(45);
    d.intent.score = MilliPoints::points(45);
    d.personas = vec![PersonaExplained {
        titles: vec!["VP Sales".into(), "CRO".into()],
        pain: "slow ramp".into(),
        angle: "Ask how they ramp the new team".into(),
        hires_for: None,
        message: None,
    }];
    d.about = "software, 300 employees, Series B, US".into();
    d.website = Some("https://acme.com".into());
    d.links = vec![Link { name: "crm".into(), url: "https://example.my.salesforce.com/1".into() }];
    d
}

pub(super) fn contribution(
    rule: &str,
    what: &str,
    day: &str,
    points: i32,
    url: Option<&str>,
) -> ContributionExplained {
    ContributionExplained {
        rule: rule.into(),
        kind: Kind::Funding,
        what: what.to_owned(),
        announced: Day::from_date(day.parse().unwrap()),
        first_seen: None,
        age_days: 6,
        points,
        magnitude_ppm: 1_000_000,
        confidence: BasisPoints::FULL,
        decay_ppm: 1_000_000,
        contribution: MilliPoints::points(points),
        evidence: vec![uuid::Uuid::from_u128(1)],
        sources: vec!["newsdesk".into()],
        url: url.map(Into::into),
        is_open: None,
        pieces: Vec::new(),
    }
}

pub(super) fn of(decision: Decision, standing: Standing) -> Notice {
    let assignment =
        Assignment { person: "ana".into(), because: Because::Owner, skipped: Vec::new() };
    let case = CaseView {
        id: CaseId(decision.id),
        decision: Arc::new(decision),
        assignment: Some(assignment),
        standing,
        said: None,
        heard: 0,
        is_late: false,
        before: None,
    };
    Notice { roster: roster(ROSTER), cases: vec![case] }
}

#[test]
fn a_message_says_what_a_person_needs_in_a_few_lines() {
    let message = notice(&of(decision(), Standing::Open), London);
    assert_eq!(
        text(&message),
        "Acme Industries is in buying mode\n\
         urgent · tier 1 · fit 80 · intent 45 · CRM\n\
         For: Ana (owner of the account)\n\
         Act by: Mon 30 Nov, 14:00 (London)\n\
         - Series B of $25M, 24 Nov, says newsdesk <https://news.example.com/a?b=c&d>\n\
         - Head of Sales posted, 20 Nov, says newsdesk\n\
         Ask for: VP Sales or CRO <https://www.linkedin.com/search/results/people/?keywords=VP+Sales+Acme+Industries>\n\
         Say: Ask how they ramp the new team\n\
         Company: software, 300 employees, Series B, US <https://acme.com/>\n\
         See: <https://example.my.salesforce.com/1>\n"
    );
}

#[test]
fn a_message_says_how_its_case_stands() {
    let said = |standing| text(&notice(&of(decision(), standing), London));
    let claimed = said(Standing::Said {
        by: "ben".into(),
        at: at("2026-11-30 11:00"),
        verdict: Verdict::Reject { reason: "wrong <b>size</b>".into(), note: None },
    });
    assert!(claimed.contains("\nRejected by Ben because: wrong <b>size</b>\n"), "{claimed}");
    assert!(!claimed.contains("Act by"), "{claimed}");
    let mut end = decision();
    end.kind = DecisionKind::Withdrawn;
    let withdrawn = said(Standing::Ended(end.into()));
    assert!(withdrawn.starts_with("Acme Industries: withdrawn"), "{withdrawn}");
    assert!(withdrawn.contains("Do not act on this message."), "{withdrawn}");
    assert!(!withdrawn.contains("Series B of"), "{withdrawn}");
}

#[test]
fn slack_gets_rich_text_and_a_mention_of_the_person_alone() {
    let body = slack::body(&notice(&of(decision(), Standing::Open), London));
    assert_eq!(body["blocks"][0]["text"]["text"], "Acme Industries is in buying mode");
    let users = found(&body, &|value| value["type"] == "user");
    assert_eq!(users.len(), 1, "{body}");
    assert_eq!(users[0]["user_id"], "U0000001");
    assert_eq!(found(&body, &|value| value["type"] == "link").len(), 4, "{body}");
}

#[test]
fn a_webhook_carries_the_decision_and_who_has_it() {
    let notice = of(decision(), Standing::Open);
    let thread = buymode::desk::ids::ThreadId(uuid::Uuid::nil());
    let what = What::Post {
        destination: "leads".into(),
        thread,
        to: buymode::desk::action::Recipient::Place,
        notice: notice.clone(),
    };
    let action = Action { id: ActionId::of(1), at: at("2026-11-30 10:00"), account: None, what };
    let body = webhook::body(&action, &notice);
    assert_eq!(body["type"], "buymode.account.entered");
    assert_eq!(body["timestamp"], "2026-11-30T10:00:00.000Z");
    assert_eq!(body["data"]["cases"][0]["decision"]["account"], "acme.com");
    assert_eq!(body["data"]["cases"][0]["assignment"]["person"], "ana");
}

/// Texts that want to be more than text, each in every field that a vendor fills.
const HOSTILE: &[&str] = &[
    "<!channel> <!here> <@U0000009> <#C0000009>",
    "<https://evil-site.com|Series B>",
    "[Series B](https://evil-site.com) *bold* _it_ ~st~ `code`",
    "</p><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<a href=\"https://evil-site.com\">here</a> & <b>bold</b>",
    "see https://evil-site.com/x or www.evil-site.com or evil-site.com/login",
    "mail a@evil-site.com or mailto:a@evil-site.com, javascript:alert(1)",
    "\u{1b}[31mred\u{7}\u{202e}txt.exe\r\nSubject: forged\r\n\r\nbody",
    "<at>everyone</at> @channel @here",
    "{{title}} ${x} {{{y}}} %s",
    "\u{0}\u{feff}\u{200b}zero",
];

#[test]
fn hostile_text_stays_text_wherever_it_goes() {
    for hostile in HOSTILE {
        let mut d = decision();
        let texts = hostile.to_string();
        d.account_name = Some(texts.as_str().into());
        d.about = texts.as_str().into();
        d.owner = Some(texts.as_str().into());
        d.website = Some(texts.as_str().into());
        d.headline = texts.clone();
        d.personas[0].hires_for = Some(texts.as_str().into());
        // What a program that does not clean its values would have written.
        d.personas[0].message = Some(Box::new(WrittenMessage {
            subject: Some("Hello".into()),
            opener: Some("Hello".into()),
            talk_track: Some("- Hello".into()),
        }));
        for c in &mut d.intent.contributions {
            c.what = texts.clone();
            c.rule = texts.as_str().into();
            c.sources = vec![texts.as_str().into()];
            c.url = Some(format!("javascript:alert('{texts}')").into());
        }
        for message in messages(&d) {
            harmless(&message, &["U0000001"]);
        }
    }
}

fn messages(d: &Decision) -> Vec<Message> {
    let roster = roster(ROSTER);
    let shared = Arc::new(d.clone());
    let item = DigestItem { decision: shared.clone(), why: Gathered::Baseline, person: None };
    vec![
        notice(&of(d.clone(), Standing::Open), London),
        notice(&of(d.clone(), Standing::Ended(shared.clone())), London),
        reply(&roster, &Reply::Sum(shared.clone()), London),
        reply(&roster, &Reply::News(shared), London),
        digest(&roster, &[item.clone(), item], 3, None),
    ]
}

/// Links lead only to hosts that we meant, mentions only to people of the roster, and nothing is markup.
fn harmless(message: &Message, users: &[&str]) {
    let body = slack::body(message);
    for user in found(&body, &|value| value["type"] == "user") {
        assert!(users.contains(&user["user_id"].as_str().unwrap()), "{body}");
    }
    assert!(found(&body, &|value| value["type"] == "broadcast").is_empty());
    assert!(found(&body, &|value| value["type"] == "mrkdwn").is_empty());
    let line = body["text"].as_str().unwrap();
    assert!(!line.contains(['<', '>']), "{line}");
    let card = teams::body(message);
    assert!(found(&card, &|value| value["type"] == "TextBlock").is_empty());
    for link in found(&body, &|value| value["type"] == "link") {
        trusted(link["url"].as_str().unwrap());
    }
    for link in found(&card, &|value| value["type"] == "Action.OpenUrl") {
        trusted(link["url"].as_str().unwrap());
    }
    let mail = email(message);
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    let tags: Vec<&str> =
        mail.html.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()).collect();
    let known = [
        "h2", "/h2", "h3", "/h3", "p", "/p", "ul", "/ul", "li", "/li", "b", "/b", "strong",
        "/strong", "a", "/a", "span", "/span",
    ];
    assert!(tags.iter().all(|tag| known.contains(tag)), "{tags:?}\n{}", mail.html);
    for link in mail.html.split("href=\"").skip(1) {
        trusted(link.split('"').next().unwrap());
    }
    for shown in [&mail.text, &mail.html, &mail.subject] {
        assert!(!shown.contains("://evil") && !shown.contains("www.evil"), "{shown}");
        assert!(!shown.contains("evil-site.com/") && !shown.contains("@evil-site.com"), "{shown}");
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
    }
    assert!(
        !card.to_string().contains("://evil") && !body.to_string().contains("://evil"),
        "{card}"
    );
}

fn trusted(url: &str) {
    let hosts = [
        "https://www.linkedin.com/",
        "https://news.example.com/",
        "https://acme.com/",
        "https://example.my.salesforce.com/",
    ];
    assert!(hosts.iter().any(|host| url.starts_with(host)), "{url}");
}

/// Every part of a value that matches.
fn found<'a>(value: &'a Value, matches: &dyn Fn(&Value) -> bool) -> Vec<&'a Value> {
    let mut all = Vec::new();
    if value.is_object() && matches(value) {
        all.push(value);
    }
    match value {
        Value::Array(items) => all.extend(items.iter().flat_map(|item| found(item, matches))),
        Value::Object(fields) => all.extend(fields.values().flat_map(|item| found(item, matches))),
        _ => {}
    }
    all
}

#[test]
fn the_largest_message_keeps_within_the_limits() {
    let mut d = decision();
    let long = "ä & < > \" ' word ".repeat(60);
    d.about = long.as_str().into();
    d.personas = vec![d.personas[0].clone(); 9];
    for persona in &mut d.personas {
        persona.titles = vec![long.as_str().into(); 20];
        persona.angle = long.as_str().into();
    }
    d.links = vec![
        Link {
            name: long.as_str().into(),
            url: format!("https://acme.com/{}", "a".repeat(1_900)).into()
        };
        9
    ];
    d.intent.contributions = (0..90)
        .map(|n| {
            contribution(
                &long,
                &format!("{n} {long}"),
                "2026-11-24",
                n,
                Some("https://news.example.com/a"),
            )
        })
        .collect();
    let shared = Arc::new(d.clone());
    let item = DigestItem { decision: shared, why: Gathered::Baseline, person: None };
    let mut all = messages(&d);
    all.push(digest(&roster(ROSTER), &vec![item; 100], 1_000, None));
    let mut many = of(d, Standing::Open);
    many.cases = vec![many.cases[0].clone(); 8];
    all.push(notice(&many, London));
    for message in all {
        let body = slack::body(&message);
        let texts: usize = found(&body, &|_| true)
            .iter()
            .flat_map(|value| value.as_object().unwrap().values().filter_map(Value::as_str))
            .map(|text| text.chars().count())
            .sum();
        assert!(texts <= 11_000, "{texts}");
        let header = body["blocks"][0]["text"]["text"].as_str().unwrap();
        assert!(header.chars().count() <= 150, "{header}");
        assert!(body["blocks"].as_array().unwrap().len() <= 50);
        assert!(teams::body(&message).to_string().len() <= 28_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any decision at all can be shown, whatever is in it.
    #[test]
    fn every_decision_has_its_messages(
        mut d in arbitrary::decisions::decision(),
        hostile in select(HOSTILE.to_vec()),
        other in "\\PC{0,40}",
    ) {
        d.website = None;
        d.links.clear();
        d.about = format!("{hostile} {other}").into();
        d.account_name = Some(format!("{other}{hostile}").into());
        // Points of any size do not add up.
        (d.fit, d.intent) = (decision().fit, decision().intent);
        for c in &mut d.intent.contributions {
            c.what = format!("{hostile} {other}");
        }
        for message in messages(&d) {
            prop_assert!(!message.title.is_empty());
            harmless(&message, &["U0000001"]);
        }
    }
}
