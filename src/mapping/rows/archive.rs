//! Zip archives: each member is a file of its own, unpacked into an unnamed temporary file when it is read.

use super::unpack::Bounded;
use super::{Reading, cut};
use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use zip::ZipArchive;
use zip::result::ZipError;

/// More members are not a delivery of files.
const MEMBERS_MAX: usize = 1_000;

pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// Endings of what people pack beside their data.
const OTHER: &[&str] = &[
    "pdf", "md", "doc", "docx", "html", "htm", "png", "jpg", "jpeg", "yaml", "yml", "rtf", "ini",
    "db",
];

/// Names of texts that lie beside the data.
const BESIDE: &[&str] = &["readme", "read me", "license", "licence"];

/// A file in a zip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub index: usize,
    /// Without its folders.
    pub name: String,
    /// Unpacked.
    pub bytes: u64,
}

/// What a path holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Packed {
    /// One file.
    One,
    /// A zip: the members to read, and the names of those that hold no rows.
    Zip { members: Vec<Member>, left_out: Vec<String> },
}

/// The members of a zip, by its content; an Excel workbook, which is a zip too, is one file.
pub fn members(path: &Path) -> std::io::Result<Packed> {
    let mut file = File::open(path)?;
    if !starts_with(&mut file, MAGIC)? || is_workbook(&mut file)? {
        return Ok(Packed::One);
    }
    let mut archive = open(BufReader::new(file))?;
    if archive.len() > MEMBERS_MAX {
        return Err(refused(format!("the zip holds more than {MEMBERS_MAX} files; unpack it")));
    }
    let (mut members, mut left_out) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(failed)?;
        let path = String::from_utf8_lossy(member.name_raw()).replace('\\', "/");
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let lower = name.to_lowercase();
        if member.is_dir()
            || path.starts_with("__MACOSX/")
            || name.is_empty()
            || name.starts_with('.')
        {
            continue;
        }
        let (stem, ending) = lower.rsplit_once('.').unwrap_or((&lower, ""));
        let is_text = matches!(ending, "" | "txt");
        if OTHER.contains(&ending) || is_text && BESIDE.contains(&stem) {
            left_out.push(name);
            continue;
        }
        if member.encrypted() {
            return Err(refused(format!("{name} in the zip has a password; unpack it first")));
        }
        members.push(Member { index, name, bytes: member.size() });
    }
    Ok(Packed::Zip { members, left_out })
}

/// Unpacks a member into a temporary file.
pub(super) fn unpack(path: &Path, index: usize, reading: &Reading) -> std::io::Result<File> {
    let mut archive = open(BufReader::new(File::open(path)?))?;
    let member = archive.by_index(index).map_err(failed)?;
    let packed = Arc::new(AtomicU64::new(member.compressed_size()));
    let folder = reading.temp.clone().unwrap_or_else(std::env::temp_dir);
    let mut file = tempfile::tempfile_in(folder)?;
    std::io::copy(&mut Bounded::new(member, packed), &mut file).map_err(|e| match e.kind() {
        ErrorKind::UnexpectedEof => cut("the zip ends in the middle of it"),
        _ => e,
    })?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

/// Whether the zip is an Excel workbook. Another office document is refused.
pub(super) fn is_workbook(file: &mut File) -> std::io::Result<bool> {
    let copy = file.try_clone()?;
    let archive = open(BufReader::new(copy));
    file.rewind()?;
    let archive = archive?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("xl/workbook.xml") {
        return Ok(true);
    }
    if has("xl/workbook.bin") || has("mimetype") && has("content.xml") {
        return Err(refused(
            "this kind of workbook is not read; save it as .xlsx or CSV".to_owned(),
        ));
    }
    Ok(false)
}

pub(super) fn open<R: Read + Seek>(source: R) -> std::io::Result<ZipArchive<R>> {
    ZipArchive::new(source).map_err(failed)
}

pub(super) fn starts_with(file: &mut File, magic: &[u8]) -> std::io::Result<bool> {
    let mut head = Vec::new();
    file.take(magic.len() as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == magic)
}

fn failed(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            cut("the zip has no end")
        }
        ZipError::Io(error) => error,
        ZipError::InvalidArchive(_) => cut("the zip has no end"),
        other => Error::new(ErrorKind::InvalidData, other.to_string()),
    }
}

pub(super) fn refused(why: String) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}
