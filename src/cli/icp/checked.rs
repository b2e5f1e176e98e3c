//! A saved search against companies of files: which it would bring though the profile says no, and which it would leave
//! out though they match. The filters are asked as the tool understands them, of what the files know.

use super::matching::{table, trial};
use crate::analysis::matching::standing::{Standing, standing};
use crate::cli::import::Mapped;
use crate::domain::account::assess::assess;
use crate::domain::account::world::World;
use crate::domain::profile::variant::CompiledProfile;
use crate::domain::profile::when::Answer;
use crate::report::search::Search;
use crate::report::words::{companies, count, percent};
use anyhow::ensure;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Default, Serialize)]
pub(super) struct Checked {
    on: String,
    company_count: u64,
    /// Companies that the profile says yes to.
    match_count: u64,
    brought_count: u64,
    wrongly_brought_count: u64,
    wrongly_left_out_count: u64,
    /// What the profile says of those that are wrongly brought, in the words of `icp match`.
    wrongly_brought: BTreeMap<String, Wrong>,
    /// The filters that keep out companies which match; one can be kept out by several.
    wrongly_left_out: BTreeMap<String, Wrong>,
}

#[derive(Debug, Default, Serialize)]
struct Wrong {
    count: u64,
    /// Of a filter: companies of which the files do not know the value.
    not_known_count: u64,
}

impl Checked {
    /// # Errors
    /// Where the files hold no company.
    pub(super) fn of(
        search: &Search,
        profile: CompiledProfile,
        mapping: &Path,
        inputs: &[PathBuf],
    ) -> anyhow::Result<Checked> {
        let files = Mapped { mapping, inputs, format: None, snapshot_at: None };
        let (companies, _) = table::of_files(&files, None)?;
        let (activation, world) = (trial(profile), World::default());
        let mut found = Checked { on: companies.on.to_string(), ..Checked::default() };
        for (account, state) in companies.accounts.iter().filter(|(_, s)| s.company.version > 0) {
            let a = assess(&world, account, state, &activation, companies.on);
            let stands = match a.excluded {
                Some(_) => Standing::Excluded,
                None => standing(&activation.profile, a.variant, &a.fit),
            };
            found.note(stands, &search.kept_out_by(&a.facts));
        }
        ensure!(
            found.company_count > 0,
            "no company in the files: the mapping makes no record of their rows"
        );
        Ok(found)
    }

    fn note(&mut self, stands: Standing, kept_out_by: &[(&str, Answer)]) {
        self.company_count += 1;
        self.match_count += u64::from(stands.matches());
        if kept_out_by.is_empty() {
            self.brought_count += 1;
            if !stands.matches() {
                self.wrongly_brought_count += 1;
                self.wrongly_brought.entry(stands.said().to_owned()).or_default().count += 1;
            }
        } else if stands.matches() {
            self.wrongly_left_out_count += 1;
            for (filter, answer) in kept_out_by {
                let of = self.wrongly_left_out.entry((*filter).to_owned()).or_default();
                of.count += 1;
                of.not_known_count += u64::from(*answer == Answer::Unknown);
            }
        }
    }

    /// For people.
    pub(super) fn sentences(&self) -> Vec<String> {
        let share = |part: u64, whole: u64| format!("{:.1} %", percent(part, whole));
        let mut said = vec![
            format!("\nChecked on {} as of {}:", companies(self.company_count), self.on),
            format!(
                "- the search brings {}, of which {} ({}) do not match the profile",
                count(self.brought_count),
                count(self.wrongly_brought_count),
                share(self.wrongly_brought_count, self.brought_count)
            ),
        ];
        let of = self.wrongly_brought.iter();
        said.extend(of.map(|(stands, wrong)| format!("  - {stands}: {}", count(wrong.count))));
        said.push(format!(
            "- it leaves out {} of {} that match ({})",
            count(self.wrongly_left_out_count),
            count(self.match_count),
            share(self.wrongly_left_out_count, self.match_count)
        ));
        said.extend(self.wrongly_left_out.iter().map(|(filter, wrong)| {
            let unknown = count(wrong.not_known_count);
            format!(
                "  - by {filter}: {}, {unknown} of them because the value is not known",
                count(wrong.count)
            )
        }));
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_company_is_right_or_wrong_once() {
        let mut found = Checked::default();
        found.note(Standing::Tier1, &[]);
        found.note(Standing::No, &[]);
        found.note(Standing::Tier2, &[("employees", Answer::No), ("industry", Answer::Unknown)]);
        found.note(Standing::Excluded, &[("employees", Answer::No)]);
        let counts = (found.company_count, found.match_count, found.brought_count);
        assert_eq!(counts, (4, 2, 2));
        assert_eq!((found.wrongly_brought_count, found.wrongly_left_out_count), (1, 1));
        assert_eq!(found.wrongly_left_out["industry"].not_known_count, 1);
        assert!(
            found.sentences().join("\n").contains("brings 2, of which 1 (50.0 %)"),
            "{found:?}"
        );
    }
}
