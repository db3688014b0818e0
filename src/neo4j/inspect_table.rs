//! The table that `backup inspect --format=TABULAR` prints.
//!
//! Columns are found by their titles, never by position, because releases added some (`RECOVERED`
//! in 2025.06) and one shows more (`STORE ID HASH`); unknown columns are passed over. The JSON form
//! has no documented keys, so the table is the contract (neo4j-admin.md §1.4).

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use super::artifact::Artifact;

/// Why an output of `backup inspect` cannot be understood. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectTableError {
    /// There is no line with the column titles.
    #[error("the output of backup inspect has no table")]
    NoTable,
    /// A column without which no chain can be computed is missing.
    #[error("the table of backup inspect has no column {0}")]
    ColumnMissing(&'static str),
    /// A row has another number of cells than the titles.
    #[error("line {line} of the output of backup inspect has {found} cells and not {expected}")]
    RowShape {
        /// The row's line.
        line: usize,
        /// Cells of the title row.
        expected: usize,
        /// Cells of this row.
        found: usize,
    },
    /// A cell is not what its column holds.
    #[error("line {line} of the output of backup inspect has an unreadable {column}: {text}")]
    Cell {
        /// The row's line.
        line: usize,
        /// The column's title.
        column: &'static str,
        /// The cell.
        text: String,
    },
}

/// Reads the table. Lines that are no rows of it (log lines, rules) are passed over; an output with
/// a header and no rows is an empty list.
///
/// # Errors
/// When there is no table, or a row of it cannot be read. One unreadable row makes the whole output
/// an error: a chain computed without one of its members is worse than none.
pub fn parse(output: &str) -> Result<Vec<Artifact>, InspectTableError> {
    let mut columns: Option<Columns> = None;
    let mut artifacts = Vec::new();
    for (index, line) in output.lines().enumerate() {
        let Some(cells) = cells(line) else { continue };
        let is_title = cells.clone().any(|c| c == "FILE") && cells.clone().any(|c| c == "DATABASE");
        if is_title {
            columns = Some(Columns::find(cells)?);
        } else if let Some(columns) = &columns {
            let row: Vec<&str> = cells.collect();
            artifacts.push(columns.read(index + 1, &row)?);
        }
    }
    match columns {
        Some(_) => Ok(artifacts),
        None => Err(InspectTableError::NoTable),
    }
}

/// The trimmed cells of `| a | b |`; none for a line that is not a row.
fn cells(line: &str) -> Option<impl Iterator<Item = &str> + Clone> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let rule = inner.bytes().all(|b| matches!(b, b'-' | b'+' | b'|' | b'=' | b' '));
    (!rule).then(|| inner.split('|').map(str::trim))
}

struct Columns {
    count: usize,
    file: usize,
    database: usize,
    database_id: Option<usize>,
    time: usize,
    full: usize,
    compressed: Option<usize>,
    lowest: usize,
    highest: usize,
    recovered: Option<usize>,
}

impl Columns {
    fn find<'a>(titles: impl Iterator<Item = &'a str> + Clone) -> Result<Self, InspectTableError> {
        let position = |title: &str| titles.clone().position(|t| t.eq_ignore_ascii_case(title));
        let needed = |title| position(title).ok_or(InspectTableError::ColumnMissing(title));
        Ok(Self {
            count: titles.clone().count(),
            file: needed("FILE")?,
            database: needed("DATABASE")?,
            database_id: position("DATABASE ID"),
            // `database backup --inspect-path` titles it TIME.
            time: position("TIME (UTC)").map_or_else(|| needed("TIME"), Ok)?,
            full: needed("FULL")?,
            compressed: position("COMPRESSED"),
            lowest: needed("LOWEST TX")?,
            highest: needed("HIGHEST TX")?,
            recovered: position("RECOVERED"),
        })
    }

    fn read(&self, line: usize, row: &[&str]) -> Result<Artifact, InspectTableError> {
        if row.len() != self.count {
            return Err(InspectTableError::RowShape { line, expected: self.count, found: row.len() });
        }
        let cell = |at: usize| row.get(at).copied().unwrap_or_default();
        let unreadable = |column: &'static str, at: usize| InspectTableError::Cell {
            line,
            column,
            text: cell(at).to_owned(),
        };
        let truth = |column, at| boolean(cell(at)).ok_or_else(|| unreadable(column, at));
        let transaction = |column, at: usize| cell(at).parse().map_err(|_| unreadable(column, at));
        for (column, at) in [("FILE", self.file), ("DATABASE", self.database)] {
            if cell(at).is_empty() {
                return Err(unreadable(column, at));
            }
        }
        Ok(Artifact {
            file: cell(self.file).to_owned(),
            database: cell(self.database).to_owned(),
            database_id: self.database_id.map(|at| cell(at).to_owned()).filter(|id| !id.is_empty()),
            time: time(cell(self.time)).ok_or_else(|| unreadable("TIME (UTC)", self.time))?,
            full: truth("FULL", self.full)?,
            compressed: match self.compressed {
                Some(at) => truth("COMPRESSED", at)?,
                None => false,
            },
            lowest_transaction: transaction("LOWEST TX", self.lowest)?,
            highest_transaction: transaction("HIGHEST TX", self.highest)?,
            recovered: self.recovered.and_then(|at| boolean(cell(at))),
        })
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "TRUE" => Some(true),
        "false" | "FALSE" => Some(false),
        _ => None,
    }
}

