//! Tables of WARN notices in the layouts of the states, with invented employers. `STATE.csv` is the
//! table, `STATE.want` says what a careful reader makes of each row: account, day, kind, people and
//! change, `+` between two records, `skip` or `refused`.

use super::{file, options, shipped};
use buymode::domain::account::input::Input;
use buymode::domain::evidence::signal::Event;
use buymode::ingest::import::{TracedRow, trace};
use buymode::mapping::canonical::Canonical;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/ingest/warn")
}

fn shown(record: &Canonical) -> String {
    let Input::Signal(signal) = &record.input else { panic!("no signal: {record:?}") };
    let Event::News(news) = &signal.event else { panic!("no news: {signal:?}") };
    let people = news.people.map(|people| people.to_string()).unwrap_or_default();
    let change = news.change.map(|change| change.to_string()).unwrap_or_default();
    format!("{}|{}|{}|{people}|{change}", record.account, signal.occurred.day, news.news)
}

fn read(file: PathBuf) -> Vec<TracedRow> {
    let mut rows = Vec::new();
    let mapping = shipped("warn-notice.yaml");
    trace(&mapping, &options(vec![file]), false, &mut |row| rows.push(row)).unwrap();
    rows
}

/// The rows that are not read as they should be, and the number of rows.
fn misread(state: &str) -> (Vec<String>, usize) {
    let want = std::fs::read_to_string(folder().join(format!("{state}.want"))).unwrap();
    let want: Vec<&str> = want.lines().collect();
    let rows = read(folder().join(format!("{state}.csv")));
    assert_eq!(rows.len(), want.len(), "{state}");
    let mut wrong = Vec::new();
    for (row, want) in rows.iter().zip(&want) {
        let got = match &row.outcome {
            Ok(records) if records.is_empty() => "skip".to_owned(),
            Ok(records) => records.iter().map(shown).collect::<Vec<_>>().join("+"),
            Err(error) if *want == "refused" && error.message.contains("is missing") => {
                "refused".to_owned()
            }
            Err(error) => format!("refused: {}", error.message),
        };
        if got != *want {
            wrong.push(format!("{state} row {}: {got}, not {want}", row.row));
        }
    }
    (wrong, rows.len())
}

#[test]
fn the_tables_of_the_states_are_read_as_people_read_them() {
    let mut states: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let is_table = path.extension().is_some_and(|ending| ending == "csv");
            is_table.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
        })
        .collect();
    states.sort();
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for state in &states {
        let (misread, all) = misread(state);
        wrong.extend(misread);
        rows += all;
    }
    println!("{} of {rows} rows of {} tables are misread", wrong.len(), states.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of a list, each apart at its tabs; `\\n` is a line end.
fn list(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let apart = |line: &str| line.split('\t').map(|part| part.replace("\\n", "\n")).collect();
    text.lines().map(apart).collect()
}

/// What becomes of tables of one row each: JSON, since a CSV has one header.
fn each(rows: Vec<Value>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "rows.json", &Value::Array(rows).to_string());
    let shown = |row: TracedRow| match row.outcome {
        Ok(records) => records.iter().map(shown).collect::<Vec<_>>().join("+"),
        Err(error) => error.message,
    };
    read(path).into_iter().map(shown).collect()
}

fn row(more: &[(&str, &str)], without: &str) -> Value {
    let usual = [
        ("company", "Company", "Acme Robotics Inc"),
        ("place", "City", "Reno"),
        ("notice", "Notice Date", "3/1/24"),
        ("layoff", "Layoff Date", "5/1/24"),
        ("people", "Employees", "12"),
    ];
    let kept = usual.iter().filter(|(field, ..)| !without.split(' ').any(|out| out == *field));
    let cells = kept.map(|(_, column, value)| (*column, *value)).chain(more.iter().copied());
    Value::Object(cells.map(|(column, value)| (column.to_owned(), value.into())).collect())
}

#[test]
fn a_column_is_known_under_many_names() {
    let columns = list("columns.tsv");
    let rows = columns.iter().map(|line| match &*line[0] {
        "company" => row(&[(&line[1], "Acme Robotics Inc"), ("Contact Name", "Jo Doe")], "company"),
        "notice" => row(&[(&line[1], "3/1/24")], "notice"),
        "people" => row(&[(&line[1], "12")], "people"),
        // Without another date the first day of the layoff stands in.
        _ => row(&[(&line[1], "3/1/24")], "notice layoff"),
    });
    let got = each(rows.collect());
    let wrong = columns
        .iter()
        .zip(&got)
        .filter(|(_, got)| *got != "name:us:acmerobotics|2024-03-01|layoffs|12|");
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty() && got.len() == columns.len(), "{wrong:#?}");
}

#[test]
fn remarks_beside_a_name_are_no_part_of_it() {
    let names = list("names.tsv");
    let got = each(names.iter().map(|line| row(&[("Company", &line[0])], "company")).collect());
    for (line, got) in names.iter().zip(&got) {
        let people = if line[1].contains(' ') { "" } else { "12" };
        let one = |name| format!("name:us:{name}|2024-03-01|{{kind}}|{people}|{}", line[2]);
        let kind = if line[0].contains("Temporary") { "temporary_layoff" } else { "layoffs" };
        let want: Vec<String> = line[1].split(' ').map(one).collect();
        assert_eq!(*got, want.join("+").replace("{kind}", kind), "{}", line[0]);
    }
}

#[test]
fn the_kind_of_a_notice_is_said_in_many_ways() {
    let types = list("types.tsv");
    let got = each(types.iter().map(|line| row(&[(&line[0], &line[1])], "")).collect());
    for (line, got) in types.iter().zip(&got) {
        assert_eq!(got.split('|').nth(2), Some(&*line[2]), "{} {}: {got}", line[0], line[1]);
    }
}

#[test]
fn a_notice_counts_from_when_the_state_knew_it() {
    let known = |more: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "rows.json", &row(more, "").to_string());
        let records = read(path).remove(0).outcome.unwrap();
        records[0].known_at.day().to_string()
    };
    for (more, day) in [
        (&[][..], "2024-03-01"),
        (&[("Received", "3/6/24")], "2024-03-06"),
        (&[("Received", "3/6/24"), ("Date posted", "3/12/2024")], "2024-03-12"),
        (&[("Date posted", "pending"), ("Received", "3/6/24")], "2024-03-06"),
        (&[("Received", "2/6/24")], "2024-03-01"),
    ] {
        assert_eq!(known(more), day, "{more:?}");
    }
}
