//! A review as a page.

use super::{Review, Says, Verdict};
use crate::report::page::Page;

pub fn page(review: &Review) -> Page {
    let mut page = Page::new(&format!("Review of {} for {}", review.profile, review.product));
    page.text(match review.verdict {
        Verdict::Change => {
            "Verdict: change. At least one rule fires; what it proposes stands below."
        }
        Verdict::Keep => "Verdict: keep. No rule fires.",
        Verdict::TooFew => {
            "Verdict: too few. Nothing can be said yet; below stands how much is missing."
        }
    });
    page.text(format!(
        "Held on {}, {}, of version {}.",
        review.held_on, review.cadence, review.profile_version
    ));
    if let Some(because) = &review.because {
        page.text(format!("Out of turn, because of the {}: {}", because.occasion, because.text));
    }
    for looked_at in &review.looked_at {
        page.text(format!("Looked at {looked_at}."));
    }
    for (says, heading) in [
        (Says::Fires, "What should change"),
        (Says::TooFew, "Too few to say so"),
        (Says::Quiet, "Looked at, and nothing found"),
    ] {
        let of: Vec<_> = review.findings.iter().filter(|finding| finding.says == says).collect();
        if of.is_empty() {
            continue;
        }
        page.heading(heading);
        for finding in of {
            page.text(format!("{}: {}.", capital(finding.rule), finding.found));
            if let Some(proposal) = &finding.proposal {
                page.text(format!("Proposed: {}.", proposal));
            }
        }
    }
    page.heading("How to read this");
    page.text(
        "A rule fires where its 95 % interval leaves no doubt, corrected for the number of segments, criteria or rules \
         that were looked at, and counted by company family. Two times differ in more than the profile: nothing here \
         shows a cause.",
    );
    page
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
