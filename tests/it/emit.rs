//! `emit`: what lies in a folder afterwards, and what is said of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Run, root, run};

const FORMS: [&str; 4] = ["plain", "kustomize", "argocd", "flux"];

const TARGET: &str = "\
apiVersion: config.neo4j.neo4j.com/v1alpha1
kind: Neo4jTarget
metadata: {name: graph}
spec: {image: 'neo4j:5.26.33-enterprise', topology: {kind: Cluster, servers: 3}}
";

fn backup(name: &str, more: &str) -> String {
    format!(
        "apiVersion: neo4j.neo4j.com/v1alpha1\nkind: Neo4jBackup\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  target: {{kind: Cluster, name: graph}}\n  storage: {{type: pvc, pvc: {{name: backups, size: 1Gi}}}}\n{more}"
    )
}

const NIGHTLY: &str = "  schedule: \"0 2 * * *\"\n";

/// A folder with specs, and one to emit into.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(specs: &[String]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.specs()).unwrap();
        fs::write(place.specs().join("target.yaml"), TARGET).unwrap();
        place.write(specs);
        place
    }

    fn specs(&self) -> PathBuf {
        self.folder.path().join("specs")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn write(&self, specs: &[String]) {
        fs::write(self.specs().join("backup.yaml"), specs.join("---\n")).unwrap();
    }

    fn emit(&self, form: &str, more: &[&str]) -> Run {
        let (specs, out) = (self.specs(), self.out());
        let mut arguments = vec![
            "emit",
            form,
            "-q",
            "-n",
            "shop",
            "-f",
            specs.to_str().unwrap(),
            "-d",
            out.to_str().unwrap(),
        ];
        if form == "argocd" {
            arguments.extend(["--repo-url", "https://git.example.com/shop.git"]);
        }
        arguments.extend(more);
        run(arguments)
    }

    /// The whole output folder.
    fn files(&self) -> BTreeMap<String, String> {
        files(&self.out())
    }

    /// The path of the one file that ends so.
    #[track_caller]
    fn file(&self, ending: &str) -> PathBuf {
        let files = self.files();
        let mut matching = files.keys().filter(|path| path.ends_with(ending));
        let path = matching.next().unwrap_or_else(|| panic!("no {ending} in {:?}", files.keys()));
        assert_eq!(matching.next(), None);
        self.out().join(path)
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn emitting_again_changes_no_byte_and_the_order_of_specs_does_not_show() {
    for form in FORMS {
        let place = Place::new(&[backup("a", NIGHTLY), backup("b", "")]);
        place.emit(form, &[]).expect(0);
        let before = place.files();
        assert!(before.len() >= 5, "{:?}", before.keys());
        let written = fs::metadata(place.file("cronjob-a-backup-cron.yaml")).unwrap().modified().unwrap();
        place.emit(form, &[]).expect(0);
        place.write(&[backup("b", ""), backup("a", NIGHTLY)]);
        place.emit(form, &[]).expect(0);
        place.emit(form, &["--check"]).expect(0);
        assert_eq!(place.files(), before);
        let after = fs::metadata(place.file("cronjob-a-backup-cron.yaml")).unwrap().modified().unwrap();
        assert_eq!(after, written, "a file that is right is not written again");
        assert_eq!(place.emit(form, &["--check"]).stdout, "");
    }
}

#[test]
fn check_catches_an_edited_a_missing_an_extra_and_a_stale_file() {
    for form in FORMS {
        let place = Place::new(&[backup("a", NIGHTLY)]);
        place.emit(form, &[]).expect(0);
        let file = place.file("cronjob-a-backup-cron.yaml");
        let text = fs::read_to_string(&file).unwrap();

        fs::write(&file, text.replace("Forbid", "Allow")).unwrap();
        let edited = place.emit(form, &["--check"]).expect(1);
        assert!(edited.stderr.contains("NB705"), "{}", edited.stderr);
        assert!(
            edited.stdout.contains("-  concurrencyPolicy: Allow\n+  concurrencyPolicy: Forbid"),
            "{}",
            edited.stdout
        );

        fs::remove_file(&file).unwrap();
        let missing = place.emit(form, &["--check"]).expect(1);
        assert!(
            missing.stderr.contains("NB707") && missing.stderr.contains("is missing"),
            "{}",
            missing.stderr
        );
        assert!(missing.stdout.contains("--- /dev/null"), "{}", missing.stdout);
        fs::write(&file, &text).unwrap();

        let extra = file.with_file_name("secret-mine.yaml");
        fs::write(&extra, "kind: Secret\nstringData: {password: hunter2}\n").unwrap();
        let told = place.emit(form, &["--check"]).expect(1);
        assert!(told.stderr.contains("NB708"), "{}", told.stderr);
        assert!(told.stdout.contains("Only in the folder"), "{}", told.stdout);
        assert!(!format!("{told:?}").contains("hunter2"), "what nobody generated may hold a secret");
        fs::remove_file(extra).unwrap();

        place.write(&[backup("a", "  schedule: \"0 3 * * *\"\n")]);
        let stale = place.emit(form, &["--check"]).expect(1);
        assert!(
            stale.stderr.contains("NB707") && stale.stdout.contains("+  schedule: 0 3 * * *"),
            "{stale:?}"
        );

        place.write(&[backup("b", NIGHTLY)]);
        let gone = place.emit(form, &["--check"]).expect(1);
        assert!(gone.stderr.contains("NB708") && gone.stdout.contains("+++ /dev/null"), "{gone:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "a check writes nothing");
    }
}

#[test]
fn an_edit_by_hand_is_noticed_and_kept_until_told() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    place.emit("kustomize", &[]).expect(0);
    let file = place.file("cronjob-a-backup-cron.yaml");
    fs::write(&file, "kind: CronJob\n").unwrap();
    place.write(&[backup("a", NIGHTLY), backup("b", NIGHTLY)]);
    let before = place.files();
    let refused = place.emit("kustomize", &[]).expect(4);
    assert!(refused.stderr.contains("NB705"), "{}", refused.stderr);
    assert_eq!(place.files(), before, "all or nothing");
    place.emit("kustomize", &["--overwrite"]).expect(0);
    place.emit("kustomize", &["--check"]).expect(0);
}

#[test]
fn files_of_others_are_never_touched() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    let own = place.out().join("own");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("secret.yaml"), "mine").unwrap();
    fs::write(place.out().join("notes.yaml"), "mine").unwrap();
    place.emit("kustomize", &["--prune", "--overwrite"]).expect(0);
    place.emit("kustomize", &["--check"]).expect(0);
    assert_eq!(fs::read_to_string(own.join("secret.yaml")).unwrap(), "mine");

    let other = Place::new(&[backup("a", NIGHTLY)]);
    fs::create_dir_all(other.out().join("base/shop")).unwrap();
    let there = other.out().join("base/shop/cronjob-a-backup-cron.yaml");
    fs::write(&there, "mine").unwrap();
    for flags in [&[][..], &["--overwrite", "--prune"]] {
        let refused = other.emit("kustomize", flags).expect(4);
        assert!(refused.stderr.contains("NB706"), "{}", refused.stderr);
        assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.out().join("base")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), place.out().join("base/shop")).unwrap();
    let refused = place.emit("kustomize", &["--overwrite"]).expect(4);
    assert!(refused.stderr.contains("NB706"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_no_spec_asks_for_is_removed_with_prune_alone() {
    let place = Place::new(&[backup("a", NIGHTLY), backup("b", NIGHTLY)]);
    place.emit("kustomize", &[]).expect(0);
    let file = place.file("cronjob-b-backup-cron.yaml");
    place.write(&[backup("a", NIGHTLY)]);
    for _ in 0..2 {
        let kept = place.emit("kustomize", &[]).expect(0);
        assert!(kept.stderr.is_empty() || kept.stderr.contains("NB709"), "{}", kept.stderr);
        assert!(file.exists());
    }
    place.emit("kustomize", &["--strict"]).expect(1);
    place.emit("kustomize", &["--prune"]).expect(0);
    assert!(!file.exists());
    place.emit("kustomize", &["--check"]).expect(0);
}

#[test]
fn an_inventory_that_a_merge_has_broken_is_told_and_made_again() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    place.emit("kustomize", &[]).expect(0);
    let inventory = place.out().join(".neo4j-backup.sha256");
    let text = fs::read_to_string(&inventory).unwrap();
    fs::write(&inventory, format!("<<<<<<< ours\n{text}")).unwrap();
    let told = place.emit("kustomize", &[]).expect(4);
    assert!(told.stderr.contains("line 1 is not") && told.stderr.contains("--overwrite"), "{}", told.stderr);
    place.emit("kustomize", &["--overwrite"]).expect(0);
    assert_eq!(fs::read_to_string(&inventory).unwrap(), text);
}

#[test]
fn a_second_writer_is_kept_out() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    fs::create_dir_all(place.out()).unwrap();
    let handle = fs::File::open(place.out()).unwrap();
    handle.lock().unwrap();
    let told = place.emit("plain", &[]).expect(4);
    assert!(told.stderr.contains("another `emit`"), "{}", told.stderr);
    assert_eq!(place.files().len(), 0);
    drop(handle);
    place.emit("plain", &[]).expect(0);
}

