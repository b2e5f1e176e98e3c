//! Numbers and lists as people read them.

pub use crate::domain::terms::figures::{agree, count, counted, noun_of, points};

/// `1 company`, `213 companies`.
pub fn companies(n: u64) -> String {
    counted(n, "company")
}

/// A share in percent, rounded to a tenth; 0 where the whole is 0.
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 * 1_000.0 / whole as f64).round() / 10.0
}

/// `a, b or c`.
pub fn either<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "or")
}

/// `a, b and c`.
pub fn all<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "and")
}

fn joined<T: AsRef<str>>(items: &[T], last: &str) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(count(17_622_u64), "17,622");
        assert_eq!(companies(1), "1 company");
        assert_eq!(counted(2_000, "dead letter"), "2,000 dead letters");
        assert_eq!(percent(1, 3), 33.3);
        assert_eq!(percent(0, 0), 0.0);
        assert_eq!(either(&["a"]), "a");
        assert_eq!(either(&["a", "b", "c"]), "a, b or c");
        assert_eq!(all::<&str>(&[]), "");
    }
}
