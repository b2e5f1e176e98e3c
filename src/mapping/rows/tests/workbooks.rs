//! Workbooks, made here.

use super::*;

/// A workbook with the cells of its sheets as XML.
fn workbook(path: &Path, sheets: &[(&str, &str)]) {
    let ids = || sheets.iter().enumerate().map(|(at, (name, _))| (at + 1, *name));
    let list: String = ids()
        .map(|(id, name)| format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"r{id}\"/>"))
        .collect();
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rels: String = ids()
        .map(|(id, _)| format!("<Relationship Id=\"r{id}\" Type=\"{kind}/worksheet\" Target=\"worksheets/s{id}.xml\"/>"))
        .collect();
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book =
        format!("<workbook xmlns=\"{main}\" xmlns:r=\"{kind}\"><sheets>{list}</sheets></workbook>");
    let root = format!(
        "<Relationships xmlns=\"{packages}\"><Relationship Id=\"b\" Type=\"{kind}/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let styles = format!(
        "<styleSheet xmlns=\"{main}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf \
         numFmtId=\"22\"/></cellXfs></styleSheet>"
    );
    let texts: Vec<(String, String)> = ids()
        .zip(sheets)
        .map(|((id, _), (_, cells))| {
            let (cells, merged) = cells.split_at(cells.find("<mergeCells").unwrap_or(cells.len()));
            let sheet = format!(
                "<worksheet xmlns=\"{main}\"><sheetData>{cells}</sheetData>{merged}</worksheet>"
            );
            (format!("xl/worksheets/s{id}.xml"), sheet)
        })
        .chain([
            ("_rels/.rels".to_owned(), root),
            ("xl/workbook.xml".to_owned(), book),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                format!("<Relationships xmlns=\"{packages}\">{rels}</Relationships>"),
            ),
            ("xl/styles.xml".to_owned(), styles),
        ])
        .collect();
    let members: Vec<(&str, &[u8])> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip(path, &members);
}

const CELLS: &str = "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>name</t></is></c>\
    <c r=\"B2\" t=\"inlineStr\"><is><t>since</t></is></c><c r=\"C2\" t=\"inlineStr\"><is><t>size</t></is></c>\
    <c r=\"D2\" t=\"inlineStr\"><is><t>is</t></is></c></row>\
    <row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>Acme, \"Inc\"</t></is></c><c r=\"B3\" s=\"1\"><v>45356</v></c>\
    <c r=\"C3\"><v>1200000000</v></c><c r=\"D3\" t=\"b\"><v>1</v></c></row>\
    <row r=\"5\"><c r=\"A5\"><v>0.30000000000000004</v></c><c r=\"B5\" s=\"2\"><v>45356.5</v></c>\
    <c r=\"C5\" t=\"e\"><v>#N/A</v></c></row>";

