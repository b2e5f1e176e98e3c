//! Losses when a record of another writer's schema is read: fields that our schema lacks, and symbols
//! that it reads as its default. Counted by name in the whole process.

use apache_avro::Schema;
use apache_avro::schema::{EnumSchema, Name, RecordSchema};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Names of a record type that are counted one by one, so that writers cannot fill the memory; further
/// ones are counted together.
const NAMES_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 100;
const OTHERS: &str = "others";

type Counters = BTreeMap<(&'static str, String), Arc<AtomicU64>>;

static ALL: Mutex<Counters> = Mutex::new(BTreeMap::new());

/// The record type, the name (`Type.field` or `Type.SYMBOL`, as the writer calls them) and how many
/// values were lost since the start.
pub fn counts() -> Vec<(&'static str, String, u64)> {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let counted =
        all.iter().map(|((record, name), n)| (*record, name.clone(), n.load(Ordering::Relaxed)));
    counted.filter(|(_, _, n)| *n > 0).collect()
}

/// One name, counted and logged once.
#[derive(Clone)]
struct Lost {
    record: &'static str,
    name: String,
    is_symbol: bool,
    count: Arc<AtomicU64>,
}

impl Lost {
    fn new(record: &'static str, of: &Name, name: &str, is_symbol: bool) -> Lost {
        let name: String = format!("{}.{name}", of.name()).chars().take(NAME_CHARS_MAX).collect();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = all.contains_key(&(record, name.clone()));
        let known = all.keys().filter(|(of, _)| *of == record).count();
        let key = if is_known || known < NAMES_MAX { name.clone() } else { OTHERS.to_owned() };
        let count = all.entry((record, key)).or_default().clone();
        Lost { record, name, is_symbol, count }
    }

    fn count(&self) {
        if self.count.fetch_add(1, Ordering::Relaxed) > 0 {
            return;
        }
        let Lost { record, name, .. } = self;
        match self.is_symbol {
            true => tracing::warn!(
                record,
                name,
                "a symbol of another schema version is read as unknown"
            ),
            false => tracing::warn!(record, name, "a field of another schema version is not read"),
        }
    }
}

/// Every named type of a schema.
pub(super) fn named<'s>(schema: &'s Schema, names: &mut HashMap<Name, &'s Schema>) {
    if let (Some(name), false) = (schema.name(), matches!(schema, Schema::Ref { .. })) {
        names.insert(name.clone(), schema);
    }
    match schema {
        Schema::Array(array) => named(&array.items, names),
        Schema::Map(map) => named(&map.types, names),
        Schema::Union(union) => union.variants().iter().for_each(|schema| named(schema, names)),
        Schema::Record(record) => {
            record.fields.iter().for_each(|field| named(&field.schema, names));
        }
        _ => {}
    }
}

/// What of a writer's types is lost.
#[derive(Default)]
pub(super) struct Losses {
    fields: HashMap<Name, Vec<Lost>>,
    /// By index of the symbol.
    symbols: HashMap<Name, Vec<Option<Lost>>>,
}

impl Losses {
    /// Compares a writer's schema, which refers to `referred`, with the one it is resolved to.
    /// `record`: the name in metrics.
    pub(super) fn of(
        record: &'static str,
        written: &Schema,
        referred: &[Schema],
        ours: &Schema,
    ) -> Losses {
        let (mut theirs, mut our_names) = (HashMap::new(), HashMap::new());
        referred.iter().chain([written]).for_each(|schema| named(schema, &mut theirs));
        named(ours, &mut our_names);
        let mut pairs = Pairs {
            record,
            theirs,
            ours: our_names,
            seen: HashSet::new(),
            found: Losses::default(),
        };
        pairs.compare(written, ours);
        pairs.found
    }

    /// A value of this type is read.
    pub(super) fn record(&self, of: &RecordSchema) {
        if !self.fields.is_empty() {
            self.fields.get(&of.name).into_iter().flatten().for_each(Lost::count);
        }
    }

    /// A value of this type with the symbol at this index is read.
    pub(super) fn symbol(&self, of: &EnumSchema, symbol: &str) {
        if self.symbols.is_empty() {
            return;
        }
        let at = of.symbols.iter().position(|known| known == symbol);
        let lost = at.and_then(|at| self.symbols.get(&of.name)?.get(at)?.as_ref());
        lost.into_iter().for_each(Lost::count);
    }
}

/// A walk over two schemas side by side.
struct Pairs<'s> {
    record: &'static str,
    theirs: HashMap<Name, &'s Schema>,
    ours: HashMap<Name, &'s Schema>,
    /// Their named types that were compared; each is compared once.
    seen: HashSet<Name>,
    found: Losses,
}

