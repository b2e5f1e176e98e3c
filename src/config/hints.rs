//! Turns a parser's messages into ones that a person can act on.

use super::sample;
use std::collections::BTreeSet;

/// The message with its remedy, where the parser gives none. A value where a secret is expected, or
/// where one is easily put by mistake, is not repeated.
pub(super) fn remedied(message: &str, path: &str, text: &str, place: Option<(u64, u64)>) -> String {
    if may_be_secret(path) || is_near_secret(message, path) {
        return remedied_unseen(message);
    }
    let key = path.rsplit('.').next().unwrap_or(path);
    let word = place.map_or("", |place| word_at(text, place));
    if let Some(list) = message.strip_prefix("unknown ") {
        let wrong = list.split('`').nth(1).unwrap_or("");
        if let Some(remedy) = place.and_then(|place| misplaced(list, wrong, key, text, place)) {
            return remedy;
        }
        // A value of a list is a variant to its programmer only.
        let list = list.replacen("variant `", "value `", 1);
        return meant(&list)
            .or_else(|| has(&list, path))
            .unwrap_or_else(|| format!("unknown {list}"));
    }
    if message == "empty" || word == ":" && !message.contains("field") {
        return format!("is empty; {}", written(path, "write its value below, indented"));
    }
    let is_date = matches!(key, "reviewed_at" | "expires") && !message.contains("field");
    let remedy = match message {
        _ if is_date => return format!("`{word}` is not a date; write it as 2026-10-01"),
        m if m.starts_with("duplicate mapping key") => {
            return m.replace(
                ", set DuplicateKeyPolicy in Options if acceptable",
                "; keep one of them",
            );
        }
        "invalid i32" => return whole(word, i32::MIN.into(), i32::MAX.into()),
        "invalid u8" => return whole(word, 0, u8::MAX.into()),
        "invalid u16" => return whole(word, 0, u16::MAX.into()),
        "invalid u32" | "invalid u64" => return whole(word, 0, u32::MAX.into()),
        m if m.starts_with("invalid boolean") => {
            return format!("`{word}` is neither true nor false; write one of them");
        }
        m if m.contains("socket address") => return address(word),
        m if m.starts_with("failed to parse timezone") => return zone(word),
        m if m.starts_with("multiple YAML documents") => {
            return "a second document begins here (---); one file holds one, split the file"
                .to_owned();
        }
        "expected mapping start" => return mapping(path, key, word),
        "expected string scalar" => {
            let kind = if word.starts_with('[') || word.starts_with('-') {
                "a list"
            } else {
                "several keys"
            };
            return format!(
                "holds {kind} where one value is expected; {}",
                written(path, "write one value")
            );
        }
        "expected sequence start" => {
            let listed = if word.contains(':') { "" } else { &format!("write [{word}], or ") };
            return format!(
                "`{word}` is not a list; {listed}begin each entry with a hyphen: - {word}"
            );
        }
        m if m.contains("Depth {") => return "is nested too deeply; flatten it".to_owned(),
        m if m.contains("tabs") || m.contains("found a tab") => return tabs(text, place),
        m if m.contains("did not find expected key") => {
            "the line is not indented like the lines that it belongs to: give keys of one section the \
             same number of spaces"
        }
        m if m.starts_with("mapping values are not allowed") => {
            "either the line is indented wrongly, or a text holds a colon: put the text in quotes"
        }
        m if m.starts_with("missing field") => {
            let missing = m.split('`').nth(1).unwrap_or("");
            let such =
                sample::below(path, missing).map_or(String::new(), |sample| format!(": {sample}"));
            &format!("add it, indented like the keys beside it{such}")
        }
        m if m.contains("quoted scalar") => "is a quote not closed?",
        m if m.contains("expected ':'") => "write a colon and a space after a key",
        m if m.contains("unknown anchor") => "put a text that begins with * in quotes",
        m if m.starts_with("unexpected character") => "put the text in quotes",
        m if m.contains("flow") => "is a bracket not closed?",
        _ => return message.to_owned(),
    };
    let blank = text.lines().any(|line| line.trim_start_matches(' ').starts_with('\u{a0}'));
    let blank = if blank { " (a line begins with a no-break space: use plain ones)" } else { "" };
    format!("{message}; {remedy}{blank}")
}

/// Keys whose values are secret, whatever their place.
const SECRET: [&str; 5] = ["secret", "secrets", "password", "token", "extra"];
/// Keys below which secrets stand; a secret is easily written for them.
const HOLDING: [&str; 5] = ["authentication", "bearer", "theirstack", "hubspot", "hmac_sha256"];

fn may_be_secret(path: &str) -> bool {
    // These sections of a profile hold no secrets, but may name a tool that is also a source.
    if path.starts_with("fit.") || path.starts_with("intent.") {
        return false;
    }
    let keys = || path.split(['.', '[']);
    keys().any(|key| SECRET.iter().any(|secret| key.ends_with(secret)))
        || keys().next_back().is_some_and(|key| HOLDING.contains(&key))
}

