//! `buymode crm check` on invented exports: each planted fault is found, and a clean export has none.

use crate::cli::{Ended, buymode};
use buymode::evidence::stats::chance::Chance;
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

const SECTORS: [&str; 6] =
    ["Software", "Retail", "Manufacturing", "Telecommunications", "Insurance", "Construction"];
const COUNTRIES: [&str; 5] = ["Germany", "United States", "Netherlands", "Philippines", "Japan"];

/// An export: its files by name.
pub(super) struct Export {
    folder: tempfile::TempDir,
    files: Vec<String>,
}

impl Export {
    pub(super) fn new() -> Export {
        Export { folder: tempfile::tempdir().unwrap(), files: Vec::new() }
    }

    pub(super) fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Export {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self.files.push(name.to_owned());
        self
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn run(&self, args: &[&str]) -> Ended {
        let paths: Vec<String> = self.files.iter().map(|name| self.path(name)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        buymode(&[&["crm", "check"], &paths[..], args].concat())
    }

    /// The report as JSON; `args` beside it.
    pub(super) fn report(&self, args: &[&str]) -> Value {
        let ended = self.run(&[args, &["--json"]].concat());
        serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("{e}: {ended:?}"))
    }
}

/// The findings of a kind, as "level column [concerned of all]".
pub(super) fn found(report: &Value, kind: &str) -> Vec<String> {
    let of_kind = report["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == kind);
    of_kind
        .map(|f| {
            let column = f["column"].as_str().unwrap_or("-");
            let level = f["level"].as_str().unwrap();
            format!("{level} {column} [{} of {}]", f["concerned_count"], f["of_count"])
        })
        .collect()
}

/// One finding of a kind on a column.
pub(super) fn the<'a>(report: &'a Value, kind: &str, column: &str) -> &'a Value {
    let findings = report["findings"].as_array().unwrap();
    let mut of_kind = findings.iter().filter(|f| f["kind"] == kind && f["column"] == column);
    of_kind.next().unwrap_or_else(|| panic!("no {kind} of {column}: {findings:#?}"))
}

/// One invented deal.
#[derive(Clone)]
struct Deal {
    id: usize,
    account: usize,
    created: NaiveDate,
    closed: Option<NaiveDate>,
    stage: &'static str,
    amount: u64,
    source: &'static str,
    /// Whether the deal was won.
    won: bool,
}

/// Deals from 2024-01 to 2025-12, of which a third is won.
fn deals(count: usize, seed: u64) -> Vec<Deal> {
    let mut chance = Chance::new(seed);
    let begin = NaiveDate::from_ymd_opt(2024, 1, 3).unwrap();
    let end = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
    (0..count)
        .map(|id| {
            let created = begin + Days::new(chance.below(700) as u64);
            let closed = created + Days::new(5 + chance.below(80) as u64);
            let won = chance.happens(0.35);
            let stage = match (closed <= end, won) {
                (true, true) => "Closed Won",
                (true, false) => "Closed Lost",
                _ => "Negotiation",
            };
            let closed = (closed <= end).then_some(closed);
            let source = ["Inbound", "Outbound", "Partner"][chance.below(3)];
            let amount = 1_000 + 10 * chance.below(5_000) as u64;
            let account = chance.below(120);
            Deal { id, account, created, closed, stage, amount, source, won }
        })
        .collect()
}

fn opportunities(deals: &[Deal], extra: &str, cell: &dyn Fn(&Deal) -> String) -> String {
    let mut text = format!(
        "Opportunity ID,Account Name,Created Date,Close Date,Stage,Amount,Lead Source{extra}\n"
    );
    for deal in deals {
        let closed = deal.closed.map_or(String::new(), |day| day.to_string());
        let Deal { id, account, created, stage, amount, source, .. } = deal;
        writeln!(
            text,
            "D{id:05},Kestrel {account} GmbH,{created},{closed},{stage},{amount},{source}{}",
            cell(deal)
        )
        .unwrap();
    }
    text
}

fn accounts(count: usize) -> String {
    let mut text = "Account Name,Website,Industry,Country,Employees\n".to_owned();
    for at in 0..count {
        let (sector, country) = (SECTORS[at % 6], COUNTRIES[at % 5]);
        writeln!(text, "Kestrel {at} GmbH,kestrel{at}.com,{sector},{country},{}", 10 + at * 7)
            .unwrap();
    }
    text
}

fn clean() -> Export {
    let export = Export::new()
        .file("opportunities.csv", opportunities(&deals(900, 1), "", &|_| String::new()));
    export.file("accounts.csv", accounts(120))
}

