//! The README and docs/ are true: every command block runs as written (or is in a closed list with
//! its reason), links lead somewhere, and what is named exists. A page that says something else
//! fails here.

mod command;
mod page;
mod people;
mod reference;
mod shape;
mod walk;

use walk::{on_a_folder, on_kafka, on_kafka_and_registry};

#[test]
fn the_readme_runs() {
    on_kafka("README.md", &[("buymode topics create", &["created", "sequencer.ae"])]);
}

#[test]
fn start_runs() {
    on_a_folder(
        "docs/src/start.md",
        &[
            ("buymode demo", &["What to try next"]),
            ("buymode decisions", &["\"kind\":\"entered\""]),
            ("buymode audit", &["OK: no missing, duplicate or different records"]),
            ("buymode run", &["caught up"]),
            ("buymode decisions", &["\"account\":\"tidegate.io\"", "\"kind\":\"entered\""]),
            ("buymode explain", &["tidegate.io", "buying, tier_1", "hired VP of Sales"]),
            ("buymode why-not", &["quietbarn.io", "is not in buying mode"]),
        ],
    );
}

#[test]
fn profiles_runs() {
    on_a_folder(
        "docs/src/profiles.md",
        &[
            ("buymode icp check", &["is fine"]),
            ("buymode icp match", &["b2b-saas for revenue-platform"]),
            ("buymode run", &["caught up"]),
            ("buymode decisions", &["\"kind\":\"entered\""]),
            ("buymode icp diff", &["1 would not be in buying mode, and are"]),
            ("buymode icp history", &["stronger"]),
            ("buymode icp rollback", &["rolled back to"]),
        ],
    );
}

#[test]
fn roster_runs() {
    on_a_folder(
        "docs/src/roster.md",
        &[
            ("buymode deliver check", &["the roster is fine: 3 people, 3 teams, 6 destinations"]),
            ("buymode deliver rehearse", &["Nothing was sent.", "Destinations", "leads"]),
        ],
    );
}

#[test]
fn deliver_runs() {
    on_a_folder(
        "docs/src/deliver.md",
        &[
            ("buymode deliver check", &["the roster is fine: 0 people, 0 teams, 1 destination"]),
            ("buymode topics create", &["created buymode.desk", "created buymode.outbox"]),
            ("buymode deliver publish", &["published roster 1: "]),
            ("cat got.txt", &["buymode.account.entered tidegate.io"]),
            ("buymode deliver check", &["the roster is fine: 0 people, 0 teams, 2 destinations"]),
        ],
    );
}

#[test]
fn targets_runs() {
    on_a_folder(
        "docs/src/targets.md",
        &[
            ("buymode deliver maps", &["hubspot-company", "salesloft-signal", "read-back"]),
            ("buymode deliver check", &["the roster is fine: 0 people, 0 teams, 3 destinations"]),
            ("buymode icp export --to hubspot", &["buymode_account", "hasUniqueValue"]),
            ("buymode icp export --to salesforce", &["Account.Buymode_Account__c"]),
            (
                "buymode icp export deploy/profiles/example.yaml",
                &["organization_num_employees_ranges", "What the search does not say"],
            ),
            (
                "buymode icp export deploy/profiles/example.yaml",
                &["Checked on 3 companies", "the search brings", "it leaves out"],
            ),
            ("cat cases/crm/entered.yaml", &["again: ", "/companies/tidegate.io"]),
            ("buymode deliver maps crm.yaml", &["crm.yaml: 1 case: as expected"]),
        ],
    );
}

#[test]
fn mappings_runs() {
    on_a_folder(
        "docs/src/mappings.md",
        &[
            ("cat cases/invoices/two.expected.yaml", &["tidegate.io", "customer", "skipped"]),
            ("buymode mapping test invoices.yaml", &["as expected"]),
            ("buymode import --dry-run", &["suppression"]),
        ],
    );
}

