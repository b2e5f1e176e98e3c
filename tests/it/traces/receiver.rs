//! A receiver of OTLP over HTTP, and of webhooks, that keeps what it gets.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A request that is no export: its path and headers.
pub(crate) type Hook = (String, BTreeMap<String, String>);

#[derive(Default)]
struct Kept {
    /// With the name of the service.
    spans: Vec<(String, Span)>,
    hooks: Vec<Hook>,
}

pub(crate) struct Receiver {
    pub address: String,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    pub(crate) fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let to = kept.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, to) = (stream.unwrap(), to.clone());
                std::thread::spawn(move || while serve(&stream, &to).is_some() {});
            }
        });
        Receiver { address, kept }
    }

    pub(crate) fn spans(&self) -> Vec<(String, Span)> {
        self.kept.lock().unwrap().spans.clone()
    }

    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.kept.lock().unwrap().hooks.clone()
    }

    /// The spans of a trace, once there is one of each of these names: every process sends its own.
    pub(crate) fn trace(&self, id: &str, wanted: &[&str]) -> Vec<(String, Span)> {
        let began = Instant::now();
        loop {
            let of = |(_, span): &(String, Span)| hex(&span.trace_id) == id;
            let found: Vec<_> = self.spans().into_iter().filter(of).collect();
            let names: Vec<&str> = found.iter().map(|(_, span)| &*span.name).collect();
            if wanted.iter().all(|name| names.contains(name)) {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "not all among {names:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The attributes of a span as texts.
pub(crate) fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &any_value::Value| match value {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let all = span
        .attributes
        .iter()
        .map(|of| (of.key.clone(), text(of.value.as_ref().unwrap().value.as_ref().unwrap())));
    all.collect()
}

fn serve(stream: &TcpStream, to: &Mutex<Kept>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if path == "/v1/traces" {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        let sent = ExportTraceServiceRequest::decode(&body[..]).unwrap();
        for resource in sent.resource_spans {
            let named =
                |of: &&opentelemetry_proto::tonic::common::v1::KeyValue| of.key == "service.name";
            let about = resource.resource.unwrap_or_default().attributes;
            let name = about.iter().find(named).and_then(|of| of.value.clone()?.value);
            let Some(any_value::Value::StringValue(name)) = name else { panic!("{about:?}") };
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            to.lock().unwrap().spans.extend(spans.map(|span| (name.clone(), span)));
        }
    } else {
        to.lock().unwrap().hooks.push((path, headers));
    }
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}
