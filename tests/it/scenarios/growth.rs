//! Growth is as old as the first count that showed it.

use super::timeline::BEGIN;
use super::{changed, fitting, play_under};
use crate::fold::Fold;
use buymode::console::explain;
use buymode::domain::evidence::event::Evidence;

/// A count each week, from a day to a day.
fn weekly(from: i32, to: i32, people: u32) -> String {
    let days = (from..=to).step_by(7);
    days.map(|day| format!("day {} headcount {people} at={day}\n", day.max(0))).collect()
}

fn spans(fold: &Fold) -> Vec<(i32, i32)> {
    let days = |e: &Evidence| (e.day().unwrap().since(BEGIN), e.filed().since(BEGIN));
    let mut spans: Vec<_> = fold.state.evidence.iter().map(days).collect();
    spans.sort_unstable();
    spans
}

fn reasons(fold: &Fold, day: i32) -> String {
    let now = BEGIN.plus(day).start().max(fold.state.through.start());
    let explained = explain(&fold.world, &fold.account, &fold.state, 0, now);
    explained.products.iter().flat_map(|p| p.would_change.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn growth_ages_from_the_count_that_showed_it_however_often_it_is_repeated() {
    let fold = fitting(&format!(
        "{}{}
        day 62 tick [warming]
        day 63 tick [dormant]
        {}
        day 160 tick [dormant]
        # A further step, from the last one: 20 percent of 250.
        day 161 headcount 299 [dormant]
        day 162 headcount 300 [warming]
        day 230 tick [dormant]",
        weekly(-140, 0, 200),
        weekly(2, 58, 250),
        weekly(64, 155, 250),
    ));
    assert_eq!(spans(&fold), [(-140, 0), (2, 155), (161, 161), (162, 162)]);
    let kept: Vec<usize> = fold.state.evidence.iter().map(|e| e.reports().len()).collect();
    assert_eq!(kept, [4, 4, 1, 1]);
}

#[test]
fn repeated_counts_push_nothing_out() {
    let mut text = String::from("day 0 headcount 200 at=-60\nday 1 technology adopted hubspot\n");
    for day in 2..=390 {
        text += &format!("day {day} headcount 250 (VERDICT)\n");
    }
    let text = text.replacen("(VERDICT)", "(applied)", 1).replace("(VERDICT)", "(merged)");
    let fold = fitting(&text);
    assert_eq!(spans(&fold), [(1, 1), (2, 390)], "the first count lies beyond the horizon");
}

#[test]
fn growth_holds_while_the_newest_count_shows_it() {
    fitting(
        "
        day 0 headcount 200 at=-60
        day 1 headcount 250 [warming]
        day 8 headcount 240 [warming]
        day 15 headcount 230 [dormant]
        day 22 headcount 250 [warming]
        # Up and down by the counting is not a further step: the first one is as old as it is.
        day 29 headcount 200 [dormant]
        day 36 headcount 250
        day 84 tick [dormant]
        ",
    );
    // Within days of the first count another one says little, until it stands.
    fitting(
        "
        day 0 headcount 200 at=-20
        day 1 headcount 250 [dormant]
        day 24 headcount 250 [dormant]
        day 25 headcount 250 [warming]
        # It is as old as the first: 60 days.
        day 61 tick [warming]
        day 62 tick [dormant]
        ",
    );
}

#[test]
fn a_record_for_each_department_is_a_series_of_its_own() {
    let pair = |day: i32, sales: u32| {
        format!(
            "day {0} headcount 200 at={day}\nday {0} headcount sales={sales} at={day}\n",
            day.max(0)
        )
    };
    let days = (-140..=0).step_by(7).map(|day| pair(day, 10));
    let grown = (1..=57).step_by(7).map(|day| pair(day, 14));
    let text: String = days.chain(grown).collect();
    let fold = fitting(&format!("{text}\nday 61 tick [warming]\nday 62 tick [dormant]"));
    assert_eq!(spans(&fold), [(-140, 0), (-140, 57), (1, 57)]);
}

#[test]
fn what_a_vendor_states_and_states_again_is_one_growth() {
    let say = |day: i32, percent: i32, total: i32| {
        format!("day {day} headcount {total} grew={percent}\n")
    };
    let again: String =
        (1..=57).step_by(7).map(|day| say(day, 23 + day % 3, 130 + day % 2)).collect();
    let more: String = (64..=176).step_by(7).map(|day| say(day, 24, 130)).collect();
    fitting(&format!(
        "{again}
        day 61 tick [warming]
        day 62 tick [dormant]
        {more}
        day 180 tick [dormant]
        # Half a year after it was first stated, all of it is later growth.
        day 183 headcount 130 grew=24 [warming]
        day 190 headcount 130 grew=0 [dormant]"
    ));
    // Every week the same words: one piece.
    let same: String = (1..=365).step_by(7).map(|day| say(day, 30, 130)).collect();
    let fold = fitting(&format!("{same}\nday 370 tick [warming]\nday 423 tick [dormant]"));
    assert_eq!(spans(&fold), [(1, 365)]);
}

#[test]
fn a_directory_s_correction_is_not_growth_and_is_said() {
    for (before, now) in [(50, 101), (60, 600), (200, 401), (400, 900)] {
        let fold = fitting(&format!(
            "day 0 headcount {before} at=-30\nday 31 headcount {now} [dormant]\nday 80 headcount {now} [dormant]"
        ));
        let reasons = reasons(&fold, 80);
        let said = format!(
            "not counted for 'growth': from {before} people on 2025-12-02 to {now} on 2026-02-01"
        );
        assert!(reasons.contains(&said), "{reasons}");
    }
    let fold = fitting(
        "
        day 0 headcount 60 at=-60
        day 1 headcount 600 [dormant]
        # From the corrected count on it is growth again,
        day 50 headcount 720 [warming]
        # and a mistake that is taken back leaves what was known before.
        ",
    );
    assert!(reasons(&fold, 50).contains("not counted for 'growth'"));
    let fold = fitting(
        "
        day 0 headcount 60 at=-60
        day 1 headcount 600 [dormant]
        day 8 headcount 66 [dormant]
        day 15 headcount 73 [warming]
        ",
    );
    assert!(reasons(&fold, 15).contains("from 60 people on 2025-11-02 to 600 on 2026-01-02"));
    // A small team may triple; a company may lose nearly everyone in a day.
    let grows = changed("employees: {min: 50", "employees: {min: 5");
    let shrinks =
        grows.replace("percent: 20, people: 3}", "percent: 20, people: 3, decline: true}");
    let company = "day 0 profile\n day 0 company employees=300 industry=saas stage=series_a\n";
    play_under(
        &[&grows],
        &format!("{company} day 0 headcount 5 at=-60\n day 1 headcount 15 [warming]"),
    );
    play_under(
        &[&shrinks],
        &format!("{company} day 0 headcount 600 at=-60\n day 1 headcount 30 [warming]"),
    );
    let fold = fitting("day 1 headcount 500 grew=900 [dormant]");
    assert!(reasons(&fold, 1).contains("growth of 900 % in 180 days, stated on 2026-01-02"));
}

#[test]
fn a_count_that_is_taken_back_leaves_the_next() {
    let fold = fitting(
        "
        day 0 headcount 200 at=-60
        day 1 headcount 250 id=first
        day 8 headcount 250 id=second
        day 15 headcount 250 id=third
        day 22 headcount 250 id=fourth
        day 29 headcount 250 id=fifth
        # Known, though the run has dropped it: nothing changes.
        day 30 headcount 250 id=third at=15 observed=15 (duplicate)
        day 31 retract third (applied) [warming]
        day 32 retract first (applied) [warming]
        day 68 tick [warming]
        day 69 tick [dormant]
        ",
    );
    assert_eq!(spans(&fold), [(-60, -60), (8, 29)]);
    // What kept two runs apart is taken back: they are one.
    let fold = fitting(
        "
        day 1 headcount 250
        day 8 headcount 260 id=odd
        day 15 headcount 250
        day 16 retract odd
        ",
    );
    assert_eq!(spans(&fold), [(1, 15)]);
    // A late one splits a run.
    let fold = fitting(
        "
        day 1 headcount 250
        day 8 headcount 250
        day 15 headcount 250
        day 16 headcount 260 at=10 (applied)
        ",
    );
    assert_eq!(spans(&fold), [(1, 8), (10, 10), (15, 15)]);
}

#[test]
fn the_size_is_the_newest_count_of_any_source() {
    let size = "day 0 profile
        day 0 company employees=30 industry=saas stage=series_a
        day 1 headcount 200 by=one → tier_changed
        day 8 headcount 20 by=two → tier_changed
        day 15 headcount 200 by=one → tier_changed
        day 16 funding series_b 25M → entered
        day 17 headcount 20 by=two → tier_changed + exited no_longer_fits";
    play_under(&[super::SIMPLE], size);
}
