//! Chains: a full backup and the differentials that continue it.
//!
//! A chain is the unit of everything that keeps or deletes backups: an artifact without its
//! ancestors cannot be restored, and deleting by age breaks chains (neo4j-admin.md §2). Membership
//! is computed from transaction ranges, as Neo4j does it, not from file names or times.

use std::cmp::Reverse;

use super::artifact::Artifact;

/// A full backup and its differentials in the order in which they apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The full backup that it begins with; none when the differentials' full is not in the folder,
    /// and then nothing of it can be restored.
    pub full: Option<Artifact>,
    /// Its differentials, oldest first, empty ones among them.
    pub differentials: Vec<Artifact>,
}

impl Chain {
    /// The database that it restores.
    pub fn database(&self) -> &str {
        self.members().next().map_or("", |artifact| &artifact.database)
    }

    /// Every artifact of it, in the order in which they apply.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = &Artifact> {
        self.full.iter().chain(&self.differentials)
    }

    /// Whether it can be restored: its full is there. Each differential follows its predecessor by
    /// construction.
    pub fn is_restorable(&self) -> bool {
        self.full.is_some()
    }

    /// The newest artifact, the one that a restore names.
    pub fn latest(&self) -> Option<&Artifact> {
        self.members().next_back()
    }

    /// The last transaction that it restores.
    pub fn highest_transaction(&self) -> u64 {
        // Each differential reaches further than its predecessor, but for the empty ones.
        let last = self.members().rev().find(|artifact| !artifact.is_empty());
        last.map_or(0, |artifact| artifact.highest_transaction)
    }
}

/// Sorts artifacts of one folder into chains, by database, oldest chain first.
///
/// A full begins a chain. A differential continues the chain whose last transaction is the one
/// before its first; among several such chains (fulls were taken between the differentials) it goes
/// to the one with the newest artifact, which is Neo4j's default parent. Since 2026.02 a differential
/// may also overlap its full, and goes there when no chain fits exactly. An empty differential
/// belongs to the newest chain before it. A differential that continues nothing begins a chain
/// without a full. Sources: neo4j-admin.md §2 "DIFF parent default", "Since 2026.02".
pub fn chains(mut artifacts: Vec<Artifact>) -> Vec<Chain> {
    artifacts.sort_by(|a, b| {
        (&a.database, &a.database_id, a.time, Reverse(a.full), a.highest_transaction, &a.file).cmp(&(
            &b.database,
            &b.database_id,
            b.time,
            Reverse(b.full),
            b.highest_transaction,
            &b.file,
        ))
    });
    let mut done: Vec<Chain> = Vec::new();
    let mut first_of_database = 0;
    for artifact in artifacts {
        let same =
            done.get(first_of_database).and_then(|chain| chain.members().next()).is_some_and(|first| {
                first.database == artifact.database && first.database_id == artifact.database_id
            });
        if !same {
            first_of_database = done.len();
        }
        let candidates = done.get_mut(first_of_database..).unwrap_or_default();
        match parent(candidates, &artifact) {
            Some(chain) => chain.differentials.push(artifact),
            None if artifact.full => done.push(Chain { full: Some(artifact), differentials: Vec::new() }),
            None => done.push(Chain { full: None, differentials: vec![artifact] }),
        }
    }
    done
}

