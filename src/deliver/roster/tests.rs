//! What a roster file is refused for, with its place.

use super::*;

const SOUND: &str = include_str!("../../../deploy/roster.yaml");

fn refused(text: &str) -> Vec<String> {
    match RosterRead::of(text).roster {
        Ok(_) => Vec::new(),
        Err(remarks) => remarks.iter().map(|r| r.shown(Path::new("r.yaml"), "")).collect(),
    }
}

#[test]
fn the_shipped_roster_is_sound_and_shows_every_key() {
    assert_eq!(refused(SOUND), Vec::<String>::new());
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<RosterFile>();
    let schema = schema.as_value();
    let definitions = schema["definitions"].as_object().unwrap().values();
    let keys = definitions.chain([schema]).filter_map(|part| part["properties"].as_object());
    for key in keys.flat_map(|properties| properties.keys()) {
        let shown = SOUND.contains(&format!("{key}:"));
        assert!(shown, "deploy/roster.yaml does not show the key {key}");
    }
}

/// Each fault, made by replacing a part of the shipped file, with a part of what is said of it.
#[test]
fn each_fault_is_named_with_its_line() {
    let faults: &[(&str, &str, &str)] = &[
        ("a_day: 6", "a_dya: 6", "did you mean `a_day`?"),
        ("a_day: 6", "a_day: 0", "people[ana].a_day: invalid number 0; use 1 to 1000"),
        ("a_day: 6", "a_day: lots", "is not a valid number"),
        ("zone: Europe/London", "zone: Europe/Lundon", "is not a time zone"),
        ("holidays: uk", "holidays: ku", "unknown calendar \"ku\"; did you mean \"uk\"?"),
        (
            "members: [ana, ben]",
            "members: [ana, bne]",
            "unknown person \"bne\"; did you mean \"ben\"?",
        ),
        ("members: [ana, ben]", "members: []", "is empty; name people"),
        ("tiers: [1]", "tiers: [4]", "invalid tier 4; use 1, 2 or 3"),
        ("until: 2026-12-31", "until: 2026-12-01", "is before from, 2026-12-24"),
        ("email: ana@example.com", "email: ana", "invalid e-mail address \"ana\""),
        ("slack: U0ANA0001", "slack: '@ana'", "invalid id \"@ana\"; use a member's id"),
        ("    slack: U0ANA0001\n", "", "has no slack address"),
        ("channel: C0LEADS01", "channel: '#leads'", "invalid id \"#leads\"; use a channel's id"),
        ("token: { env: SLACK_BOT_TOKEN }", "token: xoxb-123", "write a secret as { file: PATH }"),
        ("token: { env: SLACK_BOT_TOKEN }", "token: { enf: SLACK_BOT_TOKEN }", "write a secret as"),
        ("https://hooks.example.com/buymode", "https://10.0.0.7/x", "on a private network"),
        ("https://hooks.example.com/buymode", "http://hooks.example.com", "begins with https://"),
        (
            "channel: leads",
            "channel: laeds",
            "unknown destination \"laeds\"; did you mean \"leads\"?",
        ),
        ("channel: leads", "channel: direct", "direct is not a channel or a list"),
        ("  hour: 8\n", "  hour: 24\n", "digest.hour: invalid hour 24; use 0 to 23"),
        ("name: ben\n", "name: ana\n", "ana is given twice"),
        ("name: ben\n", "name: Ben B\n", "invalid name \"Ben B\""),
        ("from_hour: 9", "from_hour: 18", "must be lower than to_hour"),
        ("routes: [ae, account-executives]", "routes: []", "is empty; name the routes"),
        ("routes: [enrich]", "routes: [En rich]", "invalid route \"En rich\""),
        ("escalation:\n", "escalatoin:\n", "did you mean `escalation`?"),
        ("owner_names: [Ana Lopez]", "owner_names: [ben]", "is also"),
        ("fallback: senior", "fallback: seniro", "unknown person \"seniro\""),
        ("server: smtp.example.com:587", "server: smtp.example.com", "use host:port"),
        ("private: false", "private: perhaps", "neither true nor false"),
    ];
    for (from, to, expected) in faults {
        assert!(SOUND.contains(from), "the shipped roster has no {from:?}");
        let found = refused(&SOUND.replacen(from, to, 1));
        let placed = |line: &String| {
            line.contains(expected)
                && line.split(':').nth(1).is_some_and(|n| n.parse::<u32>().is_ok())
        };
        assert!(
            found.iter().any(placed),
            "{from} → {to}: {found:#?} lacks {expected:?} with its line"
        );
        assert!(found.len() < 4, "{from} → {to}: {found:#?}");
        assert!(!found.concat().contains("xoxb"), "{found:?}");
    }
}

#[test]
fn a_destination_names_one_service() {
    let both = "      channel: C0LEADS01\n    teams: { url: { env: X } }";
    let found = refused(&SOUND.replacen("      channel: C0LEADS01", both, 1));
    assert!(found[0].contains("names 2 services; give exactly one"), "{found:?}");
}

#[test]
fn every_fault_is_listed_at_once() {
    let text = SOUND.replacen("tiers: [1]", "tiers: [7]", 1).replacen("a_day: 6", "a_day: 2000", 1);
    assert_eq!(refused(&text).len(), 2, "{:#?}", refused(&text));
}

const HOOK: &str = "
zone: UTC
destinations:
  - { name: hook, routes: [sdr], webhook: { url: 'https://h.example.com', secret: { file: key } } }
";

