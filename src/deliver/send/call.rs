//! Calls on threads of their own, beside the sender's loop.

use super::answer::{Answer, Setback};
use super::target::Services;
use super::{Call, Calls, Heard};
use crate::runtime::worker::now_ms;
use crate::telemetry::Spans;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Instant, SystemTime};

pub struct Threads {
    services: Services,
    spans: Spans,
    to: Sender<Heard>,
    from: Receiver<Heard>,
}

impl Threads {
    pub fn new(services: Services) -> Threads {
        let (to, from) = channel();
        Threads { services, spans: Spans::default(), to, from }
    }

    /// Reports each attempt that belongs to a trace.
    pub fn tracing(self, spans: Spans) -> Threads {
        Threads { spans, ..self }
    }
}

impl Calls for Threads {
    fn begin(&mut self, call: Call) {
        let (services, to, began) = (self.services.clone(), self.to.clone(), Instant::now());
        let (spans, at) = (self.spans.clone(), SystemTime::now());
        let heard = move |call: &Call, answer| Heard {
            partition: call.partition,
            number: call.number,
            action: call.action.clone(),
            answer,
        };
        let unborn = call.clone();
        let run = move || {
            let answer = answer(&services, &call, began);
            if let Some(trace) = call.trace {
                let failed = (answer.result() != "done").then(|| answer.result());
                spans.attempted(trace, &call.action.destination, call.number, failed, at);
            }
            // The sender may have ended; the next one finds out whether it was done.
            let _ = to.send(heard(&call, answer));
        };
        let spawned = std::thread::Builder::new().name("call".to_owned()).spawn(run);
        if spawned.is_err() {
            let answer = Answer::Later(Setback::of("no thread can be had"));
            let _ = self.to.send(Heard {
                partition: unborn.partition,
                number: unborn.number,
                action: unborn.action,
                answer,
            });
        }
    }

    fn heard(&mut self) -> Vec<Heard> {
        self.from.try_iter().collect()
    }
}

fn answer(services: &Services, call: &Call, began: Instant) -> Answer {
    let called = catch_unwind(AssertUnwindSafe(|| services.call(call, began, now_ms())));
    called.unwrap_or_else(|_| Answer::Unknown(Setback::of("the call failed in this program")))
}