/// A value of a closed list that stands beside a secret, or an address with a login in it.
fn is_near_secret(message: &str, path: &str) -> bool {
    const BESIDE: [&str; 3] = ["authentication", "sasl_mechanism", "security_protocol"];
    let is_beside = path.split(['.', '[']).any(|key| BESIDE.contains(&key));
    is_beside && message.starts_with("unknown variant")
        || message.starts_with("invalid value") && message.contains('@')
}

/// The path without its unknown key, where that key may be a secret.
pub(super) fn seen<'a>(message: &str, path: &'a str) -> &'a str {
    let word = message.strip_prefix("unknown ").and_then(|rest| rest.split('`').nth(1));
    let above =
        word.and_then(|word| path.strip_suffix(word)).map(|path| path.trim_end_matches('.'));
    above.filter(|above| may_be_secret(above)).unwrap_or(path)
}

/// The message without any value that the file or the environment gave.
fn remedied_unseen(message: &str) -> String {
    if let Some(list) = message.strip_prefix("unknown ") {
        const HIDDEN: &str = "unknown value (hidden, it may be a secret)";
        let known = list.split_once(", expected ").map_or("another", |(_, known)| known);
        return match close(list) {
            Some((_, close)) => format!("{HIDDEN}; did you mean `{close}`?"),
            None => format!("{HIDDEN}; write {known}"),
        };
    }
    if let Some((_, known)) = message.split_once(", expected an address") {
        return format!("invalid value (hidden, it may be a secret); write an address{known}");
    }
    let own = ["missing field", "write a secret", "duplicate mapping key"];
    if own.iter().any(|own| message.starts_with(own)) {
        return message.to_owned();
    }
    "invalid value (hidden, it may be a secret); write a text in quotes, below the keys that \
     deploy/buymode.yaml shows"
        .to_owned()
}

/// More of a value is not shown.
const WORD_MAX: usize = 40;

/// The text at a place, to the end of the value.
fn word_at(text: &str, (line, column): (u64, u64)) -> &str {
    let nth = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(line) = text.lines().nth(nth(line)) else { return "" };
    let from = line.char_indices().nth(nth(column)).map_or(line.len(), |(at, _)| at);
    let rest = &line[from..];
    let end = rest.find([',', '}', ']']).or_else(|| rest.find(" #")).unwrap_or(rest.len());
    let word = rest[..end].trim();
    word.char_indices().nth(WORD_MAX).map_or(word, |(at, _)| &word[..at])
}

/// What to write instead of `word`, where a whole number from `least` to `most` must stand.
fn whole(word: &str, least: i64, most: i64) -> String {
    let digits = word.trim_matches(['%', '"', '\'', '+', '~', ' ']);
    let wrong = format!("`{word}` is not a valid number");
    match digits.parse::<i64>() {
        Ok(number) if !(least..=most).contains(&number) => {
            format!("{wrong}; write one from {least} to {most}")
        }
        Ok(number) if digits != word => format!("{wrong}; write {number}"),
        Ok(_) => format!("{wrong}; is a bracket or a quote not closed?"),
        Err(_) => format!("{wrong}; write a whole number, such as 30"),
    }
}

/// Keys and values are missing.
fn mapping(path: &str, key: &str, word: &str) -> String {
    let numbers = ["employees", "revenue_usd", "arr_usd", "founded_year", "age_years"];
    if key.is_empty() {
        return "expected `key: value` lines; begin with one".to_owned();
    }
    if !numbers.contains(&key) {
        let what = match word.strip_prefix(['[', '-']) {
            Some(_) => "a list".to_owned(),
            None => format!("`{word}`, a value,"),
        };
        let such = written(path, "write them below, indented, as key: value");
        return format!("has {what} where keys are expected; {such}");
    }
    let ends: Vec<&str> = word.split(['-', '–', '+']).map(str::trim).collect();
    let range = match ends[..] {
        [min, max] if !min.is_empty() && !max.is_empty() => format!("{{ min: {min}, max: {max} }}"),
        [min, ""] => format!("{{ min: {min} }}"),
        _ => "{ min: 50, max: 1000 }".to_owned(),
    };
    format!("`{word}` is not a range; write {range}")
}

/// `write KEY: …` with an example of the right shape, where the key is one of a profile.
fn written(path: &str, otherwise: &str) -> String {
    let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
    let key = key.split('[').next().unwrap_or(key);
    sample::below(above, key).map_or(otherwise.to_owned(), |sample| format!("write {sample}"))
}

/// A word that is unknown because of the words around it: a value without brackets in `{ country: us, gb }`
/// is read as a key, and a key that is indented too far as more of the value above it.
fn misplaced(
    list: &str,
    wrong: &str,
    key: &str,
    text: &str,
    (line, column): (u64, u64),
) -> Option<String> {
    let mut lines = text.lines().skip(usize::try_from(line).ok()?.checked_sub(1)?);
    let (this, next) = (lines.next()?, lines.next().unwrap_or(""));
    let rest: String = this.chars().skip(usize::try_from(column).ok()?.checked_sub(1)?).collect();
    let after = rest.strip_prefix(wrong).map(str::trim_start);
    if list.starts_with("field") && after.is_some_and(|after| after.starts_with([',', '}'])) {
        return Some(format!(
            "`{wrong}` has no value; put several values of one key in brackets: [one, {wrong}]"
        ));
    }
    let (value, last) = wrong.rsplit_once(' ')?;
    let is_key = next.trim_start().strip_prefix(last).is_some_and(|rest| rest.starts_with(':'));
    (is_key && rest.starts_with(value)).then(|| {
        format!("the line below it, `{last}:`, is indented too far; indent it like `{key}:`")
    })
}

