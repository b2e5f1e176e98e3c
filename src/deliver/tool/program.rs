//! A map that was compiled. It belongs to one thread; each thread keeps those that it has used.

use super::ask::Draft;
use super::file::{LookUp, MapError, MapFile};
use super::verdict::{Verdict, said};
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
    request: Program,
    answer: Option<Program>,
    read_back: Option<(Program, Program)>,
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
        let read_back = file.read_back.as_ref().map(|back| {
            let request = of("read_back.request", &back.request)?;
            Ok::<_, MapError>((request, of("read_back.found", &back.found)?))
        });
        Ok(ToolMap {
            probe: file.probe.as_deref().map(|code| of("probe", code)).transpose()?,
            look_up,
            request: of("write.request", &file.write.request)?,
            answer: file.write.answer.as_deref().map(|code| of("write.answer", code)).transpose()?,
            read_back: read_back.transpose()?,
            file,
        })
    }

    /// What programs read. `body`: of an action. The error is for people.
    pub fn document(&self, tool: &Tool, body: &str) -> Result<Value, String> {
        let mut document: Value =
            serde_json::from_str(body).map_err(|_| "the decision cannot be read".to_owned())?;
        let usual = self.file.values.iter().map(|(name, spec)| (name.clone(), json!(spec.default)));
        let given = tool.values.iter().map(|(name, value)| (name.to_string(), json!(value)));
        document["values"] = Value::Object(usual.chain(given).collect());
        document["found"] = Value::Object(Object::new());
        Ok(document)
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

    pub fn write(&self, document: &Value) -> Result<Option<Draft>, String> {
        draft("write.request", &self.request, document)
    }

    /// What the map makes of an answer to its write; none where the status says it all.
    pub fn verdict(&self, document: &Value, response: &Response) -> Result<Option<Verdict>, String> {
        let Some(program) = &self.answer else { return Ok(None) };
        said(first("write.answer", program, &heard(document, response))?)
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

/// The document with an answer: `{status, headers, body}` beside its own keys.
fn heard(document: &Value, response: &Response) -> Value {
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

fn first(key: &str, program: &Program, document: &Value) -> Result<Value, String> {
    let input: Val = serde_json::from_value(document.clone())
        .map_err(|_| format!("{key}: the input cannot be read"))?;
    let found = program.first(&input, &Scope::default()).map_err(|e| format!("{key}: {}", e.0))?;
    found.map_or(Ok(Value::Null), |found| to_json(&found).map_err(|e| format!("{key}: {}", e.0)))
}
