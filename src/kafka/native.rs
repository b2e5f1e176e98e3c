//! The one place with `unsafe`: the generation of a group member, which librdkafka has and the
//! `rdkafka` crate does not expose. Without it we could not see that metadata is empty, and a broker
//! accepts offsets with empty metadata from any client: a zombie would not be fenced.
#![allow(unsafe_code)]

use std::ffi::CStr;

use rdkafka::bindings;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

/// This client's membership at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    pub number: i32,
    pub member: String,
}

/// `None` while this client is not a member: not joined yet, or removed.
pub(super) fn generation<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Generation> {
    // SAFETY: the client pointer is valid as long as `consumer` is borrowed, and librdkafka's
    // functions may be called from any thread. The metadata is a copy that we own; it is read
    // before it is destroyed, and destroyed exactly once. The member id is null or a C string
    // inside it, copied before that.
    let generation = unsafe {
        let metadata = bindings::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if metadata.is_null() {
            return None;
        }
        let member = bindings::rd_kafka_consumer_group_metadata_member_id(metadata);
        let generation = Generation {
            number: bindings::rd_kafka_consumer_group_metadata_generation_id(metadata),
            member: if member.is_null() {
                String::new()
            } else {
                CStr::from_ptr(member).to_string_lossy().into_owned()
            },
        };
        bindings::rd_kafka_consumer_group_metadata_destroy(metadata);
        generation
    };
    (generation.number >= 0 && !generation.member.is_empty()).then_some(generation)
}
