//! 4xx: storage and identity.

define! {
    STORAGE_FIELD_WITHOUT_EFFECT = 400, Warning, "storage-field-without-effect" {
        summary: "A field of a storage block has no effect where it stands.",
        explanation: "It belongs to another type of store, or to a claim or ServiceAccount that this spec does not \
            create. Whoever wrote it meant something by it, and would not get it.",
        remedy: "Remove the field, or write the `type` or setting that it belongs to.",
    }
    PROVIDER_MISMATCH = 401, Error, "provider-mismatch" {
        summary: "The cloud provider does not fit the storage type.",
        explanation: "`s3` is `aws` (compatible stores too), `gcs` is `gcp`, `azure` is `azure`. With another one the \
            pod would get the credentials of one cloud and an address in another. The CustomResourceDefinition \
            refuses it too.",
        remedy: "Correct whichever of the two is wrong; `provider` may be left out.",
    }
    BUCKET_MISSING = 402, Error, "bucket-missing" {
        summary: "A cloud storage type needs a bucket.",
        explanation: "Without its name there is nowhere to write to. In Azure the bucket is the container.",
        remedy: "Add `bucket`.",
    }
    CLAIM_NAME_MISSING = 403, Error, "claim-name-missing" {
        summary: "The type pvc needs the name of a claim.",
        explanation: "An operator in the field took an emptyDir when `pvc.name` was missing: the backup succeeded and \
            vanished with its pod (operator.md §4, pitfall 30).",
        remedy: "Add `pvc.name`. With `pvc.size` the claim is created when it does not exist.",
    }
    WRONG_STORAGE_BLOCK = 404, Error, "wrong-storage-block" {
        summary: "A block belongs to another storage type.",
        explanation: "`pvc` belongs to `type: pvc`, `cloud` to the types of buckets. Both readings of such a spec are \
            possible, and they write to different places. The CustomResourceDefinition refuses it too.",
        remedy: "Remove the block, or write the `type` that is meant.",
    }
    TWO_CLOUD_BLOCKS = 405, Error, "two-cloud-blocks" {
        summary: "The cloud block stands in two places.",
        explanation: "`spec.cloud` is only another place for `storage.cloud`. With both, one of them would be ignored. \
            The CustomResourceDefinition refuses it too.",
        remedy: "Keep `storage.cloud`.",
    }
    BUCKET_NAME = 406, Error, "bucket-name" {
        summary: "The bucket or container cannot have this name.",
        explanation: "Each cloud has a grammar for names, and no bucket outside of it exists. A store of one's own \
            (`endpointURL`) may be laxer, so there it is a warning, unless the name could not stand in a URI.",
        remedy: "Write the name alone, without `s3://` and without a folder, which goes into `storage.path`.",
    }
    STORAGE_ACCOUNT_NAME = 407, Error, "storage-account-name" {
        summary: "The text is not the name of an Azure storage account.",
        explanation: "Accounts have 3 to 24 lower-case letters and digits. The address \
            (`….blob.core.windows.net`) is made of the name by `neo4j-admin`.",
        remedy: "Write the name alone.",
    }
    FOLDER_NAME = 408, Error, "folder-name" {
        summary: "The path cannot be a folder in the bucket or claim.",
        explanation: "In a bucket it becomes part of a URI, and what `neo4j-admin` makes of escaped characters is \
            not documented; on a claim it is a `subPath`, which must stay inside. A comma would break \
            `--from-path`, which is a list.",
        remedy: "Write folders of letters, digits, dots, dashes and underscores, with single slashes between.",
    }
    FOLDER_LEADING_SLASH = 409, Notice, "folder-leading-slash" {
        summary: "The path of the folder begins with a slash.",
        explanation: "It makes no difference: the folder always starts at the root of the bucket or claim. In other \
            tools it makes an unnamed folder, so it is better left out.",
        remedy: "Leave the first slash out.",
    }
    ENDPOINT_URL = 410, Error, "endpoint-url" {
        summary: "The text is not the address of a store.",
        explanation: "`endpointURL` is `https` or `http`, a host and perhaps a port. Bucket and folder have fields of \
            their own, and credentials belong into a Secret.",
        remedy: "Write `https://host` or `https://host:port`.",
    }
    ENDPOINT_IN_CLEAR = 411, Warning, "endpoint-in-clear" {
        summary: "The store is reached without encryption.",
        explanation: "Over http everybody on the way can read the backup, which holds all data, and the signed \
            requests. Secret keys themselves are not sent, session tokens are.",
        remedy: "Serve the store over https; a private certificate authority goes into `caSecretRef`.",
    }
    PATH_STYLE_UNDOCUMENTED = 412, Warning, "path-style-undocumented" {
        summary: "Path-style addressing is not documented for neo4j-admin.",
        explanation: "There is no documented switch. The Java property that is set \
            (`-Daws.s3.forcePathStyle=true`) is said to work by some and is no documented property of the AWS SDK \
            (neo4j-admin.md §3). Amazon's own buckets do not need it.",
        remedy: "Try one backup by hand first. The sure way is DNS for `<bucket>.<host>` of the store.",
    }
    REGION_NAME = 413, Error, "region-name" {
        summary: "The text is not a region.",
        explanation: "Regions of AWS are words and a number with dashes between. The address of the bucket is made of \
            the region, so a wrong one is a host that does not exist.",
        remedy: "Write the region of the bucket, such as `eu-central-1`.",
    }
    REGION_MISSING = 414, Warning, "region-missing" {
        summary: "No region is known for a bucket in S3 or a compatible store.",
        explanation: "The AWS SDK in `neo4j-admin` needs one, from `AWS_REGION` (neo4j-admin.md §3). On EKS the \
            identity webhook may set that of the cluster, which is a notice; on EC2 the instance may know its own. \
            Neither need be the bucket's.",
        remedy: "Add `storage.cloud.region`: the bucket's region, `auto` for R2, for MinIO usually `us-east-1`.",
    }
    REGION_OF_R2 = 415, Warning, "region-of-r2" {
        summary: "The region of an R2 bucket is auto.",
        explanation: "Cloudflare R2 has one region, `auto` (neo4j-admin.md §3); requests that are signed for another \
            one are refused.",
        remedy: "Write `region: auto`.",
    }
    AMBIENT_IDENTITY = 416, Warning, "ambient-identity" {
        summary: "Neither credentials nor an identity are given for a bucket.",
        explanation: "The pod then has what its node or its ServiceAccount happens to give, which differs from \
            cluster to cluster and usually is nothing (operator.md §1.1, `cloud.credentialsSecretRef`).",
        remedy: "Name a Secret in `cloud.credentialsSecretRef` or a workload identity in `cloud.identity`.",
    }
    AUTHORITY_REPLACES_TRUST = 417, Warning, "authority-replaces-trust" {
        summary: "With a private certificate authority the public ones are not trusted.",
        explanation: "`caSecretRef` becomes the trust store of the JVM, which then trusts this authority alone. That \
            is what a private store wants; the endpoints of a public cloud, among them its token service, would be \
            refused.",
        remedy: "Use it with `endpointURL` and `credentialsSecretRef`, or put the public authorities into the Secret \
            too.",
    }
    FOLDER_IS_ROOT = 418, Notice, "folder-is-root" {
        summary: "The folder is the root of the bucket or claim.",
        explanation: "Artifacts lie beside whatever else is there, and a lifecycle rule cannot tell them apart by \
            their prefix.",
        remedy: "Name a folder in `storage.path`.",
    }
    CREDENTIALS_AND_IDENTITY = 420, Error, "credentials-and-identity" {
        summary: "Static credentials and an identity exclude each other.",
        explanation: "The SDKs of the clouds look at static credentials first, so the identity would never be used, \
            and a leaked key would stay in use unseen. The CustomResourceDefinition refuses it too.",
        remedy: "Remove one of the two.",
    }
    IDENTITY_ANNOTATION = 421, Error, "identity-annotation" {
        summary: "The annotation that names the identity is malformed.",
        explanation: "The webhook of the cloud copies it into the pod as it is, and the cloud refuses the token: the \
            backup fails at its first request, minutes after everything looked fine.",
        remedy: "Write a role ARN (`arn:aws:iam::123456789012:role/name`), the address of a Google service account \
            (`name@project.iam.gserviceaccount.com`), or an Azure client id (a GUID).",
    }
    ANNOTATION_OF_OTHER_CLOUD = 422, Warning, "annotation-of-other-cloud" {
        summary: "The annotation is read in another cloud.",
        explanation: "The ServiceAccount would carry it, and nothing would ever read it.",
        remedy: "Write the annotation of the cloud that the store is in.",
    }
    IDENTITY_WITHOUT_ANNOTATION = 423, Notice, "identity-without-annotation" {
        summary: "The ServiceAccount gets no annotation that names an identity.",
        explanation: "EKS Pod Identity and Google's direct federation work without one, IRSA, impersonation and Azure \
            workload identity do not. In Azure it is a warning.",
        remedy: "Add the annotation to `identity.autoCreate.annotations`.",
    }
    SERVICE_ACCOUNT_TAKEN_OVER = 424, Notice, "service-account-taken-over" {
        summary: "A ServiceAccount that the spec names is rendered by it too.",
        explanation: "`serviceAccount` usually names an account that exists. With `autoCreate` beside it the object is \
            written, and an existing one gets its annotations.",
        remedy: "Write `autoCreate: {enabled: false}` when the account belongs to somebody else.",
    }
    AZURE_ACCOUNT_MISSING = 425, Error, "azure-account-missing" {
        summary: "The Azure storage account is named nowhere.",
        explanation: "The URI is `azb://account/container/folder/`; `azb://container/`, which older operators made, \
            is wrong (neo4j-admin.md §3). An identity does not name the account.",
        remedy: "Add `storage.cloud.storageAccount`.",
    }
    AZURE_KEY_UNDOCUMENTED = 426, Warning, "azure-key-undocumented" {
        summary: "Azure storage keys are not documented for neo4j-admin.",
        explanation: "Document 000 asks for `AZURE_STORAGE_ACCOUNT` and `AZURE_STORAGE_KEY`. `neo4j-admin` is \
            documented to use DefaultAzureCredential: a service principal (`AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, \
            `AZURE_CLIENT_SECRET`), a workload identity or a managed identity (neo4j-admin.md §3). A key may do \
            nothing.",
        remedy: "Put the three keys of a service principal into the Secret too (and the Secret into the input, to have \
            that seen), or use `identity`.",
    }
    SECRET_KEY_MISSING = 440, Error, "secret-key-missing" {
        summary: "A Secret in the input lacks a key that the spec needs.",
        explanation: "The pod would wait in `CreateContainerConfigError` until its deadline, or, for the region, start \
            and not find its bucket (operator.md §4, pitfalls 32 to 34). Only names of keys are read.",
        remedy: "Add the key to the Secret, or name the key that is there where the spec allows it.",
    }
    SECRET_IN_OTHER_NAMESPACE = 441, Warning, "secret-in-other-namespace" {
        summary: "The Secret lies in another namespace.",
        explanation: "Pods read Secrets of their own namespace only, and they run where the spec is, not where its \
            target is (operator.md §4, pitfall 69). It may exist in both, so this is a warning.",
        remedy: "Make a Secret of that name in the namespace of the spec.",
    }
    ANNOTATION_CONFLICT = 450, Error, "annotation-conflict" {
        summary: "Two specs want different values for one annotation of a ServiceAccount.",
        explanation: "Specs that share an account are merged into one object, so only one value can hold and the other \
            spec would run under a foreign identity (operator.md §4, pitfall 38; DESIGN.md, \"What a backup \
            becomes\").",
        remedy: "Give one of them an account of its own with `identity.serviceAccount` and `autoCreate`.",
    }
    SERVICE_ACCOUNT_GIVEN_TOO = 451, Warning, "service-account-given-too" {
        summary: "A ServiceAccount lies in the input and is rendered by a spec as well.",
        explanation: "Two manifests of one object end up in one stream, and whichever is applied last decides its \
            annotations.",
        remedy: "Write `identity: {serviceAccount: …, autoCreate: {enabled: false}}`, or remove the manifest.",
    }
    CLAIM_CONFLICT = 460, Error, "claim-conflict" {
        summary: "Two specs want to create the same claim differently.",
        explanation: "One claim has one size and one class, and neither can be changed freely later: the spec that \
            comes second would fail or be ignored.",
        remedy: "Write the same in both, leave `size` out in one, or give each a claim of its own.",
    }
    CLAIM_GIVEN_TOO = 461, Notice, "claim-given-too" {
        summary: "A claim lies in the input and would be created by a spec as well.",
        explanation: "It is not rendered a second time; the manifest that is there holds. Where it says another size \
            or class than the spec, the spec's has no effect, which is a warning.",
        remedy: "Remove `size` and `storageClassName` from the spec, or the manifest of the claim.",
    }
    CLAIM_USED_AT_ONCE = 462, Warning, "claim-used-at-once" {
        summary: "Two specs can use a ReadWriteOnce claim at the same time.",
        explanation: "On two nodes the second pod waits for the volume until its deadline; on one node nothing keeps \
            them apart but Neo4j's file lock (operator.md §4, pitfall 31; pods.md §4). How long runs last is judged \
            as for shared folders: by `job.deadline`, else an hour.",
        remedy: "Move one schedule, use ReadWriteMany, or give each spec a claim of its own.",
    }
    CLAIM_NOT_WRITABLE = 463, Error, "claim-not-writable" {
        summary: "The claim in the input cannot be written to.",
        explanation: "Its access modes have no ReadWriteOnce, ReadWriteOncePod or ReadWriteMany, so a backup fails \
            with \"Read-only file system\" or its pod never starts.",
        remedy: "Write `accessModes: [ReadWriteOnce]` in the claim.",
    }
    CLAIM_IN_OTHER_NAMESPACE = 464, Warning, "claim-in-other-namespace" {
        summary: "The claim lies in another namespace.",
        explanation: "Pods mount claims of their own namespace only, and they run where the spec is. A pod whose claim \
            is missing stays Pending until its deadline (operator.md §4, pitfalls 30 and 69).",
        remedy: "Make a claim of that name in the namespace of the spec, or give `pvc.size`.",
    }
    DATA_CLAIM = 465, Error, "data-claim" {
        summary: "The claim for backups is the one that holds the database.",
        explanation: "A backup on the disk that it protects is lost with it, fills it up, and the claim is in use by the \
            server. Source: operator.md §3.2, \"data PVC\".",
        remedy: "Name a claim of its own.",
    }
}
