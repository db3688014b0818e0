//! 0xx: what cannot be read, and what YAML makes of it.

define! {
    UTF16_INPUT = 1, Error, "utf-16-input" {
        summary: "The file is encoded in UTF-16 or UTF-32, not in UTF-8.",
        explanation: "Editors and shells on Windows write UTF-16 unasked (`>` in older PowerShell does). \
            YAML allows it, but tools around Git, CI and this one read UTF-8, and half of a pipeline that \
            reads a file differently from the other half is how a wrong manifest gets through. \
            Source: YAML 1.2.2 §5.2.",
        remedy: "Save the file as UTF-8, or convert it: `iconv -f UTF-16 -t UTF-8 FILE > NEW`.",
    }
    BINARY_INPUT = 2, Error, "binary-input" {
        summary: "The file is binary, not text.",
        explanation: "It contains bytes that no text has, so it is probably an archive, a compressed file or \
            a backup artifact that lies in the folder of the specs. Nothing in it was checked. \
            Source: YAML 1.2.2 §5.1 lists the characters a stream may hold.",
        remedy: "Unpack it first, or leave it out of `-f`.",
    }
    INVALID_UTF8 = 3, Error, "invalid-utf-8" {
        summary: "The file is not valid UTF-8.",
        explanation: "Some byte sequence is not a character. Usually the file was saved in Latin-1 or \
            Windows-1252, or two encodings were joined. Guessing would change names and passwords \
            silently. Source: YAML 1.2.2 §5.2.",
        remedy: "Save the file as UTF-8, or convert it: `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`.",
    }
    INPUT_TOO_LARGE = 4, Error, "input-too-large" {
        summary: "The file is larger than 64 MiB.",
        explanation: "No set of specs that people maintain is that large, while a dump or a log named `.yaml` \
            is. The limit keeps a stray file from taking the memory of a CI runner. Nothing in the file \
            was checked.",
        remedy: "Split the file, or leave it out of `-f`.",
    }
    TOO_DEEP = 5, Error, "too-deep" {
        summary: "The document nests deeper than 128 levels.",
        explanation: "The spec language needs about ten levels. Deeper nesting comes from a broken generator \
            or from an attempt to exhaust the reader's stack, so reading stops here.",
        remedy: "Look at what generated the document; close the brackets or reduce the indentation.",
    }
    ALIAS_EXPANSION = 6, Error, "alias-expansion" {
        summary: "The document's aliases expand to far more than is written.",
        explanation: "Each alias (`*name`) stands for a copy of its anchor, and aliases of aliases multiply: a \
            few lines can stand for billions of values (the \"billion laughs\"). The expansion is bounded, \
            and this document goes beyond the bound.",
        remedy: "Write the repeated parts out, or use fewer levels of aliases.",
    }
    YAML_SYNTAX = 10, Error, "yaml-syntax" {
        summary: "The text is not valid YAML.",
        explanation: "The parser cannot go on in this document; later documents of the same file are still \
            checked. The place is where the parser gave up: the mistake is there or shortly before, often \
            a missing colon, a quote left open, or a line indented differently from its neighbours. \
            Source: YAML 1.2.2.",
        remedy: "Compare the indentation and the quotes of the marked line with those above it.",
    }
    DUPLICATE_KEY = 11, Error, "duplicate-key" {
        summary: "A key stands twice in the same mapping.",
        explanation: "YAML forbids it, yet kubectl takes the last one silently, so one of the two settings \
            never arrives and nobody is told which. Sources: YAML 1.2.2 §3.2.1.3; measured with kubectl 1.32 \
            (rust.md §2.3).",
        remedy: "Keep the entry that is meant and delete the other.",
    }
    UNDEFINED_ALIAS = 12, Error, "undefined-alias" {
        summary: "An alias refers to an anchor that does not stand before it.",
        explanation: "`*name` copies what `&name` marks earlier in the same document. An anchor in another \
            document, even of the same file, does not count. An unquoted value that begins with `*`, \
            such as a cron expression, is read as an alias too. Source: YAML 1.2.2 §7.1.",
        remedy: "Define the anchor above, correct its spelling, or quote the value when the asterisk is meant: \
            `\"*\"`.",
    }
    RECURSIVE_ALIAS = 13, Error, "recursive-alias" {
        summary: "An alias lies inside of the value it refers to.",
        explanation: "The value would contain itself without end. YAML can describe such a graph, but JSON, and \
            with it the Kubernetes API, cannot. Source: YAML 1.2.2 §3.2.1.",
        remedy: "Write out what is meant in place of the alias.",
    }
    UNKNOWN_TAG = 14, Error, "unknown-tag" {
        summary: "A value carries a tag that Kubernetes does not know.",
        explanation: "Tags such as `!Ref`, `!vault` or `!reference` belong to other tools (CloudFormation, \
            Ansible, GitLab), which replace the value before Kubernetes sees it. Here the file was given \
            without that step; dropping the tag would apply the unreplaced text. Source: YAML 1.2.2 §6.9.1.",
        remedy: "Run the tool that resolves the tag first and pass its output, or remove the tag.",
    }
    INVALID_MERGE_KEY = 15, Error, "invalid-merge-key" {
        summary: "The merge key is given something that is not a mapping.",
        explanation: "`<<` copies the entries of a mapping, or of each mapping in a list, into the one it stands \
            in. A scalar or a list of scalars has no entries to copy. Source: the merge key type for YAML 1.1 \
            (yaml.org/type/merge), which kubectl follows.",
        remedy: "Let `<<` refer to an anchored mapping (`<<: *defaults`), or quote it (`\"<<\"`) when a plain key of \
            that name is meant.",
    }
    NON_STRING_KEY = 16, Error, "non-string-key" {
        summary: "A key is not a string.",
        explanation: "Kubernetes documents are JSON, whose keys are strings. A key such as `1`, `true`, `null`, \
            `on` or a list is turned into some string by kubectl (`on:` becomes `\"true\"`), seldom into \
            the one that is meant. Source: measured with kubectl 1.32 (rust.md §2.3).",
        remedy: "Quote the key: `\"on\":`.",
    }
    TAB_INDENTATION = 17, Error, "tab-indentation" {
        summary: "A line is indented with a tab.",
        explanation: "YAML forbids tabs in indentation, because their width depends on the editor and the \
            indentation decides what belongs to what. Source: YAML 1.2.2 §6.1.",
        remedy: "Replace the tab by spaces, two for each level.",
    }
    LONE_CARRIAGE_RETURN = 18, Error, "lone-carriage-return" {
        summary: "A line ends with a carriage return alone.",
        explanation: "YAML takes it for a line break, while editors, Git and most tools see one long line; so \
            what looks like a comment may end early, and what looks like a setting may be part of a \
            comment. Source: YAML 1.2.2 §5.4.",
        remedy: "Convert the line ends to `\\n`: `tr '\\r' '\\n' < FILE > NEW`.",
    }
    BOOLEAN_WORD = 20, Error, "boolean-word" {
        summary: "An unquoted word that Kubernetes reads as true or false stands where a string is meant.",
        explanation: "`yes`, `no`, `on`, `off`, `y` and `n` are strings in YAML 1.2 and booleans for kubectl, \
            which follows YAML 1.1. A database named `no` arrives as `false`, and the API server refuses it \
            or something else than you wrote is stored. Source: measured with kubectl 1.32 (rust.md §2.3).",
        remedy: "Quote the word when the string is meant (`\"no\"`); write `true` or `false` when the boolean is.",
    }
    NUMBER_TRAP = 21, Error, "number-trap" {
        summary: "An unquoted number is read differently from how it looks.",
        explanation: "For kubectl, which follows YAML 1.1, `0777` is 511, `1_000` is 1000 and `0b101` is 5; YAML 1.2 \
            tools read another number, or a string. Where a string is meant, leading zeros and \
            underscores are lost. Source: measured with kubectl 1.32 (rust.md §2.3).",
        remedy: "Quote the value when a string is meant (`\"0777\"`); write the plain decimal number when a number is.",
    }
    NO_SPECS = 30, Warning, "no-specs" {
        summary: "The input holds no Neo4jBackup and no Neo4jRestore.",
        explanation: "Everything was read and nothing was checked. A green run that looked at the wrong folder is \
            worse than a red one, so it is said. Documents of other kinds are left alone.",
        remedy: "Check the path given to `-f`, add `-R` for folders below it, or use `-k` for a kustomization.",
    }
    NOT_A_MAPPING = 31, Error, "not-a-mapping" {
        summary: "The document is not a mapping.",
        explanation: "A Kubernetes object is a mapping with `apiVersion`, `kind` and `metadata` at its top. A list \
            or a single value there cannot be applied, and is usually the rest of a document that a \
            stray `---` cut in two.",
        remedy: "Start the document with `apiVersion:` and `kind:`, or remove the stray `---` above it.",
    }
    MISSING_KIND = 32, Error, "missing-kind" {
        summary: "The document says no apiVersion or no kind.",
        explanation: "Without both, nothing knows what the document is: kubectl refuses it, and none of its \
            fields can be checked. A misspelled `kind` key would otherwise let a whole spec pass unread.",
        remedy: "Add both, for a backup `apiVersion: neo4j.neo4j.com/v1alpha1` and `kind: Neo4jBackup`.",
    }
    UNUSED_SUPPRESSION = 40, Warning, "unused-suppression" {
        summary: "A comment suppresses a code that is not found on its line.",
        explanation: "The mistake was repaired, has moved to another line, or never was what the comment says. \
            Left standing, the comment would hide the next finding of this code without anyone having decided \
            that.",
        remedy: "Delete the comment, or move it onto the line of the finding or the line above.",
    }
    SUPPRESSION_WITHOUT_REASON = 41, Warning, "suppression-without-reason" {
        summary: "A comment suppresses a finding without saying why.",
        explanation: "Whoever reads the spec in an outage must know whether the finding was judged or waved through. \
            The reason is part of the syntax; without it the comment has no effect.",
        remedy: "Write the reason after the code: `# neo4j-backup: ignore NB030 fed from another repository`.",
    }
    SUPPRESSION_OF_ERROR = 42, Warning, "suppression-of-error" {
        summary: "A comment tries to suppress an error.",
        explanation: "An error means that the run would fail or that data would be lost. No comment changes that, \
            so the error stands and the comment has no effect.",
        remedy: "Repair the error and delete the comment.",
    }
    SUPPRESSION_UNKNOWN_CODE = 43, Warning, "suppression-unknown-code" {
        summary: "A suppressing comment names no code that exists.",
        explanation: "The comment has no code, its code is misspelled, or this version of the program is too old to \
            know it. The comment has no effect, and what it was meant for is still reported.",
        remedy: "Write a code that exists: every finding shows its own (`# neo4j-backup: ignore NB030 reason`), and \
            `explain CODE` says what it means.",
    }
}
