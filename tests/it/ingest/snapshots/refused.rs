//! Snapshots that are cut, empty or in parts, and histories that have gone on without the files.

use super::*;

/// A log with this many posts in the first week.
fn with_posts(n: u32) -> (Ground, Vec<u32>) {
    let ground = Ground::new(false);
    let posts: Vec<u32> = (0..n).collect();
    ground.week(0, &Week::of(&[0, 1, 2, 3], &posts));
    (ground, posts)
}

#[test]
fn a_cut_snapshot_is_refused_before_anything_is_written() {
    let (ground, posts) = with_posts(30);
    let (records, kept) = (ground.records(), ground.kept());
    let cut = ground.files(1, &Week::of(&[0, 1, 2, 3], &posts[..8]));
    let mut on = |_| ControlFlow::Continue(());
    let error = ground.try_run(&ground.options(cut), &mut on).unwrap_err().to_string();
    let said = "22 of the 30 rows of rule posts that the last snapshot held are missing from that \
                of 2026-10-08 (companies-2026-10-08.csv)";
    assert!(error.starts_with(said), "{error}");
    assert_eq!((ground.records(), ground.kept()), (records, kept));
    // The whole file of that day.
    ground.week(1, &Week::of(&[0, 1, 2, 3], &posts[..28]));
    assert_eq!(ground.closed().len(), 2);
    let cut = ground.files(2, &Week::of(&[0, 1, 2, 3], &posts[..8]));
    let accepting = ImportOptions { accept_gone: true, ..ground.options(cut) };
    ground.try_run(&accepting, &mut on).unwrap();
    assert_eq!(ground.closed().len(), 22);
}

#[test]
fn an_empty_snapshot_closes_nothing_and_says_so() {
    let (ground, _) = with_posts(30);
    let text = "id,company,title,age\n";
    let summary = ground.run(vec![file(ground.folder.path(), "posts-2026-10-08.csv", text)]);
    assert!(ground.closed().is_empty());
    let note = summary.notes.first().unwrap();
    assert!(note.starts_with("posts-2026-10-08.csv: the snapshot has no rows"), "{note}");
    // So do a snapshot without that rule, and the next whole one.
    ground.week(2, &Week::of(&[0, 1, 2, 3], &[]));
    assert!(ground.closed().is_empty());
    ground.week(3, &Week::of(&[0], &(1..30).collect::<Vec<_>>()));
    assert_eq!(ground.closed(), ["p0"]);
}

#[test]
fn a_row_that_cannot_be_read_may_be_any_so_none_counts_as_gone() {
    let (ground, posts) = with_posts(30);
    let mut files = ground.files(1, &Week::of(&[0, 1, 2, 3], &posts[1..]));
    let text = std::fs::read_to_string(&files[1]).unwrap();
    std::fs::write(&files[1], text.replacen("p5,c", "p5,c,c", 1)).unwrap();
    let summary = ground.run(std::mem::take(&mut files));
    assert!(ground.closed().is_empty());
    let said = "row 5 cannot be read and may be any row of the snapshot before";
    assert!(summary.notes.iter().any(|note| note.contains(said)), "{:?}", summary.notes);
    // The next whole one closes both that are gone.
    ground.week(2, &Week::of(&[0, 1, 2, 3], &posts[2..]));
    assert_eq!(ground.closed(), ["p0", "p1"]);
}

#[test]
fn a_snapshot_may_come_in_several_commands() {
    let (ground, posts) = with_posts(30);
    let files = ground.files(1, &Week::of(&[0, 1, 2, 3], &posts[1..]));
    let mut on = |_| ControlFlow::Continue(());
    for (at, file) in files.iter().enumerate() {
        assert!(ground.closed().is_empty());
        let partial = at + 1 < files.len();
        let options = ImportOptions { partial, ..ground.options(vec![file.clone()]) };
        ground.try_run(&options, &mut on).unwrap();
    }
    assert_eq!(ground.closed(), ["p0"]);
}

#[test]
fn without_the_topic_an_import_of_snapshots_names_it() {
    let ground = Ground::new(false);
    let sources_topic = Some("elsewhere".to_owned());
    let files = ground.files(0, &Week::of(&[0], &[1]));
    let options = ImportOptions { sources_topic, ..ground.options(files) };
    let mut on = |_| ControlFlow::Continue(());
    let error = ground.try_run(&options, &mut on).unwrap_err().to_string();
    assert!(error.starts_with("topic elsewhere does not exist"), "{error}");
    assert!(ground.records().is_empty());
}

