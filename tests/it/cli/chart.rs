//! The manifests that the chart renders, as `tests/independent/chart/check` has written them: they are those of the
//! chart as it is, and what they call exists.

use super::buymode;
use buymode::cli;
use buymode::config::Config;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

fn rendered(name: &str) -> Vec<Value> {
    let text =
        std::fs::read_to_string(Path::new(ROOT).join("tests/it/cli/chart").join(name)).unwrap();
    let documents = text.split("\n---\n").filter(|part| part.contains("kind:"));
    documents.map(|part| serde_saphyr::from_str(part).unwrap()).collect()
}

fn containers(name: &str) -> Vec<Value> {
    let pods = rendered(name).into_iter();
    let found = pods.filter_map(|one| one.pointer("/spec/template/spec/containers/0").cloned());
    found.collect()
}

#[test]
fn should_be_rendered_anew_when_the_chart_changes() {
    let root = Path::new(ROOT);
    let mut files = Vec::new();
    collect(&root.join("deploy/chart"), &mut files);
    files.sort();
    files.push(root.join("tests/independent/chart/values.yaml"));
    let mut sum = Sha256::new();
    for file in files {
        sum.update(file.strip_prefix(root).unwrap().to_str().unwrap());
        sum.update(b"\0");
        sum.update(std::fs::read(&file).unwrap());
        sum.update(b"\0");
    }
    let digest = data_encoding::HEXLOWER.encode(&sum.finalize());
    let kept = std::fs::read_to_string(root.join("tests/it/cli/chart/digest")).unwrap();
    let remedy = "use tests/independent/chart/check --update, and look at what changed";
    assert_eq!(kept.trim(), digest, "the chart is another one than was rendered: {remedy}");
}

#[test]
fn should_call_commands_and_settings_that_exist() {
    let all = containers("everything.yaml");
    assert_eq!(all.len(), 4, "run, ingest, deliver, topics");
    for container in &all {
        let args = container["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap());
        let call: Vec<&str> = std::iter::once("buymode").chain(args).collect();
        cli::command().try_get_matches_from(&call).unwrap();
        let variables = container["env"].as_array().unwrap().iter();
        let variables = variables
            .map(|one| {
                let value = one["value"].as_str().unwrap_or("buymode-run-0");
                (one["name"].as_str().unwrap().into(), value.into())
            })
            .filter(|(name, _): &(std::ffi::OsString, std::ffi::OsString)| {
                name.to_string_lossy().starts_with("BUYMODE__")
            });
        let mut variables: Vec<_> = variables.collect();
        variables.push(("BUYMODE__KAFKA__BOOTSTRAP".into(), "kafka:9092".into()));
        Config::read(None, variables).unwrap();
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let path = container[probe]["httpGet"]["path"].as_str();
            assert!(path.is_none_or(|path| ["/readyz", "/livez"].contains(&path)), "{container}");
        }
    }
}

/// What the values say of the settings goes into a file that is as fine as one written by hand.
#[test]
fn should_write_settings_that_are_fine() {
    let all = rendered("everything.yaml");
    let files = all.iter().find(|one| one["kind"] == "ConfigMap").unwrap()["data"].as_object();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files.unwrap() {
        let text = text.as_str().unwrap().replace("/run/secrets", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let example = std::fs::read_to_string(super::EXAMPLE).unwrap();
    std::fs::write(folder.path().join("profile.yaml"), example).unwrap();
    for (secret, key, text) in [
        ("buymode-run", "password", "secret"),
        ("main-cluster-ca", "ca.crt", include_str!("chart/ca.crt")),
    ] {
        std::fs::create_dir(folder.path().join(secret)).unwrap();
        std::fs::write(folder.path().join(secret).join(key), text).unwrap();
    }
    let settings = folder.path().join("buymode.yaml");
    let ended = buymode(&["config", "check", "--config", settings.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("buymode.yaml: fine"), "{ended:?}");
}
