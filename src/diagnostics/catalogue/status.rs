//! 840 to 859: what `status` says of a backup, beside the reasons of its runs.

define! {
    BACKUP_TOO_OLD = 840, Error, "backup-too-old" {
        summary: "The last successful backup is older than it may be.",
        explanation: "What was written to the database since then is lost when the database is lost. Raised by \
            `status --max-age`, which looks at when a run last succeeded: `status.lastSuccessfulTime` of the CronJob and \
            the Jobs that are kept.",
        remedy: "See why the last run failed or did not happen: `kubectl neo4j-backup status NAME`. Take one now: \
            `kubectl neo4j-backup trigger NAME --wait`.",
    }
    NEVER_SUCCEEDED = 841, Error, "never-succeeded" {
        summary: "No run of the backup is known to have succeeded.",
        explanation: "Neither the CronJob nor any Job that is kept says so. Raised by `status --max-age`: a check that \
            finds nothing must not be green.",
        remedy: "Take one now, `kubectl neo4j-backup trigger NAME --wait`, and see how it goes.",
    }
    RUNS_MISSED = 842, Warning, "runs-missed" {
        summary: "Runs of the schedule did not happen and left no trace.",
        explanation: "A CronJob whose controller was away, or whose run before was still going, leaves a tick out \
            without an event once `startingDeadlineSeconds` have passed, and its `lastScheduleTime` does not move. So \
            the runs are computed from schedule and zone, and each is looked for among the Jobs. Source: pods.md §3.",
        remedy: "See whether the control plane was down or a run took longer than the time between two; a longer \
            `startingDeadline` lets a late run happen.",
    }
    BACKUP_SUSPENDED = 843, Warning, "backup-suspended" {
        summary: "The backup is suspended: no run of the schedule happens.",
        explanation: "A suspended CronJob leaves its ticks out without an event. Who suspended it stands in annotations \
            that `suspend` writes, or else in the managed fields. Source: pods.md §3.",
        remedy: "`kubectl neo4j-backup resume NAME`, or remove `suspend` from the spec.",
    }
    NOT_IN_CLUSTER = 844, Error, "not-in-cluster" {
        summary: "The spec has no object in the cluster, so nothing carries it out.",
        explanation: "There is neither a CronJob nor a Job with the label of this spec in its namespace. A custom \
            resource by itself does nothing where no controller acts on it.",
        remedy: "`kubectl neo4j-backup apply -f FILE`.",
    }
    DIFFERS_FROM_FILE = 845, Warning, "differs-from-file" {
        summary: "What is in the cluster is not what the file becomes.",
        explanation: "Somebody changed the object in the cluster, or the file and did not apply it. The next run does \
            what the object says.",
        remedy: "`kubectl neo4j-backup diff -f FILE` shows each field and who owns it; `apply` puts the file in force.",
    }
    RUN_SUSPENDED = 846, Warning, "run-suspended" {
        summary: "The Job is suspended and makes no pod.",
        explanation: "A Job with `suspend: true` waits until somebody sets it to false. Jobs of restores are rendered \
            like this on purpose.",
        remedy: "`kubectl neo4j-backup resume NAME`; of a restore, follow the procedure that `render --restore` prints.",
    }
    NO_NEXT_RUN = 847, Warning, "no-next-run" {
        summary: "The schedule in the cluster has no next run.",
        explanation: "The expression or the zone cannot be read, or it names a date that does not come, such as 30 \
            February.",
        remedy: "`kubectl neo4j-backup schedule \"EXPR\"` says what an expression means.",
    }
}
