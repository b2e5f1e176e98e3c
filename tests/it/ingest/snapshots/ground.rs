//! A directory that shows companies and posts, and a log that its snapshots go to.

use super::PARTITIONS;
use crate::ingest::{file, options};
use crate::pipeline::{ROUTES, create as create_topics, topics};
use buymode::codec::{Codec, Decoded};
use buymode::domain::account::input::Input;
use buymode::domain::account::records::SourceRow;
use buymode::domain::evidence::signal::Event;
use buymode::embedded::{EmbeddedOptions, EmbeddedStore};
use buymode::ingest::import::{Destination, ImportError, ImportOptions, Progress, Summary, import};
use buymode::log::Store;
use buymode::log::scan::Scan;
use buymode::mapping::Mapping;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Companies by id, with their sites in a table; posts name the company by its id.
const MAPPING: &str = r#"
source: directory
snapshot_at: '$file | capture("(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})").day? // null'
tables:
  sites: {match: 'has("site") and .site', key: .id, value: .site}
rules:
  - name: companies
    match: has("site")
    emit: |
      [$tables.sites[.id], "dir:" + .id] as $account
      | {record: "company", account: $account, source_record_id: "\(.id)@\($snapshot_at)",
         name: .id, employees: .size},
        {record: "headcount", account: $account, source_record_id: "\(.id)@\($snapshot_at)",
         occurred_at: $snapshot_at, total: .size}
  - name: posts
    match: has("title")
    emit: |
      {record: "hiring", action: "posted", account: [$tables.sites[.company], "dir:" + .company],
       source_record_id: .id, posting: .id, title, occurred_at: .age}
    gone:
      key: .id
      emit: |
        {record: "hiring", action: "closed", account: [$tables.sites[.company], "dir:" + .company],
         source_record_id: "\(.id) closed \($snapshot_at)", posting: .id, title,
         occurred_at: $snapshot_at}
"#;

pub(super) fn mapping() -> Mapping {
    let none = |_: &str| panic!("no other file");
    Mapping::parse("directory.yaml", MAPPING, &none).unwrap_or_else(|e| panic!("{e}"))
}

/// What the directory shows in a week.
#[derive(Clone, Debug, Default)]
pub(super) struct Week {
    /// Id and site; none has a key of the directory.
    pub companies: Vec<(u32, Option<String>)>,
    /// Id, company and title; one without a company in the directory has a key of the directory.
    pub posts: Vec<(u32, u32, &'static str)>,
}

impl Week {
    pub(super) fn of(companies: &[u32], posts: &[u32]) -> Week {
        let companies = companies.iter().map(|n| (*n, Some(format!("firm{n}.com")))).collect();
        let posts = posts.iter().map(|n| (*n, n % 4, "Account Executive")).collect();
        Week { companies, posts }
    }
}

pub(super) fn day(week: usize) -> String {
    format!("2026-10-{:02}", 1 + 7 * week)
}

/// Sees key, value and time of a record.
type Visit<'v> = dyn FnMut(&[u8], Option<&[u8]>, i64) + 'v;

/// A folder with the files of each week, and a log.
pub(super) struct Ground {
    pub folder: tempfile::TempDir,
    pub store: EmbeddedStore,
    history: bool,
}

impl Ground {
    pub(super) fn new(history: bool) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let settings = EmbeddedOptions {
            map_size_bytes: 1 << 28,
            ..EmbeddedOptions::new(folder.path().join("log"))
        };
        let store = EmbeddedStore::open(&settings).unwrap();
        let routes: Vec<&str> = ROUTES.to_vec();
        match history {
            true => create_topics(&store, &topics(), PARTITIONS, &routes),
            false => {
                let routes = routes.into_iter().map(Into::into).collect();
                let specs = topics().specs(PARTITIONS, false, &routes);
                store.create_topics(&specs).unwrap();
            }
        }
        Ground { folder, store, history }
    }

