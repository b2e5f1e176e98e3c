//! What the pages claim and a walk does not show: links, names of commands, flags, metrics, files.

use super::command::{Kind, NOT_RUN, commands, kind, words};
use super::page::{Block, Page, pages, root};
use buymode::cli;
use std::collections::BTreeSet;
use std::path::Path;

/// Languages of blocks that are no commands.
const DATA: &[&str] = &["json", "promql", "sql", "text", "yaml"];

#[test]
fn the_readme_is_short() {
    let bytes = std::fs::read(root().join("README.md")).unwrap().len();
    assert!(bytes <= 8_192, "README.md has {bytes} bytes: move something to docs/src");
}

#[test]
fn every_link_leads_somewhere() {
    let mut complaints = Vec::new();
    for page in pages() {
        let folder = root().join(&page.name).parent().unwrap().to_owned();
        for link in page.links() {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { root().join(&page.name) } else { folder.join(path) };
            let leads = target.exists()
                && (anchor.is_empty() || {
                    let target = target.canonicalize().unwrap();
                    Page::read(&target).anchors().iter().any(|known| known == anchor)
                });
            if !leads {
                complaints.push(format!("{}: {link}", page.name));
            }
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
}

/// A reader looks for a change where the code map says.
#[test]
fn every_path_that_a_page_names_exists() {
    let mut complaints = Vec::new();
    for page in pages() {
        for span in page.spans() {
            let is_path = ["src/", "tests/", "schemas/", "deploy/", "docs/", "benches/", ".ci/"]
                .iter()
                .any(|folder| span.starts_with(folder));
            let path = span.split([' ', '<']).next().unwrap_or_default();
            if is_path && !root().join(path).exists() {
                complaints.push(format!("{}: `{span}`", page.name));
            }
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn the_table_of_contents_names_every_page() {
    let summary = Page::read(&root().join("docs/src/SUMMARY.md"));
    let named: BTreeSet<String> = summary.links().iter().map(|l| format!("docs/src/{l}")).collect();
    let there: BTreeSet<String> = pages().into_iter().map(|page| page.name).collect();
    let there: BTreeSet<String> =
        there.into_iter().filter(|name| name != "README.md" && *name != summary.name).collect();
    assert_eq!(named, there);
}

/// Indented blocks would escape every check here.
#[test]
fn every_block_is_fenced_and_says_what_it_is() {
    for page in pages() {
        for Block { language, line, text } in page.blocks() {
            let place = format!("{}:{line}", page.name);
            let known = language == "sh" || DATA.contains(&language.as_str());
            assert!(known, "{place}: a block of {language:?}: say sh, or one of {DATA:?}");
            if language == "yaml" {
                let read: Result<serde_json::Value, _> = serde_saphyr::from_str(&text);
                assert!(read.is_ok(), "{place}: {read:?}");
            }
        }
        let prose = page.prose();
        let lines: Vec<&str> = prose.lines().collect();
        for (n, pair) in lines.windows(2).enumerate() {
            let indented = pair[0].is_empty() && pair[1].starts_with("    ");
            assert!(!indented, "{}:{}: an indented block: fence it", page.name, n + 2);
        }
    }
}

#[test]
fn every_page_with_commands_is_walked_through() {
    let walked = include_str!("mod.rs");
    for page in pages() {
        let has_commands = page.blocks().iter().any(|block| {
            let runs = |command: &String| kind(command) != Kind::NotRun;
            block.language == "sh" && commands(&block.text).iter().any(runs)
        });
        let is_walked = walked.contains(&format!("\"{}\"", page.name));
        assert_eq!(is_walked, has_commands, "{}: name it in tests/it/docs/mod.rs", page.name);
    }
}

/// Of what no walk runs: the program, its words and its files are there.
#[test]
fn what_is_not_run_could_be() {
    let blocks: Vec<Block> = pages().iter().flat_map(Page::blocks).collect();
    let written: BTreeSet<String> = blocks
        .iter()
        .filter(|block| block.language == "sh")
        .flat_map(|block| commands(&block.text))
        .collect();
    for (command, reason) in NOT_RUN {
        assert!(!reason.is_empty());
        assert!(
            written
                .iter()
                .any(|line| line == command || line.starts_with(&format!("{command}  #"))),
            "{command:?} is in no page: take it out of NOT_RUN"
        );
        let words = words(command);
        match words[0] {
            "export" => {}
            "python3" | "mvn" | "java" | "npm" | "go" => others(&words),
            program if program.starts_with("target/") => others(&words),
            "cargo" => cargo(&words[1..]),
            script => ours(script, &words[1..]),
        }
    }
}

fn cargo(words: &[&str]) {
    let after = |flag: &str| words.iter().skip_while(|word| **word != flag).nth(1);
    if let Some(target) = after("--test") {
        let folder = root().join("tests").join(target);
        assert!(folder.join("main.rs").exists(), "{target}");
        if let Some(filter) = words.iter().skip_while(|word| *word != target).nth(1) {
            assert!(folder.join(filter).exists(), "no tests are called {filter}");
        }
    }
    if let Some(bench) = after("--bench") {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("[[bench]]\nname = \"{bench}\"")), "{bench}");
    }
    if let Some(arguments) = words.iter().position(|word| *word == "--") {
        buymode(&words[arguments + 1..]).unwrap();
    }
}

/// A program that is not of the repository: what it is given is there, unless it was made by another.
fn others(words: &[&str]) {
    for word in words.iter().filter(|word| word.starts_with("deploy/")) {
        assert!(word.contains("/target/") || root().join(word).exists(), "{word}");
    }
}

/// A script of the repository: its help, which is the head of its text, names what it is given.
fn ours(script: &str, arguments: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    let file = root().join(script);
    let mode = std::fs::metadata(&file).unwrap_or_else(|e| panic!("{script}: {e}")).permissions();
    assert!(mode.mode() & 0o100 != 0, "{script} cannot be run");
    let text = std::fs::read_to_string(&file).unwrap();
    let is_path = |word: &&&str| word.contains('/') || word.parse::<u16>().is_ok();
    for word in arguments.iter().filter(|word| !is_path(word)) {
        assert!(text.contains(word), "{script} knows no {word}");
    }
}

/// Whether the program takes these words: subcommands and flags, not their values.
fn buymode(words: &[&str]) -> Result<(), String> {
    let mut command = cli::command();
    command.build();
    let mut here = &command;
    let of_it = words.iter().take_while(|word| **word != "|");
    for (at, word) in of_it.enumerate() {
        if let Some(flag) = word.strip_prefix("--") {
            let flag = flag.split(['=', ' ']).next().unwrap_or_default();
            let known = here.get_arguments().any(|argument| {
                let aliases = argument.get_all_aliases().unwrap_or_default();
                argument.get_long() == Some(flag) || aliases.contains(&flag)
            });
            if !known && !["help", "version"].contains(&flag) {
                return Err(format!("{} has no --{flag}", here.get_name()));
            }
        } else if here.has_subcommands() {
            let found = here.get_subcommands().find(|below| below.get_name() == *word);
            // The value of a flag of a command that works alone, too.
            let is_value = at > 0 && words[at - 1].starts_with("--");
            if found.is_none() && is_value && here.is_args_conflicts_with_subcommands_set() {
                continue;
            }
            here = found.ok_or_else(|| format!("{} has no {word}", here.get_name()))?;
        }
    }
    Ok(())
}

/// In blocks and between backticks.
#[test]
fn every_command_that_a_page_names_is_one() {
    let mut complaints = Vec::new();
    for page in pages() {
        let blocks = page.blocks();
        let lines = blocks.iter().filter(|b| b.language == "sh").flat_map(|b| commands(&b.text));
        for text in lines.chain(page.spans()) {
            // A choice of words (`a|b`) is written beside a command, not within.
            let text = text.split("  #").next().unwrap_or_default();
            let words = words(text);
            if words.first() != Some(&"buymode") {
                continue;
            }
            if let Err(why) = buymode(&words[1..]) {
                complaints.push(format!("{}: `{text}`: {why}", page.name));
            }
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn every_subcommand_is_told_of() {
    let text: String = pages().iter().map(|page| page.text.as_str()).collect();
    let mut missing = Vec::new();
    let command = cli::command();
    for top in command.get_subcommands() {
        let path = format!("buymode {}", top.get_name());
        let below = top.get_subcommands().map(|below| format!("{path} {}", below.get_name()));
        missing.extend(below.chain([path.clone()]).filter(|path| !text.contains(path.as_str())));
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// The names of metrics in the sources are those in `running.md`, both ways.
#[test]
fn every_metric_is_documented() {
    let page = std::fs::read_to_string(root().join("docs/src/running.md")).unwrap();
    let mut sources = String::new();
    for entry in std::fs::read_dir(root().join("src/telemetry")).unwrap() {
        let path = entry.unwrap().path();
        // Beside the files lie their tests, in folders.
        if path.is_file() {
            sources += &std::fs::read_to_string(path).unwrap();
        }
    }
    let made: BTreeSet<&str> = sources.split('"').filter(|text| is_metric(text)).collect();
    assert!(made.len() > 15, "{made:?}");
    let not_in_name = |c: char| !c.is_ascii_lowercase() && c != '_';
    let told: BTreeSet<&str> = page
        .split(not_in_name)
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word))
        .filter(|word| is_metric(word))
        .collect();
    assert_eq!(told, made);
}

fn is_metric(text: &str) -> bool {
    text.strip_prefix("buymode_").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    })
}

#[test]
fn should_notice_a_command_that_is_none() {
    assert_eq!(buymode(&["icp", "check", "FILE", "--json"]), Ok(()));
    assert_eq!(buymode(&["icp", "chek", "FILE"]), Err("icp has no chek".to_owned()));
    assert_eq!(buymode(&["run", "--confg", "FILE"]), Err("run has no --confg".to_owned()));
    assert!(Path::new(root()).join("README.md").exists());
}
