//! The opening of a transactional producer: made, logged in, and every earlier one with its id fenced.

use std::time::Instant;

use rdkafka::producer::{BaseProducer, Producer};

use super::Transactions;
use crate::kafka::config::KafkaConfig;
use crate::kafka::connect;
use crate::kafka::context::Complains;
use crate::kafka::delivery::DeliveryContext;
use crate::kafka::login::{Held, Login};
use crate::kafka::watched::call;
use crate::kafka::{errors, fault};
use crate::log::LogError;

impl Transactions {
    /// For a writer on its own: whether the cluster answers is not known yet.
    pub(in crate::kafka) fn open_alone(
        config: &KafkaConfig,
        id: &str,
        now_ms: fn() -> i64,
    ) -> Result<Transactions, LogError> {
        let began = Instant::now();
        let looks = !config.clock_is_right;
        let held = Held::new(config);
        let (producer, login) = Self::create(config, id, looks)?;
        connect::metadata(producer.client(), config, || producer.poll(connect::COMPLAINTS_WAIT))?;
        let mut opened = Self::init(config, id, producer, login, began)?;
        opened.held = Some((held, config.clone()));
        opened.clock = looks.then(|| (now_ms, config.bootstrap.clone()));
        Ok(opened)
    }

    /// Part of an opening that `began` earlier.
    pub(in crate::kafka) fn open(
        config: &KafkaConfig,
        id: &str,
        began: Instant,
    ) -> Result<Transactions, LogError> {
        let (producer, login) = Self::create(config, id, false)?;
        Self::init(config, id, producer, login, began)
    }

    fn create(
        config: &KafkaConfig,
        id: &str,
        reports: bool,
    ) -> Result<(BaseProducer<DeliveryContext>, Login), LogError> {
        let id = if fault::no_fencing() {
            format!("{id}-{}", uuid::Uuid::new_v4())
        } else {
            id.to_owned()
        };
        let producer: Result<BaseProducer<_>, _> =
            config.producer(&id, reports)?.create_with_context(DeliveryContext::default());
        let producer = producer.map_err(|error| errors::create(&error))?;
        let login = Login::open(config, producer.client())?;
        Ok((producer, login))
    }

    /// Fences every earlier writer with this id and waits until its last transaction has ended.
    fn init(
        config: &KafkaConfig,
        id: &str,
        producer: BaseProducer<DeliveryContext>,
        login: Login,
        began: Instant,
    ) -> Result<Transactions, LogError> {
        let waits = config.waits();
        let left = waits.opening(began.elapsed());
        let calls = config.caller(&format!("transactional id `{id}`"));
        let done = call(&calls, "init_transactions", || producer.init_transactions(left));
        done.map_err(|error| {
            producer.poll(connect::COMPLAINTS_WAIT);
            let complaint = producer.context().complaints().last();
            errors::init(&config.bootstrap, id, &error, complaint)
        })?;
        let begun = Instant::now();
        Ok(Transactions {
            producer,
            login,
            held: None,
            calls,
            waits,
            clock: None,
            open: false,
            begun,
            dead: None,
            closing: None,
        })
    }
}
