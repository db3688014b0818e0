//! The shape of each kind as static data: which fields exist, of which type, and what they mean.
//!
//! The tables are generated from the same schemas as the CRDs (`generated.rs`, kept fresh by
//! `tests/it/generated.rs`), because building them from schemars at every start would cost more than
//! validating a spec does.

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A mapping with known fields.
    Object(&'static [Field]),
    /// A mapping with free keys and values of one shape.
    Map(&'static Shape),
    /// A sequence of one shape.
    List {
        /// Shape of the items.
        items: &'static Shape,
        /// Fewest items.
        min: u32,
        /// Most items; 0 means no limit.
        max: u32,
    },
    /// A string.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters; 0 means no limit.
        max: u32,
    },
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// True or false.
    Boolean,
    /// A Kubernetes quantity: a string, or a number.
    Quantity,
    /// A number or a string, which Kubernetes keeps apart.
    IntOrString,
}

/// One field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in a spec.
    pub name: &'static str,
    /// What it means, in a sentence or two.
    pub description: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What holds when it is absent, as it would be written; empty when nothing is assumed.
    pub default: &'static str,
    /// Its value's shape.
    pub shape: &'static Shape,
}

impl Shape {
    /// The field of that name, when this is an object that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        match self {
            Self::Object(fields) => fields.iter().find(|field| field.name == name),
            _ => None,
        }
    }

    /// A word or two for messages: `a string`, `true or false`.
    #[must_use]
    pub const fn expectation(&self) -> &'static str {
        match self {
            Self::Object(_) | Self::Map(_) => "a mapping",
            Self::List { .. } => "a list",
            Self::Text { .. } | Self::Choice(_) => "a string",
            Self::Integer { .. } => "a whole number",
            Self::Boolean => "true or false",
            Self::Quantity => "a quantity such as 10Gi",
            Self::IntOrString => "a number or a string",
        }
    }
}

/// Shape of a document of the given kind below its `spec`.
#[must_use]
pub fn of_kind(kind: &str) -> Option<&'static Shape> {
    match kind {
        "Neo4jBackup" => Some(&super::generated::BACKUP),
        "Neo4jRestore" => Some(&super::generated::RESTORE),
        "Neo4jTarget" => Some(&super::generated::TARGET),
        _ => None,
    }
}
