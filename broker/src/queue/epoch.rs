//! Which epoch is the newest. Everything that is too far behind it is dropped, so that it must not jump ahead because
//! of one wrong number.

use std::collections::BTreeSet;

use chinampa_jobs::EpochNumber;

use super::config::QueueConfig;
use super::effects::{Change, Effects, Notice};
use super::state::Queue;

impl Queue {
    /// Epochs with jobs.
    pub fn epochs(&self) -> BTreeSet<u64> {
        self.epochs.keys().map(|epoch| epoch.get()).collect()
    }

    /// Jobs of epochs before this one are refused.
    pub fn oldest_epoch(&self) -> u64 {
        self.oldest_kept().get()
    }

    /// The oldest epoch whose jobs are kept.
    pub(super) fn oldest_kept(&self) -> EpochNumber {
        EpochNumber::new(self.newest_epoch.get().saturating_sub(self.config.epochs_kept)).unwrap_or_default()
    }

    /// When an epoch should be proven.
    pub(super) fn epoch_deadline_ms(&self, epoch: EpochNumber) -> i64 {
        self.settings.deadline(epoch).unwrap_or_else(|| {
            let first_ms = self.epochs.get(&epoch).map_or(self.now_ms, |epoch| epoch.first_enqueue_ms);
            first_ms.saturating_add(window_ms(self.config.epoch_window_ms))
        })
    }

    /// Notes that a job of this epoch was enqueued.
    pub(super) fn note_enqueue(&mut self, epoch: EpochNumber) {
        let now_ms = self.now_ms;
        if let Some(entry) = self.epochs.get_mut(&epoch) {
            entry.last_enqueue_ms = now_ms;
        }
        let is_only = self.epochs.len() == 1;
        if is_only || is_in_reach(&self.config, self.newest_epoch, epoch) {
            self.newest_epoch = self.newest_epoch.max(epoch);
        }
    }

    /// The newest epoch that is not far ahead of the others.
    pub(super) fn newest_in_reach(&self) -> EpochNumber {
        let mut epochs = self.epochs.keys().copied();
        let Some(mut newest) = epochs.next() else { return EpochNumber::default() };
        for epoch in epochs {
            if is_in_reach(&self.config, newest, epoch) {
                newest = epoch;
            }
        }
        newest
    }

    /// A far epoch becomes the newest one when it alone is in use.
    pub(super) fn move_to_far_epoch(&mut self) {
        let newest = self.newest_epoch;
        let Some((far, entry)) = self.epochs.range(newest..).find(|(epoch, _)| **epoch > newest) else {
            return;
        };
        let near_ms = self.epochs.range(..=newest).map(|(_, entry)| entry.last_enqueue_ms).max();
        let patience_ms = window_ms(self.config.far_epoch_patience_ms);
        let is_left = near_ms.is_none_or(|near_ms| {
            entry.last_enqueue_ms > near_ms && self.now_ms.saturating_sub(near_ms) >= patience_ms
        });
        if is_left {
            tracing::info!(from = newest.get(), to = far.get(), "the newest epoch is now one far ahead");
            self.newest_epoch = *far;
        }
    }

    /// Forgets an epoch, for example one with a wrong number.
    pub(super) fn drop_epoch(&mut self, epoch: EpochNumber, effects: &mut Effects) {
        let count = self.forget_epoch(epoch);
        if count > 0 {
            effects.change(Change::EpochDropped { epoch });
            effects.notices.push(Notice::Dropped { count });
        }
    }

    /// Forgets the jobs of an epoch. Returns how many.
    pub(super) fn forget_epoch(&mut self, epoch: EpochNumber) -> usize {
        let slots: Vec<_> =
            self.by_epoch.range((epoch, 0)..=(epoch, u32::MAX)).map(|(_, slot)| *slot).collect();
        let count = slots.len();
        slots.into_iter().for_each(|slot| drop(self.forget(slot)));
        if epoch == self.newest_epoch {
            self.newest_epoch = self.newest_in_reach();
        }
        count
    }
}

/// Whether an epoch is old.
pub(super) fn is_before(epoch: EpochNumber, oldest_kept: EpochNumber) -> bool {
    epoch < oldest_kept
}

fn is_in_reach(config: &QueueConfig, newest: EpochNumber, epoch: EpochNumber) -> bool {
    epoch.get() <= newest.get().saturating_add(config.epoch_step_max)
}

fn window_ms(window_ms: u64) -> i64 {
    i64::try_from(window_ms).unwrap_or(i64::MAX)
}
