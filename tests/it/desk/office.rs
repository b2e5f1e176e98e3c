//! An office: a roster, decisions about made-up accounts, targets that confirm, and a transcript of who
//! got what, when and why.

use buymode::config::yaml_from_text;
use buymode::desk::action::{
    Action, Assignment, Because, Notice, Recipient, Refusal, Reply, Skip, Standing, What,
};
use buymode::desk::assign::assign;
use buymode::desk::ids::{CaseId, Reference, WordId};
use buymode::desk::invariants;
use buymode::desk::record::{Origin, Outcome, Record, Said, Verdict, Word};
use buymode::desk::roster::Roster;
use buymode::desk::roster::file::RosterFile;
use buymode::desk::state::{End, State};
use buymode::domain::account::decision::{
    Decision, DecisionKind, Exit, ExitReason, FitExplained, IntentExplained, Origin as DueTo,
};
use buymode::domain::account::input::LogPosition;
use buymode::domain::profile::{Band, ExitAdvice, Priority};
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::Timestamp;
use buymode::domain::terms::units::MilliPoints;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn at(text: &str) -> Timestamp {
    let text = format!("{}:00Z", text.replace(' ', "T"));
    let time =
        chrono::DateTime::parse_from_rfc3339(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
    Timestamp(time.timestamp_millis())
}

pub(super) fn clock(at: Timestamp) -> String {
    at.to_rfc3339()[5..16].replace('T', " ")
}

pub(super) fn roster(yaml: &str) -> Arc<Roster> {
    let file: RosterFile = yaml_from_text(yaml).unwrap_or_else(|e| panic!("{e:?}"));
    Arc::new(Roster::of(&file).unwrap_or_else(|e| panic!("{e:#?}")))
}

/// How the targets answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// A second later, that it is there.
    Confirm,
    /// Not by themselves.
    Silent,
}

pub(crate) struct Office {
    pub(super) state: State,
    pub(super) answers: Answers,
    pub(super) log: Vec<(Record, Timestamp)>,
    pub(super) actions: Vec<Action>,
    pub(super) transcript: Vec<String>,
    offsets: BTreeMap<String, i64>,
    sequences: BTreeMap<String, u32>,
    episodes: BTreeMap<String, Arc<Decision>>,
    words: u128,
    rosters: u64,
}

impl Office {
    pub(crate) fn new(yaml: &str, at: Timestamp) -> Office {
        let mut office = Office {
            state: State::default(),
            answers: Answers::Confirm,
            log: Vec::new(),
            actions: Vec::new(),
            transcript: Vec::new(),
            offsets: BTreeMap::new(),
            sequences: BTreeMap::new(),
            episodes: BTreeMap::new(),
            words: 0,
            rosters: 0,
        };
        office.publish(yaml, at);
        office
    }

    pub(super) fn publish(&mut self, yaml: &str, at: Timestamp) {
        self.rosters += 1;
        self.read(Record::Roster { number: self.rosters, roster: roster(yaml) }, at);
    }

    /// Reads a record, checks what must always hold, and lets the targets answer.
    pub(super) fn read(&mut self, record: Record, at: Timestamp) -> Vec<Action> {
        let actions = assign(&mut self.state, &record, at);
        self.log.push((record, at));
        if let Err(broken) = invariants::check(&self.state) {
            panic!("{broken}\n{}", self.transcript.join("\n"));
        }
        for action in &actions {
            self.transcript.extend(line(action));
        }
        self.actions.extend(actions.iter().cloned());
        if self.answers == Answers::Confirm {
            for action in &actions {
                self.answer(action, at);
            }
        }
        actions
    }

    fn answer(&mut self, action: &Action, at: Timestamp) {
        let outcome = match &action.what {
            What::Post { .. } | What::Edit { .. } | What::Digest { .. } => {
                Outcome::Confirmed(Some(Reference(action.id.to_string().into())))
            }
            _ => return,
        };
        self.read(Record::Result { action: action.id, outcome }, Timestamp(at.0 + 1_000));
    }

