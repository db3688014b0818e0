//! The cluster itself: what every other test here relies on.

use std::path::Path;
use std::time::Duration;

use crate::cluster::{Cluster, Flavour, apart, cluster, newest};

const MINUTE: Duration = Duration::from_secs(60);

/// A container that the restricted profile admits, with a shell script.
fn container(name: &str, script: &str, mounts: &str) -> String {
    format!(
        r#"{{name: {name}, image: "busybox:1.36", command: [sh, -ec, "{script}"], volumeMounts: [{mounts}], securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}}}"#
    )
}

const POD_SECURITY: &str = "{runAsUser: 7474, runAsGroup: 7474, fsGroup: 7474, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";

#[test]
fn a_job_runs_on_the_node_as_the_restricted_profile_wants_it() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace_restricted("job");
    let mount = "{name: data, mountPath: /data, subPath: some/folder}";
    let first = container("first", "id -u > /data/who; ! touch /refused", mount);
    let second = container("second", "cat /data/who; stat -c %g /data", mount);
    ns.apply(&format!(
        "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{accessModes: [ReadWriteOnce], storageClassName: standard, resources: {{requests: {{storage: 1Gi}}}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {{name: work}}
spec:
  template:
    spec:
      restartPolicy: Never
      securityContext: {POD_SECURITY}
      volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]
      initContainers: [{first}]
      containers: [{second}]
"
    ));
    ns.wait_for_job("work", 2 * MINUTE);
    assert_eq!(ns.kubectl(&["logs", "job/work", "--container", "second"]).success().stdout, "7474\n7474\n");
    let node = ns.get_json(&["node", "node"]);
    assert_eq!(node["status"]["addresses"][0]["address"], cluster.node_address());
}

#[test]
fn a_pod_reaches_a_service_by_its_name() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("names");
    ns.apply(&format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, labels: {{app: web}}}}
spec:
  containers: [{}]
---
apiVersion: batch/v1
kind: Job
metadata: {{name: ask}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{}]
",
        container("web", "exec httpd -f -p 8080 -h /etc", ""),
        container("ask", "until wget -q -O- http://web/resolv.conf; do sleep 1; done", ""),
    ));
    ns.wait_for_job("ask", 2 * MINUTE);
    let answer = ns.kubectl(&["logs", "job/ask"]).success().stdout;
    assert!(answer.contains(&format!("{}.svc.cluster.local", ns.name)), "{answer}");
}

#[test]
fn a_cron_job_fires() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("cron");
    ns.apply(&format!(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {{name: tick}}
spec:
  schedule: '* * * * *'
  jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{}]}}}}}}}}
",
        container("tick", "echo fired", "")
    ));
    let job = ns.wait_for("a Job of the CronJob", 2 * MINUTE, || {
        ns.get_json(&["jobs"])["items"][0]["metadata"]["name"].as_str().map(str::to_owned)
    });
    assert!(job.starts_with("tick-"), "{job}");
    ns.wait_for_job(&job, 2 * MINUTE);
}

#[test]
fn the_restricted_profile_refuses_a_pod() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace_restricted("refused");
    let refused = ns.try_apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: root}, spec: {containers: [{name: root, image: 'busybox:1.36'}]}}",
    );
    let refused = refused.expect_code(1);
    assert!(refused.stderr.contains("violates PodSecurity \"restricted:latest\""), "{}", refused.stderr);
}

#[test]
fn a_user_without_rights_and_a_service_account_are_told_so() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("rights");
    let account = cluster.kubeconfig_for_service_account(&ns.name, "default");
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
    for (kubeconfig, name) in [
        (cluster.kubeconfig_without_rights(), "testcluster:nobody".to_owned()),
        (account.as_path(), format!("system:serviceaccount:{}:default", ns.name)),
    ] {
        let kubeconfig = kubeconfig.to_string_lossy();
        let run = ns.kubectl(&["--kubeconfig", &kubeconfig, "get", "cronjobs"]).expect_code(1);
        assert!(run.stderr.contains("(Forbidden)") && run.stderr.contains(&name), "{}", run.stderr);
    }
    let uri = format!("/apis/batch/v1/namespaces/{}/cronjobs", ns.name);
    let asked = cluster.audit_requests("kubectl/", since);
    let asked: Vec<_> = asked.iter().filter(|one| one.uri.starts_with(&uri)).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|one| one.verb == "list"), "{asked:?}");
}

