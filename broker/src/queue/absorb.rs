//! Changes of other brokers on the same store.

use chinampa_jobs::JobId;

use super::effects::{Change, StoredLease};
use super::restore::StoredJob;
use super::setting::Setting;
use super::state::Queue;
use super::table::{Slot, State};

impl Queue {
    /// Follows a change that another broker has made. All brokers that follow the same changes in the same order have
    /// the same jobs, hand-outs and decisions.
    pub fn absorb(&mut self, change: Change) {
        match change {
            Change::Enqueued { job, sequence } => self.absorb_job(StoredJob::new(job, sequence, None)),
            Change::EnqueuedInTrace { job, sequence, trace } => {
                self.absorb_job(StoredJob::new(job, sequence, Some(trace)));
            }
            Change::Noted { id, history, .. } => self.absorb_history(&id, history),
            Change::Leased { id, lease, sequence, .. } => self.absorb_lease(&id, lease, sequence),
            Change::Renewed { id, attempt, .. } => self.absorb_renewal(&id, attempt),
            Change::Settled { id, settlement, .. } => {
                let Some(slot) = self.table.find(&id) else { return };
                self.detach(slot);
                self.table.get_mut(slot).state = State::Settled(settlement);
                self.completions.push(self.now_ms, id, self.config.completions_max);
            }
            Change::Forgotten { id, .. } => {
                if let Some(slot) = self.table.find(&id) {
                    self.forget(slot);
                }
            }
            Change::EpochsDropped { oldest_kept } => {
                self.forget_epochs(|epoch| epoch < oldest_kept);
                let newest = oldest_kept.get().saturating_add(self.config.epochs_kept);
                let newest = chinampa_jobs::EpochNumber::new(newest).unwrap_or(oldest_kept);
                self.newest_epoch = self.newest_epoch.max(newest);
            }
            Change::EpochDropped { epoch } => {
                self.forget_epoch(epoch);
            }
            Change::Set { key, value } => {
                if let Some(setting) = Setting::from_stored(&key, value.as_deref()) {
                    self.put_in_force(setting);
                }
            }
        }
    }

    fn absorb_job(&mut self, stored: StoredJob) {
        if let Some(slot) = self.table.find(&stored.job.id) {
            self.forget(slot);
        }
        let epoch = stored.job.epoch_number;
        self.next_sequence = self.next_sequence.max(stored.sequence.saturating_add(1));
        self.insert(stored);
        self.note_enqueue(epoch);
    }

    fn absorb_history(&mut self, id: &JobId, history: Box<super::history::History>) {
        let Some(slot) = self.table.find(id) else { return };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            self.table.get_mut(slot).history = Some(history);
            return;
        }
        self.detach(slot);
        let is_quarantined = history.is_quarantined;
        self.table.get_mut(slot).history = Some(history);
        if is_quarantined {
            self.table.get_mut(slot).state = State::Quarantined;
            self.quarantined_count += 1;
        } else {
            // A hand-out has ended with it; if the job does not settle, its place comes with the next change.
            self.wait(slot);
        }
    }

    fn absorb_lease(&mut self, id: &JobId, lease: StoredLease, sequence: Option<u64>) {
        self.next_attempt = self.next_attempt.max(lease.attempt.saturating_add(1));
        let Some(slot) = self.table.find(id) else { return };
        if matches!(self.table.get(slot).state, State::Settled(_)) {
            return;
        }
        let is_quarantined = matches!(self.table.get(slot).state, State::Quarantined);
        self.table.get_mut(slot).fence = lease.attempt;
        if is_quarantined {
            return;
        }
        self.detach(slot);
        let record = self.table.get_mut(slot);
        record.last_time_ms = record.last_time_ms.max(lease.started_at_ms);
        if let Some(sequence) = sequence {
            record.sequence = sequence;
            self.next_sequence = self.next_sequence.max(sequence.saturating_add(1));
        }
        if lease.is_held {
            let held = self.restored(lease);
            self.hold(slot, held);
        } else {
            self.wait(slot);
        }
    }

    fn absorb_renewal(&mut self, id: &JobId, attempt: u64) {
        let Some(slot) = self.table.find(id) else { return };
        let deadline_ms = self.deadline_ms();
        let State::Held(held) = &mut self.table.get_mut(slot).state else { return };
        if held.attempt.0 != attempt {
            return;
        }
        let old_ms = std::mem::replace(&mut held.deadline_ms, deadline_ms);
        self.move_lease(slot, old_ms, deadline_ms);
    }

    fn move_lease(&mut self, slot: Slot, old_ms: i64, deadline_ms: i64) {
        self.leases.remove(old_ms, slot);
        self.leases.insert(deadline_ms, slot);
    }
}
