//! Waiting jobs in Aztec's order: type by rank, then epoch, then first in, first out.

use std::array;
use std::collections::BTreeMap;

use chinampa_jobs::{EpochNumber, JobFilter, RequestType};

use super::table::Slot;

/// A tree for each type.
#[derive(Debug)]
pub(super) struct Waiting {
    by_type: [BTreeMap<(EpochNumber, u64), Slot>; RequestType::COUNT],
}

impl Default for Waiting {
    fn default() -> Self {
        Self { by_type: array::from_fn(|_| BTreeMap::new()) }
    }
}

impl Waiting {
    pub(super) fn insert(&mut self, kind: RequestType, epoch: EpochNumber, sequence: u64, slot: Slot) {
        self.by_type[usize::from(kind.number())].insert((epoch, sequence), slot);
    }

    pub(super) fn remove(&mut self, kind: RequestType, epoch: EpochNumber, sequence: u64) {
        self.by_type[usize::from(kind.number())].remove(&(epoch, sequence));
    }

    /// Takes the first job that the filter accepts.
    pub(super) fn pop(&mut self, filter: &JobFilter) -> Option<Slot> {
        let accepted = RequestType::BY_PRIORITY.into_iter().filter(|kind| filter.accepts(*kind));
        for kind in accepted {
            if let Some((_, slot)) = self.by_type[usize::from(kind.number())].pop_first() {
                return Some(slot);
            }
        }
        None
    }

    pub(super) fn len(&self, kind: RequestType) -> usize {
        self.by_type[usize::from(kind.number())].len()
    }
}
