//! Fields that records lack.

use super::fields::{Field, Fields};
use super::finding::{Finding, Kind, Level};
use super::outcome::Outcomes;
use crate::evidence::stats::survival::End;
use crate::evidence::table::{Table, numbers};
use crate::report::words::{agree, count, counted};
use strum::IntoEnumIterator;

/// From this share of empty cells on figures are wrong, not only less certain.
const SHARE_OF_ERROR: f64 = 0.05;

/// Fields that are empty for some records, though their file has the column.
pub(super) fn findings(
    table: &Table,
    fields: &Fields,
    outcomes: Option<&Outcomes>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in Field::iter() {
        // They are empty where nothing has happened; `days` looks at the day of closing.
        let later = [
            Field::Closed,
            Field::LossReason,
            Field::End,
            Field::Renewal,
            Field::Expansion,
            Field::Contraction,
        ];
        let Some(column) = fields.get(&field).and_then(|name| table.column(name)) else { continue };
        if later.contains(&field) {
            continue;
        }
        // An open deal may have no amount yet.
        let counts = |row: &usize| match (field, outcomes) {
            (Field::Amount, Some(outcomes)) => outcomes.ends[*row] == End::Won,
            _ => true,
        };
        let rows: Vec<usize> = (0..table.rows).filter(counts).collect();
        let empty: Vec<usize> =
            rows.iter().copied().filter(|row| column.get(*row).is_none()).collect();
        if empty.is_empty() {
            continue;
        }
        let key = [Field::Account, Field::Created, Field::Stage, Field::Amount, Field::Id]
            .contains(&field);
        let grave = key && empty.len() as f64 >= SHARE_OF_ERROR * rows.len() as f64;
        let level = if grave { Level::Error } else { Level::Warning };
        let noun =
            if field == Field::Amount && outcomes.is_some() { "won record" } else { "record" };
        let problem = format!("{} without {}", counted(empty.len(), noun), field.title());
        let remedy = remedy(field);
        let shown = empty.iter().take(3).map(|row| format!("row {}", row + 1));
        found.push(
            Finding::new(level, Kind::MissingValues, &table.name, problem, remedy)
                .column(&column.name)
                .rows(empty.len(), rows.len())
                .examples(shown),
        );
    }
    found.extend(amounts(table, fields, outcomes));
    found
}

fn remedy(field: Field) -> &'static str {
    match field {
        Field::Account => {
            "fill it: records without an account count for no account, and in no interval by account"
        }
        Field::Stage => "fill it: the record counts as open",
        Field::Created => "fill it: the record counts in no cycle and no period",
        Field::Amount => "fill it: the record counts in no average",
        Field::Id => "fill it: duplicates cannot be found without it",
        _ => "fill it, or the records count as unknown: an answer of its own, neither yes nor no",
    }
}

/// Amounts that cannot be added up, and ones that stand for something else.
fn amounts(table: &Table, fields: &Fields, outcomes: Option<&Outcomes>) -> Vec<Finding> {
    let Some(column) = fields.get(&Field::Amount).and_then(|name| table.column(name)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let at = |level, kind, problem: String, remedy: &str, rows: usize| {
        Finding::new(level, kind, &table.name, problem, remedy)
            .column(&column.name)
            .rows(rows, table.rows)
    };
    let Some(numbers) = numbers::read(column) else {
        let first = column.texts().next().map(|(_, text)| format!("{text:?}"));
        let problem = "the amounts are not numbers".to_owned();
        let remedy = "export plain numbers in one currency";
        return vec![
            at(Level::Error, Kind::UnreadableValues, problem, remedy, column.filled())
                .examples(first),
        ];
    };
    if !numbers.unreadable.is_empty() {
        let problem = format!("{} not a number", counted(numbers.unreadable.len(), "amount"));
        let shown =
            numbers.unreadable.iter().map(|(row, text)| format!("{text:?} (row {})", row + 1));
        let remedy = "write plain numbers; the records count as having no amount until then";
        let rows = numbers.unreadable.len();
        found.push(
            at(Level::Warning, Kind::UnreadableValues, problem, remedy, rows).examples(shown),
        );
    }
    if numbers.currencies.len() > 1 {
        let shown = numbers
            .currencies
            .iter()
            .map(|(currency, rows)| format!("{currency} ({})", count(*rows)));
        let problem = format!("amounts in {}", counted(numbers.currencies.len(), "currency"));
        let rows = numbers.currencies.values().sum::<u64>() as usize;
        let remedy = "export them in one currency: sums and averages add unlike things otherwise";
        found.push(at(Level::Error, Kind::SeveralMeanings, problem, remedy, rows).examples(shown));
    }
    let negative = numbers.values.iter().flatten().filter(|value| **value < 0.0).count();
    if negative > 0 {
        let problem = format!("{} below 0", counted(negative, "amount"));
        let remedy = "are they refunds or credits? A deal's amount is not negative";
        found.push(at(Level::Warning, Kind::ImpossibleAmounts, problem, remedy, negative));
    }
    if let Some(outcomes) = outcomes {
        found.extend(zeros(&numbers.values, outcomes, &at));
    }
    found
}

fn zeros(
    values: &[Option<f64>],
    outcomes: &Outcomes,
    at: &dyn Fn(Level, Kind, String, &str, usize) -> Finding,
) -> Vec<Finding> {
    let ended = |end: End| (0..values.len()).filter(move |row| outcomes.ends[*row] == end);
    let zero = |end: End| ended(end).filter(|row| values[*row] == Some(0.0)).count();
    let (won, lost) = (zero(End::Won), zero(End::Lost));
    let mut found = Vec::new();
    if won > 0 {
        let problem = format!("{} with the amount 0", counted(won, "won record"));
        let remedy = "fill it: the average deal is too low otherwise";
        found.push(at(Level::Warning, Kind::MissingValues, problem, remedy, won));
    }
    let all_lost = ended(End::Lost).count();
    if lost > 0 && lost * 2 > all_lost {
        let problem = format!(
            "{} of {} lost records {} the amount 0: there it means lost, not worth nothing",
            count(lost as u64),
            count(all_lost as u64),
            agree(lost as u64, "has", "have"),
        );
        let remedy = "average the amounts of won deals alone, and take the value of the pipeline from another field";
        found.push(at(Level::Warning, Kind::SeveralMeanings, problem, remedy, lost));
    }
    found
}