#[test]
fn a_one_shot_is_named_by_its_spec_and_has_no_ttl() {
    let once = |more: &str| backup("once", &format!("  job: {{ttlAfterFinished: 1h{more}}}\n"));
    let place = Place::new(&[once("")]);
    let specs = place.specs();
    let out = place.out();
    let emit =
        || run(["emit", "plain", "-f", specs.to_str().unwrap(), "-d", out.to_str().unwrap(), "-n", "shop"]);
    let told = emit().expect(0);
    assert!(told.stderr.contains("NB704") && told.stderr.contains("ttlAfterFinished"), "{}", told.stderr);
    let jobs = |place: &Place| -> Vec<String> {
        place.files().into_keys().filter(|path| path.contains("/job-once-backup-")).collect()
    };
    let first = jobs(&place);
    assert_eq!(first.len(), 1);
    let text = fs::read_to_string(place.out().join(&first[0])).unwrap();
    assert!(!text.contains("ttlSecondsAfterFinished"), "{text}");
    assert!(text.contains("ignore-check.kube-linter.io/job-ttl-seconds-after-finished"), "{text}");

    // Another image is no other spec: the name stays, and who rolls it out is warned.
    fs::write(place.specs().join("target.yaml"), TARGET.replace("5.26.33", "5.26.34")).unwrap();
    let told = emit().expect(0);
    assert!(told.stderr.contains("NB710"), "{}", told.stderr);
    assert_eq!(jobs(&place), first);

    place.write(&[once(", labels: {again: 'yes'}")]);
    place.emit("plain", &["--prune"]).expect(0);
    let second = jobs(&place);
    assert_eq!(second.len(), 1);
    assert_ne!(second, first);

    place.write(&[backup(&"n".repeat(53), "")]);
    let told = place.emit("plain", &[]).expect(1);
    assert!(
        told.stderr.contains("NB703") && told.stderr.contains("at most 45 characters"),
        "{}",
        told.stderr
    );
}

