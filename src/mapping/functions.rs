//! What the functions of a mapping look things up in, and the functions for tables that people keep:
//! columns by the words of their names, days and numbers of people among other words.

use super::columns::Columns;
use super::guard::Work;
use super::normalise::date::Order;
use super::normalise::technologies::Catalogue;
use super::normalise::{days, people};
use jaq_core::data::HasLut;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{DataT, Lut};
use jaq_json::{Num, Val};
use std::rc::Rc;

/// What the functions of a mapping look things up in.
#[derive(Default)]
pub struct Reference {
    pub catalogue: Rc<Catalogue>,
    pub columns: Columns,
    pub dates: Order,
}

/// The data of native functions: the compiled terms, the reference, and the work done so far.
pub(super) struct Kit;

#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    pub(super) lut: &'a Lut<Kit>,
    pub(super) reference: &'a Reference,
    /// The work done so far.
    pub(super) work: &'a Work,
}

impl DataT for Kit {
    type V<'a> = Val;
    type Data<'a> = Tools<'a>;
}

impl<'a> HasLut<'a, Kit> for Tools<'a> {
    fn lut(&self) -> &'a Lut<Kit> {
        self.lut
    }
}

pub(super) fn own() -> [Fun<Kit>; 3] {
    [
        run(("columns", v(0), |(ctx, row): jaq_core::Cv<'_, Kit>| {
            bome(Ok(ctx.data().reference.columns.of(&row)))
        })),
        run(("dates", v(0), |(ctx, said): jaq_core::Cv<'_, Kit>| {
            let found = text(&said).map(|text| days::all(&text, ctx.data().reference.dates));
            let found =
                found.unwrap_or_default().into_iter().map(|day| Val::from(days::shown(day)));
            bome(Ok(Val::Arr(Rc::new(found.collect()))))
        })),
        run(("people", v(0), |(_, said): jaq_core::Cv<'_, Kit>| {
            let found = text(&said).and_then(|text| people::parse(&text));
            let number = |people| Val::Num(Num::from_integral(people));
            bome(Ok(found.map_or(Val::Null, number)))
        })),
    ]
}

/// A text, or a number as one.
fn text(value: &Val) -> Option<String> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Val::Num(number) => Some(number.to_string()),
        _ => None,
    }
}
