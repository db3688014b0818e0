//! 7xx: output and GitOps.

define! {
    CANNOT_BE_RENDERED = 701, Error, "cannot-be-rendered" {
        summary: "The spec cannot be turned into objects.",
        explanation: "Something that the objects cannot do without is missing or cannot be read. A spec is never left \
            out without a word, so nothing at all is written. Source: DESIGN.md, \"Commands\".",
        remedy: "Supply what the finding names.",
    }
    RESTORE_LEFT_OUT = 702, Notice, "restore-left-out" {
        summary: "A restore is never rendered by accident.",
        explanation: "A restore that lies among the manifests of a repository would run again at the next sync. Without \
            being asked, `render` checks restores and writes nothing of them. Source: DESIGN.md, \"What a restore \
            becomes\"; peers.md §5.4 C.",
        remedy: "Give `--restore` to write its Jobs, suspended, and keep them out of the application's tree.",
    }
}
