//! Test cases of a mapping: inputs beside it (`cases/NAME/CASE.json`, or `.jsonl`, `.csv`, `.xml`, each
//! also `.gz`; or a folder `CASE` of files that are read together) with the expected records
//! (`CASE.expected.yaml`). A change by a vendor, or a mistake in the mapping, makes a case fail. Cases
//! run through the same code as an import.

pub mod expected;
mod picture;
mod run;

pub use expected::Head;
pub use run::{Report, test};

use crate::mapping::file::from_yaml;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ENDINGS: &[&str] = &["json", "jsonl", "csv", "xml"];
const EXPECTED: &str = ".expected.yaml";

/// Inputs with their expected records.
pub struct Case {
    /// The file name without endings.
    pub name: String,
    pub inputs: Vec<PathBuf>,
    pub expected: PathBuf,
    /// The text of the expectation; `None` if there is none yet.
    pub text: Option<String>,
    pub head: Head,
}

/// The mappings at a path: the file itself, or all mappings of a folder. Other YAML files of the
/// folder, such as catalogues, are ignored.
pub fn mappings(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for file in list(path)? {
        let yaml = file.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if yaml && is_mapping(&read(&file)?) {
            found.push(file);
        }
    }
    if found.is_empty() {
        return Err(format!(
            "no mapping in {}; use a folder with a YAML file that has rules",
            path.display()
        ));
    }
    Ok(found)
}

fn is_mapping(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Peek {
        rules: Option<serde::de::IgnoredAny>,
        source: Option<serde::de::IgnoredAny>,
    }
    // Invalid YAML counts as a mapping, so that it is reported.
    serde_saphyr::from_str::<Peek>(text).map_or(true, |p| p.rules.is_some() || p.source.is_some())
}

/// The cases beside a mapping, by name.
pub fn beside(mapping: &Path) -> Result<Vec<Case>, String> {
    let name = mapping.file_stem().unwrap_or_default();
    let folder = mapping.parent().unwrap_or(Path::new(".")).join("cases").join(name);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut inputs: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut without_input = Vec::new();
    for path in list(&folder)? {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            inputs.entry(file).or_default().extend(list(&path)?);
        } else if let Some(case) = file.strip_suffix(EXPECTED) {
            without_input.push((case.to_owned(), path));
        } else {
            let plain = file.strip_suffix(".gz").unwrap_or(&file);
            let known = plain.rsplit_once('.').filter(|(_, ending)| ENDINGS.contains(ending));
            let Some((case, _)) = known else {
                let endings = ENDINGS.join(", ");
                let path = path.display();
                return Err(format!(
                    "invalid case {path}: use a file that ends in {endings}, or a folder"
                ));
            };
            inputs.entry(case.to_owned()).or_default().push(path);
        }
    }
    without_input.retain(|(case, _)| !inputs.contains_key(case));
    if let Some((_, path)) = without_input.first() {
        return Err(format!("missing input for {}: add an input with that name", path.display()));
    }
    inputs.into_iter().map(|(name, inputs)| Case::read(&folder, name, inputs)).collect()
}

impl Case {
    fn read(folder: &Path, name: String, inputs: Vec<PathBuf>) -> Result<Case, String> {
        let expected = folder.join(format!("{name}{EXPECTED}"));
        if let [one, another, ..] = &inputs[..]
            && one.parent() == Some(folder)
        {
            let (one, another) = (one.display(), another.display());
            return Err(format!(
                "{one} and {another} belong to the same case: put them into a folder {name}"
            ));
        }
        let text = expected.exists().then(|| read(&expected)).transpose()?;
        let head = match &text {
            None => Head::default(),
            Some(text) if text.trim().is_empty() => Head::default(),
            Some(text) => {
                from_yaml(&expected.display().to_string(), text).map_err(|e| e.to_string())?
            }
        };
        Ok(Case { name, inputs, expected, text, head })
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let fail = |e: std::io::Error| format!("cannot read {}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

#[cfg(test)]
mod tests;
