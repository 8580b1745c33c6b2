//! The jobs, found by id or by slot. Ids are kept once, so that a million jobs fit in memory.

use std::hash::{BuildHasher as _, RandomState};

use chinampa_jobs::agent::{AgentId, Progress};
use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{JobId, ProvingJob, UnixMs};
use hashbrown::HashTable;

use super::effects::Settlement;
use super::event::Attempt;
use super::history::History;
use super::lanes::Lane;

/// Where a job is in the table. Free again when the job is removed.
pub(super) type Slot = u32;

/// A hand-out that counts.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) attempt: Attempt,
    /// None for Aztec's agents.
    pub(super) agent: Option<AgentId>,
    /// The `time` that the owner got, or the one that it claims.
    pub(super) started_at: UnixMs,
    /// Without a heartbeat until then, the job waits again.
    pub(super) deadline_ms: i64,
    pub(super) progress: Option<Progress>,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    Waiting,
    Held(Box<Held>),
    /// Put aside: in no lane, though not settled.
    Quarantined,
    Settled(Settlement),
}

/// A job and what is known about it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) job: ProvingJob,
    /// Place among the waiting jobs of its lane.
    pub(super) sequence: u64,
    /// None while nothing went wrong.
    pub(super) history: Option<Box<History>>,
    pub(super) waiting_since_ms: i64,
    /// Time of the last hand-out; the next one is later.
    pub(super) last_time_ms: i64,
    /// Smallest attempt that may still be worked on; 0 before the first.
    pub(super) fence: u64,
    /// The trace of its producer. In a box, as few jobs have one.
    pub(super) trace: Option<Box<TraceContext>>,
    pub(super) state: State,
}

impl Record {
    /// Where it waits.
    pub(super) fn lane(&self) -> Lane {
        let priority = self.history.as_ref().map_or(0, |history| history.priority);
        Lane { kind: self.job.request_type, epoch: self.job.epoch_number, priority }
    }

    pub(super) fn history(&mut self) -> &mut History {
        self.history.get_or_insert_default()
    }
}

/// Jobs by slot, with an index by id.
#[derive(Debug, Default)]
pub(super) struct Table {
    records: Vec<Option<Record>>,
    free: Vec<Slot>,
    index: HashTable<Slot>,
    hasher: RandomState,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn find(&self, id: &JobId) -> Option<Slot> {
        let hash = self.hasher.hash_one(id);
        self.index
            .find(hash, |slot| self.records[*slot as usize].as_ref().is_some_and(|r| r.job.id == *id))
            .copied()
    }

    pub(super) fn get(&self, slot: Slot) -> &Record {
        self.records[slot as usize].as_ref().expect("slots are forgotten everywhere when they are freed")
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Record {
        self.records[slot as usize].as_mut().expect("slots are forgotten everywhere when they are freed")
    }

    /// Adds a job whose id is not in the table.
    pub(super) fn insert(&mut self, record: Record) -> Slot {
        let hash = self.hasher.hash_one(&record.job.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            Slot::try_from(self.records.len() - 1).expect("the limit on jobs is below the number of slots")
        });
        self.records[slot as usize] = Some(record);
        let (records, hasher) = (&self.records, &self.hasher);
        self.index.insert_unique(hash, slot, |slot| {
            records[*slot as usize].as_ref().map_or(0, |record| hasher.hash_one(&record.job.id))
        });
        slot
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Record {
        let hash = self.hasher.hash_one(&self.get(slot).job.id);
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        self.free.push(slot);
        self.records[slot as usize].take().expect("the id was read from it")
    }
}
