//! What librdkafka would refuse of the settings, found by making the clients that the services make, with no
//! broker to connect to.

use super::config::KafkaConfig;
use super::context::PlainContext;
use super::delivery::DeliveryContext;
use super::errors;
use crate::log::LogError;
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::BaseProducer;

/// Any name will do: nothing is joined.
const NAME: &str = "buymode-check";

impl KafkaConfig {
    /// Why a client of the services could not be made; no broker is connected to.
    pub fn refusal(&self) -> Option<String> {
        self.make().err().map(|error| error.to_string())
    }

    fn make(&self) -> Result<(), LogError> {
        for config in [self.reader(NAME)?, self.member(NAME)?] {
            let made = apart(config).create_with_context(PlainContext::default());
            let _: BaseConsumer<PlainContext> = made.map_err(|error| errors::create(&error))?;
        }
        let made =
            apart(self.producer(NAME, false)?).create_with_context(DeliveryContext::default());
        let _: BaseProducer<DeliveryContext> = made.map_err(|error| errors::create(&error))?;
        Ok(())
    }
}

/// Without brokers there is nothing to connect to.
fn apart(mut config: ClientConfig) -> ClientConfig {
    config.remove("bootstrap.servers");
    config
}
