//! The one place with `unsafe`: what librdkafka has and the `rdkafka` crate does not expose.
//!
//! - The generation of a group member. Without it we could not see that metadata is empty, and a
//!   broker accepts offsets with empty metadata from any client: a zombie would not be fenced.
//! - Setting an access token. The crate does it only in a client that is polled, after the client has
//!   asked for a first time, and without extensions.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};

use rdkafka::bindings;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::RDKafkaRespErr;

use crate::credentials::Token;

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

/// Room for librdkafka's reason, with its end.
const REASON_BYTES: usize = 512;

/// Gives a client the token to log in with, for its next connections and for those that log in again.
/// The error is librdkafka's reason.
pub(super) fn set_token<C: ClientContext>(
    client: &Client<C>,
    token: &Token,
    extensions: &BTreeMap<String, String>,
) -> Result<(), String> {
    let text = |text: &str| CString::new(text).map_err(|_| "it holds a zero byte".to_owned());
    let (value, principal) = (text(token.value.reveal())?, text(&token.principal)?);
    let pairs = extensions.iter().flat_map(|(key, value)| [text(key), text(value)]);
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    let mut pointers: Vec<*const c_char> = pairs.iter().map(|pair| pair.as_ptr()).collect();
    let mut reason = [0_u8; REASON_BYTES];
    // SAFETY: the client pointer is valid as long as `client` is borrowed, and librdkafka's functions
    // may be called from any thread. It copies every text before it returns, and writes at most the
    // given number of bytes of the reason, a zero byte at its end.
    let answer = unsafe {
        bindings::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            token.expires_ms,
            principal.as_ptr(),
            pointers.as_mut_ptr(),
            pointers.len(),
            reason.as_mut_ptr().cast(),
            reason.len(),
        )
    };
    if answer == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    let reason = CStr::from_bytes_until_nul(&reason).unwrap_or_default();
    Err(reason.to_string_lossy().into_owned())
}