#[test]
fn sources_runs() {
    on_a_folder(
        "docs/src/sources.md",
        &[
            (
                "cat cases/ladderbeam/one-of-each.expected.yaml",
                &["account: tidegate.io", "seniority: vice_president", "2026-11-07", "dead_letter"],
            ),
            ("buymode mapping test ladderbeam.yaml", &["4 rows: as expected"]),
            ("curl", &["\"accepted\":3", "\"dead_lettered\":1"]),
            (
                "buymode explain",
                &[
                    "buying, tier_1",
                    "hired VP of Sales",
                    "adopted HubSpot",
                    "by ladderbeam on 2026",
                    "https://tidegate.io/news/vp",
                ],
            ),
            ("buymode decisions", &["=1"]),
            ("buymode aliases add", &["tidegate.com"]),
            ("buymode aliases list", &["second domain"]),
        ],
    );
}

#[test]
fn people_runs() {
    on_a_folder(
        "docs/src/people.md",
        &[
            ("buymode erase", &["contact c-1871: 1 signal of 1 account", "1 record written"]),
            ("buymode audit", &["OK: no missing, duplicate or different records"]),
            ("buymode topics copy", &["1 record erased"]),
            ("buymode audit", &["OK: no missing, duplicate or different records"]),
        ],
    );
}

#[test]
fn evidence_runs() {
    on_a_folder(
        "docs/src/evidence.md",
        &[
            (
                "buymode crm check opportunities.csv accounts.csv",
                &[
                    "outcome by Stage of opportunities.csv: 2 won",
                    "\"Quiet Barn\" (1 row)",
                    "1 record closed before creation",
                    "\"Logistcs\" (1 row), may be \"logistics\"",
                    "exit code 1",
                ],
            ),
            (
                "buymode icp backtest software.yaml",
                &["times as often", "Open pipeline on", "net revenue retention"],
            ),
            (
                "buymode icp suggest deals.csv customers.csv --by arr",
                &["best of 40 customers by arr", "Industry is Software", "wrote steps.md"],
            ),
            ("buymode icp review", &["Verdict:"]),
            (
                "buymode icp backtest deploy/profiles/starter.yaml",
                &["times as often", "Shuffled outcomes", "Entered"],
            ),
            ("buymode experiment plan --rate 15% --to 20%", &["5,030", "9,636"]),
            ("buymode experiment report", &["Outcome: Meeting", "in two arms"]),
        ],
    );
}

#[test]
fn developers_runs() {
    on_a_folder("docs/src/developers.md", &[]);
}

#[test]
fn running_runs() {
    on_kafka(
        "docs/src/running.md",
        &[
            ("curl http://localhost:8080/livez", &["\"alive\":true"]),
            ("curl http://localhost:8080/readyz", &["\"ready\":true"]),
            ("curl http://localhost:8080/metrics", &["buymode_build_info"]),
            ("buymode icp history", &["active"]),
            ("buymode audit", &["OK: no missing, duplicate or different records"]),
        ],
    );
}

#[test]
fn backup_runs() {
    on_a_folder(
        "docs/src/backup.md",
        &[
            ("buymode snapshot save", &["saved snapshot", "1 account state of 3 partitions"]),
            ("buymode snapshot show", &["of a history", "whole"]),
            ("buymode snapshot restore", &["restored snapshot", "1 published profile"]),
            ("buymode decisions", &["\"kind\":\"entered\""]),
            ("buymode audit", &["OK: no missing, duplicate or different records"]),
        ],
    );
}

#[test]
fn subscribers_runs() {
    on_kafka("docs/src/subscribers.md", &[("buymode topics create", &["sequencer.ae"])]);
}

#[test]
fn sequencer_runs() {
    on_kafka_and_registry(
        "docs/src/sequencer.md",
        &[
            ("buymode topics create", &["sequencer.sdr", "schemas are registered"]),
            ("buymode run", &["caught up"]),
            ("buymode decisions --config try.yaml --route sdr", &["\"kind\":\"entered\""]),
            ("buymode decisions --config try.yaml --open", &["\"episode_id\""]),
        ],
    );
}
