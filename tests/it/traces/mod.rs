//! One trace from a webhook to a delivery, over three processes and every topic between them, as a collector
//! gets it; and that nothing but headers knows of it.

mod receiver;

use crate::cli::{command, ok};
use crate::ingest::http::service::Service;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use receiver::{Receiver, attributes, hex};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROFILE: &str = "
profile: rounds
product: crm
owner: revops
fit: {criteria: [{name: size, weight: 100, when: {employees: {min: 20, max: 500}}}]}
intent:
  enter: 40
  exit: 20
  rules: [{name: round, points: 50, half_life_days: 60, window_days: 120, funding: {}}]
routes: {default: ae}
value: {pain: p, angle: a, personas: [{titles: [VP Sales]}]}
";

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CLIENT: &str = "b7ad6b7169203331";
/// Of a request whose row is refused.
const REFUSED: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn settings(folder: &Path, receiver: &Receiver) -> PathBuf {
    let address = &receiver.address;
    let roster = format!(
        "zone: Europe/London
destinations:
  - {{ name: hook, routes: [ae], webhook: {{ url: '{address}/hook', secret: {{ env: HOOK }}, private: true }} }}
  - {{ name: leads, routes: [none], slack: {{ token: {{ env: SLACK }}, channel: C0000001 }} }}
escalation: {{ channel: leads }}
digest: {{ destination: leads, hour: 8 }}
"
    );
    std::fs::write(folder.join("roster.yaml"), roster).unwrap();
    std::fs::write(folder.join("profile.yaml"), PROFILE).unwrap();
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
    let file = folder.join("buymode.yaml");
    let text = format!(
        "embedded: {{folder: data, map_size_gib: 1}}
topics: {{partitions: 2}}
profile: profile.yaml
instance: test
http: {{listen: '127.0.0.1:0'}}
logging: {{format: json}}
traces: {{endpoint: '{address}', one_in: 1}}
ingest:
  listen: 127.0.0.1:0
  sources: {{news: {{mapping: '{mapping}', authentication: none}}}}
"
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// The one span of this name; with the parent that it should have.
fn one<'a>(all: &'a [(String, Span)], name: &str, parent: &str) -> &'a Span {
    let found: Vec<&Span> =
        all.iter().map(|(_, span)| span).filter(|span| span.name == name).collect();
    let names: Vec<&str> = all.iter().map(|(_, span)| &*span.name).collect();
    let [span] = found[..] else { panic!("{} of {name} among {names:?}", found.len()) };
    assert_eq!(hex(&span.parent_span_id), parent, "{name}");
    assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{name}");
    span
}

fn traceparent(id: &str) -> String {
    format!("00-{id}-{CLIENT}-01")
}

