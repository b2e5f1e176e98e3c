//! The content that a vendor signs, as the settings say it.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The parts that are signed, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed(Vec<SignedPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedPart {
    Id,
    Timestamp,
    Body,
    /// Signs between them, as they are.
    Text(String),
}

impl Default for Signed {
    fn default() -> Self {
        Signed(vec![SignedPart::Body])
    }
}

impl Signed {
    /// `None` unless the body is signed, and each part at most once.
    pub fn parse(text: &str) -> Option<Signed> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_word = first.is_ascii_alphanumeric();
            let end = rest.find(|c: char| c.is_ascii_alphanumeric() != is_word);
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push(match word {
                "id" => SignedPart::Id,
                "timestamp" => SignedPart::Timestamp,
                "body" => SignedPart::Body,
                text => SignedPart::Text(text.to_owned()),
            });
            rest = after;
        }
        let signed = Signed(parts);
        let times = |part| signed.0.iter().filter(|p| **p == part).count();
        let others = [SignedPart::Timestamp, SignedPart::Id].map(times);
        (times(SignedPart::Body) == 1 && others.iter().all(|n| *n < 2)).then_some(signed)
    }

    pub fn parts(&self) -> &[SignedPart] {
        &self.0
    }

    pub fn has(&self, part: &SignedPart) -> bool {
        self.0.contains(part)
    }
}

impl Serialize for Signed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = self.0.iter().map(|part| match part {
            SignedPart::Id => "id",
            SignedPart::Timestamp => "timestamp",
            SignedPart::Body => "body",
            SignedPart::Text(text) => text,
        });
        serializer.serialize_str(&words.collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The text may be a secret that was written into the wrong line.
        let wrong =
            "invalid signed content; use body, timestamp.body, id.timestamp.body or the like";
        Signed::parse(&text).ok_or_else(|| D::Error::custom(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_three_words_and_the_signs_between_them() {
        for text in
            ["body", "timestamp.body", "v0:timestamp:body", "id.timestamp.body", "body|timestamp"]
        {
            let signed = Signed::parse(text).unwrap();
            assert_eq!(serde_json::to_value(&signed).unwrap(), text);
        }
        let slack = Signed::parse("v0:timestamp:body").unwrap();
        let text = |text: &str| SignedPart::Text(text.to_owned());
        let parts = [text("v0"), text(":"), SignedPart::Timestamp, text(":"), SignedPart::Body];
        assert_eq!(slack.parts(), parts);
        for text in ["", "timestamp", "body.body", "timestampbody", "Body", "id.id.body"] {
            assert_eq!(Signed::parse(text), None, "{text}");
        }
    }
}
