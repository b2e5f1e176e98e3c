//! Mappings with their files on the command line: `--mapping A FILES... --mapping B FILES...`. A file
//! belongs to the mapping before it; with one mapping files may also come first.

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};
use std::path::PathBuf;

const MAPPING: &str = "mapping";
const INPUTS: &str = "inputs";

/// A mapping and its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Feed {
    pub mapping: PathBuf,
    pub inputs: Vec<PathBuf>,
}

/// Each mapping once, in the order given.
#[derive(Clone, Debug)]
pub(super) struct Feeds(pub Vec<Feed>);

impl clap::Args for Feeds {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new(INPUTS)
                    .value_name("INPUT")
                    .help("The files to import, each behind its mapping")
                    .value_parser(value_parser!(PathBuf))
                    .action(ArgAction::Append)
                    .num_args(1..)
                    .required(true),
            )
            .arg(
                Arg::new(MAPPING)
                    .long(MAPPING)
                    .value_name("FILE")
                    .help(
                        "The mapping that reads the rows, such as those in deploy/mappings. Several, \
                         each before its files, are merged in order of time",
                    )
                    .value_parser(value_parser!(PathBuf))
                    .action(ArgAction::Append)
                    .required(true),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Feeds::augment_args(command)
    }
}

impl FromArgMatches for Feeds {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Feeds, clap::Error> {
        let placed = |name: &str| -> Vec<(usize, PathBuf)> {
            let at = matches.indices_of(name).into_iter().flatten();
            let paths = matches.get_many::<PathBuf>(name).into_iter().flatten();
            at.zip(paths.cloned()).collect()
        };
        pair(placed(MAPPING), placed(INPUTS))
            .map(Feeds)
            .map_err(|message| clap::Error::raw(clap::error::ErrorKind::ValueValidation, message))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Feeds::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `mappings` and `inputs` with their places on the command line.
fn pair(
    mappings: Vec<(usize, PathBuf)>,
    inputs: Vec<(usize, PathBuf)>,
) -> Result<Vec<Feed>, String> {
    let mut feeds: Vec<(usize, Feed)> = Vec::new();
    let is_one = mappings.iter().all(|(_, mapping)| *mapping == mappings[0].1);
    let places: Vec<(usize, PathBuf)> = mappings;
    for (at, mapping) in &places {
        if !feeds.iter().any(|(_, feed)| feed.mapping == *mapping) {
            feeds.push((*at, Feed { mapping: mapping.clone(), inputs: Vec::new() }));
        }
    }
    for (at, input) in inputs {
        let before = places.iter().rev().find(|(place, _)| *place < at);
        let mapping = before.or(places.first().filter(|_| is_one)).map(|(_, mapping)| mapping);
        let feed = feeds.iter_mut().find(|(_, feed)| Some(&feed.mapping) == mapping);
        let Some((_, feed)) = feed else {
            return Err(format!(
                "invalid order: {} stands before the first of several mappings; use --mapping A FILES \
                 --mapping B FILES\n",
                input.display()
            ));
        };
        feed.inputs.push(input);
    }
    match feeds.iter().find(|(_, feed)| feed.inputs.is_empty()) {
        None => Ok(feeds.into_iter().map(|(_, feed)| feed).collect()),
        Some((_, feed)) => Err(format!(
            "--mapping {} has no files behind it; use --mapping A FILES --mapping B FILES\n",
            feed.mapping.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        feeds: Feeds,
        #[arg(long)]
        json: bool,
        #[arg(long)]
        topic: Option<String>,
    }

    fn read(line: &str) -> Result<Vec<(String, String)>, String> {
        let words = std::iter::once("import").chain(line.split(' '));
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        assert!(line.json || line.topic.is_none_or(|topic| topic == "t"));
        let names = |paths: &[PathBuf]| {
            let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            names.join(" ")
        };
        let feed = |feed: Feed| (feed.mapping.display().to_string(), names(&feed.inputs));
        Ok(line.feeds.0.into_iter().map(feed).collect())
    }

    #[test]
    fn a_file_belongs_to_the_mapping_before_it() {
        let one = [("a".to_owned(), "x y".to_owned())];
        for line in [
            "--mapping a x y",
            "x y --mapping a",
            "x --mapping a y",
            "--mapping=a --json x --topic t y",
            "--mapping a x --mapping a y",
            "--mapping a -- x y",
        ] {
            assert_eq!(read(line).as_deref(), Ok(&one[..]), "{line}");
        }
        let two = [("a".to_owned(), "x z".to_owned()), ("b".to_owned(), "y".to_owned())];
        for line in [
            "--mapping a x z --mapping b y",
            "--mapping a x --mapping b y --mapping a z",
            "--json --mapping a x --topic t z --mapping b y",
        ] {
            assert_eq!(read(line).as_deref(), Ok(&two[..]), "{line}");
        }
    }

    #[test]
    fn a_file_without_a_mapping_and_a_mapping_without_files_are_named() {
        for (line, said) in [
            ("x --mapping a y --mapping b z", "x stands before the first of several mappings"),
            ("--mapping a --mapping b y", "--mapping a has no files behind it"),
            ("--mapping a x --mapping b", "--mapping b has no files behind it"),
            ("--mapping a", "required arguments were not provided"),
            ("x", "required arguments were not provided"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
