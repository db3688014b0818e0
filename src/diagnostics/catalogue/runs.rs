//! 900 to 919: why a run failed, or does not get on.

define! {
    IMAGE_NOT_PULLED = 900, Error, "image-not-pulled" {
        summary: "The image of a step cannot be pulled.",
        explanation: "The pod waits in `ErrImagePull`, `ImagePullBackOff` or `InvalidImageName`, and tries again for \
            ever, or until its deadline. With concurrency `Forbid` no later run starts meanwhile.",
        remedy: "Put the right tag into the target; give a private registry's Secret as `job.imagePullSecrets`.",
    }
    STORE_FULL = 901, Error, "store-full", alias "BACKUP_NO_SPACE" {
        summary: "A volume or a bucket has no space left.",
        explanation: "`neo4j-admin` ends with exit code 1 and `No space left on device`. It may be the claim with the \
            artifacts or the volume of `--temp-path`, which holds the whole store while it is recovered. A partial file \
            may be left under the final name. Sources: pods.md §1 and §2.",
        remedy: "Grow the claim or `options.tempStorage`, or delete whole chains, the oldest first.",
    }
    RUN_SECRET_MISSING = 902, Error, "run-secret-missing" {
        summary: "A Secret that the pod needs does not exist.",
        explanation: "The pod waits in `CreateContainerConfigError`, or its volume is not mounted, until the Secret is \
            there or its deadline passes. Source: operator.md §4, pitfall 32.",
        remedy: "Make the Secret in the namespace of the backup; a pod that waits starts by itself.",
    }
    RUN_SECRET_KEY_MISSING = 903, Error, "run-secret-key-missing" {
        summary: "A Secret that the pod needs lacks a key.",
        explanation: "The pod waits in `CreateContainerConfigError` until the key is there or its deadline passes. \
            Source: operator.md §4, pitfalls 32 and 33.",
        remedy: "Add the key to the Secret.",
    }
    RUN_CONFIG_MAP_MISSING = 904, Error, "run-config-map-missing" {
        summary: "A ConfigMap that the pod needs, or a key of it, does not exist.",
        explanation: "The file for `--additional-config` comes from a ConfigMap that is rendered with the spec.",
        remedy: "Apply the spec again.",
    }
    CLAIM_UNUSABLE = 905, Error, "claim-unusable" {
        summary: "A claim of the pod does not exist or has no volume.",
        explanation: "The scheduler does not place a pod whose claim is missing or unbound. The pod stays `Pending` \
            for ever: its deadline counts from when a node takes it.",
        remedy: "See `kubectl describe pvc`: the storage class may be missing, have no provisioner, or no volume of \
            the right size, mode and zone is free.",
    }
    VOLUME_NOT_MOUNTED = 906, Error, "volume-not-mounted" {
        summary: "A volume cannot be attached or mounted.",
        explanation: "The kubelet tries again until the pod's deadline; the reason stands in `FailedMount` or \
            `FailedAttachVolume` events only. A ReadWriteOnce volume that is attached to another node is the usual \
            one.",
        remedy: "See `kubectl describe pod`; run the backup where the volume is, or use ReadWriteMany.",
    }
    UNSCHEDULABLE = 907, Error, "unschedulable" {
        summary: "No node takes the pod.",
        explanation: "Requests, node selector, affinity, taints or the zone of a volume leave no node. The pod stays \
            `Pending` for ever: its deadline counts from when a node takes it.",
        remedy: "Change `job.resources`, `job.nodeSelector`, `job.affinity` or `job.tolerations`, or add a node.",
    }
    OUT_OF_MEMORY = 908, Error, "out-of-memory" {
        summary: "A step used more memory than its limit.",
        explanation: "The kernel ends it with signal 9; exit code 137, reason `OOMKilled`, and an empty log. A JVM \
            of neo4j-admin needs heap, page cache and what lies outside of both. Source: pods.md §1.",
        remedy: "Raise `job.resources.limits.memory`, or lower `options.pageCache`.",
    }
    STEP_FAILED = 909, Error, "step-failed", alias "NEO4J_ADMIN_FAILED" {
        summary: "A step ended with an error.",
        explanation: "Exit codes 64 (wrong command line), 70 (nothing found, or an unexpected error) and 77 (no \
            permission) come again with every try. Exit code 1 covers lasting and passing faults alike, and of a \
            backup it can mean that it was made and one server was away. Sources: pods.md §1; neo4j-admin.md §1.0 and \
            §1.1.",
        remedy: "Read the log, `kubectl neo4j-backup logs NAME`; after exit code 1 of a backup look at the artifacts \
            before you take another.",
    }
    SERVER_UNREACHABLE = 910, Error, "server-unreachable", alias "NEO4J_UNREACHABLE" {
        summary: "The backup port of a server cannot be reached.",
        explanation: "The backup client connects to port 6362 of each server. The server may be down, listen on \
            loopback only (`server.backup.listen_address`), or a network policy may be in the way; a name that does not \
            resolve is often a headless Service that is missing. Source: operator.md §3.2.",
        remedy: "`kubectl neo4j-backup doctor --probe` connects to every address from a pod like the backup's.",
    }
    CREDENTIALS_REFUSED = 911, Error, "credentials-refused" {
        summary: "The store does not accept the credentials, or there are none.",
        explanation: "The store answered with 401 or 403, or the client found no credentials at all. Of an Azure \
            storage key it is not documented that neo4j-admin reads it. Source: neo4j-admin.md §3.",
        remedy: "See the Secret of `cloud.credentialsSecretRef` or the role of the identity, and the bucket's policy.",
    }
    VERIFICATION_FAILED = 912, Error, "verification-failed", alias "BACKUP_CORRUPTED" {
        summary: "The backup was made and does not pass its verification.",
        explanation: "`backup inspect` or `database check` ended with exit code 1: the chain is not whole, or the \
            database in the artifact is inconsistent. Another try of the same Job would hide it, so there is none. \
            Source: pods.md §1 and §2.",
        remedy: "Do not count on this artifact. Read the log of the step; take a full backup, and check the database \
            itself.",
    }
    DEADLINE_PASSED = 913, Error, "deadline-passed" {
        summary: "The run took longer than it may.",
        explanation: "`activeDeadlineSeconds` ended the pod. What it waited for or worked on then is said where it is \
            known. A deadline of the Job itself also deletes the pods and their logs. Source: pods.md §3.",
        remedy: "Mend what held it up; or give `job.deadline` or `options.timeout` more time.",
    }
    POD_EVICTED = 914, Warning, "pod-evicted" {
        summary: "The node evicted the pod because it ran short of disk or memory.",
        explanation: "Empty volumes and logs count as ephemeral storage of the node. An eviction does not count \
            against the Job's retries.",
        remedy: "Give `job.resources` what the backup needs, and `options.tempStorage` for the temporary files.",
    }
    POD_DISRUPTED = 915, Warning, "pod-disrupted" {
        summary: "The pod was deleted, drained, preempted or killed while it ran.",
        explanation: "A node was drained, lost or shut down, a pod of higher priority needed the place, or somebody \
            killed or deleted it. A disruption does not count against the Job's retries; a killed process does.",
        remedy: "Nothing, when a later attempt succeeds; else run it again.",
    }
    POD_REFUSED = 916, Error, "pod-refused" {
        summary: "The API server refuses to make the pod.",
        explanation: "Pod Security, a quota, a limit range, a missing ServiceAccount or a webhook: the Job then has \
            neither a condition nor a pod, and only an event `FailedCreate` says why, for an hour. Source: pods.md §3.",
        remedy: "Change what the message names; the Job controller tries again by itself.",
    }
    TRACES_GONE = 917, Warning, "traces-gone" {
        summary: "The run failed, and what would say why is gone.",
        explanation: "The pods were deleted, and events are kept for an hour only. Source: pods.md §3.",
        remedy: "Run it again with `kubectl neo4j-backup trigger NAME --wait --logs`, or look into the cluster's log \
            store.",
    }
    CONTAINER_NOT_STARTED = 918, Error, "container-not-started" {
        summary: "A container cannot be made or started.",
        explanation: "The image lacks the program, is for another architecture, or the node has a problem of its own.",
        remedy: "See the words of the kubelet; use an image of Neo4j Enterprise of the node's architecture.",
    }
    NAMESPACE_GOING = 919, Error, "namespace-going" {
        summary: "The namespace of the run is being deleted, or is gone.",
        explanation: "Everything in it is deleted, claims with their backups included, unless the volumes are retained.",
        remedy: "Nothing can be done in this namespace; restore from a bucket or from retained volumes.",
    }
}