#[test]
fn programs_alone_need_neither_an_escalation_nor_a_digest() {
    assert_eq!(refused(HOOK), Vec::<String>::new());
    let crm =
        "  - { name: crm, routes: [sdr], tool: { map: hubspot-company, token: { env: TOOL } } }\n";
    assert_eq!(refused(&format!("{HOOK}{crm}")), Vec::<String>::new());
    // What people need is still said, with the name of a channel that is there.
    let room = "  - { name: room, routes: [sdr], slack_webhook: { url: { file: a } } }\n";
    let found = refused(&format!("{HOOK}{room}")).join("\n");
    assert!(found.contains("escalation: is missing; room is for people"), "{found}");
    assert!(found.contains("write escalation: { channel: room }"), "{found}");
    assert!(found.contains("write digest: { destination: room }"), "{found}");
    let dm = "  - { name: dm, routes: [sdr], slack: { token: { env: S } } }\n";
    let found = refused(&format!("{HOOK}{dm}")).join("\n");
    assert!(
        found.contains("add a destination that several people read (slack with a channel"),
        "{found}"
    );
    // A program is no channel.
    let found = refused(&format!("{HOOK}escalation: {{ channel: hook }}\n")).join("\n");
    let expected = "hook is not a channel or a list; name a destination that several people read (slack with a \
                    channel, slack_webhook, teams, or email with to), or leave escalation out: programs need none";
    assert!(found.contains(expected), "{found}");
    for (key, value) in [("weekly", "{ day: mon }"), ("digest", "{ destination: hook }")] {
        let found = refused(&format!("{HOOK}{key}: {value}\n")).join("\n");
        assert!(found.contains(&format!("{key}.destination: ")), "{found}");
        assert!(found.contains("slack with a channel"), "{found}");
    }
}

#[test]
fn a_key_that_is_not_there_is_answered_with_those_that_are() {
    let text = "
zone: UTC
destinations:
  - { name: room, routes: [sdr], slack_webhook: { url: { file: a }, private: true } }
  - { name: hook, webhook: { url: 'https://h.example.com', secret: { file: key } } }
";
    let found = refused(text).join("\n");
    assert!(found.contains("unknown field `private`; slack_webhook has url"), "{found}");
    assert!(found.contains("missing field `routes`") && found.contains("routes: [sdr]"), "{found}");
}

#[test]
fn secrets_are_looked_for_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let text = "
zone: UTC
destinations:
  - { name: a, routes: [x], slack: { token: { env: TOKEN }, channel: C0000001 } }
  - { name: b, routes: [x], teams: { url: { file: teams.url } } }
  - { name: c, routes: [x], webhook: { url: 'https://h.example.com', secret: { file: key } } }
escalation: { channel: a }
digest: { destination: a }
";
    let read = RosterRead::of(text);
    assert!(read.roster.is_ok());
    let of = |variable: Option<&str>| -> Vec<String> {
        let variable = variable.map(str::to_owned);
        let remarks =
            read.secrets(folder.path(), &move |name| variable.clone().filter(|_| name == "TOKEN"));
        remarks.iter().map(|r| r.shown(Path::new("r.yaml"), "")).collect()
    };
    let found = of(None);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].starts_with("r.yaml:4:") && found[0].contains("TOKEN is not set"),
        "{found:?}"
    );
    assert!(found[1].contains("teams.url"), "{found:?}");
    file("teams.url", "sesame\n");
    file("key", "whsec_c2hvcnQ=");
    let found = of(Some("xoxp-sesame"));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(!found.concat().contains("sesame") && !found.concat().contains("c2hvcnQ"), "{found:?}");
    file("teams.url", "https://prod-1.westeurope.logic.azure.com/workflows/x?sig=y\n");
    file("key", &format!("whsec_{}\n", data_encoding::BASE64.encode(&[7; 32])));
    assert_eq!(of(Some("xoxb-1")), Vec::<String>::new());
}

#[test]
fn rubbish_is_refused_and_nothing_panics() {
    for text in ["", "[]", "a", "zone: UTC", "people: 3", "\u{0}", "zone: [", "destinations: [{}]"]
    {
        assert!(!refused(text).is_empty(), "{text:?}");
    }
}

#[test]
fn a_map_beside_the_roster_is_bundled_as_it_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("roster.yaml");
    let sound = "zone: UTC\npeople: [{ name: ana, shown: Ana, email: a@b.example, a_day: 1 }]\nteams: [{ name: t, members: [ana] }]\n\
                 destinations:\n  - { name: crm, routes: [ae], tool: { map: mine } }\n\
                 escalation: { people: [ana], channel: crm }\ndigest: { destination: crm, routes: [enrich], hour: 8 }\n";
    for map in [
        "  # An indented comment.\nabout: x\n",
        "\n\n   # Blank lines before it.\nabout: x",
        "about: |\n  text\n\n\n",
        "about: \"tab\\there: # no comment\"\r\nother: 'x'\r\n",
        "--- \nabout: x\n...\n",
        "about: ünï – ‘x’\n",
        "",
        "\tbroken: [",
    ] {
        std::fs::write(folder.path().join("mine.yaml"), map).unwrap();
        for text in [sound.to_owned(), sound.trim_end().to_owned(), format!("{sound}# The end.")] {
            std::fs::write(&roster, &text).unwrap();
            let whole = bundled(&roster).unwrap();
            assert!(whole.starts_with(&text), "{whole}");
            let file: RosterFile = yaml_from_text(&whole).unwrap();
            assert_eq!(file.maps.values().collect::<Vec<_>>(), [map], "{whole}");
        }
    }
    // There is no place for it behind the end of the document.
    std::fs::write(&roster, format!("{sound}...\n")).unwrap();
    let why = bundled(&roster).unwrap_err().to_string();
    assert!(why.contains("put its text under the key maps"), "{why}");
}
