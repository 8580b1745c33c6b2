//! The task that opens epochs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use super::epoch::{EpochTask, Outcome};
use super::{ServiceError, Shared};
use crate::archiver::Tips;
use crate::prover::ProvingBroker;

/// Opens every epoch with unproven checkpoints, a few at a time, oldest first, until the follower ends.
pub(super) async fn open_epochs<B: ProvingBroker>(
    shared: Arc<Shared<B>>,
    mut tips: watch::Receiver<Tips>,
) -> Result<(), ServiceError> {
    let mut tasks: JoinSet<Result<Outcome, ServiceError>> = JoinSet::new();
    let mut open: BTreeMap<u64, Id> = BTreeMap::new();
    // Epochs whose proofs are in L1 blocks that the follower may not have seen yet.
    let mut landed: BTreeMap<u64, u64> = BTreeMap::new();
    loop {
        let now = *tips.borrow_and_update();
        landed.retain(|_, block| *block > now.l1.number);
        for (epoch, first) in wanted(&shared, &now)? {
            if landed.contains_key(&epoch) {
                continue;
            }
            if let Entry::Vacant(vacant) = open.entry(epoch) {
                let task = EpochTask::new(Arc::clone(&shared), epoch, first, tips.clone());
                vacant.insert(tasks.spawn(task.run()).id());
            }
        }
        tokio::select! {
            changed = tips.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
            }
            Some(ended) = tasks.join_next_with_id() => {
                let (id, outcome) = ended.map_err(|error| ServiceError::Task(error.to_string()))?;
                // One whose chain changed is opened again with the next look; others stay closed because they are
                // proven or too late.
                let outcome = outcome?;
                let epoch = open.iter().find_map(|(epoch, task)| (*task == id).then_some(*epoch));
                open.retain(|_, task| *task != id);
                if let (Some(epoch), Outcome::Completed { block }) = (epoch, outcome) {
                    landed.insert(epoch, block);
                }
                tracing::debug!(?outcome, "an epoch is closed");
            }
        }
    }
}

/// The epochs to be open, with their first checkpoints: from the first unproven one on, those whose proof L1 would
/// still take.
fn wanted<B>(shared: &Shared<B>, tips: &Tips) -> Result<Vec<(u64, u32)>, ServiceError> {
    let clock = &shared.deployment.clock;
    let mut wanted: Vec<(u64, u32)> = Vec::new();
    for number in tips.proven.saturating_add(1)..=tips.pending {
        let Some(published) = shared.store.checkpoint(number)? else { break };
        let epoch = clock.epoch_of_slot(u64::from(published.checkpoint.header.slot_number));
        if wanted.last().is_some_and(|(last, _)| *last == epoch)
            || tips.l1.timestamp_s >= clock.proof_deadline_s(epoch)
        {
            continue;
        }
        if wanted.first().is_some_and(|(first, _)| epoch > first + shared.config.epochs_ahead) {
            break;
        }
        wanted.push((epoch, first_of(shared, number, epoch)?));
    }
    Ok(wanted)
}

/// The first checkpoint of an epoch that has `number`. A part of the epoch may be proven already; a longer proof
/// begins at the same checkpoint.
fn first_of<B>(shared: &Shared<B>, number: u32, epoch: u64) -> Result<u32, ServiceError> {
    let mut first = number;
    while first > 1 {
        let Some(before) = shared.store.checkpoint(first - 1)? else { break };
        let slot = u64::from(before.checkpoint.header.slot_number);
        if shared.deployment.clock.epoch_of_slot(slot) != epoch {
            break;
        }
        first -= 1;
    }
    Ok(first)
}
