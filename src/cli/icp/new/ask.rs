//! The questions, in plain words, each with the usual answer.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use strum::IntoEnumIterator;

/// A question; also the flag's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Topic {
    Product,
    Sizes,
    Industries,
    Countries,
    Tools,
    Triggers,
    Exclude,
    Acts,
    Titles,
    Owner,
}

impl Topic {
    pub(super) fn all() -> impl Iterator<Item = Topic> {
        Topic::iter()
    }

    /// The question, and the usual answer.
    fn question(self) -> (&'static str, &'static str) {
        match self {
            Topic::Product => ("What do you sell? (one name)", "our-product"),
            Topic::Sizes => {
                ("How many people work at a good customer? (such as 10-500, or 50+)", "10-500")
            }
            Topic::Industries => ("In which industries are they?", "software, fintech"),
            Topic::Countries => ("In which countries do you sell?", "us, ca, gb"),
            Topic::Tools => {
                ("Which tools do they use that matter to you? (or: none)", "salesforce, hubspot")
            }
            Topic::Triggers => (
                "What shows that one is ready to buy? Any of: funding (a new round), sales-leader (looks \
                 for or hires one), sales-team (several sales posts), growth (20 % more people), tools \
                 (adopts one of the tools), expansion (a new office or market), inbound (asks for a demo, \
                 signs up)",
                "funding, sales-leader, sales-team, growth, inbound",
            ),
            Topic::Exclude => (
                "Which companies do you never want to write to? Domains, or tag:competitor for those with \
                 that tag (those out of business are left out anyway; or: none)",
                "none",
            ),
            Topic::Acts => ("Who acts on it? (the name of a team or a sequence)", "sdr"),
            Topic::Titles => {
                ("Whom at the company do they write to? (job titles)", "VP Sales, Head of Sales")
            }
            Topic::Owner => ("Who owns this profile? (a name or a mail address)", "revops"),
        }
    }
}

/// Asks, where a person can answer.
pub(super) struct Asker<'a> {
    pub input: Option<&'a mut dyn BufRead>,
    pub output: &'a mut dyn Write,
    /// The words that the companies have.
    pub words: BTreeMap<Topic, String>,
}

impl Asker<'_> {
    /// The answer given, or typed, or the usual one, as `read` takes it. One that was typed and cannot
    /// be read is asked for again, so that the answers before it are not lost.
    ///
    /// # Errors
    /// What is wrong with an answer that was given.
    pub(super) fn answer<T>(
        &mut self,
        topic: Topic,
        given: &BTreeMap<Topic, String>,
        read: impl Fn(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        loop {
            match read(&self.text(topic, given)?) {
                Err(wrong) if self.input.is_some() && !given.contains_key(&topic) => {
                    writeln!(self.output, "{wrong:#}")?;
                }
                read => return read,
            }
        }
    }

    fn text(&mut self, topic: Topic, given: &BTreeMap<Topic, String>) -> anyhow::Result<String> {
        let (question, usual) = topic.question();
        if let Some(given) = given.get(&topic) {
            return Ok(given.clone());
        }
        let Some(input) = &mut self.input else { return Ok(usual.to_owned()) };
        writeln!(self.output, "\n{question}")?;
        if let Some(words) = self.words.get(&topic) {
            writeln!(self.output, "  your companies have: {words}")?;
        }
        write!(self.output, "[{usual}] ")?;
        self.output.flush()?;
        let mut typed = String::new();
        if input.read_line(&mut typed)? == 0 {
            anyhow::bail!("the input ended before the last question; nothing was written");
        }
        Ok(match typed.trim() {
            "" => usual.to_owned(),
            typed => typed.to_owned(),
        })
    }
}

/// The words of an answer.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split([',', ';', '\n']).map(str::trim);
    words.filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("none"))
}
