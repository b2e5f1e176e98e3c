//! One vacancy is one need, wherever and however often it is posted.

use super::timeline::BEGIN;
use super::{changed, fitting, play_under};
use buymode::domain::evidence::post::is_open;

#[test]
fn one_vacancy_in_ten_towns_is_one_need() {
    let towns =
        ["Oslo", "Bergen", "Lyon", "Graz", "Leeds", "Porto", "Ghent", "Bonn", "Turin", "Vaduz"];
    let posts =
        towns.map(|town| format!("day 1 hiring \"Account Executive\" place={town} (applied)\n"));
    // Three posts of one title are not three jobs; other titles are.
    fitting(&format!(
        "{}day 2 tick [dormant]
        day 3 hiring \"Account Executive - Madrid\" place=Madrid (applied) [dormant]
        day 3 hiring \"Sales Manager\" place=Oslo [dormant]
        day 4 hiring \"Sales Engineer\" place=Oslo [warming]",
        posts.concat()
    ));
    // Nor is it more than one where a rule counts several.
    let several = changed(
        "hold_days: 0, half_life_days: 30, window_days: 60, hiring",
        "count: 3, window_days: 60, hiring",
    );
    let fold = play_under(
        &[&several],
        &format!(
            "{}
            day 1 hiring \"Head of Sales\" place=Oslo
            day 2 hiring \"Head of Sales m/f/d\" place=Bergen
            day 20 hiring \"Head of Sales\" place=Lyon [warming]",
            super::FITTING
        ),
    );
    assert!(fold.decisions.is_empty());
}

#[test]
fn a_post_that_is_posted_again_and_again_is_one() {
    let posts: String = (0..6)
        .map(|n| format!("day {} hiring \"Head of Sales\" place=Oslo\n", 1 + n * 20))
        .collect();
    let fold = fitting(&format!("{posts}\nday 101 tick [dormant]"));
    assert_eq!(fold.state.evidence.len(), 1);
    fitting(
        "
        day 1 hiring \"Head of Sales m/w/d\" place=Munich (applied)
        day 2 hiring \"Head of Sales - f|m|x\" place=München,Deutschland by=two (merged)
        day 3 hiring \"Head of Sales H/F\" by=three (merged)
        ",
    );
}

#[test]
fn a_post_that_is_open_again_keeps_its_date() {
    let fold = fitting(
        "
        day 1 hiring \"Head of Sales\" posting=7 id=a (applied) [warming]
        # In the next snapshot, with a less exact date.
        day 8 hiring \"Head of Sales\" posting=7 id=a at=-10 month (duplicate) [warming]
        day 30 hiring \"Head of Sales\" closed posting=7 (applied)
        # A retry of the first report is not a sighting.
        day 31 hiring \"Head of Sales\" posting=7 id=a at=1 observed=1 (duplicate)
        day 40 hiring \"Head of Sales\" posting=7 id=a at=1 (merged) [dormant]
        day 41 hiring \"Head of Sales\" posting=7 id=a at=1 observed=40 (duplicate)
        day 47 hiring \"Head of Sales\" posting=7 id=a at=1 (duplicate)
        day 48 hiring \"Head of Sales\" posting=7 id=a at=45 observed=48 (duplicate)
        ",
    );
    let evidence = &fold.state.evidence;
    assert_eq!(evidence.len(), 2);
    let post = evidence.iter().find(|e| is_open(evidence, e, BEGIN).is_some()).unwrap();
    assert_eq!(post.day().unwrap().since(BEGIN), 1);
    let open = |day: i32| is_open(evidence, post, BEGIN.plus(day));
    assert_eq!(open(50), Some(true));
    let shut = &evidence.iter().find(|e| e.id() != post.id()).unwrap();
    assert_eq!(is_open(evidence, shut, BEGIN.plus(50)), None);

    // Closed for good; without the posting's id by title and place.
    let fold = fitting(
        "
        day 1 hiring \"Head of Sales\" place=Oslo id=a
        day 30 hiring \"Head of Sales m/f/d\" closed place=Oslo,Norway
        ",
    );
    let evidence = &fold.state.evidence;
    let open: Vec<_> = evidence.iter().map(|e| is_open(evidence, e, BEGIN.plus(50))).collect();
    assert_eq!(open, [Some(false), None]);
}

#[test]
fn another_posting_of_the_same_vacancy_may_be_the_same_need() {
    // Long after the first, and the first was never closed: the company looks again.
    fitting(
        "
        day 1 hiring \"Head of Sales\" place=Oslo [warming]
        day 100 hiring \"Head of Sales\" place=Oslo (applied) [warming]
        ",
    );
    // It was closed shortly before: it still looks.
    fitting(
        "
        day 1 hiring \"Head of Sales\" place=Oslo [warming]
        day 60 hiring \"Head of Sales\" closed place=Oslo (applied)
        day 100 hiring \"Head of Sales\" place=Oslo (applied) [dormant]
        ",
    );
}

#[test]
fn after_half_a_year_shut_it_is_a_new_need() {
    for (shut, seen, stage) in
        [(20, 199, "dormant"), (20, 200, "warming"), (20, 260, "warming"), (230, 260, "dormant")]
    {
        let fold = fitting(&format!(
            "day 1 hiring \"Head of Sales\" posting=7 id=a
            day {shut} hiring \"Head of Sales\" closed posting=7
            day {seen} hiring \"Head of Sales\" posting=7 id=a at=1 [{stage}]
            # Seen again, it gets no younger.
            day {} hiring \"Head of Sales\" posting=7 id=a at=1 (duplicate)
            day {} tick [dormant]",
            seen + 7,
            seen + 70,
        ));
        assert!(fold.decisions.is_empty());
    }
    // Taken back with all its sightings.
    let fold = fitting(
        "
        day 1 hiring \"Head of Sales\" posting=7 id=a
        day 20 hiring \"Head of Sales\" closed posting=7
        day 220 hiring \"Head of Sales\" posting=7 id=a at=1 (applied) [warming]
        day 221 retract a (applied) [dormant]
        ",
    );
    assert_eq!(fold.state.evidence.len(), 1);
}
