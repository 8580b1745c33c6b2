//! Changes as operations of the library.

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, JobId, ProvingJob};

use crate::queue::Change;
use crate::store::record;

/// The arguments of `commit` behind the entry of the log.
pub(super) fn operations(changes: &[Change]) -> Vec<Vec<u8>> {
    let mut operations = Operations(Vec::new());
    changes.iter().for_each(|change| operations.add(change));
    operations.0
}

/// Whether changes only free memory, so that a full server may take them.
pub(super) fn only_frees(changes: &[Change]) -> bool {
    changes.iter().all(|change| {
        matches!(
            change,
            Change::EpochsDropped { .. }
                | Change::EpochDropped { .. }
                | Change::Forgotten { .. }
                | Change::Set { value: None, .. }
        )
    })
}

struct Operations(Vec<Vec<u8>>);

impl Operations {
    fn add(&mut self, change: &Change) {
        match change {
            Change::Enqueued { job, sequence } => self.enqueue(job, *sequence, None),
            Change::EnqueuedInTrace { job, sequence, trace } => self.enqueue(job, *sequence, Some(trace)),
            Change::Noted { epoch, id, history } => {
                self.put("failures", *epoch, id, record::history(history));
            }
            Change::Leased { epoch, id, lease, .. } => self.put("leases", *epoch, id, record::lease(lease)),
            Change::Renewed { .. } => {}
            Change::Settled { epoch, id, settlement } => {
                self.put("settlements", *epoch, id, record::settlement(settlement));
                self.remove("leases", *epoch, id);
            }
            Change::Forgotten { epoch, id } => {
                for table in ["jobs", "settlements", "failures", "leases"] {
                    self.remove(table, *epoch, id);
                }
            }
            Change::EpochsDropped { oldest_kept } => {
                self.words(&[b"O", oldest_kept.to_string().as_bytes()]);
            }
            Change::EpochDropped { epoch } => self.words(&[b"E", epoch.to_string().as_bytes()]),
            Change::Set { key, value: Some(value) } => {
                self.words(&[b"H", b"settings", key.as_bytes(), value.as_bytes()]);
            }
            Change::Set { key, value: None } => self.words(&[b"D", b"settings", key.as_bytes()]),
        }
    }

    fn enqueue(&mut self, job: &ProvingJob, sequence: u64, trace: Option<&TraceContext>) {
        let (epoch, id) = (job.epoch_number, &job.id);
        self.put("jobs", epoch, id, record::job(job, sequence, trace));
        for table in ["settlements", "failures", "leases"] {
            self.remove(table, epoch, id);
        }
        self.words(&[b"S", epoch.to_string().as_bytes()]);
    }

    fn put(&mut self, table: &str, epoch: EpochNumber, id: &JobId, value: Vec<u8>) {
        let key = format!("{table}:{epoch}");
        self.words(&[b"H", key.as_bytes(), id.as_str().as_bytes()]);
        self.0.push(value);
    }

    fn remove(&mut self, table: &str, epoch: EpochNumber, id: &JobId) {
        self.words(&[b"D", format!("{table}:{epoch}").as_bytes(), id.as_str().as_bytes()]);
    }

    fn words(&mut self, words: &[&[u8]]) {
        self.0.extend(words.iter().map(|word| word.to_vec()));
    }
}
