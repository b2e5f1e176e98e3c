//! Integer units: milli-points for scores, basis points for confidence, parts per million for
//! decay and magnitude. No float whose result could differ between machines.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

/// A thousandth of a point.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MilliPoints(pub i64);

impl MilliPoints {
    pub const ZERO: MilliPoints = MilliPoints(0);

    pub fn points(points: i32) -> MilliPoints {
        MilliPoints(i64::from(points) * 1_000)
    }

    /// Rounded to the nearest whole point, halves away from zero.
    pub fn rounded(self) -> i64 {
        (self.0 + 500 * self.0.signum()) / 1_000
    }
}

impl Add for MilliPoints {
    type Output = MilliPoints;
    fn add(self, other: MilliPoints) -> MilliPoints {
        MilliPoints(self.0 + other.0)
    }
}

impl Sub for MilliPoints {
    type Output = MilliPoints;
    fn sub(self, other: MilliPoints) -> MilliPoints {
        MilliPoints(self.0 - other.0)
    }
}

impl Neg for MilliPoints {
    type Output = MilliPoints;
    fn neg(self) -> MilliPoints {
        MilliPoints(-self.0)
    }
}

impl AddAssign for MilliPoints {
    fn add_assign(&mut self, other: MilliPoints) {
        self.0 += other.0;
    }
}

impl fmt::Display for MilliPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / 1_000, self.0.abs() % 1_000);
        if part == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{}", format!("{part:03}").trim_end_matches('0'))
        }
    }
}

/// Hundredths of a percent, 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BasisPoints(u16);

impl BasisPoints {
    pub const FULL: BasisPoints = BasisPoints(10_000);
    pub const HALF: BasisPoints = BasisPoints(5_000);

    /// `None` above 10,000.
    pub fn new(value: i64) -> Option<BasisPoints> {
        (0..=10_000).contains(&value).then_some(BasisPoints(value as u16))
    }

    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

/// Parts per million; 1,000,000 is the whole.
pub const PPM: i64 = 1_000_000;

/// `points × magnitude × confidence × decay`, rounded towards zero.
pub fn contribution(
    points: MilliPoints,
    magnitude_ppm: i64,
    confidence: BasisPoints,
    decay_ppm: i64,
) -> MilliPoints {
    if magnitude_ppm == PPM {
        // The same without that factor: as a rule it fits in 64 bits.
        let sure = points.0.checked_mul(confidence.get());
        if let Some(scaled) = sure.and_then(|sure| sure.checked_mul(decay_ppm)) {
            return MilliPoints(scaled / (PPM * 10_000));
        }
    }
    let scaled = i128::from(points.0)
        * i128::from(magnitude_ppm)
        * i128::from(confidence.get())
        * i128::from(decay_ppm);
    MilliPoints((scaled / (PPM as i128 * PPM as i128 * 10_000)) as i64)
}

/// `2^(-days / half_life_days)` in parts per million, rounded to the nearest.
///
/// Source: the definition of a half-life. The exponent's fraction is expanded in binary and the
/// square roots of one half are multiplied in 62-bit fixed point, so that every machine gets the
/// same integer and more days never give more.
pub fn half_life_ppm(days: u32, half_life_days: u32) -> u32 {
    const ONE: u128 = 1 << 62;
    let (halvings, rest) = (days / half_life_days, days % half_life_days);
    if halvings >= 40 {
        return 0;
    }
    let mut fraction = (u64::from(rest) << 32) / u64::from(half_life_days);
    let mut value = ONE;
    let mut root = ONE / 2;
    for _ in 0..32 {
        root = (root * ONE).isqrt();
        fraction <<= 1;
        if fraction >> 32 != 0 {
            value = value * root / ONE;
            fraction &= u64::from(u32::MAX);
        }
    }
    let scaled = (value >> halvings) * PPM as u128;
    ((scaled + ONE / 2) / ONE) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_life_halves() {
        assert_eq!(half_life_ppm(0, 30), 1_000_000);
        assert_eq!(half_life_ppm(30, 30), 500_000);
        assert_eq!(half_life_ppm(60, 30), 250_000);
        assert_eq!(half_life_ppm(15, 30), 707_107);
        assert_eq!(half_life_ppm(10, 30), 793_701);
        assert_eq!(half_life_ppm(4_000, 30), 0);
    }

    #[test]
    fn more_days_never_give_more() {
        for half_life in 1..=400 {
            let mut last = 1_000_001;
            for days in 0..=800 {
                let now = half_life_ppm(days, half_life);
                assert!(now <= last, "{days} days at {half_life}");
                last = now;
            }
        }
    }

    #[test]
    fn a_contribution_is_the_product_of_its_factors() {
        let half = BasisPoints::new(5_000).unwrap();
        let got = contribution(MilliPoints::points(40), PPM / 2, half, 250_000);
        assert_eq!(got, MilliPoints(2_500));
        assert_eq!(contribution(MilliPoints::points(-40), PPM, half, PPM), MilliPoints(-20_000));
    }

    #[test]
    fn a_full_magnitude_changes_nothing() {
        let all = [1, -1, 999, 45_000, -40_000, 1_000_000, i64::MAX / 7];
        for points in all {
            for (sure, decay) in [(0, 1), (1, 1), (7_000, 333_333), (9_999, 999_999), (10_000, PPM)]
            {
                let exact = i128::from(points) * i128::from(sure) * i128::from(decay);
                let exact = (exact / (i128::from(PPM) * 10_000)) as i64;
                let confidence = BasisPoints::new(sure).unwrap();
                let got = contribution(MilliPoints(points), PPM, confidence, decay);
                assert_eq!(got, MilliPoints(exact), "{points} {sure} {decay}");
            }
        }
    }

    #[test]
    fn points_read_like_points() {
        assert_eq!(MilliPoints(12_340).to_string(), "12.34");
        assert_eq!(MilliPoints(-500).to_string(), "-0.5");
        assert_eq!(MilliPoints(40_000).to_string(), "40");
    }
}
