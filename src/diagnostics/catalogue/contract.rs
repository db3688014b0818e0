//! The error names that document 003 ("Error Codes") promises to scripts.
//!
//! Scripts written against that contract look for these names, so machine output carries the
//! fitting one as `alias` beside our code. This is only the table of the names: a definition takes
//! one over (`alias "BACKUP_NO_SPACE"`) when something exists that raises it.

/// An error name of the contract.
#[derive(Debug, Eq, PartialEq)]
pub struct ContractError {
    /// The name, as scripts look for it.
    pub name: &'static str,
    /// What document 003 says has happened.
    pub meaning: &'static str,
    /// What document 003 says to do.
    pub action: &'static str,
}

/// The whole table, in the document's order.
pub static CONTRACT_ERRORS: [ContractError; 6] = [
    ContractError {
        name: "BACKUP_NO_SPACE",
        meaning: "Backup storage is full",
        action: "Free space or increase allocation",
    },
    ContractError { name: "BACKUP_CORRUPTED", meaning: "Checksum mismatch", action: "Use different backup" },
    ContractError {
        name: "BACKUP_NOT_FOUND",
        meaning: "Requested backup doesn't exist",
        action: "List available backups",
    },
    ContractError {
        name: "RESTORE_HEALTH_FAILED",
        meaning: "Health checks failed post-restore",
        action: "Restore different backup",
    },
    ContractError {
        name: "NEO4J_UNREACHABLE",
        meaning: "Cannot connect to Neo4j",
        action: "Check Neo4j container status",
    },
    ContractError {
        name: "NEO4J_ADMIN_FAILED",
        meaning: "neo4j-admin command failed",
        action: "Check neo4j-admin logs",
    },
];
