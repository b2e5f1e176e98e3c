//! Twenty broken exports, as they really occur: each is refused or remarked on in words that say what to do.

use super::check::Export;
use std::io::Write as _;

/// How an export ended: what its report or its refusal says.
enum Says {
    /// The file is refused.
    Refused(&'static str),
    /// The report says it.
    Found(&'static str),
}

fn deals(rows: usize) -> String {
    let row = |at: usize| {
        let stage = ["Won", "Lost", "Open"][at % 3];
        format!(
            "D{at},Kestrel {},2025-01-{:02},2025-03-{:02},{stage},{}",
            at % 40,
            1 + at % 28,
            1 + at % 28,
            500 + at
        )
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("id,account,created,closed,stage,amount\n{}\n", rows.join("\n"))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

#[test]
fn broken_exports_get_clear_messages() {
    use Says::{Found, Refused};
    let whole = deals(60);
    let packed = gzip(&deals(4_000));
    let replaced = |from: &str, to: &str| whole.replace(from, to).into_bytes();
    let with_line = |line: &str| format!("{whole}{line}\n").into_bytes();
    let nameless: Vec<String> = (0..40).rev().map(|at| format!("Kestrel {at},")).collect();
    let nameless =
        nameless.iter().skip(3).fold(whole.clone(), |text, name| text.replace(name, ","));
    let accented = whole.replace("Kestrel 7,", "Kestrél 7,");
    let western: Vec<u8> = accented.chars().map(|c| c as u32 as u8).collect();
    let cases: Vec<(&str, Vec<u8>, Says)> = vec![
        ("an empty file", Vec::new(), Found("the file has no rows")),
        ("a header alone", b"id,account,stage\n".to_vec(), Found("the file has no rows")),
        (
            "a file cut in its packing",
            packed[..packed.len() / 2].to_vec(),
            Refused("cannot be read"),
        ),
        (
            "a web page called .xls",
            b"<html><body><table><tr><td>id</td></tr></table></body></html>".to_vec(),
            Refused("an XML document or a web page, not a table; export it as CSV or .xlsx"),
        ),
        (
            "an old workbook",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(),
            Refused("save it as .xlsx or CSV"),
        ),
        (
            "an unknown separator",
            whole.replace(',', "~").into_bytes(),
            Refused("columns must be separated by commas, semicolons, tabs or bars"),
        ),
        (
            "a note in the last line that spills over",
            with_line("D99,Kestrel, Ltd,2025-01-01,2025-02-01,Won,100,200"),
            Found("1 row not readable"),
        ),
        ("no outcome", replaced("Won", "A"), Found("no column says which records were won")),
        (
            "an ending that does not say how",
            replaced("Lost", "Closed"),
            Found("1 label that may be won or lost; taken for open"),
        ),
        ("a date that does not exist", replaced("2025-01-28", "28/13/2025"), Found("not a date")),
        (
            "an empty date that became 1900",
            replaced("2025-01-05", "1900-01-01"),
            Found("before 1990"),
        ),
        (
            "years in the future",
            replaced("2025-03-07", "2035-03-07"),
            Found("closed in the future"),
        ),
        (
            "amounts in two currencies",
            whole.replace(",503", ",€503").replace(",506", ",$506").into_bytes(),
            Found("amounts in 2 currencies"),
        ),
        ("a formula's error", replaced("Kestrel 9,", "#REF!,"), Found("2 records without account")),
        (
            "the same id twice",
            with_line("D5,Kestrel 12,2025-01-02,2025-03-01,Won,900"),
            Found("on several rows with different content"),
        ),
        (
            "the same row twice",
            with_line(whole.lines().nth(4).unwrap()),
            Found("the same as an earlier one in every column"),
        ),
        (
            "an account column that is nearly empty",
            nameless.into_bytes(),
            Found("records without account"),
        ),
        (
            "a column twice",
            replaced("id,account,created", "id,account,account"),
            Found("the header has 2 columns \"account\""),
        ),
        ("amounts below zero", replaced(",505", ",-505"), Found("1 amount below 0")),
        (
            "a title above the header",
            format!("Report of 2025-04-01\n\n{whole}").into_bytes(),
            Found("is taken for a title"),
        ),
        ("text of an old Windows", western, Found("windows-1252")),
        (
            "stages without a day",
            whole.replace("2025-03-04", "").into_bytes(),
            Found("won or lost without a day of closing"),
        ),
    ];
    assert!(cases.len() >= 20);
    for (what, bytes, says) in cases {
        let export = Export::new().file("deals.csv", bytes);
        let ended = export.run(&[]);
        let (text, expected) = match says {
            Refused(expected) => (&ended.stderr, expected),
            Found(expected) => (&ended.stdout, expected),
        };
        assert!(text.contains(expected), "{what}: lacks {expected:?}: {ended:#?}");
        assert!(!ended.stderr.contains("panicked"), "{what}");
    }
}

#[test]
fn exports_in_other_forms_are_read_all_the_same() {
    let whole = deals(60);
    let json: Vec<serde_json::Value> = {
        let mut lines = whole.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let object = |line: &str| {
            let cells = header.iter().zip(line.split(','));
            cells
                .map(|(name, cell)| ((*name).to_owned(), cell.into()))
                .collect::<serde_json::Map<_, _>>()
        };
        lines.map(|line| object(line).into()).collect()
    };
    let as_lines: Vec<String> = json.iter().map(ToString::to_string).collect();
    let forms: [(&str, Vec<u8>); 6] = [
        ("semicolons", whole.replace(',', ";").into_bytes()),
        ("tabs", whole.replace(',', "\t").into_bytes()),
        ("utf-16", utf16(&whole)),
        ("gzip", gzip(&whole)),
        ("json", serde_json::to_vec(&json).unwrap()),
        ("json lines", as_lines.join("\n").into_bytes()),
    ];
    for (form, bytes) in forms {
        let report = Export::new().file("deals", bytes).report(&[]);
        let outcome = &report["outcome"];
        assert_eq!(
            (&outcome["won_count"], &outcome["lost_count"]),
            (&20.into(), &20.into()),
            "{form}: {report:#}"
        );
    }
}
