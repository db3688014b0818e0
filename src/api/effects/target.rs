//! Rows of `Neo4jTarget`, which is never applied: its leaves change what the specs that point at it become.

use super::{Effect, rows};

pub(super) static ROWS: &[&[Effect]] = &[rows! { "Neo4jTarget", "spec";
    ".image" => "`image` of every Neo4j step; its tag says version and edition.", "document 000, \"How Backups Work\"; DESIGN.md, \"Targets\"";
    ".neo4jVersion" => "The version that decides which arguments are written.", "DESIGN.md, law 4";
    ".edition" => "Whether backups are possible: `neo4j-admin database backup` needs Enterprise.", "neo4j-admin.md §1.1, §6";
    ".topology.kind" => "Derived names and addresses, and how a restore gets in.", "operator.md §3.2";
    ".topology.servers" => "How many addresses stand in `--from`, and how many data claims there are.", "operator.md §3.2";
    ".layout" => "Whose names are derived for addresses, claims, StatefulSet and Secret: the operator's or the Helm chart's.", "operator.md §3.2";
    ".clusterDomain" => "The end of the derived addresses.", "operator.md §3.2";
    ".databases[]" => "Which databases `verify` checks where a spec has a glob or names none.", "neo4j-admin.md §1.6";
    ".backupAddresses[]" => "The addresses in `--from`, instead of the derived ones.", "neo4j-admin.md §1.1";
    ".backupTLS" => "Compared with `options.tls` of the backups: a protected port needs it.", "neo4j-admin.md §5";
    ".bolt.uri" => "`NEO4J_ADDRESS` of the Jobs that run Cypher.", "DESIGN.md, \"Targets\"";
    ".bolt.authSecretRef.name" => "`NEO4J_USERNAME` and `NEO4J_PASSWORD` of the Jobs that run Cypher, by reference.", "DESIGN.md, \"Targets\"";
    ".bolt.authSecretRef.usernameKey" => "Which key of that Secret is `NEO4J_USERNAME`.", "DESIGN.md, \"Targets\"";
    ".bolt.authSecretRef.passwordKey" => "Which key of that Secret is `NEO4J_PASSWORD`.", "DESIGN.md, \"Targets\"";
    ".bolt.caSecretRef.name" => "The trust store of the Jobs that run Cypher, made by a `keytool` step.", "DESIGN.md, \"Targets\"";
    ".bolt.caSecretRef.key" => "The trust store of the Jobs that run Cypher, made by a `keytool` step.", "DESIGN.md, \"Targets\"";
    ".statefulSet" => "The StatefulSet in the commands of a restore's procedure, instead of the derived one.", "operator.md §3.2";
    ".dataClaims[]" => "The claim that an offline restore writes to, instead of the derived one.", "operator.md §3.2";
    ".imagePullSecrets[]" => "`imagePullSecrets` of the pods.", "DESIGN.md, \"What a backup becomes\"";
}];
