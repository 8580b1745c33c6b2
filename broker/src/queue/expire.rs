//! The passing of time: leases end, epochs grow old, completions are forgotten.

use chinampa_jobs::EpochNumber;

use super::effects::{Change, Effects, Notice};
use super::state::Queue;

impl Queue {
    pub(super) fn tick(&mut self, effects: &mut Effects) {
        self.drop_old_epochs(effects);
        while let Some(slot) = self.leases.first_ended(self.now_ms()) {
            self.release(slot);
            self.wait_again(slot);
            effects.notices.push(Notice::TimedOut(self.table.get(slot).job.request_type));
        }
        self.drop_old_completions();
    }

    pub(super) fn drop_old_completions(&mut self) {
        let window_ms = i64::try_from(self.config.completion_window_ms).unwrap_or(i64::MAX);
        self.completions.drop_until(self.now_ms().saturating_sub(window_ms));
    }

    fn drop_old_epochs(&mut self, effects: &mut Effects) {
        let oldest_kept = self.oldest_kept();
        let is_old = |epoch: EpochNumber| epoch < oldest_kept;
        let mut count = 0;
        while let Some((_, slot)) = self.by_epoch.first().copied().filter(|(epoch, _)| is_old(*epoch)) {
            self.forget(slot);
            count += 1;
        }
        if count > 0 {
            effects.changes.push(Change::EpochsDropped { oldest_kept });
            effects.notices.push(Notice::Dropped { count });
        }
    }
}
