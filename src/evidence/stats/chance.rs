//! Seeded chance: the same seed gives the same numbers on every machine and in every version of the
//! generator's crate. ChaCha with 8 rounds, whose words its authors fix; whatever turns words into numbers
//! is here.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        // Little-endian, so that the seed's bytes are the same everywhere.
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Chance(ChaCha8Rng::from_seed(bytes))
    }

    /// From 0 to below 1, in steps of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to below `end`, each equally likely (Lemire, arXiv 1805.10941); 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = end as u64;
        let mut product = u128::from(self.0.next_u64()) * u128::from(end);
        // The first words would come once more often than the others.
        let skipped = end.wrapping_neg().checked_rem(end).unwrap_or(0);
        while (product as u64) < skipped {
            product = u128::from(self.0.next_u64()) * u128::from(end);
        }
        (product >> 64) as usize
    }

    /// Whether something happens that does so with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Puts the items in an order drawn from all of them (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }

    /// `count` of `0..count`, drawn with replacement.
    pub fn resample(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.below(count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_ever() {
        let mut chance = Chance::new(7);
        let drawn: Vec<usize> = (0..8).map(|_| chance.below(1_000)).collect();
        assert_eq!(drawn, EXPECTED, "a change here changes every report");
        let mut order: Vec<usize> = (0..6).collect();
        chance.shuffle(&mut order);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
        assert_ne!(Chance::new(8).below(1_000_000), Chance::new(9).below(1_000_000));
    }

    const EXPECTED: [usize; 8] = [764, 465, 5, 301, 386, 336, 354, 193];

    #[test]
    fn every_number_comes_equally_often() {
        let mut chance = Chance::new(1);
        let mut counts = [0_u32; 6];
        (0..60_000).for_each(|_| counts[chance.below(6)] += 1);
        // Five standard deviations of a binomial of 60,000 and 1/6.
        assert!(counts.iter().all(|n| n.abs_diff(10_000) < 457), "{counts:?}");
        assert_eq!((chance.below(0), chance.below(1)), (0, 0));
    }
}
