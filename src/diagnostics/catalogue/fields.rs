//! 1xx: fields, types and names.

define! {
    UNKNOWN_FIELD = 101, Error, "unknown-field" {
        summary: "The spec language has no such field.",
        explanation: "An API server drops unknown fields of a custom resource without a word unless validation is \
            strict, so a setting that was meant never arrives: a misspelled `storage` or `verify` is found when the \
            backup is needed. Sources: operator.md §1.1 (\"Schema quirks\"); DESIGN.md, \"The spec language\".",
        remedy: "Write the field that is meant; `explain spec` lists the fields of a place.",
    }
    OLD_SPELLING = 102, Error, "old-spelling" {
        summary: "The field is spelled as another version or another operator spells it.",
        explanation: "The kinds `Neo4jBackup` and `Neo4jRestore` exist in four incompatible languages, and old \
            documentation has forms that were never valid. Source: operator.md, head and §1.2 to §1.3.",
        remedy: "Write the field that the finding names.",
    }
    MISSING_FIELD = 103, Error, "missing-field" {
        summary: "A required field is missing.",
        explanation: "Without it there is no way to know what to back up, where to, or what to restore. \
            Source: the field tables of operator.md §1.1 and document 001.",
        remedy: "Add the field that the finding names.",
    }
    WRONG_TYPE = 104, Error, "wrong-type" {
        summary: "The value has a type that the field does not take.",
        explanation: "Kubernetes keeps strings, numbers, booleans, lists and mappings apart, and YAML decides by the \
            spelling: `5` is a number and `\"5\"` a string. The API server refuses the wrong one.",
        remedy: "Write a value of the type that the finding names.",
    }
    INVALID_CHOICE = 105, Error, "invalid-choice" {
        summary: "The value is not one of those that the field can have.",
        explanation: "The API server refuses it; where nothing refuses it, it would silently mean the default. \
            Source: the enumerations of operator.md §1.1 and document 001.",
        remedy: "Write one of the values that the finding lists.",
    }
    OUT_OF_RANGE = 106, Error, "out-of-range" {
        summary: "The value is too long, too short, too large or too small.",
        explanation: "The bounds are those of the CustomResourceDefinition.",
        remedy: "Stay within the bounds that the finding names.",
    }
    EMPTY_VALUE = 107, Warning, "empty-value" {
        summary: "A key has no value.",
        explanation: "Kubernetes treats it as absent, so the default holds. Somebody who leaves a value out usually \
            meant to come back to it.",
        remedy: "Write a value, or remove the line.",
    }
    FOREIGN_DIALECT = 108, Error, "foreign-dialect" {
        summary: "The document is of the same kind in another language.",
        explanation: "`neo4j.neo4j.com/v1beta1` and `neo4j.com` have kinds of the same names with other fields. \
            Reading one as the other would ignore half of it. Source: operator.md, head, §1.2 and §5.",
        remedy: "Write `apiVersion: neo4j.neo4j.com/v1alpha1` and its fields.",
    }
}
