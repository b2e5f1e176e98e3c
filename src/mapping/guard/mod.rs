//! Bounds the work of a jq program: an endless recursion or generator, or a value that grows without
//! end, is an error of its row, and neither hangs nor overflows the stack.
//!
//! jaq has no such bound of its own, so the parsed program is changed before it is compiled. A step is
//! counted where a definition calls itself, for each value of `.[]` and of `range`, and for each array
//! and object that is made; each step looks at the stack too. Sums and products of texts and lists have
//! a maximum length. The changes do not alter what a program gives: a step is bound to a variable that
//! nothing reads, which keeps paths (`.a[] |= …`) and calls at the end of a definition as they are.

mod rewrite;
#[cfg(test)]
mod tests;

pub(super) use rewrite::{def, term};

use super::functions::Kit;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Cv, Error};
use jaq_json::{Num, Val};
use std::cell::Cell;

/// Steps of one program on one row. A large document's row takes some hundred thousand.
pub(super) const STEPS_MAX: u64 = 1_000_000;
/// Stack of one program in bytes; threads have 2 MiB and more.
const STACK_BYTES_MAX: usize = 768 << 10;
/// Length of a text in bytes, or of a list in items, that a sum or product may give.
const LENGTH_MAX: usize = 32 << 20;
/// Nesting of a value that a program makes.
const DEPTH_MAX: usize = 512;
/// Every so many arrays and objects one is measured; no divisor of small numbers, so that turns change.
const MEASURED_EVERY: u64 = 97;
/// Bits of a whole number.
const NUMBER_BITS_MAX: u64 = 1 << 16;
/// Parts of a value that are measured.
const PARTS_MAX: usize = 4 << 20;

const STEP: &str = "buymode_step";
const MADE: &str = "buymode_made";
const SIZED: &str = "buymode_sized";
const PRODUCT: &str = "buymode_product";
const FLAT: &str = "buymode_flat";
const NESTED: &str = "buymode_nested";

/// The work of one run of a program.
pub(super) struct Work {
    steps: Cell<u64>,
    steps_max: u64,
    stack_at: usize,
}

impl Work {
    /// From here on the stack is measured.
    pub(super) fn new(steps_max: u64) -> Work {
        Work { steps: Cell::new(0), steps_max, stack_at: stack_at() }
    }

    fn step(&self) -> Result<u64, Error<Val>> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > self.steps_max {
            return Err(failed(
                "too many steps on this row; does a recursion or a range never end?",
            ));
        }
        if self.stack_at.abs_diff(stack_at()) > STACK_BYTES_MAX {
            return Err(failed("the recursion is too deep on this row; does it never end?"));
        }
        Ok(steps)
    }
}

/// Where the stack is now, nearly.
#[inline(never)]
fn stack_at() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

fn failed(why: &str) -> Error<Val> {
    Error::str(why)
}

/// The functions that a guarded program calls.
pub(super) fn functions() -> [Fun<Kit>; 6] {
    type Given<'a> = Cv<'a, Kit>;
    [
        run((STEP, v(0), |(ctx, value): Given<'_>| bome(ctx.data().work.step().map(|_| value)))),
        run((MADE, v(0), |(ctx, value): Given<'_>| {
            let checked = ctx.data().work.step().and_then(|steps| {
                if steps.is_multiple_of(MEASURED_EVERY) { flat(&value) } else { Ok(()) }
            });
            bome(checked.map(|()| value))
        })),
        run((SIZED, v(0), |(ctx, value): Given<'_>| {
            bome(ctx.data().work.step().and_then(|_| sized(length(&value)).map(|()| value)))
        })),
        run((PRODUCT, v(2), |(mut ctx, _): Given<'_>| {
            let right = ctx.pop_var();
            let left = ctx.pop_var();
            bome(ctx.data().work.step().and_then(|_| product(left, right)))
        })),
        run((FLAT, v(0), |(_, value): Given<'_>| bome(flat(&value).map(|()| value)))),
        run((NESTED, v(0), |(_, value): Given<'_>| {
            bome(match nesting(&value) > DEPTH_MAX {
                true => Err(failed("a JSON text is nested too deeply on this row")),
                false => Ok(value),
            })
        })),
    ]
}

/// Texts are repeated by numbers.
fn product(left: Val, right: Val) -> Result<Val, Error<Val>> {
    let times = |number: &Val| match number {
        Val::Num(number) => number.to_string().parse::<f64>().map_or(f64::MAX, |n| n.max(0.0)),
        _ => 1.0,
    };
    let is_number = |value: &Val| matches!(value, Val::Num(_));
    if !(is_number(&left) && is_number(&right)) {
        let grown = length(&left).max(1) as f64 * times(&right) * times(&left);
        let most = grown.max(length(&right).max(1) as f64 * times(&left));
        sized(if most > LENGTH_MAX as f64 { usize::MAX } else { 0 })?;
    }
    let value = (left * right)?;
    sized(length(&value)).map(|()| value)
}

fn sized(length: usize) -> Result<(), Error<Val>> {
    match length > LENGTH_MAX {
        true => Err(failed("a text, list or number grows too long on this row")),
        false => Ok(()),
    }
}

fn length(value: &Val) -> usize {
    match value {
        Val::TStr(text) | Val::BStr(text) => text.len(),
        Val::Arr(list) => list.len(),
        Val::Obj(object) => object.len(),
        // Squared, it has twice as many digits.
        Val::Num(Num::BigInt(number)) if number.bits() > NUMBER_BITS_MAX => usize::MAX,
        _ => 0,
    }
}

/// Refuses a value that is nested too deeply or has more parts than may be looked at.
pub(super) fn flat(value: &Val) -> Result<(), Error<Val>> {
    let mut open = vec![(value, 1)];
    let mut parts = 0;
    while let Some((value, depth)) = open.pop() {
        parts += 1;
        if depth > DEPTH_MAX || parts > PARTS_MAX {
            return Err(failed("a value is nested too deeply or has too many parts on this row"));
        }
        match value {
            Val::Arr(list) => open.extend(list.iter().map(|part| (part, depth + 1))),
            Val::Obj(object) => open.extend(object.iter().map(|(_, part)| (part, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// Of a JSON text: the most brackets that are open at once; those in its texts count too.
fn nesting(value: &Val) -> usize {
    let (Val::TStr(text) | Val::BStr(text)) = value else { return 0 };
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.iter() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}
