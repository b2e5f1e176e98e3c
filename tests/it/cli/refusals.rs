//! What cannot work is refused within ten seconds, in one clear line, with a non-zero exit.

use super::{EXAMPLE, Ended, command, settings, wait};
use crate::support::{self, Address, USER};
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::engine::topics::Topics;
use buymode::log::{Cleanup, Stamp, Store, TopicSpec};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

fn run(folder: &Path, text: &str, environment: &[(&str, &str)]) -> Ended {
    let file = folder.join("settings.yaml");
    std::fs::write(&file, text).unwrap();
    let mut command = command(&["run", "--config", file.to_str().unwrap()]);
    wait(command.envs(environment.iter().copied()).spawn().unwrap())
}

fn refuses(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.took < Duration::from_secs(10), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("buymode: "), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{:?} lacks {part:?}", ended.stderr);
    }
}

#[test]
fn broken_settings() {
    let folder = tempfile::tempdir().unwrap();
    let (run, at) = (|text, vars: &[_]| run(folder.path(), text, vars), "settings.yaml:");
    refuses(&run("kafka: {\n", &[]), &[at]);
    refuses(&run("kafka:\n  bootstrp: a:1\n", &[]), &[&format!("{at}2:3"), "`bootstrp`"]);
    refuses(&run("kafka: {}\nlogging: {filter: 'a=b=c'}\n", &[]), &["logging.filter", "a=b=c"]);
    refuses(
        &run("kafka: {}\n", &[("BUYMODE__TOPICS__PARTITIONS", "0")]),
        &["environment variable BUYMODE__TOPICS__PARTITIONS", "from 1 to 1000"],
    );
}

#[test]
fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), "embedded: {folder: /proc/nowhere}\n", &[]);
    refuses(&ended, &["/proc/nowhere"]);
}

#[test]
fn a_folder_that_is_a_typing_error_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("typo");
    for command_line in [&["explain", "acme.com"][..], &["run"]] {
        let asked = [command_line, &["--embedded", typo.to_str().unwrap()]].concat();
        refuses(&wait(command(&asked).spawn().unwrap()), &["typo does not exist", "topics create"]);
        assert!(!typo.exists());
    }
}

/// Topics as they should be, but for one.
fn with_topics(change: impl Fn(&mut TopicSpec)) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    let options = EmbeddedOptions::new(folder.path().join("data"));
    let routes = ["ae", "sdr", "nurture", "enrich", "owner", "digest", "hold-out"];
    let routes: BTreeSet<_> = routes.iter().map(|r| (*r).into()).collect();
    let mut specs = Topics::with_prefix("").specs(3, false, &routes);
    specs.iter_mut().for_each(change);
    specs.retain(|spec| spec.partitions > 0);
    EmbeddedStore::open(&options).unwrap().create_topics(&specs).unwrap();
    wait(command(&["run", "--config", file.to_str().unwrap()]).spawn().unwrap())
}

#[test]
fn topics_that_would_make_results_wrong() {
    let on = |name: &'static str, change: fn(&mut TopicSpec)| {
        with_topics(move |spec| {
            if spec.name == name {
                change(spec);
            }
        })
    };
    let (inputs, accounts) = ("buymode.inputs", "buymode.accounts");
    let unequal = on(accounts, |spec| spec.partitions = 2);
    refuses(&unequal, &["buymode.accounts has 2 partitions and buymode.inputs has 3"]);
    let stamped = on(inputs, |spec| spec.stamp = Stamp::CreateTime);
    refuses(&stamped, &["buymode.inputs", "needs LogAppendTime", "topics.history"]);
    let deleted = on(accounts, |spec| spec.cleanup = Cleanup::Delete);
    refuses(&deleted, &["buymode.accounts is not compacted", "cleanup.policy=compact"]);
    let missing = on("sequencer.ae", |spec| spec.partitions = 0);
    refuses(&missing, &["topic sequencer.ae does not exist", "buymode topics create"]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = settings(folder.path());
    super::ok(&["topics", "create", "--config", file.to_str().unwrap()]);
    let address = taken.local_addr().unwrap().to_string();
    let mut command = command(&["run", "--config", file.to_str().unwrap()]);
    let ended = wait(command.env("BUYMODE__HTTP__LISTEN", &address).spawn().unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.contains(&address) && last.contains("address already in use"), "{last}");
}

#[test]
fn nobody_at_the_brokers_address() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), "kafka: {bootstrap: '127.0.0.1:1'}\n", &[]);
    refuses(&ended, &["kafka at 127.0.0.1:1 does not answer"]);
}

#[test]
fn nobody_at_the_registrys_address() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let text = "embedded: {folder: data}\nschema_registry: {url: 'http://127.0.0.1:1'}\n";
    refuses(&run(folder.path(), text, &[]), &["schema registry http://127.0.0.1:1"]);
}

#[test]
fn kafka_that_lacks_topics_or_knows_another_password() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let prefix = format!("{}.", kafka.unique("refusals"));
    let text = format!(
        "kafka: {{bootstrap: '{}'}}\ntopics: {{prefix: {prefix}}}\nprofile: {EXAMPLE}\n",
        kafka.bootstrap()
    );
    let expected = format!("topic {prefix}buymode.inputs does not exist");
    refuses(&run(folder.path(), &text, &[]), &[&expected, "buymode topics create"]);
    let Some(sasl) = &kafka.sasl_bootstrap else { return };
    let text = format!(
        "kafka:\n  bootstrap: '{sasl}'\n  security_protocol: sasl_plaintext\n  sasl_username: {USER}\n"
    );
    let ended = run(folder.path(), &text, &[("BUYMODE__KAFKA__SASL_PASSWORD", "not-the-word")]);
    refuses(&ended, &["uthenticat"]);
    assert!(!ended.stderr.contains("not-the-word"), "{}", ended.stderr);
}
