//! Each operator of a condition answers yes, no and unknown; each kind of rule fires on what it
//! asks for, and on nothing else.

use super::{changed, fitting, play, play_under};

/// Puts the question in place of the criterion worth 20 points, and asks it of a company that fits
/// otherwise: 100 points say yes, 80 no, and 80 to 100 unknown.
fn asked(question: &str, company: &str, fit: &str) {
    let profile = changed("{funding_stage: {min: series_a}}}", &format!("{question}}}"));
    play_under(
        &[&profile],
        &format!(
            "
            day 0 profile
            day 0 company employees=300 industry=saas {company}
            day 1 technology dropped pipedrive [buying] → entered fit={fit}"
        ),
    );
}

const YES: &str = "100..100";
const NO: &str = "80..80";
const UNKNOWN: &str = "80..100";

#[test]
fn each_operator_tells_yes_no_and_unknown_apart() {
    for (question, answers) in [
        ("{country: [us, ca]}", [("country=us", YES), ("country=de", NO), ("", UNKNOWN)]),
        ("{tags: {all_of: [a, b]}}", [("tags=a,b,c", YES), ("tags=a,c", NO), ("", UNKNOWN)]),
        ("{tags: {none_of: [a]}}", [("tags=b", YES), ("tags=a,b", NO), ("", UNKNOWN)]),
        (
            "{sub_industry: {contains: [tech]}}",
            [("sub_industry=hr-tech", YES), ("sub_industry=hr", NO), ("", UNKNOWN)],
        ),
        (
            "{arr_usd: {min: 10M, max: 500M}}",
            [
                ("arr_usd=20000000", YES),
                ("arr_usd=2000000", NO),
                // The band lies across the line.
                ("arr_usd=5000000..20000000", UNKNOWN),
            ],
        ),
        (
            "{funding_stage: {min: seed, max: series_b}}",
            [("stage=series_a", YES), ("stage=series_c", NO), ("", UNKNOWN)],
        ),
        (
            "{funding_stage: {any_of: [seed, public]}}",
            [("stage=public", YES), ("stage=series_a", NO), ("", UNKNOWN)],
        ),
        (
            "{technologies: {any_of: [salesforce, hubspot]}}",
            [("tools=hubspot", YES), ("tools=slack all-tools", NO), ("tools=slack", UNKNOWN)],
        ),
        (
            "{technologies: {all_of: [apollo, hubspot]}}",
            [
                ("tools=apollo,hubspot", YES),
                ("tools=apollo all-tools", NO),
                ("tools=apollo", UNKNOWN),
            ],
        ),
        (
            "{technologies: {none_of: [hubspot]}}",
            [("tools=slack all-tools", YES), ("tools=hubspot", NO), ("tools=slack", UNKNOWN)],
        ),
        (
            "{department: {function: marketing, max: 0}}",
            [("all-departments", YES), ("marketing=2", NO), ("", UNKNOWN)],
        ),
        (
            "{department: {function: sales, min: 3}}",
            [
                // SDRs are sales people.
                ("sales=1 sales_development=2", YES),
                ("sales=1 all-departments", NO),
                ("", UNKNOWN),
            ],
        ),
        ("{not: {country: us}}", [("country=de", YES), ("country=us", NO), ("", UNKNOWN)]),
        (
            "{any: [{country: us}, {tags: a}]}",
            [("country=us", YES), ("country=de tags=b", NO), ("country=de", UNKNOWN)],
        ),
        (
            "{all: [{country: us}, {tags: a}]}",
            [("country=us tags=a", YES), ("country=de", NO), ("country=us", UNKNOWN)],
        ),
        (
            "{urgency: high, regulated_by: [ecb]}",
            [
                ("urgency=high regulated_by=ecb", YES),
                ("urgency=low", NO),
                ("urgency=high", UNKNOWN),
            ],
        ),
        (
            "{age_years: {max: 5}}",
            [("founded_year=2024", YES), ("founded_year=1999", NO), ("", UNKNOWN)],
        ),
    ] {
        for (company, fit) in answers {
            asked(question, company, fit);
        }
    }
}

