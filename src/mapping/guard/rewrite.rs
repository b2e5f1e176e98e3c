//! The changes to a parsed program.

use super::{FLAT, MADE, NESTED, PRODUCT, SIZED, STEP};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

const UNREAD: &str = "$buymode_unread";
const LEFT: &str = "$buymode_left";
const RIGHT: &str = "$buymode_right";

type Code<'s> = Term<&'s str>;

/// A definition, guarded: a step where it calls itself.
pub(in crate::mapping) fn def(def: Def<&str>) -> Def<&str> {
    let Def { name, args, body } = def;
    let calls_itself = calls(&body, name);
    let body = term(body);
    let body = if calls_itself { stepped(body) } else { body };
    Def { name, args, body }
}

/// A program, guarded.
pub(in crate::mapping) fn term<'s>(code: Code<'s>) -> Code<'s> {
    let boxed = |code: Box<Code<'s>>| Box::new(term(*code));
    match code {
        Term::Id | Term::Num(_) | Term::Break(_) | Term::Var(_) => code,
        Term::Recurse => piped(Term::Recurse, stepped(Term::Id)),
        Term::Str(format, parts) => string(format, parts),
        Term::Arr(None) => code,
        Term::Arr(Some(inner)) => piped(Term::Arr(Some(boxed(inner))), call(MADE)),
        Term::Obj(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (term(key), value.map(term)));
            piped(Term::Obj(entries.collect()), call(MADE))
        }
        Term::Neg(inner) => Term::Neg(boxed(inner)),
        Term::BinOp(left, op, right) => operation(*left, op, *right),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Fold(kind, over, pattern, args) => {
            Term::Fold(kind, boxed(over), pattern_of(pattern), args.into_iter().map(term).collect())
        }
        Term::TryCatch(inner, catch) => Term::TryCatch(boxed(inner), catch.map(boxed)),
        Term::IfThenElse(branches, otherwise) => {
            let branches = branches.into_iter().map(|(when, then)| (term(when), term(then)));
            Term::IfThenElse(branches.collect(), otherwise.map(boxed))
        }
        Term::Def(defs, inner) => Term::Def(defs.into_iter().map(def).collect(), boxed(inner)),
        Term::Call(name, args) => {
            let called = Term::Call(name, args.into_iter().map(term).collect());
            match name {
                "range" => piped(called, stepped(Term::Id)),
                "tojson" | "@json" | "tostring" => piped(call(FLAT), piped(called, call(SIZED))),
                "fromjson" => piped(call(NESTED), called),
                _ => called,
            }
        }
        Term::Path(of, Path(parts)) => {
            let visits_all = parts.iter().any(|(part, _)| matches!(part, Part::Range(None, None)));
            let parts = parts.into_iter().map(|(part, opt)| (part_of(part), opt)).collect();
            let path = Term::Path(boxed(of), Path(parts));
            if visits_all { piped(path, stepped(Term::Id)) } else { path }
        }
    }
}

/// A text with values in it.
fn string<'s>(format: Option<&'s str>, parts: Vec<StrPart<&'s str, Code<'s>>>) -> Code<'s> {
    let mut has_values = false;
    let mut part = |part| match part {
        StrPart::Term(inner) => {
            has_values = true;
            StrPart::Term(piped(term(inner), call(FLAT)))
        }
        other => other,
    };
    let parts = parts.into_iter().map(&mut part).collect();
    let text = Term::Str(format, parts);
    if has_values { piped(text, call(SIZED)) } else { text }
}

