//! 5xx: schedules and retention.

define! {
    INVALID_SCHEDULE = 501, Error, "invalid-schedule" {
        summary: "The schedule is not one that Kubernetes takes.",
        explanation: "A CronJob takes five fields (minute, hour, day of month, month, day of week), the macros \
            `@yearly`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`, and `@every` with a duration. \
            Seconds, years, `L`, `W`, `#`, `H` and 7 for Sunday belong to other crons. The API server refuses the \
            CronJob, so no backup is ever made. Source: rust.md §5 (measured against robfig/cron v3).",
        remedy: "Write five fields; `schedule EXPR` shows in words what they mean and when they run.",
    }
    SCHEDULE_TIME_ZONE_PREFIX = 502, Error, "schedule-time-zone-prefix" {
        summary: "The schedule begins with a time zone, which Kubernetes refuses.",
        explanation: "`TZ=` and `CRON_TZ=` are taken by many crons, but the API server refuses them in a CronJob: the \
            zone has a field of its own. Source: operator.md §4 pitfall 20.",
        remedy: "Write the zone into `timeZone` and leave only the five fields in `schedule`.",
    }
    SCHEDULE_NEVER_FIRES = 503, Error, "schedule-never-fires" {
        summary: "The schedule matches no day of any year.",
        explanation: "`0 0 31 2 *` and `, * * * *` are well-formed, so Kubernetes accepts them, and nothing ever runs. \
            A backup that never runs is found out when it is needed. Source: rust.md §5.",
        remedy: "Choose a day that the month has, and give every field a value.",
    }
    SCHEDULE_BY_INTERVAL = 504, Warning, "schedule-by-interval" {
        summary: "An interval is counted from the controller's clock, not from the time of day.",
        explanation: "Kubernetes takes `@every`, but counts it from the last run or from the creation of the CronJob. \
            When the backups run is then decided by when somebody applied the manifest, and it moves. Source: \
            rust.md §5, \"Kubernetes quirks\".",
        remedy: "Write the times of day as five fields, such as `0 */6 * * *`.",
    }
    SCHEDULE_TOO_TIGHT = 505, Warning, "schedule-too-tight" {
        summary: "Two runs of the schedule lie less than five minutes apart.",
        explanation: "A backup that takes longer than the distance is followed at once by the next one, because runs \
            never overlap (`concurrencyPolicy: Forbid`), and every full backup triggers a checkpoint of the store. \
            The official chart's own default is every minute, which nobody wants. Sources: peers.md, \
            `neo4j.jobSchedule`; neo4j-admin.md §2.",
        remedy: "Let minutes be one value and not `*`; `schedule EXPR` lists the runs.",
    }
    INVALID_TIME_ZONE = 506, Error, "invalid-time-zone" {
        summary: "The time zone is not one that Kubernetes knows.",
        explanation: "`timeZone` is a name of the IANA time zone database, spelled exactly; the API server refuses \
            offsets, most abbreviations, `Local` and other spellings, so the CronJob is not created.",
        remedy: "Write a name such as `Europe/Berlin`, or leave the field out for UTC.",
    }
    DAYLIGHT_SAVING_SKIPS = 507, Warning, "daylight-saving-skips" {
        summary: "A run falls into the hour that daylight saving time skips.",
        explanation: "Kubernetes runs nothing at a time of day that does not exist that day, so once a year there is no \
            backup where one is expected. The zone's rules are looked at over the fixed years 2026 and 2027, because \
            the same spec has to give the same answer on every day. Source: rust.md §5.",
        remedy: "Choose a time of day outside of the skipped hour, or leave `timeZone` out for UTC.",
    }
    DAYLIGHT_SAVING_REPEATS = 508, Notice, "daylight-saving-repeats" {
        summary: "A run falls into the hour that the end of daylight saving time repeats.",
        explanation: "Kubernetes runs twice at a time of day that the clock shows twice, so once a year there is one \
            backup more than expected. The zone's rules are looked at over the fixed years 2026 and 2027. \
            Source: rust.md §5.",
        remedy: "Choose a time of day outside of the repeated hour, or leave `timeZone` out for UTC.",
    }
    UNUSED_WITHOUT_SCHEDULE = 509, Warning, "unused-without-schedule" {
        summary: "The field has no effect, because the backup has no schedule.",
        explanation: "Without `schedule` the backup becomes a Job that runs once, as soon as it is applied. Time zone, \
            starting deadline, history limits and suspension belong to a CronJob. Source: DESIGN.md, \"What a backup \
            becomes\"; operator.md §4 pitfall 25.",
        remedy: "Add `schedule`, or remove the field.",
    }
    SCHEDULE_SUSPENDED = 510, Notice, "schedule-suspended" {
        summary: "The schedule is suspended, so no backups are made.",
        explanation: "The CronJob is rendered with `suspend: true`. A suspension that was meant for one maintenance \
            evening is easily forgotten, and nothing reminds of it.",
        remedy: "Remove `suspend`, or set it to false, when the maintenance is over.",
    }
    DEADLINE_BEYOND_INTERVAL = 511, Notice, "deadline-beyond-interval" {
        summary: "A run may start later than the next run is due.",
        explanation: "Kubernetes starts only the newest of the runs that it has missed within the starting deadline, so \
            a deadline longer than the interval brings nothing. When more than 100 runs fit into it, the \
            controller gives up and starts none at all. Source: Kubernetes, \"CronJob\", section \"CronJob \
            limitations\".",
        remedy: "Let `startingDeadline` be shorter than the time between two runs.",
    }
    LOGS_NOT_KEPT = 512, Notice, "logs-not-kept" {
        summary: "No finished runs are kept, and their logs go with them.",
        explanation: "A Job beyond the history limit is deleted with its pods. With 0 the log of a run, in which the \
            names of the artifacts and the reason of a failure stand, is gone as soon as it ends. Sources: operator.md §4 \
            pitfall 24; peers.md, \"HistoryLimit: 0\".",
        remedy: "Keep at least one successful and one failed run.",
    }
    TIME_ZONE_UNUSED = 513, Notice, "time-zone-unused" {
        summary: "The time zone has no effect on a schedule that is an interval.",
        explanation: "`@every` does not look at the clock, so no zone changes when it runs. Source: rust.md §5.",
        remedy: "Write the times of day as five fields, or remove `timeZone`.",
    }
    INVALID_AGE = 520, Error, "invalid-age" {
        summary: "The age is not one whole number and one unit.",
        explanation: "Operators have read `90m` as 90 days and refused `7d`; an age that is misread deletes backups too \
            early or never. So there is one grammar: a whole number from 1 on and one of `s`, `m`, `h`, `d`, `w`. \
            Source: operator.md §4 pitfall 47.",
        remedy: "Write for instance `36h`, `30d` or `8w`.",
    }
    LIFECYCLE_RULE = 521, Notice, "lifecycle-rule" {
        summary: "In a bucket the age is the business of the bucket's lifecycle rules.",
        explanation: "Nothing in Kubernetes deletes artifacts from a bucket for this spec. The finding carries the exact \
            rule to set on the bucket. Rules count whole days from the upload and know no chains. Sources: document \
            000, \"Cloud storage retention note\"; operator.md §4 pitfall 49.",
        remedy: "Set the rule once, together with the other rules of the bucket.",
    }
    LIFECYCLE_BREAKS_CHAIN = 522, Warning, "lifecycle-breaks-chain" {
        summary: "A lifecycle rule by age deletes a full backup before its differentials.",
        explanation: "A differential can be restored only together with all its ancestors in the same folder. A rule by \
            age deletes the oldest file first, which is the full backup that the others stand on; with AUTO or DIFF \
            that may be the only one, and then nothing is left that can be restored. Sources: neo4j-admin.md §2, \
            \"Chain rules\"; operator.md §4 pitfalls 48 and 49.",
        remedy: "Do not set an age rule on a folder with differentials; or make every backup FULL.",
    }
    LIFECYCLE_TAKES_OTHERS = 523, Warning, "lifecycle-takes-others" {
        summary: "The lifecycle rule covers artifacts of another backup as well.",
        explanation: "A rule has a key prefix and takes everything below it, whoever wrote it. Another spec's folder lies \
            below this one's, so its artifacts would go at this spec's age.",
        remedy: "Give each spec a folder beside the others and not below one of them.",
    }
    RETENTION_UNUSED_IN_BUCKET = 524, Warning, "retention-unused-in-bucket" {
        summary: "The retention setting has no effect in a bucket.",
        explanation: "Lifecycle rules know ages and nothing else: they cannot count, and they cannot keep one backup a \
            week. Until the pruning agent exists, nothing carries these settings out. Sources: document 000, \"Cloud \
            storage retention note\"; operator.md §4 pitfall 49.",
        remedy: "Use `maxAge` and the bucket's lifecycle rule, and mind the chains.",
    }
    RETENTION_UNUSED_ON_CLAIM = 525, Warning, "retention-unused-on-claim" {
        summary: "Nothing is deleted from the claim yet.",
        explanation: "Pruning takes whole chains and never the newest good one, which a lifecycle rule or a `find` cannot \
            do; the agent that does it does not exist yet. Until then the claim fills up, and when it is full the \
            backups fail. Sources: operator.md §4 pitfalls 45 to 48; DESIGN.md, \"What a backup becomes\".",
        remedy: "Size the claim for what accumulates, or delete whole chains by hand, the oldest first.",
    }
    ARCHIVE_WITHOUT_MECHANISM = 526, Warning, "archive-without-mechanism" {
        summary: "Nothing moves backups to an archive.",
        explanation: "`Archive` never had any logic behind it in any operator, and neither Neo4j nor this program moves \
            artifacts. Nothing happens to old backups, neither archiving nor deleting. Source: operator.md §1.1, \
            `retention.deletePolicy`.",
        remedy: "Use a storage class transition of the bucket's lifecycle rules, or write `Delete`.",
    }
    RETENTION_WITHOUT_CRITERION = 527, Warning, "retention-without-criterion" {
        summary: "The retention says neither how long nor how many backups are kept.",
        explanation: "Without an age, a count or a tier there is nothing to keep to, so everything stays. Source: \
            operator.md §1.1, BackupValidator.",
        remedy: "Add `maxAge`, `maxCount`, `keepLast` or a tier such as `keepDaily`, or remove `retention`.",
    }
    RETENTION_WITHOUT_SCHEDULE = 528, Notice, "retention-without-schedule" {
        summary: "A backup that runs once has a retention.",
        explanation: "A spec without schedule makes one artifact a database. What would be deleted later is that one, and \
            nothing takes its place.",
        remedy: "Add `schedule`, or remove `retention`.",
    }
    RETENTION_OF_NOTHING = 529, Warning, "retention-of-nothing" {
        summary: "The retention asks for no backups to be kept.",
        explanation: "Zero does not delete the newest good backup: that is never deleted, whatever a spec asks for. A zero \
            is nearly always a slip or an attempt to switch the rule off. Source: DESIGN.md, law 7.",
        remedy: "Write how many to keep, or remove the line.",
    }
    AGE_WITHIN_INTERVAL = 530, Warning, "age-within-interval" {
        summary: "Backups become too old before the next one is made.",
        explanation: "Between two runs there would be a time without any backup: the age ends before the schedule makes \
            a new one.",
        remedy: "Let `maxAge` span at least two runs.",
    }
}
