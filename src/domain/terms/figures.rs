//! Numbers as people read them: `6,000`, `1 day`, `2 days`, `1 point`.

use crate::domain::terms::units::MilliPoints;

/// A whole number with separators: `6,000`. A negative one, which no count is, shows as the largest.
pub fn count(n: impl TryInto<u64>) -> String {
    let digits = whole(n).to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number with its noun, which is given in the singular: `1 day`, `6,000 companies`.
pub fn counted<N: TryInto<u64> + Copy>(n: N, noun: &str) -> String {
    format!("{} {}", count(n), noun_of(n, noun))
}

/// The noun alone, in the number that `n` asks for: `day`, `companies`, `people`.
pub fn noun_of(n: impl TryInto<u64>, noun: &str) -> String {
    if whole(n) == 1 {
        return noun.to_owned();
    }
    if let Some(before) = noun.strip_suffix("person") {
        return format!("{before}people");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// The verb that agrees with a count: `agree(n, "matches", "match")`.
pub fn agree<'a>(n: impl TryInto<u64>, one: &'a str, many: &'a str) -> &'a str {
    if whole(n) == 1 { one } else { many }
}

/// `1 point`, `12.5 points`, `-3 points`.
pub fn points(points: MilliPoints) -> String {
    let noun = if points.0.abs() == 1_000 { "point" } else { "points" };
    format!("{points} {noun}")
}

fn whole(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        let cases = [
            (counted(1, "day"), "1 day"),
            (counted(0, "day"), "0 days"),
            (counted(1_234_567, "company"), "1,234,567 companies"),
            (counted(1, "company"), "1 company"),
            (counted(2, "person"), "2 people"),
            (counted(3, "dead letter"), "3 dead letters"),
            (counted(2, "match"), "2 matches"),
            (counted(100_u64, "business day"), "100 business days"),
        ];
        for (shown, expected) in cases {
            assert_eq!(shown, expected);
        }
        assert_eq!(agree(1, "matches", "match"), "matches");
        assert_eq!(agree(0, "matches", "match"), "match");
    }

    #[test]
    fn points_are_singular_only_when_they_are_one() {
        let shown = |thousandths| points(MilliPoints(thousandths));
        assert_eq!(
            [1_000, -1_000, 1_500, 0, 20_000].map(shown),
            ["1 point", "-1 point", "1.5 points", "0 points", "20 points"]
        );
    }

    #[test]
    fn digits_are_grouped_by_threes() {
        assert_eq!([0, 999, 1_000, 17_622].map(count), ["0", "999", "1,000", "17,622"]);
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }
}