    /// A sender asks for a mark, and gets it.
    pub(super) fn mark(&mut self, at: Timestamp) {
        let token = format!("asked {}", clock(at)).into();
        self.read(Record::Ask { domain: "d".into(), token }, at);
        self.read(Record::Mark { of: at }, at);
    }

    pub(super) fn tick(&mut self, at: Timestamp) {
        self.read(Record::Tick, at);
    }

    /// A decision, written as `enters acme.com urgent tier 1 owner ana territory emea by 18:00`.
    pub(super) fn decide(&mut self, said: &str, at: Timestamp) -> Arc<Decision> {
        let decision = Arc::new(self.decision(said, at));
        self.forward(&decision, at);
        decision
    }

    pub(super) fn forward(&mut self, decision: &Arc<Decision>, at: Timestamp) -> Vec<Action> {
        let topic = format!("sequencer.{}", decision.route);
        let offset = self.offsets.entry(topic.clone()).or_insert(0);
        *offset += 1;
        let origin = Origin { topic: topic.as_str().into(), partition: 0, offset: *offset - 1 };
        self.read(Record::Decision { origin, decision: decision.clone() }, at)
    }

    pub(crate) fn decision(&mut self, said: &str, at: Timestamp) -> Decision {
        let mut words = said.split_whitespace();
        let verb = words.next().expect("a verb");
        let account = words.next().expect("an account");
        let mut given: BTreeMap<&str, &str> = BTreeMap::new();
        let mut flags = Vec::new();
        while let Some(word) = words.next() {
            match word {
                "tier" | "owner" | "territory" | "by" | "route" | "product" | "parent"
                | "because" => {
                    given.insert(word, words.next().unwrap_or_else(|| panic!("{said}: {word}")));
                }
                flag => flags.push(flag),
            }
        }
        let product = given.get("product").copied().unwrap_or("crm");
        let stream = format!("{account} {product}");
        let sequence = self.sequences.entry(stream.clone()).or_insert(0);
        *sequence += 1;
        let id = Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{stream} {sequence}").as_bytes());
        let kind = match verb {
            "enters" => DecisionKind::Entered,
            "strengthens" => DecisionKind::Strengthened,
            "leaves" => DecisionKind::Exited,
            "withdrawn" => DecisionKind::Withdrawn,
            "requests" => DecisionKind::Triaged,
            "tier-changed" => DecisionKind::TierChanged,
            other => panic!("{said}: {other}"),
        };
        let opened = self.episodes.get(&stream).cloned();
        let episode =
            if kind == DecisionKind::Entered { Some(id) } else { opened.as_ref().map(|d| d.id) };
        let is_end = matches!(kind, DecisionKind::Exited | DecisionKind::Withdrawn);
        let priority = [Priority::Urgent, Priority::High]
            .into_iter()
            .find(|p| flags.contains(&p.to_string().as_str()))
            .unwrap_or(Priority::Normal);
        let tier = match given.get("tier").copied() {
            Some("1") => Tier::One,
            Some("2") => Tier::Two,
            Some("3") | None => Tier::Three,
            Some(other) => panic!("{said}: {other}"),
        };
        let deadline = given.get("by").map(|by| {
            let day = at.to_rfc3339()[..10].to_owned();
            self::at(&if by.contains('T') { by.replace('T', " ") } else { format!("{day} {by}") })
        });
        let text = |key: &str| given.get(key).map(|text| (*text).into());
        let stop = flags.contains(&"stop");
        let decision = Decision {
            id,
            account: AccountKey::parse(account).unwrap(),
            account_name: None,
            parent: given.get("parent").map(|parent| AccountKey::parse(parent).unwrap()),
            product: product.into(),
            sequence: *sequence,
            kind,
            origin: if flags.contains(&"baseline") { DueTo::Baseline } else { DueTo::Signal },
            decided_at: at,
            input_partition: 0,
            input_offset: 0,
            written: LogPosition { partition: 0, offset: 0, time: at },
            profile: "p".into(),
            profile_version: "0123456789ab".into(),
            activation: 1,
            rules_version: 1,
            company_version: 1,
            segment: "primary".into(),
            tier,
            previous_tier: None,
            band: Band::High,
            priority,
            sla_deadline: deadline,
            sla_zone: deadline.map(|_| chrono_tz::UTC),
            route: given.get("route").copied().unwrap_or("ae").into(),
            arm: if flags.contains(&"held-out") { Arm::HoldOut } else { Arm::Treatment },
            headline: format!("{account} {verb}"),
            fit: FitExplained {
                lower: MilliPoints::points(80),
                upper: MilliPoints::points(80),
                known_percent: 100,
                gate: MilliPoints::points(50),
                criteria: Vec::new(),
            },
            intent: IntentExplained {
                total: MilliPoints::points(50),
                score: MilliPoints::points(50),
                enter: MilliPoints::points(40),
                exit: MilliPoints::points(20),
                contributions: Vec::new(),
                conjunctions: Vec::new(),
                capped: Vec::new(),
            },
            exit: is_end.then_some(Exit {
                reason: if stop { ExitReason::Excluded } else { ExitReason::Decayed },
                advice: if stop { ExitAdvice::StopNow } else { ExitAdvice::NoNewEnrolment },
                outcome: None,
                entered: 1,
                cooldown_until: None,
            }),
            entered_as: None,
            episode_id: episode,
            opened_by: episode.filter(|_| kind != DecisionKind::Entered),
            leaves_on: None,
            would_change: Vec::new(),
            request: None,
            missing: Vec::new(),
            personas: Vec::new(),
            pain: "".into(),
            angle: "".into(),
            about: "".into(),
            website: None,
            owner: text("owner"),
            territory: text("territory"),
            crm_ids: Vec::new(),
            links: Vec::new(),
        };
        match kind {
            DecisionKind::Entered => {
                self.episodes.insert(stream, Arc::new(decision.clone()));
            }
            DecisionKind::Exited | DecisionKind::Withdrawn => {
                self.episodes.remove(&stream);
            }
            _ => {}
        }
        decision
    }

