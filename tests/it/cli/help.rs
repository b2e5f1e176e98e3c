//! Every command says what it does, and shows how.

use clap::Command;

fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    let path = format!("{path} {}", command.get_name());
    let mut below = command.get_subcommands().filter(|c| c.get_name() != "help").peekable();
    if below.peek().is_none() {
        found.push((path.trim().to_owned(), command.clone()));
        return;
    }
    below.for_each(|c| leaves(c, &path, found));
}

fn all() -> Vec<(String, Command)> {
    let mut all = Vec::new();
    leaves(&buymode::cli::command(), "", &mut all);
    assert!(all.len() > 15, "{}", all.len());
    all
}

/// The calls of buymode that a text shows, each as a shell would split it.
fn calls(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| {
        let at = line.find("buymode ")?;
        // Only variables of the environment may stand before.
        let before = line[..at].trim().trim_start_matches("Example:").trim();
        before.split(' ').all(|word| word.is_empty() || word.contains('=')).then(|| &line[at..])
    });
    lines.map(words).collect()
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('|' | '>' | '#' | '`', None) => break,
            (' ', None) => words.push(std::mem::take(&mut word)),
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Messages about logs of other builds name the rules version.
#[test]
fn should_say_which_rules_it_decides_by() {
    use buymode::domain::RULES_VERSION;
    let said = format!("{} (rules version {RULES_VERSION})\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        assert_eq!(super::ok(&[flag]), format!("buymode {said}"));
        assert_eq!(super::ok(&["upgrade", flag]), format!("buymode-upgrade {said}"));
    }
}

#[test]
fn every_command_has_a_description_and_an_example_of_itself() {
    for (path, command) in all() {
        assert!(command.get_about().is_some(), "{path}: no description");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.contains(&path), "{path}: its help shows no example: {after:?}");
    }
}

#[test]
fn every_example_is_a_call_that_the_command_takes() {
    let mut taken = 0;
    for (path, command) in all() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for call in calls(&after) {
            let parsed = buymode::cli::command().try_get_matches_from(&call);
            assert!(parsed.is_ok(), "{path}: {call:?}: {}", parsed.unwrap_err());
            taken += 1;
        }
    }
    assert!(taken > 25, "{taken}");
}

#[test]
fn one_thing_has_one_name_in_every_command() {
    for (path, command) in all() {
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap_or_default();
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.contains("For machines"), "{path} --{name}: {help}");
            if name == "json" {
                assert!(help.starts_with("Print JSON, one "), "{path} --{name}: {help}");
            }
            if name == "embedded" {
                let aliases = argument.get_visible_aliases().unwrap_or_default();
                assert_eq!(aliases, ["data"], "{path}");
            }
            assert!(!matches!(name, "data" | "samples" | "from-beginning"), "{path} --{name}");
        }
    }
}

#[test]
fn should_write_the_completions_of_each_shell_and_a_page_of_the_manual_for_each_command() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = super::ok(&["completions", shell]);
        assert!(script.contains("why-not") && script.contains("until-caught-up"), "{shell}");
    }
    let unknown = super::buymode(&["completions", "tcsh"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains("bash"), "{unknown:?}");

    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let said = super::ok(&["man", pages.to_str().unwrap()]);
    let written = std::fs::read_dir(&pages).unwrap().count();
    assert_eq!(said.split(' ').nth(1), Some(written.to_string().as_str()), "{said}");
    for (path, command) in all() {
        let page = pages.join(format!("{}.1", path.replace(' ', "-")));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{page:?}: {e}"));
        let about = command.get_about().unwrap().to_string();
        let word = about.split(' ').next().unwrap();
        assert!(text.contains(".SH EXTRA") && text.contains(word), "{path}: {text}");
    }
    let refused = super::buymode(&["man", "/dev/null/x"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("cannot write the manual to /dev/null/x"), "{refused:?}");
}
