//! What accounts of a partition have in common, and the records beside them.

use super::inputs::market;
use super::*;
use buymode::domain::account::input::{Activation, Broadcast};
use buymode::domain::account::origin::{DeadLetterOrigin, FileOrigin, RowFormat};
use buymode::domain::account::records::{
    DeadLetter, DeadLetterReason, Feed, Resolution, ResolutionKind, TaskRecord,
};
use buymode::domain::account::world::{Logged, World};
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use proptest::collection::{btree_map, vec};
use proptest::option;
use std::sync::Arc;

/// A small profile that checks.
pub(crate) fn profile(product: &str) -> Profile {
    serde_json::from_value(serde_json::json!({
        "profile": "b2b-saas",
        "product": product,
        "owner": "RevOps",
        "fit": { "criteria": [
            { "name": "size", "weight": 60, "when": { "employees": { "min": 50, "max": 2000 } } },
            { "name": "industry", "weight": 40, "when": { "industry": ["saas"] } },
        ] },
        "intent": {
            "enter": 40,
            "exit": 20,
            "rules": [
                { "name": "round", "points": 50, "window_days": 90, "funding": {} },
            ],
        },
        "routes": { "default": "outbound" },
        "value": {
            "pain": "Forecasts are guesses.",
            "angle": "See the quarter before it ends.",
            "personas": [{ "titles": ["VP Sales"] }],
        },
    }))
    .unwrap()
}

pub(crate) fn activation() -> impl Strategy<Value = Activation> {
    let product = select(vec!["forecast", "outbound"]);
    (0..1_000_000_u64, product, 0..9_i32, maybe_text(), maybe_text()).prop_map(
        |(number, product, rules_version, published_by, note)| Activation {
            number,
            profile: Arc::new(CompiledProfile::new(profile(product)).unwrap()),
            rules_version,
            published_by,
            note,
        },
    )
}

pub(crate) fn broadcast() -> BoxedStrategy<Broadcast> {
    prop_oneof![
        activation().prop_map(Broadcast::Activation),
        market().prop_map(Broadcast::Market),
        id().prop_map(Broadcast::MarketRetraction),
    ]
    .boxed()
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let broadcasts = btree_map(0..1_000_000_i64, (timestamp(), broadcast()), 0..5);
    (broadcasts, 0..1_000_i64).prop_map(|(broadcasts, more)| {
        let last = broadcasts.keys().last().map_or(-1, |last| last + more);
        let logged = |(offset, (time, broadcast))| Logged { offset, time, broadcast };
        World::restored(broadcasts.into_iter().map(logged).collect(), last)
    })
}

pub(crate) fn task() -> impl Strategy<Value = TaskRecord> {
    let seed = option::of(any::<u128>().prop_map(uuid::Uuid::from_u128));
    (0..1_000_i32, 1..1_000_i32, any::<i64>(), any::<i64>(), timestamp(), seed).prop_map(
        |(partition, partitions, next_offset, transaction, time, seed)| TaskRecord {
            partition,
            partitions,
            next_offset,
            transaction,
            time,
            copied: 0,
            seed,
        },
    )
}

fn origin() -> impl Strategy<Value = DeadLetterOrigin> {
    let name = || slug().prop_map(|name| name.to_string());
    let row = || 0..1_000_000_u64;
    let format = option::of(one_of::<RowFormat>());
    let topic = (name(), 0..1_000_i32, any::<i64>(), format).prop_map(
        |(topic, partition, offset, format)| DeadLetterOrigin::Topic {
            topic,
            partition,
            offset,
            format,
        },
    );
    let webhook =
        (name(), row()).prop_map(|(source, row)| DeadLetterOrigin::Webhook { source, row });
    let file = (name(), row(), one_of::<RowFormat>(), option::of(name()), any::<bool>()).prop_map(
        |(name, row, format, snapshot_at, gone)| {
            DeadLetterOrigin::File(FileOrigin { name, row, format, snapshot_at, gone })
        },
    );
    prop_oneof![topic, webhook, file]
}

pub(crate) fn dead_letter() -> impl Strategy<Value = DeadLetter> {
    let bytes = || option::of(vec(any::<u8>(), 0..60));
    let feed = option::of((slug(), slug(), slug()).prop_map(|(source, mapping, version)| Feed {
        source: source.to_string(),
        mapping: mapping.to_string(),
        version: version.to_string(),
    }));
    let place = (origin(), timestamp());
    (place, one_of::<DeadLetterReason>(), text(), bytes(), bytes(), feed).prop_map(
        |((origin, timestamp), reason, message, key, value, feed)| DeadLetter {
            origin,
            timestamp,
            reason,
            message: message.to_string(),
            key,
            value,
            feed,
        },
    )
}

pub(crate) fn resolution() -> impl Strategy<Value = Resolution> {
    let text = || option::of(text().prop_map(|text| text.to_string()));
    let place = (0..1_000_i32, any::<i64>(), timestamp(), timestamp(), any::<i64>());
    (place, one_of::<ResolutionKind>(), text(), text(), text()).prop_map(
        |((partition, offset, timestamp, at, records), kind, mapping_version, by, note)| {
            let version = mapping_version;
            Resolution {
                partition,
                offset,
                timestamp,
                kind,
                at,
                records,
                mapping_version: version,
                by,
                note,
            }
        },
    )
}