    /// A person's word about a case. Returns the word's id.
    pub(super) fn say(&mut self, person: &str, case: CaseId, said: Said, at: Timestamp) -> WordId {
        self.words += 1;
        let id = WordId(Uuid::from_u128(self.words));
        self.read(Record::Word(Word { id, case, person: person.into(), said }), at);
        id
    }

    pub(super) fn claim(&mut self, person: &str, decision: &Decision, at: Timestamp) -> WordId {
        self.say(person, CaseId(decision.id), Said::Verdict(Verdict::Claim), at)
    }

    pub(super) fn ended(&self, destination: &str, end: End) -> u64 {
        let counts = self.state.counts.get(&destination.into());
        counts.and_then(|counts| counts.ended.get(&end)).copied().unwrap_or(0)
    }

    /// How the last action of a kind ended.
    pub(super) fn last_ends(&mut self, which: fn(&What) -> bool, outcome: Outcome, at: Timestamp) {
        let action = self.actions.iter().rev().find(|action| which(&action.what)).unwrap().id;
        self.read(Record::Result { action, outcome }, at);
    }

    /// The transcript since the last call.
    pub(super) fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.transcript)
    }
}

/// `11-30 14:00 post dm → ana: acme.com (owner)`; nothing for the arithmetic in a thread.
fn line(action: &Action) -> Option<String> {
    let at = clock(action.at);
    Some(match &action.what {
        What::Post { destination, to, notice, .. } => {
            let to = match to {
                Recipient::Person(person) => format!(" → {person}"),
                Recipient::Place => String::new(),
            };
            format!("{at} post {destination}{to}: {}", about(notice))
        }
        What::Edit { destination, notice, .. } => {
            format!("{at} edit {destination}: {}", about(notice))
        }
        What::Reply { reply: Reply::Sum(_), .. } => return None,
        What::Reply { destination, reply, .. } => {
            format!("{at} reply {destination}: {}", replied(reply))
        }
        What::Digest { destination, items, more, .. } => {
            let items =
                items.iter().map(|item| format!("{} ({})", item.decision.account, item.why));
            let items = items.collect::<Vec<_>>().join(", ");
            let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{at} digest {destination}: {items}{more}")
        }
        What::Week { .. } | What::Change { .. } => super::beside::line(&at, &action.what),
        What::Cancel { destination, .. } => format!("{at} cancel {destination}"),
        What::Alarm { destination, about, why } => {
            format!("{at} alarm {destination}: {about}: {why}")
        }
        What::Resume { destination } => format!("{at} resume {destination}"),
        What::Mark { token, .. } => format!("{at} mark {token}"),
        What::Answer { person, refusal, .. } => {
            let why = match refusal {
                Refusal::TooLate { by, verdict, .. } => format!("{} by {by}", verdict.past()),
                Refusal::NotOpen => "not open".to_owned(),
                Refusal::Unknown => "unknown person".to_owned(),
                Refusal::NothingToTakeBack => "nothing to take back".to_owned(),
            };
            format!("{at} answer {person}: {why}")
        }
    })
}

