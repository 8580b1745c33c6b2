//! Which epoch is the newest. Everything that is too far behind it is dropped, so that it must not jump ahead because
//! of one wrong number. Days, which stand for epochs where a job belongs to none, are never the newest.

use std::collections::BTreeSet;

use chinampa_jobs::{EpochNumber, UnixMs};

use super::config::QueueConfig;
use super::effects::{Change, Effects, Notice};
use super::state::Queue;
use super::table::{Slot, State};

const DAY_MS: u64 = 86_400_000;

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

    /// The oldest day whose jobs are kept.
    fn oldest_day(&self) -> EpochNumber {
        let kept_ms = window_ms(self.config.days_kept.saturating_mul(DAY_MS));
        EpochNumber::of_day(UnixMs(self.now_ms.saturating_sub(kept_ms)))
    }

    /// Whether the jobs of an epoch are kept no longer, if nobody waits for them.
    pub(super) fn is_old(&self, epoch: EpochNumber) -> bool {
        epoch < if epoch.is_day() { self.oldest_day() } else { self.oldest_kept() }
    }

    /// Forgets old days. One with a job that is not settled is not old.
    pub(super) fn drop_old_days(&mut self, effects: &mut Effects) {
        let days = self.epochs.keys().copied().filter(|epoch| epoch.is_day() && self.is_old(*epoch));
        let is_settled =
            |(_, slot): &(EpochNumber, Slot)| matches!(self.table.get(*slot).state, State::Settled(_));
        let days = days.filter(|day| self.by_epoch.range((*day, 0)..=(*day, u32::MAX)).all(is_settled));
        let days: Vec<_> = days.collect();
        days.into_iter().for_each(|day| self.drop_epoch(day, effects));
    }

    /// When an epoch should be proven; a day never.
    pub(super) fn epoch_deadline_ms(&self, epoch: EpochNumber) -> i64 {
        self.settings.deadline(epoch).unwrap_or_else(|| {
            if epoch.is_day() {
                return i64::MAX;
            }
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
        if epoch.is_day() {
            return;
        }
        let is_only = self.epochs.keys().filter(|epoch| !epoch.is_day()).count() == 1;
        if is_only || is_in_reach(&self.config, self.newest_epoch, epoch) {
            self.newest_epoch = self.newest_epoch.max(epoch);
        }
    }

    /// The newest epoch that is not far ahead of the others.
    pub(super) fn newest_in_reach(&self) -> EpochNumber {
        let mut epochs = self.epochs.keys().copied().filter(|epoch| !epoch.is_day());
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
        let is_far = |(epoch, _): &(&EpochNumber, &_)| **epoch > newest && !epoch.is_day();
        let Some((far, entry)) = self.epochs.range(newest..).find(is_far) else { return };
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

fn is_in_reach(config: &QueueConfig, newest: EpochNumber, epoch: EpochNumber) -> bool {
    epoch.get() <= newest.get().saturating_add(config.epoch_step_max)
}

fn window_ms(window_ms: u64) -> i64 {
    i64::try_from(window_ms).unwrap_or(i64::MAX)
}
