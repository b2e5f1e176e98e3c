//! What reports promise as files: their JSON keeps to a schema, their HTML needs nothing else.

use buymode::evidence::backtest::Backtest;
use buymode::evidence::deals::Tested;
use buymode::evidence::experiment::judge::Report;
use buymode::evidence::experiment::plan::Plan;
use buymode::evidence::review::Review;
use schemars::schema_for;
use serde_json::Value;
use std::path::Path;

fn schemas() -> [(&'static str, schemars::Schema); 5] {
    let backtest = ("backtest", schema_for!(Backtest));
    let (of_files, review) = (schema_for!(Tested), schema_for!(Review));
    [
        backtest,
        ("experiment-plan", schema_for!(Plan)),
        ("experiment-report", schema_for!(Report)),
        ("export-backtest", of_files),
        ("review", review),
    ]
}

#[test]
fn schemas_say_what_reports_hold() {
    for (name, schema) in schemas() {
        let file = format!("schemas/reports/{name}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, text, "write {file} anew: UPDATE_DOCS=1 cargo test --test it reports");
    }
}

/// The answer keeps to its schema.
pub(super) fn validate(name: &str, answer: &Value) {
    let (_, schema) = schemas().into_iter().find(|(known, _)| *known == name).unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(answer).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
}

/// One file that fetches nothing, runs nothing, and in which a label of the input is text.
pub(super) fn assert_plain_html(html: &str, label: Option<&str>) {
    for foreign in ["<script", "<img", "<link", "href=", "url(", "@import", "javascript:"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    // The names of the XML of charts are no addresses that are fetched.
    let fetched = html.replace("http://www.w3.org/2000/svg", "").contains("http:");
    assert!(!fetched && html.contains("default-src 'none'"), "{html}");
    let written = label.map_or(String::new(), |label| format!("&lt;b&gt;{label}&lt;/b&gt;"));
    assert!(html.contains(&written) && !html.contains("<b>"), "{html}");
    assert!(html.contains("<svg") && html.contains("prefers-color-scheme:dark"));
    assert!(html.contains("@media print") && html.ends_with("</html>\n"));
    assert!(quick_xml_is_closed(html), "elements are not closed");
}

/// Every element but the empty ones is closed.
fn quick_xml_is_closed(html: &str) -> bool {
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let name = tag.split(['>', ' ', '\n']).next().unwrap_or_default();
        let is_empty = tag.split('>').next().unwrap_or_default().ends_with('/');
        if name.starts_with('!') || name == "meta" || is_empty {
            continue;
        }
        match name.strip_prefix('/') {
            Some(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            None => open.push(name),
        }
    }
    open.is_empty()
}
