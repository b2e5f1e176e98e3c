//! The shipped profiles as saved searches: filters in the tools' words, and a sentence for all that they cannot say.

use super::matching::{companies, company};
use buymode::admin::profiles::file::compile;
use buymode::domain::evidence::facts::Facts;
use buymode::report::search::{Search, Tool, search};
use serde_json::json;
use std::path::Path;

fn of(profile: &str, tool: Tool) -> Search {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles").join(profile);
    search(&compile(&file).unwrap().profile, tool)
}

#[test]
fn a_search_has_the_tool_s_filters_and_says_what_they_leave_out() {
    let apollo = of("example.yaml", Tool::Apollo);
    let ranges = &apollo.filters["organization_num_employees_ranges"];
    assert_eq!(ranges.to_string(), r#"["101,200","201,500","501,1000","1001,2000"]"#);
    assert_eq!(
        apollo.filters["currently_using_any_of_technology_uids"].to_string(),
        r#"["salesforce","hubspot"]"#
    );
    assert!(apollo.filters["q_organization_keyword_tags"].as_array().unwrap().len() > 20);
    let stages = apollo.filters["organization_latest_funding_stage_cd"].to_string();
    assert!(stages.starts_with(r#"["series b","#) && stages.contains("public"), "{stages}");
    let said = apollo.left_out.join("\n");
    for part in ["RevOps", "no longer in business", "fresh round", "part of a sum", "other bounds"]
    {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
    let navigator = of("example.yaml", Tool::SalesNavigator);
    assert_eq!(
        navigator.filters["company_headcount"].to_string(),
        r#"["51-200","201-500","501-1000","1001-5000"]"#
    );
    assert!(
        navigator.left_out.iter().any(|s| s.contains("stage of funding")),
        "{:?}",
        navigator.left_out
    );
}

#[test]
fn every_shipped_profile_can_be_exported_for_every_tool() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/profiles");
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    for name in names.filter(|name| name.ends_with(".yaml")) {
        for tool in [Tool::Apollo, Tool::Zoominfo, Tool::Clay, Tool::SalesNavigator] {
            let made = of(&name, tool);
            assert!(!made.filters.is_empty() && !made.left_out.is_empty(), "{name} {tool:?}");
        }
    }
}

fn with_criteria(criteria: &[&str], tool: Tool) -> Search {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.yaml");
    let starter = include_str!("../../../deploy/profiles/starter.yaml");
    let (head, rest) = starter.split_once("\n  criteria:\n").unwrap();
    let end = rest.find("\n  exclusions:").unwrap();
    let criteria: String = criteria.iter().map(|one| format!("    - {one}\n")).collect();
    std::fs::write(&file, format!("{head}\n  criteria:\n{criteria}{}", &rest[end..])).unwrap();
    search(&compile(&file).unwrap().profile, tool)
}

/// `--check` asks for what the tool is asked for, also where two criteria are about one number.
#[test]
fn two_criteria_about_a_number_keep_out_what_their_filters_do() {
    for (what, values) in [
        ("employees", [20, 120, 900]),
        ("founded_year", [1980, 2005, 2020]),
        ("revenue_usd", [20_000, 120_000, 9_000_000]),
    ] {
        let [below, within, above] = values;
        let criteria = [
            format!("{{ name: from, weight: 50, when: {{ {what}: {{ min: {} }} }} }}", below + 1),
            format!("{{ name: to, weight: 50, when: {{ {what}: {{ max: {} }} }} }}", above - 1),
        ];
        for tool in [Tool::Zoominfo, Tool::Clay] {
            let made = with_criteria(&criteria.each_ref().map(String::as_str), tool);
            let is_brought = |value: u64| {
                let known = companies(&[company("acme.com", json!({ what: value }))]);
                let (account, state) = known.accounts.first().unwrap();
                let facts = Facts::new(account, &state.company, &state.evidence, known.on);
                made.kept_out_by(&facts).is_empty()
            };
            let found = [below, within, above].map(is_brought);
            assert_eq!(found, [false, true, false], "{what} {tool:?}: {:?}", made.filters);
        }
    }
}

#[test]
fn a_sentence_speaks_of_a_filter_only_where_there_is_one() {
    let made = with_criteria(
        &[
            "{ name: has Salesforce, weight: 40, when: { technologies: { any_of: [salesforce] } } }",
            "{ name: has HubSpot, weight: 30, when: { technologies: { any_of: [hubspot] } } }",
            "{ name: grows, weight: 30, when: { age_years: { min: 3 } } }",
        ],
        Tool::Apollo,
    );
    let of = |name: &str| -> Vec<&String> {
        made.left_out.iter().filter(|said| said.starts_with(&format!("{name:?} "))).collect()
    };
    assert!(of("has Salesforce")[0].contains("as a filter it keeps out"), "{:?}", made.left_out);
    let joined = "shares the filter currently_using_any_of_technology_uids with another criterion";
    assert!(of("has HubSpot").iter().any(|said| said.contains(joined)), "{:?}", made.left_out);
    assert!(!of("grows").is_empty(), "{:?}", made.left_out);
    assert!(
        of("grows").iter().all(|said| !said.contains("filter it keeps")),
        "{:?}",
        made.left_out
    );
}
