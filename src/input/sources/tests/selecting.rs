use super::super::*;
use std::fs;
use std::io;
use std::path::Path;

fn write(folder: &Path, names: &[&str]) {
    for name in names {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("name: {name}\n")).unwrap();
    }
}

fn select(folder: &Path, filenames: &[&str], recursive: bool) -> Result<Vec<String>, SourceError> {
    let filenames = filenames.iter().map(|name| name.replace('@', &folder.display().to_string())).collect();
    let selection = Selection { filenames, recursive, ..Selection::default() };
    let prefix = format!("{}/", folder.display());
    Ok(selection.plan_sources()?.iter().map(|source| source.name.as_str().replace(&prefix, "")).collect())
}

#[test]
fn folders_files_patterns_and_lists_are_read_as_kubectl_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(
        at,
        &[
            "b.yaml",
            "a.yml",
            "c.json",
            "d.txt",
            "B.yaml",
            ".hidden.yaml",
            "sub/e.yaml",
            "sub/deep/f.yaml",
            "x,y.yaml",
            "..data/g.yaml",
        ],
    );
    let top = [".hidden.yaml", "B.yaml", "a.yml", "b.yaml", "c.json", "x,y.yaml"];
    assert_eq!(select(at, &["@"], false).unwrap(), top);
    let all = select(at, &["@"], true).unwrap();
    assert_eq!(
        all,
        [".hidden.yaml", "B.yaml", "a.yml", "b.yaml", "c.json", "sub/deep/f.yaml", "sub/e.yaml", "x,y.yaml"]
    );
    assert_eq!(select(at, &["@/d.txt,@/b.yaml", "@/a.yml"], false).unwrap(), ["d.txt", "b.yaml", "a.yml"]);
    assert_eq!(select(at, &["@/*.yaml"], false).unwrap(), [".hidden.yaml", "B.yaml", "b.yaml", "x,y.yaml"]);
    assert_eq!(select(at, &["@/s*"], false).unwrap(), ["sub/e.yaml"]);
    assert_eq!(select(at, &["@/**/f.yaml"], false).unwrap(), ["sub/deep/f.yaml"]);
    assert_eq!(select(at, &["@/x,y.yaml"], false).unwrap(), ["x,y.yaml"]);
    assert_eq!(
        select(at, &["@/b.yaml", "@/./b.yaml", "@", "-", "-"], false).unwrap().len(),
        top.len() + 1,
        "read once"
    );
}

#[test]
fn what_cannot_be_selected_is_said_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &["sub/e.yaml"]);
    fs::create_dir(at.join("empty")).unwrap();
    let error = |names: &[&str]| {
        let error = select(at, names, false).unwrap_err();
        assert!(error.hint().len() > 20, "{error}");
        error
    };
    assert!(matches!(error(&[]), SourceError::NothingSelected));
    assert!(matches!(error(&[""]), SourceError::EmptyName { .. }));
    assert!(matches!(error(&["@/sub/e.yaml,"]), SourceError::EmptyName { .. }));
    assert!(matches!(error(&["@/none.yaml"]), SourceError::NotFound { .. }));
    assert!(matches!(error(&["@/none*.yaml"]), SourceError::NoMatch { .. }));
    assert!(matches!(error(&["@/a**b"]), SourceError::BadPattern { .. }));
    assert!(matches!(error(&["@/empty"]), SourceError::EmptyFolder { has_subfolders: false, .. }));
    assert!(error(&["@"]).hint().contains("-R"));
    let url = error(&["https://example.com/a.yaml"]);
    assert!(
        url.to_string().contains("offline")
            && url.hint().contains("curl -fsSL 'https://example.com/a.yaml' |")
    );
    assert!(matches!(error(&["HTTP://example.com/a.yaml"]), SourceError::Url { .. }));
    let both = Selection { filenames: vec!["-".into()], kustomize: Some(at.into()), ..Selection::default() };
    assert!(matches!(both.plan_sources(), Err(SourceError::Exclusive)));
    let file = Selection { kustomize: Some(at.join("sub/e.yaml")), ..Selection::default() };
    assert!(matches!(file.plan_sources(), Err(SourceError::NotAFolder { .. })));
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_but_not_round_in_circles() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, &["real/a.yaml"]);
    symlink(at, at.join("real/loop")).unwrap();
    symlink(at, at.join("real/loop.yaml")).unwrap();
    symlink(at.join("real/a.yaml"), at.join("real/link.yaml")).unwrap();
    symlink(at.join("nowhere"), at.join("real/broken.yaml")).unwrap();
    symlink(at.join("real"), at.join("entry")).unwrap();
    assert_eq!(
        select(at, &["@/entry"], true).unwrap(),
        ["entry/a.yaml", "entry/broken.yaml", "entry/link.yaml"]
    );
    let selection =
        Selection { filenames: vec![at.join("entry").display().to_string()], ..Selection::default() };
    let sources = selection.plan_sources().unwrap();
    let read: Vec<_> = Documents::new(&sources, io::empty(), ReadLimits::default()).collect();
    assert!(matches!(
        read.as_slice(),
        [Ok(_), Err(ReadError::Source(SourceError::Unreadable { .. })), Ok(_)]
    ));
}

#[cfg(unix)]
mod kustomize_builds {
    use super::super::super::kustomize::Build;
    use super::*;
    use std::io::Read;

    fn build(script: &str) -> (String, Result<(), SourceError>) {
        let shell = ["sh", "-c", script];
        let missing = ["no-such-program-as-this", "build"];
        let mut build = Build::start(Path::new("."), &[&missing, &shell]).unwrap();
        let mut output = String::new();
        build.read_to_string(&mut output).unwrap();
        (output, build.finish())
    }

    #[test]
    fn the_first_builder_that_exists_is_asked_and_its_failure_is_told() {
        let (output, ended) = build("echo a: 1");
        assert_eq!(output, "a: 1\n");
        assert!(ended.is_ok());
        let (_, ended) = build("echo 'no kustomization.yaml' >&2; exit 3");
        let error = ended.unwrap_err();
        assert!(
            error.to_string().contains("no kustomization.yaml") && error.to_string().contains('3'),
            "{error}"
        );
        // More than a pipe holds, on both sides.
        let (output, ended) =
            build("head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o; exit 1");
        assert_eq!(output.len(), 300_000);
        assert!(ended.unwrap_err().to_string().len() < 10_000);
    }

    #[test]
    fn without_a_builder_the_way_round_is_shown() {
        let error = Build::start(Path::new("."), &[&["no-such-program-as-this"]]).err().unwrap();
        assert!(matches!(error, SourceError::KustomizeMissing { .. }));
        assert!(error.hint().contains("kustomize build"));
    }
}

#[test]
fn targets_beside_a_kustomization_are_found_and_nothing_else_is_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["a.yaml", "notes.txt"]);
    let target = "kind: Neo4jBackup\n---\nkind: Neo4jTarget\n";
    fs::create_dir(folder.path().join("base")).unwrap();
    fs::write(folder.path().join("base/target.yaml"), target).unwrap();
    let sources = target_files(folder.path()).unwrap();
    let found: Vec<_> =
        Documents::new(&sources, io::empty(), ReadLimits::default()).map(Result::unwrap).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].index, found[0].targets_only, found[0].first_line), (1, true, 2));
    let selection = Selection { kustomize: Some(folder.path().into()), ..Selection::default() };
    let planned = selection.plan_sources().unwrap();
    assert!(planned[0].name.as_str().ends_with(" (kustomize)") && planned[1].targets_only);
}