#[test]
fn a_tool_that_is_merely_mentioned_proves_neither_use_nor_absence() {
    let asks =
        |question: &str| changed("{funding_stage: {min: series_a}}}", &format!("{question}}}"));
    let any = asks("{technologies: {any_of: [hubspot]}}");
    let none = asks("{technologies: {none_of: [hubspot]}}");
    let trusting = any.replace("fit:\n", "fit:\n  tool_confidence_percent: 40\n");
    let wary = any.replace("fit:\n", "fit:\n  tool_confidence_percent: 80\n");
    for (profile, reports, fit) in [
        (&any, "in_use hubspot conf=69", UNKNOWN),
        (&any, "in_use hubspot conf=70", YES),
        (&none, "in_use hubspot conf=69", UNKNOWN),
        (&none, "in_use hubspot conf=70", NO),
        (&any, "adopted hubspot conf=40", UNKNOWN),
        (&any, "dropped hubspot conf=40", UNKNOWN),
        (&any, "dropped hubspot conf=90", NO),
        // A mention takes nothing back, and adds nothing to what is sure.
        (&any, "dropped hubspot at=-9 conf=90\nday 0 technology in_use hubspot conf=40", NO),
        (&any, "in_use hubspot at=-9 conf=90\nday 0 technology dropped hubspot conf=40", YES),
        (&any, "in_use hubspot conf=40\nday 0 technology in_use hubspot by=two conf=90", YES),
        (&trusting, "in_use hubspot conf=40", YES),
        (&trusting, "in_use hubspot conf=39", UNKNOWN),
        (&wary, "in_use hubspot conf=79", UNKNOWN),
    ] {
        play_under(
            &[profile],
            &format!(
                "
                day 0 profile
                day 0 technology {reports}
                day 0 company employees=300 industry=saas
                day 1 technology dropped pipedrive → entered fit={fit}"
            ),
        );
    }
}

#[test]
fn a_rule_counts_a_tool_only_where_it_is_sure() {
    fitting(
        "
        day 1 technology in_use pipedrive conf=69 [dormant]
        day 2 technology dropped pipedrive conf=69 [dormant]
        day 3 technology in_use hubspot conf=69 [dormant]
        # A mention before it casts no doubt on what is new.
        day 4 technology adopted hubspot [warming]
        day 5 technology dropped pipedrive by=two → entered rival-gone=50 adopted=20",
    );
}

#[test]
fn a_mention_that_leaves_the_horizon_leaves_nothing_behind() {
    let fold = play(
        "
        day 0 profile
        day 0 company tools=slack
        day 1 technology in_use hubspot conf=40
        day 1 technology in_use pipedrive conf=90
        day 450 tick",
    );
    assert!(fold.state.evidence.is_empty());
    let tools: Vec<&str> = fold.state.company.tools.iter().map(|t| t.tool.as_str()).collect();
    assert_eq!(tools, ["pipedrive", "slack"]);
}

#[test]
fn an_unknown_answer_counts_as_its_criterion_says() {
    for (unknown, fit) in [("no", UNKNOWN), ("half", "90..100"), ("yes", YES)] {
        asked(&format!("{{country: us}}, unknown: {unknown}"), "", fit);
        asked(&format!("{{country: us}}, unknown: {unknown}"), "country=de", NO);
    }
}

#[test]
fn what_is_held_against_a_company_takes_points_away() {
    let profile = changed(
        "    - {name: size,",
        "    - {name: far away, weight: -15, when: {country: nz}}\n    - {name: size,",
    );
    for (company, fit) in [("country=nz", "85..85"), ("country=us", YES), ("", YES)] {
        play_under(
            &[&profile],
            &format!(
                "
                day 0 profile
                day 0 company employees=300 industry=saas stage=series_a {company}
                day 1 technology dropped pipedrive → entered fit={fit}"
            ),
        );
    }
}

