//! The task that opens epochs.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::control::{Orders, Start};
use super::epoch::{EpochTask, Outcome, Wanted};
use super::{EpochFailure, EpochState, ServiceError, Shared};
use crate::archiver::Tips;
use crate::prover::ProvingBroker;

type Tasks = JoinSet<Result<Outcome, ServiceError>>;

/// An open epoch.
struct Open {
    task: AbortHandle,
    start: Option<Start>,
}

/// Opens every epoch with unproven checkpoints, a few at a time, oldest first, and those that operators ask for, until
/// the follower ends.
pub(super) async fn open_epochs<B: ProvingBroker>(
    shared: Arc<Shared<B>>,
    mut tips: watch::Receiver<Tips>,
) -> Result<(), ServiceError> {
    let mut tasks = Tasks::new();
    let mut open: BTreeMap<u64, Open> = BTreeMap::new();
    // Epochs whose proofs are in L1 blocks that the follower may not have seen yet.
    let mut landed: BTreeMap<u64, u64> = BTreeMap::new();
    let mut orders = shared.control.watch();
    loop {
        let (now, wishes) = (*tips.borrow_and_update(), orders.borrow_and_update().clone());
        landed.retain(|_, block| *block > now.l1.number);
        let wanted = wanted(&shared, &now, &wishes)?;
        close_unwanted(&shared, &mut open, &wishes);
        for wanted in wanted {
            let has_landed = wanted.start.is_none() && landed.contains_key(&wanted.epoch);
            if has_landed || open.contains_key(&wanted.epoch) {
                continue;
            }
            let task = EpochTask::new(Arc::clone(&shared), wanted, tips.clone(), orders.clone());
            let task = tasks.spawn(task.run());
            open.insert(wanted.epoch, Open { task, start: wanted.start });
        }
        tokio::select! {
            changed = tips.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
            }
            _ = orders.changed() => {}
            Some(ended) = tasks.join_next_with_id() => {
                landed.extend(concluded(ended, &mut open)?);
            }
        }
    }
}

/// A task has ended. An epoch whose chain changed is opened again with the next look; others stay closed because they
/// are proven or too late. Gives the epoch and the L1 block with its proof, if it has landed.
fn concluded(
    ended: Result<(Id, Result<Outcome, ServiceError>), JoinError>,
    open: &mut BTreeMap<u64, Open>,
) -> Result<Option<(u64, u64)>, ServiceError> {
    let (id, outcome) = match ended {
        Ok(ended) => ended,
        // It was closed here.
        Err(error) if error.is_cancelled() => return Ok(None),
        Err(error) => return Err(ServiceError::Task(error.to_string())),
    };
    let outcome = outcome?;
    let epoch = open.iter().find(|(_, epoch)| epoch.task.id() == id).map(|(epoch, _)| *epoch);
    tracing::debug!(epoch, ?outcome, "an epoch is closed");
    let Some(epoch) = epoch else { return Ok(None) };
    open.remove(&epoch);
    Ok(match outcome {
        Outcome::Completed { block } => Some((epoch, block)),
        _ => None,
    })
}

/// Ends the tasks of epochs that were cancelled, and of those that are to begin anew.
fn close_unwanted<B>(shared: &Shared<B>, open: &mut BTreeMap<u64, Open>, orders: &Orders) {
    open.retain(|epoch, task| {
        let is_cancelled = orders.cancelled.contains(epoch);
        let begins_anew = orders.started.get(epoch).is_some_and(|start| task.start != Some(*start));
        if is_cancelled || begins_anew {
            task.task.abort();
            shared.board.update(*epoch, |status| {
                status.state = EpochState::Stopped;
                status.note(Some(&EpochFailure::Cancelled));
            });
        }
        !is_cancelled && !begins_anew
    });
}

/// The epochs to be open: from the first unproven one on, those whose proof L1 would still take, and those that were
/// asked for.
fn wanted<B>(shared: &Shared<B>, tips: &Tips, orders: &Orders) -> Result<Vec<Wanted>, ServiceError> {
    let clock = &shared.deployment.clock;
    let mut wanted: Vec<Wanted> = Vec::new();
    for number in tips.proven.saturating_add(1)..=tips.pending {
        let Some(published) = shared.store.checkpoint(number)? else { break };
        let epoch = clock.epoch_of_slot(u64::from(published.checkpoint.header.slot_number));
        if wanted.last().is_some_and(|last| last.epoch == epoch)
            || tips.l1.timestamp_s >= clock.proof_deadline_s(epoch)
        {
            continue;
        }
        if wanted.first().is_some_and(|first| epoch > first.epoch + shared.config.epochs_ahead) {
            break;
        }
        let start = orders.started.get(&epoch).copied();
        wanted.push(Wanted { epoch, first: shared.store.first_of(number, clock)?, start });
    }
    for (epoch, start) in &orders.started {
        if wanted.iter().any(|wanted| wanted.epoch == *epoch)
            || tips.l1.timestamp_s >= clock.proof_deadline_s(*epoch)
        {
            continue;
        }
        if let Some(first) = shared.store.first_in(*epoch, clock)? {
            wanted.push(Wanted { epoch: *epoch, first, start: Some(*start) });
        }
    }
    wanted.retain(|wanted| !orders.cancelled.contains(&wanted.epoch));
    Ok(wanted)
}
