//! What is scored: companies and signals the way they really look, the same in every run, under the
//! profile that the bench names.

use buymode::codec::Codec;
use buymode::domain::account::input::{Activation, Broadcast, Input};
use buymode::domain::evidence::company::{Attribute, CompanyUpdate, Value};
use buymode::domain::evidence::signal::{
    Engagement, Event, Funding, Growth, Headcount, Hiring, News, Signal, Technology,
};
use buymode::domain::profile::Profile;
use buymode::domain::profile::variant::CompiledProfile;
use buymode::domain::terms::account::AccountKey;
use buymode::domain::terms::catalogue::{
    EngagementKind, Function, FundingStage, HiringAction, Instrument, NewsKind, Seniority,
    TechnologyAction,
};
use buymode::domain::terms::time::{DAY_MS, Occurred, Precision, Timestamp};
use buymode::domain::terms::units::BasisPoints;
use buymode::engine::topics::Topics;
use buymode::log::trace::Trace;
use buymode::log::{Output, Store, Writer};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const PARTITIONS: i32 = 8;
pub(crate) const ROUTES: &[&str] =
    &["ae", "sdr", "nurture", "enrich", "owner", "digest", "hold-out"];
/// The example profile of `deploy/profiles`.
#[allow(dead_code, reason = "one bench brings a profile of its own")]
pub(crate) const EXAMPLE: &str = include_str!("../../deploy/profiles/example.yaml");
const WRITTEN_AT_ONCE: usize = 20_000;

pub(crate) struct Load {
    codec: Codec,
    chance: ChaCha8Rng,
    now: Timestamp,
    made: u64,
    profile: &'static str,
}

/// An encoded input.
pub(crate) struct Made {
    pub account: AccountKey,
    pub bytes: Vec<u8>,
}

impl Load {
    /// Under a profile, given as its YAML.
    pub(crate) fn new(now_ms: i64, profile: &'static str) -> Load {
        Load {
            codec: Codec::local(),
            chance: ChaCha8Rng::seed_from_u64(3),
            now: Timestamp(now_ms),
            made: 0,
            profile,
        }
    }

