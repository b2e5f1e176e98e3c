//! How a title is read: the occupation or rank comes before its purpose. The head of
//! `deploy/titles.tsv` explains it for people.

use super::table::{Head, HeadKind, Mark, Meaning, Purpose};
use crate::domain::terms::catalogue::{Function, Seniority};
use smallvec::SmallVec;

/// A phrase that was found in a title.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub meaning: Meaning,
    /// A word that the table does not know follows, before any separator.
    pub before_unknown: bool,
    /// A word that the table does not know stands before it, within its part of the title.
    pub after_unknown: bool,
}

type Items = SmallVec<[Item; 16]>;

/// What the parts of a title say together. The first that names an occupation or a rank
/// decides.
pub(super) fn read(mut items: Items) -> (Function, Seniority) {
    without_former(&mut items);
    abbreviations_of_places(&mut items);
    let parts: SmallVec<[Part<'_>; 8]> =
        items.split(|item| item.is(Mark::Part)).map(Part::of).collect();
    // "Senior - Staff Engineer": the level alone does not say what the person is.
    let says = |part: &Part<'_>| part.head().is_some() && part.level_alone().is_none();
    let at = parts.iter().position(says);
    let Some(at) = at.or_else(|| parts.iter().position(|part| part.head().is_some())) else {
        let function = first(parts.iter().filter_map(Part::purpose));
        return (function.unwrap_or(Function::Other), level_anywhere(&parts));
    };
    let others = parts[at + 1..].iter().chain(&parts[..at]);
    let elsewhere = || first(others.clone().filter_map(Part::purpose));
    let function = parts[at].function().or_else(elsewhere);
    let function = function.or_else(|| parts[at].weak_function()).unwrap_or(Function::Other);
    let seniority = parts[at].seniority();
    let seniority = if others.clone().any(Part::is_intern) { Seniority::Intern } else { seniority };
    let seniority = match seniority {
        Seniority::Individual => others.filter_map(Part::level_alone).max().unwrap_or(seniority),
        other => other,
    };
    (function, seniority)
}

/// "Ex-Founder" is not a founder; "Ex-Acme Engineer" is an engineer, "Ex-Acme Founder" is nothing yet.
fn without_former(items: &mut Items) {
    while let Some(at) = items.iter().position(|item| item.is(Mark::Former)) {
        let mut unknown = false;
        let behind = items[at + 1..].iter().take_while(|item| !item.separates());
        let head = behind.map(|item| {
            unknown |= item.after_unknown;
            let head = item
                .meaning
                .head
                .filter(|head| !unknown || head.seniority == Some(Seniority::CLevel));
            (item.meaning.head.is_some(), head.is_some())
        });
        let head = head.enumerate().find(|(_, (is_head, _))| *is_head);
        if let Some((further, (_, true))) = head {
            items[at + 1 + further].meaning = Meaning::default();
        }
        items[at].meaning.mark = Some(Mark::Plain);
    }
}

/// AE is an account executive, but the Emirates behind an occupation or a place.
fn abbreviations_of_places(items: &mut Items) {
    let (mut is_something, mut before) = (false, None::<Item>);
    let mut unknown = false;
    for item in items.iter_mut() {
        unknown |= item.after_unknown;
        if item.meaning.head.is_some() && item.is(Mark::Place) {
            let after_place = before.is_some_and(|before| before.is(Mark::Place));
            let alone = before.is_none() && unknown && !item.after_unknown;
            if is_something || after_place || alone {
                item.meaning.head = None;
                continue;
            }
        }
        is_something |= item.meaning.head.is_some() && item.meaning.level.is_none();
        if !item.separates() {
            before = Some(*item);
        }
    }
}

/// Without occupation and rank: "Junior Partnerships".
fn level_anywhere(parts: &[Part<'_>]) -> Seniority {
    let items = parts.iter().flat_map(|part| part.items);
    items.filter_map(|item| item.meaning.level).max().unwrap_or(Seniority::Individual)
}

/// Between two separators: "Senior Director of Product Marketing".
struct Part<'a> {
    items: &'a [Item],
    /// Before the first "of".
    before: &'a [Item],
    /// Behind it.
    after: &'a [Item],
}

impl<'a> Part<'a> {
    fn of(items: &'a [Item]) -> Part<'a> {
        let end = items.iter().position(|item| item.is(Mark::Ends)).unwrap_or(items.len());
        let begin = items[..end].iter().position(|item| !item.is(Mark::Of)).unwrap_or(end);
        let items = &items[begin..end];
        let of = items.iter().position(|item| item.is(Mark::Of)).unwrap_or(items.len());
        let (before, after) = items.split_at(of);
        // "Sales for Account Executives", "Head of Sales Assistant".
        let whole = last_head(before).is_none() || helps(after);
        let (before, after) = if whole { (items, &items[items.len()..]) } else { (before, after) };
        Part { items, before, after }
    }

    /// Where the first occupation or rank stands.
    fn head(&self) -> Option<usize> {
        let run = self.before.split(|item| item.is(Mark::And));
        let mut begin = 0;
        for run in run {
            if let Some(at) = last_head(run) {
                return Some(begin + at);
            }
            begin += run.len() + 1;
        }
        None
    }

    fn function(&self) -> Option<Function> {
        let at = self.head()?;
        let head = self.before[at].meaning.head?;
        let own = head.function.filter(|purpose| !purpose.weak).map(|purpose| purpose.function);
        own.or_else(|| purpose(&self.before[..at]))
            .or_else(|| purpose(&self.before[at + 1..]))
            .or_else(|| purpose(self.after))
    }

    fn weak_function(&self) -> Option<Function> {
        let heads = self.heads().map(|(_, head)| head);
        let modifiers = self.before.iter().filter_map(|item| item.meaning.head);
        heads.chain(modifiers).find_map(|head| head.function).map(|purpose| purpose.function)
    }

    /// The purpose by this part, where another part names the occupation.
    fn purpose(&self) -> Option<Function> {
        let is_name =
            self.items.last().is_some_and(|item| item.is(Mark::Name) && !item.before_unknown);
        if is_name { None } else { purpose(self.items) }
    }

    /// One for each of "President & CRO", with the items that stand before it.
    fn heads(&self) -> impl Iterator<Item = (&'a [Item], Head)> {
        let before = self.before;
        let mut begin = 0;
        let mut at = 0;
        before.split(|item| item.is(Mark::And)).filter_map(move |run| {
            let from = at;
            at += run.len() + 1;
            let head = last_head(run)?;
            let modifiers = &before[begin..from + head];
            begin = from + head + 1;
            Some((modifiers, run[head].meaning.head?))
        })
    }

    fn seniority(&self) -> Seniority {
        let mut seniority = Seniority::Intern;
        for (modifiers, head) in self.heads() {
            let one = self.seniority_of(modifiers, head);
            if one == Seniority::Intern {
                return one;
            }
            seniority = seniority.max(one);
        }
        match seniority {
            Seniority::Individual => self.last_level().unwrap_or(seniority),
            other => other,
        }
    }

    fn seniority_of(&self, modifiers: &[Item], head: Head) -> Seniority {
        let ranks = modifiers.iter().filter_map(|item| item.meaning.head?.seniority);
        let inherited = || ranks.max().unwrap_or(Seniority::Individual);
        let own = head.seniority.unwrap_or_else(inherited);
        if own > Seniority::Individual {
            return own;
        }
        let levels = || modifiers.iter().filter_map(|item| item.meaning.level);
        if own == Seniority::Intern || levels().any(|level| level == Seniority::Intern) {
            return Seniority::Intern;
        }
        levels().max().unwrap_or(own)
    }

    /// "Software Engineer Senior".
    fn last_level(&self) -> Option<Seniority> {
        let last = self.items.last()?;
        let is_level = last.meaning.head.is_none_or(|head| head.seniority == last.meaning.level);
        last.meaning.level.filter(|_| is_level && !last.before_unknown)
    }

    fn is_intern(&self) -> bool {
        self.heads().any(|(_, head)| head.seniority == Some(Seniority::Intern))
    }

    /// A part that says how senior and nothing else: "(Senior)".
    fn level_alone(&self) -> Option<Seniority> {
        let known =
            |item: &Item| item.meaning.level.is_some() || item.separates() || item.is(Mark::Plain);
        let alone = self
            .items
            .iter()
            .all(|item| known(item) && !item.before_unknown && !item.after_unknown);
        let level = self.items.iter().filter_map(|item| item.meaning.level).max();
        level.filter(|level| alone && *level <= Seniority::Lead)
    }
}

/// The last occupation or rank counts ("Sales Director Associate"); but what a manager manages does
/// not ("Director Sales Engineers").
fn last_head(items: &[Item]) -> Option<usize> {
    let last = items.iter().rposition(|item| item.meaning.head.is_some())?;
    let head = |at: usize| items[at].meaning.head;
    let occupation = head(last).is_some_and(|head| head.kind == HeadKind::Occupation);
    let leads = |at: &usize| {
        head(*at).is_some_and(|head| {
            let rank = head.kind == HeadKind::Rank && items[*at].meaning.level.is_none();
            rank && head.seniority >= Some(Seniority::Manager)
        })
    };
    let leader = (0..last).rev().find(leads).filter(|_| occupation);
    Some(leader.unwrap_or(last))
}

/// "of Sales Assistant": the assistant is meant, not the leader.
fn helps(after: &[Item]) -> bool {
    let helper = |item: &Item| item.meaning.head.is_some_and(|head| head.kind == HeadKind::Helper);
    let Some((last, before)) = after.split_last() else { return false };
    helper(last) && before.iter().any(|item| item.meaning.field.is_some())
}

/// The last purpose before an "and", or else behind it; the words after "of" come second.
fn purpose(items: &[Item]) -> Option<Function> {
    items
        .split(|item| item.is(Mark::Of))
        .find_map(|items| first(items.split(|item| item.is(Mark::And)).filter_map(purpose_of_run)))
}

/// The last one, since it is nearest to what the job is; but "GTM Insurance" sells insurance.
fn purpose_of_run(run: &[Item]) -> Option<Function> {
    let mut found = None;
    for item in run.iter().rev() {
        let function = item.purpose();
        match found {
            None => found = function,
            Some(Function::Other) if item.goes_to_market() => found = function,
            Some(_) => {}
        }
    }
    found
}

/// The first that buymode has a name for.
fn first(functions: impl Iterator<Item = Function>) -> Option<Function> {
    let mut other = None;
    for function in functions {
        if function != Function::Other {
            return Some(function);
        }
        other = Some(function);
    }
    other
}

impl Item {
    fn is(&self, mark: Mark) -> bool {
        self.meaning.mark == Some(mark)
    }

    fn separates(&self) -> bool {
        self.is(Mark::Part) || self.is(Mark::And)
    }

    fn goes_to_market(&self) -> bool {
        use Function::{Marketing, RevenueOperations, Sales, SalesDevelopment};
        let functions = [Sales, SalesDevelopment, Marketing, RevenueOperations];
        self.meaning.field.is_some_and(|field| !field.weak && functions.contains(&field.function))
    }

    fn purpose(&self) -> Option<Function> {
        let strong = |purpose: &Purpose| !purpose.weak;
        let field = self.meaning.field.filter(|purpose| strong(purpose) || !self.before_unknown);
        let head = || self.meaning.head.and_then(|head| head.function).filter(strong);
        field.or_else(head).map(|purpose| purpose.function)
    }
}
