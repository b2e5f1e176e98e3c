//! Two people replay the same dead letters at once, on a real broker.

use super::dead_letters::{BROKEN, mended};
use super::{buymode, command, ok, wait};
use crate::ingest::http::service::each;
use crate::support::{self, Address};
use buymode::codec::{Codec, Decoded};
use buymode::kafka::{KafkaConfig, KafkaStore};
use std::collections::BTreeMap;

const ROWS: usize = 600;

#[test]
fn two_replays_at_once_write_nothing_twice() {
    let Some(kafka) = support::kafka() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let prefix = format!("{}.", kafka.unique("replays"));
    let config = file(
        "buymode.yaml",
        &format!(
            "kafka: {{bootstrap: '{}'}}\ntopics: {{partitions: 3, prefix: '{prefix}'}}\n",
            kafka.bootstrap()
        ),
    );
    let config = ["--config", config.as_str()];
    ok(&[&["topics", "create"], &config[..]].concat());
    let mapping = file("vendor.yaml", BROKEN);
    let rows = (0..ROWS).map(|n| {
        let kind = if n % 3 == 0 { "odd" } else { "even" };
        format!("r{n},site-{n}.com,seed,2024-02-0{},{kind}\n", 1 + n % 9)
    });
    let rows = file("rows.csv", &format!("id,site,round,date,kind\n{}", rows.collect::<String>()));
    let import = ["import", "--mapping", &mapping, &rows, "--snapshot-at", "2024-03-01"];
    ok(&[&import, &config[..]].concat());
    file("vendor.yaml", &mended());

    let replay = [&["dead-letters", "replay", "--mapping", &mapping][..], &config].concat();
    let both = [(); 2].map(|()| command(&replay).spawn().unwrap());
    let mut won = 0;
    for ended in both.map(wait) {
        won += usize::from(ended.code == Some(0));
        // The later takes over from the earlier, which says so.
        assert!(ended.code == Some(0) || ended.stderr.contains("taken over"), "{ended:?}");
    }
    assert!(won > 0, "neither came to its end");
    let again = buymode(&replay);
    assert!(again.stdout.contains("no open dead letter matches"), "{again:?}");

    let settings = KafkaConfig { bootstrap: kafka.bootstrap().to_owned(), ..Default::default() };
    let store = KafkaStore::new(settings).unwrap();
    let (mut codec, mut found) = (Codec::local(), BTreeMap::<String, usize>::new());
    each(&store, &format!("{prefix}buymode.inputs"), &mut |key, value| {
        let decoded = codec.decode_input(key, value).unwrap();
        let Decoded::Account { account, .. } = decoded else { panic!("{decoded:?}") };
        *found.entry(account.to_string()).or_default() += 1;
    });
    assert_eq!(found.len(), ROWS);
    assert!(found.values().all(|n| *n == 1), "a row came twice");
    let mut resolved = 0;
    each(&store, &format!("{prefix}buymode.dead-letters.resolved"), &mut |_, _| resolved += 1);
    assert_eq!(resolved, ROWS / 3);
}
