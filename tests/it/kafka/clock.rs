//! A writer whose clock is far from the broker's.

use buymode::kafka::{KafkaConfig, KafkaStore};
use buymode::log::LogError;

use super::config;
use crate::conformance::place::{Place, to};
use crate::support::{Address, kafka};

const DAY_MS: i64 = 86_400_000;

/// Settings, a clock in milliseconds since 1970, and whether it may write.
type Clock = (KafkaConfig, fn() -> i64, bool);

fn ahead(days: i64) -> i64 {
    buymode::runtime::worker::now_ms() + days * DAY_MS
}

#[test]
fn should_abort_what_a_clock_far_from_the_brokers_would_write() {
    let Some(kafka) = kafka() else { return };
    let right = config(kafka.bootstrap());
    let told = KafkaConfig { clock_is_right: true, ..right.clone() };
    let name = kafka.unique("clock");
    let clocks: [Clock; 5] = [
        (right.clone(), || ahead(0), true),
        (right.clone(), || ahead(400), false),
        (right.clone(), || ahead(-2), false),
        (told, || ahead(400), true),
        (right, || ahead(0), true),
    ];
    let mut expected = Vec::new();
    for (round, (config, clock, fits)) in clocks.into_iter().enumerate() {
        let store = Box::new(KafkaStore::with_clock(config, clock).unwrap());
        let place = Place { store, name: name.clone(), _folder: None };
        if round == 0 {
            place.topic("t", 1);
        }
        let (topic, value) = (place.name_of("t"), round.to_string());
        let mut writer = place.writer("w");
        writer.begin().unwrap();
        writer.send(&to(&topic, 0, &value)).unwrap();
        let committed = writer.commit(&[]);
        match committed {
            Ok(()) => expected.push(value),
            Err(LogError::Fatal(why)) => {
                assert!(why.contains("--clock-is-right") && why.contains("the broker at"), "{why}");
                // The client goes on, and nothing stays open that readers would wait for.
                writer.abort().unwrap();
            }
            Err(other) => panic!("{other:?}"),
        }
        assert_eq!(expected.last() == Some(&round.to_string()), fits, "round {round}");
        assert_eq!(place.values(&topic, 0), expected);
    }
}