fn about(notice: &Notice) -> String {
    let cases = notice.cases.iter().map(|case| {
        let d = &case.decision;
        let product = if d.product == "crm" { String::new() } else { format!(" {}", d.product) };
        let standing = match &case.standing {
            Standing::Open => String::new(),
            Standing::Said { by, verdict, .. } => format!(", {} by {by}", verdict.past()),
            Standing::Ended(end) => format!(", {}", end.kind),
        };
        let for_whom = case.assignment.as_ref().map(assigned).unwrap_or_default();
        format!("{}{product} {}{for_whom}{standing}", d.account, d.priority)
    });
    cases.collect::<Vec<_>>().join(" + ")
}

fn assigned(assignment: &Assignment) -> String {
    let because = match &assignment.because {
        Because::Owner => "owner".to_owned(),
        Because::Team { team, free } => format!("team {team}, {free} free"),
        Because::Fallback { free } => format!("fallback, {free} free"),
        Because::Escalation => "escalation".to_owned(),
        Because::SameAccount => "same account".to_owned(),
    };
    let skipped = assignment.skipped.iter().map(|(person, skip)| {
        let why = match skip {
            Skip::Away(until) => format!("away until {until}"),
            Skip::AfterDeadline => "begins after the deadline".to_owned(),
            Skip::AtCap(cap) => format!("at the cap of {cap}"),
            Skip::Never => "works never".to_owned(),
            Skip::OffHours => "off hours".to_owned(),
        };
        format!("; not {person}: {why}")
    });
    format!(" for {} ({because}{})", assignment.person, skipped.collect::<String>())
}

fn replied(reply: &Reply) -> String {
    let name = |person: &Option<_>| {
        person
            .as_ref()
            .map_or_else(|| "no one".to_owned(), |p: &buymode::desk::ids::PersonId| p.to_string())
    };
    match reply {
        Reply::Sum(_) => "arithmetic".to_owned(),
        Reply::News(d) => format!("news of {}: {}", d.account, d.kind),
        Reply::Reminder { deadline, person } => {
            format!("reminder to {}, by {}", name(person), clock(*deadline))
        }
        Reply::Escalated { from, to, .. } => {
            format!("escalated from {} to {}", name(from), name(to))
        }
        Reply::Again { person } => format!("again, said {person}"),
    }
}
