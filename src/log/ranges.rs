//! Partitions in few words, for log lines: a thousand of them fit on one.

use super::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};

/// Topics that are named one by one.
const TOPICS_MAX: usize = 4;

/// "buymode.inputs 0-23", or "buymode.inputs 0-5, 7; signals.hiring 3", or, of many topics,
/// "288 partitions of 12 topics".
pub fn partitions_text<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> String {
    let mut topics = BTreeMap::<&str, BTreeSet<i32>>::new();
    for TopicPartition { topic, partition } in partitions {
        topics.entry(topic).or_default().insert(*partition);
    }
    if topics.is_empty() {
        return "none".to_owned();
    }
    if topics.len() > TOPICS_MAX {
        let count: usize = topics.values().map(BTreeSet::len).sum();
        return format!("{count} partitions of {} topics", topics.len());
    }
    let each = topics.iter().map(|(topic, numbers)| format!("{topic} {}", ranges(numbers)));
    each.collect::<Vec<_>>().join("; ")
}

/// "0-5, 7".
pub fn ranges(numbers: &BTreeSet<i32>) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut().filter(|(_, last)| last + 1 == *number) {
            Some((_, last)) => *last = *number,
            None => ranges.push((*number, *number)),
        }
    }
    let text = |(first, last): &(i32, i32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(topics: &[(&str, &[i32])]) -> String {
        let each = topics.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(|p| TopicPartition { topic: (*topic).to_owned(), partition: *p })
        });
        partitions_text(&each.collect::<Vec<_>>())
    }

    #[test]
    fn should_say_partitions_as_ranges() {
        assert_eq!(text(&[]), "none");
        assert_eq!(text(&[("in", &[3])]), "in 3");
        assert_eq!(text(&[("in", &[5, 0, 1, 2, 7, 8])]), "in 0-2, 5, 7-8");
        assert_eq!(text(&[("in", &[1, 0]), ("a", &[9])]), "a 9; in 0-1");
        let many = ["a", "b", "c", "d", "e"].map(|topic| (topic, &[0, 1][..]));
        assert_eq!(text(&many), "10 partitions of 5 topics");
    }
}