#[test]
fn one_trace_goes_from_a_webhook_to_a_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let file = settings(folder.path(), &receiver);
    let config = ["--config", file.to_str().unwrap()];
    let on_log = |args: &[&str]| ok(&[args, &config[..]].concat());
    let ingest = Service::start(&file);
    let roster = folder.path().join("roster.yaml");
    on_log(&["deliver", "publish", roster.to_str().unwrap()]);
    let scorer = Service::scorer(&file);
    let mut deliver: Command = command(&[&["deliver"], &config[..]].concat());
    let secrets = [("HOOK", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), ("SLACK", "xoxb-unused")];
    deliver.envs(secrets);
    let deliver = Service::of(deliver);

    let company = r#"{"record":"company","source":"crm","account":"tidegate.io","as_of":"2026-01-05","employees":400}"#;
    assert_eq!(ingest.post("news", &[], company.as_bytes()).status, 202);
    let funding = r#"{"record":"funding","source":"newsdesk","account":"tidegate.io","source_record_id":"n-1","round":"Series C","amount":"4M","currency":"USD","occurred_at":"today"}"#;
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let funding = funding.replace("today", &today);
    let given = traceparent(TRACE);
    let answer = ingest.post("news", &[("traceparent", &given)], funding.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    let given = traceparent(REFUSED);
    let refused = ingest.post("news", &[("traceparent", &given)], br#"{"record":"rubbish"}"#);
    assert_eq!(refused.status, 202, "{refused:?}");

    let all = receiver.trace(
        TRACE,
        &["send buymode.inputs", "POST /v1/ingest/news", "send sequencer.ae", "deliver hook"],
    );
    of_the_collector(&receiver, &all);
    of_the_log(&on_log);
    for service in [deliver, scorer, ingest] {
        let page = crate::cli::running::try_get(&service.http, "/metrics").unwrap().1;
        assert!(page.contains(r#"buymode_trace_spans_total{result="failed"} 0"#), "{page}");
        assert_eq!(service.stop().code, Some(0));
    }
}

fn of_the_collector(receiver: &Receiver, all: &[(String, Span)]) {
    let request = one(all, "POST /v1/ingest/news", CLIENT);
    assert_eq!(request.kind(), SpanKind::Server);
    let said = attributes(request);
    assert_eq!(said["http.request.method"], "POST");
    assert_eq!(said["http.response.status_code"], "202");
    let mut above = hex(&request.span_id);
    for (topic, group) in [
        ("buymode.inputs", "buymode"),
        ("sequencer.ae", "buymode-desk-forward"),
        ("buymode.desk", "buymode-desk"),
        ("buymode.outbox", "buymode-send"),
    ] {
        let sent = one(all, &format!("send {topic}"), &above);
        assert_eq!(sent.kind(), SpanKind::Producer);
        let said = attributes(sent);
        assert_eq!(
            (&*said["messaging.operation.name"], &*said["messaging.operation.type"]),
            ("send", "send")
        );
        let read = one(all, &format!("process {topic}"), &hex(&sent.span_id));
        assert_eq!(read.kind(), SpanKind::Consumer);
        let said = attributes(read);
        assert_eq!(said["messaging.destination.name"], topic);
        assert_eq!(said["messaging.consumer.group.name"], group);
        assert_eq!(said["messaging.system"], "buymode");
        let place = ["messaging.destination.partition.id", "messaging.kafka.offset"];
        assert!(place.iter().all(|name| said[*name].parse::<u32>().is_ok()), "{said:?}");
        above = hex(&read.span_id);
    }
    let attempt = one(all, "deliver hook", &above);
    assert_eq!(attempt.kind(), SpanKind::Client);
    let hooks = receiver.hooks();
    let [(_, headers)] = &hooks[..] else { panic!("{hooks:?}") };
    assert_eq!(headers["traceparent"], format!("00-{TRACE}-{}-01", hex(&attempt.span_id)));
    let services: std::collections::BTreeSet<&str> = all.iter().map(|(of, _)| &**of).collect();
    assert_eq!(
        services.into_iter().collect::<Vec<_>>(),
        ["buymode deliver", "buymode ingest", "buymode run"]
    );
    // Batches link, they do not nest.
    let batches: Vec<Span> = receiver.spans().into_iter().map(|(_, span)| span).collect();
    let batch = batches.iter().find(|span| {
        let links = span.links.iter().any(|link| hex(&link.trace_id) == TRACE);
        span.name == "commit buymode.inputs" && links
    });
    let batch = batch.unwrap_or_else(|| panic!("no batch links to the trace"));
    assert!(batch.parent_span_id.is_empty() && hex(&batch.trace_id) != TRACE);
    assert!(batches.iter().all(|span| span.parent_span_id != batch.span_id));
    assert!(batches.iter().all(|span| span.links.len() <= 128));
}

fn of_the_log(on_log: &dyn Fn(&[&str]) -> String) {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let explained = on_log(&["explain", "tidegate.io", "--json"]);
    assert_eq!(json(&explained)["trace_id"], TRACE);
    let said = on_log(&["explain", "tidegate.io"]);
    assert!(said.contains(&format!("trace of its last decision: {TRACE}")), "{said}");
    let letters = on_log(&["dead-letters", "list", "--json"]);
    assert_eq!(json(&letters)["trace_id"], REFUSED);
    let id = json(&letters)["id"].as_str().unwrap().to_owned();
    let shown = on_log(&["dead-letters", "show", &id]);
    assert!(shown.contains(REFUSED), "{shown}");
    // No trace is in what is compared.
    let audited = on_log(&["audit"]);
    assert!(audited.contains("OK"), "{audited}");
    let decisions = on_log(&["decisions", "--from-start", "--until-end"]);
    assert!(!decisions.contains(TRACE), "{decisions}");
}
