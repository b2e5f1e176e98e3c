//! Remarks of `icp check` on a profile that could be published: words that no list has, rules that one
//! event satisfies twice, and, with companies, what none of them has.

use super::{buymode, ok};
use buymode::admin::profiles::file::ProfileFile;
use buymode::analysis::advice;
use std::path::Path;

const SOUND: &str = include_str!("sound.yaml");

fn remarks(text: &str) -> Vec<String> {
    let file = ProfileFile::of(text);
    let profile = file.profile.unwrap_or_else(|errors| panic!("{errors:?}"));
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    advice::warnings(&profile, day).iter().map(ToString::to_string).collect()
}

fn with(from: &str, to: &str) -> Vec<String> {
    assert!(SOUND.contains(from), "{from}");
    let before = remarks(SOUND);
    let after = remarks(&SOUND.replacen(from, to, 1));
    after.into_iter().filter(|said| !before.contains(said)).collect()
}

#[test]
fn a_misspelt_word_is_remarked_with_the_nearest_known_one() {
    let industry = "industry: [saas, fintech]";
    for (from, to, said) in [
        (
            industry,
            "industry: [Sofware]",
            "when.industry: unknown industry \"sofware\"; did you mean \"software\"?",
        ),
        (
            industry,
            "industry: { none_of: [Helthcare] }",
            "unknown industry \"helthcare\"; did you mean \"health-care\"?",
        ),
        (
            industry,
            "any: [{ industry: [Fintec] }]",
            "unknown industry \"fintec\"; did you mean \"fintech\"?",
        ),
        (
            industry,
            "sub_industry: cybersecurty",
            "unknown sub industry \"cybersecurty\"; did you mean \"cybersecurity\"?",
        ),
        (
            industry,
            "industry: [basket weaving]",
            "unknown industry \"basket-weaving\": only companies whose source",
        ),
        (
            industry,
            "organisation: [privat]",
            "unknown organisation \"privat\"; did you mean \"private\"?",
        ),
        (
            industry,
            "lifecycle: [costumer]",
            "unknown lifecycle \"costumer\"; did you mean \"customer\"?",
        ),
        (
            industry,
            "growth_stage: [hyper]",
            "unknown growth stage \"hyper\"; the known ones are early, growth, mature",
        ),
        (
            industry,
            "business_model: [b2bb]",
            "unknown business model \"b2bb\"; did you mean \"b2b\"?",
        ),
        (
            "status: [closed, bankrupt]",
            "status: [Inactive]",
            "\"inactive\" is read as \"closed\"; use \"closed\"",
        ),
        (
            "status: [closed, bankrupt]",
            "status: [clozed]",
            "unknown status \"clozed\"; did you mean \"closed\"?",
        ),
        (
            "any_of: [salesforce, hubspot]",
            "any_of: [vantaa]",
            "unknown tool \"vantaa\"; did you mean \"vanta\"?",
        ),
        (
            "engagement: { kinds: [pricing_page] }",
            "technology: { any_of: [Hubspott] }",
            "unknown tool \"hubspott\"; did you mean \"hubspot\"?",
        ),
        (
            "engagement: { kinds: [pricing_page] }",
            "uses: { any_of: [Pipdrive] }",
            "unknown tool \"pipdrive\"; did you mean \"pipedrive\"?",
        ),
        (
            "engagement: { kinds: [pricing_page] }",
            "technology: { categories: [crmm, data-warehous] }",
            "unknown kind of tool \"data-warehous\"; did you mean \"data-warehouse\"?",
        ),
    ] {
        let found = with(from, to);
        assert!(found.iter().any(|line| line.contains(said)), "{to}: {found:?} lacks {said:?}");
    }
    // Another name of an industry, a country or a tool, and words that are a team's own, are fine.
    for (from, to) in [
        (industry, "industry: [Healthcare, Hospital & Health Care, Computer Software]"),
        (industry, "country: [USA, Germany, united kingdom, fr]"),
        (industry, "operates_in: [europe, asia, us]"),
        (industry, "tags: [our own word]"),
        ("any_of: [salesforce, hubspot]", "any_of: [HubSpot CRM, our-inhouse-tool]"),
    ] {
        assert_eq!(with(from, to), Vec::<String>::new(), "{to}");
    }
}

#[test]
fn two_rules_that_one_event_satisfies_are_remarked() {
    let prices = "engagement: { kinds: [pricing_page] }";
    let twice =
        |to: &str| with(prices, to).iter().any(|said| said.contains("and counts under both"));
    for to in [
        // The leader's rule asks for sales, head and vice president.
        "hiring: { functions: [sales] }",
        "hiring: { functions: [sales_development] }",
        "hiring: { seniorities: [head] }",
        "hiring: { titles: [head of sales] }",
        // Three heads of sales are three times a head of sales.
        "hiring: { functions: [sales], seniorities: [head, vice_president], at_least: 3 }",
        "hiring: { actions: [posted], functions: [sales], seniorities: [head], at_least: 2 }",
        // The round's rule asks for series A or later of 4M.
        "funding: {}",
        "funding: { stage: { any_of: [series_b] } }",
    ] {
        assert!(twice(to), "{to}");
    }
    for to in [
        prices,
        "hiring: { functions: [sales], seniorities: [manager] }",
        "hiring: { functions: [marketing] }",
        "hiring: { actions: [closed], functions: [sales] }",
        // A group of posts of any rank is another thing than a leader's.
        "hiring: { functions: [sales], at_least: 3 }",
        "funding: { stage: { max: seed } }",
        "funding: { instruments: [debt] }",
    ] {
        assert!(!twice(to), "{to}");
    }
    // A cap that one of them fills keeps the other from counting.
    let capped = SOUND.replace("caps: { hiring: 50 }", "caps: { hiring: 30 }");
    let both = capped.replace(prices, "hiring: { functions: [sales] }");
    assert!(!remarks(&both).iter().any(|said| said.contains("counts under both")));
}