#[test]
fn a_clean_export_passes() {
    let export = clean();
    let ended = export.run(&[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let report = export.report(&[]);
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
    let outcome = &report["outcome"];
    assert_eq!(outcome["how"], "by Stage");
    let sum: u64 = ["won_count", "lost_count", "open_count"]
        .iter()
        .map(|k| outcome[*k].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 900);
    let fields = &report["files"][0]["fields"];
    assert_eq!(
        (&fields["account"], &fields["created"]),
        (&"Account Name".into(), &"Created Date".into())
    );
    let away: Vec<&str> = report["falls_away"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["figure"].as_str().unwrap())
        .collect();
    assert!(away.contains(&"net revenue retention") && !away.contains(&"win rate"), "{away:?}");
}

#[test]
fn every_planted_fault_is_found() {
    let mut all = deals(900, 2);
    all[10].closed = Some(all[10].created - Days::new(3));
    let text = opportunities(&all, "", &|_| String::new());
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[21] = lines[21].replace("Kestrel", "Kestral");
    lines[31] = lines[31].replacen(&format!("Kestrel {} GmbH", all[30].account), "", 1);
    for line in &mut lines[41..44] {
        *line = line
            .replace("Inbound", "inbound")
            .replace("Outbound", "inbound")
            .replace("Partner", "inbound");
    }
    lines.push(lines[5].clone());
    let mut twice = lines[8].clone();
    twice = twice.replace(&all[7].amount.to_string(), "77");
    lines.push(twice);
    let accounts = accounts(120)
        .replace(
            "Kestrel 3 GmbH,kestrel3.com,Telecommunications",
            "Kestrel 3 GmbH,kestrel3.com,Telecomunications",
        )
        .replace(
            "kestrel8.com,Manufacturing,Philippines",
            "kestrel8.com,Manufacturing,Phillipines",
        )
        + "KESTREL 4 Gmbh,www.kestrel4.com,Insurance,Japan,40\n";
    let export = Export::new().file("deals.csv", lines.join("\n")).file("accounts.csv", accounts);
    let report = export.report(&[]);
    let expected = [
        ("impossible_dates", "Created Date", "error"),
        ("unmatched", "Account Name", "error"),
        ("missing_values", "Account Name", "warning"),
        ("inconsistent_labels", "Lead Source", "warning"),
        ("duplicate_ids", "Opportunity ID", "error"),
        ("misspelt", "Industry", "warning"),
        ("misspelt", "Country", "warning"),
        ("same_account", "Account Name", "warning"),
        ("same_account", "Website", "warning"),
    ];
    for (kind, column, level) in expected {
        assert_eq!(the(&report, kind, column)["level"], level, "{kind} {column}");
    }
    assert_eq!(found(&report, "duplicate_rows"), ["error - [1 of 902]"]);
    let unmatched = the(&report, "unmatched", "Account Name")["examples"].to_string();
    assert!(unmatched.contains("may be \\\"Kestrel"), "{unmatched}");
    let ended = export.run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stdout.contains("Repair first")
            && ended.stdout.contains("\"Telecomunications\" (1 row), may be"),
        "{}",
        ended.stdout
    );
}

#[test]
fn outcomes_that_begin_later_than_the_records_are_noticed() {
    let begin = NaiveDate::from_ymd_opt(2024, 8, 1).unwrap();
    let kept = |deal: &Deal| deal.closed.is_none_or(|day| day >= begin);
    let open = |mut deal: Deal| {
        if !kept(&deal) {
            deal.closed = None;
            deal.stage = "Negotiation";
        }
        deal
    };
    let cut: Vec<Deal> = deals(900, 3).into_iter().map(open).collect();
    let text = opportunities(&cut, "", &|_| String::new());
    let report = Export::new().file("deals.csv", &text).report(&[]);
    let finding = the(&report, "left_truncation", "Created Date");
    let problem = finding["problem"].as_str().unwrap();
    assert!(problem.contains("records begin on 2024-01-04, ends on 2024-08-01"), "{problem}");
    let whole = opportunities(&deals(900, 3), "", &|_| String::new());
    let report = Export::new().file("deals.csv", &whole).report(&[]);
    assert_eq!(found(&report, "left_truncation"), Vec::<String>::new());
}

#[test]
fn columns_written_after_the_outcome_are_flagged_and_honest_ones_are_not() {
    let header = ",Disposition,Onboarding contact,Last activity,Region,Opted out,Budget,Score band";
    let mut chance = Chance::new(9);
    let all = deals(1_200, 4);
    let cells: Vec<String> = all
        .iter()
        .map(|deal| {
            let noisy = |chance: &mut Chance, p: f64, yes: &'static str, no: &'static str| {
                if chance.happens(p) { yes } else { no }
            };
            let won = deal.won && deal.closed.is_some();
            let disposition = match (won, chance.below(10)) {
                (_, 0) => "No answer",
                (true, 1..=6) => "Agreed to terms",
                (false, 1..=6) => "Went elsewhere",
                _ => "Called",
            };
            let contact = if won && chance.happens(0.2) { "Ida" } else { "" };
            let activity = noisy(&mut chance, if won { 0.6 } else { 0.3 }, "Call", "Mail");
            let region = ["North", "South", "East"][chance.below(3)];
            let opted = noisy(&mut chance, 0.004, "Yes", "No");
            // Good, and known before.
            let budget = noisy(&mut chance, if won { 0.8 } else { 0.3 }, "Yes", "No");
            let band = ["A", "B", "C"][chance.below(3)];
            format!(",{disposition},{contact},{activity},{region},{opted},{budget},{band}")
        })
        .collect();
    let text = opportunities(&all, header, &|deal| cells[deal.id].clone());
    let report = Export::new().file("deals.csv", &text).report(&[]);
    let flagged = |kind: &str| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == kind);
        let mut columns: Vec<String> =
            findings.map(|f| f["column"].as_str().unwrap().to_owned()).collect();
        columns.sort();
        columns
    };
    assert_eq!(flagged("leak"), ["Disposition", "Onboarding contact"]);
    assert_eq!(flagged("ask_when"), ["Last activity", "Score band"]);
    assert_eq!(flagged("leak_suspect"), Vec::<String>::new());
    let leak = the(&report, "leak", "Disposition");
    let auc = |name: &str| leak["auc"][name].as_f64().unwrap();
    assert!(auc("alone_auc") > 0.75 && auc("without_auc") < auc("all_auc"), "{leak}");
    assert!(leak["remedy"].as_str().unwrap().starts_with("who writes this, and when?"));
}

