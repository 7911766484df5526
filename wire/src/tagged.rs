//! JSON objects whose key `type` says which variant of an enum they are.
//!
//! serde has this built in (`tag`), and keeps the object as a tree of its own meanwhile, so that the code which reads it
//! is there twice: a sixth of the viewer. Here the text is read twice instead: for its kind, then by it.

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny, IntoDeserializer as _,
    MapAccess, VariantAccess, Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::Error;
use std::fmt;

const KEY: &str = "type";

type Reader<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

#[derive(serde::Deserialize)]
struct Kind {
    r#type: String,
}

/// Reads an enum of variants with named fields.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let Kind { r#type: kind } = serde_json::from_str(text)?;
    let mut reader = Reader::from_str(text);
    let value = T::deserialize(Tagged { kind: &kind, reader: &mut reader })?;
    reader.end()?;
    Ok(value)
}

/// Writes one, its kind first.
pub(crate) fn write<T: Serialize>(value: &T) -> String {
    // Only maps with keys that are not strings, and failing Serialize impls, can make this fail; there are none here.
    let text = serde_json::to_string(value).unwrap_or_default();
    let inner = text.strip_prefix("{\"").and_then(|rest| rest.strip_suffix("}}"));
    match inner.and_then(|inner| inner.split_once("\":{")) {
        Some((kind, "")) => format!("{{\"{KEY}\":\"{kind}\"}}"),
        Some((kind, fields)) => format!("{{\"{KEY}\":\"{kind}\",{fields}}}"),
        None => text,
    }
}

/// An object of a known kind that is still to be read.
struct Tagged<'k, 'r, 'de> {
    kind: &'k str,
    reader: &'r mut Reader<'de>,
}

impl<'de> Deserializer<'de> for Tagged<'_, '_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("no enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Tagged<'_, '_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let kind: StrDeserializer<'_, Error> = self.kind.into_deserializer();
        Ok((seed.deserialize(kind)?, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_, '_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        IgnoredAny::deserialize(self.reader).map(|_| ())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _seed: S) -> Result<S::Value, Error> {
        Err(Error::custom("a variant has no named fields"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a variant has no named fields"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.reader.deserialize_map(Fields(visitor))
    }
}

/// All keys but that of the kind.
struct Fields<I>(I);

impl<'de, V: Visitor<'de>> Visitor<'de> for Fields<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Fields(map))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        loop {
            let Some(key) = self.0.next_key::<String>()? else { return Ok(None) };
            if key != KEY {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}
