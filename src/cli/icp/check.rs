//! `buymode icp check FILE`: whether a profile could be published, and what keeps it from it.

use crate::config::read_yaml;
use crate::domain::profile::Profile;
use crate::domain::profile::variant::CompiledProfile;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Says what is wrong with a profile; exits with 1 if it could not be published
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: buymode icp check deploy/profiles/example.yaml")]
pub struct Args {
    /// The profile, as YAML
    file: PathBuf,
    /// For machines: one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let file = args.file.display();
    let profile: Profile = read_yaml(&args.file)?;
    let (name, product) = (profile.profile.clone(), profile.product.clone());
    match CompiledProfile::new(profile) {
        Ok(compiled) if args.json => {
            let routes: Vec<_> = compiled.profile.route_names().into_iter().collect();
            let version = &compiled.version;
            println!(
                "{}",
                json!({"profile": name, "product": product, "version": version, "routes": routes, "errors": []})
            );
        }
        Ok(compiled) => {
            println!("{file}: {name} for {product} is fine, version {}", compiled.version);
        }
        Err(findings) if args.json => {
            println!("{}", json!({"profile": name, "product": product, "errors": findings}));
            return Ok(ExitCode::FAILURE);
        }
        Err(findings) => {
            for finding in findings {
                println!("{file}: {finding}");
            }
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_shipped_profile_could_be_published() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let profile: Profile = read_yaml(&file).unwrap();
            let compiled = CompiledProfile::new(profile).unwrap();
            names.push(compiled.profile.profile.to_string());
        }
        assert!(names.iter().any(|name| name == "b2b-saas"), "{names:?}");
    }

    #[test]
    fn the_example_keeps_the_weights_it_was_given() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles/example.yaml");
        let profile: Profile = read_yaml(&file).unwrap();
        let weights: Vec<(i32, &str)> =
            profile.fit.criteria.iter().map(|c| (c.weight, c.name.as_str())).collect();
        let given = [
            (30, "200 to 2000 employees"),
            (20, "SaaS or tech industry"),
            (25, "uses Salesforce or HubSpot"),
            (15, "Series B or later"),
            (10, "has a RevOps function"),
        ];
        assert_eq!(weights, given);
    }
}
