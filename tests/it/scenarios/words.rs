//! What a salesperson reads: headlines, whom to ask for, what is open.

use super::{FITTING, SIMPLE, changed, compile, fitting, play_under, timeline};
use buymode::domain::account::brief::{brief, reasons};
use buymode::domain::account::decision::Decision;
use chrono_tz::Tz;
use std::sync::Arc;

fn last(text: &str) -> Decision {
    fitting(text).decisions.last().unwrap().clone()
}

/// Whom to ask for, in the order of the decision.
fn asked(d: &Decision) -> Vec<String> {
    d.personas.iter().map(|p| p.titles.join("/")).collect()
}

/// The simple profile with another `value`, and what happened to a company that fits.
fn valued(value: &str, text: &str) -> Decision {
    let head = SIMPLE.split("value:").next().unwrap();
    let profile = format!("{head}value: {{pain: guessed, angle: in general, {value}}}\n");
    let fold = play_under(
        &[&profile],
        &format!("day 0 profile\nday 0 company employees=300 industry=saas stage=series_a\n{text}"),
    );
    fold.decisions.last().unwrap().clone()
}

#[test]
fn a_headline_adds_up_with_caps_and_what_happened_together() {
    let fold = play_under(
        &[&changed("enter: 50", "enter: 100")],
        &format!(
            r#"
            {FITTING}
            day 1 engagement pricing_page
            day 2 engagement demo_request → triaged
            day 2 hiring "Head of Sales"
            day 3 funding series_b 25M → entered
            "#
        ),
    );
    let d = fold.decisions.last().unwrap();
    assert_eq!(
        d.headline,
        "acme.com entered buying mode (fit 100, intent 128): Series B of $25M today (+50), \
         posted Head of Sales yesterday (+29), demo request yesterday (+20), and 1 more (+20), \
         together (+19), engagement capped at 30 (-10)"
    );
    assert_eq!(
        reasons(d, 2),
        [
            " +50  round: Series B of $25M today, says one",
            " +29  leader: posted Head of Sales yesterday, still open, says one",
            " +40  and 2 more",
            " +19  money-and-people",
            " -10  engagement capped at 30",
        ]
    );
}

#[test]
fn beside_a_line_a_score_has_a_decimal() {
    let d = last(
        r#"
        day 1 funding series_b 25M → entered
        day 90 tick → exited decayed
        "#,
    );
    assert!(d.headline.contains("below 25 (fit 100, intent 24."), "{}", d.headline);
    assert!(d.headline.contains(" days ago (+24."), "{}", d.headline);
}

#[test]
fn growth_is_told_in_people_and_in_one_time() {
    let d = last(
        r#"
        day 1 headcount 100
        day 185 headcount 130
        day 186 funding series_b 25M → entered
        "#,
    );
    let said = "grew from 100 to 130 people in 6 months, counted yesterday (+20)";
    assert!(d.headline.contains(said), "{}", d.headline);
}

#[test]
fn a_rule_that_needs_three_posts_names_and_links_all_three() {
    let d = last(
        r#"
        day 1 funding series_b 25M → entered
        day 2 hiring "SDR" place=Berlin url=https://jobs.example.com/1
        day 3 hiring "Sales Manager" place=Paris url=HTTPS://jobs.example.com/2
        day 4 hiring "Account Executive" url=javascript:alert
        day 5 engagement demo_request → triaged
        "#,
    );
    let crowd = d.intent.contributions.iter().find(|c| c.rule == "team").unwrap();
    assert_eq!(
        crowd.what,
        "posted 3 jobs: Account Executive, Sales Manager (Paris) and SDR (Berlin)"
    );
    let pages: Vec<_> = crowd.pieces.iter().map(|p| p.url.as_deref()).collect();
    assert_eq!(
        pages,
        [None, Some("HTTPS://jobs.example.com/2"), Some("https://jobs.example.com/1")]
    );
    assert_eq!(crowd.evidence.len(), 3);
    assert_eq!(crowd.url, None, "a page is opened by a browser");
}

#[test]
fn a_rule_named_like_its_news_is_not_said_twice() {
    let d = last(
        r#"
        day 1 funding series_b 25M → entered
        day 2 news layoffs "Layoffs in Berlin" → exited
        "#,
    );
    let lines = reasons(&d, 9).join("\n");
    assert!(lines.contains(" -40  Layoffs in Berlin today"), "{lines}");
}

