//! What a desk hands to the desk of another log that goes on with the same accounts: whom tools have put into
//! sequences, who has opted out, which accounts are one, and how far each account's decisions were read. Cases, messages
//! and deliveries stay: the other desk has none of them.

use super::entry::{Key, Value};
use super::roster::Target;
use super::state::{Stage, State, Stream};

/// The parts, each as it is remembered.
pub fn carried(state: &State) -> Vec<(Key, Value)> {
    let enrolled = state.enrolled.iter().map(|((to, account, product), people)| {
        let key = Key::Enrolled(to.clone(), account.clone(), product.clone());
        (key, Value::Enrolled(people.clone()))
    });
    let opted_out = state.opted_out.iter();
    let opted_out = opted_out
        .map(|(account, people)| (Key::OptedOut(account.clone()), Value::OptedOut(people.clone())));
    let merged = state.merged.iter();
    let merged =
        merged.map(|(account, into)| (Key::Merged(account.clone()), Value::Merged(into.clone())));
    let streams = state.streams.iter().map(|((account, product), stream)| {
        // How the last case ended names a salesperson, and is of a message that stays.
        let stream = Stream { last: stream.last, open: stream.open, ..Stream::default() };
        (Key::Stream(account.clone(), product.clone()), Value::Stream(stream))
    });
    enrolled.chain(opted_out).chain(merged).chain(streams).collect()
}

/// How much of a desk is not settled: actions under way that put people into sequences or take them out, deliveries
/// that follow one, and decisions that wait for one before them. What becomes of it another desk would not know.
pub fn unsettled(state: &State) -> usize {
    let Some((_, roster)) = &state.roster else { return 0 };
    let enrols = |to| {
        let target = roster.destinations.get(to).map(|found| &found.target);
        matches!(target, Some(Target::Tool(tool)) if tool.enrol)
    };
    let actions = state.sent.values().filter(|sent| enrols(&sent.destination)).count();
    let after =
        state.deliveries.values().filter(|one| matches!(one.stage, Stage::After(_))).count();
    let waiting: usize = state.streams.values().map(|stream| stream.waiting.len()).sum();
    actions + after + waiting
}

impl State {
    /// Takes up a part of another desk. Again it changes nothing, and what was read here counts. Whether it is such a
    /// part.
    pub fn carry(&mut self, key: Key, value: Value) -> bool {
        match (key, value) {
            (Key::Enrolled(to, account, product), Value::Enrolled(people)) => {
                let known = self.enrolled.or_default((to, account, product));
                for one in people {
                    if known.iter().all(|other| other.id != one.id) {
                        known.push(one);
                    }
                }
            }
            (Key::OptedOut(account), Value::OptedOut(people)) => {
                self.opted_out.or_default(account).extend(people);
            }
            (Key::Merged(account), Value::Merged(into)) => {
                self.merged.or_insert(account, into);
            }
            (Key::Stream(account, product), Value::Stream(stream)) => {
                let stream = Stream { last: stream.last, open: stream.open, ..Stream::default() };
                self.streams.or_insert((account, product), stream);
            }
            _ => return false,
        }
        true
    }
}
