//! The page for people.

use super::{own, shipped};
use buymode::report::document::document;

#[test]
fn should_write_the_page_of_a_profile_with_segments() {
    insta::assert_snapshot!(document(&own("segments")));
}

#[test]
fn should_write_the_page_of_an_additive_profile() {
    insta::assert_snapshot!(document(&own("additive")));
}

/// A reader of the page need not know how the file spells things.
#[test]
fn should_write_every_shipped_profile_in_plain_words() {
    let profiles = shipped();
    assert!(profiles.len() > 1);
    for (file, profile) in profiles {
        let page = document(&profile);
        for title in [
            "Whom we sell to",
            "What shows that they are ready",
            "Who acts how soon",
            "What to say",
            "What happens after",
        ] {
            assert!(page.contains(&format!("\n## {title}\n")), "{file} lacks {title:?}\n{page}");
        }
        let p = &profile.profile;
        let criteria = p.fit.criteria.iter().map(|c| &c.name);
        let segments = p.segments.iter().flat_map(|s| s.criteria.iter().map(|c| &c.name));
        let rules = p.intent.rules.iter().map(|r| &r.name);
        let exclusions = p.fit.exclusions.iter().map(|e| &e.name);
        let lower = page.to_lowercase().replace(',', "");
        for name in criteria.chain(segments).chain(rules).chain(exclusions) {
            let name = name.to_lowercase().replace(',', "");
            assert!(lower.contains(&name), "{file} lacks {name:?}\n{page}");
        }
        for word in ["_", "min:", "max:", "any of:", "{", "[", "]", "null"] {
            assert!(!page.contains(word), "{file} has {word:?}\n{page}");
        }
        assert!(page.lines().count() < 150, "{file}: {} lines", page.lines().count());
    }
}
