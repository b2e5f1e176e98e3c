//! Every mistake that a person would really make in a profile: each is told with its place, its
//! problem and its remedy, and none can be published.

use super::{buymode, ok};
use buymode::admin::profiles::file::compile;
use std::path::{Path, PathBuf};

const SOUND: &str = include_str!("sound.yaml");

/// What it is, what is replaced by what in the sound profile, line and column, and what the message
/// must say: the key, and what would be right.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("tools without brackets", "any_of: [salesforce, hubspot]", "any_of: salesforce, hubspot", "21:39", &["write [salesforce]", "`hubspot` has no value"]),
    ("a list without brackets", "industry: [saas, fintech]", "industry: saas, fintech", "15:31", &["`fintech` has no value", "[one, fintech]"]),
    ("a tab below a value", "    - name: industry\n      weight", "    - name: industry\n\tweight", "13:13", &["a tab stands where spaces indent, in line 14"]),
    ("a key indented too far", "      weight: 40\n      when: { employees", "      weight: 40\n      unknown: half\n        when: { employees", "12:16", &["`when:`, is indented too far", "like `unknown:`"]),
    ("tab indentation", "  gate: 60", "\t\tgate: 60", "7:3", &["tabs", "indent with spaces"]),
    ("indented too far", "      weight: 40\n", "        weight: 40\n", "11:15", &["fit.criteria[0]", "the line is indented wrongly"]),
    ("indented too little", "  exit: 20\n", "exit: 20\n", "27:3", &["intent: missing field `exit`", "indented like the keys beside it"]),
    ("indented less by one", "      when: { employees: { min: 50", "     when: { employees: { min: 50", "11:7", &["fit.criteria[0]: missing field `when`", "indented like"]),
    ("a no-break space", "  exit: 20", "\u{a0} exit: 20", "27:3", &["missing field `exit`", "no-break space"]),
    ("a misspelt key", "weight: 40", "wieght: 40", "11:7", &["fit.criteria[0].wieght", "did you mean `weight`?"]),
    ("a misspelt attribute", "{ employees: { min: 50", "{ employes: { min: 50", "12:15", &["fit.criteria[0].when.employes", "did you mean `employees`?"]),
    ("a misspelt part", "intent:\n", "intents:\n", "26:1", &["unknown field `intents`", "did you mean `intent`?"]),
    ("a hyphen for an underscore", "kinds: [pricing_page]", "kinds: [pricing-page]", "45:29", &["intent.rules[2].engagement.kinds[0]", "did you mean `pricing_page`?"]),
    ("a misspelt priority", "priority: urgent,", "priority: urgnet,", "53:40", &["priority.table[0].priority", "did you mean `urgent`?"]),
    ("a stage as people say it", "funding_stage: { min: series_a", "funding_stage: { min: Series B", "18:37", &["fit.criteria[2].when.funding_stage.min", "did you mean `series_b`?"]),
    ("an unknown stage", "funding_stage: { min: series_a", "funding_stage: { min: round_two", "18:37", &["`round_two`", "expected one of bootstrapped, pre_seed, seed"]),
    ("a range in one word", "employees: { min: 50, max: 1000 }", "employees: 200-2000", "12:26", &["fit.criteria[0].when.employees", "write { min: 200, max: 2000 }"]),
    ("an open range", "employees: { min: 50, max: 1000 }", "employees: 500+", "12:26", &["`500+` is not a range", "write { min: 500 }"]),
    ("a percent sign", "weight: 40", "weight: 40%", "11:15", &["fit.criteria[0].weight", "write 40"]),
    ("a weight in words", "weight: 40", "weight: forty", "11:15", &["`forty` is not a valid number", "write a whole number"]),
    ("a fraction", "weight: 40", "weight: 0.4", "11:15", &["`0.4` is not a valid number", "write a whole number"]),
    ("no weight", "      weight: 40\n", "", "11:7", &["fit.criteria[0]: missing field `weight`", "add it"]),
    ("weights beyond 100", "weight: 40", "weight: 50", "9:3", &["fit.criteria: the weights sum to 110", "must sum to 100"]),
    ("a weight of 0", "weight: 15", "weight: 0", "20:7", &["fit.criteria[stack].weight: 0", "between -100 and 100 and not be 0"]),
    ("a criterion's name twice", "name: stack", "name: stage", "16:7", &["fit.criteria[stage]", "rename one of them"]),
    ("a rule's name twice", "name: prices", "name: sales leader", "37:7", &["intent.rules[sales leader]", "rename one of them"]),
    ("a key twice", "  exit: 20\n", "  exit: 20\n  exit: 25\n", "29:3", &["duplicate mapping key: exit", "keep one of them"]),
    ("exit at enter", "exit: 20", "exit: 40", "28:3", &["intent.exit: 40", "lower than intent.enter (40)"]),
    ("min above max", "min: 50, max: 1000", "min: 1000, max: 50", "12:15", &["fit.criteria[size].when.employees", "exchange them"]),
    ("a department's range backwards", "{ employees: { min: 50, max: 1000 } }", "{ department: { function: marketing, min: 1, max: 0 } }", "12:15", &["fit.criteria[size].when.department: min (1) is greater than max (0)", "exchange them"]),
    ("a first hire within no days", "{ employees: { min: 50, max: 1000 } }", "{ department: { function: marketing, max: 0, or_first_hire_within_days: 0 } }", "12:58", &["fit.criteria[size].when.department.or_first_hire_within_days: 0", "between 1 and 400"]),
    ("a first hire beyond the horizon", "{ employees: { min: 50, max: 1000 } }", "{ department: { function: marketing, max: 0, or_first_hire_within_days: 730 } }", "12:58", &["or_first_hire_within_days: 730", "between 1 and 400"]),
    ("a stage range backwards", "{ min: series_a, max: series_d }", "{ min: series_d, max: series_a }", "18:15", &["min (series_d) is a later stage", "exchange them"]),
    ("a negative number of people", "min: 50, max: 1000", "min: -50, max: 1000", "12:33", &["-50 is negative", "0 or more"]),
    ("a key without its unit", "window_days: 180", "window: 180", "35:7", &["did you mean `window_days`?"]),
    ("a negative window", "window_days: 180", "window_days: -180", "35:20", &["intent.rules[0].window_days", "write one from 0 to"]),
    ("a window beyond the horizon", "window_days: 180", "window_days: 730", "35:7", &["intent.rules[fresh round].window_days: 730", "between 1 and 400"]),
    ("a window of no days", "window_days: 180", "window_days: 0", "35:7", &["intent.rules[fresh round].window_days: 0", "between 1 and 400"]),
    ("a misspelt function", "functions: [sales]", "functions: [sails]", "41:29", &["intent.rules[1].hiring.functions[0]", "did you mean `sales`?"]),
    ("a function's short name", "functions: [sales]", "functions: [revops]", "41:29", &["`revops`", "did you mean `revenue_operations`?"]),
    ("a seniority's short name", "[head, vice_president]", "[head, vp]", "41:57", &["intent.rules[1].hiring.seniorities[1]", "did you mean `vice_president`?"]),
    ("an empty list", "industry: [saas, fintech]", "industry: []", "15:15", &["fit.criteria[industry].when.industry", "name at least one"]),
    ("no kinds", "kinds: [pricing_page]", "kinds: []", "45:21", &["intent.rules[prices].engagement.kinds", "name the kinds"]),
    ("nothing asked", "when: { industry: [saas, fintech] }", "when: {}", "15:7", &["fit.criteria[industry].when: empty condition", "name an attribute"]),
    ("a segment's criterion that replaces none", "      - name: size\n        weight: 40", "      - name: sise\n        weight: 40", "68:5", &["segments[small].criteria", "did you mean \"size\"?"]),
    ("a segment without what there is not", "    criteria:\n      - name: size", "    without: [stak]\n    criteria:\n      - name: size", "68:5", &["segments[small].without", "did you mean \"stack\"?"]),
    ("a segment named primary", "segment: small", "segment: primary", "66:5", &["segments[primary]", "choose another"]),
    ("a route with spaces", "route: ae", "route: Account Executives", "58:9", &["routes.table[0].route", "such as \"account-executives\""]),
    ("a route in capitals", "default: sdr", "default: SDR", "59:3", &["routes.default", "such as \"sdr\""]),
    ("a city for a time zone", "Europe/Berlin", "Berlin", "55:27", &["priority.business_hours.zone", "such as Europe/Berlin"]),
    ("a date as people write it", "2026-10-01", "1.10.2026", "5:14", &["reviewed_at: `1.10.2026` is not a date", "write it as 2026-10-01"]),
    ("a day there is not", "2026-10-01", "2026-02-30", "5:14", &["reviewed_at: `2026-02-30` is not a date", "write it as"]),
    ("a second document", "segments:\n", "---\nsegments:\n", "66:1", &["a second document begins here", "one file holds one"]),
    ("a colon in a text", "pain: the pipeline", "pain: the problem: it", "61:20", &["value: mapping values", "put the text in quotes"]),
    ("a quote not closed", "angle: what", "angle: \"what", "63:3", &["value: ", "is a quote not closed?"]),
    ("a brace not closed", "tier_3: 60 }", "tier_3: 60", "8:44", &["fit.tiers.tier_3", "is a bracket or a quote not closed?"]),
    ("a comma left out", "min: 50, max: 1000", "min: 50 max: 1000", "12:33", &["fit.criteria[0].when.employees.min", "use 250, 10M or 1.5B"]),
    ("no space after the colon", "exit: 20", "exit:20", "28:3", &["intent: ", "write a colon and a space"]),
    ("a rule that is not there", "[fresh round, sales leader]", "[fresh round, sales laeder]", "48:7", &["intent.conjunctions[money and people].all_of", "did you mean \"sales leader\"?"]),
    ("a conjunction of one", "[fresh round, sales leader]", "[fresh round]", "48:7", &["intent.conjunctions[money and people].all_of", "needs two names or more"]),
    ("a word for a list", "titles: [VP Sales]", "titles: VP Sales", "64:15", &["value.personas[0].titles", "write [VP Sales], or begin each entry with a hyphen"]),
    ("a hyphen left out", "    - titles", "      titles", "64:7", &["value.personas", "begin each entry with a hyphen"]),
    ("a rule that looks for nothing", "      engagement: { kinds: [pricing_page] }\n", "", "42:7", &["intent.rules[prices]", "needs exactly one of funding, hiring"]),
    ("a rule that looks for two things", "kinds: [pricing_page] }", "kinds: [pricing_page] }\n      news: { kinds: [award] }", "42:7", &["intent.rules[prices]", "make two rules of two"]),
    ("tiers that rise", "tier_2: 70", "tier_2: 90", "8:3", &["fit.tiers: must fall", "not 85, 90, 60"]),
    ("a fourth tier", "{ tier: 1, band", "{ tier: 4, band", "53:9", &["priority.table[0].tier: invalid tier 4", "1, 2 or 3"]),
    ("hours backwards", "from_hour: 9, to_hour: 17", "from_hour: 17, to_hour: 9", "55:3", &["priority.business_hours", "from_hour (17) must be lower than to_hour (9)"]),
    ("a day in full", "days: [mon", "days: [monday", "55:76", &["priority.business_hours.days[0]", "did you mean `mon`?"]),
    ("an amount in words", "min_amount_usd: 4M", "min_amount_usd: 4 million", "36:60", &["intent.rules[0].funding.min_amount_usd", "use 250, 10M or 1.5B"]),
    ("a country misspelt", "industry: [saas, fintech]", "country: [Germny]", "15:15", &["fit.criteria[industry].when.country: invalid country", "did you mean de?"]),
    ("a country that is none", "industry: [saas, fintech]", "country: [atlantis]", "15:15", &["fit.criteria[industry].when.country: invalid country", "ISO 3166"]),
    ("asked for and forbidden", "any_of: [salesforce, hubspot]", "any_of: [salesforce], none_of: [salesforce]", "21:15", &["fit.criteria[stack].when.technologies", "remove one of them"]),
    ("an alias without its anchor", "industry: [saas, fintech]", "industry: *all", "15:25", &["alias references unknown anchor", "in quotes"]),
    ("a name that begins with an at", "owner: revops@example.com", "owner: @revops", "4:8", &["unexpected character", "put the text in quotes"]),
    ("neither true nor false", "weight: 40", "weight: 40\n      required: sure", "12:17", &["fit.criteria[0].required", "write one of them"]),
    ("a cap on what there is not", "caps: { hiring: 50 }", "caps: { jobs: 50 }", "30:11", &["intent.caps", "did you mean `hiring`?"]),
    ("no pain", "  pain: the pipeline is guessed\n", "", "62:3", &["value: missing field `pain`", "add it"]),
];

