//! The statements that bring a database back, in the form that each release takes.
//!
//! Values are parameters wherever Neo4j takes them, which it does inside `OPTIONS {…}` and in
//! procedure arguments; names of databases are quoted and were checked before, by their type. The
//! language differs by release: below 2025.06 a statement must have no prefix, from then on it says
//! `CYPHER 25` itself, because the server's default language is a setting. Source: neo4j-admin.md
//! §4.2.

use std::fmt::Write as _;

use super::feature::{Feature, has};
use super::grammar::GrammarError;
use super::names::DatabaseName;
use super::restore_until::RestoreUntil;
use super::version::Version;

/// A statement for the `system` database, with its parameters in the order of their use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement's text, on one line and without a semicolon.
    pub text: String,
    /// Its parameters by name, without the dollar sign.
    pub parameters: Vec<(&'static str, Parameter)>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
}

impl Parameter {
    /// The value as a Cypher expression, for `cypher-shell --param` and for people.
    ///
    /// # Errors
    /// When the text cannot be written as a literal that every release reads back unchanged.
    pub fn literal(&self) -> Result<String, GrammarError> {
        match self {
            Self::Text(text) => string_literal(text),
            Self::Integer(number) => Ok(number.to_string()),
        }
    }
}

/// What a statement needs and the release has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Neo4j {version} does not have this; releases from {} on do", feature.since())]
pub struct Unavailable {
    /// The release that was asked for.
    pub version: Version,
    /// What it lacks.
    pub feature: Feature,
}

/// How many servers host a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topology {
    /// Members that vote, at least one.
    pub primaries: u16,
    /// Members that only follow.
    pub secondaries: u16,
}

/// Where a new database takes its content from.
#[derive(Debug, Clone, Copy)]
pub struct Seed<'a> {
    /// Artifact or folder, as the servers reach it (their credentials, not the Job's:
    /// neo4j-admin.md §3).
    pub uri: &'a str,
    /// The moment or transaction to restore to; from 2025.01 on.
    pub restore_until: Option<RestoreUntil>,
    /// The database inside of a folder that holds several; from 2025.06 on.
    pub source_database: Option<&'a DatabaseName<'a>>,
}

/// What `DROP DATABASE` does with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropData {
    /// Each server writes a dump into its dumps folder first.
    Dump,
    /// The files are deleted.
    Destroy,
}

/// The prefix that a statement needs: none below 2025.06, `CYPHER 25 ` from then on.
pub fn language_prefix(version: Version) -> &'static str {
    if has(version, Feature::CypherLanguagePrefix) { "CYPHER 25 " } else { "" }
}

/// `CREATE DATABASE … OPTIONS {seedURI: …} WAIT`, for a database that does not exist.
///
/// `WAIT` can return without an error although the seed failed; look at [`show_database`] after it
/// (neo4j-admin.md §4.2).
///
/// # Errors
/// When the release lacks `seedRestoreUntil` or `seedSourceDatabase` and the seed needs it.
pub fn create_seeded(
    version: Version,
    name: &DatabaseName<'_>,
    topology: Option<Topology>,
    seed: &Seed<'_>,
) -> Result<Statement, Unavailable> {
    seeded("CREATE DATABASE", version, name, topology, seed)
}

/// `CREATE OR REPLACE DATABASE … OPTIONS {seedURI: …} WAIT`, which drops what is there.
///
/// # Errors
/// Before 2025.01, where a drop has to come first, and as [`create_seeded`].
pub fn create_or_replace_seeded(
    version: Version,
    name: &DatabaseName<'_>,
    topology: Option<Topology>,
    seed: &Seed<'_>,
) -> Result<Statement, Unavailable> {
    require(version, Feature::CreateOrReplaceWithSeed)?;
    seeded("CREATE OR REPLACE DATABASE", version, name, topology, seed)
}

fn seeded(
    verb: &str,
    version: Version,
    name: &DatabaseName<'_>,
    topology: Option<Topology>,
    seed: &Seed<'_>,
) -> Result<Statement, Unavailable> {
    let mut statement = begin(version, verb, name, topology);
    open_options(version, &mut statement.text);
    statement.text.push_str("seedURI: $seedURI");
    statement.parameters.push(("seedURI", Parameter::Text(seed.uri.to_owned())));
    if let Some(until) = seed.restore_until {
        require(version, Feature::SeedRestoreUntil)?;
        let expression = match until {
            RestoreUntil::Transaction(id) => id.to_string(),
            RestoreUntil::Time(point) => point.cypher(),
        };
        let _ = write!(statement.text, ", seedRestoreUntil: {expression}");
    }
    if let Some(source) = seed.source_database {
        require(version, Feature::SeedSourceDatabase)?;
        statement.text.push_str(", seedSourceDatabase: $seedSourceDatabase");
        let source = Parameter::Text(source.as_str().to_owned());
        statement.parameters.push(("seedSourceDatabase", source));
    }
    statement.text.push_str("} WAIT");
    Ok(statement)
}

/// `CREATE DATABASE … OPTIONS {existingDataSeedServer: …} WAIT`: the designated seeder, the one
/// server on which the store was restored while the database existed on none.
///
/// # Errors
/// Before 5.25, which has only `existingDataSeedInstance`.
pub fn create_from_seed_server(
    version: Version,
    name: &DatabaseName<'_>,
    topology: Option<Topology>,
    server_id: &str,
) -> Result<Statement, Unavailable> {
    require(version, Feature::ExistingDataSeedServer)?;
    let mut statement = begin(version, "CREATE DATABASE", name, topology);
    open_options(version, &mut statement.text);
    statement.text.push_str("existingDataSeedServer: $serverId} WAIT");
    statement.parameters.push(("serverId", Parameter::Text(server_id.to_owned())));
    Ok(statement)
}

