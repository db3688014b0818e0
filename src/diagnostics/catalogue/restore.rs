//! 6xx: restores.

define! {
    INCOMPLETE_SOURCE = 601, Error, "incomplete-source" {
        summary: "The restore source lacks what its type needs.",
        explanation: "Type `backup` needs `backupRef`; `storage`, `s3`, `gcs` and `azure` need `storage`; `pitr` needs \
            `pitr.baseBackup`, because Neo4j restores to a point in time from a backup chain and from nothing else. The \
            old operator accepted `pointInTime` alone and failed when it ran. Sources: document 001, \"RestoreSource\"; \
            operator.md §1.3, validateRestore.",
        remedy: "Add the block that the finding names.",
    }
    SOURCE_TYPE_MISMATCH = 602, Error, "source-type-mismatch" {
        summary: "The source type and the storage type name different stores.",
        explanation: "`source.type: s3`, `gcs` and `azure` are shorthands for a storage of that type. When `storage.type` \
            says something else, one of the two is wrong, and only you know which. Source: document 001, \"Valid type \
            values\".",
        remedy: "Let both be the same, or write `source.type: storage`.",
    }
    UNUSED_SOURCE_FIELD = 603, Warning, "unused-source-field" {
        summary: "The field has no effect with this type of source.",
        explanation: "Each type of source reads its own block and no other. A block that stands beside it looks as if it \
            took part. Source: document 001, \"RestoreSource\".",
        remedy: "Remove the field, or choose the type that reads it.",
    }
    BACKUP_NOT_IN_INPUT = 604, Warning, "backup-not-in-input" {
        summary: "The Neo4jBackup that the restore refers to is not in the input.",
        explanation: "Where its artifacts lie, and with which credentials they are read, stands in that spec alone, so \
            nothing else about the source can be checked. To render the restore it has to be there: an error then. \
            Source: issue \"Specs in, findings and manifests out\", rules.",
        remedy: "Give the backup's file together with the restore's, or name a storage location instead.",
    }
    BACKUP_OF_OTHER_DATABASE = 605, Warning, "backup-of-other-database" {
        summary: "The backup that the restore refers to does not cover this database.",
        explanation: "An artifact belongs to one database. From the folder of a backup of other databases this one cannot \
            be restored, unless something else writes there too. Source: neo4j-admin.md §1.2, \
            `--source-database`.",
        remedy: "Refer to a backup of this database, or name the artifact in `backupPath`.",
    }
    INVALID_RESTORE_DATABASE = 606, Error, "invalid-restore-database" {
        summary: "The database name is not one that Neo4j takes.",
        explanation: "A name has 3 to 63 letters, digits, dots and dashes; a restore takes one name and no pattern. \
            Source: Neo4j manual, \"Naming rules for databases\"; neo4j-admin.md §1.2.",
        remedy: "Write the name of one database.",
    }
    SYSTEM_DATABASE = 607, Error, "system-database" {
        summary: "The system database cannot be restored like another.",
        explanation: "`system` holds users, roles and the list of databases. It cannot be seeded, and restoring it by name \
            on a running deployment is refused; it needs every server stopped, `unbind-system-db`, dump and \
            load. Sources: neo4j-admin.md §4.3; operator.md §4 pitfall 14.",
        remedy: "Restore the databases by name. For `system` follow the procedure of neo4j-admin.md §4.3 by hand.",
    }
    INVALID_BACKUP_PATH = 608, Error, "invalid-backup-path" {
        summary: "The backup path is not one that can be read.",
        explanation: "It becomes part of a URI or of a path on a claim, and `--from-path` is a list with commas. What has \
            to be escaped there is found by nobody again. Source: neo4j-admin.md §1.2.",
        remedy: "Use letters, digits, dots, dashes, underscores and single slashes.",
    }
    ARTIFACT_OF_OTHER_DATABASE = 609, Warning, "artifact-of-other-database" {
        summary: "The artifact is named after another database.",
        explanation: "An artifact is called `<database>-<time>.backup`. Restoring it under another name is possible \
            and sometimes meant (a copy beside the original); with an overwritten database it loses data when it \
            is not. Sources: neo4j-admin.md §1.2 and §2.",
        remedy: "Check that the data of the one is to become the other.",
    }
    ARTIFACT_NEEDED = 610, Warning, "artifact-needed" {
        summary: "This release of Neo4j restores a file, and only a folder is known.",
        explanation: "`database restore --from-path` takes a folder from 2025.02 on, a seed with the database's name from \
            2025.06 on; before, only an artifact. No Job can be written down until the artifact is named. \
            Sources: neo4j-admin.md §1.2 and §1.10; DESIGN.md, \"What a restore becomes\".",
        remedy: "Name the artifact in `backupPath`; `neo4j-admin backup inspect` lists what a folder holds.",
    }
    STORAGE_PATH_UNUSED = 611, Warning, "storage-path-unused" {
        summary: "The storage path has no effect beside an absolute backup path.",
        explanation: "A `backupPath` with a leading slash starts at the root of the bucket or claim; without one it starts \
            below `storage.path`. Documents 000 and 001 give both, and the operator looked in neither. Source: DESIGN.md, \
            \"What a restore becomes\"; operator.md §6.2.",
        remedy: "Leave the leading slash out when the path is meant below `storage.path`, or remove `path`.",
    }
    INVALID_POINT_IN_TIME = 612, Error, "invalid-point-in-time" {
        summary: "The point in time is not an RFC 3339 time in whole seconds.",
        explanation: "Neo4j restores to whole seconds in UTC. A time that is finer, or without a zone, could only be \
            guessed at, and a wrong guess restores what was to be undone. Sources: document 001, `pointInTime`; \
            neo4j-admin.md §1.2, `--restore-until`.",
        remedy: "Write it as in `2025-01-04T12:30:00Z`.",
    }
    POINT_IN_TIME_CONVERTED = 613, Notice, "point-in-time-converted" {
        summary: "The point in time is converted to UTC.",
        explanation: "Neo4j takes the time in UTC, so the argument looks different from the spec. Source: neo4j-admin.md \
            §1.2, `--restore-until`.",
        remedy: "Write it with `Z` when the two should look the same.",
    }
    POINT_IN_TIME_IN_FUTURE = 614, Error, "point-in-time-in-future" {
        summary: "The point in time lies in the future.",
        explanation: "A restore goes back; a later instant would restore everything, which is not what somebody means who \
            names one. It is the one rule that reads the clock, and `--now` sets it. Source: operator.md, \
            Appendix B.",
        remedy: "Check year, month and zone.",
    }
    POINT_IN_TIME_UNSUPPORTED = 615, Error, "point-in-time-unsupported" {
        summary: "This release of Neo4j cannot seed a database as of a point in time.",
        explanation: "`seedRestoreUntil` came with 2025.01, and the procedures that recreate a database do not have it. On \
            5.26 only `database restore --restore-until` goes back in time, on the claim of a stopped server. Sources: \
            neo4j-admin.md §1.10 and §4.2; operator.md §4 pitfall 15.",
        remedy: "Set `stopCluster: true`, or restore into a deployment of 2025.01 or later.",
    }
    PITR_SETTING_UNUSED = 616, Warning, "pitr-setting-unused" {
        summary: "Neo4j has no mechanism for the setting, so it has no effect.",
        explanation: "Neo4j does not replay archived transaction logs. It restores to a point in time from a chain: a full \
            backup and the differentials after it, which hold the transactions. No operator ever did anything with \
            these settings. Sources: operator.md §1.3, \"PITR\"; neo4j-admin.md §1.2.",
        remedy: "Remove the setting, and schedule differentials as often as the loss that you accept.",
    }
    POINT_IN_TIME_WITHOUT_DIFFERENTIALS = 617, Warning, "point-in-time-without-differentials" {
        summary: "The base backup has no differentials, so there are no moments between its full backups.",
        explanation: "A full backup holds the store as it was when it was made. Transactions to stop at lie in the \
            differentials of its chain, and nothing in the input writes any into its folder. Sources: operator.md §4 \
            pitfall 15; neo4j-admin.md §2.",
        remedy: "Add a Neo4jBackup with `backupType: DIFF` or `AUTO` that writes into the same folder.",
    }
    OVERWRITE_UNUSED = 618, Warning, "overwrite-unused" {
        summary: "The designated-seeder procedure drops the database first, so nothing is overwritten.",
        explanation: "`--overwrite-destination` is not safe on a cluster: the other servers keep a state of their own, and \
            after the start any of them may win. A stopped cluster is therefore restored on one server while the database \
            exists on none: what is there is saved and dropped, and created anew from that server. Sources: \
            neo4j-admin.md §4.2 and §4.4; operator.md §4 pitfall 55.",
        remedy: "Nothing has to be changed; remove the field when it should not look like an overwrite.",
    }
    OVERWRITE_SAID_TWICE = 619, Notice, "overwrite-said-twice" {
        summary: "Two fields say whether an existing database is replaced.",
        explanation: "`force` and `options.replaceExisting` mean the same: either of them is enough, and false in one does \
            not take back true in the other. Sources: document 001; operator.md §4 pitfall 64.",
        remedy: "Keep `options.replaceExisting`, and remove `force`.",
    }
    EXISTING_DATABASE_KEPT = 620, Notice, "existing-database-kept" {
        summary: "The restore fails if the database exists already.",
        explanation: "Neither `force` nor `options.replaceExisting` is true, so nothing that exists is replaced. That is the \
            safe way to restore a new database, and a failed one when the database is still there. \
            Source: neo4j-admin.md §4.1.",
        remedy: "Set `options.replaceExisting: true` when the existing database is to be replaced.",
    }
    CLUSTER_STOPPED = 621, Warning, "cluster-stopped" {
        summary: "The whole cluster is stopped for the restore of one database.",
        explanation: "Every database of the cluster is away meanwhile. A stopped cluster is restored through a designated \
            seeder: save what is there, drop the database, stop, restore on one server, start, create it from that \
            server. Seeding from a URI needs no stop and is what Neo4j recommends. Sources: \
            neo4j-admin.md §4.2; DESIGN.md, \"What a restore becomes\".",
        remedy: "Leave `stopCluster` out where the servers can read the bucket.",
    }
    CLAIM_UNREADABLE_BY_SERVERS = 622, Error, "claim-unreadable-by-servers" {
        summary: "The servers of a running cluster cannot read a claim.",
        explanation: "A running cluster is restored by a seed that every server fetches itself, from a bucket. A claim is \
            mounted in the restore Job and in no server. Sources: neo4j-admin.md §4.2; operator.md §2.4.",
        remedy: "Set `stopCluster: true`, or restore from a bucket.",
    }
    STOPPED_FOR_CLAIM = 623, Notice, "stopped-for-claim" {
        summary: "The server is stopped, because only a Job can read the claim.",
        explanation: "A server cannot fetch a seed from a claim, so the restore runs on its data claim while it is down. \
            All databases of the server are away meanwhile. Source: DESIGN.md, \"What a restore becomes\".",
        remedy: "Write `stopCluster: true`, so that it can be seen in the spec.",
    }
    UNUSED_WITHOUT_JOB = 624, Warning, "unused-without-job" {
        summary: "The field has no effect, because no restore Job can be written down.",
        explanation: "It is a setting of the Job, and the artifact that the Job needs is not known. Source: DESIGN.md, \
            \"What a restore becomes\".",
        remedy: "Name the artifact in `backupPath`.",
    }
    SEED_ACCESS_UNUSED = 625, Warning, "seed-access-unused" {
        summary: "The servers read the seed themselves, so the access given here is used by nobody.",
        explanation: "A seed is fetched by the Neo4j servers and not by a Job. Credentials, identity, endpoint, region and \
            authority of the source reach no process, unless `verifyBackup` looks at the artifact first. Sources: \
            neo4j-admin.md §3, last lines; operator.md §4 pitfalls 36 and 66.",
        remedy: "Give the servers what they need in the deployment, or set `options.verifyBackup: true`.",
    }
    SERVERS_READ_SEED = 626, Notice, "servers-read-seed" {
        summary: "The servers need access to the bucket of their own.",
        explanation: "A seed is fetched by every Neo4j server that hosts the database. Their pods need the credentials or the \
            identity, the region and the endpoint; those of the Job do not help them. Sources: \
            neo4j-admin.md §3; operator.md §4 pitfall 66.",
        remedy: "Check the environment and the ServiceAccount of the servers before the restore.",
    }
    SEED_PROVIDER = 627, Notice, "seed-provider" {
        summary: "On 5.26 the servers' default for s3 seeds is a provider that cannot do this.",
        explanation: "The default of `dbms.databases.seed_from_uri_providers` is `S3SeedProvider,CloudSeedProvider`, the first \
            match wins, and `S3SeedProvider` is deprecated: it wants credentials in the statement and reads neither \
            differentials nor folders. Source: neo4j-admin.md §4.2.",
        remedy: "Set `dbms.databases.seed_from_uri_providers=CloudSeedProvider` on every server.",
    }
    OLDER_TARGET = 628, Error, "older-target" {
        summary: "The target is older than the deployment that the backup comes from.",
        explanation: "Neo4j restores an artifact with the same or a later version, never with an earlier one. Source: \
            neo4j-admin.md §1.2.",
        remedy: "Upgrade the target first, or restore into a deployment of the backup's version.",
    }
    UNREADABLE_ARTIFACT = 629, Error, "unreadable-artifact" {
        summary: "The backup path names a file that a restore cannot read.",
        explanation: "`database restore` and seeds read `.backup` artifacts. A dump is loaded by `database load`, which this \
            program does not render yet, and a packed archive has to be unpacked. Sources: neo4j-admin.md \
            §1.7 and §9 (document 004).",
        remedy: "Name a `.backup` artifact, unpacked and under the name that neo4j-admin gave it.",
    }
    INVALID_RUN_ID = 630, Error, "invalid-run-id" {
        summary: "The run id is not a label value.",
        explanation: "It marks the objects of the restore, and Kubernetes takes only letters, digits, dashes, underscores \
            and dots in a label, a letter or digit first and last. Source: DESIGN.md, `runId`.",
        remedy: "Write for instance `2026-10-05-second-try`.",
    }
    NEWEST_ARTIFACT = 631, Notice, "newest-artifact" {
        summary: "The restore takes whichever artifact is newest when it runs.",
        explanation: "The backup goes on, so between writing the restore and running it the newest artifact may \
            change, for instance into one that holds the damage already. Source: operator.md §4 pitfall 54.",
        remedy: "Name the artifact in `backupPath`, or suspend the backup.",
    }
    POINT_IN_TIME_MISSING = 632, Warning, "point-in-time-missing" {
        summary: "A point-in-time restore names no point in time.",
        explanation: "Without `pointInTime` the whole chain is restored, up to its newest transaction. Source: document 001, \
            `pointInTime`.",
        remedy: "Add `source.pointInTime`, or use type `backup` or `storage`.",
    }
    CLAIM_NOT_CREATED = 633, Warning, "claim-not-created" {
        summary: "A restore reads a claim and never creates one.",
        explanation: "Size and class are for a claim that a backup creates. Artifacts can only lie on a claim that exists. \
            Source: DESIGN.md, \"What a backup becomes\".",
        remedy: "Remove size and class.",
    }
    DROPPED_UNASKED = 634, Warning, "dropped-unasked" {
        summary: "The procedure drops the database, although the spec does not ask to replace it.",
        explanation: "On a stopped cluster the database may exist on no server when it is restored, so what is there is \
            saved as a dump and dropped. Source: neo4j-admin.md §4.2, \"Designated seeder\".",
        remedy: "Set `options.replaceExisting: true` when that is meant; else seed without `stopCluster`.",
    }
    CHECKS_NEWEST_CHAIN = 635, Notice, "checks-newest-chain" {
        summary: "The check before the restore looks at the newest chain of the folder, not at the artifact.",
        explanation: "Before 2025.09 the consistency checker takes a folder only, and of it the newest chain. When the \
            artifact is an older one, it is inspected and not checked. Source: neo4j-admin.md §1.6.",
        remedy: "Copy the whole chain of the artifact into a folder of its own and restore from there, or accept it.",
    }
    NO_DATA_CLAIM = 636, Error, "no-data-claim" {
        summary: "The target has no data claim that an offline restore could write to.",
        explanation: "A stopped server is restored on its data claim. A StatefulSet without claim templates keeps its data \
            elsewhere. Source: operator.md §3.2, \"data PVC\".",
        remedy: "Name the claims in a Neo4jTarget as `dataClaims`, or seed without `stopCluster`.",
    }
    BOLT_CREDENTIALS_UNKNOWN = 640, Warning, "bolt-credentials-unknown" {
        summary: "No Secret is known with which Cypher could be run in the target.",
        explanation: "The Helm chart keeps user and password in one key, `NEO4J_AUTH`, which `cypher-shell` does not read, \
            so a seed or a Cypher hook cannot be written down. When restores are rendered it is an error. \
            Source: operator.md §3.2, \"admin secret\".",
        remedy: "Put both into a Secret with the keys `username` and `password`, and name it in a Neo4jTarget as \
            `bolt.authSecretRef`.",
    }
    STATEMENT_UNFINISHED = 641, Error, "statement-unfinished" {
        summary: "A quote, a backtick or a comment of the statement is never closed.",
        explanation: "Everything after it belongs to it, so Neo4j refuses the statement, and the restore stops at the \
            hook.",
        remedy: "Close it; inside of a string, a quote of the same kind takes a backslash before it.",
    }
    STATEMENT_EMPTY = 642, Warning, "statement-empty" {
        summary: "The hook does nothing.",
        explanation: "`cypher-shell` skips what holds no statement, so the hook succeeds without having done anything. \
            Source: cypher-shell, \"Ignore empty statements\".",
        remedy: "Write the statement, or remove the item.",
    }
    SEVERAL_STATEMENTS = 643, Notice, "several-statements" {
        summary: "One item holds several statements.",
        explanation: "They run one after another in one step. When one fails, the ones before it have happened, and the \
            step's name does not say which it was.",
        remedy: "Write one statement an item.",
    }
    SHELL_COMMAND = 644, Warning, "shell-command" {
        summary: "A command of cypher-shell has no effect beyond its own item.",
        explanation: "Each item runs in a session of its own, so parameters, transactions and the database that \
            `:param`, `:begin` or `:use` set are gone with it.",
        remedy: "Write Cypher: a statement can begin with `USE`, and values stand in it.",
    }
    PRE_HOOK_CANNOT_RUN = 645, Error, "pre-hook-cannot-run" {
        summary: "The hook needs the database, and the restore needs it not to exist.",
        explanation: "Statements before the restore run in the database that is restored. Without `replaceExisting` the \
            restore fails when that database exists, and the hook fails when it does not, so one of the two \
            always does. Sources: DESIGN.md, \"What a restore becomes\"; operator.md §4 pitfall 63.",
        remedy: "Set `options.replaceExisting: true`, or remove the statements.",
    }
    PRE_HOOK_NEEDS_DATABASE = 646, Notice, "pre-hook-needs-database" {
        summary: "The hook before the restore needs the database to be online.",
        explanation: "Statements before the restore run in the database that is restored. After it was dropped or damaged, \
            which is when restores are done, they fail and nothing is restored. Source: DESIGN.md, \"What a restore \
            becomes\".",
        remedy: "Keep a variant of the spec without these statements for that case.",
    }
    STATEMENT_IS_AN_OPTION = 647, Error, "statement-is-an-option" {
        summary: "A Cypher statement begins with a dash.",
        explanation: "The statement is an argument of its own, and the shell takes an argument that begins with a dash \
            for an option. Source: DESIGN.md law 5.",
        remedy: "Write a statement of Cypher; none begins with a dash.",
    }
    HOOK_ENV_SOURCE = 650, Error, "hook-env-source" {
        summary: "An environment variable does not have exactly one source.",
        explanation: "The API server takes a value or one reference: to a key of a Secret or of a ConfigMap. Source: \
            operator.md §1.3, hook `env`.",
        remedy: "Keep the source that is meant.",
    }
    HOOK_ENV_DUPLICATE = 651, Error, "hook-env-duplicate" {
        summary: "An environment variable is given twice.",
        explanation: "The name is the key of the list: server-side apply refuses it, and where it is accepted the last one \
            silently wins.",
        remedy: "Keep the one that is meant.",
    }
    HOOK_HOST_UNKNOWN = 652, Warning, "hook-host-unknown" {
        summary: "The hook connects to a Service that the deployment does not have.",
        explanation: "The operator's Service for clients is `<name>-client`; there is none with the bare name, although \
            document 000 connects to one. The hook would fail to resolve the host. Sources: operator.md §3.2 and §6.2.",
        remedy: "Write the address that the finding names.",
    }
    HOOK_IMAGE_FLOATING = 653, Warning, "hook-image-floating" {
        summary: "The image of the hook has no fixed version.",
        explanation: "`latest`, or no tag at all, is another program on every day. What checks a restore at 3 a.m. should be \
            what was tried before.",
        remedy: "Write a version as tag, or a digest.",
    }
    HOOK_IMAGE_INVALID = 654, Error, "hook-image-invalid" {
        summary: "The image of the hook is not an image reference.",
        explanation: "The pod would wait with `InvalidImageName` until its deadline. Source: Docker's reference \
            grammar, `distribution/reference`.",
        remedy: "Write it as in `registry.example.com/team/tool:1.2.3`.",
    }
}
