//! A value for each kind of signal.

use super::catalogue::Kind;
use std::ops::{Index, IndexMut};
use strum::EnumCount;

/// As long as there are kinds, so that every kind has its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByKind<T>([T; Kind::COUNT]);

impl<T: Default> ByKind<T> {
    /// A value for one kind, and the default one for all others.
    pub fn of(kind: Kind, value: T) -> ByKind<T> {
        let mut all = ByKind::default();
        all[kind] = value;
        all
    }
}

impl<T> ByKind<T> {
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> Index<Kind> for ByKind<T> {
    type Output = T;

    fn index(&self, kind: Kind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<Kind> for ByKind<T> {
    fn index_mut(&mut self, kind: Kind) -> &mut T {
        &mut self.0[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        let mut by_kind = ByKind::<usize>::default();
        for (n, kind) in Kind::iter().enumerate() {
            by_kind[kind] = n;
        }
        assert!(Kind::iter().map(|kind| by_kind[kind]).eq(0..Kind::COUNT));
        assert_eq!(by_kind.values().count(), Kind::COUNT);
    }
}