#[test]
fn a_second_file_of_won_records_is_understood() {
    let all = deals(1_500, 5);
    let mut leads = "lead_id,first_contact_date,channel\n".to_owned();
    let mut won = "lead_id,won_date,segment,has_company\n".to_owned();
    for deal in &all {
        writeln!(leads, "L{:06},{},{}", deal.id, deal.created.format("%d-%m-%Y"), deal.source)
            .unwrap();
        if let (true, Some(closed)) = (deal.won, deal.closed) {
            let company = if deal.id % 9 == 0 { "true" } else { "" };
            writeln!(won, "L{:06},{} 10:30,shoes,{company}", deal.id, closed.format("%d-%m-%Y"))
                .unwrap();
        }
    }
    let export = Export::new().file("won.csv", won).file("leads.csv", leads);
    let report = export.report(&[]);
    assert_eq!(report["outcome"]["how"], "by a row in won.csv");
    assert_eq!(report["outcome"]["file"], "leads.csv");
    let leak = report["findings"].as_array().unwrap().iter().find(|f| f["kind"] == "leak").unwrap();
    assert_eq!(leak["file"], "won.csv");
    assert!(leak["examples"][0].as_str().unwrap().starts_with("has_company (filled for"), "{leak}");
}

#[test]
fn the_user_says_what_names_do_not() {
    let mut text = "nr,firma,angelegt,ende,ergebnis,netto\n".to_owned();
    for deal in deals(300, 6) {
        let end = deal.closed.map_or(String::new(), |day| day.format("%d.%m.%Y").to_string());
        let label = match deal.stage {
            "Closed Won" => "Zusage",
            "Closed Lost" => "Absage",
            _ => "laufend",
        };
        let created = deal.created.format("%d.%m.%Y");
        writeln!(
            text,
            "{},Firma {},{created},{end},{label},\"{},50\"",
            deal.id, deal.account, deal.amount
        )
        .unwrap();
    }
    let export = Export::new().file("export.csv", &text);
    assert_eq!(found(&export.report(&[]), "no_outcome"), ["error - [0 of 0]"]);
    let args = [
        "--outcome",
        "ergebnis",
        "--won",
        "Zusage",
        "--lost",
        "absage",
        "--column",
        "created=angelegt",
        "--column",
        "closed=ende",
        "--column",
        "amount=netto",
        "--column",
        "id=nr",
    ];
    let report = export.report(&args);
    assert!(report["outcome"]["won_count"].as_u64().unwrap() > 50, "{report:#}");
    assert_eq!(report["files"][0]["fields"]["closed"], "ende");
    for (args, message) in [
        (
            &["--outcome", "result"][..],
            "unknown column \"result\"; the files have \"nr\", \"firma\"",
        ),
        (&["--won", "Yes"], "unknown label \"Yes\": no cell of the files holds it"),
    ] {
        let ended = export.run(args);
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    let ended = export.run(&["--column", "closing=ende"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("unknown field \"closing\"; use one of id, account, domain"),
        "{}",
        ended.stderr
    );
}

#[test]
fn nothing_is_written() {
    let export = clean();
    export.run(&[]);
    let left: Vec<_> = std::fs::read_dir(Path::new(&export.path("."))).unwrap().collect();
    assert_eq!(left.len(), 2);
}