#[test]
fn the_api_server_stops_and_starts() {
    let Some(cluster) = apart() else { return };
    let alone = cluster.exclusive();
    let ns = alone.namespace("away");
    cluster.stop_apiserver();
    let away = ns.kubectl(&["get", "pods"]).expect_code(1);
    assert!(away.stderr.contains("refused"), "{}", away.stderr);
    cluster.start_apiserver();
    ns.kubectl(&["get", "pods"]).success();
    ns.apply(&format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: after}}, spec: {{template: {{spec: {{restartPolicy: Never, containers: [{}]}}}}}}}}",
        container("after", "true", "")
    ));
    ns.wait_for_job("after", 2 * MINUTE);
}

#[test]
fn our_program_runs_beside_the_cluster() {
    let Some(cluster) = cluster() else { return };
    let ns = cluster.namespace("plugin");
    let run = ns.plugin_with(|command| {
        command.args(["version", "--client"]);
    });
    assert!(run.success().stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_newest_api_server_answers() {
    let Some(cluster) = newest() else { return };
    let ns = cluster.namespace("newest");
    let version = ns.kubectl(&["version", "-o", "json"]).success().stdout;
    let version: serde_json::Value = serde_json::from_str(&version).unwrap();
    let version = version["serverVersion"]["minor"].as_str().unwrap().parse::<u32>().unwrap();
    assert!(version > 34, "{version}");
    ns.kubectl(&["create", "job", "dry", "--image=busybox:1.36", "--dry-run=server"]).success();
}

#[test]
fn nothing_is_left_of_a_cluster_whose_supervisor_was_killed() {
    if cluster().is_none() {
        return;
    }
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let first = Cluster::start(Flavour::Node, folder.path(), "first").unwrap();
    let ns = first.namespace("left");
    ns.apply(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: sleeper}}, spec: {{containers: [{}]}}}}",
        container("sleeper", "exec sleep 3600", "")
    ));
    ns.wait_for("the pod", 2 * MINUTE, || {
        (ns.get_json(&["pod", "sleeper"])["status"]["phase"] == "Running").then_some(())
    });
    let name = format!("nb-{}", first.supervisor_id());
    let state = first.state().to_owned();
    assert_ne!(traces(&name, &state), Vec::<String>::new());
    first.kill_supervisor();
    drop(ns);

    let second = Cluster::start(Flavour::Node, folder.path(), "second").unwrap();
    assert_eq!(traces(&name, &state), Vec::<String>::new());
    let name = format!("nb-{}", second.supervisor_id());
    let state = second.state().to_owned();
    second.end();
    assert_eq!(traces(&name, &state), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What still exists of a cluster.
fn traces(name: &str, state: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let text = state.to_string_lossy();
    found.extend(
        [state.to_owned(), Path::new("/run/netns").join(name)]
            .iter()
            .filter(|p| p.exists())
            .map(|p| p.display().to_string()),
    );
    for folder in std::fs::read_dir("/sys/fs/cgroup").unwrap() {
        let own = folder.unwrap().path().join(name);
        found.extend(own.exists().then(|| own.display().to_string()));
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    found.extend(mounts.lines().filter(|line| line.contains(&*text)).map(str::to_owned));
    for process in std::fs::read_dir("/proc").unwrap() {
        let command = std::fs::read(process.unwrap().path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        // The supervisor is named by the folder below which it makes its own.
        found.extend(command.contains(&*text).then_some(command));
    }
    found
}