/// Whole files that are no profile.
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("nothing", "", &[":1:1: missing field `profile`"]),
    ("comments alone", "# later\n", &[":1:1: missing field `profile`"]),
    ("a list", "[]", &[":1:1: ", "expected `key: value` lines"]),
    (
        "prose",
        "our ideal customer is a software company",
        &[":1:1: ", "expected `key: value` lines"],
    ),
    ("a table", "name,weight\nsize,40\n", &[":1:1: ", "expected `key: value` lines"]),
    (
        "a trap",
        "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
        &[":1:1: ", "unknown field `a`"],
    ),
];

fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let file = folder.join("broken.yaml");
    std::fs::write(&file, bytes).unwrap();
    file
}

/// What keeps it from being published: what `publish` says before it opens a log.
fn refusal(folder: &Path, bytes: &[u8]) -> String {
    let file = written(folder, bytes);
    match compile(&file) {
        Ok(_) => String::new(),
        Err(error) => error.to_string().replace(&format!("{}/", folder.display()), ""),
    }
}

#[test]
fn every_mistake_is_told_with_place_problem_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refusal(folder.path(), SOUND.as_bytes()), "");
    let mut complaints = Vec::new();
    for (what, from, to, place, parts) in CASES {
        assert!(SOUND.contains(from), "{what}: {from:?} is not in the sound profile");
        let said = refusal(folder.path(), SOUND.replacen(from, to, 1).as_bytes());
        if !said.starts_with(&format!("broken.yaml:{place}: ")) {
            complaints.push(format!("{what}: not at {place}: {said}"));
        }
        complaints.extend(lacks(what, &said, parts));
    }
    for (what, text, parts) in OTHERS {
        complaints.extend(lacks(what, &refusal(folder.path(), text.as_bytes()), parts));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert!(CASES.len() >= 50);
}

