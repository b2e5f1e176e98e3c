//! How many bytes a value holds on the heap: a cheap estimate, by which decoded accounts are kept
//! within a budget. A test compares it with what the allocator takes.
//!
//! Structures are taken apart field by field, so that a new field does not compile until it is
//! counted.

use super::account::AccountKey;
use super::term::Term;
use crate::domain::Text;

/// Bytes that a value holds on the heap, beside its own size.
pub trait Heap {
    fn heap(&self) -> usize;
}

/// The bytes that the allocator takes for `bytes`: it has four sizes of block for each doubling
/// (mimalloc's size classes).
pub fn block(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        _ => bytes.next_multiple_of((bytes.next_power_of_two() / 8).max(16)),
    }
}

impl Heap for Text {
    fn heap(&self) -> usize {
        if self.is_heap_allocated() { block(self.capacity()) } else { 0 }
    }
}

impl Heap for Term {
    fn heap(&self) -> usize {
        // Its text is as long as its capacity, or inline.
        let bytes = self.as_str().len();
        if bytes > size_of::<Text>() { block(bytes) } else { 0 }
    }
}

impl Heap for AccountKey {
    fn heap(&self) -> usize {
        let bytes = self.as_str().len();
        if bytes > size_of::<Text>() { block(bytes) } else { 0 }
    }
}

impl<T: Heap> Heap for Option<T> {
    fn heap(&self) -> usize {
        self.as_ref().map_or(0, Heap::heap)
    }
}

impl<T: Heap> Heap for Box<T> {
    fn heap(&self) -> usize {
        block(size_of::<T>()) + (**self).heap()
    }
}

impl<T: Heap> Heap for Vec<T> {
    fn heap(&self) -> usize {
        array::<T>(self.capacity()) + self.iter().map(Heap::heap).sum::<usize>()
    }
}

/// The block of an array whose elements hold nothing beside themselves.
pub fn array<T>(capacity: usize) -> usize {
    block(capacity * size_of::<T>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_at_most_a_quarter_larger_than_asked_for() {
        for (bytes, taken) in
            [(0, 0), (1, 16), (16, 16), (17, 32), (65, 80), (129, 160), (1_025, 1_280)]
        {
            assert_eq!(block(bytes), taken, "{bytes}");
        }
        for bytes in 64..100_000 {
            assert!(block(bytes) >= bytes && block(bytes) * 4 <= bytes * 5 + 4, "{bytes}");
        }
    }

    #[test]
    fn a_text_counts_once_it_is_too_long_to_lie_within() {
        assert_eq!(Text::from("x".repeat(24)).heap(), 0);
        assert_eq!(Text::from("x".repeat(60)).heap(), 64);
        assert_eq!(vec![Text::from("x".repeat(60))].heap(), 32 + 64);
    }
}
