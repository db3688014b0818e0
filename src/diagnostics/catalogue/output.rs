//! 7xx: output and GitOps.

define! {
    CANNOT_BE_RENDERED = 701, Error, "cannot-be-rendered" {
        summary: "The spec cannot be turned into objects.",
        explanation: "Something that the objects cannot do without is missing or cannot be read. A spec is never left \
            out without a word, so nothing at all is written. Source: DESIGN.md, \"Commands\".",
        remedy: "Supply what the finding names.",
    }
}