fn lacks(what: &str, said: &str, parts: &[&str]) -> Vec<String> {
    let missing = parts.iter().filter(|part| !said.contains(**part));
    let mut lacks: Vec<String> =
        missing.map(|part| format!("{what}: {said:?} lacks {part:?}")).collect();
    if said.lines().count() != 1 {
        lacks.push(format!("{what}: not one line: {said:?}"));
    }
    lacks
}

/// Several mistakes of shape in one file: each is reported, in the file's order.
#[test]
fn all_mistakes_of_shape_are_told_at_once_with_an_example_of_the_right_shape() {
    let folder = tempfile::tempdir().unwrap();
    let draft = "profle: x\nproduct: y\nfit:\n  criteria:\n    - industry: software\n      weight: lots\n    \
                 - name: a\n      when: big\n      required: [true]\nintent:\n  enter:\n  rules:\n    - name: a\n      \
                 points: [20, 30]\n      hiring: { functions: [sails], seniorities: vp }\n      news: [award]\n";
    let file = written(folder.path(), draft.as_bytes());
    let ended = buymode(&["icp", "check", file.to_str().unwrap(), "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let said: Vec<(u64, &str, &str)> = json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["line"].as_u64().unwrap(),
                e["key"].as_str().unwrap(),
                e["problem"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (1, "profle", "did you mean `profile`?"),
        (1, "", "missing field `owner`; add it, indented like the keys beside it: owner: revops@"),
        (
            1,
            "",
            "missing field `routes`; add it, indented like the keys beside it: routes: { default: sdr }",
        ),
        (1, "", "missing field `value`; add it, indented like the keys beside it: value: { pain:"),
        (
            5,
            "fit.criteria[0].industry",
            "`industry` belongs below `when`; write when: { industry: … }",
        ),
        (5, "fit.criteria[0]", "missing field `name`"),
        (
            5,
            "fit.criteria[0]",
            "missing field `when`; add it, indented like the keys beside it: when: { employees:",
        ),
        (6, "fit.criteria[0].weight", "`lots` is not a valid number; write a whole number"),
        (7, "fit.criteria[1]", "missing field `weight`"),
        (
            8,
            "fit.criteria[1].when",
            "has `big`, a value, where keys are expected; write when: { employees:",
        ),
        (
            9,
            "fit.criteria[1].required",
            "holds a list where one value is expected; write required: true",
        ),
        (11, "intent", "missing field `exit`"),
        (11, "intent.enter", "is empty; write enter: 40"),
        (
            14,
            "intent.rules[0].points",
            "holds a list where one value is expected; write points: 30",
        ),
        (15, "intent.rules[0].hiring.functions[0]", "did you mean `sales`?"),
        (15, "intent.rules[0].hiring.seniorities", "write [vp]"),
        (16, "intent.rules[0].news", "has a list where keys are expected; write news: { kinds:"),
    ];
    for (line, key, part) in expected {
        let found = said.iter().any(|(l, k, p)| *l == line && *k == key && p.contains(part));
        assert!(found, "{line} {key} {part}: {said:#?}");
    }
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    assert!(said.is_sorted_by_key(|(line, _, _)| *line));
}

/// The same mistakes one by one have the same words.
#[test]
fn an_empty_key_a_list_and_an_indentation_have_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, part) in [
        ("  exit: 20", "  exit:", "intent.exit: is empty; write exit: 20"),
        (
            "      weight: 40\n",
            "      weight: # later\n",
            "fit.criteria[0].weight: is empty; write weight: 40",
        ),
        ("when: { industry: [saas, fintech] }", "when:", "is empty; write when: { employees:"),
        ("owner: revops@example.com", "owner:", "owner: is empty; write owner: revops@example.com"),
        (
            "owner: revops@example.com",
            "owner: { a: b }",
            "holds several keys where one value is expected",
        ),
        (
            "  default: sdr",
            "  default: [sdr]",
            "holds a list where one value is expected; write default: sdr",
        ),
        (
            "routes:\n",
            "routes: sdr\nx:\n",
            "has `sdr`, a value, where keys are expected; write routes: { default: sdr }",
        ),
        (
            "    - name: industry",
            "   - name: industry",
            "the line is not indented like the lines that it belongs to",
        ),
        (
            "  rules:\n    - name",
            "\trules:\n\t  - name",
            "indent with spaces, two for each level (also in line",
        ),
    ] {
        assert!(SOUND.contains(from), "{from:?}");
        let said = refusal(folder.path(), SOUND.replacen(from, to, 1).as_bytes());
        assert!(said.contains(part), "{to:?}: {said:?} lacks {part:?}");
    }
}