#[test]
fn environments_are_rendered_again_with_their_namespace_and_targets() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    let target = place.folder.path().join("prod.yaml");
    fs::write(&target, TARGET.replace("servers: 3", "servers: 5").replace("5.26.33", "2025.10.1")).unwrap();
    let prod = format!("prod=shop-prod,{}", target.display());
    place.emit("kustomize", &["--env", "dev=shop-dev", "--env", &prod]).expect(0);
    let files = place.files();
    let cron_job = |folder: &str, namespace: &str| {
        files[&format!("{folder}/{namespace}/cronjob-a-backup-cron.yaml")].clone()
    };
    let (base, dev, prod) = (
        cron_job("base", "shop"),
        cron_job("environments/dev", "shop-dev"),
        cron_job("environments/prod", "shop-prod"),
    );
    assert_eq!(base.replace("shop", "shop-dev"), dev);
    assert!(dev.contains("graph-server-0.graph-headless.shop-dev.svc"), "{dev}");
    assert!(
        prod.contains("graph-server-4.graph-headless.shop-prod.svc") && prod.contains("neo4j:2025.10.1"),
        "{prod}"
    );
    for folder in ["base", "environments/dev", "environments/prod"] {
        assert!(files.contains_key(&format!("{folder}/kustomization.yaml")), "{folder}");
    }

    for (environment, said) in [
        ("prod", "NAME=NAMESPACE"),
        ("Prod=x", "not a name"),
        ("prod=X", "not a namespace"),
        ("prod=x,", "missing"),
    ] {
        let told = place.emit("kustomize", &["--env", environment]).expect(2);
        assert!(told.stderr.contains(said), "{}", told.stderr);
    }
    let twice = place.emit("kustomize", &["--env", "a=b", "--env", "a=c"]).expect(2);
    assert!(twice.stderr.contains("given twice"), "{}", twice.stderr);
}

