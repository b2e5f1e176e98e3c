//! Reads a mapping file with the files that it names, and compiles its programs.

use crate::codec::Codec;
use crate::domain::terms::titles::Titles;
use crate::mapping::asked;
use crate::mapping::canonical::Norms;
use crate::mapping::columns::Columns;
use crate::mapping::file::{self, MappingError, MappingFile, Position};
use crate::mapping::functions::Reference;
use crate::mapping::normalise::industry::Industries;
use crate::mapping::normalise::rates::Rates;
use crate::mapping::normalise::technologies::Catalogue;
use crate::mapping::program::Program;
use crate::mapping::{Gone, Mapping, Probe, Rule, Table};
use jaq_json::Val;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

impl Mapping {
    pub fn load(path: &Path) -> Result<Mapping, MappingError> {
        let name = path.display().to_string();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|e| MappingError::Unreadable {
                file: path.display().to_string(),
                message: e.to_string(),
            })
        };
        let text = read(path)?;
        Mapping::parse(&name, &text, &|catalogue| {
            read(&path.parent().unwrap_or(Path::new(".")).join(catalogue))
        })
    }

    /// `beside` reads a file that the mapping names, from the mapping's folder.
    pub fn parse(
        name: &str,
        text: &str,
        beside: &dyn Fn(&str) -> Result<String, MappingError>,
    ) -> Result<Mapping, MappingError> {
        let file = MappingFile::parse(name, text)?;
        let mut digest = Sha256::new();
        digest.update(text);
        let mut beside = |path: &str| {
            let text = beside(path)?;
            digest.update([0]);
            digest.update(&text);
            Ok(text)
        };
        let tools = (file.technologies.as_ref())
            .map(|path| Catalogue::parse(path, &beside(path)?, &mut beside));
        let catalogue = Rc::new(tools.transpose()?.unwrap_or_default());
        let shape = |path: &str, message: &str| MappingError::Shape {
            file: path.to_owned(),
            message: format!(" {message}"),
        };
        let industries = match &file.industries {
            None => Industries::default(),
            Some(path) => {
                let names = file::from_yaml(path, &beside(path)?)?;
                Industries::new(names).map_err(|message| shape(path, &message))?
            }
        };
        let titles = file
            .titles
            .as_ref()
            .map(|path| Titles::with(&beside(path)?).map_err(|message| shape(path, &message)));
        let titles = titles.transpose()?.unwrap_or_default();
        let rates = file.rates.as_ref().map(|path| Rates::parse(path, &beside(path)?));
        let rates = rates.transpose()?.unwrap_or_default();
        let (dates, known_after) = (file.dates, file.known_after);
        let columns = Columns::new(&file.columns).map_err(|message| shape(name, &message))?;
        let reference = Rc::new(Reference { catalogue: catalogue.clone(), columns, dates });
        let (slashed, tools) = (Default::default(), catalogue);
        let norms = Norms { dates, slashed, industries, titles, tools, rates, known_after };
        let include = file.include.as_deref().map(&mut beside).transpose()?.unwrap_or_default();
        let define = file.define.as_ref().map_or("", |d| d.value.as_str());
        let compile = |what: String, code: &file::Code| {
            Program::compile([&include, define, &code.value], reference.clone()).map_err(
                |message| {
                    let position = Position::of(code);
                    MappingError::Program { file: name.to_owned(), position, what, message }
                },
            )
        };
        let mut tables = Vec::new();
        for (table, spec) in &file.tables {
            tables.push(Table {
                name: table.clone(),
                optional: spec.optional,
                looks_for: asked::named_in(&spec.matches.value),
                matches: compile(format!("tables.{table}.match"), &spec.matches)?,
                key: compile(format!("tables.{table}.key"), &spec.key)?,
                value: compile(format!("tables.{table}.value"), &spec.value)?,
            });
        }
        let nothing = || Val::obj(jaq_json::Map::default());
        let empty = tables.iter().map(|t| (Val::from(t.name.clone()), nothing())).collect();
        let empty = Val::obj(empty);
        let mut rules = Vec::new();
        for rule in &file.rules {
            let gone = match &rule.gone {
                None => None,
                Some(gone) => Some(Gone {
                    key: compile(format!("{}.gone.key", rule.name), &gone.key)?,
                    emit: compile(format!("{}.gone.emit", rule.name), &gone.emit)?,
                }),
            };
            rules.push(Rule {
                name: rule.name.clone(),
                looks_for: asked::named_in(&rule.matches.value),
                matches: compile(format!("{}.match", rule.name), &rule.matches)?,
                emit: compile(format!("{}.emit", rule.name), &rule.emit)?,
                gone,
            });
        }
        let snapshot_at = file.snapshot_at.as_ref();
        let snapshot_at = snapshot_at.map(|code| compile("snapshot_at".to_owned(), code));
        let snapshot_at = snapshot_at.transpose()?;
        let rows = match &file.rows {
            None => None,
            Some(code) => Some(compile("rows".to_owned(), code)?),
        };
        let version = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let name = Path::new(name).file_name().map_or(name.into(), |n| n.to_string_lossy());
        let name = name.into_owned();
        let probe = RefCell::new(Probe { codec: Codec::local(), bytes: Vec::new() });
        let source = file.source;
        Ok(Mapping { source, name, version, norms, snapshot_at, rows, tables, empty, rules, probe })
    }
}
