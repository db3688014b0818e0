//! `convert cronjob/NAME`: a release of the chart `neo4j-admin`, as the cluster has it.

use crate::cluster::cluster;
use crate::rbac::Somebody;

#[test]
fn a_release_in_the_cluster_becomes_a_spec_that_the_server_takes() {
    let Some(cluster) = cluster() else { return };
    let namespace = cluster.namespace("convert");
    let release = include_str!("../convert/helm-release.yaml").replace("  namespace: backups\n", "");
    namespace.apply(&release);

    let run = namespace.plugin(&["convert", "cronjob/nightly"]).success();
    assert!(
        run.stdout.starts_with("apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\n"),
        "{}",
        run.stdout
    );
    for line in [
        "    name: neo4j\n",
        "    clusterRef: graph\n",
        "    bucket: graph-backups\n",
        "  schedule: 0 2 * * *\n",
    ] {
        assert!(run.stdout.contains(line), "{line:?}\n{}", run.stdout);
    }
    // The Role that `rbac` writes is enough, and without it the verb is named.
    let somebody = Somebody::with(&namespace, "convert");
    assert_eq!(somebody.run(&["convert", "cronjob/nightly"]).success().stdout, run.stdout);
    somebody.needs(&["convert", "cronjob/nightly"], &[("get", "cronjobs")]);
    // What the server adds by itself is no setting of anybody's, and no secret is shown.
    assert!(!run.stderr.contains("terminationGracePeriodSeconds"), "{}", run.stderr);
    assert!(!run.transcript().contains("do-not-show-me"), "{}", run.transcript());
    assert!(run.stderr.contains("cronjob/nightly:"), "{}", run.stderr);

    // The result is what this program makes objects of, and the server takes them.
    let flags = ["render", "-f", "-", "--image", "neo4j:5.26.33-enterprise", "--layout", "Helm", "--quiet"];
    let rendered = namespace.plugin_reading(&flags, &run.stdout).success();
    assert!(rendered.stdout.contains("kind: CronJob"), "{}", rendered.stdout);
    namespace.apply(&rendered.stdout);

    let missing = namespace.plugin(&["convert", "cronjob/nobody"]).expect_code(3);
    assert!(missing.stdout.is_empty() && missing.stderr.contains("nobody"), "{}", missing.transcript());
    // A CronJob of somebody else is in no language.
    let other = namespace.plugin(&["convert", "cronjob/nightly-backup-cron"]).success();
    assert!(other.stdout.is_empty() && other.stderr.contains("no language"), "{}", other.transcript());
}
