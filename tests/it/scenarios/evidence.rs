//! What counts as evidence, once, and when.

use super::{FITTING, changed, fitting, play, play_under};

#[test]
fn the_same_event_from_two_vendors_is_one_event() {
    fitting(
        r#"
        day 1 funding series_b 25M by=one id=a (applied) → entered score=50
        day 1 again (duplicate)
        # Another id, two weeks off, within the amount's tolerance: linked, nothing more.
        day 9 funding series_b 27M at=8 by=two (merged)
        # No age was reset: one half-life after the hold, half is left.
        day 41 engagement demo_request → triaged round=25
        # Another amount is another round; the stage moved on long ago.
        day 42 funding series_c 90M (applied) → strengthened round=50
        "#,
    );
}

#[test]
fn one_post_seen_by_several_vendors_is_one_post() {
    fitting(
        r#"
        day 1 hiring "VP of Sales" place=Boston,MA by=one (applied)
        day 2 hiring "VP, Sales" place=Boston,Massachusetts,US by=two (merged)
        day 3 hiring "Vice President Sales" place=BOSTON by=three (merged)
        day 4 hiring "VP of Sales Operations" place=Boston by=two (applied)
        day 5 hiring "VP Sales" place=Berlin,Germany by=two (applied)
        day 6 hiring "VP Sales" place=Remote,US by=two (applied)
        day 7 hiring "VP Sales" place=Remote,UK by=two (applied) [warming]
        "#,
    );
}

#[test]
fn posts_of_one_title_in_two_places_are_two_posts() {
    let same = [
        ["Berlin,Germany", "Berlin,DE"],
        ["Berlin,Berlin,Germany", "berlin,Germany"],
        ["Boston,MA,US", "Boston,Massachusetts,UnitedStates"],
        ["US,CA,SantaClara", "US,California,SantaClara"],
        // A bare "Remote" contradicts no country.
        ["Remote", "Remote,US"],
    ];
    let other = [
        ["Springfield,IL", "Springfield,MA"],
        ["US,CA,SantaClara", "US,TX,Austin"],
        ["US,CA,SantaClara", "US,CA,SanJose"],
        ["US", "US,TX,Austin"],
        ["Germany,Berlin", "Germany,Munich"],
        ["Remote,US", "Remote,Germany"],
    ];
    for (places, verdict) in [(&same[..], "merged"), (&other[..], "applied")] {
        for [one, two] in places {
            for (one, two) in [(one, two), (two, one)] {
                fitting(&format!(
                    "day 1 hiring \"VP Sales\" place={one}\n\
                     day 2 hiring \"VP Sales\" place={two} by=two ({verdict})"
                ));
            }
        }
    }
}

#[test]
fn a_second_report_may_make_it_surer_but_not_stronger() {
    fitting(
        r#"
        day 1 funding series_b 25M conf=60
        day 1 hiring "Head of Sales" → entered round=30 leader=30 score=72
        day 2 funding series_b 25M by=two (merged)
        day 20 tick
        "#,
    );
}

#[test]
fn a_rumour_counts_nothing_until_somebody_reports_the_fact() {
    fitting(
        r#"
        day 1 funding series_b 25M planned (planned) [dormant]
        day 9 funding series_b 26M by=two (applied) [buying] → entered round=50
        "#,
    );
}

#[test]
fn a_plan_for_a_day_becomes_a_fact_on_that_day() {
    fitting(
        r#"
        day 1 funding series_b 25M at=20 (planned) [dormant]
        day 19 tick [dormant]
        day 25 tick [buying] → entered on=20 by=time
        day 30 engagement demo_request at=500 (dead_lettered)
        "#,
    );
}

#[test]
fn late_news_is_worth_what_is_left_of_it() {
    fitting(
        r#"
        day 0 funding series_b 25M at=-500 (too_late) [dormant]
        day 60 funding series_b 25M at=20 (applied) [warming]
        "#,
    );
}

#[test]
fn a_superseding_signal_takes_the_place_of_the_first() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        # It was a seed round: worth nothing here.
        day 2 funding seed 2M id=b supersedes=a (applied) → withdrawn by=correction
        day 3 funding series_b 25M id=a (duplicate)
        "#,
    );
}

