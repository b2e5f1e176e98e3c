//! Points as people read them: rounded so that what is shown adds up, and never says that a line is
//! reached which is not.

use super::units::MilliPoints;
use std::fmt;

/// How exactly points are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Whole,
    /// Beside a line that is less than a point away.
    Tenth,
}

impl Unit {
    fn thousandths(self) -> i64 {
        match self {
            Unit::Whole => 1_000,
            Unit::Tenth => 100,
        }
    }

    /// Tenths where rounding to a whole point could look like one of the lines, which are whole
    /// points: `19.6`, not `20`, beside "leaves below 20".
    pub fn beside(points: MilliPoints, lines: &[MilliPoints]) -> Unit {
        let below = |line: &MilliPoints| (1..1_000).contains(&(line.0 - points.0));
        if lines.iter().any(below) { Unit::Tenth } else { Unit::Whole }
    }
}

/// Points as they are shown: `45`, `19.6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// In the unit.
    value: i64,
    unit: Unit,
}

impl Shown {
    /// Rounded down, so that a line is reached as shown exactly where it is reached.
    pub fn down(points: MilliPoints, unit: Unit) -> Shown {
        Shown { value: points.0.div_euclid(unit.thousandths()), unit }
    }

    /// A score beside the lines that it is compared with.
    pub fn beside(points: MilliPoints, lines: &[MilliPoints]) -> Shown {
        Shown::down(points, Unit::beside(points, lines))
    }

    /// Points that stand alone: whole ones as they are, others with a decimal.
    pub fn piece(points: MilliPoints) -> Shown {
        let unit = if points.0 % 1_000 == 0 { Unit::Whole } else { Unit::Tenth };
        Shown::down(points, unit)
    }

    /// With its sign: `+36`, `-22`, `+0`.
    pub fn signed(self) -> String {
        let sign = if self.value < 0 { "" } else { "+" };
        format!("{sign}{self}")
    }

    /// The sum of what is shown; all in one unit.
    pub fn sum(unit: Unit, pieces: impl IntoIterator<Item = Shown>) -> Shown {
        Shown { value: pieces.into_iter().map(|piece| piece.value).sum(), unit }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths = self.value * self.unit.thousandths();
        match self.unit {
            Unit::Whole => write!(f, "{}", self.value),
            Unit::Tenth => {
                let sign = if thousandths < 0 { "-" } else { "" };
                let tenths = thousandths.abs() / 100;
                write!(f, "{sign}{}.{}", tenths / 10, tenths % 10)
            }
        }
    }
}

/// The pieces of a sum, shown so that they add up to the sum rounded down: each is rounded down, and
/// those that lose most get one more until the sum is reached.
///
/// Source: the largest remainder method of Hamilton; of equal remainders the first piece gets it.
pub fn apportion(pieces: &[MilliPoints], unit: Unit) -> Vec<Shown> {
    let size = unit.thousandths();
    let mut values: Vec<i64> = pieces.iter().map(|piece| piece.0.div_euclid(size)).collect();
    let total = pieces.iter().map(|piece| piece.0).sum::<i64>().div_euclid(size);
    let short = total - values.iter().sum::<i64>();
    let mut by_remainder: Vec<usize> = (0..pieces.len()).collect();
    by_remainder.sort_by_key(|at| (-pieces[*at].0.rem_euclid(size), *at));
    // Fewer are short than there are pieces: each has lost less than one.
    for at in by_remainder.into_iter().take(usize::try_from(short).unwrap_or(0)) {
        values[at] += 1;
    }
    values.into_iter().map(|value| Shown { value, unit }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(thousandths: i64, line: i32) -> String {
        Shown::beside(MilliPoints(thousandths), &[MilliPoints::points(line)]).to_string()
    }

    #[test]
    fn a_score_never_looks_like_a_line_that_it_has_not_reached() {
        for (thousandths, expected) in [
            (19_000, "19"),
            (19_001, "19.0"),
            (19_499, "19.4"),
            (19_500, "19.5"),
            (19_999, "19.9"),
            (20_000, "20"),
            (20_999, "20"),
            (-400, "-1"),
        ] {
            assert_eq!(shown(thousandths, 20), expected, "{thousandths}");
        }
        assert_eq!(shown(-400, 0), "-0.4");
    }

    #[test]
    fn signs_are_shown() {
        let signed = |n, unit| Shown::down(MilliPoints(n), unit).signed();
        assert_eq!(signed(36_200, Unit::Whole), "+36");
        assert_eq!(signed(-22_000, Unit::Whole), "-22");
        assert_eq!(signed(300, Unit::Whole), "+0");
        assert_eq!(signed(-350, Unit::Tenth), "-0.4");
    }

    #[test]
    fn the_pieces_that_lose_most_are_rounded_up() {
        let pieces = [15_750, 15_500, 15_250, -1_500].map(MilliPoints);
        let shown: Vec<String> =
            apportion(&pieces, Unit::Whole).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["16", "16", "15", "-2"]);
    }

    proptest! {
        #[test]
        fn pieces_add_up_and_none_is_off_by_a_unit(
            pieces in prop::collection::vec(-99_999_i64..99_999, 0..12),
            tenths in any::<bool>(),
        ) {
            let unit = if tenths { Unit::Tenth } else { Unit::Whole };
            let pieces: Vec<MilliPoints> = pieces.into_iter().map(MilliPoints).collect();
            let shown = apportion(&pieces, unit);
            let total = MilliPoints(pieces.iter().map(|p| p.0).sum());
            prop_assert_eq!(Shown::sum(unit, shown.clone()), Shown::down(total, unit));
            for (piece, shown) in pieces.iter().zip(&shown) {
                let off = (shown.value * unit.thousandths() - piece.0).abs();
                prop_assert!(off < unit.thousandths(), "{} as {}", piece, shown);
            }
        }
    }
}
