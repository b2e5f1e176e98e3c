//! A program that was built without a kind of file says so.

use super::*;

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    std::fs::write(&path, b"PAR1 and more").unwrap();
    let error = open(&path, None, &Reading::default()).unwrap_err();
    assert!(error.contains("without Parquet"), "{error}");
}

#[cfg(not(feature = "workbooks"))]
#[test]
fn a_workbook_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.xlsx");
    zip(&path, &[("xl/workbook.xml", b"<workbook/>")]);
    let error = open(&path, None, &Reading::default()).unwrap_err();
    assert!(error.contains("without Excel workbooks"), "{error}");
}
