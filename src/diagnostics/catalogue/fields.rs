//! 1xx: fields, types and names.

define! {
    UNKNOWN_FIELD = 101, Error, "unknown-field" {
        summary: "The spec language has no such field.",
        explanation: "An API server drops unknown fields of a custom resource without a word unless validation is \
            strict, so a setting that was meant never arrives: a misspelled `storage` or `verify` is found when the \
            backup is needed. Sources: operator.md §1.1 (\"Schema quirks\"); DESIGN.md, \"The spec language\".",
        remedy: "Write the field that is meant; `explain spec` lists the fields of a place.",
    }
    OLD_SPELLING = 102, Error, "old-spelling" {
        summary: "The field is spelled as another version or another operator spells it.",
        explanation: "The kinds `Neo4jBackup` and `Neo4jRestore` exist in four incompatible languages, and old \
            documentation has forms that were never valid. Source: operator.md, head and §1.2 to §1.3.",
        remedy: "Write the field that the finding names.",
    }
    MISSING_FIELD = 103, Error, "missing-field" {
        summary: "A required field is missing.",
        explanation: "Without it there is no way to know what to back up, where to, or what to restore. \
            Source: the field tables of operator.md §1.1 and document 001.",
        remedy: "Add the field that the finding names.",
    }
    WRONG_TYPE = 104, Error, "wrong-type" {
        summary: "The value has a type that the field does not take.",
        explanation: "Kubernetes keeps strings, numbers, booleans, lists and mappings apart, and YAML decides by the \
            spelling: `5` is a number and `\"5\"` a string. The API server refuses the wrong one.",
        remedy: "Write a value of the type that the finding names.",
    }
    INVALID_CHOICE = 105, Error, "invalid-choice" {
        summary: "The value is not one of those that the field can have.",
        explanation: "The API server refuses it; where nothing refuses it, it would silently mean the default. \
            Source: the enumerations of operator.md §1.1 and document 001.",
        remedy: "Write one of the values that the finding lists.",
    }
    OUT_OF_RANGE = 106, Error, "out-of-range" {
        summary: "The value is too long, too short, too large or too small.",
        explanation: "The bounds are those of the CustomResourceDefinition.",
        remedy: "Stay within the bounds that the finding names.",
    }
    EMPTY_VALUE = 107, Warning, "empty-value" {
        summary: "A key has no value.",
        explanation: "Kubernetes treats it as absent, so the default holds. Somebody who leaves a value out usually \
            meant to come back to it.",
        remedy: "Write a value, or remove the line.",
    }
    FOREIGN_DIALECT = 108, Error, "foreign-dialect" {
        summary: "The document is of the same kind in another language.",
        explanation: "`neo4j.neo4j.com/v1beta1` and `neo4j.com` have kinds of the same names with other fields. \
            Reading one as the other would ignore half of it. Source: operator.md, head, §1.2 and §5.",
        remedy: "Write `apiVersion: neo4j.neo4j.com/v1alpha1` and its fields.",
    }
    INVALID_NAME = 110, Error, "invalid-name" {
        summary: "The name of the spec is not a name in Kubernetes.",
        explanation: "Names of all objects follow from `metadata.name`, and the API server takes lower-case letters, \
            digits, `-` and `.`, with a letter or digit at both ends of each part. Source: Kubernetes, \"Object Names \
            and IDs\" (RFC 1123).",
        remedy: "Write such a name.",
    }
    INVALID_NAMESPACE = 111, Error, "invalid-namespace" {
        summary: "The namespace is not a name of a namespace.",
        explanation: "A namespace is a label of RFC 1123: up to 63 lower-case letters, digits and `-`, with a letter or \
            digit at both ends. Source: Kubernetes, \"Namespaces\".",
        remedy: "Write the name of an existing namespace.",
    }
    NAME_TOO_LONG = 112, Error, "name-too-long" {
        summary: "The name of the spec is too long for the objects that follow from it.",
        explanation: "A CronJob's name has at most 52 characters and a Job's 63, and ours end with `-backup-cron`, \
            `-backup`, `-restore` and the like. The API server refuses a longer one. Sources: Kubernetes, \"CronJob\", \
            \"Labels and Selectors\"; document 000, \"Backup Operations\".",
        remedy: "Shorten the name to the length that the finding names.",
    }
    INVALID_DEPLOYMENT_NAME = 113, Error, "invalid-deployment-name" {
        summary: "The name of the deployment cannot be one.",
        explanation: "The deployment's name becomes the label `neo4j.neo4j.com/target` of every object and a part of \
            host names, so it is a lower-case name of at most 63 characters. Source: Kubernetes, \"Labels and \
            Selectors\".",
        remedy: "Write the name of the deployment as the cluster has it.",
    }
    DUPLICATE_DOCUMENT = 114, Error, "duplicate-document" {
        summary: "Two documents have the same kind, namespace and name.",
        explanation: "They are one object to Kubernetes: the one that is applied last replaces the other, and one of two \
            backups is never made. kustomize and Argo CD refuse such an input.",
        remedy: "Give one of them another name, or remove it.",
    }
    INVALID_OBJECT_NAME = 120, Error, "invalid-object-name" {
        summary: "No object or resource can have this name.",
        explanation: "The API server refuses such a name, so nothing of that name exists: a pod that refers to it waits \
            until its deadline. Sources: Kubernetes, \"Object Names and IDs\" and \"Resource Management\".",
        remedy: "Write the name as the cluster has it.",
    }
    INVALID_DATA_KEY = 121, Error, "invalid-data-key" {
        summary: "A Secret or ConfigMap cannot have this key.",
        explanation: "Keys are letters, digits, `-`, `_` and `.`. Source: Kubernetes, \"Secrets\".",
        remedy: "Write the key as the Secret or ConfigMap has it.",
    }
    INVALID_LABEL = 122, Error, "invalid-label" {
        summary: "A label or an annotation does not follow the grammar of Kubernetes.",
        explanation: "The API server refuses the object: a key is a name of up to 63 characters with an optional domain \
            and a slash before it, a label's value up to 63 letters, digits, `-`, `_` and `.`. Sources: Kubernetes, \
            \"Labels and Selectors\" and \"Annotations\".",
        remedy: "Write a key or value of that form; longer texts belong into annotations.",
    }
    RESERVED_LABEL = 123, Error, "reserved-label" {
        summary: "The label is one that this program or Kubernetes sets.",
        explanation: "By these labels an object is found as that of its spec, and a Job finds its pods. A value of your \
            own would be overwritten without a word, or make the API server refuse the Job. Source: DESIGN.md law 1.",
        remedy: "Remove it, or take a key of your own.",
    }
    INVALID_ENVIRONMENT_NAME = 124, Error, "invalid-environment-name" {
        summary: "An environment variable cannot have this name.",
        explanation: "The API server takes letters, digits, `_`, `-` and `.`, not beginning with a digit. Source: \
            Kubernetes, \"Define Environment Variables for a Container\".",
        remedy: "Write a name of that form; a shell takes only letters, digits and `_`.",
    }
    INVALID_QUANTITY = 125, Error, "invalid-quantity" {
        summary: "The value is not a quantity, or not one that makes sense here.",
        explanation: "A quantity is a number with an optional unit: `m`, `k`, `M`, `G`, `T`, `Ki`, `Mi`, `Gi`, `Ti` and so \
            on. There is no `GB`, and `512m` of memory is half a byte. Source: Kubernetes, \"Quantity\".",
        remedy: "Write a number with one of the units, such as `50Gi`.",
    }
    REQUEST_ABOVE_LIMIT = 126, Error, "request-above-limit" {
        summary: "More of a resource is requested than the limit allows.",
        explanation: "The API server refuses the pod, and with a schedule only when the pod is made. Source: Kubernetes, \
            \"Resource Management for Pods and Containers\".",
        remedy: "Raise the limit, or lower the request.",
    }
    INVALID_DURATION = 127, Error, "invalid-duration" {
        summary: "The value is not a duration, or not one that makes sense here.",
        explanation: "Durations are numbers with the units `h`, `m` and `s`, such as `1h30m`. Kubernetes counts whole \
            seconds, up to 2147483647, and a CronJob with less than 10 seconds to start may never run. Sources: \
            operator.md §4 pitfall 47; Kubernetes, \"CronJob\".",
        remedy: "Write a duration as the finding says.",
    }
    TTL_WITHOUT_EFFECT = 128, Warning, "ttl-without-effect" {
        summary: "How long a finished Job is kept has no effect with a schedule.",
        explanation: "The Jobs of a CronJob are kept by number, not by time: a Job that deletes itself would take the log \
            of a failed night with it. Source: DESIGN.md, \"The spec language\" (`job.ttlAfterFinished` only without a \
            schedule).",
        remedy: "Set `historyLimits` instead.",
    }
    TTL_RUNS_AGAIN = 129, Notice, "ttl-runs-again" {
        summary: "The Job deletes itself, and the next apply runs the backup again.",
        explanation: "What is applied declares that the Job exists. Once it has deleted itself, `kubectl apply`, Argo CD \
            and Flux find it missing and make it anew. Source: DESIGN.md law 8 (\"once means once\").",
        remedy: "Leave `ttlAfterFinished` out where a spec is applied again and again.",
    }
    PLACEHOLDER = 130, Warning, "placeholder" {
        summary: "A placeholder was left in.",
        explanation: "Templates and documentation mark what is to be replaced with `<…>`, `CHANGEME` and the like. The \
            value would go to the cluster as it stands. Source: document 000, `<AZURE_CLIENT_ID>`.",
        remedy: "Write the value that is meant.",
    }
    SUBSTITUTION = 131, Error, "substitution" {
        summary: "The text holds a substitution that nobody makes here.",
        explanation: "This program replaces no `${…}`. Flux does, with `postBuild.substitute`, and puts in an empty text \
            for a variable that it does not know: a folder or bucket would silently be another one. Source: DESIGN.md \
            law 5.",
        remedy: "Write the value, or replace it before this program reads the spec.",
    }
    PLAIN_SECRET = 132, Warning, "plain-secret" {
        summary: "A secret seems to stand in the spec.",
        explanation: "Whoever can read the repository, the manifest or the pod reads it too. Source: DESIGN.md law 6 \
            (\"Secrets are referenced, never rendered, printed or logged\").",
        remedy: "Keep it in a Secret, refer to that, and replace the one that was written here.",
    }
    CONTROL_CHARACTER = 133, Error, "control-character" {
        summary: "The text holds a line break, a tab or another control character.",
        explanation: "No name, path or argument has one; it came from a block scalar, an escape or a copy, and what looks \
            right is another value. Source: YAML 1.2.2 §8.1.1.2 (a block ends with a line break unless `-` follows `|`).",
        remedy: "Write the text without it.",
    }
    INVALID_SCHEDULING = 134, Error, "invalid-scheduling" {
        summary: "A toleration or an affinity is none that the API server takes.",
        explanation: "Its schema lets through what its validation refuses: an unknown operator or effect, values where \
            none belong, an empty topology key. The whole Job is refused with it.",
        remedy: "Write what the finding says.",
    }
}
