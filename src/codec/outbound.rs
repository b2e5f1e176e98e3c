//! Inputs as bytes: a signal, a message between accounts or a broadcast as the record of its schema.

use super::schemas::Record;
use super::wire::head::Head;
use super::wire::{self, inputs, kinship, signals, transfer};
use super::{Codec, Encoded};
use crate::domain::account::input::{Broadcast, Input, TransferStep};
use crate::domain::account::records::Tick;
use crate::domain::evidence::signal::Event;
use crate::domain::terms::account::AccountKey;

impl Codec {
    /// Appends the record of `input` to `out`; its key is `account`.
    pub fn encode_input(
        &mut self,
        topic: &str,
        account: &AccountKey,
        input: &Input,
        out: &mut Vec<u8>,
    ) -> Encoded {
        let account = account.as_str();
        match input {
            Input::Signal(signal) => {
                let head = Head::of(account, signal);
                match &signal.event {
                    Event::Funding(e) => {
                        self.put(topic, Record::Funding, &signals::Funding::of(head, e), out)
                    }
                    Event::Hiring(e) => {
                        self.put(topic, Record::Hiring, &signals::Hiring::of(head, e), out)
                    }
                    Event::Headcount(e) => {
                        self.put(topic, Record::Headcount, &signals::Headcount::of(head, e), out)
                    }
                    Event::Technology(e) => {
                        self.put(topic, Record::Technology, &signals::Technology::of(head, e), out)
                    }
                    Event::News(e) => {
                        self.put(topic, Record::News, &signals::News::of(head, e), out)
                    }
                    Event::Engagement(e) => {
                        self.put(topic, Record::Engagement, &signals::Engagement::of(head, e), out)
                    }
                }
            }
            Input::Company(update) => {
                let company = wire::company::Company::of(account, update);
                self.put(topic, Record::Company, &company, out)
            }
            Input::Retraction(retraction) => {
                let retraction = inputs::Retraction::of(account, retraction);
                self.put(topic, Record::Retraction, &retraction, out)
            }
            Input::Suppression(change) => {
                let suppression = inputs::Suppression::of(account, change);
                self.put(topic, Record::Suppression, &suppression, out)
            }
            Input::Outcome(outcome) => {
                let outcome = inputs::SalesOutcome::of(account, outcome);
                self.put(topic, Record::SalesOutcome, &outcome, out)
            }
            Input::Kinship(kinship) => {
                self.put(topic, Record::Kinship, &kinship::out(account, kinship), out)
            }
            Input::Transfer(transfer) => {
                let sources = transfer::sources(transfer);
                let input = match &transfer.step {
                    TransferStep::Forwarded(input) => {
                        let mut bytes = Vec::new();
                        self.encode_input(topic, &transfer.from, input, &mut bytes)?;
                        Some(bytes)
                    }
                    _ => None,
                };
                let wire = transfer::out(transfer, &sources, input.as_deref());
                self.put(topic, Record::Transfer, &wire, out)
            }
        }
    }

    pub fn encode_broadcast(
        &mut self,
        topic: &str,
        broadcast: &Broadcast,
        out: &mut Vec<u8>,
    ) -> Encoded {
        match broadcast {
            Broadcast::Activation(activation) => {
                self.put(topic, Record::Activation, &inputs::Activation::of(activation), out)
            }
            Broadcast::Market(market) => {
                self.put(topic, Record::News, &signals::News::of_market(market), out)
            }
            Broadcast::MarketRetraction(id) => {
                self.put(topic, Record::Retraction, &inputs::Retraction::of_market(*id), out)
            }
        }
    }

    pub fn encode_tick(&mut self, topic: &str, tick: Tick, out: &mut Vec<u8>) -> Encoded {
        self.put(topic, Record::Tick, &inputs::Tick::of(tick), out)
    }
}
