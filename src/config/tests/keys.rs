//! Every key that a `Config` has, as serde sees it.

use super::Config;
use serde::de::value::Error as Probed;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// All paths of keys below `path`, found by asking serde what a `Config` would take.
pub(super) fn collect(path: &mut Vec<&'static str>, keys: &mut Vec<Vec<&'static str>>) {
    let mut found = Vec::new();
    let _ = Config::deserialize(Probe { path, found: &mut found });
    if found.is_empty() {
        keys.push(path.clone());
    }
    for key in found {
        path.push(key);
        collect(path, keys);
        path.pop();
    }
}

/// Follows `path` through nested structs and notes the keys of the one it ends at.
struct Probe<'a> {
    path: &'a [&'static str],
    found: &'a mut Vec<&'static str>,
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Probed;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Probed> {
        Err(Probed::custom("a leaf"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Probed> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Probed> {
        if self.path.is_empty() {
            self.found.extend(fields);
            return Err(Probed::custom("enough"));
        }
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Probe<'_> {
    type Error = Probed;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Probed> {
        let key = serde::de::value::StrDeserializer::<Probed>::new(self.path[0]);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Probed> {
        seed.deserialize(Probe { path: &self.path[1..], found: self.found })
    }
}