    /// What a firmographic vendor knows of a company: about half of them fit the example profile.
    pub(crate) fn company(&mut self, n: u32) -> Made {
        let industry = ["saas", "software", "technology", "retail", "logistics"][n as usize % 5];
        let stage = [FundingStage::Seed, FundingStage::SeriesB, FundingStage::SeriesC];
        let tool = ["salesforce", "hubspot", "pipedrive"][n as usize % 3];
        let said =
            |attribute, text: &str| (attribute, Value::said(attribute, [text]).expect("a text"));
        let update = CompanyUpdate {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("company {n}").as_bytes()),
            source: "clearbit".into(),
            as_of: Timestamp(self.now.0 - 30 * DAY_MS),
            baseline: false,
            facts: vec![
                said(Attribute::Name, &format!("Northwind {n}")),
                said(Attribute::Industry, industry),
                (Attribute::Employees, Value::number(100 + u64::from(n % 97) * 20)),
                said(Attribute::Country, "us"),
                (Attribute::FundingStage, Value::Stage(stage[n as usize / 7 % 3])),
            ],
            tools: vec![(tool.parse().expect("a term"), true)],
            tools_complete: false,
            departments: vec![],
            departments_complete: false,
        };
        self.encode(n, Input::Company(update))
    }

    /// A signal of any kind about one of `accounts`, as often as vendors bring each.
    pub(crate) fn signal(&mut self, accounts: std::ops::Range<u32>) -> Made {
        let n = self.chance.random_range(accounts);
        self.signal_of(n)
    }

    /// The same where the n-th busiest account has a share of 1/n.
    #[allow(dead_code, reason = "one bench alone asks for it")]
    pub(crate) fn skewed_signal(&mut self, accounts: u32) -> Made {
        // The inverse of the share of the first n: a logarithm.
        let most = f64::from(accounts) + 1.0;
        let n = most.powf(self.chance.random_range(0.0..1.0)) as u32 - 1;
        self.signal_of(n.min(accounts - 1))
    }

    /// A signal of any kind about this account.
    pub(crate) fn signal_of(&mut self, n: u32) -> Made {
        let event = match self.chance.random_range(0..100) {
            0..5 => self.funding(),
            5..50 => self.hiring(),
            50..60 => Event::Headcount(Headcount {
                total: None,
                departments: vec![],
                growth: Some(Growth { months: 6, permille: self.chance.random_range(-100..300) }),
            }),
            60..70 => Event::Technology(Technology {
                tool: self
                    .one_of(&["snowflake", "gong", "outreach", "hubspot", "segment"])
                    .parse()
                    .expect("a term"),
                action: TechnologyAction::InUse,
                category: None,
            }),
            70..80 => Event::News(News {
                news: self.one_of(&[NewsKind::Partnership, NewsKind::Expansion, NewsKind::Award]),
                summary: Some("opens a second office on the east coast".into()),
                ..News::default()
            }),
            _ => self.engagement(),
        };
        let age = self.chance.random_range(0..20);
        self.report(n, event, age)
    }

    /// A demo request: it gets an answer of its own, whatever came before.
    pub(crate) fn demo_request(&mut self, n: u32) -> Made {
        let event = Event::Engagement(Engagement {
            engagement: EngagementKind::DemoRequest,
            contact: Some(format!("contact-{n}").as_str().into()),
            topic: None,
        });
        self.report(n, event, 0)
    }

    fn funding(&mut self) -> Event {
        Event::Funding(Funding {
            stage: Some(self.one_of(&[FundingStage::SeriesA, FundingStage::SeriesB])),
            instrument: Instrument::Equity,
            amount_usd: Some(1_000_000 * self.chance.random_range(3..60)),
            lead_investor: Some(self.one_of(&["Sequoia", "Accel Partners", "Index"]).into()),
        })
    }

    fn hiring(&mut self) -> Event {
        let (title, function, seniority) = self.one_of(&[
            ("Account Executive, Mid-Market", Function::Sales, Seniority::Individual),
            ("Senior Backend Engineer", Function::Engineering, Seniority::Senior),
            ("Product Designer", Function::Design, Seniority::Individual),
            ("Support Specialist", Function::Support, Seniority::Individual),
            ("Data Analyst", Function::Data, Seniority::Individual),
            ("Head of Revenue Operations", Function::RevenueOperations, Seniority::Head),
        ]);
        let posting = self.chance.next_u32();
        Event::Hiring(Hiring {
            action: HiringAction::Posted,
            title: format!("{title} {}", posting % 50).as_str().into(),
            function,
            seniority,
            place: Some(self.one_of(&["New York", "Berlin", "Remote", "Austin"]).into()),
            posting: Some(format!("{posting:08x}").as_str().into()),
            agency: false,
            first_in_function: None,
        })
    }

    fn engagement(&mut self) -> Event {
        use EngagementKind as E;
        let usual = [E::WebsiteVisit, E::PricingPage, E::Email, E::Webinar, E::IntentTopic];
        let inbound = self.chance.random_range(0..20) == 0;
        Event::Engagement(Engagement {
            engagement: if inbound { E::DemoRequest } else { self.one_of(&usual) },
            contact: Some(format!("contact-{:08x}", self.chance.next_u32()).as_str().into()),
            topic: Some("revenue forecasting".into()),
        })
    }

    fn report(&mut self, n: u32, event: Event, age_days: i64) -> Made {
        self.made += 1;
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &self.made.to_be_bytes());
        let at = Timestamp(self.now.0 - age_days * DAY_MS);
        let signal = Signal {
            id,
            source: self.one_of(&["crunchbase", "ashby", "g2", "website"]).into(),
            occurred: Occurred::new(Some(at), Precision::Day, self.now),
            observed_at: self.now,
            confidence: BasisPoints::FULL,
            evidence_url: Some(format!("https://example.com/r/{}", id.simple()).as_str().into()),
            planned: false,
            baseline: false,
            supersedes: None,
            event,
        };
        self.encode(n, Input::Signal(signal))
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.chance.random_range(0..of.len())]
    }

    fn encode(&mut self, n: u32, input: Input) -> Made {
        let account = account(n);
        let mut bytes = Vec::new();
        let topic = topics("").inputs;
        let encoded = self.codec.encode_input(&topic, &account, &input, &mut bytes);
        encoded.expect("the local codec knows every schema");
        Made { account, bytes }
    }

    /// The activation of the profile.
    pub(crate) fn activation(&mut self) -> Vec<u8> {
        let profile: Profile =
            serde_saphyr::from_str(self.profile).expect("a bench names a valid profile");
        let profile = CompiledProfile::new(profile).expect("a bench names a valid profile");
        let activation = Activation {
            number: 1,
            profile: Arc::new(profile),
            rules_version: buymode::domain::RULES_VERSION,
            published_by: None,
            note: None,
        };
        let mut bytes = Vec::new();
        let broadcast = Broadcast::Activation(activation);
        let encoded = self.codec.encode_broadcast("", &broadcast, &mut bytes);
        encoded.expect("the local codec knows every schema");
        bytes
    }

    /// Writes the profile and `accounts` companies; returns the number of records.
    pub(crate) fn write_companies(
        &mut self,
        store: &dyn Store,
        topics: &Topics,
        accounts: u32,
    ) -> anyhow::Result<u64> {
        let activation = self.activation();
        let mut writer = store.writer(&format!("{}-load", topics.inputs))?;
        writer.begin()?;
        for partition in 0..PARTITIONS {
            writer.send(&Output {
                topic: &topics.inputs,
                partition: Some(partition),
                value: Some(&activation),
                ..Output::default()
            })?;
        }
        writer.commit(&[])?;
        write(&mut *writer, topics, (0..accounts).map(|n| self.company(n)))?;
        Ok(u64::from(accounts) + PARTITIONS as u64)
    }

    pub(crate) fn write_signals(
        &mut self,
        store: &dyn Store,
        topics: &Topics,
        accounts: u32,
        signals: u64,
    ) -> anyhow::Result<u64> {
        self.write_traced(store, topics, (accounts, signals), &mut || None)
    }

    /// The same, each with what `trace` says of it.
    pub(crate) fn write_traced(
        &mut self,
        store: &dyn Store,
        topics: &Topics,
        (accounts, signals): (u32, u64),
        trace: &mut dyn FnMut() -> Option<Trace>,
    ) -> anyhow::Result<u64> {
        let mut writer = store.writer(&format!("{}-load", topics.inputs))?;
        let all = (0..signals).map(|_| (self.signal(0..accounts), trace()));
        write_all(&mut *writer, topics, all)
    }
}