#[test]
fn nobody_asks_for_the_holder_of_an_empty_seat() {
    let post =
        |title: &str| format!("day 1 hiring \"{title}\"\nday 2 funding series_b 25M → entered");
    let vp = r#"personas: [{titles: [VP Sales]}]"#;
    for (value, title, expected) in [
        (vp, "VP Sales", "Chief Revenue Officer/CEO"),
        (vp, "Vice President of Sales", "Chief Revenue Officer/CEO"),
        (vp, "Head of Sales", "Chief Revenue Officer/CEO"),
        // A team has many of these, and another function another head.
        (vp, "Account Executive", "VP Sales"),
        (vp, "VP Marketing", "VP Sales"),
        ("personas: [{titles: [VP Sales, Head of RevOps]}]", "VP of Sales", "Head of RevOps"),
        ("personas: [{titles: [VP Sales], hired_by: [Founder]}]", "VP Sales", "Founder"),
        ("personas: [{titles: [CRO]}]", "Chief Revenue Officer", "CEO"),
        ("personas: [{titles: [RevOps Manager]}]", "RevOps Manager", "Chief Revenue Officer/CEO"),
    ] {
        let d = valued(value, &post(title));
        assert_eq!(asked(&d), [expected], "{title} under {value}");
    }
    let d = valued(vp, &post("VP of Sales, EMEA"));
    let line = "ask for Chief Revenue Officer or CEO (hires for VP of Sales, EMEA, an open post): \
                in general";
    assert!(brief(&d, Tz::UTC).contains(&line.to_owned()), "{:?}", brief(&d, Tz::UTC));
}

#[test]
fn a_seat_is_taken_once_its_post_is_closed_or_somebody_is_hired() {
    let vp = r#"personas: [{titles: [VP Sales]}]"#;
    for (after, expected, open) in [
        ("hiring closed \"VP Sales\"", "VP Sales", Some(false)),
        // The rule counts one event, and the hire is the newer one.
        ("hiring hired \"Vice President, Sales\"", "VP Sales", None),
        ("hiring closed \"VP Marketing\"", "Chief Revenue Officer/CEO", Some(true)),
    ] {
        let d = valued(
            vp,
            &format!(
                "day 1 hiring \"VP Sales\"\nday 3 {after}\nday 4 funding series_b 25M → entered"
            ),
        );
        assert_eq!(asked(&d), [expected], "{after}");
        let post = d.intent.contributions.iter().find(|c| c.what == "posted VP Sales");
        assert_eq!(post.and_then(|c| c.is_open), open, "{after}");
    }
}

#[test]
fn personas_and_angles_for_a_rule_come_first_where_it_speaks() {
    let value = "personas: [{titles: [CFO]}, {titles: [CRO], angle: of the board}, \
                 {titles: [GC], for: [moving]}, {titles: [SDR], for: [leader, team], angle: of the team}], \
                 angles: [{for: [round], angle: of the round, pain: money}]";
    for (text, expected, angle) in [
        ("day 1 funding series_b 25M → entered", &["CFO", "CRO"][..], "of the round"),
        (
            "day 1 hiring \"Head of Sales\"\nday 1 funding series_b 25M → entered",
            &["SDR", "CFO", "CRO"],
            "of the team",
        ),
        ("day 1 technology dropped pipedrive → entered", &["CFO", "CRO"], "in general"),
    ] {
        let d = valued(value, text);
        assert_eq!(asked(&d), expected, "{text}");
        let own = d.personas.iter().find(|p| p.titles == ["CRO"]).unwrap();
        assert_eq!(own.angle, "of the board", "{text}");
        assert_eq!(d.angle, angle, "{text}");
    }
}

#[test]
fn a_decision_says_what_a_caller_should_know_first() {
    let head = SIMPLE.replace("zone: Europe/Berlin", "zone: America/New_York");
    let profile = format!("{head}links: {{crm: \"https://crm.example.com/{{crm_id}}\"}}\n");
    let fold = play_under(
        &[&profile],
        "day 0 profile
         day 0 company employees=300 industry=saas,fintech stage=series_a country=us \
           founded_year=2014 name=Acme owner=Kim crm_id=sf:001/2
         day 1 funding series_b 25M → entered",
    );
    let d = fold.decisions.last().unwrap();
    assert_eq!(
        brief(d, chrono_tz::Europe::Berlin),
        [
            "act by Fri 2 Jan 2026, 17:00 (New York), 23:00 (Berlin)",
            "ask for VP Sales: what changed",
            "https://acme.com: fintech and SaaS, 300 employees, Series B, US, founded in 2014",
            "owner: Kim",
            "crm: https://crm.example.com/001%2F2",
        ]
    );
}

#[test]
fn a_job_boards_slug_does_not_rename_a_company_that_it_is_merged_with() {
    let board = "ashby:quarrylane";
    let net = timeline::play_all(
        &[Arc::new(compile(SIMPLE))],
        &["acme.com", board],
        r#"
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_a name=QuarryLane
        ashby:quarrylane: day 1 company name=Quarrylane
        ashby:quarrylane: day 2 merge into=acme.com
        ashby:quarrylane: day 3 company name=quarrylane
        day 4 funding series_b 25M → entered
        "#,
    );
    let decision = net.told.last().unwrap();
    assert_eq!(decision.account_name.as_deref(), Some("QuarryLane"));
    let own = &net.fold(board).state;
    assert!(own.moved_to().is_some(), "the board's account is another key of the company");
}
