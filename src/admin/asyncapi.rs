//! All topics as an AsyncAPI 3 document: the same tables that `topics create`, the schemas' registration and the
//! rights go by.
//!
//! Source: AsyncAPI 3.0.0, and "Kafka Bindings" 0.5.0.

use super::place::held;
use super::rights::{Client, Operation, Resource, Right, clients};
use super::topics::{desk_specs, specs};
use crate::codec::json;
use crate::codec::schemas::Record;
use crate::config::{Config, TopicsConfig};
use crate::domain::Text;
use crate::domain::account::decision::Decision;
use crate::engine::headers::{CLOUD_EVENT, TEST};
use crate::engine::topics::Topics;
use crate::kafka::topic_settings;
use crate::log::{Cleanup, Stamp, TopicSpec, trace};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const FORMAT: &str = "application/vnd.apache.avro;version=1.9.0";
const BINDING: &str = "0.5.0";
/// In place of the routes' names, where no profile says them.
const ROUTE: &str = "{route}";
/// Kinds of clients whose reading and writing is shown; the others are people's.
const SHOWN: [(&str, &str); 3] =
    [("buymode-run", "run"), ("buymode-ingest", "ingest"), ("buymode-deliver", "deliver")];

/// The document for these settings. `routes`: those of profiles; none: a parameter stands for all. `sample`: what
/// a decision looks like.
///
/// # Errors
/// Where the settings ask for more partitions than Kafka can count.
pub fn asyncapi(
    config: &Config,
    routes: &BTreeSet<Text>,
    sample: &Decision,
) -> anyhow::Result<Value> {
    let topics = Topics {
        decisions_days: config.topics.decisions_days.get(),
        ..Topics::with_prefix(config.topics.prefix.as_str())
    };
    let any = BTreeSet::from([Text::const_new(ROUTE)]);
    let routes = if routes.is_empty() { &any } else { routes };
    let mut specs = all(&topics, &config.topics, routes)?;
    if !config.topics.history {
        specs.extend(desk_specs(&topics, config, None)?);
        specs.push(topics.sync_spec());
    }
    let mut channels = Map::new();
    let mut used = BTreeSet::new();
    for spec in &specs {
        let records = held(&topics, &spec.name);
        used.extend(records.iter().copied());
        channels.insert(id(&spec.name), channel(&topics, spec, &records));
    }
    let messages: Map<String, Value> =
        used.into_iter().map(|record| (name(record).to_owned(), message(record, sample))).collect();
    let servers: Map<String, Value> = servers(config).collect();
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "buymode",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every topic of buymode. Decisions are in the topics of the routes: consume them with \
                isolation.level=read_committed. Values are in the Confluent wire format: a zero byte, the schema's \
                id in four bytes, the record in Avro.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "avro/binary",
        "servers": servers,
        "channels": channels,
        "operations": operations(config, &topics, &specs),
        "components": { "messages": messages },
    }))
}

fn all(
    topics: &Topics,
    config: &TopicsConfig,
    routes: &BTreeSet<Text>,
) -> anyhow::Result<Vec<TopicSpec>> {
    Ok(specs(topics, config, i32::try_from(config.partitions.get())?, routes))
}

/// The key of a channel: a topic's name, where a parameter has no brackets.
fn id(topic: &str) -> String {
    topic.replace(['{', '}'], "")
}

/// Without the namespace.
fn name(record: Record) -> &'static str {
    record.full_name().rsplit('.').next().unwrap_or_default()
}

fn servers(config: &Config) -> impl Iterator<Item = (String, Value)> {
    let kafka = config.kafka.clone().unwrap_or_default();
    let protocol = if kafka.security_protocol.is_encrypted() { "kafka-secure" } else { "kafka" };
    let registry = config.schema_registry.as_ref().map(|registry| {
        json!({ "kafka": { "schemaRegistryUrl": bare(registry.url.as_str()), "schemaRegistryVendor": "confluent",
            "bindingVersion": BINDING } })
    });
    let hosts: Vec<String> =
        kafka.bootstrap.split(',').map(|host| host.trim().to_owned()).collect();
    hosts.into_iter().enumerate().map(move |(at, host)| {
        let mut server = json!({ "host": host, "protocol": protocol });
        if let Some(registry) = &registry {
            server["bindings"] = registry.clone();
        }
        (format!("kafka-{}", at + 1), server)
    })
}

