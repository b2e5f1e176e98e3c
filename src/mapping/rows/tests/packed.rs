//! Zips, made here.

use super::*;

#[test]
fn each_member_of_a_zip_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("delivery.zip");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"[{\"a\":\"2\"}]").unwrap();
    let gzip = gzip.finish().unwrap();
    zip(
        &path,
        &[
            ("data/", b""),
            ("data/one.csv", b"a\n1\n"),
            ("data\\two.json.gz", &gzip),
            ("__MACOSX/data/._one.csv", b"x"),
            ("README.txt", b"read me"),
            ("licensed-customers.csv", b"a\n3\n"),
            ("terms.pdf", b"%PDF"),
        ],
    );
    let Packed::Zip { members, left_out } = members(&path).unwrap() else { panic!("no zip") };
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(
        (names, left_out),
        (
            vec!["one.csv", "two.json.gz", "licensed-customers.csv"],
            vec!["README.txt".into(), "terms.pdf".into()]
        )
    );
    let rows = |at: usize| open(&path, Some(&members[at]), &Reading::default());
    assert_eq!(rows(0).unwrap(), [r#"{"a":"1"}"#]);
    assert_eq!(rows(1).unwrap(), [r#"{"a":"2"}"#]);
    // Cut, in another zip, and no zip at all.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = super::members(&path).unwrap_err();
    assert!(error.to_string().contains("the file is cut: the zip has no end"), "{error}");
    zip(&path, &[("inner.zip", &whole)]);
    let Packed::Zip { members, .. } = super::members(&path).unwrap() else { panic!("no zip") };
    let error = open(&path, Some(&members[0]), &Reading::default()).unwrap_err();
    assert!(error.contains("a zip in a zip is not read"), "{error}");
    std::fs::write(&path, "a\n1\n").unwrap();
    assert_eq!(super::members(&path).unwrap(), Packed::One);
}
