//! Reads a located tree into the typed spec: a serde deserializer over [`Node`].
//!
//! It runs after the walk ([`super::walk`]) has named and removed everything that does not fit its shape, so
//! errors here are not expected; the few that can remain (types that Kubernetes defines, such as affinity)
//! are told once for the field they stand in.

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor, value};
use serde::forward_to_deserialize_any;

use super::yaml::{Entry, Node, Resolved, Value};

/// Why a tree could not be read into a type.
pub type DecodeError = value::Error;

/// Reads a value of type `T` from a node.
///
/// # Errors
///
/// When a value has another type than `T` wants.
pub fn decode<'de, T: serde::Deserialize<'de>>(node: &'de Node<'_>) -> Result<T, DecodeError> {
    T::deserialize(NodeDeserializer(node))
}

struct NodeDeserializer<'de, 'text>(&'de Node<'text>);

impl<'de> Deserializer<'de> for NodeDeserializer<'de, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(mapping) => {
                visitor.visit_map(Entries { entries: mapping.entries.iter(), value: None })
            }
            Value::Scalar(scalar) => match scalar.resolved {
                Resolved::Null => visitor.visit_unit(),
                Resolved::Bool(value) => visitor.visit_bool(value),
                Resolved::Integer(value) => visitor.visit_i64(value),
                Resolved::Float(value) => visitor.visit_f64(value),
                Resolved::String => visitor.visit_borrowed_str(&scalar.text),
            },
        }
    }

    // The walk has already told a person that a plain `0777` or `yes` is no string for Kubernetes; what they
    // meant is the text, and the remaining rules are better off with it.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar(scalar) => visitor.visit_borrowed_str(&scalar.text),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar(scalar) if matches!(scalar.resolved, Resolved::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar(scalar) => visitor.visit_enum(scalar.text.as_ref().into_deserializer()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de, 'text>(std::slice::Iter<'de, Node<'text>>);

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.0.next().map(|node| seed.deserialize(NodeDeserializer(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de, 'text> {
    entries: std::slice::Iter<'de, Entry<'text>>,
    value: Option<&'de Node<'text>>,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        seed.deserialize(value::BorrowedStrDeserializer::new(entry.key.as_ref())).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.value.take() {
            Some(node) => seed.deserialize(NodeDeserializer(node)),
            None => Err(serde::de::Error::custom("a value without its key")),
        }
    }
}
