//! Which checkpoints an epoch has.

use super::store::{ArchiverStore, ArchiverStoreError};
use crate::l1::EpochClock;

impl ArchiverStore {
    /// The first checkpoint of the epoch that has `number`. A part of the epoch may be proven already; a longer proof
    /// begins at the same checkpoint.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn first_of(&self, number: u32, clock: &EpochClock) -> Result<u32, ArchiverStoreError> {
        let Some(epoch) = self.epoch_of(number, clock)? else { return Ok(number) };
        let mut first = number;
        while first > 1 && self.epoch_of(first - 1, clock)? == Some(epoch) {
            first -= 1;
        }
        Ok(first)
    }

    /// The first checkpoint of an epoch; `None` for an epoch without any.
    ///
    /// # Errors
    /// [`ArchiverStoreError`]
    pub fn first_in(&self, epoch: u64, clock: &EpochClock) -> Result<Option<u32>, ArchiverStoreError> {
        let tip = self.tip()?.map_or(0, |tip| tip.checkpoint.number);
        // Slots grow with numbers: the first checkpoint of the epoch or of a later one.
        let (mut low, mut high) = (1, tip.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.epoch_of(middle, clock)? {
                Some(found) if found < epoch => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok((self.epoch_of(low, clock)? == Some(epoch)).then_some(low))
    }

    fn epoch_of(&self, number: u32, clock: &EpochClock) -> Result<Option<u64>, ArchiverStoreError> {
        let published = self.checkpoint(number)?;
        Ok(published.map(|published| clock.epoch_of_slot(u64::from(published.checkpoint.header.slot_number))))
    }
}
