//! Snapshots of a directory, one a week: three imports of one each write what one import of all
//! three writes, whatever happens in between.

mod decided;
mod ground;
mod refused;

use super::file;
use crate::pipeline::{ROUTES, topics};
use buymode::codec::Codec;
use buymode::domain::terms::account::AccountKey;
use buymode::ingest::import::{
    Destination, ImportError, ImportOptions, Phase, Progress, Summary, import,
};
use ground::{Ground, Week, day, mapping};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

const PARTITIONS: i32 = 3;

fn all_at_once(history: bool, weeks: &[Week]) -> Ground {
    let ground = Ground::new(history);
    let files = weeks.iter().enumerate().flat_map(|(at, week)| ground.files(at, week)).collect();
    ground.run(files);
    ground
}

fn weekly(history: bool, weeks: &[Week]) -> Ground {
    let ground = Ground::new(history);
    for (at, week) in weeks.iter().enumerate() {
        ground.week(at, week);
    }
    ground
}

fn week() -> impl Strategy<Value = Week> {
    let companies = proptest::collection::btree_set(0..6_u32, 0..6);
    // Fewer than the bound of rows that may vanish together.
    let posts = proptest::collection::btree_map(0..9_u32, (0..7_u32, 0..2_usize), 0..9);
    (companies, posts).prop_map(|(companies, posts)| Week {
        // A company has one site for ever here: a new one is another test's.
        companies: companies
            .into_iter()
            .map(|n| (n, (n != 3).then(|| format!("firm{n}.com"))))
            .collect(),
        posts: posts
            .into_iter()
            .map(|(id, (company, title))| (id, company, ["Account Executive", "SDR"][title]))
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn three_weekly_imports_write_what_one_import_of_all_does(
        weeks in proptest::collection::vec(week(), 3),
        history in any::<bool>(),
    ) {
        // All companies are known in the first week, as one import knows them from the start.
        let mut weeks = weeks;
        weeks[0].companies = (0..7).map(|n| (n, (n != 3).then(|| format!("firm{n}.com")))).collect();
        let (one, three) = (all_at_once(history, &weeks), weekly(history, &weeks));
        prop_assert_eq!(one.records(), three.records());
        prop_assert_eq!(one.kept(), three.kept());
    }
}

const WEEKS: [(&[u32], &[u32]); 3] =
    [(&[0, 1, 2, 3], &[1, 2, 3, 4, 5]), (&[0, 1, 2], &[2, 3, 5, 6]), (&[0, 1], &[1, 5, 6, 7])];

fn weeks() -> Vec<Week> {
    WEEKS.iter().map(|(companies, posts)| Week::of(companies, posts)).collect()
}

#[test]
fn posts_that_are_gone_are_closed_by_the_next_import() {
    for history in [false, true] {
        let ground = Ground::new(history);
        let weeks = weeks();
        assert_eq!(ground.week(0, &weeks[0]).records_total(), 4 * 2 + 5);
        let second = ground.week(1, &weeks[1]);
        assert_eq!(ground.closed(), ["p1", "p4"]);
        assert_eq!(second.files.iter().map(|file| file.gone).sum::<u64>(), 2);
        ground.week(2, &weeks[2]);
        // The company of p3 is in no file of that week; its site is known from the first.
        assert_eq!(ground.closed(), ["p1", "p2", "p3", "p4"]);
        assert!(ground.records().iter().all(|(.., key, _)| key.starts_with(b"firm")));
        let kept = ground.kept();
        let of = |kind: &str| kept.keys().filter(|key| key.contains(kind)).count();
        assert_eq!((of("\"posts\",\"p"), of("\"table\""), kept.len()), (4, 4, 9), "and one mark");
        assert!(kept.contains_key(r#"["directory","rule","posts"]"#));
    }
}

#[test]
fn the_same_snapshot_again_closes_nothing_and_says_nothing_new() {
    for history in [false, true] {
        let ground = weekly(history, &weeks());
        let (records, kept) = (ground.records(), ground.kept());
        let again = ground.week(2, &weeks()[2]);
        assert_eq!(again.files.iter().map(|file| file.gone).sum::<u64>(), 0);
        assert_eq!(ground.kept(), kept);
        let distinct = |all: Vec<_>| all.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(distinct(ground.records()), distinct(records), "{history}");
    }
}

#[test]
fn rows_of_an_older_snapshot_are_left_out_with_a_word() {
    for history in [false, true] {
        let ground = weekly(history, &weeks());
        let (closed, kept) = (ground.closed(), ground.kept());
        // All files again, as people import a folder.
        let files = (0..3).flat_map(|at| ground.files(at, &weeks()[at])).collect();
        let summary = ground.run(files);
        let left_out: u64 = summary.files.iter().map(|file| file.left_out).sum();
        assert_eq!(left_out, 5 + 4);
        assert_eq!(summary.notes.len(), 4, "{:?}", summary.notes);
        let note = summary.notes.first().unwrap();
        assert!(
            note.starts_with("posts-a-2026-10-01.csv: the rows of rule posts are left out: the file is of 2026-10-01"),
            "{note}"
        );
        for file in &summary.files {
            let sum = file.mapped + file.skipped + file.left_out + file.dead_letters;
            assert_eq!(file.rows, sum, "{file:?}");
        }
        assert_eq!((ground.closed(), ground.kept()), (closed, kept), "{history}");
    }
}

/// Stops an import after it has written so many of its records.
fn stop_after(written: u64) -> impl FnMut(Progress) -> ControlFlow<()> {
    move |progress| match progress.phase == Phase::Writing && progress.done >= written {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

#[test]
fn an_import_that_ends_in_the_middle_is_run_again_and_nothing_is_lost_or_closed_twice() {
    // More than an import writes between two looks at the clock.
    let posts = |from: u32, to: u32| (from..to).collect::<Vec<_>>();
    let weeks = [
        Week::of(&[0, 1, 2, 3], &posts(0, 1_200)),
        Week::of(&[0, 1, 2, 3], &posts(500, 1_700)),
        Week::of(&[0, 1, 2, 3], &posts(900, 2_100)),
    ];
    for history in [false, true] {
        let whole = all_at_once(history, &weeks);
        let ground = Ground::new(history);
        let mut cut = 0;
        for (at, week) in weeks.iter().enumerate() {
            for written in [1_024, 2_048] {
                let options = ground.options(ground.files(at, week));
                let stopped = ground.try_run(&options, &mut stop_after(written)).unwrap();
                cut += u32::from(stopped.stopped);
            }
            ground.week(at, week);
        }
        assert!(cut >= 5, "{cut}");
        let distinct = |all: Vec<_>| all.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(distinct(ground.records()), distinct(whole.records()), "{history}");
        assert_eq!(ground.kept(), whole.kept());
        // One that was stopped in the last of three snapshots, then all of them again.
        let ground = Ground::new(history);
        let files = |ground: &Ground| (0..3).flat_map(|at| ground.files(at, &weeks[at])).collect();
        for written in [3_072, 6_144] {
            let options = ground.options(files(&ground));
            assert!(ground.try_run(&options, &mut stop_after(written)).unwrap().stopped);
        }
        ground.run(files(&ground));
        assert_eq!(distinct(ground.records()), distinct(whole.records()), "{history}");
        assert_eq!(ground.kept(), whole.kept());
    }
}

#[test]
fn a_new_website_is_noticed_with_the_alias_that_joins_the_two() {
    let ground = Ground::new(true);
    let mut weeks = weeks();
    weeks[1].companies[1].1 = Some("https://www.renamed.io/".to_owned());
    assert!(ground.week(0, &weeks[0]).moved.is_empty());
    let second = ground.week(1, &weeks[1]);
    let pair = |(from, to): (&AccountKey, &_)| format!("{from} {to}");
    let moved: Vec<String> = second.moved.iter().map(pair).collect();
    assert_eq!(moved, ["firm1.com renamed.io"]);
    let post = &ground.kept()[r#"["directory","rule","posts","p5"]"#];
    let shown =
        |key: &Option<AccountKey>| key.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        (shown(&post.account), shown(&post.former)),
        ("renamed.io".into(), "firm1.com".into())
    );
    // Said once; the site of a week without the companies' file is the last one known.
    let third = ground.week(2, &Week { companies: vec![], ..weeks[2].clone() });
    assert!(third.moved.is_empty(), "{:?}", third.moved);
    let accounts: BTreeSet<Vec<u8>> =
        ground.records().into_iter().map(|(.., key, _)| key).collect();
    assert!(accounts.contains(&b"renamed.io"[..]) && accounts.contains(&b"firm1.com"[..]));
}

#[test]
fn what_is_kept_of_a_row_has_a_bound() {
    let ground = Ground::new(false);
    let week = |at: usize, rows: &str| {
        let text = format!("id,company,title,age\n{rows}");
        let name = format!("posts-{}.csv", day(at));
        ground.run(vec![file(ground.folder.path(), &name, &text)])
    };
    let (long, large) = ("k".repeat(5_000), "T".repeat(300_000));
    week(0, &format!("{long},c1,AE,1 day\np2,c1,{large},1 day\np3,c1,AE,1 day\n"));
    let sizes = ground.kept().into_iter().map(|(key, row)| (key.len(), row.content.is_some()));
    let sizes: Vec<(usize, bool)> = sizes.collect();
    assert!(sizes.iter().all(|(size, _)| *size < 300), "{sizes:?}");
    assert_eq!(sizes.iter().filter(|(_, has_content)| *has_content).count(), 2);
    let second = week(1, "p3,c1,AE,1 day\n");
    let closed = ground.closed();
    assert!(closed.len() == 1 && closed[0].starts_with("kkk"), "{closed:?}");
    assert!(second.notes.iter().any(|note| note.contains("too large to be kept: p2")));
    assert_eq!(ground.kept().len(), 2, "p3 and the mark");
}
