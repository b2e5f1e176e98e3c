//! What the check found, as data: the command lays it out.

use serde::Serialize;

/// How much stands against computing figures from the files as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Figures would be wrong.
    Error,
    /// Figures would be off, or less certain.
    Warning,
    /// Only a person who knows the CRM can say.
    Question,
    /// Worth knowing.
    Note,
}

/// What kind of problem; the name in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    UnreadableRows,
    NoRows,
    NoOutcome,
    UnclearOutcome,
    DuplicateRows,
    DuplicateIds,
    SameAccount,
    SameDeal,
    Unmatched,
    MissingValues,
    Placeholder,
    InconsistentLabels,
    Misspelt,
    SeveralMeanings,
    UnreadableValues,
    DateOrder,
    ImpossibleDates,
    ImpossibleAmounts,
    LateWins,
    LeftTruncation,
    Leak,
    LeakSuspect,
    AskWhen,
    Reader,
}

/// How much of the ranking of winners above the others hangs on a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Hanging {
    /// AUC of this column alone.
    #[serde(rename = "alone_auc")]
    pub alone: f64,
    /// AUC of all columns together, by a plain additive score.
    #[serde(rename = "all_auc")]
    pub all: f64,
    /// AUC of all others together.
    #[serde(rename = "without_auc")]
    pub without: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Finding {
    /// How much stands against computing figures.
    pub level: Level,
    /// What kind of problem.
    pub kind: Kind,
    pub file: String,
    pub column: Option<String>,
    /// Records that it concerns.
    #[serde(rename = "concerned_count")]
    pub rows: u64,
    /// Of how many.
    #[serde(rename = "of_count")]
    pub of: u64,
    /// The fault, and the reasons for it.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// Values or rows, a few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// Of a column that may leak the outcome: how much hangs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<Hanging>,
}

/// More examples of one problem do not help.
pub const EXAMPLES_MAX: usize = 5;

impl Finding {
    pub fn new(level: Level, kind: Kind, file: &str, problem: String, remedy: &str) -> Finding {
        Finding {
            level,
            kind,
            file: file.to_owned(),
            column: None,
            rows: 0,
            of: 0,
            problem,
            remedy: remedy.to_owned(),
            examples: Vec::new(),
            auc: None,
        }
    }

    pub fn column(mut self, column: &str) -> Finding {
        self.column = Some(column.to_owned());
        self
    }

    pub fn rows(mut self, rows: usize, of: usize) -> Finding {
        (self.rows, self.of) = (rows as u64, of as u64);
        self
    }

    pub fn examples<T: Into<String>>(mut self, examples: impl IntoIterator<Item = T>) -> Finding {
        self.examples = examples.into_iter().take(EXAMPLES_MAX).map(Into::into).collect();
        self
    }

    /// For the order in which to repair: the level, then how many records, or how much hangs on the column.
    pub fn urgency(&self) -> (Level, std::cmp::Reverse<u64>, Kind) {
        let share = match self.auc {
            Some(hanging) => (hanging.alone * 1_000.0) as u64,
            None => (self.rows * 1_000).checked_div(self.of).unwrap_or(0),
        };
        (self.level, std::cmp::Reverse(share), self.kind)
    }
}
