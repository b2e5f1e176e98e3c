//! A map that knows what has changed since it was settled, and can go back there: what a batch changed is
//! written with the batch, or undone with it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Deref;

/// Reads as the map that it is; every change of it is noted.
#[derive(Clone, Debug)]
pub struct Kept<K, V> {
    now: BTreeMap<K, V>,
    /// What stood under each key that was touched since.
    before: BTreeMap<K, Option<V>>,
}

/// A set that does so too.
pub type KeptSet<K> = Kept<K, ()>;

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept { now: BTreeMap::new(), before: BTreeMap::new() }
    }
}

/// Notes of changes do not count.
impl<K: PartialEq, V: PartialEq> PartialEq for Kept<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.now == other.now
    }
}

impl<K: Eq, V: Eq> Eq for Kept<K, V> {}

impl<K, V> Deref for Kept<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.now
    }
}

impl<K: Clone + Ord, V: Clone + PartialEq> Kept<K, V> {
    fn touch(&mut self, key: &K) {
        if let Entry::Vacant(vacant) = self.before.entry(key.clone()) {
            vacant.insert(self.now.get(key).cloned());
        }
    }

    pub fn insert(&mut self, key: K, value: V) {
        self.touch(&key);
        self.now.insert(key, value);
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        if !self.now.contains_key(key) {
            return None;
        }
        self.touch(key);
        self.now.remove(key)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        if !self.now.contains_key(key) {
            return None;
        }
        self.touch(key);
        self.now.get_mut(key)
    }

    /// The value under a key, made where there is none.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V {
        self.touch(&key);
        self.now.entry(key).or_insert(value)
    }

    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        let gone = self.now.iter().filter(|(key, value)| !keep(key, value));
        let gone: Vec<K> = gone.map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let (first, _) = self.now.first_key_value()?;
        let first = first.clone();
        self.touch(&first);
        self.now.pop_first()
    }

    /// Empties it.
    pub fn take(&mut self) -> BTreeMap<K, V> {
        for (key, value) in &self.now {
            self.before.entry(key.clone()).or_insert_with(|| Some(value.clone()));
        }
        std::mem::take(&mut self.now)
    }

    /// Puts an entry back that was stored; it counts as no change.
    pub fn restore(&mut self, key: K, value: Option<V>) {
        match value {
            Some(value) => self.now.insert(key, value),
            None => self.now.remove(&key),
        };
    }

    /// Each key whose value is another than it was, with both.
    pub fn changes(&self) -> impl Iterator<Item = (&K, Option<&V>, Option<&V>)> {
        let touched = self.before.iter();
        let touched = touched.map(|(key, before)| (key, before.as_ref(), self.now.get(key)));
        touched.filter(|(_, before, now)| before != now)
    }

    /// Whether anything was touched since it was settled.
    pub fn is_touched(&self) -> bool {
        !self.before.is_empty()
    }

    /// Counts changes from here on.
    pub fn settle(&mut self) {
        self.before.clear();
    }

    /// Goes back to where it was settled last.
    pub fn revert(&mut self) {
        for (key, before) in std::mem::take(&mut self.before) {
            self.restore(key, before);
        }
    }
}

impl<K: Clone + Ord, V: Clone + PartialEq + Default> Kept<K, V> {
    pub fn or_default(&mut self, key: K) -> &mut V {
        self.or_insert(key, V::default())
    }
}

impl<K: Clone + Ord> KeptSet<K> {
    pub fn add(&mut self, key: K) {
        self.insert(key, ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(kept: &mut Kept<u8, u8>, (how, key, value): (u8, u8, u8)) {
        match how {
            0 => kept.insert(key, value),
            1 => drop(kept.remove(&key)),
            2 => kept.get_mut(&key).into_iter().for_each(|found| *found = value),
            3 => *kept.or_default(key) = value,
            4 => kept.retain(|_, found| *found != value),
            5 => drop(kept.pop_first()),
            _ => drop(kept.take()),
        }
    }

    proptest! {
        #[test]
        fn changes_lead_from_the_settled_map_to_this_one_and_can_be_undone(
            first in prop::collection::vec((0..7_u8, 0..6_u8, 0..4_u8), 0..20),
            second in prop::collection::vec((0..7_u8, 0..6_u8, 0..4_u8), 0..20),
        ) {
            let mut kept = Kept::default();
            first.into_iter().for_each(|step| apply(&mut kept, step));
            kept.settle();
            let settled = kept.clone();
            second.into_iter().for_each(|step| apply(&mut kept, step));
            let mut led = settled.clone();
            for (key, before, now) in kept.changes() {
                prop_assert_eq!(before, settled.get(key));
                prop_assert_ne!(before, now);
                led.restore(*key, now.copied());
            }
            prop_assert_eq!(&led, &kept);
            kept.revert();
            prop_assert_eq!(&kept, &settled);
            prop_assert_eq!(kept.changes().count(), 0);
        }
    }
}
