//! How long a source takes to learn of what happened, as a mapping says it (`known_after: 3 days`).

use serde::Deserialize;

const DAYS_MAX: u16 = 366;

/// Whole days, at most [`DAYS_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Delay {
    pub days: u16,
}

impl TryFrom<String> for Delay {
    type Error = String;

    fn try_from(text: String) -> Result<Delay, String> {
        let read = || {
            let (count, unit) = text.trim().split_once(' ')?;
            let days = match unit.trim().trim_end_matches('s') {
                "day" => 1,
                "week" => 7,
                _ => return None,
            };
            count.parse::<u16>().ok()?.checked_mul(days).filter(|days| *days <= DAYS_MAX)
        };
        read().map(|days| Delay { days }).ok_or_else(|| {
            format!("invalid known_after: {text:?}; use days or weeks, such as \"3 days\", at most {DAYS_MAX} days")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_days_or_weeks() {
        let days = |text: &str| Delay::try_from(text.to_owned()).map(|delay| delay.days);
        for (text, said) in
            [("0 days", 0), ("1 day", 1), (" 10 days ", 10), ("2 weeks", 14), ("366 days", 366)]
        {
            assert_eq!(days(text), Ok(said), "{text}");
        }
        for text in
            ["", "3", "three days", "3 hours", "-1 days", "367 days", "60000 weeks", "3days"]
        {
            assert!(days(text).unwrap_err().starts_with("invalid known_after: "), "{text}");
        }
    }
}
