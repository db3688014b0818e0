//! 860 to 899: what `doctor` checks.

define! {
    SERVER_VERSION = 860, Error, "doctor-server" {
        summary: "The API server answers, in a version that our objects need.",
        explanation: "A CronJob of ours has a `timeZone` and its Job a `podFailurePolicy`; both are stable since \
            Kubernetes 1.31. An older server drops or refuses them. When the server cannot be reached at all, `doctor` \
            ends with exit code 3 and checks nothing.",
        remedy: "Upgrade the cluster, or ask its operator which version it runs.",
    }
    PERMISSIONS = 861, Warning, "doctor-permissions" {
        summary: "Whether you may run each command in this namespace.",
        explanation: "Asked with one SelfSubjectRulesReview a namespace. It is about you and not about the backup, whose \
            pods need no right at all; so a missing right is a warning. The needs of each command are in docs/rbac.md.",
        remedy: "Have somebody who may apply what `kubectl neo4j-backup rbac COMMAND` writes.",
    }
    DOCTOR_DEFINITIONS = 862, Warning, "doctor-definitions" {
        summary: "Which CustomResourceDefinitions of these names the cluster has, and whose they are.",
        explanation: "The plugin needs none: it renders Jobs. But an operator may own definitions of the same name in another \
            version (operator.md §1), in which our specs do not fit, and `neo4j.com` has kinds of the same short name, \
            so that `kubectl get neo4jbackup` is ambiguous (operator.md §5.2).",
        remedy: "Use the full name, `kubectl get neo4jbackups.neo4j.neo4j.com`; install ours only where no operator has its own.",
    }
    RUNNER = 863, Warning, "doctor-runner" {
        summary: "Which operator or chart runs the target.",
        explanation: "An operator that acts on `Neo4jBackup` itself would run the same backup a second time when the spec is \
            applied to the cluster too (operator.md §2). Where nothing is recognised, addresses and names of the spec's \
            layout may not be those of the deployment.",
        remedy: "Say `layout` and `backupAddresses` in a `Neo4jTarget`, and let only one of the two run a backup.",
    }
    TARGET_EXISTS = 864, Error, "doctor-target" {
        summary: "The servers that the spec points at exist and are ready.",
        explanation: "Their StatefulSets are looked up by the names that the layout gives (operator.md §3.2), and their pods by \
            the StatefulSets' selectors. A server that is away makes a backup fail, or exit 1 although it was made by \
            another server.",
        remedy: "Correct `spec.target`, or bring the servers up.",
    }
    TARGET_VERSION = 865, Error, "doctor-target-version" {
        summary: "The servers run the version and the edition that the backup's image has.",
        explanation: "The backup runs in the target's own image; `neo4j-admin` of another version refuses, or writes what the \
            servers cannot read. Online backup exists in Enterprise only (neo4j-admin.md §1.1).",
        remedy: "Give the image of the running servers in the `Neo4jTarget` or with `--image`, and apply again.",
    }
    BACKUP_ADDRESSES = 866, Error, "doctor-addresses" {
        summary: "Every backup address belongs to a Service and a pod that exist.",
        explanation: "`--from` names hosts that DNS makes of Services. A Service that is missing, selects nothing or does not \
            carry the port gives a name that does not resolve, or a connection that is refused.",
        remedy: "Correct `backupAddresses`, or make the Service; `doctor --probe` tries them from inside.",
    }
    SECRETS = 867, Error, "doctor-secrets" {
        summary: "Every Secret that the pods refer to exists and has the keys.",
        explanation: "A missing Secret or key keeps the container from being created (`CreateContainerConfigError`) and the Job \
            waits without failing. Only names of keys are read here; values are skipped unread.",
        remedy: "Create the Secret with the keys that are named, in the namespace of the backup.",
    }
    CONFIG_MAPS = 868, Error, "doctor-config-maps" {
        summary: "Every ConfigMap that the pods refer to exists and has the keys.",
        explanation: "As with Secrets, a missing one keeps the container from being created.",
        remedy: "Apply the spec again, or create the ConfigMap.",
    }
    SERVICE_ACCOUNT = 869, Error, "doctor-service-account" {
        summary: "The ServiceAccount exists with the annotations of the spec's identity.",
        explanation: "No pod is made for an account that does not exist, and only an event of the Job says so. Without the \
            annotation of the cloud's identity the pod starts and has no credentials.",
        remedy: "Apply the spec, or create the account with the annotations.",
    }
    CLAIM = 870, Error, "doctor-claim" {
        summary: "The claim for the artifacts exists and is bound, or will be.",
        explanation: "A claim whose StorageClass binds at the first consumer waits for the first run and is fine; any other claim \
            that is not bound keeps the pod pending for ever.",
        remedy: "`kubectl describe pvc NAME` says why it is not bound; apply the spec where it makes the claim.",
    }
    CLAIM_ACCESS = 871, Error, "doctor-claim-access" {
        summary: "The access mode of the claim lets the backup's pod mount it.",
        explanation: "A ReadWriteOnce volume can be mounted on one node at a time: while another pod uses it, the backup can run on \
            that node alone. A ReadWriteOncePod volume that is in use, and one that is read-only, cannot be written at all.",
        remedy: "Use a claim of its own for backups, or a ReadWriteMany one.",
    }
    STORAGE_CLASS = 872, Error, "doctor-storage-class" {
        summary: "The StorageClass that a claim needs exists.",
        explanation: "A claim that names no class takes the default one; where there is none, or no class of that name, nothing \
            provisions the volume.",
        remedy: "Name one of `kubectl get storageclass` in the spec.",
    }
    QUOTA = 873, Error, "doctor-quota" {
        summary: "The namespace's quotas leave room for a run.",
        explanation: "Where a quota is used up, the Job has no pod and only an event says so. Where a quota counts a resource that \
            the pods do not state, every pod is refused.",
        remedy: "Have the quota raised, or set `spec.job.resources`.",
    }
    LIMIT_RANGE = 874, Error, "doctor-limit-range" {
        summary: "The namespace's limit ranges admit the pods and the claim.",
        explanation: "A LimitRange refuses containers and claims beyond its bounds, and adds defaults where the pods state none; a \
            default memory limit that is too small ends a backup with OOMKilled and an empty log (pods.md §1).",
        remedy: "Set `spec.job.resources` within the bounds.",
    }
    ADMISSION = 875, Error, "doctor-admission" {
        summary: "The API server admits the backup's pod.",
        explanation: "Asked by a dry run that keeps nothing: Pod Security, quotas, limits and webhooks have their say. Otherwise a \
            violation shows only as an event of a Job without pods (pods.md §3).",
        remedy: "The server's own words say which field it objects to.",
    }
    INGRESS = 876, Error, "doctor-ingress" {
        summary: "Network policies let the backup's pods reach the backup port of the target.",
        explanation: "A policy that selects the target's pods admits only what it lists. Whether the network enforces policies at \
            all is not visible here; `--probe` tries it.",
        remedy: "Allow ingress to port 6362 of the servers from the pods labelled `neo4j.neo4j.com/backup`.",
    }
    EGRESS = 877, Error, "doctor-egress" {
        summary: "Network policies let the backup's pods out: to the target, to DNS and to the store.",
        explanation: "A policy that selects the backup's pods lets out only to what it lists. An `ipBlock` cannot be compared with \
            the address of a bucket, so that is told as unknown.",
        remedy: "Allow egress to port 6362 of the servers, to port 53 of the DNS pods and, for a bucket, to its endpoint.",
    }
    PLACEMENT = 878, Error, "doctor-placement" {
        summary: "There is a node that the backup's pod may run on.",
        explanation: "Node selectors, required affinity and taints are compared with the nodes. Free resources are not: the \
            scheduler alone knows them at the moment of the run.",
        remedy: "Correct `spec.job.nodeSelector`, `affinity` or `tolerations`.",
    }
    PRIORITY_CLASS = 879, Error, "doctor-priority-class" {
        summary: "The PriorityClass exists.",
        explanation: "A pod that names a class that does not exist is refused, and only an event says so.",
        remedy: "Create the class, or leave `spec.job.priorityClassName` out.",
    }
    PULL_SECRETS = 880, Error, "doctor-pull-secrets" {
        summary: "The Secrets with registry credentials exist in the backup's namespace.",
        explanation: "A missing one is no error to Kubernetes; the image is then pulled without credentials, and a private one is \
            not pulled at all.",
        remedy: "Copy the Secret into the backup's namespace.",
    }
    LAST_RUN = 881, Error, "doctor-last-run" {
        summary: "How the last run ended.",
        explanation: "What kept the last run from succeeding stands in the way of the next one unless somebody has removed it.",
        remedy: "`kubectl neo4j-backup logs NAME` shows the steps of the last run.",
    }
    CLOCK = 882, Warning, "doctor-clock" {
        summary: "This machine's clock agrees with the API server's.",
        explanation: "Ages, missed runs and `--max-age` are computed with this machine's clock. The server's time is read off the \
            `Date` header of its answers.",
        remedy: "Synchronise this machine's clock.",
    }
    SUSPENDED = 883, Warning, "doctor-suspended" {
        summary: "The CronJob is not suspended.",
        explanation: "A suspended CronJob leaves no trace of the runs that it misses (pods.md §3).",
        remedy: "`kubectl neo4j-backup resume NAME`, or `suspend: false` in the spec.",
    }
    OWNED = 884, Warning, "doctor-owner" {
        summary: "Who keeps the live object as it is.",
        explanation: "A change that is made in the cluster is undone by Argo CD, Flux or an operator that owns the object.",
        remedy: "Make changes where the owner takes them from.",
    }
    NOT_APPLIED = 885, Warning, "doctor-not-applied" {
        summary: "The spec has been applied.",
        explanation: "As long as its Job or CronJob is not in the cluster, nothing backs anything up.",
        remedy: "`kubectl neo4j-backup apply -f FILE`.",
    }
    PROBE_CONNECTION = 886, Error, "doctor-probe-connection" {
        summary: "From inside the cluster, every backup address resolves and accepts a connection.",
        explanation: "Tried by a pod with the backup's own image, account, labels and security context, so that DNS, network \
            policies and listeners are those that a run meets.",
        remedy: "See whether the server listens on the address (`server.backup.listen_address`), and the network policies.",
    }
    PROBE_STORAGE = 887, Error, "doctor-probe-storage" {
        summary: "From inside the cluster, the place for artifacts can be read and written.",
        explanation: "On a claim a small file is written, listed, read and deleted. In a bucket `neo4j-admin backup inspect` lists \
            what lies there with the credentials of the backup; the image has no tool that writes a single object, so \
            writing stays unknown until a backup does it.",
        remedy: "On a claim, see who owns the folder (pods.md §4); for a bucket, see the credentials, the endpoint and their rights.",
    }
    PROBE = 888, Error, "doctor-probe" {
        summary: "The probe's pod runs.",
        explanation: "What keeps the probe's pod from starting (an image that is not pulled, a missing key, no node) keeps the \
            backup's pod from starting too.",
        remedy: "The finding names what the cluster waits for.",
    }
}
