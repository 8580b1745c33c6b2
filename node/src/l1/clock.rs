//! Slots, epochs and their deadlines, by the clock of L1.

use std::ops::RangeInclusive;

/// How a rollup divides time. Slots count from its genesis, epochs are runs of slots.
///
/// # Source
/// Aztec 4.1.2 `stdlib/src/epoch-helpers`; `TimeLib.sol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochClock {
    /// Start of slot 0, seconds since 1970.
    pub genesis_time_s: u64,
    /// Length of a slot.
    pub slot_duration_s: u64,
    /// Slots of an epoch.
    pub epoch_duration_slots: u64,
    /// Whole epochs, after its own, in which an epoch can still be proven.
    pub proof_submission_epochs: u64,
    /// Length of an L1 slot.
    pub l1_slot_duration_s: u64,
}

impl EpochClock {
    /// The slot at a time; 0 before genesis.
    pub fn slot_at(&self, timestamp_s: u64) -> u64 {
        timestamp_s.saturating_sub(self.genesis_time_s) / self.slot_duration_s
    }

    /// Start of a slot, seconds since 1970.
    pub fn slot_start_s(&self, slot: u64) -> u64 {
        self.genesis_time_s.saturating_add(slot.saturating_mul(self.slot_duration_s))
    }

    /// The epoch of a slot.
    pub fn epoch_of_slot(&self, slot: u64) -> u64 {
        slot / self.epoch_duration_slots
    }

    /// The slots of an epoch.
    pub fn slots_of(&self, epoch: u64) -> RangeInclusive<u64> {
        let first = epoch.saturating_mul(self.epoch_duration_slots);
        first..=first.saturating_add(self.epoch_duration_slots - 1)
    }

    /// When a proof of the epoch comes too late, seconds since 1970. It can be pruned from the same moment.
    pub fn proof_deadline_s(&self, epoch: u64) -> u64 {
        let last = epoch.saturating_add(self.proof_submission_epochs).saturating_add(1);
        self.slot_start_s(last.saturating_mul(self.epoch_duration_slots))
    }

    /// Whether L1 can accept no more checkpoints of the epoch: its last slot is taken, or the next L1 block already
    /// belongs to the next epoch.
    pub fn is_complete(&self, epoch: u64, last_checkpointed_slot: u64, l1_timestamp_s: u64) -> bool {
        let last_slot = *self.slots_of(epoch).end();
        let l1_slots = (self.slot_duration_s / self.l1_slot_duration_s).saturating_sub(1);
        let last_l1_slot_s = self.slot_start_s(last_slot).saturating_add(l1_slots * self.l1_slot_duration_s);
        last_checkpointed_slot >= last_slot || l1_timestamp_s.saturating_add(1) >= last_l1_slot_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: EpochClock = EpochClock {
        genesis_time_s: 1_000,
        slot_duration_s: 72,
        epoch_duration_slots: 32,
        proof_submission_epochs: 1,
        l1_slot_duration_s: 12,
    };

    #[test]
    fn slots_begin_at_genesis() {
        assert_eq!([0, 1_000, 1_071, 1_072].map(|time| CLOCK.slot_at(time)), [0, 0, 0, 1]);
        assert_eq!(CLOCK.slots_of(2), 64..=95);
        assert_eq!(CLOCK.epoch_of_slot(95), 2);
    }

    #[test]
    fn a_proof_is_late_two_epochs_after_the_start_of_its_own() {
        assert_eq!(CLOCK.proof_deadline_s(3), CLOCK.slot_start_s(5 * 32));
    }

    #[test]
    fn an_epoch_is_complete_by_its_last_slot_or_by_the_clock_of_l1() {
        assert!(CLOCK.is_complete(0, 31, 0));
        let last_l1_slot_s = 1_000 + 31 * 72 + 5 * 12;
        assert!(!CLOCK.is_complete(0, 30, last_l1_slot_s - 2));
        assert!(CLOCK.is_complete(0, 30, last_l1_slot_s - 1));
    }

    #[test]
    fn numbers_beyond_any_chain_do_not_overflow() {
        assert_eq!(CLOCK.proof_deadline_s(u64::MAX), u64::MAX);
        assert!(CLOCK.is_complete(u64::MAX, u64::MAX, u64::MAX));
    }
}
