//! Columns that may have been written because of the outcome, so that they "predict" it: the rule in exports of
//! CRMs, not the exception. Data alone cannot show when a cell was written; so each flag says why, how much
//! hangs on the column, and asks who writes it, and when.

use super::finding::{Finding, Hanging, Kind, Level};
use super::outcome::Outcomes;
use super::screen::{Group, Screen};
use super::view::{View, Viewed};
use crate::evidence::table::{Table, word_set};
use crate::report::words::{all, counted};

/// A group of fewer records shows nothing.
const GROUP_MIN: u64 = 10;
/// The share of exceptions in a group that is pure, and how much purer than the whole it must be.
const IMPURE_MAX: f64 = 0.06;
const PURER: f64 = 8.0;
/// How unlikely a pure group may be by chance, over all groups of the column.
const CHANCE_MAX: f64 = 1e-3;
/// The share of all winners (or all others) in pure groups, from which the column gives the outcome away.
const COVERED: f64 = 0.3;
/// A single column that ranks so well.
const AUC_MAX: f64 = 0.9;
/// Winners that must have a cell filled which no other record has.
const FILLED_MIN: u64 = 10;

/// Words of names of columns that are often written, or rewritten, late.
const LATE_WORDS: &[&str] = &[
    "last",
    "latest",
    "recent",
    "notable",
    "score",
    "scoring",
    "status",
    "quality",
    "rating",
    "grade",
    "tag",
    "modified",
    "updated",
    "reason",
    "probability",
    "forecast",
    "final",
    "result",
    "outcome",
    "closed",
    "churn",
    "disposition",
    "next",
    "current",
    "index",
    "rank",
    "priority",
    "lifecycle",
];

/// Records that show something of leaks: fewer of either kind, and chance makes pure groups.
const KIND_MIN: usize = 20;

/// The flags, the gravest first.
pub(super) fn findings(view: &View, tables: &[Table], outcomes: &Outcomes) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(outcomes.won_file.map(|at| of_winners(&tables[at], view)));
    let won = view.won.iter().filter(|won| **won).count();
    if won.min(view.won.len() - won) < KIND_MIN {
        return found;
    }
    let screen = Screen::new(view);
    let mut flags = Vec::new();
    for (at, column) in view.columns.iter().enumerate().filter(|(_, column)| !column.follows()) {
        let groups = screen.groups(at);
        flags.extend(flag(column, &groups, &screen, at).map(|flag| (at, groups, flag)));
    }
    let suspects: Vec<usize> = flags.iter().map(|(at, ..)| *at).collect();
    let hanging = screen.hanging(&suspects);
    let flagged = flags.iter().zip(hanging);
    found.extend(flagged.map(|((at, groups, flag), hanging)| {
        let (column, filled) = (&view.columns[*at], screen.filled(*at));
        finding(column, groups, flag, hanging).rows(filled, view.won.len())
    }));
    found
}

type Flag = (Level, Kind, String);

fn finding(column: &Viewed, groups: &[Group], flag: &Flag, hanging: Hanging) -> Finding {
    let (level, kind, why) = flag;
    let problem = format!(
        "{why}; alone it ranks winners with AUC {:.3}, all columns {:.3}, without it {:.3}",
        hanging.alone, hanging.all, hanging.without
    );
    let mut shown: Vec<&Group> = groups.iter().filter(|group| group.records >= GROUP_MIN).collect();
    shown.sort_by(|a, b| b.rate().total_cmp(&a.rate()));
    let text = |group: &&Group| {
        let label = &column.labels[group.group as usize];
        let percent = 100.0 * group.rate();
        format!("{label:?}: {} of {} won ({percent:.1} %)", group.won, group.records)
    };
    // The purest of both kinds.
    let ends = shown.iter().take(2).chain(shown.iter().skip(2).rev().take(2));
    let remedy =
        "who writes this, and when? Leave it out of criteria unless it is known before the outcome";
    let mut finding = Finding::new(*level, *kind, &column.file, problem, remedy)
        .column(&column.name)
        .examples(ends.map(text));
    finding.auc = Some(hanging);
    finding
}

