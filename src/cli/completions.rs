//! `buymode completions` and `buymode man`: what shells and `man` read, from the grammar of the command line.

use super::output::{line, verbatim};
use anyhow::Context;
use clap_complete::Shell;
use std::path::PathBuf;
use std::process::ExitCode;

/// Prints the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    buymode completions bash >/etc/bash_completion.d/buymode\n  \
    buymode completions zsh >\"${fpath[1]}/_buymode\"\n  \
    buymode completions fish >~/.config/fish/completions/buymode.fish\n  \
    buymode completions powershell >>$PROFILE")]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

/// Writes the manual: a page for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    buymode man /usr/local/share/man/man1\n\n\
    Then `man buymode-topics-create` shows the page of `buymode topics create`.")]
pub(super) struct ManArgs {
    /// Folder that takes the pages; it is made where it does not exist
    folder: PathBuf,
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "buymode", &mut text);
    verbatim(&String::from_utf8(text)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let folder = args.folder.display();
    let written = || -> std::io::Result<usize> {
        std::fs::create_dir_all(&args.folder)?;
        clap_mangen::generate_to(super::command(), &args.folder)?;
        Ok(pages(super::command()))
    };
    let pages = written().with_context(|| format!("cannot write the manual to {folder}"))?;
    line(&format!("wrote {pages} pages to {folder}"))?;
    Ok(ExitCode::SUCCESS)
}

/// One for the command and for each one below it, as the manual is made.
fn pages(command: clap::Command) -> usize {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    below(&command)
}

fn below(command: &clap::Command) -> usize {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    1 + shown.map(below).sum::<usize>()
}
