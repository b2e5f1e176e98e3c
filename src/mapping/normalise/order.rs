//! Whether the day or the month comes first in a file's dates with slashes, as the dates themselves show:
//! `16/07/2020` can only be a day in July, so `06/04/2020` beside it is most likely one in April.

use super::date::{Order, number};

/// The dates with slashes that were seen.
#[derive(Debug, Default)]
pub struct Slashed {
    day_first: Kind,
    month_first: Kind,
    /// Those that may be read either way.
    either: Kind,
}

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    first: Option<String>,
}

impl Kind {
    fn add(&mut self, date: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| date.to_owned());
    }
}

impl Slashed {
    /// Counts a date as it is written; any other text is ignored.
    pub fn see(&mut self, text: &str) {
        let Some((date, first, second)) = slashed(text) else { return };
        match (first, second) {
            (13..=31, 1..=12) => self.day_first.add(date),
            (1..=12, 13..=31) => self.month_first.add(date),
            // The same day either way.
            (1..=12, 1..=12) if first != second => self.either.add(date),
            _ => {}
        }
    }

    /// What speaks against reading the dates in this order; `None`: nothing.
    pub fn doubt(&self, order: Order) -> Option<String> {
        let (against, for_it, said, other) = match order {
            Order::MonthFirst => (&self.day_first, &self.month_first, "month", "day"),
            Order::DayFirst => (&self.month_first, &self.day_first, "day", "month"),
        };
        let (sure, open) = (against.first.as_ref()?, self.either.first.as_ref()?);
        let remedy = if for_it.count == 0 {
            format!("write `dates: {other}_first` in the mapping")
        } else {
            let plain = for_it.first.as_deref().unwrap_or_default();
            format!("others, such as {plain}, have the {said} first: ask the source for ISO dates")
        };
        Some(format!(
            "{} such as {sure} {} the {other} first, but {} such as {open} {} read with the {said} \
             first; {remedy}",
            counted(against.count),
            if against.count == 1 { "has" } else { "have" },
            counted(self.either.count),
            if self.either.count == 1 { "was" } else { "were" },
        ))
    }
}

fn counted(count: u64) -> String {
    crate::domain::terms::figures::counted(count, "date")
}

/// `16/07/2020` at the start of a text: the date, and its first two numbers.
fn slashed(text: &str) -> Option<(&str, u32, u32)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '/').unwrap_or(text.len());
    let date = &text[..end];
    let mut parts = date.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !matches!(year.len(), 2 | 4) {
        return None;
    }
    Some((date, number(first, 2)?, number(second, 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(dates: &[&str], order: Order) -> Option<String> {
        let mut slashed = Slashed::default();
        dates.iter().for_each(|date| slashed.see(date));
        slashed.doubt(order)
    }

    #[test]
    fn a_wrong_order_is_noticed_from_the_dates_that_can_only_be_read_one_way() {
        use Order::{DayFirst, MonthFirst};
        assert_eq!(
            doubt(&["16/07/2020", "06/04/2020", "17/07/2020 10:30"], MonthFirst).as_deref(),
            Some(
                "2 dates such as 16/07/2020 have the day first, but 1 date such as 06/04/2020 was read \
                 with the month first; write `dates: day_first` in the mapping"
            )
        );
        assert!(doubt(&["07/16/2020", "4/6/20"], DayFirst).unwrap().contains("dates: month_first"));
        let mixed = doubt(&["16/07/2020", "07/16/2020", "06/04/2020"], MonthFirst).unwrap();
        assert!(mixed.ends_with("have the month first: ask the source for ISO dates"), "{mixed}");
        for (dates, order) in [
            (&["16/07/2020", "06/04/2020"][..], DayFirst),
            (&["07/16/2020", "06/04/2020"], MonthFirst),
            (&["16/07/2020", "17/07/2020"], MonthFirst),
            (&["06/04/2020", "05/05/2020"], MonthFirst),
            (&["16/07/2020", "05/05/2020"], MonthFirst),
            (&["2020/16/07", "16.07.2020", "06/04/2020", "1/2", "a/b/2020"], MonthFirst),
        ] {
            assert_eq!(doubt(dates, order), None, "{dates:?} {order:?}");
        }
    }
}