/// The columns of a file that holds won records alone: filled only for winners, all of them.
fn of_winners(table: &Table, view: &View) -> Finding {
    let won = view.won.iter().filter(|won| **won).count();
    let columns: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.filled() > 0)
        .map(|column| format!("{} (filled for {} of {won} winners)", column.name, column.filled()))
        .collect();
    let sparse = |text: &String| !text.contains(&format!("for {won} of"));
    let mut shown: Vec<String> = columns.iter().filter(|text| sparse(text)).cloned().collect();
    shown.sort_by_key(|text| {
        text.split("for ").nth(1).and_then(|n| n.split(' ').next()?.parse::<u64>().ok())
    });
    let problem = format!(
        "filled only for winners: the file has rows for won records alone, so none of its {} sets a winner apart \
         from another record",
        counted(columns.len(), "column")
    );
    Finding::new(
        Level::Error,
        Kind::Leak,
        &table.name,
        problem,
        "who writes them, and when? Use none as a criterion; get the same fields for all records",
    )
    .rows(table.rows, view.won.len())
    .examples(shown)
}

/// Whether and why a column is flagged.
fn flag(column: &Viewed, groups: &[Group], screen: &Screen<'_>, at: usize) -> Option<Flag> {
    let base = screen.base;
    let tries = groups.len().max(1) as f64;
    let is_pure = |group: &&Group, want: bool| {
        let rate = if want { base } else { 1.0 - base };
        let right = if want { group.won } else { group.records - group.won };
        let exceptions = 1.0 - right as f64 / group.records as f64;
        group.records >= GROUP_MIN
            && exceptions <= IMPURE_MAX.min((1.0 - rate) / PURER)
            && super::screen::at_least(right, group.records, rate) * tries <= CHANCE_MAX
    };
    let [won, others] = [true, false].map(|want| {
        let pure = groups.iter().filter(|group| is_pure(group, want));
        let covered: u64 = pure.clone().map(|g| if want { g.won } else { g.records - g.won }).sum();
        (pure.count(), covered)
    });
    let (all_won, all_others) = (screen.won as f64, (screen.records - screen.won) as f64);
    let filled: Vec<&Group> = groups.iter().filter(|group| group.group > 0).collect();
    let filled_won: u64 = filled.iter().map(|group| group.won).sum();
    let filled_all: u64 = filled.iter().map(|group| group.records).sum();
    let only_winners = filled_all < screen.records
        && filled_won >= FILLED_MIN
        && (filled_all - filled_won) as f64 <= 0.02 * filled_all as f64
        && super::screen::at_least(filled_won, filled_all, base) <= CHANCE_MAX;
    if only_winners {
        let why = format!("filled for {filled_won} winners and {} others", filled_all - filled_won);
        return Some((Level::Error, Kind::Leak, why));
    }
    let auc = screen.alone(at);
    let share = |covered: u64, all: f64| covered as f64 / all;
    let covers =
        share(won.1, all_won) >= COVERED || share(others.1, all_others) >= COVERED && base > 0.05;
    if won.0 > 0 && others.0 > 0 || covers || auc >= AUC_MAX {
        let mut why = Vec::new();
        if won.0 > 0 {
            why.push(format!(
                "{} of almost nothing but winners ({:.0} % of them)",
                counted(won.0, "group"),
                100.0 * share(won.1, all_won)
            ));
        }
        if others.0 > 0 {
            why.push(format!(
                "{} of almost nothing but others ({:.0} % of them)",
                counted(others.0, "group"),
                100.0 * share(others.1, all_others)
            ));
        }
        if why.is_empty() {
            why.push("it nearly repeats the outcome".to_owned());
        }
        return Some((
            Level::Error,
            Kind::Leak,
            format!("its values give the outcome away: {}", all(&why)),
        ));
    }
    if won.0 > 0 || others.0 > 0 {
        let (kind, n) = if won.0 > 0 { ("winners", won.0) } else { ("others", others.0) };
        let why = format!(
            "{} of almost nothing but {kind}: a good criterion, or written afterwards",
            counted(n, "group")
        );
        return Some((Level::Question, Kind::LeakSuspect, why));
    }
    by_name(column, screen, at)
}

/// The question that a name raises, unless nearly every record has the same value.
fn by_name(column: &Viewed, screen: &Screen<'_>, at: usize) -> Option<Flag> {
    let words = word_set(&column.name);
    let said: Vec<&str> = LATE_WORDS.iter().copied().filter(|word| words.contains(*word)).collect();
    if said.is_empty() || screen.is_nearly_constant(at) {
        return None;
    }
    let why = format!(
        "its name says {:?}: such columns are often written again after the outcome",
        said[0]
    );
    Some((Level::Question, Kind::AskWhen, why))
}
