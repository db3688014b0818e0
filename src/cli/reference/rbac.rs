//! `docs/rbac.md`: what each command may have to ask of the API server.

use std::fmt::Write as _;

use super::{GENERATED, cell};
use crate::cluster::permissions::{Need, Scope, Task, needs};

/// The page.
#[must_use]
pub fn rbac_markdown() -> String {
    let mut text = String::from(GENERATED);
    text.push_str(
        "# Rights\n\n\
         What each command asks of the API server, from the table that `rbac` writes Roles from and that `doctor` \
         compares with what you may do. `kubectl neo4j-backup rbac COMMAND… -n NAMESPACE --bind user:NAME` writes the \
         Role. The pods of backups need no right at all: they have no token.\n\n\
         A right marked *optional* is not needed: without it the command goes on and says what it could not see. \
         Optional rights in the whole cluster are only in what `rbac --complete` writes.\n",
    );
    for task in Task::ALL {
        let _ = write!(text, "\n## `{}`\n\n", task.command());
        if task.in_one_namespace() {
            let _ = write!(text, "`rbac {}`; one namespace is enough.\n\n", task.word());
        } else {
            let _ = write!(text, "`rbac {}`; needs rights in the whole cluster.\n\n", task.word());
        }
        text.push_str("| resource | verbs | where | what for |\n|---|---|---|---|\n");
        for need in needs().filter(|need| need.tasks.contains(&task)) {
            row(&mut text, &need);
        }
    }
    text
}

fn row(text: &mut String, need: &Need) {
    let place = match need.scope {
        Scope::Namespace => "namespace",
        Scope::Cluster => "cluster",
    };
    let names =
        if need.names.is_empty() { String::new() } else { format!(" (only {})", need.names.join(", ")) };
    let optional = if need.optional { "; optional" } else { "" };
    let _ = writeln!(
        text,
        "| `{}`{names} | {} | {place}{optional} | {} |",
        need.subject(),
        need.verbs.join(", "),
        cell(need.purpose)
    );
}
