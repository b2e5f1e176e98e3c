//! Which consumer groups there are. Brokers list those alone that this client has the right *Describe* on.

use rdkafka::consumer::{BaseConsumer, Consumer};

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::errors;
use super::login::Login;
use super::watched::call;
use crate::log::LogError;

pub(super) fn all(config: &KafkaConfig) -> Result<Vec<String>, LogError> {
    let consumer: BaseConsumer<PlainContext> = config
        .meter()?
        .create_with_context(PlainContext::default())
        .map_err(|error| errors::create(&error))?;
    Login::open(config, consumer.client())?;
    let calls = config.caller("the list of groups");
    let ask = || consumer.fetch_group_list(None, config.waits().long_call());
    let listed = call(&calls, "list_groups", ask)
        .map_err(|error| errors::topics("cannot list consumer groups", &error))?;
    let mut names: Vec<String> =
        listed.groups().iter().map(|group| group.name().to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
