//! Spans to an OpenTelemetry collector, by OTLP over HTTP with protobuf. A thread of the library's sends them in
//! batches; where more come than it can send, the newest are dropped, and nothing waits for it.

use super::{Collector, Kind, Sink, Span, Value};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use prometheus::IntCounterVec;
use std::time::Duration;
use tracing::{debug, warn};

/// Spans that wait; some 20 MB.
const QUEUE_MAX: usize = 20_000;
const SEND_EVERY: Duration = Duration::from_secs(1);
const ANSWER_MAX: Duration = Duration::from_secs(5);
const FLUSH_MAX: Duration = Duration::from_secs(2);

pub(super) struct Otlp {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
}

impl Otlp {
    pub(super) fn new(collector: &Collector, counted: IntCounterVec) -> Result<Otlp, String> {
        let endpoint = format!("{}/v1/traces", collector.endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&endpoint)
            .with_timeout(ANSWER_MAX)
            .build()
            .map_err(|error| format!("invalid traces.endpoint: {error}"))?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_MAX)
            .with_scheduled_delay(SEND_EVERY)
            .build();
        let mut processor = BatchSpanProcessor::builder(Counted { exporter, counted })
            .with_batch_config(config)
            .build();
        let of_all = [
            ("service.name", collector.service.as_str()),
            ("service.version", env!("CARGO_PKG_VERSION")),
            ("service.instance.id", collector.instance.as_str()),
        ];
        let of_all = of_all.map(|(name, value)| KeyValue::new(name, value.to_owned()));
        let resource = Resource::builder_empty().with_attributes(of_all).build();
        processor.set_resource(&resource);
        let scope = InstrumentationScope::builder("buymode")
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url("https://opentelemetry.io/schemas/1.42.0")
            .build();
        Ok(Otlp { processor, scope })
    }
}

impl Sink for Otlp {
    fn take(&self, span: Span) {
        self.processor.on_end(data(span, self.scope.clone()));
    }

    fn flush(&self) {
        if let Err(error) = self.processor.shutdown_with_timeout(FLUSH_MAX) {
            debug!(%error, "the last spans may not have been sent");
        }
    }
}

/// Says how sending goes.
#[derive(Debug)]
struct Counted {
    exporter: SpanExporter,
    counted: IntCounterVec,
}

impl opentelemetry_sdk::trace::SpanExporter for Counted {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let count = spans.len() as u64;
        let sent = self.exporter.export(spans).await;
        let result = if sent.is_ok() { "sent" } else { "failed" };
        self.counted.with_label_values(&[result]).inc_by(count);
        if let Err(error) = &sent {
            warn!(spans = count, %error, "spans cannot be sent; they are dropped");
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn data(span: Span, scope: InstrumentationScope) -> SpanData {
    let context = |trace: crate::log::trace::Trace, is_remote| {
        let (id, span) = (TraceId::from(trace.id), SpanId::from(trace.span));
        let flags = if trace.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        SpanContext::new(id, span, flags, is_remote, TraceState::NONE)
    };
    let mut links = SpanLinks::default();
    links.links =
        span.links.into_iter().map(|link| Link::new(context(link, true), Vec::new(), 0)).collect();
    let value = |value| match value {
        Value::Text(text) => opentelemetry::Value::from(text.into_owned()),
        Value::Number(number) => opentelemetry::Value::from(number),
    };
    let attributes = span.attributes.into_iter().map(|(name, of)| KeyValue::new(name, value(of)));
    SpanData {
        span_context: context(span.own, false),
        parent_span_id: span.parent.map_or(SpanId::INVALID, SpanId::from),
        parent_span_is_remote: span.is_remote && span.parent.is_some(),
        span_kind: match span.kind {
            Kind::Server => SpanKind::Server,
            Kind::Client => SpanKind::Client,
            Kind::Producer => SpanKind::Producer,
            Kind::Consumer => SpanKind::Consumer,
        },
        name: span.name.into(),
        start_time: span.began,
        end_time: span.ended,
        attributes: attributes.collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links,
        status: span.error.map_or(Status::Unset, Status::error),
        instrumentation_scope: scope,
    }
}