/// A company's name over its three rounds, another one beside it, and a title over all columns.
#[test]
fn a_cell_that_is_merged_over_rows_counts_in_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rounds.xlsx");
    let cell =
        |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |nth: u32, cells: &[(&str, &str)]| {
        let cells: String = cells.iter().map(|(at, text)| cell(at, text)).collect();
        format!("<row r=\"{nth}\">{cells}</row>")
    };
    let rows = [
        row(1, &[("A1", "Rounds")]),
        row(2, &[("A2", "name"), ("B2", "round"), ("C2", "lead")]),
        row(3, &[("A3", "Tidegate"), ("B3", "seed"), ("C3", "Old Quay")]),
        row(4, &[("B4", "series a")]),
        row(5, &[("B5", "series b"), ("C5", "Fathom")]),
        row(6, &[("A6", "Quietbarn"), ("B6", "seed")]),
    ];
    let merged = ["A1:C1", "A3:A5", "C3:C4", "C6:C7"]
        .map(|region| format!("<mergeCell ref=\"{region}\"/>"))
        .concat();
    let sheet = format!("{}<mergeCells count=\"4\">{merged}</mergeCells>", rows.concat());
    workbook(&path, &[("Rounds", &sheet)]);
    let want = [
        r#"{"name":"Tidegate","round":"seed","lead":"Old Quay"}"#,
        r#"{"name":"Tidegate","round":"series a","lead":"Old Quay"}"#,
        r#"{"name":"Tidegate","round":"series b","lead":"Fathom"}"#,
        r#"{"name":"Quietbarn","round":"seed","lead":null}"#,
    ];
    assert_eq!(open(&path, None, &Reading::default()).unwrap(), want);
    let notes = Rows::open(&path, None, &Reading::default()).unwrap().notes();
    let said = "2 merged cells over several rows: read as if each row had the value";
    assert!(notes.iter().any(|note| note == said), "{notes:?}");
    // Of more the reader would have to keep too much.
    let many = "<mergeCell ref=\"A1:A2\"/>".repeat(101_000);
    workbook(&path, &[("S", &format!("<mergeCells>{many}</mergeCells>"))]);
    let error = open(&path, None, &Reading::default()).unwrap_err();
    assert!(error.contains("too many merged cells"), "{error}");
}

#[test]
fn a_sheet_of_a_workbook_is_read_as_people_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.xlsx");
    let other =
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>2</v></c></row>";
    workbook(&path, &[("Accounts", CELLS), ("Notes", other)]);
    assert_eq!(members(&path).unwrap(), Packed::One);
    let want = [
        r#"{"name":"Acme, \"Inc\"","since":"2024-03-05","size":"1200000000","is":"true"}"#,
        r#"{"name":"0.3","since":"2024-03-05T12:00:00","size":null,"is":null}"#,
    ];
    assert_eq!(open(&path, None, &Reading::default()).unwrap(), want);
    let notes = Rows::open(&path, None, &Reading::default()).unwrap().notes();
    assert_eq!(
        notes,
        ["of the sheets Accounts, Notes the first is read: Accounts (--sheet names another)"]
    );
    let named = |sheet: &str| Reading { sheet: Some(sheet.into()), ..Reading::default() };
    assert_eq!(open(&path, None, &named("notes")).unwrap(), [r#"{"1":"2"}"#]);
    let error = open(&path, None, &named("May")).unwrap_err();
    assert_eq!(error, "unknown sheet \"May\"; the workbook has Accounts, Notes");
    // A title with another delimiter above the header.
    let titled = CELLS.replace(
        "<row r=\"2\">",
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>\
        <t>Do not contact; as of 1 Nov; all | of them</t></is></c></row><row r=\"2\">",
    );
    workbook(&path, &[("Accounts", &titled)]);
    assert_eq!(open(&path, None, &Reading::default()).unwrap(), want);
    workbook(&path, &[("Accounts", CELLS), ("Notes", other)]);
    // In a zip, among others.
    let book = std::fs::read(&path).unwrap();
    let packed = folder.path().join("all.zip");
    zip(&packed, &[("book.xlsx", &book), ("a.csv", b"a\n1\n")]);
    let Packed::Zip { members, .. } = members(&packed).unwrap() else { panic!("no zip") };
    assert_eq!(open(&packed, Some(&members[0]), &Reading::default()).unwrap(), want);
    // Cut.
    std::fs::write(&path, &book[..book.len() / 2]).unwrap();
    assert!(super::members(&path).unwrap_err().to_string().contains("the file is cut"));
    // A cell of 5 MiB.
    let huge = format!(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
        "x".repeat(5 << 20)
    );
    workbook(&path, &[("S", &huge)]);
    let error = open(&path, None, &Reading::default()).unwrap_err();
    assert!(error.contains("unpacks to too much"), "{error}");
    // Old workbooks.
    std::fs::write(&path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").unwrap();
    let error = open(&path, None, &Reading::default()).unwrap_err();
    assert!(error.contains("save it as .xlsx or CSV"), "{error}");
}
