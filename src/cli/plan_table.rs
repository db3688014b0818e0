//! A plan as a table, and the question whether it is to be carried out.

use std::io::Write;

use super::{CommandError, Exit, Ui};

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// What is done: `create`.
    pub(super) operation: &'static str,
    /// To which object: `cronjob.batch/nightly-backup-cron`.
    pub(super) object: String,
    /// In which namespace; shown when there are several.
    pub(super) namespace: String,
    /// Why; may be empty.
    pub(super) why: String,
}

/// Writes a plan to standard error. It is shown with `--quiet` too when somebody is going to be asked about it.
pub(super) fn show(ui: &Ui, rows: &[Row]) -> std::io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut messages = ui.messages();
    for line in lines(rows) {
        writeln!(messages, "{line}")?;
    }
    Ok(())
}

fn lines(rows: &[Row]) -> Vec<String> {
    let several = rows.iter().any(|row| rows.first().is_some_and(|first| first.namespace != row.namespace));
    let mut cells =
        vec![vec!["OPERATION", "OBJECT", "WHY"].into_iter().map(str::to_owned).collect::<Vec<_>>()];
    if several && let Some(head) = cells.first_mut() {
        head.insert(1, "NAMESPACE".to_owned());
    }
    for row in rows {
        let mut cell = vec![row.operation.to_owned(), row.object.clone(), row.why.clone()];
        if several {
            let namespace = if row.namespace.is_empty() { "-" } else { &row.namespace };
            cell.insert(1, namespace.to_owned());
        }
        cells.push(cell);
    }
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    cells
        .iter()
        .map(|row| {
            let padded: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{:width$}", crate::diagnostics::visible_line(cell)))
                .collect();
            padded.join("   ").trim_end().to_owned()
        })
        .collect()
}

/// Asks whether a plan that was shown is to be carried out. `yes` says it already; off a terminal nobody can be asked.
/// `Ok(false)` is a no.
pub(super) async fn agreed(ui: &Ui, yes: bool, question: &'static str) -> Result<bool, CommandError> {
    if yes {
        return Ok(true);
    }
    if !ui.can_ask() {
        return Err(CommandError::ending(Exit::Usage, "nobody can be asked whether to go on")
            .hint("give --yes to carry the plan out, or --dry-run=server to see it alone"));
    }
    // The terminal is read on a thread of its own, so that Ctrl-C is heard meanwhile.
    let ui = ui.clone();
    let answer = tokio::task::spawn_blocking(move || ui.confirm(question)).await;
    Ok(answer.map_err(anyhow::Error::from)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(operation: &'static str, object: &str, namespace: &str, why: &str) -> Row {
        Row { operation, object: object.to_owned(), namespace: namespace.to_owned(), why: why.to_owned() }
    }

    #[test]
    fn columns_line_up_and_namespaces_show_only_when_they_differ() {
        let rows = [
            row("create", "serviceaccount/a", "shop", ""),
            row("update", "cronjob.batch/nightly", "shop", "why"),
        ];
        assert_eq!(
            lines(&rows),
            [
                "OPERATION   OBJECT                  WHY",
                "create      serviceaccount/a",
                "update      cronjob.batch/nightly   why",
            ]
        );
        let rows = [row("create", "a", "", ""), row("prune", "b", "shop", "x")];
        assert_eq!(
            lines(&rows),
            [
                "OPERATION   NAMESPACE   OBJECT   WHY",
                "create      -           a",
                "prune       shop        b        x",
            ]
        );
    }
}