/// A file of rounds, one a day from this day of 2020 on.
fn rounds(ground: &Ground, name: &str, days: std::ops::Range<u32>, year: u32) -> Vec<PathBuf> {
    let header = "company_permalink,funding_round_type,funded_at,raised_amount_usd\n";
    let row = |day| format!("/company/c-{day},angel,{year}-03-{day:02},{day}000\n");
    let text = days.map(row).fold(header.to_owned(), |text, row| text + &row);
    vec![file(ground.folder.path(), name, &text)]
}

fn import_rounds(
    ground: &Ground,
    inputs: Vec<PathBuf>,
    accept_late: bool,
) -> Result<Summary, ImportError> {
    let options = ImportOptions { accept_late, ..ground.options(inputs) };
    let destination = Destination { store: &ground.store, codec: &mut Codec::local() };
    let mapping = crate::ingest::shipped("crunchbase-2013.yaml");
    import(Some(destination), &mapping, &options, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn an_import_that_is_older_than_the_history_is_refused_with_counts() {
    let ground = Ground::new(true);
    let summary = import_rounds(&ground, rounds(&ground, "new.csv", 1..20, 2020), false).unwrap();
    assert_eq!(summary.late, None);
    let records = ground.records();
    let old = rounds(&ground, "old.csv", 1..9, 2017);
    let error = import_rounds(&ground, old.clone(), false).unwrap_err().to_string();
    let said = "8 of 8 new records are older than the end of the history buymode.inputs, 2020-03-19, \
                and would count from that day on, and 8 of them not at all: signals of more than 400 \
                days before it; the newest is of 2017-03-08. Nothing is written";
    assert!(error.starts_with(said), "{error}");
    assert_eq!(ground.records(), records, "not even a tick");
    // A few late ones are written, and counted.
    let mostly = rounds(&ground, "mostly.csv", 15..28, 2020);
    let summary = import_rounds(&ground, mostly.clone(), false).unwrap();
    assert_eq!(summary.late, None, "the first five are in the log already");
    let late = import_rounds(&ground, old.clone(), true).unwrap().late.unwrap();
    assert_eq!(
        (late.log_end_on.to_string(), late.records, late.too_late),
        ("2020-03-27".into(), 8, 8)
    );
    // Once they are there, they do no harm.
    assert_eq!(import_rounds(&ground, old, false).unwrap().late, None);
    assert_eq!(import_rounds(&ground, mostly, false).unwrap().late, None);
    let again = rounds(&ground, "again.csv", 20..31, 2019);
    assert!(import_rounds(&ground, again, false).is_err(), "the end is still 2020");
}

#[test]
fn a_live_log_takes_every_date_and_says_what_is_too_late() {
    let ground = Ground::new(false);
    let summary = import_rounds(&ground, rounds(&ground, "old.csv", 1..9, 2017), false).unwrap();
    assert_eq!((summary.late, summary.too_late), (None, 8));
}

#[test]
fn files_of_several_mappings_are_merged_in_order_of_time() {
    use buymode::ingest::import::{Part, import_all};
    let ground = Ground::new(true);
    let posts = [ground.files(0, &weeks()[0]), ground.files(1, &weeks()[1])].concat();
    let mut older = rounds(&ground, "older.csv", 1..20, 2013);
    older.extend(rounds(&ground, "newer.csv", 1..20, 2027));
    let (directory, crunchbase) = (mapping(), crate::ingest::shipped("crunchbase-2013.yaml"));
    let parts = [
        Part { mapping: &directory, inputs: &posts },
        Part { mapping: &crunchbase, inputs: &older },
    ];
    let run = |parts: &[Part<'_>]| {
        let destination = Destination { store: &ground.store, codec: &mut Codec::local() };
        let options = ground.options(vec![]);
        import_all(Some(destination), parts, &options, &mut |_| ControlFlow::Continue(()))
    };
    let summary = run(&parts).unwrap();
    assert_eq!(summary.late, None);
    assert_eq!((summary.files.len(), summary.ticks), (8, PARTITIONS as u64));
    assert_eq!(ground.closed(), ["p1", "p4"]);
    let mut before = (0, 0);
    let mut turns = BTreeSet::new();
    for (partition, time, key, _) in ground.records() {
        assert!((partition, time) >= before, "in order of time: {before:?} {time}");
        before = (partition, time);
        turns.insert((time > 1_700_000_000_000, key.starts_with(b"crunchbase:")));
    }
    assert!(turns.contains(&(true, true)) && turns.contains(&(false, true)), "{turns:?}");
    let missing = [ground.folder.path().join("missing.csv")];
    let error = run(&[parts[0], Part { mapping: &crunchbase, inputs: &missing }]).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("missing.csv (mapping ")
            && error.contains("crunchbase-2013.yaml): cannot be read"),
        "{error}"
    );
}
