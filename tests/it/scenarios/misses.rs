//! Why an account is not in buying mode, as `why-not` tells it.

use super::{changed, play_under};
use crate::fold::Fold;
use buymode::console::explain;

/// How the account stands on the day of its last look, in words.
fn told(title: &str, fold: &Fold, day: i32) -> String {
    let today = super::timeline::BEGIN.plus(day).start();
    let now = today.max(fold.state.through.start());
    let explained = explain(&fold.world, &fold.account, &fold.state, 0, now);
    let mut text = format!("{title}\n");
    for product in &explained.products {
        let mode = if product.episode.is_some() { "in buying mode" } else { "not in buying mode" };
        text += &format!("  {}, {}: {mode}\n", product.stage, product.tier);
        for line in &product.said {
            text += &format!("  {line}\n");
        }
        for line in &product.would_change {
            text += &format!("  - {line}\n");
        }
    }
    text
}

#[test]
fn each_miss_says_what_and_by_how_much() {
    const FITS: &str = "day 0 profile\n day 0 company employees=300 industry=saas stage=series_a\n";
    let simple = super::SIMPLE.to_owned();
    let flat = changed("hold_days: 10, half_life_days: 30,", "");
    let short = flat.replace("max_days: 100", "max_days: 7");
    let strict = changed(
        "weight: 30, when: {industry: [saas]}",
        "weight: 30, required: true, when: {industry: [saas]}",
    );
    let kinds = changed("warm: 20", "warm: 20\n  require_all: [hiring]");
    let additive = changed("owner: revops", "owner: revops\nmodel: additive")
        .replace("enter: 50", "enter: 120")
        .replace("exit: 25", "exit: 110");
    let cases: &[(&str, &str, &str, i32)] = &[
        ("nothing happened", &simple, "", 1),
        ("one signal short", &simple, "day 1 hiring \"Head of Sales\"", 1),
        (
            "two small ones, capped and decayed",
            &simple,
            "day 1 engagement pricing_page\n day 2 technology adopted hubspot",
            20,
        ),
        ("bad news", &simple, "day 1 news layoffs\n day 2 funding series_b 25M", 2),
        (
            "standing facts alone",
            &changed("points: 30, uses", "points: 60, uses"),
            "day 1 technology in_use pipedrive",
            1,
        ),
        ("a kind is required", &kinds, "day 1 funding series_b 25M", 1),
        (
            "excluded for a while",
            &simple,
            "day 1 suppress do_not_contact until=30\n day 2 funding series_b 25M",
            2,
        ),
        (
            "excluded by the profile",
            &simple,
            "day 1 company employees=300 industry=crm stage=series_a",
            1,
        ),
        (
            "in cooldown",
            &simple,
            "day 1 funding series_b 25M → entered\n day 2 sales rejected → exited\n day 3 engagement pricing_page",
            3,
        ),
        (
            "sales gave a reason",
            &simple,
            "day 1 funding series_b 25M → entered\n day 2 sales lost reason=price → exited",
            2,
        ),
        (
            "sales is in touch",
            &simple,
            "day 1 funding series_b 25M → entered\n day 2 sales meeting",
            2,
        ),
        ("a plan is not yet news", &simple, "day 1 funding series_b 25M at=9 planned", 1),
        ("additive", &additive, "", 1),
        ("in buying mode", &simple, "day 1 funding series_b 25M → entered", 1),
        ("its signals are old", &flat, "day 1 funding series_b 25M at=-170", 1),
        (
            "nothing new since it left",
            &short,
            "day 1 funding series_b 25M → entered\n day 9 tick → exited\n day 45 tick",
            45,
        ),
        ("required", &strict, "day 1 company industry=retail → tier_changed", 1),
    ];
    let mut text = String::new();
    for (title, profile, timeline, day) in cases {
        let fold = play_under(&[profile], &format!("{FITS}{timeline}"));
        text += &told(title, &fold, *day);
    }
    let unfit: &[(&str, &str)] = &[
        ("the fit is not known well enough", "day 0 company employees=300"),
        ("a criterion is unknown", "day 0 company employees=300 stage=seed"),
        (
            "too small, and in another industry",
            "day 0 company employees=20 industry=retail stage=series_a",
        ),
        ("no company record", ""),
    ];
    for (title, company) in unfit {
        let fold = play_under(
            &[&simple],
            &format!("day 0 profile\n{company}\nday 1 hiring \"Head of Sales\""),
        );
        text += &told(title, &fold, 1);
    }
    insta::assert_snapshot!(text);
}