#[test]
fn a_retraction_of_something_else_leaves_the_episode_alone() {
    fitting(
        r#"
        day 1 funding series_b 25M id=a → entered
        day 2 engagement pricing_page id=v
        day 3 retract v (applied) [buying]
        day 3 retract v (duplicate)
        # Taken back before it ever came.
        day 4 retract w (applied)
        day 5 engagement pricing_page id=w (duplicate)
        "#,
    );
}

#[test]
fn a_required_kind_that_is_taken_back_withdraws_the_entry() {
    let profile = changed("  caps:", "  require_any: [funding]\n  caps:");
    play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 technology dropped pipedrive
            day 1 funding series_b 25M id=a → entered
            day 2 retract a → withdrawn retracted"
        ),
    );
}

#[test]
fn a_standing_fact_cannot_alone_bring_an_entry() {
    let profile = changed("rival-tool, points: 30", "rival-tool, points: 60");
    play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 company tools=pipedrive [dormant]
            day 2 engagement pricing_page [buying] → entered rival-tool=60 visits=20
            # The visit's window ends; using a rival's tool holds nothing open.
            day 40 tick [cooling] → exited decayed on=33"
        ),
    );
}

#[test]
fn a_tool_that_flaps_between_scans_is_no_news() {
    fitting(
        r#"
        day 1 technology in_use pipedrive
        # Seen for a while, now gone: a real drop.
        day 30 technology dropped pipedrive → entered rival-gone=50
        "#,
    );
    fitting(
        r#"
        day 1 technology adopted pipedrive
        day 10 technology dropped pipedrive [dormant]
        day 12 technology dropped hubspot
        day 20 technology adopted hubspot [dormant]
        "#,
    );
}

#[test]
fn a_tool_that_is_gone_again_is_not_new_any_more() {
    fitting(
        r#"
        day 1 technology adopted hubspot [warming]
        day 3 technology dropped hubspot id=gone [dormant]
        # A scanner's mistake: it is still there.
        day 4 retract gone [warming]
        "#,
    );
}

#[test]
fn three_posts_in_thirty_days_make_a_team_agencies_do_not_count() {
    fitting(
        r#"
        day 1 hiring "Account Executive"
        day 2 hiring "Sales Engineer" agency
        day 3 hiring "SDR" [dormant]
        day 3 hiring "SDR" by=two (merged)
        day 9 hiring "Sales Manager" closed [dormant]
        day 20 hiring "Sales Manager" [warming]
        day 51 tick [dormant]
        "#,
    );
}

#[test]
fn growth_is_counted_by_department_or_else_over_the_company() {
    fitting(
        r#"
        day 0 headcount 200 sales=10 at=-180
        # Three heads and 30 percent in sales, whatever the company does.
        day 1 headcount 210 sales=13 [warming]
        "#,
    );
    fitting(
        r#"
        day 0 headcount 200 sales=10 at=-180
        # 20 percent, but two heads only.
        day 1 headcount 210 sales=12 [dormant]
        "#,
    );
    fitting(
        r#"
        day 0 headcount 200 at=-180
        day 1 headcount 250 [warming]
        "#,
    );
    fitting(
        r#"
        day 1 headcount 130 grew=30 [warming]
        "#,
    );
    // As much in less time is growth too; within days, somebody else has counted.
    fitting(
        r#"
        day 0 headcount 200 at=-80
        day 1 headcount 250 [warming]
        "#,
    );
    fitting(
        r#"
        day 0 headcount 200 at=-20
        day 1 headcount 250 [dormant]
        "#,
    );
    // Another source counts otherwise; only one that was there before knows of growth.
    fitting(
        r#"
        day 0 headcount 200 at=-180
        day 1 headcount 260 by=other [dormant]
        day 2 headcount 265 [warming]
        "#,
    );
    fitting(
        r#"
        day 0 headcount 200 at=-180
        day 1 headcount 250
        # The newest has nothing to be compared with: what the first knows holds.
        day 2 headcount 190 by=other [warming]
        "#,
    );
}

