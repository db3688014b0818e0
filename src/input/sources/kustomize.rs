//! `-k`: the output of a kustomize build, and the targets that a build leaves out.

use super::{Source, SourceError};
use memchr::memmem;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// How much of a failed build's standard error is kept.
const STDERR_BYTES: usize = 8 << 10;

/// The programs that can build a kustomization, in the order of preference.
pub(super) const BUILDERS: [&[&str]; 2] = [&["kustomize", "build"], &["kubectl", "kustomize"]];

/// A running build; reading it reads its standard output.
///
/// Dropped before its end, it is stopped.
pub(super) struct Build {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    command: String,
}

impl Build {
    /// Starts the first of the builders that exists.
    pub(super) fn start(folder: &Path, builders: &[&[&str]]) -> Result<Self, SourceError> {
        // Without this a folder called `-x` would be taken for a flag.
        let argument = if folder.as_os_str().as_encoded_bytes().starts_with(b"-") {
            Path::new(".").join(folder)
        } else {
            folder.to_owned()
        };
        for builder in builders {
            let Some((program, arguments)) = builder.split_first() else {
                continue;
            };
            let command = format!("{} {}", builder.join(" "), argument.display());
            let started = Command::new(program)
                .args(arguments)
                .arg(&argument)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn();
            match started {
                Ok(mut child) => {
                    // Read beside standard output, or a chatty build would block on a full pipe.
                    let stderr = child.stderr.take().map(|pipe| std::thread::spawn(move || keep_start(pipe)));
                    return Ok(Self { child, stderr, command });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(SourceError::Unreadable { name: command, source });
                }
            }
        }
        Err(SourceError::KustomizeMissing { path: folder.to_owned() })
    }

    /// Waits for the end after standard output was read.
    pub(super) fn finish(mut self) -> Result<(), SourceError> {
        let status = self
            .child
            .wait()
            .map_err(|source| SourceError::Unreadable { name: self.command.clone(), source })?;
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        let stderr =
            if stderr.trim().is_empty() { "it gave no reason".to_owned() } else { discreet(stderr.trim()) };
        Err(SourceError::KustomizeFailed {
            command: std::mem::take(&mut self.command),
            status: status.to_string(),
            stderr,
        })
    }
}

impl Read for Build {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.child.stdout.as_mut().map_or(Ok(0), |stdout| stdout.read(buffer))
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        // After `finish` both calls fail harmlessly; before it they end a build nobody reads.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words of kustomize without the values that it quotes between backticks or dumps as Go values: they may come out
/// of a Secret.
fn discreet(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let pieces: Vec<&str> = line.split('`').collect();
        let hidden =
            |(index, piece): (usize, &str)| if index % 2 == 1 { "***".to_owned() } else { piece.to_owned() };
        let mut line = pieces.iter().copied().enumerate().map(hidden).collect::<Vec<_>>().join("`");
        if let Some(at) = ["interface {}{", "map[string]string{", "{\"", "map[data:", "map[stringData:"]
            .iter()
            .filter_map(|dump| line.find(dump).map(|at| at + dump.len()))
            .min()
        {
            line.truncate(at);
            line.push_str("***");
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// The first bytes of a pipe, which is read to its end.
fn keep_start(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0_u8; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        let room = STDERR_BYTES.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(count.min(room)));
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The files below a folder that mention `Neo4jTarget`, as sources of targets only.
///
/// kustomize drops objects with the `config.kubernetes.io/local-config` annotation from a build,
/// and a `Neo4jTarget` is one of them. Every YAML and JSON file of the folder tree is looked at,
/// whether the kustomization names it or not. A target without that annotation comes twice, from
/// the build and from its file; both are the same target.
///
/// # Errors
/// When a folder or file of the tree cannot be read.
pub fn target_files(folder: &Path) -> Result<Vec<Source>, SourceError> {
    let finder = memmem::Finder::new("Neo4jTarget");
    let mut content = Vec::new();
    let mut sources = Vec::new();
    for path in super::select::list_folder(folder, true)?.files {
        content.clear();
        read_into(&path, &mut content)?;
        if finder.find(&content).is_some() {
            sources.push(Source { targets_only: true, ..Source::file(path) });
        }
    }
    Ok(sources)
}

fn read_into(path: &PathBuf, content: &mut Vec<u8>) -> Result<(), SourceError> {
    // Beyond the size that would be refused anyway nothing is searched.
    let limit = super::ReadLimits::default().bytes as u64;
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(content))
        .map(|_| ())
        .map_err(|source| SourceError::Unreadable { name: path.display().to_string(), source })
}
