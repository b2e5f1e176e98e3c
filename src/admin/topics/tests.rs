//! Topics as they are found, beside what is wanted: what is an error, what advice, and which remedy is named.

use super::*;

fn found(
    history: bool,
    change: impl FnOnce(&mut TopicSpec),
    name: &str,
) -> Vec<(Severity, String)> {
    let topics = Topics::with_prefix("");
    let specs = topics.specs(24, history, &BTreeSet::from(["sdr".into()]));
    let wanted = specs.into_iter().find(|spec| spec.name == name).unwrap();
    let mut found = wanted.clone();
    change(&mut found);
    problems(&topics, history, Some(24), &wanted, &found)
}

#[test]
fn each_way_a_topic_can_be_wrong_is_said_with_its_remedy() {
    let (inputs, accounts) = ("buymode.inputs", "buymode.accounts");
    type Change = fn(&mut TopicSpec);
    let table: &[(bool, &str, Change, Severity, &str)] = &[
        (
            false,
            accounts,
            |s| s.partitions = 12,
            Severity::Error,
            "has 12 partitions and buymode.inputs has 24",
        ),
        (
            false,
            accounts,
            |s| s.cleanup = Cleanup::Delete,
            Severity::Error,
            "set cleanup.policy=compact",
        ),
        (
            false,
            inputs,
            |s| s.cleanup = Cleanup::Compact,
            Severity::Error,
            "set cleanup.policy=delete",
        ),
        (false, inputs, |s| s.stamp = Stamp::CreateTime, Severity::Error, "needs LogAppendTime"),
        (true, inputs, |s| s.stamp = Stamp::LogAppendTime, Severity::Error, "needs CreateTime"),
        (
            false,
            "buymode.profiles",
            |s| s.retention_ms = Some(86_400_000),
            Severity::Advice,
            "after 1 day that",
        ),
        (
            true,
            "buymode.dead-letters",
            |s| s.retention_ms = Some(1),
            Severity::Error,
            "set retention.ms=-1",
        ),
        (
            false,
            accounts,
            |s| s.max_message_bytes = 1_000,
            Severity::Advice,
            "set max.message.bytes=",
        ),
        (
            false,
            "sequencer.sdr",
            |s| s.compression = Some(Compression::Producer),
            Severity::Advice,
            "compression.type=producer, so that some subscribers cannot read it",
        ),
        (
            false,
            accounts,
            |s| s.replication = replicated(1, 2),
            Severity::Error,
            "nothing can be written: set min.insync.replicas=1 or less",
        ),
        (
            false,
            accounts,
            |s| s.replication = replicated(3, 1),
            Severity::Advice,
            "be lost with it: set min.insync.replicas=2",
        ),
        (
            false,
            accounts,
            |s| s.replication = replicated(3, 3),
            Severity::Advice,
            "while one broker is down: set min.insync.replicas=2",
        ),
    ];
    for (history, name, change, severity, expected) in table {
        let problems = found(*history, change, name);
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert_eq!(problems[0].0, *severity, "{problems:?}");
        assert!(problems[0].1.contains(expected), "{problems:?} lacks {expected:?}");
    }
}

fn replicated(factor: i32, min_insync: i32) -> Replication {
    Replication { factor: Some(factor), min_insync: Some(min_insync) }
}

#[test]
fn the_settings_say_how_many_replicas_there_should_be() {
    let wanted = replicated(3, 2);
    let said = |found| {
        too_few("t", wanted, found).map(|(severity, said)| {
            assert_eq!(severity, Severity::Advice);
            said
        })
    };
    assert_eq!(said(wanted), None);
    assert!(
        said(replicated(1, 1))
            .unwrap()
            .contains("has 1 replica, and topics.replication_factor is 3")
    );
    assert!(said(replicated(3, 1)).unwrap().ends_with("set min.insync.replicas=2"));
    // A folder has no brokers, and one broker no choice.
    assert_eq!(said(Replication::default()), None);
    assert_eq!(too_few("t", Replication::default(), replicated(1, 1)), None);
    assert_eq!(too_few("t", Replication::default(), replicated(3, 2)), None);
}

#[test]
fn a_topic_as_it_should_be_has_no_problem() {
    for name in ["buymode.inputs", "buymode.accounts", "sequencer.sdr", "signals.news"] {
        assert_eq!(found(false, |_| (), name), []);
        assert_eq!(found(true, |_| (), name), []);
    }
}
