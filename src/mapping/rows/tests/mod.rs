//! Files of every kind, good and bad, through the one door.

#[cfg(feature = "parquet")]
mod columnar;
mod cut;
#[cfg(not(all(feature = "parquet", feature = "workbooks")))]
mod lacking;
mod packed;
mod tables;
#[cfg(feature = "workbooks")]
mod workbooks;

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn read(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
    let rows = Rows::of_bytes(bytes.to_vec(), None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        (row.number, row.value.map(|v| v.to_string()).map_err(|e| e.message))
    })
    .collect()
}

fn good(bytes: &[u8]) -> Vec<String> {
    read(bytes).into_iter().map(|(_, value)| value.unwrap()).collect()
}

fn zip(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in members {
        match name.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, SimpleFileOptions::default()).unwrap(),
            None => {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
    }
    zip.finish().unwrap();
}

fn open(path: &Path, member: Option<&Member>, reading: &Reading) -> Result<Vec<String>, String> {
    let rows = Rows::open(path, member, reading).map_err(|e| e.to_string())?;
    rows.map(|row| {
        let value = row.map_err(|e| e.to_string())?.value;
        value.map(|v| v.to_string()).map_err(|e| e.message)
    })
    .collect()
}

#[test]
fn the_same_rows_come_out_of_every_kind_of_file() {
    let want = [r#"{"a":"1","b":"x, \"y\""}"#, r#"{"a":"2","b":null}"#];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"a,b\n1,\"x, \"\"y\"\"\"\n2,\n").unwrap();
    let gzip = gzip.finish().unwrap();
    let both = [gzip.clone(), {
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        member.write_all(b"2,\n").unwrap();
        member.finish().unwrap()
    }]
    .concat();
    for bytes in [
        &b"a,b\n1,\"x, \"\"y\"\"\"\n2,\n"[..],
        b"\xef\xbb\xbfa;b\r\n1;\"x, \"\"y\"\"\"\r\n2;\r\n",
        &gzip,
        b"{\"a\":\"1\",\"b\":\"x, \\\"y\\\"\"}\n\n{\"a\":\"2\",\"b\":null}",
        b"[{\"a\":\"1\",\"b\":\"x, \\\"y\\\"\"},{\"a\":\"2\",\"b\":null}]\n",
        b" {\n \"a\": \"1\",\n \"b\": \"x, \\\"y\\\"\"\n}\n{\n \"a\": \"2\", \"b\": null }",
    ] {
        assert_eq!(good(bytes), want, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(good(&both).len(), 3, "a gzip of several members is read to its end");
}

#[test]
fn a_broken_row_does_not_take_its_neighbours_along() {
    let broken =
        |bytes: &[u8]| -> Vec<bool> { read(bytes).iter().map(|(_, v)| v.is_err()).collect() };
    assert_eq!(broken(b"a,b\n1,2\n1\n1,2,3\n3,4\n"), [false, false, true, false]);
    assert_eq!(broken(b"{\"a\":1}\n{\"a\":\n{\"a\":2}\n"), [false, true, false]);
    assert_eq!(broken(b"[{\"a\":1},{\"a\":nope},{\"a\":[2,{}]}, 7]"), [false, true, false, false]);
    // Would overflow the stack of a parser without a limit.
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(broken(deep.as_bytes()), [true]);
    assert_eq!(read(b""), []);
    assert_eq!(read(b"[]"), []);
}

#[test]
fn a_broken_row_is_named_by_its_line_however_lines_end() {
    for bytes in [
        &b"a;b\n1;2\n\n\"x\ny\";2;3\n"[..],
        b"a;b\r\n1;2\r\n\r\n\"x\r\ny\";2;3\r\n",
        b"\xef\xbb\xbfa;b\r\n1;2\r\n;\r\n1;2;3\r\n",
        b"a;b\n1;2\n;\n1;2;3",
    ] {
        let (_, last) = read(bytes).pop().unwrap();
        let error = last.unwrap_err();
        assert!(error.starts_with("line 4 has 3 cells, the header 2, and"), "{error}");
        assert!(error.contains("(\"3\")"), "{error}");
    }
}

#[test]
fn a_row_without_end_is_refused_and_not_kept() {
    let mut bytes = b"{\"a\":1}\n{\"a\":\"".to_vec();
    bytes.resize(ROW_BYTES_MAX + 100, b'x');
    bytes.extend_from_slice(b"\"}\n{\"a\":2}\n");
    let rows = Rows::of_bytes(bytes, None).unwrap();
    let rows: Vec<Row> = rows.map(Result::unwrap).collect();
    let refused = rows[1].value.as_ref().unwrap_err();
    assert_eq!((rows.len(), refused.reason), (3, DeadLetterReason::TooLarge));
    assert!(rows[1].raw.is_empty());
}
