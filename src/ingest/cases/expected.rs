//! The file beside a case: `CASE.expected.yaml`. It starts with the assumptions of the case, followed
//! by the expected records of every row.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_saphyr::FlowSeq;

/// The assumptions of a case. People write everything above `rows:`; an update leaves it unchanged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// For people: the purpose of the case.
    #[serde(default, rename = "description")]
    pub _description: Option<String>,
    /// The arrival time of the input, as on a live feed. Without it, and without a snapshot, the input
    /// is a history with its own dates.
    #[serde(default)]
    pub observed_at: Option<String>,
    /// The snapshot date, instead of the one that the mapping reads from the file names.
    #[serde(default)]
    pub snapshot_at: Option<String>,
    /// The file name for the mapping, instead of the real one.
    #[serde(default)]
    pub file: Option<String>,
    /// The input is a vendor's first dump.
    #[serde(default)]
    pub baseline: bool,
    /// Whether to compare the ids too.
    #[serde(default)]
    pub ids: bool,
    /// Another case of this mapping that this case repeats: every record here must have the id of a
    /// record there, so that the scorer recognises it as a duplicate.
    #[serde(default)]
    pub repeats: Option<String>,
    #[serde(default)]
    pub rows: Option<Vec<Value>>,
}

/// The rows as YAML, as in the file.
pub fn render(rows: &[Value]) -> Result<String, String> {
    if rows.is_empty() {
        return Ok("rows: []\n".to_owned());
    }
    let shown: Vec<Shown<'_>> = rows.iter().map(Shown).collect();
    let one = std::collections::BTreeMap::from([("rows", shown)]);
    serde_saphyr::to_string(&one).map_err(|e| format!("cannot write the rows: {e}"))
}

/// The text with everything above `rows:` unchanged, and new rows.
pub fn replace_rows(text: &str, rows: &str) -> String {
    let head: String = text.split_inclusive('\n').take_while(|l| !l.starts_with("rows:")).collect();
    let gap = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    format!("{head}{gap}{rows}")
}

/// Writes lists of plain values on one line.
struct Shown<'a>(&'a Value);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(list) if list.iter().all(|v| !v.is_array() && !v.is_object()) => {
                FlowSeq(list).serialize(serializer)
            }
            Value::Array(list) => serializer.collect_seq(list.iter().map(Shown)),
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object {
                    map.serialize_entry(key, &Shown(value))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::file::from_yaml;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_again() {
        let rows = vec![
            json!({"row": 1, "records": [{"a": "2024-01-01", "b": ["x", "y, z", "no"], "c": 0.8,
                "d": "yes", "e": "1", "f": "a: b # c", "g": "two\nlines", "h": {"sales": 3},
                "i": "11-50", "j": "'", "k": "null", "l": "1e3", "m": "é — ✓", "n": " x"}]}),
            json!({"row": 2, "skipped": true}),
        ];
        let text = render(&rows).unwrap();
        let head: Head = from_yaml("x", &text).unwrap();
        assert_eq!(head.rows, Some(rows), "{text}");
        assert!(text.contains("b: [x, \"y, z\", ") || text.contains("b: [x, 'y, z', "), "{text}");
        let kept = replace_rows("# mine\nobserved_at: 2024-01-01\nrows:\n- old\n", &text);
        assert!(kept.starts_with("# mine\nobserved_at: 2024-01-01\nrows:\n- row: 1\n"), "{kept}");
        assert!(!kept.contains("old"));
    }
}