#[test]
fn a_conjunction_adds_points_while_its_parts_lie_close_together() {
    let profile = changed("enter: 50", "enter: 95");
    play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 hiring \"Head of Sales\"
            day 5 funding series_b 25M → entered leader=27.351 score=95.585"
        ),
    );
    play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 hiring \"Head of Sales\"
            day 40 funding series_b 25M [warming]"
        ),
    );
}

#[test]
fn a_conjunction_never_comes_back_by_itself() {
    // The old large round is the stronger one at first; the small new one lies near the leader.
    let profile = changed(
        "window_days: 180, funding",
        "window_days: 60, scale: {from: 1M, full: 90M, least_percent: 10}, funding",
    );
    let profile = profile.replace("enter: 50", "enter: 200").replace("exit: 25", "exit: 1");
    let fold = play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 funding series_b 90M
            day 40 funding series_c 20M
            day 41 hiring \"Head of Sales\""
        ),
    );
    let score = |day: i32| {
        let day = super::timeline::BEGIN.plus(day);
        buymode::domain::account::step::stand(&fold.world, &fold.account, &fold.state, day)[0].score
    };
    let scores: Vec<_> = (41..90).map(score).collect();
    assert!(scores.is_sorted_by(|today, tomorrow| tomorrow <= today), "{scores:?}");
}

#[test]
fn reports_are_linked_through_one_that_lies_between_them() {
    for order in ["1 25 49", "1 49 25", "49 1 25", "25 49 1"] {
        let lines: Vec<String> = order
            .split(' ')
            .map(|at| format!("day 50 funding series_b 25M at={at} by=vendor-{at} id={at}"))
            .collect();
        let profile = changed("enter: 50", "enter: 200");
        let fold = play_under(&[&profile], &format!("{FITTING}\n{}", lines.join("\n")));
        assert_eq!(fold.state.evidence.len(), 1, "{order}");
    }
}

#[test]
fn a_doubtful_post_does_not_weaken_a_team_that_is_sure() {
    let profile = changed("enter: 50", "enter: 25").replace("exit: 25", "exit: 20");
    play_under(
        &[&profile],
        &format!(
            "{FITTING}
            day 1 hiring \"Account Executive\"
            day 1 hiring \"SDR\"
            day 1 hiring \"Sales Manager\" → entered team=25
            day 2 hiring \"Sales Engineer\" conf=20
            day 3 engagement demo_request → triaged team=25"
        ),
    );
}

#[test]
fn signals_of_one_kind_are_capped_together() {
    fitting(
        r#"
        day 1 engagement pricing_page who=a [warming]
        day 1 engagement pricing_page who=b
        day 1 engagement pricing_page who=c
        # Three times 20 is 30: with the news it is just enough.
        day 2 news expansion → entered score=50
        "#,
    );
}

#[test]
fn news_of_a_market_reaches_whom_it_concerns() {
    fitting(
        r#"
        day 1 engagement pricing_page
        day 1 technology adopted hubspot
        day 2 market regulation industry=retail
        day 3 market regulation industry=saas id=m → entered moving=20 by=signal
        day 3 again (duplicate)
        day 5 retract-market m → withdrawn retracted by=correction
        "#,
    );
}

#[test]
fn a_new_reading_of_the_date_makes_no_second_event() {
    fitting(
        r#"
        # January is all that one source knows: it counts from the first.
        day 5 funding series_b 25M at=5 month → entered
        day 6 funding series_b 25M at=4 by=two (merged)
        # And from its day, once a source knows it.
        day 44 engagement demo_request → triaged round=25
        "#,
    );
}

#[test]
fn a_retraction_that_is_forgotten_takes_its_date_with_it() {
    // One more than are remembered; the last comes with a signal that the profile does not see. The
    // fold compares the date of each step with the one worked out anew.
    let retractions = (0..64).map(|n| format!("day {n} retract gone{n}\n")).collect::<String>();
    play(&format!(
        "day 0 profile\nday 0 company employees=300 industry=retail\n\
         {retractions}day 70 news award supersedes=one-more (applied)\n"
    ));
}
