//! The state of an account for a product, in the accounts topic.

use super::evidence::{bits, count, unbits};
use crate::codec::datum::{Datum, Put, Take, Taken, put_sized, record};
use crate::codec::symbols::{Code, Open};
use crate::domain::account::standing::{
    Cooldown, Drawn, Ended, Episode, Left, ProductState, Stage,
};
use crate::domain::profile::Priority;
use crate::domain::score::fit::{Noted, Tier};
use crate::domain::score::intent::Round;
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{FundingStage, OutcomeKind};
use crate::domain::terms::time::{Day, Timestamp};

record! {
    "buymode.ProductState"
    pub(crate) struct ProductWire<'a> {
        product: &'a str,
        sequence: i64,
        stage: Code<Stage>,
        tier: Open<Tier>,
        episode: Option<EpisodeWire<'a>>,
        cooldown: Option<CooldownWire>,
        enrich_asked: Option<i64>,
        muted: bool,
        left: Option<LeftWire>,
        answers_of: i64,
        answers: Answers,
        muted_until: Option<i32>,
        drawn: Option<DrawnWire<'a>>,
    }
}

record! {
    "buymode.Drawn"
    pub(super) struct DrawnWire<'a> {
        since: i64,
        salt: i64,
        by: &'a str,
    }
}

record! {
    "buymode.Episode"
    pub(super) struct EpisodeWire<'a> {
        since: i64,
        entered: i64,
        segment: &'a str,
        route: &'a str,
        announced: Code<Priority>,
        announced_on: i32,
        account: Option<&'a str>,
        round_stage: Open<FundingStage>,
        round_usd: Option<i64>,
        owed: Open<Priority>,
    }
}

record! {
    "buymode.Cooldown"
    #[derive(Clone, Copy)]
    pub(super) struct CooldownWire {
        since: i64,
        until: i32,
        explained: Open<OutcomeKind>,
    }
}

record! {
    "buymode.Left"
    #[derive(Clone, Copy)]
    pub(super) struct LeftWire {
        since: i64,
        by: Code<Ended>,
    }
}

/// A byte for the variant and sixteen for the answers, without the zeros at the end. The activation
/// has a field of its own.
pub(super) struct Answers(Noted);

impl Put for Answers {
    fn put(&self, out: &mut Vec<u8>) {
        let (bytes, end) = self.bytes();
        put_sized(&bytes[..end], out);
    }
}

impl Take<'_> for Answers {
    fn take(from: &mut Datum<'_>) -> Taken<Answers> {
        let written = from.sized()?;
        let mut bytes = [0; 17];
        let filled = bytes.get_mut(..written.len()).ok_or("more answers than criteria")?;
        filled.copy_from_slice(written);
        let eight = |from: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[from..from + 8]);
            u64::from_le_bytes(part)
        };
        Ok(Answers(Noted { activation: 0, variant: bytes[0], bits: [eight(1), eight(9)] }))
    }
}

impl Answers {
    /// With the end of what is written.
    pub(super) fn bytes(&self) -> ([u8; 17], usize) {
        let mut bytes = [0; 17];
        bytes[0] = self.0.variant;
        bytes[1..9].copy_from_slice(&self.0.bits[0].to_le_bytes());
        bytes[9..].copy_from_slice(&self.0.bits[1].to_le_bytes());
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        (bytes, end)
    }
}

impl<'a> Take<'a> for ProductState {
    fn take(from: &mut Datum<'a>) -> Taken<ProductState> {
        ProductWire::take(from)?.product()
    }
}

impl<'a> ProductWire<'a> {
    pub(crate) fn of(product: &'a ProductState) -> ProductWire<'a> {
        ProductWire {
            product: &product.product,
            sequence: i64::from(product.sequence),
            stage: Code(product.stage),
            tier: Open(product.tier),
            episode: product.episode.as_ref().map(|episode| EpisodeWire {
                since: episode.since.0,
                entered: i64::from(episode.entered),
                segment: &episode.segment,
                route: &episode.route,
                announced: Code(episode.announced),
                announced_on: episode.announced_on.0,
                account: episode.account.as_ref().map(AccountKey::as_str),
                round_stage: Open(episode.round.stage),
                round_usd: episode.round.amount_usd.map(bits),
                owed: Open(episode.owed),
            }),
            cooldown: product.cooldown.map(|cooldown| CooldownWire {
                since: cooldown.since.0,
                until: cooldown.until.0,
                explained: Open(cooldown.explained),
            }),
            enrich_asked: product.enrich_asked.map(i64::from),
            muted: product.muted,
            left: product.left.map(|left| LeftWire { since: left.since.0, by: Code(left.by) }),
            answers_of: bits(product.noted.activation),
            answers: Answers(product.noted),
            muted_until: product.muted_until.map(|until| until.0),
            drawn: product.drawn.as_ref().map(|drawn| DrawnWire {
                since: drawn.since.0,
                salt: bits(drawn.salt),
                by: drawn.by.as_str(),
            }),
        }
    }

    fn product(self) -> Result<ProductState, String> {
        Ok(ProductState {
            product: self.product.into(),
            sequence: count(self.sequence)?,
            stage: self.stage.0,
            tier: self.tier.0,
            episode: self.episode.map(EpisodeWire::episode).transpose()?,
            cooldown: self.cooldown.map(|cooldown| Cooldown {
                since: Timestamp(cooldown.since),
                until: Day(cooldown.until),
                explained: cooldown.explained.0,
            }),
            enrich_asked: self.enrich_asked.map(count).transpose()?,
            muted: self.muted,
            muted_until: self.muted_until.map(Day),
            drawn: self.drawn.map(DrawnWire::drawn).transpose()?.map(Box::new),
            left: self.left.map(|l| Left { since: Timestamp(l.since), by: l.by.0 }),
            noted: Noted { activation: unbits(self.answers_of), ..self.answers.0 },
        })
    }
}

impl DrawnWire<'_> {
    fn drawn(self) -> Result<Drawn, String> {
        Ok(Drawn {
            since: Timestamp(self.since),
            salt: unbits(self.salt),
            by: AccountKey::parse(self.by).map_err(|e| e.to_string())?,
        })
    }
}

impl EpisodeWire<'_> {
    fn episode(self) -> Result<Episode, String> {
        Ok(Episode {
            since: Timestamp(self.since),
            entered: count(self.entered)?,
            segment: self.segment.into(),
            route: self.route.into(),
            announced: self.announced.0,
            announced_on: Day(self.announced_on),
            account: self.account.map(AccountKey::parse).transpose().map_err(|e| e.to_string())?,
            round: Round { stage: self.round_stage.0, amount_usd: self.round_usd.map(unbits) },
            owed: self.owed.0,
        })
    }
}
