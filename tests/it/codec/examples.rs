//! The golden examples in `schemas/examples/<record>/`: what vendors would send, as plain JSON, and
//! what we make of it. A name that begins with `bad-` is refused.

use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use buymode::codec::schemas::{INPUTS, Record};
use buymode::codec::{Codec, local};
use std::path::Path;

/// The record as any Avro library would write it.
pub(super) fn written(record: Record, json: &str) -> Vec<u8> {
    let schema = Schema::parse_str(record.json()).unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let value = Value::try_from(json).unwrap().resolve(&schema).unwrap();
    let mut bytes = vec![0];
    bytes.extend(local::id(record).to_be_bytes());
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    writer.write_value(&mut bytes, value).unwrap();
    bytes
}

#[test]
fn should_read_the_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/examples");
    let mut told = String::new();
    for record in INPUTS {
        let mut files: Vec<_> = match std::fs::read_dir(folder.join(record.to_string())) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) if matches!(record, Record::Transfer | Record::Kinship) => continue,
            Err(e) => panic!("{record} has no examples: {e}"),
        };
        files.sort();
        for file in files {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = written(*record, &std::fs::read_to_string(&file).unwrap());
            let read = Codec::local().decode_unkeyed(Some(&bytes));
            assert_eq!(read.is_err(), name.starts_with("bad-"), "{record}/{name}: {read:?}");
            let said = match read {
                Ok(buymode::codec::Decoded::Partition(
                    buymode::domain::account::input::Broadcast::Activation(activation),
                )) => format!(
                    "Activation {} of {}",
                    activation.number, activation.profile.profile.profile
                ),
                Ok(read) => format!("{read:?}"),
                Err(e) => format!("{e}"),
            };
            told += &format!("{record}/{name}\n  {said}\n");
        }
    }
    insta::assert_snapshot!(told);
}
