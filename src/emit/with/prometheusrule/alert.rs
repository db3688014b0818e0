//! The alerts, by name. `docs/alerts.md` has a section of each.

/// Something that a person has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alert {
    /// The last success of a schedule is too old.
    TooOld,
    /// A schedule has had time enough for a success, and there was none.
    NeverSucceeded,
    /// What is kept will be too old to be kept before the next run but one.
    NearlyExpired,
    /// A run has failed, and none has succeeded since.
    RunFailed,
    /// A run that was due has not begun.
    RunMissed,
    /// A schedule is suspended, and its last success is too old.
    SuspendedTooLong,
    /// The CronJob of a backup does not exist.
    CronJobMissing,
    /// A backup that runs once has failed.
    OnceFailed,
    /// A backup that runs once has had time enough, and has neither succeeded nor failed.
    OnceUnfinished,
    /// A claim has little room left.
    ClaimFillingUp,
    /// The metrics that the other alerts read are not there.
    MetricsMissing,
}

/// The runbook, which an emitted bundle holds too.
pub const RUNBOOK: &str = include_str!("../../../../docs/alerts.md");

/// Path of the runbook in a bundle.
pub const RUNBOOK_FILE: &str = "alerts.md";

impl Alert {
    /// All, in the order of the runbook.
    pub const ALL: [Self; 11] = [
        Self::TooOld,
        Self::NeverSucceeded,
        Self::NearlyExpired,
        Self::RunFailed,
        Self::RunMissed,
        Self::SuspendedTooLong,
        Self::CronJobMissing,
        Self::OnceFailed,
        Self::OnceUnfinished,
        Self::ClaimFillingUp,
        Self::MetricsMissing,
    ];

    /// The name of the alert, and the title of its section in the runbook.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooOld => "Neo4jBackupTooOld",
            Self::NeverSucceeded => "Neo4jBackupNeverSucceeded",
            Self::NearlyExpired => "Neo4jBackupNearlyExpired",
            Self::RunFailed => "Neo4jBackupRunFailed",
            Self::RunMissed => "Neo4jBackupRunMissed",
            Self::SuspendedTooLong => "Neo4jBackupSuspendedTooLong",
            Self::CronJobMissing => "Neo4jBackupCronJobMissing",
            Self::OnceFailed => "Neo4jBackupOnceFailed",
            Self::OnceUnfinished => "Neo4jBackupOnceUnfinished",
            Self::ClaimFillingUp => "Neo4jBackupClaimFillingUp",
            Self::MetricsMissing => "Neo4jBackupMetricsMissing",
        }
    }

    /// `critical`: there is no backup that anybody can rely on, or there soon will be none. `warning`: something has to
    /// be done before it comes to that.
    #[must_use]
    pub const fn severity(self) -> &'static str {
        match self {
            Self::TooOld
            | Self::NeverSucceeded
            | Self::NearlyExpired
            | Self::CronJobMissing
            | Self::OnceFailed => "critical",
            Self::RunFailed
            | Self::RunMissed
            | Self::SuspendedTooLong
            | Self::OnceUnfinished
            | Self::ClaimFillingUp
            | Self::MetricsMissing => "warning",
        }
    }

    /// How long it has to be so before it is told: longer than a restart of kube-state-metrics where an absence is told,
    /// and else a scrape or two.
    #[must_use]
    pub const fn pending(self) -> &'static str {
        match self {
            Self::CronJobMissing | Self::MetricsMissing => "15m",
            Self::RunFailed | Self::OnceFailed => "1m",
            _ => "5m",
        }
    }

    /// The anchor of its section in the runbook, as Git hosts make it of the title.
    #[must_use]
    pub fn anchor(self) -> String {
        self.name().to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runbook_has_a_section_of_every_alert_and_of_no_other() {
        let titles: Vec<&str> = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## Neo4j")).collect();
        let names: Vec<&str> =
            Alert::ALL.iter().map(|alert| alert.name().trim_start_matches("Neo4j")).collect();
        assert_eq!(titles, names);
        for section in RUNBOOK.split("\n## ").filter(|section| section.starts_with("Neo4j")) {
            for part in ["**Meaning.**", "**Look.**", "**Do.**", "kubectl neo4j-backup "] {
                assert!(section.contains(part), "{part} is missing in {section}");
            }
        }
        assert!(!RUNBOOK.contains("]("), "a copy lies in every bundle, where relative links lead nowhere");
    }
}
