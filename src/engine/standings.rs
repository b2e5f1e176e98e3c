//! Where accounts stand with each product, for counting. Many stand alike: an account keeps a number of a
//! partition's table.

use crate::domain::Text;
use crate::domain::account::standing::{ProductState, Stage};
use crate::domain::account::state::AccountState;
use crate::domain::score::fit::Tier;
use std::collections::HashMap;

/// With one product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stand {
    pub product: Text,
    pub stage: Stage,
    pub tier: Option<Tier>,
    /// Of the episode; none outside one.
    pub segment: Option<Text>,
}

impl Stand {
    fn of(product: &ProductState) -> Stand {
        Stand {
            product: product.product.clone(),
            stage: product.stage,
            tier: product.tier,
            segment: product.episode.as_ref().map(|episode| episode.segment.clone()),
        }
    }

    fn is_of(&self, product: &ProductState) -> bool {
        self.product == product.product
            && self.stage == product.stage
            && self.tier == product.tier
            && self.segment.as_ref() == product.episode.as_ref().map(|episode| &episode.segment)
    }
}

/// A number of the table. The default stands for no product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandingsNumber(u16);

/// One partition's table. It only grows: profiles have few products, segments and tiers.
pub(super) struct Standings {
    all: Vec<Box<[Stand]>>,
    numbers: HashMap<Box<[Stand]>, StandingsNumber>,
}

impl Default for Standings {
    fn default() -> Standings {
        let none = Box::<[Stand]>::default();
        let numbers = [(none.clone(), StandingsNumber::default())].into();
        Standings { all: vec![none], numbers }
    }
}

impl Standings {
    pub(super) fn get(&self, number: StandingsNumber) -> &[Stand] {
        self.all.get(usize::from(number.0)).map_or(&[], |stands| stands)
    }

    /// `before`: the account's number so far, which it often keeps. Once the table is full, what is new counts
    /// as no product.
    pub(super) fn number(
        &mut self,
        before: StandingsNumber,
        state: &AccountState,
    ) -> StandingsNumber {
        let known = self.get(before);
        let products = &state.products;
        if known.len() == products.len() && known.iter().zip(products).all(|(s, p)| s.is_of(p)) {
            return before;
        }
        let stands: Box<[Stand]> = products.iter().map(Stand::of).collect();
        if let Some(number) = self.numbers.get(&stands) {
            return *number;
        }
        let Ok(number) = u16::try_from(self.all.len()).map(StandingsNumber) else {
            return StandingsNumber::default();
        };
        self.all.push(stands.clone());
        self.numbers.insert(stands, number);
        number
    }
}
