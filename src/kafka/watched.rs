//! The client's blocking calls, each under the eyes of the watchdog ([`crate::log::calls`]).

use super::fault;
use crate::log::calls::Caller;

/// Makes the call, under the name that librdkafka gives it.
pub(super) fn call<T>(caller: &Caller, name: &'static str, make: impl FnOnce() -> T) -> T {
    caller.during(name, || {
        fault::hang(name);
        make()
    })
}
