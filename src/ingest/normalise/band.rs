//! Numbers and bands of people as vendors give them: `250`, `11-50`, `51 to 200 employees`,
//! `c_00011_00050`, `10001+`.

/// Both ends included; `u64::MAX` is an open end.
pub fn parse(text: &str) -> Option<(u64, u64)> {
    let lower = text.trim().to_lowercase();
    let bare = ["employees", "people", "fte"].iter().find_map(|w| lower.strip_suffix(w));
    let bare = bare.unwrap_or(&lower).trim();
    if let Some(coded) = bare.strip_prefix("c_") {
        let (low, high) = coded.split_once('_')?;
        let high = if high == "max" { u64::MAX } else { count(high)? };
        return ordered(count(low)?, high);
    }
    if let Some(low) = bare.strip_suffix('+').or_else(|| bare.strip_prefix('>')) {
        return ordered(count(low)?, u64::MAX);
    }
    let range = ["-", "–", "—", " to ", "_"].iter().find_map(|dash| bare.split_once(dash));
    match range {
        Some((low, high)) => ordered(count(low)?, count(high)?),
        None => count(bare).map(|n| (n, n)),
    }
}

fn ordered(low: u64, high: u64) -> Option<(u64, u64)> {
    (low <= high).then_some((low, high))
}

/// Digits, perhaps grouped by threes; no company has a billion employees.
fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '.' | ' ')).collect();
    let grouped = digits.len() == text.len()
        || text.split([',', '.', ' ']).skip(1).all(|group| group.len() == 3);
    digits.parse().ok().filter(|n| grouped && *n < 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_two_ends() {
        for (text, band) in [
            ("250", Some((250, 250))),
            ("11-50", Some((11, 50))),
            ("1,001 - 5,000 employees", Some((1_001, 5_000))),
            ("c_00011_00050", Some((11, 50))),
            ("c_10001_max", Some((10_001, u64::MAX))),
            ("10001+", Some((10_001, u64::MAX))),
            ("1.5", None),
            ("50-11", None),
            ("", None),
            ("-", None),
            ("many", None),
        ] {
            assert_eq!(parse(text), band, "{text}");
        }
    }
}
