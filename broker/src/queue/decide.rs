//! What people do to a running queue.

use chinampa_jobs::{JobId, JobStatus};

use super::effects::{Change, Effects, Settlement};
use super::event::Refusal;
use super::setting::Setting;
use super::state::Queue;
use super::table::State;

impl Queue {
    /// Puts a decision in force and stores it.
    pub(super) fn set(&mut self, setting: Setting, effects: &mut Effects) {
        let (key, value) = setting.to_stored();
        effects.change(Change::Set { key, value });
        self.put_in_force(setting);
    }

    pub(super) fn put_in_force(&mut self, setting: Setting) {
        if let Setting::Agent(id, None) = &setting
            && let Some(agent) = self.agents.get_mut(id)
        {
            // Who is let go starts anew.
            agent.failed_jobs.clear();
        }
        self.settings.apply(setting);
        self.wakeups += 1;
    }

    /// Runs a rejected, cancelled or quarantined job again, with no past. Returns its status before.
    pub(super) fn retry(&mut self, id: &JobId, effects: &mut Effects) -> Result<JobStatus, Refusal> {
        let Some(slot) = self.table.find(id) else { return Ok(JobStatus::NotFound) };
        let before = self.status_at(slot);
        let is_stuck = match &self.table.get(slot).state {
            State::Quarantined => true,
            State::Settled(settlement) => !matches!(settlement, Settlement::Fulfilled(_)),
            State::Waiting | State::Held(_) => false,
        };
        if is_stuck {
            self.check_epoch(&self.table.get(slot).job)?;
            let record = self.forget(slot);
            self.revive(record, effects);
        }
        Ok(before)
    }

    /// Puts a job aside, or back in line. Returns its status before.
    pub(super) fn quarantine(
        &mut self,
        id: &JobId,
        is_quarantined: bool,
        effects: &mut Effects,
    ) -> JobStatus {
        let Some(slot) = self.table.find(id) else { return JobStatus::NotFound };
        let before = self.status_at(slot);
        match (&self.table.get(slot).state, is_quarantined) {
            (State::Waiting | State::Held(_), true) => {
                let held = self.detach(slot);
                self.revoke(slot, held.as_ref());
                self.put_aside(slot, effects);
            }
            (State::Quarantined, false) => {
                self.detach(slot);
                let history = self.table.get_mut(slot).history();
                history.is_quarantined = false;
                history.evidence.clear();
                self.store_history(slot, effects);
                self.wait_at_the_end(slot);
                self.store_end(slot, effects);
            }
            _ => {}
        }
        before
    }

    /// Changes the priority of an unsettled job. Returns its status.
    pub(super) fn prioritize(&mut self, id: &JobId, priority: i8, effects: &mut Effects) -> JobStatus {
        let Some(slot) = self.table.find(id) else { return JobStatus::NotFound };
        let is_waiting = matches!(self.table.get(slot).state, State::Waiting);
        if is_waiting {
            self.detach(slot);
        }
        self.table.get_mut(slot).history().priority = priority;
        if is_waiting {
            self.wait(slot);
        }
        self.store_history(slot, effects);
        self.status_at(slot)
    }
}