#[test]
fn a_file_too_large_too_deep_or_in_another_encoding_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |bytes: &[u8], part: &str| {
        let said = refusal(folder.path(), bytes);
        assert!(said.contains(part), "{said:.300} lacks {part:?}");
    };
    let huge = format!("{SOUND}# {}", "x".repeat(2 << 20));
    refused(huge.as_bytes(), "at most 1048576; is it the right file?");
    let deep = "{ not: ".repeat(3_000) + &"}".repeat(3_000);
    let deep = SOUND.replace("{ status: [closed, bankrupt] }", &deep);
    refused(deep.as_bytes(), "is nested too deeply; flatten it");
    refused(b"profile: caf\xe9\n", "broken.yaml:1: the text is not UTF-8; save the file as UTF-8");
    let utf_16: Vec<u8> = SOUND.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_ne!(refusal(folder.path(), &utf_16), "");
}

#[test]
fn what_editors_on_windows_write_is_the_same_profile() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| compile(&written(folder.path(), text.as_bytes())).unwrap();
    let sound = read(SOUND);
    for text in [format!("\u{feff}{SOUND}"), SOUND.replace('\n', "\r\n")] {
        let same = read(&text);
        assert_eq!(same.profile, sound.profile);
        // The log carries the file's own bytes.
        assert_eq!(same.text, text);
        assert_ne!(same.version, sound.version);
    }
}

