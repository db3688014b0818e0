//! An image with what the official one surely has besides Neo4j: bash and coreutils, copied from this machine. Its
//! `neo4j-admin` is a stand-in of one line. Probes and runs that need no Neo4j use it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::cluster::Cluster;

/// Its name; the tag says a version, as that of a server's image does.
pub(crate) const IMAGE: &str = "standin.example/neo4j:5.26.33-enterprise";

const PROGRAMS: [&str; 11] =
    ["bash", "cat", "getent", "grep", "ls", "mktemp", "rm", "sleep", "tail", "timeout", "tr"];

/// Imports it once for this process.
pub(crate) fn import(cluster: &Cluster) {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        cluster.import_image(&archive(folder.path()));
    });
}

fn archive(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    for name in ["usr/bin", "tmp", "etc", "data", "logs", "backups"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    for program in PROGRAMS {
        copy(&PathBuf::from("/usr/bin").join(program), &root);
    }
    std::fs::write(root.join("etc/nsswitch.conf"), "hosts: files dns\n").unwrap();
    let tool = root.join("usr/bin/neo4j-admin");
    std::fs::write(&tool, "#!/usr/bin/bash\necho \"neo4j-admin-standin $1 $2\"\n").unwrap();
    run("chmod", &["-R", "a+rX", root.to_str().unwrap()]);
    run("chmod", &["a+x", tool.to_str().unwrap()]);
    run("chmod", &["1777", root.join("tmp").to_str().unwrap()]);
    let layer = folder.join("layer.tar");
    run(
        "tar",
        &[
            "--numeric-owner",
            "--owner=0",
            "--group=0",
            "-cf",
            layer.to_str().unwrap(),
            "-C",
            root.to_str().unwrap(),
            ".",
        ],
    );
    let digest: String =
        Sha256::digest(std::fs::read(&layer).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let config = serde_json::json!({
        "architecture": architecture, "os": "linux",
        "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["bash"]},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]}
    });
    let manifest =
        serde_json::json!([{"Config": "config.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]);
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    let archive = folder.join("image.tar");
    run(
        "tar",
        &[
            "-cf",
            archive.to_str().unwrap(),
            "-C",
            folder.to_str().unwrap(),
            "manifest.json",
            "config.json",
            "layer.tar",
        ],
    );
    archive
}

/// Copies a program and the libraries that it is linked with.
fn copy(program: &Path, root: &Path) {
    let listed = Command::new("ldd").arg(program).output().unwrap();
    let libraries = String::from_utf8(listed.stdout).unwrap();
    let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from);
    for file in libraries.chain([program.to_owned()]) {
        let to = root.join(file.strip_prefix("/").unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&file, &to).unwrap();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}
