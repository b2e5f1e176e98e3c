//! An audit of the desk that begins with a snapshot.

use super::crew::Crew;
use super::faults::ROSTER;
use crate::desk::office::{Office, at};
use buymode::admin::place::Place;
use buymode::admin::snapshot::{Known, save};
use buymode::config::Config;
use buymode::deliver::audit::{AuditError, Base, audit, audit_from};
use buymode::domain::terms::time::Timestamp;
use buymode::log::Store;

fn decide(crew: &mut Crew, office: &mut Office, said: &str) {
    let decision = office.decision(said, Timestamp(crew.now_ms()));
    crew.decide(&decision);
    crew.settle();
    crew.pass(2_000);
    crew.settle();
}

#[test]
fn an_audit_of_the_desk_begins_with_what_a_snapshot_remembers() {
    let began = at("2026-11-30 10:00");
    let mut crew = Crew::new(2, began.0, &["ae", "sdr"]);
    let mut office = Office::new(ROSTER, began);
    let routes = ["ae".into(), "sdr".into()].into();
    crew.store.create_topics(&crew.topics.specs(1, false, &routes)).unwrap();
    crew.publish(ROSTER);
    crew.settle();
    decide(&mut crew, &mut office, "enters acme.com urgent route ae by 18:00");
    decide(&mut crew, &mut office, "enters other.com route sdr");
    let place = Place {
        store: crew.store.clone(),
        codec: crew.codec.clone(),
        topics: crew.topics.clone(),
        config: Config::default(),
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("monday.snapshot");
    save(&place, &file, crew.now_ms(), &mut |_| ()).unwrap();
    decide(&mut crew, &mut office, "strengthens acme.com urgent route ae by 18:00");
    decide(&mut crew, &mut office, "leaves other.com route sdr");
    let whole = audit(&*crew.store, &crew.topics, crew.codec.clone(), 10).unwrap().unwrap();
    assert_eq!((whole.differences, whole.before_snapshot), (0, 0), "{whole:?}");
    let known = Known::open(&file).unwrap();
    let desk = known.desk(&*crew.store, &crew.topics.desk).unwrap().unwrap();
    let base = Base { next_offset: desk.next_offset, records: &desk.records };
    let codec = crew.codec.clone();
    let rest = audit_from(&*crew.store, &crew.topics, codec, 10, Some(base)).unwrap().unwrap();
    assert_eq!(rest.differences, 0, "{rest:?}");
    assert_eq!(rest.records, whole.records - desk.next_offset.unsigned_abs());
    assert!(rest.actions > 0 && rest.before_snapshot > 0, "{rest:?}");
    assert_eq!(rest.actions + rest.before_snapshot, whole.actions);
    // A snapshot of what has not happened yet, and one of another log.
    let late = Base { next_offset: 1_000_000, ..base };
    let refused = audit_from(&*crew.store, &crew.topics, crew.codec.clone(), 10, Some(late));
    assert!(matches!(refused, Err(AuditError::Later { .. })));
    let mut another = Crew::new(3, began.0, &["ae", "sdr"]);
    another.publish(ROSTER);
    assert!(known.desk(&*another.store, &another.topics.desk).unwrap().is_none());
}
