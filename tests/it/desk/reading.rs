//! Messages as a salesperson reads them: what to write, what was before, why it ended, the week.

use super::messages::{ROSTER, contribution, decision, of};
use super::office::{at, roster};
use buymode::deliver::message::email::text;
use buymode::deliver::message::{self, notice};
use buymode::desk::action::{Changes, DigestItem, Gathered, Standing, Week};
use buymode::desk::past::{Ending, Past};
use buymode::desk::record::Verdict;
use buymode::domain::account::decision::{
    Decision, DecisionKind, Exit, ExitReason, Piece, WrittenMessage,
};
use buymode::domain::account::outbox::{ChangeCounts, ProfileChange};
use buymode::domain::profile::ExitAdvice;
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{Kind, OutcomeKind};
use buymode::domain::terms::time::Day;
use chrono_tz::Europe::London;

#[test]
fn a_message_says_what_to_write_what_was_before_and_where_to_look() {
    let mut d = decision();
    d.personas[0].message = Some(Box::new(WrittenMessage {
        subject: Some("Head of Sales at Acme".into()),
        opener: Some("Acme is looking for a Head of Sales. Worth a call?".into()),
        talk_track: Some("- Ask when\n- Ask who".into()),
    }));
    let mut notice_of = of(d, Standing::Open);
    let console = format!("{ROSTER}console_url: 'https://buymode.example.com/a/{{account}}'\n");
    notice_of.roster = roster(&console);
    notice_of.cases[0].is_late = true;
    notice_of.cases[0].before = Some(Past {
        at: at("2026-03-12 10:00"),
        end: Ending::Left { reason: ExitReason::Sales, outcome: Some(OutcomeKind::Lost) },
        said: Some((
            "ben".into(),
            Verdict::Reject {
                reason: "no-budget".into(),
                note: Some("see https://evil.example/x in \u{202e}May".into()),
            },
        )),
    });
    assert_eq!(
        text(&notice(&notice_of, London)),
        "Acme Industries is in buying mode\n\
         urgent · tier 1 · fit 80 · intent 45 · CRM\n\
         For: Ana (owner of the account)\n\
         Late: no one has claimed it by Mon 30 Nov, 14:00 (London)\n\
         - Series B of $25M, 24 Nov, says newsdesk <https://news.example.com/a?b=c&d>\n\
         - Head of Sales posted, 20 Nov, says newsdesk\n\
         Before: left buying mode on 12 Mar, sales reported lost; rejected (no budget: see (link) in May) by Ben\n\
         Ask for: VP Sales or CRO <https://www.linkedin.com/search/results/people/?keywords=VP+Sales+Acme+Industries>\n\
         Subject: Head of Sales at Acme\n\
         Write: Acme is looking for a Head of Sales. Worth a call?\n\
         Company: software, 300 employees, Series B, US <https://acme.com/>\n\
         See: <https://buymode.example.com/a/acme.com> <https://example.my.salesforce.com/1>\n\
         \n\
         On the phone\n\
         - Ask when\n\
         - Ask who\n"
    );
}

#[test]
fn a_correction_names_what_is_gone_and_bad_news() {
    let said = |end: Decision| text(&notice(&of(decision(), Standing::Ended(end.into())), London));
    let mut end = decision();
    end.kind = DecisionKind::Withdrawn;
    end.intent.contributions[0].evidence = vec![uuid::Uuid::from_u128(9)];
    end.intent.contributions.truncate(1);
    let withdrawn = said(end.clone());
    assert!(
        withdrawn.contains("taken back (Series B of $25M; Head of Sales posted)."),
        "{withdrawn}"
    );
    end.kind = DecisionKind::Exited;
    end.exit = Some(Exit {
        reason: ExitReason::NegativeSignal,
        advice: ExitAdvice::StopNow,
        outcome: None,
        entered: 1,
        cooldown_until: None,
    });
    end.intent.contributions.push(contribution(
        "layoffs",
        "layoffs: 40 people",
        "2026-11-29",
        -35,
        None,
    ));
    let left = said(end);
    assert!(
        left.contains("Left buying mode: bad news, layoffs: 40 people (29 Nov). Stop what runs."),
        "{left}"
    );
}

#[test]
fn several_events_that_count_as_one_are_named_in_few_words() {
    let mut d = decision();
    let jobs = [
        "Regional Sales Manager (Milan)",
        "Inside Sales Representative (Paris)",
        "SDR (Paris)",
        "AE (Rome)",
    ];
    let piece = |job: &&str| Piece {
        what: format!("posted {job}"),
        announced: Day::from_date("2026-11-20".parse().unwrap()),
        url: None,
    };
    d.intent.contributions[0].pieces = jobs.iter().map(piece).collect();
    d.intent.contributions[0].what = format!("posted 4 jobs: {}", jobs.repeat(2).join(", "));
    d.intent.contributions[1].what = "form (prices for 40 seats)".into();
    d.intent.contributions[1].kind = Kind::Engagement;
    let said = text(&notice(&of(d, Standing::Open), London));
    assert!(
        said.contains(
            "- Posted 4 jobs: Regional Sales Manager (Milan), Inside Sales Representative (Paris) and 2 more, 24 Nov"
        ),
        "{said}"
    );
    assert!(said.contains("- Filled in a form (prices for 40 seats), 20 Nov"), "{said}");
}

