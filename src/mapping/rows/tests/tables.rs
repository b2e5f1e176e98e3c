//! CSV as it really comes: odd headers, ragged rows, other encodings, and sizes that would fill memory.

use super::*;

fn table(bytes: &[u8]) -> (Vec<Result<String, String>>, Vec<String>) {
    let mut rows = Rows::of_bytes(bytes.to_vec(), Some(Format::Csv)).unwrap();
    let mut read = Vec::new();
    for row in rows.by_ref() {
        let value = row.unwrap().value;
        read.push(value.map(|v| v.to_string()).map_err(|e| e.message));
    }
    (read, rows.notes())
}

#[test]
fn headers_and_rows_of_every_shape_are_read_and_nothing_is_lost() {
    for (text, rows) in [
        // A trailing comma in the header, in the rows, in both.
        ("a,b,\n1,2\n3,4,\n", &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"4"}"#][..]),
        ("a,b,,,\n1,2,,,\n", &[r#"{"a":"1","b":"2"}"#]),
        ("a,b\n1,2,,\n", &[r#"{"a":"1","b":"2"}"#]),
        // Missing cells.
        ("a,b,c\n1\n1,2\n", &[r#"{"a":"1","b":null,"c":null}"#, r#"{"a":"1","b":"2","c":null}"#]),
        // Columns of one name.
        ("a,b,a\n1,2,3\n,2,3\n", &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"2"}"#]),
        ("a,a,a\n,,3\n,2,\n", &[r#"{"a":"3"}"#, r#"{"a":"2"}"#]),
        // A column without a name, as pandas writes its index.
        (",a\n0,x\n1,y\n", &[r#"{"":"0","a":"x"}"#, r#"{"":"1","a":"y"}"#]),
        // Blank lines, and lines of nothing but delimiters.
        ("\n\na,b\n\n1,2\n , \n,\n3,4\n\n", &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"4"}"#]),
        // Other delimiters, also beside a comma in a quoted name.
        ("a\tb\n1\t2,3\n", &[r#"{"a":"1","b":"2,3"}"#]),
        ("\"a, the first, of all\";b\n1;2\n", &[r#"{"a, the first, of all":"1","b":"2"}"#]),
        ("sep=;\r\na;b\r\n1,5;2\r\n", &[r#"{"a":"1,5","b":"2"}"#]),
        ("sep=\t\na\tb\n1\t2\n", &[r#"{"a":"1","b":"2"}"#]),
        // Ends of lines of old Macintosh files.
        ("a,b\r1,2\r3,4\r", &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"4"}"#]),
        // A title above the header.
        (
            "Accounts as of May\n\na;b\n1;2\n3;4\n",
            &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"4"}"#],
        ),
        ("Accounts,,\nof May,,\na,b,c\n1,2,3\n", &[r#"{"a":"1","b":"2","c":"3"}"#]),
        // One that contains another delimiter.
        (
            "Do not contact; as of May | all\na,b\n1,2\n3,4\n",
            &[r#"{"a":"1","b":"2"}"#, r#"{"a":"3","b":"4"}"#],
        ),
        // A blank cell is empty.
        ("a,b,a\n ,2,3\n", &[r#"{"a":"3","b":"2"}"#]),
        // The header again, as of files put behind one another.
        (
            "a,b,\n1,2\na,b\n3,4\n a , b ,,\n",
            &[r#"{"a":"1","b":"2"}"#, "{}", r#"{"a":"3","b":"4"}"#, "{}"],
        ),
        ("a,b\nb,a\na,a\n", &[r#"{"a":"b","b":"a"}"#, r#"{"a":"a","b":"a"}"#]),
        // What a spreadsheet shows in place of a value.
        (
            "a,b,c\n#N/A,#REF!,1\n#nv,#DIV/0!,#1\n",
            &[r#"{"a":null,"b":null,"c":"1"}"#, r##"{"a":null,"b":null,"c":"#1"}"##],
        ),
        // One column, and no title.
        ("a\n1\n2\n", &[r#"{"a":"1"}"#, r#"{"a":"2"}"#]),
        ("a\n", &[]),
        ("a,b\n", &[]),
        ("", &[]),
    ] {
        let got: Vec<String> = table(text.as_bytes()).0.into_iter().map(Result::unwrap).collect();
        assert_eq!(got, rows, "{text:?}");
    }
    for (text, said) in [
        (
            "a,b\n1,2,3\n",
            "line 2 has 3 cells, the header 2, and the cells beyond it are not empty (\"3\")",
        ),
        ("name,domain,\nAcme, Inc,acme.com,\n", "are not empty (\"acme.com\")"),
    ] {
        let error = table(text.as_bytes()).0.remove(0).unwrap_err();
        assert!(error.contains(said), "{text:?}: {error}");
    }
}

#[test]
fn what_is_odd_about_a_file_is_said_once() {
    let many = "1,2,3\n".repeat(100);
    for (text, said) in [
        (
            format!("a,b,a\n{many}"),
            "the header has 2 columns \"a\"; the first filled one of a row is read",
        ),
        (format!("Report\na,b,c\n{many}"), "line 1 is taken for a title: \"Report\""),
        (format!("a,b,c\n{many}"), ""),
        (
            format!("a,b,c\n{many}a,b,c\n{many}a,b,c\n"),
            "lines that repeat the header are read as empty rows",
        ),
    ] {
        let (_, notes) = table(text.as_bytes());
        assert_eq!(notes.join("\n"), said);
    }
    let (rows, notes) = table(b"a,b\nCaf\xe9,\x80 5\nM\xfcnchen,\xc3\xa9\n");
    let rows: Vec<String> = rows.into_iter().map(Result::unwrap).collect();
    assert_eq!(rows, [r#"{"a":"Café","b":"€ 5"}"#, r#"{"a":"München","b":"é"}"#]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("windows-1252"), "{notes:?}");
}

#[test]
fn utf_16_and_named_encodings_are_read_in_every_format() {
    let (little, big) =
        (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> [u8; 2]);
    for text in [
        "näme;b\r\nMünchen 株式会社;2\r\n",
        "näme\tb\nMünchen 株式会社\t2\n",
        "{\"näme\": \"München 株式会社\", \"b\": \"2\"}\n",
        "[{\"näme\": \"München 株式会社\", \"b\": \"2\"}]",
    ] {
        for order in [little, big] {
            for mark in ["\u{feff}", ""] {
                let wide = |text: &str| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
                let bytes = wide(&format!("{mark}{text}"));
                assert_eq!(good(&bytes), [r#"{"näme":"München 株式会社","b":"2"}"#], "{text:?}");
                let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
                gzip.write_all(&bytes).unwrap();
                assert_eq!(good(&gzip.finish().unwrap()).len(), 1);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text, label) in [
        ("jp", "名前,b\n株式会社,2\n", "shift_jis"),
        ("pl", "nazwa,b\nŁódź,2\n", "iso-8859-2"),
        ("ru", "имя,b\nМосква,2\n", "windows-1251"),
        ("cn", "名,b\n北京,2\n", "gbk"),
    ] {
        let encoding = Encoding::for_label(label.as_bytes());
        let path = folder.path().join(name);
        std::fs::write(&path, encoding.unwrap().encode(text).0).unwrap();
        let reading = Reading { encoding, ..Reading::default() };
        let mut rows = Rows::open(&path, None, &reading).unwrap();
        let row = rows.next().unwrap().unwrap().value.unwrap().to_string();
        let name = text.split(',').next().unwrap();
        let value = text.split('\n').nth(1).unwrap().split(',').next().unwrap();
        assert_eq!(row, format!("{{\"{name}\":\"{value}\",\"b\":\"2\"}}"), "{label}");
        assert_eq!(rows.notes(), [""; 0]);
        // A mark wins over the name.
        std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
        let mut rows = Rows::open(&path, None, &reading).unwrap();
        assert_eq!(rows.next().unwrap().unwrap().value.unwrap().to_string(), row, "{label}");
    }
    let xml = b"<?xml version='1.0' encoding='ISO-8859-2'?><a>\xa3\xf3d\xbc</a>";
    assert_eq!(good(xml), [r#"{"a":"Łódź"}"#]);
    assert_eq!(good(b"<a>Caf\xe9</a>"), [r#"{"a":"Café"}"#]);
    assert_eq!(good(b"{\"a\":\"Caf\xe9\"}\n"), [r#"{"a":"Café"}"#]);
}

#[test]
fn no_header_and_no_cell_takes_more_memory_than_a_row_may() {
    let gzip = |part: &[u8], times: usize, end: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        (0..times).for_each(|_| gzip.write_all(part).unwrap());
        gzip.write_all(end).unwrap();
        gzip.finish().unwrap()
    };
    // Headers: one name of 64 MiB, and commas without end.
    for bytes in [gzip(&[b'a'; 1 << 20], 64, b"\n1\n"), gzip(&[b','; 1 << 20], 64, b"\n1\n")] {
        let error = Rows::of_bytes(bytes, Some(Format::Csv)).err().unwrap();
        assert!(error.to_string().contains("the header is too large"), "{error}");
    }
    // Rows: a cell, a quoted cell, commas.
    for (head, part, tail) in [
        (&b"a,b\n1,2\n"[..], [b'x'; 1 << 16], &b"\n3,4\n"[..]),
        (b"a,b\n1,2\n\"", [b'\n'; 1 << 16], b"\"\n3,4\n"),
        (b"a,b\n1,2\nx", [b','; 1 << 16], b"\n3,4\n"),
    ] {
        let bytes = [head.to_vec(), part.repeat(400), tail.to_vec()].concat();
        let rows = Rows::of_bytes(bytes, Some(Format::Csv)).unwrap();
        let rows: Vec<Row> = rows.map(Result::unwrap).collect();
        let refused = rows[1].value.as_ref().unwrap_err();
        assert_eq!(refused.reason, DeadLetterReason::TooLarge);
        assert!(rows[1].raw.is_empty());
        assert_eq!(rows[2].value.as_ref().unwrap().to_string(), r#"{"a":"3","b":"4"}"#);
        assert_eq!(rows.len(), 3);
    }
}