/// The chain that a differential continues. Candidates hold only artifacts that are older.
fn parent<'a>(candidates: &'a mut [Chain], artifact: &Artifact) -> Option<&'a mut Chain> {
    if artifact.full {
        return None;
    }
    let fit = |chain: &Chain| {
        let highest = chain.highest_transaction();
        if artifact.is_empty() || highest.checked_add(1) == Some(artifact.lowest_transaction) {
            Some(1)
        } else if chain.is_restorable()
            && artifact.lowest_transaction <= highest
            && artifact.highest_transaction > highest
        {
            Some(0)
        } else {
            None
        }
    };
    candidates
        .iter_mut()
        .filter_map(|chain| fit(chain).map(|fit| (fit, chain)))
        .max_by_key(|(fit, chain)| {
            let newest = chain.latest().map(|artifact| artifact.time);
            (*fit, chain.is_restorable(), newest)
        })
        .map(|(_, chain)| chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An artifact of a day: full or differential, with its transactions.
    fn artifact(database: &str, day: i64, full: bool, lowest: u64, highest: u64) -> Artifact {
        Artifact {
            file: format!("{database}-{day}"),
            database: database.into(),
            database_id: None,
            time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
            full,
            compressed: true,
            lowest_transaction: lowest,
            highest_transaction: highest,
            recovered: None,
        }
    }

    fn names(chains: &[Chain]) -> Vec<Vec<&str>> {
        chains.iter().map(|c| c.members().map(|a| a.file.as_str()).collect()).collect()
    }

    #[test]
    fn contiguous_differentials_follow_their_full() {
        let chains = chains(vec![
            artifact("a", 3, false, 21, 30),
            artifact("b", 1, true, 1, 4),
            artifact("a", 1, true, 1, 10),
            artifact("a", 2, false, 11, 20),
        ]);
        assert_eq!(names(&chains), [vec!["a-1", "a-2", "a-3"], vec!["b-1"]]);
        assert_eq!(chains[0].latest().unwrap().file, "a-3");
        assert_eq!(chains[0].highest_transaction(), 30);
        assert_eq!(chains[0].database(), "a");
    }

    #[test]
    fn a_new_full_begins_a_new_chain() {
        let chains = chains(vec![
            artifact("a", 1, true, 1, 10),
            artifact("a", 2, false, 11, 20),
            artifact("a", 3, true, 1, 20),
            artifact("a", 4, false, 21, 30),
        ]);
        assert_eq!(names(&chains), [vec!["a-1", "a-2"], vec!["a-3", "a-4"]]);
    }

    #[test]
    fn an_exact_fit_wins_over_an_overlap() {
        let chains = chains(vec![
            artifact("a", 1, true, 1, 10),
            artifact("a", 2, false, 11, 20),
            artifact("a", 3, true, 1, 25),
            artifact("a", 4, false, 21, 30),
        ]);
        assert_eq!(names(&chains), [vec!["a-1", "a-2", "a-4"], vec!["a-3"]]);
    }

    #[test]
    fn a_first_differential_may_overlap_its_full() {
        let chains = chains(vec![artifact("a", 1, true, 1, 10), artifact("a", 2, false, 8, 20)]);
        assert_eq!(names(&chains), [vec!["a-1", "a-2"]]);
    }

    #[test]
    fn a_gap_begins_a_chain_that_cannot_be_restored() {
        let chains = chains(vec![
            artifact("a", 1, true, 1, 10),
            artifact("a", 3, false, 21, 30),
            artifact("a", 4, false, 31, 40),
        ]);
        assert_eq!(names(&chains), [vec!["a-1"], vec!["a-3", "a-4"]]);
        assert!(!chains[1].is_restorable());
    }

    #[test]
    fn a_recreated_database_of_the_same_name_has_chains_of_its_own() {
        let mut second = artifact("a", 2, false, 11, 20);
        second.database_id = Some("other".into());
        let chains = chains(vec![artifact("a", 1, true, 1, 10), second]);
        assert_eq!(chains.len(), 2);
        assert!(!chains[1].is_restorable());
    }

    #[test]
    fn an_empty_differential_belongs_to_the_newest_chain() {
        let chains = chains(vec![
            artifact("a", 1, true, 1, 10),
            artifact("a", 2, true, 1, 10),
            artifact("a", 3, false, 0, 0),
            artifact("a", 4, false, 11, 12),
        ]);
        assert_eq!(names(&chains), [vec!["a-1"], vec!["a-2", "a-3", "a-4"]]);
    }

    #[test]
    fn every_artifact_is_in_exactly_one_chain() {
        let all = vec![artifact("a", 1, false, 5, 6), artifact("a", 1, true, 1, u64::MAX)];
        let chains = chains(all);
        assert_eq!(chains.iter().map(|c| c.members().count()).sum::<usize>(), 2);
    }
}
