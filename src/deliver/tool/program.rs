//! A map that was compiled. It belongs to one thread; each thread keeps those that it has used.

use super::ask::Draft;
use super::file::{LookUp, MapError, MapFile, ReadBack, Write};
use super::verdict::{Verdict, said, shown};
use crate::credentials::Response;
use crate::desk::roster::tool::Tool;
use crate::mapping::program::{Program, Scope, to_json};
use jaq_json::Val;
use serde_json::{Map as Object, Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// Maps that a thread keeps.
const KEPT_MAX: usize = 64;

thread_local! {
    static KEPT: RefCell<Vec<(MapFile, Rc<ToolMap>)>> = const { RefCell::new(Vec::new()) };
}

pub struct ToolMap {
    pub file: MapFile,
    probe: Option<Program>,
    look_up: Vec<(Program, Program)>,
    write: Option<Pair>,
    read_back: Option<(Program, Program)>,
    people: Option<PeopleMap>,
    pub(super) sync: Option<SyncMap>,
}

/// A request, and what its answer means.
type Pair = (Program, Option<Program>);

/// The programs about many accounts at once.
pub(super) struct SyncMap {
    pub(super) properties: Program,
    pub(super) requests: Program,
    pub(super) items: Program,
    pub(super) read: Option<(Program, Program)>,
}

/// The programs about people.
struct PeopleMap {
    list: Program,
    found: Program,
    keep_out: Program,
    there: Option<(Program, Program)>,
    enrol: Pair,
    again: Option<(Program, Program)>,
    stop: Option<Pair>,
}

impl ToolMap {
    /// The map of a tool, compiled.
    pub fn of(tool: &Tool) -> Result<Rc<ToolMap>, MapError> {
        let file = MapFile::of(tool)?;
        let known = KEPT.with_borrow(|kept| {
            kept.iter().find(|(known, _)| *known == file).map(|(_, map)| map.clone())
        });
        if let Some(map) = known {
            return Ok(map);
        }
        let map = Rc::new(ToolMap::compile(file.clone())?);
        KEPT.with_borrow_mut(|kept| {
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
            kept.push((file, map.clone()));
        });
        Ok(map)
    }

    pub fn compile(file: MapFile) -> Result<ToolMap, MapError> {
        let define = file.define.clone();
        let of = |key: &str, code: &str| {
            Program::alone(&define, code).map_err(|why| MapError(format!("{key}: {why}")))
        };
        let look_up = file.look_up.iter().map(|LookUp { name, request, found, .. }| {
            let key = |part: &str| format!("look_up.{name}.{part}");
            Ok((of(&key("request"), request)?, of(&key("found"), found)?))
        });
        let look_up = look_up.collect::<Result<_, MapError>>()?;
        let back = |key: &str, back: &ReadBack| {
            let request = of(&format!("{key}.request"), &back.request)?;
            Ok::<_, MapError>((request, of(&format!("{key}.found"), &back.found)?))
        };
        let pair = |key: &str, write: &Write| {
            let answer = write.answer.as_deref().map(|code| of(&format!("{key}.answer"), code));
            Ok::<_, MapError>((of(&format!("{key}.request"), &write.request)?, answer.transpose()?))
        };
        let people = file.people.as_ref().map(|people| {
            Ok::<_, MapError>(PeopleMap {
                list: of("people.list", &people.list)?,
                found: of("people.found", &people.found)?,
                keep_out: of("people.keep_out", &people.keep_out)?,
                there: people.there.as_ref().map(|t| back("people.there", t)).transpose()?,
                enrol: pair("people.enrol", &people.enrol)?,
                again: people.again.as_ref().map(|a| back("people.again", a)).transpose()?,
                stop: people.stop.as_ref().map(|stop| pair("people.stop", stop)).transpose()?,
            })
        });
        let sync = file.sync.as_ref().map(|sync| {
            let read = sync.read.as_ref().map(|read| {
                let requests = of("sync.read.requests", &read.requests)?;
                Ok::<_, MapError>((requests, of("sync.read.items", &read.items)?))
            });
            Ok::<_, MapError>(SyncMap {
                properties: of("sync.properties", &sync.properties)?,
                requests: of("sync.requests", &sync.requests)?,
                items: of("sync.items", &sync.items)?,
                read: read.transpose()?,
            })
        });
        Ok(ToolMap {
            probe: file.probe.as_deref().map(|code| of("probe", code)).transpose()?,
            look_up,
            write: file.write.as_ref().map(|write| pair("write", write)).transpose()?,
            read_back: file.read_back.as_ref().map(|b| back("read_back", b)).transpose()?,
            people: people.transpose()?,
            sync: sync.transpose()?,
            file,
        })
    }

    /// What programs read. `body`: of an action. The error is for people.
    pub fn document(&self, tool: &Tool, body: &str) -> Result<Value, String> {
        let mut document: Value =
            serde_json::from_str(body).map_err(|_| "the decision cannot be read".to_owned())?;
        document["values"] = self.values(tool);
        document["found"] = Value::Object(Object::new());
        Ok(document)
    }

    pub(super) fn values(&self, tool: &Tool) -> Value {
        let usual = self.file.values.iter().map(|(name, spec)| (name.clone(), json!(spec.default)));
        let given = tool.values.iter().map(|(name, value)| (name.to_string(), json!(value)));
        Value::Object(usual.chain(given).collect())
    }

    pub fn probe(&self, document: &Value) -> Result<Option<Draft>, String> {
        self.probe.as_ref().map_or(Ok(None), |program| draft("probe", program, document))
    }

    pub fn look_up(&self, at: usize, document: &Value) -> Result<Option<Draft>, String> {
        let Some((request, _)) = self.look_up.get(at) else { return Ok(None) };
        draft("look_up", request, document)
    }

    /// What a look-up has found, perhaps null.
    pub fn found(&self, at: usize, document: &Value, response: &Response) -> Result<Value, String> {
        let Some((_, found)) = self.look_up.get(at) else { return Ok(Value::Null) };
        first("look_up", found, &heard(document, response))
    }

    fn pair(&self, what: What) -> Option<&Pair> {
        match what {
            What::Write => self.write.as_ref(),
            What::Enrol => self.people.as_ref().map(|people| &people.enrol),
            What::Stop => self.people.as_ref().and_then(|people| people.stop.as_ref()),
        }
    }

    /// Whether the map looks into answers, and not at their status alone.
    pub fn reads_answers(&self, what: What) -> bool {
        self.pair(what).is_some_and(|(_, answer)| answer.is_some())
    }

    /// A request that changes something; none: there is nothing to write.
    pub fn write(&self, what: What, document: &Value) -> Result<Option<Draft>, String> {
        let Some((request, _)) = self.pair(what) else { return Ok(None) };
        draft(what.key(), request, document)
    }

    /// What the map makes of its answer; none where the status says it all.
    pub fn verdict(
        &self,
        what: What,
        document: &Value,
        response: &Response,
    ) -> Result<Option<Verdict>, String> {
        let Some((_, Some(answer))) = self.pair(what) else { return Ok(None) };
        said(first(what.key(), answer, &heard(document, response))?)
    }

    /// The request that lists the account's people.
    pub fn list(&self, document: &Value) -> Result<Option<Draft>, String> {
        let Some(people) = &self.people else { return Ok(None) };
        draft("people.list", &people.list, document)
    }

    pub fn listed(&self, document: &Value, response: &Response) -> Result<Vec<Value>, String> {
        let Some(people) = &self.people else { return Ok(Vec::new()) };
        match first("people.found", &people.found, &heard(document, response))? {
            Value::Array(found) => Ok(found),
            Value::Null => Ok(Vec::new()),
            _ => Err("people.found: invalid result; use a list".to_owned()),
        }
    }

    /// Why a person is not put into the sequence, and whether they have opted out.
    pub fn keeps_out(&self, document: &Value) -> Result<Option<(String, bool)>, String> {
        let Some(people) = &self.people else { return Ok(None) };
        Ok(match first("people.keep_out", &people.keep_out, document)? {
            Value::Null => None,
            Value::Object(said) if said.contains_key("opted_out") => {
                Some((shown(&said["opted_out"]), true))
            }
            why => Some((shown(&why), false)),
        })
    }

    /// None where the map cannot look.
    pub fn look(&self, document: &Value) -> Result<Option<Draft>, String> {
        let there = self.people.as_ref().and_then(|people| people.there.as_ref());
        let Some((request, _)) = there else { return Ok(None) };
        draft("people.there.request", request, document)
    }

    /// `{id, since}` of a person who is in the sequence.
    pub fn seen(&self, document: &Value, response: &Response) -> Result<Option<Value>, String> {
        let there = self.people.as_ref().and_then(|people| people.there.as_ref());
        let Some((_, found)) = there else { return Ok(None) };
        let found = first("people.there.found", found, &heard(document, response))?;
        Ok(Some(found).filter(|found| !found.is_null()))
    }

    /// None where the ledger says all that `stop` needs.
    pub fn ask_again(&self, document: &Value) -> Result<Option<Draft>, String> {
        let again = self.people.as_ref().and_then(|people| people.again.as_ref());
        let Some((request, _)) = again else { return Ok(None) };
        draft("people.again.request", request, document)
    }

    /// A person whom buymode has put in, as the tool has them now; null: they are gone.
    pub fn known_again(&self, document: &Value, response: &Response) -> Result<Value, String> {
        let again = self.people.as_ref().and_then(|people| people.again.as_ref());
        let Some((_, found)) = again else { return Ok(Value::Null) };
        first("people.again.found", found, &heard(document, response))
    }

    /// None where the map cannot read back.
    pub fn read_back(&self, document: &Value) -> Result<Option<Draft>, String> {
        let Some((request, _)) = &self.read_back else { return Ok(None) };
        draft("read_back.request", request, document)
    }

    /// The reference of what is there.
    pub fn is_there(&self, document: &Value, response: &Response) -> Result<Option<Value>, String> {
        let Some((_, found)) = &self.read_back else { return Ok(None) };
        let found = first("read_back.found", found, &heard(document, response))?;
        Ok(Some(found).filter(|found| !found.is_null() && *found != json!(false)))
    }
}

/// Which of a map's requests that change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Write,
    Enrol,
    Stop,
}

impl What {
    fn key(self) -> &'static str {
        match self {
            What::Write => "write",
            What::Enrol => "people.enrol",
            What::Stop => "people.stop",
        }
    }
}

/// The document with an answer: `{status, headers, body}` beside its own keys.
pub(super) fn heard(document: &Value, response: &Response) -> Value {
    let mut heard = document.clone();
    heard["status"] = json!(response.status);
    heard["headers"] =
        response.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    heard["body"] = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    heard
}

fn draft(key: &str, program: &Program, document: &Value) -> Result<Option<Draft>, String> {
    Draft::of(first(key, program, document)?).map_err(|why| format!("{key}: {why}"))
}

pub(super) fn first(key: &str, program: &Program, document: &Value) -> Result<Value, String> {
    let input: Val = serde_json::from_value(document.clone())
        .map_err(|_| format!("{key}: the input cannot be read"))?;
    let found = program.first(&input, &Scope::default()).map_err(|e| format!("{key}: {}", e.0))?;
    found.map_or(Ok(Value::Null), |found| to_json(&found).map_err(|e| format!("{key}: {}", e.0)))
}
