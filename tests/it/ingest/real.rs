//! The shipped mappings over real files, where they are at hand: `BUYMODE_DATA`, or `../shared/data`
//! beside the project. Every row is accounted for; the counts are those of an independent count.

use super::{options, shipped};
use buymode::analysis::companies::Record;
use buymode::domain::account::input::RecordType as R;
use buymode::ingest::import::{Summary, collect};
use buymode::mapping::canonical::Canonical;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What a data set came to, read once for every test that asks.
pub(crate) struct Read {
    pub inputs: Vec<PathBuf>,
    pub summary: Summary,
    pub records: Vec<Record>,
}

/// Companies, rounds and acquisitions up to 2013.
pub(crate) fn crunchbase() -> Option<&'static Read> {
    static READ: OnceLock<Option<Read>> = OnceLock::new();
    let names = ["companies", "rounds", "acquisitions"];
    let names = names.map(|name| format!("crunchbase-2013/{name}.csv.gz"));
    READ.get_or_init(|| read("crunchbase-2013.yaml", &names)).as_ref()
}

/// Two snapshots of companies and jobs.
pub(crate) fn yc() -> Option<&'static Read> {
    static READ: OnceLock<Option<Read>> = OnceLock::new();
    let names =
        ["companies-2026-05-06", "jobs-2026-05-06", "companies-2026-07-26", "jobs-2026-07-26"];
    let names = names.map(|name| format!("yc-radar/{name}.csv.gz"));
    READ.get_or_init(|| read("yc-radar.yaml", &names)).as_ref()
}

fn read(mapping: &str, names: &[String]) -> Option<Read> {
    let inputs = data(names)?;
    let mut records = Vec::new();
    let mut keep = |record: Canonical| {
        let (account, input, known_at) = (record.account, record.input, record.known_at);
        records.push(Record { account, input, known_at });
    };
    let summary = collect(
        &shipped(mapping),
        &options(inputs.clone()),
        &mut |_| std::ops::ControlFlow::Continue(()),
        &mut keep,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    Some(Read { inputs, summary, records })
}

pub(crate) fn data(names: &[String]) -> Option<Vec<PathBuf>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("BUYMODE_DATA").map_or_else(beside, PathBuf::from);
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    if paths.iter().all(|path| path.exists()) {
        return Some(paths);
    }
    eprintln!("SKIPPED: no real data in {} (BUYMODE_DATA names another folder)", folder.display());
    None
}

/// Rows, skipped rows, dead letters; every row is one of mapped, skipped, dead.
pub(crate) fn accounted(summary: &Summary) -> [u64; 3] {
    for file in &summary.files {
        assert_eq!(file.rows, file.mapped + file.skipped + file.dead_letters, "{file:?}");
    }
    let skipped = summary.files.iter().map(|f| f.skipped).sum();
    [summary.rows(), skipped, summary.dead_letters_total()]
}

#[test]
fn crunchbase_2013_is_accounted_for() {
    let Some(Read { summary, .. }) = crunchbase() else { return };
    let counts = accounted(summary);
    // 16 companies have neither a founding nor a funding date; 1,534 lines of acquisitions are blank,
    // which is no row, and in 16 a company acquires itself.
    assert_eq!(counts, [17_727 + 27_872 + 6_185 - 1_534, 16, 16]);
    let records: Vec<_> = summary.records.iter().map(|(record, n)| (*record, *n)).collect();
    assert_eq!(records, [(R::Funding, 27_872), (R::News, 2 * 4_635), (R::Company, 17_711)]);
}

#[test]
fn two_yc_snapshots_are_accounted_for() {
    let Some(Read { summary, .. }) = yc() else { return };
    let counts = accounted(summary);
    assert_eq!(counts, [5_880 + 4_833 + 6_080 + 5_343, 0, 0]);
    // 1,380 posts of May are not in July's file. 221 and 240 companies have no team size, or 0.
    let closed: u64 = summary.files.iter().map(|f| f.gone).sum();
    assert_eq!(closed, 1_380);
    let records: Vec<_> = summary.records.iter().map(|(record, n)| (*record, *n)).collect();
    assert_eq!(
        records,
        [
            (R::Hiring, 4_833 + 5_343 + 1_380),
            (R::Headcount, 5_880 - 221 + 6_080 - 240),
            (R::Company, 5_880 + 6_080),
        ]
    );
}

#[test]
fn ashby_posts_are_accounted_for() {
    let Some(Read { summary, .. }) = read("ashby.yaml", &["ashby/posts.jsonl.gz".to_owned()])
    else {
        return;
    };
    let counts = accounted(&summary);
    assert_eq!(counts, [4_864, 0, 0]);
    assert_eq!(summary.records.get(&R::Hiring), Some(&4_864));
    assert_eq!(summary.records.get(&R::Company), Some(&4_864));
    let tools = summary.records.get(&R::Technology).copied().unwrap_or_default();
    assert!((3_000..5_000).contains(&tools), "{tools} tools named");
}