/// Without a login or a query, which may be secret.
fn bare(url: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else { return String::new() };
    url.set_query(None);
    url.set_fragment(None);
    // An address over HTTP can be without either.
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

fn channel(topics: &Topics, spec: &TopicSpec, records: &[Record]) -> Value {
    let settings: Map<String, Value> = topic_settings(spec)
        .into_iter()
        .filter_map(|(key, value)| {
            let value = match key {
                "cleanup.policy" => json!([value]),
                "retention.ms" | "max.message.bytes" => json!(value.parse::<i64>().ok()?),
                _ => return None,
            };
            Some((key.to_owned(), value))
        })
        .collect();
    let mut kafka = json!({ "topic": spec.name, "partitions": spec.partitions,
        "topicConfiguration": settings, "bindingVersion": BINDING });
    if let Some(factor) = spec.replication.factor {
        kafka["replicas"] = factor.into();
    }
    let messages: Map<String, Value> = records
        .iter()
        .map(|record| {
            let name = name(*record);
            (name.to_owned(), json!({ "$ref": format!("#/components/messages/{name}") }))
        })
        .collect();
    let mut made = json!({
        "address": spec.name,
        "description": about(topics, spec),
        "messages": messages,
        "bindings": { "kafka": kafka },
    });
    if spec.name.contains(ROUTE) {
        // A name with a parameter cannot be a topic's.
        if let Some(kafka) = made["bindings"]["kafka"].as_object_mut() {
            kafka.remove("topic");
        }
        made["parameters"] = json!({ "route": {
            "description": "A route of the profile, as its `routes` name it.", "examples": ["ae", "sdr", "digest"]
        } });
    }
    made
}

fn about(topics: &Topics, spec: &TopicSpec) -> String {
    let name = &spec.name;
    let known = [
        (
            &topics.inputs,
            "Everything that may change an account, in order: the one log that decides.",
        ),
        (
            &topics.accounts,
            "The state of each account, and of each task; the last record of a key holds.",
        ),
        (&topics.dead_letters, "Records that could not be processed, each with the reason."),
        (&topics.resolutions, "Which dead letters are done with."),
        (&topics.profiles, "The profiles that were published."),
        (&topics.aliases, "Which accounts are the same company."),
        (&topics.sources, "What the last snapshot of each source held."),
        (&topics.desk, "Everything that the desk goes by: who gets which decision."),
        (&topics.desk_state, "What the desk remembers."),
        (&topics.outbox, "What senders are to do."),
        (&topics.attempts, "What senders remember."),
        (
            &topics.sync,
            "What `buymode deliver sync` has had confirmed, by CRM and account: digests, and ids in the CRM.",
        ),
    ];
    let known = known.iter().find(|(topic, _)| *topic == name).map(|(_, about)| *about);
    let about = known.unwrap_or(if name.starts_with(&topics.route_prefix) {
        "Decisions for the subscribers of a route, at read_committed."
    } else {
        "Records in our own schemas, which `buymode run` forwards into the inputs."
    });
    let kept = match (spec.cleanup, spec.retention_ms) {
        (Cleanup::Compact, _) => "Compacted".to_owned(),
        (Cleanup::Delete, None) => "Kept for ever".to_owned(),
        (Cleanup::Delete, Some(ms)) => format!("Kept for {} days", ms / 86_400_000),
    };
    let time = match spec.stamp {
        Stamp::LogAppendTime => "the broker's",
        Stamp::CreateTime => "the writer's",
    };
    format!("{about} {kept}; the time of a record is {time}.")
}

fn message(record: Record, sample: &Decision) -> Value {
    // Each schema is valid JSON: it is parsed by a test.
    let schema: Value = serde_json::from_str(record.json()).unwrap_or_default();
    let mut headers = Map::new();
    headers.insert(
        trace::HEADER.to_owned(),
        json!({ "type": "string", "description": "The trace that it belongs to, by W3C Trace Context; where traces are on." }),
    );
    let mut made = json!({
        "name": record.full_name(),
        "title": name(record),
        "summary": schema["doc"],
        "contentType": "avro/binary",
        "payload": { "schemaFormat": FORMAT, "schema": schema },
        "bindings": { "kafka": {
            "schemaIdLocation": "payload", "schemaIdPayloadEncoding": "confluent",
            "schemaLookupStrategy": "TopicRecordNameStrategy", "bindingVersion": BINDING,
        } },
    });
    if record == Record::Decision {
        headers.insert(
            TEST.to_owned(),
            json!({ "type": "string", "const": "true", "description": "Only on a test (`buymode decisions send-sample`), whose origin is `test`." }),
        );
        headers.extend(CLOUD_EVENT.iter().map(|(name, holds)| {
            let about = format!("CloudEvents: {holds}; only where topics.event_source is set.");
            ((*name).to_owned(), json!({ "type": "string", "description": about }))
        }));
        made["bindings"]["kafka"]["key"] =
            json!({ "type": "string", "description": "The account's key." });
        made["examples"] =
            json!([{ "name": sample.kind.to_string(), "payload": json::avro(sample) }]);
    } else if let Some(example) = example(record) {
        let payload: Value = serde_json::from_str(example).unwrap_or_default();
        made["examples"] = json!([{ "name": "example", "payload": payload }]);
    }
    made["headers"] = json!({ "type": "object", "properties": headers });
    made
}

/// Of the records that others write.
fn example(record: Record) -> Option<&'static str> {
    Some(match record {
        Record::Funding => include_str!("../../schemas/examples/funding/series-b.json"),
        Record::Hiring => {
            include_str!("../../schemas/examples/hiring/head-of-growth-by-title.json")
        }
        Record::Headcount => include_str!("../../schemas/examples/headcount/by-department.json"),
        Record::Technology => include_str!("../../schemas/examples/technology/adopted.json"),
        Record::News => include_str!("../../schemas/examples/news/layoffs.json"),
        Record::Engagement => include_str!("../../schemas/examples/engagement/demo-request.json"),
        Record::Company => include_str!("../../schemas/examples/company/full.json"),
        Record::Retraction => include_str!("../../schemas/examples/retraction/of-a-signal.json"),
        Record::Suppression => include_str!("../../schemas/examples/suppression/customer.json"),
        Record::SalesOutcome => include_str!("../../schemas/examples/sales_outcome/lost.json"),
        _ => return None,
    })
}

/// What each kind of process reads and writes, by its rights.
fn operations(config: &Config, topics: &Topics, specs: &[TopicSpec]) -> Map<String, Value> {
    let mut made = Map::new();
    for Client { name: user, rights } in clients(topics, config) {
        let Some((_, who)) = SHOWN.iter().find(|(of, _)| *of == user) else { continue };
        for spec in specs {
            let covers = |right: &&Right| {
                right.resource == Resource::Topic
                    && if right.is_prefix {
                        spec.name.starts_with(&right.name)
                    } else {
                        spec.name == right.name
                    }
            };
            for (action, operation) in [("receive", Operation::Read), ("send", Operation::Write)] {
                if !rights.iter().filter(covers).any(|right| right.operations.contains(&operation))
                {
                    continue;
                }
                let channel = id(&spec.name);
                let summary =
                    format!("buymode {who} {}s", if action == "send" { "write" } else { "read" });
                made.insert(
                    format!("{who}-{action}-{channel}"),
                    json!({ "action": action, "summary": summary,
                        "channel": { "$ref": format!("#/channels/{channel}") } }),
                );
            }
        }
    }
    made
}
