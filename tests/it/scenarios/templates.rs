//! What a decision says to send, by the templates of a profile.

use super::{SIMPLE, play_under};
use buymode::domain::account::decision::DecisionKind;

const TEMPLATES: &str = "value:
  templates:
    subject: \"{% if job %}{{ job.title }} at {{ company }}{% elif funding %}After the {{ funding.round }}{% else %}Hello{% endif %}\"
    opener: >-
      Congratulations on the {{ funding.round }}{% if funding.amount %} of {{ funding.amount }}{% endif %}.
      {{ company }} is looking for {{ job.title | a }}.
      {{ growth.team | capital }} went from {{ growth.from }} to {{ growth.to }} people.
      We help with that.
    talk_track: |-
      - {{ pain }}
      - {{ uses.tool }} is in use
      {% if hires_for %}- They hire for {{ hires_for }}{% endif %}
";

/// The messages of the entries, of a timeline with these templates.
fn said(text: &str) -> Vec<String> {
    let yaml = SIMPLE.replace("value:\n", TEMPLATES);
    let fold = play_under(&[&yaml], &format!("day 0 profile\n{text}"));
    let entered = fold.decisions.iter().filter(|d| d.kind == DecisionKind::Entered);
    entered
        .map(|d| {
            let message = d.personas[0].message.as_deref().expect("a message");
            let part =
                |text: &Option<buymode::domain::Text>| text.as_deref().unwrap_or("-").to_owned();
            [&message.subject, &message.opener, &message.talk_track].map(part).join(" | ")
        })
        .collect()
}

#[test]
fn the_evidence_speaks_and_what_is_unknown_leaves_no_hole() {
    assert_eq!(
        said(
            "day 0 company employees=300 industry=saas stage=series_a name=Acme\n\
              day 1 funding series_b 25M → entered"
        ),
        ["After the Series B | Congratulations on the Series B of $25M. We help with that. | \
             - the pipeline is guessed"]
    );
    // An undisclosed amount, a seat that is empty, growth by two counts.
    assert_eq!(
        said(
            "day 0 company employees=300 industry=saas stage=series_a name=Acme\n\
              day 1 hiring \"VP Sales\"\n\
              day 2 funding series_b → entered"
        ),
        [
            "VP Sales at Acme | Congratulations on the Series B. Acme is looking for a VP Sales. We help \
             with that. | - the pipeline is guessed\n- They hire for VP Sales"
        ]
    );
}

#[test]
fn a_vendors_text_that_is_more_than_text_leaves_its_sentence_out() {
    let all = said(
        "day 0 company employees=300 industry=saas stage=series_a name=Acme\n\
         day 1 hiring \"Head of Sales, see evil-site.com/x\"\n\
         day 2 funding series_b 25M → entered",
    );
    assert_eq!(all.len(), 1);
    assert!(!all[0].contains("evil") && all[0].contains("Series B of $25M"), "{all:?}");
}
