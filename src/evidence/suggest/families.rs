//! Records that belong together: deals of one account resemble each other.

use crate::evidence::crm::view::View;
use std::collections::BTreeMap;

/// The accounts of the records.
pub struct Families {
    /// By record, numbered without gaps.
    pub of: Vec<u32>,
    pub count: u32,
    /// Some have several records.
    pub are_accounts: bool,
}

impl Families {
    /// Those of some records.
    pub fn among(&self, records: &[usize]) -> Families {
        let mut numbers = BTreeMap::new();
        let mut of = Vec::with_capacity(records.len());
        for record in records {
            let next = numbers.len() as u32;
            of.push(*numbers.entry(self.of[*record]).or_insert(next));
        }
        let count = numbers.len() as u32;
        Families { are_accounts: (count as usize) < of.len(), of, count }
    }

    pub fn of(view: &View) -> Families {
        let mut numbers = BTreeMap::new();
        let mut of = Vec::with_capacity(view.families.len());
        for family in &view.families {
            let next = numbers.len() as u32;
            of.push(*numbers.entry(*family).or_insert(next));
        }
        let count = numbers.len() as u32;
        Families { are_accounts: (count as usize) < of.len(), of, count }
    }
}