#[test]
fn the_command_tells_errors_from_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        let file = written(folder.path(), text.as_bytes());
        let ended = buymode(&["icp", "check", file.to_str().unwrap(), "--json"]);
        let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        (ended.code, json)
    };
    let (code, json) = check(&SOUND.replace("exit: 20", "exit: 40"));
    assert_eq!((code, &json["errors"][0]["line"]), (Some(1), &28.into()), "{json}");
    let (code, json) = check(&SOUND.replace("weight: 40", "weight: 40%"));
    assert_eq!((code, &json["errors"][0]["column"]), (Some(1), &15.into()), "{json}");
    // Three rules give 100 points; 95 of them need all three.
    let (code, json) = check(&SOUND.replace("high: 70", "high: 95"));
    assert_eq!((code, &json["errors"]), (Some(0), &serde_json::json!([])), "{json}");
    let needs = "95 of at most 100 points needs every part; lower it if that is too strict";
    assert_eq!(
        (&json["warnings"][0]["line"], &json["warnings"][0]["problem"]),
        (&29.into(), &needs.into())
    );
}

#[test]
fn a_log_tells_which_routes_have_no_topic_and_nothing_broken_gets_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, sound) = (folder.path().join("data"), folder.path().join("sound.yaml"));
    let (data, sound) = (data.to_str().unwrap(), sound.to_str().unwrap());
    std::fs::write(sound, SOUND).unwrap();
    ok(&["topics", "create", "--embedded", data, "--profile", sound]);
    let elsewhere = SOUND.replace("route: ae", "route: enterprise");
    let file = written(folder.path(), elsewhere.as_bytes());
    let said = ok(&["icp", "check", file.to_str().unwrap(), "--embedded", data]);
    assert!(said.contains("warning: routes: topic sequencer.enterprise does not exist"), "{said}");

    for (what, from, to, _, _) in CASES.iter().step_by(20) {
        let file = written(folder.path(), SOUND.replacen(from, to, 1).as_bytes());
        let ended = buymode(&["icp", "publish", file.to_str().unwrap(), "--embedded", data]);
        assert_eq!(ended.code, Some(1), "{what}: {ended:?}");
    }
    // The first that gets in is the first activation.
    let said = ok(&["icp", "publish", sound, "--embedded", data]);
    assert!(said.contains("activation 1"), "{said}");
}