impl<'s> Pairs<'s> {
    fn compare(&mut self, theirs: &'s Schema, ours: &'s Schema) {
        let (theirs, ours) = (resolved(&self.theirs, theirs), resolved(&self.ours, ours));
        match (theirs, ours) {
            (Schema::Union(union), _) => {
                union.variants().iter().for_each(|variant| self.compare(variant, ours));
            }
            (_, Schema::Union(union)) => {
                let variants = union.variants().iter().map(|v| resolved(&self.ours, v));
                let fits = |v: &&'s Schema| match (theirs, v) {
                    (Schema::Record(_), Schema::Record(_)) | (Schema::Enum(_), Schema::Enum(_)) => {
                        theirs.name().map(Name::name) == v.name().map(Name::name)
                    }
                    (Schema::Array(_), Schema::Array(_)) | (Schema::Map(_), Schema::Map(_)) => true,
                    _ => false,
                };
                let found: Vec<_> = variants.filter(fits).collect();
                found.into_iter().for_each(|variant| self.compare(theirs, variant));
            }
            (Schema::Array(theirs), Schema::Array(ours)) => {
                self.compare(&theirs.items, &ours.items)
            }
            (Schema::Map(theirs), Schema::Map(ours)) => self.compare(&theirs.types, &ours.types),
            (Schema::Record(theirs), Schema::Record(ours)) => self.records(theirs, ours),
            (Schema::Enum(theirs), Schema::Enum(ours)) if self.seen.insert(theirs.name.clone()) => {
                let lost = |symbol: &String| {
                    let is_lost = !ours.symbols.contains(symbol);
                    is_lost.then(|| Lost::new(self.record, &theirs.name, symbol, true))
                };
                let lost: Vec<_> = theirs.symbols.iter().map(lost).collect();
                if lost.iter().any(Option::is_some) {
                    self.found.symbols.insert(theirs.name.clone(), lost);
                }
            }
            _ => {}
        }
    }

    fn records(&mut self, theirs: &'s RecordSchema, ours: &'s RecordSchema) {
        if !self.seen.insert(theirs.name.clone()) {
            return;
        }
        let mut lost = Vec::new();
        for field in &theirs.fields {
            let same = ours
                .fields
                .iter()
                .find(|our| our.name == field.name || our.aliases.contains(&field.name));
            match same {
                Some(our) => self.compare(&field.schema, &our.schema),
                None => lost.push(Lost::new(self.record, &theirs.name, &field.name, false)),
            }
        }
        if !lost.is_empty() {
            self.found.fields.insert(theirs.name.clone(), lost);
        }
    }
}

fn resolved<'s>(names: &HashMap<Name, &'s Schema>, schema: &'s Schema) -> &'s Schema {
    match schema {
        Schema::Ref { name } => names.get(name).copied().unwrap_or(schema),
        schema => schema,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::bounds::Bounded;

    #[test]
    fn should_count_what_a_value_loses_and_only_where_it_is() {
        let ours = r#"{"type": "record", "name": "Top", "fields": [
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["unknown", "a"],
                "default": "unknown"}},
            {"name": "new_name", "aliases": ["old_name"], "type": "int"},
            {"name": "part", "type": ["null", {"type": "record", "name": "Part", "fields": [
                {"name": "n", "type": "int"}]}]}]}"#;
        let theirs = r#"{"type": "record", "name": "Top", "fields": [
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}},
            {"name": "old_name", "type": "int"},
            {"name": "note", "type": "int"},
            {"name": "part", "type": ["null", {"type": "record", "name": "Part", "fields": [
                {"name": "n", "type": "int"}, {"name": "extra", "type": "int"}]}]}]}"#;
        let [ours, theirs] = [ours, theirs].map(|json| Schema::parse_str(json).unwrap());
        // A name of its own, since the counts are of the whole process.
        let record = "should_count_what_a_value_loses";
        let bounded = Bounded::of(theirs, Some((&ours, record))).unwrap();
        let counted = || {
            let all = counts().into_iter().filter(|(of, _, _)| *of == record);
            all.map(|(_, name, n)| (name, n)).collect::<Vec<_>>()
        };
        let of = |pairs: &[(&str, u64)]| {
            pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>()
        };
        // kind a, no part.
        bounded.measure(&[0, 2, 2, 0]).unwrap();
        assert_eq!(counted(), of(&[("Top.note", 1)]));
        // kind b, with a part.
        bounded.measure(&[2, 2, 2, 2, 2, 2]).unwrap();
        assert_eq!(counted(), of(&[("Kind.b", 1), ("Part.extra", 1), ("Top.note", 2)]));
    }

    #[test]
    fn should_bound_the_number_of_names() {
        let record = "should_bound_the_number_of_names";
        let name = Name::new("R").unwrap();
        for n in 0..3 * NAMES_MAX {
            Lost::new(record, &name, &format!("f{n}"), false).count();
        }
        let all: Vec<_> = counts().into_iter().filter(|(of, _, _)| *of == record).collect();
        let others = all.iter().find(|(_, name, _)| name == OTHERS);
        assert!(all.len() <= NAMES_MAX + 1, "{}", all.len());
        assert!(others.is_some_and(|(_, _, n)| *n >= 2 * NAMES_MAX as u64), "{others:?}");
    }
}
