//! 820 to 839: what keeps objects from being applied or deleted.

define! {
    FOREIGN_OBJECT = 820, Error, "foreign-object" {
        summary: "The object belongs to another tool or person.",
        explanation: "Two tools that write one object undo each other's work: Argo CD and Flux put back what Git says at \
            their next sync, Helm at its next upgrade, a controller at once. So before anything is written the owner is \
            looked for: tracking marks of Argo CD and Flux, annotations of Helm, owner references, \
            `app.kubernetes.io/managed-by`, and who wrote the fields. Source: peers.md §5.1, §5.2, §6.4.",
        remedy: "Change it where its owner takes it from, as the finding says. `--override-owner` writes all the same.",
    }
    MEMBER_OF_ANOTHER_SET = 821, Error, "member-of-another-set" {
        summary: "The object is in another set.",
        explanation: "A set names its members by a label with its id. An object that changed sets by being applied with \
            another one would be pruned by neither, or by the wrong one, and nobody would be told. Source: KEP-3659; \
            pods.md §6.",
        remedy: "Apply with the set that the object is in, or take it out of that first: remove the label \
            `applyset.kubernetes.io/part-of`.",
    }
    OPERATOR_RUNS_IT = 822, Error, "operator-runs-it" {
        summary: "An operator runs the same backup.",
        explanation: "A Neo4j operator of this cluster acts on `Neo4jBackup` objects and makes Jobs of them, whose names \
            are those that we give. Applied beside it, the same backup would run twice or the two would take the Job \
            from each other. Source: operator.md §2.1, §5.2.",
        remedy: "Leave the backup to the operator and change its object, or delete that object and apply again.",
    }
    FOREIGN_DEFINITION = 823, Error, "foreign-definition" {
        summary: "The cluster has CustomResourceDefinitions of the same name from somebody else.",
        explanation: "A definition holds for the whole cluster: overwriting an operator's removes versions and fields that \
            its objects use, and with them the objects' data. Ours are told by their label, their field manager, or by \
            having the same content. Source: operator.md §1, §5.",
        remedy: "Apply without `--with crds`: nothing that this program applies by default needs the definitions.",
    }
    RUNS_ONCE = 824, Error, "runs-once" {
        summary: "A backup without a schedule has run already, and its spec has changed since.",
        explanation: "The Job of a one-shot backup is its record. Kubernetes does not let the pods of a Job change, and \
            running it again is a decision: the Job is left as it is until a person says which. Source: pods.md §6.",
        remedy: "`--rerun` makes a new Job beside the old one; `--replace` deletes the old Job with its logs first.",
    }
    USED_AS_IT_IS = 825, Notice, "used-as-it-is" {
        summary: "An object that somebody else made is used as it is.",
        explanation: "A claim or an account that is there already and has what the spec asks for need not be ours. It is \
            neither changed nor taken over, and never deleted. Source: DESIGN.md, \"What a backup becomes\".",
        remedy: "Nothing, when this is meant. Name it without `size` (`autoCreate.enabled: false` for an account) to say so in the spec.",
    }
    DOES_NOT_SUIT = 826, Error, "does-not-suit" {
        summary: "An object that somebody else made is not what the spec asks for.",
        explanation: "Backups that do not fit on a smaller claim, or pods that run as an account without the identity, fail \
            when they run. The object is not ours to change. Source: DESIGN.md, \"What a backup becomes\".",
        remedy: "Give the spec another name for it, change what the spec asks for, or have its owner change the object.",
    }
    OPERATOR_ACTS_ON_SPECS = 827, Error, "operator-acts-on-specs" {
        summary: "An operator would act on the specs.",
        explanation: "The specs themselves are needed by no object of ours. In a cluster with an operator that acts on these \
            kinds it would take them for its own and make the same Jobs. Source: operator.md §1, §2.1, §5.",
        remedy: "Apply without `--with specs`.",
    }
    FIELD_BELONGS_TO_ANOTHER = 828, Error, "field-belongs-to-another" {
        summary: "Another field manager set a field to another value.",
        explanation: "Somebody changed the object in the cluster, by hand or with a tool, and the server does not let us \
            take that back by accident. Source: peers.md §6.1.",
        remedy: "Put the value into the spec, have the other manager give the field up, or give `--force-conflicts` to set it \
            all the same.",
    }
    CANNOT_BE_APPLIED = 829, Error, "cannot-be-applied" {
        summary: "The API server would not take the object.",
        explanation: "Every object is sent as a dry run first. When the server refuses one, nothing at all is written, so \
            that no half of a change is left behind. Source: peers.md §6.1.",
        remedy: "What the server says is in the finding; `validate --server` shows the line of the spec behind it.",
    }
    KEPT_FROM_PRUNING = 830, Notice, "kept-from-pruning" {
        summary: "A member of the set that no spec gives any more stays.",
        explanation: "Pruning never takes an account that a workload runs as, a Job that is running or is the record of a \
            spec that is still there, or what another tool keeps. Source: DESIGN.md; peers.md §6.4.",
        remedy: "Nothing; it is looked at again at the next pruning.",
    }
    NOT_OURS_TO_DELETE = 831, Error, "not-ours-to-delete" {
        summary: "The object was not applied by this program.",
        explanation: "`delete` takes away what `apply` made. What Argo CD, Flux or Helm keep comes back when it is deleted \
            in the cluster, and what somebody else made is theirs. Source: peers.md §6.4.",
        remedy: "Delete it where its owner takes it from. `--override-owner` deletes all the same.",
    }
}
