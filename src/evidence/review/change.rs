//! A change that a finding proposes, written into the text of a profile so that its comments stay.

use schemars::JsonSchema;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// Companies with this word are kept out.
    Exclude {
        attribute: String,
        /// The word.
        word: String,
        /// Why, for the profile.
        reason: String,
    },
    /// Companies of which this attribute is known and another word are kept out.
    Only {
        attribute: String,
        /// The word.
        word: String,
        /// Why, for the profile.
        reason: String,
    },
    /// The line that intent must reach.
    Enter {
        /// As it is, in whole points.
        from_points: i64,
        /// As proposed, in whole points.
        to_points: i64,
    },
    /// People went through the profile on that day.
    Reviewed {
        /// The day.
        on: String,
    },
}

/// The profile's text with the changes; none where its layout does not show where they belong.
pub fn written(text: &str, changes: &[&Change]) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        match change {
            Change::Exclude { attribute, word, reason } => {
                let when = format!("{{ {attribute}: [{}] }}", quoted(word));
                exclude(&mut lines, &format!("review: {attribute} {word}"), &when, reason)?;
            }
            Change::Only { attribute, word, reason } => {
                let when = format!("{{ {attribute}: {{ none_of: [{}] }} }}", quoted(word));
                exclude(&mut lines, &format!("review: {attribute} not {word}"), &when, reason)?;
            }
            Change::Enter { to_points, .. } => {
                let intent = top(&lines, "intent")?;
                let inside = block(&lines, intent);
                let at =
                    inside.into_iter().find(|at| lines[*at].trim_start().starts_with("enter:"))?;
                let indent = indent(&lines[at]);
                lines[at] = format!("{}enter: {to_points}", " ".repeat(indent));
            }
            Change::Reviewed { on } => match top(&lines, "reviewed_at") {
                Some(at) => lines[at] = format!("reviewed_at: {on}"),
                None => {
                    let at = top(&lines, "owner").or_else(|| top(&lines, "product"))?;
                    lines.insert(at + 1, format!("reviewed_at: {on}"));
                }
            },
        }
    }
    Some(lines.join("\n") + "\n")
}

/// Adds an exclusion to `fit`.
fn exclude(lines: &mut Vec<String>, name: &str, when: &str, reason: &str) -> Option<()> {
    let fit = top(lines, "fit")?;
    let inside = block(lines, fit);
    let last = inside.iter().rev().find(|at| !lines[**at].trim().is_empty()).copied()?;
    let steps = indent(&lines[*inside.iter().find(|at| is_key(&lines[**at]))?]);
    let at = |lines: &[String]| {
        let mut keys = inside.iter().filter(|at| indent(&lines[**at]) == steps);
        keys.find(|at| lines[**at].trim_end().ends_with("exclusions:")).copied()
    };
    let place = match at(lines) {
        Some(at) => at + 1,
        None => {
            lines.insert(last + 1, format!("{}exclusions:", " ".repeat(steps)));
            last + 2
        }
    };
    // As deep as the items that are there.
    let items = lines.get(place).filter(|line| line.trim_start().starts_with("- "));
    let deep = " ".repeat(items.map_or(steps + 2, |line| indent(line)));
    let item = [
        format!("{deep}- name: {}", quoted(name)),
        format!("{deep}  when: {when}"),
        format!("{deep}  reason: {}", quoted(reason)),
    ];
    item.into_iter().rev().for_each(|line| lines.insert(place, line));
    Some(())
}

/// The line of a key that is not indented.
fn top(lines: &[String], key: &str) -> Option<usize> {
    lines.iter().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

/// The lines below a key, up to the next that is not indented; comments that belong to that one are not among them.
fn block(lines: &[String], key: usize) -> Vec<usize> {
    let is_inside = |line: &String| line.trim().is_empty() || line.starts_with([' ', '\t']);
    (key + 1..lines.len()).take_while(|at| is_inside(&lines[*at])).collect()
}

fn is_key(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// JSON's quotes, which YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "profile: a\nproduct: b\nowner: c # who\nfit:\n  # weights\n  criteria:\n    \
        - name: x\n      weight: 100\n      when: { country: [us] }\n\nintent:\n  enter: 40\n  exit: 20\n";

    #[test]
    fn changes_keep_what_is_there() {
        let exclude = Change::Exclude {
            attribute: "industry".to_owned(),
            word: "retail".to_owned(),
            reason: "no win".to_owned(),
        };
        let enter = Change::Enter { from_points: 40, to_points: 55 };
        let reviewed = Change::Reviewed { on: "2026-11-30".to_owned() };
        let text = written(PROFILE, &[&exclude, &exclude, &enter, &reviewed]).unwrap();
        for part in [
            "owner: c # who\nreviewed_at: 2026-11-30\nfit:\n  # weights\n",
            "  exclusions:\n    - name: \"review: industry retail\"\n      when: { industry: [\"retail\"] }\n",
            "      reason: \"no win\"\n    - name: ",
            "intent:\n  enter: 55\n  exit: 20\n",
        ] {
            assert!(text.contains(part), "lacks {part:?}: {text}");
        }
        assert_eq!(written("{\"profile\": 1}", &[&enter]), None);
    }
}
