//! The places of texts that were read lately: vendors name the same towns again and again, and to read
//! a text takes ten thousand instructions. Places follow from the text alone: no result depends on which
//! texts are remembered.

use super::{Place, read};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Texts remembered by a thread, a few hundred bytes each: once there are so many, all are forgotten.
const TEXTS_MAX: usize = 4_096;
/// A longer text is read each time.
const TEXT_BYTES_MAX: usize = 64;

type Texts = BTreeMap<Box<str>, Rc<[Place]>>;

thread_local! {
    static LATELY: RefCell<Texts> = const { RefCell::new(Texts::new()) };
}

/// The places that a text names, without those that say only how people work there.
pub(super) fn places(text: &str) -> Rc<[Place]> {
    if text.len() > TEXT_BYTES_MAX {
        return read::places(text).into();
    }
    LATELY.with_borrow_mut(|texts| {
        if let Some(places) = texts.get(text) {
            return places.clone();
        }
        if texts.len() >= TEXTS_MAX {
            texts.clear();
        }
        let places: Rc<[Place]> = read::places(text).into();
        texts.insert(text.into(), places.clone());
        places
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_is_read() {
        let towns = ["Berlin", "Remote (US)", "Paris, TX", "Berlin; London", "", "Zürich", "-"];
        for round in 0..2 {
            for town in towns {
                assert_eq!(*places(town), *read::places(town), "{town}, round {round}");
            }
            // More than are remembered, and one that is too long.
            (0..TEXTS_MAX).for_each(|n| drop(places(&format!("Town {n}"))));
            let long = "Berlin ".repeat(TEXT_BYTES_MAX);
            assert_eq!(*places(&long), *read::places(&long));
        }
        assert!(LATELY.with_borrow(BTreeMap::len) <= TEXTS_MAX);
    }
}
