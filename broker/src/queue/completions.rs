//! The log of settled jobs. Any number of readers follow it, each with a cursor of its own; reading takes nothing
//! away.

use std::collections::VecDeque;

use chinampa_jobs::JobId;

/// Ids of jobs in the order in which they were settled, the oldest cut off by age and number.
#[derive(Debug, Default)]
pub(super) struct Completions {
    entries: VecDeque<(i64, JobId)>,
    /// Cursor of the first entry.
    start: u64,
}

impl Completions {
    /// An empty log whose first cursor is this.
    pub(super) fn starting_at(start: u64) -> Self {
        Self { entries: VecDeque::new(), start }
    }

    pub(super) fn push(&mut self, now_ms: i64, id: JobId, max: usize) {
        self.entries.push_back((now_ms, id));
        while self.entries.len() > max {
            self.drop_first();
        }
    }

    /// Drops entries from `time_ms` and before.
    pub(super) fn drop_until(&mut self, time_ms: i64) {
        while self.entries.front().is_some_and(|(settled_ms, _)| *settled_ms <= time_ms) {
            self.drop_first();
        }
    }

    /// All entries, oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = &JobId> {
        self.entries.iter().map(|(_, id)| id)
    }

    /// At most `limit` entries from `cursor` on, and the cursor after them. A cursor behind the log starts at its
    /// beginning.
    pub(super) fn read(&self, cursor: u64, limit: usize) -> (Vec<JobId>, u64) {
        let from = cursor.clamp(self.start, self.start + self.entries.len() as u64);
        let skipped =
            usize::try_from(from - self.start).expect("not beyond the entries, which are in memory");
        let ids: Vec<_> = self.ids().skip(skipped).take(limit).cloned().collect();
        let next = from + ids.len() as u64;
        (ids, next)
    }

    fn drop_first(&mut self) {
        if self.entries.pop_front().is_some() {
            self.start += 1;
        }
    }
}
