//! A profile file, read so that whatever is wrong with it is shown with line and column.

use crate::config::{Broken, Place, Places, all_faults, whole_text, yaml_from_text};
use crate::domain::profile::Profile;
use crate::domain::profile::check::Finding;
use crate::domain::profile::variant::CompiledProfile;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// A finding, with its place in the file.
#[derive(Clone, Debug, Serialize)]
pub struct Remark {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The key's path, perhaps empty.
    #[serde(rename = "key")]
    pub at: String,
    pub problem: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.problem)
    }
}

impl Remark {
    /// `FILE:LINE:COLUMN: `, as far as it is known.
    pub fn shown(&self, file: &Path, kind: &str) -> String {
        let place = [self.line, self.column].into_iter().flatten();
        let place: String = place.map(|n| format!(":{n}")).collect();
        format!("{}{place}: {kind}{self}", file.display())
    }
}

/// A file that was read, whether or not it can be published.
pub struct ProfileFile {
    places: Option<Places>,
    pub profile: Result<CompiledProfile, Vec<Remark>>,
}

impl ProfileFile {
    /// An error only where the file cannot be read at all.
    pub fn read(file: &Path) -> anyhow::Result<ProfileFile> {
        let text = whole_text(file)?;
        Ok(ProfileFile::of(&text))
    }

    pub fn of(text: &str) -> ProfileFile {
        let read = yaml_from_text::<Profile>(text);
        let places = Places::of(text);
        let profile = match read {
            Ok(profile) => CompiledProfile::of(profile, text.to_owned()).map_err(|findings| {
                findings.into_iter().map(|finding| remark(places.as_ref(), finding)).collect()
            }),
            Err(first) => {
                Err(all_faults(text, schema().as_value(), first).into_iter().map(shape).collect())
            }
        };
        ProfileFile { places, profile }
    }

    /// Every plain value with its path and place, also of a file that is not a profile.
    pub fn words(&self) -> Vec<(String, &str, Place)> {
        self.places.as_ref().map(Places::words).unwrap_or_default()
    }

    /// A finding with its place.
    pub fn remark(&self, finding: Finding) -> Remark {
        remark(self.places.as_ref(), finding)
    }
}

/// The JSON Schema of a profile, in draft 7, which every editor knows.
pub fn schema() -> schemars::Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<Profile>()
}

fn shape(broken: Broken) -> Remark {
    let (line, column) = broken.place.unzip();
    Remark { line, column, at: broken.path, problem: broken.problem }
}

/// A profile file, read and checked; every finding is named.
pub fn compile(file: &std::path::Path) -> anyhow::Result<CompiledProfile> {
    ProfileFile::read(file)?.profile.map_err(|errors| {
        let said: Vec<String> = errors.iter().map(|error| error.shown(file, "")).collect();
        anyhow::anyhow!(said.join("; "))
    })
}

fn remark(places: Option<&Places>, finding: Finding) -> Remark {
    let (line, column) = places.map(|places| places.find(&finding.at)).unzip();
    Remark { line, column, at: finding.at, problem: finding.problem }
}
