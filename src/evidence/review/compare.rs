//! Two rates against each other, by company family.

use crate::evidence::deals::rows::{Deal, Deals};
use crate::evidence::stats::Interval;
use crate::evidence::stats::experiment::ratio_of_sums;
use crate::evidence::stats::proportion::fisher;
use crate::evidence::stats::special::Z95;
use std::collections::BTreeMap;

/// Families in either time below which nothing is said.
pub(super) const FAMILIES_MIN: usize = 10;

/// Happened and all, by family.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<u32, (f64, f64)>);

impl Counts {
    pub(super) fn of<'a>(
        deals: &'a Deals,
        is_among: &dyn Fn(usize, &'a Deal) -> bool,
        happened: &dyn Fn(usize, &'a Deal) -> bool,
    ) -> Counts {
        let mut counts = Counts::default();
        for (at, deal) in deals.deals.iter().enumerate().filter(|(at, d)| is_among(*at, d)) {
            counts.add(deal.family, happened(at, deal));
        }
        counts
    }

    pub(super) fn add(&mut self, family: u32, happened: bool) {
        let (k, n) = self.0.entry(family).or_default();
        *k += f64::from(u8::from(happened));
        *n += 1.0;
    }

    pub(super) fn families(&self) -> usize {
        self.0.len()
    }

    /// Happened, and all.
    pub(super) fn sums(&self) -> (u64, u64) {
        let (k, n) = self.0.values().fold((0.0, 0.0), |(k, n), one| (k + one.0, n + one.1));
        (k as u64, n as u64)
    }

    pub(super) fn rate(&self) -> f64 {
        let (k, n) = self.sums();
        k as f64 / n.max(1) as f64
    }

    /// The rate, and the variance of its mean.
    fn mean(&self) -> Option<(f64, f64)> {
        let units: Vec<(f64, f64)> = self.0.values().copied().collect();
        let arm = ratio_of_sums(&units)?;
        Some((arm.mean, arm.variance / arm.units))
    }
}

/// A difference of rates, the second minus the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Difference {
    /// Fisher's exact test of single records: too small where deals of one account resemble each other, so that a
    /// rule asks the interval as well.
    pub p: f64,
    /// At 95 %, by company family.
    pub interval: Interval,
}

/// `None` where either has too few families.
pub(super) fn difference(first: &Counts, second: &Counts) -> Option<Difference> {
    if first.families().min(second.families()) < FAMILIES_MIN {
        return None;
    }
    let ((a, va), (b, vb)) = (first.mean()?, second.mean()?);
    let [one, other] = [first, second].map(|counts| {
        let (k, n) = counts.sums();
        [k, n - k]
    });
    let half = Z95 * (va + vb).sqrt();
    Some(Difference {
        p: fisher(one, other),
        interval: Interval { low: b - a - half, high: b - a + half },
    })
}
