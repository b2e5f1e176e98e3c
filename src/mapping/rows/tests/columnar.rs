//! Parquet, made here.

use super::*;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn parquet(path: &Path) {
    let schema = "message row {
        required binary name (UTF8);
        optional int32 founded;
        required int64 at (TIMESTAMP(MILLIS,true));
        required int32 day (DATE);
        required double share;
        required int64 amount (DECIMAL(10,2));
        required int64 exact (TIMESTAMP(NANOS,true));
    }";
    let schema = std::sync::Arc::new(parse_message_type(schema).unwrap());
    let properties =
        WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let file = File::create(path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, schema, std::sync::Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    macro_rules! column {
        ($kind:ty, $values:expr, $levels:expr) => {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<$kind>().write_batch($values, $levels, None).unwrap();
            column.close().unwrap();
        };
    }
    column!(ByteArrayType, &[ByteArray::from("Acme"), ByteArray::from("Zoë")], None);
    column!(Int32Type, &[1999], Some(&[1, 0]));
    column!(Int64Type, &[1_709_633_700_000, -1], None);
    column!(Int32Type, &[19_787, 0], None);
    column!(DoubleType, &[0.5, 2.0], None);
    column!(Int64Type, &[123_456, -5], None);
    column!(Int64Type, &[1_709_633_700_000_000_000, -1], None);
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn kinds_of_columns_that_are_not_read_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    for (columns, said) in [
        ("required fixed_len_byte_array(12) pause (INTERVAL);", "column pause is of a kind"),
        (
            "required group tags (LIST) { repeated binary a (UTF8); repeated binary b (UTF8); }",
            "column tags is a list or map of a shape",
        ),
        (
            "required group by (MAP) { repeated group kv { required binary k (UTF8); \
             required binary v (UTF8); required binary w (UTF8); } }",
            "column by is a list or map of a shape",
        ),
    ] {
        let schema = parse_message_type(&format!("message row {{ {columns} }}")).unwrap();
        let file = File::create(&path).unwrap();
        let properties = std::sync::Arc::new(WriterProperties::builder().build());
        let schema = std::sync::Arc::new(schema);
        SerializedFileWriter::new(file, schema, properties).unwrap().close().unwrap();
        let error = open(&path, None, &Reading::default()).unwrap_err();
        assert!(error.contains(said), "{columns}: {error}");
    }
}

#[test]
fn rows_of_parquet_are_objects() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    parquet(&path);
    let rows = open(&path, None, &Reading::default()).unwrap();
    assert_eq!(
        rows,
        [
            r#"{"name":"Acme","founded":1999,"at":"2024-03-05T10:15:00+00:00","day":"2024-03-05","share":0.5,"amount":"1234.56","exact":"2024-03-05T10:15:00+00:00"}"#,
            r#"{"name":"Zoë","founded":null,"at":"1969-12-31T23:59:59.999+00:00","day":"1970-01-01","share":2.0,"amount":"-0.05","exact":"1969-12-31T23:59:59.999999999+00:00"}"#,
        ]
    );
    let whole = std::fs::read(&path).unwrap();
    for at in [4, 20, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..at]).unwrap();
        let error = open(&path, None, &Reading::default()).unwrap_err();
        assert!(error.contains("the file is cut: the Parquet file has no end"), "{at}: {error}");
    }
}