pub(crate) fn write(
    writer: &mut dyn Writer,
    topics: &Topics,
    inputs: impl Iterator<Item = Made>,
) -> anyhow::Result<u64> {
    write_all(writer, topics, inputs.map(|made| (made, None)))
}

fn write_all(
    writer: &mut dyn Writer,
    topics: &Topics,
    inputs: impl Iterator<Item = (Made, Option<Trace>)>,
) -> anyhow::Result<u64> {
    let mut bytes = 0;
    let mut open = 0;
    for (made, trace) in inputs {
        if open == 0 {
            writer.begin()?;
        }
        writer.send(&Output {
            topic: &topics.inputs,
            key: Some(made.account.as_str().as_bytes()),
            value: Some(&made.bytes),
            trace,
            ..Output::default()
        })?;
        bytes += made.bytes.len() as u64;
        open += 1;
        if open == WRITTEN_AT_ONCE {
            writer.commit(&[])?;
            open = 0;
        }
    }
    if open > 0 {
        writer.commit(&[])?;
    }
    Ok(bytes)
}

pub(crate) fn account(n: u32) -> AccountKey {
    AccountKey::parse(&format!("northwind-{n}.com")).expect("it is a domain")
}

/// The number of an account, from its key.
pub(crate) fn number(key: &[u8]) -> Option<usize> {
    let key = std::str::from_utf8(key).ok()?;
    key.strip_prefix("northwind-")?.strip_suffix(".com")?.parse().ok()
}

pub(crate) fn topics(prefix: &str) -> Topics {
    Topics::with_prefix(prefix)
}

pub(crate) fn create(store: &dyn Store, topics: &Topics) -> anyhow::Result<()> {
    let routes: BTreeSet<_> = ROUTES.iter().map(|r| (*r).into()).collect();
    let mut specs = topics.specs(PARTITIONS, false, &routes);
    specs.retain(|spec| !topics.kinds.iter().any(|(name, _)| *name == spec.name));
    store.create_topics(&specs)?;
    Ok(())
}
