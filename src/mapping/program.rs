//! jq expressions, compiled once and run on each row.

use crate::domain::terms::country;
use crate::mapping::canonical::RowError;
use crate::mapping::functions::{self, Kit, Reference, Tools};
use crate::mapping::guard::{self, Work};
use crate::mapping::identity;
use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader, span};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Vars};
use jaq_json::{Num, Val};
use serde_json::Value;
use std::rc::Rc;

/// Functions that depend on more than the row, or would stop the program; they are not available.
const WITHHELD: &[&str] = &[
    "env",
    "now",
    "halt",
    "input",
    "inputs",
    "debug_empty",
    "stderr_empty",
    "localtime",
    "strflocaltime",
];

const NO_MODULES: &str = "jq: modules cannot be imported";

/// The name of a mapping's program among the definitions.
const MAIN: &str = "buymode_main";

const VARIABLES: [&str; 6] = ["$file", "$row", "$snapshot_at", "$tables", "$key", "$timestamp"];

/// The variables of an expression.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub file: &'a str,
    /// The row's number, from 1.
    pub row: u64,
    pub snapshot_at: Option<&'a str>,
    /// An object of objects.
    pub tables: &'a Val,
    /// A record's key, and its time as RFC 3339; `None` for rows of files.
    pub key: Option<&'a str>,
    pub timestamp: Option<&'a str>,
}

impl Default for Scope<'_> {
    fn default() -> Self {
        let tables = &Val::Null;
        Scope { file: "", row: 0, snapshot_at: None, tables, key: None, timestamp: None }
    }
}

/// A program failed on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed(pub String);

pub struct Program {
    filter: jaq_core::Filter<Kit>,
    reference: Rc<Reference>,
    /// Of one row.
    pub(super) steps_max: u64,
}

fn technologies() -> Fun<Kit> {
    run(("technologies", v(0), |(ctx, text): jaq_core::Cv<'_, Kit>| {
        let found = match &text {
            Val::Null => Ok(Val::Arr(Rc::default())),
            _ => text.try_as_utf8_bytes_owned().map(|bytes| {
                let named = ctx.data().reference.catalogue.named_in(&bytes);
                let text = |text: &str| Val::from(text.to_owned());
                let tools = named.into_iter().map(|(tool, reading)| {
                    let confidence = f64::from(reading.confidence_percent()) / 100.0;
                    let said = [
                        ("tool", text(tool.tool.as_str())),
                        ("category", text(tool.category.as_str())),
                        ("reading", text(reading.into())),
                        ("confidence", Val::Num(Num::Float(confidence))),
                    ];
                    Val::obj(said.into_iter().map(|(key, value)| (text(key), value)).collect())
                });
                Val::Arr(Rc::new(tools.collect()))
            }),
        };
        bome(found)
    }))
}

/// A function of texts; null for null and for unknown texts.
fn known<'a>(text: &Val, know: fn(&str) -> Option<String>) -> jaq_core::ValXs<'a, Val> {
    let found = match text {
        Val::Null => Ok(Val::Null),
        _ => text
            .try_as_utf8_bytes_owned()
            .map(|bytes| str::from_utf8(&bytes).ok().and_then(know).map_or(Val::Null, Val::from)),
    };
    bome(found)
}

