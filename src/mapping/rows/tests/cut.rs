//! A file that ends too early is an error: its first half would pass for the whole.

use super::*;

/// Rows before the error, and its message.
fn cut_after(bytes: &[u8], format: Option<Format>) -> Option<(usize, String)> {
    let rows = match Rows::of_bytes(bytes.to_vec(), format) {
        Ok(rows) => rows,
        Err(error) => return Some((0, error.to_string())),
    };
    let mut read = 0;
    for row in rows {
        match row {
            Ok(_) => read += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
                return Some((read, error.to_string()));
            }
        }
    }
    None
}

#[test]
fn a_cut_file_is_an_error_after_the_rows_before_the_cut() {
    for (text, read, said) in [
        ("[", 0, "its list is not closed"),
        ("[{\"a\": 1}", 1, "its list is not closed"),
        ("[{\"a\": 1},\n", 1, "its list is not closed"),
        ("[{\"a\": 1}, {\"a\": ", 1, "its list is not closed"),
        ("[{\"a\": 1}, {\"a\": \"]\"", 1, "its list is not closed"),
        ("[1, 2", 1, "its list is not closed"),
        ("{\n \"a\": 1\n}\n{\n \"a\":", 1, "its last value is not closed"),
        ("{\"a\":1}\n{\"a\":2", 1, "its last line is half a value"),
        ("{\"a\":1}\n{\"a\":\"x", 1, "its last line is half a value"),
        ("<a><b>1</b>", 0, "<a> is not closed"),
        ("<a><b>1</b></", 0, "not closed"),
        ("<a><b at=\"1", 0, "not closed"),
        ("<a><!-- x", 0, "not closed"),
        ("<a><![CDATA[ x", 0, "not closed"),
        (
            "a,b\n1,2\n3,\"four\n5,6\n",
            1,
            "the row that begins in line 3 has a quote that is not closed",
        ),
        ("a,b\n1,2\n3,\"four", 1, "line 3 has a quote"),
        ("a,b\r\n\r\n1,2\r\n\"3\r\n4\",\"four\r\n", 1, "line 4 has a quote"),
    ] {
        let (got, error) = cut_after(text.as_bytes(), None).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(got, read, "{text}: {error}");
        assert!(error.starts_with("the file is cut: ") && error.contains(said), "{text}: {error}");
    }
    for text in [
        "[]",
        "[{\"a\":1}]",
        "[{\"a\":1}]\n\n",
        "[1, 2]",
        "[1,2][3]",
        "[{\"a\":[1]},]",
        "{\"a\":1}",
        "{\"a\":1}\n{\"a\":\n{\"a\":2}",
        "1 2",
        "\"x\"",
        "<a/>",
        "<a></b>",
        "a,b\n1,2",
        "a,b\n1,2\n3",
        "a,b\n1,5\" disk",
        "a,b\n1,\"x\"",
        "a,b\n1,\"x\"\"\"\n",
        "a,b\n1,\"x\ny\"\n",
        "",
    ] {
        assert_eq!(cut_after(text.as_bytes(), None), None, "{text}");
    }
}

#[test]
fn a_cut_gzip_is_an_error_wherever_it_is_cut() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for row in 0..2_000 {
        writeln!(gzip, "{{\"a\": {}}}", row * 7_919 % 10_007).unwrap();
    }
    let whole = gzip.finish().unwrap();
    assert_eq!(cut_after(&whole, None), None);
    for at in [11, 20, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
        let (read, error) = cut_after(&whole[..at], None).unwrap_or_else(|| panic!("{at}"));
        assert!(error.contains("the gzip ends in the middle"), "{at}: {error}");
        assert!(read < 2_000 || at > whole.len() - 9, "{at}: {read}");
    }
}
