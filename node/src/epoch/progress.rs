//! How far an epoch is.

use chinampa_jobs::{JobId, RequestType};

use super::machine::{EpochProver, JobState};
use super::section::NodeState;

/// How far an epoch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Checkpoints that are there.
    pub checkpoints: usize,
    /// Jobs that were asked for and are not done.
    pub pending: usize,
    /// Jobs that are done.
    pub done: usize,
    /// Whether all checkpoints are there and linked.
    pub complete: bool,
    /// Whether the root is proven.
    pub proven: bool,
    /// Jobs by the number of their type.
    pub kinds: [JobCounts; RequestType::COUNT],
}

/// Jobs of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Asked for and not done.
    pub pending: u32,
    /// Done.
    pub done: u32,
    /// Failed for good.
    pub failed: u32,
}

impl EpochProver {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        let done = self.jobs.values().filter(|job| matches!(job.state, JobState::Done(_))).count();
        let proven = self
            .top
            .as_ref()
            .is_some_and(|top| matches!(top.section.state(top.section.last()), NodeState::Done(_)));
        Progress {
            checkpoints: self.checkpoints.len(),
            pending: self.pending().count(),
            done,
            complete: self.top.is_some(),
            proven,
            kinds: self.counts(),
        }
    }

    fn counts(&self) -> [JobCounts; RequestType::COUNT] {
        let mut counts = [JobCounts::default(); RequestType::COUNT];
        for job in self.jobs.values() {
            let of_kind = &mut counts[usize::from(job.request_type.number())];
            match job.state {
                JobState::Pending if job.waiting.is_empty() => {}
                JobState::Pending => of_kind.pending += 1,
                JobState::Done(_) => of_kind.done += 1,
                JobState::Failed(_) => of_kind.failed += 1,
            }
        }
        counts
    }

    /// Jobs that something waits for, in the order of their ids.
    pub fn pending(&self) -> impl Iterator<Item = &JobId> {
        let waiting = self
            .jobs
            .iter()
            .filter(|(_, job)| matches!(job.state, JobState::Pending) && !job.waiting.is_empty());
        waiting.map(|(id, _)| id)
    }
}
