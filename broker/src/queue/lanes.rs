//! Waiting jobs. A lane has those of one type, epoch and priority, first in, first out; a policy says which lane is next.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chinampa_jobs::{EpochNumber, RequestType};

use super::table::Slot;

/// What the jobs of a lane have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    pub(super) kind: RequestType,
    pub(super) epoch: EpochNumber,
    pub(super) priority: i8,
}

/// Where a lane stands among the others; the smallest is next.
pub(super) type Standing = (Reverse<i16>, i64, u8, EpochNumber, u64);

/// Lanes with jobs in them.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    lanes: BTreeMap<Lane, BTreeMap<u64, Slot>>,
    counts: [usize; RequestType::COUNT],
}

impl Waiting {
    pub(super) fn insert(&mut self, lane: Lane, sequence: u64, slot: Slot) {
        if self.lanes.entry(lane).or_default().insert(sequence, slot).is_none() {
            self.counts[usize::from(lane.kind.number())] += 1;
        }
    }

    pub(super) fn remove(&mut self, lane: Lane, sequence: u64) {
        let Some(jobs) = self.lanes.get_mut(&lane) else { return };
        if jobs.remove(&sequence).is_some() {
            self.counts[usize::from(lane.kind.number())] -= 1;
        }
        if jobs.is_empty() {
            self.lanes.remove(&lane);
        }
    }

    /// The lanes that a claim may be served from, the best first.
    pub(super) fn ranked(&self, standing: impl Fn(Lane, u64) -> Option<Standing>) -> Vec<Lane> {
        let standings = self.lanes.iter().filter_map(|(lane, jobs)| {
            let (first, _) = jobs.first_key_value()?;
            Some((standing(*lane, *first)?, *lane))
        });
        let mut ranked: Vec<_> = standings.collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, lane)| lane).collect()
    }

    /// All lanes, and how many jobs each has.
    pub(super) fn lanes(&self) -> impl Iterator<Item = (Lane, usize)> {
        self.lanes.iter().map(|(lane, jobs)| (*lane, jobs.len()))
    }

    /// The jobs of a lane in order.
    pub(super) fn jobs(&self, lane: Lane) -> impl Iterator<Item = (u64, Slot)> {
        self.lanes.get(&lane).into_iter().flatten().map(|(sequence, slot)| (*sequence, *slot))
    }

    pub(super) fn len(&self, kind: RequestType) -> usize {
        self.counts[usize::from(kind.number())]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}