#[test]
fn a_published_profile_is_told_in_plain_sentences() {
    let change = ProfileChange {
        product: "deal-desk".into(),
        profile: "mid-market".into(),
        version: "0123456789ab".into(),
        activation: 5,
        before: Some("ba9876543210".into()),
        is_rollback: false,
        by: Some("ana".into()),
        note: Some("fewer, stronger entries; see https://evil-site.com".into()),
        changes: vec!["An account enters at 50 points, before 40.".into()],
        counts: Some(ChangeCounts { enters: 1, leaves: 12, tiers: 0 }),
    };
    assert_eq!(
        text(&message::change(&change)),
        "Deal Desk: another profile is live\n\
         By: ana\n\
         Why: fewer, stronger entries; see (link)\n\
         - An account enters at 50 points, before 40.\n\
         Accounts: by the whole log 1 enters buying mode, 12 leave it, 0 change tier\n\
         Version: 0123456789ab of mid-market, before ba9876543210 (activation 5)\n"
    );
}

#[test]
fn a_digest_ends_with_what_was_answered_and_what_is_over() {
    let mut d = decision();
    (d.kind, d.previous_tier) = (DecisionKind::TierChanged, Some(Tier::Two));
    let item = DigestItem { decision: d.into(), why: Gathered::TierChanged, person: None };
    let said = |verdict| Standing::Said { by: "ben".into(), at: at("2026-11-30 11:00"), verdict };
    let until = "2026-12-07".parse().unwrap();
    let mut taken = of(decision(), said(Verdict::Accept)).cases;
    taken.extend(of(decision(), said(Verdict::Snooze { until })).cases);
    let past = Past {
        at: at("2026-11-28 10:00"),
        end: Ending::Left { reason: ExitReason::Decayed, outcome: None },
        said: None,
    };
    let changes = Changes {
        since: at("2026-11-29 08:00"),
        new: 3,
        tier_up: 1,
        tier_down: 0,
        taken,
        more_taken: 2,
        ended: vec![(AccountKey::parse("globex.com").unwrap(), "crm".into(), past)],
        more_ended: 0,
    };
    assert_eq!(
        text(&message::digest(&roster(ROSTER), &[item], 0, Some(&changes))),
        "Digest: 1 account\n\
         Since Sun 29 Nov, 08:00 (London): 3 new, 4 answered, 1 over; 1 to a better tier\n\
         \n\
         No owner\n\
         - Acme Industries moved from tier 2 to tier 1 <https://acme.com/>\n\
         \n\
         Answered since the last digest\n\
         - Acme Industries, CRM: accepted by Ben\n\
         - Acme Industries, CRM: snoozed until 2026-12-07 by Ben\n\
         … and 2 more\n\
         \n\
         Over since the last digest\n\
         - globex.com, CRM: left buying mode, its signals are too old\n"
    );
}

#[test]
fn the_week_is_by_owner_and_says_what_changed() {
    let mut open = of(decision(), Standing::Open).cases;
    open.push(open[0].clone());
    open[1].standing =
        Standing::Said { by: "ben".into(), at: at("2026-11-30 11:00"), verdict: Verdict::Claim };
    let past = Past {
        at: at("2026-11-28 10:00"),
        end: Ending::Left { reason: ExitReason::Sales, outcome: Some(OutcomeKind::Won) },
        said: Some(("ana".into(), Verdict::Claim)),
    };
    let week = Week {
        since: Some(at("2026-11-23 08:00")),
        open,
        more: 3,
        ended: vec![(AccountKey::parse("globex.com").unwrap(), "crm".into(), past)],
        more_ended: 0,
    };
    assert_eq!(
        text(&message::week(&roster(ROSTER), &week, London)),
        "The week: 5 open accounts\n\
         Since Mon 23 Nov, 08:00 (London): 2 new, 0 stronger, 1 over; of the open ones 1 have an answer\n\
         \n\
         Ana: 1 account\n\
         - Acme Industries: urgent, tier 1, CRM; Series B of $25M; by Mon 30 Nov, 14:00 (London) (new) <https://acme.com/>\n\
         \n\
         Ben: 1 account\n\
         - Acme Industries: urgent, tier 1, CRM; Series B of $25M; claimed by Ben (new) <https://acme.com/>\n\
         … and 3 more\n\
         \n\
         Over since the last overview\n\
         - globex.com, CRM: left buying mode, sales reported won; claimed by Ana\n"
    );
}
