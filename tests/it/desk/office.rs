//! An office: a roster, decisions about made-up accounts, targets that confirm, and a transcript of who
//! got what, when and why.

use super::transcript::line;
use buymode::config::yaml_from_text;
use buymode::desk::action::{Action, What};
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
use buymode::domain::account::input::{LogPosition, SalesOutcome};
use buymode::domain::profile::{Band, ExitAdvice, Priority};
use buymode::domain::score::fit::Tier;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::OutcomeKind;
use buymode::domain::terms::experiment::Arm;
use buymode::domain::terms::time::{Day, Occurred, Precision, Timestamp};
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

pub(crate) fn roster(yaml: &str) -> Arc<Roster> {
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
    pub(crate) state: State,
    pub(super) answers: Answers,
    pub(super) log: Vec<(Record, Timestamp)>,
    pub(crate) actions: Vec<Action>,
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
    pub(crate) fn decide(&mut self, said: &str, at: Timestamp) -> Arc<Decision> {
        let decision = Arc::new(self.decision(said, at));
        self.forward(&decision, at);
        decision
    }

    pub(crate) fn forward(&mut self, decision: &Arc<Decision>, at: Timestamp) -> Vec<Action> {
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
                | "because" | "from" => {
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
            previous_tier: given.get("from").map(|tier| match *tier {
                "1" => Tier::One,
                "2" => Tier::Two,
                _ => Tier::Three,
            }),
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

    /// What a CRM says of an account.
    pub(super) fn report(
        &mut self,
        account: &str,
        outcome: OutcomeKind,
        until: Option<&str>,
        at: Timestamp,
    ) -> Vec<Action> {
        let topic = "buymode.inputs".to_owned();
        let offset = self.offsets.entry(topic.clone()).or_insert(0);
        *offset += 1;
        let origin = Origin { topic: topic.as_str().into(), partition: 0, offset: *offset - 1 };
        self.words += 1;
        let said = SalesOutcome {
            contact: None,
            id: Uuid::from_u128(self.words << 64),
            source: "hubspot".into(),
            product: None,
            outcome,
            occurred: Occurred { day: at.day(), precision: Precision::Day },
            reason: None,
            amount_usd: None,
            opportunity_id: None,
            lead_source: None,
            until: until.map(|day| Day::from_date(day.parse().unwrap())),
        };
        let account = AccountKey::parse(account).unwrap();
        self.read(Record::Sales { origin, account, outcome: Box::new(said) }, at)
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