/// The functions of mappings beside jq's own.
fn own() -> [Fun<Kit>; 4] {
    [
        run(("listed", v(0), |(_, value): jaq_core::Cv<'_, Kit>| {
            bome(Ok(match value {
                Val::Null => Val::Arr(Rc::default()),
                Val::Arr(_) => value,
                one => Val::Arr(Rc::new(vec![one])),
            }))
        })),
        technologies(),
        run(("country", v(0), |(_, text): jaq_core::Cv<'_, Kit>| known(&text, iso2))),
        run(("account", v(0), |(_, text): jaq_core::Cv<'_, Kit>| known(&text, account))),
    ]
}

fn iso2(text: &str) -> Option<String> {
    country::iso2(text).map(String::from)
}

fn account(text: &str) -> Option<String> {
    identity::resolve(text).ok().map(String::from)
}

impl Program {
    /// Of definitions and an expression alone, without a catalogue and columns.
    pub fn alone(define: &str, code: &str) -> Result<Program, String> {
        Program::compile(["", define, code], Rc::default())
    }

    /// The error message gives the place of the mistake in the expression or in the definitions.
    pub fn compile(
        [include, define, code]: [&str; 3],
        reference: Rc<Reference>,
    ) -> Result<Program, String> {
        let whole = format!("{include}\n{define}\n{code}");
        let place = |part: &str| {
            let at = span(&whole, part).start.min(whole.len());
            let mut from = 0;
            let mut parts = [(" of include", include), (" of define", define), ("", code)]
                .into_iter()
                .map(|(where_, text)| {
                    let began = from;
                    from += text.len() + 1;
                    (where_, text, began)
                });
            let within = |(_, text, began): &(_, &str, usize)| at <= began + text.len();
            let (where_, text, began) = parts.find(within).unwrap_or(("", code, at));
            let before = text.get(..at.saturating_sub(began)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let near: String = part.trim().chars().take(20).take_while(|c| *c != '\n').collect();
            let near =
                if near.is_empty() { "at the end".to_owned() } else { format!("at {near:?}") };
            format!("(line {line}{where_}, {near})")
        };
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let funs = funs.filter(|(name, ..)| !WITHHELD.contains(name)).chain(own());
        let funs = funs.chain(functions::own()).chain(guard::functions());
        let arena = Arena::default();
        Loader::new([]).load(&arena, File { code: whole.as_str(), path: () }).map_err(
            |errors| match errors.into_iter().next().map(|(_, e)| e) {
                Some(jaq_core::load::Error::Lex(list)) => {
                    list.first().map_or(String::new(), |(e, at)| {
                        format!("jq: expected {} {}", e.as_str(), place(at))
                    })
                }
                Some(jaq_core::load::Error::Parse(list)) => {
                    list.first().map_or(String::new(), |(e, at)| {
                        format!("jq: expected {} {}", e.as_str(), place(at))
                    })
                }
                _ => NO_MODULES.to_owned(),
            },
        )?;
        // The program is parsed again, as a definition beside those of the library, so that it can be
        // guarded like them. Definitions that use withheld functions are withheld too.
        let parsed = load::parse(&whole, |parser| parser.term()).ok_or(NO_MODULES)?;
        let program = Def { name: MAIN, args: Vec::new(), body: guard::term(parsed) };
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let defs = defs.filter(|def| !uses_withheld(def.name)).map(|def| guard::def(def));
        let modules = Loader::new(defs.chain([program]))
            .load(&arena, File { code: MAIN, path: () })
            .map_err(|_| NO_MODULES)?;
        let filter = Compiler::default()
            .with_funs(funs)
            .with_global_vars(VARIABLES)
            .compile(modules)
            .map_err(|errors| {
                let first = errors.iter().flat_map(|(_, list)| list).next();
                first.map_or(String::new(), |(name, what)| {
                    format!("jq: unknown {} {name} {}", what.as_str(), place(name))
                })
            })?;
        Ok(Program { filter, reference, steps_max: guard::STEPS_MAX })
    }

    /// Visits every output until `visit` returns an error.
    pub fn each(
        &self,
        row: &Val,
        scope: &Scope<'_>,
        visit: &mut dyn FnMut(Val) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let text = |text: &str| Val::from(text.to_owned());
        let vars = Vars::new([
            text(scope.file),
            Val::Num(Num::from_integral(scope.row)),
            scope.snapshot_at.map_or(Val::Null, text),
            scope.tables.clone(),
            scope.key.map_or(Val::Null, text),
            scope.timestamp.map_or(Val::Null, text),
        ]);
        let work = Work::new(self.steps_max);
        let tools = Tools { lut: &self.filter.lut, reference: &self.reference, work: &work };
        let ctx = Ctx::<Kit>::new(tools, vars);
        for output in self.filter.id.run((ctx, row.clone())) {
            let value = output.map_err(|exn| match exn.get_err() {
                Ok(error) => refused(error),
                Err(_) => RowError::mapping("jq: a break without its label"),
            })?;
            visit(value)?;
        }
        Ok(())
    }

    pub fn first(&self, row: &Val, scope: &Scope<'_>) -> Result<Option<Val>, Failed> {
        let mut first = None;
        let enough = RowError::mapping("");
        let ended = self.each(row, scope, &mut |value| {
            first = Some(value);
            Err(enough.clone())
        });
        match ended {
            Err(error) if error != enough => Err(Failed(error.message)),
            _ => Ok(first),
        }
    }

    /// Whether the first output is true for jq: neither false nor null.
    pub fn holds(&self, row: &Val, scope: &Scope<'_>) -> Result<bool, Failed> {
        Ok(!matches!(self.first(row, scope)?, None | Some(Val::Null | Val::Bool(false))))
    }
}

/// Whether a definition of the standard library uses withheld functions.
fn uses_withheld(name: &str) -> bool {
    matches!(
        name,
        "halt"
            | "halt_error"
            | "env"
            | "$ENV"
            | "now"
            | "debug"
            | "stderr"
            | "input"
            | "inputs"
            | "localtime"
            | "strflocaltime"
            | "todate"
            | "dateadd"
            | "datesub"
            | "date"
            | "input_line_number"
    )
}

/// The message and reason of `error(…)` in the mapping; any other failure has jq's message.
fn refused(error: jaq_core::Error<Val>) -> RowError {
    let shown = error.to_string();
    let sentence = |value: &Val| match value {
        Val::TStr(bytes) => Some(short(&String::from_utf8_lossy(bytes))),
        _ => None,
    };
    let value = error.clone().into_val();
    let by_mapping = error == jaq_core::Error::new(value.clone());
    match value {
        Val::TStr(_) if by_mapping => RowError::mapping(sentence(&value).unwrap_or_default()),
        Val::Obj(object) if object.len() == 1 => {
            let said = object.iter().next().and_then(|(reason, said)| {
                let said = sentence(said)?;
                Some(match sentence(reason)?.as_str() {
                    "value" => RowError::value(said),
                    "account" => RowError::account(said),
                    "mapping" => RowError::mapping(said),
                    _ => return None,
                })
            });
            said.unwrap_or_else(|| RowError::mapping(format!("jq: {}", short(&shown))))
        }
        _ => RowError::mapping(format!("jq: {}", short(&shown))),
    }
}

fn short(message: &str) -> String {
    let mut out: String = message.chars().take(300).collect();
    if out.len() < message.len() {
        out.push('…');
    }
    out
}

/// The value as JSON. The error names the value that JSON cannot hold.
pub fn to_json(value: &Val) -> Result<Value, Failed> {
    guard::flat(value).map_err(|e| Failed(e.to_string()))?;
    json(value)
}

fn json(value: &Val) -> Result<Value, Failed> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Num(number) => {
            let text = number.to_string();
            serde_json::from_str(&text)
                .map_err(|_| Failed(format!("invalid number {text}: JSON cannot hold it")))?
        }
        Val::TStr(bytes) | Val::BStr(bytes) => {
            Value::String(String::from_utf8_lossy(bytes).into_owned())
        }
        Val::Arr(list) => Value::Array(list.iter().map(json).collect::<Result<_, _>>()?),
        Val::Obj(object) => {
            let mut map = serde_json::Map::with_capacity(object.len());
            for (key, value) in object.iter() {
                let Val::TStr(key) = key else {
                    return Err(Failed("invalid object key: use a text".to_owned()));
                };
                map.insert(String::from_utf8_lossy(key).into_owned(), json(value)?);
            }
            Value::Object(map)
        }
    })
}
