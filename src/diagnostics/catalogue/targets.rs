//! 2xx: targets and versions.

define! {
    UNKNOWN_TARGET = 201, Notice, "unknown-target" {
        summary: "Nothing in the input describes what the spec points at.",
        explanation: "Version, edition, servers and addresses come from the deployment. Without it a spec can be checked \
            only in part, and nothing can be rendered; rendering makes this an error. Source: DESIGN.md, \"Targets\".",
        remedy: "Give the operator's document, the Helm release's StatefulSet, a `Neo4jTarget`, or flags.",
    }
    TARGET_IN_OTHER_NAMESPACE = 202, Error, "target-in-other-namespace" {
        summary: "The deployment is described in another namespace only.",
        explanation: "Addresses hold the namespace, so a backup of the wrong one finds nobody. A restore always looks in \
            its own namespace. Source: operator.md §1.1 and §1.3.",
        remedy: "Name the namespace in `spec.target.namespace`, or give spec and deployment the same one.",
    }
    NO_NAMESPACE = 203, Error, "no-namespace" {
        summary: "Nothing says which namespace the objects go to.",
        explanation: "Addresses of the servers hold the namespace, so manifests cannot be written without it. Source: \
            DESIGN.md, \"Namespaces\".",
        remedy: "Write `metadata.namespace`, or give `-n`.",
    }
    VERSION_NOT_KNOWN = 204, Error, "version-not-known" {
        summary: "The version of Neo4j is not known.",
        explanation: "What `neo4j-admin` understands depends on it, and nothing is emitted that the target may not \
            understand. A digest or a tag of one's own says no version. Source: DESIGN.md law 4.",
        remedy: "Write `neo4jVersion` and `edition` in a `Neo4jTarget`, or give `--neo4j-version` and `--edition`.",
    }
    UNSUPPORTED_VERSION = 205, Error, "unsupported-version" {
        summary: "The version of Neo4j is not one that this program knows how to back up.",
        explanation: "Supported are 5.26.x and 2025.01 and later. Earlier releases have other commands; 5.27 and later of \
            the 5 series do not exist. Source: document 000, \"Neo4j Version Requirements\"; neo4j-admin.md §7.",
        remedy: "Upgrade Neo4j, or correct the version.",
    }
    REPORTED_AS_527 = 206, Notice, "reported-as-5-27" {
        summary: "5.27.0 is what 2025.01 to 2025.03 report of themselves.",
        explanation: "No release of that number exists; `dbms.components()` printed it on 2025.01 to 2025.03. It is read as \
            2025.01, the oldest of them. Source: neo4j-admin.md §7.",
        remedy: "Write the release as its tag has it.",
    }
    FAULTY_RELEASE = 207, Warning, "faulty-release" {
        summary: "This release of Neo4j has a published fault.",
        explanation: "Neo4j advises against running it. Source: neo4j-admin.md §7.",
        remedy: "Use the release that mends it.",
    }
    NEEDS_ENTERPRISE = 208, Error, "needs-enterprise" {
        summary: "The Community edition has no online backup and no restore.",
        explanation: "`neo4j-admin database backup` and `restore` exist in the Enterprise edition only. Source: \
            neo4j-admin.md §1.1, §1.2 and §6.",
        remedy: "Use an Enterprise image, whose tag ends in `-enterprise`.",
    }
    EDITION_NOT_KNOWN = 209, Warning, "edition-not-known" {
        summary: "The edition of Neo4j is not known.",
        explanation: "Only the Enterprise edition has online backup. The tag of an image that Neo4j did not publish does \
            not say which edition is in it. Source: neo4j-admin.md §7.",
        remedy: "Write `edition: Enterprise` in a `Neo4jTarget`, or give `--edition`.",
    }
    INVALID_IMAGE = 210, Error, "invalid-image" {
        summary: "The image is not an image reference.",
        explanation: "No node could pull it. The grammar is that of container registries.",
        remedy: "Write it as in `neo4j:5.26.33-enterprise`.",
    }
    CONTRADICTING_VERSION = 211, Warning, "contradicting-version" {
        summary: "The image's tag and the stated version or edition differ.",
        explanation: "The stated one is believed, and flags are chosen by it; if the image is right, `neo4j-admin` may \
            refuse them with exit code 64.",
        remedy: "Make them agree, or leave the stated one out.",
    }
    INCOMPLETE_TARGET = 212, Error, "incomplete-target" {
        summary: "The target does not say what it is.",
        explanation: "Needed are `topology` and either `image` or both `neo4jVersion` and `edition`. Source: DESIGN.md, \
            \"Targets\".",
        remedy: "Add what is missing.",
    }
    CONTRADICTING_TOPOLOGY = 213, Error, "contradicting-topology" {
        summary: "Kind, number of servers, addresses and claims of the target do not fit each other.",
        explanation: "A standalone has one server; each server has one data claim. A backup asks every server, so a missing \
            address is a server that is never asked.",
        remedy: "Correct the number, or the list.",
    }
    ASSUMED_SERVERS = 214, Notice, "assumed-servers" {
        summary: "The number of servers is not stated; three are assumed.",
        explanation: "Addresses of the servers are derived from their number.",
        remedy: "Write `topology.servers`.",
    }
    INVALID_ADDRESS = 215, Error, "invalid-address" {
        summary: "An address, domain or URI of the target cannot be used.",
        explanation: "`neo4j-admin` takes `host:port`, Bolt clients take `neo4j://host:port`. Source: neo4j-admin.md §1.1.",
        remedy: "Write it as the finding says.",
    }
    STANDALONE_LISTENER = 216, Notice, "standalone-listener" {
        summary: "A standalone of the operator may not listen for backups.",
        explanation: "Early versions of the operator gave a standalone neither `server.backup.listen_address` nor a \
            headless service, so its backup port answered on loopback only. Source: operator.md §2.1 and §3.2.",
        remedy: "Make sure that `server.backup.listen_address=0.0.0.0:6362` is set and the address resolves; state \
            `backupAddresses` where it differs.",
    }
    CERTIFICATES_NEEDED = 217, Error, "certificates-needed" {
        summary: "The backup port is protected by TLS and the backup has no certificates.",
        explanation: "The connection fails with `Couldn't retrieve DatabaseNameRequest(s)`, which says nothing about \
            certificates. Source: neo4j-admin.md §5 and §8.",
        remedy: "Add `options.tls` with a Secret that the servers trust.",
    }
    CERTIFICATES_UNUSED = 218, Warning, "certificates-unused" {
        summary: "The backup has certificates and the backup port is not protected by TLS.",
        explanation: "A client that speaks TLS to a plain port does not connect. Source: neo4j-admin.md §5.",
        remedy: "Remove `options.tls`, or set `backupTLS: true` on the target if the servers have the policy.",
    }
    REMOTE_NAMESPACE = 219, Notice, "remote-namespace" {
        summary: "The deployment lives in another namespace than the backup.",
        explanation: "Job, account, Secrets and claims are those of the backup's namespace; only the addresses are the \
            deployment's. A NetworkPolicy there has to let port 6362 in. Source: operator.md §4, pitfalls 39 and 69.",
        remedy: "Keep the Secrets and claims beside the backup.",
    }
    MISSING_CLUSTER_REFERENCE = 220, Error, "missing-cluster-reference" {
        summary: "A database is named and the deployment that owns it is not.",
        explanation: "With kind Database, `name` is the database and `clusterRef` the deployment. Source: document 000, \
            \"Database Backup Examples\".",
        remedy: "Add `target.clusterRef`.",
    }
    UNUSED_TARGET_FIELD = 221, Warning, "unused-target-field" {
        summary: "The field has no effect with this kind of target.",
        explanation: "`clusterRef` belongs to kind Database, `databases` to kind Cluster. Source: operator.md §1.1.",
        remedy: "Remove it, or change `kind`.",
    }
    OPTION_NOT_IN_VERSION = 240, Warning, "option-not-in-version" {
        summary: "The target's version does not have this option, and it is left out.",
        explanation: "`neo4j-admin` ends with exit code 64 at an option that it does not know, so it is never emitted. \
            Source: neo4j-admin.md §1.10; document 000, \"preferDiffAsParent\".",
        remedy: "Upgrade Neo4j, or remove the field.",
    }
    NOT_AN_ARGUMENT = 250, Error, "not-an-argument" {
        summary: "An additional argument is no long option with its value.",
        explanation: "`neo4j-admin` knows long options only, takes a bare word as a database name, expands `@file` before \
            anything is read, and prints help and exits with 0, having saved nothing, for `--help`. Source: \
            neo4j-admin.md §1.0.",
        remedy: "Write one item for each option, as `--option` or `--option=value`.",
    }
    UNKNOWN_ARGUMENT = 251, Error, "unknown-argument" {
        summary: "The command has no such option.",
        explanation: "It ends with exit code 64 before anything is done. Source: the synopses of neo4j-admin.md §1.",
        remedy: "Write the option that is meant, or remove it.",
    }
    ARGUMENT_NOT_IN_VERSION = 252, Error, "argument-not-in-version" {
        summary: "The target's version does not have this option.",
        explanation: "It ends with exit code 64 before anything is done. Source: neo4j-admin.md §1.10.",
        remedy: "Upgrade Neo4j, or remove the argument.",
    }
    INVALID_ARGUMENT_VALUE = 253, Error, "invalid-argument-value" {
        summary: "The value of an additional argument cannot be read.",
        explanation: "It ends with exit code 64 before anything is done. Source: neo4j-admin.md §1.",
        remedy: "Write a value as the finding says.",
    }
    ARGUMENT_OF_A_FIELD = 254, Error, "argument-of-a-field" {
        summary: "An additional argument sets what a field of the spec or the plan decides.",
        explanation: "The option would stand twice, which `neo4j-admin` refuses, or point away from what is mounted.",
        remedy: "Use the field.",
    }
    ARGUMENT_WORTH_A_LOOK = 255, Warning, "argument-worth-a-look" {
        summary: "An additional argument may not do what is meant.",
        explanation: "`--expand-commands` runs what stands in `$(…)` in configuration values; an option that only some \
            versions have may be refused by the target's.",
        remedy: "Make sure that it is meant.",
    }
    SECRET_IN_ARGUMENT = 256, Error, "secret-in-argument" {
        summary: "An additional argument looks like a secret.",
        explanation: "Whoever can read the manifest, the pod or the process list reads it too. Source: DESIGN.md law 6.",
        remedy: "Keep secrets in a Secret and refer to it.",
    }
    ARGUMENTS_WITHOUT_COMMAND = 257, Warning, "arguments-without-command" {
        summary: "The arguments have no effect, because a seed runs no neo4j-admin.",
        explanation: "A running deployment is restored by a seed through Cypher, which takes no arguments. Source: \
            neo4j-admin.md §4.2.",
        remedy: "Remove them, or set `stopCluster: true` for an offline restore.",
    }
}
