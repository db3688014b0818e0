//! 800–819: what an API server says of the objects that specs become.

define! {
    SERVER_FIELD = 800, Error, "server-refuses-field" {
        summary: "The API server refuses a field of an object that the spec becomes.",
        explanation: "`validate --server` had the API server try every object that the specs become, without keeping any. \
            The server named a field that it does not take; the finding stands at the line of the spec that the field \
            comes from. What the offline rules find they find earlier and explain better: this is what is left.",
        remedy: "Change the field of the spec that the finding stands at. When the server does not know the field at all, \
            it is older than the objects: see NB806.",
    }
    SERVER_REFUSES = 801, Error, "server-refuses-object" {
        summary: "The API server refuses an object that the spec becomes.",
        explanation: "The server tried the object without keeping it and refused it as a whole, without the name of a \
            field. The same would happen to `apply`, `kubectl apply` and a GitOps controller.",
        remedy: "Read the server's own words in the finding.",
    }
    ADMISSION_DENIED = 802, Error, "admission-denied" {
        summary: "A policy of the cluster does not admit an object or its pods.",
        explanation: "A Job or a CronJob is only looked at lightly when it is made; what counts happens to its pods, later \
            and without a word to whoever applied it: the Job has no pod and no condition, only an event (pods.md §3). So \
            `validate --server` also has the server try the pods. A quota, a LimitRange, the Pod Security level of the \
            namespace, an admission policy or a webhook says no.",
        remedy: "Change what the policy names (`spec.job.resources` for a quota or a LimitRange), or have the policy of \
            the namespace changed.",
    }
    POD_SECURITY = 803, Warning, "pod-security" {
        summary: "The Pod Security level of the namespace objects to the pods.",
        explanation: "The namespace's level for warnings would be violated. Where the enforced level is the same, no pod \
            would be made, and nobody would be told: the Job has no pod and no condition, only an event (pods.md §3). The \
            pods of a backup comply with `restricted` by themselves; a hook's own container may not.",
        remedy: "Change what the finding names, or the labels `pod-security.kubernetes.io/…` of the namespace.",
    }
    SERVER_WARNING = 804, Warning, "server-warning" {
        summary: "The API server warns about an object that the spec becomes.",
        explanation: "The server took the object and had something to say about it, such as a field that is going away or \
            a policy that is only announced yet. Source: the `Warning` header of its answer.",
        remedy: "Read the server's own words in the finding.",
    }
    NAMESPACE_MISSING = 805, Warning, "namespace-missing" {
        summary: "The namespace does not exist in the cluster.",
        explanation: "The server looks at no object of a namespace that does not exist, and `apply` makes no namespaces: \
            their labels, quotas and rights are not a backup's to decide.",
        remedy: "Make the namespace, or name another with `metadata.namespace` or `-n`, and validate again.",
    }
    API_MISSING = 806, Error, "api-missing" {
        summary: "The cluster does not have what the objects need.",
        explanation: "CronJobs with a time zone need Kubernetes 1.27, and a failure policy for pods needs 1.26, where older \
            servers refuse or drop the fields. A server without `batch/v1` runs no Jobs at all. Source: the API reference \
            of Kubernetes, CronJobSpec.timeZone and JobSpec.podFailurePolicy.",
        remedy: "Use a cluster with a version of Kubernetes that is still supported.",
    }
    NOT_TRIED = 807, Warning, "not-tried" {
        summary: "The server could not be asked about an object.",
        explanation: "A dry run needs the same rights as the change itself (peers.md §6.1), and whoever asked does not have \
            them. Nothing is known to be wrong with the object.",
        remedy: "Ask with an account that may create and patch these objects; `kubectl neo4j-backup rbac` writes the least \
            Role for it.",
    }
    CANNOT_CHANGE = 808, Warning, "cannot-change" {
        summary: "An object of this name is there, and cannot become what the spec says.",
        explanation: "The template of a Job never changes, and of a claim only the size does, upwards (pods.md §6). The \
            spec is valid and would be refused as a change of what is there.",
        remedy: "Give the spec another name, or see what `kubectl neo4j-backup diff` says about the object.",
    }
}
