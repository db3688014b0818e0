//! README keeps its word: its picture of the terminal is what the binary prints, and its commands exist.

use crate::support::{command, files, relative, root};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn the_picture_is_what_the_binary_prints() {
    let text = readme();
    let picture = text
        .split("```console\n")
        .find(|block| block.starts_with("$ kubectl neo4j-backup validate"))
        .and_then(|block| block.split("```").next())
        .unwrap();
    let (typed, shown) = picture.split_once('\n').unwrap();
    let output = command()
        .current_dir(root().join("tests/readme"))
        .args(typed.split_whitespace().skip(3))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), shown.trim_end());
}

#[test]
fn ci_calls_what_the_readme_names() {
    let text = readme();
    assert!(text.contains("$ bash tests/run\n"));
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.lines().any(|line| line == "exec bash tests/run"));
    assert!(text.contains("validate -R -f examples && cargo run --quiet -- render -R -f examples"));
}

#[test]
fn links_lead_somewhere() {
    let mut pages: Vec<String> = files("docs", ".md").iter().map(|page| relative(page)).collect();
    pages.push("README.md".to_owned());
    assert!(pages.len() > 10);
    for page in &pages {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") && !link.starts_with('#') {
                let path = root().join(page).parent().unwrap().join(link.split('#').next().unwrap());
                assert!(path.exists(), "{page} links to {link}");
            }
        }
    }
}

#[test]
fn the_krew_manifest_is_one() {
    let text = std::fs::read_to_string(root().join("krew-manifest.yaml")).unwrap();
    let manifest: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!(manifest["metadata"]["name"], "neo4j-backup");
    let short = manifest["spec"]["shortDescription"].as_str().unwrap();
    assert!(short.len() <= 50 && !short.ends_with('.'), "`krew search` cuts at 50 characters");
    for platform in manifest["spec"]["platforms"].as_array().unwrap() {
        assert_eq!(platform["bin"], "kubectl-neo4j_backup");
        let labels = &platform["selector"]["matchLabels"];
        let place = format!("{}_{}@", labels["os"].as_str().unwrap(), labels["arch"].as_str().unwrap());
        assert!(platform["uri"].as_str().unwrap().ends_with(&place));
        assert!(platform["sha256"].as_str().unwrap().ends_with(&place));
    }
    assert!(root().join("LICENSE").exists(), "krew wants the licence in the archive");
}
