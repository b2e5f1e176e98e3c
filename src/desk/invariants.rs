//! What always holds at the desk. Tests ask after every record.

use super::case::Slot;
use super::ids::DeliveryId;
use super::state::{Phase, Stage, State};

/// The first law that does not hold.
///
/// # Errors
/// It, with where.
pub fn check(state: &State) -> Result<(), String> {
    sums(state)?;
    stages(state)?;
    slots(state)?;
    threads(state)
}

/// Decisions read are the sum of those that have ended and those that are open, at each destination.
fn sums(state: &State) -> Result<(), String> {
    for (destination, counts) in state.counts.iter() {
        let ended: u64 = counts.ended.values().sum();
        let open = state.open(destination);
        if counts.read != ended + open {
            return Err(format!(
                "{destination}: read {} of {ended} ended and {open} open",
                counts.read
            ));
        }
    }
    Ok(())
}

/// Every open delivery hangs on what will end it.
fn stages(state: &State) -> Result<(), String> {
    for (id, delivery) in state.deliveries.iter() {
        if *id != DeliveryId::of(delivery.decision.id, &delivery.destination) {
            return Err(format!("delivery {id} has another's id"));
        }
        let phase = |thread| state.threads.get(&thread).map(|found| &found.phase);
        let hangs = match delivery.stage {
            Stage::Waiting(thread) => matches!(phase(thread), Some(Phase::Waiting(_))),
            Stage::Held(thread) => matches!(phase(thread), Some(Phase::Posting(_))),
            Stage::Gathered => {
                let mut items = state.digest.items.values();
                state.digest.due.is_some()
                    && items.any(|item| item.decision.id == delivery.decision.id)
            }
            Stage::After(action) => state.sent.contains_key(&action),
            Stage::Sent(action) => {
                state.sent.get(&action).is_some_and(|sent| sent.deliveries.contains(id))
            }
        };
        if !hangs {
            return Err(format!(
                "delivery {id} at {} hangs on nothing: {:?}",
                delivery.destination, delivery.stage
            ));
        }
    }
    Ok(())
}

/// No one is above their cap, and a place that is kept is kept on both sides.
fn slots(state: &State) -> Result<(), String> {
    let Some((_, roster)) = &state.roster else { return Ok(()) };
    for ((person, day), load) in state.loads.iter() {
        let cap = roster.people.get(person).map(|person| person.cap);
        if cap.is_some_and(|cap| load.taken() > cap.max(load.used)) {
            return Err(format!("{person} has {} on {day}, above the cap", load.taken()));
        }
        for (rank, case) in &load.kept {
            let slot = state.cases.get(case).and_then(|case| case.assigned.as_ref());
            let kept = slot.is_some_and(|assigned| {
                assigned.assignment.person == *person
                    && assigned.slot == Slot::Kept { day: *day, rank: *rank }
            });
            if !kept {
                return Err(format!(
                    "a place of {person} on {day} is kept for {case}, which has none"
                ));
            }
        }
    }
    Ok(())
}

/// Messages are about cases, and what waits or is being sent is awaited.
fn threads(state: &State) -> Result<(), String> {
    for (id, thread) in state.threads.iter() {
        if thread.cases.is_empty()
            || thread.cases.iter().any(|case| !state.cases.contains_key(case))
        {
            return Err(format!("message {id} is about a case that is not there"));
        }
        let awaited = match thread.phase {
            Phase::Posting(action) => state.sent.contains_key(&action),
            Phase::Waiting(at) => state.due.keys().any(|(due, _)| *due == at),
            Phase::Shown(_) | Phase::Gone(_) => true,
        };
        if !awaited {
            return Err(format!("message {id} waits for nothing"));
        }
    }
    Ok(())
}
