//! What is announced within an episode: a higher priority, a later stage, a larger round; at most weekly,
//! and nothing is lost by that.

use super::{changed, fitting, play_under};

#[test]
fn a_later_stage_or_a_larger_round_is_announced() {
    let fold = fitting(
        r#"
        day 0 funding series_b 25M → entered high
        day 20 funding series_c 80M [buying] → strengthened by=signal
        # A smaller one, and another report, are not.
        day 40 funding series_a 5M
        day 41 funding series_c 80M at=20 by=other (merged)
        day 50 funding series_c 120M → strengthened
        "#,
    );
    let headline = &fold.decisions[1].headline;
    assert!(headline.contains("has a later or larger round: Series C of $80M"), "{headline}");
}

#[test]
fn a_round_within_the_week_is_announced_when_it_is_over() {
    fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 2 funding series_c 80M [buying]
        # Another report of something else does not lose it.
        day 3 funding series_c 80M at=2 by=other (merged)
        day 9 tick → strengthened on=7 by=time
        day 30 tick
        "#,
    );
    // What was taken back meanwhile is not announced.
    fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 2 funding series_c 80M id=c [buying]
        day 4 retract c
        day 9 tick
        "#,
    );
}

#[test]
fn a_rise_within_the_week_is_announced_also_when_it_has_faded_since() {
    let bands = changed("  caps:", "  bands: {high: 90, medium: 60}\n  caps:")
        .replace("window_days: 30, count: 3", "window_days: 3, count: 3");
    let fold = play_under(
        &[&bands],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a
        day 0 funding series_b 25M → entered normal band=low
        day 1 engagement pricing_page [buying]
        # A merged report comes before the week is over, and the visit is forgotten by then.
        day 2 funding series_b 25M at=0 by=other (merged)
        day 9 tick → strengthened normal on=7 by=time
        "#,
    );
    let headline = &fold.decisions[1].headline;
    assert!(
        headline.contains("rose from normal to high priority, and is normal by now"),
        "{headline}"
    );
}

#[test]
fn what_bad_news_has_outweighed_is_not_announced() {
    fitting(
        r#"
        day 0 funding series_b 25M → entered high
        day 1 technology adopted hubspot [buying]
        day 2 news layoffs [buying]
        day 9 tick [buying]
        "#,
    );
}

#[test]
fn what_a_first_dump_brings_is_not_announced() {
    fitting(
        r#"
        day 0 funding series_b 25M → entered
        day 10 funding series_c 80M baseline [buying]
        day 20 tick
        "#,
    );
}