#[test]
fn each_kind_of_rule_fires_on_what_it_asks_for() {
    for (rule, fires, does_not) in [
        ("funding: {stage: {any_of: [series_a]}}", "funding series_a 9M", "funding series_b 9M"),
        ("funding: {min_amount_usd: 10M}", "funding series_b 12M", "funding ? 9M"),
        // An undisclosed round is a round, unless the rule says otherwise.
        ("funding: {min_amount_usd: 10M}", "funding ? ?", "funding series_b 75k"),
        (
            "funding: {min_amount_usd: 10M, unknown_amount: ignored}",
            "funding series_b 12M",
            "funding ? ?",
        ),
        ("funding: {unknown_amount: ignored}", "funding ? 10k", "funding series_b ?"),
        // Private equity is money; a stage only where it can have bought the company.
        ("funding: {stage: {min: series_b}}", "funding pe_backed 900M", "funding pe_backed 9M"),
        ("funding: {stage: {any_of: [pe_backed]}}", "funding pe_backed 9M", "funding series_b 9M"),
        ("news: {kinds: [temporary_layoff]}", "news temporary_layoff", "news layoffs"),
        ("funding: {instruments: [debt]}", "funding ? 3M as=debt", "funding ? 3M"),
        (
            "hiring: {functions: [revenue_operations]}",
            "hiring \"RevOps Manager\"",
            "hiring \"CFO\"",
        ),
        ("hiring: {functions: [sales_development]}", "hiring \"SDR\"", "hiring \"Head of Sales\""),
        (
            "hiring: {functions: [growth], seniorities: [head]}",
            "hiring \"Head of Growth\"",
            "hiring \"Growth Analyst\"",
        ),
        (
            "hiring: {actions: [hired], functions: [sales], first_in_function: true}",
            "hiring \"Account Executive\" hired first",
            // Nobody says that there was none before.
            "hiring \"Account Executive\" hired",
        ),
        ("hiring: {titles: [forecast]}", "hiring \"Forecasting Lead\"", "hiring \"Team Lead\""),
        (
            "technology: {any_of: [marketo]}",
            "technology adopted marketo",
            "technology in_use marketo",
        ),
        (
            "technology: {dropped: true, categories: [forecasting]}",
            "technology dropped clari category=forecasting",
            "technology dropped clari",
        ),
        ("news: {kinds: [product_launch]}", "news product_launch", "news award"),
        (
            "news: {kinds: [disruption]}",
            "market disruption industry=saas",
            "market disruption industry=steel",
        ),
        ("engagement: {kinds: [product_usage]}", "engagement product_usage", "engagement webinar"),
        (
            "engagement: {kinds: [intent_topic], topics: [seo]}",
            "engagement intent_topic topic=seo",
            "engagement intent_topic topic=ads",
        ),
        ("headcount: {percent: 30, people: 10}", "headcount 150 grew=40", "headcount 150 grew=20"),
        (
            "headcount: {percent: 30, decline: true}",
            "headcount 150 grew=-40",
            "headcount 150 grew=40",
        ),
    ] {
        let extra = format!("    - {{name: extra, points: 90, window_days: 60, {rule}}}\n");
        let profile = changed("    - {name: round,", &format!("{extra}    - {{name: round,"));
        let profile =
            profile.replace("enter: 50", "enter: 85").replace("engagement: 30", "engagement: 90");
        let told = |line: &str| {
            format!(
                "
                day 0 profile
                day 0 company employees=300 industry=saas stage=series_a
                day 1 {line}"
            )
        };
        play_under(&[&profile], &format!("{} [buying] → entered extra=90", told(fires)));
        let fold = play_under(&[&profile], &told(does_not));
        assert_ne!(fold.state.stage().to_string(), "buying", "{does_not} fires {rule}");
    }
}

