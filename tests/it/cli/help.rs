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

#[test]
fn every_command_has_a_description_and_an_example_of_itself() {
    let mut all = Vec::new();
    leaves(&buymode::cli::command(), "", &mut all);
    assert!(all.len() > 15, "{}", all.len());
    for (path, command) in all {
        assert!(command.get_about().is_some(), "{path}: no description");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.contains(&path), "{path}: its help shows no example: {after:?}");
    }
}
