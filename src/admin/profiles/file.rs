//! A profile file, read so that whatever is wrong with it is shown with line and column.

pub use crate::config::Remark;
use crate::config::{Place, Places, all_faults, whole_text, yaml_from_text};
use crate::domain::profile::Profile;
use crate::domain::profile::check::Finding;
use crate::domain::profile::variant::CompiledProfile;
use schemars::generate::SchemaSettings;
use std::path::Path;

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
                findings.into_iter().map(|f| Remark::of(places.as_ref(), f)).collect()
            }),
            Err(first) => {
                let faults = all_faults(text, schema().as_value(), first);
                Err(faults.into_iter().map(Remark::from).collect())
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
        Remark::of(self.places.as_ref(), finding)
    }
}

/// The JSON Schema of a profile, in draft 7, which every editor knows.
pub fn schema() -> schemars::Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<Profile>()
}

/// A profile file, read and checked; every finding is named.
pub fn compile(file: &std::path::Path) -> anyhow::Result<CompiledProfile> {
    ProfileFile::read(file)?.profile.map_err(|errors| {
        let said: Vec<String> = errors.iter().map(|error| error.shown(file, "")).collect();
        anyhow::anyhow!(said.join("; "))
    })
}
