//! Sentences and their readings, with the phrases and the catalogue that are shipped.

use super::*;

fn shipped(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/mappings").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn catalogue() -> Catalogue {
    let text = shipped("technologies.yaml");
    Catalogue::parse("technologies.yaml", &text, &mut |path| Ok(shipped(path))).unwrap()
}

/// `salesforce in_use, slack other`.
fn readings(catalogue: &Catalogue, text: &str) -> String {
    let word = |reading: Reading| <&'static str>::from(reading);
    let named = catalogue.named_in(text.as_bytes());
    let all = named.iter().map(|(tool, reading)| format!("{} {}", tool.tool, word(*reading)));
    all.collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let catalogue = catalogue();
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let read = readings(&catalogue, text);
            (read != *expected).then(|| format!("{text}\n  read {read:?}\n  not  {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_company_that_says_what_it_uses_uses_it() {
    check(&[
        ("We use Salesforce and Gong every day.", "salesforce in_use, gong in_use"),
        ("Our stack: Snowflake, dbt, Looker.", "snowflake in_use, dbt in_use, looker in_use"),
        ("You will administer our HubSpot instance.", "hubspot in_use"),
        ("Our CRM is Salesforce.", "salesforce in_use"),
        ("Salesforce is our system of record.", "salesforce in_use"),
        ("All activity is logged in Salesforce.", "salesforce in_use"),
        ("You keep salesforce up to date.", "salesforce in_use"),
        ("We accept payments with Stripe.", "stripe in_use"),
        ("Hosted on Google Cloud", "google-cloud in_use"),
        ("Salesforce Administrator", "salesforce in_use"),
        ("Work async via Slack, Notion and Linear.", "slack in_use, notion in_use, linear in_use"),
        ("Tools\n- Close\n- Front (support)", "close in_use, front in_use"),
        (
            "What you'll do\n- Build reports for the board (Salesforce, Looker)",
            "salesforce in_use, looker in_use",
        ),
        ("We migrated from HubSpot to Salesforce last year.", "salesforce in_use, hubspot other"),
        ("We are replacing Zendesk with HubSpot.", "hubspot in_use, zendesk other"),
    ]);
}

#[test]
fn a_company_that_asks_for_people_who_know_it_is_likely_to_use_it() {
    check(&[
        ("Experience with Salesforce required.", "salesforce asked"),
        ("3+ years of Salesforce experience.", "salesforce asked"),
        ("Experience with JIRA, CONFLUENCE and ASANA", "asana asked, jira asked, confluence asked"),
        ("Proficient in NetSuite; SAP is a plus", "sap asked, netsuite asked"),
        ("Requirements\n- Salesforce\n- HubSpot (preferred)", "salesforce asked, hubspot asked"),
        ("Familiarity with CRMs (e.g. Salesforce, Attio)", "salesforce example, attio example"),
        ("Experience with Zendesk or similar", "zendesk example"),
        ("Knows BI tools such as Mosaic, Looker or Hex", "looker example"),
        ("Experience with one of Tableau or Looker", "looker mentioned, tableau mentioned"),
        ("Not only HubSpot: experience with Zendesk", "hubspot asked, zendesk asked"),
        ("Expert in analytics tools (ex. Tableau, Looker)", "looker example, tableau example"),
        ("You know integration tools such as Workato", "workato example"),
    ]);
}

#[test]
fn a_tool_of_another_company_is_not_the_companys() {
    check(&[
        ("Our product integrates with Salesforce and Slack.", "salesforce other, slack other"),
        ("We built native Slack and Notion integrations.", "slack other, notion other"),
        ("Sync your data from HubSpot into one place.", "hubspot other"),
        ("Our founders were previously at Stripe.", "stripe other"),
        ("Founded by ex-Salesforce engineers", "salesforce other"),
        ("You have worked at Stripe or Salesforce before.", "salesforce other, stripe other"),
        (
            "Come work with alumni of Gong, Square and Slack.",
            "gong other, square other, slack other",
        ),
        (
            "Customers such as Notion, Ramp and Brex rely on us.",
            "brex other, ramp other, notion other",
        ),
        ("Trusted by teams at Snowflake.", "snowflake other"),
        ("Backed by the founders of Airtable and Rippling", "rippling other, airtable other"),
        ("Backed by Salesforce Ventures and Notion Capital.", ""),
        ("An alternative to Salesforce", "salesforce other"),
        ("Unlike HubSpot, we charge by usage.", "hubspot other"),
        ("Experience selling against Salesforce", "salesforce other"),
        ("Sell to companies like Workday.", "workday other"),
        ("Partners: AWS, Snowflake", "snowflake other, aws other"),
        ("We were acquired by Salesforce in 2021.", "salesforce other"),
        ("We do not use Salesforce.", "salesforce mentioned"),
        ("No prior experience with HubSpot is needed.", "hubspot mentioned"),
        ("Salesforce was founded in 1999.", "salesforce other"),
        ("Read about Salesforce.", "salesforce mentioned"),
        ("See https://salesforce.com/jobs and jo@hubspot.com", ""),
        ("About Notion\nNotion is a tool.\nExperience with Notion", ""),
        ("At Brex, we use Slack.", "slack in_use"),
    ]);
}

#[test]
fn an_ambiguous_word_is_a_tool_only_in_its_company() {
    check(&[
        ("Our founder Clay Miller started in 2019. Clay and Dana met at school.", ""),
        ("You will report to Clay, our CEO.", ""),
        ("Close more deals. Manage & Close inbound leads.", ""),
        ("Monday to Friday. Every Monday we meet in the front office.", ""),
        ("Segment reports are due. You segment users.", ""),
        ("Knowledge of Linear Algebra and linear regression", ""),
        ("Experience in Front-End development", ""),
        ("GraphQL (Apollo Client)", ""),
        ("Community Outreach is part of the job; experience with outreach helps.", ""),
        ("Ramp up fast; gusto, notion, drift and square are words.", ""),
        ("Wellness breaks during the workday", ""),
        ("DBT skills for therapists", ""),
        ("Experience with Clay.com", "clay asked"),
        ("Experience with Clay is a plus", "clay asked"),
        (
            "Prospect with Clay, Apollo and Outreach",
            "outreach mentioned, apollo mentioned, clay mentioned",
        ),
        ("Skilled in outbound tools (Apollo/Outreach)", "outreach asked, apollo asked"),
        ("Using Figma and Linear", "linear in_use"),
        ("We use Linear.", "linear in_use"),
        ("Experience with DBT and Snowflake", "snowflake asked, dbt asked"),
    ]);
}

#[test]
fn german_french_and_spanish_sentences_are_read_too() {
    check(&[
        ("Wir nutzen HubSpot und Slack.", "hubspot in_use, slack in_use"),
        ("Erfahrung mit Salesforce oder HubSpot", "salesforce asked, hubspot asked"),
        ("Sehr gute Salesforce-Kenntnisse", "salesforce asked"),
        ("Sicherer Umgang mit Jira und Confluence", "jira asked, confluence asked"),
        ("Wir nutzen kein Salesforce.", "salesforce mentioned"),
        ("Integration mit Salesforce", "salesforce other"),
        ("Kunden wie Stripe vertrauen uns.", "stripe other"),
        ("Unsere Gründer waren früher bei Salesforce.", "salesforce other"),
        ("Nous utilisons HubSpot et Notion au quotidien.", "hubspot in_use, notion in_use"),
        ("Maîtrise de Salesforce exigée", "salesforce asked"),
        ("Une première expérience avec HubSpot", "hubspot asked"),
        ("Notre solution s’intègre à Zendesk.", "zendesk other"),
        ("Des clients comme Stripe", "stripe other"),
        ("Fondée par des anciens de Stripe", "stripe other"),
        ("Usamos HubSpot y Slack.", "hubspot in_use, slack in_use"),
        ("Experiencia con Salesforce y Outreach", "salesforce asked, outreach asked"),
        ("Se integra con Salesforce.", "salesforce other"),
        ("Clientes como Stripe", "stripe other"),
    ]);
}

#[test]
fn the_surest_sentence_of_a_text_counts() {
    check(&[
        (
            "Customers such as HubSpot trust us. We use HubSpot, too. We integrate with HubSpot.",
            "hubspot in_use",
        ),
        ("Experience with tools like Slack. Read about Slack.", "slack example"),
        (
            "Our customers: Stripe.\nRequirements\n- SQL\nBenefits\n- Slack",
            "stripe other, slack mentioned",
        ),
    ]);
}

#[test]
fn any_bytes_are_read_and_a_long_text_is_cut() {
    let catalogue = catalogue();
    let long = format!("{} We use Salesforce.", "word ".repeat(text::BYTES_MAX / 5));
    for (bytes, named) in [
        (long.as_bytes(), 0),
        (b"We use Salesforce\xff\xfe and \xe2\x80".as_slice(), 1),
        ("\u{2022}Salesforce\u{2014}we use it, • HubSpot …".as_bytes(), 2),
        ("ÉSalesforce SalesforceÉ Salesforces asap".as_bytes(), 0),
        (b"", 0),
    ] {
        assert_eq!(catalogue.named_in(bytes).len(), named, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_catalogue_without_phrases_mentions() {
    let parse =
        |text: &str| Catalogue::parse("t.yaml", text, &mut |_| Ok("use: [[' ']]".to_owned()));
    let own = "tools:\n- {tool: zz-crm, category: crm, names: [ZZ CRM], also: [Zed]}\n";
    let catalogue = parse(own).unwrap();
    assert_eq!(readings(&catalogue, "We use zz crm"), "zz-crm mentioned");
    let of = |name| catalogue.of(name).unwrap().to_string();
    assert_eq!(
        (of("zed"), of("ZZ-CRM"), of("Some CRM")),
        ("zz-crm".into(), "zz-crm".into(), "some-crm".into())
    );
    for (text, said) in [
        (format!("phrases: p.yaml\n{own}"), "p.yaml: invalid phrase: it is empty; remove it"),
        (own.replace("ZZ CRM", "Z"), "t.yaml: invalid name: use at least two letters"),
        (format!("{own}- {{tool: b, category: c, ambiguous: [Zed]}}\n"), "is listed under both"),
    ] {
        let error = parse(&text).err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
}
