//! 3xx: what a backup means.

define! {
    OPTION_WITHOUT_EFFECT = 300, Warning, "option-without-effect" {
        summary: "An option has no effect where it stands.",
        explanation: "Operators in the field accept options that do nothing, and the person who wrote them believes \
            otherwise until the day of the restore (operator.md §4, pitfall 16). Every field here either changes \
            what is rendered or is named by this finding, with the reason.",
        remedy: "Remove the option, or write the one that makes it count; the finding names it.",
    }
    ENCRYPTION_REFUSED = 301, Error, "encryption-refused" {
        summary: "Artifacts cannot be encrypted by Neo4j.",
        explanation: "`neo4j-admin` has no encryption (neo4j-admin.md §2, \"Restrictions\"), and the operator that \
            invented `options.encryption` ignored it (operator.md §1.1). A spec that asks for encryption and gets \
            none would leave data unprotected, so it is refused until a client-side step exists.",
        remedy: "Remove `encryption` and let the store protect data at rest: SSE-KMS or a customer-managed key on the \
            bucket, an encrypted StorageClass on a claim. TLS protects data on its way: `options.tls` for the backup \
            port, https for the store.",
    }
    VERIFY_INSPECTS_ONLY = 302, Warning, "verify-inspects-only" {
        summary: "Nothing names the databases that verify should check.",
        explanation: "`verify` inspects the newest chain and then runs `database check` for each database, which takes \
            one name and no glob (neo4j-admin.md §1.6). With `*` and no names known, only the inspection remains: it \
            finds a missing or cut artifact, not an inconsistent store.",
        remedy: "Name the databases: in `databases` of the Neo4jTarget, or in `target.databases` of the spec.",
    }
    VERIFY_UNRECOVERED = 303, Error, "verify-unrecovered" {
        summary: "Verify cannot check what skipRecovery leaves unrecovered.",
        explanation: "With `--skip-recovery` a full backup stays unrecovered, and `database check` refuses it until it \
            is aggregated (neo4j-admin.md §1.1). Every run would be a failed one, however good its artifact.",
        remedy: "Leave one of the two out. An aggregated artifact can be checked afterwards.",
    }
    CHAIN_WITHOUT_END = 304, Notice, "chain-without-end" {
        summary: "With preferDiffAsParent a chain goes on past every new full backup.",
        explanation: "The parent of a differential is then the newest differential, also when a full backup is newer \
            (neo4j-admin.md §1.1 and §2). Points in time stay reachable across full backups, but a restore needs \
            every artifact since the first one, and an age-based lifecycle rule breaks the chain at its root.",
        remedy: "Keep whole chains, aggregate them now and then, or leave the option out.",
    }
    EXPERIMENTAL_OPTION = 305, Notice, "experimental-option" {
        summary: "The option is experimental in Neo4j.",
        explanation: "Neo4j calls `--parallel-recovery` experimental and says to consult its support \
            (neo4j-admin.md §1.1).",
        remedy: "Leave it out of backups that must be restorable, unless support advised it.",
    }
    PAGE_CACHE_SIZE = 306, Error, "page-cache-size" {
        summary: "The page cache is not a size.",
        explanation: "`pageCache` is digits and one of `K`, `M`, `G`, each a power of 1024 (operator.md §1.1). \
            Kubernetes' `4Gi` and Neo4j's `4GB` are other grammars.",
        remedy: "Write a size such as `512M` or `4G`.",
    }
    PAGE_CACHE_ABOVE_MEMORY = 307, Warning, "page-cache-above-memory" {
        summary: "The memory limit has no room for the page cache.",
        explanation: "The page cache lies outside of the Java heap. A container that needs more than its limit is \
            killed with exit 137 and an empty log, which nobody understands at night (pods.md §1: 160 Mi were too \
            little for the tool alone, 512 Mi enough). It is an error when the page cache alone exceeds the limit.",
        remedy: "Raise `job.resources.limits.memory`, shrink `pageCache`, or leave the limit to its default, which \
            follows the page cache.",
    }
    TEMP_PATH_GRAMMAR = 308, Error, "temp-path-grammar" {
        summary: "The path for temporary files cannot be mounted.",
        explanation: "A volume is mounted at `tempPath`, so it is an absolute, normalised path: Kubernetes takes no \
            colon there, and `..` or a doubled slash would make two names of one place.",
        remedy: "Write an absolute path such as `/var/neo4j-backup-temp`, or leave `tempPath` out.",
    }
    TEMP_PATH_TAKEN = 309, Error, "temp-path-taken" {
        summary: "The path for temporary files is needed for something else.",
        explanation: "`--temp-path` must exist and be empty (neo4j-admin.md §1.1), so a volume of its own is mounted \
            there. Over `/data`, `/backups`, `/tmp` or a folder of the system it would hide what the tools need, and \
            two mounts in one place are refused.",
        remedy: "Write a path that nothing uses, such as `/var/neo4j-backup-temp` or `/tmp/neo4j-backup-temp`.",
    }
    TEMP_ON_NODE_DISK = 310, Notice, "temp-on-node-disk" {
        summary: "The temporary files of a backup into a bucket lie on the disk of the node.",
        explanation: "A backup into a bucket first writes a whole store into `--temp-path` (neo4j-admin.md §2; \
            document 000 says otherwise and is wrong). Without `tempStorage` that is the disk of whatever node the \
            pod runs on, and a full one evicts pods (operator.md §4, pitfall 74).",
        remedy: "Give it a volume: `options.tempStorage: {size: …}`, larger than the largest store.",
    }
    EXPORT_METHOD = 311, Error, "export-method" {
        summary: "Export comes with the agent.",
        explanation: "`method: Export` writes Cypher over Bolt, also from the Community edition (document 002). It \
            needs a program of ours in the pod, which does not exist yet.",
        remedy: "Write `method: Online`, which needs the Enterprise edition.",
    }
    METADATA_OF_SYSTEM = 312, Error, "metadata-of-system" {
        summary: "The database system takes no includeMetadata.",
        explanation: "Users and roles live in `system` itself, and `neo4j-admin` refuses `--include-metadata` for it \
            (neo4j-admin.md §2, \"Restrictions\").",
        remedy: "Remove `includeMetadata`, or name the databases whose users and roles are meant.",
    }
    KEEPS_FAILED = 313, Notice, "keeps-failed" {
        summary: "What failed backups have written is kept and fills the store.",
        explanation: "`--keep-failed` is for finding out why a backup fails. Every failed attempt leaves up to a whole \
            store behind, with two retries three of them, and nothing deletes them.",
        remedy: "Switch it off when the failure is understood, and delete what it left.",
    }
    DATABASE_NAME = 320, Error, "database-name" {
        summary: "The text is not the name of a database.",
        explanation: "Names have 3 to 63 letters, digits, dots and dashes; with `kind: Cluster` also the wildcards `*` \
            and `?` (Neo4j manual, \"Naming rules for databases\"; neo4j-admin.md §1.1). Anything else is refused by \
            Neo4j, or read as something else by `neo4j-admin`.",
        remedy: "Write the name as `SHOW DATABASES` shows it.",
    }
    DATABASE_NAMED_TWICE = 321, Warning, "database-named-twice" {
        summary: "A database is named twice.",
        explanation: "The same name stands there in another case, or a glob of the list means it already. One of the \
            entries is probably a slip for another database, which is then not backed up.",
        remedy: "Remove one of the two, or write the database that is meant.",
    }
    ONLY_SYSTEM = 322, Notice, "only-system" {
        summary: "Only the database system is backed up.",
        explanation: "`system` holds users, roles and the list of databases, no data, and it cannot be restored by \
            name (operator.md §4, pitfall 14).",
        remedy: "Name the databases that hold data too.",
    }
    SHARD_WITHOUT_RESOLUTION = 323, Notice, "shard-without-resolution" {
        summary: "What looks like a shard is backed up without remoteAddressResolution.",
        explanation: "Databases whose names end with `-g000` or `-p000` are the parts of a sharded database. Neo4j \
            backs them up only with `--remote-address-resolution` (neo4j-admin.md §5, \"Sharded\"; operator.md §4, \
            pitfall 13).",
        remedy: "Write `options.remoteAddressResolution: true` if it is a shard.",
    }
    DATABASE_NOT_OF_TARGET = 324, Warning, "database-not-of-target" {
        summary: "The database is not among those that the target states.",
        explanation: "The Neo4jTarget lists its databases, and nothing there matches. A misspelled name fails the run, \
            and a glob that matches nothing backs up nothing.",
        remedy: "Write the name as the target has it, or add the database to the target.",
    }
    DIFFERENTIAL_WITHOUT_FULL = 330, Warning, "differential-without-full" {
        summary: "Nothing in the input makes the full backup that a differential needs.",
        explanation: "A DIFF fails unless its folder holds a full backup of the same database (neo4j-admin.md §2). It \
            may come from a spec in another repository or have been made by hand, so this is a warning.",
        remedy: "Write `backupType: AUTO`, which begins with a full backup where there is none, or add a FULL that \
            writes into the same folder.",
    }
    FOLDER_OF_OTHERS = 331, Error, "folder-of-others" {
        summary: "Backups of different databases or deployments share a folder.",
        explanation: "Neo4j writes artifacts flat into the folder and tells them apart by their database's name \
            only. Two deployments with a database `neo4j` would write into one chain, and a restore would take the \
            newest of either (neo4j-admin.md §2, \"Chain rules\"; DESIGN.md, \"Folder\").",
        remedy: "Give each spec a `storage.path` of its own.",
    }
    FOLDER_WITH_TWO_WRITERS = 332, Warning, "folder-with-two-writers" {
        summary: "Two backups of the same kind share a folder.",
        explanation: "A folder holds a chain, which one FULL begins and one DIFF or AUTO continues. A second writer \
            of either kind starts chains within chains, and retention cannot tell which to keep (DESIGN.md, \
            \"Folder\"; operator.md §4, pitfall 50).",
        remedy: "Give one of them a folder of its own, or make one FULL and the other DIFF or AUTO.",
    }
    FOLDER_WRITTEN_AT_ONCE = 333, Warning, "folder-written-at-once" {
        summary: "Two backups can write into one folder at the same time.",
        explanation: "A differential that looks for its parent while a full backup is being written takes the older \
            chain, or fails (neo4j-admin.md §2, \"no two concurrent writers\"). How long a run can last follows from \
            `job.deadline`, once for each attempt, and `startingDeadline`; without a deadline it is taken to last an \
            hour.",
        remedy: "Move one schedule, and bound the runs with `job.deadline` and `job.backoffLimit`.",
    }
}
