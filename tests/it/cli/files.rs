//! `buymode import` of files as they really come: which kinds are read, what is said of a file, and which
//! files end the command.

use super::{EXAMPLE, Ended, buymode, ok};
use std::io::Write;
use std::path::Path;

const MAPPING: &str = "source: test
dates: month_first
rules:
  - name: rounds
    match: has(\"Announced\") and .Site
    emit: '{record: \"funding\", account: .Site, occurred_at: .Announced, amount_usd: .Amount,
      source_record_id: .Id, evidence_urls: .Link}'
";

fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn import(folder: &Path, files: &[&str], more: &[&str]) -> Ended {
    let mapping = file(folder, "m.yaml", MAPPING.as_bytes());
    let mut args = vec!["import", "--mapping", mapping.as_str()];
    args.extend(files);
    args.extend(more);
    buymode(&args)
}

fn dry(folder: &Path, name: &str, bytes: &[u8]) -> Ended {
    let path = file(folder, name, bytes);
    import(folder, &[&path], &["--dry-run", "--json"])
}

fn summary(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"))
}

#[test]
fn a_file_that_no_rule_matches_ends_with_1_and_both_lists_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let ended = dry(folder.path(), "people.csv", b"Name,Title\nKim,CRO\nJo,CFO\n");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(
        ended.stderr.trim(),
        "buymode: people.csv: no rule of the mapping matches any row, so nothing is imported of it; \
         the rules look for rounds: Announced, Site; the file has Name, Title"
    );
    assert_eq!(summary(&ended)["unmatched"][0]["columns"], serde_json::json!(["Name", "Title"]));
    // One row that fits is enough, and so is a file without a row.
    for good in ["Site,Announced\n,\nacme.com,2026-03-01\n", "Site,Announced\n", ""] {
        assert_eq!(dry(folder.path(), "rounds.csv", good.as_bytes()).code, Some(0), "{good}");
    }
    // A dead letter says for itself what is wrong.
    let ended = dry(folder.path(), "rounds.csv", b"Site,Announced\nacme.com,soon\n");
    assert_eq!(
        (ended.code, summary(&ended)["files"][0]["dead_letters"].as_u64()),
        (Some(0), Some(1))
    );
}

#[test]
fn a_cut_file_ends_with_1_and_says_how_much_was_read_and_what_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let row =
        |n: u32| format!("{{\"Site\":\"acme.com\",\"Announced\":\"2026-03-01\",\"Id\":\"{n}\"}}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    (0..500).for_each(|n| writeln!(gzip, "{}", row(n)).unwrap());
    let gzip = gzip.finish().unwrap();
    for (name, bytes, said) in [
        (
            "list.json",
            format!("[{},{},", row(1), row(2)).into_bytes(),
            "its list is not closed; 2 rows before that were read",
        ),
        (
            "list.json",
            format!("[{},{}", row(1), &row(2)[..20]).into_bytes(),
            "its list is not closed; 1 row before that was read",
        ),
        (
            "lines.jsonl",
            format!("{}\n{}", row(1), &row(2)[..20]).into_bytes(),
            "its last line is half a value; 1 row",
        ),
        ("rows.xml", b"<rows><row>".to_vec(), "<row> is not closed; 0 rows"),
        (
            "rows.csv",
            b"Site,Announced\nacme.com,2026-03-01\n\"acme.com,\n".to_vec(),
            "has a quote that is not closed; 1 row",
        ),
        ("lines.jsonl.gz", gzip[..gzip.len() - 20].to_vec(), "the gzip ends in the middle; "),
    ] {
        let ended = dry(folder.path(), name, &bytes);
        assert_eq!(ended.code, Some(1), "{name}: {ended:?}");
        assert!(ended.stderr.contains(said), "{name}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("0 records are in the log: get the whole file"),
            "{}",
            ended.stderr
        );
    }
    // Onto a log, and then the whole file: what was written before the cut counts once.
    let log = folder.path().join("log");
    let at = ["--embedded", log.to_str().unwrap()];
    ok(&[&["topics", "create", "--profile", EXAMPLE, "--partitions", "1"], &at[..]].concat());
    let list = |end: &str| format!("[{}{end}", [row(1), row(2)].join(","));
    let path = file(folder.path(), "list.json", list("").as_bytes());
    assert_eq!(import(folder.path(), &[&path], &at).code, Some(1));
    file(folder.path(), "list.json", list("]").as_bytes());
    assert_eq!(import(folder.path(), &[&path], &at).code, Some(0));
}