/// Every line that begins with a tab, so that they are replaced at once.
fn tabs(text: &str, place: Option<(u64, u64)>) -> String {
    let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    let lines = (1_u64..).zip(text.lines()).filter(|(_, line)| indent(line)).map(|(at, _)| at);
    let others: Vec<String> = lines
        .filter(|at| place.is_none_or(|(line, _)| *at != line))
        .take(LINES_SHOWN)
        .map(|at| at.to_string())
        .collect();
    let also = match others.len() {
        0 => String::new(),
        _ => format!(
            " (also in {} {})",
            if others.len() == 1 { "line" } else { "lines" },
            others.join(", ")
        ),
    };
    let here = place.and_then(|(line, _)| text.lines().nth(usize::try_from(line).ok()? - 1));
    match here.is_some_and(indent) || others.is_empty() {
        true => {
            format!("the line is indented with tabs; indent with spaces, two for each level{also}")
        }
        false => format!(
            "a tab stands where spaces indent, in line {}; indent with spaces, two for each level",
            others.join(", ")
        ),
    }
}

/// More lines of the same fault are not listed.
const LINES_SHOWN: usize = 12;

fn address(word: &str) -> String {
    let port = word.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let host = if word.starts_with("0.0.0.0") { "0.0.0.0" } else { "127.0.0.1" };
    let address = format!("{host}:{}", port.unwrap_or(8080));
    format!("`{word}` is not an IP address with a port; write for example {address}")
}

fn zone(word: &str) -> String {
    let low = word.to_lowercase().replace(' ', "_");
    let cities = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let named = |zone: &&str| {
        let city = zone.rsplit('/').next().unwrap_or(zone).to_lowercase();
        !low.is_empty() && strsim::osa_distance(&city, &low) <= low.len() / 4
    };
    let near = cities.into_iter().find(named);
    let near = near.unwrap_or("Europe/Berlin or America/New_York");
    format!("`{word}` is not a time zone; write its IANA name, such as {near}")
}

/// ``field `wieght`, expected one of name, weight`` with the one that was meant.
fn meant(message: &str) -> Option<String> {
    let (head, close) = close(message)?;
    Some(format!("unknown {head}; did you mean `{close}`?"))
}

/// Which keys a section has that does not have this one.
fn has(list: &str, path: &str) -> Option<String> {
    let (head, known) = list.strip_prefix("field ")?.split_once(", expected ")?;
    let above = path.rsplit_once('.')?.0;
    let section = above.rsplit('.').next()?;
    let known = known.trim_start_matches("one of ");
    Some(format!("unknown field {head}; {section} has {known}"))
}

/// The text before the list of known words, and the word of it that is closest.
fn close(message: &str) -> Option<(&str, &str)> {
    let (head, list) = message.split_once(", expected ")?;
    let wrong = head.split('`').nth(1)?;
    let list = list.trim_start_matches("one of ");
    let known: BTreeSet<&str> = list.split(", ").map(|word| word.trim_matches('`')).collect();
    Some((head, closest(wrong, &known)?))
}

/// Words that people write for one that is known, though the letters are far apart.
const SYNONYMS: [(&str, &str); 14] = [
    ("jobs", "hiring"),
    ("vp", "vice_president"),
    ("cxo", "c_level"),
    ("c_suite", "c_level"),
    ("revops", "revenue_operations"),
    ("sales_ops", "revenue_operations"),
    ("sdr", "sales_development"),
    ("bdr", "sales_development"),
    ("hr", "people"),
    ("it", "information_technology"),
    ("tools", "technologies"),
    ("timezone", "zone"),
    ("headquarters", "country"),
    ("private_equity", "pe_backed"),
];

fn closest<'a>(wrong: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let low = wrong.to_lowercase().replace([' ', '-'], "_");
    let low = low.trim_matches(['“', '”', '_']);
    let other = SYNONYMS.iter().find(|(said, _)| *said == low).map_or(low, |(_, meant)| meant);
    if let Some(same) = known.get(other) {
        return Some(same);
    }
    if let Some(longer) = known.iter().find(|k| k.len() >= 3 && low.starts_with(**k)) {
        return Some(longer);
    }
    let part = format!("_{low}_");
    let mut holding = known.iter().filter(|k| format!("_{k}_").contains(&part));
    if let (Some(only), None) = (holding.next(), holding.next()) {
        return Some(only);
    }
    let close = known.iter().map(|k| (strsim::osa_distance(low, k), *k)).min()?;
    (close.0 <= (low.len().max(close.1.len()) + 1) / 3).then_some(close.1)
}
