//! Why an import ends without its end.

use super::LateRecords;
use crate::codec::RegistryError;
use crate::domain::terms::figures::{agree, counted};
use crate::domain::terms::time::Day;
use crate::ingest::dead_letters::DeadLettersError;
use crate::log::LogError;
use crate::log::scan::ScanError;
use crate::log::transact::Failure;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file}: {message}")]
    File { file: String, message: String },
    #[error(
        "{file}: {message}; {} before that {} read, and {} {} in the log: get the whole file and \
         import it again, what is in the log counts once",
        counted(*read, "row"), agree(*read, "was", "were"),
        counted(*written, "record"), agree(*written, "is", "are")
    )]
    Cut { file: String, message: String, read: u64, written: u64 },
    #[error("{file}: row {row}: {message} (stopped by --strict)")]
    Strict { file: String, row: u64, message: String },
    #[error(
        "{gone} of the {before} rows of rule {rule} that the last snapshot held are missing from that of \
         {snapshot} ({file}): the file may be cut, so nothing is written; use the whole file, or \
         --accept-gone if they are gone"
    )]
    Gone { file: String, rule: String, snapshot: String, gone: u64, before: u64 },
    #[error("{}", late.refusal(topic, *of, *newest_on))]
    Late { topic: String, late: LateRecords, of: u64, newest_on: Day },
    #[error("{topic}[0] offset {offset} cannot be read: {message}")]
    Kept { topic: String, offset: i64, message: String },
    #[error(transparent)]
    Topic(#[from] ScanError),
    #[error("sorting in {folder}: {message}")]
    Sort { folder: String, message: String },
    #[error(
        "another import into the history {topic} has taken over; import all files in one command, or \
         run this one again after the other has ended: records that are already written keep their ids"
    )]
    TakenOver { topic: String },
    #[error(transparent)]
    DeadLetters(#[from] DeadLettersError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Write(#[from] Failure),
    #[error(transparent)]
    Log(#[from] LogError),
}
