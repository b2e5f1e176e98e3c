//! Whether the figures of a decision add up as a person reads them: in its headline, and in its
//! lines. Reads the texts alone, as a person with a pencil does.

use buymode::domain::account::brief::reasons;
use buymode::domain::account::decision::Decision;
use buymode::domain::account::sum::{Part, Sum};

/// Tenths of a point: `45`, `19.6`, `+36`, `-0.4`.
fn tenths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fine = is_number(whole) && is_number(part) && part.len() == 1;
    fine.then(|| sign * (whole.parse::<i64>().unwrap() * 10 + part.parse::<i64>().unwrap()))
}

/// The numbers with a sign, alone between brackets.
fn signed(text: &str) -> Vec<i64> {
    let brackets = text.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    brackets.filter(|inside| inside.starts_with(['+', '-'])).filter_map(tenths).collect()
}

/// The number after a word: `intent 45`.
fn after(text: &str, word: &str) -> Option<i64> {
    let rest = text.split(word).nth(1)?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)));
    tenths(&rest[..end.unwrap_or(rest.len())])
}

/// What is said in brackets: `(fit 85, intent 45)`.
fn scores(headline: &str) -> Option<&str> {
    let from = headline.find("(fit ")?;
    headline[from..].split(')').next()
}

pub(crate) fn adds_up(d: &Decision) -> Result<(), String> {
    let fail = |why: &str| Err(format!("{why}: {}", d.headline));
    let Some(scores) = scores(&d.headline) else { return fail("says no scores") };
    let Some(intent) = after(scores, "intent ") else { return fail("says no intent") };
    let total = after(scores, " = ").unwrap_or(intent);
    let pieces = signed(&d.headline);
    if pieces.iter().sum::<i64>() != intent {
        return fail("the pieces do not come to the intent");
    }
    if scores.contains(" = ") && after(scores, "fit ") != Some(total - intent) {
        return fail("fit and intent do not come to the score");
    }
    // Rounded down, and on the right side of each line.
    let has_decimal = scores.rsplit(' ').next().is_some_and(|last| last.contains('.'));
    let (exact, shown) = (d.intent.score.0, total * 100);
    if !(shown..shown + if has_decimal { 100 } else { 1_000 }).contains(&exact) {
        return fail("the total is not rounded down");
    }
    for line in [d.intent.enter.0, d.intent.exit.0] {
        // Also rounded to the nearest point, as a reader may.
        let like_it = !has_decimal && shown + 1_000 == line && exact != shown;
        if exact < line && (shown >= line || like_it) {
            return fail("the total looks like a line that it has not reached");
        }
    }
    for most in 0..=d.intent.contributions.len() {
        let lines = reasons(d, most);
        let first = |line: &String| tenths(line.split_whitespace().next().unwrap()).unwrap();
        if lines.iter().map(first).sum::<i64>() != if lines.is_empty() { 0 } else { total } {
            return Err(format!("{most} lines do not come to {total}: {lines:?}"));
        }
    }
    let sum = Sum::of(&d.intent);
    let caps = sum.lines.iter().filter(|(part, _)| matches!(part, Part::Cap(..))).count();
    if caps != d.intent.capped.len() || d.headline.matches(" capped at ").count() != caps {
        return fail("a cap is hidden");
    }
    if !d.intent.conjunctions.is_empty() && !d.headline.contains("together (") {
        return fail("a conjunction is hidden");
    }
    Ok(())
}