fn operation<'s>(left: Code<'s>, op: BinaryOp<&'s str>, right: Code<'s>) -> Code<'s> {
    let bin = |left, op, right| Term::BinOp(Box::new(left), op, Box::new(right));
    match op {
        BinaryOp::Math(Math::Add) => {
            piped(bin(term(left), BinaryOp::Math(Math::Add), term(right)), call(SIZED))
        }
        BinaryOp::Math(Math::Mul) => {
            let product = Term::Call(PRODUCT, vec![Term::Var(LEFT), Term::Var(RIGHT)]);
            bound(term(left), LEFT, bound(term(right), RIGHT, product))
        }
        // `l += r` is `r as $x | l |= . + $x`. The paths on the left are left as they are.
        BinaryOp::UpdateMath(op @ (Math::Add | Math::Mul)) => {
            let sum = operation(Term::Id, BinaryOp::Math(op), Term::Var(UPDATE));
            bound(term(right), UPDATE, bin(left, BinaryOp::Update, sum))
        }
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
            bin(left, op, term(right))
        }
        BinaryOp::Pipe(pattern) => {
            bin(term(left), BinaryOp::Pipe(pattern.map(pattern_of)), term(right))
        }
        other => bin(term(left), other, term(right)),
    }
}

const UPDATE: &str = "$buymode_update";

fn pattern_of(pattern: Pattern<&str>) -> Pattern<&str> {
    match pattern {
        Pattern::Var(_) => pattern,
        Pattern::Arr(parts) => Pattern::Arr(parts.into_iter().map(pattern_of).collect()),
        Pattern::Obj(entries) => {
            let guarded = entries.into_iter().map(|(key, value)| (key, pattern_of(value)));
            Pattern::Obj(guarded.collect())
        }
    }
}

fn part_of<'s>(part: Part<Code<'s>>) -> Part<Code<'s>> {
    match part {
        Part::Index(at) => Part::Index(term(at)),
        Part::Range(from, to) => Part::Range(from.map(term), to.map(term)),
    }
}

fn call(name: &str) -> Code<'_> {
    Term::Call(name, Vec::new())
}

fn piped<'s>(left: Code<'s>, right: Code<'s>) -> Code<'s> {
    Term::BinOp(Box::new(left), BinaryOp::Pipe(None), Box::new(right))
}

/// `left as $name | right`.
fn bound<'s>(left: Code<'s>, name: &'s str, right: Code<'s>) -> Code<'s> {
    let pattern = Some(Pattern::Var(name));
    Term::BinOp(Box::new(left), BinaryOp::Pipe(pattern), Box::new(right))
}

/// A step, and then the body, from which paths and calls at the end are possible as before.
fn stepped(body: Code<'_>) -> Code<'_> {
    bound(call(STEP), UNREAD, body)
}

/// Whether the term calls a filter of this name, however many arguments it takes.
fn calls(code: &Code<'_>, name: &str) -> bool {
    let in_ = |code: &Code<'_>| calls(code, name);
    match code {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => false,
        Term::Arr(inner) => inner.as_deref().is_some_and(in_),
        Term::Str(_, parts) => {
            parts.iter().any(|part| matches!(part, StrPart::Term(inner) if in_(inner)))
        }
        Term::Obj(entries) => {
            entries.iter().any(|(key, value)| in_(key) || value.as_ref().is_some_and(in_))
        }
        Term::Neg(inner) | Term::Label(_, inner) => in_(inner),
        Term::BinOp(left, _, right) => in_(left) || in_(right),
        Term::Fold(_, over, _, args) => in_(over) || args.iter().any(in_),
        Term::TryCatch(inner, catch) => in_(inner) || catch.as_deref().is_some_and(in_),
        Term::IfThenElse(branches, otherwise) => {
            branches.iter().any(|(when, then)| in_(when) || in_(then))
                || otherwise.as_deref().is_some_and(in_)
        }
        Term::Def(defs, inner) => in_(inner) || defs.iter().any(|def| in_(&def.body)),
        Term::Call(called, args) => *called == name || args.iter().any(in_),
        Term::Path(of, Path(parts)) => {
            let in_part = |part: &Part<Code<'_>>| match part {
                Part::Index(at) => in_(at),
                Part::Range(from, to) => {
                    from.as_ref().is_some_and(in_) || to.as_ref().is_some_and(in_)
                }
            };
            in_(of) || parts.iter().any(|(part, _)| in_part(part))
        }
    }
}
