//! The table of words: `deploy/titles.tsv` and the files that mappings add to it. Its head explains
//! the columns.

use super::normal;
use crate::domain::terms::catalogue::{Function, Seniority};
use std::collections::BTreeMap;

/// The longest table: more words than any language needs, few enough for memory.
const PHRASES_MAX: usize = 20_000;

/// What a phrase means in each role in which the table lists it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub head: Option<Head>,
    pub level: Option<Seniority>,
    pub field: Option<Purpose>,
    pub mark: Option<Mark>,
}

/// An occupation or a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub kind: HeadKind,
    pub function: Option<Purpose>,
    /// `None`: as the rank before it says.
    pub seniority: Option<Seniority>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadKind {
    Occupation,
    Helper,
    Rank,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purpose {
    pub function: Function,
    /// Written with `?`: gives way.
    pub weak: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Of,
    Ends,
    Former,
    Plain,
    Place,
    Name,
    /// Between the parts of a title.
    Part,
    And,
}

/// The meanings by phrase, in the form of [`normal::of`]: with its spaces, `vertrieb*` without the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(pub(super) BTreeMap<String, Meaning>);

impl Table {
    /// With the lines of a further table on top: they replace those of the same role and words.
    pub(super) fn read(mut self, text: &str) -> Result<Table, String> {
        let mut seen = BTreeMap::new();
        for (line, number) in text.lines().zip(1_usize..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let refuse = |message: String| format!("line {number}: {message}");
            let row = Row::of(line).map_err(refuse)?;
            for words in row.words.split(',').map(str::trim).filter(|words| !words.is_empty()) {
                let key = key(words)
                    .ok_or_else(|| refuse(format!("invalid words: {words:?}; use letters")))?;
                if let Some(before) = seen.insert((key.clone(), row.kind()), number) {
                    return Err(refuse(format!(
                        "{words:?} is listed on line {before} already, in the same role or one that \
                         excludes it; remove one"
                    )));
                }
                row.enter(self.0.entry(key).or_default());
            }
            if self.0.len() > PHRASES_MAX {
                return Err(refuse(format!("more than {PHRASES_MAX} phrases; remove some")));
            }
        }
        Ok(self)
    }
}

/// A line of the table.
struct Row<'a> {
    role: &'a str,
    function: Option<Purpose>,
    seniority: Option<Seniority>,
    words: &'a str,
}

impl Row<'_> {
    fn of(line: &str) -> Result<Row<'_>, String> {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [role, function, seniority, words] = columns[..] else {
            return Err(format!(
                "{} columns; use four, separated by one tab: role, function, seniority, words",
                columns.len()
            ));
        };
        let row = Row { role, function: purpose(function)?, seniority: level(seniority)?, words };
        let needs = |there: bool, what: &str| {
            if there { Ok(()) } else { Err(format!("role {role} needs a {what}")) }
        };
        match role {
            "is" | "helper" | "field" => needs(row.function.is_some(), "function")?,
            "level" => needs(row.seniority.is_some(), "seniority")?,
            "rank" => {}
            _ if mark(role).is_some() => {}
            _ => {
                return Err(format!(
                    "invalid role: {role:?}; use is, helper, rank, level, field, of, ends, former, \
                     place, name or plain"
                ));
            }
        }
        Ok(row)
    }

    /// The roles of one kind exclude one another.
    fn kind(&self) -> &'static str {
        match self.role {
            "is" | "helper" | "rank" => "head",
            "level" => "level",
            "field" => "field",
            _ => "mark",
        }
    }

    fn enter(&self, meaning: &mut Meaning) {
        let head = |kind, seniority| Some(Head { kind, function: self.function, seniority });
        let individual = self.seniority.or(Some(Seniority::Individual));
        match self.role {
            "is" => meaning.head = head(HeadKind::Occupation, individual),
            "helper" => meaning.head = head(HeadKind::Helper, individual),
            "rank" => meaning.head = head(HeadKind::Rank, self.seniority),
            "level" => meaning.level = self.seniority,
            "field" => meaning.field = self.function,
            role => meaning.mark = mark(role),
        }
    }
}

fn mark(role: &str) -> Option<Mark> {
    Some(match role {
        "of" => Mark::Of,
        "ends" => Mark::Ends,
        "former" => Mark::Former,
        "place" => Mark::Place,
        "name" => Mark::Name,
        "plain" => Mark::Plain,
        _ => return None,
    })
}

fn purpose(text: &str) -> Result<Option<Purpose>, String> {
    let (name, weak) = text.strip_suffix('?').map_or((text, false), |name| (name, true));
    match name {
        "-" => Ok(None),
        name => match name.parse() {
            Ok(function) => Ok(Some(Purpose { function, weak })),
            Err(_) => Err(format!("invalid function: {name:?}; use one such as sales, or -")),
        },
    }
}

fn level(text: &str) -> Result<Option<Seniority>, String> {
    match text {
        "-" => Ok(None),
        name => name
            .parse()
            .map(Some)
            .map_err(|_| format!("invalid seniority: {name:?}; use one such as manager, or -")),
    }
}

/// As it is searched for in a title; a star stands for the rest of a word.
fn key(words: &str) -> Option<String> {
    let inner = words.trim_matches('*');
    let mut key = normal::of(inner);
    if words.ends_with('*') {
        // The rest of a word begins where the phrase ends, so that a final s of it stays.
        let s = inner.ends_with('s') && !key.ends_with("s ");
        key.truncate(key.trim_end().len());
        key.extend(s.then_some('s'));
    }
    let key = if words.starts_with('*') { key.trim_start() } else { &key };
    key.contains(char::is_alphanumeric).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_means_nothing_is_refused_with_its_number() {
        for (text, why) in [
            ("# head\nis\tsales\t-", "line 2: 3 columns; use four"),
            ("job\tsales\t-\tcloser", "line 1: invalid role: \"job\"; use is"),
            ("is\tselling\t-\tcloser", "invalid function: \"selling\""),
            ("rank\t-\tboss\tboss", "invalid seniority: \"boss\""),
            ("field\t-\t-\tsales", "role field needs a function"),
            ("level\t-\t-\tsenior", "role level needs a seniority"),
            ("is\tsales\t-\tcloser, ++", "invalid words: \"++\""),
            ("is\tsales\t-\tcloser\nis\tfinance\t-\tClosers", "is listed on line 1 already"),
        ] {
            let refused = Table::default().read(text).map(|_| ()).unwrap_err();
            assert!(refused.contains(why), "{text:?}: {refused}");
        }
    }

    #[test]
    fn a_star_is_the_rest_of_a_word() {
        assert_eq!(key("vertrieb*").as_deref(), Some(" vertrieb"));
        assert_eq!(key("*leiter").as_deref(), Some("leiter "));
        assert_eq!(key("einkaufs*").as_deref(), Some(" einkaufs"));
        assert_eq!(key("*").as_deref(), None);
    }
}