/// `CREATE DATABASE … WAIT`, which on a standalone takes over the files that an offline restore put
/// in place (neo4j-admin.md §4.1).
pub fn create(version: Version, name: &DatabaseName<'_>, topology: Option<Topology>) -> Statement {
    let mut statement = begin(version, "CREATE DATABASE", name, topology);
    statement.text.push_str(" WAIT");
    statement
}

/// The call that replaces a database's content in place and keeps its privileges:
/// `dbms.recreateDatabase` from 2025.04 on, `dbms.cluster.recreateDatabase` before.
///
/// It returns before the servers are done; look at [`show_database`] after it.
///
/// # Errors
/// Before 5.24.
pub fn recreate(
    version: Version,
    name: &DatabaseName<'_>,
    topology: Option<Topology>,
    seed_uri: &str,
) -> Result<Statement, Unavailable> {
    let procedure = if has(version, Feature::RecreateProcedure) {
        "dbms.recreateDatabase"
    } else {
        require(version, Feature::ClusterRecreateProcedure)?;
        "dbms.cluster.recreateDatabase"
    };
    let prefix = language_prefix(version);
    let mut text = format!("{prefix}CALL {procedure}($database, {{seedURI: $seedURI");
    if let Some(Topology { primaries, secondaries }) = topology {
        let _ = write!(text, ", primaries: {primaries}, secondaries: {secondaries}");
    }
    text.push_str("})");
    Ok(Statement {
        text,
        parameters: vec![
            ("database", Parameter::Text(name.as_str().to_owned())),
            ("seedURI", Parameter::Text(seed_uri.to_owned())),
        ],
    })
}

/// `STOP DATABASE … WAIT`.
pub fn stop(version: Version, name: &DatabaseName<'_>) -> Statement {
    plain(version, "STOP DATABASE", name, " WAIT")
}

/// `START DATABASE … WAIT`.
pub fn start(version: Version, name: &DatabaseName<'_>) -> Statement {
    plain(version, "START DATABASE", name, " WAIT")
}

/// `DROP DATABASE … IF EXISTS … DATA WAIT`. Privileges on the database go with it.
pub fn drop(version: Version, name: &DatabaseName<'_>, data: DropData) -> Statement {
    let rest = match data {
        DropData::Dump => " IF EXISTS DUMP DATA WAIT",
        DropData::Destroy => " IF EXISTS DESTROY DATA WAIT",
    };
    plain(version, "DROP DATABASE", name, rest)
}

/// `SHOW DATABASE …`: one row for each server that hosts it, with what it should be, what it is, and
/// why not.
pub fn show_database(version: Version, name: &DatabaseName<'_>) -> Statement {
    let columns = " YIELD name, address, requestedStatus, currentStatus, statusMessage";
    plain(version, "SHOW DATABASE", name, columns)
}

/// `SHOW SERVERS`: ids and addresses, to find the designated seeder.
pub fn show_servers(version: Version) -> Statement {
    let prefix = language_prefix(version);
    Statement {
        text: format!("{prefix}SHOW SERVERS YIELD serverId, name, address, state, health"),
        parameters: Vec::new(),
    }
}

fn require(version: Version, feature: Feature) -> Result<(), Unavailable> {
    if has(version, feature) { Ok(()) } else { Err(Unavailable { version, feature }) }
}

fn plain(version: Version, verb: &str, name: &DatabaseName<'_>, rest: &str) -> Statement {
    Statement {
        text: format!("{}{verb} {}{rest}", language_prefix(version), name.quoted()),
        parameters: Vec::new(),
    }
}

fn begin(version: Version, verb: &str, name: &DatabaseName<'_>, topology: Option<Topology>) -> Statement {
    let mut statement = plain(version, verb, name, "");
    if let Some(Topology { primaries, secondaries }) = topology {
        let _ = write!(statement.text, " TOPOLOGY {primaries} PRIMARIES {secondaries} SECONDARIES");
    }
    statement
}

/// Cypher 5 demands `existingData: 'use'` beside a seed; Cypher 25 deprecates it.
fn open_options(version: Version, text: &mut String) {
    text.push_str(" OPTIONS {");
    if !has(version, Feature::CypherLanguagePrefix) {
        text.push_str("existingData: 'use', ");
    }
}

/// Any identifier in backticks, those inside of it doubled.
///
/// # Errors
/// When it is empty, or has a control character or `\u`: Cypher 5 decodes `\u0060` before it looks
/// for the closing backtick, so such an identifier could end early.
pub fn quote_identifier(identifier: &str) -> Result<String, GrammarError> {
    if identifier.is_empty() {
        return Err(GrammarError::new(0..0, "an identifier cannot be empty", "write a name"));
    }
    refuse_unquotable(identifier)?;
    Ok(format!("`{}`", identifier.replace('`', "``")))
}

/// A string literal in single quotes.
///
/// # Errors
/// When the text has a control character or `\u`, which Cypher 5 decodes before it looks for the
/// closing quote. Such text can only be passed as a parameter over Bolt.
pub fn string_literal(text: &str) -> Result<String, GrammarError> {
    refuse_unquotable(text)?;
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('\'');
    Ok(literal)
}

fn refuse_unquotable(text: &str) -> Result<(), GrammarError> {
    let help = "leave it out";
    if let Some(at) = text.find("\\u") {
        let reason = "Cypher 5 decodes \\u before it reads quotes, so this could end the text early";
        return Err(GrammarError::new(at..at + 2, reason, help));
    }
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, c)) => Err(GrammarError::new(
            at..at + c.len_utf8(),
            "a control character cannot be written into a statement",
            help,
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "cypher_tests.rs"]
mod tests;
