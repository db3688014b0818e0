//! Which databases a backup names: names, globs, and what they mean in the deployment.
//!
//! Composite databases and aliases cannot be backed up either (neo4j-admin.md §2), but nothing offline tells them
//! from databases.

use std::collections::BTreeMap;

use crate::api::backup::TargetKind;
use crate::diagnostics::codes;
use crate::input::Finding;
use crate::neo4j::feature::{Feature, has};
use crate::neo4j::names::{DatabaseName, DatabasePattern, SYSTEM};
use crate::neo4j::version::Version;
use crate::plan::build_backup::{NamedDatabase, databases};

use super::Backup;

/// Every name and glob follows Neo4j's grammar.
pub(super) fn grammar(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let version = subject.target().and_then(|target| target.version);
    let one = subject.spec.target.as_ref().and_then(|target| target.kind) == Some(TargetKind::Database);
    for NamedDatabase { text, field } in databases(subject.spec).unwrap_or_default() {
        let error = if one {
            DatabaseName::parse(&text, version).err()
        } else {
            DatabasePattern::parse(&text, version).err()
        };
        let Some(error) = error else { continue };
        let glob = one && text.contains(['*', '?']) && DatabasePattern::parse(&text, version).is_ok();
        let (range, message, help) = if glob {
            (
                0..text.len(),
                format!("`{text}` is a pattern, and `kind: Database` backs up one database"),
                format!("write `kind: Cluster` with the deployment's name and `databases: [\"{text}\"]`"),
            )
        } else {
            (
                error.range,
                format!("`{text}` is not a database name: {}", error.reason),
                error.help.into_owned(),
            )
        };
        out.push(
            Finding::new(&codes::DATABASE_NAME, field, message)
                .within(range)
                .help(help)
                .note("Neo4j manual, \"Naming rules for databases\"; neo4j-admin.md §1.1, `<database>...`"),
        );
    }
}

