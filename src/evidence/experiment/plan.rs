//! A plan: how many accounts, and how many months, for which effect.

use super::ALPHA;
use crate::evidence::stats::planner::{
    accounts, accounts_an_arm, accounts_an_arm_with_looks, least_seen,
};
use schemars::JsonSchema;
use serde::Serialize;

const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// What the user knows before the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The rate of accounts in the hold-out arm, 0 to 1.
    pub rate: f64,
    /// The rates that the others might have.
    pub to: Vec<f64>,
    /// The share of accounts that are held out, 0 to 1.
    pub held_out: f64,
    /// The probability of seeing the effect if it is there.
    pub power: f64,
    pub accounts_a_month: Option<f64>,
    /// Days until an account's outcome is known.
    pub window_days: u32,
    /// How long the experiment may take.
    pub months: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Plan {
    /// The rate without the treatment, from 0 to 1.
    pub rate_share: f64,
    /// The share of accounts that is held out, from 0 to 1.
    pub held_out_share: f64,
    /// The probability of seeing an effect that is there.
    pub power_share: f64,
    /// The probability of seeing an effect that is not there.
    pub false_alarm_share: f64,
    /// Days from entering until the outcome counts.
    pub window_days: u32,
    /// Accounts that enter in a month, where that was given.
    pub accounts_a_month_count: Option<f64>,
    /// What each effect takes.
    pub effects: Vec<Planned>,
    /// What would be seen in the time given.
    pub in_time: Option<InTime>,
}

/// What one effect takes. Counts are company families, of both arms together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Planned {
    /// The rate with the treatment, from 0 to 1.
    pub to_share: f64,
    /// The rate over the one of the hold-out arm.
    pub times_ratio: f64,
    /// With one test at the end.
    pub one_look: Size,
    /// With tests that allow looking at any time.
    pub any_look: Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Size {
    /// In both arms.
    pub account_count: u64,
    /// Of these, held out.
    pub held_out_count: u64,
    /// Until the last account's window has ended.
    #[serde(rename = "duration_months")]
    pub months: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InTime {
    /// The time given, in months.
    #[serde(rename = "duration_months")]
    pub months: f64,
    /// Accounts whose window ends in that time.
    pub account_count: u64,
    /// The least rate that would be seen; none where not even 100 % would.
    pub one_look_share: Option<f64>,
    /// The same with tests that allow looking at any time.
    pub any_look_share: Option<f64>,
}

pub fn plan(question: &Question) -> Plan {
    let Question { rate, held_out, power, accounts_a_month, window_days, .. } = *question;
    let wait = f64::from(window_days) / DAYS_A_MONTH;
    let size = |an_arm: f64| {
        let all = accounts(an_arm, held_out);
        let [held, treated] = [held_out, 1.0 - held_out].map(|share| (all * share).ceil() as u64);
        Size {
            account_count: held + treated,
            held_out_count: held,
            months: accounts_a_month.map(|n| (held + treated) as f64 / n + wait),
        }
    };
    let planned = |to: &f64| {
        let one = accounts_an_arm(rate, *to, ALPHA, power)?;
        let any = accounts_an_arm_with_looks(rate, *to, ALPHA, power)?;
        let (one_look, any_look) = (size(one), size(any));
        Some(Planned { to_share: *to, times_ratio: to / rate, one_look, any_look })
    };
    let in_time = question.months.zip(accounts_a_month).map(|(months, a_month)| {
        let all = ((months - wait).max(0.0) * a_month).floor();
        let least = |looks| least_seen(rate, all, held_out, (ALPHA, power), looks);
        InTime {
            months,
            account_count: all as u64,
            one_look_share: least(false),
            any_look_share: least(true),
        }
    });
    Plan {
        rate_share: rate,
        held_out_share: held_out,
        power_share: power,
        false_alarm_share: ALPHA,
        window_days,
        accounts_a_month_count: accounts_a_month,
        effects: question.to.iter().filter_map(planned).collect(),
        in_time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(to: f64, held_out: f64) -> Question {
        Question {
            rate: 0.15,
            to: vec![to],
            held_out,
            power: 0.8,
            accounts_a_month: Some(100.0),
            window_days: 180,
            months: Some(24.0),
        }
    }

    #[test]
    fn a_hold_out_of_a_tenth_takes_thousands() {
        let plan = plan(&question(0.2, 0.1));
        let size = plan.effects[0].one_look;
        // 905 an arm at equal arms, over 2 x 0.1 x 0.9.
        assert_eq!((size.account_count, size.held_out_count), (5_030, 503));
        // 50.3 months of arrivals and 180 days.
        assert!((size.months.unwrap() - (50.3 + 180.0 / 30.4375)).abs() < 1e-9);
        assert!(plan.effects[0].any_look.account_count > 9_000);
    }

    #[test]
    fn what_is_seen_in_time_takes_that_time() {
        let plan = plan(&question(0.35, 0.5));
        assert_eq!(plan.effects[0].one_look.account_count, 146);
        let in_time = plan.in_time.unwrap();
        let seen = in_time.one_look_share.unwrap();
        let again = super::plan(&question(seen, 0.5)).effects[0].one_look;
        assert!(again.account_count.abs_diff(in_time.account_count) <= 2, "{again:?} {in_time:?}");
        assert!(in_time.any_look_share.unwrap() > seen);
    }
}
