//! Company families of an export: accounts by name, and whose parent is whose.

use crate::evidence::crm::fields::{Field, Fields};
use crate::evidence::crm::spelling::key;
use crate::evidence::table::{Column, Table, numbers, word_set};
use std::collections::BTreeMap;

/// The numbers of a standard field.
pub(super) fn numbers_of(table: &Table, fields: &Fields, field: Field) -> Option<numbers::Numbers> {
    numbers::read(table.column(fields.get(&field)?)?)
}

/// Accounts, numbered by family: an account and those whose parent it is.
#[derive(Default)]
pub(super) struct Families {
    numbers: BTreeMap<String, u32>,
    /// By the account's key, that of its parent.
    parents: BTreeMap<String, String>,
    count: u32,
}

const PARENT: &[&str] = &["parent", "subsidiary", "ultimate", "holding"];
/// More steps up are a circle.
const STEPS_MAX: usize = 32;

impl Families {
    pub(super) fn read_parents(&mut self, table: &Table, name: &str) {
        let is_parent = |column: &&Column| {
            let words = word_set(&column.name);
            column.name != name && PARENT.iter().any(|word| words.contains(*word))
        };
        let (Some(names), Some(parents)) =
            (table.column(name), table.columns.iter().find(is_parent))
        else {
            return;
        };
        for row in 0..table.rows {
            if let (Some(name), Some(parent)) = (names.get(row), parents.get(row)) {
                self.parents.insert(key(name), key(parent));
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// The family of an account by its name; of a record without one a family of its own.
    pub(super) fn of(&mut self, name: Option<&str>) -> u32 {
        let next = self.count;
        let Some(name) = name else {
            self.count += 1;
            return next;
        };
        let mut head = key(name);
        for _ in 0..STEPS_MAX {
            let Some(parent) = self.parents.get(&head) else { break };
            head = parent.clone();
        }
        let number = *self.numbers.entry(head).or_insert(next);
        self.count += u32::from(number == next);
        number
    }
}
