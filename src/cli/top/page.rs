//! The page of metrics that an instance shows, read back.
//!
//! Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".

use std::collections::BTreeMap;

/// One value with its labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// The samples of each name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page(BTreeMap<String, Vec<Sample>>);

impl Page {
    /// Lines that are no samples are left out.
    pub(super) fn read(text: &str) -> Page {
        let mut page = Page::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, sample)) = sample(line) {
                page.0.entry(name).or_default().push(sample);
            }
        }
        page
    }

    pub(super) fn all(&self, name: &str) -> &[Sample] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn sum(&self, name: &str) -> f64 {
        self.all(name).iter().map(|sample| sample.value).sum()
    }

    pub(super) fn max(&self, name: &str) -> Option<f64> {
        self.all(name).iter().map(|sample| sample.value).reduce(f64::max)
    }

    /// Sums by the values of a label.
    pub(super) fn by(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for sample in self.all(name) {
            if let Some(value) = sample.labels.get(label) {
                *sums.entry(value.clone()).or_default() += sample.value;
            }
        }
        sums
    }
}

fn sample(line: &str) -> Option<(String, Sample)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            labels.insert(label.to_owned(), value);
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some((name.to_owned(), Sample { labels, value }))
}

/// The text up to the closing quote, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_is_read_back() {
        let page = Page::read(
            "# HELP a b\n# TYPE a counter\na{x=\"1\",y=\"q\\\"},\\n\"} 3\na{x=\"2\"} 4.5\nb 7 123\nc{} +Inf\nrubbish\n",
        );
        assert!((page.sum("a") - 7.5).abs() < 1e-9 && page.max("a") == Some(4.5));
        assert_eq!(page.all("a")[0].labels["y"], "q\"},\n");
        assert_eq!(page.by("a", "x").len(), 2);
        assert_eq!(
            (page.max("b"), page.max("c"), page.max("d")),
            (Some(7.0), Some(f64::INFINITY), None)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,200}") {
            let _ = Page::read(&text);
            let _ = Page::read(&format!("a{{x=\"{text}"));
        }
    }
}