/// UTC without a zone is what the manual shows; a zone, if one ever comes, is honoured.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
|                                             FILE | DATABASE |                          DATABASE ID |          TIME (UTC) |  FULL | COMPRESSED | LOWEST TX | HIGHEST TX |
| file:///backups/neo4j-2024-06-13T12-43-43.backup |    neo4j | 7dcb1d0c-4374-4476-b8ae-d3c3f124683f | 2024-06-13T12:43:43 |  true |       true |         1 |          5 |
| file:///backups/neo4j-2024-06-14T12-43-43.backup |    neo4j | 7dcb1d0c-4374-4476-b8ae-d3c3f124683f | 2024-06-14T12:43:43 | false |       true |         6 |          9 |
";

    #[test]
    fn the_manuals_table_is_read() {
        let artifacts = parse(TABLE).unwrap();
        assert_eq!(artifacts.len(), 2);
        let first = &artifacts[0];
        assert_eq!(first.file, "file:///backups/neo4j-2024-06-13T12-43-43.backup");
        assert_eq!(first.time.to_string(), "2024-06-13T12:43:43Z");
        assert!(first.full && first.compressed);
        assert_eq!((first.lowest_transaction, first.highest_transaction), (1, 5));
        assert_eq!(first.recovered, None);
        assert!(!artifacts[1].full);
    }

    #[test]
    fn columns_are_found_by_title_in_any_order() {
        let table = "2026-01-01 INFO something | else\n\
            +----+----+\n\
            | STORE ID HASH | HIGHEST TX | LOWEST TX | RECOVERED | FULL | TIME | DATABASE | FILE |\n\
            |---------------|------------|-----------|-----------|------|------|----------|------|\n\
            | 77 | 0 | 0 | false | false | 2024-06-13T12:43:43Z | a.b | s3://b/x.backup |\n";
        let artifacts = parse(table).unwrap();
        assert_eq!(artifacts.len(), 1);
        assert_eq!(artifacts[0].recovered, Some(false));
        assert!(artifacts[0].is_empty());
    }

    #[test]
    fn an_unreadable_output_is_an_error_and_not_an_empty_list() {
        assert_eq!(parse(""), Err(InspectTableError::NoTable));
        assert_eq!(parse("No backups found"), Err(InspectTableError::NoTable));
        assert_eq!(
            parse("| FILE | DATABASE | TIME | FULL | LOWEST TX |"),
            Err(InspectTableError::ColumnMissing("HIGHEST TX"))
        );
        let short = TABLE.replace("|         6 |          9 |", "|         6 |");
        assert!(matches!(parse(&short), Err(InspectTableError::RowShape { line: 3, .. })));
        let odd = TABLE.replace("|          9 |", "|       nine |");
        assert!(matches!(parse(&odd), Err(InspectTableError::Cell { line: 3, .. })));
    }

    #[test]
    fn a_table_without_rows_is_empty() {
        let header = TABLE.lines().next().unwrap();
        assert_eq!(parse(header), Ok(Vec::new()));
    }
}
