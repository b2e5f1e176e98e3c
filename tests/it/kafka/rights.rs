//! Topics that this client may not read, by the broker's access control lists.

use buymode::kafka::{KafkaConfig, SaslMechanism, Secret, SecurityProtocol};

use super::{Member, config, place, until};
use crate::support::rights::{Operation, allow};
use crate::support::{self, Address, PASSWORD, USER};

#[test]
fn should_read_the_other_topics_while_one_may_not_be_read() {
    let Some(kafka) = support::kafka() else { return };
    let Some(sasl) = &kafka.sasl_bootstrap else { return };
    let settings = KafkaConfig {
        security_protocol: SecurityProtocol::SaslPlaintext,
        sasl_mechanism: SaslMechanism::Plain,
        sasl_username: Some(USER.to_owned()),
        sasl_password: Some(Secret::new(PASSWORD).into()),
        ..config(sasl)
    };
    let ours = place(kafka, "rights", settings);
    let theirs = place(kafka, "theirs", config(kafka.bootstrap()));
    let [open, refused, unseen] = ["open", "refused", "unseen"].map(|name| ours.topic(name, 1));
    allow(kafka.bootstrap(), USER, Operation::Describe, &refused);
    allow(kafka.bootstrap(), "another", Operation::Read, &unseen);
    for topic in [&open, &refused, &unseen] {
        theirs.commit_values(topic, &["a"]);
    }
    let spec = ours.session_spec("g", "s", &[&open, &refused, &unseen]);
    let mut member = Member::new(ours.store.patient_session(&spec).unwrap());
    until("the record of the topic that may be read", || {
        member.poll().unwrap();
        member.seen.len() == 1
    });
    let why = |member: &Member, topic: &str| {
        let absent = member.log.absent();
        absent.into_iter().find(|absent| absent.topic == topic).map(|absent| absent.why)
    };
    until("both refusals being named", || {
        member.poll().unwrap();
        why(&member, &refused).is_some() && why(&member, &unseen).is_some()
    });
    let [said, unknown] = [&refused, &unseen].map(|topic| why(&member, topic).unwrap());
    assert!(said.starts_with("not allowed to read the topic: grant"), "{said}");
    assert!(unknown.contains("this client may not see it"), "{unknown}");
    assert_eq!(why(&member, &open), None);
    theirs.commit_values(&open, &["b"]);
    until("a further record", || {
        member.poll().unwrap();
        member.seen.len() == 2
    });
    // Once it is granted, each topic is read without a restart.
    for topic in [&refused, &unseen] {
        allow(kafka.bootstrap(), USER, Operation::Read, topic);
    }
    until("the records of all topics", || {
        member.poll().unwrap();
        member.seen.len() == 4 && member.log.absent().is_empty()
    });
}