/// One run shows all there is to correct.
#[test]
fn misspelt_words_are_remarked_beside_errors_of_shape() {
    let folder = tempfile::tempdir().unwrap();
    let draft = "profile: x\nfit:\n  criteria:\n    - industry: [Sofware, fintech, sofware]\n      \
                 weight: lots\n    - name: a\n      when: { status: [Inactiv], technologies: { any_of: \
                 [salesfroce] } }\nintent:\n  rules:\n    - uses: { any_of: [Pipdrive] }\n      \
                 technology: { categories: [crmm] }\n      hiring: { functions: [sails] }\n";
    let file = written(folder.path(), "draft.yaml", draft);
    let ended = buymode(&["icp", "check", &file, "--json"]);
    assert_eq!(ended.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(json["errors"].as_array().unwrap().len() > 3, "{json}");
    let warnings = json["warnings"].as_array().unwrap().iter();
    let said: Vec<(u64, u64, &str)> = warnings
        .map(|w| {
            let number = |key: &str| w[key].as_u64().unwrap();
            (number("line"), number("column"), w["problem"].as_str().unwrap())
        })
        .collect();
    let expected = [
        (4, 18, "unknown industry \"sofware\"; did you mean \"software\"?"),
        (4, 36, "unknown industry \"sofware\"; did you mean \"software\"?"),
        (7, 24, "unknown status \"inactiv\"; did you mean \"closed\"?"),
        (7, 59, "unknown tool \"salesfroce\"; did you mean \"salesforce\"?"),
        (10, 24, "unknown tool \"pipdrive\"; did you mean \"pipedrive\"?"),
        (11, 34, "unknown kind of tool \"crmm\"; did you mean \"crm\"?"),
    ];
    assert_eq!(said, expected);
    let shown = buymode(&["icp", "check", &file]).stdout;
    assert!(
        shown.contains(":4:18: warning: fit.criteria[0].industry[0]: unknown industry"),
        "{shown}"
    );
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Records of two companies: one in health care under a vendor's name for it.
const RECORDS: &str = r#"{"record": "company", "source": "crm", "account": "brightclinic.io", "as_of": "2026-01-05", "name": "Bright Clinic", "industries": ["Hospital & Health Care"], "employees": 80, "country": "US"}
{"record": "company", "source": "crm", "account": "loamworks.io", "as_of": "2026-01-05", "name": "Loamworks", "industries": ["SaaS"], "employees": 300, "country": "DE"}
"#;

#[test]
fn words_that_no_company_has_and_what_keeps_everybody_out_are_remarked() {
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), "records.jsonl", RECORDS);
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
    let check = |text: &str| {
        let profile = written(folder.path(), "profile.yaml", text);
        ok(&["icp", "check", &profile, "--mapping", mapping, &records])
    };
    let said = check(SOUND);
    assert!(
        said.contains("fit.criteria[industry].when.industry: no company has \"fintech\""),
        "{said}"
    );
    // What keeps everybody out, and the sources that would bring it, in one line.
    let out = |text: &str, parts: &[&str]| {
        let said = check(text);
        let lines: Vec<&str> =
            said.lines().filter(|l| l.contains("no account can enter buying mode")).collect();
        let [line] = lines[..] else { panic!("{said}") };
        for part in parts {
            assert!(line.contains(part), "{line} lacks {part}");
        }
    };
    out(
        SOUND,
        &[
            "no account has enough signals, and there are none of ",
            "funding with sec-form-d",
            "hiring with ashby",
        ],
    );
    out(
        &SOUND.replace("gate: 60", "gate: 90"),
        &["no company fits, and funding stage and technologies are unknown", "with builtwith"],
    );
    // One company fits and has a round.
    let round = r#"{"record": "funding", "source": "n", "account": "loamworks.io", "source_record_id": "1", "round": "Series C", "amount": "40M", "currency": "USD", "occurred_at": "2026-03-02"}
{"record": "company", "source": "crm", "account": "loamworks.io", "as_of": "2026-03-02", "tools": ["HubSpot"], "status": "operating"}
"#;
    std::fs::write(&records, format!("{RECORDS}{round}")).unwrap();
    let said = check(SOUND);
    assert!(!said.contains("no account can enter"), "{said}");
}

#[test]
fn every_name_of_an_industry_takes_the_same_companies() {
    let folder = tempfile::tempdir().unwrap();
    let records = written(folder.path(), "records.jsonl", RECORDS);
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings/canonical.yaml");
    for (words, companies) in [
        ("[Healthcare]", 1),
        ("[health-care]", 1),
        ("[Hospital & Health Care]", 1),
        ("{ any_of: [Medical Practice], none_of: [software] }", 1),
        ("{ all_of: [Healthcare] }", 1),
        ("{ none_of: [Healthcare] }", 1),
        ("[Healthcare, SaaS]", 2),
        ("[Software]", 0),
    ] {
        let text = SOUND.replace("industry: [saas, fintech]", &format!("industry: {words}"));
        let profile = written(folder.path(), "profile.yaml", &text);
        let ended = buymode(&["icp", "match", &profile, "--mapping", mapping, &records, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let criteria = json["criteria"].as_array().unwrap();
        let industry = criteria.iter().find(|c| c["name"] == "industry").unwrap();
        assert_eq!(industry["yes"], companies, "{words}");
    }
}
