//! A saved search against companies of files: which it would bring though the profile says no, and which it would leave
//! out though they match. The filters are asked as the tool understands them, of what the files know. One that they know
//! nothing of, for no company, says nothing about the search: it is named, and left out of the figures.

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

#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub(in crate::cli) struct Checked {
    /// The day of the evaluation.
    on: String,
    /// Companies of the files.
    company_count: u64,
    /// Companies that the profile says yes to.
    match_count: u64,
    /// Companies that the search brings.
    brought_count: u64,
    /// Of these, those that the profile does not say yes to.
    wrongly_brought_count: u64,
    /// Companies that match and that the search does not bring.
    wrongly_left_out_count: u64,
    /// What the profile says of those that are wrongly brought, in the words of `icp match`.
    wrongly_brought: BTreeMap<String, Wrong>,
    /// The filters that keep out companies which match; one can be kept out by several.
    wrongly_left_out: BTreeMap<String, Wrong>,
    /// Filters that the figures leave out: the files know the value of no company.
    unchecked_filters: Vec<String>,
}

#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
struct Wrong {
    /// Companies.
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
        let mut asked: Vec<(Standing, Vec<(&str, Answer)>)> = Vec::new();
        for (account, state) in companies.accounts.iter().filter(|(_, s)| s.company.version > 0) {
            let a = assess(&world, account, state, &activation, companies.on);
            let stands = match a.excluded {
                Some(_) => Standing::Excluded,
                None => standing(&activation.profile, a.variant, &a.fit),
            };
            asked.push((stands, search.kept_out_by(&a.facts)));
        }
        ensure!(
            !asked.is_empty(),
            "no company in the files: the mapping makes no record of their rows"
        );
        found.count(asked);
        Ok(found)
    }

    fn count(&mut self, asked: Vec<(Standing, Vec<(&str, Answer)>)>) {
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        let all = asked.iter().flat_map(|(_, kept_out_by)| kept_out_by);
        for (filter, _) in all.filter(|(_, answer)| *answer == Answer::Unknown) {
            *unknown.entry(filter).or_default() += 1;
        }
        unknown.retain(|_, count| *count == asked.len());
        self.unchecked_filters = unknown.keys().map(|filter| (*filter).to_owned()).collect();
        for (stands, mut kept_out_by) in asked {
            kept_out_by.retain(|(filter, _)| !unknown.contains_key(filter));
            self.note(stands, &kept_out_by);
        }
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
        if !self.unchecked_filters.is_empty() {
            said.push(format!(
                "- without {}: the files know the value of no company",
                self.unchecked_filters.join(", ")
            ));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_which_the_files_know_nothing_is_named_and_not_counted() {
        let tools = ("technologies", Answer::Unknown);
        let asked = |of: &[(&'static str, Answer)]| of.to_vec();
        let mut found = Checked::default();
        found.count(vec![
            (Standing::Tier1, asked(&[tools])),
            (Standing::No, asked(&[tools, ("employees", Answer::Unknown)])),
            (Standing::Tier2, asked(&[tools, ("employees", Answer::No)])),
        ]);
        assert_eq!(found.unchecked_filters, ["technologies"]);
        assert_eq!((found.brought_count, found.wrongly_brought_count), (1, 0));
        assert_eq!((found.match_count, found.wrongly_left_out_count), (2, 1));
        let said = found.sentences().join("\n");
        assert!(
            said.ends_with("without technologies: the files know the value of no company"),
            "{said}"
        );
    }

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
