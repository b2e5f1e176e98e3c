//! Notices of layoffs and closures: what is amended is one notice, what is taken back never happened.

use super::{changed, fitting, play_under};
use crate::fold::Fold;
use buymode::domain::evidence::signal::Event;

/// The people of each event that is news, and the day of the scenario from which it counts.
fn news(fold: &Fold) -> Vec<(Option<u32>, Option<i32>)> {
    let news = fold.state.evidence.iter().filter_map(|e| match e.event() {
        Event::News(n) => Some((n.people, e.day().map(|day| day.since(super::timeline::BEGIN)))),
        _ => None,
    });
    news.collect()
}

#[test]
fn a_rescinded_notice_never_happened() {
    fitting(
        r#"
        day 1 news layoffs place=Oakland,CA people=120 (applied)
        day 1 news layoffs place=Fresno,CA people=30 (merged)
        day 2 funding series_b 25M [dormant]
        # The notice of the other site stands.
        day 9 news layoffs change=rescinded place=Oakland (applied) [dormant]
        day 10 news layoffs change=rescinded place=Fresno id=r (applied) → entered score=50
        # Taken back itself, it takes nothing back.
        day 11 retract r (applied) → withdrawn retracted stop_now by=correction
        "#,
    );
}

#[test]
fn an_entry_that_stands_on_a_rescinded_notice_is_withdrawn() {
    let profile = changed("points: -40", "points: 60");
    play_under(
        &[&profile],
        &format!(
            "{}
            day 1 news layoffs people=120 → entered
            day 9 news layoffs change=rescinded by=two (applied)
            day 10 news layoffs change=rescinded (applied) → withdrawn retracted stop_now by=correction",
            super::FITTING
        ),
    );
}

#[test]
fn neither_the_order_of_arrival_nor_another_site_nor_a_later_notice_is_confused() {
    fitting(
        r#"
        day 20 news layoffs change=rescinded place=Oakland at=12 (applied)
        day 21 news layoffs place=Oakland at=1 (merged)
        day 22 funding series_b 25M → entered score=50
        "#,
    );
    for notice in ["place=Fresno at=1", "place=Oakland at=13", "place=Oakland at=-190"] {
        let fold = fitting(&format!(
            "day 20 news layoffs change=rescinded place=Oakland at=12\n\
             day 21 news layoffs {notice} (applied)"
        ));
        assert_eq!(news(&fold).iter().filter(|(_, day)| day.is_some()).count(), 1, "{notice}");
    }
}

#[test]
fn an_amended_notice_keeps_its_age_and_has_the_newer_facts() {
    let fold = fitting(
        r#"
        day 1 news layoffs place=Oakland people=120
        day 40 news temporary_layoff change=amended place=Oakland people=90 (applied)
        day 41 news temporary_layoff change=amended place=Oakland people=70 (applied)
        "#,
    );
    assert_eq!(news(&fold), [(Some(70), Some(1))]);
    let Event::News(last) = fold.state.evidence[0].event() else { panic!("news") };
    assert_eq!(last.news.to_string(), "temporary_layoff");
    // Whatever the order.
    let fold = fitting(
        r#"
        day 50 news layoffs change=amended place=Oakland people=70 at=41
        day 51 news layoffs place=Oakland people=120 at=1 (merged)
        "#,
    );
    assert_eq!(news(&fold), [(Some(70), Some(1))]);
}

#[test]
fn the_sites_of_one_employer_on_one_day_are_one_notice_of_all_their_people() {
    let fold = fitting(
        r#"
        day 1 news layoffs place=Oakland people=120 by=state
        day 1 news layoffs place=Fresno people=30 by=state (merged)
        # A vendor that has read about it counts nobody twice.
        day 3 news layoffs people=100 by=press (merged)
        # What becomes of a site for a time is another thing.
        day 3 news temporary_layoff place=Napa people=12 by=state (applied)
        "#,
    );
    assert_eq!(news(&fold), [(Some(150), Some(1)), (Some(12), Some(3))]);
}

#[test]
fn a_closure_that_is_rescinded_excludes_no_longer() {
    fitting(
        r#"
        day 1 funding series_b 25M → entered
        day 2 news closure [warming] → exited excluded stop_now by=signal
        day 9 news layoffs change=rescinded [buying] → entered
        "#,
    );
}
