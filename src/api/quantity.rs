//! Kubernetes quantities as they are written: `500m`, `2`, `10Gi`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A Kubernetes quantity, kept as written.
///
/// Grammar: a decimal number with an optional suffix `m`, `k`, `M`, `G`, `T`, `P`, `E`, `Ki`, `Mi`, `Gi`,
/// `Ti`, `Pi`, `Ei` or a decimal exponent. A plain YAML number is accepted too (`cpu: 2`), as the API server
/// does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Quantity(pub String);

impl Quantity {
    /// The size in bytes (or the plain number), rounded up; `None` when the text is not a quantity.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let bytes = self.value()?.ceil();
        (bytes.is_finite() && bytes >= 0.0).then_some(bytes as u64)
    }

    /// Whether it is more than another quantity; false when either is none.
    #[must_use]
    pub fn exceeds(&self, other: &Self) -> bool {
        matches!((self.value(), other.value()), (Some(left), Some(right)) if left > right)
    }

    /// The number; `None` when the text is not a quantity.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let text = self.0.trim();
        let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, suffix) = text.split_at(split);
        let number: f64 = number.parse().ok()?;
        let factor = match suffix {
            "" => 1.0,
            "m" => 1e-3,
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            "T" => 1e12,
            "P" => 1e15,
            "E" => 1e18,
            "Ki" => 1024.0,
            "Mi" => 1_048_576.0,
            "Gi" => 1_073_741_824.0,
            "Ti" => 1_099_511_627_776.0,
            "Pi" => 1_125_899_906_842_624.0,
            "Ei" => 1_152_921_504_606_846_976.0,
            exponent if exponent.starts_with(['e', 'E']) => {
                10f64.powi(exponent.get(1..)?.parse::<i32>().ok()?)
            }
            _ => return None,
        };
        Some(number * factor).filter(|value| value.is_finite())
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Quantity;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a quantity such as 500m or 10Gi")
            }
            fn visit_str<E>(self, text: &str) -> Result<Quantity, E> {
                Ok(Quantity(text.to_owned()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn binary_and_decimal_suffixes_are_told_apart() {
        for (text, bytes) in [
            ("1Gi", Some(1 << 30)),
            ("1G", Some(1_000_000_000)),
            ("500m", Some(1)),
            ("1.5Ki", Some(1536)),
            ("2e3", Some(2000)),
            ("12", Some(12)),
            ("", None),
            ("Gi", None),
            ("1GB", None),
            ("1 Gi", None),
            ("-1", None),
        ] {
            assert_eq!(Quantity(text.to_owned()).bytes(), bytes, "{text}");
        }
    }
}