/// No database is named twice: literally, or by a glob that already means it.
pub(super) fn repeated(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(names) = subject.spec.target.as_ref().and_then(|target| target.databases.as_ref()) else {
        return;
    };
    if names.len() < 2
        || subject.spec.target.as_ref().and_then(|target| target.kind) == Some(TargetKind::Database)
    {
        return;
    }
    let patterns: Vec<(usize, DatabasePattern<'_>)> = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| Some((index, DatabasePattern::parse(name, None).ok()?)))
        .collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let globs: Vec<&(usize, DatabasePattern<'_>)> =
        patterns.iter().filter(|(_, pattern)| pattern.is_glob()).collect();
    for (index, pattern) in &patterns {
        let earlier = *first.entry(pattern.as_str()).or_insert(*index);
        let covering = if earlier != *index {
            Some(earlier)
        } else {
            globs
                .iter()
                .find(|(other, glob)| other != index && covers(glob, pattern))
                .map(|(other, _)| *other)
        };
        let Some(covering) = covering else { continue };
        let (name, by) = match (names.get(*index), names.get(covering)) {
            (Some(name), Some(by)) => (name, by),
            _ => continue,
        };
        let message = if pattern.as_str().eq_ignore_ascii_case(by) {
            format!("`{name}` is named twice")
        } else {
            format!("`{name}` is already meant by `{by}`")
        };
        out.push(
            Finding::new(&codes::DATABASE_NAMED_TWICE, format!("spec.target.databases[{index}]"), message)
                .help("remove one of the two")
                .related(subject.index, format!("spec.target.databases[{covering}]"), "named here too"),
        );
    }
}

/// Whether a glob certainly means everything that another pattern means.
fn covers(glob: &DatabasePattern<'_>, other: &DatabasePattern<'_>) -> bool {
    if other.is_glob() {
        glob.is_everything() && !other.is_everything()
    } else {
        glob.matches(other.as_str())
    }
}

/// What is named exists in the deployment, as far as its databases are stated; and `system` alone saves no data.
pub(super) fn meaning(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let named = databases(subject.spec).unwrap_or_default();
    if let [only] = named.as_slice()
        && only.text.eq_ignore_ascii_case(SYSTEM)
    {
        out.push(
            Finding::new(
                &codes::ONLY_SYSTEM,
                only.field.clone(),
                "only `system` is backed up: users, roles and the list of databases, but no data",
            )
            .help("name the databases that hold data too, or use `kind: Cluster` without `databases`")
            .note("neo4j-admin.md §4.3: `system` cannot be restored by name (operator.md §4, pitfall 14)"),
        );
    }
    let Some(target) = subject.target() else { return };
    if !target.databases.is_empty() {
        for database in &named {
            not_of_target(database, &target.databases, target.version, out, target.document);
        }
    }
    shards(subject, &named, target.version, out);
}

fn not_of_target(
    database: &NamedDatabase,
    stated: &[String],
    version: Option<Version>,
    out: &mut Vec<Finding>,
    document: Option<usize>,
) {
    let Ok(pattern) = DatabasePattern::parse(&database.text, version) else { return };
    if pattern.is_everything() || pattern.matches(SYSTEM) || stated.iter().any(|name| pattern.matches(name)) {
        return;
    }
    let text = &database.text;
    let message = if pattern.is_glob() {
        format!("`{text}` matches none of the databases that the target states")
    } else {
        format!("`{text}` is not among the databases that the target states")
    };
    let finding = Finding::new(&codes::DATABASE_NOT_OF_TARGET, database.field.clone(), message)
        .help(format!("write one of {}, or add it to `databases` of the target", stated.join(", ")));
    out.push(match document {
        Some(document) => finding.related(document, "spec.databases", "the databases of the target"),
        None => finding,
    });
}

/// The databases that a sharded database is made of carry `-g000` or `-p000` at their end (operator.md §2.2), and a
/// release that knows them wants the address resolution.
fn shards(subject: &Backup<'_>, named: &[NamedDatabase], version: Option<Version>, out: &mut Vec<Finding>) {
    let resolves =
        subject.spec.options.as_deref().and_then(|options| options.remote_address_resolution) == Some(true);
    if resolves || !version.is_some_and(|version| has(version, Feature::BackupValidate)) {
        return;
    }
    // A glob takes the shards that the target states with it.
    let stated = subject.target().map(|target| target.databases.as_slice()).unwrap_or_default();
    let taken = |database: &NamedDatabase| {
        let pattern = DatabasePattern::parse(&database.text, version).ok()?;
        stated.iter().find(|name| is_shard(name) && pattern.matches(&name.to_ascii_lowercase())).cloned()
    };
    for database in named {
        let Some(shard) = is_shard(&database.text).then(|| database.text.clone()).or_else(|| taken(database))
        else {
            continue;
        };
        out.push(
            Finding::new(
                &codes::SHARD_WITHOUT_RESOLUTION,
                database.field.clone(),
                format!("`{shard}` looks like a shard, which Neo4j backs up only with `remoteAddressResolution`"),
            )
            .help("if it is one, write `options.remoteAddressResolution: true`")
            .note("neo4j-admin.md §5, \"Sharded\": \"Please specify --remote-address-resolution when taking a backup of a shard\""),
        );
    }
}

fn is_shard(name: &str) -> bool {
    let Some((head, tail)) = name.len().checked_sub(5).and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    let digits = tail.strip_prefix("-g").or_else(|| tail.strip_prefix("-p"));
    !head.is_empty() && digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_shard;

    #[test]
    fn a_shard_ends_with_a_letter_and_three_digits() {
        for name in ["shop-g000", "shop-p012"] {
            assert!(is_shard(name), "{name}");
        }
        for name in ["-g000", "shop-g00", "shop-x000", "shop", "", "shop-gabc", "é-g000x"] {
            assert!(!is_shard(name), "{name}");
        }
    }
}
