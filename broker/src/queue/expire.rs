//! The passing of time: leases end, epochs grow old, completions are forgotten.

use chinampa_jobs::EpochNumber;
use chinampa_jobs::agent::FailureClass;

use super::effects::{Change, Effects, Notice};
use super::failure::{Failure, Fallout};
use super::state::{Queue, elapsed};
use super::table::{Slot, State};

impl Queue {
    pub(super) fn tick(&mut self, effects: &mut Effects) {
        self.move_to_far_epoch();
        self.drop_old_epochs(effects);
        self.drop_old_days(effects);
        while let Some(slot) = self.leases.first_ended(self.now_ms()) {
            self.end_lease(slot, effects);
        }
        self.drop_old_completions();
        self.agents.forget_gone(self.now_ms);
    }

    /// A lease has ended without a heartbeat. The last holder may come back to the job until somebody else has it.
    fn end_lease(&mut self, slot: Slot, effects: &mut Effects) {
        let record = self.table.get(slot);
        let request_type = record.job.request_type;
        let State::Held(held) = &record.state else { return };
        let (agent, attempt) = (held.agent.clone(), held.attempt.0);
        effects.notices.push(Notice::TimedOut(request_type));
        self.show("timedOut", slot, Some(&held.clone()), effects);
        let Some(agent) = agent else {
            self.unhold(slot);
            self.wait_at_the_end(slot);
            if self.config.is_shared {
                self.store_end(slot, effects);
            }
            return;
        };
        let silent_ms =
            self.agents.get(&agent).map_or(u64::MAX, |known| elapsed(known.seen_ms, self.now_ms()));
        let is_lost = silent_ms >= self.config.job_timeout_ms;
        let class = if is_lost { FailureClass::LostAgent } else { FailureClass::Timeout };
        let reason = format!("no heartbeat for {} ms", self.config.job_timeout_ms);
        let failure = Failure { agent: Some(agent), class, reason, retry: true };
        let fallout = self.note_failure(slot, failure, effects);
        if fallout == Fallout::Requeued {
            self.table.get_mut(slot).fence = attempt;
            self.wait_at_the_end(slot);
            self.store_end(slot, effects);
        }
    }

    pub(super) fn drop_old_completions(&mut self) {
        let window_ms = i64::try_from(self.config.completion_window_ms).unwrap_or(i64::MAX);
        self.completions.drop_until(self.now_ms().saturating_sub(window_ms));
    }

    fn drop_old_epochs(&mut self, effects: &mut Effects) {
        let oldest_kept = self.oldest_kept();
        let count = self.forget_epochs(|epoch| epoch < oldest_kept);
        if count > 0 {
            effects.change(Change::EpochsDropped { oldest_kept });
            effects.notices.push(Notice::Dropped { count });
        }
        for setting in self.settings.of_epochs(|epoch| self.is_old(epoch)) {
            self.set(setting, effects);
        }
    }

    /// Forgets the jobs of the first epochs, as long as they are old. Returns how many.
    pub(super) fn forget_epochs(&mut self, is_old: impl Fn(EpochNumber) -> bool) -> usize {
        let mut count = 0;
        while let Some((_, slot)) = self.by_epoch.first().copied().filter(|(epoch, _)| is_old(*epoch)) {
            self.forget(slot);
            count += 1;
        }
        count
    }
}
