//! `buymode deliver replay` and `resume` as people call them.

use super::{buymode, ok};
use crate::support::readable::assert_readable;
use serde_json::Value;

const ROSTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/roster.yaml");

fn refusal(args: &[&str]) -> String {
    let ended = buymode(args);
    assert_ne!(ended.code, Some(0), "{args:?}: {ended:?}");
    ended.stderr
}

#[test]
fn decisions_are_chosen_before_anything_is_sent_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let log = ["--embedded", log.to_str().unwrap()];
    let with = |args: &[&'static str]| [args, &log[..]].concat();
    let to_leads = ["deliver", "replay", "--to", "leads"];
    ok(&with(&["topics", "create", "--partitions", "1"]));
    let said = refusal(&with(&[&to_leads[..], &["--all"]].concat()));
    assert!(said.contains("no roster was published"), "{said}");
    ok(&with(&["deliver", "publish", ROSTER]));
    let said = refusal(&with(&to_leads));
    assert!(said.contains("no decisions were chosen; use --decision"), "{said}");
    let said = refusal(&with(&["deliver", "replay", "--to", "nowhere", "--all"]));
    assert!(said.contains("invalid destination nowhere") && said.contains("leads"), "{said}");
    let offsets = ["--partition", "0", "--offsets", "1-2"];
    let said = refusal(&with(&[&to_leads[..], &offsets].concat()));
    assert!(said.contains("use --route ROUTE once beside them"), "{said}");
    let said = refusal(&with(&[&to_leads[..], &["--since", "yesterday"]].concat()));
    assert!(said.contains("use a date, such as 2026-10-01"), "{said}");
    let said = ok(&with(&[&to_leads[..], &["--all", "--dry-run", "--json"]].concat()));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["written"], &said["there"]), (&false.into(), &0.into()));
    assert_readable("replay", &said);
    assert_eq!(ok(&with(&["deliver", "resume", "leads"])), "leads is tried again\n");
    let said = refusal(&with(&["deliver", "resume", "nowhere"]));
    assert!(said.contains("invalid destination nowhere: use one of"), "{said}");
}

#[test]
fn deliver_does_not_start_without_the_secrets_that_its_roster_names() {
    let folder = tempfile::tempdir().unwrap();
    let log = format!("--embedded={}", folder.path().join("log").display());
    ok(&["topics", "create", "--partitions", "1", &log]);
    ok(&["deliver", "publish", ROSTER, &log]);
    let ended = buymode(&["deliver", &log]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    let named = "slack.token: the variable SLACK_BOT_TOKEN is not set; set it to the secret";
    assert!(ended.stderr.contains(named) && ended.stderr.contains("roster 1:"), "{ended:?}");
}
