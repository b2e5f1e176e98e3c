//! The topics and the rights as manifests for Strimzi's operators: the same tables that
//! `topics create` and the documents go by.

use super::rights::{Client, clients};
use crate::config::Config;
use crate::engine::topics::Topics;
use crate::kafka::topic_settings;
use crate::log::TopicSpec;
use serde_json::{Map, Value, json};

/// One manifest a topic, then one a kind of client. `cluster`: the name of the Kafka resource. `login`:
/// the type of the users' authentication.
pub fn strimzi(
    cluster: &str,
    login: &str,
    config: &Config,
    topics: &Topics,
    specs: &[TopicSpec],
) -> Vec<Value> {
    let topic_manifests = specs.iter().map(|spec| topic(cluster, spec));
    let prefix = config.topics.prefix.as_str();
    let users = clients(topics, config);
    let users = users.iter().map(|client| user(cluster, login, prefix, client));
    topic_manifests.chain(users).collect()
}

fn topic(cluster: &str, spec: &TopicSpec) -> Value {
    let settings = topic_settings(spec).into_iter();
    // Numbers as numbers: the operator compares them with what the broker says as texts of these.
    let settings: Map<String, Value> = settings
        .map(|(key, value)| {
            (key.to_owned(), value.parse::<i64>().map_or(Value::String(value), Value::from))
        })
        .collect();
    let mut body = Map::new();
    body.insert("topicName".to_owned(), json!(spec.name));
    body.insert("partitions".to_owned(), json!(spec.partitions));
    if let Some(factor) = spec.replication.factor {
        body.insert("replicas".to_owned(), json!(factor));
    }
    body.insert("config".to_owned(), Value::Object(settings));
    manifest("KafkaTopic", cluster, &spec.name, Value::Object(body))
}

fn user(cluster: &str, login: &str, prefix: &str, client: &Client) -> Value {
    let acls = client.rights.iter().map(|right| {
        let pattern = if right.is_prefix { "prefix" } else { "literal" };
        let operations: Vec<String> =
            right.operations.iter().map(|operation| operation.to_string()).collect();
        json!({
            "resource": {
                "type": right.resource.to_string(), "name": right.name, "patternType": pattern
            },
            "operations": operations,
        })
    });
    let acls: Vec<Value> = acls.collect();
    let body = json!({
        "authentication": { "type": login },
        "authorization": { "type": "simple", "acls": acls },
    });
    manifest("KafkaUser", cluster, &format!("{prefix}{}", client.name), body)
}

fn manifest(kind: &str, cluster: &str, name: &str, body: Value) -> Value {
    json!({
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": { "name": resource_name(name), "labels": { "strimzi.io/cluster": cluster } },
        "spec": body,
    })
}

/// A name as Kubernetes takes it: a topic's name may have capitals and underscores too. Where it has,
/// a digest keeps two names apart that would be one.
fn resource_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let mut fitting: String =
        name.to_ascii_lowercase().chars().map(|c| if plain(c) { c } else { '-' }).collect();
    let is_edge = |c: char| !c.is_ascii_alphanumeric();
    fitting = fitting.trim_matches(is_edge).to_owned();
    // Each part between dots begins and ends with a letter or digit.
    let parts: Vec<&str> = fitting
        .split('.')
        .map(|part| part.trim_matches(is_edge))
        .filter(|p| !p.is_empty())
        .collect();
    let fitting = parts.join(".");
    if fitting == name {
        return fitting;
    }
    format!("{fitting}-{:08x}", xxhash_rust::xxh3::xxh3_64(name.as_bytes()) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_such_that_kubernetes_takes_them() {
        assert_eq!(resource_name("staging.buymode.inputs"), "staging.buymode.inputs");
        let made = ["EU_buymode.inputs", "eu-buymode.inputs", "-a..b-.c", "eu_buymode.inputs"];
        let made = made.map(resource_name);
        let ends = |part: &str| {
            let is =
                |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            is(part.chars().next()) && is(part.chars().last())
        };
        for name in &made {
            assert!(name.split('.').all(ends), "{name}");
        }
        let mut apart = made.to_vec();
        apart.sort();
        apart.dedup();
        assert_eq!(apart.len(), made.len(), "{made:?}");
    }
}
