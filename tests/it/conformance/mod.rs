//! What every log promises, tried on each implementation.

mod compacted;
mod embedded;
mod group;
pub(crate) mod place;
mod topics;
mod transactions;

use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::kafka::{KafkaConfig, KafkaStore};
use place::Place;

use crate::support::{self, Address};

fn embedded_place(name: &str) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions::new(folder.path().join("log"));
    let mut place = place_in(&options, name);
    place._folder = Some(folder);
    place
}

fn place_in(options: &EmbeddedOptions, name: &str) -> Place {
    let store = Box::new(EmbeddedStore::open(options).unwrap());
    Place { store, name: name.to_owned(), _folder: None }
}

/// `None`, and said aloud, without a broker.
fn kafka_place(name: &str) -> Option<Place> {
    let kafka = support::kafka()?;
    let config = KafkaConfig { bootstrap: kafka.bootstrap().to_owned(), ..KafkaConfig::default() };
    let store = Box::new(KafkaStore::new(config).unwrap());
    Some(Place { store, name: kafka.unique(name), _folder: None })
}

/// Makes a test of each promise on each log.
macro_rules! promises {
    ($($module:ident: $($promise:ident)*;)*) => {
        mod on_the_embedded_log {
            $($(
                #[test]
                fn $promise() {
                    super::$module::$promise(&super::embedded_place(stringify!($promise)));
                }
            )*)*
        }

        mod on_kafka {
            $($(
                #[test]
                fn $promise() {
                    if let Some(place) = super::kafka_place(stringify!($promise)) {
                        super::$module::$promise(&place);
                    }
                }
            )*)*
        }
    };
}

promises! {
    transactions:
        records_of_a_partition_come_in_the_order_of_sending
        nothing_is_visible_before_the_commit
        aborted_records_are_never_visible
        a_writer_can_go_on_after_an_abort
        a_fenced_writer_cannot_commit
        a_record_comes_back_as_it_was_sent
        a_record_too_large_for_its_topic_is_refused_by_name;
    group:
        nothing_comes_before_a_seek
        positions_and_outputs_commit_together
        positions_and_outputs_are_aborted_together
        abort_and_seek_replay_the_same_records
        a_fenced_session_cannot_commit
        a_reopened_session_goes_on_at_the_last_commit
        a_poll_takes_no_more_than_it_was_asked_for
        a_poll_returns_when_a_record_comes;
    compacted:
        restore_ends_with_the_latest_value_of_each_key
        restore_of_an_empty_partition_is_done_at_once
        restore_includes_what_was_in_flight_when_it_began
        restore_can_begin_anew;
    topics:
        topics_come_back_as_they_were_created
        creating_again_changes_nothing
        an_unknown_topic_is_named
        a_key_goes_to_the_partition_that_java_would_choose
        a_live_topic_has_the_logs_clock_and_it_never_goes_back
        a_history_topic_keeps_the_writers_time
        a_partition_that_is_not_there_is_named
        a_reader_follows_what_comes
        a_reader_reads_exactly_the_range
        watermarks_frame_the_records;
}