    /// The files of a week, written; posts in two files.
    pub(super) fn files(&self, at: usize, week: &Week) -> Vec<PathBuf> {
        let mut texts = vec![("companies", "id,site,size\n".to_owned())];
        for (id, site) in &week.companies {
            let site = site.as_deref().unwrap_or_default();
            texts[0].1 += &format!("c{id},{site},{}\n", 20 + 10 * at as u32 + id);
        }
        let half = week.posts.len().div_ceil(2).max(1);
        for (name, posts) in ["posts-a", "posts-b"].iter().zip(week.posts.chunks(half)) {
            let mut text = "id,company,title,age\n".to_owned();
            for (id, company, title) in posts {
                text += &format!("p{id},c{company},{title},{} days\n", 3 + 7 * at);
            }
            texts.push((*name, text));
        }
        let write = |(name, text): (&str, String)| {
            file(self.folder.path(), &format!("{name}-{}.csv", day(at)), &text)
        };
        texts.into_iter().map(write).collect()
    }

    pub(super) fn options(&self, inputs: Vec<PathBuf>) -> ImportOptions {
        let sources_topic = Some(topics().sources);
        ImportOptions { sources_topic, sort_bytes_max: 1 << 20, ..options(inputs) }
    }

    pub(super) fn try_run(
        &self,
        options: &ImportOptions,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary, ImportError> {
        let destination = Destination { store: &self.store, codec: &mut Codec::local() };
        import(Some(destination), &mapping(), options, &mut |progress| watch(progress))
    }

    pub(super) fn run(&self, inputs: Vec<PathBuf>) -> Summary {
        let mut on = |_| ControlFlow::Continue(());
        self.try_run(&self.options(inputs), &mut on).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Imports that week alone.
    pub(super) fn week(&self, at: usize, week: &Week) -> Summary {
        self.run(self.files(at, week))
    }

    pub(super) fn each(&self, topic: &str, partition: i32, visit: &mut Visit<'_>) {
        let mut reader = self.store.reader().unwrap();
        let scan = Scan::whole(&mut *reader, topic, partition).unwrap();
        let mut visit = |r: buymode::log::RecordRef<'_>| {
            visit(r.key.unwrap_or_default(), r.value, r.timestamp_ms);
        };
        scan.each(&mut *reader, &mut visit).unwrap();
    }

    /// The records for accounts, in order, with their times if those are the import's.
    pub(super) fn records(&self) -> Vec<(i32, i64, Vec<u8>, Vec<u8>)> {
        let mut all = Vec::new();
        for partition in 0..PARTITIONS {
            self.each(&topics().inputs, partition, &mut |key, value, time| {
                let decoded =
                    Codec::local().decode_input(Some(key).filter(|k| !k.is_empty()), value);
                if matches!(decoded, Ok(Decoded::Account { .. })) {
                    let time = if self.history { time } else { 0 };
                    all.push((partition, time, key.to_vec(), value.unwrap().to_vec()));
                }
            });
        }
        all
    }

    /// The posts that were closed, each as often as it was.
    pub(super) fn closed(&self) -> Vec<String> {
        let mut closed = Vec::new();
        for (.., key, value) in self.records() {
            let decoded = Codec::local().decode_input(Some(&key), Some(&value)).unwrap();
            let Decoded::Account { input: Input::Signal(signal), .. } = decoded else { continue };
            if let Event::Hiring(hiring) = &signal.event
                && format!("{:?}", hiring.action) == "Closed"
            {
                closed.push(format!("{:?}", hiring.posting).replace(['"', '(', ')'], ""));
            }
        }
        closed.sort();
        closed.iter().map(|posting| posting.trim_start_matches("Some").to_owned()).collect()
    }

    /// What is kept: by key, without tombstones.
    pub(super) fn kept(&self) -> BTreeMap<String, SourceRow> {
        let mut kept = BTreeMap::new();
        self.each(&topics().sources, 0, &mut |key, value, _| {
            let key = String::from_utf8(key.to_vec()).unwrap();
            match value {
                None => drop(kept.remove(&key)),
                Some(value) => {
                    let row = Codec::local().decode_source_row(value).unwrap();
                    kept.insert(key, row);
                }
            }
        });
        kept
    }
}