#[test]
fn what_is_odd_about_a_file_is_said_once_and_costs_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "Site,Announced,Id,Link,Amount,Site,\n\
        acme.com,16/07/2020,1,see CRM,1.5M,kite.com,\n\
        ,06/04/2020,2,https://loom.com/a,\"2,000,000\",kite.com\n\
        loom.com,05/04/2020,Caf\u{e9},,\n";
    let bytes = encoding_rs::WINDOWS_1252.encode(rows).0.into_owned();
    let ended = dry(folder.path(), "rounds.csv", &bytes);
    let summary = summary(&ended);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(summary["files"][0]["mapped"], 3, "{summary}");
    assert_eq!(summary["warnings_total"], 1);
    assert_eq!(
        summary["warnings"][0]["message"],
        "evidence_urls: \"see CRM\" is not a link of the web and is left out"
    );
    let notes = summary["notes"].as_array().unwrap();
    let notes: Vec<&str> = notes.iter().map(|note| note.as_str().unwrap()).collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert_eq!(
        notes[0],
        "rounds.csv: 1 date such as 16/07/2020 has the day first, but 2 dates such as 06/04/2020 were read \
         with the month first; write `dates: day_first` in the mapping"
    );
    assert!(notes[1].contains("windows-1252"), "{notes:?}");
    assert_eq!(
        notes[2],
        "rounds.csv: the header has 2 columns \"Site\"; the first filled one of a row is read"
    );
    let path = folder.path().join("rounds.csv");
    let shown = import(folder.path(), &[path.to_str().unwrap()], &["--dry-run"]).stdout;
    assert!(shown.contains("rounds.csv: the header has 2 columns"), "{shown}");
    assert!(shown.contains("1 warning; the first:\n  rounds.csv row 1: evidence_urls"), "{shown}");
}

#[test]
fn the_files_of_a_zip_and_named_encodings_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("delivery.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in [
        ("a/one.csv", "Site,Announced\nacme.com,2026-03-01\n"),
        ("a/two.jsonl", "{\"Site\":\"b.com\",\"Announced\":\"2026-03-02\"}\n"),
        ("readme.txt", "x"),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let ended = import(folder.path(), &[path.to_str().unwrap()], &["--dry-run", "--json"]);
    let summary = summary(&ended);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let files: Vec<_> = summary["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["name"].as_str().unwrap(), f["mapped"].as_u64()))
        .collect();
    assert_eq!(files, [("one.csv", Some(1)), ("two.jsonl", Some(1))]);
    assert_eq!(summary["notes"][0], "delivery.zip: not read, since it holds no rows: readme.txt");
    let japanese = encoding_rs::SHIFT_JIS.encode("Site,Announced\n日本.jp,2026-03-01\n").0;
    let path = file(folder.path(), "jp.csv", &japanese);
    let named =
        import(folder.path(), &[&path], &["--dry-run", "--json", "--encoding", "shift_jis"]);
    assert_eq!(named.code, Some(0), "{named:?}");
    assert_eq!(super::files::summary(&named)["files"][0]["mapped"], 1);
    let unknown = import(folder.path(), &[&path], &["--dry-run", "--encoding", "klingon"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("unknown encoding; use a name of the web"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn an_endless_jq_program_is_a_dead_letter_of_each_row() {
    let folder = tempfile::tempdir().unwrap();
    let rows = file(folder.path(), "rows.csv", b"Site\nacme.com\nb.com\n");
    for define in ["def f: 1 + f;", "def f: [f];", "def f: . as $x | {a: f};"] {
        let text = format!(
            "source: test\ndefine: '{define}'\nrules:\n  - {{name: r, match: 'true', emit: f}}\n"
        );
        let mapping = file(folder.path(), "endless.yaml", text.as_bytes());
        let ended = buymode(&["import", "--dry-run", "--json", "--mapping", &mapping, &rows]);
        assert_eq!(ended.code, Some(0), "{define}: {ended:?}");
        let summary = summary(&ended);
        assert_eq!(summary["files"][0]["dead_letters"], 2, "{define}: {summary}");
        let message = summary["samples"][0]["message"].as_str().unwrap();
        assert!(
            message.contains("does it never end?") || message.contains("never end?"),
            "{message}"
        );
    }
}
