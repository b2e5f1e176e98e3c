//! Every shipped mapping has cases, and does what they expect.

use buymode::ingest::cases;
use buymode::mapping::cases::Outcome;
use std::path::Path;

#[test]
fn shipped_mappings_do_what_their_cases_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings");
    let mappings = cases::mappings(&folder).unwrap();
    assert!(mappings.len() >= 4, "{mappings:?}");
    for mapping in mappings {
        let name = mapping.display();
        let reports = cases::test(&mapping, false).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!reports.is_empty(), "{name} has no case");
        for report in reports {
            assert_eq!(report.outcome, Outcome::Same, "{name}: {}", report.case);
        }
    }
}
