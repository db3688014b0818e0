//! Where a backup keeps its temporary files: `options.tempPath` and `options.tempStorage`.
//!
//! The path is where a volume is mounted, always (DESIGN.md, "Writable places"). A mount hides what the image has
//! there, and two mounts in one place are refused by the API server, so the path must be nobody's.

use crate::diagnostics::codes;
use crate::input::{Correction, Finding};
use crate::plan::build_backup::{BACKUPS_PATH, REPORTS_PATH, TEMP_PATH};
use crate::plan::location::Location;

use super::Backup;

const FIELD: &str = "spec.options.tempPath";

/// Folders whose content the steps need, and what they are. A volume mounted there, above or below would hide it
/// or could not be mounted at all. The mounts are those of `plan::build_backup` and `plan::location`.
const TAKEN: [(&str, &str); 23] = [
    (BACKUPS_PATH, "the folder of the artifacts"),
    (REPORTS_PATH, "the folder of the reports of `database check`"),
    ("/data", "a volume of the image"),
    ("/logs", "a volume of the image"),
    ("/var/secrets", "where Secrets are mounted"),
    ("/var/neo4j-backup-config", "where the configuration is mounted"),
    ("/var/neo4j-backup-trust", "where the trust store is"),
    ("/var/lib/neo4j", "where Neo4j is installed"),
    ("/opt/java", "where Java is installed"),
    ("/var/run", "a folder of the system"),
    ("/bin", "a folder of the system"),
    ("/boot", "a folder of the system"),
    ("/dev", "a folder of the system"),
    ("/etc", "a folder of the system"),
    ("/lib", "a folder of the system"),
    ("/lib32", "a folder of the system"),
    ("/lib64", "a folder of the system"),
    ("/proc", "a folder of the system"),
    ("/root", "a folder of the system"),
    ("/run", "a folder of the system"),
    ("/sbin", "a folder of the system"),
    ("/sys", "a folder of the system"),
    ("/usr", "a folder of the system"),
];

/// `options.tempPath`: its grammar, and whether the place is free.
pub(super) fn path(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let Some(path) = subject.spec.options.as_deref().and_then(|options| options.temp_path.as_deref()) else {
        return;
    };
    if let Some(finding) = grammar(path) {
        out.push(finding);
        return;
    }
    let trimmed = path.trim_end_matches('/');
    if let Some(what) = taken(trimmed) {
        out.push(
            Finding::new(&codes::TEMP_PATH_TAKEN, FIELD, format!("`{path}` cannot hold the temporary volume: {what}"))
                .help(format!("write a path of its own, such as `{TEMP_PATH}`, or leave `tempPath` out"))
                .note("neo4j-admin.md §1.1, `--temp-path`: the folder must exist and be empty, so a volume is mounted there; pods.md §1"),
        );
        return;
    }
    if trimmed.len() != path.len() {
        out.push(
            Finding::new(&codes::TEMP_PATH_GRAMMAR, FIELD, format!("`{path}` ends with a slash"))
                .within(trimmed.len()..path.len())
                .help(format!("write `{trimmed}`"))
                .correct(
                    "leave the slash out",
                    Correction::ReplaceWithin(trimmed.len()..path.len(), String::new()),
                ),
        );
    }
}

/// Why a path is none that a volume can be mounted at.
fn grammar(path: &str) -> Option<Finding> {
    let refuse = |range: std::ops::Range<usize>, reason: &str| {
        Finding::new(&codes::TEMP_PATH_GRAMMAR, FIELD, format!("`{path}` cannot be `tempPath`: {reason}"))
            .within(range)
            .help(format!("write an absolute path of letters, digits, dots, dashes and underscores, such as `{TEMP_PATH}`"))
    };
    if !path.starts_with('/') {
        return Some(refuse(0..path.len(), "it is not absolute"));
    }
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+' | '=' | '@' | '~');
    if let Some((at, c)) = path.char_indices().find(|(_, c)| !allowed(*c)) {
        let reason = match c {
            ':' => "Kubernetes takes no colon in the path of a mount".to_owned(),
            c if c.is_control() => "it has a control character".to_owned(),
            c => format!("it has the character \"{c}\""),
        };
        return Some(refuse(at..at + c.len_utf8(), &reason));
    }
    let mut at = 1;
    for part in path.trim_end_matches('/').split('/').skip(1) {
        match part {
            "" => return Some(refuse(at - 1..at + 1, "two slashes follow each other")),
            "." | ".." => return Some(refuse(at..at + part.len(), "it has a part that is a dot or two")),
            _ => at += part.len() + 1,
        }
    }
    None
}

/// What is at a path that the temporary volume must not be mounted at. The path has no slash at its end.
fn taken(path: &str) -> Option<String> {
    match path {
        "" => return Some("it is the root of the container".to_owned()),
        // Below `/tmp` is free, and document 000 mounts there.
        "/tmp" => return Some("it is `/tmp`, which every step needs for itself".to_owned()),
        _ => {}
    }
    TAKEN.iter().find_map(|(folder, what)| {
        let folder = folder.trim_end_matches('/');
        if path == folder {
            Some(format!("it is {what}"))
        } else if is_below(path, folder) {
            Some(format!("it lies in `{folder}`, {what}"))
        } else if is_below(folder, path) {
            Some(format!("it would hide `{folder}`, {what}"))
        } else {
            None
        }
    })
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Without `options.tempStorage`, what goes to a bucket passes over the disk of a node.
pub(super) fn storage(subject: &Backup<'_>, out: &mut Vec<Finding>) {
    let options = subject.spec.options.as_deref();
    if options.is_some_and(|options| options.temp_storage.is_some()) {
        return;
    }
    if subject.location.as_ref().is_none_or(Location::is_claim) {
        return;
    }
    let field = match options.and_then(|options| options.temp_path.as_ref()) {
        Some(_) => FIELD,
        None => "spec.options.tempStorage",
    };
    out.push(
        Finding::new(
            &codes::TEMP_ON_NODE_DISK,
            field,
            "the temporary volume is the disk of the node, which must have room for the largest store",
        )
        .help("where it has not, give the volume a size: `options.tempStorage: {size: 100Gi}`")
        .note("neo4j-admin.md §2: a backup into a bucket needs local space for a whole store; a full node disk evicts other pods too (operator.md §4, pitfall 74)"),
    );
}

#[cfg(test)]
mod tests {
    use super::{grammar, taken};

    #[test]
    fn nothing_that_the_steps_need_can_be_hidden() {
        for path in [
            "",
            "/tmp",
            "/data",
            "/data/x",
            "/logs",
            "/backups",
            "/backups/temp",
            "/var",
            "/var/lib",
            "/var/secrets/gcp",
            "/var/neo4j-backup-trust",
            "/var/neo4j-backup-config/x",
            "/etc/neo4j",
            "/usr",
            "/opt",
            "/reports",
        ] {
            assert!(taken(path).is_some(), "{path}");
        }
        for path in
            ["/tmp/neo4j-backup-temp", "/var/neo4j-backup-temp", "/mnt", "/scratch", "/database", "/opt/temp"]
        {
            assert_eq!(taken(path), None, "{path}");
        }
    }

    #[test]
    fn a_mount_path_is_absolute_plain_and_normalised() {
        for path in ["temp", "/a:b", "/a/../b", "/a//b", "/a b", "/${X}", "/$(X)", "/a/.", "/a\\b", "/\u{7}"]
        {
            assert!(grammar(path).is_some(), "{path}");
        }
        for path in ["/a", "/a/", "/a/b.c/d_e-f"] {
            assert!(grammar(path).is_none(), "{path}");
        }
    }
}
