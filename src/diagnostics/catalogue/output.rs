//! 7xx: output and GitOps.

define! {
    CANNOT_BE_RENDERED = 701, Error, "cannot-be-rendered" {
        summary: "The spec cannot be turned into objects.",
        explanation: "Something that the objects cannot do without is missing or cannot be read. A spec is never left \
            out without a word, so nothing at all is written. Source: DESIGN.md, \"Commands\".",
        remedy: "Supply what the finding names.",
    }
    RESTORE_LEFT_OUT = 702, Notice, "restore-left-out" {
        summary: "A restore is never rendered by accident.",
        explanation: "A restore that lies among the manifests of a repository would run again at the next sync. Without \
            being asked, `render` checks restores and writes nothing of them. Source: DESIGN.md, \"What a restore \
            becomes\"; peers.md §5.4 C.",
        remedy: "Give `--restore` to write its Jobs, suspended, and keep them out of the application's tree.",
    }
    ONE_SHOT_NAME_TOO_LONG = 703, Error, "one-shot-name-too-long" {
        summary: "The name of a backup that runs once leaves no room for the hash of its spec.",
        explanation: "In a bundle the Job of such a backup is named `<name>-backup-<hash of the spec>`, so that a changed \
            spec is a new Job and an unchanged one never runs again. A Job has at most 63 characters, because its name \
            becomes a label of its pods. Source: peers.md §5.4 B.",
        remedy: "Shorten the name.",
    }
    TTL_LEFT_OUT = 704, Warning, "ttl-left-out" {
        summary: "A Job of a bundle is written without the TTL that the spec asks for.",
        explanation: "A Job that removes itself is missing at the next sync of Argo CD or Flux, which makes it again: \
            the backup runs again. Source: peers.md §5.1 (argo-cd #8586, #13851) and §5.2.",
        remedy: "Remove `job.ttlAfterFinished`, or roll this backup out with `apply`, where a person decides.",
    }
    EDITED_BY_HAND = 705, Error, "edited-by-hand" {
        summary: "A generated file was edited by hand.",
        explanation: "Its content is neither what the specs say now nor what was written when it was generated. The \
            next `emit` would lose the edit, and until then the cluster runs something that no spec says.",
        remedy: "Put the change into the spec and emit again with `--overwrite`, which discards the edit.",
    }
    NOT_OURS = 706, Error, "not-ours" {
        summary: "Something that was not generated lies where a generated file belongs.",
        explanation: "Files that this program did not write are never touched. A symbolic link is never followed, \
            because what is written through it would land elsewhere.",
        remedy: "Move it away, or emit into another folder.",
    }
    STALE_FILE = 707, Error, "stale-file" {
        summary: "A generated file is missing or is not what the specs say now.",
        explanation: "What is in Git is what a controller rolls out. A spec that was changed without emitting again has \
            no effect.",
        remedy: "Run the same `emit` without `--check`, and commit what it writes.",
    }
    EXTRA_FILE = 708, Error, "extra-file" {
        summary: "A manifest lies among the generated ones, and no spec asks for it.",
        explanation: "Either its spec is gone, and what it holds goes on running, or somebody has put it there, where \
            `kubectl apply -R -f` takes it for a part of the bundle.",
        remedy: "Run the same `emit` with `--prune` if it was generated; else move it to a folder of its own.",
    }
    NO_LONGER_NEEDED = 709, Warning, "no-longer-needed" {
        summary: "A file was generated once, and no spec asks for it now.",
        explanation: "What it holds goes on running as long as the file is in Git.",
        remedy: "Give `--prune` to remove it; with `--overwrite` also where it was edited.",
    }
    ONE_SHOT_CHANGED = 710, Warning, "one-shot-changed" {
        summary: "The Job of a backup that runs once changes although its spec does not.",
        explanation: "Its target has another image now, or this program writes it in another way. The name holds the \
            hash of the spec alone, so that neither makes it run again. kubectl refuses the new template where the Job is \
            there already, because templates of Jobs are immutable; the run that was made stays what it was. Source: \
            peers.md §5.1 and §5.2.",
        remedy: "Remove the spec of a backup that has run; or change it, with a label in `job.labels` for instance, to \
            have it run again.",
    }
    ARGOCD_METADATA = 716, Warning, "argocd-metadata" {
        summary: "A label or annotation of the spec changes what Argo CD does with the runs.",
        explanation: "Argo CD reads annotations that begin with `argocd.argoproj.io/` on the objects that it rolls out: a \
            hook, for instance, runs at every sync. Where it tracks its objects by the label \
            `app.kubernetes.io/instance`, a Job that a CronJob has made with that label is one that Git does not have. \
            Source: peers.md §5.1.",
        remedy: "Remove it, or use a key of your own.",
    }
    FUNCTION_SETTING = 720, Error, "function-setting" {
        summary: "The configuration of the function has a key that there is not.",
        explanation: "A misspelt key would change nothing without a word, and what the function renders would be another \
            than what was asked for. Source: DESIGN.md law 1.",
        remedy: "Use one of the keys of `docs/krm.md`.",
    }
    FUNCTION_VALUE = 721, Error, "function-value" {
        summary: "A value in the configuration of the function cannot be used.",
        explanation: "The value is of another kind than its key takes, or two values contradict each other. The keys take \
            what the flags of the same names take.",
        remedy: "Write a value that the message names.",
    }
    FUNCTION_KIND = 722, Error, "function-kind" {
        summary: "The configuration of the function is of a kind that it does not take.",
        explanation: "A ConfigMap is what kpt hands over for `configMap`, kustomize whatever carries the annotation \
            `config.kubernetes.io/function`. This function reads a ConfigMap, or a `Neo4jBackupFunction` of its own.",
        remedy: "Write a ConfigMap with the settings in `data`, or a `Neo4jBackupFunction` with them in `spec`.",
    }
    ITEM_IN_THE_WAY = 723, Error, "item-in-the-way" {
        summary: "An item of the list has the name of an object that a spec becomes.",
        explanation: "Two objects of one kind, namespace and name cannot be applied; kustomize refuses them as a \
            duplicate, and the one that is applied last would win. An item that this function made in an earlier run is \
            replaced; this one is somebody else's, for it does not carry our `app.kubernetes.io/managed-by`.",
        remedy: "Rename the spec or the item, or delete the item.",
    }
    ITEM_LEFT_OVER = 724, Warning, "item-left-over" {
        summary: "An item was made by an earlier run, and no spec gives it now.",
        explanation: "It passes through unchanged, so what it does goes on: a CronJob whose spec is gone still backs up. A \
            one-shot Job whose spec has changed is such an item too, and harmless.",
        remedy: "Delete the item, unless it is meant to stay.",
    }
    FAILURES_NOT_SEEN = 730, Warning, "failures-not-seen" {
        summary: "No alert can tell that a run has failed.",
        explanation: "Alerts are made from what kube-state-metrics reports, and it reports Jobs that exist. With \
            `historyLimits.failed: 0` a failed Job is deleted as soon as it has failed. Source: kube-state-metrics, \
            `docs/metrics/workload/job-metrics.md`; Kubernetes documentation, \"Jobs history limits\".",
        remedy: "Keep at least one failed run.",
    }
    DASHBOARD_TOO_LARGE = 731, Error, "dashboard-too-large" {
        summary: "A namespace has more backups than its dashboard can hold.",
        explanation: "The dashboard knows how old the last success of each backup may be. `kubectl apply` keeps the whole \
            ConfigMap in an annotation, and the annotations of an object have at most 262144 bytes. Source: Kubernetes, \
            `ValidateAnnotationsSize`.",
        remedy: "Leave out `--with grafana`, or spread the backups over several namespaces.",
    }
    POLICY_WITHOUT_PODS = 740, Warning, "policy-without-pods" {
        summary: "Nothing says which pods the servers of a deployment are.",
        explanation: "A network policy selects pods by their labels. Those of the operator and of the Helm chart follow \
            from the layout; behind addresses that are stated, anything may be. Then no policy closes the backup port, which \
            asks for no password. Source: operator.md §3.2; neo4j-admin.md §5.",
        remedy: "Name the StatefulSet in the `Neo4jTarget`, or leave its addresses to the layout.",
    }
    POLICY_ADDS_UP = 741, Notice, "policy-adds-up" {
        summary: "The policy for the servers opens what another policy may close.",
        explanation: "A policy that selects a pod closes everything that it does not name, so the one that closes the backup \
            port names all other ports. Policies add up: a port that one of them opens is open. The servers' cluster port \
            serves backups too and stays open. Source: Kubernetes manual, \"Network Policies\"; neo4j-admin.md §5.",
        remedy: "Where these pods have policies already, write `--with networkpolicy-backups`, and let one of yours admit \
            backup pods to the backup port.",
    }
    POLICY_OPENS_NAMESPACE = 742, Notice, "policy-opens-namespace" {
        summary: "Backup pods may open every port in the namespace of their store.",
        explanation: "A store within the cluster is behind a Service. A policy cannot name one, and sees the port of the pod \
            behind it, which the URL of the store does not say. Source: Kubernetes manual, \"Network Policies\".",
        remedy: "Narrow it with a policy on the store's side.",
    }
    SECRET_STORE_UNNAMED = 743, Warning, "secret-store-unnamed" {
        summary: "The ExternalSecrets name a store that nobody has given.",
        explanation: "An `ExternalSecret` gets its values from a `SecretStore` or `ClusterSecretStore`. The one that stands \
            there is a placeholder, and nothing is fetched from it.",
        remedy: "Give `--secret-store NAME` or `--secret-store ClusterSecretStore/NAME`.",
    }
    LIFECYCLE_WAITS = 744, Notice, "lifecycle-waits" {
        summary: "A lifecycle rule keeps artifacts for longer than maxAge.",
        explanation: "A rule by age knows no chains. A differential that is kept needs its full backup, which may be older by \
            two intervals of the FULL (one failed run included) and a day; and a rule for a folder is one for all folders \
            below it. Source: neo4j-admin.md §2.",
        remedy: "Nothing, or run the FULL more often.",
    }
    LIFECYCLE_UNSAFE = 745, Warning, "lifecycle-unsafe" {
        summary: "No lifecycle rule can do what maxAge asks for.",
        explanation: "A rule deletes by age and by the beginning of the name. Where nothing bounds how old the ancestors of a \
            backup are, or where others keep everything in the same place, every such rule takes something that is needed. \
            Source: neo4j-admin.md §2.",
        remedy: "Do what the finding says, or delete whole chains by hand, the oldest first.",
    }
    IAM_WITHOUT_TRUST = 746, Notice, "iam-without-trust" {
        summary: "Keys need rights and no trust.",
        explanation: "Trust says who may take on an identity. Keys in a Secret belong to a user or an account that exists, \
            which gets the rights and takes nobody's token.",
        remedy: "Give the rights to the owner of the keys, or use a workload identity.",
    }
    TOPIC_WITHOUT_EFFECT = 747, Notice, "topic-without-effect" {
        summary: "A topic of --with has nothing to add.",
        explanation: "Lifecycle rules and cloud identities are for buckets; a claim has neither.",
        remedy: "Leave the topic out.",
    }
    OLDER_SPEC_NOT_COMPARED = 750, Warning, "older-spec-not-compared" {
        summary: "What the spec was in the older version cannot be rendered, so it is not compared.",
        explanation: "`diff --against` renders two versions of the specs and compares what they become. An older \
            version with a mistake that keeps it from being read becomes nothing, so everything that the spec gives now \
            is shown as new, although objects of it may be in the cluster. Source: DESIGN.md, \"Laws\" 1.",
        remedy: "Read the objects of this spec as a whole, or compare with a version in which it was right.",
    }
    CONVERT_UNKNOWN_FIELD = 760, Warning, "convert-unknown-field" {
        summary: "The field is none of the language that the document speaks.",
        explanation: "An API server drops such a field without a word, so it never had an effect. `convert` leaves it \
            out too. In a spec of our own language it is an error, because `validate` would refuse it. Source: \
            operator.md §1.1, \"Schema quirks\".",
        remedy: "Delete the field, or write the one that is meant before converting.",
    }
    CONVERT_NO_COUNTERPART = 761, Warning, "convert-no-counterpart" {
        summary: "The other language has no field for this one.",
        explanation: "The languages overlap, and none of them has everything. What cannot be carried over is left out, \
            and each field that is left out is told at its place. Source: operator.md §1, §5; peers.md §2.",
        remedy: "Read the help of the finding: it names the place where the same thing is said there, or what to do \
            without.",
    }
    CONVERT_IMPLIED = 762, Notice, "convert-implied" {
        summary: "The field says what holds in the other language anyway.",
        explanation: "Such a field can go without changing anything; it is told so that none disappears silently.",
        remedy: "Nothing needs to be done.",
    }
    CONVERT_CHANGED_MEANING = 763, Warning, "convert-changed-meaning" {
        summary: "The field is carried over and does something else there.",
        explanation: "A field of the same name need not have the same effect: the operator does nothing for `verify`, \
            and puts a folder of the spec's name below `storage.path`. Source: operator.md §1, §2, §5.",
        remedy: "Read what changes, and decide whether the result is still what you want.",
    }
    CONVERT_WRITTEN_OUT = 764, Notice, "convert-written-out" {
        summary: "A default that differs between the languages was written out.",
        explanation: "Here `backupType` is FULL when it is absent (document 000), everywhere else AUTO. Left absent, \
            the same spec would do something else after the conversion. Source: operator.md §1.1; peers.md §2.2.",
        remedy: "Nothing needs to be done; say the value in the source to choose another.",
    }
    CONVERT_REFUSED = 765, Error, "convert-refused" {
        summary: "Without this field the result would not be the backup or restore that was asked for.",
        explanation: "Left out, the field would change which data is backed up, when, or where it goes: a time zone \
            where schedules run in UTC, a list of databases where there is one or all. Nothing is written then, because \
            nobody reads findings in a pipe. Source: DESIGN.md, \"Commands\".",
        remedy: "Change the field in the source as the finding says, and convert again.",
    }
    CONVERT_SECRET_KEYS = 766, Warning, "convert-secret-keys" {
        summary: "The Secret needs other keys there.",
        explanation: "The same Secret is read by other keys: the operator wants `AWS_REGION` where document 000 has \
            `AWS_DEFAULT_REGION`, and a missing key keeps a pod from starting; the chart reads one file. `convert` \
            never reads or writes Secrets. Source: operator.md §2.1; peers.md §2.2.",
        remedy: "Add the key that the finding names to the Secret before the converted spec runs.",
    }
    CONVERT_CHART_TRAP = 767, Warning, "convert-chart-trap" {
        summary: "The chart never did what this value says.",
        explanation: "Some values of the chart `neo4j-admin` do not reach the pods: `false` and `0` rendered by \
            `default`, `consistencyCheck.enabled`, an absent schedule that means every minute. The spec cannot be both \
            what is written and what ran. Source: peers.md §2.2, §2.3.",
        remedy: "Decide which of the two you want; the finding says which one the spec has.",
    }
    CONVERT_RESPELLED = 768, Notice, "convert-respelled" {
        summary: "The same thing is written another way there.",
        explanation: "Nothing is lost and nothing changes; converted back, the field stands elsewhere.",
        remedy: "Nothing needs to be done.",
    }
    CONVERT_LEFT_BEHIND = 769, Notice, "convert-left-behind" {
        summary: "The field belongs to the object in the cluster and not to a document in Git.",
        explanation: "`status`, uids, versions, finalizers and owners are written by a server and its controllers. A \
            finalizer that is carried over would keep the object from ever being deleted. Source: operator.md §2.1.",
        remedy: "Nothing needs to be done.",
    }
    CONVERT_ADDRESS = 770, Notice, "convert-address" {
        summary: "Addresses of servers belong to the deployment and not to its backup.",
        explanation: "A spec names a deployment; where its servers are follows from its Neo4jTarget. The chart has the \
            addresses in the values of each backup. Source: DESIGN.md, \"Targets\"; peers.md §2.2.",
        remedy: "Write a Neo4jTarget beside the spec with what the finding names.",
    }
}