#[test]
fn strength_grows_with_size_and_several_pieces_count() {
    let profile = changed(
        "    - {name: round,",
        "    - {name: extra, points: 80, window_days: 60, scale: {from: 1M, full: 11M, least_percent: 50}, \
         funding: {stage: {any_of: [seed]}}}\n    - {name: round,",
    );
    for (amount, points) in [("11M", "80"), ("6M", "60")] {
        play_under(
            &[&profile],
            &format!(
                "
                day 0 profile
                day 0 company employees=300 industry=saas stage=seed
                day 1 funding seed {amount} → entered extra={points}"
            ),
        );
    }
}

#[test]
fn an_answer_too_old_counts_as_unknown_until_it_is_confirmed() {
    let stage = "{funding_stage: {min: series_a}}}";
    let profile = changed(stage, "{funding_stage: {min: series_a}}, stale_after_days: 30}");
    let fits = |company: &str, fit: &str| {
        // The tier falls with the answer.
        let fell = if fit == UNKNOWN { "tier_changed by=time + " } else { "" };
        play_under(
            &[&profile],
            &format!(
                "
                day 0 profile
                day 0 company employees=300 industry=saas stage=series_b
                {company}
                day 40 technology dropped pipedrive [buying] → {fell}entered fit={fit}"
            ),
        );
    };
    fits("day 1 company employees=310", UNKNOWN);
    fits("day 9 company stage=series_b", UNKNOWN);
    fits("day 10 company stage=series_b", YES);
    // A round confirms the stage too, by its own date.
    fits(
        "day 20 funding series_b 1M (applied) [buying] → entered fit=100..100\n day 39 sales lost reason=moved → exited",
        YES,
    );
    // Without the bound nothing is too old.
    play_under(
        &[super::SIMPLE],
        "
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_b
        day 399 technology dropped pipedrive [buying] → entered fit=100..100",
    );
    // Time alone makes it too old, the day after its last.
    let stale =
        changed(stage, "{funding_stage: {min: series_a}}, required: true, stale_after_days: 30}");
    play_under(
        &[&stale],
        "
        day 0 profile
        day 0 company employees=300 industry=saas stage=series_b
        day 25 technology dropped pipedrive [buying] → entered fit=100..100
        day 30 tick [buying]
        day 31 tick → tier_changed by=time + exited no_longer_fits",
    );
}

#[test]
fn an_engagement_rule_may_ask_for_different_people() {
    let visits = "{kinds: [pricing_page, demo_request]}}";
    let team = "{kinds: [product_usage], people: 3, within_days: 10}}";
    let profile = changed(visits, team).replace(
        "points: 20, hold_days: 5, window_days: 30, count: 3",
        "points: 60, window_days: 30",
    );
    let profile = profile.replace("caps: {engagement: 30}", "caps: {engagement: 60}");
    let plays = |rest: &str| {
        play_under(
            &[&profile],
            &format!(
                "day 0 profile\n day 0 company employees=300 industry=saas stage=series_a\n{rest}"
            ),
        );
    };
    plays(
        "day 1 engagement product_usage who=a
         day 2 engagement product_usage who=b
         day 3 engagement product_usage who=c [buying] → entered",
    );
    // The same people again, and visits of unknown ones, are no group.
    plays(
        "day 1 engagement product_usage who=a
         day 2 engagement product_usage who=b
         day 3 engagement product_usage who=a [dormant]
         day 4 engagement product_usage [dormant]
         day 5 engagement product_usage [dormant]
         day 6 engagement pricing_page who=c [dormant]",
    );
    // Within ten days.
    plays(
        "day 1 engagement product_usage who=a
         day 2 engagement product_usage who=b
         day 12 engagement product_usage who=c [dormant]
         day 12 engagement product_usage who=a [buying] → entered",
    );
}