#[test]
fn specs_without_a_namespace_have_environments_and_no_base() {
    let place = Place::new(&[backup("a", NIGHTLY).replace(", namespace: shop", "")]);
    let (specs, out) = (place.specs(), place.out());
    let emit = |more: &[&str]| {
        let arguments = ["emit", "kustomize", "-f", specs.to_str().unwrap(), "-d", out.to_str().unwrap()];
        run(arguments.into_iter().chain(more.iter().copied()))
    };
    emit(&["--env", "dev=shop-dev"]).expect(0);
    assert!(place.files().keys().all(|path| !path.starts_with("base/")));
    emit(&[]).expect(1);
}

#[test]
fn definitions_and_specs_are_bundles_of_their_own() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    place.emit("kustomize", &["--with", "crds,specs"]).expect(0);
    let files = place.files();
    let definition = &files["crds/customresourcedefinition-neo4jbackups.neo4j.neo4j.com.yaml"];
    assert!(definition.contains("kind: CustomResourceDefinition"), "{definition}");
    assert!(files["specs/shop/neo4jbackup-a.yaml"].contains("schedule: 0 2 * * *"));
    assert!(!files["base/kustomization.yaml"].contains("neo4jbackup"));
    assert!(files["crds/kustomization.yaml"].contains("neo4jrestores"));
    assert!(!place.emit("plain", &["--check"]).expect(1).stdout.contains("hunter2"));
}

#[test]
fn a_restore_is_left_out_and_told() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    let folder = root().join("examples/restore-from-backup");
    let told =
        run(["emit", "kustomize", "-R", "-f", folder.to_str().unwrap(), "-d", place.out().to_str().unwrap()])
            .expect(0);
    assert!(told.stderr.contains("NB702"), "{}", told.stderr);
    assert!(place.files().values().all(|text| !text.contains("database restore")), "no restore in a bundle");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_clean_error() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    fs::write(place.out(), "a file").unwrap();
    let told = place.emit("plain", &[]);
    assert_eq!(told.code, 2, "{}", told.stderr);
    assert!(told.stderr.contains("cannot make the folder"), "{}", told.stderr);
    assert_eq!(fs::read_to_string(place.out()).unwrap(), "a file");
}

#[test]
fn what_was_emitted_is_no_input_of_the_next_run() {
    let place = Place::new(&[backup("a", NIGHTLY)]);
    let out = place.specs().join("deploy");
    let specs = place.specs();
    let emit = |more: &[&str]| {
        let arguments = ["emit", "kustomize", "-R", "-n", "shop", "-f", specs.to_str().unwrap(), "-d"];
        run(arguments.into_iter().chain([out.to_str().unwrap()]).chain(more.iter().copied())).expect(0)
    };
    emit(&["--with", "crds,specs"]);
    let before = files(&out);
    assert!(
        before.keys().any(|path| path.ends_with("persistentvolumeclaim-backups.yaml")),
        "{:?}",
        before.keys()
    );
    emit(&["--with", "crds,specs", "--prune"]);
    assert_eq!(files(&out), before);
}
